// The page as a part of another one: only at ?embed=1, without anything to edit.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import test from 'node:test';
import { launch } from '../lib/browser.mjs';
import { at } from '../lib/page.mjs';
import { serve, until } from '../lib/proc.mjs';
import { staticServer } from '../lib/static.mjs';

/** Another site, whose page has these frames. */
async function article(t, addresses) {
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' })
    .end(`<!doctype html><title>article</title>${addresses.map((a) => `<iframe src="${a}" width="760" height="420"></iframe>`).join('')}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://localhost:${server.address().port}/`;
}

test('another site may show ?embed=1, and nothing else', { timeout: 120_000 }, async (t) => {
  const { url } = await serve(t);
  const browser = await launch(t);
  const page = await browser.newPage();
  await page.goto(await article(t, [`${url}?embed=1#frame=3&view=frames`, url, `${url}?embed=2`, `${url}assets.json`]), { waitUntil: 'load' });
  const frames = page.frames().filter((f) => f !== page.mainFrame());
  assert.equal(frames.length, 4);
  const [embedded, ...others] = frames;
  await embedded.waitForSelector(`${at.row}[aria-selected="true"][data-frame="3"]`);
  for (const frame of others) {
    await until('Chromium to refuse the frame', () => /^chrome-error:/.test(frame.url()), 10_000, () => frame.url());
  }

  const inside = await embedded.evaluate(() => {
    const seen = (selector) => [...document.querySelectorAll(selector)].some((el) => el.checkVisibility());
    const link = [...document.querySelectorAll('.top a')].map((a) => [a.textContent, a.href, a.target]);
    return { code: seen('.program'), run: seen('#run'), filter: seen('#filter'), list: seen('#list'), map: seen('#map'), inspector: seen('.inspector'), link, tour: seen('.tour') };
  });
  assert.deepEqual(inside, { code: false, run: false, filter: false, list: true, map: true, inspector: true, tour: false,
    link: [['Open in Framewise', `${url}#frame=3&view=frames`, '_blank']] });

  // Time goes on as in the whole page, and the link follows.
  await embedded.focus(at.list);
  await page.keyboard.press('ArrowRight');
  await embedded.waitForSelector(`${at.row}[aria-selected="true"][data-frame="4"]`);
  await until('the link to name frame 4', () => embedded.$eval('.top a', (a) => /frame=4/.test(a.href)));
});

test('a host without headers keeps to it too', { timeout: 60_000 }, async (t) => {
  const url = await staticServer(t, '/framewise/');
  const browser = await launch(t);
  const page = await browser.newPage();
  await page.goto(await article(t, [url, `${url}?embed=1`]), { waitUntil: 'load' });
  const [whole, embedded] = page.frames().filter((f) => f !== page.mainFrame());
  await embedded.waitForSelector(at.row);
  await until('the refusal', () => whole.evaluate(() => /\?embed=1 only/.test(document.body.textContent)));
  assert.equal(await whole.$(at.row), null);
});
