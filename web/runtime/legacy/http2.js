// The http2 module of the seed, as far as the examples of the page use it:
// createServer, connect, constants and the settings functions.

import { op } from '../../http2/engine.js';
import { EventEmitter } from './emitter.js';
import { Http2Session, ClientHttp2Session } from './session.js';
import { toSettings, getDefaultSettings } from './fields.js';
import { constants } from './constants.js';
import { Octets } from './octets.js';

class Http2Server extends EventEmitter {
  constructor(host, options, onRequest) {
    super();
    this._host = host;
    this._options = options;
    this._id = host.handle();
    this._at = [];
    this.listening = undefined; // EventEmitter's hook is not for servers
    if (onRequest) throw Object.assign(new Error('createServer(options, onRequestHandler): the Compatibility API is not there yet, use server.on(\'stream\')'), { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
    host.servers.set(this._id, this);
  }

  listen(port, ...rest) {
    if (typeof port === 'object') port = port.port;
    const callback = rest.findLast((x) => typeof x === 'function');
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw Object.assign(new RangeError(`options.port should be >= 0 and < 65536. Received ${port}.`), { code: 'ERR_SOCKET_BAD_PORT' });
    }
    if (port === 0) port = this._host.freePort();
    const at = `localhost:${port}`;
    if (this._host.taken.has(at)) {
      const e = Object.assign(new Error(`listen EADDRINUSE: address already in use ${at}`), { code: 'EADDRINUSE' });
      this._host.later(() => this.emit('error', e));
      return this;
    }
    this._host.taken.add(at);
    this._at.push(at);
    this._port = port;
    this._host.engine.u8(op.listen).u32(this._id).str(at).config(config(this._options));
    this._host.later(() => { this.emit('listening'); callback?.(); });
    return this;
  }

  address() { return { address: '127.0.0.1', family: 'IPv4', port: this._port }; }

  close(callback) {
    for (const at of this._at) {
      this._host.taken.delete(at);
      this._host.engine.u8(op.unlisten).str(at);
    }
    this._at = [];
    this._host.later(() => { this.emit('close'); callback?.(); });
    return this;
  }

  _session(handle) {
    const s = new Http2Session(this._host, handle, constants.NGHTTP2_SESSION_SERVER);
    s._server = this;
    this._host.sessions.set(handle, s);
    this.emit('session', s);
  }

  _sessionError(error, session) {
    if (this.listenerCount('sessionError') > 0) this.emit('sessionError', error, session);
    else this.emit('error', error);
  }
}

function config(o = {}) {
  return {
    settings: toSettings(o.settings), maxDeflateDynamicTableSize: o.maxDeflateDynamicTableSize ?? 0,
    peerMaxConcurrentStreams: o.peerMaxConcurrentStreams ?? 0, maxReservedRemoteStreams: o.maxReservedRemoteStreams ?? 0,
    padding: o.paddingStrategy === constants.PADDING_STRATEGY_MAX ? 1 : 0,
  };
}

/** Makes the module for a host (runtime.js). */
export function http2(host) {
  return Object.freeze({
    constants,
    getDefaultSettings,
    getPackedSettings(settings = {}) {
      const list = toSettings(settings), b = new Octets(6 * list.length), v = new DataView(b.buffer);
      list.forEach(([id, value], i) => { v.setUint16(6 * i, id); v.setUint32(6 * i + 2, value); });
      return b;
    },
    createServer(options, onRequest) {
      if (typeof options === 'function') [options, onRequest] = [{}, options];
      return new Http2Server(host, options ?? {}, onRequest);
    },
    connect(authority, options, listener) {
      if (typeof options === 'function') [options, listener] = [{}, options];
      const url = new URL(String(authority));
      if (url.protocol !== 'http:') {
        throw Object.assign(new Error(`protocol '${url.protocol}' is not there yet in the tab, use http:`), { code: 'ERR_HTTP2_UNSUPPORTED_PROTOCOL' });
      }
      const session = new ClientHttp2Session(host, host.handle(), constants.NGHTTP2_SESSION_CLIENT);
      session._authority = url.host;
      session._scheme = 'http';
      host.sessions.set(session._handle, session);
      if (listener) session.once('connect', listener);
      host.cause('connect').u8(op.connect).u32(session._handle).str(`${url.hostname}:${url.port || 80}`).config(config(options));
      return session;
    },
  });
}
