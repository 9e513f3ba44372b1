// Moving on the board: by a finger, to a length, off the grid, beside a card in another chair; and being refused, with the reason.
import assert from 'node:assert/strict';

const tests = {};
const day = '2026-12-14'; // nothing is booked yet
const board = `/day?day=${day}`;
const CHECKUP = 1, ROOT_CANAL = 4, LI = 1, CHEN = 3; // the demo's first service and so on
const card = (page, id) => page.locator(`#a${id}`);
const sent = (page, act) => Promise.all([page.waitForEvent('load'), act()]);
const seen = (page, id) => card(page, id).evaluate((e) => ({
  res: e.closest('.col').dataset.res, at: e.dataset.at, minutes: +e.dataset.minutes, s: +e.dataset.s,
}));

/** JSON from the page itself: signed in, of the same origin. */
const json = (page, path, body) => page.evaluate(async ([path, body]) => {
  const answer = await fetch(path, body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return { ...(await answer.json()), http: answer.status };
}, [path, body]);

/** Books somebody with a provider where so many minutes are free, `later` minutes after their beginning. */
async function booked(page, { service, provider, room, minutes, later = 0, skip = 0 }) {
  let last = null;
  const { slots } = await json(page, `/api/v1/slots?service_id=${service}&provider_id=${provider}&from=${day}&days=1&minutes=${room}`);
  for (const slot of slots.slice(skip)) {
    const starts_at = new Date(Date.parse(slot.starts_at) + later * 60_000).toISOString();
    const patient_id = 100 + Math.floor(Math.random() * 200);
    const made = await json(page, '/api/v1/appointments', { patient_id, service_id: service, provider_id: provider, starts_at, ...(minutes && { minutes }) });
    last = made;
    if (made.http === 201) return { ...made, free: slot.starts_at };
  }
  throw new Error(`${JSON.stringify(last)} nothing is free for ${service} with ${provider}`);
}
const cancel = (page, id) => page.evaluate(async (id) => {
  const { version } = await (await fetch(`/api/v1/appointments/${id}`)).json();
  await fetch(`/api/v1/appointments/${id}/cancel`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ version, reason: 'test' }) });
}, id);

/** Where on the screen the card's top edge is when it begins at unit `s` of a column; scrolls there. */
const spot = (page, res, s) => page.evaluate(([res, s]) => {
  const col = document.querySelector(`.col[data-res="${res}"]`), units = +document.querySelector('.grid').dataset.units;
  const at = () => { const r = col.getBoundingClientRect(); return { x: r.left + r.width / 2, y: r.top + s * (r.height / units), unit: r.height / units }; };
  const view = document.querySelector('.board'), box = view.getBoundingClientRect();
  view.scrollTop += at().y - (box.top + box.height / 2); view.scrollLeft += at().x - (box.left + box.width / 2);
  return at();
}, [res, s]);

/** By the mouse to unit `s` of a column. */
async function drag(page, id, res, s) {
  const { res: from, s: was } = await seen(page, id);
  const grip = await spot(page, from, was);
  await page.mouse.move(grip.x, grip.y + 4);
  await page.mouse.down();
  await page.mouse.move(grip.x + 3, grip.y + 12, { steps: 3 });
  const to = await spot(page, res, s);
  await page.mouse.move(to.x, to.y + 4, { steps: 12 });
}

tests['a visit off the grid keeps its minutes: sideways, longer and shorter'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: board });
  const a = await booked(page, { service: CHECKUP, provider: CHEN, room: 80, minutes: 40, later: 10 });
  await page.goto(base + board);
  const before = await seen(page, a.id);
  assert.equal(before.minutes, 40);
  // The smallest pull at the lower edge changes nothing; one of a quarter of an hour adds that.
  const edge = async (pull) => {
    await card(page, a.id).scrollIntoViewIfNeeded();
    const box = await card(page, a.id).boundingBox(), { unit } = await spot(page, before.res, before.s);
    const now = await card(page, a.id).boundingBox();
    await page.mouse.move(box.x + 20, now.y + now.height - 3);
    await page.mouse.down();
    await page.mouse.move(box.x + 20, now.y + now.height + 4, { steps: 2 });
    await page.mouse.move(box.x + 20, now.y + now.height - 3 + pull * unit, { steps: 6 });
  };
  await edge(1);
  await page.mouse.up();
  await page.waitForTimeout(300);
  assert.deepEqual(await seen(page, a.id), before, 'nothing was sent');
  await edge(3);
  await sent(page, () => page.mouse.up());
  assert.deepEqual(await seen(page, a.id), { ...before, minutes: 55 });
  // By keys, back again.
  await card(page, a.id).focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Shift+ArrowUp');
  await sent(page, () => page.keyboard.press('Enter'));
  assert.deepEqual(await seen(page, a.id), before);
  // Sideways: to whoever is free then.
  let other = null;
  for (const who of [2, 4, LI]) {
    const why = await json(page, `/api/v1/slots/why?service_id=${CHECKUP}&provider_id=${who}&minutes=40&starts_at=${encodeURIComponent(a.starts_at)}&appointment_id=${a.id}`);
    if (why.free) { other = who; break; }
  }
  assert.ok(other, 'somebody is free');
  await drag(page, a.id, other, before.s);
  await sent(page, () => page.mouse.up());
  assert.deepEqual(await seen(page, a.id), { ...before, res: String(other) });
  await cancel(page, a.id);
};

