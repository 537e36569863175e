// Http2Session: one connection, on a session of the engine's.

import { EventEmitter } from 'events';
import { Buffer } from 'buffer';
import { inspect } from 'util';
import tls from 'tls';
import { asked, ev, op, text } from './engine.js';
import { checkFunction, checkInteger, checkNumber, checkObject, checkOctets, error, outOfRange, protocolError } from './errors.js';
import { afterSettings, checkSettings, initialSettings, settingsList } from './settings.js';
import { refresh, setIdleTimeout } from './timeout.js';
import { newHandle, sessions } from './registry.js';
import { Link } from './link.js';
import { socketProxy } from './socket.js';
import { onStreamEvent } from './dispatch.js';
import { cause, engine, flush, wake } from '#host';
import * as k from './symbols.js';

const { kHandle, kLink, kMaybeDestroy, kOptions, kSocket, kState, kUpdateTimer } = k;

export const CLIENT = 1, SERVER = 0;

export class Http2Session extends EventEmitter {
  /**
   * @param api the flavour (flavours.js)
   * @param type SERVER or CLIENT
   */
  constructor(api, type, options, socket) {
    super();
    if (socket[k.kBound] !== undefined) throw error('ERR_HTTP2_SOCKET_BOUND');
    socket[k.kBound] = this;
    socket.on('error', onSocketError);
    socket.on('close', onSocketClose);
    this[k.kApi] = api;
    this[k.kType] = type;
    this[kOptions] = options;
    this[kSocket] = socket;
    this[k.kProxySocket] = null;
    this[k.kTimeout] = null;
    this[kHandle] = undefined;
    this[kState] = {
      ready: false, closed: false, destroyed: false, destroyCode: 0, goawayCode: null, goawayLastStreamID: null,
      streams: new Set(), pendingStreams: new Set(), settings: [], pings: [], pendingAck: 0, originSet: undefined,
      local: undefined, remote: undefined, heard: false, sent: 0, failing: false,
    };
    socket.setNoDelay?.();
    socket.disableRenegotiation?.();
    if (socket.connecting || socket.secureConnecting) {
      socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => {
        try {
          this._begin(socket);
        } catch (e) {
          socket.destroy(e);
        }
      });
    } else this._begin(socket);
  }

  /** The socket is connected: begins the engine's session. */
  _begin(socket) {
    const options = this[kOptions], state = this[kState];
    if (this.destroyed) {
      process.nextTick(emit, this, 'connect', this, socket);
      return;
    }
    const settings = typeof options.settings === 'object' ? options.settings : {};
    checkSettings(settings, this[k.kApi].seed);
    state.ready = true;
    state.pendingAck++;
    state.settings.push({ at: performance.now() });
    this[k.kAlpn] = socket.encrypted ? socket.alpnProtocol : 'h2c';
    this[k.kEncrypted] = socket.encrypted === true;
    const handle = this[kHandle] = newHandle();
    sessions.set(handle, this);
    if (typeof options.selectPadding === 'function') asked.set(handle, options.selectPadding);
    this[kLink] = new Link(handle, socket, this.type === SERVER, this[k.kApi].config(options, settingsList(settings)));
    if (this.type === SERVER && Array.isArray(options.origins)) this.origin(...options.origins);
    process.nextTick(emit, this, 'connect', this, socket);
    // Listeners for what comes first may be added until then.
    process.nextTick(() => { if (!this.destroyed) this[kLink].read(); });
  }

  get encrypted() { return this[k.kEncrypted]; }
  get alpnProtocol() { return this[k.kAlpn]; }
  get connecting() { return !this[kState].ready; }
  get closed() { return this[kState].closed; }
  get destroyed() { return this[kState].destroyed; }
  get type() { return this[k.kType]; }
  get goawayCode() { return this[kState].goawayCode || 0; }
  get goawayLastStreamID() { return this[kState].goawayLastStreamID || 0; }
  get pendingSettingsAck() { return this[kState].pendingAck > 0; }
  get originSet() { return !this.encrypted || this.destroyed ? undefined : Array.from(this._origins()); }

  get socket() {
    if (this[k.kProxySocket] === null) this[k.kProxySocket] = new Proxy(this, socketProxy);
    return this[k.kProxySocket];
  }

  get state() {
    if (this.connecting || this.destroyed) return {};
    const [effectiveLocalWindowSize, effectiveRecvDataLength, nextStreamID, localWindowSize, lastProcStreamID,
      remoteWindowSize, outboundQueueSize, deflateDynamicTableSize, inflateDynamicTableSize] = this._ask(op.state, this[kHandle]);
    return { effectiveLocalWindowSize, effectiveRecvDataLength, nextStreamID, localWindowSize, lastProcStreamID,
      remoteWindowSize, outboundQueueSize, deflateDynamicTableSize, inflateDynamicTableSize };
  }

  get localSettings() { return this.destroyed || this.connecting ? this[kState].local ?? {} : this[kState].local ??= initialSettings(); }

  get remoteSettings() {
    if (this.destroyed || this.connecting) return this[kState].remote ?? {};
    return this[kState].remote ??= { ...initialSettings(), maxConcurrentStreams: this[kOptions].peerMaxConcurrentStreams ?? 100 };
  }

  /** Numbers that the engine knows. */
  _ask(command, handle) {
    engine.u8(command).u32(handle);
    const e = engine.call().find((x) => x.kind === ev.state || x.kind === ev.streamState);
    if (e === undefined) return [];
    const v = new DataView(e.data.buffer, e.data.byteOffset, e.data.byteLength);
    return Array.from({ length: e.data.length / 4 }, (_, i) => v.getUint32(4 * i, true));
  }

  /** A command that may be refused at once: throws what the engine says. */
  _do(code = 'ERR_HTTP2_ERROR') {
    const e = engine.call().find((x) => x.kind === ev.failed);
    wake();
    if (e !== undefined) throw error(code, text(e.data));
  }

  [kUpdateTimer]() {
    if (!this.destroyed) refresh(this);
  }

  [inspect.custom](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this;
    const { type, closed, destroyed, state, localSettings, remoteSettings } = this;
    return `Http2Session ${inspect({ type, closed, destroyed, state, localSettings, remoteSettings }, options)}`;
  }

  setNextStreamID(id) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    checkNumber(id, 'id');
    if (id <= 0 || id > 2 ** 32 - 1) throw outOfRange('id', `> 0 and <= ${2 ** 32 - 1}`, id);
    cause('setNextStreamID').u8(op.nextID).u32(this[kHandle]).u32(id);
    this._do();
  }

  setLocalWindowSize(windowSize) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    checkInteger(windowSize, 'windowSize', 0, 2 ** 31 - 1);
    cause('setLocalWindowSize').u8(op.window).u32(this[kHandle]).u32(windowSize);
    this._do();
  }

  ping(payload, callback) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    if (typeof payload === 'function') [payload, callback] = [undefined, payload];
    if (payload) {
      checkOctets(payload, 'payload');
      if (payload.byteLength !== 8) throw error('ERR_HTTP2_PING_LENGTH');
    }
    checkFunction(callback, 'callback');
    if (this.connecting || this.closed) {
      process.nextTick(callback, error('ERR_HTTP2_PING_CANCEL'));
      return undefined;
    }
    const { pings } = this[kState];
    if (pings.length >= (this[kOptions].maxOutstandingPings ?? 10)) {
      callback(error('ERR_HTTP2_PING_CANCEL'));
      return false;
    }
    const at = performance.now(), octets = Buffer.alloc(8);
    if (payload) octets.set(new Uint8Array(payload.buffer, payload.byteOffset, 8));
    else octets.writeDoubleBE(at);
    pings.push({ callback, at });
    cause('ping').u8(op.ping).u32(this[kHandle]).octets(octets);
    wake();
    return true;
  }

  settings(settings, callback) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    checkObject(settings, 'settings');
    checkSettings(settings, this[k.kApi].seed);
    if (callback) checkFunction(callback, 'callback');
    const state = this[kState], list = settingsList({ ...settings });
    state.pendingAck++;
    const send = () => {
      if (this.destroyed) return;
      this[kUpdateTimer]();
      if (state.settings.length >= (this[kOptions].maxOutstandingSettings ?? 10)) {
        this.destroy(error('ERR_HTTP2_MAX_PENDING_SETTINGS_ACK'));
        return;
      }
      state.settings.push({ callback, at: performance.now() });
      cause('settings').u8(op.settings).u32(this[kHandle]).settings(list);
      wake();
    };
    if (this.connecting) this.once('connect', send);
    else send();
  }

  goaway(code = 0, lastStreamID = 0, opaqueData) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    if (opaqueData !== undefined) checkOctets(opaqueData, 'opaqueData');
    checkNumber(code, 'code');
    checkNumber(lastStreamID, 'lastStreamID');
    const octets = opaqueData === undefined ? Buffer.alloc(0) : Buffer.from(opaqueData.buffer, opaqueData.byteOffset, opaqueData.byteLength);
    const send = () => {
      if (this.destroyed) return;
      this[kUpdateTimer]();
      cause('goaway').u8(op.goaway).u32(this[kHandle]).u32(code).u32(Math.max(0, lastStreamID)).octets(octets);
      wake();
    };
    if (this.connecting) this.once('connect', send);
    else send();
  }

  destroy(why = 0, code) {
    if (this.destroyed) return;
    if (typeof why === 'number') {
      code = why;
      why = code === 0 ? undefined : this._codeError(code);
    }
    if (code === undefined && why != null) code = 2;
    closeSession(this, code, why);
  }

  _emitError(e) { this.emit('error', e); }
  _socketError() { return false; }
  _codeError(code) { return error('ERR_HTTP2_SESSION_ERROR', code); }

  close(callback) {
    if (this.closed || this.destroyed) return;
    this[kState].closed = true;
    if (typeof callback === 'function') this.once('close', callback);
    this.goaway();
    this[kMaybeDestroy]();
  }

  [EventEmitter.captureRejectionSymbol](err, event, ...args) {
    if (event === 'stream') args[0].destroy(err);
    else this.destroy(err);
  }

  /** Destroys a session that was closed and has no stream any more. */
  [kMaybeDestroy](why) {
    if (why == null) {
      const { closed, destroyed, streams, pendingStreams } = this[kState];
      if (!closed || destroyed || streams.size > 0 || pendingStreams.size > 0) return;
      if (this[kHandle] !== undefined && engine.waiting) { // what is queued goes first
        setImmediate(() => this[kMaybeDestroy]());
        return;
      }
    }
    this.destroy(why);
  }

  _onTimeout() {
    if (!this.destroyed) this.emit('timeout');
  }

  ref() { this[kSocket]?.ref?.(); }
  unref() { this[kSocket]?.unref?.(); }

  // what the engine says

  /** An event for this session, or one of its streams. */
  [k.kEvent](e) {
    const state = this[kState];
    switch (e.kind) {
      case ev.write:
        state.sent++;
        this[kLink].write(e.data);
        return;
      case ev.more: if (!this[kLink].held) wake(); return;
      case ev.deadline: this[kLink].deadline(new DataView(e.data.buffer, e.data.byteOffset).getFloat64(0, true)); return;
      case ev.closeTransport: case ev.close: this._gone(); return;
    }
    if (this.destroyed) return;
    switch (e.kind) {
      case ev.localSettings: this._acknowledged(e); break;
      case ev.remoteSettings:
        this[kUpdateTimer]();
        // The first SETTINGS that names no limit says that there is none.
        state.remote = afterSettings(state.heard ? this.remoteSettings : initialSettings(), e.data, this[kOptions].remoteCustomSettings);
        state.heard = true;
        this.emit('remoteSettings', state.remote);
        break;
      case ev.goaway: this._goaway(e.a, e.b, e.data.length > 0 ? Buffer.from(e.data) : undefined); break;
      case ev.ping:
        this[kUpdateTimer]();
        this.emit('ping', Buffer.from(e.data));
        break;
      case ev.pingAck: {
        const p = state.pings.shift();
        p?.callback(null, performance.now() - p.at, Buffer.from(e.data));
        break;
      }
      case ev.altsvc:
        this[kUpdateTimer]();
        this.emit('altsvc', Buffer.from(e.data).toString('latin1'), e.fields[0] ?? '', e.a);
        break;
      case ev.origin: this._originsCame(e.fields.filter((_, i) => i % 2 === 0)); break;
      case ev.error: this._fail(e.a, text(e.data)); break;
      case ev.shutdown: this.emit('shutdown'); break;
      case ev.limit: case ev.connect: case ev.streamError: case ev.unknown: break;
      default: onStreamEvent(this, e);
    }
  }

  _acknowledged(e) {
    const state = this[kState], s = state.settings.shift();
    state.pendingAck--;
    state.local = afterSettings(this.localSettings, e.data);
    if (typeof s?.callback === 'function') s.callback(null, state.local, performance.now() - s.at);
    this.emit('localSettings', state.local);
  }

  _goaway(code, last, data) {
    const state = this[kState];
    state.goawayCode = code;
    state.goawayLastStreamID = last;
    this.emit('goaway', code, last, data);
    if (code === 0) this.close();
    else this.destroy(this._codeError(code), 0);
  }

  /** The peer broke a rule; the engine has said so to it. */
  _fail(code, reason) {
    this[kState].failing = true;
    const [message, errno] = reason.includes('connection preface') ? ['Received bad client magic byte string', -903] : asNghttp2(code);
    this.destroy(protocolError(message, errno, reason));
  }

  /** The engine wants no transport any more. */
  _gone() {
    const finish = this[kState].finish;
    this[kState].finish = undefined;
    if (finish) finish();
    else if (!this.destroyed) this.destroy();
  }

  _origins() {
    const state = this[kState];
    if (state.originSet === undefined) {
      const socket = this[kSocket];
      let host = socket.servername;
      if (host === null || host === undefined || host === false) host = socket.remoteFamily === 'IPv6' ? `[${socket.remoteAddress}]` : socket.remoteAddress;
      const port = socket.remotePort == null ? '' : `:${socket.remotePort}`;
      state.originSet = new Set([new URL(`https://${host}${port}`).origin]);
    }
    return state.originSet;
  }

  _originsCame(origins) {
    this[kUpdateTimer]();
    if (!this.encrypted || this.destroyed) return;
    const set = this._origins();
    for (const o of origins) set.add(o);
    this.emit('origin', origins);
  }
}

