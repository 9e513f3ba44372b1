// Recall list: arrows go through the rows, T C B act on the current row, which is the first one until then; digits choose a
// call's result. Everything works without this file, too.
(() => {
  const { letter } = window.chairside;
  const rows = () => [...document.querySelectorAll('tr[data-recall]')];
  const current = () => document.querySelector('tr.cur[data-recall]');
  const mark = row => {
    for (const r of document.querySelectorAll('tr.cur')) { r.classList.remove('cur'); r.removeAttribute('aria-current'); }
    if (row) { row.classList.add('cur'); row.setAttribute('aria-current', 'true'); }
  };
  const at = () => Math.max(0, rows().indexOf(current()));
  mark(rows()[0]);
  document.addEventListener('focusin', e => { const row = e.target.closest('tr[data-recall]'); if (row) mark(row); });
  // What was texted leaves the list: the next one is up.
  let place = 0;
  document.addEventListener('htmx:before:swap', () => { if (rows().length) place = at(); });
  document.addEventListener('htmx:after:swap', () => { if (!current()) mark(rows()[Math.min(place, rows().length - 1)]); });
  addEventListener('keydown', e => {
    if (e.ctrlKey || e.altKey || e.metaKey || window.chairside.typing(e) || document.querySelector('dialog[open]')) return;
    if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && rows().length && !e.target.closest('#found, .search, [type=radio]')) {
      const within = e.target.closest('tr[data-recall]'), next = at() + (e.key === 'ArrowUp' ? -1 : within ? 1 : 0);
      rows()[Math.max(0, Math.min(rows().length - 1, next))].querySelector('th a').focus();
      e.preventDefault();
      return;
    }
    if (!letter(e)) return;
    const key = e.key.toLowerCase();
    const digit = /^[1-9]$/.test(key) && document.querySelector(`input[type=radio][data-key="${key}"]`);
    if (digit) { digit.checked = true; digit.focus(); e.preventDefault(); return; }
    const act = /^[tcb]$/.test(key) && current()?.querySelector(`[data-key="${key}"]`);
    if (act) { act.click(); e.preventDefault(); }
  });
})();
