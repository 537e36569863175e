// Moving through a record: searches, breakpoints, bookmarks, completion, the
// palette, the tour, the browser's history; by the keyboard and by the pointer.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { firstFrame, launch, open } from '../lib/browser.mjs';
import { at, chord, rows, selectedFrame, settled, text } from '../lib/page.mjs';
import { serve, tempDir, until } from '../lib/proc.mjs';

const phone = { width: 390, height: 844, phone: true };
const frameIs = (page, n) => until(`frame ${n}`, async () => await selectedFrame(page) === n, 10_000);
const noticed = (page, pattern) => until(`the notice ${pattern}`, async () => pattern.test(await text(page, '.notices').catch(() => '')));
const focused = (page, selector) => page.waitForSelector(`${selector}:focus`);
const label = (page, name) => page.click(`[aria-label="${name}"]`);

/** Opens an example by its name in the palette. */
async function example(page, words) {
  await chord(page, 'Control', 'k');
  await focused(page, '#palette-in');
  await page.keyboard.type(words);
  await until('the example', () => page.$eval('#palette-list .option.on', (el) => /Example/.test(el.innerText)).catch(() => false));
  await page.keyboard.press('Enter');
  await settled(page);
}

test('searches, breakpoints and bookmarks, by the keyboard', { timeout: 180_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, { height: 1800 });
  await settled(page);
  await page.focus(at.list);
  const all = await rows(page);
  const push = all.find((r) => /PUSH_PROMISE/.test(r.label)).frame;
  const stream = (r) => r.label.split(' ')[2];

  await page.keyboard.press('Home');
  await frameIs(page, 1);
  await page.keyboard.press('e');
  await noticed(page, /No error|^$/);
  const third = all.find((r) => / HEADERS 3 /.test(`${r.label} `));
  await page.click(`#list [data-frame="${third.frame}"]`);
  await frameIs(page, third.frame);
  const next = all.find((r) => r.frame > third.frame && stream(r) === '3');
  await page.keyboard.press('s');
  await frameIs(page, next.frame);
  await chord(page, 'Shift', 'S');
  await frameIs(page, third.frame);
  await page.keyboard.press('w'); // 100,000 octets are more than a window
  await until('a stall', async () => await selectedFrame(page) > third.frame);

  // A breakpoint: completion, a mistake that is pointed at, then it stops.
  await page.keyboard.press('m');
  await focused(page, '#panel-close');
  await page.focus('#break');
  await page.keyboard.type('type:PUSHY');
  await page.keyboard.press('Enter');
  await until('the mistake', async () => /Character 6/.test(await text(page, '#break-problem')));
  for (let i = 0; i < 5; i++) await page.keyboard.press('Backspace');
  await page.keyboard.type('PUS');
  await page.waitForSelector('#break-list .option');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await until('the completion', () => page.$eval('#break', (el) => el.value.trim() === 'type:PUSH_PROMISE'));
  await page.keyboard.press('Enter');
  await until('the breakpoint', () => page.$('.breaks li'));
  await page.keyboard.press('Escape');
  await page.waitForSelector('.panel', { hidden: true });
  await page.focus(at.list);
  await page.keyboard.press('Home');
  await chord(page, 'Shift', '>');
  await chord(page, 'Shift', '>');
  await chord(page, 'Shift', '>');
  await page.keyboard.press('Space');
  await noticed(page, new RegExp(`Stopped at frame ${push}: type:PUSH_PROMISE`));
  assert.equal(await selectedFrame(page), push);

  // A bookmark with a note, in the address and after a reload.
  await page.keyboard.press('b');
  await focused(page, `#note-${push - 1}`);
  await page.keyboard.type('why here?');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.panel', { hidden: true });
  await until('the address', () => page.evaluate((n) => decodeURIComponent(location.hash.replaceAll('+', ' ')).includes(`mark=${n}:why here?`), push));
  await page.goto('about:blank');
  await page.goto(url);
  await firstFrame(page);
  await settled(page);
  await page.focus(at.list);
  await page.keyboard.press('Home');
  await page.keyboard.press(']');
  await frameIs(page, push);
  await page.keyboard.press('m');
  await until('the note', () => page.$eval(`#note-${push - 1}`, (el) => el.value === 'why here?').catch(() => false));
  sound();
});

