(function () {
  "use strict";

  // ------------------------------------------------------------------ small tools

  var byId = function (id) { return document.getElementById(id); };

  // Everything that comes from a portfolio is put up as text, never as markup.
  function make(name, attributes, children) {
    var element = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) {
      var value = attributes[key];
      if (value === null || value === undefined || value === false) { return; }
      if (key === "text") { element.textContent = value; }
      else if (key === "on") { Object.keys(value).forEach(function (type) { element.addEventListener(type, value[type]); }); }
      else { element.setAttribute(key, value === true ? "" : value); }
    });
    (children || []).forEach(function (child) { if (child) { element.append(child); } });
    return element;
  }

  function ApiError(words, status) { this.message = words; this.status = status; }

  async function call(path, body) {
    var options = body === undefined ? {} : {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body)
    };
    return read(await reach(path, options));
  }

  async function reach(path, options) {
    try { return await fetch(path, Object.assign({ credentials: "same-origin" }, options)); }
    catch (error) { throw new ApiError("The server does not answer. Is `wattsplit serve` still running?", 0); }
  }

  async function read(response) {
    var content = await response.json().catch(function () { return {}; });
    if (response.status === 422 && content.refused) { return content; }
    if (!response.ok) { throw new ApiError(content.error || "The server answered " + response.status + ".", response.status); }
    return content;
  }

  function alertOf(words) {
    byId("alert").hidden = !words;
    byId("alert").textContent = words || "";
  }

  function stateOf(kind, words) {
    byId("state").dataset.kind = kind;
    byId("state").textContent = words;
  }

  // ------------------------------------------------------------------ what is changed

  var UNCHANGED = { offers: [], set: [], drop: [], pin: [], hashprice: 1, power: 0, financing: false };
  var portfolio = null;   // key and view of what is open
  var state = structuredClone(UNCHANGED);
  var chosen = null;      // id of the offer in the editor
  var revision = 0;       // counts changes; an answer to an older one is never shown as current
  var answered = null;    // the last answer, and the revision that it belongs to
  var loadedCase = null;

  function baseRow(id) { return portfolio.view.offers.find(function (row) { return row.id === id; }); }
  function newRow(id) { return state.offers.find(function (row) { return row.id === id; }); }

  function fieldValue(id, name) {
    var added = newRow(id);
    if (added) { return added[name] === undefined ? "" : added[name]; }
    var change = state.set.find(function (one) { return one.table === "contracts" && one.record === id && one.field === name; });
    if (change) { return change.value; }
    var row = baseRow(id);
    return row && row[name] !== undefined ? row[name] : "";
  }

  function setField(id, name, value) {
    var added = newRow(id);
    if (added) { added[name] = value; changed(); return; }
    state.set = state.set.filter(function (one) { return !(one.table === "contracts" && one.record === id && one.field === name); });
    var given = baseRow(id)[name];
    if (value !== (given === undefined ? "" : given)) {
      state.set.push({ table: "contracts", record: id, field: name, value: value });
    }
    changed();
  }

  function isChanged() { return JSON.stringify(state) !== JSON.stringify(Object.assign({}, UNCHANGED, { financing: state.financing })); }

  function changed() {
    revision += 1;
    document.documentElement.dataset.asked = revision;
    keepDraft();
    byId("reset").disabled = !isChanged();
    markStale();
    ask();
  }

  function keepDraft() {
    try { sessionStorage.setItem("draft " + portfolio.key, JSON.stringify(state)); } catch (error) { /* a full store keeps nothing */ }
  }

  function draftOf(key) {
    try {
      var kept = JSON.parse(sessionStorage.getItem("draft " + key));
      return kept ? Object.assign(structuredClone(UNCHANGED), kept) : null;
    } catch (error) { return null; }
  }

  // ------------------------------------------------------------------ the live answer

  // One question is under way; of those that come meanwhile only the newest waits.
  var underWay = false;
  var waiting = false;

  async function ask() {
    if (!portfolio) { return; }
    if (underWay) { waiting = true; return; }
    underWay = true;
    waiting = false;
    var mine = revision;
    var slow = setTimeout(function () { stateOf("working", "Planning…"); }, 250);
    try {
      var found = await call("/api/answer", { portfolio: portfolio.key, state: state, revision: mine });
      clearTimeout(slow);
      alertOf("");
      await showAnswer(found.revision, found.answer);
    } catch (error) {
      clearTimeout(slow);
      if (error.status === 429 || (error.status === 503 && /waiting/.test(error.message))) {
        stateOf("working", "The server is busy; trying again…");
        waiting = true;
        await new Promise(function (done) { setTimeout(done, 400); });
      } else if (error instanceof ApiError) { stateOf("bad", "No answer"); alertOf(error.message); }
      else { throw error; }
    } finally {
      underWay = false;
      if (waiting) { ask(); }
    }
  }

  async function showAnswer(of, answer) {
    answered = { revision: of, answer: answer };
    var current = of === revision;
    showFindings(answer.findings || []);
    var problem = byId("problem");
    problem.hidden = answer.status === "optimal" || answer.status === "best found";
    if (answer.status === "invalid") {
      problem.replaceChildren(listOf("This cannot be planned as typed", answer.findings.map(function (one) { return one.words; })));
    } else if (answer.status === "infeasible") {
      problem.replaceChildren(listOf("No plan keeps all limits. These cannot hold together", answer.clashes));
    }
    if (answer.figures) {
      byId("figures").replaceChildren.apply(byId("figures"), answer.figures.map(tile));
      document.title = answer.figures[0].value + " m · " + portfolio.view.name;
      await drawInto(byId("chart"), answer.chart);
      byId("panel-contracts").replaceChildren(table(answer.contracts));
    }
    byId("command").textContent = answer.command === undefined ? "" : commandOf(answer.command);
    showOffers();
    byId("lead").setAttribute("aria-busy", "false");
    if (current) {
      document.documentElement.dataset.shown = of;
      byId("save-case").disabled = answer.status === "invalid";
      byId("export-menu").disabled = answer.status === "invalid";
      follow();
    }
    markStale();
  }

  function listOf(heading, lines) {
    return make("div", { class: "problem" }, [make("strong", { text: heading + ":" }), make("ul", {}, lines.map(function (line) { return make("li", { text: line }); }))]);
  }

  function commandOf(options) {
    return "wattsplit plan " + portfolio.view.name + (options ? " " + options : "");
  }

  // What is on the screen is current, or it says that it is not.
  function markStale() {
    var current = answered && answered.revision === revision;
    var good = current && answered.answer.figures;
    byId("lead").classList.toggle("stale", !good && Boolean(answered));
    byId("panel-contracts").classList.toggle("stale", !good && Boolean(answered));
    if (!current) { if (answered) { stateOf("working", "Updating…"); } }
    else if (answered.answer.status === "optimal") { stateOf("live", "Up to date, optimal"); }
    else if (answered.answer.status === "best found") { stateOf("live", "Up to date, best found"); }
    else if (answered.answer.status === "infeasible") { stateOf("bad", "No plan possible"); }
    else { stateOf("bad", "Not valid"); }
    document.querySelectorAll(".outcome").forEach(function (out) {
      if (!out.dataset.revision || out.id === "out-compare") { return; }
      var old = Number(out.dataset.revision) !== revision;
      out.classList.toggle("stale", old);
      var note = out.querySelector(".note-stale");
      if (note) { note.hidden = !old; }
    });
  }

  function tile(figure) {
    return make("div", { class: "figure", "data-name": figure.name || figure.label }, [
      make("div", { class: "label", text: figure.label }),
      make("div", { class: "value", text: figure.value }),
      make("div", { class: "unit", text: figure.unit }),
      make("div", { class: "change " + figure.tone, text: figure.change ? figure.change : "", title: "change against the portfolio as given" })
    ]);
  }

  // ------------------------------------------------------------------ tables and charts

  function table(view) {
    var head = view.columns.map(function (column) {
      return make("th", { scope: "col", class: column.numeric ? "number" : "", title: column.gloss || null }, [
        document.createTextNode(column.label), column.unit ? make("span", { text: column.unit }) : null
      ]);
    });
    function row(cells, heading) {
      return make("tr", heading ? { class: "total" } : {}, cells.map(function (cell, place) {
        return make("td", { class: (view.columns[place].numeric ? "number " : "") + cell[2] }, [
          document.createTextNode(cell[0]), cell[1] ? make("span", { class: "tag", text: cell[1] }) : null
        ]);
      }));
    }
    return make("div", { class: "wide-table tables", tabindex: "0", role: "region", "aria-label": view.caption }, [
      make("table", { "data-name": view.name }, [
        make("caption", { text: view.caption }),
        make("thead", {}, [make("tr", {}, head)]),
        make("tbody", {}, view.rows.map(function (cells) { return row(cells, false); })),
        view.total ? make("tfoot", {}, [row(view.total, true)]) : null
      ]),
      view.note ? make("p", { class: "quiet", text: view.note }) : null
    ]);
  }

  var LINES = { capacity: "line", mean: "line dashed", "base-line": "line dashed" };

  function legendOf(entries) {
    return make("div", { class: "legend" }, entries.map(function (entry) {
      var swatch = make("i", { class: LINES[entry.key] || "" });
      if (!LINES[entry.key]) { swatch.style.background = "var(--" + entry.key + ")"; }
      return make("span", {}, [swatch, document.createTextNode(entry.words)]);
    }));
  }

  var drawn = new WeakMap();

  async function drawInto(figure, view) {
    var room = figure.querySelector(".draw");
    if (!room || figure.dataset.plot !== view.name) {
      room = make("div", { class: "draw", role: "img" });
      figure.replaceChildren(make("h3", { text: view.title }), make("p", { class: "quiet", text: view.unit }), make("div"), room, make("p", { class: "quiet" }));
      figure.dataset.plot = view.name;
    }
    room.setAttribute("aria-label", view.title + ", " + view.unit);
    figure.children[2].replaceWith(legendOf(view.legend));
    figure.lastElementChild.textContent = view.note;
    var before = drawn.get(room);
    var target = make("div");
    var fresh = view.vega;
    var width = Math.max(240, room.clientWidth - (view.name === "tornado" ? 190 : 56));
    if (room.clientWidth && Number.isFinite(fresh.width)) { fresh.width = Math.min(width, 1200); }
    // Where only the rows have changed the chart takes them; a chart of another shape is drawn anew.
    var shape = JSON.stringify(fresh, function (key, value) { return key === "values" && Array.isArray(value) && typeof value[0] === "object" ? undefined : value; });
    if (before && before.shape === shape) {
      fresh.data.forEach(function (one) { if (/^rows-/.test(one.name)) { before.result.view.data(one.name, one.values); } });
      await before.result.view.runAsync();
      return;
    }
    var result = await embedChart(target, fresh, { mode: "vega", ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: false });
    if (before) { before.result.finalize(); }
    room.replaceChildren(target);
    drawn.set(room, { result: result, shape: shape });
  }

  function showTip(event) {
    var tip = byId("tip");
    var mark = event.target.closest ? event.target.closest(".draw [aria-label][aria-roledescription]") : null;
    var words = mark && !/axis|legend|container/.test(mark.getAttribute("aria-roledescription")) ? mark.getAttribute("aria-label") : "";
    var cut = words.indexOf(": ");
    tip.hidden = cut < 0;
    if (cut < 0) { return; }
    tip.replaceChildren.apply(tip, [make("strong", { text: words.slice(0, cut) })].concat(
      words.slice(cut + 2).split("; ").map(function (line) { return make("span", { text: line }); })));
    tip.style.left = Math.max(8, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    var above = event.clientY - tip.offsetHeight - 12;
    tip.style.top = (above > 8 ? above : event.clientY + 16) + "px";
  }

  // ------------------------------------------------------------------ market

  function signed(value, digits) { return (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(digits); }

  function showMarket() {
    byId("hashprice").value = state.hashprice;
    byId("power").value = state.power;
    byId("financing").checked = state.financing;
    byId("hashprice-out").textContent = state.hashprice === 1 ? "as given" : signed((state.hashprice - 1) * 100, 0) + "%";
    byId("power-out").textContent = state.power === 0 ? "as given" : signed(state.power, 1) + " USD/MWh";
    byId("hashprice").setAttribute("aria-valuetext", byId("hashprice-out").textContent);
    byId("power").setAttribute("aria-valuetext", byId("power-out").textContent);
  }

  byId("hashprice").addEventListener("input", function () { state.hashprice = Number(this.value); showMarket(); changed(); });
  byId("power").addEventListener("input", function () { state.power = Number(this.value); showMarket(); changed(); });
  byId("financing").addEventListener("change", function () { state.financing = this.checked; changed(); });

  // ------------------------------------------------------------------ the list of offers

  function offerIds() {
    return portfolio.view.offers.map(function (row) { return row.id; }).concat(state.offers.map(function (row) { return row.id; }));
  }

  function showOffers() {
    var taken = answered && answered.answer.taken || {};
    var known = Boolean(answered && answered.answer.taken);
    var rows = offerIds().map(function (id) {
      var dropped = state.drop.includes(id);
      var mw = dropped ? "dropped" : taken[id] ? taken[id] + " MW" : known ? "not taken" : "";
      var words = [fieldValue(id, "counterparty"), fieldValue(id, "price_usd_per_kw_month") + " USD/kW-month"];
      if (newRow(id)) { words.push("new"); }
      else if (state.set.some(function (one) { return one.record === id; })) { words.push("changed"); }
      if (state.pin.some(function (pin) { return pin.contract === id; })) { words.push("pinned"); }
      return make("li", {}, [make("button", { type: "button", class: dropped ? "dropped" : "", "aria-pressed": String(id === chosen), "data-offer": id, on: { click: function () { choose(id); } } }, [
        make("span", { class: "id", text: id }),
        make("span", { class: "mw" + (taken[id] && !dropped ? " taken" : ""), text: mw }),
        make("span", { class: "sub", text: words.filter(Boolean).join(" · ") })
      ])]);
    });
    var held = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.offer : null;
    var list = byId("offers");
    var scrolled = list.scrollTop;
    list.replaceChildren.apply(list, rows.length ? rows : [make("li", { class: "quiet", text: "There is no offer yet: add one." })]);
    list.scrollTop = scrolled;
    if (held) {
      var again = Array.from(list.querySelectorAll("button")).find(function (one) { return one.dataset.offer === held; });
      if (again) { again.focus({ preventScroll: true }); }
    }
  }

  function choose(id) {
    chosen = id;
    showOffers();
    showEditor();
    follow();
  }

  function addOffer() {
    var like = chosen || portfolio.view.offers.length && portfolio.view.offers[0].id;
    var id = "new-offer";
    for (var number = 2; offerIds().includes(id); number += 1) { id = "new-offer-" + number; }
    var row = {};
    portfolio.view.fields.forEach(function (field) {
      var value = like ? fieldValue(like, field.name) : "";
      if (value !== "") { row[field.name] = value; }
    });
    if (!like) {
      row = { sites: portfolio.view.site_ids[0], max_mw: "10", first_start: monthAt(12), last_start: monthAt(24), build_months: "12", term_months: "120", price_usd_per_kw_month: "120", capex_usd_per_mw: "8000000" };
    }
    delete row.committed_mw;
    delete row.requires;
    row.id = id;
    if (Number(row.committed_mw || 0) === 0 && row.first_start < portfolio.view.start) { row.first_start = monthAt(12); row.last_start = monthAt(24); }
    state.offers.push(row);
    chosen = id;
    changed();
    showOffers();
    showEditor();
    byId("editor-title").scrollIntoView({ block: "nearest" });
  }

  byId("add-offer").addEventListener("click", addOffer);

  // ------------------------------------------------------------------ the editor of one offer

  function monthNumber(text) {
    var parts = /^(\d{4})-(\d{2})$/.exec(text);
    return parts ? Number(parts[1]) * 12 + Number(parts[2]) - 1 : NaN;
  }
  function monthText(number) { return String(Math.floor(number / 12)).padStart(4, "0") + "-" + String(number % 12 + 1).padStart(2, "0"); }
  function monthAt(position) { return monthText(monthNumber(portfolio.view.start) + Math.min(position, portfolio.view.months - 1)); }

  function around(value, least) { return Math.max(least, value * 2); }

  function handles(id) {
    var given = function (name) { return Number((newRow(id) ? fieldValue(id, name) : baseRow(id)[name]) || 0); };
    var rent = given("price_usd_per_kw_month");
    var step = rent > 400 ? 2 : rent > 40 ? 0.5 : 0.1;
    var first = monthNumber(portfolio.view.start);
    return [
      { field: "price_usd_per_kw_month", label: "Rent", unit: "USD per kW-month", low: 0, high: around(rent, 20), step: step },
      { field: "max_mw", label: "Size at most", unit: "critical MW", low: 0, high: around(given("max_mw"), 10), step: given("max_mw") > 50 ? 5 : 0.5 },
      { field: "term_months", label: "Term", unit: "months", low: 12, high: Math.max(300, given("term_months")), step: 6 },
      { field: "first_start", label: "First start", unit: "month", low: first, high: first + portfolio.view.months - 1, step: 1, month: true },
      { field: "capex_usd_per_mw", label: "Capex", unit: "USD per critical MW", low: 0, high: around(given("capex_usd_per_mw"), 1e6), step: 100000 },
      { field: "tenant_capex_share", label: "Tenant's share of capex", unit: "share, 0 to 1", low: 0, high: 1, step: 0.01 }
    ];
  }

  function showEditor() {
    var editor = byId("editor");
    editor.hidden = chosen === null;
    if (chosen === null) { return; }
    var id = chosen;
    var dropped = state.drop.includes(id);
    var isSigned = portfolio.view.signed.includes(id);
    byId("editor-title").textContent = id;
    byId("drop-offer").textContent = newRow(id) ? "Remove" : dropped ? "Bring back" : "Drop";
    byId("editor-note").textContent = isSigned ? "Already signed: the plan delivers it, whatever its terms." : "";
    byId("sliders").replaceChildren.apply(byId("sliders"), dropped ? [] : handles(id).map(function (handle) { return slider(id, handle); }));
    byId("pins-box").hidden = dropped || isSigned;
    byId("fields-box").hidden = dropped;
    byId("fields").replaceChildren.apply(byId("fields"), portfolio.view.fields.map(function (field) { return fieldRow(id, field); }));
    showPins();
    showFindings(answered && answered.revision === revision ? answered.answer.findings || [] : []);
  }

  function slider(id, handle) {
    var name = "slide-" + handle.field;
    var value = fieldValue(id, handle.field);
    var number = handle.month ? monthNumber(value) : Number(value || 0);
    var exact = make("input", { class: "exact", id: name + "-exact", "data-field": handle.field, value: value || (handle.month ? "" : "0"), "aria-label": handle.label + ", " + handle.unit, maxlength: 40 });
    var range = make("input", { type: "range", id: name, "data-slide": handle.field, min: handle.low, max: handle.high, step: handle.step, value: number, "aria-valuetext": value });
    range.addEventListener("input", function () {
      var text = handle.month ? monthText(Number(range.value)) : String(Number(range.value));
      exact.value = text;
      range.setAttribute("aria-valuetext", text);
      move(id, handle, text);
    });
    exact.addEventListener("change", function () {
      var text = exact.value.trim();
      range.value = handle.month ? monthNumber(text) : Number(text);
      move(id, handle, text);
    });
    return make("div", { class: "slide" }, [make("label", { for: name, text: handle.label }), exact, range, make("span", { class: "unit", text: handle.unit })]);
  }

  function move(id, handle, text) {
    // A start that moves behind the last one takes it along.
    if (handle.month && text > fieldValue(id, "last_start")) { setField(id, "last_start", text); }
    setField(id, handle.field, text);
    var other = document.querySelector("#fields [data-field='" + handle.field + "']");
    if (other) { other.value = text; }
  }

  function fieldRow(id, field) {
    var value = fieldValue(id, field.name);
    var name = "field-" + field.name;
    var options = field.kind === "flag" ? ["true", "false"] : field.choices;
    var input;
    if (options.length) {
      input = make("select", { id: name, "data-field": field.name }, (field.required ? [] : [""]).concat(options.filter(Boolean)).map(function (choice) {
        return make("option", { value: choice, text: choice || "(" + (field.default || "none") + ")", selected: choice === value });
      }));
    } else {
      input = make("input", { id: name, "data-field": field.name, value: value, placeholder: field.default, maxlength: 2000 });
    }
    if (field.name === "id" && !newRow(id)) { input.disabled = true; }
    input.addEventListener("change", function () {
      var text = input.value.trim();
      if (field.name === "id") { rename(id, text); return; }
      setField(id, field.name, text);
      showSliders();
    });
    return make("div", { class: "field" }, [
      make("label", { for: name, title: field.about }, [document.createTextNode(field.label), field.unit ? make("small", { text: " " + field.unit }) : null]), input
    ]);
  }

  function rename(id, text) {
    if (!text || offerIds().includes(text)) { alertOf("An offer needs an id of its own; '" + text + "' is taken or blank."); showEditor(); return; }
    newRow(id).id = text;
    state.pin.forEach(function (pin) { if (pin.contract === id) { pin.contract = text; } });
    chosen = text;
    changed();
    showOffers();
    showEditor();
  }

  function showSliders() {
    byId("sliders").replaceChildren.apply(byId("sliders"), handles(chosen).map(function (handle) { return slider(chosen, handle); }));
  }

  function showFindings(findings) {
    document.querySelectorAll(".wrong").forEach(function (one) { one.remove(); });
    document.querySelectorAll("[aria-invalid]").forEach(function (one) { one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby"); });
    findings.forEach(function (finding, number) {
      if (finding.record !== chosen) { return; }
      document.querySelectorAll("#editor [data-field='" + finding.field + "']").forEach(function (input, place) {
        var note = make("span", { class: "wrong", id: "wrong-" + number + "-" + place, text: finding.words });
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", note.id);
        input.parentElement.append(note);
      });
    });
  }

  byId("drop-offer").addEventListener("click", function () {
    var id = chosen;
    state.pin = state.pin.filter(function (pin) { return pin.contract !== id; });
    if (newRow(id)) { state.offers = state.offers.filter(function (row) { return row.id !== id; }); chosen = null; }
    else if (state.drop.includes(id)) { state.drop = state.drop.filter(function (one) { return one !== id; }); }
    else { state.drop.push(id); }
    changed();
    showOffers();
    showEditor();
  });

  function showPins() {
    var sites = fieldValue(chosen, "sites").split(";").map(function (site) { return site.trim(); }).filter(Boolean);
    byId("pin-site").replaceChildren.apply(byId("pin-site"), sites.map(function (site) { return make("option", { value: site, text: site }); }));
    byId("pin-month").value = fieldValue(chosen, "first_start");
    byId("pin-mw").value = fieldValue(chosen, "max_mw");
    var own = state.pin.filter(function (pin) { return pin.contract === chosen; });
    if (own.length) { byId("pins-box").open = true; }
    byId("pins").replaceChildren.apply(byId("pins"), own.map(function (pin) {
      return make("li", {}, [make("span", { text: pin.mw + " MW at " + pin.site + " from " + pin.month }),
        make("button", { type: "button", text: "Unpin", on: { click: function () { state.pin = state.pin.filter(function (one) { return one !== pin; }); changed(); showPins(); showOffers(); } } })]);
    }));
  }

  byId("add-pin").addEventListener("click", function () {
    var mw = Number(byId("pin-mw").value);
    var month = byId("pin-month").value.trim();
    if (!/^\d{4}-\d{2}$/.test(month) || !Number.isFinite(mw) || byId("pin-mw").value.trim() === "" || mw < 0) {
      alertOf("A pin needs a month written YYYY-MM and a number of MW of 0 or more.");
      return;
    }
    alertOf("");
    var site = byId("pin-site").value;
    state.pin = state.pin.filter(function (pin) { return !(pin.contract === chosen && pin.site === site && pin.month === month); });
    state.pin.push({ contract: chosen, site: site, month: month, mw: mw });
    changed();
    showPins();
    showOffers();
  });

  byId("reset").addEventListener("click", function () {
    state = Object.assign(structuredClone(UNCHANGED), { financing: state.financing });
    if (chosen !== null && !offerIds().includes(chosen)) { chosen = null; }
    changed();
    showAll();
  });

  byId("inputs").addEventListener("submit", function (event) { event.preventDefault(); });

  // ------------------------------------------------------------------ long work

  var running = {};

  async function work(kind, out, begin, show) {
    var mine = {};
    running[out] = mine;
    var place = byId(out);
    var asked = revision;
    var words = make("span", { role: "status", text: "starting" });
    var seconds = make("span", { class: "quiet" });
    var jobId = null;
    var cancel = make("button", { type: "button", text: "Cancel", on: { click: async function () { if (jobId) { await call("/api/jobs/" + jobId + "/cancel", {}); } } } });
    place.classList.remove("stale");
    delete place.dataset.revision;
    place.replaceChildren(make("div", { class: "progress" }, [make("progress", { "aria-label": "working" }), words, seconds, cancel]));
    try {
      var job = await begin();
      jobId = job.id;
      while (job.state === "waiting" || job.state === "running") {
        await new Promise(function (done) { setTimeout(done, 250); });
        if (running[out] !== mine) { return; }
        job = await call("/api/jobs/" + jobId);
        words.textContent = job.words;
        seconds.textContent = job.seconds.toFixed(0) + " s";
      }
      if (running[out] !== mine) { return; }
      if (job.state === "done") {
        var note = make("p", { class: "note-stale", text: "This was worked out before your last change. Run it again for the plan above.", hidden: true });
        await show(jobId, place, note);
        place.dataset.revision = asked;
        markStale();
      } else { place.replaceChildren(make("p", { class: job.state === "failed" ? "problem" : "quiet", text: job.state === "failed" ? job.words : "Cancelled." })); }
    } catch (error) {
      if (!(error instanceof ApiError)) { throw error; }
      place.replaceChildren(make("p", { class: "problem", text: error.message }));
    }
  }

  function question(kind, options) {
    var body = { kind: kind, portfolio: portfolio.key, state: structuredClone(state), options: options || {} };
    return function () { return call("/api/jobs", body); };
  }

  async function showResult(jobId, place, note) {
    var view = await call("/api/jobs/" + jobId + "/result");
    var plots = (view.charts || []).map(function (chart) { return [make("figure", { class: "plot" }), chart]; });
    place.replaceChildren.apply(place, [
      note,
      make("p", { class: "headline" }, view.headline.map(function (phrase) { return phrase.strong ? make("strong", { text: phrase.text }) : document.createTextNode(phrase.text); })),
      view.figures ? make("div", { class: "tiles" }, view.figures.map(tile)) : null,
      make("div", { class: "plots" }, plots.map(function (pair) { return pair[0]; })),
      view.notes && view.notes.length ? make("ul", { class: "notes" }, view.notes.map(function (line) { return make("li", { text: line }); })) : null
    ].filter(Boolean).concat((view.tables || []).map(table)).concat(view.certificate ? [make("p", { class: "quiet", text: view.certificate })] : []));
    for (var n = 0; n < plots.length; n += 1) { await drawInto(plots[n][0], plots[n][1]); }
  }

  function needOffer(out) {
    if (chosen !== null && !state.drop.includes(chosen)) { return true; }
    byId(out).replaceChildren(make("p", { class: "quiet", text: "Choose an offer in the list of contracts first." }));
    return false;
  }

  byId("run-price").addEventListener("click", function () {
    if (needOffer("out-price")) { work("price", "out-price", question("price", { contract: chosen }), showResult); }
  });

  // A walk-away price that was asked for follows along when the hand rests, as long as it is looked at.
  var following = null;
  function follow() {
    clearTimeout(following);
    if (byId("panel-price").hidden || !byId("out-price").dataset.revision) { return; }
    following = setTimeout(function () {
      var current = answered.revision === revision && answered.answer.status !== "invalid";
      if (current && chosen !== null && !state.drop.includes(chosen)) { byId("run-price").click(); }
    }, 600);
  }

  byId("run-map").addEventListener("click", function () {
    var options = { contract: chosen || "", cells: Number(byId("map-cells").value), reach: Number(byId("map-reach").value) };
    if (needOffer("out-map")) { work("map", "out-map", question("map", options), showResult); }
  });
  byId("run-risk").addEventListener("click", function () { work("risk", "out-risk", question("risk"), showResult); });

  // ------------------------------------------------------------------ export

  byId("export-menu").addEventListener("click", function () {
    byId("export-note").textContent = portfolio.view.has_financing && !state.financing
      ? "It leaves the tables of financing out, as the screen does." : "";
    byId("out-export").replaceChildren();
    byId("export-dialog").showModal();
  });
  document.querySelectorAll("[data-export]").forEach(function (button) {
    button.addEventListener("click", function () {
      var format = button.dataset.export;
      var begin = format === "pack" ? question("pack") : question("export", { format: format });
      work(format === "pack" ? "pack" : "export", "out-export", begin, async function (jobId, place) {
        var link = make("a", { href: "/api/jobs/" + jobId + "/result", download: "", text: "Download " + button.textContent.toLowerCase() });
        place.replaceChildren(make("p", {}, [link]));
        link.click();
      });
    });
  });

  // ------------------------------------------------------------------ cases

  var cases = [];
  var ticked = new Set();

  function showCases(list) {
    cases = list;
    byId("no-cases").hidden = cases.length > 0;
    ticked.forEach(function (id) { if (!cases.some(function (one) { return one.id === id; })) { ticked.delete(id); } });
    byId("cases").replaceChildren.apply(byId("cases"), cases.map(function (one) {
      var npv = (one.figures || []).find(function (figure) { return figure.name === "npv_usd"; });
      var tick = make("input", { type: "checkbox", "aria-label": "Compare " + one.name, on: { change: function () { if (this.checked) { ticked.add(one.id); } else { ticked.delete(one.id); } showCompare(); } } });
      tick.checked = ticked.has(one.id);
      return make("div", { class: "case", "data-case": one.name }, [
        tick,
        make("div", {}, [make("div", { class: "name", text: one.name }), make("div", { class: "sub", text: one.portfolio_name + " · " + one.saved.slice(0, 16).replace("T", " ") + " UTC" + (one.state.financing ? " · with financing" : "") })]),
        make("div", { class: "npv" }, [make("div", { text: npv ? npv.value + " " + npv.unit : "no plan" }), make("div", { class: "sub", text: npv ? npv.change : "" })]),
        make("div", { class: "buttons" }, [
          make("button", { type: "button", text: "Load", "aria-label": "Load " + one.name, on: { click: function () { loadCase(one); } } }),
          make("button", { type: "button", text: "Delete", "aria-label": "Delete " + one.name, on: { click: async function () { await guarded(async function () { showCases((await call("/api/cases/delete", { id: one.id })).cases); }); } } })
        ])
      ]);
    }));
    showCompare();
  }

  function showCompare() { byId("run-compare").disabled = ticked.size < 1 || ticked.size > 6; }

  async function guarded(action) {
    try { await action(); } catch (error) { if (!(error instanceof ApiError)) { throw error; } alertOf(error.message); }
  }

  async function saveCase() {
    var name = byId("case-name").value.trim();
    if (!name) { byId("case-name").focus(); alertOf("Give the case a name first."); return; }
    if (!answered || answered.revision !== revision || underWay) { setTimeout(saveCase, 60); return; }
    alertOf("");
    await guarded(async function () {
      var same = cases.find(function (one) { return one.name === name; });
      var body = { name: name, portfolio: portfolio.key, state: state, revision: revision };
      if (same) { body.id = same.id; }
      underWay = true;
      var found;
      try { found = await call("/api/cases", body); } finally { underWay = false; if (waiting) { ask(); } }
      ticked.add(found.case.id);
      showCases(found.cases);
      stateOf("live", (same ? "Saved again: " : "Saved: ") + found.case.name);
    });
  }
  byId("save-case").addEventListener("click", saveCase);
  byId("case-name").addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); saveCase(); } });

  async function loadCase(one) {
    await guarded(async function () {
      if (one.portfolio !== portfolio.key) { await open(one.portfolio, one.state); }
      else { state = Object.assign(structuredClone(UNCHANGED), structuredClone(one.state)); chosen = null; changed(); showAll(); }
      byId("case-name").value = one.name;
    });
  }

  byId("run-compare").addEventListener("click", function () {
    var ids = cases.filter(function (one) { return ticked.has(one.id); }).map(function (one) { return one.id; });
    work("compare", "out-compare", function () { return call("/api/compare", { cases: ids }); }, showResult);
  });

  // ------------------------------------------------------------------ tabs

  var tabs = Array.from(document.querySelectorAll("[role=tab]"));
  function showTab(tab, focus) {
    tabs.forEach(function (one) {
      var own = one === tab;
      one.setAttribute("aria-selected", String(own));
      one.tabIndex = own ? 0 : -1;
      byId(one.getAttribute("aria-controls")).hidden = !own;
    });
    if (focus) { tab.focus(); }
  }
  tabs.forEach(function (tab, place) {
    tab.addEventListener("click", function () { showTab(tab, false); });
    tab.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) { event.preventDefault(); showTab(tabs[(place + step + tabs.length) % tabs.length], true); }
    });
  });

  // ------------------------------------------------------------------ opening

  async function open(source, withState) {
    stateOf("loading", "Opening…");
    var found = await call("/api/open", { source: source });
    take(found, withState);
  }

  function take(found, withState) {
    if (found.refused) { refuse(found.refused); return false; }
    portfolio = found;
    state = Object.assign(structuredClone(UNCHANGED), structuredClone(withState || draftOf(found.key) || {}));
    chosen = null;
    answered = null;
    byId("refusals").hidden = true;
    if (byId("open-dialog").open) { byId("open-dialog").close(); }
    var view = found.view;
    byId("name").textContent = view.name;
    byId("scope").textContent = view.scope;
    byId("financing-row").hidden = !view.has_financing;
    byId("panel-sites").replaceChildren(table(view.sites), view.warnings.length
      ? make("details", {}, [make("summary", { text: view.warnings.length + " remarks on the input" }), make("ul", { class: "notes" }, view.warnings.map(function (line) { return make("li", { text: line }); }))]) : "");
    ["hashprice", "power", "add-offer"].forEach(function (id) { byId(id).disabled = false; });
    document.querySelectorAll(".outcome").forEach(function (out) { if (out.id !== "out-compare") { out.replaceChildren(); delete out.dataset.revision; } });
    var free = view.offers.filter(function (row) { return !view.signed.includes(row.id); });
    if (free.length) { chosen = free[0].id; }
    changed();
    showAll();
    return true;
  }

  function refuse(refused) {
    stateOf("bad", "Not opened");
    var lines = refused.lines || refused.findings.map(function (one) { return one.words; });
    byId("refusals").hidden = false;
    byId("refusals").replaceChildren.apply(byId("refusals"), lines.map(function (line) { return make("li", { text: line }); }));
    if (!byId("open-dialog").open) { byId("open-dialog").showModal(); }
    if (portfolio) { markStale(); }
  }

  function showAll() { showMarket(); showOffers(); showEditor(); byId("reset").disabled = !isChanged(); }

  byId("open-menu").addEventListener("click", function () { byId("refusals").hidden = true; byId("open-dialog").showModal(); });
  document.querySelectorAll("dialog .close").forEach(function (button) { button.addEventListener("click", function () { button.closest("dialog").close(); }); });
  byId("file").addEventListener("change", async function () {
    var file = this.files[0];
    var input = this;
    if (!file) { return; }
    if (file.size > 10 * 1024 * 1024) { refuse({ lines: ["The file has " + (file.size / 1048576).toFixed(1) + " MB; expected at most 10 MB."] }); input.value = ""; return; }
    stateOf("loading", "Reading " + file.name + "…");
    try {
      var response = await reach("/api/upload", { method: "POST", body: file, headers: { "Content-Type": "application/vnd.wattsplit.upload", "X-File-Name": encodeURIComponent(file.name) } });
      take(await read(response));
    } catch (error) {
      if (!(error instanceof ApiError)) { throw error; }
      refuse({ lines: [error.message] });
    } finally { input.value = ""; }
  });

  document.addEventListener("pointermove", showTip);
  document.addEventListener("scroll", function () { byId("tip").hidden = true; }, true);
  var resized = null;
  window.addEventListener("resize", function () {
    clearTimeout(resized);
    resized = setTimeout(function () { if (answered && answered.answer.chart) { drawInto(byId("chart"), answered.answer.chart); } }, 150);
  });

  (async function () {
    try {
      var found = await call("/api/start");
      byId("bundled").replaceChildren.apply(byId("bundled"), [{ name: "served", about: "the portfolio that this server was started with" }].concat(found.bundled).map(function (one) {
        return make("li", {}, [make("button", { type: "button", on: { click: function () { guarded(function () { return open(one.name); }); } } }, [
          document.createTextNode(one.name === "served" ? found.label : one.name), make("span", { text: one.about })])]);
      }));
      showCases(found.cases);
      await open("served");
    } catch (error) {
      if (!(error instanceof ApiError)) { throw error; }
      stateOf("bad", "No answer");
      alertOf(error.message);
    }
  })();
})();