tests['beside a card whose dentist is free again it may be dropped; where not, the reason is told'] = async ({ as, base, axe, shot }) => {
  const page = await as('front-desk', { path: board });
  const root = await booked(page, { service: ROOT_CANAL, provider: LI, room: 90 });
  const other = await booked(page, { service: CHECKUP, provider: LI, room: 30, skip: 8 });
  await page.goto(base + board);
  const [under, was] = [await seen(page, root.id), await seen(page, other.id)];
  // In its first forty minutes the dentist is needed: said by the server, and nothing is moved.
  let navigated = false;
  page.on('framenavigated', () => { navigated = true; });
  await drag(page, other.id, LI, under.s);
  await page.mouse.up();
  await page.locator('.toast:not([hidden])', { hasText: /This time is taken \(\d\d:\d\d–\d\d:\d\d\)/ }).waitFor();
  assert.deepEqual(await seen(page, other.id), was);
  assert.equal(navigated, false);
  await axe(page);
  await shot(page, 'board-refused.en', { fullPage: false });
  // The same by keys, in Chinese.
  const zh = await as('front-desk', { path: board, lang: 'zh' });
  await card(zh, other.id).focus();
  await zh.keyboard.press('m');
  const steps = (under.s - was.s) / 3;
  for (let n = 0; n < Math.abs(steps); n += 1) await zh.keyboard.press(steps < 0 ? 'ArrowUp' : 'ArrowDown');
  await zh.keyboard.press('Enter');
  await zh.locator('.toast:not([hidden])', { hasText: /该时段已被占用（\d\d:\d\d–\d\d:\d\d）/ }).waitFor();
  await zh.keyboard.press('Escape');
  assert.deepEqual(await seen(zh, other.id), was);
  await zh.context().close();
  // Three quarters in, the patient is under the lamp: the other chair is free, and so is the dentist.
  await drag(page, other.id, LI, under.s + 9);
  await sent(page, () => page.mouse.up());
  assert.equal((await seen(page, other.id)).s, under.s + 9);
  assert.ok(await page.locator('.appt .also').count() > 0, 'which chair is said');
  // And by a click on the card itself, which is as wide as the column: away, and back beside it.
  await sent(page, () => page.keyboard.press('z'));
  await card(page, other.id).focus();
  await page.keyboard.press('p');
  await page.locator('#placing:not([hidden])').waitFor();
  const click = async (s) => { const to = await spot(page, LI, s); await page.mouse.click(to.x, to.y + 3); };
  await click(under.s);
  await page.locator('.toast:not([hidden])', { hasText: /This time is taken/ }).waitFor();
  assert.ok(await page.locator('#placing:not([hidden])').count(), 'it stays on the pinboard');
  await sent(page, () => click(under.s + 9));
  assert.equal((await seen(page, other.id)).s, under.s + 9);
  await cancel(page, other.id);
  await cancel(page, root.id);
};

tests['a finger lifts a card after a while, and a swipe only scrolls'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: board, width: 390 });
  const a = await booked(page, { service: CHECKUP, provider: CHEN, room: 90, minutes: 30 });
  await page.goto(base + board);
  const before = await seen(page, a.id);
  const touch = await page.context().newCDPSession(page);
  const send = (type, point) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: point ? [{ x: point.x, y: point.y }] : [] });
  const grip = await spot(page, before.res, before.s);
  const at = { x: grip.x, y: grip.y + 8 };
  const by = { x: grip.x, y: grip.y + 8 + 3 * grip.unit };
  // A swipe.
  await send('touchStart', at);
  await send('touchMove', { x: at.x, y: at.y + 30 });
  await send('touchEnd');
  await page.waitForTimeout(600);
  assert.deepEqual(await seen(page, a.id), before, 'nothing moved');
  // A long press.
  const again = await spot(page, before.res, before.s);
  const [from, to] = [{ x: again.x, y: again.y + 8 }, { x: again.x, y: again.y + 8 + 6 * again.unit }];
  await send('touchStart', from);
  await page.locator(`#a${a.id}.drag`).waitFor();
  for (const part of [0.3, 0.6, 1]) await send('touchMove', { x: from.x, y: from.y + (to.y - from.y) * part });
  await sent(page, () => send('touchEnd'));
  assert.equal((await seen(page, a.id)).s, before.s + 6, `from ${by.y}`);
  await cancel(page, a.id);
};

tests['the day by chair: seen, dragged to another chair, kept as a view'] = async ({ as, base, axe, fits, shot }) => {
  const page = await as('front-desk', { path: board });
  const a = await booked(page, { service: CHECKUP, provider: LI, room: 30 });
  await page.goto(base + board);
  await page.click('#by-chair');
  await page.waitForURL(/by=chair/);
  const chair = (id) => card(page, id).evaluate((e) => e.closest('.col').dataset.chair);
  const [own, second] = [await chair(a.id), await page.locator('.col').last().getAttribute('data-chair')];
  assert.notEqual(own, second);
  const s = +(await card(page, a.id).getAttribute('data-s'));
  await card(page, a.id).focus();
  await page.keyboard.press('m');
  for (let n = +own; n < +second; n += 1) await page.keyboard.press('ArrowRight');
  await sent(page, () => page.keyboard.press('Enter'));
  assert.match(page.url(), /by=chair/);
  assert.equal(await chair(a.id), second);
  assert.equal(+(await card(page, a.id).getAttribute('data-s')), s, 'at the same time');
  await axe(page); await fits(page);
  await shot(page, 'board-chairs.en', { fullPage: false });
  await cancel(page, a.id);
  for (const [lang, width] of [['zh', 390], ['en', 390], ['zh', 1440]]) {
    const other = await as('front-desk', { lang, width, path: '/day?by=chair' });
    await axe(other); await fits(other);
    await shot(other, `board-chairs.${lang}.${width}`, { fullPage: false });
    await other.context().close();
  }
};

export default tests;
