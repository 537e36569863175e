// The record as a file, in every format: by pointer, by the keyboard, on a phone.
// Nothing secret is in a file unless somebody asked for it; other programs read
// what was made; long records show how far they are and can be cancelled; a
// program that fails hurts nothing else.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { choose, downloads } from '../lib/files.mjs';
import { at, chord, openFile, quiet, rows, runProgram, select, settled, text, total } from '../lib/page.mjs';
import { dist, root, serve, tempDir, until } from '../lib/proc.mjs';
import { copyOfSite, staticServer } from '../lib/static.mjs';

const run = promisify(execFile);
const big = { maxBuffer: 256 << 20 };
const framewise = async (...args) => (await run(path.join(dist, 'bin', 'framewise'), args, big)).stdout;

/** Entries of the menu, the ending of each file, and its entry of the palette. */
const entries = [
  ['Record (.h2trace)', '.h2trace', 'record as .h2trace'], ['Capture (.pcapng)', '.pcapng', 'wireshark'], ['Exchanges (.har)', '.har', 'exchanges as har'],
  ['Events (.qlog)', '.qlog', 'events as qlog'], ['Transcript (.txt)', '.txt', 'a transcript'], ['Client’s frames (.script)', '.script', "client's frames"],
  ['Server’s frames (.script)', '-server.script', "server's frames"],
].map(([menu, ending, palette]) => [menu.replace('’', "'"), ending, palette]);

const secrets = {
  field: 'tok-7f3a9c51e0', cookie: 'session=4be1f0a97733', trailer: 'sum-99c0ffee42', answer: 'key-5d0e6b82aa',
  up: 'my password is rosebud77', down: 'balance 8123.55 of Ada', query: 'pin=48151623', printed: 'printed-a1b2c3d4',
  literal: 'literal-e5f60718', comment: 'comment-93ad77be', goodbye: 'bye-40c8d2f1ee', mark: 'mark-0badcafe12', name: 'x-name-of-mine-61',
};

const program = `const http2 = require('http2');
// ${secrets.comment}
const known = '${secrets.literal}';
const server = http2.createServer();
server.on('session', (session) => session.on('close', () => server.close()));
server.on('stream', (stream, headers) => {
  stream.on('data', () => {});
  stream.on('trailers', () => {
    stream.respond({ ':status': 200, 'x-answer': '${secrets.answer}', 'set-cookie': '${secrets.cookie}; Path=/', '${secrets.name}': 'v' });
    stream.write('${secrets.down}');
    stream.end(' that was all');
  });
});
server.listen(80, () => {
  const client = http2.connect('http://localhost');
  const ask = (n) => {
    const req = client.request({ ':method': 'POST', ':path': '/pay?${secrets.query}&n=' + n, 'x-token': '${secrets.field}', cookie: '${secrets.cookie}' });
    req.on('fetchTrailers', (trailers) => { trailers['x-sum'] = '${secrets.trailer}'; });
    req.end('${secrets.up}');
    req.resume();
    req.on('end', () => {
      console.log('${secrets.printed}', known.length);
      if (n < 3) ask(n + 1); else client.shutdown({ graceful: false, opaqueData: Buffer.from('${secrets.goodbye}') });
    });
  };
  ask(1);
});
`;

/** Everything that a reader finds in a file: as it is, its base64 and hexadecimal undone, its field blocks decoded. */
async function readings(file) {
  const octets = await readFile(file);
  const raw = octets.toString('latin1');
  const all = [raw];
  for (const [word] of raw.matchAll(/[A-Za-z0-9+/]{12,}={0,2}/g)) all.push(Buffer.from(word, 'base64').toString('latin1'));
  for (const [word] of raw.matchAll(/(?:[0-9a-f]{2}){6,}/g)) all.push(Buffer.from(word, 'hex').toString('latin1'));
  if (/\.(h2trace|pcapng)$/.test(file)) {
    all.push(await framewise('inspect', '-v', file), await framewise('inspect', '--json', file));
    const har = `${file}.again.har`;
    await framewise('convert', file, har);
    all.push(...await readings(har));
    await rm(har);
  }
  return all;
}

