// The main paths in Firefox ESR: what a visitor does first must not depend on
// the browser. The details are tested in Chromium.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { launchFirefox, open, screenshot } from '../lib/browser.mjs';
import { at, chord, dial, fill, openFile, openTab, quiet, rows, runProgram, select, selectedFrame, settled, shown, tab, text } from '../lib/page.mjs';
import { nghttpd } from '../lib/peers.mjs';
import { root, serve, until } from '../lib/proc.mjs';

test('Firefox', { timeout: 240_000 }, async (t) => {
  const peer = await nghttpd(t);
  const { url } = await serve(t, ['--allow-private', '--allow', peer.target]);
  const { page, sound } = await open(await launchFirefox(t), url, { height: 1800 });

  await t.test('has run the example: the same frames as in every other place', async () => {
    await settled(page);
    await tab(page, 'frames');
    assert.equal((await rows(page)).map(({ label }) => `${label}\n`).join(''), await readFile(path.join(root, 'e2e', 'testdata', 'example-frames.txt'), 'utf8'));
    await screenshot(page, 'firefox-frames');
  });

  await t.test('shows every view and every tab', async () => {
    for (const id of await page.$$eval('[role=tablist] [role=tab]', (els) => els.map((el) => el.id))) {
      await openTab(page, id);
      await quiet(page);
      await screenshot(page, `firefox-${id}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${id}: the page is ${wide} px wider than the window`);
    }
    await openTab(page, 'side-code');
    await openTab(page, 'pane-frame');
    await tab(page, 'sequence');
  });

  await t.test('moves through time by keyboard and pointer', async () => {
    await select(page, 3);
    await page.focus(at.list);
    await page.keyboard.press('ArrowDown');
    await shown(page, 4);
    await page.keyboard.press('End');
    await until('the last frame', async () => await selectedFrame(page) === (await rows(page)).length);
    const map = await (await page.$(at.map)).boundingBox();
    await page.mouse.click(map.x + 2, map.y + map.height / 2);
    await until('the first frame', async () => await selectedFrame(page) === 1);
  });

  await t.test('filters', async () => {
    await fill(page, at.filter, 'type:PUSH_PROMISE');
    await until('one row', async () => (await rows(page)).length === 1);
    await fill(page, at.filter, 'type:NONSENSE');
    await page.keyboard.press('Escape');
    await until('the mistake to be named', async () => /Character \d+:/.test(await text(page, '.filter')));
    await page.focus(at.filter);
    await chord(page, 'Control', 'a');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Escape');
    await until('all rows', async () => (await rows(page)).length > 20);
  });

  await t.test('runs a changed program, and says where a broken one is wrong', async () => {
    await runProgram(page, 'const http2 = require(\'http2\');\nconst s = http2.createServer((q, r) => r.end(\'x\'));\ns.listen(80);\nconst c = http2.connect(\'http://localhost:80\');\nc.request({ \':path\': \'/changed\' }).on(\'end\', () => c.destroy()).resume();\n');
    await until('the request', async () => (await rows(page)).some(({ label }) => /GET \/changed/.test(label)));
    await runProgram(page, 'const x = 1;\nnothing.at(all);\n');
    await until('the mistake', async () => /Line 2, column \d+: ReferenceError/.test(await text(page, '.program')));
  });

  await t.test('dials a real server', async () => {
    assert.match(await dial(page, { target: peer.target }), /^Done/);
    await until('its answer', async () => (await rows(page)).some(({ label }) => /^s2c HEADERS .*\b200\b/.test(label)));
  });

  await t.test('opens a capture', async () => {
    const said = await openFile(page, path.join(root, 'core', 'convert', 'testdata', 'h2c.pcapng'));
    assert.match(said, /4 TCP connections, 3 of them HTTP\/2; not shown: 1 connection, HTTP\/1\.1/);
    await until('its frames', async () => (await rows(page)).some(({ label }) => /GET \/index\.html/.test(label)));
    await screenshot(page, 'firefox-capture');
  });
  sound();
});
