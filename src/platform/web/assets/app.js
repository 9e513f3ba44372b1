// What every page has: `/` to search, `?` for the shortcuts, the menu that closes, results under the search box.
(() => {
  const $ = (s, r = document) => r.querySelector(s);
  const typing = e => /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) && !/^(radio|checkbox|button|submit)$/.test(e.target.type) || e.target.isContentEditable;
  const keysOff = () => localStorage.getItem('keys-off') === '1';
  // What the search found lies over the page: while it is open, what it half covers is neither clicked nor tabbed to by
  // mistake. Once it is shut, an answer that was still on its way does not open it.
  const box = $('#s'), found = $('#found'), main = $('#main');
  let shut = false;
  const cover = () => { if (found && main) for (const part of main.children) part.inert = found.childElementCount > 0; };
  const closeFound = () => { if (found) { shut = true; found.innerHTML = ''; cover(); } };
  // Whether a single-letter shortcut may act: not while typing, not with modifiers, not when switched off (WCAG 2.1.4).
  window.chairside = {
    typing, keysOff, closeFound,
    letter: e => !typing(e) && !e.ctrlKey && !e.metaKey && !e.altKey && !keysOff(),
    say: text => { const s = $('#say'); if (s) s.textContent = text; },
  };
  addEventListener('keydown', e => {
    if (e.key === 'Escape') { document.querySelectorAll('details.menu[open]').forEach(d => d.open = false); closeFound(); }
    if (typing(e) || e.ctrlKey || e.metaKey || e.altKey || keysOff()) return;
    if (e.key === '/') { const s = $('#s'); if (s) { s.focus(); s.select(); e.preventDefault(); } }
    else if (e.key === '?') { const d = $('#keys'); if (d && !d.open) { d.showModal(); e.preventDefault(); } }
  });
  document.addEventListener('click', e => {
    const keys = e.target.closest('[data-keys]'); if (keys) { const d = $('#keys'); if (d) d.showModal(); }
    document.querySelectorAll('details.menu[open]').forEach(d => { if (!d.contains(e.target)) d.open = false; });
    if (!e.target.closest('.search')) closeFound();
  });
  // An address to be copied: where the browser lets a page do that.
  document.querySelectorAll('[data-copy]').forEach(b => {
    b.hidden = !navigator.clipboard;
    b.addEventListener('click', () => navigator.clipboard.writeText($(`#${b.dataset.copy}`).value).then(() => { b.textContent = b.dataset.done; }));
  });
  // What a page keeps for this tab (unsaved answers, where the board was) is not for who signs in next.
  document.addEventListener('submit', e => { if (e.target.matches('form[action="/sign-out"]')) sessionStorage.clear(); });
  const locked = $('[data-locked]'), locks = $('form[action="/lock"]');
  if (!$('.app') && !locked) sessionStorage.clear();

  // The lock: Alt+L, or nobody at the desk for a while. The server locks the session; the other tabs follow, and what was
  // typed and not sent waits in each tab for who comes back.
  const here = () => location.pathname + location.search;
  const forms = () => [...document.querySelectorAll('main form, aside form')].filter(f => f.method === 'post');
  const boxed = e => /^(radio|checkbox)$/.test(e.type);
  const typedInto = e => e.name && !/^(password|hidden|submit|button|file)$/.test(e.type) && (boxed(e) ? e.checked !== e.defaultChecked
    : e.options ? [...e.options].some(o => o.selected !== o.defaultSelected) : e.value !== e.defaultValue);
  const keepTyped = () => {
    const kept = forms().map(f => [f.getAttribute('action'), [...f.elements].filter(typedInto).map(e => [e.name, e.value, boxed(e) ? e.checked : null])]);
    try { sessionStorage.setItem(`typed:${here()}`, JSON.stringify(kept.filter(([, fields]) => fields.length))); } catch { /* full: nothing is kept */ }
  };
  const bringTyped = () => {
    const kept = JSON.parse(sessionStorage.getItem(`typed:${here()}`) || '[]'); sessionStorage.removeItem(`typed:${here()}`);
    for (const [action, fields] of kept) {
      const f = forms().find(f => f.getAttribute('action') === action); if (!f) continue;
      for (const [name, value, on] of fields) {
        const e = [...f.elements].find(e => e.name === name && (on === null || e.value === value)); if (!e) continue;
        if (on === null) e.value = value; else e.checked = on;
        e.dispatchEvent(new Event('change', { bubbles: true }));
      }
    }
  };
  if (locked) { localStorage.setItem('locked', Date.now()); if (!$('[role=alert]')) $('#f-password').focus(); }
  if (locks) {
    localStorage.removeItem('locked');
    addEventListener('DOMContentLoaded', bringTyped); // after the page's own script
    locks.addEventListener('submit', () => { locks.elements.next.value = here(); keepTyped(); });
    addEventListener('keydown', e => { if (e.altKey && !e.ctrlKey && !e.metaKey && e.code === 'KeyL') { e.preventDefault(); locks.requestSubmit(); } });
    // Somebody who types for long sends nothing: the server is told once a minute that they are there.
    const patience = document.body.dataset.lock * 60000;
    let told = Date.now(), noted = 0;
    const active = () => {
      const now = Date.now();
      if (now - noted > 5000) localStorage.setItem('active', noted = now);
      if (now - told < 60000) return;
      told = now;
      fetch('/here', { method: 'POST', headers: { 'HX-Request': 'true' } }).then(a => { if (a.status === 401) location.reload(); }, () => {});
    };
    if (patience) {
      localStorage.setItem('active', Date.now());
      for (const sign of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchstart']) addEventListener(sign, active, { capture: true, passive: true });
      setInterval(() => { if (Date.now() - localStorage.getItem('active') >= patience) locks.requestSubmit(); }, 5000);
    }
  }
  addEventListener('storage', e => {
    if (e.key !== 'locked') return;
    if (locks && e.newValue) { keepTyped(); location.href = `/unlock?next=${encodeURIComponent(here())}`; }
    else if (locked && !e.newValue) location.reload(); // another tab was unlocked: this one is led on
  });
  addEventListener('pageshow', e => { if (e.persisted && locks && localStorage.getItem('locked')) location.reload(); });
  // Arrows walk through what the search found; Enter opens the first.
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
  if (box && found) {
    new MutationObserver(cover).observe(found, { childList: true });
    box.addEventListener('input', () => { shut = false; });
    box.addEventListener('htmx:before:swap', e => { if (shut) e.preventDefault(); });
    box.form.addEventListener('focusout', e => { if (e.relatedTarget && !box.form.contains(e.relatedTarget)) closeFound(); });
  }
  const off = $('#keys-off');
  if (off) { off.checked = keysOff(); off.addEventListener('change', () => localStorage.setItem('keys-off', off.checked ? '1' : '0')); }
})();
