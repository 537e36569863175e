// Sharing as two people meet it: one makes a link, the other opens it in a fresh
// profile. Both ways, the record in the link and the store's short address.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { launch, launchFirefox, open, screenshot } from '../lib/browser.mjs';
import { at, chord, fill, quiet, rows, runProgram, select, selectedFrame, settled, shown, tab, text } from '../lib/page.mjs';
import { dist, freePort, root, serve, start, tempDir, until } from '../lib/proc.mjs';
import { staticSite } from '../lib/static.mjs';

const run = promisify(execFile);
const secrets = { cookie: 'sid=PLANTED1cookie', query: 'token=PLANTED2query', data: 'PLANTED3data', trailer: 'PLANTED4trailer', string: 'PLANTED5string', console: 'PLANTED6console', mark: 'PLANTED7mark' };
const program = `
const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (stream, headers) => {
  stream.respond({ ':status': 200, 'set-cookie': '${secrets.cookie}', 'content-type': 'text/plain' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '${secrets.trailer}' }));
  stream.end('${secrets.data}');
});
server.listen(80);
const client = http2.connect('http://localhost:80');
const kept = '${secrets.string}';
for (let i = 0; i < 3; i++) {
  const req = client.request({ ':path': '/page?${secrets.query}', cookie: '${secrets.cookie}' });
  req.on('end', () => { console.log('${secrets.console}', i); if (i === 2) client.close(); });
  req.resume();
}
`;

const planted = /PLANTED\d/;
const title = 'A stall, looked at', note = 'Look at this frame.\nIt is <b>not</b> markup.';
const filter = 'stream:1';

/** The record of a link's text, as the page writes it. */
function unpack(link) {
  const [version, length, body] = link.split('.');
  assert.equal(version, '1');
  assert.equal(body.length, parseInt(length, 36));
  const octets = inflateSync(Buffer.from(body, 'base64url'));
  let at = octets.indexOf(0) + 1;
  return octets.subarray(0, at - 1).toString().replace(/"(octets|received)":"(\d+)"/g, (_, name, n) => `"${name}":"${octets.subarray(at, at += Number(n)).toString('base64')}"`);
}

const traceOf = (link) => new URLSearchParams(new URL(link).hash.slice(1)).get('trace');

/** All that can be read in a record: its text, its octets, its fields. */
async function readable(t, record) {
  const file = path.join(await tempDir(t), 'it.h2trace');
  await writeFile(file, record);
  const { stdout } = await run(path.join(dist, 'bin', 'framewise'), ['inspect', '--json', file], { maxBuffer: 2 ** 27 });
  const octets = [...record.matchAll(/"(?:octets|received)":"([^"]*)"/g)].map(([, b]) => Buffer.from(b, 'base64').toString('latin1')).join('\n');
  return `${record}\n${octets}\n${stdout}`;
}

const output = (page, id) => page.$eval(`#${id}`, (el) => el.textContent);
const ready = async (page) => {
  let said = '';
  await until('the link', async () => {
    said = await text(page, '.sharing');
    return page.evaluate(() => document.querySelector('#share-link').textContent && !document.querySelector('.sharing-part.waiting'));
  }, 20_000, () => said);
};

/** A page with a session full of secrets, at a frame, with a view and a filter. */
async function session(browser, url, size) {
  const tab_ = await open(browser, url, size);
  const { page } = tab_;
  await settled(page);
  await runProgram(page, program);
  await until('the last answer', async () => (await page.$$eval(at.console, (els) => els.map((el) => el.innerText).join())).includes('PLANTED6console 2'));
  await settled(page);
  await tab(page, 'frames');
  await fill(page, at.filter, filter);
  await page.keyboard.press('Escape');
  await until('the filter', async () => (await rows(page)).every(({ label }) => / 1 /.test(label)));
  await select(page, (await rows(page))[1].frame);
  await page.focus(at.list);
  await page.keyboard.press('b');
  await page.waitForSelector('[id^="note-"]');
  await page.keyboard.type(secrets.mark);
  await page.keyboard.press('Escape');
  return { ...tab_, frame: await selectedFrame(page) };
}

/** Opens the dialog and writes title and note, by the keyboard. */
async function write(page) {
  await page.focus(at.list);
  await page.keyboard.press('l');
  await until('the dialog', () => page.evaluate(() => document.activeElement?.id === 'share-title'));
  await chord(page, 'Control', 'a');
  await page.keyboard.type(title);
  await page.keyboard.press('Tab');
  for (const [i, line] of note.split('\n').entries()) {
    if (i) await page.keyboard.press('Enter');
    await page.keyboard.type(line);
  }
  await page.keyboard.press('Tab');
  await ready(page);
  await until('the link with the note', async () => unpack(traceOf(await output(page, 'share-link'))).includes('Look at this frame'));
}

