// The Cloudflare Worker, offline in workerd: its answers, and the page from it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { firstFrame, launch, open } from '../lib/browser.mjs';
import { edge } from '../lib/edge.mjs';
import { dist } from '../lib/proc.mjs';

test('the edge Worker', { timeout: 120_000 }, async (t) => {
  const base = await edge(t);
  const names = JSON.parse(await readFile(path.join(dist, 'site', 'assets.json'), 'utf8'));

  await t.test('says that it is well', async () => {
    const answer = await fetch(new URL('healthz', base));
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), 'ok\n');
  });

  await t.test('serves every file as it is in dist/site', async () => {
    for (const name of Object.values(names)) {
      const answer = await fetch(new URL(name === 'index.html' ? '' : name, base));
      assert.equal(answer.status, 200, name);
      const got = Buffer.from(await answer.arrayBuffer());
      assert.ok(got.equals(await readFile(path.join(dist, 'site', name))), `${name} came out different`);
    }
  });

  await t.test('sends the same headers as our own server', async () => {
    const wasm = await fetch(new URL(names['app.wasm'], base), { method: 'HEAD' });
    assert.equal(wasm.headers.get('content-type'), 'application/wasm');
    assert.equal(wasm.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    const page = await fetch(base);
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    assert.match(page.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    const again = await fetch(base, { headers: { 'if-none-match': page.headers.get('etag') } });
    assert.equal(again.status, 304);
  });

  await t.test('says 404 and 405', async () => {
    const none = await fetch(new URL('none', base));
    assert.equal(none.status, 404);
    assert.match(await none.text(), /no such page/);
    assert.equal((await fetch(base, { method: 'POST' })).status, 405);
  });

  await t.test('gives a page that works', async () => {
    const tab = await open(await launch(t), base);
    console.log(`first frame from the edge: ${Math.round(await firstFrame(tab.page))} ms`);
    tab.sound();
    await tab.close();
  });
});
