// The patient: the link of a message opens without a login and without scripts; confirm, move, cancel.
import assert from 'node:assert/strict';
import { contextFor, startServer } from './harness.mjs';

const tests = {};
const han = /\p{Script=Han}/u;
/** The page of a patient weighs no more than this, with everything that comes along. */
const weight = 30 * 1024;

const people = [
  { n: 0, lang: 'zh', width: 390, reason: '身体不适' },
  { n: 1, lang: 'en', width: 1440, reason: 'I am not well' },
];

/** The desk books a visit on a later day. Tells whose. */
async function book({ as, base }, n) {
  const desk = await as('front-desk', { path: '/patients?q=139' });
  const row = desk.locator('.pts-t tbody tr th a').nth(n);
  const name = await row.innerText();
  const id = (await row.getAttribute('href')).split('/').pop();
  await desk.goto(`${base}/day?book=${id}`);
  await desk.locator('#slots .slot', { hasNotText: /Today/ }).last().click();
  await Promise.all([desk.waitForEvent('load'), desk.click('button[form=bookform]')]);
  await desk.locator('#did').waitFor({ state: 'attached' });
  return name;
}

/** The link in the message, as the patient got it. */
async function linkIn({ as, base, shot }, { n, name, lang }) {
  const desk = await as('front-desk', { lang });
  const row = desk.locator('.mlist a', { hasText: name }).filter({ hasText: /预约成功|Booking confirmed/ }).first();
  for (let tries = 0; tries < 40; tries += 1) {
    await desk.goto(`${base}/messages?state=accepted`);
    if (await row.count()) break;
    await desk.waitForTimeout(500);
  }
  await row.click();
  const text = await desk.innerText('.mdetail');
  await shot(desk, `patient-message.${n}`);
  const link = /\/v\/[\w.~-]+/.exec(text);
  assert.ok(link, `the message has a link: ${text}`);
  return link[0];
}

/** Without a login or scripts: the page, what it weighs, what can be done. */
async function patient(t, path, { lang, width, reason }) {
  const page = await t.open({ lang, width, script: false });
  let bytes = 0;
  const bodies = [];
  page.on('response', (answer) => bodies.push(answer.body().then((body) => { bytes += body.length; }, () => 0)));
  const answer = await page.goto(`${t.base}${path}?lang=${lang}`, { waitUntil: 'networkidle' });
  assert.equal(answer.status(), 200);
  await Promise.all(bodies);
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
  const days = new Set((await page.locator('button[name=to]').allInnerTexts()).map((text) => text.replace(/\d\d:\d\d/, '')));
  assert.ok(days.size >= 3, 'the times are of different days');
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
  await twin.goto(`${t.base}${path}?show=cancel&lang=${lang}`);
  await t.axe(twin);
  await page.click(`form[action$="/cancel"] button[value="${reason}"]`);
  assert.equal(await page.locator('form:not([action$="/call"])').count(), 0, 'nothing is left to do but to be called');
  await t.shot(page, `patient-cancelled.${lang}.${width}`);
  await page.click('form[action$="/call"] button');
  await page.locator('p.note.ok').waitFor();
  assert.equal(await page.locator('form').count(), 0, 'asked for');
  await t.shot(page, `patient-asked.${lang}.${width}`);
  await twin.goto(`${t.base}${path}?lang=${lang}`);
  await t.axe(twin);
  await t.fits(page);
  t.noOtherHosts(page);
  t.cspClean(page);
}

tests['opens the link of the message; moves, confirms, cancels'] = async ({ browser }) => {
  // Its own clinic: what the desk tells patients is held for two minutes, so the clock is put forward.
  let server = await startServer({ name: 'server-patient' });
  let t = contextFor(browser, server);
  try {
    for (const who of people) who.name = await book(t, who.n);
    await t.close();
    await server.stop({ keep: true });
    server = await startServer({ name: 'server-patient', keep: server.data, now: '2026-11-23T10:50:00+08:00' });
    t = contextFor(browser, server);
    for (const who of people) await patient(t, await linkIn(t, who), who);
    await t.close();
  } catch (error) {
    await t.close({ failedAs: 'patient' });
    throw error;
  } finally {
    await server.stop();
  }
};
tests['opens the link of the message; moves, confirms, cancels'].limit = 240_000;

