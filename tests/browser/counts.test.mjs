// What the commonest tasks cost: every key, every word typed and every click is counted by the page itself, and may not be
// more than what the screens were designed for (a key, a typed word or a click is one interaction).
import assert from 'node:assert/strict';

const tests = {};

/** Hands that count. */
function hands(page) {
  const done = [];
  return {
    done,
    key: (key) => { done.push(key); return page.keyboard.press(key); },
    type: (text) => { done.push(`"${text}"`); return page.keyboard.type(text, { delay: 15 }); },
    click: (x, y) => { done.push('click'); return page.mouse.click(x, y); },
    drag: async (from, to) => {
      done.push('drag');
      await page.mouse.move(from.x, from.y); await page.mouse.down();
      await page.mouse.move(from.x, from.y + 8, { steps: 3 }); await page.mouse.move(to.x, to.y, { steps: 10 }); await page.mouse.up();
    },
  };
}
const most = (desk, n) => assert.ok(desk.done.length <= n, `${desk.done.length} interactions, not ${n}: ${desk.done.join(' ')}`);
const sent = (page, act) => Promise.all([page.waitForEvent('load'), act()]);
const toast = '#did:not([hidden])';
const tomorrow = '/day?day=2026-11-24';

/** Somebody who has come before: name and end of the phone. */
async function returning(page, base, skip) {
  await page.goto(`${base}/patients?q=138`);
  const row = page.locator('.pts-t tbody tr').nth(skip);
  return { name: await row.locator('th a').innerText(), tail: (await row.locator('.nowrap').innerText()).slice(-4) };
}

/** The middle of a free stretch of an hour and a half in any column, on the screen. */
const free = (page, column = null, length = 18) => page.evaluate(([column, length]) => {
  const units = +document.querySelector('.grid').dataset.units, board = document.querySelector('.board');
  for (const col of document.querySelectorAll('.col')) {
    if (column && col.dataset.res !== column) continue;
    const taken = [...col.querySelectorAll('.appt:not(.ns), .blk')].map((el) => [+el.style.getPropertyValue('--s'), +el.style.getPropertyValue('--d')]);
    for (let s = 3; s + length <= units; s += 3) {
      if (!taken.every(([t, d]) => s >= t + d + 3 || s + length + 3 <= t)) continue;
      const unit = () => col.getBoundingClientRect().height / units;
      board.scrollTop += col.getBoundingClientRect().top + s * unit() - board.getBoundingClientRect().top - 300;
      const r = col.getBoundingClientRect();
      return { x: r.left + r.width / 2, y: r.top + (s + 0.5) * unit(), s };
    }
  }
  return null;
}, [column, length]);

tests['a returning patient on the phone: 5'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: '/day' });
  const who = await returning(page, base, 8);
  await page.goto(`${base}/day`);
  const desk = hands(page);
  await desk.key('n');
  await desk.type(who.tail);
  await desk.key('Enter');
  await page.locator('#bookform').waitFor();
  await desk.key('1');
  await sent(page, () => desk.key('Enter'));
  assert.ok((await page.innerText(toast)).includes(who.name));
  most(desk, 5);
  await sent(page, () => page.keyboard.press('z'));
};

tests['who books faster than the time can be held has it all the same'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: '/day' });
  const who = await returning(page, base, 11);
  await page.route('**/holds', async (route) => {
    const answer = await route.fetch(); // held by now, and the page does not know it yet
    await page.waitForTimeout(1500);
    await route.fulfill({ response: answer });
  });
  await page.goto(`${base}/day`);
  await page.keyboard.press('n');
  await page.keyboard.type(who.tail);
  await page.keyboard.press('Enter');
  await page.locator('#bookform').waitFor();
  await page.keyboard.press('1');
  await sent(page, () => page.keyboard.press('Enter'));
  assert.ok((await page.innerText(toast)).includes(who.name));
  await sent(page, () => page.keyboard.press('z'));
};

tests['a returning patient who names a time: 4'] = async ({ as, base }) => {
  const page = await as('front-desk', { path: '/day' });
  const who = await returning(page, base, 9);
  await page.goto(base + tomorrow);
  const at = await free(page), desk = hands(page);
  await desk.click(at.x, at.y);
  await page.locator('#bp:focus').waitFor();
  await desk.type(who.tail);
  await desk.key('Enter');
  await page.locator('#bookform').waitFor();
  await page.locator('#slots input:focus').waitFor();
  await sent(page, () => desk.key('Enter'));
  assert.ok((await page.innerText(toast)).includes(who.name));
  assert.equal(+(await page.getAttribute(`#a${await page.getAttribute(toast, 'data-id')}`, 'data-s')), at.s, 'at the time clicked');
  most(desk, 4);
  await sent(page, () => page.keyboard.press('z'));
};

