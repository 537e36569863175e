// The views HPACK, Priority and Connection: what is seen at an instant, by the
// pointer and by the keyboard alone, wide and on a phone.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { quiet, rows, runProgram, settled, shown, tab, text } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';

const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844, phone: true } };
const view = '.sheet-view';
/** The number of the selected frame where the list is not on the page. */
const frame = (page) => page.$eval('.foot .now b', (el) => Number(el.innerText.replace(/,/g, '')));
const frameIs = async (page, n) => { await until(`frame ${n}`, async () => await frame(page) === n, 10_000, () => frame(page)); await quiet(page); };
const pressButton = (page, name) => page.$$eval(`${view} button`, (els, label) => els.find((el) => el.innerText.trim().startsWith(label)).click(), name);
const says = (page, pattern, selector = view) => {
  let last = '';
  return until(`the view to say ${pattern}`, async () => pattern.test(last = await text(page, selector)), 10_000, () => `it says ${last}`);
};

/** No page of these scrolls sideways. */
async function fits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${what} is ${over} px wider than the page`);
}

const again = `
const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (stream) => { stream.respond({ ':status': 200, 'x-made-by': 'framewise' }); stream.end('x'.repeat(3000)); });
server.listen(80);
const client = http2.connect('http://localhost:80', { settings: { initialWindowSize: 2000, maxConcurrentStreams: 7 } });
let left = 3;
const next = () => {
  if (left-- === 0) return client.destroy();
  const req = client.request({ ':path': '/a/long/path', 'x-token': 'c0ffee', priority: left === 1 ? 'u=1, i' : 'u=5' });
  req.on('data', () => {});
  req.on('end', next);
};
next();
`;

for (const [name, size] of Object.entries(sizes)) {
  test(`HPACK, Priority and Connection at an instant: ${name}`, { timeout: 180_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, size);
    await settled(page);
    if (size.phone) await tab(page, 'code');
    await runProgram(page, again);
    if (size.phone) await tab(page, 'sequence');
    await until('the session', async () => (await rows(page)).some((r) => /GET \/a\/long\/path/.test(r.label)));
    await settled(page);
    await tab(page, 'frames');
    const all = await rows(page);
    const requests = all.filter((r) => /GET \/a\/long\/path/.test(r.label)).map((r) => r.frame);
    assert.ok(requests.length >= (size.phone ? 1 : 3), JSON.stringify(all));

    await tab(page, 'hpack');
    await page.keyboard.press('Home');
    await frameIs(page, 1);
    await says(page, /No field block up to this instant/);
    for (let n = 1; n < requests[0]; n++) await page.keyboard.press('ArrowRight');
    await frameIs(page, requests[0]);
    await says(page, /just after frame/);
    const sides = () => page.$$eval(`${view} .side`, (els) => els.map((el) => el.innerText.replace(/\s+/g, ' ')));
    const [client, server] = await sides();
    assert.match(client, /Client's encoder table.*client → server/);
    assert.match(client, /62 new.*x-token: c0ffee/, 'what the frame inserted is marked with a word');
    assert.match(client, /1 field block: \d+ octets became \d+, \d+ % saved/);
    assert.match(server, /No field block in this direction yet/);
    await fits(page, 'HPACK');
    await screenshot(page, `hpack-${name}`);
    // The entry leads to the frame that made it, which is this one; a later frame has none that is new.
    await page.keyboard.press('ArrowRight');
    await frameIs(page, requests[0] + 1);
    await until('an entry that is not new', async () => /\b62 x-|\b62 priority/.test((await sides())[0]) && !/62 new/.test((await sides())[0]));
    await page.click(`${view} .side tbody .go`);
    await frameIs(page, requests[0]);
    // Sorting, and the chart's table.
    await page.click(`${view} .side:first-child .sort`);
    await until('names from A', () => page.$eval(`${view} .side:first-child th[aria-sort]`, (el) => el.getAttribute('aria-sort') === 'ascending'));
    const names = await page.$$eval(`${view} .side:first-child .field-stats td.fname`, (els) => els.map((el) => el.innerText));
    assert.deepEqual(names, [...names].sort());
    await pressButton(page, 'Table');
    await until('the table of sizes', () => page.$eval(`${view} .sizes table`, (el) => el.offsetHeight > 0 && /at most/.test(el.innerText)));
    assert.equal(await page.$eval(`${view} .chart`, (el) => el.offsetHeight), 0);

    await tab(page, 'priority');
    await quiet(page);
    await says(page, /Urgency and incremental/);
    await says(page, /u=5\s*stream 1 by its request/);
    await says(page, /now/, `${view} .strip`);
    await fits(page, 'Priority');
    for (let n = 0; n < 60 && !/u=1\s*stream 3/.test(await text(page, view)); n++) {
      await page.keyboard.press('ArrowRight');
      await quiet(page);
    }
    await says(page, /u=1\s*stream 3 incremental by its request/);
    await screenshot(page, `priority-${name}`);
    const turn = await page.$eval(`${view} .strip button`, (el) => ({ label: el.textContent.trim(), said: el.innerText }));
    assert.match(turn.label, /^stream 1 [\d,]+ B, /);
    const first = Number(/(?:frames, |frame )(\d+)/.exec(turn.label)[1]);
    await page.click(`${view} .strip button`);
    await frameIs(page, first);
    await pressButton(page, 'Table');
    await until('the table of turns', () => page.$eval(`${view} .turns table`, (el) => el.offsetHeight > 0 && /now/.test(el.innerText)));

    await tab(page, 'connection');
    await page.keyboard.press('Home');
    await frameIs(page, 1);
    await page.keyboard.press('ArrowRight');
    await frameIs(page, 2);
    await says(page, /INITIAL_WINDOW_SIZE §6.5.2 65,535 default 2,000 announced, not acknowledged yet/);
    await says(page, /on its way to the server|acknowledgement is on its way/);
    await fits(page, 'Connection');
    await screenshot(page, `connection-${name}`);
    await page.keyboard.press('End');
    await says(page, /INITIAL_WINDOW_SIZE §6.5.2 2,000 65,535 default/);
    await says(page, /MAX_CONCURRENT_STREAMS §5.1.2 0 of 7 streams/);
    await says(page, /says goodbye: NO_ERROR/);
    await page.browserContext().overridePermissions(new URL(url).origin, ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write']);
    const print = await text(page, `${view} .copy-line code`);
    assert.match(print, /^3:7;4:2000\|00\|0\||^4:2000;3:7\|00\|0\|/);
    await page.click(`${view} .copy-line button`);
    await until('the notice', async () => /Copied: the fingerprint/.test(await text(page, '.notices').catch(() => '')));
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), print);
    sound();
  });

  test(`the whole game of predicting, by the keyboard alone: ${name}`, { timeout: 180_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, size);
    await settled(page);
    await page.keyboard.press('Home');
    await page.keyboard.press('h');
    await page.waitForSelector('.options button');
    await quiet(page);
    const block = await frame(page);
    assert.ok(block > 1, 'the first frame has no field block');
    await shown(page, block);
    assert.match(await text(page, '.inspector'), /stay covered while you predict/);
    assert.equal(await page.$('.inspector .block, .inspector .octets'), null, 'the inspector tells nothing');
    const costs = await page.$$eval('.option-told', (els) => els.filter((el) => el.offsetHeight > 0).length);
    assert.equal(costs, 0, 'no option says what it costs');
    await fits(page, 'the question');
    await screenshot(page, `predict-ask-${name}`);

    let blocks = 0;
    let lines = 0;
    let right = 0;
    for (let guard = 0; blocks < 2 && guard < 60; guard++) {
      if (await page.$('.done')) {
        assert.match(await text(page, '.predict'), new RegExp(`Block done: \\d+ of \\d+ right`));
        assert.doesNotMatch(await text(page, '.inspector'), /stay covered/);
        assert.ok(await page.$('.inspector .block'), 'the field block is back');
        if (blocks === 0) await screenshot(page, `predict-done-${name}`);
        blocks++;
        if (blocks === 2) break;
        await page.keyboard.press('Enter');
        await until('the next block', async () => !await page.$('.done') && await page.$('.options button:not(:disabled)'));
        continue;
      }
      await until('a question', () => page.$('.options button:not(:disabled)'));
      const key = lines === 1 ? 'g' : String(1 + lines % 3);
      await page.keyboard.press(key);
      await page.waitForSelector('.told:not(.gone)');
      lines++;
      const told = await text(page, '.told');
      assert.match(told, lines === 2 ? /^The encoder took: / : /^(Right: |Not this time\. The encoder took: )/);
      if (/^Right/.test(told)) right++;
      assert.match(await text(page, '.score'), new RegExp(`^${right} of ${lines} right`));
      assert.equal(await page.$$eval('.options .taken', (els) => els.length), 1);
      assert.ok(await page.$$eval('.option-told', (els) => els.every((el) => /octet/.test(el.innerText))), 'every option says its cost');
      await page.waitForSelector('#predict-next:focus');
      if (lines === 1) {
        await page.keyboard.press('2'); // neither an answer nor a view
        assert.match(await text(page, '.score'), /of 1 right/);
        await screenshot(page, `predict-told-${name}`);
      }
      await page.keyboard.press('Enter');
      await until('to go on', async () => !await page.$('.told:not(.gone)'));
    }
    assert.equal(blocks, 2);
    assert.ok(lines >= 4, `${lines} field lines`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('#predict-open:focus');
    await says(page, /Client's encoder table/);
    sound();
  });
}

test('the game by the pointer, and in the dark', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, { ...sizes.wide, dark: true });
  await settled(page);
  for (const id of ['hpack', 'priority', 'connection']) {
    await tab(page, id);
    await quiet(page);
    await screenshot(page, `${id}-dark`);
  }
  await tab(page, 'hpack');
  await page.click('#predict-open');
  await page.waitForSelector('.options button');
  await page.click('.options li:nth-child(2) button');
  await page.waitForSelector('.told:not(.gone)');
  assert.match(await text(page, '.options .mine'), /yours/);
  await screenshot(page, 'predict-dark');
  await page.click('#predict-next');
  await until('the next line', async () => /Field line 2/.test(await text(page, '.predict')));
  // A frame without a field block: the game says so and offers the next.
  await page.keyboard.press('Home');
  await says(page, /Frame 1 carries no field block/);
  await pressButton(page, 'Next field block');
  await until('a question', () => page.$('.options button:not(:disabled)'));
  await pressButton(page, 'Leave');
  await says(page, /Client's encoder table/);
  sound();
});