Object.defineProperty(Http2Session.prototype, 'setTimeout', { configurable: true, enumerable: true, writable: true, value: setIdleTimeout });

/** An error code as nghttp2's number and words for what led to it. */
function asNghttp2(code) {
  switch (code) {
    case 3: return ['Flow control error', -524];
    case 5: return ['Stream was already closed or invalid', -510];
    case 6: return ['The length of the frame is invalid', -522];
    case 9: return ['Header compression/decompression error', -523];
    case 11: return ['Flooding was detected in this HTTP/2 session, and it must be closed', -904];
  }
  return ['Protocol error', -505];
}

export const emit = (emitter, ...args) => emitter.emit(...args);

function emitClose(session, why, socket) {
  if (why) session._emitError(why, socket);
  session.emit('close');
}

/** Ends a session: its streams, what waits for answers, and the transport. */
export function closeSession(session, code, why) {
  const state = session[kState], socket = session[kSocket], handle = session[kHandle];
  state.destroyed = true;
  state.destroyCode = code;
  clearTimeout(session[k.kTimeout]);
  session[k.kTimeout] = null;
  session.removeAllListeners('timeout');
  if (state.pendingStreams.size > 0 || state.streams.size > 0) {
    const cancel = session._cancelError(why);
    for (const s of state.pendingStreams) s.destroy(cancel);
    for (const s of state.streams) s.destroy(why);
  }
  for (const p of state.pings.splice(0)) setImmediate(p.callback, error('ERR_HTTP2_PING_CANCEL'));
  for (const s of state.settings.splice(0)) if (s.callback) setImmediate(s.callback, error('ERR_HTTP2_SETTINGS_CANCEL'));
  if (handle === undefined || socket.destroyed) {
    session[kLink]?.end(session.type === SERVER ? 'client' : 'server', why ? String(why.message) : '');
    finishClose(session, why);
    return;
  }
  state.finish = () => finishClose(session, why);
  cause('destroy').u8(op.destroy).u32(handle).u32(code ?? 0);
  flush();
}

