// What the plan of a session does to it: the same program, seed and plan give
// the same record, and nothing that stands before a step is different for it.
// The environment is node.mjs's; wasm/h2's Go test sets it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { run } from './node.mjs';

test.after(() => setImmediate(() => process.exit())); // Go's program never ends by itself

const latency = 5e6;
const place = new URL('../examples/', import.meta.url);
const list = (folder) => JSON.parse(readFileSync(new URL(`${folder}list.json`, place))).map((e) => ({ ...e, text: readFileSync(new URL(folder + e.file, place), 'utf8') }));
const { default: around } = await import(new URL('around.js', place));
const examples = [...list('own/'), ...list('')];
const title = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The frames of a record in order of sending: {conn, dir, nth, at, octets}; those of text that is no HTTP/2 are left out. */
function frames(entries) {
  const ways = new Map(), all = [];
  for (const e of entries) {
    if (e.k !== 'chunk') continue;
    const key = `${e.conn} ${e.dir}`;
    let way = ways.get(key);
    if (way === undefined) ways.set(key, way = { held: Buffer.alloc(0), nth: 0, preface: e.dir === 'c2s' });
    way.held = Buffer.concat([way.held, Buffer.from(e.octets, 'base64')]);
    if (way.preface && way.held.length >= title.length) {
      assert.ok(way.held.subarray(0, title.length).equals(title), 'the preface');
      way.preface = false;
      way.held = way.held.subarray(title.length);
    }
    for (let n; !way.preface && way.held.length >= 9 && way.held.length >= (n = 9 + way.held.readUIntBE(0, 3)); way.held = way.held.subarray(n)) {
      all.push({ conn: e.conn, dir: e.dir, nth: way.nth++, at: e.at, octets: way.held.subarray(0, n).toString('hex'), type: way.held[3] });
    }
  }
  return all;
}

const faults = (entries) => entries.filter((e) => e.k === 'fault');
const goaway = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

/** A step of each kind, one after the other. */
const kinds = [
  { kind: 'corrupt', offset: 3, mask: 0x40 }, { kind: 'stall', for: 20e6 }, { kind: 'half-close' }, { kind: 'drop' }, { kind: 'cut' },
  { kind: 'inject', octets: goaway }, { kind: 'corrupt', offset: 8, mask: 0 }, { kind: 'stall', for: -1 },
];

assert.equal(examples.length, 38, 'the page has 38 examples');
const silent = new Set(['01-require.js', '26-connect.js', '27-packed-settings.js', '32-tcp-server.js']); // they send no frame
let turn = 0;
for (const e of examples) {
  test(`${e.file}: what stands before a step is as without it, and each run is the same`, async () => {
    const options = { seed: 1, around: around[e.file] ?? {} };
    const clean = await run(e.text, { ...options, network: { latency } });
    const before = frames(clean.entries);
    assert.equal(before.length === 0, silent.has(e.file), `${before.length} frames`);
    const ks = before.length === 0 ? [] : new Set([0, 1, 2].map((i) => Math.floor(i * (before.length - 1) / 2)).concat((turn * 7) % before.length));
    for (const k of ks) {
      const step = { ...kinds[turn++ % kinds.length], conn: before[k].conn, dir: before[k].dir, frame: before[k].nth };
      const name = `${step.kind} at frame ${k} of ${before.length}`;
      const options2 = { ...options, network: { latency, steps: [step] } };
      const one = await run(e.text, options2), two = await run(e.text, options2);
      assert.ok(one.octets.equals(two.octets), `${name}: two runs differ`);
      const acted = faults(one.entries);
      if (acted.length === 0 && step.offset > 0) { // the frame has no such octet
        assert.ok(one.entries.some((x) => x.k === 'note' && x.text.startsWith('step 1 of the plan')), name);
        continue;
      }
      assert.equal(acted.length, 1, `${name}: ${JSON.stringify(acted)}`);
      assert.equal(acted[0].kind, step.kind, name);
      const after = frames(one.entries);
      assert.deepEqual(after.slice(0, k), before.slice(0, k), name);
      if (step.kind === 'inject') {
        const injected = after.findIndex((f) => f.octets === goaway.toString('hex') && f.dir === step.dir && f.nth === step.frame + 1);
        assert.ok(injected > k, `${name}: it is not behind the frame`);
      }
    }
  });
}

