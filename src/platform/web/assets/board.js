// The board of a day or a week: keyboard, drag, click-placing, booking panel. The server draws everything; each change is a form that is
// sent and a page that comes back, so what is on the screen is what is stored.
(() => {
  const grid = document.querySelector('.grid'); if (!grid) return;
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const { letter, say } = window.chairside;
  const main = $('#main'), board = $('.board'), mover = $('#placing'), placing = mover;
  // What the server drew last; what is on the screen has been touched since (who has the focus, what is chosen).
  let drawn = grid.innerHTML;
  let cols = $$('.col'), T0 = +grid.dataset.t0, UNITS = +grid.dataset.units;
  const day = main.dataset.day;
  // The board's address: which day or week, of whom, what is picked out. Every panel and every answer leads back to it.
  const at = () => main.dataset.board, isDay = /^\/day\?day=[^&]*$/;
  const zh = document.documentElement.lang.startsWith('zh');
  const text = (a, b) => zh ? a : b;
  const UNIT = 5, BOOK = 15; // minutes of a unit, and of the grid on which an empty place is clicked
  const minute = at => { const [h, m] = at.split(':'); return h * 60 + +m; };
  const wall = m => String(m / 60 | 0).padStart(2, '0') + ':' + String(m % 60).padStart(2, '0');
  const hm = u => wall(T0 + u * UNIT);
  // A card is moved by steps of its service's grid from where it was, and made longer by steps from as long as it was: what
  // does not lie on the grid stays so.
  const gridOf = el => Math.max(1, el.dataset.grid / UNIT), sizeOf = el => Math.min(gridOf(el), BOOK / UNIT);
  const startAt = (el, s) => wall(minute(el.dataset.at) + (s - el.dataset.s) * UNIT);
  const lasts = (el, d) => +el.dataset.minutes + (d - el.dataset.d) * UNIT;
  const endAt = (el, s, d) => wall(minute(el.dataset.at) + (s - el.dataset.s) * UNIT + lasts(el, d));
  const unit = () => cols[0].getBoundingClientRect().height / UNITS;
  const put = (el, s, d) => { el.style.setProperty('--s', s); el.style.setProperty('--d', d); };
  const name = el => $('.nm', el).textContent, colName = c => document.getElementById(c.getAttribute('aria-labelledby')).textContent;

  // ---- sending: a form made of names and values
  const post = (url, values) => {
    const f = document.createElement('form'); f.method = 'post'; f.action = url; f.hidden = true;
    for (const [n, v] of Object.entries(values)) { const i = document.createElement('input'); i.type = 'hidden'; i.name = n; i.value = v; f.append(i); }
    document.body.append(f); keepScroll(); f.submit();
  };
  const send = (id, action, values) => post(`/appointments/${id}/${action}`, { ...values, ...(!isDay.test(at()) && { board: at() }) });
  const step = (el, action) => send(el.dataset.id, action, { version: el.dataset.v, day: el.closest('.col').dataset.day });
  // A column is of a provider, or of a chair. The length is only said when it was changed.
  const into = (col, was) => col.dataset.chair ? { provider: was, chair: col.dataset.chair } : { provider: col.dataset.res };
  const target = (el, col, s, d) => ({ day: col.dataset.day, at: startAt(el, s), ...into(col, el.dataset.with), ...(d !== +el.dataset.d && { minutes: lasts(el, d) }) });
  const move = (el, to) => send(el.dataset.id, 'move', { version: el.dataset.v, ...to });
  // Where something is in the way, who may overbook gives the reason in the panel's form.
  const ask = (el, to) => { if (mover.dataset.overbook) load(`${at()}&move=${el.dataset.id}&${new URLSearchParams({ to_day: to.day, to_at: to.at, to_provider: to.provider, to_minutes: to.minutes ?? '' })}`); };
  const keepScroll = () => sessionStorage.setItem('board', JSON.stringify([at(), board.scrollTop, board.scrollLeft]));
  addEventListener('pagehide', keepScroll);

  // ---- what is told without moving anything: for eyes and for screen readers
  const flash = document.createElement('div'); flash.className = 'toast'; flash.hidden = true; main.append(flash);
  let flashed;
  const tell = what => { flash.textContent = what; flash.hidden = false; say(what); clearTimeout(flashed); flashed = setTimeout(() => flash.hidden = true, 4000); };
  const get = async (url, more) => {
    const answer = await fetch(url, { headers: { 'HX-Request': 'true', ...more } });
    if (answer.redirected || answer.status === 401) location.reload(); // signed out meanwhile
    return answer.ok ? answer.text() : null;
  };

  // Whether a visit can be moved there, the server alone knows: services are in parts, people run two chairs. Nothing while
  // it can; else why not, in the reader's language. No answer: the move itself will tell.
  let resting = 0;
  const whyNot = (id, to) => get(`/day/why?${new URLSearchParams({ visit: id, ...to })}`).catch(() => null);
  // While a card is held over the board: said once it rests.
  const hint = (el, to, told) => {
    const mine = ++resting; el.classList.remove('bad');
    setTimeout(async () => { if (mine !== resting) return; const why = await whyNot(el.dataset.id, to); if (mine === resting && why !== null) { el.classList.toggle('bad', !!why); told?.(why); } }, 120);
  };
  let judging = false;
  const moveIfFree = async (id, to, go, refused) => {
    resting += 1; judging = true; const why = await whyNot(id, to); judging = false;
    if (why) { refused(); tell(why); } else go();
  };

  // ---- the panel
  // What is typed before the panel has come is not lost: it goes into its search field. Of several panels asked for, the last
  // one is shown.
  let ahead = null, asked = 0;
  const load = async url => {
    const query = new URLSearchParams(url.split('?')[1]); if (!isDay.test(at())) query.set('board', at());
    const mine = ++asked, html = await get(`/day/panel?${query}`);
    if (mine !== asked || html === null) return;
    $('#side').outerHTML = html; htmx.process($('#side')); opened();
  };
  const opened = () => {
    const typed = ahead, box = $('#bp'); ahead = null; shown = box ? box.value : '';
    chosen();
    if (typed && typed.text && box) { box.value = typed.text; box.focus(); if (typed.enter) pick(box); else look(box); return; }
    const f = $('#side [aria-invalid=true]') || $('#side [autofocus]') || $$('#side input[required]:not([type=radio])').find(i => !i.value) || $('#side input:checked') || $('#side.sheet a');
    if (f) f.focus();
    const id = $('#side').dataset.of; $$('.appt.sel').forEach(a => a.id !== `a${id}` && a.classList.remove('sel'));
  };
  const close = () => load(at());
  const bookAt = (col, s) => mover && load(`/day?day=${col.dataset.day}&book=find&${new URLSearchParams(into(col, ''))}&at=${hm(s)}`);
  // The time chosen stands on the button, and on the board where it is of this day.
  const chosen = () => {
    const slot = $('#slots input[name=slot]:checked'), when = $('#book-when'); spot.remove();
    document.dispatchEvent(new CustomEvent('chosen', { detail: slot }));
    if (when) when.textContent = slot ? slot.dataset.when : '';
    const col = slot && cols.find(c => (c.dataset.chair ? c.dataset.chair === $('#f-chair')?.value : c.dataset.res === slot.dataset.res) && c.dataset.day === slot.dataset.day); if (!col) return;
    const [h, m] = slot.dataset.at.split(':'), s = (h * 60 + +m - T0) / 5;
    put(spot, s, Math.max(2, ($('#f-minutes')?.value || 30) / 5)); spot.textContent = slot.dataset.at; col.append(spot);
  };
  const spot = document.createElement('div'); spot.className = 'ghost';

  // ---- search in the panel: what is typed last wins, and Enter takes the first who fits all that was typed
  let wait, shown = '', asking = 0;
  const look = async box => {
    const mine = ++asking, q = box.value, html = await get(`/day/hits?${new URLSearchParams(new FormData(box.form))}`);
    if (mine === asking && html !== null && $('#hits')) { $('#hits').innerHTML = html; shown = q; }
  };
  const pick = async box => {
    clearTimeout(wait);
    while (box.isConnected && shown !== box.value) await look(box);
    // Nobody found: a new patient, if it can be a name.
    const at = $('#hits a:not([data-new])') || (/\d/.test(box.value) ? null : $('#hits a'));
    if (box.isConnected && at) load(at.getAttribute('href'));
  };
  document.addEventListener('input', e => {
    if (e.target.id !== 'bp') return;
    clearTimeout(wait); wait = setTimeout(() => look(e.target), 90);
  });
  document.addEventListener('keydown', e => {
    if (e.target.id === 'bp' && e.key === 'Enter' && !e.isComposing) { e.preventDefault(); pick(e.target); }
    else if (/^Arrow(Up|Down)$/.test(e.key) && (e.target.id === 'bp' || e.target.closest('#hits'))) {
      const rows = $$('#hits a'), at = rows.indexOf(document.activeElement), next = rows[at + (e.key === 'ArrowDown' ? 1 : -1)];
      (next || $('#bp')).focus(); e.preventDefault();
    }
  });
  document.addEventListener('click', e => {
    const link = e.target.closest('[data-panel-link]'); if (link) { load(link.getAttribute('href')); e.preventDefault(); return; }
    if (e.target.closest('[data-close]')) { close(); e.preventDefault(); return; }
    const p = e.target.closest('[data-place]'); if (p && mover) { place($('#a' + p.dataset.place)); e.preventDefault(); }
  });
  document.addEventListener('change', e => {
    if (e.target.name === 'slot') chosen();
    if (!e.target.dataset.reload) return;
    const q = new FormData($('#bookform')); if (e.target.name === 'service') q.delete('minutes');
    q.set('book', q.get('patient')); const at = e.target.id;
    load(`/day?${new URLSearchParams(q)}`).then(() => { const f = document.getElementById(at); if (f) f.focus(); });
  });

  // ---- drag to move, bottom edge to resize; long press on touch so that scrolling still works
  let drag = null, press = null;
  const movable = el => mover && /^(booked|confirmed|arrived)$/.test(el.dataset.state);
  const begin = (el, e, mode) => {
    const r = el.getBoundingClientRect(), col = el.closest('.col');
    drag = { el, mode, dy: e.clientY - r.top, y0: e.clientY, s: +el.dataset.s, d: +el.dataset.d, col, was: { col, s: +el.dataset.s, d: +el.dataset.d } };
    el.classList.add('drag'); try { el.setPointerCapture(e.pointerId); } catch { }
  };
  const dragging = e => {
    const { el, mode } = drag; let { s, d, col } = drag;
    if (mode === 'move') {
      col = cols.find(c => { const r = c.getBoundingClientRect(); return e.clientX >= r.left && e.clientX < r.right; }) || col;
      s = stepped(drag.was.s, (e.clientY - drag.dy - col.getBoundingClientRect().top) / unit(), gridOf(el), UNITS - d);
    } else d = longer(drag.was.d, drag.was.d + (e.clientY - drag.y0) / unit(), sizeOf(el));
    if (col !== drag.col) $('ol', col).append(el.parentNode);
    const other = s !== drag.s || d !== drag.d || col !== drag.col;
    Object.assign(drag, { s, d, col }); put(el, s, d); if (other) hint(el, target(el, col, s, d));
    const tm = $('.tm', el); if (tm) tm.textContent = startAt(el, s) + '–' + endAt(el, s, d);
    const b = board.getBoundingClientRect(); if (e.clientY > b.bottom - 40) board.scrollTop += 12; else if (e.clientY < b.top + 70) board.scrollTop -= 12;
    if (e.clientX > b.right - 30) board.scrollLeft += 14; else if (e.clientX < b.left + 60) board.scrollLeft -= 14;
  };
  // From `was`, by steps, as near to `to` as can be.
  const stepped = (was, to, step, most) => {
    const s = was + Math.round((to - was) / step) * step;
    return s < 0 ? s + step * Math.ceil(-s / step) : s > most ? s - step * Math.ceil((s - most) / step) : s;
  };
  const longer = (was, to, step) => { const d = was + Math.round((to - was) / step) * step; return d < 1 ? d + step * Math.ceil((1 - d) / step) : d; };
  const putBack = (el, was) => { $('ol', was.col).append(el.parentNode); put(el, was.s, was.d); const tm = $('.tm', el); if (tm) tm.textContent = el.dataset.at; el.classList.remove('bad'); };
  const drop = ok => {
    const { el, col, s, d, was } = drag; el.classList.remove('drag', 'bad'); drag = null; justDragged = true; setTimeout(() => justDragged = false, 0);
    resting += 1;
    if (!ok) return putBack(el, was);
    const to = target(el, col, s, d);
    if (col !== was.col || s !== was.s || d !== was.d) moveIfFree(el.dataset.id, to, () => move(el, to), () => { putBack(el, was); ask(el, to); });
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
  // On the wall clock's grid: of what is being placed, or the usual one.
  const slotAt = (col, y) => {
    const step = onBoard?.grid || BOOK, m = Math.floor((T0 + (y - col.getBoundingClientRect().top) / unit() * UNIT) / step) * step;
    return Math.max(0, (m - T0) / UNIT);
  };
  let onBoard = null;
  // What is to be placed lies on the pinboard, also on another day's board; the next free time that is clicked takes it.
  const pinned = () => JSON.parse(sessionStorage.getItem('pin') || 'null');
  const pin = what => { if (what) sessionStorage.setItem('pin', JSON.stringify(what)); else sessionStorage.removeItem('pin'); };
  const showPin = () => {
    onBoard = pinned(); if (!placing) return;
    placing.hidden = !onBoard; if (!onBoard) return;
    $('span', placing).textContent = text(`点选“${onBoard.name}”的新时段，也可以先换一天`, `Tap the new time for ${onBoard.name}; another day will do, too`);
    $('#a' + onBoard.id)?.classList.add('sel');
  };
  const place = el => {
    if (!el) return;
    pin({ id: el.dataset.id, v: el.dataset.v, d: +el.dataset.d, grid: +el.dataset.grid, with: el.dataset.with, name: name(el) }); showPin();
    if ($('#side.sheet')) close();
    say(placing.textContent); board.focus();
  };
  const unplace = () => { pin(null); showPin(); $$('.appt.sel').forEach(a => a.classList.remove('sel')); };
  if (placing) $('.btn', placing).addEventListener('click', unplace);
  grid.addEventListener('pointermove', e => {
    const col = e.target.closest('.col'); if (!mover || !col || (!onBoard && e.target.closest('.appt,.blk')) || drag || e.pointerType !== 'mouse') { ghost.hidden = true; return; }
    const s = slotAt(col, e.clientY), d = onBoard?.d || 6; put(ghost, s, d); ghost.textContent = (onBoard ? '→ ' : '+ ') + hm(s); ghost.hidden = false; if (ghost.parentNode !== col) col.append(ghost);
  });
  grid.addEventListener('pointerleave', () => ghost.hidden = true);
  grid.addEventListener('click', e => {
    const el = e.target.closest('.appt');
    if (el) {
      e.preventDefault(); if (justDragged) return;
    }
    const col = e.target.closest('.col'); if (col && mover && onBoard) return placeAt(col, slotAt(col, e.clientY));
    if (el) {
      foc(el); load(el.getAttribute('href')).then(() => el.classList.add('sel')); return;
    }
    if (!col || !mover) return;
    if (e.target.closest('.blk')) return tell(text('这个时间不出诊', 'Nobody works at this time'));
    bookAt(col, slotAt(col, e.clientY));
  });
  // Also beside and under a card: whether there is room, the server says. What is refused stays on the pinboard.
  const placeAt = (col, s) => {
    const o = onBoard, to = { day: col.dataset.day, at: hm(s), ...into(col, o.with) };
    moveIfFree(o.id, to, () => { unplace(); send(o.id, 'move', { version: o.v, ...to }); }, () => null);
  };

  // ---- keyboard: one tab stop, arrows roam, M moves
  let mv = null;
  const cards = c => $$('.appt', c).sort((a, b) => a.dataset.s - b.dataset.s);
  const foc = el => { if (!el) return; $$('.appt[tabindex="0"]').forEach(a => a.tabIndex = -1); el.tabIndex = 0; el.focus({ preventScroll: true }); el.scrollIntoView({ block: 'nearest', inline: 'nearest' }); };
  const near = (c, s) => cards(c).reduce((b, a) => !b || Math.abs(a.dataset.s - s) < Math.abs(b.dataset.s - s) ? a : b, null);
  const roving = id => {
    $$('.appt').forEach(a => a.tabIndex = -1);
    const first = (id && document.getElementById(id)) || $$('.appt').find(a => /^(booked|confirmed|arrived|in-chair)$/.test(a.dataset.state)) || $('.appt'); if (first) first.tabIndex = 0;
  };
  roving();
  const endMove = el => { const was = mv; mv = null; resting += 1; el.classList.remove('drag', 'bad'); putBack(el, was); flash.hidden = true; };
  const moving = (el, e) => {
    const col = el.closest('.col'), ci = cols.indexOf(col); let s = +el.style.getPropertyValue('--s'), d = +el.style.getPropertyValue('--d'), c = col; const k = e.key;
    if (k === 'ArrowDown') e.shiftKey ? d += sizeOf(el) : s += gridOf(el); else if (k === 'ArrowUp') e.shiftKey ? d = longer(mv.d, d - sizeOf(el), sizeOf(el)) : s -= gridOf(el);
    else if (k === 'ArrowRight') c = cols[ci + 1] || c; else if (k === 'ArrowLeft') c = cols[ci - 1] || c;
    else if (k === 'Enter') { e.preventDefault(); if (judging) return; const to = target(el, col, s, d); moveIfFree(el.dataset.id, to, () => { if (!mv) return; el.classList.remove('drag'); mv = null; move(el, to); }, () => { el.classList.add('bad'); if (mover.dataset.overbook) { endMove(el); ask(el, to); } }); return; }
    else if (k === 'Escape') { e.preventDefault(); endMove(el); foc(el); return; } else return;
    e.preventDefault(); s = stepped(mv.s, s, gridOf(el), UNITS - d); if (c !== col) $('ol', c).append(el.parentNode);
    put(el, s, d); el.focus(); const tm = $('.tm', el), where = `${startAt(el, s)}–${endAt(el, s, d)}`; if (tm) tm.textContent = where;
    say(`${colName(c)} ${where}`); hint(el, target(el, c, s, d), why => why && say(`${colName(c)} ${where} ${why}`));
  };
  const moveHelp = () => { clearTimeout(flashed); flash.textContent = text('改期：方向键移动，Shift+↑↓ 改时长，Enter 保存，Esc 取消', 'Moving: arrows, Shift+↑↓ for the length, Enter saves, Esc cancels'); flash.hidden = false; };
  const STEPS = { c: ['confirm', 'booked'], a: ['arrive', 'booked confirmed no-show'], s: ['seat', 'booked confirmed arrived'], d: ['finish', 'arrived in-chair'], l: ['leave', 'done'], x: ['no-show', 'booked confirmed'] };
  const onCard = (el, e) => {
    if (mv) return moving(el, e);
    const col = el.closest('.col'), ci = cols.indexOf(col), list = cards(col), i = list.indexOf(el);
    const go = { ArrowDown: () => list[i + 1], ArrowUp: () => list[i - 1], ArrowRight: () => cols[ci + 1] && near(cols[ci + 1], el.dataset.s), ArrowLeft: () => cols[ci - 1] && near(cols[ci - 1], el.dataset.s), Home: () => list[0], End: () => list[list.length - 1] }[e.key];
    if (go) { justDid = false; foc(go()); e.preventDefault(); return; }
    if (e.key === ' ') { e.preventDefault(); if (about === el) hide(); else peek(el); return; }
    if (e.key === 'Escape' && about) { e.preventDefault(); e.stopPropagation(); hide(); return; }
    if (!letter(e)) return;
    const k = e.key.toLowerCase(), s = STEPS[k];
    if (s) { e.preventDefault(); if (s[1].split(' ').includes(el.dataset.state)) step(el, s[0]); else tell(text('当前状态不能这样操作', 'Not possible in this state')); }
    else if (k === 'm' && movable(el)) { mv = { col, s: +el.dataset.s, d: +el.dataset.d }; el.classList.add('drag'); moveHelp(); say(text('改期：方向键移动，Shift 加上下改时长，回车保存，Esc 取消', 'Move mode: arrows move, Shift and up/down resize, Enter saves, Escape cancels')); }
    else if (k === 'p' && movable(el)) place(el);
    else if (k === 'n' && mover && !justDid) { e.preventDefault(); e.stopPropagation(); load(`${at()}&book=${el.dataset.p}`); }
  };
  // Right after a step the focus is on its card by itself, and N is for the next caller.
  let justDid = /[?&](did|undone)=/.test(location.search);
  grid.addEventListener('pointerdown', () => justDid = false);
  board.addEventListener('focusout', e => { const el = e.target.closest('.appt'); if (mv && el && !el.contains(e.relatedTarget)) setTimeout(() => mv && document.activeElement !== el && endMove(el), 0); });
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
    if (/^[1-3]$/.test(e.key) && slots[e.key - 1] && !window.chairside.typing(e)) { slots[e.key - 1].checked = true; slots[e.key - 1].focus(); chosen(); e.preventDefault(); return; }
    if (e.target.name === 'slot' && e.key === 'Enter') { e.preventDefault(); $('#bookform').requestSubmit(); return; }
    if (!letter(e) || mv) return;
    const k = e.key.toLowerCase();
    // The letters that a visit's panel shows are about that visit, wherever the focus is in it.
    const shown = $('#side.sheet[data-of]'), card = shown?.contains(e.target) && document.getElementById('a' + shown.dataset.of);
    if (card && /^[casdlxmp]$/.test(k)) { if (k === 'm') foc(card); return onCard(card, e); }
    if (k === 'f' && mover) { e.preventDefault(); const link = $('#findlink'); location.href = link ? link.href : `/find?from=${day}`; }
    else if (k === 'n' && mover) { e.preventDefault(); ahead = { text: '', enter: false }; load(`${at()}&book=find`); }
    else if (k === 't') follow('today'); else if (e.key === '[') follow('prev'); else if (e.key === ']') follow('next');
    else if (k === 'z') { const d = $('#did'); if (d && !d.hidden) { e.preventDefault(); keepScroll(); d.requestSubmit(); } }
  });
  // Saved views: by the key's place, since Alt changes what it types on some keyboards.
  addEventListener('keydown', e => {
    const nth = e.altKey && !e.ctrlKey && !e.metaKey && /^(?:Digit|Numpad)([1-9])$/.exec(e.code), view = nth && $$('#views [data-view]')[nth[1] - 1];
    if (view) { e.preventDefault(); location.href = view.href; }
  });
  const isNew = $('#new'); if (isNew) isNew.addEventListener('click', e => { e.preventDefault(); load(isNew.getAttribute('href')); });
  document.addEventListener('change', e => { if (e.target.dataset.go && e.target.value) e.target.form.submit(); });

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
  for (const end of ['scroll', 'pointerdown', 'keydown']) board.addEventListener(end, e => { if (e.key !== ' ' && e.key !== 'Escape') hide(); });
  board.addEventListener('focusout', hide);

  // ---- for board-live.js and board-search.js
  window.chairside.board = {
    main, get, step, focus: el => { justDid = false; foc(el); }, movable: () => !!mover && !onBoard && !justDragged,
    busy: () => !!(drag || press || mv || judging || $('dialog[open]')),
    // Puts a fresh board in the place of the old one: focus, what is chosen, and what is typed in a panel stay.
    put: fresh => {
      const swap = (selector, keep) => {
        const old = $(selector), next = fresh.querySelector(selector);
        if (!old || !next || old.innerHTML === next.innerHTML || (keep && keep(old))) return false;
        old.innerHTML = next.innerHTML; return true;
      };
      const here = document.activeElement?.closest('.appt')?.id, sel = $$('.appt.sel').map(a => a.id), next = fresh.querySelector('.grid');
      spot.remove(); ghost.remove();
      for (const name of ['class', 'style', 'data-t0', 'data-units']) grid.setAttribute(name, next.getAttribute(name));
      if (drawn !== next.innerHTML) {
        drawn = grid.innerHTML = next.innerHTML;
        cols = $$('.col'); T0 = +grid.dataset.t0; UNITS = +grid.dataset.units; roving(here);
        sel.forEach(id => document.getElementById(id)?.classList.add('sel'));
        if (here) document.getElementById(here)?.focus({ preventScroll: true });
      }
      $('.empty-day')?.remove(); const empty = fresh.querySelector('.empty-day'); if (empty) board.append(empty);
      swap('.kpis'); swap('#strip');
      if (!$('#side.sheet')) swap('#side', old => old.contains(document.activeElement));
      showPin(); chosen();
    },
  };

  // ---- after loading: where we were, and the undo for eight seconds
  const saved = JSON.parse(sessionStorage.getItem('board') || 'null'), now = $('.nowt');
  if (saved && saved[0] === at()) { board.scrollTop = saved[1]; board.scrollLeft = saved[2]; }
  else if (now && board.scrollHeight > board.clientHeight + 60) board.scrollTop = Math.max(0, +now.style.getPropertyValue('--s') * unit() - board.clientHeight * .22);
  const today = $('.grid.week .hd[aria-current]'); if (today && !(saved && saved[0] === at())) board.scrollLeft = today.offsetLeft - 46;
  for (const told of [$('#did'), $('#undone')]) if (told) setTimeout(() => told.hidden = true, 8000);
  // The address is the board's: after a form that was refused, reloading does not send it again.
  const here = new URL(main.dataset.url, location.href); for (const once of ['did', 'undone']) here.searchParams.delete(once);
  const hash = location.hash; history.replaceState(null, '', here);
  if (hash.startsWith('#a')) foc(document.getElementById(hash.slice(1)));
  // What has just been cancelled, finished or moved is not to be placed any more.
  if ($('#did') && pinned()?.id === $('#did').dataset.id) pin(null);
  showPin();
  // What was refused is shown where it now is.
  if ($('.board-error')) $('.appt.sel')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  if ($('#side.sheet')) opened();
})();
