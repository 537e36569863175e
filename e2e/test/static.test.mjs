// The site on somebody else's static server, below a path.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open } from '../lib/browser.mjs';
import { openDial, text } from '../lib/page.mjs';
import { until } from '../lib/proc.mjs';
import { staticServer } from '../lib/static.mjs';

test('the site works from any static server, below a path', { timeout: 60_000 }, async (t) => {
  const base = await staticServer(t, '/some/where/');
  const tab = await open(await launch(t), base);
  const policy = await tab.page.$eval('meta[http-equiv="Content-Security-Policy"]', (meta) => meta.content);
  assert.match(policy, /default-src 'none'/, 'without headers of ours the page brings its policy itself');
  assert.doesNotMatch(policy, /'unsafe-(eval|inline)'/);
  tab.sound();

  // There is no relay here: the form says so, and how to start one.
  await openDial(tab.page);
  await until('the missing relay to be told', async () => /framewise serve/.test(await text(tab.page, '.dial')));
  const others = tab.problems.filter((problem) => !/WebSocket connection to .*relay/.test(problem));
  assert.deepEqual(others, [], 'more went wrong than the relay that is not there');
});
