// Http2Server and Http2SecureServer, and the sessions that they make.

import { EventEmitter } from 'events';
import http from 'http';
import net from 'net';
import tls from 'tls';
import { promisify } from 'util';
import { op } from './engine.js';
import { checkFunction, checkInteger, checkObject, checkString, error, invalidType, outOfRange } from './errors.js';
import { checkCustomList, checkSeedOptions, checkSettings } from './settings.js';
import { SERVER, Http2Session } from './session.js';
import { cause } from '#host';
import * as k from './symbols.js';

const { kHandle, kOptions, kServer } = k;

/** ALTSVC and ORIGIN frames hold this many octets. */
const longest = 2 ** 14 - 2;
const quotable = /^[\x09\x20-\x5b\x5d-\x7e\x80-\xff]*$/;

function originOf(url) {
  try {
    return new URL(url).origin;
  } catch (e) {
    if (e.code === undefined) e.code = 'ERR_INVALID_URL';
    throw e;
  }
}

export class ServerHttp2Session extends Http2Session {
  constructor(api, options, socket, server) {
    super(api, SERVER, options, socket);
    this[kServer] = this[k.kOwnServer] = server;
  }

  get server() { return this[kServer]; }

  altsvc(alt, originOrStream) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    let stream = 0, origin;
    if (typeof originOrStream === 'string') {
      origin = originOf(originOrStream);
      if (origin === 'null') throw error('ERR_HTTP2_ALTSVC_INVALID_ORIGIN');
    } else if (typeof originOrStream === 'number') {
      if (originOrStream >>> 0 !== originOrStream || originOrStream === 0) throw outOfRange('originOrStream', `> 0 && < ${2 ** 32}`, originOrStream);
      stream = originOrStream;
    } else if (originOrStream !== undefined) {
      if (originOrStream !== null && typeof originOrStream === 'object') origin = originOrStream.origin;
      if (typeof origin !== 'string') throw invalidType('originOrStream', ['string', 'number', 'URL', 'object'], originOrStream);
      if (origin === 'null' || origin.length === 0) throw error('ERR_HTTP2_ALTSVC_INVALID_ORIGIN');
    }
    checkString(alt, 'alt');
    if (!quotable.test(alt)) throw error('ERR_INVALID_CHAR', 'alt');
    if (alt.length + (origin?.length ?? 0) > longest) throw error('ERR_HTTP2_ALTSVC_LENGTH');
    cause('altsvc').u8(op.altsvc).u32(this[kHandle]).u32(stream).latin1(origin ?? '').latin1(alt);
    this._do();
  }

  origin(...origins) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    if (origins.length === 0) return;
    let size = 0;
    const list = origins.map((o) => {
      const origin = typeof o === 'string' ? originOf(o) : o !== null && typeof o === 'object' ? o.origin : o;
      checkString(origin, 'origin');
      if (origin === 'null') throw error('ERR_HTTP2_INVALID_ORIGIN');
      size += origin.length;
      return origin;
    });
    if (size > longest) throw error('ERR_HTTP2_ORIGIN_LENGTH');
    cause('origin').u8(op.origin).u32(this[kHandle]).u32(list.length);
    for (const origin of list) cause('origin').latin1(origin);
    this._do();
  }

  /** A request came. */
  _accept(handle, id, headers) { return new (this[k.kApi].ServerHttp2Stream)(this, id, handle, headers); }
  _misdirected() {}
  _cancelError(why) { return error('ERR_HTTP2_STREAM_CANCEL', why ? ` (caused by: ${why.message})` : ''); }
}

// What sessions pass on to their server.

function onStream(...args) { this[kServer]?.emit('stream', ...args); }
function onPriority(...args) { this[kServer]?.emit('priority', ...args); }
function onError(e) { this[kServer]?.emit('sessionError', e, this); }

function onTimeout() {
  if (this.destroyed || this.closed) return;
  if (!this[kServer].emit('timeout', this)) this.destroy();
}

/** A server's options: checked, and with what the program left out. */
export function serverOptions(api, options) {
  checkObject(options, 'options');
  const o = { ...options };
  if (api.seed) checkSeedOptions(o);
  checkObject(o.settings, 'options.settings');
  o.settings = { ...o.settings };
  checkCustomList(o.remoteCustomSettings, 'options.remoteCustomSettings');
  if (o.maxSessionInvalidFrames !== undefined) checkInteger(o.maxSessionInvalidFrames, 'maxSessionInvalidFrames', 0, 2 ** 32 - 1);
  if (o.maxSessionRejectedStreams !== undefined) checkInteger(o.maxSessionRejectedStreams, 'maxSessionRejectedStreams', 0, 2 ** 32 - 1);
  if (o.unknownProtocolTimeout !== undefined) checkInteger(o.unknownProtocolTimeout, 'unknownProtocolTimeout', 0, 2 ** 32 - 1);
  else o.unknownProtocolTimeout = 10_000;
  o.Http1IncomingMessage ??= http.IncomingMessage;
  o.Http1ServerResponse ??= http.ServerResponse;
  o.Http2ServerRequest ??= api.Http2ServerRequest;
  o.Http2ServerResponse ??= api.Http2ServerResponse;
  return o;
}

