// Browser checks: node tests/browser/run.mjs [PART_OF_A_NAME]...
//
// Runs every `*.test.mjs` beside this file, one test after the other, against one `chairside demo` (CHAIRSIDE_BIN or
// target/debug/chairside) in Debian's Chromium (or CHROMIUM). A scenario's default export maps names to functions of
// the context in harness.mjs. Pictures and the server's log: target/browser/.
import { readdirSync } from 'node:fs';
import { contextFor, startBrowser, startServer } from './harness.mjs';

const here = new URL('.', import.meta.url);
const wanted = process.argv.slice(2);
const usual = 60_000; // ms for one test that sets no `limit`

const tests = [];
for (const file of readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort()) {
  const scenario = (await import(new URL(file, here))).default;
  for (const [name, run] of Object.entries(scenario)) {
    const full = `${file.replace('.test.mjs', '')}: ${name}`;
    if (wanted.length === 0 || wanted.some((part) => full.includes(part))) tests.push({ full, run });
  }
}

let passed = 0;
const failures = [];
let server, browser;
try {
  if (tests.length === 0) throw new Error('no test has such a name');
  server = await startServer();
  browser = await startBrowser();
  for (const { full, run } of tests) await runOne(full, run);
} catch (error) {
  failures.push('start');
  console.log(`not ok  ${error.message}`);
} finally {
  await browser?.close();
  await server?.stop();
}
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length ? 1 : 0;

async function runOne(full, run) {
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
