// What runs a program in virtual time: the module loader that the program sees,
// its timers, clock and chance, and the loop that trades batches with the
// engine. The same program and seed give the same record everywhere.

import { Engine, op, ev, text } from '../http2/engine.js';
import { http2 } from './legacy/http2.js';
import { EventEmitter } from './legacy/emitter.js';
import { Buffer } from './legacy/octets.js';

/** The instant 0 of every program, as its Date sees it. */
export const epoch = Date.UTC(2026, 0, 1);

/** The record of one run may be as long as this, in octets. */
export const traceLimit = 64 << 20;

/** Why a program was stopped, with the place in its text where there is one. */
export class ProgramError extends Error {
  constructor(message, line = 0, col = 0) {
    super(message);
    this.line = line;
    this.col = col;
  }
}

export class Runtime {
  /**
   * @param exports of h2.wasm
   * @param o {onTrace(octets), batches?}: where the record's lines go
   */
  constructor(exports, { onTrace, batches } = {}) {
    this.engine = new Engine(exports, batches);
    this.onTrace = onTrace ?? (() => {});
    this.sessions = new Map();
    this.streams = new Map();
    this.servers = new Map();
    this.taken = new Set();
    this.timers = new Timers(this);
    this._handles = this._port = this._traced = 0;
    this._queue = [];
    this._call = '';
    this._error = null;
  }

  handle() { return ++this._handles; }
  freePort() { return 49152 + this._port++; }
  date() { return new Date(epoch + this.engine.now / 1e6); }

  /** Calls f after the current handler, before anything of the network's. */
  later(f) { this._queue.push(f); }

  /**
   * Names the program's line, or a place that was kept, as the cause of the
   * command that follows, and returns the engine to write it to.
   */
  cause(call, { line, col } = this.here()) {
    const key = `${line}:${col}:${call}`;
    if (key !== this._call) {
      this._call = key;
      this.engine.u8(op.cause).u32(line).u32(col).str(line ? call : '');
    }
    return this.engine;
  }

  /** The line of the program that is running. */
  here() { return place(new Error().stack); }

  /** Begins a record. */
  begin({ program = '', title = '', note = '', seed = 1, network = {} }) {
    this.seed = seed;
    this.engine.u8(op.reset).u32(seed).u32(0).str('').str(title).str(note).str(program).str(program ? 'js' : '')
      .f64(network.latency ?? 0).f64(network.bandwidth ?? 0);
  }

  console(level, args) { this.engine.u8(op.console).str(level).str(args.map((v) => show(v)).join(' ')); }

  /**
   * Runs a program until nothing is left to happen.
   * @throws ProgramError
   */
  async run(program, options) {
    this.begin({ ...options, program });
    const names = this.globals();
    let main;
    try {
      main = new Function(...Object.keys(names), `${program}\n//# sourceURL=program.js`);
    } catch (e) {
      this.flush();
      throw new ProgramError(`${e.name}: ${e.message}`, ...(await syntaxPlace(program, e, Object.keys(names))));
    }
    this.guard(() => main.apply(undefined, Object.values(names)));
    await this.loop();
  }

  /** Trades batches with the engine until all is quiet. */
  async loop() {
    for (;;) {
      await this.settle();
      const { quiet, events } = this.engine.run();
      this.takeTrace();
      let any = false;
      for (const e of events) {
        any = true;
        this.guard(() => this.dispatch(e));
        await this.settle();
      }
      if (!quiet || any || this.engine.waiting || this._queue.length > 0) continue;
      // Hosts tell of a rejection that nobody handles in a task of its own.
      await pause();
      await this.settle();
      if (!this.engine.waiting) return;
    }
  }

  /** Runs what waits: callbacks, then microtasks, until there are none. */
  async settle() {
    do {
      while (this._queue.length > 0) this.guard(this._queue.shift());
      await hop();
    } while (this._queue.length > 0);
    if (this._error) {
      this.flush();
      throw this._error;
    }
  }

  /** Keeps the first error that the program does not catch: it ends the run. */
  guard(f) {
    if (this._error) return;
    try {
      f();
    } catch (e) {
      this.fail(e);
    }
  }

  fail(e) {
    const { line, col } = place(e?.stack ?? '');
    this.console('error', [e instanceof Error ? `${e.name}: ${e.message}` : e]);
    this._error ??= new ProgramError(e instanceof Error ? `${e.name}: ${e.message}` : String(e), line, col);
  }

  flush() {
    this.engine.run();
    this.takeTrace();
  }

  takeTrace() {
    const t = this.engine.trace();
    if (t.length === 0) return;
    this._traced += t.length;
    this.onTrace(t);
    if (this._traced > traceLimit) throw new ProgramError(`the run was stopped: its record is longer than ${traceLimit >> 20} MiB`);
  }

  dispatch(e) {
    switch (e.kind) {
      case ev.serverSession: this.servers.get(e.a)?._session(e.session); return;
      case ev.timer: this.timers.fire(e.a); return;
      case ev.connectFailed: {
        const s = this.sessions.get(e.session);
        this.sessions.delete(e.session);
        if (s) s.destroyed = true;
        s?.emit('error', Object.assign(new Error(`connect ECONNREFUSED: ${text(e.data)}`), { code: 'ECONNREFUSED' }));
        return;
      }
      case ev.failed:
        if (e.session === 0) this.streams.get(e.stream)?._session._event(e);
    }
    this.sessions.get(e.session)?._event(e);
  }

