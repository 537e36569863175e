// Http2Stream: a Duplex on a stream of the engine's. What Node's events and
// errors are, and in which order, is written here; when frames go, in Go.

import { Duplex } from 'stream';
import { Buffer } from 'buffer';
import { inspect } from 'util';
import { op } from './engine.js';
import { checkFunction, checkInteger, checkObject, error, protocolError } from './errors.js';
import { copyHeaders, inTrailers, toFields } from './headers.js';
import { nghttp2Name } from './constants.js';
import { priorityOptions, wireWeight } from './priority.js';
import { refresh, setIdleTimeout } from './timeout.js';
import { streams } from './registry.js';
import { cause, engine, wake } from '#host';
import * as k from './symbols.js';

const kWas = Symbol('handleThatWas');
const { kHandle, kID, kMaybeDestroy, kSession, kState, kUpdateTimer } = k;

// Flags of a stream's state.
export const READY = 1, CLOSED = 2, HEADERS_SENT = 4, HEAD_REQUEST = 8, ABORTED = 16, HAS_TRAILERS = 32;

const NO_RST = 0, RST = 1, FORCE_RST = 2;
const SERVER = 0;

export class Http2Stream extends Duplex {
  constructor(session, options = {}) {
    super({ ...options, allowHalfOpen: true, decodeStrings: false, autoDestroy: false });
    this.cork(); // until the stream is ready
    this[kSession] = session;
    session[kState].pendingStreams.add(this);
    // Whether anybody reads shows by the first _read.
    this._readableState.readingMore = true;
    this[k.kTimeout] = null;
    this[kState] = {
      didRead: false, flags: 0, rstCode: 0, trailersReady: false, endAfterHeaders: false,
      reading: false, held: 0,      // whether the program takes data, and how many octets it was given beyond that
      shut: false, endSent: false,  // our side was ended by the program; on the way already
      written: null, queued: 0,     // the callback of the write under way, and its octets
      over: false,                  // closed in order
      sent: 0,                      // what the session had sent when the timeout last came
    };
    this[k.kRequest] = null;
    this[k.kProxySocket] = null;
    this.on('pause', onPause);
  }

  [kUpdateTimer]() {
    if (this.destroyed) return;
    refresh(this);
    this[kSession]?.[kUpdateTimer]();
  }

  /** The stream is ready. */
  [k.kInit](id, handle) {
    this[kState].flags |= READY;
    const sessionState = this[kSession][kState];
    sessionState.pendingStreams.delete(this);
    sessionState.streams.add(this);
    this[kID] = id;
    this[kHandle] = handle;
    streams.set(handle, this);
    this.uncork();
    this.emit('ready');
  }

  get bufferSize() { return this[kState].queued + this.writableLength; }
  get endAfterHeaders() { return this[kState].endAfterHeaders; }
  get sentHeaders() { return this[k.kSentHeaders]; }
  get sentTrailers() { return this[k.kSentTrailers]; }
  get sentInfoHeaders() { return this[k.kSentInfo]; }
  get pending() { return this[kID] === undefined; }
  get id() { return this[kID]; }
  get session() { return this[kSession]; }
  get headersSent() { return (this[kState].flags & HEADERS_SENT) !== 0; }
  get aborted() { return (this[kState].flags & ABORTED) !== 0; }
  get headRequest() { return (this[kState].flags & HEAD_REQUEST) !== 0; }
  get rstCode() { return this[kState].rstCode; }
  get closed() { return (this[kState].flags & CLOSED) !== 0; }

  get state() {
    if (this.destroyed || this.pending) return {};
    const [state, weight, sumDependencyWeight, localClose, remoteClose, localWindowSize] = this[kSession]._ask(op.streamState, this[kHandle]);
    return { state, weight, sumDependencyWeight, localClose, remoteClose, localWindowSize };
  }

  [inspect.custom](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    return `Http2Stream ${inspect({
      id: this[kID] || '<pending>', closed: this.closed, destroyed: this.destroyed, state: this.state,
      readableState: this._readableState, writableState: this._writableState,
    }, options)}`;
  }

  _onTimeout() {
    if (this.destroyed) return;
    const sent = this[kSession][kState].sent;
    if (this[kState].queued > 0 && this[kState].sent !== sent) { // a long write goes on
      this[kState].sent = sent;
      this[kUpdateTimer]();
      return;
    }
    this.emit('timeout');
  }

  // writing

  [k.kProceed]() {}

  _write(data, encoding, callback) { this._send(callback, () => put(this, data, encoding)); }

  _writev(chunks, callback) {
    this._send(callback, () => {
      let n = 0;
      for (const { chunk, encoding } of chunks) n += put(this, chunk, encoding);
      return n;
    });
  }

