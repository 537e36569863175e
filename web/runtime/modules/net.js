// Node's net on the engine's network in memory: servers that listen at a port,
// sockets that carry octets, in virtual time. Every name in `hosts` is this tab.

import EventEmitter from './events.js';
import { Duplex } from './stream.js';
import { Buffer } from './buffer.js';
import process from './process.js';
import { coded, invalidType, system } from './errors.js';
import { text } from '../../http2/engine.js';

const { engine, clock } = framewise;

/** Commands and events for sockets: wasm/h2/engine/socket.go's. */
const op = Object.freeze({ dial: 50, serve: 51, unserve: 52, send: 53, finish: 54, cut: 55, flow: 56, carry: 57 });
const ev = Object.freeze({ accepted: 120, connected: 121, secure: 122, octets: 123, finished: 124, sent: 125, broken: 126 });

/** The names that are this tab. Ports are what the program says. */
export const hosts = Object.freeze(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::', 'example.org', 'www.example.org', 'example.com']);

const closed = 22; // core/session's EvClose

const sockets = new Map(); // by handle
const servers = new Map();
const taken = new Set();   // ports
let ports = 49152;

framewise.onEvents(ev.accepted, ev.broken, (e) => {
  if (e.kind === ev.accepted) servers.get(e.a)?._accept(e.session, callers.get(text(e.data)));
  else sockets.get(e.session)?._event(e);
});

// A session that has ended leaves its socket behind, at its end too.
const carried = new Map(); // session → socket
framewise.onEvents(closed, closed, (e) => {
  const socket = carried.get(e.session);
  if (!carried.delete(e.session)) return;
  socket._carried.ended = true;
  process.nextTick(() => { socket.push(null); socket.resume(); });
});

/** Writes what opDial and opServe say about TLS; null: there is none. */
function security(o) {
  if (!o) {
    engine.u8(0);
    return;
  }
  engine.u8(1).str(o.servername).u32(o.alpn.length);
  for (const name of o.alpn) engine.str(name);
  engine.str(o.cert).str(o.key).str(o.ca).u8(o.askCert ? 1 : 0);
}

export class Socket extends Duplex {
  constructor(options = {}) {
    super({ allowHalfOpen: Boolean(options?.allowHalfOpen), emitClose: false, autoDestroy: true, decodeStrings: true, highWaterMark: options?.highWaterMark });
    this.connecting = false;
    this.bytesWritten = this.bytesRead = this._idle = 0;
    this._handleID = options?._handleID ?? 0;
    this._peer = options?._peer ?? null;
    this._carried = null;
    if (this._handleID) sockets.set(this._handleID, this);
    this.on('end', () => { if (!this.allowHalfOpen) this._over = true; });
  }

  get pending() { return this._handleID === 0 || this.connecting; }
  get readyState() { return this.connecting ? 'opening' : this.readable && this.writable ? 'open' : this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed'; }
  get remoteAddress() { return this._peer?.address; }
  get remotePort() { return this._peer?.port; }
  get remoteFamily() { return this._peer && 'IPv4'; }
  get localAddress() { return this._peer && '127.0.0.1'; }
  get localPort() { return this._peer?.local; }
  get localFamily() { return this._peer && 'IPv4'; }
  get bufferSize() { return this.writableLength; }
  address() { return this._peer ? { address: '127.0.0.1', family: 'IPv4', port: this._peer.local } : {}; }

  connect(...args) {
    const [options, callback] = arrange(args);
    if (options.path !== undefined) throw coded(Error, 'ERR_INVALID_ARG_VALUE', 'there are no Unix sockets in the tab');
    const port = portNumber(options.port, 'options.port'), host = String(options.host || 'localhost').replace(/^\[(.*)\]$/, '$1');
    if (callback) this.once('connect', callback);
    this.connecting = true;
    const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    if (!hosts.includes(host.toLowerCase()) || !taken.has(port)) {
      const e = hosts.includes(host.toLowerCase())
        ? system('ECONNREFUSED', 'connect', `connect ECONNREFUSED 127.0.0.1:${port}`, { address: '127.0.0.1', port })
        : system('ENOTFOUND', 'getaddrinfo', `getaddrinfo ENOTFOUND ${host}`, { hostname: host });
      process.nextTick(() => this.destroy(e));
      return this;
    }
    this._handleID = framewise.handle();
    this._peer = { address: '127.0.0.1', port, local: ++ports };
    sockets.set(this._handleID, this);
    framewise.cause('connect').u8(op.dial).u32(this._handleID).str(`localhost:${port}`).str(name).str('');
    security(this._security?.(host));
    return this;
  }

  _event(e) {
    this._alive();
    switch (e.kind) {
      case ev.connected:
        this.connecting = false;
        this._connected();
        break;
      case ev.secure: this._secured?.(Object.fromEntries(pairs(e.fields))); break;
      case ev.octets:
        this.bytesRead += e.data.length;
        if (!this.push(Buffer.from(e.data.slice().buffer)) && this._handleID) engine.u8(op.flow).u32(this._handleID).u8(0);
        break;
      case ev.finished:
        this.push(null);
        if (this.readableLength === 0 && this.listenerCount('data') === 0) this.read(0);
        break;
      case ev.sent: {
        const done = this._sent;
        this._sent = null;
        done?.();
        break;
      }
      case ev.broken: {
        const [, code, message] = /^(\S+) ([^]*)$/.exec(new TextDecoder().decode(e.data));
        if (code === 'ERR_NO_TLS') framewise.needTLS();
        this.destroy(code.startsWith('ERR') ? coded(Error, code, message) : system(code, code === 'ECONNREFUSED' ? 'connect' : 'read', message));
        break;
      }
    }
  }

  _connected() {
    this.emit('connect');
    this.emit('ready');
  }

  _open(then) {
    if (!this.connecting) then();
    else this.once(this._openEvent ?? 'connect', then);
  }

  _read() { this._open(() => { if (this._handleID && !this._carried) engine.u8(op.flow).u32(this._handleID).u8(1); }); }

  _write(chunk, encoding, done) { this._writev([{ chunk, encoding }], done); }

  _writev(chunks, done) {
    this._open(framewise.bind(() => {
      if (!this._handleID || this._carried) {
        done(system('EPIPE', 'write', 'write EPIPE'));
        return;
      }
      this._sent = framewise.bind(done);
      for (const { chunk, encoding } of chunks) {
        const b = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
        this.bytesWritten += b.length;
        framewise.cause('write').u8(op.send).u32(this._handleID).octets(b);
      }
      this._alive();
    }));
  }

  _final(done) {
    this._open(() => {
      if (this._handleID && !this._carried) framewise.cause('end').u8(op.finish).u32(this._handleID);
      done();
    });
  }

  _destroy(error, done) {
    clock.clearTimeout(this._timer);
    this.connecting = false;
    if (this._handleID) {
      sockets.delete(this._handleID);
      if (!this._carried) engine.u8(op.cut).u32(this._handleID);
    }
    done(error);
    process.nextTick(() => {
      this.emit('close', Boolean(error));
      this._server?._left(this);
    });
  }

  setTimeout(ms, callback) {
    if (typeof ms !== 'number') throw invalidType('msecs', 'of type number', ms);
    this._idle = this.timeout = ms;
    if (callback) (ms > 0 ? this.once : this.removeListener).call(this, 'timeout', callback);
    this._alive();
    return this;
  }

  _alive() {
    clock.clearTimeout(this._timer);
    if (this._idle > 0 && !this.destroyed) {
      this._timer = clock.setTimeout(() => this.emit('timeout'), this._idle);
      this._timer.unref();
    }
  }

  destroySoon() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy() { return this.destroy(); }
  setNoDelay() { return this; }
  setKeepAlive() { return this; }
  ref() { return this; }
  unref() { return this; }
}

const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

/**
 * Gives a socket's connection to a session of the engine's.
 * @return false if the socket is none of the tab's
 */
export function carrySocket(socket, session, server, config) {
  if (!(socket instanceof Socket) || socket.destroyed || !socket._handleID || socket._carried) return false;
  socket._carried = { session, ended: false };
  carried.set(session, socket);
  sockets.delete(socket._handleID);
  framewise.cause(server ? 'listen' : 'connect').u8(op.carry).u32(socket._handleID).u32(session).u8(server ? 1 : 0).config(config);
  return true;
}

export class Server extends EventEmitter {
  constructor(options, listener) {
    super();
    if (typeof options === 'function') [options, listener] = [{}, options];
    this._options = options ?? {};
    this._id = framewise.handle();
    this._port = 0;
    this._sockets = new Set();
    this.listening = false;
    this.maxConnections = Infinity;
    if (listener) this.on('connection', listener);
  }

  listen(...args) {
    const [options, callback] = arrange(args);
    if (this.listening) throw coded(Error, 'ERR_SERVER_ALREADY_LISTEN', 'Listen method has been called more than once without closing.');
    if (options.path !== undefined) throw coded(Error, 'ERR_INVALID_ARG_VALUE', 'there are no Unix sockets in the tab');
    const port = portNumber(options.port ?? 0, 'options.port') || freePort();
    if (callback) this.once('listening', callback);
    if (taken.has(port)) {
      const e = system('EADDRINUSE', 'listen', `listen EADDRINUSE: address already in use :::${port}`, { address: '::', port });
      process.nextTick(() => this.emit('error', e));
      return this;
    }
    taken.add(port);
    this._port = port;
    this.listening = true;
    servers.set(this._id, this);
    // A program that others call needs TLS before the first of them comes.
    if (this._security && framewise.outside && !framewise.secure) framewise.needTLS();
    engine.u8(op.serve).u32(this._id).str(`localhost:${port}`);
    security(this._security?.());
    framewise.outside?.changed();
    process.nextTick(() => { if (this.listening) this.emit('listening'); });
    return this;
  }

  _accept(handle, from) {
    const socket = this._socket({ _handleID: handle, _peer: { ...(from ?? { address: '127.0.0.1', port: ++ports }), local: this._port }, allowHalfOpen: this._options.allowHalfOpen });
    socket.server = socket._server = this;
    this._sockets.add(socket);
    if (this._sockets.size > this.maxConnections) {
      socket.destroy();
      return;
    }
    this._admit(socket);
  }

  _socket(options) { return new Socket(options); }
  _admit(socket) { this.emit('connection', socket); }

  _left(socket) {
    this._sockets.delete(socket);
    this._emptied();
  }

  _emptied() {
    if (this.listening || this._sockets.size > 0 || !this._closing) return;
    this._closing = false;
    process.nextTick(() => this.emit('close'));
  }

  address() { return this.listening ? { address: '::', family: 'IPv6', port: this._port } : null; }

  close(callback) {
    if (callback) this.once('close', this.listening ? () => callback() : () => callback(coded(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.')));
    if (this.listening) {
      taken.delete(this._port);
      servers.delete(this._id);
      engine.u8(op.unserve).str(`localhost:${this._port}`);
      framewise.outside?.changed();
    }
    this.listening = false;
    this._closing = true;
    this._emptied();
    return this;
  }

  getConnections(callback) { process.nextTick(callback, null, this._sockets.size); return this; }
  get connections() { return this._sockets.size; }
  ref() { return this; }
  unref() { return this; }
  async [Symbol.asyncDispose ?? Symbol.for('asyncDispose')]() { if (this.listening) await new Promise((done) => { this.close(done); }); }
}

/**
 * The door for those who call from outside of the tab (../outside.js).
 * servers() are the ports that the program listens at, as {port, tls};
 * enter(port, from) is a socket that is connected to one, in the name of the
 * address from: what is written to it the server reads as it is.
 */
framewise.door = {
  servers: () => [...servers.values()].map((s) => ({ port: s._port, tls: Boolean(s._security) })),
  enter(port, from) {
    const at = from.lastIndexOf(':');
    callers.set(from, { address: from.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(from.slice(at + 1)) });
    const socket = new Socket({ allowHalfOpen: true, _handleID: framewise.handle() });
    socket.connecting = true;
    framewise.cause('').u8(op.dial).u32(socket._handleID).str(`localhost:${port}`).str(`localhost:${port}`).str(from);
    security(null);
    socket.on('close', () => callers.delete(from));
    return socket;
  },
};
const callers = new Map(); // by address

function freePort() {
  let port = 49152;
  while (taken.has(port)) port++;
  return port;
}

function portNumber(v, name) {
  const n = typeof v === 'string' && v.trim() !== '' ? Number(v) : v;
  if (v === undefined || v === null) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "options" or "port" or "path" argument must be specified');
  if (!Number.isInteger(n) || n < 0 || n > 65535) {
    throw coded(RangeError, 'ERR_SOCKET_BAD_PORT', `${name} should be >= 0 and < 65536. Received ${typeof v === 'number' ? `type number (${v})` : `type ${typeof v} (${framewise.show(v, { level: 1 })})`}.`);
  }
  return n;
}

/** (options | port, host | path, callback) as [options, callback]. */
function arrange(args) {
  const callback = args.findLast((a) => typeof a === 'function');
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return [first, callback];
  if (typeof first === 'string' && !/^\d+$/.test(first)) return [{ path: first }, callback];
  return [{ port: typeof first === 'function' ? 0 : first, host: typeof second === 'string' ? second : undefined }, callback];
}

export const createServer = (options, listener) => new Server(options, listener);
export const connect = (...args) => {
  const [options] = arrange(args);
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(...args);
};
export const createConnection = connect;
export const isIPv4 = (s) => /^(\d{1,3})(\.\d{1,3}){3}$/.test(s) && s.split('.').every((n) => Number(n) < 256);
export const isIPv6 = (s) => { if (!/^[0-9a-f:.]+$/i.test(s) || !s.includes(':')) return false; try { return new URL(`http://[${s}]`).hostname !== ''; } catch { return false; } };
export const isIP = (s) => (isIPv4(s) ? 4 : isIPv6(s) ? 6 : 0);
export const Stream = Socket;
export default { Socket, Stream, Server, createServer, connect, createConnection, isIP, isIPv4, isIPv6 };
