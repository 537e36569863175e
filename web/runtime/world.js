// The names that a program sees instead of the Worker's own, and the care that
// a run leaves nothing behind in a Worker that lives on.

const intrinsics = ['Object', 'Function', 'Array', 'Number', 'Boolean', 'String', 'Symbol', 'BigInt', 'Promise', 'Proxy', 'RegExp', 'Map', 'Set',
  'WeakMap', 'WeakSet', 'WeakRef', 'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array',
  'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError',
  'SyntaxError', 'TypeError', 'URIError', 'JSON', 'Reflect', 'Atomics', 'Intl', 'Infinity', 'NaN', 'isFinite', 'isNaN', 'parseFloat', 'parseInt',
  'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'unescape', 'eval', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder',
  'AbortController', 'Event', 'EventTarget', 'structuredClone', 'atob', 'btoa', 'Blob', 'Iterator'];

// What would reach out of the program, or bring in the real time.
const hidden = ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'BroadcastChannel', 'MessageChannel', 'MessagePort', 'Worker', 'SharedWorker',
  'importScripts', 'postMessage', 'close', 'indexedDB', 'caches', 'navigator', 'location', 'addEventListener', 'removeEventListener', 'dispatchEvent',
  'onmessage', 'onerror', 'requestAnimationFrame', 'FinalizationRegistry', 'WebAssembly', 'Notification', 'scheduler', 'Go', 'fs', 'path', 'name', 'origin', 'trustedTypes', 'self', 'window', 'document', 'SharedArrayBuffer'];

/** The names, with time, chance and console of the runtime's. */
export function world(runtime, { random, Date, crypto }) {
  const { clock } = runtime;
  const counts = new Map(), timers = new Map();
  let indent = '';
  const line = (level, args) => runtime.console(level, indent && typeof args[0] === 'string' ? [indent + args[0], ...args.slice(1)] : args);
  const console = {
    log: (...a) => line('log', a), info: (...a) => line('log', a), debug: (...a) => line('log', a), warn: (...a) => line('warn', a), error: (...a) => line('error', a),
    trace: (...a) => line('error', ['Trace:', ...a]), dir: (v) => line('log', [v]), assert: (ok, ...a) => { if (!ok) line('error', a.length ? ['Assertion failed:', ...a] : ['Assertion failed']); },
    group: (...a) => { if (a.length) line('log', a); indent += '  '; }, groupEnd: () => { indent = indent.slice(2); },
    count: (k = 'default') => { counts.set(k, (counts.get(k) ?? 0) + 1); line('log', [`${k}: ${counts.get(k)}`]); }, countReset: (k = 'default') => { counts.delete(k); },
    time: (k = 'default') => { timers.set(k, clock.now); }, timeEnd: (k = 'default') => { line('log', [`${k}: ${clock.now - (timers.get(k) ?? clock.now)}ms`]); timers.delete(k); },
    timeLog: (k = 'default', ...a) => line('log', [`${k}: ${clock.now - (timers.get(k) ?? clock.now)}ms`, ...a]), table: (...a) => line('log', a),
  };
  class VirtualSignal extends AbortSignal {
    static timeout(ms) {
      const c = new AbortController();
      clock.setTimeout(() => c.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms).unref();
      return c.signal;
    }
    static [Symbol.hasInstance](v) { return v instanceof AbortSignal; }
  }
  const names = {
    Date, crypto, console: Object.freeze(console), AbortSignal: VirtualSignal,
    Math: Object.defineProperty(Object.create(Math), 'random', { value: random, writable: true, configurable: true }),
    performance: Object.freeze({ now: () => clock.now, timeOrigin: Date.now() - Math.floor(clock.now), mark() {}, measure() {}, toJSON: () => ({}) }),
    setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout, setInterval: clock.setInterval, clearInterval: clock.clearInterval,
    setImmediate: clock.setImmediate, clearImmediate: clock.clearImmediate, queueMicrotask: clock.queueMicrotask,
  };
  const everything = {};
  for (const n of intrinsics) if (n in globalThis) define(everything, n, globalThis[n]);
  for (const n of Object.keys(names)) define(everything, n, names[n]);
  for (const n of ['globalThis', 'global']) define(everything, n, everything);
  const gone = Object.fromEntries(hidden.map((n) => [n, undefined]));
  return { ...gone, ...names, globalThis: everything, global: everything };
}

const define = (o, name, value) => Object.defineProperty(o, name, { value, writable: true, configurable: true, enumerable: false });

/**
 * Remembers what the Worker's global object and the objects of the language are
 * like, and returns what puts them back: a program that ran leaves no name and
 * no changed prototype to the next one.
 */
export function keepRealm() {
  const roots = new Map();
  const keep = (o) => { if (o && !roots.has(o)) roots.set(o, Object.getOwnPropertyDescriptors(o)); };
  for (const n of intrinsics) {
    const v = globalThis[n];
    if (typeof v !== 'function' && typeof v !== 'object') continue;
    keep(v);
    keep(v.prototype);
  }
  for (const v of [[][Symbol.iterator](), new Map().entries(), new Set().values(), (function* g() {})(), (async function* g() {})(), Promise.prototype, async () => {}]) {
    keep(Object.getPrototypeOf(v));
  }
  keep(Object.getPrototypeOf(Uint8Array));
  const globals = new Set(Reflect.ownKeys(globalThis));
  return () => {
    for (const k of Reflect.ownKeys(globalThis)) if (!globals.has(k)) Reflect.deleteProperty(globalThis, k);
    for (const [o, was] of roots) putBack(o, was);
  };
}

function putBack(o, was) {
  for (const k of Reflect.ownKeys(o)) if (!Object.prototype.hasOwnProperty.call(was, k)) Reflect.deleteProperty(o, k);
  for (const k of Reflect.ownKeys(was)) {
    const now = Reflect.getOwnPropertyDescriptor(o, k), old = was[k];
    if (!now || now.value !== old.value || now.get !== old.get || now.set !== old.set) Reflect.defineProperty(o, k, old);
  }
}
