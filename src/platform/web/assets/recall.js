/* Recall list: arrows go through the rows, T C B act on the row in focus; digits choose a call's result. */
(function () {
  "use strict";
  function typing(el) { return el && /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio)$/.test(el.type); }
  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.altKey || e.metaKey || typing(e.target)) return;
    var key = e.key.toLowerCase();
    var digit = /^[1-9]$/.test(key) && document.querySelector('input[type=radio][data-key="' + key + '"]');
    if (digit) { digit.checked = true; digit.focus(); return; }
    var rows = Array.prototype.slice.call(document.querySelectorAll("tr[data-recall]"));
    if (!rows.length) return;
    var row = e.target.closest ? e.target.closest("tr[data-recall]") : null;
    if (key === "arrowdown" || key === "arrowup") {
      var at = rows.indexOf(row) + (key === "arrowdown" ? 1 : row ? -1 : rows.length);
      var next = rows[Math.max(0, Math.min(rows.length - 1, at))];
      next.querySelector("th a").focus();
      e.preventDefault();
      return;
    }
    // Nobody is chosen: the first, who is due the longest.
    var act = (row || rows[0]).querySelector('[data-key="' + key + '"]');
    if (act) { act.click(); e.preventDefault(); }
  });
})();