for (const [name, size] of [['wide', { width: 1440, height: 900 }], ['on a phone', phone]]) {
  test(`searches, breakpoints and bookmarks, by the pointer, ${name}`, { timeout: 120_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, size);
    await settled(page);
    await page.click('[aria-label="Bookmark at this frame"]');
    await page.waitForSelector('.panel .marks li');
    const seen = await page.$$eval('.panel, .panel button, .panel input', (els) => els.filter((el) => el.checkVisibility()).map((el) => el.getBoundingClientRect()).filter((b) => b.left < 0 || b.right > innerWidth).length);
    assert.equal(seen, 0, 'the panel is wider than the page');
    await page.click('.panel .chip'); // type:RST_STREAM
    await page.waitForSelector('.panel .breaks li input[type=checkbox]');
    const scope = name === 'wide' ? '.foot' : '.panel';
    const before = await selectedFrame(page);
    await page.click(`${scope} .seek [aria-label="The next frame of this stream (s)"]`);
    await until('another frame', async () => await selectedFrame(page) !== before);
    await label(page, 'Remove the bookmark of frame ' + before);
    await page.waitForSelector('.panel .marks li', { hidden: true });
    await page.click('.notices .btn'); // Undo
    await page.waitForSelector('.panel .marks li');
    await label(page, 'Close bookmarks and breakpoints');
    await page.waitForSelector('.panel', { hidden: true });
    sound();
  });
}

test('the filter is completed, explained and never waits', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, { height: 1800 });
  await settled(page);
  await page.focus(at.list);
  await page.keyboard.press('/');
  await focused(page, at.filter);
  await page.keyboard.press('ArrowDown'); // all terms, with what they mean
  await until('the terms', async () => (await page.$$('#filter-list .option')).length >= 10);
  assert.match(await text(page, '#filter-list'), /type: of this type/);
  await page.keyboard.type('ty');
  await until('type', async () => (await page.$$('#filter-list .option')).length === 1);
  await page.keyboard.press('ArrowDown');
  await until('the entry to be named by the field', () => page.$eval(at.filter, (el) => el.getAttribute('role') === 'combobox'
    && el.getAttribute('aria-expanded') === 'true' && document.getElementById(el.getAttribute('aria-activedescendant'))?.getAttribute('aria-selected') === 'true'));
  await page.keyboard.press('Enter');
  await page.keyboard.type('SETT');
  await until('SETTINGS', () => page.$eval('#filter-list', (el) => /SETTINGS/.test(el.innerText)));
  await page.click('#filter-list .option'); // by the pointer; the keyboard stays
  await until('the filter', () => page.$eval(at.filter, (el) => el.value === 'type:SETTINGS '));
  assert.ok(await page.$(`${at.filter}:focus`), 'the keyboard left the field');
  await until('SETTINGS alone', async () => (await rows(page)).every(({ label: l }) => / SETTINGS /.test(l)));
  await page.keyboard.type('bogus');
  await until('the mistake', async () => /Character 15/.test(await text(page, '#filter-problem')));
  const aligned = await page.evaluate(() => {
    const pre = document.querySelector('#filter-problem pre').textContent;
    return pre.indexOf('^') === document.getElementById('filter').value.indexOf('bogus');
  });
  assert.ok(aligned, 'the mark is not below the wrong character');
  sound();
});

test('the palette and the sheet', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, { height: 1800 });
  const count = await settled(page);
  await page.click('[aria-label="Commands"]');
  await focused(page, '#palette-in');
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('Tab');
    assert.ok(await page.$('#palette-in:focus'), 'Tab leaves the palette');
  }
  await page.keyboard.type(`frame ${count - 1}`);
  await until('the frame', () => page.$eval('#palette-list', (el) => /Go to frame/.test(el.innerText)));
  await page.keyboard.press('Enter');
  await frameIs(page, count - 1);
  assert.ok(await page.$(`${at.list}:focus`));
  await chord(page, 'Control', 'k');
  await focused(page, '#palette-in');
  await page.keyboard.type('light or dark');
  const dark = () => page.evaluate(() => document.documentElement.dataset.theme);
  const was = await dark();
  await page.waitForFunction(() => document.querySelectorAll('#palette-list .option').length === 1);
  await page.click('#palette-list .option');
  await until('the other theme', async () => await dark() !== was);

  await page.waitForSelector('.palette', { hidden: true });

  // Below a dialog nothing can be reached.
  await page.keyboard.press('?');
  await focused(page, '#help-close');
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest('.sheet')), 'Tab leaves the sheet');
  }
  assert.match(await text(page, at.sheet), /The next stall/);
  await page.waitForSelector('.sheet .terms:not(.gone)');
  await page.keyboard.press('Escape');
  await page.waitForSelector(at.sheet, { hidden: true });
  sound();
});

