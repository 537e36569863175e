// The page looks on while real programs talk: Chromium and curl with nginx and
// nghttpd, over TLS with the tap's own authority, and over cleartext.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import test from 'node:test';
import { promisify } from 'node:util';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, fill, openPort, openReal, realSays, rows, settled, text, total } from '../lib/page.mjs';
import { certificate, nghttpd, nginx } from '../lib/peers.mjs';
import { dist, freePort, serve, tempDir, until } from '../lib/proc.mjs';

const run = promisify(execFile);
const curl = async (...args) => (await run('curl', ['-sS', '--max-time', '20', ...args])).stdout;

/** Waits until each pattern fits a frame of the list. */
const shown = (page, ...patterns) => until('the frames', async () => {
  const all = (await rows(page)).map(({ label }) => label);
  return patterns.every((p) => all.some((label) => p.test(label)));
}, 20_000, () => `not all of ${patterns} are there`);

/** Opens a tap to the target; gives the address for its clients. */
async function tapped(page, target) {
  await openReal(page, 'tap');
  await fill(page, '#tap-target', target);
  const address = await openPort(page);
  assert.match(await text(page, at.status), new RegExp(`leads to ${target}\\.`));
  return address;
}

async function stop(page, address) {
  await page.click(at.run);
  await realSays(page, /The tap is closed\. The record has [\d,]+ frame/);
  await assert.rejects(curl('--http2-prior-knowledge', `http://${address}/`), /connect/i);
}

test('the tap shows what real programs say', { timeout: 240_000 }, async (t) => {
  const good = await certificate(t);
  const secure = await nginx(t, good);
  const plain = await nghttpd(t);
  const data = await tempDir(t);
  const { url } = await serve(t, ['--data', data, '--ca', good.cert, '--relay-dials', '500']);
  const { page, sound } = await open(await launch(t), url, { height: 1100 });
  await settled(page);
  const ca = (await run(path.join(dist, 'bin', 'framewise'), ['tap', 'ca', '--data', data, '--file'])).stdout.trim();

  await t.test('curl and nghttpd over cleartext', async () => {
    const address = await tapped(page, plain.target);
    const said = await text(page, '.dial-commands');
    assert.ok(said.includes(`curl --http2-prior-knowledge http://${address}/`), said);
    assert.equal(await curl('--http2-prior-knowledge', `http://${address}/hello.txt`), 'hello from nghttpd\n');
    await shown(page, /^c2s HEADERS .*GET \/hello\.txt/, /^s2c HEADERS .*\b200\b/, /^s2c DATA .*\b19 B/);
    assert.match(await text(page, at.run), /Stop/, 'the tap goes on');
    const before = await total(page);
    const mib = path.join(data, 'mib');
    await writeFile(mib, Buffer.alloc(1 << 20, 'x'));
    await Promise.all(Array.from({ length: 4 }, () => curl('--http2-prior-knowledge', '--data-binary', `@${mib}`, '-o', '/dev/null', `http://${address}/hello.txt`)));
    await until('the uploads', async () => await total(page) > before + 4 * 64);
    await realSays(page, /5 connections came/);
    await stop(page, address);
  });

  await t.test('curl and nginx over TLS', async () => {
    const address = await tapped(page, secure.target);
    const said = await curl('--cacert', ca, '--connect-to', `${secure.target}:${address}`, '-w', '%{http_version}', `https://${secure.target}/hello.txt`);
    assert.equal(said, 'hello from nginx\n2');
    await shown(page, /^c2s HEADERS .*GET \/hello\.txt/, /^s2c HEADERS .*\b200\b/);
    assert.match(await text(page, '.frames'), /TLS 1\.3/);
    await assert.rejects(curl('--connect-to', `${secure.target}:${address}`, `https://${secure.target}/`), /certificate/, 'nobody else trusts the authority');
    await realSays(page, /came to nothing: .*framewise tap ca/);
    await stop(page, address);
  });

  await t.test('Chromium and nginx over TLS, with the command of the page', async () => {
    const address = await tapped(page, secure.target);
    const command = await text(page, '.dial-commands > :last-child code');
    const rules = /--host-resolver-rules='([^']+)' (https:\S+)/.exec(command);
    assert.ok(rules, command);
    const key = createHash('sha256').update(new X509Certificate(await readFile(ca)).publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
    const visitor = await launch(t, [`--host-resolver-rules=${rules[1]}`, `--ignore-certificate-errors-spki-list=${key}`]);
    const visit = await visitor.newPage();
    const answer = await visit.goto(rules[2]);
    assert.equal(answer.status(), 200);
    assert.match(await visit.content(), /a page of nginx/);
    await shown(page, /^c2s HEADERS .*GET \/(?!favicon)/, /^s2c HEADERS .*\b200\b.*text\/html/);
    await visit.evaluate(() => fetch('/hello.txt').then((r) => r.text()));
    await shown(page, /^c2s HEADERS .*GET \/hello\.txt/);
    await screenshot(page, 'tap');
    await visitor.close();
    await stop(page, address);
  });

  await t.test('what stands in the way is said', async () => {
    await fill(page, '#tap-target', '10.0.0.1:443');
    await page.click(at.run);
    assert.match(await realSays(page, /10\.0\.0\.1:443/), /--allow 10\.0\.0\.1:443/);
    await fill(page, '#tap-target', 'a b');
    await page.click(at.run);
    await realSays(page, /host name/);
    const busy = net.createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    t.after(() => busy.close());
    await fill(page, '#tap-target', plain.target);
    await fill(page, '#tap-port', String(busy.address().port));
    await page.click(at.run);
    await realSays(page, /in use/);
    const gone = await freePort();
    await fill(page, '#tap-target', `127.0.0.1:${gone}`);
    await fill(page, '#tap-port', String(await freePort()));
    const address = await openPort(page);
    await assert.rejects(curl('--http2-prior-knowledge', `http://${address}/`));
    await realSays(page, /1 connection came.*came to nothing.*refused/);
    await page.click(at.run);
    await realSays(page, /The tap is closed/);
  });
  sound();
});
