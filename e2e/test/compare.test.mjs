// Two records side by side: the run before, a file, a record that was kept; by
// pointer and by keyboard alone, on a wide page and on a phone.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { chord, openFile, program, quiet, runProgram, selectedFrame, settled, tab, text } from '../lib/page.mjs';
import { root, serve, until } from '../lib/proc.mjs';

const options = { timeout: 120_000 };

/** The rows that can be seen: [left frame, sign, right frame], 0 for none. */
const pairs = (page) => page.$$eval('.pair-row:not(.gone)', (rows) => rows
  .map((row) => ({
    y: row.getBoundingClientRect().y,
    sides: [...row.querySelectorAll('.pair-cell')].map((cell) => Number(cell.dataset.frame ?? 0)),
    sign: row.querySelector('.differ b')?.textContent, says: row.querySelector('.differ span')?.textContent, on: row.getAttribute('aria-selected') === 'true',
  }))
  .sort((a, b) => a.y - b.y));

const compared = (page) => until('the comparison', () => page.$('.pair-verdict .lead'), 15_000);
const verdict = (page) => text(page, '.pair-verdict');

/** Runs the program with another path, and waits for its frames. */
async function runChanged(page) {
  const changed = (await program(page)).replace("'/app.css'", "'/other.css'");
  await runProgram(page, changed);
  await settled(page);
}

test('the run before is compared by one key, and its frames can be looked at', options, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url);
  await settled(page);
  await page.focus('#list');
  await page.keyboard.press('d');
  assert.match(await text(page, '.notice'), /no run before/, 'of the first run there is none before');
  assert.ok(await page.$eval('.compare-with button', (el) => el.disabled));
  await tab(page, 'sequence');
  await runChanged(page);
  await page.focus('#list');
  await page.keyboard.press('d');
  await compared(page);
  await quiet(page);
  assert.match(await verdict(page), /^\d+ differences?\..* First difference: frame (\d+) here, frame \1 there: .*:path: \/other\.css and :path: \/app\.css/);
  const rows = await pairs(page);
  const wrong = rows.find((row) => row.sign === '≠');
  assert.match(wrong.says, /:path: \/other\.css and :path: \/app\.css/);
  assert.ok(rows.some((row) => row.sign === '=' && row.sides[0] === row.sides[1]), 'equal frames stand side by side');
  await screenshot(page, 'compare');

  // n goes to the difference, N back; the strip says it in full.
  await page.keyboard.press('Home');
  await page.keyboard.press('n');
  await until('the difference to be selected', async () => await page.$eval('.strip', (el) => /app\.css/.test(el.textContent)).catch(() => false));
  assert.match(await text(page, '.compare .where'), /^difference 1 of \d+$/);
  const here = (await pairs(page)).find((row) => row.on).sides;

  // The right column's frame is that of the run before, in every view.
  await page.click(`.pair-cell[data-record="1"][data-frame="${here[1]}"]`);
  await until('the inspector to show the other record', () => page.$eval('.inspector', (el) => el.innerText.includes('/app.css') && !el.innerText.includes('/other.css')));
  assert.match(await text(page, '.records'), /Every view shows the run before/);
  await tab(page, 'frames');
  await until('the list of the other record', () => page.$$eval('#list [data-frame]', (els) => els.some((el) => el.textContent.includes('/app.css'))));
  assert.equal(await page.$$eval('#list [data-frame]', (els) => els.filter((el) => el.textContent.includes('/other.css')).length), 0, 'frames of both records are mixed');
  await page.keyboard.press('o');
  await until('the list of this record', () => page.$$eval('#list [data-frame]', (els) => els.some((el) => el.textContent.includes('/other.css'))));
  assert.equal(await page.$$eval('#list [data-frame]', (els) => els.filter((el) => el.textContent.includes('/app.css')).length), 0);
  assert.ok(await selectedFrame(page) > 0);

  // The same program once more: the same octets.
  await tab(page, 'compare');
  await page.keyboard.press('Escape');
  await chord(page, 'Control', 'Enter');
  await until('the same octets', async () => /^Same octets/.test(await verdict(page).catch(() => '')), 15_000);
  sound();
});

