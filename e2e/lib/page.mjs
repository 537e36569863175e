// The playground as a visitor meets it: what to press, what can be read. All
// selectors are here.
import { until } from './proc.mjs';

export const at = {
  row: '#list [data-frame]',
  selected: '#list [data-frame][aria-selected="true"]',
  list: '#list',
  filter: '#filter',
  run: '#run',
  editor: '#editor',
  map: '#map',
  octet: '.inspector [data-o]',
  alert: '.alerts .alert',
  console: '.console .say',
  status: '.dial-status',
  sheet: '.sheet',
};

/**
 * The frames in the list: number, position, and what is seen of each in one
 * line, "s2c HEADERS 1 · 200" (in the Frames view all columns).
 */
export async function rows(page) {
  return page.$$eval(at.row, (els) => els
    .map((el) => {
      const cells = el.classList.contains('cells') ? [...el.children].map((cell) => cell.innerText) : [el.querySelector('.box')?.innerText ?? '…'];
      const dir = ['c2s', 's2c'].find((name) => el.classList.contains(name));
      return {
        frame: Number(el.dataset.frame),
        position: Number(el.getAttribute('aria-posinset')),
        label: [dir, ...cells].join(' ').replace(/\s+/g, ' ').trim(),
      };
    })
    .sort((a, b) => a.position - b.position));
}

/** How many frames there are, drawn or not. */
export async function total(page) {
  return page.$$eval(at.row, (els) => Number(els[0]?.getAttribute('aria-setsize') ?? 0));
}

/** Waits until the number of frames is above 0 and has come to rest. */
export async function settled(page) {
  let last = -1;
  let calm = 0;
  await until('the frames to come to rest', async () => {
    const [now, busy] = await Promise.all([total(page), page.$eval(at.run, (el) => /stop/i.test(el.textContent))]);
    calm = now > 0 && now === last && !busy ? calm + 1 : 0;
    last = now;
    return calm >= 12; // of 25 ms each
  }, 30_000, () => `there are ${last}`);
  return last;
}

/** The number (from 1) of the selected frame. */
export const selectedFrame = (page) => page.$eval(at.selected, (el) => Number(el.dataset.frame)).catch(() => 0);

/** Selects a frame by a click on its row, and waits until the Inspector shows it. */
export async function select(page, frame) {
  await page.click(`#list [data-frame="${frame}"]`);
  await until(`frame ${frame} to be selected`, async () => await selectedFrame(page) === frame);
  await shown(page, frame);
}

