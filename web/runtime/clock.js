// Time and chance as a program sees them: one clock, which begins at a fixed
// instant and moves only when the network's does, and numbers drawn from a seed.
// The time zone is UTC everywhere: the same program prints the same times.

/** The instant 0 of every program, as its Date sees it. */
export const epoch = Date.UTC(2026, 0, 1);

/**
 * Timers in virtual time, and the queues of the event loop.
 * host: {engine, bind(f), handle(), turn()}
 */
export class Clock {
  #host;
  #op;
  #waiting = new Map();
  #immediates = [];
  #ticks = [];

  /** @param began the instant 0 as the program's Date sees it, in milliseconds */
  constructor(host, op, began = epoch) {
    this.began = began;
    this.#host = host;
    this.#op = op;
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearImmediate', 'nextTick', 'queueMicrotask']) {
      this[name] = this[name].bind(this);
    }
    this.clearInterval = this.clearTimeout;
  }

  /** Milliseconds since the program began. */
  get now() { return this.#host.engine.now / 1e6; }

  setTimeout(f, ms, ...args) { return this.#add(f, ms, false, args); }
  setInterval(f, ms, ...args) { return this.#add(f, ms, true, args); }

  #add(f, ms, every, args) {
    callable(f, 'callback');
    ms = Number(ms);
    if (!(ms >= 1 && ms <= 2 ** 31 - 1)) ms = 1; // as Node does
    const timer = new Timer(this, this.#host.handle(), Math.trunc(ms), every, this.#host.bind(f), args);
    this.start(timer);
    return timer;
  }

  start(timer) {
    if (this.#waiting.has(timer.id)) this.#host.engine.u8(this.#op.clearTimer).u32(timer.id);
    this.#waiting.set(timer.id, timer);
    this.#host.engine.u8(this.#op.timer).u32(timer.id).f64(timer.ms * 1e6);
  }

  clearTimeout(timer) {
    const id = timer instanceof Timer ? timer.id : Number(timer);
    if (this.#waiting.delete(id)) this.#host.engine.u8(this.#op.clearTimer).u32(id);
  }

  /** Whether timers wait. */
  get waiting() { return this.#waiting.size > 0; }

  waits(timer) { return this.#waiting.has(timer.id); }

  /** The engine says that a timer is due. */
  fire(id) {
    const timer = this.#waiting.get(id);
    if (!timer) return;
    this.#waiting.delete(id);
    if (timer.every) this.start(timer);
    timer.f(...timer.args);
  }

  /** Whether functions of the check phase wait. */
  get checking() { return this.#immediates.length > 0; }

  setImmediate(f, ...args) {
    callable(f, 'callback');
    const bound = this.#host.bind(f);
    const immediate = { run: () => bound(...args), ref() { return this; }, unref() { return this; }, hasRef: () => true };
    this.#immediates.push(immediate);
    return immediate;
  }

  clearImmediate(immediate) { this.#immediates = this.#immediates.filter((i) => i !== immediate); }

  /** Takes the functions of the check phase that wait now. */
  takeImmediates() { return this.#immediates.splice(0); }

  nextTick(f, ...args) {
    callable(f, 'callback');
    const bound = this.#host.bind(f);
    this.#ticks.push(() => bound(...args));
  }

  get ticking() { return this.#ticks.length > 0; }
  takeTick() { return this.#ticks.shift(); }

  queueMicrotask(f) {
    callable(f, 'callback');
    const bound = this.#host.bind(f);
    Promise.resolve().then(() => this.#host.guard(bound));
  }
}

class Timer {
  #ref = true;
  #clock;
  constructor(clock, id, ms, every, f, args) { this.#clock = clock; Object.assign(this, { id, ms, every, f, args }); hide(this); }
  ref() { this.#ref = true; return this; }
  unref() { this.#ref = false; return this; }
  hasRef() { return this.#ref; }
  refresh() { if (this.#clock.waits(this)) this.#clock.start(this); return this; }
  close() { this.#clock.clearTimeout(this); return this; }
  [Symbol.toPrimitive]() { return this.id; }
  [Symbol.dispose ?? Symbol.for('dispose')]() { this.close(); }
}

const hide = (o) => { for (const k of Object.keys(o)) Object.defineProperty(o, k, { enumerable: false }); };

function callable(f, name) {
  if (typeof f === 'function') return;
  throw Object.assign(new TypeError(`The "${name}" argument must be of type function. Received ${f === null ? 'null' : typeof f}`), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** A Date whose now() is the clock's, and whose time zone is UTC. */
export function virtualDate(clock) {
  const now = () => clock.began + Math.floor(clock.now);
  const utc = (s) => (/^\s*[+-]?\d{4,6}-\d\d-\d\dT[\d:.]+\s*$/.test(s) ? `${s.trim()}Z` : /[zZ]|GMT|UTC|[+-]\d\d:?\d\d\s*$/.test(s) || /^\d{4}(-\d\d){0,2}$/.test(s) ? s : `${s} UTC`);
  class VirtualDate extends Date {
    constructor(...args) {
      if (args.length === 0) super(now());
      else if (args.length > 1) super(Date.UTC(...args));
      else super(typeof args[0] === 'string' ? Date.parse(utc(args[0])) : args[0]);
    }
    static now() { return now(); }
    static parse(s) { return Date.parse(utc(String(s))); }
    getTimezoneOffset() { return 0; }
    toString() { return isNaN(this) ? 'Invalid Date' : this.toUTCString().replace(/^(\w+), (\d+) (\w+) (-?\d+) (.*) GMT$/, '$1 $3 $2 $4 $5 GMT+0000 (Coordinated Universal Time)'); }
    toDateString() { return isNaN(this) ? 'Invalid Date' : this.toString().slice(0, -45).replace(/ [\d:]+ ?$/, ''); }
    toTimeString() { return isNaN(this) ? 'Invalid Date' : `${this.toISOString().slice(-13, -5)} GMT+0000 (Coordinated Universal Time)`; }
    toLocaleString(_, o) { return super.toLocaleString('en-US', { timeZone: 'UTC', ...o }); }
    toLocaleDateString(_, o) { return super.toLocaleDateString('en-US', { timeZone: 'UTC', ...o }); }
    toLocaleTimeString(_, o) { return super.toLocaleTimeString('en-US', { timeZone: 'UTC', ...o }); }
    getYear() { return this.getUTCFullYear() - 1900; }
  }
  for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
    for (const verb of part === 'Day' ? ['get'] : ['get', 'set']) {
      const f = Date.prototype[`${verb}UTC${part}`];
      Object.defineProperty(VirtualDate.prototype, verb + part, { value(...args) { return f.apply(this, args); }, writable: true, configurable: true });
    }
  }
  Object.defineProperty(VirtualDate, 'name', { value: 'Date' });
  // Called without new, Date gives text.
  return new Proxy(VirtualDate, { apply: () => new VirtualDate().toString() });
}

/** A seeded generator of numbers from 0 up to 1: mulberry32. */
export function chance(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The part of Web Crypto that is chance, drawn from random(). */
export function seededCrypto(random) {
  const getRandomValues = (view) => {
    const b = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < b.length; i++) b[i] = Math.floor(random() * 256);
    return view;
  };
  const randomUUID = () => {
    const b = getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const hex = Array.from(b, (v) => v.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  };
  return Object.freeze({ getRandomValues, randomUUID });
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
export const pause = () => new Promise((done) => { setTimeout(done); });
