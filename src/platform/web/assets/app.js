// What every page has: `/` to search, `?` for the shortcuts, the menu that closes, results under the search box.
(() => {
  const $ = (s, r = document) => r.querySelector(s);
  const typing = e => /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && !/^(radio|checkbox|button|submit)$/.test(e.target.type) || e.target.isContentEditable;
  const keysOff = () => localStorage.getItem('keys-off') === '1';
  // Whether a single-letter shortcut may act: not while typing, not with modifiers, not when switched off (WCAG 2.1.4).
  window.chairside = {
    typing, keysOff,
    letter: e => !typing(e) && !e.ctrlKey && !e.metaKey && !e.altKey && !keysOff(),
    say: text => { const s = $('#say'); if (s) s.textContent = text; },
  };
  addEventListener('keydown', e => {
    if (e.key === 'Escape') { document.querySelectorAll('details.menu[open]').forEach(d => d.open = false); const f = $('#found'); if (f) f.innerHTML = ''; }
    if (typing(e) || e.ctrlKey || e.metaKey || e.altKey || keysOff()) return;
    if (e.key === '/') { const s = $('#s'); if (s) { s.focus(); s.select(); e.preventDefault(); } }
    else if (e.key === '?') { const d = $('#keys'); if (d && !d.open) { d.showModal(); e.preventDefault(); } }
  });
  document.addEventListener('click', e => {
    const keys = e.target.closest('[data-keys]'); if (keys) { const d = $('#keys'); if (d) d.showModal(); }
    document.querySelectorAll('details.menu[open]').forEach(d => { if (!d.contains(e.target)) d.open = false; });
    const f = $('#found'); if (f && !e.target.closest('.search')) f.innerHTML = '';
  });
  // What a page keeps for this tab (unsaved answers, where the board was) is not for who signs in next.
  document.addEventListener('submit', e => { if (e.target.matches('form[action="/sign-out"]')) sessionStorage.clear(); });
  if (!$('.app')) sessionStorage.clear();
  // Arrows walk through what the search found; Enter opens the first.
  const box = $('#s');
  if (box) {
    const rows = () => [...document.querySelectorAll('#found a[href]')].filter(a => !a.dataset.aside);
    box.form.addEventListener('keydown', e => {
      const all = rows(); if (!all.length) return;
      const at = all.indexOf(document.activeElement);
      if (e.key === 'ArrowDown') { (all[at + 1] || all[0]).focus(); e.preventDefault(); }
      else if (e.key === 'ArrowUp') { (at > 0 ? all[at - 1] : box).focus(); e.preventDefault(); }
      else if (e.key === 'Enter' && e.shiftKey) { const id = (at < 0 ? all[0] : all[at]).getAttribute('href').match(/\/patients\/(\d+)/); if (id) { location.href = `/day?book=${id[1]}`; e.preventDefault(); } }
      else if (e.key === 'Enter' && e.target === box) { const people = all.filter(a => /\/patients\/\d+$/.test(a.pathname)); if (people.length === 1) { location.href = people[0].href; e.preventDefault(); } }
    });
  }
  const off = $('#keys-off');
  if (off) { off.checked = keysOff(); off.addEventListener('change', () => localStorage.setItem('keys-off', off.checked ? '1' : '0')); }
})();
