// The views over time, Streams and Flow control, as somebody sees and uses them:
// with the pointer, with the keyboard alone, on a phone, in both themes.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, chord, quiet, settled, shown, tab, text } from '../lib/page.mjs';
import { root, serve, until } from '../lib/proc.mjs';

const stalls = path.join(root, 'core', 'inspect', 'testdata', 'stalls.h2trace');

/** The number of the frame at the instant. */
const instant = (page) => page.$eval('.foot .now b', (el) => Number(el.textContent.replace(/,/g, '')));

/** Opens a file by the keyboard, as the button does. */
async function openFile(page, file, frames) {
  const [chooser] = await Promise.all([page.waitForFileChooser(), chord(page, 'Control', 'o')]);
  await chooser.accept([file]);
  await until('the record', () => page.$eval('.foot .now', (el, n) => el.textContent.includes(`/ ${n}`), frames));
  await settledView(page);
}

async function settledView(page) {
  await quiet(page);
  await until('the instant to be shown', () => page.evaluate(() => !document.querySelector('.inspector .body.stale')));
}

const press = async (page, name, within = 'body') => {
  const button = await page.waitForSelector(`${within} ::-p-xpath(.//button[normalize-space()="${name}" or @aria-label="${name}"])`);
  await button.click();
  await settledView(page);
};

/** The rows of Streams: what is read, where its bars lie. */
const lanes = (page) => page.$$eval('#lanes [role=listitem]', (els) => els.filter((el) => el.querySelector('.lane-bar')).map((el) => ({
  name: el.querySelector('.lane-name').innerText.replace(/\s+/g, ' ').trim(),
  label: el.querySelector('.lane-name').getAttribute('aria-label'),
  on: el.getAttribute('aria-current') === 'true',
  place: Number(el.getAttribute('aria-posinset')),
  words: [...el.querySelectorAll('svg text')].map((t) => t.textContent).filter(Boolean),
  heavy: el.querySelectorAll('[data-c~=heavy]').length,
})).sort((a, b) => a.place - b.place));

/** Is the element painted inside the page, and inside what scrolls it? */
const inSight = (page, selector) => page.$eval(selector, (el) => {
  const box = el.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return box.height > 0 && Boolean(top) && (el.contains(top) || top.contains(el));
});

test('Streams: who waited for whom', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url);
  await settled(page);
  await tab(page, 'streams');
  await settledView(page);
  let rows = await lanes(page);
  assert.match(rows[0].name, /^1 GET \/ 200/);
  assert.match(rows[1].name, /^2 GET \/app\.css ↳ pushed by 1/);
  assert.equal(rows.filter((r) => r.on).length, 1, 'one stream is the selected frame’s');
  await screenshot(page, 'streams-light');

  await openFile(page, stalls, 37);
  rows = await lanes(page);
  assert.deepEqual(rows.map((r) => r.name.split(' ')[0]), ['1', '3', '5', '7', '9', '11']);
  assert.match(rows[2].name, /reset by the client: CANCEL/);
  assert.ok(rows[3].words.some((w) => w.startsWith('waits')), `the waiting of stream 7 is named: ${rows[3].words}`);
  assert.ok(rows[3].heavy > 0, 'its DATA are thick ticks');

  // A press on the bar where RST_STREAM of stream 5 was sent (70 of 155 ms).
  const bar = await page.$('[data-lane="2"] .lane-bar');
  const box = await bar.boundingBox();
  await page.mouse.click(box.x + box.width * (0.015 + 0.97 * 70 / 155), box.y + 6);
  await shown(page, 23);
  assert.deepEqual((await lanes(page)).filter((r) => r.on).map((r) => r.name.split(' ')[0]), ['5']);

  // The line of the instant is where that tick is.
  const line = await page.$eval('.instant', (el) => el.getBoundingClientRect().left);
  assert.ok(Math.abs(line - (box.x + box.width * (0.015 + 0.97 * 70 / 155))) < 3, `the instant is drawn at ${line}`);

  // The keyboard alone: steps, the next stall, zoom.
  await page.focus('#lanes');
  await page.keyboard.press('ArrowRight');
  await shown(page, 24);
  await page.keyboard.press('w');
  await shown(page, 30);
  assert.deepEqual((await lanes(page)).filter((r) => r.on).map((r) => r.name.split(' ')[0]), ['7']);
  const span = () => text(page, '.view-bar .zoom-text');
  assert.equal(await span(), '0.00 ms – 155.00 ms');
  await page.keyboard.press('+');
  await until('a shorter span', async () => await span() !== '0.00 ms – 155.00 ms');
  await settledView(page);
  assert.ok(await inSight(page, '.ruler'), 'the ruler is seen');
  assert.ok(await page.$('.instant:not(.gone)'), 'the instant stays in sight');
  const zoomed = await span();
  await tab(page, 'flow');
  await settledView(page);
  assert.equal(await span(), zoomed, 'both views show the same span');
  await page.keyboard.press('0');
  await settledView(page);
  assert.equal(await span(), '0.00 ms – 155.00 ms');

  // A span that is dragged out on the ruler, and Control with the wheel.
  await tab(page, 'streams');
  await settledView(page);
  const ruler = await (await page.$('.lane-time .ruler')).boundingBox();
  await page.mouse.move(ruler.x + ruler.width * 0.25, ruler.y + 8);
  await page.mouse.down();
  await page.mouse.move(ruler.x + ruler.width * 0.4, ruler.y + 8);
  await page.mouse.move(ruler.x + ruler.width * 0.5, ruler.y + 8);
  await page.mouse.up();
  await settledView(page);
  const [from, to] = (await span()).match(/[\d.]+/g).map(Number);
  assert.ok(from > 30 && from < 42 && to > 70 && to < 85, await span());
  await page.mouse.move(ruler.x + ruler.width * 0.5, ruler.y + 60);
  await page.keyboard.down('Control');
  await page.mouse.wheel({ deltaY: 200 });
  await page.keyboard.up('Control');
  await until('the wheel to zoom out', async () => { const [a, b] = (await span()).match(/[\d.]+/g).map(Number); return b - a > to - from + 5; });

  await press(page, 'Table', '.view-bar');
  const table = await page.$$eval('.time-view table tbody tr', (els) => els.map((el) => [...el.cells].map((c) => c.innerText.trim())));
  assert.equal(table.length, 6);
  assert.deepEqual(table[2].slice(0, 4), ['5', '–', 'GET /c', '200']);
  assert.match(table[2].at(-2), /stream window 42\.00 ms – 75\.00 ms/);
  await page.click('.time-view table tbody tr:nth-child(3) th button');
  await shown(page, 8);
  sound();
});

