// The list of frames and the inspector: runs, sorting, copying, flags and bits,
// what is wrong with a record. By pointer and by keyboard, wide and on a phone.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, openFile, rows, selectedFrame, settled, shown, tab, text, total } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';


const widths = [{ name: 'wide', width: 1440, height: 900 }, { name: 'phone', width: 390, height: 844, phone: true }];

/** A record with a run of 40 DATA frames, numbers 6 to 45, and one frame behind it. */
function withRun() {
  const frame = (type, flags, stream, payload = '') => {
    const body = Buffer.from(payload, 'hex');
    const head = Buffer.alloc(9);
    head.writeUIntBE(body.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, body]);
  };
  const lines = [{ k: 'h2trace', version: 1, title: 'A run' }, { k: 'conn', id: 1, client: 'client', server: 'server', vantage: 'both' }];
  let now = 0;
  const put = (dir, octets) => {
    lines.push({ k: 'chunk', conn: 1, dir, at: now, rx: now + 5e6, octets: octets.toString('base64') });
    now += 1e7;
  };
  put('c2s', Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]));
  put('s2c', frame(4, 0, 0));
  put('c2s', frame(1, 5, 1, '828684418cf1e3c2e5f23a6ba0ab90f4ff'));
  put('s2c', frame(1, 4, 1, '88'));
  put('s2c', Buffer.concat(Array.from({ length: 40 }, (_, i) => frame(0, i === 39 ? 1 : 0, 1, 'ab'.repeat(10 + i)))));
  put('c2s', frame(6, 0, 0, '0102030405060708'));
  return lines.map((line) => JSON.stringify(line)).join('\n') + '\n';
}

const labels = async (page) => (await rows(page)).map((row) => row.label.replace(/▸|▾/, ''));
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };
const selected = (page, frame) => until(`frame ${frame} to be selected`, async () => await selectedFrame(page) === frame, 10_000, () => 'another one is');

