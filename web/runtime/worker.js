// h2-worker.js: the Worker in which programs run, one after the other. It holds
// h2.wasm, so that a program that hangs is ended by ending the Worker, and the
// page lives on.
//
// In:  {op:'run', program, title, note, seed, network, around, engine, listen?}: see Runtime.run,
//      and for listen, where others may call the program, Outside
//      {op:'choose', id, server}: the port of the program's that is called
//      {op:'dial', relay, target, tls, inTab, trusted, method, path, timeout?}: see Dial,
//      {op:'tap', relay, target, port}: see tap
//      {op:'port', port}: where the record goes, {op:'reset', id}, then {op:'feed', bytes}
// Out: {op:'ready'}, {op:'started'}, {op:'done'}, {op:'failed', message, line, col}
//      {op:'dead', message}: this Worker is of no use any more
//      {op:'keys', id, text}: lines of the key log of a dial with TLS in the tab
//      {op:'need', kind}, answered by {op:'give', kind, octets}: see sealed
//      {op:'outside', address, servers, server, open, came}: see Outside; of a tap
//      only the address
// Each answer to run, dial and tap carries the task's id; done and failed also say how
// much memory, in octets, the engines have.

import { Exit, NeedsTLS, Runtime } from './runtime.js';
import { dial } from './dial.js';
import { Outside } from './outside.js';
import { tap } from './tap.js';
import { Veil } from './veil.js';
import { selectPadding } from '../http2/engine.js';

// In the place of other people's programs nothing can be fetched: the page has
// put wasm_exec.js before this text and hands the engines over when asked.
const sealed = typeof Go !== 'undefined';
if (!sealed) importScripts('{{asset `wasm_exec.js`}}');

const addresses = { plain: '{{asset `h2.wasm`}}', tls: '{{asset `h2tls.wasm`}}', roots: '{{asset `roots.der`}}' };
const engines = new Map(); // promises of exports

// Keys of TLS come of this: no program that ran here before may have put something
// in its place.
const random = crypto.getRandomValues.bind(crypto);

/** The exports of h2.wasm, or of the build that has TLS, which is loaded when a program asks for it. */
function engine(kind) {
  if (!engines.has(kind)) engines.set(kind, load(kind));
  return engines.get(kind);
}

async function load(kind) {
  const go = new Go();
  go.importObject.framewise = { selectPadding };
  go.importObject.gojs['runtime.getRandomData'] = (at) => {
    const view = new DataView(go.mem.buffer, at >>> 0);
    random(new Uint8Array(go.mem.buffer, view.getUint32(8, true), view.getUint32(16, true)));
  };
  const instance = sealed ? (await WebAssembly.instantiate(await given(kind), go.importObject)).instance : await fetched(addresses[kind], go);
  go.run(instance).then(() => dead('the HTTP/2 engine has stopped'));
  loaded.push(instance.exports);
  return instance.exports;
}

/** The octets of an engine, from the page. */
const awaited = new Map();
function given(kind) {
  return new Promise((done) => {
    awaited.set(kind, done);
    postMessage({ op: 'need', kind });
  });
}

async function answered(name) {
  const address = new URL(name, self.location.href);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  return response;
}

async function fetched(name, go) {
  const response = await answered(name);
  // Some static servers send another type than application/wasm, which the
  // streaming compiler refuses.
  const { instance } = response.headers.get('content-type') === 'application/wasm'
    ? await WebAssembly.instantiateStreaming(response, go.importObject)
    : await WebAssembly.instantiate(await response.arrayBuffer(), go.importObject);
  return instance;
}

const dead = (message) => postMessage({ op: 'dead', message });
engine('plain').then(() => postMessage({ op: 'ready' }), (e) => dead(`the HTTP/2 engine did not load: ${e.message}`));

let sink = null;
const early = []; // messages for the analyser that came before the port
const send = (m, transfer) => (sink ? sink.postMessage(m, transfer) : early.push(m));

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

async function run(m, kind = 'plain') {
  const exports = await engine(kind);
  send({ op: 'reset', id: m.id });
  if (kind === 'plain') postMessage({ op: 'started', id: m.id });
  const record = recorder();
  const outside = m.listen ? new Outside(m.listen, (news) => postMessage({ op: 'outside', id: m.id, ...news }), record.flush) : null;
  const runtime = new Runtime(exports, { onTrace: record.add, outside, secure: kind === 'tls' });
  called = { id: m.id, outside };
  const stray = (e) => { e.preventDefault(); runtime.fail(e.reason ?? e.error); };
  addEventListener('unhandledrejection', stray);
  addEventListener('error', stray);
  try {
    await runtime.run(m.program, m);
    record.flush();
    done(m);
  } catch (e) {
    // The run is the same each time: nothing is lost by doing it once more.
    if (e instanceof NeedsTLS && kind === 'plain') return run(m, 'tls');
    record.flush();
    if (e instanceof Exit) done(m);
    else fail(m, e);
  } finally {
    outside?.close();
    removeEventListener('unhandledrejection', stray);
    removeEventListener('error', stray);
  }
}

let called = null; // the run whose program others may call

/** Shows the record of what passes a tap. */
async function look(m) {
  send({ op: 'reset', id: m.id });
  postMessage({ op: 'started', id: m.id });
  try {
    await tap(m, recorder(), (news) => postMessage({ op: 'outside', id: m.id, ...news }));
  } catch (e) {
    fail(m, e);
  }
}

const loaded = []; // exports
const memory = () => loaded.reduce((sum, x) => sum + x.mem.buffer.byteLength, 0);
// Who reads the record hears of its end on the same way, behind all of it.
function ended(m, answer) {
  send({ op: 'over', id: m.id });
  postMessage({ ...answer, id: m.id, memory: memory() });
}
const done = (m) => ended(m, { op: 'done' });
const fail = (m, e) => ended(m, { op: 'failed', message: e.message, line: e.line ?? 0, col: e.col ?? 0 });

/** TLS, which trusts what the site's list of authorities has. */
let trusting; // a promise
function veil() {
  trusting ??= (async () => {
    const [exports, roots] = await Promise.all([engine('tls'), answered(addresses.roots).then((r) => r.arrayBuffer())]);
    const veil = new Veil(exports);
    veil.trust(new Uint8Array(roots));
    return veil;
  })().catch((e) => {
    trusting = undefined; // the next dial may have more luck
    throw new Error(`TLS for the tab did not load: ${e.message}`);
  });
  return trusting;
}

async function ask(m) {
  const exports = await engine('plain');
  send({ op: 'reset', id: m.id });
  postMessage({ op: 'started', id: m.id });
  try {
    if (m.tls && m.inTab) m.veil = await veil();
    m.onKeys = (text) => postMessage({ op: 'keys', id: m.id, text });
    await dial(exports, m, (bytes) => send({ op: 'feed', bytes: bytes.buffer }, [bytes.buffer]));
    done(m);
  } catch (e) {
    fail(m, e);
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
    case 'give': awaited.get(m.kind)?.(m.octets); break;
    case 'run': last = last.then(() => run(m)).catch((e) => dead(e.message)); break;
    case 'choose': if (called?.id === m.id) called.outside?.choose(m.server); break;
    case 'tap': last = last.then(() => look(m)).catch((e) => dead(e.message)); break;
    case 'dial': last = last.then(() => ask(m)).catch((e) => dead(e.message)); break;
  }
};