const found = (all) => Object.keys(secrets).filter((name) => all.some((reading) => reading.includes(secrets[name])));

/** The frames that tshark sees, by direction: type, stream, length. */
async function tshark(file) {
  const { stdout } = await run('tshark', ['-r', file, '-Y', 'http2', '-T', 'fields', '-e', 'tcp.dstport', '-e', 'http2.type', '-e', 'http2.streamid', '-e', 'http2.length', '-e', '_ws.malformed', '-e', '_ws.expert.severity'], big);
  const out = { c2s: [], s2c: [] };
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [to, types, streams, lengths, malformed] = line.split('\t');
    assert.equal(malformed, '', 'tshark finds a packet malformed');
    const list = out[to === '80' ? 'c2s' : 's2c'];
    const all = [types, streams, lengths].map((column) => (column ? column.split(',').map(Number) : []));
    all[0].forEach((type, i) => list.push(`${type} ${all[1][i]} ${all[2][i]}`));
  }
  return out;
}

const numbers = { DATA: 0, HEADERS: 1, PRIORITY: 2, RST_STREAM: 3, SETTINGS: 4, PUSH_PROMISE: 5, PING: 6, GOAWAY: 7, WINDOW_UPDATE: 8, CONTINUATION: 9 };

/** The frames of a record as the same words. */
async function listed(file) {
  const out = { c2s: [], s2c: [] };
  for (const line of (await framewise('inspect', '--json', file)).split('\n').filter((l) => l.startsWith('{'))) {
    const f = JSON.parse(line);
    if (f.kind === 'frame') out[f.dir].push(`${numbers[f.type]} ${f.stream} ${f.length}`);
  }
  return out;
}

/** Holds a file against HAR 1.2: what must be there, and of what kind. */
function validHAR(octets) {
  const { log } = JSON.parse(octets);
  assert.equal(log.version, '1.2');
  for (const key of ['name', 'version']) assert.equal(typeof log.creator[key], 'string');
  const pairs = (list, what) => {
    assert.ok(Array.isArray(list), what);
    for (const p of list) assert.ok(typeof p.name === 'string' && typeof p.value === 'string', what);
  };
  for (const e of log.entries) {
    assert.ok(!Number.isNaN(Date.parse(e.startedDateTime)), e.startedDateTime);
    assert.ok(e.time >= 0);
    const { request, response, timings } = e;
    for (const m of [request, response]) {
      assert.equal(m.httpVersion, 'HTTP/2');
      for (const key of ['headersSize', 'bodySize']) assert.equal(typeof m[key], 'number', key);
      pairs(m.headers, 'headers');
      pairs(m.cookies, 'cookies');
    }
    pairs(request.queryString, 'queryString');
    assert.ok(new URL(request.url).pathname && /^[A-Z]+$/.test(request.method), request.url);
    assert.ok(Number.isInteger(response.status) && typeof response.statusText === 'string' && typeof response.redirectURL === 'string');
    assert.ok(Number.isInteger(response.content.size) && typeof response.content.mimeType === 'string');
    if (request.postData) assert.ok(typeof request.postData.mimeType === 'string' && typeof request.postData.text === 'string');
    for (const key of ['send', 'wait', 'receive']) assert.ok(timings[key] >= 0, key);
    assert.equal(typeof e.cache, 'object');
  }
  return log.entries;
}

