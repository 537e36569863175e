// Export of every view: what is saved is opened and looked at. By pointer, by the
// keyboard alone, and on a phone.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { choose, downloads } from '../lib/files.mjs';
import { chord, quiet, runProgram, settled, tab, text } from '../lib/page.mjs';
import { root, serve, until } from '../lib/proc.mjs';

const options = { timeout: 180_000 };

/** Reads a drawing as another program would: as XML, with nothing active in it. */
async function sound(page, svg) {
  const found = await page.evaluate(async (content) => {
    const address = URL.createObjectURL(new Blob([content], { type: 'image/svg+xml' }));
    const image = new Image();
    const ok = await new Promise((done) => { image.onload = () => done(true); image.onerror = () => done(false); image.src = address; });
    return { ok, width: image.naturalWidth, height: image.naturalHeight };
  }, svg);
  assert.ok(found.ok, 'the browser can’t read the drawing as an image');
  for (const bad of [/<(script|foreignObject|image|use|style)\b/i, /\s(on\w+|href|style|class)=/i, /javascript:/i, /url\((?!#)/, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/, /="var\(/]) {
    assert.equal(svg.match(bad)?.[0], undefined, `the drawing holds ${bad}`);
  }
  return found;
}

const seen = (svg) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) => m[1]).join('\n');

/** Keeps a file beside the screenshots, for who looks at them. */
async function keep(name, octets) {
  await mkdir(path.join(root, 'e2e/screenshots'), { recursive: true });
  await writeFile(path.join(root, 'e2e/screenshots', name), octets);
}

test('every view can be saved as a drawing and a picture', options, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  const { page, sound: nothingWrong } = await open(browser, url);
  await settled(page);
  const file = await downloads(t, page);
  for (const [view, name, want] of [['sequence', 'Sequence', /PUSH_PROMISE/], ['frames', 'Frames', /PUSH_PROMISE/], ['streams', 'Streams', /\/app\.css/], ['flow', 'Flow control', /65,535|octets/],
    ['priority', 'Priority', /\w/], ['hpack', 'HPACK', /:path|octets/], ['connection', 'Connection', /MAX_CONCURRENT_STREAMS|INITIAL_WINDOW_SIZE/]]) {
    await tab(page, view);
    await quiet(page);
    const slug = name.toLowerCase().replace(/ /g, '-');
    await choose(page, `${name} as SVG`);
    const svg = (await file(`server-push-${slug}.svg`)).toString();
    const { width, height } = await sound(page, svg);
    assert.ok(width > 600 && height > 150, `${view}: ${width} by ${height}`);
    assert.match(seen(svg), want, view);
    assert.match(seen(svg), new RegExp(`server push · ${name}`));
    await choose(page, `${name} as PNG`);
    const png = await file(`server-push-${slug}.png`);
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    assert.equal(png.readUInt32BE(16), width * 2, `${view}: twice as wide as the drawing`);
    await keep(`export-${view}.png`, png);
    await keep(`export-${view}.svg`, svg);
  }
  assert.ok(await page.evaluate(() => !document.documentElement.classList.contains('whole')), 'the page is left laid out for the drawing');
  nothingWrong();
});

test('by the keyboard, in the dark, with a hostile field; as text; both records', options, async (t) => {
  const { url } = await serve(t);
  const { page, sound: nothingWrong } = await open(await launch(t), url, { dark: true });
  await settled(page);
  const file = await downloads(t, page);
  await runProgram(page, `const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (stream) => { stream.respond({ ':status': 200, 'x-evil': '<script>alert(1)</script>' }); stream.end('x'); });
server.listen(80, () => {
  const client = http2.connect('http://localhost');
  const req = client.request({ ':path': '/<script>alert(1)</script>&var(--text)' });
  req.on('close', () => { client.close(); server.close(); });
  req.resume(); req.end();
});
`);
  await settled(page);
  await page.focus('#export-open');
  await page.keyboard.press('Enter');
  await until('the menu', () => page.evaluate(() => document.activeElement?.id === 'export-first'));
  await screenshot(page, 'export-menu');
  await page.keyboard.press('Enter');
  const svg = (await file('server-push-changed-sequence.svg')).toString();
  await sound(page, svg);
  assert.match(svg, /\/&lt;script&gt;alert&#40;1\)&lt;\/script&gt;&amp;var&#40;--text\)/, 'the hostile path is there, as text');
  assert.match(svg, /fill="#161b26"/, 'the dark theme’s ground');
  await until('the keyboard to be back', () => page.evaluate(() => document.activeElement?.id === 'export-open'));

  // The palette has it too.
  await chord(page, 'Control', 'k');
  await page.keyboard.type('frames as text');
  await page.keyboard.press('Enter');
  const transcript = (await file('server-push-changed-sequence.txt')).toString();
  assert.match(transcript, /^server push, changed · Frames\n\nframe +time +direction +type +stream +octets +flags +says\n/);
  assert.match(transcript, /\n +\d+ +0\.00 ms +c → s +HEADERS +1 +\d+ +END_STREAM END_HEADERS +GET \/<script>alert\(1\)<\/script>&var\(--text\)/);

  await page.focus('#list');
  await page.keyboard.press('d');
  await until('the comparison', () => page.$('.pair-verdict .lead'), 15_000);
  await chord(page, 'Control', 'k');
  await page.keyboard.type('view as svg');
  await page.keyboard.press('Enter');
  const both = (await file('server-push-changed-compare.svg')).toString();
  await sound(page, both);
  assert.match(seen(both), /differs in/);
  assert.match(seen(both), /≠ /);
  await keep('export-compare.svg', both);
  nothingWrong();
});

test('paper has the view and nothing else; a phone exports from the palette', options, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  const { page, sound: nothingWrong } = await open(browser, url, { dark: true });
  await settled(page);
  await page.evaluate(() => {
    window.printed = [];
    window.print = () => {
      dispatchEvent(new Event('beforeprint'));
      window.printed.push({ pages: document.querySelectorAll('#print img').length, theme: document.documentElement.dataset.theme, printing: document.documentElement.classList.contains('printing') });
      dispatchEvent(new Event('afterprint'));
    };
  });
  await chord(page, 'Control', 'p');
  await until('the printing', () => page.evaluate(() => window.printed.length === 1));
  assert.deepEqual(await page.evaluate(() => window.printed[0]), { pages: 1, theme: 'light', printing: true });
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await tab(page, 'connection');
  await quiet(page);
  await page.emulateMediaType('print');
  const shown = await page.evaluate(() => ['.top', '.program', '.inspector', '.foot', '.filter', '.frames > .tabs', '.view-host'].filter((s) => document.querySelector(s)?.checkVisibility()));
  assert.deepEqual(shown, ['.view-host']);
  const pdf = Buffer.from(await page.pdf({ format: 'A4' }));
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  await page.emulateMediaType('screen');
  nothingWrong();

  const phone = await open(browser, url, { width: 390, height: 844, phone: true });
  await settled(phone.page);
  const file = await downloads(t, phone.page);
  await phone.page.tap('button[aria-label="Commands"]');
  await phone.page.waitForSelector('#palette-in');
  await phone.page.keyboard.type('export the view as png');
  await phone.page.tap('#entry-0');
  const png = await file('server-push-sequence.png');
  assert.equal(png.readUInt32BE(16), 1960);
  assert.equal(await text(phone.page, '.logo'), 'Framewise');
  phone.sound();
});
