// h2-worker.js: the Worker in which a program runs. It holds h2.wasm, so that a
// program that never ends is ended by ending the Worker, and the page lives on.
//
// In:  {op:'run', program, title, seed, network:{latency, bandwidth}},
//      {op:'dial', relay, target, tls, method, path, timeout?},
//      {op:'port', port}: where the record goes, {op:'reset'}, then {op:'feed', bytes}
// Out: {op:'ready'}, {op:'started'}, {op:'done'}, {op:'failed', message, line, col}

import { Runtime } from './runtime.js';
import { dial } from './dial.js';
import { selectPadding } from '../http2/engine.js';

importScripts('{{asset `wasm_exec.js`}}');

let sink = null;
const early = []; // lines of the record that came before the port
const send = (m, transfer) => (sink ? sink.postMessage(m, transfer) : early.push(m));

const ready = (async () => {
  const go = new Go();
  go.importObject.framewise = { selectPadding };
  const address = new URL('{{asset `h2.wasm`}}', self.location.href);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  // Some static servers send another type than application/wasm, which the
  // streaming compiler refuses.
  const { instance } = response.headers.get('content-type') === 'application/wasm'
    ? await WebAssembly.instantiateStreaming(response, go.importObject)
    : await WebAssembly.instantiate(await response.arrayBuffer(), go.importObject);
  go.run(instance).then(() => fail(new Error('the HTTP/2 engine has stopped; reload the page')));
  return instance.exports;
})();
ready.then(() => postMessage({ op: 'ready' }), (e) => fail(new Error(`the HTTP/2 engine did not load: ${e.message}`)));

function fail(e) {
  postMessage({ op: 'failed', message: e.message, line: e.line ?? 0, col: e.col ?? 0 });
}

/** Small pieces of the record are gathered: each message costs the other side. */
function recorder() {
  let held = [], size = 0;
  const flush = () => {
    if (size === 0) return;
    const all = new Uint8Array(size);
    let at = 0;
    for (const b of held) { all.set(b, at); at += b.length; }
    [held, size] = [[], 0];
    send({ op: 'feed', bytes: all.buffer }, [all.buffer]);
  };
  return { flush, add(b) { held.push(b); size += b.length; if (size > 256 << 10) flush(); } };
}

async function run(m) {
  const exports = await ready;
  send({ op: 'reset' });
  postMessage({ op: 'started' });
  const record = recorder();
  const runtime = new Runtime(exports, { onTrace: record.add });
  const stray = (e) => { e.preventDefault(); runtime.fail(e.reason ?? e.error); };
  addEventListener('unhandledrejection', stray);
  try {
    await runtime.run(m.program, m);
    record.flush();
    postMessage({ op: 'done' });
  } catch (e) {
    record.flush();
    fail(e);
  } finally {
    removeEventListener('unhandledrejection', stray);
  }
}

async function ask(m) {
  const exports = await ready;
  send({ op: 'reset' });
  postMessage({ op: 'started' });
  try {
    await dial(exports, m, (bytes) => send({ op: 'feed', bytes: bytes.buffer }, [bytes.buffer]));
    postMessage({ op: 'done' });
  } catch (e) {
    fail(e);
  }
}

// One thing at a time: a second run begins when the first has ended.
let last = Promise.resolve();
onmessage = ({ data: m }) => {
  switch (m.op) {
    case 'port':
      sink = m.port;
      for (const e of early.splice(0)) sink.postMessage(e);
      break;
    case 'run': last = last.then(() => run(m)); break;
    case 'dial': last = last.then(() => ask(m)); break;
  }
};