test('Flow control: which window, since when, what would end it', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url);
  await settled(page);
  await tab(page, 'flow');
  await settledView(page);
  assert.ok((await page.$$('.flow-card')).length >= 2, 'the first example has windows to show');
  await screenshot(page, 'flow-light');

  await openFile(page, stalls, 37);
  await page.focus('.view.flow');
  await page.keyboard.press('Home');
  await page.keyboard.press('w');
  await shown(page, 10);
  await settledView(page);
  assert.match(await text(page, '.waiting'), /server waits, stream 1: stream window\. .*WINDOW_UPDATE by the client on stream 1 would end it/);
  const titles = await page.$$eval('.flow-card h2', (els) => els.map((el) => el.textContent));
  assert.deepEqual(titles.slice(0, 2), ['Connection, server → client', 'Stream 1, server → client']);
  assert.ok((await page.$$('.flow-card:nth-child(2) [data-c~=stall-over]')).length === 1, 'its stall is hatched');
  await page.select('.of-stream select', '1'); // it stays while other streams' frames are passed
  await page.focus('.view.flow');
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight'); // PING, with credit under way
  await shown(page, 14);
  await settledView(page);
  assert.equal(await text(page, '.flow-card:nth-child(2) .flow-sum'), 'server may send 0 credit under way 500 since frame 13 client is ready for 500');

  await page.select('.of-stream select', '0');
  // A stall of the list leads to its frame; the chart then is of its stream.
  await page.$eval('.stalls li:nth-child(3) button', (el) => el.click());
  await shown(page, 30);
  await settledView(page);
  assert.match(await text(page, '.waiting'), /client waits, the connection: connection window/);
  assert.ok(await page.$('.stalls li:nth-child(3).lit'), 'the stall that goes on is marked');

  // A stream chosen from the list stays.
  await page.select('.of-stream select', '5');
  await until('stream 5', async () => (await page.$$eval('.flow-card h2', (els) => els.map((el) => el.textContent))).includes('Stream 5, server → client'));

  // A press on the chart: 75 ms is where RST_STREAM arrives.
  const area = await (await page.$('.flow-card:nth-child(2) .plot-area')).boundingBox();
  await page.mouse.click(area.x + area.width * (0.015 + 0.97 * 66 / 155), area.y + 20);
  await until('the press to lead to WINDOW_UPDATE', async () => await instant(page) === 22);

  await press(page, 'Table', '.view-bar');
  const head = await page.$$eval('.flow-card:nth-child(2) th[scope=col]', (els) => els.map((el) => el.textContent));
  assert.deepEqual(head, ['Frame', 'Time', 'Sender (server)', 'Receiver (client)', 'Difference']);
  assert.ok((await page.$$('.flow-card:nth-child(2) tr.lit')).length === 1, 'the instant is marked in the table');
  sound();
});

test('the views over time on a phone, and dark', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  for (const [name, options] of [['phone', { width: 390, height: 844, phone: true }], ['dark', { dark: true }]]) {
    const { page, sound, close } = await open(browser, `${url}#example=window`, options);
    await settled(page);
    for (const view of ['streams', 'flow']) {
      await tab(page, view);
      await settledView(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${view} scrolls sideways`);
      const clipped = await page.$$eval('.time-view .seg button, .time-view select', (els) => els.filter((el) => { const b = el.getBoundingClientRect(); return b.width && (b.left < 0 || b.right > innerWidth); }).length);
      assert.equal(clipped, 0, 'controls beyond the edge');
      const small = await page.$$eval('.time-view svg text', (els) => els.filter((el) => parseFloat(getComputedStyle(el).fontSize) < 11).length);
      assert.equal(small, 0, 'text below 11 pixels');
      await screenshot(page, `${view}-${name}`);
    }
    await page.evaluate((s) => document.querySelector(s)?.focus(), at.list);
    sound();
    await close();
  }
});
