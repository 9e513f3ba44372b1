// The call page. J/K next and previous, C call, 1-7 a question (then the arrows of its radio buttons), Q remaining answers
// normal, U no answer, T text instead, L later (Esc closes it), E escalate, Ctrl+Enter reached, Y confirm the next visit, Z undo. Everything
// works without this file, too.
(() => {
  const form = document.getElementById('call'), outs = document.querySelector('.outs');
  const advice = document.getElementById('advice'), blank = document.getElementById('advice-t');
  const fields = () => [...form.querySelectorAll('.qq')];

  // The same rule as on the server: the worst answer decides; nothing answered says nothing.
  const draw = () => {
    if (!advice) return;
    const found = fields().map(f => ({ f, o: f.querySelector('input:checked')?.closest('.opt') })).filter(x => x.o && x.o.dataset.level !== 'none');
    const red = found.filter(x => x.o.dataset.level === 'red'), level = red.length ? 'red' : found.length ? 'watch' : 'none';
    const all = red.concat(found.filter(x => x.o.dataset.level !== 'red'));
    advice.replaceChildren();
    if (all.length) {
      const box = blank.content.cloneNode(true).firstElementChild;
      box.classList.add(level === 'red' ? 'bad' : 'warn');
      box.querySelector('b').textContent = (level === 'red' ? advice.dataset.red : advice.dataset.watch) +
        all.map(x => x.f.dataset.label + advice.dataset.colon + x.o.innerText.trim()).join(advice.dataset.comma);
      const what = [...new Set(all.map(x => x.o.dataset.advice).filter(Boolean))].join(' ');
      if (what) box.querySelector('span').textContent = ' — ' + what;
      advice.append(box);
    }
    if (level === 'red' && form.elements.seen_alarm.value !== 'red') advice.scrollIntoView({ block: 'nearest' });
    form.elements.seen_alarm.value = level;
    if (outs) outs.dataset.alarm = level;
  };

  const normal = () => {
    for (const f of fields()) {
      if (f.querySelector('input:checked') || f.dataset.normal === undefined) continue;
      const input = [...f.querySelectorAll('input')].find(i => i.value === f.dataset.normal);
      if (input) input.checked = true;
    }
    draw();
  };

  // What is typed stays with its call until it is saved: in this tab only, for this person only. app.js empties the
  // session's storage at signing out. What was just saved is kept aside while it can be undone.
  const main = document.getElementById('main'), user = main?.dataset.user, adding = document.getElementById('add-note');
  const key = (kind, task) => `call:${user}:${kind}:${task}`;
  const store = {
    get: k => { try { return JSON.parse(sessionStorage.getItem(k)); } catch { return null; } },
    set: (k, v) => { try { sessionStorage.setItem(k, JSON.stringify(v)); } catch { /* full or forbidden: nothing is kept */ } },
    move: (from, to) => { const v = sessionStorage.getItem(from); sessionStorage.removeItem(from); if (v !== null) sessionStorage.setItem(to, v); },
  };
  const drafted = e => e.name && (e.type === 'radio' || e.type === 'checkbox' ? e.checked : /^(note|later_at)$/.test(e.name) && e.value !== '');
  const drafts = () => [...form.elements].filter(drafted);
  const keep = () => {
    const k = key('draft', form.dataset.task), fields = drafts().map(e => [e.name, e.value]);
    if (!fields.length) { sessionStorage.removeItem(k); return; }
    const said = fields_said();
    store.set(k, { fields, said });
  };
  // In words, for a call that somebody else ends meanwhile: there its answers become part of a note.
  const fields_said = () => fields().map(f => [f, f.querySelector('input:checked')?.closest('.opt')]).filter(([, o]) => o)
    .map(([f, o]) => f.dataset.label + (advice?.dataset.colon || ': ') + o.innerText.trim());
  const restore = () => {
    const k = key('draft', form.dataset.task), draft = store.get(k), shown = document.getElementById('draft');
    if (!draft || drafts().length) { keep(); return; } // nothing kept, or the server has shown what was typed
    for (const [name, value] of draft.fields) {
      for (const e of form.elements) {
        if (e.name !== name) continue;
        if (e.type === 'radio' || e.type === 'checkbox') { if (e.value === value) e.checked = true; } else e.value = value;
      }
    }
    if (!shown) return;
    shown.hidden = false;
    shown.querySelector('button').addEventListener('click', () => { sessionStorage.removeItem(k); location.reload(); });
  };
  if (main?.dataset.saved) store.move(key('draft', main.dataset.saved), key('saved', main.dataset.saved));
  if (adding) {
    const k = key('draft', adding.dataset.task), draft = store.get(k), note = adding.elements.note;
    if (draft && !note.value) {
      note.value = [...draft.said, ...draft.fields.filter(([n]) => n === 'note').map(([, v]) => v)].join('; ');
      adding.closest('details').open = true;
    }
    adding.addEventListener('submit', () => sessionStorage.removeItem(k));
  }
  const did = document.getElementById('did');
  if (did) {
    const forget = setTimeout(() => { did.hidden = true; sessionStorage.removeItem(key('saved', main.dataset.saved)); }, 8000);
    did.addEventListener('submit', () => { clearTimeout(forget); store.move(key('saved', main.dataset.saved), key('draft', main.dataset.saved)); });
    const url = new URL(location.href); url.searchParams.delete('saved'); history.replaceState(null, '', url);
  }

  // Row by row through the list; from the last to the first.
  const step = by => {
    const rows = [...document.querySelectorAll('.rows .row')];
    if (!rows.length) return;
    const at = rows.findIndex(r => r.hasAttribute('aria-current'));
    rows[(at + by + rows.length) % rows.length].click();
  };
  const press = key => outs?.querySelector(`[data-key="${key}"]`)?.click();

  if (form) {
    restore();
    form.addEventListener('change', () => { draw(); keep(); });
    form.addEventListener('input', keep);
    // Fields that stand outside of the form belong to it all the same: the mark, the time to call again.
    document.addEventListener('change', e => { if (e.target.form === form && !form.contains(e.target)) keep(); });
    document.addEventListener('htmx:after:swap', draw);
    // One click, one attempt: a second while the first is on its way would only meet a conflict.
    let sent = false;
    form.addEventListener('submit', e => { if (sent) e.preventDefault(); sent = true; });
    addEventListener('pageshow', () => { sent = false; draw(); });
    document.querySelector('.rows .row[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  addEventListener('keydown', e => {
    const reached = document.getElementById('reached');
    if (form && (e.ctrlKey || e.metaKey) && e.key === 'Enter') { if (reached) form.requestSubmit(reached); e.preventDefault(); return; }
    if (e.key === 'Escape') {
      const later = document.querySelector('.later[open]');
      if (later) { later.open = false; later.querySelector('summary').focus(); e.preventDefault(); }
      return;
    }
    if (!window.chairside.letter(e) || document.querySelector('dialog[open]')) return;
    const key = e.key.toLowerCase();
    if (key === 'j') step(1);
    else if (key === 'k') step(-1);
    else if (key === 'z') { if (did && !did.hidden) did.requestSubmit(); }
    else if (key === 't') document.querySelector('[data-key="t"]')?.click();
    else if (key === 'y') document.getElementById('confirm-next')?.click();
    else if (!form) return;
    else if (/^[1-9]$/.test(key)) {
      const q = fields()[key - 1];
      if (!q) return;
      (q.querySelector('input:checked') || q.querySelector('input')).focus();
    }
    else if (key === 'c') form.querySelector('.tel a')?.click();
    else if (key === 'q') normal();
    else if (key === 'u' || key === 'e') press(key);
    else if (key === 'l') { press(key); document.querySelector('.later[open] button')?.focus(); }
    else return;
    e.preventDefault();
  });
})();
