(function () {
  "use strict";

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
})();