function finishClose(session, why) {
  const socket = session[kSocket], handle = session[kHandle];
  session[k.kProxySocket] = undefined;
  session[kSocket] = undefined;
  session[kHandle] = undefined;
  if (handle !== undefined) {
    asked.delete(handle);
    session[kLink].end('', '');
    // Events that were under way when it ended find nobody.
    sessions.delete(handle);
  }
  socket[k.kBound] = undefined;
  socket[k.kServer] = undefined;
  if (socket.destroyed) {
    process.nextTick(emitClose, session, why, socket);
    return;
  }
  socket.on('close', () => emitClose(session, why, socket));
  if (session.closed) socket.resume(); // to see the peer's end
  socket.end(() => {
    if (!session.closed) setImmediate(() => socket.destroy(why));
  });
}

function onSocketError(e) {
  const session = this[k.kBound];
  if (session === undefined) return;
  if (session._socketError(e, this)) {
    session.destroy();
    return;
  }
  // After its GOAWAY the peer may go as it likes.
  if ((e.code === 'ECONNRESET' || e.code === 'EPIPE') && session[kState].goawayCode !== null) session.destroy();
  else session.destroy(e);
}

function onSocketClose() {
  const session = this[k.kBound];
  if (session === undefined) return;
  const why = session.connecting ? error('ERR_SOCKET_CLOSED') : null, { streams, pendingStreams } = session[kState];
  for (const s of streams) s.close(8);
  for (const s of pendingStreams) s.close(8);
  session.close();
  closeSession(session, 0, why);
}
