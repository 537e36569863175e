// Differential tests: a body runs on Node's own http2 and on ours, and with
// either as client and the other as server, over real sockets. What it writes
// down, each end on a page of its own, must be the same.
//
//   HTTP2_PACKAGE=folder of the package node --test …
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { join } from 'node:path';
import node from 'node:http2';

const require = createRequire(import.meta.url);
const folder = process.env.HTTP2_PACKAGE;
if (!folder) throw new Error('HTTP2_PACKAGE must name the folder of the package: go run ./web/build npm makes dist/npm/http2');

export const seed = require(join(folder, 'index.js'));
export const current = require(join(folder, 'current.js'));
export { node };

const limit = 10_000;

/** An error as both must give it. */
export const errorText = (e) => (e ? `${e.name} ${e.code}: ${e.message}` : String(e));

function shown(v) {
  if (v instanceof Error) return errorText(v);
  if (typeof v === 'string') return v;
  if (Buffer.isBuffer(v)) return `<${v.toString('latin1')}>`;
  if (v && typeof v === 'object') {
    const { date, ...rest } = v; // the time of day differs
    return JSON.stringify(rest);
  }
  return String(v);
}

/** What a body is given: modules, places to write to, and what is cleaned up. */
class Run {
  constructor(client, server) {
    Object.assign(this, { client, server, http2: client, pages: { client: [], server: [] }, open: [] });
    this.c = (...v) => { this.pages.client.push(v.map(shown).join(' ')); };
    this.s = (...v) => { this.pages.server.push(v.map(shown).join(' ')); };
  }

  /** A server that listens; returns it. */
  async serve(options, onStream, make = (o) => this.server.createServer(o)) {
    const server = make(options ?? {});
    if (onStream) server.on('stream', onStream);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.port = server.address().port;
    this.open.push(() => server.close());
    const sessions = new Set();
    server.on('session', (s) => {
      sessions.add(s);
      s.on('close', () => sessions.delete(s));
    });
    this.open.push(() => { for (const s of sessions) s.destroy(); });
    return server;
  }

  /** A client of the server that listens. */
  connect(options, scheme = 'http') {
    const session = this.client.connect(`${scheme}://127.0.0.1:${this.port}`, options);
    this.open.push(() => session.destroy());
    return session;
  }

  /** Writes down every event of these names. */
  watch(write, emitter, ...names) {
    for (const name of names) emitter.on(name, (...args) => write(name, ...args.filter((a) => a === null || typeof a !== 'object' || Buffer.isBuffer(a) || a instanceof Error)));
    return emitter;
  }

  /** Writes down what f throws, or that it does not. */
  throws(write, name, f) {
    try {
      f();
      write(name, 'no error');
    } catch (e) {
      write(name, e);
    }
  }

  async end() {
    // Not inside of a callback: Node's own server never returns when its session
    // is destroyed in some of them.
    await new Promise((done) => { setImmediate(done); });
    for (const f of this.open.reverse()) {
      try { f(); } catch { /* it has ended by itself */ }
    }
    await new Promise((done) => { setImmediate(done); });
  }
}

/** One end may still have something to say when the other is done: as much as
 *  was said before, if that is known. */
async function settle(now, want) {
  const rounds = want ? 1000 : 5;
  for (let i = 0; i < rounds; i++) {
    if (want && now.client.length >= want.client.length && now.server.length >= want.server.length) return;
    await new Promise((done) => { setTimeout(done, 1); });
  }
}

async function pages(client, server, body, want) {
  const run = new Run(client, server);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing more has happened after ${limit} ms; so far:\n${JSON.stringify(run.pages, null, 1)}`)), limit);
  });
  try {
    await Promise.race([body(run), late]);
    await settle(run.pages, want);
    return { client: [...run.pages.client], server: [...run.pages.server] }; // what is said while it ends does not count
  } finally {
    clearTimeout(timer);
    await run.end();
  }
}

const pairs = [['ours and ours', current, current], ['our client, Node\'s server', current, node], ['Node\'s client, our server', node, current]];

/** One behaviour, in all pairs. only: 'module' runs it on each module alone. */
export function behaviour(name, body, { only } = {}) {
  test(name, async () => {
    const want = await pages(node, node, body);
    assert.ok(want.client.length + want.server.length > 0, 'the body wrote nothing down');
    for (const [who, client, server] of only ? pairs.slice(0, 1) : pairs) {
      assert.deepEqual(await pages(client, server, body, want), want, who);
    }
  });
}

export const closed = (emitter) => new Promise((done) => { emitter.once('close', done); });
export const event = (emitter, name) => new Promise((done) => { emitter.once(name, (...args) => done(args)); });

/** The whole body of a stream as text. */
export async function text(stream) {
  let s = '';
  stream.setEncoding('utf8');
  for await (const d of stream) s += d;
  return s;
}
