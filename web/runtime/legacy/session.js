// Http2Session of the seed, on the engine.

import { op, ev, text } from '../../http2/engine.js';
import { EventEmitter } from './emitter.js';
import { asOctets, chunk } from './octets.js';
import { ClientHttp2Stream, ServerHttp2Stream } from './stream.js';
import { toFields, toHeaders, flat, toSettings, fromSettings, getDefaultSettings } from './fields.js';
import { constants } from './constants.js';

const withoutPayload = new Set(['GET', 'HEAD', 'DELETE']);

export class Http2Session extends EventEmitter {
  constructor(host, handle, type) {
    super();
    this._host = host;
    this._handle = handle;
    this.type = type;
    this.destroyed = this.connecting = false;
    this.localSettings = Object.assign(Object.create(null), getDefaultSettings());
    this.remoteSettings = Object.assign(Object.create(null), getDefaultSettings());
    this._unacknowledged = 1;
    this._streams = new Map();
    this._pings = [];
  }

  get pendingSettingsAck() { return this._unacknowledged > 0; }

  settings(o) {
    const list = toSettings(o);
    this._unacknowledged++;
    this._host.cause('settings').u8(op.settings).u32(this._handle).settings(list);
  }

  /** Asks for an answer; callback(error, milliseconds, payload). */
  ping(payload, callback) {
    if (typeof payload === 'function') [payload, callback] = [undefined, payload];
    const b = payload === undefined ? new Uint8Array(8) : chunk(payload);
    if (b.length !== 8) throw Object.assign(new RangeError('HTTP2 ping payload must be 8 bytes'), { code: 'ERR_HTTP2_PING_LENGTH' });
    this._pings.push({ at: this._host.engine.now, callback });
    this._host.cause('ping').u8(op.ping).u32(this._handle).octets(b);
    return true;
  }

  priority(stream, options) { stream.priority(options); }
  rstStream(stream, code) { stream.rstStream(code); }

  shutdown(options = {}, callback) {
    if (typeof options === 'function') [options, callback] = [{}, options];
    const { graceful = false, errorCode = 0, lastStreamID = 0, opaqueData = new Uint8Array(0) } = options;
    if (callback) this.once('shutdown', callback);
    this._host.cause('shutdown').u8(op.shutdown).u32(this._handle).u8(graceful ? 1 : 0).u32(errorCode).u32(lastStreamID).octets(opaqueData);
  }

  destroy() {
    if (this.destroyed) return;
    this.destroyed = true;
    this._host.cause('destroy').u8(op.destroy).u32(this._handle).u32(0);
  }

  setTimeout(msecs, callback) {
    if (callback) this.on('timeout', callback);
    this._idleAfter = msecs;
    this._alive();
    return this;
  }

  _alive() {
    this._host.timers.clearTimeout(this._timer);
    if (this._idleAfter > 0 && !this.destroyed) this._timer = this._host.timers.setTimeout(() => this.emit('timeout'), this._idleAfter);
  }

  _adopt(stream) {
    this._streams.set(stream._handle, stream);
    this._host.streams.set(stream._handle, stream);
  }

  /** An event of the engine for this session or one of its streams. */
  _event(e) {
    const s = this._streams.get(e.stream);
    this._alive();
    switch (e.kind) {
      case ev.connect: this.emit('connect', this); break;
      case ev.stream: this._peerStream(e); break;
      case ev.ready:
        if (!s) break;
        s.id = e.a;
        s._onReady?.();
        s.emit('ready');
        break;
      case ev.headers: s?.emit('headers', toHeaders(e.fields), flags(e)); break;
      case ev.response: s?.emit(s._pushed ? 'push' : 'response', toHeaders(e.fields), flags(e)); break;
      case ev.trailers: s?.emit('trailers', toHeaders(e.fields), flags(e)); break;
      case ev.data: s?._data(e.data.slice()); break;
      case ev.end: s?._end(); break;
      case ev.fetchTrailers: s?._fetchTrailers(); break;
      case ev.drain: s?._drained(); break;
      case ev.closed:
        this._streams.delete(e.stream);
        this._host.streams.delete(e.stream);
        s?._closed(e.a, e.b);
        break;
      case ev.localSettings:
        this.localSettings = fromSettings(e.data, this.localSettings);
        this._unacknowledged = Math.max(0, this._unacknowledged - 1);
        this.emit('localSettings', this.localSettings);
        break;
      case ev.remoteSettings:
        this.remoteSettings = fromSettings(e.data, this.remoteSettings);
        this.emit('remoteSettings', this.remoteSettings);
        break;
      case ev.goaway: this.emit('goaway', e.a, e.b, e.data.length ? asOctets(e.data.slice()) : undefined); break;
      case ev.pingAck: {
        const p = this._pings.shift();
        p?.callback?.(null, (this._host.engine.now - p.at) / 1e6, asOctets(e.data.slice()));
        break;
      }
      case ev.shutdown: this.emit('shutdown'); break;
      case ev.error: this._fail(text(e.data)); break;
      case ev.failed: this._refused(s, e); break;
      case ev.close:
        this.destroyed = true;
        this._host.timers.clearTimeout(this._timer);
        this._host.sessions.delete(this._handle);
        this.emit('close');
        break;
    }
  }

