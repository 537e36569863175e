// Real servers whose TLS ends in the tab: the same frames as with TLS that ends at
// the relay, every certificate checked, and a relay that reads nothing.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { open as openFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { launch, open } from '../lib/browser.mjs';
import { authority } from '../lib/certs.mjs';
import { at, dial, fill, openDial, pane, quiet, rows, select, settled, text } from '../lib/page.mjs';
import { hangsUp, nghttpd, nodeServer, onlyHTTP1, silent, witness } from '../lib/peers.mjs';
import { dist, serve, start, tempDir, until } from '../lib/proc.mjs';
import { saved } from '../lib/record.mjs';

const framewise = path.join(dist, 'bin', 'framewise');
const run = promisify(execFile);

/** The frames of a file, as `framewise inspect` reads them: those of each direction. */
async function frames(file, ...flags) {
  const { stdout } = await run(framewise, ['inspect', '--json', ...flags, file], { maxBuffer: 2 ** 28 });
  const sides = { c2s: [], s2c: [] };
  for (const line of stdout.trimEnd().split('\n')) {
    const f = JSON.parse(line);
    const fields = f.fields?.filter(({ name }) => name !== 'date').map(({ name, value }) => `${name}: ${value}`);
    if (f.kind !== 'note') sides[f.dir]?.push({ type: f.type ?? f.kind, stream: f.stream, flags: f.flags, length: fields ? 0 : f.length, fields, entries: f.entries });
  }
  return sides;
}

/** What the page has recorded: its frames, and its entry for the connection. */
async function recorded(t, page) {
  await settled(page);
  const record = await saved(page);
  const file = path.join(await tempDir(t), 'record.h2trace');
  await writeFile(file, record);
  const conn = record.split('\n').filter((line) => line.includes('"k":"conn"')).map((line) => JSON.parse(line))[0];
  assert.match(record, /"k":"close"[^\n]*"by":"client"[^\n]*\n$/, 'the record does not tell how the connection ended');
  return { ...await frames(file), conn, record };
}

const shape = ({ type, stream, flags }) => `${type} ${stream} ${flags}`;

const answer = (stream, headers) => {
  stream.respond({ ':status': 200, 'content-type': 'text/plain', 'x-asked': headers[':path'] });
  stream.end('hello from node\n');
};

