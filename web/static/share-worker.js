// share-worker.js: the Worker that holds share.wasm, which makes files of records
// for others: redacted, in one of several formats. shares.js starts it when
// somebody shares or exports; what goes wrong in it goes wrong nowhere else. It is
// JavaScript because a Worker's messages and a program's memory can only be
// reached from there; it packs with the browser's own gzip.
//
// In:  {op:'start', record: Blob of JSON Lines, what: 'preview' or 'make', options
//      (wasm/share/job, format also 'h2trace.gz'; of a preview it is that)}, one at
//      a time
// Out: {op:'progress', state: 'loading', 'reading' or 'writing', done, total}:
//      octets of the record, then parts of the file
//      {op:'done', blob, plain: octets of the file before it was packed, packed:
//      octets of it packed, or 0, report, examples, broken (job.Result), memory:
//      octets that the program has taken}
//      {op:'failed', message: a sentence}: there is no file
'use strict';

importScripts('{{asset "wasm_exec.js"}}');

const PIECE = 1 << 18; // octets that are handed over at once
const OFTEN = 100;     // milliseconds between two words about progress
const TYPES = {
  h2trace: 'application/x-ndjson', 'h2trace.gz': 'application/gzip', pcapng: 'application/octet-stream', pcap: 'application/octet-stream',
  har: 'application/json', qlog: 'application/qlog+json-seq', json: 'application/x-ndjson', txt: 'text/plain;charset=utf-8', script: 'text/plain;charset=utf-8',
};

let go = null;

async function compile() {
  const address = new URL('{{asset "share.wasm"}}', self.location.href);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} was answered with ${response.status}`);
  // Some static servers send another type than application/wasm, which the
  // streaming compiler refuses.
  const streams = (response.headers.get('Content-Type') || '').startsWith('application/wasm');
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

async function load() {
  const module = await compile();
  go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).catch(() => {}); // whoever calls it next is told
  return instance.exports;
}

const program = load().catch((e) => {
  program.why = `what makes files of records could not be loaded: ${e.message}`;
  return null;
});

/** The program's exports with octets in and out. */
function doors(exports) {
  const write = (bytes) => {
    const at = exports.buffer(bytes.length) >>> 0;
    new Uint8Array(exports.mem.buffer, at, bytes.length).set(bytes);
    return bytes.length;
  };
  /** A copy of the n octets that it left; a negative n is its failure. */
  const read = (n) => {
    if (go.exited) throw new Error('it has stopped'); // what it returned then means nothing
    const at = exports.out() >>> 0;
    const bytes = new Uint8Array(exports.mem.buffer, at, Math.abs(n)).slice();
    if (n < 0) throw new Error(new TextDecoder().decode(bytes));
    return bytes;
  };
  return { write, read };
}

let told = 0;

/** Says how far it is, at once or not too often. */
function progress(state, done, total, now) {
  if (!now && Date.now() - told < OFTEN) return;
  told = Date.now();
  postMessage({ op: 'progress', state, done, total });
}

/** The file's octets, as Blobs: the browser puts large ones on disk. */
async function made(exports, record, options) {
  const { write, read } = doors(exports);
  const parts = [];
  const keep = (n) => { if (n) parts.push(new Blob([read(n)])); else read(0); };
  keep(exports.begin(write(new TextEncoder().encode(JSON.stringify(options)))));
  for (let at = 0; at < record.size; at += PIECE) {
    progress('reading', at, record.size, at === 0);
    keep(exports.feed(write(new Uint8Array(await record.slice(at, at + PIECE).arrayBuffer()))));
  }
  keep(exports.end());
  let first = true;
  do {
    keep(exports.step());
    progress('writing', exports.done(), exports.of(), first);
    first = false;
  } while (exports.more());
  return { result: JSON.parse(new TextDecoder().decode(read(exports.result()))), parts };
}

async function start({ record, what, options }) {
  progress('loading', 0, 0, true);
  const exports = await program;
  if (!exports) throw new Error(program.why);
  const preview = what === 'preview';
  const gzip = preview || options.format === 'h2trace.gz';
  const type = TYPES[preview ? 'h2trace.gz' : options.format];
  const { result, parts } = await made(exports, record, { ...options, format: gzip ? 'h2trace' : options.format, examples: preview });
  if (result.error) return { op: 'failed', message: `There is no file: ${result.error}.` };
  let blob = new Blob(parts, { type });
  const plain = blob.size;
  if (gzip) blob = new Blob([await new Response(blob.stream().pipeThrough(new CompressionStream('gzip'))).blob()], { type });
  return { op: 'done', blob, plain, packed: gzip ? blob.size : 0, report: result.report, examples: result.examples, broken: result.broken, memory: exports.mem.buffer.byteLength };
}

onmessage = ({ data }) => {
  start(data).then((m) => postMessage(m), (e) => postMessage({ op: 'failed', message: `The file could not be made: ${e.message}.` }));
};