tests['a link that is not ours says so, in both languages'] = async ({ open, base, axe, shot }) => {
  const page = await open({ width: 390 });
  const answer = await page.goto(`${base}/v/nothing-like-a-token`);
  assert.equal(answer.status(), 404);
  const text = await page.innerText('main');
  assert.ok(han.test(text) && /does not work/.test(text));
  await axe(page);
  await shot(page, 'patient-wrong-link');
};

/** The patient's page behind a link in the message `of`, without scripts; a twin with them, for axe. */
async function behind(t, of, path, { lang, width }) {
  const desk = await t.as('front-desk', { lang: 'en' });
  const row = desk.locator('.mlist a').filter({ hasText: of }).first();
  for (let tries = 0; tries < 60; tries += 1) {
    await desk.goto(`${t.base}/messages?state=accepted`);
    if (await row.count()) break;
    await desk.waitForTimeout(500);
  }
  await row.click();
  const link = new RegExp(`/${path}/[\\w.~-]+`).exec(await desk.innerText('.mdetail'));
  assert.ok(link, `${of} has a link`);
  const page = await t.open({ lang, width, script: false });
  let bytes = 0;
  page.on('response', (answer) => answer.body().then((body) => { bytes += body.length; }, () => 0));
  const twin = await t.open({ lang, width });
  const look = async (name) => {
    assert.equal(await page.locator('script').count(), 0);
    assert.equal(han.test(await page.innerText('h1')), lang === 'zh', name);
    await t.fits(page);
    await t.shot(page, `${name}.${lang}.${width}`);
    await twin.goto(page.url());
    await t.axe(twin);
    assert.ok(bytes <= weight, `${name}: ${bytes} bytes`);
    bytes = 0;
  };
  await page.goto(`${t.base}${link[0]}?lang=${lang}`, { waitUntil: 'networkidle' });
  return { page, look };
}

const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF');

