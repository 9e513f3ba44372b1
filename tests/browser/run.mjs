// Browser checks: node tests/browser/run.mjs [PART_OF_A_NAME]...
//
// Runs every `*.test.mjs` beside this file in Debian's Chromium (or CHROMIUM), two files at a time (LANES). Each file has
// a `chairside demo` of its own (CHAIRSIDE_BIN or target/debug/chairside), and its tests follow each other. A file's
// default export maps names to functions of the context in harness.mjs. Pictures and the servers' logs: target/browser/.
import { readdirSync } from 'node:fs';
import { contextFor, startBrowser, startServer } from './harness.mjs';

const here = new URL('.', import.meta.url);
const wanted = process.argv.slice(2);
const lanes = Number(process.env.LANES ?? 2);
const usual = 180_000; // ms for one test that sets no `limit`: a build server may take three times a desk's

const scenarios = [];
for (const file of readdirSync(here).filter((name) => name.endsWith('.test.mjs'))) {
  const scenario = file.replace('.test.mjs', '');
  const tests = Object.entries((await import(new URL(file, here))).default)
    .map(([name, run]) => ({ full: `${scenario}: ${name}`, run }))
    .filter(({ full }) => wanted.length === 0 || wanted.some((part) => full.includes(part)));
  if (tests.length) scenarios.push({ scenario, tests });
}
scenarios.sort((a, b) => b.tests.length - a.tests.length); // the long ones first

let passed = 0;
const failures = [];
if (scenarios.length === 0) failures.push('no test has such a name');
await Promise.all(Array.from({ length: lanes }, async () => {
  while (scenarios.length) await runScenario(scenarios.shift());
}));
console.log(`\n${passed} passed, ${failures.length} failed${failures.map((name) => `\n  ${name}`).join('')}`);
process.exitCode = failures.length ? 1 : 0;

async function runScenario({ scenario, tests }) {
  let server, browser;
  try {
    server = await startServer({ name: `server-${scenario}` });
    browser = await startBrowser();
    for (const { full, run } of tests) await runOne({ server, browser }, full, run);
  } catch (error) {
    failures.push(`${scenario}: start`);
    console.log(`not ok  ${scenario}: start: ${error.message}`);
  } finally {
    await browser?.close();
    await server?.stop();
  }
}

async function runOne({ server, browser }, full, run) {
  const began = Date.now();
  const context = contextFor(browser, server);
  const limit = run.limit ?? usual;
  let timer;
  try {
    const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error(`not done after ${limit} ms`)), limit); });
    await Promise.race([run(context), late]);
    await context.close();
    if (server.ended() !== null) throw new Error(`the server ended: ${server.ended()}`);
    passed += 1;
    console.log(`ok      ${full}  (${Date.now() - began} ms)`);
  } catch (error) {
    failures.push(full);
    console.log(`not ok  ${full}  (${Date.now() - began} ms)\n${String(error.stack).replace(/^/gm, '        ')}`);
    await context.close({ failedAs: full.replace(/[^\w-]+/g, '-') });
  } finally {
    clearTimeout(timer);
  }
}
