// How long a visitor waits: navigation to the first frame on screen, over
// loopback, in a fresh profile each time and once more with a warm cache.
import { firstFrame, launch, open } from '../lib/browser.mjs';
import { serve } from '../lib/proc.mjs';

const rounds = 7;
const after = [];
const t = { after: (end) => after.unshift(end) }; // what the helpers need of a test

const middle = (times) => Math.round(times.toSorted((a, b) => a - b)[times.length >> 1]);

try {
  const { url } = await serve(t);
  const browser = await launch(t);
  const cold = [];
  const warm = [];
  for (let i = 0; i < rounds; i++) {
    const tab = await open(browser, url);
    cold.push(await firstFrame(tab.page));
    await tab.page.reload();
    warm.push(await firstFrame(tab.page));
    await tab.close();
  }
  console.log(`first frame on screen, median of ${rounds}: ${middle(cold)} ms, with a warm cache ${middle(warm)} ms (at most 1,500 ms; the aim is 1,000 ms)`);
} finally {
  for (const end of after) await end();
}