  _send(callback, write) {
    if (this.pending) { // uncorked by the program
      this.once('ready', () => this._send(callback, write));
      return;
    }
    if (this.destroyed) return;
    this[kUpdateTimer]();
    if (!this.headersSent) this[k.kProceed]();
    const state = this[kState];
    let waiting = 2, failed = null;
    const done = (err) => {
      failed ??= err ?? null;
      if (--waiting > 0) return;
      if (failed) this.destroy(failed);
      callback(failed);
    };
    // The end goes with the last octets, if nothing follows them.
    process.nextTick(() => {
      if (failed || !this._writableState.ending || this._writableState.buffered.length > 0 || (state.flags & HAS_TRAILERS)) done();
      else shutdownWritable(this, done);
    });
    state.written = done;
    state.queued = this[kHandle] === undefined ? 0 : write();
    if (state.queued === 0) process.nextTick(() => written(this));
    else wake();
  }

  _final(callback) {
    if (this.pending) {
      this.once('ready', () => this._final(callback));
      return;
    }
    shutdownWritable(this, callback);
  }

  // reading

  _read() {
    if (this.destroyed) {
      this.push(null);
      return;
    }
    const state = this[kState];
    if (!state.didRead) {
      this._readableState.readingMore = false;
      state.didRead = true;
    }
    if (this.pending) this.once('ready', onResume);
    else onResume.call(this);
  }

  /** DATA came. The window opens again as long as the program takes it. */
  _data(octets) {
    this[kUpdateTimer]();
    const state = this[kState];
    state.held += octets.length;
    if (state.reading) giveBack(this);
    if (!this.push(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength))) state.reading = false;
  }

  /** The peer's side is complete. */
  _ended() {
    if (this.destroyed) return;
    if (this._readableState.endEmitted) {
      this[kMaybeDestroy]();
      return;
    }
    this.on('end', this[kMaybeDestroy]);
    this.push(null);
    this.read(0);
  }

  // what the program may do

  priority(options) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_STREAM');
    checkObject(options, 'options');
    const o = priorityOptions({ ...options });
    const send = () => {
      if (this.destroyed) return;
      this[kUpdateTimer]();
      if (o.parent === this[kID]) return; // it can't depend on itself
      cause('priority').u8(op.priority).u32(this[kHandle]).u32(o.parent).u32(wireWeight(o.weight)).u8(o.exclusive ? 1 : 0).u8(o.silent ? 1 : 0);
      wake();
    };
    if (this.pending) this.once('ready', send);
    else send();
  }

  sendTrailers(headers) {
    if (this.destroyed || this.closed) throw error('ERR_HTTP2_INVALID_STREAM');
    if (this[k.kSentTrailers]) throw error('ERR_HTTP2_TRAILERS_ALREADY_SENT');
    if (!this[kState].trailersReady) throw error('ERR_HTTP2_TRAILERS_NOT_READY');
    checkObject(headers, 'headers');
    const all = copyHeaders(headers);
    this[kUpdateTimer]();
    const fields = toFields(all, inTrailers);
    this[k.kSentTrailers] = all;
    setImmediate(() => {
      if (this.destroyed) return;
      this[kState].flags &= ~HAS_TRAILERS;
      cause('sendTrailers').u8(op.trailers).u32(this[kHandle]).fields(fields);
      wake();
      this[kMaybeDestroy]();
    });
  }

  close(code = 0, callback) {
    checkInteger(code, 'code', 0, 2 ** 32 - 1);
    if (callback !== undefined) checkFunction(callback, 'callback');
    if (this.closed) return;
    if (callback !== undefined) this.once('close', callback);
    closeStream(this, code);
  }

  _destroy(err, callback) {
    const session = this[kSession], handle = this[kHandle], state = this[kState], sessionState = session[kState];
    const sessionCode = sessionState.goawayCode || sessionState.destroyCode;
    let code = this.closed ? state.rstCode : sessionCode;
    if (err != null) code = sessionCode || (err.name === 'AbortError' ? 8 : 2);
    if (!this.closed) closeStream(this, code, handle === undefined ? NO_RST : FORCE_RST);
    this.push(null);
    if (handle !== undefined) giveBack(this);
    sessionState.streams.delete(this);
    sessionState.pendingStreams.delete(this);
    if (state.written === null) streams.delete(handle);
    else if (!state.over) { // what has left is still told
      const done = state.written;
      state.written = null;
      streams.delete(handle);
      setImmediate(done, Object.assign(new Error('write ECANCELED'), { errno: -125, code: 'ECANCELED', syscall: 'write' }));
    }
    state.queued = 0;
    if (err == null && !this._silent(code)) err = this._closeError(code);
    this[kSession] = undefined;
    this[kWas] = handle;
    this[kHandle] = undefined;
    setImmediate(maybeDestroySession, session);
    callback(err);
  }

  /** Whether a code is no error: CANCEL is how clients abort, as in HTTP/1. */
  _silent(code) { return code === 0 || code === 8; }
  _beforeEnd() {}
  _closeError(code) { return error('ERR_HTTP2_STREAM_ERROR', nghttp2Name(code)); }

  /** Destroys the stream when both of its sides are through. */
  [kMaybeDestroy](code = 0) {
    if (code !== 0) {
      this.destroy();
      return;
    }
    if (!this.writableFinished) return;
    if (!this.readable && this.closed) {
      this.destroy();
      return;
    }
    // A server has answered, and nobody reads the request: it can be closed. Not
    // at once, so that pushes get through before.
    const state = this[kState];
    if (this.headersSent && this[kSession]?.type === SERVER && !(state.flags & HAS_TRAILERS) && !state.didRead && this.readableFlowing === null) {
      setImmediate(closeQuietly, this);
    }
  }

  // what the engine says

  /** The body has left, trailers may follow. */
  _trailersDue() {
    this[kState].trailersReady = true;
    if (this.destroyed || this.closed) return;
    if (!this.emit('wantTrailers')) this.sendTrailers({});
  }

  /** The stream is closed, by either side or both. */
  _closed(code) {
    this[kState].over = code === 0;
    if (this.destroyed) return;
    if (!this.closed) closeStream(this, code, NO_RST);
    if (!this.readable || code !== 0) {
      this.destroy();
      return;
    }
    this.on('end', this[kMaybeDestroy]);
    this.push(null);
    if (this[kSession].type === SERVER && !this[kState].didRead && this.readableFlowing === null) this.resume();
    else this.read(0);
  }

  /** A call of the program's that the engine has refused. */
  _refused(message) { this.destroy(protocolError(message, -505)); }
}

