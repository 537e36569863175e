// Records that are run again: every program of the page from its saved file
// alone, in a fresh profile; what differs is shown; what can't be run again says
// why, and what can be done.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, openFile, quiet, runProgram, settled, tab, text } from '../lib/page.mjs';
import { dist, root, serve, start, tempDir, until } from '../lib/proc.mjs';

const line = (page) => text(page, '.again-line').catch(() => '');
const verdicts = '.again-line:is(.same, .part, .differs, .failed, .refused)';

/** The record as Save would write it: the octets that it hands to the browser. */
async function saved(page) {
  return page.evaluate(() => new Promise((done, failed) => {
    const { createObjectURL } = URL, { click } = HTMLAnchorElement.prototype;
    setTimeout(() => failed(new Error('nothing was saved')), 20_000);
    URL.createObjectURL = (blob) => {
      URL.createObjectURL = createObjectURL;
      blob.text().then(done, failed);
      return createObjectURL.call(URL, blob);
    };
    HTMLAnchorElement.prototype.click = function () { HTMLAnchorElement.prototype.click = click; };
    framewise.saveRecord();
  }));
}

/** Opens a record and runs it again by the button of its line; gives the verdict. */
async function again(page, file, within = 90_000) {
  await openFile(page, file);
  return press(page, within);
}

async function press(page, within = 90_000) {
  const button = await page.waitForSelector('xpath/.//*[contains(@class, "file-line")]//button[normalize-space()="Run again and compare" and not(contains(@class, "gone"))]');
  await button.click();
  // The program that the editor holds already is nobody else's: there is no question.
  await until('the question, or a verdict', () => page.$(`[role=alertdialog] .primary, ${verdicts}`), within);
  if (await page.$('[role=alertdialog]')) await page.click('[role=alertdialog] .primary');
  await page.waitForSelector(verdicts, { timeout: within });
  return line(page);
}

test('every example and peer is made again from its file alone', { timeout: 540_000 }, async (t) => {
  const { url } = await serve(t);
  const dir = await tempDir(t);
  const browser = await launch(t);
  const here = await open(browser, url);
  await settled(here.page);
  const names = await here.page.evaluate(() => framewise.examples.map((e) => e.name));
  assert.ok(names.length >= 34 + 20, `there are ${names.length} examples`);
  const files = [];
  for (const name of names) {
    const { page } = here;
    await page.click('.menu > button');
    await page.waitForSelector('.menu-list:not(.gone)');
    const title = await page.evaluate((n) => framewise.examples.find((e) => e.name === n).title, name);
    await (await page.waitForSelector(`xpath/.//button[contains(@class, "menu-item")][normalize-space()="${title}"]`)).evaluate((el) => el.click());
    await until(`${name} to end`, async () => !/stop/i.test(await text(page, at.run)) && /session ended|:/.test(await page.$$eval(at.console, (els) => els.at(-1)?.innerText ?? '')), 60_000);
    let record = '';
    // The session's last octets may still be on their way to the analyser.
    await until(`the record of ${name} to be whole`, async () => { const was = record; record = await saved(page); return was === record && record.startsWith('{"k":"h2trace"') && JSON.parse(record.split('\n')[0]).program; }, 60_000);
    const file = path.join(dir, `${name}.h2trace`);
    await writeFile(file, record);
    const head = JSON.parse(record.split('\n')[0]);
    assert.match(head.engine, /^[0-9a-f]{8,}$/, 'the header names the engine');
    files.push({ name, file, frames: head });
  }
  here.sound();
  await here.close();
  const there = await open(browser, url);
  await settled(there.page);
  const bad = [];
  for (const { name, file } of files) {
    const said = await again(there.page, file).catch((e) => e.message);
    if (!/^Reproduced: [\d,]+ octets?, [\d,]+ frames?, the same\./.test(said)) bad.push(`${name}: ${said}`);
    if (process.env.VERBOSE) console.log(name, said);
  }
  assert.deepEqual(bad, []);
  there.sound();
});

/** The lines of a record that a program made, by running it in the page. */
async function recordOf(tab, program) {
  const { page } = tab;
  await runProgram(page, program);
  await until('the session to end', async () => !/stop/i.test(await text(page, at.run)) && /session ended|Error|stopped|Line/.test(await page.$$eval(at.console, (els) => els.at(-1)?.innerText ?? '')), 60_000);
  let record = '';
  await until('the record to be whole', async () => { const was = record; record = await saved(page); return was === record && JSON.parse(record.split('\n')[0]).program === program; }, 60_000);
  return record;
}

