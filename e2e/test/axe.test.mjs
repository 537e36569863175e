// Every view, pane and dialog is examined by axe-core: in both themes, wide and
// on a phone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test from 'node:test';
import { launch, open } from '../lib/browser.mjs';
import { at, chord, openTab, quiet, settled, tab } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong, in a line each. */
async function violations(page) {
  // A world of its own: the page's policy lets no foreign script in.
  const session = await page.createCDPSession();
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(axe);
  const found = await run(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.target.join(' ') + ' – ' + (n.any[0] ?? n.all[0] ?? n.none[0])?.message + ' ' + n.html.slice(0, 160))))`);
  await session.detach();
  return [...new Set(found)];
}

const sizes = [['desktop', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844, phone: true }]];

for (const [name, size] of sizes) {
  for (const theme of ['light', 'dark']) {
    test(`axe-core finds nothing: ${name}, ${theme}`, { timeout: 240_000 }, async (t) => {
      const { url } = await serve(t);
      const { page, sound } = await open(await launch(t), url, { ...size, dark: theme === 'dark', reducedMotion: true, tour: true });
      await settled(page);
      const wrong = [];
      const look = async (what) => { for (const line of await violations(page)) wrong.push(`${what}: ${line}`); };

      await page.waitForSelector('.tour');
      await look('the tour');
      await page.click('.tour .plain');
      await page.waitForSelector('.tour', { hidden: true });
      for (const [kind, least] of [['Views', 8], ['Inspector', 4], ['Session', 3]]) {
        if (kind === 'Session' && name === 'phone') await tab(page, 'code');
        const ids = await page.$$eval(`[role=tablist][aria-label="${kind}"] [role=tab]`, (els) => els.map((el) => el.id));
        assert.ok(ids.length >= least, `${kind}: ${ids}`);
        for (const id of ids) {
          await openTab(page, id);
          await quiet(page);
          await look(`${kind} ${id}`);
        }
        if (kind === 'Views') await tab(page, 'sequence');
      }
      await openTab(page, 'side-code');
      await tab(page, 'sequence');

      await page.focus(at.list);
      await page.keyboard.press('b');
      await page.waitForSelector('.panel input:focus');
      await look('bookmarks and breakpoints');
      await page.focus('#break');
      await page.keyboard.type('wi');
      await page.waitForSelector('.panel .suggest:not(.gone) .option');
      await look('completion in the panel');
      await page.keyboard.press('Escape');
      await page.focus(at.list);
      await page.keyboard.press('/');
      await page.waitForSelector('#filter:focus');
      await page.keyboard.type('type:');
      await page.waitForSelector('.filter .suggest:not(.gone) .option');
      await page.keyboard.press('ArrowDown');
      await look('completion');
      await page.keyboard.type('bogus');
      await until('the problem', () => page.$('#filter-problem:not(.gone)'));
      await look('a filter that is wrong');
      await page.keyboard.press('Escape');
      await page.waitForSelector(`${at.list}:focus`);

      await page.keyboard.press('?');
      await page.waitForSelector('.sheet .terms:not(.gone)');
      await look('the sheet');
      await page.keyboard.press('Escape');
      await page.waitForSelector('.sheet', { hidden: true });
      await chord(page, 'Control', 'k');
      await page.waitForSelector('#palette-in:focus');
      await look('the palette');
      await page.keyboard.press('Escape');
      await page.waitForSelector('.palette', { hidden: true });
      await (await page.waitForSelector('xpath/.//button[normalize-space()="Dial a server"]')).click();
      await page.waitForSelector('#dial-address');
      await look('the dial form');
      assert.deepEqual(wrong, [], wrong.join("\n"));
      sound();
    });
  }
}

test('axe-core finds nothing: embedded', { timeout: 60_000 }, async (t) => {
  const { url } = await serve(t);
  const { page } = await open(await launch(t), `${url}?embed=1`, { width: 720, height: 420 });
  assert.deepEqual(await violations(page), []);
});
