// The nurse: calls after treatment, by keyboard; no answer; an alarming answer; a bad mark goes to the head nurse.
import assert from 'node:assert/strict';

const tests = {};
const rows = '.rows a.row:not(.done)';
const saved = '.cb-saved';
/** Saves by what `act` does, and waits for the next call. */
async function sent(page, act) {
  await Promise.all([page.waitForEvent('load'), act()]);
  await page.locator(saved).waitFor({ state: 'attached' });
}

for (const [lang, width] of [['zh', 1440], ['en', 390]]) {
  tests[`answers a call by keys, ${lang}, ${width} px`] = async ({ as, shot, axe, fits, cspClean, noOtherHosts }) => {
    const page = await as('nurse', { lang, width, path: '/callbacks' });
    const open = await page.locator(rows).count();
    assert.ok(open > 0, 'calls are due');
    assert.equal(await page.locator('#call input[type=radio]:checked, [name=score]:checked').count(), 0, 'nothing is chosen beforehand');
    await axe(page);
    await fits(page);
    await shot(page, `nurse-call.${lang}.${width}`);
    const questions = await page.locator('.qq').count();
    assert.ok(questions > 0);
    for (let n = 1; n <= questions; n += 1) {
      await page.keyboard.press(String(n));
      assert.equal(await page.evaluate((n) => document.activeElement.closest('.qq') === document.querySelectorAll('.qq')[n - 1], n), true, `key ${n}`);
      if (n === 1) await page.keyboard.press('Space');
    }
    assert.equal(await page.locator('.qq input:checked').count(), 1);
    await page.keyboard.press('q');
    const normal = await page.locator('.qq[data-normal]').count();
    assert.ok(await page.locator('.qq input:checked').count() >= normal, 'Q answers the rest as normal');
    assert.equal(await page.locator('#advice .banner.bad').count(), 0, 'nothing alarming');
    await page.fill('#nt', '恢复良好');
    await sent(page, () => page.keyboard.press('Control+Enter'));
    assert.equal(await page.locator(rows).count(), open - 1, 'one call less');
    await axe(page);
    noOtherHosts(page);
    cspClean(page);
  };
}

tests['a red flag changes the banner'] = async ({ as, shot, axe }) => {
  const page = await as('nurse', { path: '/callbacks' });
  const red = page.locator('.qq label.opt.b').last();
  assert.equal(await page.locator('#advice .banner').count(), 0);
  await red.click();
  await page.locator('#advice .banner.bad').waitFor();
  assert.match(await page.innerText('#advice'), /Escalate/);
  assert.equal(await page.getAttribute('.outs', 'data-alarm'), 'red');
  await axe(page);
  await shot(page, 'nurse-red-flag.en');
};

tests['no answer is tried again by rule'] = async ({ as }) => {
  const page = await as('nurse', { path: '/callbacks' });
  const name = await page.locator('.pt h2').evaluate((h) => h.firstChild.textContent.trim());
  await sent(page, () => page.keyboard.press('u'));
  assert.ok((await page.innerText(saved)).includes(name));
  assert.match(await page.innerText(saved), /called again/i);
};

tests['a mark of 2 is work for the head nurse'] = async ({ as, base, axe, shot }) => {
  const page = await as('nurse', { lang: 'zh', path: '/callbacks' });
  const name = await page.locator('.pt h2').evaluate((h) => h.firstChild.textContent.trim());
  const manager = await as('manager', { lang: 'zh', path: '/callbacks' });
  const before = await manager.locator(rows, { hasText: name }).count();
  await page.locator('.ctx input[name=score][value="2"]').check({ force: true });
  await page.keyboard.press('q');
  await sent(page, () => page.keyboard.press('Control+Enter'));
  await manager.goto(`${base}/callbacks`);
  assert.ok(await manager.locator(rows, { hasText: name }).count() >= Math.max(1, before), 'the head nurse has it on the list');
  await manager.locator(rows, { hasText: name }).first().click();
  await manager.locator('.cb-before').first().waitFor();
  assert.match(await manager.locator('.cb-before').allInnerTexts().then((all) => all.join(' ')), /2\/5/);
  await axe(manager);
  await shot(manager, 'manager-low-score.zh');
};

