// Octets as programs see them: a Uint8Array that turns into text the way
// Node's Buffer does, as far as programs in the tab need it.

export class Octets extends Uint8Array {
  toString(encoding = 'utf8') {
    switch (encoding) {
      case 'utf8': case 'utf-8': return new TextDecoder().decode(this);
      case 'latin1': case 'binary': return Array.from(this, (b) => String.fromCharCode(b)).join('');
      case 'ascii': return Array.from(this, (b) => String.fromCharCode(b & 127)).join('');
      case 'hex': return Array.from(this, (b) => b.toString(16).padStart(2, '0')).join('');
      case 'base64': return btoa(this.toString('latin1'));
      case 'base64url': return this.toString('base64').replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    }
    const e = new TypeError(`Unknown encoding: ${encoding}`);
    e.code = 'ERR_UNKNOWN_ENCODING';
    throw e;
  }

  toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
}

/** Node's Buffer, as far as programs in the tab need it. */
export const Buffer = Object.freeze({
  from(value, encoding) {
    if (typeof value === 'string') {
      switch (encoding) {
        case 'hex': return Octets.from(value.match(/[0-9a-f]{2}/gi) ?? [], (h) => parseInt(h, 16));
        case 'base64': case 'base64url':
          return Octets.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
        case 'latin1': case 'binary': return Octets.from(value, (c) => c.charCodeAt(0));
      }
      return asOctets(new TextEncoder().encode(value));
    }
    return Octets.from(value);
  },
  alloc(size, fill = 0) {
    const b = new Octets(size);
    if (typeof fill === 'number') return b.fill(fill);
    const pattern = new TextEncoder().encode(String(fill));
    for (let i = 0; pattern.length && i < size; i++) b[i] = pattern[i % pattern.length];
    return b;
  },
  concat(list) {
    const b = new Octets(list.reduce((n, x) => n + x.length, 0));
    let at = 0;
    for (const x of list) { b.set(x, at); at += x.length; }
    return b;
  },
  byteLength: (s) => (typeof s === 'string' ? new TextEncoder().encode(s).length : s.length),
  isBuffer: (v) => v instanceof Octets,
});

export const asOctets = (b) => new Octets(b.buffer, b.byteOffset, b.byteLength);

/** What a program may write: a string or octets. */
export function chunk(value) {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return value;
  const e = new TypeError(`The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${value === null ? 'null' : typeof value}`);
  e.code = 'ERR_INVALID_ARG_TYPE';
  throw e;
}
