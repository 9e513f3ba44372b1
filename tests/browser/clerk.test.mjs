// The front desk: book by keyboard, see patients in, move, cancel, undo; and all of it without scripts.
import assert from 'node:assert/strict';

const tests = {};
const han = /\p{Script=Han}/u;
const toast = '#did:not([hidden])';
/** Half booked, where today is full. */
const tomorrow = '/day?day=2026-11-24';

/** Counts what a person does: a key, a word typed, a click. */
function hands(page) {
  const done = [];
  const note = (what) => done.push(what);
  return {
    done,
    key: async (key) => { note(key); await page.keyboard.press(key); },
    type: async (text) => { note(`"${text}"`); await page.keyboard.type(text, { delay: 15 }); },
    click: async (target) => { note('click'); await (typeof target === 'string' ? page.locator(target).first() : target).click(); },
  };
}

/** Acts, and waits for the page that the board sends for. */
async function sent(page, act) {
  await Promise.all([page.waitForEvent('load'), act()]);
}

/** A patient of the sample who has come before, as the desk would look for them: initials and the end of the phone. */
async function returning(page, base, skip = 0) {
  await page.goto(`${base}/patients?q=138`);
  const row = page.locator('.pts-t tbody tr').nth(skip);
  const name = await row.locator('th a').innerText();
  const tail = (await row.locator('.nowrap').innerText()).slice(-4);
  return { name, tail, href: await row.locator('th a').getAttribute('href') };
}

const cards = (page, state) => page.locator(`.appt[data-state="${state}"]`);
const appointment = async (card) => ({ id: await card.getAttribute('data-id'), name: await card.locator('.nm').innerText() });
const byId = (page, id) => page.locator(`#a${id}`);
const place = (card) => card.evaluate((el) => [el.closest('.col').dataset.res, +el.dataset.s, +el.dataset.d]);

/** A free stretch of the board in the future: column, first unit; a unit is five minutes. */
const gap = (page, length, column = null) => page.evaluate(([length, column]) => {
  const now = +(document.querySelector('.nowt')?.style.getPropertyValue('--s') ?? 0);
  for (const col of document.querySelectorAll('.col')) {
    if (column && col.dataset.res !== column) continue;
    const taken = [...col.querySelectorAll('.appt:not(.ns), .blk')].map((el) =>
      [+el.style.getPropertyValue('--s'), +el.style.getPropertyValue('--d')]);
    const units = +document.querySelector('.grid').dataset.units;
    for (let s = Math.ceil(now / 3) * 3 + 3; s + length <= units; s += 3) {
      // One step more than needed on both sides, for what has to be kept free after a visit.
      if (taken.every(([t, d]) => s >= t + d + 3 || s + length + 3 <= t)) return { res: col.dataset.res, s };
    }
  }
  return null;
}, [length, column]);

/** Where on the screen a unit of a column is, scrolled into sight. */
const spot = (page, { res, s }) => page.evaluate(([res, s]) => {
  const board = document.querySelector('.board'), col = document.querySelector(`.col[data-res="${res}"]`);
  const units = +document.querySelector('.grid').dataset.units;
  const unit = col.getBoundingClientRect().height / units;
  board.scrollTop += col.getBoundingClientRect().top + s * unit - board.getBoundingClientRect().top - 300;
  const r = col.getBoundingClientRect();
  return { x: r.left + r.width / 2, y: r.top + s * unit, unit };
}, [res, s]);

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    tests[`books a returning patient in five interactions, ${lang}, ${width} px`] = async ({ as, base, shot, axe, fits, cspClean, noOtherHosts }) => {
      const page = await as('front-desk', { lang, width, path: '/day' });
      const who = await returning(page, base, (lang === 'zh' ? 0 : 2) + (width === 390 ? 1 : 0));
      await page.goto(`${base}/day`);
      const desk = hands(page);
      await desk.key('n');
      await page.locator('#bp:focus').waitFor();
      await desk.type(who.tail);
      await desk.key('Enter');
      await page.locator('#bookform').waitFor();
      assert.ok((await page.locator('#side .chosen').innerText()).includes(who.name), 'the patient looked for is chosen');
      assert.ok(await page.locator('#side .hist li').count() > 0, 'earlier visits are there before a time is chosen');
      assert.ok(await page.locator('#side .hist').isVisible());
      assert.equal(await page.locator('#slots .slot').count(), 3, 'three times');
      await shot(page, `clerk-booking.${lang}.${width}`, { fullPage: false });
      await axe(page);
      await fits(page);
      await desk.key('1');
      await sent(page, () => desk.key('Enter'));
      assert.equal(desk.done.length, 5, desk.done.join(' '));
      assert.ok((await page.innerText(toast)).includes(who.name), 'the toast names who was booked');
      assert.equal(han.test(await page.innerText(`${toast} .btn`)), lang === 'zh');
      await shot(page, `clerk-booked.${lang}.${width}`, { fullPage: false });
      await axe(page);
      await fits(page);
      const id = await page.getAttribute(toast, 'data-id');
      assert.equal(await byId(page, id).count(), 1, 'it is on the board');
      await sent(page, () => page.keyboard.press('z'));
      assert.equal(await byId(page, id).count(), 0, 'and undone it is not');
      noOtherHosts(page);
      cspClean(page);
    };
  }
}

