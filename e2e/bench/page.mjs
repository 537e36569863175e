// How fast the page is with a record of 100,000 frames, and of a million: the
// analyser natively and in WebAssembly, opening, jumping, scrolling, scrubbing,
// typing in the filter, importing a capture. Each line says whether the aim is met.
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { launch, open } from '../lib/browser.mjs';
import { openFile, quiet, settled, total } from '../lib/page.mjs';
import { captureLoad } from '../lib/peers.mjs';
import { root, serve, until } from '../lib/proc.mjs';

const run = promisify(execFile);
const after = [];
const t = { after: (end) => after.unshift(end) }; // what the helpers need of a test
const folder = await mkdtemp(path.join(os.tmpdir(), 'framewise-bench-'));
after.push(() => rm(folder, { recursive: true, force: true }));

const say = (what, value, unit, aim, met) => console.log(`${what}: ${value} ${unit}, aim ${aim}: ${met ? 'met' : 'NOT MET'}`);
const at = (times, share) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;

/** Writes the benchmark's record of so many frames; gives its path. */
async function record(frames) {
  const file = path.join(folder, `${frames}.h2trace`);
  const maker = spawn('go', ['run', './e2e/bench/maketrace', String(frames), '1'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  maker.stdout.pipe(createWriteStream(file));
  const [code] = await once(maker, 'close');
  if (code !== 0) throw new Error(`maketrace ended with ${code}`);
  return file;
}

/** Frames a second of the analyser, and octets a frame that it keeps. */
async function analyser(env, flags = []) {
  const { stdout } = await run('go', ['test', ...flags, './core/inspect', '-run', '^$', '-bench', '^BenchmarkFeed$'], { cwd: root, env: { ...process.env, ...env }, maxBuffer: 1 << 24 });
  return { rate: Number(/([\d.]+) frames\/s/.exec(stdout)?.[1]), heap: Number(/([\d.]+) heap-B\/frame/.exec(stdout)?.[1]) };
}

async function analysers() {
  const native = await analyser({});
  say('analyser, natively', Math.round(native.rate), 'frames/s', '≥ 500,000', native.rate >= 500_000);
  say('memory beside the record', native.heap, 'octets a frame', '≤ 200', native.heap <= 200);
  const { stdout } = await run('go', ['env', 'GOROOT'], { cwd: root });
  const wasm = await analyser({ GOOS: 'js', GOARCH: 'wasm', PATH: `${path.join(stdout.trim(), 'lib', 'wasm')}:${process.env.PATH}` });
  say('analyser, in WebAssembly (Node)', Math.round(wasm.rate), 'frames/s', '≥ 120,000', wasm.rate >= 120_000);
}

async function opening(page, file, frames, aim) {
  const from = performance.now();
  await openFile(page, file, 120_000);
  const ms = performance.now() - from;
  await until('all frames', async () => (await page.$eval('.file-line', (el) => el.innerText)).includes(frames.toLocaleString('en')));
  say(`opening ${frames.toLocaleString('en')} frames`, Math.round(ms), 'ms', aim ? `≤ ${aim.toLocaleString('en')}` : 'progress and Cancel meanwhile', !aim || ms <= aim);
}

/** Opens a capture of a real server's work: packets, TCP and the analysis. */
async function importing(page) {
  const file = path.join(folder, 'load.pcapng');
  await captureLoad(t, file);
  const from = performance.now();
  const said = await openFile(page, file, 120_000);
  const ms = performance.now() - from;
  const frames = Number(/([\d,]+) frames/.exec(said)?.[1].replaceAll(',', ''));
  if (!(frames > 90_000)) throw new Error(`too few frames: ${said}`);
  say(`importing a pcapng with ${frames.toLocaleString('en')} frames (h2load and nghttpd)`, Math.round(ms), 'ms', '< 3,000', ms < 3_000);
}

/** Goes to places of the map, and waits each time until list and inspector show them; before the next, where rest says so, until that is painted. */
const jumps = (page, rest) => page.evaluate(async (rest) => {
  const map = document.querySelector('#map');
  const box = map.getBoundingClientRect();
  const times = [];
  const shown = () => {
    const frame = document.querySelector('#list [aria-selected="true"]')?.dataset.frame;
    const tab = document.querySelector('.inspector [role="tab"]')?.textContent.trim();
    return frame && tab === `Frame ${frame}` && !document.querySelector('.inspector .body.stale') ? frame : '';
  };
  const point = (type, x, buttons) => map.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, buttons, clientX: box.left + x * box.width, clientY: box.top + 20 }));
  for (let i = 0; i < 60; i++) {
    const was = shown();
    const from = performance.now();
    point('pointerdown', (i * 0.618034 + (rest ? 0 : 0.37)) % 1, 1);
    point('pointerup', (i * 0.618034 + (rest ? 0 : 0.37)) % 1, 0);
    const limit = from + 5000;
    while ((shown() === '' || shown() === was) && performance.now() < limit) await new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
    if (i >= 10) times.push(performance.now() - from);
    for (let k = 0; rest && k < 3; k++) await new Promise((done) => { requestAnimationFrame(done); });
  }
  return times;
}, rest);

