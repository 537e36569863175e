// Files that the page makes: where they are saved, and how they are asked for.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { tempDir, until } from './proc.mjs';

/**
 * A folder that the page's browser saves into. file(name) waits for a file and
 * gives its octets, file.path(name) its path, file.names() what is there.
 */
export async function downloads(t, page) {
  const dir = await tempDir(t);
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: dir, browserContextId: page.browserContext().id });
  const file = async (name, within = 20_000) => readFile(await file.path(name, within));
  file.names = () => readdir(dir);
  file.path = async (name, within = 20_000) => {
    let there = [];
    await until(`the file ${name}`, async () => {
      there = await readdir(dir);
      return there.includes(name);
    }, within, () => `there is ${there.join(', ') || 'none'}`);
    return path.join(dir, name);
  };
  return file;
}

/** Chooses an entry of the Export menu by the pointer. */
export async function choose(page, entry) {
  await page.click('#export-open');
  await (await page.waitForSelector(`xpath/.//button[@class="menu-item"][starts-with(normalize-space(), "${entry}")]`, { visible: true })).click();
}
