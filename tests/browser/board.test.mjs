// The board: live, the week, what is picked out, saved views, paper.
import assert from 'node:assert/strict';

const tests = {};
const tomorrow = '/day?day=2026-11-24';
const card = (page, id) => page.locator(`#a${id}`);
const cards = (page, state) => page.locator(`.appt[data-state="${state}"]`);
const place = (el) => el.evaluate((e) => [e.closest('.col').dataset.res, e.closest('.col').dataset.day, +e.dataset.s]);
const live = (page) => page.locator('#live:not(.off):not([hidden])').waitFor({ state: 'attached' });
const sent = (page, act) => Promise.all([page.waitForEvent('load'), act()]);

/** A free stretch of a column in the future: its first unit. */
const gap = (page, length, which) => page.evaluate(([length, which]) => {
  const col = [...document.querySelectorAll('.col')].find((c) => c.dataset.res === which.res && c.dataset.day === which.day);
  const taken = [...col.querySelectorAll('.appt:not(.ns), .blk')].map((el) => [+el.style.getPropertyValue('--s'), +el.style.getPropertyValue('--d')]);
  const units = +document.querySelector('.grid').dataset.units;
  for (let s = 0; s + length <= units; s += 3) if (taken.every(([t, d]) => s >= t + d + 3 || s + length + 3 <= t)) return s;
  return null;
}, [length, which]);

const spot = (page, { res, day, s }) => page.evaluate(([res, day, s]) => {
  const col = document.querySelector(`.col[data-res="${res}"][data-day="${day}"]`);
  const at = () => { const r = col.getBoundingClientRect(); return { x: r.left + r.width / 2, y: r.top + (s + 0.5) * (r.height / +document.querySelector('.grid').dataset.units) }; };
  const board = document.querySelector('.board'), box = board.getBoundingClientRect();
  board.scrollTop += at().y - (box.top + box.height / 2); board.scrollLeft += at().x - (box.left + box.width / 2);
  return at();
}, [res, day, s]);

tests['another desk’s change is there at once, and what is half typed stays'] = async ({ as, shot }) => {
  const [one, two] = [await as('front-desk', { path: tomorrow }), await as('nurse', { path: tomorrow })];
  await live(two);
  const id = await cards(one, 'booked').first().getAttribute('data-id');
  await two.keyboard.press('n');
  await two.locator('#bp:focus').waitFor();
  await two.keyboard.type('陈');
  await two.locator('#hits a').first().waitFor();
  await card(one, id).focus();
  // Without the stream it would be there after the minute that a board waits.
  await Promise.all([sent(one, () => one.keyboard.press('c')), two.locator(`#a${id}[data-state=confirmed]`).waitFor()]);
  assert.equal(await two.inputValue('#bp'), '陈', 'what was typed stays');
  assert.equal(await two.evaluate(() => document.activeElement.id), 'bp', 'and the cursor in it');
  await shot(two, 'board-live.en', { fullPage: false });
  await sent(one, () => one.keyboard.press('z'));
  await two.locator(`#a${id}[data-state=booked]`).waitFor();
};

tests['a stale move is refused with who and when, and the card goes to its true place'] = async ({ as, base, shot, axe }) => {
  const one = await as('front-desk', { path: tomorrow });
  // Without the stream, the second desk does not know.
  const two = await as('nurse', { path: '/health/live' });
  await two.route('**/events*', (route) => route.abort());
  await two.goto(base + tomorrow);
  const id = await cards(one, 'confirmed').last().getAttribute('data-id');
  const [res, day] = await place(card(one, id));
  const d = +(await card(one, id).getAttribute('data-d'));
  const s = await gap(one, d, { res, day });
  await card(one, id).focus();
  await one.keyboard.press('p');
  const to = await spot(one, { res, day, s });
  await sent(one, () => one.mouse.click(to.x, to.y));
  await card(two, id).focus();
  await sent(two, () => two.keyboard.press('c').then(() => two.keyboard.press('x')));
  const told = await two.locator('.board-error').innerText();
  assert.match(told, /Moved by .+ \d\d:\d\d/);
  assert.deepEqual(await place(card(two, id)), [res, day, s], 'the true place');
  assert.ok(await card(two, id).evaluate((el) => el.classList.contains('sel')));
  await shot(two, 'board-stale.en', { fullPage: false });
  await axe(two);
  await sent(one, () => one.keyboard.press('z'));
};