/** Holds a file against qlog's main schema and docs/qlog-http2.md. */
function validQlog(octets) {
  const [nothing, head, ...events] = octets.toString().split('\x1e');
  assert.equal(nothing, '');
  const file = JSON.parse(head);
  assert.equal(file.file_schema, 'urn:ietf:params:qlog:file:sequential');
  assert.equal(file.serialization_format, 'application/qlog+json-seq');
  assert.deepEqual(file.trace.event_schemas, ['urn:framewise:qlog:events:http2-00']);
  assert.deepEqual(file.trace.common_fields.protocol_types, ['HTTP2']);
  for (const text of events) {
    assert.ok(text.endsWith('\n'));
    const e = JSON.parse(text);
    assert.ok(typeof e.time === 'number' && /^http2:[a-z_]+$/.test(e.name) && typeof e.data === 'object', text);
  }
  return events.map((e) => JSON.parse(e));
}

const notice = (page) => text(page, '.notices .notice:not(.making)').catch(() => '');
const says = (page, pattern, within = 30_000) => {
  let said = '';
  return until(`the page to say ${pattern}`, async () => pattern.test(said = await notice(page)), within, () => `it says ${said}`);
};

/** A page that has run the program, with a bookmark whose note is a secret. */
async function ran(browser, url, size) {
  const tab = await open(browser, url, size);
  await settled(tab.page);
  await runProgram(tab.page, program);
  await until('the printed line', async () => (await text(tab.page, '.console')).includes(secrets.printed));
  await settled(tab.page);
  await tab.page.focus('#list');
  await tab.page.keyboard.press('b');
  await until('the note', () => tab.page.evaluate(() => document.activeElement?.localName === 'input'));
  await tab.page.keyboard.type(secrets.mark);
  await tab.page.keyboard.press('Escape');
  return tab;
}

async function palette(page, typed) {
  await chord(page, 'Control', 'k');
  await page.waitForSelector('#palette-in');
  await page.keyboard.type(typed);
  await page.keyboard.press('Enter');
}