tests['a new patient in six interactions, and what was typed stays when it is wrong'] = async ({ as, shot, axe }) => {
  const page = await as('front-desk', { lang: 'zh', path: '/day' });
  const desk = hands(page);
  await desk.key('n');
  await page.locator('#bp:focus').waitFor();
  await desk.type('欧阳新客');
  await desk.key('Enter');
  await page.locator('#f-phone:focus').waitFor();
  assert.equal(await page.inputValue('#f-name'), '欧阳新客');
  await desk.type('123');
  await desk.click('#slots .slot >> nth=0');
  await sent(page, () => desk.key('Enter'));
  assert.equal(desk.done.length, 6, desk.done.join(' '));
  assert.equal(await page.inputValue('#f-name'), '欧阳新客', 'kept');
  assert.equal(await page.inputValue('#f-phone'), '123', 'kept');
  assert.equal(await page.getAttribute('#f-phone', 'aria-invalid'), 'true');
  await shot(page, 'clerk-bad-input.zh');
  await axe(page);
  await page.fill('#f-phone', '13712345061');
  await page.locator('#slots input').first().focus();
  await sent(page, () => page.keyboard.press('Enter'));
  assert.ok((await page.innerText(toast)).includes('欧阳新客'));
};

tests['sees a patient in: by search and by keys on the card'] = async ({ as, base, axe, shot }) => {
  const page = await as('front-desk', { path: '/day' });
  let { id, name } = await appointment(cards(page, 'confirmed').last());
  await page.keyboard.press('/');
  await page.keyboard.type(name, { delay: 15 });
  await page.locator('#found a.who', { hasText: name }).first().waitFor();
  assert.ok(await page.evaluate(() => [...document.getElementById('main').children].every((part) => part.inert)), 'what the list half covers is out of reach');
  await axe(page);
  await shot(page, 'clerk-search.en', { fullPage: false });
  await page.keyboard.press('ArrowDown');
  await Promise.all([page.waitForURL(/\/patients\/\d+/), page.keyboard.press('Enter')]);
  assert.ok((await page.innerText('h1')).includes(name));
  await page.goto(`${base}/day`);
  for (const [key, state] of [['a', 'arrived'], ['s', 'in-chair'], ['d', 'done']]) {
    await byId(page, id).focus();
    await sent(page, () => page.keyboard.press(key));
    assert.equal(await byId(page, id).getAttribute('data-state'), state, `after ${key}`);
    assert.ok((await page.innerText(toast)).includes(name));
  }
  await sent(page, () => page.keyboard.press('z'));
  assert.equal(await byId(page, id).getAttribute('data-state'), 'in-chair', 'undone');
};

