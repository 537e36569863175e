// Pictures of the page, to be looked at beside the design. They are checked
// only for what a program can see: nothing overflows, both themes differ.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { rows, select, settled, tab } from '../lib/page.mjs';
import { root, serve } from '../lib/proc.mjs';

const sizes = [
  ['desktop', { width: 1440, height: 900 }],
  ['phone', { width: 390, height: 844, phone: true }],
];

test('pictures', { timeout: 180_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  for (const [name, size] of sizes) {
    const grounds = [];
    for (const theme of ['light', 'dark']) {
      await t.test(`${name}, ${theme}`, async () => {
        const { page, sound, close } = await open(browser, url, { ...size, dark: theme === 'dark' });
        await settled(page);
        const push = (await rows(page)).find(({ label }) => /PUSH_PROMISE/.test(label));
        assert.ok(push, 'the example has no PUSH_PROMISE');
        await select(page, push.frame);
        await page.mouse.move(1, 1);
        await screenshot(page, `${name}-${theme}`);
        if (process.env.UPDATE_SCREENSHOT && name === 'desktop' && theme === 'light') {
          await screenshot(page, '', path.join(root, 'docs', 'playground.png'));
        }
        const [wide, ground] = await page.evaluate(() => [
          document.documentElement.scrollWidth - document.documentElement.clientWidth, getComputedStyle(document.body).backgroundColor]);
        assert.ok(wide <= 0, `the page is ${wide} px wider than the screen`);
        grounds.push(ground);
        for (const [kind, id] of name === 'desktop' ? [['view', 'frames'], ['pane', 'hpack'], ['pane', 'stream'], ['pane', 'connection']] : []) {
          await tab(page, id);
          await page.mouse.move(1, 1);
          await screenshot(page, `${name}-${theme}-${kind}-${id}`);
        }
        sound();
        await close();
      });
    }
    assert.notEqual(grounds[0], grounds[1], 'light and dark have one background');
  }
});