  _peerStream(e) {
    const Stream = this.type === constants.NGHTTP2_SESSION_SERVER ? ServerHttp2Stream : ClientHttp2Stream;
    const s = new Stream(this, e.stream);
    const headers = toHeaders(e.fields);
    s.id = e.a;
    s._requestHeaders = headers;
    if (this.type === constants.NGHTTP2_SESSION_CLIENT) s._pushed = s._ended = true;
    this._adopt(s);
    this.emit('stream', s, headers, flags(e));
    this._server?.emit('stream', s, headers, flags(e));
  }

  _fail(message) {
    const error = Object.assign(new Error(message), { code: 'ERR_HTTP2_SESSION_ERROR' });
    if (this._server && this.listenerCount('error') === 0) this._server._sessionError(error, this);
    else this.emit('error', error);
  }

  /** A call that the engine refused. That the other side has ended (flags 1) is
   *  no fault of the program's. */
  _refused(s, e) {
    if (e.flags === 1) return;
    if (s) s._failed(text(e.data));
    else this._fail(text(e.data));
  }
}

const flags = (e) => (e.flags & 1 ? 5 : 4); // END_HEADERS, and END_STREAM if it was set

export class ClientHttp2Session extends Http2Session {
  request(headers = {}, options = {}) {
    if (this.destroyed) throw Object.assign(new Error('The session has been destroyed'), { code: 'ERR_HTTP2_INVALID_SESSION' });
    const { exclusive = false, parent = 0, weight = 0 } = options;
    if (weight !== 0 && !(Number.isInteger(weight) && weight >= 1 && weight <= 256)) {
      throw Object.assign(new RangeError(`The "weight" option must be an integer from 1 to 256. Received ${weight}`), { code: 'ERR_OUT_OF_RANGE' });
    }
    const all = { ...headers };
    all[':method'] ??= 'GET';
    if (all[':method'] === 'CONNECT') {
      if (':scheme' in headers || ':path' in headers) {
        throw Object.assign(new Error('CONNECT requests must not have :scheme or :path'), { code: 'ERR_HTTP2_CONNECT_PATH' });
      }
    } else {
      all[':authority'] ??= this._authority;
      all[':scheme'] ??= this._scheme;
      all[':path'] ??= '/';
    }
    const end = options.endStream ?? withoutPayload.has(all[':method']);
    const s = new ClientHttp2Stream(this, this._host.handle());
    s._ended = end;
    s.headersSent = true;
    this._adopt(s);
    this._host.cause('request').u8(op.request).u32(this._handle).u32(s._handle).u8(end ? 1 : 0)
      .u32(weight || (parent || exclusive ? 16 : 0)).u32(parent).u8(exclusive ? 1 : 0).fields(flat(inOrder(all)));
    return s;
  }
}

const order = [':method', ':path', ':scheme', ':authority'];

/** Request pseudo-header fields in a steady order: it is what tables see. */
function inOrder(headers) {
  const list = toFields(headers);
  const rank = ([name]) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  const pseudo = list.filter(([n]) => order.includes(n)).sort((a, b) => rank(a) - rank(b));
  return [...pseudo, ...list.filter(([n]) => !order.includes(n))];
}
