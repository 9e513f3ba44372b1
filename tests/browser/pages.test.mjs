// Every page of the staff (the settings: settings.test.mjs), in both languages, on a desk's screen and on a telephone.
import assert from 'node:assert/strict';

const han = /\p{Script=Han}/u;
const tests = {};

/** The first link on the page `from` that `selector` finds. */
const link = (from, selector) => async (page, base) => {
  await page.goto(base + from);
  const href = await page.locator(selector).first().getAttribute('href');
  assert.ok(href, `${from} has a link ${selector}`);
  return href;
};
/** As `link`, then from the page it leads to. */
const linkFrom = (first, selector) => async (page, base) => link(await first(page, base), selector)(page, base);

const patient = link('/patients', 'main a[href^="/patients/"]:not([href$="/new"])');
/** Of somebody who has been here today: the patient changed last, whom /patients shows first, may be a new one. */
const visit = linkFrom(linkFrom(link('/day', '.appt.dn'), 'main a[href^="/patients/"]'), 'main a[href^="/visits/"]');
const pages = {
  'day': ['front-desk', '/day'],
  'day-for-a-doctor': ['doctor', '/day'],
  'day-empty': ['front-desk', '/day?day=2026-11-29'],
  'appointment': ['front-desk', link('/day', '.appt.cf')],
  'appointment-done': ['manager', link('/day', '.appt.dn')],
  'moving': ['front-desk', async (page, base) => (await link('/day', '.appt.cf')(page, base)).replace('open=', 'move=')],
  'booking-search': ['front-desk', '/day?book=find&q=%E9%99%88'],
  'booking': ['front-desk', '/day?book=1'],
  'booking-new': ['front-desk', '/day?book=new&name=%E5%88%98%E6%96%B0'],
  'patients': ['front-desk', '/patients'],
  'patients-found': ['front-desk', '/patients?q=%E9%99%88'],
  'patients-nobody': ['front-desk', '/patients?q=nobodyofthisname'],
  'patient-new': ['front-desk', '/patients/new'],
  'patient': ['manager', patient],
  'patient-edit': ['front-desk', async (page, base) => `${(await patient(page, base))}/edit`],
  'visit': ['doctor', visit],
  'visit-form': ['doctor', async (page, base) => `${(await visit(page, base)).split(/[?#]/)[0]}/edit`],
  'callbacks': ['nurse', '/callbacks'],
  'callbacks-list': ['nurse', '/callbacks?list=1'],
  'callbacks-done': ['nurse', '/callbacks?tab=done'],
  'callbacks-log': ['manager', '/callbacks/log'],
  'recall': ['front-desk', '/recall'],
  'recall-call': ['front-desk', link('/recall', 'main a[href$="/call"]')],
  'recall-edit': ['front-desk', link('/recall', 'main td a[href^="/recall/"]:not([href$="/call"])')],
  'patient-recalls': ['doctor', async (page, base) => `${await patient(page, base)}/recalls`],
  'recall-types': ['manager', '/settings/recall'],
  'recall-type': ['manager', link('/settings/recall', 'main a[href^="/settings/recall/"]')],
  'segments': ['manager', '/segments'],
  'segments-for-the-desk': ['front-desk', '/segments'],
  'segment': ['front-desk', link('/segments', 'main .segs a[href^="/segments/"]')],
  'segment-new': ['manager', '/segments/new?like=overdue'],
  'campaigns': ['manager', '/campaigns'],
  'campaign': ['manager', link('/campaigns', 'main .segs a[href^="/campaigns/"]')],
  'campaign-for-the-desk': ['front-desk', link('/campaigns', 'main .segs li:last-child a[href^="/campaigns/"]')],
  'campaign-new': ['manager', '/campaigns/new'],
  'documents': ['doctor', '/documents'],
  'document-new': ['front-desk', '/documents/new'],
  'document': ['front-desk', link('/documents', 'main tbody a[href^="/documents/"]')],
  'patient-preferences': ['front-desk', async (page, base) => `${await patient(page, base)}/preferences`],
  'patient-opt-outs': ['front-desk', async (page, base) => `${await patient(page, base)}/opt-outs`],
  'patient-documents': ['doctor', async (page, base) => `${await patient(page, base)}/documents`],
  'rules': ['manager', '/rules'],
  'rule': ['manager', link('/rules', '.rules a[href^="/rules/"]')],
  'rule-ladder': ['manager', link('/rules', '.rules tr:has(td:has-text("30")) a[href^="/rules/"]')],
  'rule-new-festival': ['manager', '/rules/new?kind=occasion'],
  'rules-days': ['manager', '/rules/days'],
  'rules-day': ['manager', link('/rules/days', 'main a[href^="/rules/days/"]')],
  'settings-dates': ['manager', '/settings/dates'],
  'patient-dates': ['front-desk', async (page, base) => `${(await patient(page, base))}/dates`],
  'messages': ['front-desk', '/messages'],
  'messages-not-sent': ['front-desk', '/messages?state=unsent&purpose=recall'],
  'message': ['front-desk', link('/messages', 'main a[href^="/messages/"]')],
  'forecast': ['front-desk', '/messages/forecast'],
  'inbox': ['front-desk', '/inbox'],
  'inbox-done': ['front-desk', '/inbox?show=done'],
  'conversation': ['front-desk', link('/inbox', 'main a[href^="/inbox/"]')],
  'templates': ['administrator', '/templates'],
  'template': ['administrator', link('/templates', 'main .mlist a[href^="/templates/"]')],
  'template-new': ['manager', '/templates/new'],
  'template-versions': ['manager', '/templates/reminder-day-before/versions'],
  'manners': ['manager', '/manners'],
  'my-calendar': ['doctor', '/calendar'],
  'day-by-chair': ['front-desk', '/day?day=2026-12-14&by=chair'],
  'settings-chairs': ['administrator', '/settings/chairs'],
  'settings-chair': ['administrator', link('/settings/chairs', 'main tbody tr:last-child a[href^="/settings/chairs/"]')],
  'settings-chair-hours': ['administrator', '/settings/chairs/1/hours/new'],
  'settings-blockout-new': ['administrator', '/settings/blockouts/new?when=days'],
  'settings-provider-new': ['administrator', '/settings/providers/new'],
  'settings-service-new': ['administrator', '/settings/services/new'],
  'settings-tokens': ['administrator', '/settings/staff/tokens'],
  'password': ['nurse', '/password'],
  'settings-account-new': ['administrator', '/settings/staff/new'],
  'not-found': ['front-desk', '/nothing-here'],
  'forbidden': ['front-desk', '/settings'],
};
const refused = { 'not-found': 404, 'forbidden': 403 };