test('back and forward', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, { height: 1800 });
  await settled(page);
  const view = (id) => until(`the view ${id}`, () => page.$eval(`#tab-${id}`, (el) => el.getAttribute('aria-selected') === 'true'));
  await page.focus(at.list);
  await page.keyboard.press('Home');
  for (let i = 0; i < 3; i++) await page.keyboard.press('j');
  await frameIs(page, 4);
  await page.keyboard.press('2');
  await view('frames');
  await page.keyboard.press('j');
  await frameIs(page, 5);
  await until('the address', () => page.evaluate(() => /frame=5/.test(location.hash)));
  await example(page, 'example reset');
  assert.ok((await rows(page)).some(({ label: l }) => /RST_STREAM/.test(l)));
  await page.goBack();
  await until('the first example', async () => (await rows(page)).some(({ label: l }) => /PUSH_PROMISE/.test(l)));
  await frameIs(page, 5);
  await view('frames');
  await page.goBack();
  await view('sequence');
  await frameIs(page, 4);
  await page.goForward();
  await view('frames');
  sound();
});

for (const [name, size] of [['wide', { width: 1440, height: 900 }], ['narrow', { width: 1024, height: 768 }], ['on a phone', phone]]) {
  test(`the tour, ${name}`, { timeout: 90_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, { ...size, tour: true });
    await settled(page);
    for (let step = 1; step <= 5; step++) {
      await until(`step ${step}`, async () => (await text(page, '.tour')).includes(`${step} of 5`));
      const covered = await page.evaluate(() => {
        const card = document.querySelector('.tour').getBoundingClientRect();
        const part = document.querySelector('[class*="tour-at-"]').className.match(/tour-at-(\w+)/)[1];
        const b = document.querySelector(`.app .${part}, .app.${part}`).getBoundingClientRect();
        const inside = card.left >= 0 && card.right <= innerWidth && card.top >= 0 && card.bottom <= innerHeight;
        const shown = b.width > 0 && b.bottom > 0 && b.top < innerHeight;
        return { part, inside, shown, over: card.left < b.right && b.left < card.right && card.top < b.bottom && b.top < card.bottom };
      });
      assert.deepEqual({ ...covered, part: '' }, { part: '', inside: true, shown: true, over: false }, `step ${step}, ${covered.part}`);
      await page.click('#tour-next');
    }
    await page.waitForSelector('.tour', { hidden: true });
    await page.reload();
    await firstFrame(page);
    await settled(page);
    assert.equal(await page.$('.tour'), null, 'the tour is not remembered');
    sound();
  });
}

test('a program of the page that stops leaves the record to be saved', { timeout: 90_000 }, async (t) => {
  const { url } = await serve(t);
  const dir = await tempDir(t);
  const { page } = await open(await launch(t), url);
  await settled(page);
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: dir, browserContextId: page.browserContext().id });
  // The browser refuses what the program does at every step: it can't go on.
  await page.evaluate(() => { History.prototype.replaceState = () => { throw new Error('on purpose'); }; });
  await page.keyboard.press('Home');
  const message = await page.waitForSelector('.boot.over, .alerts .alert', { timeout: 10_000 });
  assert.match(await message.evaluate((el) => el.textContent), /stopped|broke/);
  await (await message.$('xpath/.//button[normalize-space()="Save the record"]')).evaluate((el) => el.click());
  const record = await until('the file', () => readFile(path.join(dir, 'framewise.h2trace'), 'utf8').catch(() => ''));
  assert.match(record, /^\{"k":"h2trace"/);
  assert.ok(record.trim().split('\n').every((line) => JSON.parse(line)), 'a line of the file can’t be read');
});
