// Every view, pane and dialog is examined by axe-core: in both themes, wide and
// on a phone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test from 'node:test';
import { launch, open } from '../lib/browser.mjs';
import { at, chord, openPort, openReal, openTab, quiet, rows, runProgram, settled, tab } from '../lib/page.mjs';
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

      await page.click('#share-open');
      await page.waitForSelector('#share-link');
      await until('the link', () => page.$eval('#share-link', (el) => el.textContent.length > 20));
      await look('the share dialog');
      await page.type('#share-note', 'What there is to see.');
      await page.click('.sharing-more summary');
      await page.click('#share-post');
      await until('the short address', () => page.$eval('#share-address', (el) => el.textContent.length > 20));
      await page.click('.sharing-raw .plain');
      await look('the share dialog, shared, with everything open');
      const shared = await page.$eval('#share-address', (el) => el.textContent);
      await page.keyboard.press('Escape');
      await page.waitForSelector('.sharing', { hidden: true });

      await page.focus(at.list);
      await page.keyboard.press('a');
      await page.waitForSelector('.again-line.same');
      await look('a session that was run again');
      await page.click('.again-line .plain');
      await page.waitForSelector('.again-line.same', { hidden: true });

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
      for (const form of ['dial', 'listen', 'tap']) {
        await openReal(page, form);
        await look(`the form ${form} of the real world`);
        if (form === 'dial') continue;
        await openPort(page);
        await look(`the form ${form}, with its commands`);
        await page.click(at.run); // Stop
      }
      await openReal(page, 'dial');
      if (!await page.$eval('.dial-tls input', (el) => el.checked)) await page.click('.dial-tls input');
      await page.click('#dial-end-tab');
      await (await page.waitForSelector('.dial-trust summary', { visible: true })).click();
      await page.waitForSelector('#dial-trusted', { visible: true });
      await look('the dial form, with TLS in the tab');

      await page.goto('about:blank'); // going from one fragment to another loads nothing
      await page.goto(shared, { waitUntil: 'load' });
      await until('the note', () => page.$eval('.remark', (el) => el.checkVisibility()).catch(() => false));
      await quiet(page);
      await look('a shared record');
      assert.deepEqual(wrong, [], wrong.join("\n"));
      sound();
    });
  }
}

// A session in which there is something to see: priorities, stalls, pushes, an
// error, fields that are evicted.
const busy = `
const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (stream) => { stream.respond({ ':status': 200, 'x-made-by': 'framewise', 'set-cookie': 'a=b' }); stream.end('x'.repeat(40000)); });
server.listen(80);
const client = http2.connect('http://localhost:80', { settings: { initialWindowSize: 20000, maxConcurrentStreams: 7 } });
let left = 12;
for (let i = 0; i < 12; i++) {
  const req = client.request({ ':path': '/a/long/path/' + i, ['x-token-' + i]: 'c0ffee'.repeat(i), priority: i % 3 ? 'u=' + (i % 8) + ', i' : 'u=5' }, i > 5 ? { weight: 20 * i, parent: i % 2 ? 1 : 3 } : {});
  req.on('data', () => {});
  req.on('end', () => { if (--left === 0) client.destroy(); });
}
`;

for (const [name, size, dark] of [['wide, light', sizes[0][1], false], ['phone, dark', sizes[1][1], true]]) {
  test(`axe-core finds nothing where there is something to see: ${name}`, { timeout: 300_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, { ...size, dark, reducedMotion: true });
    await settled(page);
    const narrow = Boolean(size.phone);
    const wrong = [];
    const look = async (what, behind = () => false) => {
      await quiet(page);
      for (const line of await violations(page)) if (!behind(line)) wrong.push(`${what}: ${line}`);
    };
    const side = async (id) => {
      if (narrow) await tab(page, 'code');
      await openTab(page, id);
    };

    if (narrow) await tab(page, 'code');
    await runProgram(page, busy);
    if (narrow) await tab(page, 'sequence');
    await until('the session', async () => (await rows(page)).some(({ label }) => /a\/long\/path/.test(label)));
    await settled(page);
    await page.focus(at.list);
    await page.keyboard.press('Home');
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
    for (const id of ['streams', 'flow', 'priority', 'hpack', 'connection']) {
      await tab(page, id);
      await look(id);
      if (await page.$$eval('.view-bar .seg button', (els) => {
        const table = els.find((el) => el.textContent.trim() === 'Table');
        table?.click();
        return Boolean(table);
      })) await look(`${id} as a table`);
    }

    await tab(page, 'hpack');
    await page.keyboard.press('h');
    await page.waitForSelector('#predict');
    await look('predicting');
    await page.keyboard.press('1');
    await look('a prediction');
    await page.keyboard.press('Escape');

    // A disturbed session beside the one before.
    await tab(page, 'sequence');
    await page.focus(at.list);
    await side('side-faults');
    await page.click('#do-drop');
    await look('a plan');
    await page.click('#faults-run');
    await until('the disturbed session', () => page.$eval('#banner', (el) => !el.classList.contains('gone')));
    await settled(page);
    await look('a disturbed session');
    await side('side-compose');
    await page.click('#compose-send');
    await until('the reaction', () => page.$('#compose-sent:not(.gone)'));
    await settled(page);
    await look('a frame that was sent');
    await side('side-code');
    await tab(page, 'compare');
    await (await page.waitForSelector('xpath/.//button[normalize-space()="The run before"]')).click();
    await until('both records', () => page.$('.pair-verdict .lead'));
    await look('two records');
    for (const part of ['Figures', 'Fingerprints']) {
      await (await page.waitForSelector(`xpath/.//button[normalize-space()="${part}"]`)).click();
      await look(part);
    }

    await tab(page, 'sequence');
    await page.focus(at.list);
    await page.keyboard.press('y');
    await page.waitForSelector('.copy-list:not(.gone)');
    await look('the choices of copying');
    await page.keyboard.press('Escape');
    if (!narrow) {
      await page.click('#export-open');
      await page.waitForSelector('.export .switch', { visible: true });
      await page.click('.export .switch');
      // The open menu lies over some of the page, which is not for the pointer then.
      await look('the choices of export', (line) => /^target-size: .*partially obscured/.test(line));
      assert.ok(await page.$eval('.export .switch', (el) => el.checkVisibility()), 'the menu was closed while it was looked at');
      await page.keyboard.press('Escape');
    }
    const exportFile = async () => {
      await chord(page, 'Control', 'k');
      await page.waitForSelector('#palette-in:focus');
      await page.keyboard.type('wireshark');
      await page.keyboard.press('Enter');
    };
    await exportFile();
    await until('the file', () => page.$eval('.notice', (el) => /Taken out/.test(el.textContent)));
    await look('a file that was made');
    await page.evaluate(() => { framewise.share.start = () => {}; });
    await exportFile();
    await page.waitForSelector('.making', { visible: true });
    await look('a file that is made');
    assert.deepEqual(wrong, [], wrong.join('\n'));
    sound();
  });
}

test('axe-core finds nothing: embedded', { timeout: 60_000 }, async (t) => {
  const { url } = await serve(t);
  const { page } = await open(await launch(t), `${url}?embed=1`, { width: 720, height: 420 });
  assert.deepEqual(await violations(page), []);
});
