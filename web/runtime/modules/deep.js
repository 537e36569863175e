// Deep equality, as util.isDeepStrictEqual and assert.deepEqual have it.
export const isDeepStrictEqual = (a, b) => equal(a, b, true, new Map());
export const isDeepEqual = (a, b) => equal(a, b, false, new Map());

function equal(a, b, strict, seen) {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return strict ? false : a == b || (a !== a && b !== b); // eslint-disable-line eqeqeq
  const tag = Object.prototype.toString.call(a);
  if (tag !== Object.prototype.toString.call(b) || (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b))) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (tag === '[object Date]') { if (Number(a) !== Number(b)) return false; } else if (tag === '[object RegExp]') { if (String(a) !== String(b)) return false; } else if (a instanceof Error) {
    if (a.message !== b.message || a.name !== b.name) return false;
  } else if (a instanceof Map || a instanceof Set) {
    if (a.size !== b.size) return false;
    const rest = [...b];
    for (const x of a) {
      const i = rest.findIndex((y) => equal(x, y, strict, seen));
      if (i < 0) return false;
      rest.splice(i, 1);
    }
  } else if (['[object Number]', '[object String]', '[object Boolean]'].includes(tag) && !Object.is(a.valueOf(), b.valueOf())) return false;
  if (Array.isArray(a) && a.length !== b.length) return false;
  const ka = keys(a, strict), kb = keys(b, strict);
  return ka.length === kb.length && ka.every((k) => Object.prototype.hasOwnProperty.call(b, k) && equal(a[k], b[k], strict, seen));
}

const keys = (o, strict) => [...Object.keys(o), ...(strict ? Object.getOwnPropertySymbols(o).filter((s) => Object.prototype.propertyIsEnumerable.call(o, s)) : [])];