test('a record that is kept is compared with what runs later; figures and fingerprints', options, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), `${url}#view=compare`, { dark: true });
  await until('the run to end', () => page.$$eval('.console .l-end', (els) => els.some((el) => /session ended/.test(el.innerText))));
  await (await page.waitForSelector('xpath/.//button[normalize-space()="This record as it is now"]')).click();
  await until('the same octets', async () => /^Same octets/.test(await verdict(page).catch(() => '')), 15_000);
  const changed = `const http2 = require('http2');
const server = http2.createServer({ settings: { initialWindowSize: 100000 } });
server.on('stream', (stream) => { stream.respond({ ':status': 204 }); stream.end(); });
server.listen(80, () => {
  const client = http2.connect('http://localhost', { settings: { enablePush: false } });
  const req = client.request({ ':path': '/<script>alert(1)</script>' });
  req.on('close', () => { client.close(); server.close(); });
  req.resume(); req.end();
});
`;
  await runProgram(page, changed);
  await until('differences', async () => /First difference/.test(await verdict(page).catch(() => '')), 15_000);
  await quiet(page);
  await screenshot(page, 'compare-dark');
  await (await page.waitForSelector('xpath/.//button[normalize-space()="Figures"]')).click();
  await until('the settings', () => page.$$eval('.figures', (els) => els.some((el) => /INITIAL_WINDOW_SIZE\s+.*100,000/.test(el.innerText))));
  await screenshot(page, 'compare-figures');
  await (await page.waitForSelector('xpath/.//button[normalize-space()="Fingerprints"]')).click();
  await until('the fingerprints', () => page.$$eval('.figures', (els) => els.some((el) => /they differ/i.test(el.innerText))));
  await page.browserContext().overridePermissions(new URL(url).origin, ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write']).catch(() => {});
  await (await page.waitForSelector('xpath/.//button[normalize-space()="Copy the first fingerprint"]')).click();
  await until('the notice', async () => /Copied: the fingerprint/.test(await text(page, '.notice')));
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^[0-9:;]*\|\d+\|.*\|[mspa,]+$/);
  await screenshot(page, 'compare-fingerprints');
  await (await page.waitForSelector('xpath/.//button[normalize-space()="Stop comparing"]')).click();
  await until('nothing to compare', async () => !(await page.$('.pair-verdict .lead')));
  sound();
});

test('a file on a phone, dropped and chosen; a broken one is refused', options, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), `${url}#view=compare`, { width: 390, height: 844, phone: true });
  await until('the view', () => page.$('.compare-with'));
  const record = path.join(root, 'core/inspect/testdata/settings.h2trace');
  const choose = async (file) => {
    const [chooser] = await Promise.all([page.waitForFileChooser(), (await page.waitForSelector('xpath/.//button[normalize-space()="A file…"]')).click()]);
    await chooser.accept([file]);
  };
  await choose(record);
  await until('differences', async () => /First difference/.test(await verdict(page).catch(() => '')), 15_000);
  await quiet(page);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page scrolls sideways');
  await screenshot(page, 'compare-phone');
  const broken = path.join(root, 'e2e/screenshots/broken.h2trace');
  await screenshot(page, 'compare-phone-before');
  await writeFile(broken, 'this is no record\n');
  await choose(broken);
  await until('the refusal', () => page.$eval('.compare > .empty-view', (el) => /can’t|can't be/.test(el.textContent)), 15_000);
  // Dropped on the view.
  const octets = await readFile(record, 'utf8');
  await page.evaluate((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], 'dropped.h2trace'));
    const place = document.querySelector('.compare');
    for (const name of ['dragover', 'drop']) place.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data }));
  }, octets);
  await until('differences again', async () => /First difference/.test(await verdict(page).catch(() => '')), 15_000);
  sound();
});

test('a capture with its key log beside a capture; a log; what is none is refused', options, async (t) => {
  const { url } = await serve(t);
  const { page, sound } = await open(await launch(t), url);
  const given = (name) => path.join(root, 'core/convert/testdata', name);
  await settled(page);
  const choose = async (...files) => {
    const [chooser] = await Promise.all([page.waitForFileChooser(), (await page.waitForSelector('xpath/.//button[normalize-space()="A file…"]')).click()]);
    await chooser.accept(files);
  };
  await openFile(page, given('h2c.pcapng'));
  await page.click('#tab-compare');
  await choose(given('keys.txt'), given('tls.pcapng'));
  await until('differences', async () => /First difference/.test(await verdict(page).catch(() => '')), 15_000);
  await screenshot(page, 'compare-captures');
  // The second record in the other views: it was decrypted.
  await page.keyboard.press('o');
  await until('the capture with TLS', async () => /every view shows.*tls\.pcapng/i.test(await page.$eval('body', (el) => el.innerText)), 15_000);
  await page.keyboard.press('o');
  // A new first record has the second one read again, from what was made of it.
  await openFile(page, given('nghttp.txt'));
  await until('differences again', async () => /First difference/.test(await verdict(page).catch(() => '')), 15_000);
  await choose(given('h2c.pcapng'));
  await until('differences to the capture', async () => /First difference/.test(await verdict(page).catch(() => '')), 15_000);
  await openFile(page, given('h2c.pcapng'));
  await until('the same', async () => /^Same octets/.test(await verdict(page).catch(() => '')), 15_000);
  await choose(given('keys.txt'));
  await until('the refusal', () => page.$eval('.compare > .empty-view', (el) => /log of TLS keys.*Choose another one\./.test(el.textContent)), 15_000);
  sound();
});
