// Files: opened by the button, by Ctrl+O and by dropping them; read while the
// page stays usable; cancelled, cut, refused, left and opened again; saved with
// bookmarks. A record that is read never mixes with another one.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, chord, fileSettled, openFile, rows, selectedFrame, settled, shown, text } from '../lib/page.mjs';
import { root, serve, until } from '../lib/proc.mjs';

const frames = 60_000;
const count = (n) => n.toLocaleString('en');

async function folder(t) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'framewise-large-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The benchmark's record, by its seed. */
async function made(dir, n) {
  const file = path.join(dir, `made-${n}.h2trace`);
  const program = path.join(dir, 'maketrace');
  await promisify(execFile)('go', ['build', '-o', program, './e2e/bench/maketrace'], { cwd: root });
  const maker = spawn(program, [String(n), '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const out = createWriteStream(file);
  maker.stdout.pipe(out);
  const [[code]] = await Promise.all([once(maker, 'close'), once(out, 'close')]);
  assert.equal(code, 0);
  return file;
}

/** Drops a file on the middle of the page; gives what the page showed before it was let go. */
const drop = (page, name, content) => page.evaluate(async (n, c) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([c], n));
  const send = (type, more = {}) => document.querySelector('#list').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer, ...more }));
  send('dragenter');
  const held = !send('dragover');
  const end = performance.now() + 5000;
  while (!document.querySelector('.drop:not(.gone)') && performance.now() < end) await new Promise((done) => { setTimeout(done, 20); });
  const shownThere = Boolean(document.querySelector('.drop:not(.gone)'));
  send('drop');
  return { held, shownThere };
}, name, content);