/** The time between frames on the screen while something moves with each. */
const frames = (page, what) => page.evaluate(async (name) => {
  const list = document.querySelector('#list');
  const map = document.querySelector('#map');
  const box = map.getBoundingClientRect();
  const point = (type, x, buttons) => map.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, buttons, clientX: box.left + x * box.width, clientY: box.top + 20 }));
  const move = {
    scrolling: () => { list.scrollTop += 137; },
    scrubbing: (i) => point(i === 0 ? 'pointerdown' : 'pointermove', 0.1 + i / 400, 1),
  }[name];
  const times = [];
  let last = 0;
  for (let i = 0; i < 300; i++) {
    move(i);
    const now = await new Promise((done) => { requestAnimationFrame(done); });
    if (last && i > 20) times.push(now - last);
    last = now;
  }
  if (name === 'scrubbing') point('pointerup', 0.85, 0);
  return times;
}, what);

async function moving(page, what) {
  const times = await frames(page, what);
  const p95 = at(times, 0.95);
  say(`${what}, 95th percentile`, (1000 / p95).toFixed(1), 'frames/s', '≥ 55', 1000 / p95 >= 55);
}

async function typing(page) {
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => { for (const e of list.getEntries()) globalThis.longTasks.push(e.duration); }).observe({ type: 'longtask' });
  });
  await page.focus('#filter');
  await page.keyboard.type('stream:1 type:DATA|HEADERS size>100', { delay: 30 });
  await until('the filter to be answered', () => page.$eval('.matches', (el) => / of 100,000/.test(el.textContent)));
  await new Promise((done) => { setTimeout(done, 300); });
  const worst = Math.max(0, ...await page.evaluate(() => globalThis.longTasks));
  say('typing in the filter, longest task', Math.round(worst), 'ms', '≤ 50 (0: none over 50)', worst <= 50);
  await page.keyboard.press('Escape');
}

try {
  await analysers();
  const [small, large] = [await record(100_000), await record(1_000_000)];
  const { url } = await serve(t);
  const browser = await launch(t);
  const { page, sound } = await open(browser, url);
  await settled(page);
  await opening(page, small, 100_000, 2_000);
  await quiet(page);
  if (await total(page) < 1000) throw new Error('the list holds too little to be measured');
  for (const [from, rest] of [['a page at rest', true], ['the last jump, at once', false]]) {
    const times = await jumps(page, rest);
    say(`a jump to any instant of 100,000 frames from ${from}, 95th percentile`, at(times, 0.95).toFixed(1), `ms (median ${at(times, 0.5).toFixed(1)}, worst ${Math.max(...times).toFixed(1)})`, '≤ 50', at(times, 0.95) <= 50);
  }
  await moving(page, 'scrolling');
  await moving(page, 'scrubbing');
  await typing(page);
  await importing(page);
  await opening(page, large, 1_000_000);
  sound();
} finally {
  for (const end of after) await end();
}
