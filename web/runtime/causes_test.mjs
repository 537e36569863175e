// Which line of a program caused which frame, also where the line ran long before.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { run } from './node.mjs';

test.after(() => setImmediate(() => process.exit()));

/** "DATA 12:3 write" of each frame that a side sent and a line caused, in order. */
async function causes(program, dir, options) {
  const { error, entries } = await run(program, options);
  assert.equal(error, null);
  return entries.filter((e) => e.k === 'cause' && e.dir === dir && e.call).map((e) => `${e.line}:${e.col} ${e.call}`);
}

const pair = `const http2 = require('http2'); const fs = require('fs');
const server = http2.createServer(); server.listen(80);
const client = http2.connect('http://localhost');
`;

test('pipe', async () => {
  const got = await causes(`${pair}fs.writeFileSync('/tmp/big', 'x'.repeat(40000));
server.on('stream', (s) => {
  s.respond();
  fs.createReadStream('/tmp/big')
    .pipe(s);
});
client.request().resume();`, 's2c');
  assert.equal(got[0], '6:5 respond');
  assert.ok(got.length >= 4, `${got}`);
  for (const g of got.slice(1)) assert.equal(g, '8:6 pipe');
});

test('writes that waited for a window', async () => {
  const got = await causes(`${pair}server.on('stream', (s) => {
  s.respond();
  s.write(Buffer.alloc(70000));
  s.write(Buffer.alloc(10));
  s.end(Buffer.alloc(20));
});
const req = client.request();
setTimeout(() => req.resume(), 100);`, 's2c');
  assert.equal(got[0], '5:5 respond');
  assert.equal(got.filter((g) => g === '6:5 write').length >= 5, true, `${got}`);
  // What was written last left in one frame: it is the first's of those that wrote it.
  assert.deepEqual([...new Set(got.slice(1))], ['6:5 write', '7:5 write']);
});

test('promises, async functions, timers, ticks', async () => {
  const got = await causes(`${pair}server.on('stream', async (s) => {
  s.respond();
  await new Promise((done) => setTimeout(done, 5));
  s.write('a');
  await null;
  process.nextTick(() => s.write('b'));
  setTimeout(s.end.bind(s), 50);
});
client.request().resume();`, 's2c');
  assert.deepEqual(got, ['5:5 respond', '7:5 write', '9:28 write', '10:3 setTimeout']);
});

test('the innermost call of the program counts, whoever called it', async () => {
  const got = await causes(`${pair}const reply = (s) => {
  s.respond();
  s.end('x');
};
server.on('stream', (s) => [s].forEach(reply));
for (const path of ['/a', '/b']) client.request({ ':path': path }).resume();`, 's2c');
  got.sort();
  assert.deepEqual(got, ['5:5 respond', '5:5 respond', '6:5 end', '6:5 end']);
  const asked = await causes(`${pair}server.on('stream', (s) => { s.respond(); s.end(); });
const all = ['/a', '/b'].map((path) => client.request({ ':path': path }));
all.forEach((r) => r.resume());`, 'c2s');
  assert.deepEqual(asked, ['5:47 request', '5:47 request']);
});

test('several statements of a line have their columns', async () => {
  const got = await causes(`${pair}server.on('stream', (s) => { s.respond(); s.write('a'); s.end('b'); });
client.request().resume();`, 's2c');
  assert.deepEqual(got, ['4:32 respond', '4:45 write', '4:59 end']);
});

test('frames of the protocol name their rule', async () => {
  const { entries } = await run(`${pair}server.on('stream', (s) => { s.respond(); s.end(Buffer.alloc(60000)); });
client.request().on('end', () => client.ping(Buffer.alloc(8), () => client.destroy())).resume();`);
  const rules = new Set(entries.filter((e) => e.k === 'cause' && e.rule).map((e) => e.rule));
  for (const rule of ['preface', 'settings-ack', 'ping-ack']) assert.ok(rules.has(rule), `${[...rules]}`);
  assert.ok([...rules].some((r) => /window|credit/.test(r)), `${[...rules]}`);
});

test('code around an example has no line, but says what was called', async () => {
  const { entries, error } = await run("server.listen(80);\n", { around: { before: "const server = require('http2').createServer();\n", after: "const c = require('http2').connect('http://localhost'); c.request();" } });
  assert.equal(error, null);
  const mine = entries.filter((e) => e.k === 'cause' && e.call);
  assert.deepEqual(mine.map((e) => [e.line ?? 0, e.call]), [[0, 'request']]);
});
