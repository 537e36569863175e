// Captures and logs of other programs: dropped or chosen, read in the tab, TLS
// with a key log. What can't be read says so; what breaks off is shown up to
// there; the record on the page stays when there is nothing to show.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, chord, fileSettled, openFile, quiet, rows, select, settled, text, total } from '../lib/page.mjs';
import { dist, root, serve, until } from '../lib/proc.mjs';
import { saved } from '../lib/record.mjs';

const framewise = path.join(dist, 'bin', 'framewise');
const given = (name) => path.join(root, 'core', 'convert', 'testdata', name);

/** Drops files on the list, together. */
const drop = async (page, ...files) => {
  const list = await Promise.all(files.map(async (file) => [path.basename(file), (await readFile(file)).toString('base64')]));
  await page.evaluate((list) => {
    const data = new DataTransfer();
    for (const [name, base64] of list) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    for (const type of ['dragenter', 'dragover', 'drop']) {
      document.querySelector('#list').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    }
  }, list);
};

const line = (page) => text(page, '.file-line');
const says = (page, pattern) => until(`the file's line to say ${pattern}`, async () => pattern.test(await line(page)), 30_000, () => 'it does not');
const has = (list, pattern) => assert.ok(list.some(({ label }) => pattern.test(label)), `no ${pattern} in\n${list.map((r) => r.label).join('\n')}`);
const button = (page, name) => page.waitForSelector(`xpath/.//*[contains(@class, "file-line")]//button[normalize-space()="${name}" and not(contains(@class, "gone"))]`);

