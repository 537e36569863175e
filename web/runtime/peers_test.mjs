// The peers that misbehave (web/examples/peers) run to an end that shows their
// point, the same each time: which frames the honest end answers with, and that
// no session but the attacked one is harmed. The environment is node.mjs's.
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { run } from './node.mjs';

test.after(() => setImmediate(() => process.exit())); // Go's program never ends by itself

const folder = new URL('../examples/peers/', import.meta.url);
const list = JSON.parse(readFileSync(new URL('list.json', folder)));
const TYPES = ['DATA', 'HEADERS', 'PRIORITY', 'RST_STREAM', 'SETTINGS', 'PUSH_PROMISE', 'PING', 'GOAWAY', 'WINDOW_UPDATE', 'CONTINUATION'];
const CODES = ['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'REFUSED_STREAM',
  'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM'];

/** The frames of a direction: [type, stream, code of RST_STREAM and GOAWAY, debug data]. */
function frames(entries, dir) {
  let b = Buffer.concat(entries.filter((e) => e.k === 'chunk' && e.dir === dir).map((e) => Buffer.from(e.octets, 'base64')));
  if (dir === 'c2s') b = b.subarray(24);
  const out = [];
  while (b.length >= 9) {
    const end = 9 + b.readUIntBE(0, 3), type = TYPES[b[3]], payload = b.subarray(9, end);
    out.push({ type, flags: b[4], stream: b.readUInt32BE(5), length: end - 9,
      code: type === 'RST_STREAM' ? CODES[payload.readUInt32BE(0)] : type === 'GOAWAY' ? CODES[payload.readUInt32BE(4)] : '',
      debug: type === 'GOAWAY' ? payload.subarray(8).toString() : '' });
    b = b.subarray(end);
  }
  return out;
}

const goAway = (code, limit, why) => ({ goAway: code, limit, why });
/** What the honest end does: GOAWAY with a code and, in its debug data, the limit and the attack; or resets, and lives. */
const outcomes = {
  'peer-rapid-reset': goAway('ENHANCE_YOUR_CALM', 'Resets: 1000', 'CVE-2023-44487'),
  'peer-made-you-reset': { ...goAway('ENHANCE_YOUR_CALM', 'Resets: 1000', 'CVE-2025-8671'), resets: { PROTOCOL_ERROR: 1001 } },
  'peer-continuation-flood': goAway('ENHANCE_YOUR_CALM', 'MaxContinuations: 8', 'CVE-2024-27316'),
  'peer-empty-continuations': goAway('ENHANCE_YOUR_CALM', 'EmptyContinuations: 0', 'CVE-2024-27316'),
  'peer-hpack-bomb': { resets: { ENHANCE_YOUR_CALM: 1 }, answered: 'PING' },
  'peer-many-fields': { resets: { ENHANCE_YOUR_CALM: 1 } },
  'peer-ping-flood': goAway('ENHANCE_YOUR_CALM', 'UnsentAcks: 1000', 'CVE-2019-9512'),
  'peer-settings-flood': goAway('ENHANCE_YOUR_CALM', 'MaxSettings: 32', 'CVE-2020-11080'),
  'peer-settings-flips': goAway('ENHANCE_YOUR_CALM', 'SettingFlips: 50', 'CVE-2019-9515'),
  'peer-empty-data': goAway('ENHANCE_YOUR_CALM', 'EmptyData: 100', 'CVE-2019-9518'),
  'peer-dribbler': goAway('ENHANCE_YOUR_CALM', 'TinyData: 25600', 'CVE-2019-9518'),
  'peer-window-overflow': goAway('FLOW_CONTROL_ERROR', '2147483647', 'WINDOW_UPDATE'),
  'peer-window-drip': goAway('ENHANCE_YOUR_CALM', 'WindowUpdates: 7', 'CVE-2019-9511'),
  'peer-bad-padding': goAway('PROTOCOL_ERROR', '200 octets of padding', 'DATA'),
  'peer-hpack-error': goAway('COMPRESSION_ERROR', 'index 200', 'table'),
  'peer-lying-length': goAway('FRAME_SIZE_ERROR', '16777215', 'MAX_FRAME_SIZE is 16384'),
  'peer-too-many-streams': { resets: { REFUSED_STREAM: 5 }, answered: 'HEADERS' },
  'peer-smuggling': { resets: { PROTOCOL_ERROR: 4 } },
  'peer-zero-window': { answered: 'DATA' },
  'peer-slow-reader': { answered: 'DATA' },
  'peer-late-settings-ack': {},
  'peer-no-settings-ack': goAway('SETTINGS_TIMEOUT', 'in time', 'SETTINGS'),
  'peer-unwanted-push': { ...goAway('PROTOCOL_ERROR', 'ENABLE_PUSH is 0', 'PUSH_PROMISE'), honest: 'c2s' },
  'peer-data-after-end': { ...goAway('STREAM_CLOSED', 'DATA on stream 1', 'closed'), honest: 'c2s' },
};

