// Records that are run again: every program of the page from its saved file
// alone, in a fresh profile; what differs is shown; what can't be run again says
// why, and what can be done.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, openFile, quiet, runProgram, selectedFrame, settled, tab, text } from '../lib/page.mjs';
import { dist, root, serve, start, tempDir, until } from '../lib/proc.mjs';

const line = (page) => text(page, '.again-line').catch(() => '');
const verdicts = '.again-line:is(.same, .part, .differs, .failed, .refused)';

/** The record as Save would write it: the octets that it hands to the browser. */
async function saved(page) {
  return page.evaluate(() => new Promise((done, failed) => {
    const { createObjectURL } = URL, { click } = HTMLAnchorElement.prototype;
    setTimeout(() => failed(new Error('nothing was saved')), 20_000);
    URL.createObjectURL = (blob) => {
      URL.createObjectURL = createObjectURL;
      blob.text().then(done, failed);
      return createObjectURL.call(URL, blob);
    };
    HTMLAnchorElement.prototype.click = function () { HTMLAnchorElement.prototype.click = click; };
    framewise.saveRecord();
  }));
}

/** Opens a record and runs it again by the button of its line; gives the verdict. */
async function again(page, file, within = 90_000) {
  await openFile(page, file);
  return press(page, within);
}

async function press(page, within = 90_000) {
  const button = await page.waitForSelector('xpath/.//*[contains(@class, "file-line")]//button[normalize-space()="Run again and compare" and not(contains(@class, "gone"))]');
  await button.click();
  // The program that the editor holds already is nobody else's: there is no question.
  await until('the question, or a verdict', () => page.$(`[role=alertdialog] .primary, ${verdicts}`), within);
  if (await page.$('[role=alertdialog]')) await page.click('[role=alertdialog] .primary');
  await page.waitForSelector(verdicts, { timeout: within });
  return line(page);
}

test('every example and peer is made again from its file alone', { timeout: 540_000 }, async (t) => {
  const { url } = await serve(t);
  const dir = await tempDir(t);
  const browser = await launch(t);
  const here = await open(browser, url);
  await settled(here.page);
  const names = await here.page.evaluate(() => framewise.examples.map((e) => e.name));
  assert.ok(names.length >= 34 + 20, `there are ${names.length} examples`);
  const files = [];
  for (const name of names) {
    const { page } = here;
    await page.click('.menu > button');
    await page.waitForSelector('.menu-list:not(.gone)');
    const title = await page.evaluate((n) => framewise.examples.find((e) => e.name === n).title, name);
    await (await page.waitForSelector(`xpath/.//button[contains(@class, "menu-item")][normalize-space()="${title}"]`)).evaluate((el) => el.click());
    await until(`${name} to end`, async () => !/stop/i.test(await text(page, at.run)) && /session ended|:/.test(await page.$$eval(at.console, (els) => els.at(-1)?.innerText ?? '')), 60_000);
    let record = '';
    // The session's last octets may still be on their way to the analyser.
    await until(`the record of ${name} to be whole`, async () => { const was = record; record = await saved(page); return was === record && record.startsWith('{"k":"h2trace"') && JSON.parse(record.split('\n')[0]).program; }, 60_000);
    const file = path.join(dir, `${name}.h2trace`);
    await writeFile(file, record);
    const head = JSON.parse(record.split('\n')[0]);
    assert.match(head.engine, /^[0-9a-f]{8,}$/, 'the header names the engine');
    files.push({ name, file, frames: head });
  }
  here.sound();
  await here.close();
  const there = await open(browser, url);
  await settled(there.page);
  const bad = [];
  for (const { name, file } of files) {
    const said = await again(there.page, file).catch((e) => e.message);
    if (!/^Reproduced: [\d,]+ octets?, [\d,]+ frames?, the same\./.test(said)) bad.push(`${name}: ${said}`);
    if (process.env.VERBOSE) console.log(name, said);
  }
  assert.deepEqual(bad, []);
  there.sound();
});