/** The same for TLS, also a client's. */
export function tlsOptions(api, options, servername) {
  const o = serverOptions(api, options);
  if (!o.ALPNCallback) o.ALPNProtocols = o.allowHTTP1 === true ? ['h2', 'http/1.1'] : ['h2'];
  if (servername !== undefined && !o.servername) o.servername = servername;
  return o;
}

const refusal = 'HTTP/1.0 403 Forbidden\r\nContent-Type: text/plain\r\n\r\n' +
  'Missing ALPN Protocol, expected `h2` to be available.\n' +
  'If this is a HTTP request: The server was not configured with the `allowHTTP1` option or a ' +
  'listener for the `unknownProtocol` event.\n';

/** A connection was made to a server. */
function onConnection(server, socket) {
  const options = server[kOptions];
  if (socket.alpnProtocol === false || socket.alpnProtocol === 'http/1.1') {
    if (options.allowHTTP1 === true) server[k.kHttp1](socket);
    else unknownProtocol(server, socket, options);
    return;
  }
  const session = new (server[k.kApi].ServerHttp2Session)(server[k.kApi], options, socket, server);
  session.on('stream', onStream);
  if (!server[k.kApi].seed) session.on('error', onError);
  session.on('priority', onPriority);
  if (server.timeout) session.setTimeout(server.timeout, onTimeout);
  socket[kServer] = server;
  server.emit('session', session);
}

function unknownProtocol(server, socket, options) {
  if (server.emit('unknownProtocol', socket)) return;
  const timer = setTimeout(() => { if (!socket.destroyed) socket.destroy(); }, options.unknownProtocolTimeout);
  timer.unref?.();
  socket.once('close', () => clearTimeout(timer));
  socket.end(refusal);
}

/** Events of HTTP/1.1 that a server passes on. */
const forwarded = new Set(['request', 'upgrade', 'connect', 'checkContinue', 'checkExpectation', 'clientError', 'dropRequest']);

/** What both kinds of servers do alike. */
const common = {
  setTimeout(msecs, callback) {
    this.timeout = msecs;
    if (callback !== undefined) {
      checkFunction(callback, 'callback');
      this.on('timeout', callback);
    }
    return this;
  },

  updateSettings(settings) {
    checkObject(settings, 'settings');
    checkSettings(settings, this[k.kApi].seed);
    this[kOptions].settings = { ...this[kOptions].settings, ...settings };
  },

  [EventEmitter.captureRejectionSymbol](err, event, ...args) {
    if (event === 'stream') {
      const [stream] = args;
      if (stream.sentHeaders) stream.destroy(err);
      else {
        stream.respond({ ':status': 500 });
        stream.end();
      }
    } else if (event === 'request') {
      const [, response] = args;
      if (response.headersSent || response.finished) response.destroy();
      else {
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        response.statusCode = 500;
        response.end(http.STATUS_CODES[500]);
      }
    } else net.Server.prototype[EventEmitter.captureRejectionSymbol]?.call(this, err, event, ...args);
  },
};

function setUp(server, api, options, listener) {
  server[k.kApi] = api;
  server[kOptions] = options;
  server.timeout = 0;
  server.on('newListener', compatible);
  if (typeof listener === 'function') server.on('request', listener);
}

/** The first 'request' listener brings the Compatibility API to life. */
function compatible(event) {
  if (event !== 'request') return;
  this.removeListener('newListener', compatible);
  const { Http2ServerRequest, Http2ServerResponse } = this[kOptions];
  this.on('stream', (...args) => this[k.kApi].onServerStream(this, Http2ServerRequest, Http2ServerResponse, ...args));
}

export class Http2Server extends net.Server {
  constructor(api, options, listener) {
    const o = serverOptions(api, options);
    super(o, (socket) => onConnection(this, socket));
    setUp(this, api, o, listener);
  }

  async [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]() { await promisify(super.close).call(this); }
}
Object.assign(Http2Server.prototype, common);

export class Http2SecureServer extends tls.Server {
  constructor(api, options, listener) {
    const o = tlsOptions(api, options);
    super(o, (socket) => onConnection(this, socket));
    setUp(this, api, o, listener);
    this[k.kSecure] = true;
    if (o.allowHTTP1 === true) this._allowHTTP1(o);
    this.on('tlsClientError', (e, socket) => { if (!this.emit('clientError', e, socket)) socket.destroy(e); });
  }

  /** HTTP/1.1 is served by Node's own http: a server that never listens takes
   *  the sockets, and what it emits is emitted here. */
  _allowHTTP1(o) {
    const inner = http.createServer({ IncomingMessage: o.Http1IncomingMessage, ServerResponse: o.Http1ServerResponse });
    inner.headersTimeout = 60_000;
    inner.requestTimeout = 300_000;
    // What nobody listens for here, nobody may listen for there: http then does
    // what it does by itself.
    const forward = (name) => {
      if (forwarded.has(name) && inner.listenerCount(name) === 0) inner.on(name, (...args) => this.emit(name, ...args));
    };
    this.eventNames().forEach(forward);
    this.on('newListener', forward);
    this[k.kHttp1] = (socket) => inner.emit('connection', socket);
    this[k.kInner] = inner;
  }

  close(...args) {
    this[k.kInner]?.closeIdleConnections();
    super.close(...args);
    return this;
  }

  closeIdleConnections() { this[k.kInner]?.closeIdleConnections(); }
}
Object.assign(Http2SecureServer.prototype, common);

