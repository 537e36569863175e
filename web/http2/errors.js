// The errors of Node's http2, with their codes and messages, and the checks
// that throw them.

import { inspect } from 'util';

const messages = {
  ERR_HTTP2_ALTSVC_INVALID_ORIGIN: [TypeError, 'HTTP/2 ALTSVC frames require a valid origin'],
  ERR_HTTP2_ALTSVC_LENGTH: [TypeError, 'HTTP/2 ALTSVC frames are limited to 16382 bytes'],
  ERR_HTTP2_CONNECT_AUTHORITY: [Error, ':authority header is required for CONNECT requests'],
  ERR_HTTP2_CONNECT_PATH: [Error, 'The :path header is forbidden for CONNECT requests'],
  ERR_HTTP2_CONNECT_SCHEME: [Error, 'The :scheme header is forbidden for CONNECT requests'],
  ERR_HTTP2_ERROR: [Error, '%s'],
  ERR_HTTP2_GOAWAY_SESSION: [Error, 'New streams cannot be created after receiving a GOAWAY'],
  ERR_HTTP2_HEADERS_AFTER_RESPOND: [Error, 'Cannot specify additional headers after response initiated'],
  ERR_HTTP2_HEADERS_SENT: [Error, 'Response has already been initiated.'],
  ERR_HTTP2_HEADER_SINGLE_VALUE: [TypeError, 'Header field "%s" must only have a single value'],
  ERR_HTTP2_INFO_STATUS_NOT_ALLOWED: [RangeError, 'Informational status codes cannot be used'],
  ERR_HTTP2_INVALID_CONNECTION_HEADERS: [TypeError, 'HTTP/1 Connection specific headers are forbidden: "%s"'],
  ERR_HTTP2_INVALID_HEADER_VALUE: [TypeError, 'Invalid value "%s" for header "%s"'],
  ERR_HTTP2_INVALID_INFO_STATUS: [RangeError, 'Invalid informational status code: %s'],
  ERR_HTTP2_INVALID_ORIGIN: [TypeError, 'HTTP/2 ORIGIN frames require a valid origin'],
  ERR_HTTP2_INVALID_PACKED_SETTINGS_LENGTH: [RangeError, 'Packed settings length must be a multiple of six'],
  ERR_HTTP2_INVALID_PSEUDOHEADER: [TypeError, '"%s" is an invalid pseudoheader or is used incorrectly'],
  ERR_HTTP2_INVALID_SESSION: [Error, 'The session has been destroyed'],
  ERR_HTTP2_INVALID_SETTING_VALUE: [TypeError, 'Invalid value for setting "%s": %s'],
  ERR_HTTP2_INVALID_STREAM: [Error, 'The stream has been destroyed'],
  ERR_HTTP2_MAX_PENDING_SETTINGS_ACK: [Error, 'Maximum number of pending settings acknowledgements'],
  ERR_HTTP2_NESTED_PUSH: [Error, 'A push stream cannot initiate another push stream.'],
  ERR_HTTP2_NO_SOCKET_MANIPULATION: [Error, 'HTTP/2 sockets should not be directly manipulated (e.g. read and written)'],
  ERR_HTTP2_ORIGIN_LENGTH: [TypeError, 'HTTP/2 ORIGIN frames are limited to 16382 bytes'],
  ERR_HTTP2_OUT_OF_STREAMS: [Error, 'No stream ID is available because maximum stream ID has been reached'],
  ERR_HTTP2_PAYLOAD_FORBIDDEN: [Error, 'Responses with %s status must not have a payload'],
  ERR_HTTP2_PING_CANCEL: [Error, 'HTTP2 ping cancelled'],
  ERR_HTTP2_PING_LENGTH: [RangeError, 'HTTP2 ping payload must be 8 bytes'],
  ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED: [TypeError, 'Cannot set HTTP/2 pseudo-headers'],
  ERR_HTTP2_PUSH_DISABLED: [Error, 'HTTP/2 client has disabled push streams'],
  ERR_HTTP2_SEND_FILE: [Error, 'Directories cannot be sent'],
  ERR_HTTP2_SEND_FILE_NOSEEK: [Error, 'Offset or length can only be specified for regular files'],
  ERR_HTTP2_SESSION_ERROR: [Error, 'Session closed with error code %s'],
  ERR_HTTP2_SETTINGS_CANCEL: [Error, 'HTTP2 session settings canceled'],
  ERR_HTTP2_SOCKET_BOUND: [Error, 'The socket is already bound to an Http2Session'],
  ERR_HTTP2_SOCKET_UNBOUND: [Error, 'The socket has been disconnected from the Http2Session'],
  ERR_HTTP2_STATUS_101: [Error, 'HTTP status code 101 (Switching Protocols) is forbidden in HTTP/2'],
  ERR_HTTP2_STATUS_INVALID: [RangeError, 'Invalid status code: %s'],
  ERR_HTTP2_STREAM_CANCEL: [Error, 'The pending stream has been canceled%s'],
  ERR_HTTP2_STREAM_ERROR: [Error, 'Stream closed with error code %s'],
  ERR_HTTP2_STREAM_SELF_DEPENDENCY: [Error, 'A stream cannot depend on itself'],
  ERR_HTTP2_TOO_MANY_CUSTOM_SETTINGS: [Error, 'Number of custom settings exceeds MAX_ADDITIONAL_SETTINGS'],
  ERR_HTTP2_TRAILERS_ALREADY_SENT: [Error, 'Trailing headers have already been sent'],
  ERR_HTTP2_TRAILERS_NOT_READY: [Error, 'Trailing headers cannot be sent until after the wantTrailers event is emitted'],
  ERR_HTTP2_UNSUPPORTED_PROTOCOL: [Error, 'protocol "%s" is unsupported.'],
  ERR_INVALID_ARG_TYPE: [TypeError, '%s'],
  ERR_INVALID_ARG_VALUE: [TypeError, '%s'],
  ERR_INVALID_CHAR: [TypeError, 'Invalid character in %s'],
  ERR_INVALID_HTTP_TOKEN: [TypeError, '%s must be a valid HTTP token ["%s"]'],
  ERR_OUT_OF_RANGE: [RangeError, 'The value of "%s" is out of range. It must be %s. Received %s'],
  ERR_SOCKET_CLOSED: [Error, 'Socket is closed'],
  ERR_STREAM_WRITE_AFTER_END: [Error, 'write after end'],
};