tests['checks somebody in: 4 by search, 1 by the card’s sign'] = async ({ as }) => {
  const page = await as('front-desk', { path: '/day' });
  const coming = page.locator('.appt[data-state=confirmed]').last();
  const [id, name] = [await coming.getAttribute('data-id'), await coming.locator('.nm').innerText()];
  const desk = hands(page);
  await desk.key('/');
  await desk.type(name);
  await desk.key('Enter');
  await page.locator(`#a${id}:focus`).waitFor();
  await sent(page, () => desk.key('a'));
  assert.equal(await page.getAttribute(`#a${id}`, 'data-state'), 'arrived');
  most(desk, 4);
  await sent(page, () => page.keyboard.press('z'));
  await page.locator('#undone').waitFor();
  await page.locator(`#a${id} .st`).scrollIntoViewIfNeeded();
  const sign = await page.locator(`#a${id} .st`).boundingBox(), again = hands(page);
  await sent(page, () => again.click(sign.x + sign.width / 2, sign.y + sign.height / 2));
  assert.equal(await page.getAttribute(`#a${id}`, 'data-state'), 'arrived');
  most(again, 1);
  await sent(page, () => page.keyboard.press('z'));
};

tests['the list of the search, shown already or still on its way, does not keep the focus from the card'] = async ({ as }) => {
  const page = await as('front-desk', { path: '/day' });
  const coming = page.locator('.appt[data-state=confirmed]').last();
  const [id, name] = [await coming.getAttribute('data-id'), await coming.locator('.nm').innerText()];
  const looksUp = async () => {
    await page.keyboard.press('/');
    await page.keyboard.type(name);
  };
  await looksUp();
  await page.locator('#found a.who').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator(`#a${id}:focus`).waitFor();

  let asked = 0, late;
  await page.route('**/patients/pick?*', async (route) => {
    asked += 1;
    if (asked > 1) return route.continue();
    const answer = await route.fetch(); // the list's own: it comes after the card has been found
    late = page.waitForTimeout(1500).then(() => route.fulfill({ response: answer }).catch(() => null));
  });
  await looksUp();
  await page.waitForRequest('**/patients/pick?*');
  await page.keyboard.press('Enter');
  await page.locator(`#a${id}:focus`).waitFor();
  await page.waitForTimeout(2000);
  await late;
  assert.equal(asked, 2);
  assert.equal(await page.locator('#found *').count(), 0, 'the list stays shut');
  assert.equal(await page.locator(`#a${id}:focus`).count(), 1);
};

tests['moves a booking: 1'] = async ({ as }) => {
  const page = await as('front-desk', { path: tomorrow });
  const card = page.locator('.appt[data-state=confirmed]').last();
  const [id, d, res] = [await card.getAttribute('data-id'), +(await card.getAttribute('data-d')), await card.evaluate((e) => e.closest('.col').dataset.res)];
  await card.scrollIntoViewIfNeeded();
  const to = await free(page, res, d);
  const from = await page.locator(`#a${id}`).boundingBox(), desk = hands(page);
  await sent(page, () => desk.drag({ x: from.x + from.width / 2, y: from.y + 6 }, { x: to.x, y: to.y + 4 }));
  assert.equal(+(await page.getAttribute(`#a${id}`, 'data-s')), to.s);
  most(desk, 1);
  await sent(page, () => page.keyboard.press('z'));
};

tests['a new patient: 6'] = async ({ as }) => {
  const page = await as('front-desk', { path: '/day' });
  const desk = hands(page);
  await desk.key('n');
  await page.locator('#bp:focus').waitFor(); // no input method writes Chinese before there is a field
  await desk.type('司徒计数');
  await desk.key('Enter');
  await page.locator('#f-phone:focus').waitFor();
  await desk.type('13712340006');
  const slot = await page.locator('#slots .slot').first().boundingBox();
  await desk.click(slot.x + 40, slot.y + slot.height / 2);
  await sent(page, () => desk.key('Enter'));
  assert.ok((await page.innerText(toast)).includes('司徒计数'));
  most(desk, 6);
  await sent(page, () => page.keyboard.press('z'));
};

tests['a normal call after treatment: 4'] = async ({ as }) => {
  const page = await as('nurse', { path: '/callbacks' });
  const nurse = hands(page);
  await nurse.key('1');
  await nurse.key('Space');
  await nurse.key('q');
  await sent(page, () => nurse.key('Control+Enter'));
  await page.locator('.cb-saved').waitFor({ state: 'attached' });
  most(nurse, 4);
};

tests['a recall by text: 2; a call’s result: 3'] = async ({ as }) => {
  const page = await as('front-desk', { path: '/recall' });
  const first = () => page.locator('tr[data-recall]').first().getAttribute('id');
  const [one, desk] = [await first(), hands(page)];
  await desk.key('t');
  await page.waitForFunction((one) => document.querySelector('tr[data-recall]').id !== one, one);
  most(desk, 2);
  const [two, again] = [await first(), hands(page)];
  await sent(page, () => again.key('c'));
  await again.key('2');
  await sent(page, () => again.key('Enter'));
  most(again, 3);
  assert.notEqual(await first(), two, 'called, and off the list');
};

export default tests;
