// The page with its example: what a visitor sees, presses and reads.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { firstFrame, launch, open } from '../lib/browser.mjs';
import { at, endless, fill, pane, program, rows, runProgram, select, selectedFrame, settled, shown, tab, text } from '../lib/page.mjs';
import { root, serve, until } from '../lib/proc.mjs';
import { listen, records } from '../lib/record.mjs';

const golden = path.join(root, 'e2e', 'testdata', 'example-frames.txt');

/** The frame (from 1) of the first row whose label fits. */
async function find(page, pattern) {
  const row = (await rows(page)).find(({ label }) => pattern.test(label));
  assert.ok(row, `no frame fits ${pattern}`);
  return row.frame;
}

/** What the Inspector's tables of field lines hold. */
const tables = (page) => page.$$eval('.inspector .tables table', (els) => els.map((el) => [...el.querySelectorAll('tr:not(.gone)')].map((tr) => tr.innerText.replace(/\s+/g, ' ').trim())));

test('the playground', { timeout: 240_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  // Tall enough that every frame of the example is drawn.
  const { page, sound } = await open(browser, url, { height: 1800 });

  await t.test('has run an example, whose frames are the expected ones', async () => {
    const time = await firstFrame(page);
    console.log(`first frame on screen after ${Math.round(time)} ms: ${time <= 1500 ? 'PASS' : 'over'} (at most 1,500 ms)`);
    const count = await settled(page);
    await tab(page, 'frames');
    const got = await rows(page);
    assert.equal(got.length, count, 'not all frames are drawn');
    const lines = got.map(({ label }) => `${label}\n`).join('');
    if (process.env.UPDATE_GOLDEN) await writeFile(golden, lines);
    assert.equal(lines, await readFile(golden, 'utf8'));
    await tab(page, 'sequence');
  });

  await t.test('shows which field an octet belongs to, and the other way round', async () => {
    await select(page, await find(page, /^c2s HEADERS .*GET/));
    const octets = await page.$$eval(at.octet, (els) => els.map((el) => Number(el.dataset.o)));
    assert.ok(octets.length > 9, `the frame has ${octets.length} octets`);
    for (const octet of octets) {
      await page.click(`${at.octet}[data-o="${octet}"]`);
      await page.mouse.move(5, 5); // what stays lit was kept by the click
      const lit = await page.waitForFunction((n) => {
        const pressed = document.querySelector(`.inspector [data-o="${n}"][aria-pressed="true"]`);
        const fields = [...document.querySelectorAll('.inspector [data-span].lit')].map((tr) => tr.innerText.replace(/\s+/g, ' ').trim());
        return pressed && fields.length > 0 && fields;
      }, {}, octet).then((handle) => handle.jsonValue());
      const inside = lit.some((field) => {
        const [, from, to = from] = field.match(/\b(\d+)(?:–(\d+))?\b/) ?? [];
        return Number(from) <= octet && octet <= Number(to);
      });
      assert.ok(inside, `octet ${octet} lit ${lit}`);
      if (octet === 3) assert.match(lit.join(), /Type.*HEADERS/);
      if (octet === 8) assert.match(lit.join(), /Stream Identifier/);
    }
    const reps = await page.$$eval('.inspector [data-rep].lit', (els) => els.length);
    assert.equal(reps, 1, 'the last octet belongs to one representation');
    await page.evaluate(() => [...document.querySelectorAll('.inspector [data-span]')].find((tr) => /^Length/.test(tr.innerText.trim())).querySelector('button').click());
    const lit = await page.waitForFunction(() => {
      const els = [...document.querySelectorAll('.inspector [data-o].lit')].map((el) => Number(el.dataset.o));
      return els.length === 3 && els;
    }).then((handle) => handle.jsonValue());
    assert.deepEqual(lit, [0, 1, 2]);
  });

  await t.test('shows the dynamic tables of each instant, forward and back', async () => {
    await pane(page, 'hpack');
    const count = await settled(page);
    const seen = [];
    for (let frame = 1; frame <= count; frame++) {
      await select(page, frame);
      seen.push(JSON.stringify(await tables(page)));
    }
    assert.ok(new Set(seen).size > 2, 'the tables never changed');
    for (let frame = count - 1; frame >= 1; frame--) {
      await page.focus(at.list);
      await page.keyboard.press('ArrowLeft');
      await until(`frame ${frame}`, async () => await selectedFrame(page) === frame);
      await until(`the tables of frame ${frame} again`, async () => JSON.stringify(await tables(page)) === seen[frame - 1], 5_000,
        () => `first ${seen[frame - 1]}`);
    }
    await pane(page, 'frame');
  });

  await t.test('filters, and points at what is wrong with a filter', async () => {
    const all = await settled(page);
    await fill(page, at.filter, 'type:HEADERS');
    await until('fewer frames', async () => (await rows(page)).length < all);
    const kept = await rows(page);
    assert.ok(kept.length > 0);
    for (const { label } of kept) assert.match(label, /^(c2s|s2c) HEADERS /);
    await fill(page, at.filter, 'type:HEADERS stream:x');
    await until('the problem', async () => /\S/.test(await text(page, '#filter-problem')));
    await page.click('[aria-label="Clear the filter"]');
    await until('all frames', async () => (await rows(page)).length === all);
  });

  await t.test('restores a view from its address', async () => {
    const other = await open(browser, `${url}#frame=3&view=frames&pane=stream`);
    await until('frame 3', async () => await selectedFrame(other.page) === 3);
    assert.equal(await other.page.$eval('#tab-frames', (el) => el.getAttribute('aria-selected')), 'true');
    assert.equal(await other.page.$eval('#pane-stream', (el) => el.getAttribute('aria-selected')), 'true');
    other.sound();
    await other.close();
  });

  sound();
});

