// Headers Objects and Settings Objects (the seed's headings of these names)
// to and from what the engine takes.

const single = new Set([':status', ':method', ':scheme', ':path', ':authority', ':protocol', 'age', 'authorization',
  'content-encoding', 'content-length', 'content-location', 'content-md5', 'content-range', 'content-type', 'date',
  'etag', 'expires', 'from', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since',
  'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'range', 'referer', 'retry-after', 'user-agent']);

/**
 * A Headers Object as a list of fields, pseudo-header fields first: names in
 * lower case, values coerced to strings, an array is a field line for each.
 */
export function toFields(headers) {
  const pseudo = [], regular = [];
  for (const key of Object.keys(headers)) {
    const name = key.toLowerCase(), value = headers[key];
    if (value === undefined || value === null) continue;
    const list = name[0] === ':' ? pseudo : regular;
    if (!Array.isArray(value)) list.push([name, String(value)]);
    else if (single.has(name) && value.length > 1) {
      const e = new TypeError(`Header field "${name}" must only have a single value`);
      e.code = 'ERR_HTTP2_HEADER_SINGLE_VALUE';
      throw e;
    } else for (const v of value) list.push([name, String(v)]);
  }
  return [...pseudo, ...regular];
}

/** As the engine takes them: name, value, never indexed by turns. */
export const flat = (list) => list.flatMap(([name, value, sensitive]) => [name, value, sensitive ? 1 : 0]);

/** Fields as a Headers Object without a prototype. */
export function toHeaders(fields) {
  const h = Object.create(null);
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i], value = fields[i + 1];
    if (name === 'set-cookie') (h[name] ??= []).push(value);
    else if (!(name in h)) h[name] = value;
    else if (name === 'cookie') h[name] += `; ${value}`;
    else if (Array.isArray(h[name])) h[name].push(value);
    else if (!single.has(name)) h[name] += `, ${value}`;
  }
  return h;
}

const settings = [ // name, identifier, largest value
  ['headerTableSize', 1, 2 ** 32 - 1], ['enablePush', 2, 1], ['maxConcurrentStreams', 3, 2 ** 31 - 1],
  ['initialWindowSize', 4, 2 ** 31 - 1], ['maxFrameSize', 5, 2 ** 24 - 1], ['maxHeaderListSize', 6, 2 ** 32 - 1],
];

/** A Settings Object as a list of [identifier, value]; a wrong value throws. */
export function toSettings(o = {}) {
  const list = [];
  for (const [name, id, max] of settings) {
    const v = o[name];
    if (v === undefined) continue;
    const ok = name === 'enablePush' ? typeof v === 'boolean' : Number.isInteger(v) && v >= (id === 5 ? 16384 : 0) && v <= max;
    if (!ok) {
      const e = new (name === 'enablePush' ? TypeError : RangeError)(`Invalid value for setting "${name}": ${v}`);
      e.code = 'ERR_HTTP2_INVALID_SETTING_VALUE';
      throw e;
    }
    list.push([id, Number(v)]);
  }
  return list;
}

/** What holds after a SETTINGS frame, as a Settings Object without a prototype. */
export function fromSettings(octets, before) {
  const v = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const o = Object.assign(Object.create(null), before);
  for (let at = 0; at < octets.length; at += 8) {
    const [name] = settings.find(([, id]) => id === v.getUint32(at, true)) ?? [];
    const n = v.getUint32(at + 4, true);
    if (name) o[name] = name === 'enablePush' ? n === 1 : n;
  }
  return o;
}

export const getDefaultSettings = () => ({ headerTableSize: 4096, enablePush: true, initialWindowSize: 65535, maxFrameSize: 16384 });
