// Reception: every page of it in both languages, on a desk's screen and on a telephone; seeing somebody through without scripts;
// what other screens are told by themselves; the sheet on paper.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tests = {};
const out = fileURLToPath(new URL('../../target/browser', import.meta.url));
const han = /\p{Script=Han}/u;

/** Somebody in the queue, so that pages have something to show. */
async function queued(page, base, urgency, complaint, nth) {
  await page.goto(`${base}/patients?q=138`);
  const href = await page.locator('.pts-t tbody tr th a').nth(nth).getAttribute('href');
  await page.goto(`${base}/walk-in?patient=${href.split('/').pop()}`);
  await page.check(`input[name=urgency][value=${urgency}]`);
  const quick = await page.locator('#f-service option', { hasText: /拆线|Suture/ }).first().getAttribute('value');
  await page.selectOption('#f-service', quick);
  await page.fill('#f-complaint', complaint);
  await Promise.all([page.waitForEvent('load'), page.click('.wi-form button[type=submit]')]);
  return page.locator('.wi-row').count();
}

const first = (selector) => async (page, base) => {
  await page.goto(`${base}/day`);
  return (await page.locator(selector).first().getAttribute('data-id'));
};
const pages = {
  'waiting': ['front-desk', '/waiting'],
  'waiting-private': ['front-desk', '/waiting?privacy=1'],
  'walk-in': ['front-desk', '/walk-in'],
  'walk-in-found': ['front-desk', '/walk-in?q=%E9%99%88'],
  'walk-in-known': ['front-desk', '/walk-in?patient=3'],
  'walk-in-new': ['front-desk', '/walk-in?patient=new'],
  'day-sheet': ['nurse', '/day-sheet'],
  'day-sheet-desk': ['front-desk', '/day-sheet?session=afternoon'],
  'report-waiting': ['manager', '/reports/waiting'],
  'settings-waiting': ['administrator', '/settings/waiting'],
  'settings-waiting-list': ['administrator', '/settings/waiting-list'],
  'settings-supplies': ['manager', '/settings/supplies'],
  'check-in-start': ['front-desk', '/check-in'],
  'slip': ['front-desk', async (page, base) => `/appointments/${await first('.appt.cf')(page, base)}/slip`],
};

tests['a walk-in is taken in, placed, seated and seen off'] = async ({ as, base, shot, axe, fits }) => {
  const page = await as('front-desk', { lang: 'zh', path: '/day' });
  assert.ok(await queued(page, base, 'soon', '智齿肿痛', 5) >= 1);
  assert.ok(await queued(page, base, 'urgent', '门牙摔断', 6) >= 2);
  assert.match(await page.locator('.wi-row').first().innerText(), /门牙摔断/, 'urgent first');
  await axe(page);
  await fits(page);
  await shot(page, 'reception-queue.zh.1440');
  await page.goto(`${base}/day`);
  await axe(page);
  await shot(page, 'reception-board.zh.1440', { fullPage: false });
  await page.goto(`${base}/walk-in`);
  const name = await page.locator('.wi-row .who a').first().innerText();
  await Promise.all([page.waitForEvent('load'), page.locator('.wi-row').first().locator('.wi-offer button').first().click()]);
  assert.match(await page.locator('.room-did').innerText(), new RegExp(name));
  await page.goto(`${base}/waiting`);
  const row = () => page.locator('.person', { hasText: name });
  for (const [lane, button] of [['lane-arrived', '就座'], ['lane-in-chair', '完成'], ['lane-ready', '离开']]) {
    assert.equal(await page.locator(`section[aria-labelledby=${lane}]`, { hasText: name }).count(), 1, lane);
    await Promise.all([page.waitForEvent('load'), row().getByRole('button', { name: button }).click()]);
  }
  assert.equal(await row().count(), 0, 'gone');
  await Promise.all([page.waitForEvent('load'), page.locator('.room-did button').click()]);
  assert.equal(await row().count(), 1, 'and taken back');
};

for (const [name, [role, where]] of Object.entries(pages)) {
  tests[`${name} in both languages, large and small`] = async ({ as, base, shot, axeInTurn, fits, noOtherHosts, cspClean }) => {
    const found = [];
    let path = typeof where === 'string' ? where : null;
    for (const lang of ['zh', 'en']) {
      for (const width of [1440, 390]) {
        const page = await as(role, { lang, width, path: '/health/live' });
        path ??= await where(page, base);
        const answer = await page.goto(base + path);
        const check = async (what, run) => {
          try { await run(); } catch (error) { found.push(`${lang} ${width} ${what}: ${error.message}`); }
        };
        await check('status', () => assert.equal(answer.status(), 200));
        await check('h1', async () => assert.equal(await page.locator('h1:visible').count(), 1));
        await check('words', async () => {
          const words = await page.locator('h1:visible, h2:visible, label:visible, button:visible, .btn:visible, summary:visible').allInnerTexts();
          if (lang === 'zh') assert.deepEqual(words.filter((t) => /[A-Za-z]{4,}/.test(t) && !han.test(t) && t !== 'English'), []);
        });
        await check('fits', () => fits(page));
        await check('axe', () => axeInTurn(page, lang, width));
        await shot(page, `reception-${name}.${lang}.${width}`);
        await check('hosts', () => noOtherHosts(page));
        await check('csp', () => cspClean(page));
        await page.context().close();
      }
    }
    assert.equal(found.length, 0, `${path}\n${found.join('\n')}`);
  };
}