/** An error by its code; the arguments fill the message. */
export function error(code, ...args) {
  const [Base, form] = messages[code];
  const e = new Base(form.replace(/%s/g, () => String(args.shift())));
  e.code = code;
  // As Node does: the stack begins with the code, the name does not keep it.
  if (typeof e.stack === 'string') e.stack = e.stack.replace(e.name, `${e.name} [${code}]`);
  Object.defineProperty(e, 'toString', { value() { return `${this.name} [${code}]: ${this.message}`; }, enumerable: false, configurable: true, writable: true });
  return e;
}

/** An error of another class than its code's usual one. */
export function rangeError(code, ...args) {
  const e = new RangeError(error(code, ...args).message);
  e.code = code;
  return e;
}

/** The error that Node makes of one of nghttp2's. */
export function protocolError(message, errno, reason) {
  const e = error('ERR_HTTP2_ERROR', message);
  e.errno = errno;
  if (reason) e.reason = reason; // what our engine has to say beyond that
  return e;
}

export function abortError(cause) {
  const e = new Error('The operation was aborted', cause === undefined ? undefined : { cause });
  e.code = 'ABORT_ERR';
  e.name = 'AbortError';
  return e;
}

/** What was received instead, in Node's words. */
function received(value) {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  if (typeof value === 'object') {
    if (value.constructor?.name) return ` Received an instance of ${value.constructor.name}`;
    return ` Received ${inspect(value, { depth: -1 })}`;
  }
  let shown = inspect(value, { colors: false });
  if (shown.length > 28) shown = `${shown.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${shown})`;
}

const kinds = new Set(['string', 'function', 'number', 'object', 'Function', 'Object', 'boolean', 'bigint', 'symbol']);
const list = (a) => (a.length < 3 ? a.join(' or ') : `${a.slice(0, -1).join(', ')}, or ${a.at(-1)}`);

export function invalidType(name, expected, value) {
  const all = [].concat(expected), types = all.filter((t) => kinds.has(t)).map((t) => t.toLowerCase());
  const classes = all.filter((t) => !kinds.has(t));
  // Beside classes, an object is one of them.
  if (classes.length > 0 && types.includes('object')) classes.push(types.splice(types.indexOf('object'), 1) && 'Object');
  const parts = [];
  if (types.length > 0) parts.push(types.length > 1 ? `one of type ${list(types)}` : `of type ${types[0]}`);
  if (classes.length > 0) parts.push(`an instance of ${list(classes)}`);
  const what = name.endsWith(' argument') ? name : `"${name}" ${name.includes('.') ? 'property' : 'argument'}`;
  return error('ERR_INVALID_ARG_TYPE', `The ${what} must be ${parts.join(' or ')}.${received(value)}`);
}

export function invalidValue(name, value, reason = 'is invalid') {
  let shown = inspect(value);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  return error('ERR_INVALID_ARG_VALUE', `The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${shown}`);
}

/** A number as Node's range errors show it. */
function grouped(value) {
  if (!Number.isInteger(value) || Math.abs(value) <= 2 ** 32) return typeof value === 'string' ? `'${value}'` : inspect(value);
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
}

export const outOfRange = (name, range, value) => error('ERR_OUT_OF_RANGE', name, range, grouped(value));

// The checks. Each throws for its first argument, named by the second.

export function checkObject(value, name, types = 'Object') {
  if (value !== undefined && (value === null || typeof value !== 'object' || Array.isArray(value))) throw invalidType(name, types, value);
}

export function checkArray(value, name) {
  if (value !== undefined && !Array.isArray(value)) throw invalidType(name, 'Array', value);
}

export function checkFunction(value, name) {
  if (typeof value !== 'function') throw invalidType(name, 'Function', value);
}

export function checkString(value, name) {
  if (typeof value !== 'string') throw invalidType(name, 'string', value);
}

export function checkBoolean(value, name) {
  if (typeof value !== 'boolean') throw invalidType(name, 'boolean', value);
}

export function checkNumber(value, name, min) {
  if (typeof value !== 'number') throw invalidType(name, 'number', value);
  if (min !== undefined && (value < min || Number.isNaN(value))) throw outOfRange(name, `>= ${min}`, value);
}

export function checkInteger(value, name, min, max) {
  if (typeof value !== 'number') throw invalidType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

export function checkOctets(value, name) {
  if (!ArrayBuffer.isView(value)) throw invalidType(name, ['Buffer', 'TypedArray', 'DataView'], value);
}

export function checkSignal(value, name) {
  if (value !== undefined && (value === null || typeof value !== 'object' || !('aborted' in value))) throw invalidType(name, 'AbortSignal', value);
}

const token = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;

/** Whether a name is an HTTP token (RFC 9110, section 5.6.2). */
export const isToken = (s) => token.test(s);