test('the keyboard is enough', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, { height: 1800 });
  const count = await settled(page);
  const press = (key) => page.keyboard.press(key);
  const at1 = async (frame) => {
    await until(`frame ${frame}`, async () => await selectedFrame(page) === frame);
    await shown(page, frame);
  };

  await press('Home');
  await at1(1);
  await press('ArrowRight');
  await press('j');
  await at1(3);
  await press('ArrowLeft');
  await at1(2);
  await press('End');
  await at1(count);

  await press('2');
  await until('the Frames view', () => page.$eval('#tab-frames', (el) => el.getAttribute('aria-selected') === 'true'));
  await press('1');
  await until('the Sequence view', () => page.$eval('#tab-sequence', (el) => el.getAttribute('aria-selected') === 'true'));

  await press('/');
  await until('the filter', () => page.evaluate(() => document.activeElement.id === 'filter'));
  await page.keyboard.type('type:SETTINGS');
  await until('fewer frames', async () => (await rows(page)).length < count);
  await page.keyboard.down('Control');
  await press('a');
  await page.keyboard.up('Control');
  await press('Backspace');
  await until('all frames', async () => (await rows(page)).length === count);
  await press('Escape');
  await until('the list', () => page.evaluate(() => document.activeElement.id === 'list'));

  await press('Home');
  await press('j');
  await at1(2);
  await press('x');
  await until('the octets', () => page.evaluate(() => document.activeElement.hasAttribute('data-o')));
  await press('ArrowRight');
  await press('Enter');
  await until('an octet that stays lit', async () => (await page.$$('.inspector [data-o][aria-pressed="true"]')).length > 0);
  await press('Escape');

  await press('?');
  await page.waitForSelector(at.sheet);
  assert.match(await text(page, at.sheet), /Run the program/);
  await press('Escape');
  await until('the sheet to close', async () => !await page.$(at.sheet));

  // Every stop of the Tab key can be seen.
  await page.evaluate(() => document.activeElement.blur());
  for (let i = 0; i < 25; i++) {
    await press('Tab');
    const ring = await page.evaluate(() => {
      const el = document.activeElement;
      if (el === document.body) return 'body';
      const style = getComputedStyle(el);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none' ? 'seen' : el.outerHTML.slice(0, 120);
    });
    if (ring === 'body') break;
    assert.equal(ring, 'seen', 'the keyboard is here, and nothing shows it');
  }
  sound();
});

test('a program gives the same record each time', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const tabs = await open(await launch(t), 'about:blank', { wait: false });
  const { page, sound } = tabs;
  await listen(page);
  await page.goto(url);
  await firstFrame(page);
  await settled(page);
  const runs = 3;
  for (let i = 1; i < runs; i++) {
    await page.click(at.run);
    await until(`run ${i + 1}`, async () => (await records(page)).length === i + 1);
    await settled(page);
  }
  const all = await records(page);
  assert.equal(all.length, runs);
  assert.match(all[0], /^\{"k":"h2trace"/);
  assert.ok(all[0].split('\n').length > 10, 'the record is all but empty');
  for (const one of all) assert.equal(one, all[0]);
  sound();
});

test('a changed program runs, and a broken one says where', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, { height: 1800 });
  await settled(page);
  const before = await program(page);
  const write = (program) => runProgram(page, program);
  const wanted = before.replace(/some data/, 'other octets that are longer');
  assert.notEqual(wanted, before, 'the example has no body to change');
  await write(wanted);
  await until('the new body', async () => (await page.$$eval(at.console, (els) => els.map((el) => el.innerText).join('\n'))).includes('other octets that are longer'));
  sound();

  const says = (pattern) => until(`the page to say ${pattern}`, async () => pattern.test(await text(page, '.program')));
  await write('const http2 = require("http2");\n\nthrow new Error("on purpose");\n');
  await says(/Line 3, column \d+: Error: on purpose/);
  await write('const http2 = require("http2");\nconst x = ;\n');
  await says(/Line 2, column 11: SyntaxError: Unexpected token/);

  await write('const http2 = require("http2");\nfor (;;) {}\n');
  await says(/Line 2, column 1: the program was stopped: 20,000,000 turns/);

  // A program that never ends holds up nothing but itself.
  await write(endless);
  await until('the button that stops it', () => page.$eval(at.run, (el) => /Stop/.test(el.textContent)));
  await page.click('#help-open');
  await page.waitForSelector(at.sheet);
  await page.keyboard.press('Escape');
  await until('the sheet to close', async () => !await page.$(at.sheet));
  await page.click(at.run);
  await until('the button that runs', () => page.$eval(at.run, (el) => /Run/.test(el.textContent)));
  await write(before);
  await until('frames again', async () => (await rows(page)).length > 5);
  sound();
});
