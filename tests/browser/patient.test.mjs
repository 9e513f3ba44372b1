// The patient: the link of a message opens without a login and without scripts; confirm, move, cancel.
import assert from 'node:assert/strict';

const tests = {};
const han = /\p{Script=Han}/u;
/** The page of a patient weighs no more than this, with everything that comes along. */
const weight = 30 * 1024;

/** The desk books a visit on a later day; the link of the message that the patient will get when the hold is over. */
async function bookedLink({ as, base, shot }, n) {
  const desk = await as('front-desk', { path: '/patients?q=139' });
  const row = desk.locator('.pts-t tbody tr th a').nth(n);
  const name = await row.innerText();
  const id = (await row.getAttribute('href')).split('/').pop();
  await desk.goto(`${base}/day?book=${id}`);
  const later = desk.locator('#slots .slot', { hasNotText: /Today/ }).last();
  await later.click();
  await Promise.all([desk.waitForURL(/\/day/), desk.click('button[form=bookform]')]);
  await desk.locator('#did').waitFor();
  await desk.goto(`${base}/messages?state=queued`);
  await desk.locator('.mlist a', { hasText: name }).first().click();
  const text = await desk.innerText('.mdetail');
  await shot(desk, `patient-message.${n}`);
  const link = /\/v\/[\w.~-]+/.exec(text);
  assert.ok(link, `the message has a link: ${text}`);
  return link[0];
}

/** A telephone without scripts and without a login, at the patient's page; and what it weighs. */
async function visit(t, { lang, width, n }) {
  const path = await bookedLink(t, n);
  const page = await t.open({ lang, width, script: false });
  let bytes = 0;
  const bodies = [];
  page.on('response', (answer) => bodies.push(answer.body().then((body) => { bytes += body.length; }, () => 0)));
  const answer = await page.goto(`${t.base}${path}?lang=${lang}`, { waitUntil: 'networkidle' });
  assert.equal(answer.status(), 200);
  await Promise.all(bodies);
  return { page, path, bytes };
}

for (const [n, [lang, width]] of [['zh', 390], ['en', 1440]].entries()) {
  tests[`moves, confirms and cancels without a login or scripts, ${lang}, ${width} px`] = async (t) => {
    const { page, path, bytes } = await visit(t, { lang, width, n });
    assert.ok(bytes > 0 && bytes <= weight, `${bytes} bytes`);
    assert.equal(await page.locator('script').count(), 0);
    assert.equal(han.test(await page.innerText('h1')), lang === 'zh');
    await t.fits(page);
    await t.shot(page, `patient.${lang}.${width}`);
    // A twin with scripts, only for axe, which is one.
    const twin = await t.open({ lang, width, path: `${path}?lang=${lang}` });
    await t.axe(twin);

    await page.click('a[href$="show=times"]');
    await t.shot(page, `patient-times.${lang}.${width}`);
    await twin.goto(`${t.base}${path}?show=times&lang=${lang}`);
    await t.axe(twin);
    const time = await page.locator('button[name=to]').first().innerText();
    await page.locator('button[name=to]').first().click();
    const clock = time.match(/\d\d:\d\d/)[0];
    assert.ok((await page.innerText('dl')).includes(clock), `moved to ${time}`);

    const confirm = page.locator('form[action$="/confirm"] button');
    await confirm.click();
    await page.locator('p.note').waitFor();
    assert.equal(await confirm.count(), 0, 'confirmed');
    await t.shot(page, `patient-confirmed.${lang}.${width}`);

    await page.click('a[href$="show=cancel"]');
    await page.fill('#reason', lang === 'zh' ? '临时出差' : 'Away that day');
    await twin.goto(`${t.base}${path}?show=cancel&lang=${lang}`);
    await t.axe(twin);
    await page.click('form[action$="/cancel"] button');
    assert.equal(await page.locator('form').count(), 0, 'nothing is left to do');
    await t.shot(page, `patient-cancelled.${lang}.${width}`);
    await twin.goto(`${t.base}${path}?lang=${lang}`);
    await t.axe(twin);
    await t.fits(page);
    t.noOtherHosts(page);
    t.cspClean(page);
  };
}

tests['a link that is not ours says so, in both languages'] = async ({ open, base, axe, shot }) => {
  const page = await open({ width: 390 });
  const answer = await page.goto(`${base}/v/nothing-like-a-token`);
  assert.equal(answer.status(), 404);
  const text = await page.innerText('main');
  assert.ok(han.test(text) && /does not work/.test(text));
  await axe(page);
  await shot(page, 'patient-wrong-link');
};

export default tests;
