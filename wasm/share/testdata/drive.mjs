// drive.mjs runs web/static/share-worker.js under Node, as a browser would, on one
// record, and writes what it says as a line of JSON: {said: [messages, of the last
// one blob as base64]}.
//
// node drive.mjs SHARE-WORKER.js SHARE.wasm WASM_EXEC.js RECORD TASK…
//
// TASK is {what, options} as JSON; each begins when the one before has ended.
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const [, , workerFile, wasmFile, execFile, file, ...tasks] = process.argv;
const said = [];
let ended = () => {};

globalThis.self = { location: { href: 'http://127.0.0.1/share-worker.js' } };
globalThis.onmessage = null; // a Worker's global has it
globalThis.importScripts = () => vm.runInThisContext(readFileSync(execFile, 'utf8'), execFile);
globalThis.fetch = async () => {
  if (wasmFile === 'none') return new Response('', { status: 404 });
  return new Response(readFileSync(wasmFile), { headers: { 'Content-Type': 'application/wasm' } });
};
globalThis.postMessage = (m) => {
  said.push(m);
  if (m.op === 'done' || m.op === 'failed') ended();
};
vm.runInThisContext(readFileSync(workerFile, 'utf8').replaceAll(/\{\{asset "([^"]*)"\}\}/g, '$1'), workerFile);

const record = new Blob([readFileSync(file)]);
const out = [];
for (const task of tasks) {
  const end = new Promise((resolve) => { ended = resolve; });
  globalThis.onmessage({ data: { op: 'start', record, ...JSON.parse(task) } });
  await end;
  const last = said.at(-1);
  if (last.blob) last.blob = Buffer.from(await last.blob.arrayBuffer()).toString('base64');
  out.push(said.splice(0));
}
process.stdout.write(`${JSON.stringify({ said: out })}\n`, () => process.exit(0));
