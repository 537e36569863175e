// The program's editor: what it offers, what it marks, how one gets in and out.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open } from '../lib/browser.mjs';
import { at, focusEditor, program, rows, runProgram, select, settled, text, writeProgram } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';

/** What a selector finds in the editor: texts. */
const inside = (page, selector) => page.$eval(at.editor, (el, s) => [...el.shadowRoot.querySelectorAll(s)].map((x) => x.textContent), selector);

const line = (page, n) => page.evaluateHandle((s, want) => [...document.querySelector(s).shadowRoot.querySelectorAll('.cm-lineNumbers .cm-gutterElement')].find((x) => x.textContent === want), at.editor, `${n}`);

test('the editor', { timeout: 240_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  const { page, sound } = await open(browser, url, { height: 1200 });
  await settled(page);

  await t.test('completes the module’s names and says what they are', async () => {
    await writeProgram(page, "const http2 = require('http2');\nconst server = http2.createServer();\n");
    await page.keyboard.down('Control');
    await page.keyboard.press('End');
    await page.keyboard.up('Control');
    await page.keyboard.type("server.on('str");
    await until('the events of a server', async () => (await inside(page, '.cm-tooltip-autocomplete li')).some((l) => l.startsWith('stream')));
    await until('what the event is', async () => /emitted when a 'stream' event has been emitted/.test((await inside(page, '.cm-completionInfo')).join()));
    await page.keyboard.press('Escape');
    await until('the list to close', async () => (await inside(page, '.cm-tooltip-autocomplete')).length === 0);
    await page.keyboard.type("eam', (stream) => stream.resp");
    await until('the methods', async () => {
      const list = (await inside(page, '.cm-tooltip-autocomplete li .cm-completionLabel')).filter((l) => /^respond/.test(l));
      return list.length === 3;
    });
    await (await page.evaluateHandle((s) => [...document.querySelector(s).shadowRoot.querySelectorAll('.cm-tooltip-autocomplete li')].find((li) => /^respond\(/.test(li.textContent)), at.editor)).click();
    await until('the name', async () => /stream\.respond\)?$/.test((await program(page)).trim()));
  });

  await t.test('marks the line and column of a syntax error, and of an error', async () => {
    await runProgram(page, 'const a = 1;\nlet b = [1, 2;\n');
    await until('the message', async () => /Line 2, column 14: SyntaxError: Unexpected token .;./.test(await text(page, '.program')));
    assert.deepEqual(await inside(page, '.cm-lintRange-error'), [';']);
    await runProgram(page, 'const a = 1;\n\n  nothing.there();\n');
    await until('the message', async () => /Line 3, column \d+: ReferenceError: nothing is not defined/.test(await text(page, '.program')));
    assert.deepEqual(await inside(page, '.cm-lintRange-error'), ['nothing']);
    await page.keyboard.type('x');
    await until('the mark to go: the program is another one', async () => (await inside(page, '.cm-lintRange-error')).length === 0);
  });

  const session = "const http2 = require('http2');\nhttp2.createServer().on('stream', (s) => {\n  s.respond();\n  s.write('one');\n  s.end('two');\n}).listen(80);\nhttp2.connect('http://localhost').request().resume();\n";

  await t.test('marks the line that caused the selected frame', async () => {
    await runProgram(page, session);
    await until('its frames', async () => (await rows(page)).some(({ label }) => /s2c DATA/.test(label)));
    await settled(page);
    for (const [pattern, want] of [[/s2c HEADERS/, /s\.respond/], [/c2s HEADERS/, /request\(\)/]]) {
      await select(page, (await rows(page)).find(({ label }) => pattern.test(label)).frame);
      await until(`the line of ${pattern}`, async () => { const marked = await inside(page, '.cm-line.fw-cause'); return marked.length === 1 && want.test(marked[0]); });
    }
  });

  await t.test('lists the frames of a line when its number is pressed, and of the cursor’s by Alt Enter', async () => {
    await (await line(page, 4)).click();
    await until('the filter', async () => await page.$eval(at.filter, (el) => el.value) === 'line:4');
    await until('its frames alone', async () => { const list = await rows(page); return list.length === 1 && /s2c DATA/.test(list[0].label); });
    await (await line(page, 4)).click();
    await until('all frames', async () => (await rows(page)).length > 5);
    await focusEditor(page);
    await page.keyboard.down('Control');
    await page.keyboard.press('Home');
    await page.keyboard.up('Control');
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown');
    const altEnter = async () => { await page.keyboard.down('Alt'); await page.keyboard.press('Enter'); await page.keyboard.up('Alt'); };
    await altEnter();
    await until('the filter', async () => await page.$eval(at.filter, (el) => el.value) === 'line:3');
    await altEnter();
    await until('no filter', async () => await page.$eval(at.filter, (el) => el.value) === '');
  });

  await t.test('Tab indents; Escape, then Tab leaves', async () => {
    await writeProgram(page, 'f();');
    await page.keyboard.press('Home');
    await page.keyboard.press('Tab');
    assert.equal(await program(page), '  f();');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    assert.equal(await program(page), '  f();');
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'editor');
  });

  await t.test('has a name for a screen reader, and follows the theme', async () => {
    const label = await page.$eval(at.editor, (el) => el.shadowRoot.querySelector('[role=textbox]').getAttribute('aria-label'));
    assert.match(label, /^Program/);
    const colour = () => page.$eval(at.editor, (el) => getComputedStyle(el.shadowRoot.querySelector('.cm-editor')).backgroundColor);
    const before = await colour();
    await page.click('[aria-label="Dark colours"]');
    await until('the other colour', async () => await colour() !== before);
  });

  await t.test('shows what an example presupposes, and runs it with that', async () => {
    await page.click('#menu-open');
    const [item] = await page.$$('xpath/.//button[contains(@class, "menu-item")][normalize-space()="the API’s own fetchTrailers" or normalize-space()="fetchTrailers"]');
    await item.click();
    await until('its trailers', async () => /trailers some value to send/.test(await text(page, '.console')));
    assert.match(await text(page, '.around'), /stream is one of a server at port 80/);
    assert.equal(await program(page), "stream.on('fetchTrailers', (trailers) => {\n  trailers['ABC'] = 'some value to send';\n});\n");
    await page.click('.around .link');
    await until('the code around it', async () => /server\.listen\(80\)/.test(await text(page, '.around-code')));
  });
  sound();
});