test('every format, without its secrets and with them', { timeout: 300_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  const { page, sound } = await ran(browser, url);
  const file = await downloads(t, page);
  const frames = await total(page);

  await t.test('by the pointer nothing secret leaves', async () => {
    for (const [menu, ending] of entries) {
      await choose(page, menu);
      const name = await file.path(`server-push-changed${ending}`);
      await says(page, new RegExp(`“server-push-changed${ending}”, .*Taken out: \\d+ values of fields, .*contents \\(DATA\\)`));
      assert.deepEqual(found(await readings(name)), [], `${menu}: these secrets can be read`);
    }
  });

  await t.test('with its secrets they are all there', async () => {
    const wanted = { '.h2trace': Object.keys(secrets), '.pcapng': ['field', 'cookie', 'trailer', 'answer', 'up', 'down', 'query', 'name', 'goodbye'],
      '.har': ['field', 'cookie', 'trailer', 'answer', 'up', 'down', 'query', 'name'], '.qlog': ['field', 'cookie', 'answer', 'query'],
      '.txt': ['field', 'cookie', 'trailer', 'answer', 'query'], '.script': ['field', 'cookie', 'query', 'up'], '-server.script': ['answer', 'down'] };
    for (const [menu, ending] of entries) {
      await page.click('#export-open');
      await page.click('.export .switch');
      await until('the switch', () => page.$eval('.export .switch', (el) => el.getAttribute('aria-checked') === 'true'));
      if (ending === '.h2trace') await screenshot(page, 'export-secrets');
      await (await page.waitForSelector(`xpath/.//button[@class="menu-item"][starts-with(normalize-space(), "${menu}")]`, { visible: true })).click();
      const name = await file.path(`server-push-changed${ending.replace('.', '-with-secrets.')}`);
      await says(page, /holds all of the record, its secrets too/);
      const there = found(await readings(name));
      assert.deepEqual(wanted[ending].filter((s) => !there.includes(s)), [], `${menu} lacks them`);
    }
    // The switch was for that one file.
    await choose(page, 'Exchanges (.har)');
    await says(page, /Taken out/);
  });

  const redacted = (ending) => file.path(`server-push-changed${ending}`);
  await t.test('other programs read it: tshark, HAR, qlog, a second page', async () => {
    const want = await listed(await file.path('server-push-changed-with-secrets.h2trace'));
    assert.equal(want.c2s.length + want.s2c.length + 1, frames, 'the page’s frames, and the preface');
    for (const name of ['server-push-changed.pcapng', 'server-push-changed-with-secrets.pcapng']) assert.deepEqual(await tshark(await file.path(name)), want, name);
    assert.deepEqual(await listed(await redacted('.h2trace')), want);
    const exchanges = validHAR(await readFile(await redacted('.har')));
    assert.equal(exchanges.length, 3);
    assert.deepEqual(exchanges.map((e) => [e.request.method, e.response.status, e.request.bodySize, e.response.content.size]),
      Array(3).fill(['POST', 200, secrets.up.length, secrets.down.length + ' that was all'.length]));
    const events = validQlog(await readFile(await redacted('.qlog')));
    assert.ok(events.filter((e) => e.name === 'http2:frame_created').length >= frames - 1, `${events.length} events`);
    const other = await open(browser, url);
    await settled(other.page);
    await openFile(other.page, await redacted('.h2trace'));
    await quiet(other.page);
    assert.equal(await total(other.page), frames);
    assert.deepEqual(found([await other.page.evaluate(() => document.body.innerText)]), []);
    other.sound();
    await other.close();
  });

  await t.test('what others will see can be looked at, and drawn', async () => {
    await choose(page, 'See it without its secrets');
    await until('both records', () => page.$('.pair-verdict .lead'), 30_000);
    await says(page, /“this record without its secrets”, .*Taken out: /);
    await screenshot(page, 'export-beside');
    await page.click('.records .seg button:nth-child(2)');
    for (const [view, name] of [['sequence', 'Sequence'], ['frames', 'Frames'], ['streams', 'Streams'], ['hpack', 'HPACK'], ['connection', 'Connection']]) {
      await page.click(`#tab-${view}`);
      await quiet(page);
      if (view === 'sequence') await until('the record without its secrets', async () => await total(page) === frames && !(await rows(page)).some((r) => r.label.includes('pin=')));
      await choose(page, `${name} as SVG`);
      const svg = (await file(`server-push-changed-${view}.svg`)).toString();
      assert.deepEqual(found([svg]), [], view);
    }
    await page.click('.records .seg button:nth-child(1)');
  });

  await t.test('by the keyboard alone', async () => {
    const mine = await open(browser, url);
    await settled(mine.page);
    const into = await downloads(t, mine.page);
    await mine.page.focus('#list');
    for (const [menu, ending] of entries) {
      await chord(mine.page, 'Control', 's');
      await until('the menu', () => mine.page.evaluate(() => document.activeElement?.id === 'export-first'));
      const here = () => mine.page.evaluate(() => document.activeElement.innerText.replace(/\s+/g, ' ').trim());
      for (let i = 0; i < 20 && !(await here()).startsWith(menu); i++) await mine.page.keyboard.press('Tab');
      await mine.page.keyboard.press('Enter');
      await into(`server-push${ending}`);
      await until('the keyboard to be back', () => mine.page.evaluate(() => document.activeElement?.id === 'export-open'));
    }
    await chord(mine.page, 'Control', 's');
    await until('the menu', () => mine.page.evaluate(() => document.activeElement?.id === 'export-first'));
    for (let i = 0; i < 6 && !await mine.page.evaluate(() => document.activeElement.classList.contains('switch')); i++) await mine.page.keyboard.press('Tab');
    await mine.page.keyboard.press('Space');
    await until('the switch', () => mine.page.$eval('.export .switch', (el) => el.getAttribute('aria-checked') === 'true' && el === document.activeElement));
    await mine.page.keyboard.press('Tab');
    await mine.page.keyboard.press('Enter');
    await into('server-push-with-secrets.h2trace');
    mine.sound();
    await mine.close();
  });

  await t.test('a phone has it in the palette, and so has everybody', async () => {
    const phone = await open(browser, url, { width: 390, height: 844, phone: true });
    await settled(phone.page);
    const into = await downloads(t, phone.page);
    for (const [, ending, words] of entries) {
      await palette(phone.page, words);
      await into(`server-push${ending}`);
    }
    await says(phone.page, /“server-push-server.script”, .* octets. Taken out: /);
    await screenshot(phone.page, 'export-phone');
    await palette(phone.page, 'the next file of the record');
    await says(phone.page, /The next file of the record will hold its secrets too/);
    await palette(phone.page, 'wireshark');
    await into('server-push-with-secrets.pcapng');
    phone.sound();
    await phone.close();
  });
  sound();
});