/** Which frames of a record an end has received when it sends, by time: those of the other direction that arrived before. */
function arrivals(entries) {
  const ends = new Map(), ways = new Map();
  for (const e of entries) {
    if (e.k !== 'chunk') continue;
    const key = `${e.conn} ${e.dir}`;
    const way = ways.get(key) ?? { octets: 0, ends: [] };
    ways.set(key, way);
    way.octets += Buffer.from(e.octets, 'base64').length;
    way.ends.push([way.octets, e.rx ?? e.at]);
  }
  for (const [key, way] of ways) {
    let off = key.endsWith('c2s') ? title.length : 0;
    const [conn, dir] = key.split(' ');
    ends.set(key, frames(entries).filter((f) => f.conn === Number(conn) && f.dir === dir).map((f) => {
      off += f.octets.length / 2;
      return way.ends.find(([to]) => to >= off)[1];
    }));
  }
  return ends;
}

const other = { c2s: 's2c', s2c: 'c2s' };
for (const e of examples.filter((x) => !silent.has(x.file))) {
  test(`${e.file}: either end sends a frame when it has received one`, async () => {
    const options = { seed: 1, around: around[e.file] ?? {} };
    const clean = await run(e.text, { ...options, network: { latency } });
    const all = frames(clean.entries), came = arrivals(clean.entries);
    for (const dir of ['c2s', 's2c']) {
      const anchors = all.filter((f) => f.dir !== dir);
      for (const i of new Set([0, 1, 2, 3].map((n) => Math.floor(n * (anchors.length - 1) / 3)))) {
        const anchor = anchors[i];
        if (anchor === undefined) continue;
        const at = came.get(`${anchor.conn} ${anchor.dir}`)[anchor.nth];
        const step = { kind: 'inject', conn: anchor.conn, dir, frame: anchor.nth, heard: true, octets: goaway };
        const name = `${dir}, when frame ${anchor.nth} of ${other[dir]} has come at ${at}`;
        const options2 = { ...options, network: { latency, steps: [step] } };
        const one = await run(e.text, options2), two = await run(e.text, options2);
        assert.ok(one.octets.equals(two.octets), `${name}: two runs differ`);
        const acted = faults(one.entries)[0];
        if (acted === undefined) {
          const note = one.entries.find((x) => x.k === 'note')?.text ?? '';
          assert.match(note, /was never received whole|sent nothing any more when it had received/, name);
          const over = clean.entries.filter((x) => x.k === 'close' && x.conn === anchor.conn).map((x) => x.at);
          assert.ok(at < 0 || over.some((t) => t <= at), `${name}: ${note}, though the connection ends at ${over}`);
          continue;
        }
        assert.equal(acted.at, at, name);
        assert.equal(acted.dir, dir, name);
        assert.equal(acted.length, goaway.length, name);
        assert.match(acted.text, /which has received frame \d+ of the (client|server)$/, name);
        // All that was sent before that instant, by either end, is as without it.
        const after = frames(one.entries), before = all.filter((f) => f.at < at);
        assert.deepEqual(after.slice(0, before.length), before, name);
        // ... and the frame is the first that its end sends then, or follows what it had sent at that instant already.
        const mine = all.filter((f) => f.at < at && f.conn === anchor.conn && f.dir === dir).length;
        const there = after.find((f) => f.conn === anchor.conn && f.dir === dir && f.octets === goaway.toString('hex') && f.at === at);
        assert.ok(there !== undefined && there.nth >= mine, name);
        const between = after.filter((f) => f.conn === anchor.conn && f.dir === dir && f.nth >= mine && f.nth < there.nth);
        assert.ok(between.every((f) => f.at === at && all.some((x) => x.at === at && x.dir === dir && x.octets === f.octets)), name);
      }
    }
  });
}