  /** What the program sees instead of the browser's own. */
  globals() {
    const module = http2(this), t = this.timers, runtime = this;
    const require = (name) => {
      const found = { http2: module, events: Object.assign(EventEmitter, { EventEmitter }), buffer: { Buffer }, timers: t }[name.replace(/^node:/, '')];
      if (found) return found;
      throw Object.assign(new Error(`Cannot find module '${name}'; there are http2, events, buffer and timers`), { code: 'MODULE_NOT_FOUND' });
    };
    const log = (level) => (...args) => runtime.console(level, args);
    class VirtualDate extends Date {
      constructor(...args) { if (args.length) super(...args); else super(VirtualDate.now()); }
      static now() { return runtime.date().getTime(); }
    }
    return {
      require, Buffer, Date: VirtualDate, module: { exports: {} }, exports: {},
      console: Object.freeze({ log: log('log'), info: log('log'), debug: log('log'), warn: log('warn'), error: log('error') }),
      setTimeout: t.setTimeout, clearTimeout: t.clearTimeout, setInterval: t.setInterval, clearInterval: t.clearTimeout,
      setImmediate: t.setImmediate, clearImmediate: t.clearTimeout,
      Math: Object.assign(Object.create(Math), { random: chance(this.seed) }),
      performance: Object.freeze({ now: () => runtime.engine.now / 1e6, timeOrigin: epoch }),
      process: Object.freeze({ nextTick: (f, ...args) => runtime.later(() => f(...args)), env: {}, platform: 'browser' }),
      fetch: undefined, XMLHttpRequest: undefined, WebSocket: undefined, importScripts: undefined, postMessage: undefined,
    };
  }
}

/** Timers in virtual time. */
class Timers {
  #runtime;
  #waiting = new Map();

  constructor(runtime) {
    this.#runtime = runtime;
    const add = (f, ms, every, args) => {
      if (typeof f !== 'function') throw Object.assign(new TypeError('The "callback" argument must be of type function'), { code: 'ERR_INVALID_ARG_TYPE' });
      const delay = Math.max(1, Number(ms) || 1) * 1e6;
      const id = runtime.handle();
      this.#waiting.set(id, { f, every: every ? delay : 0, args });
      runtime.engine.u8(op.timer).u32(id).f64(delay);
      return id;
    };
    this.setTimeout = (f, ms, ...args) => add(f, ms, false, args);
    this.setInterval = (f, ms, ...args) => add(f, ms, true, args);
    this.setImmediate = (f, ...args) => { const id = add(f, 0, false, args); return id; };
    this.clearTimeout = (id) => {
      if (this.#waiting.delete(id)) runtime.engine.u8(op.clearTimer).u32(id);
    };
    this.clearInterval = this.clearImmediate = this.clearTimeout;
  }

  fire(id) {
    const t = this.#waiting.get(id);
    if (!t) return;
    if (t.every) this.#runtime.engine.u8(op.timer).u32(id).f64(t.every);
    else this.#waiting.delete(id);
    t.f(...t.args);
  }
}

/** A way through the host's task queue: every microtask before it has run. */
const { port1, port2 } = new MessageChannel();
const hops = [];
port1.onmessage = () => hops.shift()();
port1.unref?.(); // in Node
export function hop() {
  return new Promise((done) => {
    hops.push(done);
    port1.ref?.();
    port2.postMessage(0);
  }).then(() => { if (hops.length === 0) port1.unref?.(); });
}

/** Until the host has done the tasks that wait already. */
const pause = () => new Promise((done) => { setTimeout(done); });

// Function() puts two lines before the text.
const before = 2;

/** The innermost place in the program that a stack names. */
function place(stack) {
  const m = /program\.js:(\d+):(\d+)/.exec(stack);
  return m ? { line: Number(m[1]) - before, col: Number(m[2]) } : { line: 0, col: 0 };
}

/**
 * Where a syntax error lies. Some engines say it in the stack; others only in
 * the event of an error that nobody catches, so the text is compiled once more.
 */
async function syntaxPlace(program, e, names) {
  const m = /(?:program\.js|<anonymous>|anonymous):(\d+)(?::(\d+))?/.exec(e.stack ?? '');
  const [line, col] = m ? [Number(m[1]), Number(m[2] ?? 0)] : await uncaughtPlace(() => new Function(...names, program));
  const last = program.split('\n').length; // the end of the text is reported behind it
  return line > before ? [Math.min(line - before, last), col] : [0, 0];
}

/** The place that the event of f's error names, [0, 0] where there is none. */
function uncaughtPlace(f) {
  if (typeof addEventListener !== 'function') return [0, 0]; // Node
  return new Promise((done) => {
    const listen = (e) => { e.preventDefault(); found([e.lineno ?? 0, e.colno ?? 0]); };
    const found = (at) => { removeEventListener('error', listen); done(at); };
    addEventListener('error', listen);
    setTimeout(() => { setTimeout(() => found([0, 0])); f(); });
  });
}

/** A seeded Math.random: mulberry32. */
function chance(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value as console.log shows it, in a line. */
function show(v, depth = 0) {
  if (typeof v === 'string') return depth ? `'${v}'` : v;
  if (v instanceof Error) return `${v.name}: ${v.message}`;
  if (v instanceof Uint8Array) return `<Buffer ${Array.from(v.subarray(0, 50), (b) => b.toString(16).padStart(2, '0')).join(' ')}${v.length > 50 ? ' …' : ''}>`;
  if (typeof v === 'function') return `[Function: ${v.name || '(anonymous)'}]`;
  if (v === null || typeof v !== 'object') return String(v);
  if (depth > 2) return Array.isArray(v) ? '[Array]' : '[Object]';
  if (Array.isArray(v)) return `[ ${v.map((x) => show(x, depth + 1)).join(', ')} ]`;
  const body = Object.keys(v).filter((k) => k[0] !== '_').map((k) => `${/^[\w$]+$/.test(k) ? k : `'${k}'`}: ${show(v[k], depth + 1)}`).join(', ');
  return body ? `{ ${body} }` : '{}';
}
