// The settings: every page in both languages on a desk's screen and a telephone; hours that touch bookings ask first.
import assert from 'node:assert/strict';

const chinese = /\p{Script=Han}/u;
const pages = {
  overview: '/settings',
  site: '/settings/site',
  chairs: '/settings/chairs',
  chair: '/settings/chairs/1',
  providers: '/settings/providers',
  provider: '/settings/providers/1',
  'provider-calendar': '/settings/providers/1/calendar',
  services: '/settings/services',
  service: '/settings/services/1',
  'provider-hours': '/settings/providers/1/hours/new',
  holidays: '/settings/holidays',
  blockouts: '/settings/blockouts',
  'blockout-new': '/settings/blockouts/new',
  blockout: '/settings/blockouts/1',
  staff: '/settings/staff',
  account: '/settings/staff/2',
  audit: '/settings/audit',
  rules: '/rules',
  'rule-new': '/rules/new?kind=visit-finished',
  templates: '/templates',
  template: '/templates/reminder-day-before',
  'template-new': '/templates/new',
  'template-versions': '/templates/reminder-day-before/versions',
  manners: '/manners',
};
const tests = {};

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    tests[`pages in ${lang} at ${width} px`] = async ({ open, signIn, base, shot, axeInTurn, fits, noOtherHosts, cspClean }) => {
      const page = await open({ width, lang });
      await signIn(page, 'administrator', lang);
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(`${base}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
        const title = await page.innerText('h1');
        if (!['provider', 'provider-hours', 'service', 'chair', 'account', 'blockout'].includes(name)) {
          assert.equal(chinese.test(title), lang === 'zh', `${path}: ${title}`);
        }
        await axeInTurn(page, lang, width);
        await fits(page);
        await shot(page, `settings-${name}.${lang}.${width}`);
      }
      noOtherHosts(page);
      cspClean(page);
    };
  }

  tests[`a telephone gets to the settings in ${lang}`] = async ({ open, signIn, base, shot, axe, fits }) => {
    for (const role of ['administrator', 'manager']) {
      const page = await open({ width: 390, lang });
      await signIn(page, role, lang);
      await page.goto(`${base}/patients?lang=${lang}`);
      assert.ok(await page.locator('.bar > *').count() <= 5, 'five places in the bar');
      await page.click('.bar summary');
      assert.equal(chinese.test(await page.innerText('.bar .who small')), lang === 'zh', 'the role, in words');
      await axe(page);
      await fits(page);
      await shot(page, `settings-more.${role}.${lang}.390`);
      await page.click('.bar a[href="/settings"]');
      await page.waitForURL(/\/settings$/);
    }
  };

  tests[`Monday is copied to the weekdays in ${lang}`] = async ({ open, signIn, base, shot }) => {
    const page = await open({ lang });
    await signIn(page, 'administrator', lang);
    await page.goto(`${base}/settings/providers/2`);
    await page.fill('input[name=d1]', '8-12，13:30～18');
    await page.fill('input[name=d6]', '');
    await page.click('button[name=copy]');
    await page.locator('#hours [role=status]').waitFor();
    assert.equal(await page.inputValue('input[name=d5]'), '8-12，13:30～18');
    assert.equal(await page.inputValue('input[name=d6]'), '');
    await shot(page, `settings-copied.${lang}`);
  };

  tests[`the faults lead to their fields in ${lang}`] = async ({ open, signIn, base, shot, axe }) => {
    const page = await open({ lang });
    await signIn(page, 'administrator', lang);
    await page.goto(`${base}/settings/services/1`);
    await page.fill('input[name=minutes]', '4');
    await page.fill('input[name=buffer_after]', '500');
    await page.click('#service button[type=submit]');
    const label = (await page.innerText('label[for=f-buffer_after]')).replace('*', '').trim();
    const fault = page.locator('[role=alert] a').nth(1);
    assert.ok((await fault.innerText()).startsWith(label), await fault.innerText());
    await fault.click();
    assert.equal(await page.evaluate(() => location.hash), '#f-buffer_after');
    await axe(page);
    await shot(page, `settings-faults.${lang}`);
  };

  tests[`a wrong price and hours that touch bookings in ${lang}`] = async ({ open, signIn, base, shot, axe, cspClean }) => {
    const page = await open({ lang });
    await signIn(page, 'administrator', lang);
    await page.goto(`${base}/settings/services/1`);
    await page.fill('input[name=price]', '12,50');
    await page.click('#service button[type=submit]');
    await page.locator('#f-price-e').waitFor();
    assert.equal(await page.inputValue('input[name=price]'), '12,50');
    await axe(page);
    await shot(page, `settings-fault.${lang}`);

    await page.goto(`${base}/settings/providers/1`);
    for (let day = 1; day <= 7; day += 1) await page.fill(`input[name=d${day}]`, day === 7 ? '' : '13:30-18:00');
    await page.click('#hours button[type=submit]');
    await page.locator('#hours [role=alert] li').first().waitFor();
    await axe(page);
    await shot(page, `settings-effect.${lang}`);
    cspClean(page);
  };
}
export default tests;