tests['opens what was sent by the date of birth, and says how the visit was'] = async ({ browser }) => {
  let server = await startServer({ name: 'server-sent' });
  let t = contextFor(browser, server);
  try {
    const doctor = await t.as('doctor', { lang: 'en', path: '/patients?q=139' });
    await doctor.locator('.pts-t tbody tr th a').nth(2).click();
    const record = new URL(doctor.url()).pathname;
    await doctor.goto(`${t.base}${record}/edit`);
    const born = await doctor.inputValue('[name=birth_date]');
    await doctor.goto(`${t.base}${record}`);
    await doctor.click(`a[href="${record}/documents"]`);
    await doctor.click('main details summary');
    await doctor.fill('#f-title', 'Panoramic X-ray');
    await doctor.setInputFiles('#f-file_zh', { name: 'scan.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
    await doctor.click('main details button[type=submit]');
    assert.match(await doctor.innerText('#f-file_zh-e'), /PDF, JPEG and PNG/);
    assert.equal(await doctor.inputValue('#f-title'), 'Panoramic X-ray', 'nothing typed is lost');
    await t.axe(doctor);
    await doctor.setInputFiles('#f-file_zh', { name: 'scan.pdf', mimeType: 'application/pdf', buffer: pdf });
    await doctor.click('main details button[type=submit]');
    // all() does not wait: the next page has to be there, and whole.
    await doctor.locator('#f-document label', { hasText: 'Panoramic X-ray' }).waitFor();
    await doctor.waitForLoadState();
    // The journal is for those who have agreed to such mail.
    for (const label of await doctor.locator('#f-document label', { hasNotText: 'Journal' }).all()) await label.locator('input').check();
    await doctor.click('form[action$="/send"] button[type=submit]');
    await doctor.locator('form[action$="/undo"] button').waitFor();
    await t.shot(doctor, 'documents-sent');
    await t.axe(doctor);
    await t.fits(doctor);
    // The survey is off until somebody wants it.
    const manager = await t.as('manager', { lang: 'en', path: '/rules' });
    await manager.locator('.rules a', { hasText: /survey|How was/i }).first().click();
    await manager.check('#f-active');
    await manager.locator('form button.pri[type=submit]').first().click();
    await manager.waitForURL(/saved=|\/rules$/);
    await t.close();
    await server.stop({ keep: true });
    server = await startServer({ name: 'server-sent', keep: server.data, now: '2026-11-24T19:01:00+08:00' });
    t = contextFor(browser, server);

    const sent = await behind(t, /Documents/, 'f', { lang: 'zh', width: 390 });
    await sent.look('sent');
    await sent.page.fill('#f-birth_date', born === '1985-03-07' ? '1985-03-08' : '1985-03-07');
    await sent.page.click('button.pri');
    await sent.page.locator('#f-birth_date-e').waitFor();
    await t.shot(sent.page, 'sent-wrong.zh.390');
    await sent.page.fill('#f-birth_date', born.replaceAll('-', '/'));
    await sent.page.click('button.pri');
    await sent.page.locator('a.pri').first().waitFor();
    await sent.look('sent-open');
    const opened = await sent.page.request.get(await sent.page.locator('a.pri', { hasText: 'PDF' }).first().evaluate((a) => a.href));
    assert.equal(opened.status(), 200);
    assert.equal(opened.headers()['content-type'], 'application/pdf');
    t.noOtherHosts(sent.page);
    t.cspClean(sent.page);

    const asked = await behind(t, /Survey|How was/i, 'q', { lang: 'en', width: 390 });
    await asked.look('survey');
    await asked.page.check('[name=score][value="2"]');
    await asked.page.fill('[name=comment]', 'waited too long');
    await asked.page.click('button.pri');
    await asked.page.locator('p.note.ok').waitFor();
    await asked.look('survey-said');
    t.cspClean(asked.page);
    await t.close();
  } catch (error) {
    await t.close({ failedAs: 'sent' });
    throw error;
  } finally {
    await server.stop();
  }
};
tests['opens what was sent by the date of birth, and says how the visit was'].limit = 300_000;

/** The link in the latest message that proves a number. */
async function proofLink({ as, base }, about = /Online booking to be confirmed/, form = /\/b\/[\w.~-]+/, nth = 1) {
  const desk = await as('front-desk', { lang: 'en' });
  const row = desk.locator('.mlist a').filter({ hasText: about });
  for (let tries = 0; tries < 40; tries += 1) {
    await desk.goto(`${base}/messages?state=accepted`);
    if (await row.count() >= nth) break;
    await desk.waitForTimeout(500);
  }
  await row.first().click();
  const link = form.exec(await desk.innerText('.mdetail'));
  assert.ok(link, 'the message has a link');
  return link[0];
}

const strangers = [
  { lang: 'zh', width: 390, name: '欧阳小燕', address: '13912345678', pick: 0 },
  { lang: 'en', width: 390, name: 'Ann Lee', address: 'ann.lee@example.com', pick: 1 },
];

tests['books without a login and without scripts, on a telephone'] = async ({ browser }) => {
  const server = await startServer({ name: 'server-online' });
  const t = contextFor(browser, server);
  try {
    for (const who of strangers) {
      const page = await t.open({ lang: who.lang, width: who.width, script: false });
      const twin = await t.open({ lang: who.lang, width: who.width });
      let bytes = 0;
      page.on('response', (answer) => answer.body().then((body) => { bytes += body.length; }, () => 0));
      const step = async (name) => {
        assert.equal(await page.locator('script').count(), 0);
        assert.equal(han.test(await page.innerText('h1')), who.lang === 'zh', name);
        await t.fits(page);
        await t.shot(page, `book-${name}.${who.lang}`);
        if (!/\/book$/.test(page.url())) {
          await twin.goto(page.url());
          await t.axe(twin);
        }
        assert.ok(bytes <= weight, `${name}: ${bytes} bytes`);
        bytes = 0;
      };
      await page.goto(`${t.base}/book?lang=${who.lang}`, { waitUntil: 'networkidle' });
      await step('what');
      await page.locator('ul.list a').nth(who.pick).click();
      await step('when');
      await page.locator('.days a').nth(1).click();
      await page.locator('.times a').nth(2).click();
      await step('who');
      await page.fill('[name=name]', who.name);
      await page.fill('[name=address]', '12');
      await page.locator('button.pri').click();
      await step('fault');
      assert.equal(await page.inputValue('[name=name]'), who.name, 'nothing typed is lost');
      assert.equal(await page.locator('.fault').count(), 2);
      await page.fill('[name=address]', who.address);
      await page.check('[name=agree]');
      await page.locator('button.pri').click();
      await step('sent');
      await page.goto(`${t.base}${await proofLink(t)}`);
      await step('proof');
      await page.locator('button.pri').click();
      await page.locator('p.note.ok').waitFor();
      await step('booked');
      t.noOtherHosts(page);
      t.cspClean(page);
    }
    const desk = await t.as('front-desk', { lang: 'en', path: '/online-bookings' });
    assert.equal(await desk.locator('.rtab tbody tr').count(), strangers.length);
    await t.axe(desk);
    await t.fits(desk);
    await t.close();
  } catch (error) {
    await t.close({ failedAs: 'online' });
    throw error;
  } finally {
    await server.stop();
  }
};
tests['books without a login and without scripts, on a telephone'].limit = 240_000;

tests['asks to be put on the waiting list when no time suits, without scripts, on a telephone'] = async (t) => {
  const { open, as, base, axe, fits, shot, noOtherHosts, cspClean } = t, who = [{ lang: 'zh', name: '司徒等等', address: '13912340001' }, { lang: 'en', name: 'Wei Ting', address: 'wei.ting@example.com' }];
  for (const { lang, name, address } of who) {
    const page = await open({ lang, width: 390, script: false });
    const twin = await open({ lang, width: 390 });
    let bytes = 0;
    page.on('response', (answer) => answer.body().then((body) => { bytes += body.length; }, () => 0));
    const step = async (what, again = true) => {
      assert.equal(await page.locator('script').count(), 0);
      assert.equal(han.test(await page.innerText('h1')), lang === 'zh', what);
      await fits(page);
      await shot(page, `listing-${what}.${lang}`);
      if (again) { await twin.goto(page.url()); await axe(twin); }
      assert.ok(bytes <= weight, `${what}: ${bytes} bytes`);
      bytes = 0;
    };
    await page.goto(`${base}/book?lang=${lang}`);
    await page.locator('ul.list a').first().click();
    bytes = 0;
    await page.click('a[href*="/book/wait"]');
    await step('form');
    await page.fill('[name=name]', name);
    await page.fill('[name=address]', address);
    await page.check('[name=weekday][value="2"]');
    await page.selectOption('[name=part]', 'morning');
    await page.locator('button.pri').click();
    await step('fault', false);
    assert.equal(await page.inputValue('[name=name]'), name, 'nothing typed is lost');
    assert.ok(await page.isChecked('[name=weekday][value="2"]'));
    assert.equal(await page.inputValue('[name=part]'), 'morning');
    await page.check('[name=agree]');
    await page.locator('button.pri').click();
    await page.waitForURL(/\/book\/wait\/sent\//);
    await step('sent');
    await page.goto(`${base}${await proofLink(t, /Waiting list request/, /\/b\/list\/[\w.~-]+/, who.findIndex((x) => x.lang === lang) + 1)}`);
    await step('proof');
    await page.locator('button.pri').click();
    await page.locator('p.note.ok').waitFor();
    await step('listed');
    noOtherHosts(page); cspClean(page);
  }
  const desk = await as('front-desk', { lang: 'en', path: '/waiting-list' });
  assert.equal(await desk.locator('.rtab .chip.info').count(), who.length);
  await axe(desk); await fits(desk);
};

tests['refuses greetings by the link of a mail, and takes it back'] = async ({ as, open, axe, fits, shot, noOtherHosts, cspClean, base }) => {
  const admin = await as('administrator', { path: '/templates/birthday' });
  for (const lang of ['zh', 'en']) {
    await admin.goto(`${base}/templates/birthday`);
    await admin.fill('form[action$="/test"] [name=to]', `${lang}@clinic.example`);
    await admin.selectOption('form[action$="/test"] [name=language]', lang);
    await admin.click('form[action$="/test"] button');
    await admin.locator('.mdetail').waitFor();
    const message = admin.url();
    const sent = admin.locator('.mdetail .chip.ok');
    for (let tries = 0; tries < 40 && !(await sent.count()); tries += 1) {
      await admin.waitForTimeout(500);
      await admin.goto(message);
    }
    const path = /\/u\/[\w.~-]+/.exec(await admin.innerText('.letter'))[0];
    const page = await open({ lang, width: 390, script: false });
    const twin = await open({ lang, width: 390 });
    const step = async (name) => {
      assert.equal(await page.locator('script').count(), 0);
      assert.equal(han.test(await page.innerText('h1')), lang === 'zh', name);
      await fits(page);
      await shot(page, `unsubscribe-${name}.${lang}`);
      await twin.goto(`${base}${path}`);
      await axe(twin);
    };
    // In the language of the mail, whatever the browser asks for.
    await page.goto(`${base}${path}`);
    await step('ask');
    await page.click('button.pri');
    await page.locator('form[action$="/again"]').waitFor();
    await step('done');
    await page.click('form[action$="/again"] button');
    await page.locator('p.note.ok').waitFor();
    await step('again');
    noOtherHosts(page);
    cspClean(page);
  }
};

export default tests;