test('on a bad network, with TLS and without, a frame leaves when another has come', async () => {
  for (const file of ['own/hello.js', '23-secure-server-stream.js']) {
    const e = examples.find((x) => x.file === file || `own/${x.file}` === file) ?? assert.fail(file);
    const options = { seed: 1, around: around[e.file] ?? {} };
    for (const bad of [{ jitter: 2e6 }, { chunk: 3 }, { bandwidth: 100e3 }, { jitter: 1e6, chunk: 7, bandwidth: 50e3 }]) {
      const clean = await run(e.text, { ...options, network: { latency, ...bad } });
      const all = frames(clean.entries), came = arrivals(clean.entries);
      for (const dir of ['c2s', 's2c']) {
        const anchor = all.filter((f) => f.dir !== dir)[2];
        const at = came.get(`${anchor.conn} ${anchor.dir}`)[anchor.nth];
        const { entries } = await run(e.text, { ...options, network: { latency, ...bad, steps: [{ kind: 'inject', conn: anchor.conn, dir, frame: anchor.nth, heard: true, octets: goaway }] } });
        const name = `${file}, ${JSON.stringify(bad)}, ${dir}`;
        assert.equal(faults(entries)[0]?.at, at, name);
        const before = all.filter((f) => f.at < at);
        assert.deepEqual(frames(entries).slice(0, before.length), before, name);
        assert.ok(frames(entries).some((f) => f.dir === dir && f.at === at && f.octets === goaway.toString('hex')), name);
      }
    }
  }
});

const pair = `const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (s) => { s.respond({ ':status': 200 }); s.end('hello'); });
server.on('sessionError', (e) => console.log('server', e.code ?? e.message));
server.listen(80);
const client = http2.connect('http://localhost');
client.on('error', (e) => console.log('client', e.code ?? e.message));
const req = client.request();
req.setEncoding('utf8');
req.on('error', (e) => console.log('request', e.code ?? e.message));
req.on('data', (d) => console.log(d));
req.on('end', () => client.destroy());
`;

test('the header of the record holds the program, the seed and the plan', async () => {
  const network = { latency, jitter: 1e6, bandwidth: 187500, chunk: 3, steps: [
    { kind: 'corrupt', conn: 1, dir: 's2c', frame: 3, offset: 2, mask: 1 }, { kind: 'stall', conn: 9, dir: 'c2s', frame: -1, for: -1 },
    { kind: 'inject', conn: 1, dir: 'c2s', frame: 40, octets: goaway }, { kind: 'inject', conn: 1, dir: 's2c', frame: -1, heard: true, octets: goaway }] };
  const { entries } = await run(pair, { seed: 7, network });
  assert.equal(entries[0].program, pair);
  assert.equal(entries[0].seed, 7);
  assert.deepEqual(entries[0].network, { latency, jitter: 1e6, bandwidth: 187500, chunk: 3, steps: [
    { kind: 'corrupt', conn: 1, dir: 's2c', frame: 3, offset: 2, mask: 1 }, { kind: 'stall', conn: 9, dir: 'c2s', frame: -1, for: -1 },
    { kind: 'inject', conn: 1, dir: 'c2s', frame: 40, octets: goaway.toString('base64') },
    { kind: 'inject', conn: 1, dir: 's2c', frame: -1, heard: true, octets: goaway.toString('base64') }] });
  // ... so that it can be made again from it
  const { network: n, seed, program } = entries[0];
  const again = await run(program, { seed, network: { ...n, steps: n.steps.map((s) => ({ ...s, octets: Buffer.from(s.octets ?? '', 'base64') })) } });
  assert.deepEqual(again.entries, entries);
});

