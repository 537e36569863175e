// convert-worker.js: the Worker that holds convert.wasm, which makes records of
// captures and logs, or unpack.wasm, which unpacks zstd. inspect-worker.js starts
// one for a file and ends it with the file: what a stranger's file does to it, it
// does to nobody else. It is JavaScript because a Worker's messages and a
// program's memory can only be reached from there.
//
// In:  {op:'begin', program: 'convert' or 'unpack', keys: ArrayBuffer of a TLS key
//      log, or none}, first
//      {op:'feed', bytes: ArrayBuffer}, {op:'end'}
// Out: {op:'lines', bytes: ArrayBuffer (JSON Lines, or what was unpacked)}, as they
//      come
//      {op:'more'} after each piece
//      {op:'done', report (wasm/convert/stream), bytes: the lines of a record
//      without a connection} after the end
//      {op:'failed', message}: the program is broken
'use strict';

importScripts('{{asset "wasm_exec.js"}}');

const PIECE = 1 << 18; // octets that are handed over at once

let exports = null;
let go = null;
let early = [];

const programs = { convert: '{{asset "convert.wasm"}}', unpack: '{{asset "unpack.wasm"}}' };

async function start(program) {
  const address = new URL(programs[program], self.location.href);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} was answered with ${response.status}`);
  // Some static servers send another type than application/wasm, which the
  // streaming compiler refuses.
  const streams = (response.headers.get('Content-Type') || '').startsWith('application/wasm');
  const module = await (streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer()));
  go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).then(() => failed('it has stopped'), (e) => failed(e.message));
  exports = instance.exports;
  for (const m of early.splice(0)) take(m);
}

/** Says once that the program is broken. */
function failed(message) {
  if (!early) return;
  early = null;
  postMessage({ op: 'failed', message });
}

function write(bytes) {
  const at = exports.buffer(bytes.length) >>> 0;
  new Uint8Array(exports.mem.buffer, at, bytes.length).set(bytes);
  return bytes.length;
}

/** A copy of the n octets that the program left; a negative n is its failure. */
function read(n) {
  if (go.exited) throw new Error('it has stopped'); // what it returned then means nothing
  const at = exports.out() >>> 0;
  const bytes = new Uint8Array(exports.mem.buffer, at, Math.abs(n)).slice();
  if (n < 0) throw new Error(new TextDecoder().decode(bytes));
  return bytes;
}

/** Sends the n octets of lines that the program left, and those that follow. */
function lines(n) {
  for (; n !== 0; n = exports.more()) {
    const { buffer } = read(n);
    postMessage({ op: 'lines', bytes: buffer }, [buffer]);
  }
  if (go.exited) throw new Error('it has stopped');
}

function take(m) {
  if (!early) return;
  if (!exports) {
    early.push(m);
    return;
  }
  try {
    switch (m.op) {
      case 'begin':
        exports.begin(write(new Uint8Array(m.keys ?? 0)));
        break;
      case 'feed': {
        const bytes = new Uint8Array(m.bytes);
        for (let at = 0; at < bytes.length; at += PIECE) lines(exports.feed(write(bytes.subarray(at, at + PIECE))));
        postMessage({ op: 'more' });
        break;
      }
      case 'end': {
        lines(exports.end());
        const [Format, Conns, Locked, Error, ...Lines] = new TextDecoder().decode(read(exports.report())).split('\0');
        const report = { Format, Conns: Number(Conns), Locked: Number(Locked), Error, Lines };
        postMessage({ op: 'done', report, bytes: read(exports.held()).buffer });
        break;
      }
    }
  } catch (e) {
    failed(e.message);
  }
}

onmessage = ({ data }) => {
  if (data.op === 'begin') start(data.program).catch((e) => failed(e.message));
  take(data);
};