/** Waits until the Inspector shows the frame. */
export async function shown(page, frame) {
  await until(`the Inspector to show frame ${frame}`, () => page.evaluate((n) => {
    const named = [...document.querySelectorAll('.inspector [role="tab"]')].some((tab) => tab.textContent.trim() === `Frame ${n}`);
    // Until the analyser has answered, the last frame's details stay, marked.
    return named && !document.querySelector('.inspector .body.stale');
  }, frame));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Opens a view: "frames", "hpack". */
export const tab = (page, id) => openTab(page, `tab-${id}`);
/** Opens a tab of the Inspector: "frame", "hpack", "stream", "connection". */
export const pane = (page, id) => openTab(page, `pane-${id}`);
/** Opens a tab of the left column: "code", "compose", "faults". */
export const side = (page, id) => openTab(page, `side-${id}`);

export async function openTab(page, id) {
  await page.click(`#${id}`);
  await until(`the tab ${id}`, () => page.$eval(`#${id}`, (el) => el.getAttribute('aria-selected') === 'true'));
}

/** Waits until no question to the analyser is open and the page is drawn. */
export async function quiet(page) {
  await until('the views to be drawn', () => page.evaluate(() => !document.querySelector('[aria-busy="true"]')), 20_000,
    () => page.$$eval('[aria-busy="true"]', (els) => els.map((el) => `${el.tagName} ${el.id} ${el.className}: ${el.innerText.slice(0, 200)}`).join('\n')));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** The text that an element shows, its spaces made one. */
export const text = (page, selector) => page.$eval(selector, (el) => el.innerText.replace(/\s+/g, ' ').trim());

/** Puts text in place of what a field holds. */
export async function fill(page, selector, value) {
  await page.click(selector, { count: 3 });
  await page.keyboard.press('Backspace');
  await page.type(selector, value);
}

/** A program that never ends: counted loops are stopped by themselves, a regular expression is not. */
export const endless = "const http2 = require(\"http2\");\n/^(a+)+$/.test('a'.repeat(60) + '!');\n";

/** Gives the keyboard to the editor, once its script has come. */
export async function focusEditor(page) {
  await until('the editor', () => page.$eval(at.editor, (el) => Boolean(el.shadowRoot?.querySelector('.cm-content'))));
  // Something that the page was still doing may take the keyboard away again.
  await until('the keyboard to be in the editor', () => page.evaluate((selector) => {
    const el = document.querySelector(selector);
    el.focus();
    return el === document.activeElement && el.shadowRoot.activeElement?.classList.contains('cm-content');
  }, at.editor));
}

/** The editor's text. */
export const program = (page) => page.evaluate(() => framewise.editor.text());

const press = async (page, modifier, key) => {
  await page.keyboard.down(modifier);
  await page.keyboard.press(key);
  await page.keyboard.up(modifier);
};

/** Puts a program in the place of the editor's, as pasting does. */
export async function writeProgram(page, text) {
  await focusEditor(page);
  await press(page, 'Control', 'a');
  await page.$eval(at.editor, (el, value) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', value);
    const paste = new ClipboardEvent('paste', { bubbles: true, cancelable: true });
    Object.defineProperty(paste, 'clipboardData', { value: clipboardData }); // Firefox takes none from the constructor
    el.shadowRoot.querySelector('.cm-content').dispatchEvent(paste);
  }, text);
  await until('the editor to hold the program', async () => await program(page) === text);
}

/** Puts a program in the editor and runs it, by the keyboard. */
export async function runProgram(page, text) {
  await writeProgram(page, text);
  await press(page, 'Control', 'Enter');
}

/** Opens a form of the panel "Real world": dial, listen or tap. */
export async function openReal(page, form) {
  if (!await page.$(`#mode-${form}`)) await (await page.waitForSelector('xpath/.//button[normalize-space()="Real world"]')).click();
  await page.waitForSelector(`#mode-${form}`);
  await openTab(page, `mode-${form}`);
}

/** Opens the form "Dial a server". */
export const openDial = (page) => openReal(page, 'dial');

/** Dials a server with the form, and waits for its last word. */
export async function dial(page, { target, tls = false, path = '/hello.txt', inTab = false, trusted = '' }) {
  await openDial(page);
  await fill(page, '#dial-address', target);
  await fill(page, '#dial-path', path);
  if (await page.$eval('.dial-tls input', (el) => el.checked) !== tls) await page.click('.dial-tls input');
  if (tls) await page.click(inTab ? '#dial-end-tab' : '#dial-end-relay');
  if (inTab) await trust(page, trusted);
  // The line may still be the last dial's: only what it says after the click counts.
  await page.$eval(at.status, (el) => {
    const seen = { changed: false };
    new MutationObserver(() => { seen.changed = true; }).observe(el, { childList: true, characterData: true, subtree: true, attributes: true });
    window.dialStatus = () => ({ ...seen, text: el.innerText.trim(), bad: el.classList.contains('bad') });
  });
  await page.click(at.run);
  let said;
  await until('the dial to end', async () => {
    said = await page.evaluate(() => window.dialStatus());
    return said.changed && said.text && (said.bad || /^Done/.test(said.text));
  }, 30_000, () => `the form says ${JSON.stringify(said)}`);
  return said.text;
}

/** Puts certificates (PEM) into the Dial form, in place of those that are there, as pasting does. */
export async function trust(page, pem) {
  if (!await page.$eval('.dial-trust', (el) => el.open)) await (await page.waitForSelector('.dial-trust summary', { visible: true })).click();
  await page.waitForSelector('#dial-trusted', { visible: true });
  await page.$eval('#dial-trusted', (el, text) => {
    el.focus();
    el.select();
    document.execCommand(text ? 'insertText' : 'delete', false, text);
  }, pem);
  await until('the certificates to be in the form', () => page.$eval('#dial-trusted', (el, text) => el.value.trim() === text.trim(), pem));
}

/** Presses a key with another one held. */
export async function chord(page, held, key) {
  await page.keyboard.down(held);
  await page.keyboard.press(key);
  await page.keyboard.up(held);
}

/** Opens a file by the button in the head, and waits until its line says what happened. */
export async function openFile(page, path, within = 60_000) {
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('.top .open')]);
  await chooser.accept([path]);
  return fileSettled(page, path.split('/').at(-1), within);
}

/** Waits until the line of the file with the name says how it ended; gives that text. */
export async function fileSettled(page, name, within = 60_000) {
  let said = '';
  await until(`the file ${name} to be read`, async () => {
    said = await text(page, '.file-line');
    return said.includes(name) && !/reading:|Looking into|is no longer shown/.test(said);
  }, within, () => `the line says ${said}`);
  return said;
}

/** What the panel "Real world" says, once it says something that fits. */
export async function realSays(page, pattern, within = 30_000) {
  let said = '';
  await until(`the panel to say ${pattern}`, async () => {
    said = await text(page, at.status);
    return pattern.test(said);
  }, within, () => `it says ${said}`);
  return said;
}

/** Begins what the form says, and gives the address that the relay holds open for it. */
export async function openPort(page) {
  await page.click(at.run);
  const said = await realSays(page, /^127\.0\.0\.1:\d+ leads to/);
  return /^[\d.:]+\d/.exec(said)[0];
}
