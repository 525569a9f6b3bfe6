(function () {
  "use strict";

  // Pointing at a mark shows its figures; the tables behind the charts say the same to keyboard and screen reader.
  var tip = document.getElementById("tip");
  function line(name, words) {
    var element = document.createElement(name);
    element.textContent = words;
    return element;
  }
  function showTip(event) {
    var mark = event.target.closest ? event.target.closest("[data-tip]") : null;
    tip.hidden = !mark;
    if (!mark) { return; }
    var words = mark.getAttribute("data-tip");
    var cut = words.indexOf(": ");
    var lines = words.slice(cut + 2).split("; ").map(function (figures) { return line("span", figures); });
    tip.replaceChildren.apply(tip, [line("strong", words.slice(0, cut))].concat(lines));
    var left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    var above = event.clientY - tip.offsetHeight - 12;
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = (above > 8 ? above : event.clientY + 16) + "px";
  }
  document.addEventListener("pointermove", showTip);
  document.addEventListener("pointerdown", showTip);
  document.addEventListener("scroll", function () { tip.hidden = true; }, true);

  // Paper has no buttons: the tables are printed, then closed again.
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (element) { element.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (element) { element.open = false; });
    opened = [];
  });
})();