Object.defineProperty(Http2Stream.prototype, 'setTimeout', { configurable: true, enumerable: true, writable: true, value: setIdleTimeout });

const closeQuietly = (stream) => stream.close();
const maybeDestroySession = (session) => session[kMaybeDestroy]();

/** Hands octets of the program's to the engine; returns how many. */
function put(stream, data, encoding) {
  const b = typeof data === 'string' ? Buffer.from(data, encoding) : data;
  if (b.length > 0) cause('write').u8(op.write).u32(stream[kHandle]).octets(b);
  return b.length;
}

/** The write under way has left. */
export function written(stream) {
  const state = stream[kState], done = state.written;
  if (done === null) return;
  state.written = null;
  state.queued = 0;
  if (stream.destroyed) streams.delete(stream[kWas]);
  done();
}

function onResume() {
  if (this.destroyed) return;
  this[kState].reading = true;
  giveBack(this);
}

function onPause() {
  if (!this.destroyed && !this.pending) this[kState].reading = false;
}

/** Gives the windows back what the program has taken. */
function giveBack(stream) {
  const state = stream[kState];
  if (state.held === 0) return;
  engine.u8(op.consume).u32(stream[kHandle]).u32(state.held);
  state.held = 0;
  wake();
}

function shutdownWritable(stream, callback) {
  const state = stream[kState];
  if (stream[kHandle] === undefined || state.shut) {
    callback();
    return;
  }
  state.shut = true;
  if (!state.endSent && stream.headersSent) {
    state.endSent = true;
    stream._beforeEnd();
    cause('end').u8(op.end).u32(stream[kHandle]).u32(0);
    wake();
  }
  stream.on('finish', () => stream[kMaybeDestroy]());
  callback();
}

/** The program, or the peer, closes the stream with a code. */
export function closeStream(stream, code, rst = RST) {
  const state = stream[kState];
  state.flags |= CLOSED;
  state.rstCode = code;
  stream.setTimeout(0);
  stream.removeAllListeners('timeout');
  const { ending } = stream._writableState;
  if (!ending) {
    if (!stream.aborted) {
      state.flags |= ABORTED;
      stream.emit('aborted');
    }
    stream.end();
  }
  if (rst === NO_RST) return;
  const finish = () => {
    if (stream.pending && stream[kHandle] === undefined) {
      stream.push(null);
      stream.once('ready', () => reset(stream, code));
    } else reset(stream, code);
  };
  if (!ending || stream.writableFinished || code !== 0 || rst === FORCE_RST) finish();
  else stream.once('finish', finish);
}

function reset(stream, code) {
  if (stream[kHandle] === undefined) return;
  cause('close').u8(op.rst).u32(stream[kHandle]).u32(code);
  wake();
}
