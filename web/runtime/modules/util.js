// Node's util, as far as programs about HTTP/2 use it.
import { format, show } from '../show.js';
import { invalidType } from './errors.js';
import { isDeepStrictEqual } from './deep.js';

export const inspect = (v, o, depth) => show(v, { depth: typeof o === 'object' && o !== null ? o.depth ?? 2 : depth ?? 2, level: typeof v === 'string' ? 1 : 0 });
inspect.custom = Symbol.for('nodejs.util.inspect.custom');
inspect.defaultOptions = {};
export { format, isDeepStrictEqual };
const custom = Symbol.for('nodejs.util.promisify.custom');
export function promisify(f) {
  if (typeof f !== 'function') throw invalidType('original', 'of type function', f);
  if (f[custom]) return f[custom];
  return function (...args) { return new Promise((done, refused) => { f.call(this, ...args, (e, ...v) => { if (e) refused(e); else done(v[0]); }); }); };
}
promisify.custom = custom;
export const callbackify = (f) => (...args) => { const done = args.pop(); f(...args).then((v) => framewise.clock.nextTick(done, null, v), (e) => framewise.clock.nextTick(done, e)); };
export const inherits = (a, b) => { Object.defineProperty(a, 'super_', { value: b, writable: true, configurable: true }); Object.setPrototypeOf(a.prototype, b.prototype); };
export const deprecate = (f) => f;
export const debuglog = () => Object.assign(() => {}, { enabled: false });
export const debug = debuglog;
export const stripVTControlCharacters = (s) => s.replace(/\u001b\[[\d;]*[A-Za-z]/g, '');
export const { TextEncoder, TextDecoder } = globalThis;
const tag = (v) => Object.prototype.toString.call(v).slice(8, -1);
export const types = Object.freeze({ isPromise: (v) => v instanceof Promise, isDate: (v) => tag(v) === 'Date', isRegExp: (v) => tag(v) === 'RegExp', isUint8Array: (v) => tag(v) === 'Uint8Array',
  isArrayBufferView: ArrayBuffer.isView, isArrayBuffer: (v) => v instanceof ArrayBuffer, isAnyArrayBuffer: (v) => v instanceof ArrayBuffer, isMap: (v) => v instanceof Map, isSet: (v) => v instanceof Set,
  isNativeError: (v) => v instanceof Error, isAsyncFunction: (v) => tag(v) === 'AsyncFunction', isGeneratorFunction: (v) => tag(v) === 'GeneratorFunction', isProxy: () => false, isTypedArray: (v) => ArrayBuffer.isView(v) && !(v instanceof DataView),
  isBoxedPrimitive: (v) => typeof v === 'object' && ['String', 'Number', 'Boolean', 'Symbol', 'BigInt'].includes(tag(v)) });
export const { isArray } = Array;
export default { inspect, format, promisify, callbackify, inherits, deprecate, debuglog, debug, types, isArray, isDeepStrictEqual, stripVTControlCharacters, TextEncoder, TextDecoder };