test('every peer of the menu has its outcome here', () => {
  assert.deepEqual(list.map((x) => x.name).sort(), Object.keys(outcomes).sort());
  assert.ok(list.length >= 14);
});

const network = { latency: 5e6 };
for (const { name, file, title } of list) {
  test(`${title}: ${file}`, async () => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const first = await run(text, { network });
    assert.equal(first.error, null);
    const want = outcomes[name];
    const honest = frames(first.entries, want.honest ?? 's2c');
    const gone = honest.filter((f) => f.type === 'GOAWAY' && f.code !== 'NO_ERROR');
    assert.deepEqual(gone.map((f) => f.code), want.goAway ? [want.goAway] : []);
    if (want.goAway) {
      assert.ok(gone[0].debug.includes(want.limit) && gone[0].debug.includes(want.why), gone[0].debug);
      assert.equal(honest.at(-1).type, 'GOAWAY', 'nothing comes after it');
    }
    const resets = {};
    for (const f of honest) if (f.type === 'RST_STREAM' && f.code !== 'NO_ERROR') resets[f.code] = (resets[f.code] ?? 0) + 1;
    assert.deepEqual(resets, want.resets ?? {});
    if (want.answered) assert.ok(honest.some((f) => f.type === want.answered));
    assert.ok(/^\/\//.test(text) && /RFC 9113|CVE-/.test(text), 'it says what it shows');
    assert.ok(text.split('\n').every((l) => l.length <= 110) && text.split('\n').length <= 55, 'it can be read');
    const second = await run(text, { network });
    assert.ok(first.octets.equals(second.octets), 'the record is the same each time');
  });
}

test('streams beyond the limit are refused also before SETTINGS were acknowledged', async () => {
  const text = readFileSync(new URL('too-many-streams.js', folder), 'utf8');
  const early = text.replace('peer.write(Buffer.concat([preface, frame.settings()]))', 'peer.write(Buffer.concat([preface, frame.settings(), ...all]))')
    .replace('frame.settingsAck(), ...all', 'frame.settingsAck()');
  assert.notEqual(early, text);
  const sent = frames((await run(early, { network })).entries, 's2c');
  assert.equal(sent.filter((f) => f.type === 'RST_STREAM' && f.code === 'REFUSED_STREAM').length, 5);
  assert.equal(sent.filter((f) => f.type === 'HEADERS').length, 10);
});

test('a slow reader is served octet by octet, and a window of zero holds the body back', async () => {
  const data = async (name) => frames((await run(readFileSync(new URL(`${name}.js`, folder), 'utf8'), { network })).entries, 's2c').filter((f) => f.type === 'DATA');
  assert.deepEqual((await data('slow-reader')).filter((f) => f.length > 0).map((f) => f.length), [1, 1, 1, 1, 1]);
  assert.deepEqual((await data('zero-window')).filter((f) => f.length > 0).map((f) => f.length), [5]);
});

test('framewise refuses what it can’t make, by name', async () => {
  for (const [call, said] of [
    ["frame.raw({ type: 'FISH' })", /no type of frame 'FISH'; there are DATA, HEADERS/],
    ["frame.rstStream(1, 'FISH')", /no error code 'FISH'/],
    ["frame.headers(1, 'text')", /"fields" argument must be an Array/],
    ['frame.data(-1)', /"stream" is out of range/],
    ["frame.data(1, '', { length: 2 ** 24 })", /"length" is out of range/],
    ["field.literal('a', 'b', 'always')", /no representation 'always'/],
    ["frame.settings({ fish: 1 })", /no setting 'fish'/],
  ]) {
    const { error } = await run(`const { frame, field } = require('framewise');\n${call};`);
    assert.match(String(error?.message), said, call);
  }
});