tests['the head says when the stream is lost, writing goes on, and it comes back'] = async ({ as, axe, shot }) => {
  for (const width of [1440, 390]) {
    const page = await as('front-desk', { path: '/day', width });
    await live(page);
    if (width === 1440) assert.equal(await page.innerText('#live'), 'Live');
    await page.context().setOffline(true);
    await page.context().route('**/events*', (route) => route.abort());
    await page.evaluate(() => dispatchEvent(new Event('pagehide'))); // what a cut connection is to the page
    await page.context().setOffline(false);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    await page.locator('#live.off').waitFor();
    assert.match(await page.innerText('#live'), /^Reconnecting, data as of \d\d:\d\d$/);
    await shot(page, `board-lost.en.${width}`, { fullPage: false });
    await axe(page);
    await page.context().unroute('**/events*');
    await live(page);
  }
};

tests['a hidden tab holds no connection and catches up'] = async ({ as, base }) => {
  const [one, two] = [await as('front-desk', { path: tomorrow }), await as('nurse', { path: tomorrow })];
  await live(one); await live(two);
  const streams = async () => +/^chairside_live_streams (\d+)/m.exec(await (await fetch(`${base}/metrics`)).text())[1];
  const before = await streams();
  const hide = (hidden) => two.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  // The server notices at its next line, which comes every fifteen seconds.
  for (let n = 0; (await streams()) >= before; n += 1) assert.ok(n < 200, 'the stream is closed'), await two.waitForTimeout(100);
  const id = await cards(one, 'booked').first().getAttribute('data-id');
  await card(one, id).focus();
  await sent(one, () => one.keyboard.press('c'));
  assert.equal(await card(two, id).getAttribute('data-state'), 'booked', 'it does not know');
  await hide(false);
  await two.locator(`#a${id}[data-state=confirmed]`).waitFor();
  await sent(one, () => one.keyboard.press('z'));
};

tests['a week: look, go on, book by a click, move by keys and by hand'] = async ({ as, axe, fits, shot, cspClean }) => {
  const page = await as('front-desk', { path: '/day' });
  await page.click('#week');
  await page.waitForURL(/\/week\?/);
  assert.equal(await page.locator('.col').count(), 7);
  await page.click('#next');
  await page.waitForURL(/day=2026-11-30/);
  await page.click('#prev');
  await page.waitForURL(/day=2026-11-23/);
  const res = await page.locator('.col').first().getAttribute('data-res');
  const day = '2026-11-25';
  // A click on a free place begins a booking there, and the answer is this week.
  const s = await gap(page, 18, { res, day });
  const to = await spot(page, { res, day, s });
  await page.mouse.click(to.x, to.y);
  await page.locator('#bp:focus').waitFor();
  await page.keyboard.type('138');
  await page.locator('#hits a').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#bookform').waitFor();
  const slot = await page.locator('#slots input').first().getAttribute('data-day');
  assert.equal(slot, day, 'that day is offered');
  await page.locator('#slots input').first().focus();
  await sent(page, () => page.keyboard.press('Enter'));
  assert.match(page.url(), /\/week\?/);
  const id = await page.getAttribute('#did', 'data-id');
  assert.equal((await place(card(page, id)))[1], day);
  // By keys to the next day, and back by Z.
  await card(page, id).focus();
  await page.keyboard.press('m');
  await page.keyboard.press('ArrowRight');
  const d = +(await card(page, id).getAttribute('data-d')), next = await gap(page, d, { res, day: '2026-11-26' });
  for (let n = 0; n < 200; n += 1) {
    const now = +(await card(page, id).evaluate((el) => el.style.getPropertyValue('--s')));
    if (now === next) break;
    await page.keyboard.press(now < next ? 'ArrowDown' : 'ArrowUp');
  }
  await sent(page, () => page.keyboard.press('Enter'));
  assert.deepEqual(await place(card(page, id)), [res, '2026-11-26', next]);
  // By hand to Friday.
  const friday = { res, day: '2026-11-27', s: await gap(page, d, { res, day: '2026-11-27' }) };
  await card(page, id).scrollIntoViewIfNeeded();
  const from = await card(page, id).boundingBox();
  await page.mouse.move(from.x + 20, from.y + 6);
  await page.mouse.down();
  await page.mouse.move(from.x + 24, from.y + 16, { steps: 3 });
  const there = await spot(page, friday);
  await page.mouse.move(there.x, there.y + 3, { steps: 12 });
  await sent(page, () => page.mouse.up());
  assert.deepEqual(await place(card(page, id)), [friday.res, friday.day, friday.s]);
  await axe(page); await fits(page); cspClean(page);
  await shot(page, 'week-work.en', { fullPage: false });
  await sent(page, () => page.keyboard.press('z'));
};