test('captures and logs', { timeout: 300_000 }, async (t) => {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'framewise-captures-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const { url } = await serve(t);
  const browser = await launch(t);

  for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844, phone: true }]) {
    const fresh = async () => {
      const tab = await open(browser, url, size);
      await settled(tab.page);
      return tab;
    };

    await t.test(`a capture that is dropped, ${size.width}`, async () => {
      const { page, sound, close } = await fresh();
      const sent = [];
      page.on('request', (r) => sent.push(`${r.method()} ${new URL(r.url()).pathname}`));
      await drop(page, given('h2c.pcapng'));
      const said = await fileSettled(page, 'h2c.pcapng');
      assert.match(said, /50 packets, 4 TCP connections, 3 of them HTTP\/2; not shown: 1 connection, HTTP\/1\.1/);
      assert.doesNotMatch(said, /encrypted|key log/);
      await quiet(page);
      has(await rows(page), /GET \/index\.html/);
      const chooser = '.conns button';
      assert.equal((await page.$$(chooser)).length, 4, 'all connections, and three of them');
      const before = await total(page);
      await (await page.$$(chooser))[3].click();
      await until('one connection', async () => await total(page) > 0 && await total(page) < before);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width);
      await screenshot(page, `capture-${size.width}`);
      assert.ok(sent.every((s) => s.startsWith('GET /')), `something was uploaded: ${sent}`);
      sound();
      await close();
    });

    await t.test(`TLS, a key log by its button, ${size.width}`, async () => {
      const { page, sound, close } = await fresh();
      assert.match(await openFile(page, given('tls.pcapng')), /8 connections of TLS are encrypted: a key log \(SSLKEYLOGFILE\) opens them\./);
      assert.equal(await total(page), 0, 'frames of the example are left');
      await screenshot(page, `capture-locked-${size.width}`);
      // By keyboard alone.
      await (await button(page, 'Choose a key log…')).focus();
      const [chooser] = await Promise.all([page.waitForFileChooser(), page.keyboard.press('Enter')]);
      await chooser.accept([given('keys.txt')]);
      await says(page, /“keys\.txt” has no secrets of 1 connection of TLS\./);
      assert.match(await line(page), /tls\.pcapng .*6 of them HTTP\/2; not shown: 1 connection, TLS with HTTP\/1\.1/);
      await until('frames', async () => await total(page) > 0);
      has(await rows(page), /SETTINGS/);
      await select(page, 1);
      await screenshot(page, `capture-tls-${size.width}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), size.width);
      sound();
      await close();
    });
  }

  const { page, sound } = await open(browser, url);
  await settled(page);

  await t.test('nothing to show: the record stays', async () => {
    const before = (await rows(page)).map((r) => r.label);
    const refused = {
      'short.pcapng': [Buffer.from('0a0d0d0a1c000000', 'hex'), /a pcapng capture that can't be read: /],
      'empty.har': ['{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[]}}', /a HAR file without HTTP\/2: 0 exchanges of HTTP\/2/],
      'lonely.keys': [await readFile(given('keys.txt')), /a log of TLS keys\. Open it together with the capture/],
      'garbage.pcapng': [Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 73 + (i >> 3)) & 255)), /no format that is known here/],
    };
    for (const [name, [content, want]] of Object.entries(refused)) {
      await writeFile(path.join(dir, name), content);
      assert.match(await openFile(page, path.join(dir, name)), want);
    }
    assert.deepEqual((await rows(page)).map((r) => r.label), before);
  });

  await t.test('a key log that is dropped after its capture', async () => {
    await openFile(page, given('tls.pcapng'));
    await drop(page, given('keys.txt'));
    await says(page, /“keys\.txt” has no secrets of 1 connection of TLS\./);
    await until('frames', async () => await total(page) > 0);
    // Run takes its place; the way back has the keys with it.
    await page.click(at.run);
    await says(page, /is no longer shown/);
    await settled(page);
    await (await button(page, 'Back to the file')).click();
    await says(page, /“keys\.txt” has no secrets of 1 connection/);
  });

  await t.test('secrets within the capture, packed, by Ctrl+O', async () => {
    const packed = path.join(dir, 'secrets.pcapng.gz');
    await writeFile(packed, gzipSync(await readFile(given('secrets.pcapng'))));
    const [chooser] = await Promise.all([page.waitForFileChooser(), chord(page, 'Control', 'o')]);
    await chooser.accept([packed]);
    assert.match(await fileSettled(page, 'secrets.pcapng.gz'), /3 of them HTTP\/2/);
    await until('frames', async () => await total(page) > 0);
  });

  await t.test('a capture and its key log, dropped together', async () => {
    for (const files of [['tls.pcapng', 'keys.txt'], ['keys.txt', 'tls.pcapng']]) {
      await openFile(page, given('h2c.pcapng'));
      await drop(page, ...files.map(given));
      await says(page, /tls\.pcapng.*“keys\.txt” has no secrets of 1 connection of TLS\./s);
      await until('frames', async () => await total(page) > 0);
      assert.match(await line(page), /6 of them HTTP\/2/);
    }
    // Of two captures the first is opened, and that is said.
    await drop(page, given('h2c.pcapng'), given('secrets.pcapng'));
    await fileSettled(page, 'h2c.pcapng');
    assert.match(await text(page, '.notice'), /One record at a time: “h2c\.pcapng” is opened, the other 1 file not\./);
  });

  await t.test('packed with zstd: a record, a capture, what is broken; a bomb of gzip', async () => {
    const packed = async (from, name) => {
      const to = path.join(dir, name);
      await promisify(execFile)(framewise, ['convert', '-q', given(from), to]);
      return to;
    };
    const record = await packed('h2c.pcapng', 'talk.h2trace.zst');
    assert.match(await openFile(page, record), /talk\.h2trace\.zst \d+ frames/);
    await quiet(page);
    has(await rows(page), /GET \/index\.html/);
    const frames = await total(page);
    const capture = await packed('h2c.pcapng', 'talk.pcapng.zst');
    assert.match(await openFile(page, capture), /3 of them HTTP\/2/);
    await until('the same frames', async () => await total(page) === frames);
    await openFile(page, given('nghttp.txt'));
    const bent = path.join(dir, 'bent.h2trace.zst');
    const octets = await readFile(record);
    octets[octets.length >> 1] ^= 0x40;
    await writeFile(bent, octets);
    await drop(page, bent);
    await until('the refusal', async () => /“bent\.h2trace\.zst” can't be read: the zstd/.test(await text(page, '.notice')));
    const head = `{"k":"h2trace","version":1}\n{"k":"conn","id":1,"client":"a","server":"b"}\n`;
    const bomb = path.join(dir, 'bomb.h2trace.gz');
    await writeFile(bomb, gzipSync(Buffer.concat([Buffer.from(head), Buffer.alloc(200 << 20, '\n')])));
    assert.match(await openFile(page, bomb), /the file holds more than 100 times its own size/);
    assert.match(await openFile(page, record), /talk\.h2trace\.zst \d+ frames/, 'the page goes on');
  });

  await t.test('logs: a NetLog, a HAR file, nghttp and curl', async () => {
    for (const [name, note, frame] of [['netlog.json', /1 session of HTTP\/2, rebuilt/, /HEADERS 1 · GET \/index\.html/], ['page.har', /4 exchanges of HTTP\/2, rebuilt/, /GET \/a\.css/],
      ['nghttp.txt', /1 connection of HTTP\/2, rebuilt/, /PRIORITY 11/], ['curl.txt', /1 exchange of HTTP\/2, rebuilt/, /GET \/a\.css/], ['any.pcap', /1 of them HTTP\/2/, /DATA 1/]]) {
      assert.match(await openFile(page, given(name)), note);
      await until(`${frame} of ${name}`, async () => (await rows(page)).some(({ label }) => frame.test(label)), 10_000);
    }
    await screenshot(page, 'capture-log');
  });

  await t.test('a broken capture is shown up to there, and says where', async () => {
    const whole = await readFile(given('h2c.pcapng'));
    const broken = path.join(dir, 'broken.pcapng');
    await writeFile(broken, Buffer.concat([whole.subarray(0, whole.length >> 1), Buffer.alloc(100)]));
    assert.match(await openFile(page, broken), /The file can't be read to its end: .*octet \d+.* What comes before is shown: \d+ frames\. 24 packets, 2 TCP connections/);
    has(await rows(page), /GET \/index\.html/);
    await screenshot(page, 'capture-broken');
    assert.match(JSON.parse((await saved(page)).trimEnd().split('\n').at(-1)).text, /^The capture ends here: /);
  });

  await t.test('a large capture: the frames of its record; it can be cancelled', async () => {
    const record = path.join(dir, 'made.h2trace');
    const capture = path.join(dir, 'made.pcapng');
    const run = promisify(execFile);
    const { stdout } = await run('go', ['run', './e2e/bench/maketrace', '100000', '1'], { cwd: root, maxBuffer: 2 ** 30, encoding: 'buffer' });
    await writeFile(record, stdout);
    await run(path.join(root, 'dist', 'bin', 'framewise'), ['convert', record, capture]);
    const from = Date.now();
    const said = await openFile(page, capture, 60_000);
    t.diagnostic(`a capture of ${(await readFile(capture)).length} octets was open in ${Date.now() - from} ms`);
    await openFile(page, record);
    const same = await line(page);
    assert.equal(/([\d,]+) frames/.exec(said)[1], /([\d,]+) frames/.exec(same)[1], 'the capture of a record has other frames than the record');
    assert.match(said, /(\d+) TCP connections?, \1 of them HTTP\/2/);
    // Cancelled, it keeps what was read, and the next file is read as ever.
    const cancelled = page.evaluate(() => new Promise((done) => {
      const look = () => {
        const cancel = [...document.querySelectorAll('.file-line button')].find((el) => el.textContent === 'Cancel' && el.offsetParent);
        if (cancel && /made\.pcapng.*reading/.test(document.querySelector('.file-line').innerText)) { cancel.click(); done(); } else requestAnimationFrame(look);
      };
      look();
    }));
    const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('.top .open')]);
    await chooser.accept([capture]);
    await cancelled;
    assert.match(await fileSettled(page, 'made.pcapng'), /not read to its end: .* are shown, [\d,]+ frames/);
    assert.match(await openFile(page, given('h2c.pcapng')), /3 of them HTTP\/2/);
  });
  sound();
});