const pair = (body, options = '') => `const http2 = require('http2');
const server = http2.createServer(${options});
server.on('stream', (s) => { s.respond({ ':status': 200, 'x-fact': 'as it was' }); s.end('some content'); });
server.listen(80);
const client = http2.connect('http://localhost');
${body}
`;
const ask = "const r = client.request({ ':path': '/a' });\nr.resume();\nr.on('end', () => client.destroy());\nr.end();";
const close = "client.on('close', () => server.close());";

/** The record with its lines changed by f(entry). */
const changed = (record, f) => record.split('\n').filter(Boolean).map((l) => JSON.stringify(f(JSON.parse(l)))).join('\n') + '\n';

test('programs that fail, never end, need TLS or are disturbed are made again; what differs is shown', { timeout: 300_000 }, async (t) => {
  const { url } = await serve(t);
  const dir = await tempDir(t);
  const browser = await launch(t);
  const here = await open(browser, url);
  await settled(here.page);
  const plain = await recordOf(here, pair(`${ask}\n${close}`));
  const there = await open(browser, url);
  await settled(there.page);
  const { page } = there;
  const file = async (name, record) => {
    const at = path.join(dir, name);
    await writeFile(at, record);
    return at;
  };

  await t.test('each is reproduced', async () => {
    const programs = {
      fails: pair(`${ask}\nsetTimeout(() => { throw new Error('on purpose'); }, 3);`),
      loops: pair(`${ask}\nsetTimeout(() => { for (;;) {} }, 3);`),
      waits: pair('setInterval(() => {}, 1000);'),
      syntax: 'const http2 = require(;\n',
      tls: "const http2 = require('http2'), fs = require('fs');\nconst server = http2.createSecureServer({ key: fs.readFileSync('server-key.pem'), cert: fs.readFileSync('server-cert.pem') });\nserver.on('stream', (s) => { s.respond(); s.end('veiled'); });\nserver.listen(443);\nconst client = http2.connect('https://localhost');\n" + ask + '\n' + close + '\n',
      chance: pair(`console.log(Math.random(), Date.now());\n${ask}\n${close}`),
    };
    for (const [name, program] of Object.entries(programs)) {
      const said = await again(page, await file(`${name}.h2trace`, await recordOf(here, program)));
      assert.match(said, /^Reproduced: /, `${name}: ${said}`);
    }
  });

  await t.test('with a network, faults and frames by hand', async () => {
    const { page: mine } = here;
    const step = (kind, rest) => `${kind}.1.s2c.2.${rest}`;
    const reset = Buffer.from([0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]).toString('base64url');
    for (const [name, plan] of Object.entries({
      network: 'l20000000,j3000000,b20000,c5,s9',
      corrupt: step('corrupt', 'o4'), drop: step('drop', 'o0').replace('.o0', ''), stall: step('stall', 'f50000000'),
      cut: step('cut', 'o3'), inject: `inject.1.s2c.2.x${reset}`, heard: `inject.1.c2s.2.h.x${reset}`,
    })) {
      await mine.evaluate((value) => { location.hash = `plan=${value}`; }, plan);
      await until('the plan', async () => new URLSearchParams(await mine.evaluate(() => location.hash.slice(1))).get('plan') === plan);
      const record = await recordOf(here, pair(`client.on('error', () => {});\nclient.on('close', () => server.close());\n${ask.replace("r.end();", "r.on('error', () => {});\nr.end();")}\nsetTimeout(() => client.destroy(), 2000);// ${name}`));
      assert.ok(JSON.parse(record.split('\n')[0]).network, `${name}: the header has no network`);
      const said = await again(page, await file(`${name}.h2trace`, record));
      assert.match(said, /^Reproduced: /, `${name}: ${said}`);
      if (name !== 'network') assert.match(said, /[1-9]\d* faults?\./, `${name}: ${said}`);
    }
    await mine.evaluate(() => { location.hash = 'plan='; });
  });

  await t.test('the first difference is shown with its frame and field, side by side', async () => {
    const other = changed(plain, (e) => (e.k === 'chunk' && e.dir === 's2c' && Buffer.from(e.octets, 'base64').includes('some content')
      ? { ...e, octets: Buffer.from(Buffer.from(e.octets, 'base64').toString('latin1').replace('some content', 'same content'), 'latin1').toString('base64') }
      : e.k === 'h2trace' ? { ...e, engine: 'ffff0000ffff' } : e));
    const said = await again(page, await file('other.h2trace', other));
    assert.match(said, /^Not the same\. The first difference: frame \d+, octet \d+ of the server on connection 1 is 0x61 and now 0x6f\. DATA of the server on stream 1: octet 10 of the frame\./);
    assert.match(said, /another version of the runtime \(ffff0000ffff, this page’s is [0-9a-f]+\): that may be why/);
    await screenshot(page, 'replay-differs');
    const frame = Number(/frame (\d+),/.exec(said)[1]);
    await (await page.waitForSelector('xpath/.//*[contains(@class, "again-line")]//button[normalize-space()="Show it"]')).click();
    await page.waitForSelector('.view-compare .pair-row');
    await until('the frame', () => page.evaluate((n) => new RegExp(`frame=${n}\\b`).test(location.hash) && document.querySelector('.records.other') !== null, frame));
    await screenshot(page, 'replay-side-by-side');
    // A field line too.
    const field = changed(plain, (e) => (e.k === 'chunk' && e.dir === 's2c' && Buffer.from(e.octets, 'base64').includes(Buffer.from([0x88]))
      ? { ...e, octets: (() => { const b = Buffer.from(e.octets, 'base64'); b[b.indexOf(0x88)] = 0x89; return b.toString('base64'); })() } : e));
    assert.match(await again(page, await file('field.h2trace', field)), /HEADERS of the server on stream 1: field 1 is :status: 204 and :status: 200/);
  });

  await t.test('a time, a cause and a line of the console count', async () => {
    const time = changed(plain, (e) => (e.k === 'chunk' && e.dir === 's2c' && e.at > 0 ? { ...e, at: e.at + 1, rx: (e.rx ?? e.at) + 1 } : e));
    assert.match(await again(page, await file('time.h2trace', time)), /sent after \d+ ns and received after \d+ ns, and now/);
    const cause = changed(plain, (e) => (e.k === 'cause' && e.line ? { ...e, line: e.line + 1 } : e));
    assert.match(await again(page, await file('cause.h2trace', cause)), /has another cause: \w+ in line \d+, column \d+, and now/);
    const noted = changed(plain, (e) => (e.k === 'h2trace' ? { ...e, title: 'Another', note: 'mine', later: 1 } : e)) + '{"k":"note","at":5,"text":"look","frame":3}\n{"k":"comes-later","x":1}\n';
    assert.match(await again(page, await file('noted.h2trace', noted)), /^Reproduced: /);
  });

  await t.test('the session in the tab, by the keyboard', async () => {
    await here.page.evaluate(() => { location.hash = 'plan='; });
    await recordOf(here, pair(`${ask}\n${close}\n// by keyboard`));
    await here.page.evaluate(() => document.activeElement?.blur());
    await here.page.focus(at.list);
    await here.page.keyboard.press('a');
    await here.page.waitForSelector(verdicts);
    assert.match(await line(here.page), /^Reproduced: /);
    await screenshot(here.page, 'replay-same');
    // Tab goes to the line's buttons, Enter presses them.
    await here.page.focus('.again-line .btn.plain');
    await here.page.keyboard.press('Enter');
    await until('the line to go', async () => !(await here.page.$('.again-line:not(.gone)')));
  });

  await t.test('a session that was stopped, as far as it goes', async () => {
    const cut = plain.split('\n').slice(0, -4).join('\n') + '\n';
    const said = await again(page, await file('part.h2trace', cut));
    assert.match(said, /^The same as far as the record goes: [\d,]+ octets/);
    const torn = await again(page, await file('torn.h2trace', plain.slice(0, -30)));
    assert.match(torn, /^The same as far as the record goes: .* the file was not read to its end/);
  });
  here.sound();
  there.sound();
});