test('TLS in the tab', { timeout: 400_000 }, async (t) => {
  const ca = await authority(t);
  const stranger = await authority(t);
  const good = await ca.issue();
  const secure = await nghttpd(t, { secure: good });
  const node = await nodeServer(t, good, answer);
  const { url, program } = await serve(t, ['--ca', ca.cert, '--relay-dials', '200', '--relay-dial-timeout', '2s', '--relay-idle-timeout', '4s']);
  const { page, problems } = await open(await launch(t), url, { height: 1200 });
  await settled(page);
  const inTab = (target, o = {}) => dial(page, { target, tls: true, inTab: true, trusted: ca.pem, ...o });

  for (const [name, target, version] of [['nghttpd', secure.target], ['Node', node],
    ['Node with TLS 1.2', await nodeServer(t, good, answer, { maxVersion: 'TLSv1.2' }), 'TLS 1.2']]) {
    await t.test(`${name}: the same frames as with TLS at the relay`, async () => {
      assert.match(await dial(page, { target, tls: true }), /^Done/);
      const relay = await recorded(t, page);
      assert.match(await inTab(target), /^Done/);
      const tab = await recorded(t, page);
      for (const dir of ['c2s', 's2c']) assert.deepEqual(tab[dir], relay[dir], `${dir} differs`);
      assert.ok(tab.s2c.some((f) => f.fields?.[0] === ':status: 200') && tab.s2c.some((f) => f.type === 'DATA'), 'there is no answer');
      const { cipher: a, ...facts } = tab.conn.tls;
      const { cipher: b, ...others } = relay.conn.tls;
      assert.deepEqual(facts, others);
      assert.deepEqual(facts, { version: version ?? 'TLS 1.3', alpn: 'h2', names: 'localhost 127.0.0.1', issuer: 'framewise test authority' });
      assert.ok(a && b, 'a suite is missing');
      assert.match(tab.conn.via, /^relay, 127\.0\.0\.1:\d+, TLS in the tab$/);
    });
  }

  await t.test('what is known of TLS is on the page, also that a session was taken up', async () => {
    const target = secure.target.replace('127.0.0.1', 'localhost');
    assert.match(await inTab(target), /^Done/);
    const first = (await recorded(t, page)).conn.tls;
    assert.match(await inTab(target), /^Done/);
    const again = (await recorded(t, page)).conn.tls;
    assert.deepEqual([first.resumed, again.resumed, again.name], [undefined, true, 'localhost']);
    await settled(page);
    await select(page, (await rows(page))[0].frame);
    await pane(page, 'connection');
    await quiet(page);
    assert.match(await text(page, '.inspector'), /TLS TLS 1\.3, h2 cipher TLS_\w+ asked for localhost certificate localhost 127\.0\.0\.1 issued by framewise test authority took up an earlier session by relay, .*TLS in the tab/);
  });

  await t.test('a HelloRetryRequest', async () => {
    const picky = await witness(t, await nodeServer(t, good, answer, { ecdhCurve: 'P-384' }));
    assert.match(await inTab(picky.target), /^Done/);
    // The random of such a ServerHello (RFC 8446, section 4.1.3).
    assert.ok(picky.said().includes(Buffer.from('cf21ad74e59a6111be1d8c021e65b891', 'hex')), 'the server was content with the first ClientHello');
  });

  await t.test('a response of 10 MiB comes whole', async () => {
    const size = 10 << 20;
    const big = await nodeServer(t, good, (stream) => { stream.respond({ ':status': 200 }); stream.end(Buffer.alloc(size, 'abcdefg')); });
    const from = Date.now();
    assert.match(await inTab(big), /^Done/);
    t.diagnostic(`10 MiB through the relay and TLS in the tab: ${Date.now() - from} ms`);
    const { s2c } = await recorded(t, page);
    assert.equal(s2c.filter((f) => f.type === 'DATA').reduce((n, f) => n + f.length, 0), size);
  });

  const expired = await nghttpd(t, { secure: await ca.issue({ from: '20240101000000Z', to: '20240201000000Z' }) });
  const early = await nghttpd(t, { secure: await ca.issue({ from: '20950101000000Z', to: '20960101000000Z' }) });
  const elsewhere = await nghttpd(t, { secure: await ca.issue({ names: ['DNS:elsewhere.test'] }) });
  const plain = await nghttpd(t);
  for (const [name, target, says, o] of [
    ['nobody vouches for the certificate', secure.target, /certificate .* was not accepted: nobody known vouches for it .*“Trusted certificates”/, { trusted: '' }],
    ['a stranger vouches for it', secure.target, /nobody known vouches for it/, { trusted: stranger.pem }],
    ['it has expired', expired.target, /was not accepted: it is valid from 2024-01-01 to 2024-02-01 only, and the clock here says 20\d\d-/],
    ['it is not valid yet', early.target, /it is valid from 2095-01-01 to/],
    ['it is for another name', elsewhere.target, /was not accepted: it is not for the name 127\.0\.0\.1/],
    ['it is for an address, not the name', elsewhere.target.replace('127.0.0.1', 'localhost'), /it is not for the name localhost/],
    ['there is no HTTP/2', await onlyHTTP1(t, good), /has no HTTP\/2: ALPN says http\/1\.1/],
    ['there is no TLS', plain.target, /doesn't speak TLS at this port: dial it without TLS/],
    ['the server hangs up in the handshake', await hangsUp(t), /closed the connection during the TLS handshake/],
    ['the server is silent', await silent(t), /nothing was sent either way for 4s/],
    ['nobody listens', '127.0.0.1:9', /refused/],
    ['the target is not allowed', 'example.test:443', /allow/i],
    ['the trusted certificates are none', secure.target, /must be PEM/, { trusted: 'hello' }],
    ['a key is among them', secure.target, /only certificates belong there/, { trusted: ca.pem + await readFile(good.key, 'utf8') }],
    ['one of them is broken', secure.target, /trusted certificates, block 1 can't be read/, { trusted: ca.pem.replace(/\n[^-]{20}/, '\nAAAAAAAAAAAAAAAAAAAA') }],
  ]) {
    await t.test(`${name}: one clear line`, async () => {
      const said = await inTab(target, o);
      t.diagnostic(said);
      assert.match(said, says);
      assert.ok(said.length < 300 && !/undefined|null|\[object|panic|goroutine|unreachable/.test(said), `not a clear line: ${said}`);
      assert.equal((await rows(page)).filter(({ label }) => /GET \/hello/.test(label)).length, 0, 'the request was sent');
    });
  }

  await t.test('the key log opens a capture of the connection, and is nowhere else', async () => {
    const dir = await tempDir(t);
    const capture = path.join(dir, 'tls.pcapng'), keys = path.join(dir, 'keys');
    const sniffer = start('dumpcap', ['-q', '-i', 'lo', '-s', '0', '-f', `tcp port ${secure.port}`, '-w', capture]);
    t.after(() => sniffer.stop());
    await until('the capture to begin', async () => { if (sniffer.ended()) throw sniffer.ended(); return (await readFile(capture).catch(() => '')).length > 0; });
    assert.match(await inTab(secure.target), /^Done/);
    const tab = await recorded(t, page);
    const session = await page.createCDPSession();
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: dir, browserContextId: page.browserContext().id });
    assert.match(await text(page, '#dial-keys'), new RegExp(`^Save the key log of ${secure.target}, \\d+ lines$`));
    await page.click('#dial-keys');
    const name = path.join(dir, `${secure.target.replace(':', '-')}.keys`);
    const log = await until('the key log', () => readFile(name, 'utf8').catch(() => ''));
    await writeFile(keys, log);
    // Chance is the browser's: no octets that nobody drew, none that were there before.
    assert.ok(new Set(/^\S+ (\S+)/.exec(log)[1].match(/../g)).size > 16, 'the client\'s random is not random');
    assert.match(log, /^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]{64,96}$/m);
    let ours;
    await until('the capture to have the connection', async () => {
      ours = await frames(capture, '--keys', keys).catch(() => undefined);
      return ours?.c2s.some((f) => f.type === 'GOAWAY');
    });
    await sniffer.stop();
    for (const side of ['c2s', 's2c']) assert.deepEqual(ours[side], tab[side], `${side}: the capture has other frames than the record`);
    const { stdout } = await run('tshark', ['-r', capture, '-o', `tls.keylog_file:${keys}`, '-d', `tcp.port==${secure.port},tls`, '-Y', 'http2', '-T', 'fields', '-e', 'http2.headers.path', '-e', 'http2.headers.status']);
    assert.match(stdout, /\/hello\.txt/);
    assert.match(stdout, /\b200\b/);
    for (const secret of log.match(/\b[0-9a-f]{64,}\b/g)) {
      assert.ok(!tab.record.includes(secret), 'the record has the key log');
      assert.ok(!(await page.evaluate(() => location.href + JSON.stringify({ ...localStorage }))).includes(secret), 'the page keeps the key log');
    }
  });

  assert.doesNotMatch(program.out(), /panic|hello\.txt/);
  assert.deepEqual(problems, [], 'something went wrong in the page');
});