tests['drags a booking to another time, and takes it back'] = async ({ as, shot }) => {
  const page = await as('front-desk', { path: tomorrow });
  const card = cards(page, 'confirmed').last();
  const { id } = await appointment(card);
  const [res, s, d] = await place(card);
  const free = await gap(page, d, res); // with somebody else the service might not be done
  assert.ok(free, 'there is a gap on the board');
  await card.scrollIntoViewIfNeeded();
  const from = await card.boundingBox();
  const grip = { x: from.x + from.width / 2, y: from.y + 8 };
  await page.mouse.move(grip.x, grip.y);
  await page.mouse.down();
  await page.mouse.move(grip.x, grip.y + 10, { steps: 3 });
  const to = await spot(page, free);
  await page.mouse.move(to.x, to.y + 8, { steps: 12 });
  await shot(page, 'clerk-drag.en', { fullPage: false });
  await sent(page, () => page.mouse.up());
  assert.deepEqual(await place(byId(page, id)), [free.res, free.s, d], 'moved');
  await sent(page, () => page.keyboard.press('z'));
  assert.deepEqual(await place(byId(page, id)), [res, s, d], 'and back');
};

tests['moves by the keyboard, and by clicking the new time'] = async ({ as }) => {
  const page = await as('front-desk', { path: tomorrow });
  const card = cards(page, 'confirmed').last();
  const { id } = await appointment(card);
  const [res, , d] = await place(card);
  const free = await gap(page, d, res);
  // M: the arrows bring it there.
  await card.focus();
  await page.keyboard.press('m');
  for (let guard = 0; guard < 200; guard += 1) {
    const [at, s] = await card.evaluate((el) => [el.closest('.col').dataset.res, +el.style.getPropertyValue('--s')]);
    if (at === free.res && s === free.s) break;
    const order = await page.$$eval('.col', (all) => all.map((col) => col.dataset.res));
    const sideways = order.indexOf(free.res) - order.indexOf(at);
    await page.keyboard.press(sideways > 0 ? 'ArrowRight' : sideways < 0 ? 'ArrowLeft' : s < free.s ? 'ArrowDown' : 'ArrowUp');
  }
  await sent(page, () => page.keyboard.press('Enter'));
  assert.deepEqual(await place(byId(page, id)), [free.res, free.s, d]);
  // P: a click says where.
  const next = await gap(page, d, res);
  await byId(page, id).focus();
  await page.keyboard.press('p');
  await page.locator('#placing:not([hidden])').waitFor();
  const to = await spot(page, next);
  await sent(page, () => page.mouse.click(to.x, to.y + 3));
  assert.deepEqual(await place(byId(page, id)), [next.res, next.s, d]);
};

tests['a click on an empty time offers that time first'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: '/day' });
  const who = await returning(page, base, 5);
  await page.goto(base + tomorrow);
  const free = await gap(page, 18);
  const to = await spot(page, free);
  await page.mouse.click(to.x, to.y + 3);
  await page.locator('#bp:focus').waitFor();
  await page.keyboard.type(who.tail, { delay: 15 });
  await page.keyboard.press('Enter');
  await page.locator('#bookform').waitFor();
  const first = +(await page.getAttribute('.grid', 'data-t0')) + free.s * 5;
  const hm = `${String(Math.floor(first / 60)).padStart(2, '0')}:${String(first % 60).padStart(2, '0')}`;
  const offered = await page.locator('#slots').innerText();
  assert.ok(offered.includes(hm), `${hm} is offered, or why not is told: ${offered}`);
};

tests['cancels with a reason; ? tells the keys'] = async ({ as, axe, shot }) => {
  const page = await as('front-desk', { path: '/day' });
  await page.keyboard.press('?');
  await page.locator('dialog#keys[open]').waitFor();
  await axe(page);
  await shot(page, 'clerk-keys.en', { fullPage: false });
  await page.keyboard.press('Escape');
  const { id } = await appointment(cards(page, 'booked').last());
  await byId(page, id).click();
  await page.locator('#side .cancelling summary').click();
  await page.selectOption('#f-reason', { index: 1 });
  await axe(page);
  await sent(page, () => page.locator('.cancelling form button').click());
  assert.equal(await byId(page, id).count(), 0, 'off the board');
  await sent(page, () => page.keyboard.press('z'));
  assert.equal(await byId(page, id).count(), 1, 'and on it again');
};