test('what can’t be run again says why, and what can be done', { timeout: 240_000 }, async (t) => {
  const { url } = await serve(t);
  const dir = await tempDir(t);
  const tabHere = await open(await launch(t), url);
  const { page } = tabHere;
  await settled(page);
  const refused = async (name, record) => {
    const file = path.join(dir, name);
    await writeFile(file, record);
    await openFile(page, file);
    await (await page.waitForSelector('xpath/.//*[contains(@class, "file-line")]//button[normalize-space()="Run again and compare" and not(contains(@class, "gone"))]')).click();
    await page.waitForSelector('.again-line.refused');
    return line(page);
  };
  const record = await saved(page);

  await t.test('a capture, with the command', async () => {
    const given = path.join(root, 'core', 'convert', 'testdata', 'h2c.pcapng');
    const said = await refused('h2c.pcapng', await readFile(given));
    assert.match(said, /can’t be run again here\. This record is a pcapng capture: there is no program/);
    const orders = await page.$$eval('.again-order code', (els) => els.map((el) => el.textContent));
    assert.equal(orders.length, 2);
    assert.match(orders[0], /^framewise replay h2c\.pcapng (--connection \d+ )?--to [\d.]+:\d+$/);
    assert.match(orders[1], /^framewise replay --serve h2c\.pcapng (--connection \d+ )?--listen 127\.0\.0\.1:0$/);
    await page.click('.again-order .btn');
    await screenshot(page, 'replay-refused');
    // The commands are the program's: they work as they stand.
    const p = start(path.join(dist, 'bin', 'framewise'), orders[1].split(' ').slice(1), { cwd: dir });
    t.after(() => p.stop());
    await p.line(/replay of 1 connection on http:\/\/127\.0\.0\.1:\d+/);
  });

  await t.test('records that lack what is needed', async () => {
    const head = (f) => changed(record, (e) => (e.k === 'h2trace' ? f(e) : e));
    for (const [name, text, why] of [
      ['no program', head(({ program, ...e }) => e), /holds no program/],
      ['language', head((e) => ({ ...e, language: 'py' })), /written in py\. The tab runs JavaScript/],
      ['large', head((e) => ({ ...e, program: `// ${'x'.repeat(1 << 20)}\n` })), /programs of up to 1\.0 MB/],
      ['seed', head((e) => ({ ...e, seed: 5_000_000_000 })), /seed is 5000000000/],
      ['steps', head((e) => ({ ...e, network: { steps: Array.from({ length: 101 }, () => ({ kind: 'drop', conn: 1, dir: 's2c', frame: 5 })) } })), /has 101 steps/],
      ['real time', head((e) => ({ ...e, epoch: '2026-01-02T03:04:05Z' })), /ran in real time/],
      ['redacted', head((e) => ({ ...e, redacted: true })), /was redacted/],
    ]) assert.match(await refused(`${name}.h2trace`, text), why, name);
  });

  await t.test('50 broken records: a word each, and the page lives', async () => {
    let runs = 0, words = 0;
    for (let i = 0; i < 50; i++) {
      const octets = Buffer.from(record);
      const where = 1 + ((i * 7919) % (octets.length - 2));
      let bad = octets;
      if (i % 5 === 0) bad = octets.subarray(0, where);
      if (i % 5 === 1) octets[where] ^= 1 << (i % 7);
      if (i % 5 === 2) bad = Buffer.concat([octets.subarray(0, where), octets.subarray(where + 1 + i)]);
      if (i % 5 === 3) bad = Buffer.concat([octets.subarray(0, where), Buffer.from(`${i}`), octets.subarray(where)]);
      if (i % 5 === 4) bad = Buffer.from(record.split('\n').filter((_, k) => k !== i % record.split('\n').length).join('\n'));
      const name = `broken-${i}.h2trace`;
      await writeFile(path.join(dir, name), bad);
      const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('.top .open')]);
      await chooser.accept([path.join(dir, name)]);
      // What holds no record leaves the last one there, and says so beside it.
      let said = '';
      await until(`a word about ${name}`, async () => {
        const [line, notice] = await Promise.all(['.file-line', '.notice'].map((s) => text(page, s).catch(() => '')));
        said = notice.includes(name) ? notice : line.includes(name) && !/reading:|Looking into/.test(line) ? '' : 'waits';
        return said !== 'waits';
      });
      if (said) {
        assert.match(said, /can't|can’t|no record|is no|is not|not a|empty|line \d+/i, `${name}: ${said}`);
        words++;
        continue;
      }
      const button = await page.$('xpath/.//*[contains(@class, "file-line")]//button[normalize-space()="Run again and compare" and not(contains(@class, "gone"))]');
      assert.ok(button, `${name}: ${await text(page, '.file-line')}`);
      const verdict = await press(page).catch((e) => `${e.message}: ${name}`);
      assert.match(verdict, /Reproduced|Not the same|as far as the record goes|can’t be run again|can’t be compared/, `${name} at ${where}: ${verdict}`);
      runs++;
    }
    assert.equal(runs + words, 50);
    assert.ok(runs > 10, `only ${runs} could be run`);
  });
  tabHere.sound();
});

test('on a phone', { timeout: 90_000 }, async (t) => {
  const { url } = await serve(t);
  const dir = await tempDir(t);
  const { page, sound } = await open(await launch(t), url, { width: 390, height: 844, phone: true });
  await settled(page);
  const file = path.join(dir, 'talk.h2trace');
  await writeFile(file, await saved(page));
  assert.match(await again(page, file), /^Reproduced: /);
  await quiet(page);
  const { wide, small } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    small: [...document.querySelectorAll('.again-line .btn:not(.gone)')].filter((el) => el.getBoundingClientRect().height < 40).length,
  }));
  assert.equal(wide, 0, 'the page is wider than the screen');
  assert.equal(small, 0, 'a button is too small for a finger');
  await screenshot(page, 'replay-phone');
  await tab(page, 'compare');
  sound();
});
