// The seed's sessions and streams, as additions to Node 20's.

import { Buffer } from 'buffer';
import { op } from './engine.js';
import { checkFunction, checkInteger, checkNumber, checkObject, error, invalidType } from './errors.js';
import { inTrailers, toFields } from './headers.js';
import { closeStream, HAS_TRAILERS } from './stream.js';
import { bind, cause, engine, wake } from '#host';
import * as k from './symbols.js';

const { kHandle, kSession, kSocket, kState } = k;
const max32 = 2 ** 32 - 1;

/** Http2Stream as the seed has it. */
export const seedStream = (Base) => class extends Base {
  constructor(...args) {
    super(...args);
    this.once('close', () => this.emit('streamClosed', this[kState].rstCode));
  }

  get rstCode() { return this.closed || this.destroyed ? this[kState].rstCode : undefined; }

  get state() {
    const { state, weight, sumDependencyWeight, localClose, remoteClose, localWindowSize } = super.state;
    return state === undefined ? {} : { localWindowSize, state, streamLocalClose: localClose, streamRemoteClose: remoteClose, sumDependencyWeight, weight };
  }

  rstStream(code = 0) {
    checkInteger(code, 'code', 0, max32);
    if (!this.closed && !this.destroyed) closeStream(this, code);
  }

  rstWithNoError() { this.rstStream(0); }
  rstWithProtocolError() { this.rstStream(1); }
  rstWithInternalError() { this.rstStream(2); }
  rstWithRefuse() { this.rstStream(7); }
  rstWithCancel() { this.rstStream(8); }

  // As the seed's examples spell them.
  rstWithRefused() { this.rstStream(7); }
  rstStreamWithCancel() { this.rstStream(8); }

  /** Any code but NO_ERROR is an error, CANCEL too, and the number names it. */
  _closeError(code) { return error('ERR_HTTP2_STREAM_ERROR', code); }
  _silent(code) { return code === 0; }

  /** Trailers are asked for when somebody listens. */
  _beforeEnd() {
    if (this.listenerCount('fetchTrailers') === 0) return;
    this[kState].flags |= HAS_TRAILERS;
    this._endedBy = bind((fields) => cause('end').u8(op.trailers).u32(this[kHandle]).fields(fields));
    engine.u8(op.wantTrailers).u32(this[kHandle]);
  }

  _trailersDue() {
    if (this.listenerCount('wantTrailers') > 0) { // the Compatibility API's
      super._trailersDue();
      return;
    }
    if (this.destroyed || this.closed) return;
    const trailers = Object.create(null);
    this.emit('fetchTrailers', trailers);
    if (this.destroyed) return;
    try {
      const fields = toFields(trailers, inTrailers);
      if (this._endedBy) this._endedBy(fields);
      else cause('respond').u8(op.trailers).u32(this[kHandle]).fields(fields);
    } catch (e) {
      this.destroy(e);
      return;
    }
    this[k.kSentTrailers] = trailers;
    this[kState].flags &= ~HAS_TRAILERS;
    wake();
    this[k.kMaybeDestroy]();
  }
};

/** A Settings Object without a prototype. */
const bare = (settings) => Object.assign(Object.create(null), settings);

/** Http2Session as the seed has it. */
export const seedSession = (Base) => class extends Base {
  get socket() { return this[kSocket]; }
  get localSettings() { return bare(super.localSettings); }
  get remoteSettings() { return bare(super.remoteSettings); }

  rstStream(stream, code = 0) {
    this._own(stream);
    stream.rstStream(code);
  }

  priority(stream, options) {
    this._own(stream);
    stream.priority(options);
  }

  _own(stream) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    if (typeof stream?.rstStream !== 'function') throw invalidType('stream', 'Http2Stream', stream);
    if (stream[kSession] !== this) throw error('ERR_HTTP2_INVALID_STREAM');
  }

  shutdown(options, callback) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    if (typeof options === 'function') [callback, options] = [options, undefined];
    checkObject(options, 'options');
    if (callback !== undefined) checkFunction(callback, 'callback');
    const { graceful = false, errorCode = 0, lastStreamID = 0, opaqueData = Buffer.alloc(0) } = options ?? {};
    checkInteger(errorCode, 'options.errorCode', 0, max32);
    checkNumber(lastStreamID, 'options.lastStreamID', 0);
    checkInteger(lastStreamID, 'options.lastStreamID', 0, max32);
    if (!(opaqueData instanceof Uint8Array)) throw invalidType('options.opaqueData', ['Buffer', 'Uint8Array'], opaqueData);
    const send = () => {
      if (this.destroyed) return;
      if (callback) this.once('shutdown', callback);
      cause('shutdown').u8(op.shutdown).u32(this[kHandle]).u8(graceful ? 1 : 0).u32(errorCode)
        .u32(Math.min(lastStreamID, 2 ** 31 - 1)).octets(opaqueData);
      wake();
    };
    if (this.connecting) this.once('connect', send);
    else send();
  }

  /** Where an error of the session goes: to its listeners, those of its socket
   *  and of its server, and where there are none, to the server's 'error'. */
  _emitError(e, socket) {
    const server = this[k.kOwnServer];
    let heard = false;
    if (socket?.listenerCount('sessionError') > 0) heard = socket.emit('sessionError', e, this);
    if (server?.listenerCount('sessionError') > 0) heard = server.emit('sessionError', e, this);
    if (this.listenerCount('error') > 0 || (!heard && (server === undefined || server[k.kSecure]))) this.emit('error', e);
    else if (!heard) server.emit('error', e, this);
  }

  /** Where an error of the socket goes. Returns whether it was handled. */
  _socketError(e, socket) {
    const server = this[k.kOwnServer];
    if (this.emit('socketError', e, socket)) return true;
    return server?.listenerCount('socketError') > 0 && server.emit('socketError', e, socket, this);
  }
};
