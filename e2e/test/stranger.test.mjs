// A program that came with somebody's record: it waits, it asks, and it reaches
// nothing. The same program, as the visitor's own, shows that the attempts work
// where nothing holds them back.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { launch, launchFirefox, open, screenshot } from '../lib/browser.mjs';
import { at, chord, endless, rows, runProgram, settled, text } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';
import { staticSite } from '../lib/static.mjs';

// Out of the names that a program sees, and then out of the tab by every way.
// What waits for an answer in real time outlives the session, whose time is
// virtual: those attempts are seen by who is reached.
const attack = (url) => `
const all = (function () {}).constructor('return self')();
const http2 = require('http2');
const tried = [];
const attempt = (name, f) => { let said; try { said = f(); } catch (e) { said = 'kept out'; } tried.push(name + ': ' + said); };
attempt('origin', () => all.origin);
attempt('request', () => { const x = new all.XMLHttpRequest(); x.open('GET', ${JSON.stringify(url)}, false); x.send(); return x.status; });
attempt('importScripts', () => { all.importScripts(${JSON.stringify(url)} + 'script.js'); return 'loaded'; });
attempt('storage', () => { all.indexedDB.open('theirs'); return 'opened'; });
attempt('fetch', () => { all.fetch(${JSON.stringify(url)} + 'fetch', { mode: 'no-cors' }).catch(() => {}); return 'asked'; });
attempt('WebSocket', () => { const w = new all.WebSocket(${JSON.stringify(url.replace('http', 'ws'))} + 'socket'); w.onerror = () => {}; return 'asked'; });
attempt('Worker', () => { const w = new all.Worker(${JSON.stringify(url)} + 'worker.js'); w.onerror = (e) => e.preventDefault(); return 'asked'; });
attempt('beacon', () => { all.navigator.sendBeacon(${JSON.stringify(url)} + 'beacon', 'x'); return 'asked'; });
const server = http2.createServer();
server.on('stream', (s) => { s.respond({ ':status': 200 }); s.end('x'); });
server.listen(80);
const client = http2.connect('http://localhost:80');
const req = client.request({ ':path': '/escaped' });
req.on('end', () => { console.log(tried.join(' | ')); client.close(); });
req.resume();
`;

/** A server that notes whoever reaches it. */
async function outside(t) {
  const reached = [];
  const server = createServer((q, r) => {
    reached.push(q.url);
    r.setHeader('access-control-allow-origin', '*');
    r.end('postMessage("hello")');
  });
  server.on('upgrade', (q, socket) => { reached.push(q.url); socket.destroy(); });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${server.address().port}/`, reached };
}

const says = async (page) => (await page.$$eval(at.console, (els) => els.map((el) => el.innerText).join('\n')));

/** Opens the page with a program that is somebody else's in its editor. */
async function withStranger(tab, url, program) {
  await tab.page.evaluate((text) => {
    localStorage.setItem('framewise.program', text);
    localStorage.setItem('framewise.stranger', 'a record of theirs');
  }, program);
  await tab.page.goto(url, { waitUntil: 'load' });
  await tab.page.waitForSelector('#list');
  await until('the page to say that it waits', async () => /waits/.test(await text(tab.page, '.frames')));
}

async function allow(page) {
  await page.click(at.run);
  await page.waitForSelector('[role=alertdialog]');
}

async function keptApart(page, far) {
  await until('the program’s words', async () => /origin:/.test(await says(page)));
  const words = await says(page);
  assert.match(words, /origin: null/);
  for (const way of ['request', 'importScripts', 'storage']) assert.match(words, new RegExp(`${way}: kept out`), words);
  // Who is far away can be reached, and by now everybody who asked has been heard.
  assert.equal((await fetch(`${far.url}control`)).status, 200);
  assert.deepEqual(far.reached, ['/control'], 'it reached the outside');
  assert.ok((await rows(page)).some(({ label }) => /GET \/escaped/.test(label)), 'its session is shown');
}

test('somebody else’s program waits, asks and reaches nothing', { timeout: 180_000 }, async (t) => {
  const far = await outside(t);
  const { url } = await serve(t);
  const tab = await open(await launch(t), url);
  const { page } = tab;
  await settled(page);

  await t.test('the visitor’s own may try: the way out exists', async () => {
    await runProgram(page, attack(url)); // the page's own host is what it may connect to
    await until('its words', async () => /origin:/.test(await says(page)));
    assert.match(await says(page), /request: 200/);
    assert.match(await says(page), /storage: opened/);
  });

  await t.test('theirs does not run by itself', async () => {
    await withStranger(tab, url, attack(far.url));
    assert.equal((await rows(page)).length, 0);
    assert.match(await text(page, '.program'), /came with a record of theirs/);
  });

  await t.test('it asks, by pointer and keyboard', async () => {
    await allow(page);
    await screenshot(page, 'stranger');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[role=alertdialog]', { hidden: true });
    await chord(page, 'Control', 'Enter');
    await page.waitForSelector('[role=alertdialog]');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Read it first', 'the safe answer has the keyboard');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await keptApart(page, far);
  });

  await t.test('it asks once, can be stopped, and can use TLS', async () => {
    await runProgram(page, endless);
    await until('the button to stop', async () => /Stop/.test(await text(page, at.run)));
    await page.click(at.run);
    await runProgram(page, 'const http2 = require("http2");\nconst fs = require("fs");\nconst s = http2.createSecureServer({ key: fs.readFileSync("server-key.pem"), cert: fs.readFileSync("server-cert.pem") });\ns.on("stream", (st) => { st.respond({ ":status": 200 }); st.end("veiled"); });\ns.listen(443);\nconst c = http2.connect("https://localhost:443", { ca: fs.readFileSync("server-cert.pem") });\nconst r = c.request({ ":path": "/tls" });\nr.on("data", (d) => console.log(String(d)));\nr.on("end", () => c.close());\n');
    await until('what came by TLS', async () => /veiled/.test(await says(page)));
  });
});

test('on a static host the service worker keeps it apart', { timeout: 120_000 }, async (t) => {
  const far = await outside(t);
  const site = await staticSite(t, '/some/where/');
  const tab = await open(await launch(t), site.url);
  await tab.page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated', { timeout: 30_000 });
  await withStranger(tab, site.url, attack(far.url));
  await allow(tab.page);
  await tab.page.click('[role=alertdialog] .primary');
  await keptApart(tab.page, far);
});

test('in Firefox too', { timeout: 120_000 }, async (t) => {
  const far = await outside(t);
  const { url } = await serve(t);
  const tab = await open(await launchFirefox(t), url);
  await settled(tab.page);
  await withStranger(tab, url, attack(far.url));
  await allow(tab.page);
  await tab.page.click('[role=alertdialog] .primary');
  await keptApart(tab.page, far);
});