tests['who waits is moved by keys; where somebody is in the way, the panel asks why'] = async ({ as, axe, fits }) => {
  const page = await as('front-desk', { path: '/day' });
  // Somebody who waits, and a later card of the same column.
  const found = await page.evaluate(() => {
    const now = +document.querySelector('.nowt').style.getPropertyValue('--s');
    for (const el of document.querySelectorAll('.appt[data-state="arrived"]')) {
      const other = [...el.closest('.col').querySelectorAll('.appt[data-state="booked"], .appt[data-state="confirmed"]')].find((o) => +o.dataset.s > now + 3);
      if (other) return { id: el.dataset.id, s: +other.dataset.s };
    }
    return null;
  });
  assert.ok(found, 'the demo has somebody who waits');
  const [res, day] = await place(card(page, found.id));
  await card(page, found.id).focus();
  await page.keyboard.press('m');
  for (let n = 0; n < 200; n += 1) {
    const now = +(await card(page, found.id).evaluate((el) => el.style.getPropertyValue('--s')));
    if (now === found.s) break;
    if (Math.abs(found.s - now) < 3) { found.s = now; break; }
    await page.keyboard.press(now < found.s ? 'ArrowDown' : 'ArrowUp');
  }
  await page.keyboard.press('Enter');
  const why = page.locator('details.changing[open] #f-overbook');
  await why.waitFor();
  assert.equal(await page.inputValue('#f-to_day'), day);
  assert.equal(await page.inputValue('#f-to_provider'), res);
  await axe(page); await fits(page);
  await why.fill('急性牙痛');
  await sent(page, () => why.press('Enter'));
  assert.equal((await place(card(page, found.id)))[2], found.s, await page.locator('.board-error').allInnerTexts().then(String));
  assert.equal(await card(page, found.id).getAttribute('data-state'), 'arrived');
  await sent(page, () => page.keyboard.press('z'));
};

tests['states are picked out by links, with scripts and without'] = async ({ as, base, axe, shot }) => {
  const plain = await as('front-desk', { path: '/day', script: false });
  await plain.click('.kpis a:has(.dot.cf)');
  assert.match(plain.url(), /show=cf/);
  assert.ok((await plain.locator('.appt.un.dim').count()) > 0);
  assert.equal(await plain.locator('.appt.cf.dim').count(), 0);
  await plain.click('#next');
  assert.match(plain.url(), /day=2026-11-24&show=cf/);
  const page = await as('front-desk', { path: '/day' });
  await page.keyboard.press('n');
  await page.locator('#bp:focus').waitFor();
  await page.keyboard.type('半');
  await page.click('.kpis a:has(.dot.cf)');
  await page.locator('.appt.un.dim').first().waitFor();
  assert.equal(await page.inputValue('#bp'), '半', 'the panel stays');
  assert.match(page.url(), /show=cf/);
  assert.match(await page.getAttribute('#next', 'href'), /show=cf/);
  await page.keyboard.press('Escape');
  await axe(page);
  await shot(page, 'board-picked.en', { fullPage: false });
  await page.reload();
  assert.ok((await page.locator('.appt.un.dim').count()) > 0, 'after reloading');
  await page.goto(`${base}/day`);
  assert.equal(await page.locator('.appt.dim').count(), 0);
};

