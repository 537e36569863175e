// drive.mjs runs web/static/inspect-worker.js under Node, as a browser would,
// and writes one line of JSON for each message that the Worker sends.
//
// node drive.mjs WORKER.js INSPECT.wasm WASM_EXEC.js RECORD REQUESTS [CRASH]
//
// RECORD is fed in pieces of odd sizes; REQUESTS holds a request a line. With
// CRASH the program dies at that request (counted from 0), then comes a reset.
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const [, , workerFile, wasmFile, execFile, recordFile, requestFile, crash] = process.argv;
let lines = ''; // written at the end: what is in a pipe is lost when the process exits
const say = (v) => { lines += JSON.stringify(v) + '\n'; };
const decoder = new TextDecoder();

let finished;
const done = new Promise((resolve) => { finished = resolve; });
const requests = readFileSync(requestFile, 'utf8').split('\n').filter((l) => l !== '');
let answered = 0;

globalThis.self = { location: { href: 'http://127.0.0.1/inspect-worker.js' } };
globalThis.onmessage = null; // a Worker's global has it
globalThis.importScripts = () => vm.runInThisContext(readFileSync(execFile, 'utf8'), execFile);
globalThis.fetch = async () => new Response(readFileSync(wasmFile), { headers: { 'Content-Type': 'application/wasm' } });
globalThis.postMessage = (m) => {
  say({ op: m.op, id: m.id, message: m.message, text: m.bytes && decoder.decode(m.bytes) });
  if (m.op === 'answer' && ++answered === requests.length) finished();
  if (m.op === 'other') finished();
};

// The exports of a program can't be replaced; what the Worker gets is a copy.
const instantiate = WebAssembly.instantiate;
let calls = 0;
WebAssembly.instantiate = async (module, imports) => {
  const instance = await instantiate(module, imports);
  const exports = { ...instance.exports };
  exports.query = (n) => {
    if (crash !== undefined && calls++ === Number(crash)) throw new WebAssembly.RuntimeError('unreachable');
    return instance.exports.query(n);
  };
  const copy = { exports };
  globalThis.exportsOfGo = instance.exports;
  // Go takes hold of its instance by run(); it needs the real one.
  Go.prototype.runReal = Go.prototype.runReal || Go.prototype.run;
  Go.prototype.run = function () { return this.runReal(instance); };
  return copy;
};

vm.runInThisContext(readFileSync(workerFile, 'utf8').replaceAll(/\{\{asset "([^"]*)"\}\}/g, '$1'), workerFile);
const post = (m) => globalThis.onmessage({ data: m });

// Everything is sent at once, before the program is compiled: it must be kept.
const record = new Uint8Array(readFileSync(recordFile));
const channel = {};
post({ op: 'port', port: channel });
channel.onmessage({ data: { op: 'reset' } });
for (let at = 0, n = 1; at < record.length; at += n, n = n * 3 % 10007) {
  channel.onmessage({ data: { op: 'feed', bytes: record.slice(at, at + n).buffer } });
}
requests.forEach((text, id) => post({ op: 'query', id, text }));
await done;

// A panic in Go is told and survived.
if (crash === undefined) {
  const n = globalThis.exportsOfGo.feed(1 << 30);
  const e = globalThis.exportsOfGo;
  say({ op: 'panic', message: n < 0 ? decoder.decode(new Uint8Array(e.mem.buffer, e.out(), -n)) : '' });
}
// After the end of a program a reset begins a new one.
answered = requests.length - 1;
const again = new Promise((resolve) => { finished = resolve; });
post({ op: 'reset' });
post({ op: 'query', id: requests.length, text: '{"op":"summary"}' });
await again;
// The record before is still there, to be compared with: it can be read again.
const other = new Promise((resolve) => { finished = resolve; });
post({ op: 'other', id: 7, from: 'before' });
await other;
process.stdout.write(lines, () => process.exit(0));
