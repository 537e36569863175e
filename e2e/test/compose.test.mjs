// A frame by hand: what the page says before it is sent is what the peer does
// afterwards; by pointer and by keyboard alone, at both widths. And the peers
// that misbehave run from the menu.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, chord, fill, rows, selectedFrame, settled, side, text } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';

const phone = { width: 390, height: 844, phone: true };
const wide = { width: 1440, height: 900 };
const getRoot = ':method: GET\n:scheme: http\n:authority: localhost\n:path: /\n';

/** What to send, what the page says beforehand, and what follows: a row of the list of reactions. */
const frames = [
  { name: 'PING', preset: 'PING', says: /^Legal/, answer: /PING ACK/, after: /had nothing against it/, row: /PING/ },
  { name: 'DATA on stream 0', preset: 'DATA on stream 0', says: /^Connection error PROTOCOL_ERROR RFC 9113 §6\.1/, answer: /GOAWAY PROTOCOL_ERROR/, after: /connection error: GOAWAY with PROTOCOL_ERROR/, row: /GOAWAY PROTOCOL_ERROR/ },
  { name: 'an uppercase field name', preset: 'A field name in upper case', from: 'c2s', says: /^Stream error PROTOCOL_ERROR RFC 9113 §8\.2\.1/, answer: /RST_STREAM PROTOCOL_ERROR on stream 99/, after: /stream error: RST_STREAM with PROTOCOL_ERROR/, row: /RST_STREAM PROTOCOL_ERROR/ },
  { name: 'WINDOW_UPDATE 0', preset: 'WINDOW_UPDATE of 0', says: /^Connection error PROTOCOL_ERROR RFC 9113 §6\.9/, answer: /GOAWAY PROTOCOL_ERROR/, after: /connection error: GOAWAY with PROTOCOL_ERROR/, row: /GOAWAY PROTOCOL_ERROR/ },
  { name: 'octets that are no frame', hex: '474554202f20485454502f312e31', says: /^Connection error FRAME_SIZE_ERROR RFC 9113 §4\.2/, answer: /GOAWAY FRAME_SIZE_ERROR/, after: /GOAWAY with FRAME_SIZE_ERROR|did not receive it/, row: /GOAWAY FRAME_SIZE_ERROR|/ },
];

/** Puts text in place of what a field of several lines holds. */
async function rewrite(page, selector, value) {
  await page.focus(selector);
  await chord(page, 'Control', 'a');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(value);
}

const tried = (page) => until('the verdict', () => page.evaluate(() => document.querySelector('#compose-trial')?.getAttribute('aria-busy') === 'false'));
const verdict = async (page) => (await text(page, '#compose-trial')).replace(/^BEFORE IT IS SENT /i, '');
const sent = (page) => text(page, '#compose-sent').catch(() => '');

async function openTab(page, small) {
  await settled(page);
  if (small) await page.click('#tab-code');
  await side(page, 'compose');
  await page.waitForSelector('#compose-type');
}

for (const [width, size] of [['wide', wide], ['phone', phone]]) {
  test(`what is said before is what comes after, ${width}, by pointer`, { timeout: 240_000 }, async (t) => {
    const { url } = await serve(t);
    const browser = await launch(t);
    for (const f of frames) {
      const { page, sound, close } = await open(browser, url, size);
      await openTab(page, size.phone);
      if (f.preset) {
        const value = await page.$$eval('#compose-preset option', (all, name) => all.find((o) => o.textContent === name).value, f.preset);
        await page.select('#compose-preset', value);
      } else await rewrite(page, '#compose-octets', f.hex);
      if (f.from) await page.click(`#compose-from-${f.from}`);
      await until(`the verdict of ${f.name}`, async () => f.says.test(await verdict(page)), 10_000);
      await tried(page);
      assert.match(await verdict(page), f.answer, f.name);
      const before = await selectedFrame(page);
      await page.click('#compose-send');
      await until(`the reaction to ${f.name}`, async () => f.after.test(await sent(page)), 20_000);
      assert.match(await sent(page), /As it said beforehand/, f.name);
      assert.match(await sent(page), f.row, f.name);
      if (!size.phone) {
        await until('the frame that was put in', async () => await selectedFrame(page) > before, 10_000);
        await page.click('.compose-frame');
        const n = Number(await text(page, '.compose-frame .no'));
        await until('the reaction’s frame', async () => await selectedFrame(page) === n);
      }
      if (f.name === 'DATA on stream 0') await screenshot(page, `compose-${width}`);
      await sound();
      await close();
    }
  });
}

