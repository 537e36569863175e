// The page as an app: without a network, after an update, installed.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { firstFrame, launch, open } from '../lib/browser.mjs';
import { edge } from '../lib/edge.mjs';
import { at, chord, rows, runProgram, selectedFrame, settled, text } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';
import { copyOfSite, rebuild, staticSite } from '../lib/static.mjs';

/** Waits until the page is kept and its service worker answers for it. */
const kept = (page) => page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated', { timeout: 30_000 });

/** Whether a rule of the style sheet holds in the page. */
const probe = (page) => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--probe').trim());

const notice = '.notices:not(.gone) .notice:not(.gone):not(.making)';

test('after the first visit the page needs no network', { timeout: 180_000 }, async (t) => {
  const site = await staticSite(t, '/some/where/framewise/');
  const tab = await open(await launch(t), site.url);
  const { page } = tab;
  await kept(page);
  tab.sound();
  await site.stop();

  await page.reload();
  await firstFrame(page);
  await settled(page);
  await runProgram(page, 'const http2 = require("http2");\nconst s = http2.createServer();\ns.on("stream", (st) => { st.respond({ ":status": 200 }); st.end("offline octets"); });\ns.listen(80);\nconst c = http2.connect("http://localhost:80");\nconst r = c.request({ ":path": "/without" });\nr.on("data", (d) => console.log(`${d}`));\nr.on("end", () => c.close());\n');
  await until('the program’s words', async () => (await page.$$eval(at.console, (els) => els.map((el) => el.innerText).join('\n'))).includes('offline octets'));
  assert.ok((await rows(page)).some(({ label }) => /GET \/without/.test(label)));

  // Another example, and another tab.
  await chord(page, 'Control', 'k');
  await page.waitForSelector('#palette-in:focus');
  await page.keyboard.type('example reset');
  await page.waitForFunction(() => document.querySelectorAll('#palette-list .option').length > 0);
  await page.keyboard.press('Enter');
  await until('the example', async () => (await rows(page)).some(({ label }) => /RST_STREAM/.test(label)));
  const second = await page.browserContext().newPage();
  await second.goto(`${site.url}index.html#frame=3`);
  await firstFrame(second);
  await until('frame 3', async () => await selectedFrame(second) === 3);
  tab.sound();
});

for (const [name, start] of [['framewise serve', async (t) => (await serve(t)).url], ['the edge', edge]]) {
  test(`${name} sends a page that keeps itself`, { timeout: 120_000 }, async (t) => {
    const url = await start(t);
    const tab = await open(await launch(t), url);
    await kept(tab.page);
    const cached = await tab.page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).map((r) => new URL(r.url).pathname + new URL(r.url).search));
    assert.ok(cached.includes('/') && cached.includes('/?embed=1') && cached.some((n) => /app\.[0-9a-f]{12}\.wasm/.test(n)), cached.join(' '));
    // What the cache answers has the same policies as what the server sends.
    for (const [address, want] of [['/', /frame-ancestors 'none'/], ['/?embed=1', /frame-ancestors \*/]]) {
      const policy = await tab.page.evaluate(async (a) => (await caches.match(a)).headers.get('content-security-policy'), address);
      assert.match(policy, want);
    }
    const manifest = await tab.page.evaluate(async () => {
      const link = document.querySelector('link[rel=manifest]');
      const m = await (await fetch(link.href)).json();
      return { ...m, found: await Promise.all(m.icons.map(async (i) => (await fetch(new URL(i.src, link.href))).headers.get('content-type') === i.type)) };
    });
    assert.equal(manifest.display, 'standalone');
    assert.deepEqual(manifest.found, [true, true, true, true], 'an icon is missing');
    const session = await tab.page.createCDPSession();
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // A profile as the tests have it is one that Chromium installs nothing from.
    assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
    tab.sound();
  });
}

test('a new version is announced, and never mixed with the old one', { timeout: 180_000 }, async (t) => {
  const dir = await copyOfSite(t);
  const site = await staticSite(t, '/framewise/', dir);
  const tab = await open(await launch(t), site.url);
  const { page } = tab;
  await kept(page);
  assert.equal(await page.$(notice), null, 'the first version is announced as an update');
  const look = () => page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update(); });

  const { old, fresh } = await rebuild(dir, ':root { --probe: two; }');
  site.asked.length = 0;
  await look();
  await until('the notice', async () => /new version/.test(await text(page, notice).catch(() => '')));
  assert.deepEqual(site.asked.filter((name) => /\.wasm$/.test(name)), [], 'what has not changed is fetched again');
  assert.ok(site.asked.includes(fresh));

  // Until somebody wants it everything is of the old version, a reload included.
  await page.reload();
  await firstFrame(page);
  assert.equal(await probe(page), '');
  assert.ok(await page.$(`link[href="${old}"]`), 'the page is the new one already');
  await until('the notice again', async () => /new version/.test(await text(page, notice).catch(() => '')));
  const other = await page.browserContext().newPage(); // a second page of the old version stays open
  await other.goto(site.url);
  await firstFrame(other);

  await page.bringToFront();
  await Promise.all([page.waitForNavigation(), page.click(`${notice} .btn`)]);
  await firstFrame(page);
  assert.equal(await probe(page), 'two');
  assert.ok(await page.$(`link[href="${fresh}"]`));
  assert.equal(await page.$(notice), null);
  await other.bringToFront();
  await other.click(at.run); // the old page finds its own files
  await settled(other);
  assert.equal(await probe(other), '');
  await page.bringToFront();

  // A version that is not whole is never installed.
  const third = await rebuild(dir, ':root { --probe: three; }');
  await rm(path.join(dir, third.fresh));
  await look().catch(() => {});
  await until('the broken version to be asked for', () => site.asked.includes(third.fresh));
  await page.reload();
  await firstFrame(page);
  assert.equal(await probe(page), 'two');
  assert.equal(await page.$(notice), null);
  const own = tab.problems.filter((p) => !/404|sw\.js|of another version|answered with 404/.test(p));
  assert.deepEqual(own, []);
});
