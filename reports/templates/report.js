(function () {
  "use strict";

  // Pointing at a mark shows its figures; the tables behind the charts say the same to keyboard and screen reader.
  var tip = document.getElementById("tip");
  function showTip(event) {
    var mark = event.target.closest ? event.target.closest("[data-tip]") : null;
    if (!mark) {
      tip.hidden = true;
      return;
    }
    var words = mark.getAttribute("data-tip");
    if (tip.dataset.words !== words) {
      tip.dataset.words = words;
      tip.replaceChildren();
      var cut = words.indexOf(": ");
      var heading = document.createElement("strong");
      heading.textContent = words.slice(0, cut);
      tip.append(heading);
      words.slice(cut + 2).split("; ").forEach(function (line) {
        var row = document.createElement("span");
        row.textContent = line;
        tip.append(row);
      });
    }
    tip.hidden = false;
    var left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    var above = event.clientY - tip.offsetHeight - 12;
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = (above > 8 ? above : event.clientY + 16) + "px";
  }
  document.addEventListener("pointermove", showTip);
  document.addEventListener("pointerdown", showTip);
  document.addEventListener("scroll", function () { tip.hidden = true; }, true);

  // The search opens the tables that hold a match and hides the lines that do not.
  var search = document.getElementById("register-search");
  var count = document.getElementById("register-count");
  search.parentElement.hidden = false;
  search.addEventListener("input", function () {
    var wanted = search.value.trim().toLowerCase();
    var found = 0;
    document.querySelectorAll("#register details.group").forEach(function (group) {
      var here = 0;
      group.querySelectorAll("tr.assumption").forEach(function (line) {
        var fits = !wanted || line.textContent.toLowerCase().indexOf(wanted) >= 0;
        line.hidden = !fits;
        here += fits ? 1 : 0;
      });
      group.open = Boolean(wanted) && here > 0;
      group.hidden = here === 0;
      found += here;
    });
    count.textContent = wanted ? found + (found === 1 ? " line found" : " lines found") : "";
  });

  // The section being read is marked in the bar.
  var links = Array.from(document.querySelectorAll("nav a"));
  function markSection() {
    var current = links[0];
    links.forEach(function (link) {
      var section = document.querySelector(link.getAttribute("href"));
      if (section.getBoundingClientRect().top < 140) { current = link; }
    });
    links.forEach(function (link) {
      if (link === current) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
    });
  }
  document.addEventListener("scroll", markSection, { passive: true });
  markSection();

  // Paper has no buttons: the tables are printed, then closed again.
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (element) { element.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (element) { element.open = false; });
  });
})();
