// Http2Stream, ClientHttp2Stream and ServerHttp2Stream of the seed, on the
// engine. Readable and writable behave as a Duplex does for programs that use
// events, write and end.

import { op } from '../../http2/engine.js';
import { EventEmitter } from './emitter.js';
import { chunk, asOctets } from './octets.js';
import { toFields, toHeaders, flat } from './fields.js';
import { codeName } from './constants.js';

const highWaterMark = 16384;

export class Http2Stream extends EventEmitter {
  constructor(session, handle) {
    super();
    this._session = session;
    this._h = session._host.engine;
    this._handle = handle;
    this.id = undefined;
    this.aborted = this.destroyed = this.headersSent = false;
    this.rstCode = undefined;
    this._encoding = null;
    this._decoder = null;
    this._flowing = null;
    this._held = []; // data and end that wait for a listener
    this._ended = this._received = false;
    this._unsent = 0;
    this._wantTrailers = false;
    this._timer = null;
  }

  get session() { return this.destroyed ? undefined : this._session; }

  // what the program may do

  setEncoding(encoding = 'utf8') {
    this._encoding = encoding;
    this._decoder = /^utf-?8$/i.test(encoding) ? new TextDecoder() : null;
    return this;
  }

  listening(name) {
    if (name === 'data' && this._flowing !== false) this.resume();
    if (name === 'end' && this._held.length === 1 && this._held[0] === null) this._host(() => this._flow());
  }

  pause() { this._flowing = false; return this; }

  resume() {
    this._flowing = true;
    this._host(() => this._flow());
    return this;
  }

  get writable() { return !this._ended && !this.destroyed; }

  write(data, encoding, callback) {
    if (typeof encoding === 'function') callback = encoding;
    const b = chunk(data);
    if (this._ended) return this._refuse('ERR_STREAM_WRITE_AFTER_END', 'write after end');
    if (this.destroyed) return this._refuse('ERR_HTTP2_INVALID_STREAM', 'The stream has been destroyed');
    this._beforeData();
    this._cause('write').u8(op.write).u32(this._handle).octets(b);
    this._unsent += b.length;
    if (callback) this._host(callback);
    return this._unsent < highWaterMark;
  }

  end(data, encoding, callback) {
    if (typeof data === 'function') [data, callback] = [undefined, data];
    else if (typeof encoding === 'function') callback = encoding;
    if (this._ended || this.destroyed) return this;
    const b = data === undefined || data === null ? new Uint8Array(0) : chunk(data);
    this._beforeData();
    if (this.listenerCount('fetchTrailers') > 0) {
      this._wantTrailers = true;
      this._endedAt = this._session._host.here();
      this._h.u8(op.wantTrailers).u32(this._handle);
    }
    this._cause('end').u8(op.end).u32(this._handle).octets(b);
    this._ended = true;
    this._host(() => { this.emit('finish'); callback?.(); });
    return this;
  }

  rstStream(code = 0) {
    if (this.destroyed) return;
    this._cause('rstStream').u8(op.rst).u32(this._handle).u32(code);
  }

  rstWithNoError() { this.rstStream(0); }
  rstWithProtocolError() { this.rstStream(1); }
  rstWithInternalError() { this.rstStream(2); }
  rstWithRefuse() { this.rstStream(7); }
  rstWithCancel() { this.rstStream(8); }

  destroy(error) {
    if (this.destroyed) return this;
    this._error = error;
    this.rstStream(error ? 2 : 8);
    return this;
  }

  priority({ parent = 0, weight = 16, exclusive = false, silent = false } = {}) {
    if (silent) return;
    this._cause('priority').u8(op.priority).u32(this._handle).u32(parent).u32(weight).u8(exclusive ? 1 : 0).u8(0);
  }

  setTimeout(msecs, callback) {
    if (callback) this.once('timeout', callback);
    this._idleAfter = msecs;
    this._alive();
    return this;
  }

  // what the engine says

  _host(f) { this._session._host.later(f); }

  _cause(call) { return this._session._host.cause(call); }

  _beforeData() {}

  _refuse(code, message) {
    const e = new Error(message);
    e.code = code;
    this._host(() => this.emit('error', e));
    return false;
  }

  _alive() {
    const timers = this._session._host.timers;
    timers.clearTimeout(this._timer);
    this._timer = null;
    if (this._idleAfter > 0 && !this.destroyed) this._timer = timers.setTimeout(() => this.emit('timeout'), this._idleAfter);
  }

  _data(octets) {
    this._alive();
    this._held.push(octets);
    if (this._flowing) this._flow();
  }