test('while a session goes on, of the second record, of a capture', { timeout: 240_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  const { page, sound } = await open(browser, url);
  await settled(page);
  const file = await downloads(t, page);

  await t.test('a session that goes on', async () => {
    await runProgram(page, `const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (stream) => { stream.respond({ ':status': 200 }); stream.end('x'.repeat(500)); });
server.listen(80, () => {
  const client = http2.connect('http://localhost');
  const ask = () => { const req = client.request({ ':path': '/${secrets.query}' }); req.resume(); req.on('end', ask); };
  ask();
});
`);
    await until('frames of a session that goes on', async () => await total(page) > 500 && page.$eval(at.run, (el) => /stop/i.test(el.textContent)), 30_000);
    await choose(page, 'Record (.h2trace)');
    const name = await file.path('server-push-changed.h2trace', 60_000);
    const lines = await framewise('inspect', '--json', name); // exits 1 for a line that is cut
    assert.ok(lines.split('\n').length > 500, `${lines.split('\n').length} frames`);
    await page.keyboard.press('Escape');
    if (await page.$eval(at.run, (el) => /stop/i.test(el.textContent))) await page.click(at.run);
    await settled(page);
  });

  await t.test('the second record', async () => {
    await runProgram(page, `const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (stream) => { stream.respond({ ':status': 204 }); stream.end(); });
server.listen(80, () => {
  const client = http2.connect('http://localhost');
  const req = client.request({ ':path': '/' });
  req.resume(); req.on('end', () => { client.close(); server.close(); });
});
`);
    await settled(page);
    const small = await total(page);
    await page.focus('#list');
    await page.keyboard.press('d');
    await until('the comparison', () => page.$('.pair-verdict .lead'), 60_000);
    await page.keyboard.press('o');
    await until('the other record', async () => { await page.click('#tab-sequence'); return await total(page) > small; }, 30_000);
    await choose(page, 'Capture (.pcapng)');
    const of = async (name) => { const { c2s, s2c } = await tshark(await file.path(name, 60_000)); return c2s.length + s2c.length; };
    assert.ok(await of('server-push-changed.pcapng') > 500, 'it is the larger one');
    await says(page, /“server-push-changed.pcapng”/);
    await rm(await file.path('server-push-changed.pcapng'));
    await page.focus('#list');
    await page.keyboard.press('o');
    await until('this record', async () => await total(page) === small, 30_000);
    await choose(page, 'Capture (.pcapng)');
    assert.equal(await of('server-push-changed.pcapng'), small - 1, 'without the preface');
    await rm(await file.path('server-push-changed.pcapng'));
  });

  await t.test('a capture that was opened', async () => {
    const given = path.join(root, 'core', 'convert', 'testdata', 'secrets.pcapng');
    await openFile(page, given);
    await quiet(page);
    await choose(page, 'Capture (.pcapng)');
    const name = await file.path('framewise-record.pcapng');
    const before = await framewise('inspect', '--json', given), after = await framewise('inspect', '--json', name);
    const kinds = (lines) => lines.split('\n').filter((l) => l.startsWith('{')).map((l) => JSON.parse(l)).filter((f) => f.kind === 'frame').map((f) => `${f.dir} ${f.type} ${f.stream} ${f.length}`).sort();
    assert.deepEqual(kinds(after), kinds(before));
    const { c2s, s2c } = await tshark(name);
    assert.equal(c2s.length + s2c.length, kinds(before).length);
  });
  sound();
});