/** Presses Tab until the element with the text has the keyboard, then Enter. */
async function reach(page, name) {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate((n) => document.activeElement?.textContent.trim() === n, name)) return page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${name}`);
}

/** Keeps what the page posts. */
const keepPosts = (page) => page.evaluate(() => {
  const send = XMLHttpRequest.prototype.send;
  window.posted = [];
  XMLHttpRequest.prototype.send = function (body) {
    window.posted.push(body);
    return send.call(this, body);
  };
});
const posted = async (page) => Buffer.from(await page.evaluate(async () => {
  let said = '';
  for (const o of new Uint8Array(await window.posted.at(-1).arrayBuffer())) said += String.fromCharCode(o);
  return btoa(said);
}), 'base64');

/** Opens an address in a fresh profile and looks at everything that travelled. */
async function same(browser, address, frame, { embed = false, say = '' } = {}) {
  const there = await open(browser, address, embed ? { width: 800, height: 600 } : {});
  const { page } = there;
  await until('the note', () => page.$eval('.remark', (el) => el.checkVisibility()).catch(() => false));
  await until(`frame ${frame}`, async () => await selectedFrame(page) === frame);
  await shown(page, frame);
  assert.equal(await page.$eval('.remark-text', (el) => [...el.children].map((p) => p.textContent).join('\n')), note, say);
  assert.equal(await page.$('.remark b'), null, 'the note is text');
  assert.match(await page.$eval('.file-line', (el) => el.textContent), new RegExp(title), say);
  assert.equal(await page.$eval('#tab-frames', (el) => el.getAttribute('aria-selected')), 'true', say);
  await until('the filtered rows', async () => { const list = await rows(page); return list.length > 2 && list.every(({ label }) => / 1 /.test(label)); });
  if (!embed) assert.equal(await page.$eval(at.filter, (el) => el.value), filter, say);
  return there;
}

test('run, share both ways, open in a fresh profile', { timeout: 300_000 }, async (t) => {
  const dir = await tempDir(t);
  const port = await freePort();
  const begin = async () => {
    const server = start(path.join(dist, 'bin', 'framewise'), ['serve', '--listen', `127.0.0.1:${port}`, '--data', dir]);
    t.after(() => server.stop());
    await server.line(/http:\/\/127\.0\.0\.1:\d+/);
    return server;
  };
  let server = await begin();
  const url = `http://127.0.0.1:${port}/`;
  const browser = await launch(t);
  const { page, frame, sound } = await session(browser, url);
  await keepPosts(page);
  let link, address;

  await t.test('by the keyboard alone: title, note, what goes, the link', async () => {
    await write(page);
    assert.match(await text(page, '.sharing'), /Taken out: .*values? of fields.*quer.*content/);
    link = await output(page, 'share-link');
    assert.match(await text(page, '#share-link-text'), new RegExp(`^${link.length.toLocaleString('en')} characters`));
    await screenshot(page, 'share');
    assert.equal(await page.evaluate(() => window.posted.length), 0, 'nothing has left');
  });

  await t.test('no planted secret is in the link, nor what else the address says', async () => {
    const record = unpack(traceOf(link));
    assert.doesNotMatch(link, planted);
    assert.doesNotMatch(await readable(t, record), planted);
  });

  await t.test('the other one sees the same frame, view, filter, title and note', async () => {
    const { page: there, sound: fine, close } = await same(browser, link, frame, { say: 'by the link' });
    assert.match(there.url(), /trace=1\./, 'the address can be copied on');
    await there.reload({ waitUntil: 'load' });
    await until('the note after a reload', () => there.$eval('.remark', (el) => el.checkVisibility()).catch(() => false));
    assert.equal(await selectedFrame(there), frame);
    await there.focus(at.list);
    await there.keyboard.press('ArrowDown');
    await until('the address to follow', async () => !new RegExp(`frame=${frame}&`).test(there.url()) && /trace=1\./.test(there.url()));
    await there.click('.remark .btn');
    await shown(there, frame);
    fine();
    await close();
  });

  await t.test('in a page within another one too', async () => {
    const [, src] = /src="([^"]*)"/.exec(await output(page, 'share-link-snippet'));
    const there = await same(browser, src.replaceAll('&amp;', '&'), frame, { embed: true, say: 'embedded' });
    assert.match(await there.page.$eval('.top a', (a) => a.href), /trace=1\./, 'the whole page opens the same record');
    await screenshot(there.page, 'share-embed');
    there.sound();
    await there.close();
  });

  await t.test('its program is a stranger’s: it is shown, waits, and asks', async () => {
    const { page: there, close } = await same(browser, link, frame);
    const was = (await rows(there)).length;
    assert.match(await text(there, '.program'), /came with “A stall, looked at”, a shared record/);
    assert.match(await there.evaluate(() => framewise.editor.text()), /createServer/);
    assert.equal((await rows(there)).length, was);
    await there.click(at.run);
    await there.waitForSelector('[role=alertdialog]');
    await there.keyboard.press('Escape');
    await close();
  });

  await t.test('by a short address; the store is killed at once after its answer', async () => {
    const killed = new Promise((done) => {
      page.on('response', (response) => {
        if (response.request().method() !== 'POST') return;
        server.child.kill('SIGKILL');
        done(response.status());
      });
    });
    await reach(page, 'Send it, and get an address');
    assert.equal(await killed, 201);
    await until('the address', () => output(page, 'share-address'));
    address = await output(page, 'share-address');
    assert.match(address, /share=[\w-]{22}$/);
    assert.match(await text(page, '#share-posted'), /^Kept here until \d{4}-\d\d-\d\d/);
    await until('the store to be dead', () => server.ended());
    const body = await posted(page);
    assert.doesNotMatch(await readable(t, gunzipSync(body).toString()), planted);
    server = await begin();
    const { sound: fine, page: there, close } = await same(browser, address, frame, { say: 'by the address' });
    assert.match(there.url(), /share=[\w-]{22}/);
    fine();
    await close();
    const embedded = await same(browser, address.replace('/#', '/?embed=1#'), frame, { embed: true });
    await embedded.close();
  });

  await t.test('what is left in, is in: only after a second choice', async () => {
    const before = await output(page, 'share-link');
    await page.click('.sharing-raw .plain');
    await until('the safe answer to have the keyboard', () => page.evaluate(() => document.activeElement.textContent === 'No, take them out'));
    assert.equal(await output(page, 'share-link'), before);
    await page.click('.sharing-raw .danger');
    await until('a longer link', async () => await output(page, 'share-link') !== before);
    await ready(page);
    assert.match(await text(page, '.sharing-summary'), /Nothing is taken out/);
    const record = unpack(traceOf(await output(page, 'share-link')));
    const all = await readable(t, record);
    for (const [what, secret] of Object.entries(secrets)) assert.ok(all.includes(secret), `the search would not find ${what}`);
    await page.evaluate(() => [...document.querySelectorAll('.sharing-raw button')].find((b) => b.checkVisibility()).click());
    await until('the link to be as it was', async () => await output(page, 'share-link') === before);
  });

  await t.test('a field can be kept', async () => {
    await page.evaluate(() => [...document.querySelectorAll('.sharing-keeps .chip')].find((b) => b.textContent === 'x-sum' || b.textContent === 'cookie').click());
    await page.waitForSelector('.sharing-keeps .chip[aria-pressed=true]');
    await ready(page);
    const all = await readable(t, unpack(traceOf(await output(page, 'share-link'))));
    assert.match(all, planted);
    assert.doesNotMatch(all, /PLANTED2|PLANTED3|PLANTED7/);
  });

  await t.test('after a reload My shares deletes it, and its address says so', async () => {
    await page.reload({ waitUntil: 'load' });
    await settled(page);
    await page.click('#share-open');
    await page.waitForSelector('.own-shares li');
    assert.match(await text(page, '.own-shares'), /A stall, looked at shared \d{4}-\d\d-\d\d, until/);
    await screenshot(page, 'share-mine');
    await page.click('.own-shares [aria-label^="Delete"]');
    await until('it to be deleted', async () => /is deleted/.test(await text(page, '.notices')));
    await page.waitForSelector('.own-shares li', { hidden: true });
    assert.match(await refused(browser, address), /has deleted it/);
  });
  sound();
});

