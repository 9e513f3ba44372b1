// The board of a day: keyboard, drag, click-placing, booking panel. The server draws everything; each change is a form that is
// sent and a page that comes back, so what is on the screen is what is stored.
(() => {
  const grid = document.querySelector('.grid'); if (!grid) return;
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const { letter, say } = window.chairside;
  const main = $('#main'), board = $('.board'), cols = $$('.col'), mover = $('#mover'), placing = $('#placing');
  const T0 = +grid.dataset.t0, UNITS = +grid.dataset.units, SNAP = 3, day = main.dataset.day;
  const zh = document.documentElement.lang.startsWith('zh');
  const text = (a, b) => zh ? a : b;
  const hm = u => { const m = T0 + u * 5; return String(m / 60 | 0).padStart(2, '0') + ':' + String(m % 60).padStart(2, '0'); };
  const unit = () => cols[0].getBoundingClientRect().height / UNITS;
  const put = (el, s, d) => { el.style.setProperty('--s', s); el.style.setProperty('--d', d); };
  const name = el => $('.nm', el).textContent, colName = c => document.getElementById(c.getAttribute('aria-labelledby')).textContent;
  const clash = (col, s, d, self) => $$('.appt', col).some(a => a !== self && !a.classList.contains('ns') && +a.dataset.s < s + d && s < +a.dataset.s + +a.dataset.d)
    || $$('.blk', col).some(b => +b.style.getPropertyValue('--s') < s + d && s < +b.style.getPropertyValue('--s') + +b.style.getPropertyValue('--d'));

  // ---- sending: a form made of names and values
  const post = (url, values) => {
    const f = document.createElement('form'); f.method = 'post'; f.action = url; f.hidden = true;
    for (const [n, v] of Object.entries(values)) { const i = document.createElement('input'); i.type = 'hidden'; i.name = n; i.value = v; f.append(i); }
    document.body.append(f); keepScroll(); f.submit();
  };
  const step = (el, action) => post(`/appointments/${el.dataset.id}/${action}`, { version: el.dataset.v, day });
  // Units are five minutes: the length is only said when it was changed.
  const move = (el, col, s, d) => post(`/appointments/${el.dataset.id}/move`, { version: el.dataset.v, day, at: hm(s), provider: col.dataset.res, ...(d !== +el.dataset.d && { minutes: d * 5 }) });
  const keepScroll = () => sessionStorage.setItem('board', JSON.stringify([day, board.scrollTop, board.scrollLeft]));
  addEventListener('pagehide', keepScroll);

  // ---- the panel
  // What is typed before the panel has come is not lost: it goes into its search field.
  let ahead = null;
  const load = url => htmx.ajax('GET', url.replace('/day?', '/day/panel?'), { target: '#side', swap: 'outerHTML' }).then(opened);
  const opened = () => {
    const typed = ahead, box = $('#bp'); ahead = null;
    if (typed && typed.text && box) {
      box.value = typed.text; box.focus();
      look(box).then(() => { const at = typed.enter && $('#hits a'); if (at) load(at.getAttribute('href')); });
      return;
    }
    history.replaceState(null, '', location.href);
    const f = $('#side [aria-invalid=true], #side [autofocus]') || $$('#side input[required]').find(i => !i.value) || $('#side input:checked, #side .sheet a');
    if (f) f.focus();
    $$('.appt.sel').forEach(a => a.classList.remove('sel'));
  };
  const close = () => { load(`/day?day=${day}`); };
  const bookAt = (col, s) => mover && load(`/day?day=${day}&book=find&provider=${col.dataset.res}&at=${hm(s)}`);

  // ---- search in the panel: what is typed last wins; Enter takes the first hit, when it has come
  let latest = Promise.resolve(), wait, shown = '';
  const look = box => {
    const q = new URLSearchParams(new FormData(box.form)); shown = box.value;
    latest = htmx.ajax('GET', `/day/hits?${q}`, { target: '#hits', swap: 'innerHTML' });
    return latest;
  };
  document.addEventListener('input', e => {
    if (e.target.id !== 'bp') return;
    clearTimeout(wait); wait = setTimeout(() => look(e.target), 90);
  });
  document.addEventListener('keydown', async e => {
    if (e.target.id === 'bp' && e.key === 'Enter' && !e.isComposing) {
      e.preventDefault(); clearTimeout(wait);
      if (shown !== e.target.value) await look(e.target); else await latest;
      const at = $('#hits [aria-selected=true] a') || $('#hits a'); if (at) load(at.getAttribute('href'));
    } else if (e.target.id === 'bp' && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
      const rows = $$('#hits a'); const at = rows.findIndex(r => r.getAttribute('aria-current'));
      const next = rows[Math.max(0, Math.min(rows.length - 1, at + (e.key === 'ArrowDown' ? 1 : -1)))];
      if (next) next.focus(); e.preventDefault();
    }
  });
  document.addEventListener('click', e => {
    const link = e.target.closest('[data-panel-link]'); if (link) { load(link.getAttribute('href')); e.preventDefault(); return; }
    if (e.target.closest('[data-close]')) { close(); e.preventDefault(); return; }
    const p = e.target.closest('[data-place]'); if (p && mover) { place($('#a' + p.dataset.place), p.dataset.place); e.preventDefault(); }
  });
  document.addEventListener('change', e => {
    if (!e.target.dataset.reload) return;
    const q = new FormData($('#bookform')); if (e.target.name === 'service') q.delete('minutes');
    q.set('book', q.get('patient')); const at = e.target.id;
    load(`/day?${new URLSearchParams(q)}`).then(() => { const f = document.getElementById(at); if (f) f.focus(); });
  });

  // ---- drag to move, bottom edge to resize; long press on touch so that scrolling still works
  let drag = null, press = null;
  const movable = el => mover && /^(booked|confirmed)$/.test(el.dataset.state);
  const begin = (el, e, mode) => {
    const r = el.getBoundingClientRect(), col = el.closest('.col');
    drag = { el, mode, dy: e.clientY - r.top, y0: e.clientY, s: +el.dataset.s, d: +el.dataset.d, col, was: { col, s: +el.dataset.s, d: +el.dataset.d } };
    el.classList.add('drag'); try { el.setPointerCapture(e.pointerId); } catch { }
  };
  const dragging = e => {
    const { el, mode } = drag; let { s, d, col } = drag;
    if (mode === 'move') {
      col = cols.find(c => { const r = c.getBoundingClientRect(); return e.clientX >= r.left && e.clientX < r.right; }) || col;
      s = Math.round((e.clientY - drag.dy - col.getBoundingClientRect().top) / unit() / SNAP) * SNAP; s = Math.max(0, Math.min(UNITS - d, s));
    } else d = Math.max(SNAP, Math.round((drag.was.d + (e.clientY - drag.y0) / unit()) / SNAP) * SNAP);
    if (col !== drag.col) $('ol', col).append(el.parentNode);
    Object.assign(drag, { s, d, col }); put(el, s, d); el.classList.toggle('bad', clash(col, s, d, el));
    const tm = $('.tm', el); if (tm) tm.textContent = hm(s) + '–' + hm(s + d);
    const b = board.getBoundingClientRect(); if (e.clientY > b.bottom - 40) board.scrollTop += 12; else if (e.clientY < b.top + 70) board.scrollTop -= 12;
    if (e.clientX > b.right - 30) board.scrollLeft += 14; else if (e.clientX < b.left + 60) board.scrollLeft -= 14;
  };
  const putBack = (el, was) => { $('ol', was.col).append(el.parentNode); put(el, was.s, was.d); const tm = $('.tm', el); if (tm) tm.textContent = hm(was.s); };
  const drop = ok => {
    const { el, col, s, d, was } = drag; el.classList.remove('drag', 'bad'); drag = null; justDragged = true; setTimeout(() => justDragged = false, 0);
    if (!ok || clash(col, s, d, el)) { putBack(el, was); if (ok) say(text('时段冲突，已还原', 'That time is taken; put back')); return; }
    if (col !== was.col || s !== was.s || d !== was.d) move(el, col, s, d);
  };
  let justDragged = false;
  grid.addEventListener('pointerdown', e => {
    const el = e.target.closest('.appt'); if (!el || e.button || !movable(el)) return;
    const mode = e.target.closest('.rs') ? 'size' : 'move';
    press = { el, mode, x: e.clientX, y: e.clientY, e, t: e.pointerType !== 'mouse' && setTimeout(() => { if (press) { begin(el, e, mode); navigator.vibrate?.(12); press = null; } }, 380) };
  });
  addEventListener('pointermove', e => {
    if (drag) { e.preventDefault(); return dragging(e); }
    if (press && Math.hypot(e.clientX - press.x, e.clientY - press.y) > 5) { clearTimeout(press.t); if (press.e.pointerType === 'mouse') begin(press.el, press.e, press.mode); press = null; if (drag) dragging(e); }
  });
  addEventListener('pointerup', () => { if (press) { clearTimeout(press.t); press = null; } if (drag) drop(true); });
  addEventListener('pointercancel', () => { if (press) { clearTimeout(press.t); press = null; } if (drag) drop(false); });
  addEventListener('touchmove', e => drag && e.preventDefault(), { passive: false });
  grid.addEventListener('contextmenu', e => e.target.closest('.appt') && matchMedia('(pointer:coarse)').matches && e.preventDefault());

  // ---- click: a card opens its panel, an empty time begins a booking there, or places what is being moved
  const ghost = document.createElement('div'); ghost.className = 'ghost'; ghost.hidden = true;
  const slotAt = (col, y) => Math.max(0, Math.floor((y - col.getBoundingClientRect().top) / unit() / SNAP) * SNAP);
  let onBoard = null;
  const place = (el, id) => { onBoard = el || { dataset: { id } }; placing.hidden = false; if (el) el.classList.add('sel'); say(placing.textContent); board.focus(); };
  const unplace = () => { onBoard = null; placing.hidden = true; $$('.appt.sel').forEach(a => a.classList.remove('sel')); };
  if (placing) $('.btn', placing).addEventListener('click', unplace);
  grid.addEventListener('pointermove', e => {
    const col = e.target.closest('.col'); if (!mover || !col || e.target.closest('.appt,.blk') || drag || e.pointerType !== 'mouse') { ghost.hidden = true; return; }
    const s = slotAt(col, e.clientY), d = onBoard?.dataset.d || 6; put(ghost, s, d); ghost.textContent = (onBoard ? '→ ' : '+ ') + hm(s); ghost.hidden = false; if (ghost.parentNode !== col) col.append(ghost);
  });
  grid.addEventListener('pointerleave', () => ghost.hidden = true);
  grid.addEventListener('click', e => {
    const el = e.target.closest('.appt');
    if (el) { e.preventDefault(); if (justDragged) return; foc(el); load(el.getAttribute('href')).then(() => el.classList.add('sel')); return; }
    const col = e.target.closest('.col'); if (!col || e.target.closest('.blk') || !mover) return;
    const s = slotAt(col, e.clientY);
    if (onBoard && onBoard.classList) { const o = onBoard; unplace(); move(o, col, s, +o.dataset.d); } else bookAt(col, s);
  });

  // ---- keyboard: one tab stop, arrows roam, M moves
  let mv = null;
  const cards = c => $$('.appt', c).sort((a, b) => a.dataset.s - b.dataset.s);
  const foc = el => { if (!el) return; $$('.appt[tabindex="0"]').forEach(a => a.tabIndex = -1); el.tabIndex = 0; el.focus({ preventScroll: true }); el.scrollIntoView({ block: 'nearest', inline: 'nearest' }); };
  const near = (c, s) => cards(c).reduce((b, a) => !b || Math.abs(a.dataset.s - s) < Math.abs(b.dataset.s - s) ? a : b, null);
  $$('.appt').forEach(a => a.tabIndex = -1);
  const first = $$('.appt').find(a => /^(booked|confirmed|arrived|in-chair)$/.test(a.dataset.state)) || $('.appt'); if (first) first.tabIndex = 0;
  const moving = (el, e) => {
    const col = el.closest('.col'), ci = cols.indexOf(col); let s = +el.style.getPropertyValue('--s'), d = +el.style.getPropertyValue('--d'), c = col; const k = e.key;
    if (k === 'ArrowDown') e.shiftKey ? d += SNAP : s += SNAP; else if (k === 'ArrowUp') e.shiftKey ? d = Math.max(SNAP, d - SNAP) : s -= SNAP;
    else if (k === 'ArrowRight') c = cols[ci + 1] || c; else if (k === 'ArrowLeft') c = cols[ci - 1] || c;
    else if (k === 'Enter') { e.preventDefault(); if (clash(col, s, d, el)) say(text('冲突，未保存', 'Clash, not saved')); else { el.classList.remove('drag'); mv = null; move(el, col, s, d); } return; }
    else if (k === 'Escape') { e.preventDefault(); el.classList.remove('drag', 'bad'); putBack(el, mv); mv = null; foc(el); return; } else return;
    e.preventDefault(); s = Math.max(0, Math.min(UNITS - d, s)); if (c !== col) $('ol', c).append(el.parentNode);
    put(el, s, d); el.focus(); const bad = clash(c, s, d, el); el.classList.toggle('bad', bad); say(`${colName(c)} ${hm(s)}–${hm(s + d)}${bad ? text(' 冲突', ' clash') : ''}`);
  };
  const STEPS = { c: ['confirm', 'booked'], a: ['arrive', 'booked confirmed'], s: ['seat', 'booked confirmed arrived'], d: ['finish', 'arrived in-chair'], x: ['no-show', 'booked confirmed'] };
  const onCard = (el, e) => {
    if (mv) return moving(el, e);
    const col = el.closest('.col'), ci = cols.indexOf(col), list = cards(col), i = list.indexOf(el);
    const go = { ArrowDown: () => list[i + 1], ArrowUp: () => list[i - 1], ArrowRight: () => cols[ci + 1] && near(cols[ci + 1], el.dataset.s), ArrowLeft: () => cols[ci - 1] && near(cols[ci - 1], el.dataset.s), Home: () => list[0], End: () => list[list.length - 1] }[e.key];
    if (go) { foc(go()); e.preventDefault(); return; }
    if (e.key === ' ') { e.preventDefault(); if (about === el) hide(); else peek(el); return; }
    if (e.key === 'Escape' && about) { e.preventDefault(); e.stopPropagation(); hide(); return; }
    if (!letter(e)) return;
    const k = e.key.toLowerCase(), s = STEPS[k];
    if (s) { e.preventDefault(); if (s[1].split(' ').includes(el.dataset.state)) step(el, s[0]); else say(text('当前状态不能这样操作', 'Not possible in this state')); }
    else if (k === 'm' && movable(el)) { mv = { col, s: +el.dataset.s, d: +el.dataset.d }; el.classList.add('drag'); say(text('改期：方向键移动，Shift 加上下改时长，回车保存，Esc 取消', 'Move mode: arrows move, Shift and up/down resize, Enter saves, Escape cancels')); }
    else if (k === 'p' && movable(el)) place(el);
    else if (k === 'n' && mover) { e.preventDefault(); e.stopPropagation(); load(`/day?day=${day}&book=${el.dataset.p}`); }
  };
  board.addEventListener('keydown', e => {
    const el = e.target.closest('.appt'); if (el) return onCard(el, e);
    if (e.key.startsWith('Arrow') && e.target === board) { foc($('.appt[tabindex="0"]')); e.preventDefault(); }
  });
  const follow = id => { const a = document.getElementById(id); if (a) location.href = a.href; };
  addEventListener('keydown', e => {
    if (!ahead || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key.length === 1) ahead.text += e.key; else if (e.key === 'Backspace') ahead.text = ahead.text.slice(0, -1); else if (e.key === 'Enter') ahead.enter = true; else return;
    e.preventDefault(); e.stopImmediatePropagation();
  }, true);
  addEventListener('keydown', e => {
    if (e.key === 'Escape' && !mv) { if (onBoard) return unplace(); if ($('#side.sheet') && !$('dialog[open]')) return close(); }
    const slots = $$('#slots input[name=slot]');
    if (/^[1-3]$/.test(e.key) && slots[e.key - 1] && !/^(f-minutes|f-note|f-phone|f-name|f-source|bp|s)$/.test(e.target.id)) { slots[e.key - 1].checked = true; slots[e.key - 1].focus(); e.preventDefault(); return; }
    if (e.target.name === 'slot' && e.key === 'Enter') { e.preventDefault(); $('#bookform').requestSubmit(); return; }
    if (!letter(e) || mv) return;
    const k = e.key.toLowerCase();
    if ((k === 'n' || k === 'f') && mover) { e.preventDefault(); ahead = { text: '', enter: false }; load(`/day?day=${day}&book=find`); }
    else if (k === 't') follow('today'); else if (e.key === '[') follow('prev'); else if (e.key === ']') follow('next');
    else if (k === 'z') { const d = $('#did'); if (d && !d.hidden) { e.preventDefault(); keepScroll(); d.requestSubmit(); } }
  });
  const isNew = $('#new'); if (isNew) isNew.addEventListener('click', e => { e.preventDefault(); load(isNew.getAttribute('href')); });
  const go = $('#godate'); if (go) go.addEventListener('change', () => go.value && go.form.submit());

  // ---- the card beside an appointment: for a pointer at rest, or by the space bar
  const card = document.createElement('div'); card.className = 'hc'; card.hidden = true; card.setAttribute('role', 'status'); main.append(card);
  let about = null, rest = null;
  const hide = () => { clearTimeout(rest); about = null; card.hidden = true; card.textContent = ''; };
  const peek = async el => {
    about = el;
    const answer = await fetch(`/day/peek?open=${el.dataset.id}`, { headers: { 'HX-Request': 'true' } });
    if (about !== el || !answer.ok) return;
    card.innerHTML = await answer.text(); card.hidden = false;
    const r = el.getBoundingClientRect(), c = card.getBoundingClientRect(), gap = 8;
    card.style.left = `${r.right + gap + c.width < innerWidth ? r.right + gap : Math.max(gap, r.left - gap - c.width)}px`;
    card.style.top = `${Math.max(gap, Math.min(r.top, innerHeight - c.height - gap))}px`;
  };
  grid.addEventListener('pointerover', e => {
    const el = e.target.closest('.appt'); if (e.pointerType !== 'mouse' || drag || mv || el === about) return;
    clearTimeout(rest); rest = setTimeout(el ? () => peek(el) : hide, 300);
  });
  card.addEventListener('pointerenter', () => clearTimeout(rest));
  for (const place of [grid, card]) place.addEventListener('pointerleave', () => { clearTimeout(rest); rest = setTimeout(hide, 300); });
  card.addEventListener('click', e => {
    const key = e.target.closest('[data-key]')?.dataset.key, el = about; if (!key || !el) return;
    hide(); foc(el); el.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  });
  for (const end of ['scroll', 'pointerdown']) board.addEventListener(end, hide);
  board.addEventListener('focusout', hide);

  // ---- filters
  $$('.kpi[data-f]').forEach(b => b.addEventListener('click', () => {
    $$('.kpi[data-f]').forEach(x => x.setAttribute('aria-pressed', x === b)); const f = b.dataset.f;
    $$('.appt').forEach(a => a.style.setProperty('--show', f === 'all' || a.classList.contains(f) || (f === 'hot' && $('.late', a)) ? 1 : .28));
  }));
  const show = new URLSearchParams(location.search).get('show'); if (show) $(`.kpi[data-f="${CSS.escape(show)}"]`)?.click();

  // ---- after loading: where we were, and the undo for eight seconds
  const saved = JSON.parse(sessionStorage.getItem('board') || 'null'), now = $('.nowt');
  if (saved && saved[0] === day) { board.scrollTop = saved[1]; board.scrollLeft = saved[2]; }
  else if (now && board.scrollHeight > board.clientHeight + 60) board.scrollTop = Math.max(0, +now.style.getPropertyValue('--s') * unit() - board.clientHeight * .22);
  const did = $('#did');
  if (did) { setTimeout(() => did.hidden = true, 8000); const url = new URL(location.href); url.searchParams.delete('did'); history.replaceState(null, '', url); }
  if (location.hash.startsWith('#a')) foc(document.getElementById(location.hash.slice(1)));
  if ($('#side.sheet')) opened();
})();
