// Headers Objects to and from what the engine takes: a flat array of name,
// value and, on the way out, whether the field is never indexed.

import { error, invalidValue } from './errors.js';

export const sensitiveHeaders = Symbol('sensitiveHeaders');

const single = new Set([':status', ':method', ':authority', ':scheme', ':path', ':protocol', 'access-control-allow-credentials',
  'access-control-max-age', 'access-control-request-method', 'age', 'authorization', 'content-encoding', 'content-language',
  'content-length', 'content-location', 'content-md5', 'content-range', 'content-type', 'date', 'dnt', 'etag', 'expires',
  'from', 'host', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'last-modified',
  'location', 'max-forwards', 'proxy-authorization', 'range', 'referer', 'retry-after', 'tk', 'upgrade-insecure-requests',
  'user-agent', 'x-content-type-options']);

const pseudo = new Set([':status', ':method', ':authority', ':scheme', ':path', ':protocol']);

// Which pseudo-header fields a section may have.

export function inRequest(name) {
  if (!pseudo.has(name)) throw error('ERR_HTTP2_INVALID_PSEUDOHEADER', name);
}

export function inResponse(name) {
  if (name !== ':status') throw error('ERR_HTTP2_INVALID_PSEUDOHEADER', name);
}

export function inTrailers(name) {
  throw error('ERR_HTTP2_INVALID_PSEUDOHEADER', name);
}

function forbidden(name, value) {
  switch (name) {
    case 'connection': case 'upgrade': case 'http2-settings': case 'keep-alive': case 'proxy-connection': case 'transfer-encoding':
      return true;
    case 'te': return value !== 'trailers';
  }
  return false;
}

// Names that programs write again and again, in lower case.
const lowered = new Map();
function lower(name) {
  let s = lowered.get(name);
  if (s === undefined) {
    s = name.toLowerCase();
    if (lowered.size < 1024) lowered.set(name, s);
  }
  return s;
}

/**
 * A Headers Object as fields, pseudo-header fields first: names in lower case,
 * values coerced to strings, an array is a field line for each.
 * @param allowed checks the pseudo-header fields
 * @throws the error that Node has for a field that HTTP/2 does not allow
 */
export function toFields(map, allowed = inRequest) {
  const first = [], rest = [];
  const never = map[sensitiveHeaders]?.map((v) => v.toLowerCase());
  let singles;
  for (const key of Object.keys(map)) {
    let value = map[key];
    if (value === undefined || key === '') continue;
    const name = lower(key), once = single.has(name);
    let many = false;
    if (typeof value !== 'string') {
      if (Array.isArray(value)) {
        if (value.length === 0) continue;
        if (value.length > 1 && once) throw error('ERR_HTTP2_HEADER_SINGLE_VALUE', name);
        many = value.length > 1;
        if (!many) value = String(value[0]);
      } else value = String(value);
    }
    if (once && key !== name) { // two spellings of one name
      if (singles?.has(name) || Object.hasOwn(map, name)) throw error('ERR_HTTP2_HEADER_SINGLE_VALUE', name);
      (singles ??= new Set()).add(name);
    }
    const flag = never !== undefined && never.includes(name) ? 1 : 0;
    if (name.charCodeAt(0) === 58) {
      allowed(name);
      first.push(name, String(value), flag);
      continue;
    }
    if (name.includes(' ')) throw error('ERR_INVALID_HTTP_TOKEN', 'Header name', name);
    if (forbidden(name, value)) throw error('ERR_HTTP2_INVALID_CONNECTION_HEADERS', name);
    if (many) for (const v of value) rest.push(name, String(v), flag);
    else rest.push(name, value, flag);
  }
  if (rest.length === 0) return first;
  for (let i = 0; i < rest.length; i++) first.push(rest[i]);
  return first;
}

/** Fields (name, value by turns) as a Headers Object without a prototype;
 *  sensitive names those that are never indexed, where that is told. */
export function toHeaders(fields, sensitive) {
  const h = Object.create(null);
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i], value = name === ':status' ? fields[i + 1] | 0 : fields[i + 1];
    const had = h[name];
    if (had === undefined) h[name] = name === 'set-cookie' ? [value] : value;
    else if (name === 'cookie') h[name] = `${had}; ${value}`;
    else if (name === 'set-cookie') had.push(value);
    else if (!single.has(name)) h[name] = `${had}, ${value}`;
  }
  if (sensitive !== undefined) h[sensitiveHeaders] = sensitive;
  return h;
}

const withoutPayload = new Set(['GET', 'HEAD', 'DELETE']);

/** Whether a payload has no meaning for a method. */
export const payloadMeaningless = (method) => withoutPayload.has(method);

export const authorityOf = (headers) => headers[':authority'] ?? headers.host;

/** A copy of a Headers Object of a program's, without a prototype. */
export const copyHeaders = (headers) => Object.assign(Object.create(null), headers);

/** Whether a response of this status has no payload. */
export const noPayload = (status) => status === 204 || status === 205 || status === 304;

/** The header section of a response, with what it must and should have. */
export function responseHeaders(given, options, date) {
  const h = Object.create(null);
  if (given !== null && given !== undefined) {
    for (const key of Object.keys(given)) h[key] = given[key];
    h[sensitiveHeaders] = given[sensitiveHeaders];
  }
  const status = h[':status'] = h[':status'] | 0 || 200;
  if ((options.sendDate == null || options.sendDate) && (h.date === null || h.date === undefined)) h.date = date();
  if (status < 200 || status > 599) throw error('ERR_HTTP2_STATUS_INVALID', status);
  const never = h[sensitiveHeaders];
  if (never !== undefined && !Array.isArray(never)) throw invalidValue('headers[http2.neverIndex]', never);
  return h;
}