test('files', { timeout: 300_000 }, async (t) => {
  const dir = await folder(t);
  const file = await made(dir, frames);
  const small = await made(dir, 300);
  const packed = path.join(dir, 'packed.h2trace.gz');
  await writeFile(packed, gzipSync(await readFile(small)));
  const { url } = await serve(t);
  const browser = await launch(t);
  const fresh = async (options) => {
    const tab = await open(browser, url, options);
    await settled(tab.page);
    return tab;
  };

  await t.test('a large record is seen while it is read, and can be cancelled', async () => {
    const { page, sound, close } = await fresh();
    const [chooser] = await Promise.all([page.waitForFileChooser(), chord(page, 'Control', 'o')]);
    await chooser.accept([file]);
    await until('rows before the end', async () => /reading: .* frames/.test(await text(page, '.file-line')) && (await rows(page)).some((row) => /HEADERS 1 · GET/.test(row.label)), 20_000);
    assert.match(await text(page, '.menu'), /File: made-60000\.h2trace/);
    const line = await fileSettled(page, 'made-60000.h2trace');
    assert.match(line, new RegExp(`benchmark.* ${count(frames)} frames`));
    await page.focus(at.list);
    await page.keyboard.press('End');
    await shown(page, frames);
    await openAndCancel(page);
    sound();
    await close();
  });

  /** Opens the file again and cancels as soon as it is read. */
  async function openAndCancel(page) {
    const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('.top .open')]);
    const cancelled = page.evaluate(() => new Promise((done) => {
      const look = () => {
        const button = [...document.querySelectorAll('.file-line button')].find((el) => el.textContent === 'Cancel' && el.offsetParent);
        if (button && /reading/.test(document.querySelector('.file-line').innerText)) { button.click(); done(); } else requestAnimationFrame(look);
      };
      look();
    }));
    await chooser.accept([file]);
    await cancelled;
    assert.match(await fileSettled(page, 'made-60000.h2trace'), /not read to its end: .* are shown, [\d,]+ frames/);
    const shownFrames = Number(/([\d,]+) frames/.exec(await text(page, '.file-text'))[1].replaceAll(',', ''));
    assert.ok(shownFrames < frames, `${shownFrames} frames although it was cancelled`);
  }

  for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844, phone: true }]) {
    await t.test(`packed, dropped, left and opened again, ${size.width}`, async () => {
      const { page, sound, close } = await fresh(size);
      assert.match(await openFile(page, packed), /packed\.h2trace\.gz benchmark.* 300 frames/);
      await page.click(at.run);
      await until('the way back', async () => /is no longer shown/.test(await text(page, '.file-line')));
      await settled(page);
      assert.ok((await rows(page)).some((row) => /PUSH_PROMISE/.test(row.label)), 'the example is not shown');
      await (await page.waitForSelector('xpath/.//button[normalize-space()="Back to the file"]')).click();
      assert.match(await fileSettled(page, 'packed.h2trace.gz'), / 300 frames/);
      assert.ok(!(await rows(page)).some((row) => /PUSH_PROMISE/.test(row.label)), 'a frame of the example is among the file\'s');
      const held = await drop(page, 'dropped.h2trace', (await readFile(small, 'utf8')).replace('"benchmark"', '"dropped one"'));
      assert.deepEqual(held, { held: true, shownThere: true });
      assert.match(await fileSettled(page, 'dropped.h2trace'), /dropped one.* 300 frames/);
      await screenshot(page, `file-${size.width}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width);
      sound();
      await close();
    });
  }

  await t.test('what is no record is refused by its name, and what is cut is shown up to there', async () => {
    const { page, sound, close } = await fresh();
    const before = (await rows(page)).map((row) => row.label);
    const refused = { 'a.pcapng': [Buffer.from('0a0d0d0a1c000000', 'hex'), /a pcapng capture/], 'b.har': ['{"log":{"version":"1.2","entries":[]}}', /a HAR file/],
      'c.json': ['{"constants":{},"events":[]}', /a NetLog/], 'd.h2trace': ['{"some":"thing"}', /JSON, but no record/], 'e.txt': ['hello there, no record', /text, but no record/],
      'f.h2trace': ['', /is empty/] };
    for (const [name, [content, want]] of Object.entries(refused)) {
      const target = path.join(dir, name);
      await writeFile(target, content);
      assert.match(await openFile(page, target), want);
    }
    assert.deepEqual((await rows(page)).map((row) => row.label), before, 'a file that is no record changed the record');
    const cut = path.join(dir, 'cut.h2trace');
    await writeFile(cut, await readFile(small));
    await truncate(cut, 30_000);
    assert.match(await openFile(page, cut), /The file ends in the middle of line \d+\. What comes before is shown: \d+ frames\./);
    await page.keyboard.press('!');
    await until('the problems', async () => /the record can't be read any further: line \d+/.test(await text(page, '.trouble-list')));
    await screenshot(page, 'file-cut');
    const half = path.join(dir, 'half.h2trace.gz');
    await writeFile(half, gzipSync(await readFile(small)).subarray(0, 4000));
    assert.match(await openFile(page, half), /The file can't be read to its end: .* What comes before is shown/);
    sound();
    await close();
  });

  await t.test('a record is saved with its bookmarks, which come back', async () => {
    const { page, sound, close } = await fresh();
    await openFile(page, small);
    await page.focus(at.list);
    await page.keyboard.press('Home');
    for (let i = 0; i < 4; i++) await page.keyboard.press('j');
    await until('frame 5', async () => await selectedFrame(page) === 5);
    await page.keyboard.press('b');
    await page.keyboard.type('look here');
    const saved = await page.evaluate(() => new Promise((done) => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => { blob.text().then(done); URL.createObjectURL = make; return make.call(URL, blob); };
      framewise.saveRecord([{ frame: 4, text: 'look here' }]);
    }));
    const lines = saved.trimEnd().split('\n');
    assert.equal(lines.length, (await readFile(small, 'utf8')).trimEnd().split('\n').length + 1);
    assert.deepEqual({ ...JSON.parse(lines.at(-1)), at: 0 }, { k: 'note', at: 0, frame: 5, text: 'look here' });
    const target = path.join(dir, 'saved.h2trace');
    await writeFile(target, saved);
    await openFile(page, target);
    await until('the bookmark', () => page.$('#list [data-frame="5"].marked'));
    await page.keyboard.press('Escape');
    sound();
    await close();
  });
});