/** What a page says of a link that can't be opened; it stays usable. */
async function refused(browser, address) {
  const { page, close } = await open(browser, address, { wait: false });
  await until('the page to say why', () => page.$eval('.file-line.bad', (el) => el.checkVisibility()).catch(() => false));
  const said = await text(page, '.file-line');
  assert.equal((await rows(page)).length, 0);
  await page.click(at.run);
  await until('the page to go on', async () => (await rows(page)).length > 3);
  assert.doesNotMatch(page.url(), /share=|trace=/);
  await page.goBack();
  await until('the link again', async () => /Looking into|“|link|share/i.test(await text(page, '.file-line')));
  await close();
  return said;
}

test('links that lead nowhere say so', { timeout: 240_000 }, async (t) => {
  const dir = await tempDir(t);
  const record = '{"k":"h2trace","version":1,"title":"old"}\n';
  const old = async (days) => {
    const child = run('go', ['run', './e2e/testdata/oldshare', dir, String(days)], { cwd: root, env: { ...process.env, GOTOOLCHAIN: 'go1.27.4' } });
    child.child.stdin.end(record);
    return (await child).stdout.trim();
  };
  const expired = await old(31), fine = await old(29);
  const { url } = await serve(t, ['--data', dir]);
  const browser = await launch(t);
  const compact = (plain) => { const body = deflateSync(plain).toString('base64url'); return `1.${body.length.toString(36)}.${body}`; };
  const good = compact(Buffer.concat([Buffer.from(record), Buffer.alloc(1)]));
  const links = {
    [`share=${expired}`]: /expired\. Ask whoever sent/,
    [`share=${'A'.repeat(22)}`]: /knows no such share/,
    [`share=${fine.slice(0, 15)}`]: /knows no such share/,
    'share=../../etc': /knows no such share/,
    [`trace=${good.slice(0, -9)}`]: /cut off: \d+ of the \d+ characters/,
    'trace=': /cut off: its record is missing/,
    [`trace=${good.slice(0, 20)}AAAA${good.slice(24)}`]: /damaged/,
    'trace=hello': /damaged/,
    'trace=9.zz.AAAA': /newer version/,
    [`trace=${compact(Buffer.concat([Buffer.from(record), Buffer.alloc(60 << 20)]))}`]: /more than is opened/,
    [`trace=${compact(Buffer.from('{"k":"other"}\n\0'))}`]: /no record of Framewise/,
    [`trace=${gzipSync(Buffer.alloc(60 << 20, 10)).toString('base64url')}`]: /more than is opened/,
    [`trace=${gzipSync(`${record}${'\n'.repeat(1_000_001)}`).toString('base64url')}`]: /more than 1,000,000 entries|100 times/,
  };
  for (const [link, why] of Object.entries(links)) {
    await t.test(`${link.slice(0, 40)}: ${why}`, async () => assert.match(await refused(browser, `${url}#${link}`), why));
  }
  await t.test('a share of 29 days ago is there, and so is a link of gzip alone', async () => {
    for (const link of [`share=${fine}`, `trace=${gzipSync(record).toString('base64url')}`, `trace=${good}.`, `trace=${good}),`]) {
      const { page, close } = await open(browser, `${url}#${link}`, { wait: false });
      await until('its title', async () => /old/.test(await page.$eval('.file-title', (el) => el.textContent).catch(() => '')));
      await close();
    }
  });
});

