// Takes the pictures of README and docs into the folder named: `docs/pictures/make`.
import { join, resolve } from 'node:path';
import { contextFor, startBrowser, startServer } from './harness.mjs';

const out = resolve(process.argv[2]);
const PICTURES = [
  { name: 'day.zh', role: 'front-desk', lang: 'zh', path: '/day' },
  { name: 'book.en', role: 'front-desk', lang: 'en', path: '/day?book=12' },
  { name: 'callbacks.zh', role: 'nurse', lang: 'zh', path: '/callbacks' },
  { name: 'messages.en', role: 'front-desk', lang: 'en', path: '/messages' },
  { name: 'day.zh.phone', role: 'front-desk', lang: 'zh', path: '/day', width: 390 },
];

const server = await startServer({ name: 'pictures' });
const browser = await startBrowser();
const context = contextFor(browser, server);
for (const { name, role, ...device } of PICTURES) {
  const page = await context.as(role, device);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(out, `${name}.png`), animations: 'disabled' });
}
await context.close();
await browser.close();
await server.stop();
