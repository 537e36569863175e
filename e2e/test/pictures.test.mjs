// Pictures of the page, to be looked at beside the design. They are checked
// only for what a program can see: nothing overflows, both themes differ.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { openTab, quiet, rows, select, settled } from '../lib/page.mjs';
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
        const tabs = await page.$$eval('[role=tablist] [role=tab]', (els) => els.map((el) => el.id));
        assert.ok(tabs.length >= 15, `the tabs are ${tabs}`);
        const sides = tabs.filter((id) => id.startsWith('side-'));
        for (const id of tabs.filter((id) => !sides.includes(id)).concat(name === 'phone' ? ['tab-code'] : [], sides)) {
          await openTab(page, id);
          await quiet(page);
          await page.mouse.move(1, 1);
          await screenshot(page, `${name}-${theme}-${id}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.ok(over <= 0, `${id}: the page is ${over} px wider than the screen`);
        }
        sound();
        await close();
      });
    }
    assert.notEqual(grounds[0], grounds[1], 'light and dark have one background');
  }
});
