// require('framewise'): frames by hand, for programs whose one end misbehaves on
// purpose. It makes octets and reads them, and knows no rule: what is sent over
// a socket of require('net') is what was asked for, legal or not. It is
// JavaScript because it is what a program in the tab calls, frame by frame.

import { Buffer } from './buffer.js';
import { coded, invalidType } from './errors.js';

/** The types of frames (RFC 9113, section 6), by name. */
export const types = Object.freeze({ DATA: 0, HEADERS: 1, PRIORITY: 2, RST_STREAM: 3, SETTINGS: 4, PUSH_PROMISE: 5, PING: 6, GOAWAY: 7,
  WINDOW_UPDATE: 8, CONTINUATION: 9, ALTSVC: 10, ORIGIN: 12, PRIORITY_UPDATE: 16 });
/** The flags; ACK is END_STREAM's bit on SETTINGS and PING. */
export const flags = Object.freeze({ END_STREAM: 1, ACK: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 });
/** The error codes (RFC 9113, section 7), by name. */
export const codes = Object.freeze(Object.fromEntries(['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT',
  'STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'].map((name, i) => [name, i])));
/** The settings (RFC 9113, section 6.5.2), by the names of the http2 module. */
export const settings = Object.freeze({ headerTableSize: 1, enablePush: 2, maxConcurrentStreams: 3, initialWindowSize: 4, maxFrameSize: 5,
  maxHeaderListSize: 6, enableConnectProtocol: 8 });

/** What a client sends first (RFC 9113, section 3.4). */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const names = (map) => Object.fromEntries(Object.entries(map).map(([name, n]) => [n, name]));
const typeNames = names(types), codeNames = names(codes);
const octets = (v) => (typeof v === 'string' || Array.isArray(v) ? Buffer.from(v) : v ?? Buffer.alloc(0));
const u16 = (n) => Buffer.from([n >> 8 & 255, n & 255]);
const u32 = (n) => Buffer.from([n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255]);