test('without a store: the link works, the short address says what to do', { timeout: 180_000 }, async (t) => {
  const site = await staticSite(t, '/some/where/');
  const browser = await launch(t);
  const { page, frame } = await session(browser, site.url);
  await write(page);
  await page.click('#share-post');
  await until('the reason', async () => /This host keeps no shares.*serve --data DIR.*framewise share FILE/.test(await text(page, '#share-posted')));
  const { sound, close } = await same(browser, await output(page, 'share-link'), frame);
  sound();
  await close();
  await site.stop();
  await page.click('#share-post');
  await until('that nobody answers', async () => /Nobody answers/.test(await text(page, '#share-posted')));
});

test('on a phone, in the dark: the dialog and the note fit', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  const { page, sound } = await open(browser, url, { width: 390, height: 844, phone: true, dark: true });
  await settled(page);
  await page.click('#share-open');
  await page.waitForSelector('.sharing');
  await page.type('#share-title', 'x');
  await page.type('#share-note', note);
  await page.$eval('#share-note', (el) => el.blur());
  await ready(page);
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(await fits() <= 0);
  await screenshot(page, 'share-phone');
  const link = await output(page, 'share-link');
  sound();
  const there = await open(browser, link, { width: 390, height: 844, phone: true });
  await until('the note', () => there.page.$eval('.remark', (el) => el.checkVisibility()));
  await quiet(there.page);
  await screenshot(there.page, 'share-phone-note');
  assert.ok(await there.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth) <= 0);
  there.sound();
});

test('Firefox opens both kinds of links', { timeout: 180_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, frame } = await session(await launch(t), url);
  await write(page);
  await page.click('#share-post');
  await until('the address', () => output(page, 'share-address'));
  const firefox = await launchFirefox(t);
  for (const id of ['share-link', 'share-address']) {
    const { sound, close } = await same(firefox, await output(page, id), frame, { say: id });
    sound();
    await close();
  }
});
