// The tab Faults and forks: a session is made worse, wide and on a phone, by
// pointer and by keyboard alone, and the frames say what came of it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, chord, fill, rows, selectedFrame, settled, shown, side, tab, text } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';

const sizes = [['desktop', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844, phone: true }]];

const labels = async (page) => (await rows(page)).map((r) => r.label);
const banner = (page) => text(page, '#banner');

/** Waits for the run with this plan to be in sight. */
async function ran(page) {
  await until('the run to be that of the plan', () => page.$eval('#banner-run', (el) => el.classList.contains('gone')));
  await settled(page);
}

/** Goes to a frame, from 1, by the arrow keys. */
async function go(page, frame) {
  // The keyboard must not be in a field.
  await page.evaluate(() => document.activeElement?.blur());
  for (let n = await selectedFrame(page); n !== frame; n += Math.sign(frame - n)) await page.keyboard.press(frame > n ? 'ArrowRight' : 'ArrowLeft');
  await until(`frame ${frame}`, () => page.$eval(at.map, (el, n) => el.getAttribute('aria-valuenow') === String(n), frame));
}

/** Presses Tab until the element with the identifier has the keyboard. */
async function tabTo(page, id) {
  for (let i = 0; i < 120; i++) {
    if (await page.evaluate(() => document.activeElement?.id) === id) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab never comes to #${id}`);
}

const byPointer = {
  tab: (page) => page.$eval('#tab-code', () => true).catch(() => false).then((phone) => (phone ? tab(page, 'code') : null)).then(() => side(page, 'faults')),
  press: async (page, id) => { await page.$eval(`#${id}`, (el) => el.scrollIntoView({ block: 'center' })); await page.click(`#${id}`); },
  fill: async (page, id, value) => { await page.$eval(`#${id}`, (el) => el.scrollIntoView({ block: 'center' })); await fill(page, `#${id}`, value); },
  run: (page) => byPointer.press(page, 'faults-run'),
  normal: (page) => byPointer.press(page, 'banner-normal'),
};

const byKeyboard = {
  tab: async (page) => {
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('f');
    await page.waitForSelector('#net-latency');
  },
  press: async (page, id) => { await tabTo(page, id); await page.keyboard.press('Enter'); },
  fill: async (page, id, value) => {
    await tabTo(page, id);
    await chord(page, 'Control', 'a');
    await page.keyboard.type(value);
  },
  run: (page) => chord(page, 'Control', 'Enter'),
  normal: async (page) => {
    await chord(page, 'Control', 'k');
    await page.waitForSelector('.palette');
    await page.keyboard.type('nothing wrong');
    await page.keyboard.press('Enter');
  },
};

/** Ways to make the example worse; frames are those of the page's first program, by their number on the page. */
const worse = [
  { what: 'the type of SETTINGS, which becomes PING', frame: 4, kind: 'corrupt', octet: '3', mask: '0x02',
    says: /GOAWAY 0 · (FRAME_SIZE_ERROR|PROTOCOL_ERROR)/ },
  { what: 'an index into the HPACK table', frame: 6, kind: 'corrupt', octet: '9', mask: '0x7f', says: /GOAWAY 0 · COMPRESSION_ERROR/ },
  { what: 'the length of SETTINGS', frame: 4, kind: 'corrupt', octet: '2', mask: '0x01', says: /GOAWAY 0 · FRAME_SIZE_ERROR/ },
  { what: 'a response without its HEADERS', frame: 6, kind: 'drop', says: /GOAWAY 0 · COMPRESSION_ERROR/ },
  { what: 'a promise that never comes', frame: 7, kind: 'drop', says: /GOAWAY 0 · (PROTOCOL_ERROR|STREAM_CLOSED|COMPRESSION_ERROR)/ },
];

for (const [name, size] of sizes) {
  for (const [how, by] of [['pointer', byPointer], ['keyboard', byKeyboard]]) {
    test(`the example is made worse in five ways: ${name}, ${how}`, { timeout: 240_000 }, async (t) => {
      const { url } = await serve(t);
      const { page, sound } = await open(await launch(t), url, { ...size, reducedMotion: true });
      await settled(page);
      const good = await labels(page);
      assert.ok(!good.some((l) => /(?<!NO_)ERROR/.test(l)), good.join('\n'));
      for (const w of worse) {
        await go(page, w.frame);
        await by.tab(page);
        await until(`the tab to be at frame ${w.frame}`, async () => new RegExp(`frame ${w.frame} `, 'i').test(await text(page, '#faults-where')));
        if (w.octet) {
          await by.fill(page, 'fault-octet', w.octet);
          await by.fill(page, 'fault-mask', w.mask);
        }
        await by.press(page, `do-${w.kind}`);
        await until('the step to be listed', () => page.$$eval('.plan-step', (els) => els.length === 1));
        assert.match(await banner(page), /The next run is disturbed: 1 step\./);
        await by.run(page);
        await ran(page);
        if (size.phone) await tab(page, 'sequence');
        const bad = await labels(page);
        assert.ok(bad.some((l) => w.says.test(l)), `${w.what}: ${bad.join('\n')}`);
        assert.match(await banner(page), /This session is disturbed: 1 step\./);
        // What stands before it is as it was.
        assert.deepEqual(bad.slice(0, w.frame - 1), good.slice(0, w.frame - 1), w.what);
        if (how === 'pointer' && w === worse[1]) await screenshot(page, `faults-frames-${name}`);
        if (size.phone) await tab(page, 'code');
        await until('the step to be done', () => page.$eval('.plan-state', (el) => el.textContent === 'done'));
        await by.normal(page);
        await until('the banner to go', () => page.$eval('#banner', (el) => el.classList.contains('gone')));
        await settled(page);
        if (size.phone) await tab(page, 'sequence');
        assert.deepEqual(await labels(page), good, `after ${w.what}`);
      }
      await sound();
    });
  }

  test(`the network by its numbers: ${name}`, { timeout: 180_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, { ...size, reducedMotion: true });
    await settled(page);
    const good = await labels(page);
    await byPointer.tab(page);
    await byPointer.fill(page, 'net-latency', '20');
    await until('the error to be told', async () => /Write the unit as well/.test(await text(page, '#net-latency-note')));
    assert.equal(await page.$eval('#net-latency', (el) => el.getAttribute('aria-invalid')), 'true');
    await byPointer.run(page);
    await until('the field to have the keyboard', () => page.evaluate(() => document.activeElement?.id === 'net-latency'));
    await page.keyboard.press('End');
    await page.keyboard.type('ms');
    await byPointer.fill(page, 'net-bandwidth', '1.5Mbit/s');
    await byPointer.fill(page, 'net-chunk', '1');
    await byPointer.fill(page, 'net-seed', '7');
    await byPointer.run(page);
    await ran(page);
    assert.match(await text(page, '#faults-via'), /20ms each way, 187500 octets a second, in pieces of at most 1/);
    assert.match(await banner(page), /disturbed: 20 ms latency, 1\.5 Mbit\/s, pieces of 1 B/);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'the page does not scroll sideways');
    await screenshot(page, `faults-${name}`);
    if (size.phone) await tab(page, 'sequence');
    const slow = await labels(page); // credit is given in other portions, but all is said as before
    assert.deepEqual(slow.filter((l) => /HEADERS|PUSH/.test(l)).sort(), good.filter((l) => /HEADERS|PUSH/.test(l)).sort());
    if (size.phone) await tab(page, 'code');
    // The address holds all of it.
    const address = page.url();
    const again = await open(page.browser(), address, { ...size, dark: true, reducedMotion: true });
    await settled(again.page);
    assert.match(await banner(again.page), /disturbed: 20 ms latency, 1\.5 Mbit\/s, pieces of 1 B/);
    await screenshot(again.page, `faults-dark-${name}`);
    await again.close();
    await byPointer.press(page, 'preset-satellite');
    await byPointer.run(page);
    await ran(page);
    assert.match(await text(page, '#faults-via'), /300ms each way/);
    await byPointer.press(page, 'plan-undo');
    await until('the plan before', async () => /20 ms/.test(await page.$eval('#net-latency', (el) => el.value)));
    await sound();
  });

  test(`a fork: ${name}`, { timeout: 180_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, { ...size, reducedMotion: true });
    await settled(page);
    const good = await labels(page);
    await go(page, 7);
    await shown(page, 7).catch(() => {}); // on a phone the inspector is below
    await page.keyboard.press('F');
    await until('the fork to be told', async () => /Fork at frame 7 \(server → client, PUSH_PROMISE\)/.test(await banner(page)));
    await go(page, 3); // looking elsewhere does not move the fork
    await byPointer.tab(page);
    assert.match(await text(page, '#faults-where'), /frame 7/i);
    await byPointer.press(page, 'do-drop');
    await page.keyboard.press('Escape');
    await byKeyboard.run(page);
    await ran(page);
    if (size.phone) await tab(page, 'sequence');
    const bad = await labels(page);
    assert.deepEqual(bad.slice(0, 6), good.slice(0, 6));
    assert.ok(bad.some((l) => /GOAWAY/.test(l) && /ERROR|STREAM_CLOSED/.test(l)), bad.join('\n'));
    await until('both sessions to be there', () => page.$eval('#banner-compare', (el) => !el.classList.contains('gone')));
    await page.click('#banner-compare');
    await until('the view Compare', () => page.$eval('#tab-compare', (el) => el.getAttribute('aria-selected') === 'true'));
    await screenshot(page, `fork-${name}`);
    await page.click('#banner-leave');
    await until('the fork to end', async () => !/Fork at/.test(await banner(page)));
    await sound();
  });

  test(`steps: off, on, edited, removed, missed: ${name}`, { timeout: 180_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, { ...size, reducedMotion: true });
    await settled(page);
    await go(page, 6);
    await byPointer.tab(page);
    await byPointer.press(page, 'do-cut');
    await go(page, 9); // a frame that will not be sent: the connection is cut before it
    await until('the tab to be at frame 9', async () => /frame 9/i.test(await text(page, '#faults-where')));
    await byPointer.press(page, 'do-stall');
    await byPointer.run(page);
    await ran(page);
    assert.match(await banner(page), /2 steps\. ?.*1 step did nothing/);
    const states = await page.$$eval('.plan-state', (els) => els.map((el) => el.textContent));
    assert.equal(states[0], 'done');
    assert.match(states[1], /^did nothing: /);
    await page.click('.plan-step:nth-child(1) input');
    await until('the step to be off', () => page.$eval('.plan-step:nth-child(1)', (el) => el.classList.contains('off')));
    await page.$eval('.plan-step:nth-child(2)', (el) => el.scrollIntoView({ block: 'center' }));
    await page.click('.plan-step:nth-child(2) .plan-tools button:nth-child(2)'); // Edit
    await until('the step to be edited', async () => /Step 2/i.test(await text(page, '#faults-where')));
    await byPointer.fill(page, 'fault-time', '250 ms');
    await byPointer.press(page, 'do-stall');
    await until('the step to be changed', async () => /stall for 250 ms/.test(await text(page, '.plan-step:nth-child(2)')));
    await byPointer.run(page);
    await ran(page);
    assert.match(await banner(page), /disturbed: 1 step\.(?!.*did nothing)/);
    await byPointer.press(page, 'plan-clear');
    await until('the list to be empty', () => page.$$eval('.plan-step', (els) => els.length === 0));
    await byPointer.press(page, 'plan-undo');
    await until('both steps to be back', () => page.$$eval('.plan-step', (els) => els.length === 2));
    await sound();
  });
}