tests['patients check in at the door, on a tablet without scripts'] = async ({ as, open, base, axe, fits, shot }) => {
  const desk = await as('front-desk', { lang: 'zh', path: '/check-in' });
  const url = await desk.locator('.room-url a').getAttribute('href');
  for (const lang of ['zh', 'en']) {
    for (const width of [390, 820]) {
      const tablet = await open({ lang, width, script: true, path: new URL(url).pathname + `?lang=${lang}` });
      await axe(tablet);
      await fits(tablet);
      await shot(tablet, `reception-kiosk.${lang}.${width}`);
      await tablet.fill('#k-tail', '0000');
      await tablet.fill('#k-born', '0101');
      await Promise.all([tablet.waitForEvent('load'), tablet.click('button[type=submit]')]);
      assert.equal(await tablet.locator('.note.bad').count(), 1);
      assert.equal(await tablet.inputValue('#k-tail'), '', 'nothing that was typed is left for the next patient');
      await axe(tablet);
      await shot(tablet, `reception-kiosk-wrong.${lang}.${width}`);
    }
  }
  const plain = await open({ lang: 'zh', width: 820, script: false, path: new URL(url).pathname });
  assert.equal(await plain.locator('form').count(), 1);
};

tests['without scripts somebody is taken in and placed, and the room refreshes itself'] = async ({ as, base }) => {
  const page = await as('front-desk', { lang: 'en', path: '/day', script: false });
  await queued(page, base, 'soon', 'a broken filling', 8);
  const name = await page.locator('.wi-row', { hasText: 'a broken filling' }).locator('.who a').innerText();
  await page.locator('.wi-row', { hasText: name }).locator('.wi-offer button').first().click();
  await page.goto(`${base}/waiting`);
  assert.equal(await page.locator('.person', { hasText: name }).count(), 1);
  assert.match(await page.content(), /<noscript><meta http-equiv="refresh" content="10/);
};

tests['an important arrival and the waiting room reach other screens within seconds'] = async ({ as, base }) => {
  const desk = await as('front-desk', { lang: 'zh', path: '/patients' });
  const nurse = await as('nurse', { lang: 'zh', path: '/callbacks' });
  const room = await as('front-desk', { lang: 'zh', path: '/waiting' });
  // Somebody important: told by the star in the list of patients.
  const row = desk.locator('.pts-t tbody tr', { has: desk.locator('svg.vip') }).first();
  const href = await row.locator('th a').first().getAttribute('href');
  const before = await nurse.locator('[data-news]').count();
  await desk.goto(`${base}/walk-in?patient=${href.split('/').pop()}`);
  await desk.fill('#f-complaint', '牙龈出血');
  await Promise.all([desk.waitForEvent('load'), desk.click('.wi-form button[type=submit]')]);
  const name = await desk.locator('.wi-row', { hasText: '牙龈出血' }).locator('.who a').innerText();
  await nurse.locator('[data-news]', { hasText: name }).waitFor();
  assert.equal(await nurse.locator('[data-news].small', { hasText: name }).count(), 0, 'large for the nurse');
  assert.ok(await nurse.locator('[data-news]').count() > before);
  await room.locator('.person', { hasText: name }).waitFor();
  // Put away, it stays away.
  await nurse.locator('[data-news]', { hasText: name }).locator('button').click();
  await nurse.waitForTimeout(9_000);
  assert.equal(await nurse.locator('[data-news]', { hasText: name }).count(), 0);
};

/** Sees somebody through until they are ready to leave, whoever there is. */
async function finished(page, base) {
  await page.goto(`${base}/waiting`);
  const lane = (stage) => page.locator(`section[aria-labelledby=lane-${stage}] .person`);
  for (const [stage, next] of [['arrived', 'in-chair'], ['in-chair', 'ready']]) {
    if (await lane(next).count() > 0 || await lane('ready').count() > 0) continue;
    await Promise.all([page.waitForEvent('load'), lane(stage).locator('button').first().click()]);
  }
  await page.goto(`${base}/day`);
}

tests['L on a finished card: the patient has left'] = async ({ as, base }) => {
  const page = await as('front-desk', { lang: 'en', path: '/day' });
  const cards = page.locator('.appt.dn', { has: page.locator('.wait') });
  await finished(page, base);
  assert.ok(await cards.count() > 0, 'somebody is ready to leave');
  const id = await cards.first().getAttribute('data-id');
  await page.locator(`#a${id}`).focus();
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('l')]);
  assert.match(await page.innerText('#did'), /Left/);
  assert.equal(await page.locator(`#a${id} .wait`).count(), 0);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('z')]);
  assert.equal(await page.locator(`#a${id} .wait`).count(), 1, 'and undone');
};

tests['the day sheet on paper'] = async ({ as, base }) => {
  const page = await as('nurse', { lang: 'zh', path: '/day-sheet' });
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 718, height: 1000 });
  for (const gone of ['.rail', '.top', '.bar', '.sheet-bar']) assert.equal(await page.locator(gone).first().isVisible(), false, gone);
  assert.ok(await page.locator('.sheet-row').first().isVisible());
  await page.screenshot({ path: join(out, 'reception-day-sheet.print.png') });
  await page.pdf({ path: join(out, 'reception-day-sheet.pdf'), format: 'A4', printBackground: true });
};

export default tests;