test('lists and the inspector', { timeout: 240_000 }, async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'framewise-lists-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'run.h2trace');
  await writeFile(file, withRun());
  const { url } = await serve(t);
  const browser = await launch(t);

  for (const size of widths) {
    await t.test(`runs open and close, ${size.name}`, async () => {
      const { page, sound, close } = await open(browser, url, size);
      await settled(page);
      await openFile(page, file);
      await until('the run in one row', async () => await total(page) === 7, 10_000);
      assert.deepEqual((await labels(page)).slice(3), ['c2s HEADERS 1 · GET / · END_STREAM', 's2c HEADERS 1 · 200', 's2c × 40 DATA 1180 B', 'c2s PING 0 · 0102030405060708']);
      await page.focus(at.list);
      await press(page, 'Home', 'j', 'j', 'j', 'j', 'j');
      await selected(page, 6);
      await press(page, 'j'); // past the run
      await selected(page, 46);
      await press(page, 'k', 'Enter'); // into it
      await until('the run to open', async () => await total(page) === 47);
      await press(page, 'j');
      await selected(page, 7);
      assert.match(await page.$eval('#list .run', (el) => el.getAttribute('aria-label')), /× 40 DATA 1180 B.*an open run: its frames follow/);
      await screenshot(page, `lists-run-${size.name}`);
      await page.$eval('#list .run .fold', (el) => el.click()); // by the pointer
      await until('the run to close', async () => await total(page) === 7);
      assert.equal(await selectedFrame(page), 6, 'the row of the run stands for frame 7');
      assert.match(await page.evaluate(() => document.querySelector('.inspector [role="tab"]').textContent), /Frame 7/);
      await press(page, 'r');
      await until('every frame in a row', async () => await total(page) === 46);
      await until('the address to say so', () => page.evaluate(() => location.hash.includes('runs=open')));
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width, 'the page scrolls sideways');
      const chips = await page.$$eval('.chips .chip', (els) => new Set(els.filter((el) => el.offsetParent).map((el) => el.offsetTop)).size);
      assert.equal(chips, 1, 'the chips take more than one row');
      sound();
      await close();
    });

    await t.test(`columns sort, ${size.name}`, async () => {
      const { page, sound, close } = await open(browser, url, size);
      await settled(page);
      await openFile(page, file);
      await tab(page, 'frames');
      await until('the table', async () => await total(page) === 46);
      const head = (name) => page.evaluateHandle((n) => [...document.querySelectorAll('.sort')].find((el) => el.textContent === n), name);
      const order = (name) => page.evaluate((n) => [...document.querySelectorAll('.sort')].find((el) => el.textContent === n).closest('[role="columnheader"]').getAttribute('aria-sort'), name);
      assert.equal(await order('time'), 'ascending');
      const length = await head('length');
      await length.focus();
      await press(page, 'Enter');
      await until('ascending', async () => await order('length') === 'ascending');
      await press(page, 'Enter');
      await until('descending', async () => await order('length') === 'descending');
      await page.focus(at.list);
      await until('the longest frame to come first', async () => {
        await press(page, 'Home');
        return await selectedFrame(page) === 45;
      });
      await press(page, 'j');
      await selected(page, 44); // a step follows the list
      await until('the address', () => page.evaluate(() => location.hash.includes('sort=-length')));
      await screenshot(page, `lists-sorted-${size.name}`);
      await length.evaluate((el) => el.click());
      await until('the order of time', async () => await order('time') === 'ascending');
      await until('the row of the same frame', async () => await selectedFrame(page) === 44);
      await press(page, 'j');
      await selected(page, 45);
      sound();
      await close();
    });
  }

  await t.test('the inspector copies a frame, shows its flags and its bits', async () => {
    const { page, sound, close } = await open(browser, url);
    await settled(page);
    await browser.defaultBrowserContext().overridePermissions(new URL(url).origin, ['clipboard-read', 'clipboard-write']).catch(() => {});
    await page.evaluate(() => {
      globalThis.copied = [];
      navigator.clipboard.writeText = (said) => { globalThis.copied.push(said); return Promise.resolve(); };
    });
    await openFile(page, file);
    await page.focus(at.list);
    await press(page, 'Home', 'j', 'j', 'j');
    await shown(page, 4);
    for (const [key, want] of [['h', /^00 00 11 01 05 00 00 00 01 82 86 84 41 8c f1 e3\nc2 /], ['g', /^\[\]byte\{\n\t0x00, 0x00, 0x11/], ['j', /^new Uint8Array\(\[\n/], ['s', /^peer HEADERS stream=1 END_STREAM block=828684418cf1e3c2e5f23a6ba0ab90f4ff$/]]) {
      await press(page, 'y', key);
      await until(`the copy by ${key}`, () => page.evaluate(() => globalThis.copied.length > 0));
      assert.match(await page.evaluate(() => globalThis.copied.pop()), want);
    }
    await until('the notice', async () => /Copied: frame 4 as a line of a frame script/.test(await text(page, '.notice')));
    const flags = await page.$$eval('.fields tr:not(.gone)', (els) => els.map((el) => el.innerText.replace(/\s+/g, ' ')).filter((line) => /set, 0x/.test(line)));
    assert.match(flags.join('\n'), /^END_STREAM 4 set, 0x1 .*\nEND_HEADERS 4 set, 0x4 .*\nPADDED 4 not set, 0x8 .*\nPRIORITY 4 not set, 0x20 /);
    await page.focus('.block [data-rep="3"] button');
    await press(page, 'Enter');
    await until('the bits', () => page.$('.bits .bit-symbol'));
    const symbols = await page.$$eval('.bits .bit-symbol', (els) => els.map((el) => el.innerText.replace(/\s+/g, ' ')));
    assert.equal(symbols.length, 'www.example.com'.length);
    assert.equal(symbols[0], '1111000 w');
    assert.equal(symbols.map((line) => line.at(-1)).join(''), 'www.example.com');
    await page.$eval('.bits', (el) => el.scrollIntoView({ block: 'center' }));
    await screenshot(page, 'lists-bits');
    sound();
    await close();
  });

});