tests['books, moves and cancels without scripts'] = async ({ as, base, shot }) => {
  const reader = await as('front-desk', { path: '/day' });
  const who = await returning(reader, base, 6);
  const page = await as('front-desk', { lang: 'zh', path: '/day', script: false });
  await page.click('#new');
  await page.fill('#bp', who.tail);
  await page.click('noscript button, #find button');
  await page.locator('#hits a', { hasText: who.name }).first().click();
  await shot(page, 'clerk-no-script.zh');
  await page.locator('#slots input').nth(1).check();
  await page.click('button[form=bookform]');
  const id = await page.getAttribute('#did', 'data-id');
  await byId(page, id).click();
  await page.click(`[data-place="${id}"]`);
  await page.locator('.moving button').nth(2).click();
  await byId(page, id).waitFor();
  await byId(page, id).click();
  await page.click('.cancelling summary');
  await page.selectOption('#f-reason', { index: 2 });
  await page.click('.cancelling form button');
  assert.equal(await byId(page, id).count(), 0);
};

tests['enter waits for what was typed, however slow the answers are'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: '/day' });
  const who = await returning(page, base, 4);
  await page.goto(`${base}${who.href}`);
  const chart = (await page.innerText('main')).match(/[A-Z]\d{5}/)[0];
  await page.goto(`${base}/day`);
  await page.route('**/day/hits*', async (route) => { await new Promise((done) => setTimeout(done, 60 + Math.random() * 200)); await route.continue(); });
  for (const delay of [0, 60, 95, 150]) {
    await page.keyboard.press('n');
    await page.locator('#bp:focus').waitFor();
    await page.keyboard.type(chart, { delay });
    await page.keyboard.press('Enter');
    await page.locator('#bookform').waitFor();
    assert.ok((await page.locator('#side .chosen').innerText()).includes(who.name), `${chart} at ${delay} ms a key`);
    await page.keyboard.press('Escape');
    await page.locator('#side:not(.sheet)').waitFor();
  }
};

tests['the second N is for the next caller'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: '/day' });
  const who = await returning(page, base, 5);
  await page.goto(`${base}/day?book=${who.href.split('/').pop()}`);
  await page.locator('#slots input').first().focus();
  await sent(page, () => page.keyboard.press('Enter'));
  await page.keyboard.press('n');
  await page.locator('#bp:focus').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#side:not(.sheet)').waitFor();
  await page.keyboard.press('z');
  await page.locator('#undone').waitFor();
  // On a card that was gone to, N is that patient's next visit; Space shows their card.
  const card = cards(page, 'confirmed').first();
  const { name } = await appointment(card);
  await card.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press(' ');
  await page.locator('.hc:not([hidden])', { hasText: name }).waitFor();
  await page.keyboard.press('n');
  await page.locator('#side .chosen', { hasText: name }).waitFor();
};

tests['a refusal is seen, and reloading shows the board'] = async ({ as, base, shot }) => {
  const page = await as('front-desk', { lang: 'zh', path: '/day' });
  await page.evaluate(() => { document.querySelector('.board').scrollTop = 1e6; });
  const { id } = await appointment(cards(page, 'confirmed').last());
  await byId(page, id).focus();
  await sent(page, () => page.keyboard.press('x'));
  const banner = page.locator('.board-error');
  await banner.waitFor();
  assert.ok(await banner.evaluate((el) => { const r = el.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; }), 'in sight');
  await shot(page, 'clerk-refused.zh', { fullPage: false });
  const answer = await page.reload();
  assert.equal(answer.status(), 200);
  await page.click('a.lang');
  assert.ok(new URL(page.url()).pathname === '/day');
};

tests['what another desk does is on the board within seconds'] = async ({ as }) => {
  const one = await as('front-desk', { path: '/day' });
  const two = await as('nurse', { path: '/day' });
  const { id } = await appointment(cards(one, 'booked').first());
  await byId(two, id).focus();
  await sent(one, async () => { await byId(one, id).focus(); await one.keyboard.press('c'); });
  await two.locator(`#a${id}[data-state=confirmed]`).waitFor();
  assert.equal(await two.evaluate(() => document.activeElement.id), `a${id}`, 'the focus stays');
  await sent(one, () => one.keyboard.press('z'));
};

