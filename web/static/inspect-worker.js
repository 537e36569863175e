// inspect-worker.js: the Worker that holds inspect.wasm, the analyser. It is
// JavaScript because a Worker's messages and a program's memory can only be
// reached from there; what it passes on it does not look at.
//
// In:  {op:'reset'}, {op:'feed', bytes: ArrayBuffer (JSON Lines)},
//      {op:'query', id, text (JSON, see core/inspect/ask)},
//      {op:'port', port}: reset and feed come from there too
//      {op:'save', port}: the record's octets go there, as {blob}
// Out: {op:'ready'}, {op:'answer', id, bytes: ArrayBuffer (JSON)},
//      {op:'changed', bytes: ArrayBuffer (JSON of the summary)} after feeds,
//      {op:'failed', message}: the analyser itself is broken
'use strict';

importScripts('{{asset "wasm_exec.js"}}');

const PIECE = 1 << 18; // octets that are handed over at once
const PAUSE = 40;      // milliseconds between two summaries that nobody asked for
const encoder = new TextEncoder();

let module = null;   // compiled once
let exports = null;  // null while there is no program that runs
let early = [];      // what came before there was
let dead = '';       // why the program ended
let timer = 0, told = 0;
let record = [];     // the octets that were fed, so that they outlive the program

async function compile() {
  const address = new URL('{{asset "inspect.wasm"}}', self.location.href);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} was answered with ${response.status}`);
  // Some static servers send another type than application/wasm, which the
  // streaming compiler refuses.
  return (response.headers.get('Content-Type') || '').startsWith('application/wasm')
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

async function start() {
  module = module || await compile();
  const go = new Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).then(() => end('the analyser has stopped'), (e) => end(e.message));
  exports = instance.exports;
  dead = '';
  for (const m of early.splice(0)) take(m);
}

/** The program has ended: say so once. A reset starts a new one. */
function end(message) {
  if (dead) return;
  exports = null;
  dead = message || 'the analyser has stopped';
  clearTimeout(timer);
  timer = 0;
  postMessage({ op: 'failed', message: dead });
}

/** Copies octets into the program's memory; n is how many. */
function write(bytes) {
  const at = exports.buffer(bytes.length) >>> 0;
  new Uint8Array(exports.mem.buffer, at, bytes.length).set(bytes);
  return bytes.length;
}

/** A copy of the n octets that the program left. */
function read(n) {
  const at = exports.out() >>> 0;
  return new Uint8Array(exports.mem.buffer, at, n).slice();
}

const textOf = (n) => new TextDecoder().decode(read(n));

function feed(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) {
    const n = exports.feed(write(bytes.subarray(at, at + PIECE)));
    if (n > 0) return; // the record is broken: the summary tells where
    if (n < 0) {
      postMessage({ op: 'failed', message: textOf(-n) });
      return;
    }
  }
}

/** The answer to a request, as an ArrayBuffer of its own. */
function query(text) {
  const n = exports.query(write(encoder.encode(text)));
  if (n >= 0) return read(n).buffer;
  const message = textOf(-n);
  postMessage({ op: 'failed', message });
  return refusal(message);
}

const refusal = (message) => encoder.encode(JSON.stringify({ Error: message })).buffer;

/** Tells the page that there is more, at once and then not too often. */
function changed() {
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    if (!exports) return;
    told = Date.now();
    guarded(() => {
      const bytes = query('{"op":"summary"}');
      postMessage({ op: 'changed', bytes }, [bytes]);
    });
  }, Math.max(0, told + PAUSE - Date.now()));
}

/** Runs f; when the program dies in it, the page is told. */
function guarded(f) {
  try {
    f();
  } catch (e) {
    end(e.message);
  }
}

/** Keeps the record's octets; the browser puts large ones on disk. */
function keep(m) {
  if (m.op === 'reset') record = [];
  if (m.op !== 'feed') return;
  record.push(new Blob([m.bytes]));
  if (record.length === 256) record = [new Blob(record)];
}

function take(m) {
  if (m.op === 'save') {
    m.port.postMessage({ blob: new Blob(record, { type: 'application/x-ndjson' }) });
    return;
  }
  if (m.op === 'port') {
    m.port.onmessage = (e) => { keep(e.data); take(e.data); };
    return;
  }
  if (dead && m.op === 'reset') {
    dead = '';
    early = [m];
    start().catch((e) => end(e.message));
    return;
  }
  if (dead && m.op === 'query') {
    const bytes = refusal(dead);
    postMessage({ op: 'answer', id: m.id, bytes }, [bytes]);
    return;
  }
  if (!exports) {
    if (!dead) early.push(m);
    return;
  }
  guarded(() => {
    switch (m.op) {
      case 'reset': exports.reset(); changed(); break;
      case 'feed': feed(new Uint8Array(m.bytes)); changed(); break;
      case 'query': {
        const bytes = query(m.text);
        postMessage({ op: 'answer', id: m.id, bytes }, [bytes]);
        break;
      }
    }
  });
  // A query whose program died under it is answered all the same.
  if (dead && m.op === 'query') take(m);
}

onmessage = (e) => { keep(e.data); take(e.data); };
start().then(() => postMessage({ op: 'ready' }), (e) => end(`the analyser could not be loaded: ${e.message}`));