test('steps that never act say why', async () => {
  const { entries } = await run(pair, { network: { latency, steps: [
    { kind: 'cut', conn: 3, dir: 'c2s', frame: 0 }, { kind: 'inject', conn: 1, dir: 'c2s', frame: 40, octets: goaway },
    { kind: 'corrupt', conn: 1, dir: 's2c', frame: 0, offset: 900 }, { kind: 'stall', conn: 1, dir: 's2c', frame: 1, for: 1e6 }] } });
  const notes = entries.filter((e) => e.k === 'note').map((e) => e.text);
  assert.equal(notes.length, 3, notes.join('\n'));
  assert.match(notes[0], /^step 1 of the plan \(cut\) did nothing: connection 3 does not exist$/);
  assert.match(notes[1], /^step 2 of the plan \(inject\) did nothing: the client never sent its frame 41, it sent \d+$/);
  assert.match(notes[2], /^step 3 of the plan \(corrupt\) did nothing: frame 1 of the server has no octet 900$/);
});

test('a program that fails still says it', async () => {
  const { entries, error } = await run(`${pair}\nthrow new Error('no');`, { network: { latency, steps: [{ kind: 'cut', conn: 2, dir: 'c2s', frame: 0 }] } });
  assert.match(error.message, /no/);
  assert.equal(entries.filter((e) => e.k === 'note').length, 1);
});

test('octets in the name of an end: the other one answers with the error that they make', async () => {
  const at = (dir, octets, frame = 0) => run(pair, { network: { latency, steps: [{ kind: 'inject', conn: 1, dir, frame, octets: Buffer.from(octets) }] } });
  const codes = ({ entries }, dir) => frames(entries).filter((f) => f.type === 7 && f.dir === dir).map((f) => parseInt(f.octets.slice(26, 34), 16));
  // WINDOW_UPDATE of 0 on the connection: PROTOCOL_ERROR (RFC 9113, section 6.9)
  const zero = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  assert.ok(codes(await at('c2s', zero), 's2c').includes(1));
  assert.ok(codes(await at('s2c', zero), 'c2s').includes(1));
  // PING of seven octets: FRAME_SIZE_ERROR (section 6.7)
  assert.ok(codes(await at('c2s', [0, 0, 7, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]), 's2c').includes(6));
  // two windows' worth of credit: FLOW_CONTROL_ERROR (section 6.9.1)
  assert.ok(codes(await at('s2c', [0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]), 'c2s').includes(3));
});

test('with TLS, steps act on what the record shows', async () => {
  const file = '23-secure-server-stream.js';
  const e = examples.find((x) => x.file === file) ?? assert.fail(file);
  const options = { seed: 1, around: around[e.file] ?? {} };
  const clean = frames((await run(e.text, { ...options, network: { latency } })).entries);
  const k = clean.findIndex((f) => f.dir === 's2c' && f.type === 1);
  assert.ok(k > 0, 'the server answers');
  for (const kind of ['corrupt', 'drop', 'inject', 'stall', 'cut', 'half-close']) {
    const step = { kind, conn: clean[k].conn, dir: 's2c', frame: clean[k].nth, offset: 0, mask: 1, for: 1e6, octets: goaway };
    const { entries } = await run(e.text, { ...options, network: { latency, steps: [step] } });
    assert.equal(entries.find((x) => x.k === 'conn').tls?.alpn, 'h2');
    assert.equal(faults(entries)[0]?.kind, kind);
    const after = frames(entries);
    assert.deepEqual(after.slice(0, k), clean.slice(0, k), kind);
    const bad = entries.filter((x) => x.k === 'chunk' && (x.received !== undefined || x.rx === -1)).length;
    if (kind === 'corrupt' || kind === 'drop') assert.equal(bad, 1, kind);
  }
});

test('a step of a kind that does not exist', async () => {
  const { error } = await run(pair, { network: { steps: [{ kind: 'explode', conn: 1, dir: 'c2s', frame: 0 }] } });
  assert.match(error.message, /no step of the kind "explode"/);
  const waits = await run(pair, { network: { steps: [{ kind: 'drop', conn: 1, dir: 'c2s', frame: 0, heard: true }] } });
  assert.match(waits.error.message, /kind drop can’t wait for a frame of the other direction/);
});