/** Whether a process has octets in its memory (Linux). */
async function remembers(pid, wanted) {
  const maps = (await readFile(`/proc/${pid}/maps`, 'latin1')).split('\n').filter((line) => /^\S+ r.{3} /.test(line) && !/\[v(var|syscall|var_vclock)\]/.test(line));
  const memory = await openFile(`/proc/${pid}/mem`, 'r');
  const piece = Buffer.alloc(4 << 20), overlap = wanted.length - 1;
  let seen = 0;
  try {
    for (const line of maps) {
      const [from, to] = line.split(' ')[0].split('-').map((n) => parseInt(n, 16));
      if (!Number.isSafeInteger(to)) continue; // the kernel's own page
      for (let at = from; at < to;) {
        const { bytesRead } = await memory.read(piece, 0, Math.min(piece.length, to - at), at).catch(() => ({ bytesRead: 0 }));
        if (bytesRead === 0) break;
        seen += bytesRead;
        if (piece.subarray(0, bytesRead).includes(wanted)) return true;
        at += bytesRead > overlap && at + bytesRead < to ? bytesRead - overlap : bytesRead;
      }
    }
  } finally {
    await memory.close();
  }
  assert.ok(seen > 4 << 20, `only ${seen} octets of the memory could be read: the search proves nothing`);
  return false;
}

