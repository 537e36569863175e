// Node's assert.
import { isDeepEqual, isDeepStrictEqual } from './deep.js';
import { invalidType } from './errors.js';

export class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message ?? `${framewise.show(actual, { level: 1 })} ${operator} ${framewise.show(expected, { level: 1 })}`);
    Object.assign(this, { name: 'AssertionError', code: 'ERR_ASSERTION', generatedMessage: message === undefined, actual, expected, operator });
  }
}

function must(good, message, actual, expected, operator) {
  if (good) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, actual, expected, operator });
}

const assert = (v, message) => must(v, message ?? (v === undefined ? undefined : 'The expression evaluated to a falsy value'), v, true, '==');
const say = (what, a, b) => `Expected values to be ${what}:\n\n${framewise.show(a, { level: 1 })} !== ${framewise.show(b, { level: 1 })}\n`;

Object.assign(assert, {
  AssertionError, ok: assert,
  equal: (a, b, m) => must(a == b || (a !== a && b !== b), m, a, b, '=='), // eslint-disable-line eqeqeq
  notEqual: (a, b, m) => must(a != b, m, a, b, '!='), // eslint-disable-line eqeqeq
  strictEqual: (a, b, m) => must(Object.is(a, b), m ?? say('strictly equal', a, b), a, b, 'strictEqual'),
  notStrictEqual: (a, b, m) => must(!Object.is(a, b), m, a, b, 'notStrictEqual'),
  deepEqual: (a, b, m) => must(isDeepEqual(a, b), m ?? say('loosely deep-equal', a, b), a, b, 'deepEqual'),
  notDeepEqual: (a, b, m) => must(!isDeepEqual(a, b), m, a, b, 'notDeepEqual'),
  deepStrictEqual: (a, b, m) => must(isDeepStrictEqual(a, b), m ?? say('strictly deep-equal', a, b), a, b, 'deepStrictEqual'),
  notDeepStrictEqual: (a, b, m) => must(!isDeepStrictEqual(a, b), m, a, b, 'notDeepStrictEqual'),
  fail: (m = 'Failed') => { throw m instanceof Error ? m : new AssertionError({ message: m, operator: 'fail' }); },
  ifError: (v) => { if (v !== null && v !== undefined) throw v instanceof Error ? v : new AssertionError({ message: `ifError got unwanted exception: ${v}`, actual: v, operator: 'ifError' }); },
  match: (s, r, m) => must(typeof s === 'string' && r.test(s), m ?? `The input did not match the regular expression ${r}. Input:\n\n${framewise.show(s, { level: 1 })}\n`, s, r, 'match'),
  doesNotMatch: (s, r, m) => must(!r.test(s), m, s, r, 'doesNotMatch'),
  throws(f, expected, m) {
    if (typeof f !== 'function') throw invalidType('fn', 'of type function', f);
    let error;
    try { f(); } catch (e) { error = { e }; }
    must(error, typeof expected === 'string' ? expected : m ?? 'Missing expected exception.', undefined, expected, 'throws');
    fits(error.e, expected, m);
  },
  doesNotThrow(f, m) { try { f(); } catch (e) { must(false, typeof m === 'string' ? m : `Got unwanted exception.\nActual message: "${e?.message}"`, e, undefined, 'doesNotThrow'); } },
  async rejects(p, expected, m) {
    let error;
    try { await (typeof p === 'function' ? p() : p); } catch (e) { error = { e }; }
    must(error, m ?? 'Missing expected rejection.', undefined, expected, 'rejects');
    fits(error.e, expected, m);
  },
  async doesNotReject(p, m) { try { await (typeof p === 'function' ? p() : p); } catch (e) { must(false, m ?? `Got unwanted rejection.\nActual message: "${e?.message}"`, e, undefined, 'doesNotReject'); } },
});

function fits(e, expected, m) {
  if (expected === undefined || typeof expected === 'string') return;
  if (expected instanceof RegExp) { must(expected.test(String(e)), m ?? `The input did not match the regular expression ${expected}. Input:\n\n${framewise.show(String(e), { level: 1 })}\n`, e, expected, 'throws'); return; }
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && e instanceof expected) return;
    if (Error.isPrototypeOf(expected)) throw e;
    must(expected.call({}, e) === true, m ?? 'The validation function is expected to return "true".', e, expected, 'throws');
    return;
  }
  for (const k of Object.keys(expected)) must(expected[k] instanceof RegExp && typeof e[k] === 'string' ? expected[k].test(e[k]) : isDeepStrictEqual(e[k], expected[k]), m ?? say(`strictly deep-equal (${k})`, e[k], expected[k]), e, expected, 'throws');
}
assert.strict = assert;
export default assert;
export const { ok, equal, strictEqual, deepStrictEqual, deepEqual, throws, rejects, fail, match, notStrictEqual, strict } = assert;
