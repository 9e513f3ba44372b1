// Templates: what is typed is looked at as it is typed, saved, shown with its differences and put back; own ones are made.
import assert from 'node:assert/strict';

const tests = {};

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    tests[`a text is looked at, saved and put back in ${lang} at ${width} px`] = async ({ as, base, shot, axe, fits, noOtherHosts, cspClean }) => {
      const page = await as('manager', { lang, width, path: '/templates' });
      const made = `Visit care ${lang} ${width}`;
      const code = made.toLowerCase().replaceAll(' ', '-');
      await page.click('a[href="/templates/new"]');
      await page.fill('[name=name]', `关怀 ${lang} ${width}`);
      await page.fill('[name=name_en]', made);
      await page.selectOption('[name=purpose]', 'follow-up');
      await page.click('button.pri[type=submit]');
      await page.waitForURL((url) => url.pathname === `/templates/${code}`);
      const zh = page.locator('[name=sms_zh_body]');
      const beside = (which) => page.locator(`#p-${which}_`);
      await zh.fill('【{{ clinic }}】{{ name }}，低息贷款看 http://t.cn/x');
      await beside('sms_zh').locator('.banner.bad').nth(1).waitFor();
      await page.locator('[name=sms_en_body]').fill('It’s “time”, {{ name }}');
      const plain = beside('sms_en').locator('button[name=plain]');
      await plain.waitFor();
      await axe(page);
      await fits(page);
      await page.locator('section.tpl', { has: zh }).scrollIntoViewIfNeeded();
      await shot(page, `template-faults.${lang}.${width}`);
      // What is typed elsewhere stays when one text is made plain.
      await plain.click();
      await page.locator('[name=sms_en_body]').waitFor();
      assert.equal(await page.inputValue('[name=sms_en_body]'), 'It\'s "time", {{ name }}');
      assert.match(await page.inputValue('[name=sms_zh_body]'), /低息贷款/);
      await page.click('#tpl button.pri');
      await page.locator('[role=alert]').waitFor();
      assert.match(await page.inputValue('[name=sms_en_body]'), /It's "time"/);
      await page.locator('[name=sms_zh_body]').fill('【{{ clinic }}】{{ name }}，您今天感觉好些了吗？');
      await page.click('#tpl button.pri');
      await page.locator('.banner.ok').waitFor();
      await page.click('a[href$="/versions"]');
      await page.locator('ins').first().waitFor();
      assert.ok(await page.locator('del').count() > 0);
      await axe(page);
      await fits(page);
      await shot(page, `template-versions-changed.${lang}.${width}`);
      await page.locator('form[action$="/versions/restore"] button').first().click();
      await page.locator('.banner.ok').waitFor();
      await page.goto(`${base}/templates/${code}`);
      await page.click('form[action$="/archive"] button');
      await page.waitForURL((url) => url.pathname === '/templates');
      await page.locator('main details summary').click();
      await page.locator(`main details a[href="/templates/${code}"]`).waitFor();
      await axe(page);
      noOtherHosts(page);
      cspClean(page);
    };
  }
}

export default tests;