function number(name, v, most) {
  if (!Number.isInteger(v)) throw invalidType(name, 'an integer', v);
  if (v < 0 || v > most) throw coded(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be >= 0 and <= ${most}. Received ${v}`);
  return v;
}

function named(what, map, v) {
  if (typeof v !== 'string') return v;
  if (!Object.hasOwn(map, v)) throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', `There is no ${what} '${v}'; there are ${Object.keys(map).join(', ')}`);
  return map[v];
}

const bits = (v) => (typeof v === 'string' ? v.split('|').reduce((n, name) => n | named('flag', flags, name), 0) : v ?? 0);

/**
 * A frame of any kind. {type, flags, stream, payload, length, pad, padLength}: type and flags by name or number
 * ('HEADERS', 'END_STREAM|END_HEADERS'); length is what the header says, the truth unless it is given; pad adds
 * octets of zeros, padLength is what their length octet says.
 */
function raw({ type, flags: f, stream = 0, payload, length, pad, padLength }) {
  let body = octets(payload), set = bits(f);
  if (pad !== undefined || padLength !== undefined) {
    set |= flags.PADDED;
    body = Buffer.concat([Buffer.from([(padLength ?? pad) & 255]), body, Buffer.alloc(pad ?? 0)]);
  }
  const says = number('length', length ?? body.length, 2 ** 24 - 1);
  const head = [says >> 16, says >> 8 & 255, says & 255, number('type', named('type of frame', types, type), 255), number('flags', set, 255)];
  return Buffer.concat([Buffer.from(head), u32(number('stream', stream, 2 ** 32 - 1)), body]);
}

const make = (type, stream, payload, o = {}) => raw({ ...o, type, stream, payload, flags: bits(o.flags) });

/** One frame each. The last argument of each, where there is one, is raw's: {flags, length, pad, padLength}. */
export const frame = Object.freeze({
  raw,
  /** data(stream, 'text', {flags: 'END_STREAM'}) */
  data: (stream, data, o) => make('DATA', stream, data, o),
  /** headers(stream, block([[':method', 'GET'], …]), {flags: 'END_STREAM'}); END_HEADERS is set unless {more: true} */
  headers: (stream, fields, o = {}) => make('HEADERS', stream, block(fields), { ...o, flags: bits(o.flags) | (o.more ? 0 : flags.END_HEADERS) }),
  continuation: (stream, fields, o = {}) => make('CONTINUATION', stream, block(fields), { ...o, flags: bits(o.flags) | (o.more ? 0 : flags.END_HEADERS) }),
  pushPromise: (stream, promised, fields, o = {}) => make('PUSH_PROMISE', stream, Buffer.concat([u32(promised), block(fields)]),
    { ...o, flags: bits(o.flags) | (o.more ? 0 : flags.END_HEADERS) }),
  priority: (stream, { parent = 0, weight = 16, exclusive = false } = {}) => make('PRIORITY', stream, Buffer.concat([u32((parent | (exclusive ? 1 << 31 : 0)) >>> 0), Buffer.from([weight - 1])])),
  rstStream: (stream, code = 'NO_ERROR') => make('RST_STREAM', stream, u32(named('error code', codes, code))),
  /** settings({initialWindowSize: 0}) or settings([[id, value], …]), which may repeat itself */
  settings: (list = {}, o) => make('SETTINGS', 0, Buffer.concat((Array.isArray(list) ? list : Object.entries(list))
    .map(([id, value]) => Buffer.concat([u16(named('setting', settings, id)), u32(Number(value))]))), o),
  settingsAck: () => make('SETTINGS', 0, '', { flags: 'ACK' }),
  ping: (data = 'pingpong', o) => make('PING', 0, data, o),
  goAway: (last = 0, code = 'NO_ERROR', debug = '') => make('GOAWAY', 0, Buffer.concat([u32(last), u32(named('error code', codes, code)), octets(debug)])),
  windowUpdate: (stream, increment) => make('WINDOW_UPDATE', stream, u32(increment)),
});

/** An integer with a prefix of n bits (RFC 7541, section 5.1). */
function integer(first, n, v) {
  const full = 2 ** n - 1;
  if (v < full) return Buffer.from([first | v]);
  const out = [first | full];
  for (v -= full; v >= 128; v = Math.floor(v / 128)) out.push(v % 128 | 128);
  return Buffer.from([...out, v]);
}
const text = (s) => Buffer.concat([integer(0, 7, Buffer.from(String(s), 'latin1').length), Buffer.from(String(s), 'latin1')]);

/** Single representations of a field block (RFC 7541, section 6). */
export const field = Object.freeze({
  /** An entry of a table, by its number. */
  indexed: (index) => integer(0x80, 7, index),
  /** A literal: name is text, or the number of an entry; as is 'plain' (not indexed), 'incremental' or 'never'. */
  literal(name, value, as = 'plain') {
    const [first, n] = named('representation', { plain: [0, 4], incremental: [0x40, 6], never: [0x10, 4] }, as);
    return Buffer.concat(typeof name === 'number' ? [integer(first, n, name), text(value)] : [Buffer.from([first]), text(name), text(value)]);
  },
  /** A dynamic table size update. */
  size: (octets) => integer(0x20, 5, octets),
});

/** A field block: octets as they are, or [name, value] pairs and representations, the pairs as literals that change no table. */
export function block(fields) {
  if (fields instanceof Uint8Array) return fields;
  if (!Array.isArray(fields)) throw invalidType('fields', 'an Array of [name, value] and representations, or a Buffer', fields);
  return Buffer.concat(fields.map((f) => (Array.isArray(f) ? field.literal(f[0], f[1]) : f)));
}

/** The fields of a request that is sound. */
export const request = (path = '/', more = []) => [[':method', 'GET'], [':scheme', 'http'], [':authority', 'localhost'], [':path', path], ...more];

/**
 * Reads frames from a socket and gives each to onFrame: {type: 'DATA' or a number, flags, stream, payload}, for
 * RST_STREAM and GOAWAY also code, by name. Octets before the first frame are left out with {skip: 24}.
 */
export function read(socket, onFrame, { skip = 0 } = {}) {
  let held = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    if (skip > 0) {
      const n = Math.min(skip, held.length);
      held = held.subarray(n);
      skip -= n;
    }
    while (held.length >= 9) {
      const end = 9 + held[0] * 65536 + held[1] * 256 + held[2];
      if (held.length < end) return;
      const f = { type: typeNames[held[3]] ?? held[3], flags: held[4], stream: held.readUInt32BE(5) % 2 ** 31, payload: held.subarray(9, end) };
      if (f.type === 'RST_STREAM') f.code = codeNames[f.payload.readUInt32BE(0)];
      if (f.type === 'GOAWAY') {
        f.code = codeNames[f.payload.readUInt32BE(4)];
        f.debug = f.payload.subarray(8).toString();
      }
      held = held.subarray(end);
      onFrame(f);
    }
  });
}

export default { types, flags, codes, settings, preface, frame, field, block, request, read };
