// Programs run in the Worker of a page, without the page around it, and under
// Node.js on the same runtime: the two records are to be the same octets.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { dist, root } from './proc.mjs';

/** The examples of the menu, in order: {name, text, around}. */
export async function examples() {
  const folder = path.join(root, 'web', 'examples');
  const { default: around } = await import(pathToFileURL(path.join(folder, 'around.js')));
  const read = async (dir, list) => Promise.all(list.map(async ({ file, name }) => ({
    name: name ?? file.replace(/\.js$/, ''), text: await readFile(path.join(dir, file), 'utf8'), around: around[file] ?? {},
  })));
  const list = async (dir) => read(dir, JSON.parse(await readFile(path.join(dir, 'list.json'), 'utf8')));
  return [...await list(path.join(folder, 'own')), ...await list(folder)];
}

const network = { latency: 5_000_000, bandwidth: 0 };

/** Runs a program under Node.js on the engines of dist/site; gives the record. */
export async function underNode(t, temp) {
  const bundle = path.join(temp, 'runtime.mjs');
  await promisify(execFile)('go', ['run', './web/build', 'runtime', bundle], { cwd: root, env: { ...process.env, GOTOOLCHAIN: 'go1.27.4' } });
  const site = path.join(dist, 'site'), names = JSON.parse(await readFile(path.join(site, 'assets.json'), 'utf8'));
  const at = (name) => path.join(site, names[name]);
  Object.assign(process.env, { RUNTIME: bundle, WASM_EXEC: at('wasm_exec.js'), H2_WASM: at('h2.wasm'), H2TLS_WASM: at('h2tls.wasm') });
  const { run } = await import(pathToFileURL(path.join(root, 'web', 'runtime', 'node.mjs')));
  return async ({ text, around }, seed = 1) => (await run(text, { seed, network, around })).octets.toString();
}

/**
 * Takes an engine's Worker from a page. run(example, seed) gives {record, failed,
 * memory}: the record as text, why it could not go on, the engines' memory in
 * octets; runs follow one another in the one Worker.
 */
export async function inTab(page) {
  await page.evaluate(() => {
    const worker = framewise.takeEngine();
    const channel = new MessageChannel();
    const tab = { pieces: [], ready: null, tasks: new Map(), id: 0 };
    window.framewiseTab = tab;
    let ready;
    tab.ready = new Promise((done) => { ready = done; });
    channel.port1.onmessage = ({ data }) => {
      if (data.op === 'reset') tab.pieces = [];
      if (data.op === 'feed') tab.pieces.push(new Uint8Array(data.bytes));
    };
    framewise.attach(worker, ({ data }) => {
      if (data.op === 'ready') ready(performance.now());
      if (data.op === 'dead') throw new Error(data.message);
      if (data.op === 'done' || data.op === 'failed') tab.tasks.get(data.id)({ failed: data.op === 'failed' ? `${data.line}:${data.col} ${data.message}` : '', memory: data.memory });
    }, (e) => { throw new Error(e.message); });
    worker.postMessage({ op: 'port', port: channel.port2 }, [channel.port2]);
    // The answer comes by another way than the record: a task later both are there.
    tab.run = async (task) => {
      const id = ++tab.id;
      const begin = performance.now();
      const answer = await new Promise((done) => { tab.tasks.set(id, done); worker.postMessage({ op: 'run', id, ...task }); });
      const took = performance.now() - begin;
      tab.tasks.delete(id);
      await new Promise((done) => { setTimeout(done); });
      const decoder = new TextDecoder();
      return { ...answer, took, record: tab.pieces.map((p) => decoder.decode(p, { stream: true })).join('') };
    };
  });
  return {
    ready: () => page.evaluate(() => framewiseTab.ready),
    run: ({ text, around }, seed = 1) => page.evaluate((task) => framewiseTab.run(task), { program: text, title: '', seed, network, around }),
    /** The octets that live in the Worker after its garbage was collected. */
    async heap() {
      const worker = page.workers().find((w) => /h2-worker/.test(w.url()));
      await worker.client.send('HeapProfiler.enable');
      await worker.client.send('HeapProfiler.collectGarbage');
      const { usedSize } = await worker.client.send('Runtime.getHeapUsage');
      return usedSize;
    },
  };
}
