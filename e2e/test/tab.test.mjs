// Programs in the tab: each example runs, gives the record that it gives under
// Node.js octet by octet, every time, and leaves nothing behind in its Worker.
// RUNS is how often each example runs for the one, ROUNDS for the other.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open } from '../lib/browser.mjs';
import { serve, tempDir } from '../lib/proc.mjs';
import { examples, inTab, underNode } from '../lib/tab.mjs';

const runs = Number(process.env.RUNS ?? 2);
const total = Number(process.env.TAB_RUNS ?? 200);

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

test('programs in the tab', { timeout: 600_000 + total * 100 + runs * 20_000 }, async (t) => {
  const { url } = await serve(t);
  const all = await examples();
  const node = await underNode(t, await tempDir(t));
  const browser = await launch(t);
  const { page, sound } = await open(browser, url);
  const tab = await inTab(page);
  await tab.ready();

  await t.test('the first example is there soon after the engine', async () => {
    const { took, failed } = await tab.run(all[0]);
    assert.equal(failed, '');
    console.log(`first example run in the tab ${took.toFixed(0)} ms after h2.wasm was compiled: ${took <= 300 ? 'PASS' : 'over'} (at most 300 ms)`);
  });

  await t.test(`each of the ${all.length} examples gives one record in ${runs} runs, in Chromium and under Node.js`, async () => {
    for (const example of all) {
      const want = await node(example);
      for (let i = 0; i < runs; i++) {
        const { record, failed } = await tab.run(example);
        assert.equal(failed, '', example.name);
        assert.equal(record, want, `${example.name}, run ${i + 1} in Chromium`);
        if (i > 0) assert.equal(await node(example), want, `${example.name}, run ${i + 1} under Node.js`);
      }
    }
    console.log(`examples: ${all.length}, ${runs} runs each in Chromium and under Node.js, one record each`);
  });

  await t.test('another seed gives another record', async () => {
    const example = { text: "const http2 = require('http2'); http2.createServer().on('stream', (s) => { s.respond(); s.end(String(Math.random())); }).listen(80); http2.connect('http://localhost').request().resume();", around: {} };
    const [a, b, again] = [await tab.run(example, 1), await tab.run(example, 2), await tab.run(example, 1)];
    assert.equal(a.record, again.record);
    assert.notEqual(a.record, b.record);
  });

  await t.test('a run leaves nothing in the Worker', async () => {
    const heaps = [], memories = [];
    for (let i = 0; i < total; i++) {
      const { failed, memory } = await tab.run(all[i % all.length]);
      assert.equal(failed, '');
      if (i < 20 || i >= total - 20) {
        heaps.push(await tab.heap());
        memories.push(memory);
      }
    }
    const line = (name, list) => {
      const [first, last] = [median(list.slice(0, 20)), median(list.slice(-20))];
      console.log(`${name} over ${total} runs: first 20 ${(first / 1024).toFixed(0)} KiB, last 20 ${(last / 1024).toFixed(0)} KiB, ${(100 * (last / first - 1)).toFixed(1)} %`);
      assert.ok(last <= 1.1 * first, `${name} has grown: ${list}`);
    };
    line('JavaScript heap', heaps);
    line('WASM memory', memories);
  });
  sound();
});
