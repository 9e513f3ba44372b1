// Booking rules, hours of single days and kept time: opened, wrong, and asked about; nothing is saved.
import assert from 'node:assert/strict';

const tests = {};

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    tests[`booking rules are folded and show their parts in ${lang} at ${width} px`] = async ({ open, signIn, base, shot, axe, fits, cspClean }) => {
      const page = await open({ width, lang });
      await signIn(page, 'administrator', lang);
      await page.goto(`${base}/settings/services/1?lang=${lang}`);
      assert.equal(await page.isVisible('#f-provider_parts'), false, 'folded');
      await page.click('details.more summary');
      await page.fill('#f-provider_parts', '0-10, 20-30');
      await page.selectOption('#f-second_kind', 'nurse');
      await page.fill('#f-second_parts', '0-31');
      await page.click('#service button[type=submit]');
      await page.locator('#f-second_parts-e').waitFor();
      assert.equal(await page.isVisible('#f-second_parts'), true, 'open at its fault');
      assert.equal(await page.inputValue('#f-provider_parts'), '0-10, 20-30');
      assert.equal(await page.locator('.parts svg').first().locator('rect').count(), 2);
      await axe(page);
      await fits(page);
      await shot(page, `settings-rules.${lang}.${width}`);
      cspClean(page);
    };

    tests[`hours of a day and kept time ask first in ${lang} at ${width} px`] = async ({ open, signIn, base, shot, axe, fits, cspClean }) => {
      const page = await open({ width, lang });
      await signIn(page, 'administrator', lang);
      await page.goto(`${base}/settings/providers/1?lang=${lang}`);
      const inDays = (n) => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);
      await page.fill('#f-days_from', inDays(1));
      await page.fill('#f-days_until', inDays(7));
      await page.fill('#f-days_hours', '6-7');
      await page.click('#days form:last-of-type button[type=submit]');
      await page.locator('#days [role=alert] li').first().waitFor();
      await axe(page);
      await fits(page);
      await shot(page, `settings-days.${lang}.${width}`);

      await page.goto(`${base}/settings/blockouts/new?lang=${lang}`);
      await page.fill('#f-name', '留空');
      await page.fill('#f-name_en', 'Nothing');
      await page.fill('#f-time', '8-18');
      await page.selectOption('#f-weekday', '4');
      await page.click('#blockout button[type=submit]');
      await page.locator('#blockout [role=alert] li').first().waitFor();
      await axe(page);
      await fits(page);
      await shot(page, `settings-kept.${lang}.${width}`);
      cspClean(page);
    };
  }
}
for (const [lang, width] of [['zh', 1440], ['en', 390]]) {
  tests[`a rule is tried out before it is saved in ${lang} at ${width} px`] = async ({ as, shot, axe, fits, cspClean }) => {
    const page = await as('manager', { width, lang, path: '/rules' });
    await page.locator('.rules a[href^="/rules/"]').first().click();
    await page.fill('#f-at', '19:00');
    await page.click('button[formaction$="/preview"]');
    await page.locator('#trial').waitFor();
    assert.equal(await page.inputValue('#f-at'), '19:00', 'what was typed stays');
    await axe(page);
    await fits(page);
    await shot(page, `rule-trial.${lang}.${width}`);
    await cspClean(page);
  };
}

export default tests;