tests['a booking on the pinboard goes to another day'] = async ({ as, base, shot }) => {
  const page = await as('front-desk', { path: '/day' });
  const { id, name } = await appointment(cards(page, 'confirmed').nth(2));
  await byId(page, id).focus();
  await page.keyboard.press('p');
  await page.locator('#placing', { hasText: name }).waitFor();
  await page.goto(`${base}${tomorrow}`);
  await page.locator('#placing', { hasText: name }).waitFor();
  await shot(page, 'clerk-pinned.en', { fullPage: false });
  const own = await page.evaluate(() => document.querySelectorAll('.col').length);
  assert.ok(own > 0);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#placing').isHidden(), true);
};

tests['locks the screen with Alt+L, and the password leads back to the same page with what was typed'] = async ({ open, signIn, base, logins, axe, fits, shot }) => {
  const page = await open(); // a session of its own: it is locked
  await signIn(page, 'front-desk');
  const other = await page.context().newPage();
  await other.goto(`${base}/patients?q=13`);
  await page.goto(`${base}/patients/new?name=x`);
  await page.fill('#f-name', '半写的名字');
  await Promise.all([page.waitForURL(/\/unlock\?next=/), page.keyboard.press('Alt+KeyL')]);
  assert.equal(await page.locator('.rail').count(), 0);
  await axe(page);
  await fits(page);
  await shot(page, 'locked.en');
  await other.waitForURL(/\/unlock\?next=/); // every tab
  await page.fill('#f-password', 'not the password');
  await page.keyboard.press('Enter');
  await page.locator('[role=alert]').waitFor();
  await axe(page);
  await page.goto(`${base}/day`);
  assert.equal(new URL(page.url()).pathname, '/unlock', 'nothing else opens');
  await page.goto(`${base}/unlock?next=${encodeURIComponent('/patients/new?name=x')}`);
  assert.ok(await page.evaluate(() => document.activeElement.id === 'f-password'));
  await page.keyboard.type(logins()['front-desk'].password);
  await Promise.all([page.waitForURL(`${base}/patients/new?name=x`), page.keyboard.press('Enter')]);
  assert.equal(await page.inputValue('#f-name'), '半写的名字');
  await other.waitForURL(/\/patients\?q=13/);
  // Without scripts the menu's entry does it; here with the mouse.
  await page.locator('header details.menu summary').click();
  await page.getByRole('button', { name: 'Lock Alt+L' }).click();
  await page.getByRole('link', { name: 'Somebody else: sign in' }).click();
  await page.waitForURL(/\/sign-in/);
};

