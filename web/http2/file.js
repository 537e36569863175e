// respondWithFD and respondWithFile: the octets go from the file to the engine
// as the windows take them, past the stream's writable side.

import fs from 'fs';
import { Buffer } from 'buffer';
import { op } from './engine.js';
import { checkObject, error, invalidType, invalidValue } from './errors.js';
import { inResponse, noPayload, responseHeaders, toFields } from './headers.js';
import { HAS_TRAILERS, HEADERS_SENT } from './stream.js';
import { utcDate } from './date.js';
import { cause, engine, wake } from '#host';
import * as k from './symbols.js';

const { kHandle, kState, kUpdateTimer } = k;

/** How many octets of a file are read at a time. */
const piece = 64 << 10;

/** What both calls check first. Returns the options and the headers. */
function begin(stream, headers, options) {
  stream._usable();
  checkObject(options, 'options');
  const o = { ...options };
  if (o.offset !== undefined && typeof o.offset !== 'number') throw invalidValue('options.offset', o.offset);
  if (o.length !== undefined && typeof o.length !== 'number') throw invalidValue('options.length', o.length);
  if (o.statCheck !== undefined && typeof o.statCheck !== 'function') throw invalidValue('options.statCheck', o.statCheck);
  if (o.waitForTrailers) stream[kState].flags |= HAS_TRAILERS;
  return o;
}

function head(stream, headers, o) {
  stream[kUpdateTimer]();
  checkObject(headers, 'headers');
  const all = responseHeaders(headers, o, utcDate), status = all[':status'] |= 0;
  if (noPayload(status) || stream.headRequest) throw error('ERR_HTTP2_PAYLOAD_FORBIDDEN', status);
  return all;
}

export function respondWithFD(stream, fd, headers, options) {
  const o = begin(stream, headers, options);
  const handle = typeof fd === 'object' && fd !== null && typeof fd.fd === 'number' ? fd : null;
  if (handle) fd = handle.fd;
  else if (typeof fd !== 'number') throw invalidType('fd', ['number', 'FileHandle'], fd);
  const all = head(stream, headers, o);
  if (o.statCheck === undefined) {
    send(stream, fd, all, o, o.offset, o.length, () => {});
    return;
  }
  fs.fstat(fd, (err, stat) => {
    if (err) {
      stream.destroy(err);
      return;
    }
    if (gone(stream)) return;
    const range = { offset: o.offset ?? 0, length: o.length ?? -1 };
    if (o.statCheck.call(stream, stat, all, range) === false || stream.headersSent) return;
    send(stream, fd, all, o, range.offset, range.length, () => {});
  });
}

export function respondWithFile(stream, path, headers, options) {
  const o = begin(stream, headers, options), all = head(stream, headers, o);
  const fail = (err) => (o.onError ? o.onError(err) : stream.destroy(err));
  fs.open(path, 'r', (err, fd) => {
    if (err) {
      fail(err);
      return;
    }
    const close = () => fs.close(fd, () => {});
    if (stream.destroyed || stream.closed) {
      close();
      return;
    }
    fs.fstat(fd, (err, stat) => {
      const wrong = err ?? notSendable(stat, o);
      if (wrong) {
        close();
        fail(wrong);
        return;
      }
      if (gone(stream)) {
        close();
        return;
      }
      const regular = stat.isFile(), range = { offset: regular ? o.offset ?? 0 : -1, length: regular ? o.length ?? -1 : -1 };
      if ((typeof o.statCheck === 'function' && o.statCheck.call(stream, stat, all, range) === false) || stream.headersSent) {
        close();
        return;
      }
      let { length } = range;
      if (regular) {
        const left = stat.size - Number(range.offset);
        length = length < 0 ? left : Math.min(left, length);
        all['content-length'] = length;
      }
      send(stream, fd, all, o, regular ? o.offset | 0 : -1, length | 0, close);
    });
  });
}

function notSendable(stat, o) {
  if (stat.isFile()) return null;
  if (stat.isDirectory()) return error('ERR_HTTP2_SEND_FILE');
  return o.offset !== undefined || o.length !== undefined ? error('ERR_HTTP2_SEND_FILE_NOSEEK') : null;
}

/** Whether the stream has ended while its file was asked for. */
function gone(stream) {
  if (!stream.destroyed && !stream.closed) return false;
  stream.destroy(error('ERR_HTTP2_INVALID_STREAM'));
  return true;
}

/** Sends the headers, then length octets from offset; below 0: all, from where
 *  the file stands. */
function send(stream, fd, headers, o, offset = 0, length = -1, close) {
  const state = stream[kState];
  state.flags |= HEADERS_SENT;
  let fields;
  try {
    fields = toFields(headers, inResponse);
  } catch (e) {
    close();
    stream.destroy(e);
    return;
  }
  stream[k.kSentHeaders] = headers;
  // For the program, the writable side is over.
  stream._final = null;
  stream.end();
  stream._sendResponse(fields, false, o.waitForTrailers);
  stream.once('close', close);
  state.endSent = true;
  pump(stream, fd, offset, length);
}

function pump(stream, fd, at, left) {
  const want = left < 0 ? piece : Math.min(left, piece);
  if (want === 0) {
    finish(stream);
    return;
  }
  const b = Buffer.allocUnsafe(want);
  fs.read(fd, b, 0, want, at < 0 ? null : at, (err, n) => {
    const handle = stream[kHandle];
    if (handle === undefined || stream.destroyed) return;
    if (err) {
      stream.close(2);
      return;
    }
    if (n === 0) {
      finish(stream);
      return;
    }
    cause('respondWithFile').u8(op.write).u32(handle).octets(b.subarray(0, n));
    const state = stream[kState];
    state.queued = n;
    state.written = () => pump(stream, fd, at < 0 ? at : at + n, left < 0 ? left : left - n);
    wake();
  });
}

function finish(stream) {
  if (stream[kHandle] === undefined) return;
  engine.u8(op.end).u32(stream[kHandle]).u32(0);
  wake();
}
