// The first page anybody sees: both languages, a desk's screen and a telephone, and a mistyped password.
import assert from 'node:assert/strict';

const chinese = /\p{Script=Han}/u;
const tests = {};

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    tests[`page in ${lang} at ${width} px`] = async ({ open, shot, axe, fits, noOtherHosts, cspClean }) => {
      const page = await open({ width, lang, path: `/sign-in?lang=${lang}` });
      assert.match(await page.getAttribute('html', 'lang'), new RegExp(`^${lang}`));
      const button = await page.innerText('form:has(input[name=password]) [type=submit]');
      assert.equal(chinese.test(button), lang === 'zh', `the button says ${button}`);
      assert.equal(await page.getAttribute('input[name=login]', 'autocomplete'), 'username');
      assert.equal(await page.getAttribute('input[name=password]', 'autocomplete'), 'current-password');
      await axe(page);
      await fits(page);
      await shot(page, `sign-in.${lang}.${width}`);
      noOtherHosts(page);
      cspClean(page);
    };
  }

  tests[`a wrong password in ${lang}`] = async ({ open, shot, axe, cspClean }) => {
    const page = await open({ lang, path: `/sign-in?lang=${lang}` });
    await page.fill('input[name=login]', 'desk');
    await page.fill('input[name=password]', 'not the password');
    await page.press('input[name=password]', 'Enter');
    const error = page.locator('[role=alert]');
    await error.waitFor();
    const text = await error.innerText();
    assert.equal(chinese.test(text), lang === 'zh', `the error says: ${text}`);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    assert.equal(await page.inputValue('input[name=login]'), 'desk', 'the login typed is kept');
    assert.equal(await page.inputValue('input[name=password]'), '', 'the password is not sent back');
    await axe(page);
    await shot(page, `sign-in-error.${lang}`);
    cspClean(page);
  };
}

tests['each role of the demo gets in'] = async ({ open, signIn, logins }) => {
  assert.notEqual(Object.keys(logins()).length, 0, 'the demo prints its logins');
  for (const role of Object.keys(logins())) await signIn(await open(), role);
};

export default tests;