tests['locks and unlocks without scripts'] = async ({ open, signIn, base, logins }) => {
  const page = await open({ script: false });
  await signIn(page, 'front-desk');
  await page.goto(`${base}/recall`);
  await page.locator('header details.menu summary').click();
  await page.getByRole('button', { name: 'Lock Alt+L' }).click();
  await page.fill('#f-password', logins()['front-desk'].password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${base}/recall`);
};

tests['recall: the first row is the current one, and single keys can be switched off'] = async ({ as, axe, shot }) => {
  const page = await as('front-desk', { path: '/recall' });
  const row = page.locator('tr.cur');
  assert.equal(await row.count(), 1);
  const first = await row.getAttribute('id');
  await axe(page);
  await shot(page, 'recall-current.en');
  await page.keyboard.press('?');
  await page.locator('dialog#keys[open]').waitFor();
  await axe(page);
  await page.locator('#keys-off').check();
  await page.keyboard.press('Escape');
  await page.locator('h1').first().click();
  await page.keyboard.press('c');
  await page.keyboard.press('t');
  assert.equal(new URL(page.url()).pathname, '/recall');
  assert.equal(await page.locator('tr.gone').count(), 0, 'switched off');
  await page.evaluate(() => localStorage.removeItem('keys-off'));
  await page.keyboard.press('ArrowDown');
  assert.equal(await row.getAttribute('id'), first, 'from nowhere to the first');
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await row.getAttribute('id'), first);
  await page.reload();
  await Promise.all([page.waitForURL(/\/recall\/\d+\/call/), page.keyboard.press('c')]);
  assert.ok(page.url().includes(`/recall/${first.slice(1)}/call`), 'works at once on the first row');
};

tests['recall: nobody ticked is told at the button; the preview shows the text'] = async ({ as, axe, fits, shot }) => {
  const page = await as('front-desk', { path: '/recall?attempts=0', width: 390 });
  await page.locator('#bulk button').click();
  await page.locator('#bulk [role=alert]').waitFor();
  assert.ok(page.url().includes('attempts=0'), 'the filter stays');
  await axe(page);
  for (const box of (await page.locator('input[name=id]').all()).slice(0, 3)) await box.check();
  await Promise.all([page.waitForURL(/\/recall\/preview/), page.locator('#bulk button').click()]);
  assert.ok(await page.locator('.sample .bubble').count() > 0);
  await axe(page);
  await fits(page);
  await shot(page, 'recall-preview.en.390');
};

for (const [lang, width] of [['zh', 390], ['en', 1440]]) {
  tests[`recall: a family has one block and one call; a day set by hand is undone, in ${lang}`] = async ({ as, base, axe, fits, shot }) => {
    const page = await as('front-desk', { path: '/recall', lang, width });
    const family = page.locator('tbody.fam').first();
    await family.scrollIntoViewIfNeeded();
    await axe(page);
    await fits(page);
    await shot(page, `recall-family.${lang}.${width}`);
    await Promise.all([page.waitForURL(/\/call$/), family.locator('.famhead a[href$="/call"]').click()]);
    assert.ok(await page.locator('fieldset').count() >= 2, 'a result for each of them');
    await axe(page);
    await fits(page);
    await shot(page, `recall-family-call.${lang}.${width}`);
    await page.goto(`${base}/recall`);
    await page.locator('tr[data-recall] td.wide a[href^="/recall/"]').first().click();
    await page.fill('#f-due_on', '2027-03-01');
    await page.locator('form button.pri').click();
    await page.locator('main .banner[role=status]').waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `recall-edited.${lang}.${width}`);
    assert.match(await page.locator('main dl').innerText(), /2027年3月1日|1 Mar 2027/);
    await page.locator('.banner form button').click();
    await page.waitForURL(/undone=1/);
    assert.doesNotMatch(await page.locator('main dl').innerText(), /2027年3月1日|1 Mar 2027/);
  };
}

for (const lang of ['zh', 'en']) {
  tests[`answers a text, and it is put away, in ${lang}`] = async ({ as, shot, axe, cspClean }) => {
    const page = await as('front-desk', { path: '/inbox', lang });
    const row = page.locator('.mlist a', { hasText: lang === 'zh' ? '医保卡' : '明天可以和我一起' });
    await row.click();
    await page.locator('form[action$="/step"] button.pri').click();
    await page.fill('textarea[name=text]', lang === 'zh' ? '可以的，请带上医保卡。' : 'Of course, she is welcome.');
    await axe(page);
    await shot(page, `conversation.${lang}`);
    await page.locator('form[action$="/answer"] button').click();
    // Held for two minutes: taken back, it stands in the form again; then it goes at once.
    await page.locator('form[action*="/answers/"] button').first().click();
    assert.match(await page.inputValue('textarea[name=text]'), lang === 'zh' ? /医保卡/ : /welcome/);
    await page.locator('form[action$="/answer"] button').click();
    const held = page.locator('form[action*="/answers/"] button');
    await held.last().waitFor();
    await axe(page);
    await shot(page, `conversation-held.${lang}`);
    await held.last().click();
    await page.locator('.bubbles .out').last().waitFor();
    await page.waitForLoadState();
    assert.equal(await held.count(), 0, 'it goes');
    await cspClean(page);
    await page.goto(new URL('/inbox', page.url()).href);
    await shot(page, `inbox.${lang}`);
    assert.equal(await row.count(), 0, 'it is done');
  };
}

export default tests;
