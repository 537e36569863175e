// drive.mjs runs web/static/convert-worker.js under Node, as a browser would, on
// one file, and writes what it says as a line of JSON:
// {lines, done: {report, held}, more, failed}; of what was unpacked a character of
// lines is an octet.
//
// node drive.mjs WORKER.js PROGRAM.wasm WASM_EXEC.js PROGRAM FILE PIECE [KEYS]
//
// PIECE is how many octets are sent at once.
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const [, , workerFile, wasmFile, execFile, program, file, piece, keysFile] = process.argv;
const decoder = new TextDecoder();
const out = { lines: '', done: null, more: 0, failed: '' };

let finished;
const end = new Promise((resolve) => { finished = resolve; });
globalThis.self = { location: { href: 'http://127.0.0.1/convert-worker.js' } };
globalThis.onmessage = null; // a Worker's global has it
globalThis.importScripts = () => vm.runInThisContext(readFileSync(execFile, 'utf8'), execFile);
globalThis.fetch = async () => new Response(readFileSync(wasmFile), { headers: { 'Content-Type': 'application/wasm' } });
globalThis.postMessage = (m) => {
  switch (m.op) {
    case 'lines': out.lines += program === 'convert' ? decoder.decode(m.bytes) : Buffer.from(m.bytes).toString('latin1'); break;
    case 'more': out.more++; break;
    case 'done': out.done = { report: m.report, held: decoder.decode(m.bytes) }; finished(); break;
    case 'failed': out.failed = m.message; finished(); break;
  }
};
vm.runInThisContext(readFileSync(workerFile, 'utf8').replaceAll(/\{\{asset "([^"]*)"\}\}/g, '$1'), workerFile);

const copy = (b) => Uint8Array.from(b).buffer;
const post = (m) => globalThis.onmessage({ data: m });
const octets = readFileSync(file);
post({ op: 'begin', program, keys: keysFile && copy(readFileSync(keysFile)) });
for (let at = 0; at < octets.length; at += Number(piece)) post({ op: 'feed', bytes: copy(octets.subarray(at, at + Number(piece))) });
post({ op: 'end' });
await end;
process.stdout.write(`${JSON.stringify(out)}\n`, () => process.exit(0));
