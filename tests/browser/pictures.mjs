// Takes the pictures of README and docs: `docs/pictures/make`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const out = process.argv[2], data = mkdtempSync(join(tmpdir(), 'chairside-pictures-'));
const PICTURES = [
  { name: 'day.zh', login: 'desk', path: '/day?lang=zh' },
  { name: 'book.en', login: 'desk', path: '/day?book=12&lang=en' },
  { name: 'callbacks.zh', login: 'nurse', path: '/callbacks?lang=zh' },
  { name: 'messages.en', login: 'desk', path: '/messages?lang=en' },
];
const demo = spawn('target/debug/chairside', ['demo', '--listen', '127.0.0.1:0', '--data', data, '--now', '2026-11-23T10:42:00+08:00']);
const base = await new Promise((found, failed) => {
  let text = '';
  demo.stdout.on('data', d => { text += d; const m = text.match(/on (http:\/\/\S+)/); if (m && text.includes('manager')) found(m[1]); });
  demo.on('exit', () => failed(new Error('the demo ended')));
});
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: flags });
for (const p of PICTURES) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${base}/sign-in`); await page.fill('[name=login]', p.login); await page.fill('[name=password]', 'chairside-demo'); await page.click('[type=submit]');
  await page.goto(base + p.path); await page.waitForLoadState('networkidle'); await page.screenshot({ path: `${out}/${p.name}.png` }); await page.close();
}
await browser.close(); demo.kill(); rmSync(data, { recursive: true });
