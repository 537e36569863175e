// Real servers through the relay: their frames on the page, and what goes wrong
// said in one line.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open } from '../lib/browser.mjs';
import { dial, pane, rows, select, settled, text } from '../lib/page.mjs';
import { certificate, garbage, nghttpd, onlyHTTP1, silent } from '../lib/peers.mjs';
import { freePort, serve } from '../lib/proc.mjs';

const body = 'hello from nghttpd\n';

/** Asserts that the page shows nghttpd's settings and its answer. */
async function answered(page) {
  await settled(page);
  const all = (await rows(page)).map(({ label }) => label);
  const has = (pattern) => assert.ok(all.some((label) => pattern.test(label)), `no frame fits ${pattern}:\n${all.join('\n')}`);
  const announced = /^s2c SETTINGS .*MAX_CONCURRENT_STREAMS=100/; // nghttpd's own
  has(announced);
  has(/^c2s HEADERS .*GET \/hello\.txt/);
  has(/^s2c HEADERS .*\b200\b/);
  has(new RegExp(`^s2c DATA .*\\b${body.length} B`));
  const settings = (await rows(page)).find(({ label }) => announced.test(label));
  await select(page, settings.frame);
  await pane(page, 'frame');
  const inspector = await text(page, '.inspector');
  assert.match(inspector, /MAX_CONCURRENT_STREAMS.*\b100\b/);
}

test('dialling real servers', { timeout: 240_000 }, async (t) => {
  const good = await certificate(t);
  const stranger = await certificate(t, 'a stranger');
  const plain = await nghttpd(t);
  const secure = await nghttpd(t, { secure: good });
  const unknown = await nghttpd(t, { secure: stranger });
  const old = await onlyHTTP1(t, good);
  const noise = await garbage(t);
  const mute = await silent(t);
  const refused = `127.0.0.1:${await freePort()}`;
  const allowed = [plain.target, secure.target, unknown.target, old, noise, mute, refused];
  const { url } = await serve(t, [
    '--ca', good.cert, '--allow-private', '--relay-dial-timeout', '2s', '--relay-idle-timeout', '2s', '--relay-dials', '100',
    ...allowed.flatMap((target) => ['--allow', target]),
  ]);
  const { page, problems } = await open(await launch(t), url, { height: 1800 });
  await settled(page);

  await t.test('nghttpd over cleartext', async () => {
    assert.match(await dial(page, { target: plain.target }), /^Done/);
    await answered(page);
  });

  await t.test('nghttpd over TLS', async () => {
    assert.match(await dial(page, { target: secure.target, tls: true }), /^Done/);
    await answered(page);
    assert.match(await text(page, '.frames'), /TLS 1\.3/);
  });

  const bad = [
    ['a refused port', { target: refused }, /refused/i, 0],
    ['a target that is not allowed', { target: '127.0.0.1:1' }, /allow/i, 0],
    ['a server without HTTP/2', { target: old, tls: true }, /http\/1\.1|h2|HTTP\/2/i, 0],
    ['a bad certificate', { target: unknown.target, tls: true }, /certificate/i, 0],
    ['a server that goes silent in TLS', { target: mute, tls: true }, /in time|silent/i, 0],
    ['a server that goes silent', { target: mute }, /silent|nothing/i, 3],
    ['a server that speaks garbage', { target: noise }, /PROTOCOL_ERROR|FRAME_SIZE_ERROR|no HTTP\/2|not HTTP\/2/i, 2],
  ];
  for (const [name, where, says, frames] of bad) {
    await t.test(`${name} gets one clear line`, async () => {
      const said = await dial(page, where);
      console.log(`${name}: ${said}`);
      assert.match(said, says);
      assert.ok(said.length < 200 && !/undefined|null|\[object|panic|goroutine/.test(said), `not a clear line: ${said}`);
      const left = await rows(page);
      assert.ok(left.length >= frames, `${left.length} frames stayed, at least ${frames} were sent`);
    });
  }

  await t.test('and afterwards the page still works', async () => {
    assert.match(await dial(page, { target: plain.target }), /^Done/);
    await answered(page);
  });
  assert.deepEqual(problems, [], 'something went wrong in the page');
});

test('what cannot be dialled is said before', { timeout: 60_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url);
  for (const [target, says] of [['nowhere:port', /port/i], ['a b:80', /host/i]]) {
    const said = await dial(page, { target });
    assert.match(said, says);
  }
  sound();
});