tests['views are saved, chosen by Alt and a digit, and begun with; without scripts, too'] = async ({ as, base, axe, fits, shot }) => {
  const page = await as('front-desk', { path: '/day?show=un' });
  await page.click('#views summary');
  await axe(page);
  await shot(page, 'board-views.en', { fullPage: false });
  await page.fill('#view-name', 'To confirm');
  await sent(page, () => page.keyboard.press('Enter'));
  assert.match(page.url(), /show=un&view=\d+/);
  await page.goto(`${base}/week`);
  await page.click('#views summary');
  await page.fill('#view-name', 'My week');
  await sent(page, () => page.keyboard.press('Enter'));
  await page.goto(`${base}${tomorrow}`);
  await sent(page, () => page.keyboard.press('Alt+Digit1'));
  assert.match(page.url(), /\/day\?day=2026-11-24&show=un&view=/);
  await sent(page, () => page.keyboard.press('Alt+Digit2'));
  assert.match(page.url(), /\/week\?/);
  await page.goto(`${base}/`);
  assert.match(page.url(), /\/week\?/, 'the one used last');
  for (const [lang, width] of [['zh', 390], ['en', 390], ['zh', 1440]]) {
    const other = await as('front-desk', { lang, width, path: '/views' });
    await axe(other); await fits(other);
    await shot(other, `views.${lang}.${width}`);
    await other.goto(`${base}/day`);
    await other.click('#views summary');
    await axe(other, '#views'); await fits(other);
    await shot(other, `board-views.${lang}.${width}`, { fullPage: false });
    await other.context().close();
  }
  const plain = await as('front-desk', { path: '/views', script: false });
  while (await plain.locator('.saved .danger').count()) await sent(plain, () => plain.locator('.saved .danger').first().click());
  await plain.goto(`${base}/`);
  assert.match(plain.url(), /\/day$/);
};

tests['a day and a week on paper'] = async ({ as }) => {
  for (const [lang, path, name] of [['zh', '/day', 'day'], ['en', '/day', 'day'], ['zh', '/week', 'week'], ['en', '/week', 'week']]) {
    const page = await as('front-desk', { lang, path });
    await page.emulateMedia({ media: 'print' });
    const bytes = await page.pdf({ path: `target/browser/paper-${name}.${lang}.pdf`, preferCSSPageSize: true });
    const pages = (bytes.toString('latin1').match(/\/Type\s*\/Page[^s]/g) ?? []).length;
    assert.equal(pages, 1, `${name} ${lang} is one sheet`);
    await page.setViewportSize({ width: 1055, height: 720 });
    await page.screenshot({ path: `target/browser/paper-${name}.${lang}.png` });
    assert.equal(await page.locator('.rail, .top, .side, .kpis').filter({ visible: true }).count(), 0);
    await page.context().close();
  }
};

/** Everything on the board's pages that pages.test.mjs looks at: the week in both languages and widths. */
tests['the week, looked at'] = async ({ as, axe, fits, shot, cspClean, noOtherHosts }) => {
  for (const lang of ['zh', 'en']) {
    for (const width of [1440, 390]) {
      const page = await as('front-desk', { lang, width, path: '/week' });
      await axe(page); await fits(page); cspClean(page); noOtherHosts(page);
      const crooked = await page.evaluate(() => {
        const left = (e) => Math.round(e.getBoundingClientRect().left), all = (s) => [...document.querySelectorAll(s)].map(left);
        const [heads, cols, now] = [all('.hd:not(.corner)'), all('.col'), all('.now')];
        return [...heads.filter((x, i) => Math.abs(x - cols[i]) > 1), ...now.filter((x) => !cols.some((c) => Math.abs(c - x) < 2))];
      });
      assert.deepEqual(crooked, [], 'columns stand under their days, the hand of the clock in one of them');
      await shot(page, `week.${lang}.${width}`);
      await page.context().close();
    }
  }
};

export default tests;