/** Words of the frame, of labels and of buttons that are in the other language. Names of people and what was typed in stay as they are. */
function strangers(page, lang) {
  return page.evaluate((lang) => {
    const all = 'h1, h2, h3, label, legend, th, dt, summary, button, .btn, .kpi, .chip, nav a, caption, [role=status], .none, .empty';
    const kept = ':not([lang]):not([translate=no])';
    const words = [...document.querySelectorAll(all)].filter((e) => e.matches(kept) && !e.closest('[lang]:not(html), dialog, .cb-before'))
      .map((e) => [e, e.innerText?.trim() ?? '']);
    const aria = [...document.querySelectorAll('[aria-label]:not([lang])')].map((e) => [e, e.getAttribute('aria-label')]);
    const han = /\p{Script=Han}/u;
    const wrong = ([, text]) => lang === 'zh' && /[A-Za-z]{4,}/.test(text) && !han.test(text);
    return [...words, ...aria].filter(wrong).map(([e, text]) => `<${e.localName} class="${e.className}"> ${text}`);
  }, lang);
}

for (const [name, [role, where]] of Object.entries(pages)) {
  tests[name] = async ({ as, base, shot, axeInTurn, fits, noOtherHosts, cspClean }) => {
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
        await check('status', () => assert.equal(answer.status(), refused[name] ?? 200, path));
        await check('lang', async () => assert.match(await page.getAttribute('html', 'lang'), new RegExp(`^${lang}`)));
        await check('h1', async () => assert.equal(await page.locator('h1:visible').count(), 1, 'one heading of the page'));
        if (lang === 'zh') {
          await check('headings', async () => {
            const headings = await page.locator('h1:visible, h2:visible').allInnerTexts();
            assert.deepEqual(headings.filter((text) => /[A-Za-z]/.test(text) && !han.test(text)), []);
          });
        }
        await check('words', async () => assert.deepEqual(await strangers(page, lang), []));
        await check('fits', () => fits(page));
        await check('axe', () => axeInTurn(page, lang, width));
        await shot(page, `${name}.${lang}.${width}`);
        await check('hosts', () => noOtherHosts(page));
        await check('csp', () => cspClean(page));
        await page.context().close();
      }
    }
    assert.equal(found.length, 0, `${path}\n${found.join('\n')}`);
  };
}

export default tests;