  _end() {
    this._received = true;
    this._held.push(null);
    this._flow();
  }

  /** Hands over what waits, and gives the windows back what was handed over. */
  _flow() {
    while (this._held.length > 0) {
      const b = this._held[0];
      if (b === null) {
        if (this._held.length !== 1) return;
        this._held.shift();
        const rest = this._decoder?.decode();
        if (rest) this.emit('data', rest);
        this.emit('end');
        return;
      }
      if (!this._flowing) return;
      this._held.shift();
      this._h.u8(op.consume).u32(this._handle).u32(b.length);
      if (b.length === 0) continue;
      if (this._decoder) this.emit('data', this._decoder.decode(b, { stream: true }));
      else this.emit('data', this._encoding ? asOctets(b).toString(this._encoding) : asOctets(b));
    }
  }

  _drained() {
    const full = this._unsent >= highWaterMark;
    this._unsent = 0;
    this._alive();
    if (full && !this._ended) this.emit('drain');
  }

  _fetchTrailers() {
    const trailers = Object.create(null);
    this.emit('fetchTrailers', trailers);
    const list = toFields(trailers);
    if (list.some(([name]) => name[0] === ':')) {
      this._refuse('ERR_HTTP2_INVALID_PSEUDOHEADER', 'Trailers must not have pseudo-header fields');
      this.rstStream(2);
      return;
    }
    // The engine asks for them; what asked the engine was end.
    this._session._host.cause('end', this._endedAt).u8(op.trailers).u32(this._handle).fields(flat(list));
  }

  _closed(code, by) {
    this.destroyed = true;
    this.rstCode = code;
    if (this._timer) this._session._host.timers.clearTimeout(this._timer);
    if (by !== 0 && !this._ended) {
      this.aborted = true;
      this.emit('aborted');
    }
    if (!this._received && this._flowing) this.emit('end');
    this.emit('streamClosed', code);
    const error = this._error ?? (code ? Object.assign(new Error(`Stream closed with error code ${code}`), {
      code: 'ERR_HTTP2_STREAM_ERROR', errno: codeName(code),
    }) : null);
    if (error) this.emit('error', error);
  }

  _failed(message) { this.emit('error', Object.assign(new Error(message), { code: 'ERR_HTTP2_ERROR' })); }
}

export class ClientHttp2Stream extends Http2Stream {}

export class ServerHttp2Stream extends Http2Stream {
  get pushAllowed() { return !this.destroyed && this._session.remoteSettings.enablePush !== false; }

  respond(headers = {}, options = {}) {
    if (this.headersSent) throw Object.assign(new Error('Response has already been initiated.'), { code: 'ERR_HTTP2_HEADERS_SENT' });
    const all = Object.assign(Object.create(null), headers);
    all[':status'] ??= 200;
    if (!Object.keys(all).some((k) => k.toLowerCase() === 'date')) all.date = this._session._host.date().toUTCString();
    const end = options.endStream === true || all[':status'] === 204 || all[':status'] === 304;
    this._cause('respond').u8(op.respond).u32(this._handle).u8(end ? 1 : 0).fields(flat(toFields(all)));
    this.headersSent = true;
    this._ended ||= end;
  }

  additionalHeaders(headers) {
    if (this.headersSent) throw Object.assign(new Error('Cannot specify additional headers after response initiated'), { code: 'ERR_HTTP2_HEADERS_AFTER_RESPOND' });
    this._cause('additionalHeaders').u8(op.info).u32(this._handle).fields(flat(toFields(headers)));
  }

  pushStream(headers, options, callback) {
    if (typeof options === 'function') callback = options;
    if (!this.pushAllowed) throw Object.assign(new Error('HTTP/2 client has disabled push streams'), { code: 'ERR_HTTP2_PUSH_DISABLED' });
    const mine = this._requestHeaders ?? {};
    const all = { ':method': 'GET', ':scheme': mine[':scheme'] ?? 'http', ':authority': mine[':authority'] ?? 'localhost', ':path': '/', ...headers };
    const push = new ServerHttp2Stream(this._session, this._session._host.handle());
    push._requestHeaders = all;
    push._onReady = () => callback?.(push, toHeaders(toFields(all).flat()), 0);
    this._session._adopt(push);
    this._cause('pushStream').u8(op.push).u32(this._handle).u32(push._handle).fields(flat(toFields(all)));
  }

  /** As Node does: a body without respond() begins the response by itself. */
  _beforeData() { if (!this.headersSent) this.respond(); }
}
