// What a scenario gets: the server, a browser, and the checks that every page must pass.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pictures = join(root, 'target/browser');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A Monday morning: every run sees the same clinic, with a day half over. */
const MONDAY = '2026-11-23T10:42:00+08:00';

/** Starts `chairside demo` on a free port with an empty data folder; resolves when it is ready. Its clock goes on from `now`.
 * `keep`: the data folder of an earlier one, stopped with `{ keep: true }`. */
export async function startServer({ now = MONDAY, name = 'server', keep = null } = {}) {
  const binary = resolve(root, process.env.CHAIRSIDE_BIN ?? 'target/debug/chairside');
  if (!existsSync(binary)) throw new Error(`${binary} is not there: cargo build`);
  mkdirSync(pictures, { recursive: true });
  const data = keep ?? mkdtempSync(join(tmpdir(), 'chairside-browser-'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const server = spawn(binary, ['demo', '--listen', `127.0.0.1:${port}`, '--data', data, '--now', now, ...(keep ? [] : ['--fresh'])], {
    cwd: data, // where no chairside.toml lies
    env: Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(CHAIRSIDE_|DATABASE_URL$)/.test(key))),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(pictures, `${name}.log`));
  let output = '';
  server.stdout.on('data', (chunk) => { output += chunk; log.write(chunk); });
  server.stderr.on('data', (chunk) => log.write(chunk));
  const exited = new Promise((done) => {
    server.on('exit', (code, signal) => done(code ?? signal));
    server.on('error', done);
  });
  let ended = null;
  exited.then((why) => { ended = why; });
  const stop = async ({ keep: kept = false } = {}) => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(late);
    if (!kept) rmSync(data, { recursive: true, force: true });
  };
  // Filling the demo clinic takes a debug build a while.
  for (const deadline = Date.now() + 180_000; ; await sleep(100)) {
    const ready = await fetch(`${base}/health/ready`).then((answer) => answer.status === 200, () => false);
    if (ready) break;
    if (ended !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the server did not get ready (ended: ${ended}); see target/browser/${name}.log`);
    }
  }
  return { base, data, stop, logins: () => parseLogins(output), ended: () => ended, sessions: {} };
}

/** `  front-desk   login: desk   password: chairside-demo` → { 'front-desk': { login, password } } */
export function parseLogins(text) {
  const logins = {};
  for (const [, role, login, password] of text.matchAll(/^\s*([\w-]+)\s+login:\s*(\S+)\s+password:\s*(\S+)/gm)) {
    logins[role] = { login, password };
  }
  return logins;
}

function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer().on('error', failed).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** No sandbox: it opens nothing but our own pages. The other flags keep Chromium from calling home. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

/** The context of one test. Pages opened with `open` are watched; `close` ends them and tells what went wrong in them. */
export function contextFor(browser, server) {
  const { base } = server;
  const watched = new Map(); // page → what was seen of it
  const opened = [];

  /** A page as one device and person have it. Below 600 px it is a telephone. */
  async function open({ width = 1440, height = width < 600 ? 844 : 900, lang = 'en', path, script = true } = {}) {
    const phone = width < 600;
    const device = await browser.newContext({
      viewport: { width, height },
      locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Asia/Shanghai',
      javaScriptEnabled: script,
      ...(phone && { isMobile: true, hasTouch: true, deviceScaleFactor: 2 }),
    });
    opened.push(device);
    const seen = { hosts: new Set(), csp: [], noPolicy: [], errors: [] };
    device.setDefaultTimeout(30_000);
    await device.exposeBinding('__cspViolation', (_, what) => seen.csp.push(what));
    await device.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) =>
      window.__cspViolation(`${e.violatedDirective} blocked ${e.blockedURI} on ${location.pathname}`)));
    const watch = (page) => {
      watched.set(page, seen);
      page.on('pageerror', (error) => seen.errors.push(String(error)));
    };
    device.on('page', watch); // windows that a page opens belong to it
    device.on('request', (request) => {
      const url = new URL(request.url());
      if (/^(https?|wss?):$/.test(url.protocol)) seen.hosts.add(url.host);
    });
    device.on('response', (response) => {
      const headers = response.headers();
      if (headers['content-type']?.startsWith('text/html') && !headers['content-security-policy']) {
        seen.noPolicy.push(new URL(response.url()).pathname);
      }
    });
    const page = await device.newPage();
    if (path) await page.goto(base + path);
    return page;
  }

  const seenOf = (page) => watched.get(page) ?? fail('open pages with open(): this one is not watched');

  async function signIn(page, role, lang = 'en') {
    const person = server.logins()[role];
    if (!person) fail(`the demo printed no login for ${role}, only for: ${Object.keys(server.logins()).join(', ')}`);
    await page.goto(`${base}/sign-in?lang=${lang}`);
    await page.fill('input[name=login]', person.login);
    await page.fill('input[name=password]', person.password);
    await Promise.all([
      page.waitForURL((url) => url.pathname !== '/sign-in'),
      page.locator('form:has(input[name=password]) [type=submit]').click(),
    ]);
  }

  /** A page that somebody of this role opens, signed in already. Signing in takes a while; each role does it once. */
  async function as(role, { path = '/', lang = 'en', ...device } = {}) {
    server.sessions[role] ??= await (async () => {
      const page = await open({ lang });
      await signIn(page, role, lang);
      const cookies = await page.context().cookies();
      await page.context().close();
      return cookies.filter((cookie) => cookie.name !== 'lang');
    })();
    const page = await open({ lang, ...device });
    await page.context().addCookies([...server.sessions[role], { name: 'lang', value: lang, url: base }]);
    await page.goto(base + path);
    if (new URL(page.url()).pathname === '/unlock') { // nobody used this session for a quarter of an hour
      delete server.sessions[role];
      await page.context().close();
      return as(role, { path, lang, ...device });
    }
    return page;
  }

  async function shot(page, name, options = {}) {
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true, animations: 'disabled', ...options });
  }

  /** axe-core finds nothing: WCAG 2.0 to 2.2, A and AA, and its best practice. `within`: only that part of the page. */
  async function axe(page, within = null) {
    // A colour that is still on its way to another has a contrast of its own.
    await page.evaluate(() => Promise.all(document.getAnimations()
      .filter((a) => a.effect.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => null))));
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(
      ([tags, part]) => window.axe.run(part ?? document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }), [axeTags, within]);
    if (violations.length === 0) return;
    fail(`axe: ${violations.length} rule(s) broken on ${page.url()}\n` + violations.map((v) =>
      `  ${v.id} (${v.impact}): ${v.help}\n` + v.nodes.slice(0, 5).map((n) => `    ${n.target.join(' ')}  ${n.html}`).join('\n'),
    ).join('\n'));
  }

  /** The same of a page that is looked at in two languages and two widths: each language and each width once. */
  async function axeInTurn(page, lang, width) {
    if ((lang === 'zh') === (width === 1440)) await axe(page);
  }

  function noOtherHosts(page) {
    const others = [...seenOf(page).hosts].filter((host) => host !== new URL(base).host);
    if (others.length) fail(`the page asks other hosts: ${others.join(', ')}`);
  }

  /** Every HTML answer had a Content-Security-Policy, and nothing broke it. */
  function cspClean(page) {
    const { csp, noPolicy } = seenOf(page);
    if (noPolicy.length) fail(`no Content-Security-Policy on ${noPolicy.join(', ')}`);
    if (csp.length) fail(`Content-Security-Policy violated:\n  ${csp.join('\n  ')}`);
  }

  /** Nothing to scroll sideways: not the page, not what it is about, and not its panels. */
  async function fits(page) {
    const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('main, aside, dialog[open]')]
      .filter((e) => e.scrollWidth > e.clientWidth).map((e) => `<${e.localName}> is ${e.scrollWidth} px wide in ${e.clientWidth} px`));
    if (wide.length) fail(wide.join('; '));
  }

  async function close({ failedAs } = {}) {
    const errors = [...new Set([...watched.values()])].flatMap((seen) => seen.errors);
    if (failedAs) {
      const pages = opened.flatMap((device) => device.pages());
      await Promise.allSettled(pages.map((page, i) => shot(page, `FAILED-${failedAs}-${i + 1}`)));
    }
    await Promise.allSettled(opened.map((device) => device.close()));
    if (!failedAs && errors.length) fail(`errors in the page's scripts:\n  ${errors.join('\n  ')}`);
  }

  return { browser, base, logins: server.logins, open, signIn, as, shot, axe, axeInTurn, noOtherHosts, cspClean, fits, close };
}

function fail(message) {
  throw new Error(message);
}
