// The call page. J/K next and previous, C call, 1-7 a question (then the arrows of its radio buttons), Q remaining answers
// normal, U no answer, L later, E escalate, Ctrl+Enter reached. Everything works without this file, too.
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

  // Row by row through the list; from the last to the first.
  const step = by => {
    const rows = [...document.querySelectorAll('.rows .row')];
    if (!rows.length) return;
    const at = rows.findIndex(r => r.hasAttribute('aria-current'));
    rows[(at + by + rows.length) % rows.length].click();
  };
  const press = key => outs?.querySelector(`[data-key="${key}"]`)?.click();

  if (form) {
    form.addEventListener('change', draw);
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
    if (!window.chairside.letter(e)) return;
    const key = e.key.toLowerCase();
    if (key === 'j') step(1);
    else if (key === 'k') step(-1);
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