tests['the next call opens after no answer, and eight seconds take it back with all that was typed'] = async ({ as, shot }) => {
  const page = await as('nurse', { path: '/callbacks' });
  const name = () => page.locator('.pt h2').evaluate((h) => h.firstChild.textContent.trim());
  const first = await name();
  await page.fill('#nt', 'line busy');
  await page.locator('#nt').blur();
  await sent(page, () => page.keyboard.press('u'));
  if (await page.locator('.pt h2').count()) assert.notEqual(await name(), first, 'the next key acts on the next patient');
  await shot(page, 'nurse-undo.en');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('z')]);
  await page.locator('#call').waitFor();
  assert.equal(await name(), first);
  assert.equal(await page.inputValue('#nt'), 'line busy');
};

tests['nothing typed is lost on the way to another call and back'] = async ({ as, base }) => {
  const page = await as('nurse', { path: '/callbacks' });
  const at = page.url();
  await page.locator('.rows .row[aria-current]').waitFor();
  await page.keyboard.press('1');
  await page.keyboard.press('Space');
  await page.locator('.ctx input[name=score][value="4"]').check({ force: true });
  await page.fill('#nt', 'half a sentence');
  await page.locator('#nt').blur();
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('j')]);
  assert.notEqual(page.url(), at);
  assert.equal(await page.inputValue('#nt'), '');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('k')]);
  await page.locator('#draft:not([hidden])').waitFor();
  assert.equal(await page.inputValue('#nt'), 'half a sentence');
  assert.equal(await page.locator('.qq input:checked').count(), 1);
  assert.equal(await page.locator('.ctx input[name=score]:checked').getAttribute('value'), '4');
  // The session is every test's: the server does not hear of this.
  await page.route('**/sign-out', (route) => route.fulfill({ status: 204 }));
  await page.locator('header details.menu summary').click();
  await page.locator('form[action="/sign-out"] button').click();
  assert.equal(await page.evaluate(() => Object.keys(sessionStorage).filter((k) => k.startsWith('call:')).length), 0, 'not for who signs in next');
};

tests['Escape closes the times to call later, ? shows the keys'] = async ({ as, axe, shot }) => {
  const page = await as('nurse', { path: '/callbacks' });
  await page.keyboard.press('l');
  await page.locator('.later[open]').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.later[open]').count(), 0);
  await page.keyboard.press('?');
  await page.locator('dialog#keys[open]').waitFor();
  await axe(page);
  await shot(page, 'nurse-keys.en');
  await page.keyboard.press('Escape');
};

tests['on a telephone a red answer is seen above the outcomes'] = async ({ as, shot }) => {
  const page = await as('nurse', { lang: 'zh', width: 390, path: '/callbacks' });
  // As if there were many more questions between the answer and the end of the list.
  await page.evaluate(() => { document.querySelector('.qs').style.marginBottom = '1200px'; });
  await page.locator('.qq label.opt.b').first().click();
  await page.locator('#advice .banner.bad').waitFor();
  await page.locator('.qq').first().scrollIntoViewIfNeeded();
  await page.evaluate(() => { document.querySelector('.cb').scrollTop = 0; });
  const [banner, outs] = await Promise.all(['#advice .banner', '.outs'].map((s) => page.locator(s).boundingBox()));
  assert.ok(banner.y >= 0 && banner.y + banner.height <= outs.y + 1, `banner ${JSON.stringify(banner)}, outcomes ${JSON.stringify(outs)}`);
  await shot(page, 'nurse-red-flag.zh.390');
};

export default tests;