/** The benchmark's record, by its seed. */
async function made(t, n) {
  const dir = await tempDir(t);
  const file = path.join(dir, `made-${n}.h2trace`);
  await run('go', ['build', '-o', path.join(dir, 'maketrace'), './e2e/bench/maketrace'], { cwd: root });
  const maker = spawn(path.join(dir, 'maketrace'), [String(n), '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const out = createWriteStream(file);
  maker.stdout.pipe(out);
  await Promise.all([once(maker, 'close'), once(out, 'close')]);
  return file;
}

test('a record of 100,000 frames shows how far it is, and can be cancelled', { timeout: 400_000 }, async (t) => {
  const given = await made(t, 100_000);
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url);
  await settled(page);
  const file = await downloads(t, page);
  await openFile(page, given, 120_000);
  await page.evaluate(() => {
    window.steps = [];
    new MutationObserver(() => {
      const el = document.querySelector('.making progress');
      if (el?.checkVisibility()) window.steps.push([Number(el.getAttribute('value')), el.parentElement.innerText]);
    }).observe(document.body, { subtree: true, attributes: true, childList: true, characterData: true });
  });
  const cancel = 'xpath/.//*[contains(@class, "making")]//button[normalize-space()="Cancel"]';

  await choose(page, 'Transcript (.txt)');
  await until('half of it', () => page.evaluate(() => window.steps.some(([n]) => n > 0)), 60_000);
  await screenshot(page, 'export-progress');
  await select(page, Number((await page.$eval(at.row, (el) => el.dataset.frame))));
  await (await page.waitForSelector(cancel, { visible: true })).click();
  await says(page, /“framewise-record.txt” was not made: you cancelled it/);
  assert.equal(await page.$eval('.making', (el) => el.checkVisibility()), false);
  assert.deepEqual(await file.names(), []);

  await page.evaluate(() => { window.steps = []; });
  await choose(page, 'Capture (.pcapng)');
  const capture = await file.path('framewise-record.pcapng', 180_000);
  await says(page, /“framewise-record.pcapng”, [\d.]+ MB. Taken out/);
  const steps = await page.evaluate(() => window.steps);
  const values = [...new Set(steps.map(([n]) => n))];
  assert.ok(values.length > 5, `only ${values.length} steps were shown`);
  assert.deepEqual(values, [...values].sort((a, b) => a - b), 'the progress goes back');
  assert.ok(steps.some(([, said]) => /Reading the record/.test(said)));
  const { c2s, s2c } = await tshark(capture);
  assert.deepEqual({ c2s, s2c }, await listed(given));
  await choose(page, 'Events (.qlog)');
  assert.ok(validQlog(await file('framewise-record.qlog', 240_000)).length > 100_000);
  sound();
});

test('when the program for files is missing, the page says so and goes on', { timeout: 120_000 }, async (t) => {
  const dir = await copyOfSite(t);
  for (const name of await readdir(dir)) if (/^share\.[0-9a-f]+\.wasm/.test(name)) await rm(path.join(dir, name));
  const { page } = await open(await launch(t), await staticServer(t, '/', dir));
  await settled(page);
  const file = await downloads(t, page);
  await choose(page, 'Exchanges (.har)');
  await says(page, /“server-push.har” was not made\. The file could not be made: what makes files of records could not be loaded: .* was answered with 404/);
  await select(page, 5);
  await choose(page, 'Frames as text');
  await file('server-push-sequence.txt');
});
