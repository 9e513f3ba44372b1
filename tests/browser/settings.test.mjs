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
  services: '/settings/services',
  service: '/settings/services/1',
  holidays: '/settings/holidays',
  staff: '/settings/staff',
  account: '/settings/staff/2',
  audit: '/settings/audit',
};
const tests = {};

for (const lang of ['zh', 'en']) {
  for (const width of [1440, 390]) {
    tests[`pages in ${lang} at ${width} px`] = async ({ open, signIn, base, shot, axe, fits, noOtherHosts, cspClean }) => {
      const page = await open({ width, lang });
      await signIn(page, 'administrator', lang);
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(`${base}${path}?lang=${lang}`);
        const title = await page.innerText('h1');
        if (!['provider', 'service', 'chair', 'account'].includes(name)) {
          assert.equal(chinese.test(title), lang === 'zh', `${path}: ${title}`);
        }
        await axe(page);
        await fits(page);
        await shot(page, `settings-${name}.${lang}.${width}`);
      }
      noOtherHosts(page);
      cspClean(page);
    };
  }

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