/** Text that HPACK leaves as it is: its Huffman code is longer. */
const secret = () => Array.from({ length: 40 }, () => '~^|{}'[randomInt(5)]).join('');

test('the relay reads nothing of a dial whose TLS ends in the tab', { timeout: 120_000 }, async (t) => {
  const ca = await authority(t);
  const held = []; // streams whose end waits
  let told;
  const target = await nodeServer(t, await ca.issue(), (stream, headers) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'x-told': told.field });
    stream.write(`${told.content}\n`.repeat(20));
    held.push(stream);
    assert.equal(headers[':path'], `/${told.path}`);
  });
  const { url, program } = await serve(t, ['--ca', ca.cert]);
  const { page, sound } = await open(await launch(t), url);
  await settled(page);

  /** Dials, and searches the relay for the secrets while the connection is there and when it is gone. */
  const found = async (inTab) => {
    told = { path: secret(), field: secret(), content: secret() };
    const look = async () => {
      const all = {};
      for (const [name, text] of Object.entries(told)) all[name] = await remembers(program.child.pid, Buffer.from(text)) || program.out().includes(text);
      return all;
    };
    const before = held.length;
    const done = dial(page, { target, tls: true, inTab, trusted: ca.pem, path: `/${told.path}` });
    let during;
    await Promise.all([done, (async () => {
      await until('the server to be asked', () => held.length > before);
      await until('the answer to be on the page', async () => (await rows(page)).some(({ label }) => /^s2c DATA/.test(label)));
      during = await look();
      held.at(-1).end();
    })()]);
    assert.match(await done, /^Done/);
    const { conn } = await recorded(t, page);
    assert.equal(conn.via.endsWith('TLS in the tab'), inTab, 'the record is of another dial');
    return { during, after: await look() };
  };
  const nothing = { path: false, field: false, content: false };
  assert.deepEqual(await found(true), { during: nothing, after: nothing });
  // The same search does find what the relay reads.
  assert.deepEqual((await found(false)).during, { path: true, field: true, content: true });
  assert.match(program.out(), new RegExp(target), 'the log does not tell of the dials');
  sound();
});

for (const [name, size] of [['wide', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844, phone: true }]]) {
  test(`where TLS ends is chosen by the keyboard, and fits: ${name}`, { timeout: 90_000 }, async (t) => {
    const ca = await authority(t);
    const { target } = await nghttpd(t, { secure: await ca.issue() });
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, size);
    await settled(page);
    await openDial(page);
    await fill(page, '#dial-address', `https://${target}/hello.txt`);
    await page.focus('#dial-end-relay');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'dial-end-tab');
    await page.keyboard.press('Space');
    await page.waitForSelector('#dial-end-tab[aria-pressed="true"]');
    await page.focus('.dial-trust summary');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#dial-trusted', { visible: true });
    const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('#dial-pick')]);
    await chooser.accept([ca.cert]);
    await until('the file to be in the form', () => page.$eval('#dial-trusted', (el, pem) => el.value === pem, ca.pem));
    assert.match(await text(page, '.dial-trust summary'), /Mozilla’s list and 1 certificate of yours/);
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide[0] <= wide[1], `the page is ${wide[0]} wide, the window ${wide[1]}`);
    if (process.env.SCREENSHOTS) await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `dial-tls-${name}.png`) });
    await page.focus('#dial-path');
    await page.keyboard.press('Enter');
    await until('the dial', async () => /^Done/.test(await text(page, at.status)), 20_000, () => text(page, at.status));
    await page.focus('#dial-keys');
    // A reload keeps the choice, and forgets the secrets.
    await page.reload();
    await openDial(page);
    await page.waitForSelector('#dial-end-tab[aria-pressed="true"]');
    assert.equal(await page.$eval('#dial-keys', (el) => el.checkVisibility()), false);
    assert.equal(await page.$eval('#dial-trusted', (el) => el.value), ca.pem);
    sound();
  });
}