// The instant of the selected frame, for the end that has received it: both ends can send there, one behind its own frame, the other when it has that frame.
for (const [width, size] of [['wide', wide], ['phone', phone]]) {
  test(`a frame from the other end at the selected instant, ${width}, by pointer`, { timeout: 240_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, size);
    const whole = await settled(page);
    const { frame: push } = (await rows(page)).find((r) => /PUSH_PROMISE/.test(r.label));
    await page.click(`#list [data-frame="${push}"]`);
    await until('the frame', async () => await selectedFrame(page) === push);
    await openTab(page, size.phone);
    for (const x of [
      { preset: 'RST_STREAM on stream 1', says: /^Ignored RFC 9113 §5\.1 The server drops it: stream 1 is closed/, after: /had nothing against it/, row: /RST_STREAM../ },
      { preset: 'WINDOW_UPDATE of 0', says: /^Connection error PROTOCOL_ERROR/, after: /connection error: GOAWAY with PROTOCOL_ERROR/, row: /GOAWAY PROTOCOL_ERROR/ },
    ]) {
      const value = await page.$$eval('#compose-preset option', (all, name) => all.find((o) => o.textContent === name).value, x.preset);
      await page.select('#compose-preset', value);
      await page.click('#compose-from-s2c');
      await until('behind its own', async () => (await text(page, '.compose-place')) === `behind frame ${push}, the server’s PUSH_PROMISE`, 10_000);
      await page.click('#compose-from-c2s');
      await until('when it has come', async () => (await text(page, '.compose-place')) === `when the client has received frame ${push}, the server’s PUSH_PROMISE`, 10_000);
      await tried(page);
      await until(`the verdict of ${x.preset}`, async () => x.says.test(await verdict(page)), 10_000).catch(async (e) => assert.fail(`${e.message}: ${await verdict(page)}`));
      await tried(page);
      await page.click('#compose-send');
      await until(`the reaction to ${x.preset}`, async () => x.after.test(await sent(page)), 20_000);
      assert.match(await sent(page), /As it said beforehand/);
      assert.match(await sent(page), x.row);
      assert.match(await text(page, '.banner'), /1 step/);
      // All before it is as it was: the promise has its number, and the frame stands behind it.
      if (!size.phone) {
        await until('the frame that was put in', async () => await selectedFrame(page) > push, 10_000);
        const list = await rows(page);
        assert.match(list.find((r) => r.frame === push).label, /PUSH_PROMISE/);
      }
      if (x.preset === 'WINDOW_UPDATE of 0') {
        await screenshot(page, `compose-heard-${width}`);
        await side(page, 'faults');
        await until('the step in words', async () => new RegExp(`when the client has received frame ${push} \\(server → client, PUSH_PROMISE\\): inject WINDOW_UPDATE`).test(await text(page, '.faults')));
        assert.match(await text(page, '.faults'), /done/);
        await side(page, 'compose');
      }
      await page.click('#compose-undo');
      await until('the session as it was', async () => await settled(page) === whole, 20_000);
      await until('the frame again', async () => await selectedFrame(page) === push);
    }
    await sound();
  });
}

test('form and hex show each other; what can’t be read says where', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, wide);
  await openTab(page);
  const hex = () => page.$eval('#compose-octets', (el) => el.value.replace(/\s/g, ''));
  const field = (key) => page.$eval(`#compose-${key}`, (el) => (el.type === 'checkbox' ? el.checked : el.value));

  await page.select('#compose-type', 'DATA');
  await fill(page, '#compose-stream', '3');
  await rewrite(page, '#compose-data', 'hi');
  await page.click('#compose-flag0');
  await until('the octets', async () => await hex() === '0000020001000000036869', 10_000);
  await fill(page, '#compose-length', '100');
  await until('a length that lies', async () => await hex() === '0000640001000000036869', 10_000);
  assert.match(await verdict(page), /98 octets of them are missing|waits/);

  await rewrite(page, '#compose-octets', '0000040800000000000000000a');
  await until('the form', async () => await field('type') === 'WINDOW_UPDATE' && await field('increment').catch(() => '') === '10', 10_000);
  assert.equal(await field('stream'), '0');
  await rewrite(page, '#compose-octets', '000004zz');
  await until('the mistake', async () => /character 7, "z", is no hex digit/.test(await text(page, '#compose-wrong')));
  assert.equal(await page.$eval('#compose-octets', (el) => el.getAttribute('aria-invalid')), 'true');
  assert.equal(await page.$eval('#compose-send', (el) => el.disabled), true);

  // A frame of the record, changed and sent again.
  const push = (await rows(page)).find((r) => /PUSH_PROMISE/.test(r.label)).frame;
  await page.click(`#list [data-frame="${push}"]`);
  await until('the copy', () => page.$eval('#compose-copy', (el, n) => el.textContent === `Copy frame ${n}`, push));
  await page.click('#compose-copy');
  await until('the frame’s fields', async () => await field('type') === 'PUSH_PROMISE' && await field('promised') === '2', 10_000);
  assert.match(await field('fields'), /# 2\n/);
  await until('its fate', async () => /^Connection error PROTOCOL_ERROR/.test(await verdict(page)), 10_000);
  assert.match(await verdict(page), /promises stream 2, which is not above 2/);

  // What was sent can be taken back.
  const whole = await settled(page);
  await page.click('#compose-send');
  await until('the reaction', async () => /As it said beforehand/.test(await sent(page)), 20_000);
  assert.notEqual(await settled(page), whole);
  await page.click('#compose-undo');
  await until('the session as it was', async () => await settled(page) === whole, 20_000);
  await sound();
});

for (const [width, size] of [['wide', wide], ['phone', phone]]) {
  test(`a frame by the keyboard alone, ${width}`, { timeout: 120_000 }, async (t) => {
    const { url } = await serve(t);
    const { page, sound } = await open(await launch(t), url, size);
    await settled(page);
    const on = (selector) => page.evaluate((s) => document.activeElement?.matches(s), selector);
    const tabTo = async (selector) => {
      for (let i = 0; i < 200 && !await on(selector); i++) await page.keyboard.press('Tab');
      assert.ok(await on(selector), `Tab does not reach ${selector}`);
    };
    if (size.phone) {
      await tabTo('#tab-code');
      await page.keyboard.press('Enter');
    }
    await tabTo('#side-compose');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#compose-type');
    await tabTo('#compose-type');
    await page.keyboard.type('HEADERS');
    await until('HEADERS', () => page.$('#compose-fields'));
    await tabTo('#compose-stream');
    await page.keyboard.type('99');
    await tabTo('#compose-fields');
    await page.keyboard.type(`${getRoot}X-Upper: no`);
    await tabTo('#compose-flag0');
    await page.keyboard.press('Space');
    await tabTo('#compose-flag2');
    await page.keyboard.press('Space');
    await tabTo('#compose-from-c2s');
    await page.keyboard.press('Enter');
    await until('the verdict', async () => /^Stream error PROTOCOL_ERROR RFC 9113 §8\.2\.1/.test(await verdict(page)), 10_000);
    await tried(page);
    await tabTo('#compose-send');
    await page.keyboard.press('Enter');
    await until('the reaction', async () => /stream error: RST_STREAM with PROTOCOL_ERROR.*As it said beforehand/.test(await sent(page)), 20_000);
    await tabTo('.compose-frame');
    await page.keyboard.press('Enter');
    await sound();
  });
}

test('peers that misbehave stand in the menu and run', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url, wide);
  await settled(page);
  await page.click('#menu-open');
  const heads = await page.$$eval('.menu-head', (all) => all.map((el) => el.textContent));
  assert.ok(heads.includes('Peers that misbehave'), heads.join(', '));
  await page.keyboard.press('Escape');
  for (const [words, code] of [['CONTINUATION flood', 'ENHANCE_YOUR_CALM'], ['an index that nobody has', 'COMPRESSION_ERROR'], ['a length that lies', 'FRAME_SIZE_ERROR']]) {
    await chord(page, 'Control', 'k');
    await page.waitForSelector('#palette-in:focus');
    await page.keyboard.type(words);
    await until('the example', () => page.$eval('#palette-list .option.on', (el) => /Example/.test(el.innerText)).catch(() => false));
    await page.keyboard.press('Enter');
    await until(`${words}: ${code}`, async () => { await settled(page); return (await rows(page)).some((r) => new RegExp(`GOAWAY 0 · ${code}`).test(r.label)); }, 20_000);
  }
  assert.ok(await page.$(at.run));
  await sound();
});
