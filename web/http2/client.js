// The client's session and its streams.

import { AsyncResource } from 'async_hooks';
import { ev, op, text, why } from './engine.js';
import { abortError, checkBoolean, checkObject, checkSignal, error, protocolError } from './errors.js';
import { authorityOf, copyHeaders, inRequest, payloadMeaningless, toFields } from './headers.js';
import { isToken } from './errors.js';
import { priorityOptions, wireWeight } from './priority.js';
import { CLIENT, Http2Session } from './session.js';
import { HAS_TRAILERS, HEADERS_SENT, Http2Stream } from './stream.js';
import { newHandle, streams } from './registry.js';
import { cause, engine, wake } from '#host';
import * as k from './symbols.js';

const { kHandle, kSession, kState, kUpdateTimer } = k;

export class ClientHttp2Session extends Http2Session {
  constructor(api, options, socket) {
    super(api, CLIENT, options, socket);
    this[kState].calls = null; // requests that wait for the connection
  }

  request(headers, options) {
    if (this.destroyed) throw error('ERR_HTTP2_INVALID_SESSION');
    if (this.closed) throw error('ERR_HTTP2_GOAWAY_SESSION');
    this[kUpdateTimer]();
    if (headers !== null && headers !== undefined) {
      for (const name of Object.keys(headers)) {
        if (name[0] === ':') inRequest(name);
        else if (name && !isToken(name)) this.destroy(error('ERR_INVALID_HTTP_TOKEN', 'Header name', name));
      }
    }
    checkObject(headers, 'headers');
    checkObject(options, 'options');
    const all = this._complete(copyHeaders(headers)), o = priorityOptions({ ...options });
    if (o.endStream === undefined) o.endStream = payloadMeaningless(all[':method']);
    else checkBoolean(o.endStream, 'options.endStream');
    const fields = toFields(all);
    checkSignal(o.signal, 'options.signal');
    const stream = new (this[k.kApi].ClientHttp2Stream)(this);
    stream[k.kSentHeaders] = all;
    stream[k.kOrigin] = `${all[':scheme']}://${authorityOf(all)}`;
    stream._remember();
    if (o.endStream) {
      stream[kState].endSent = true;
      stream.end();
    }
    if (o.waitForTrailers) stream[kState].flags |= HAS_TRAILERS;
    if (o.signal) abortable(stream, o.signal);
    const send = () => stream._request(fields, o);
    if (!this.connecting) send();
    else if (this[kState].calls !== null) this[kState].calls.push(send);
    else {
      this[kState].calls = [send];
      this.once('connect', () => {
        const { calls } = this[kState];
        this[kState].calls = null;
        for (const call of calls) call();
      });
    }
    return stream;
  }

  /** The pseudo-header fields that the program left out. */
  _complete(all) {
    all[':method'] ??= 'GET';
    if (all[':method'] !== 'CONNECT' || all[':protocol'] !== undefined) {
      if (authorityOf(all) === undefined) all[':authority'] = this[k.kAuthority];
      if (all[':scheme'] === undefined) all[':scheme'] = this[k.kProtocol].slice(0, -1);
      if (all[':path'] === undefined) all[':path'] = '/';
      return all;
    }
    if (all[':authority'] === undefined) throw error('ERR_HTTP2_CONNECT_AUTHORITY');
    if (all[':scheme'] !== undefined) throw error('ERR_HTTP2_CONNECT_SCHEME');
    if (all[':path'] !== undefined) throw error('ERR_HTTP2_CONNECT_PATH');
    return all;
  }

  /** A stream that the server promised. */
  _accept(handle, id) {
    const stream = new (this[k.kApi].ClientHttp2Stream)(this);
    stream[kState].pushed = stream[kState].endSent = true;
    stream[k.kInit](id, handle);
    return stream;
  }

  _misdirected(stream) { if (this.encrypted) this._origins().delete(stream[k.kOrigin]); }
  _cancelError(e) { return error('ERR_HTTP2_STREAM_CANCEL', e ? ` (caused by: ${e.message})` : ''); }
}

function abortable(stream, signal) {
  const abort = () => stream.destroy(abortError(signal.reason));
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', abort));
}

export class ClientHttp2Stream extends Http2Stream {
  constructor(session) {
    super(session);
    this[kState].flags |= HEADERS_SENT;
    this.on('headers', onHeaders);
  }

  /** Keeps the context of the request for its events. */
  _remember() { this[k.kAsync] = new AsyncResource('Http2Request'); }

  /** The connection is there: the request goes. */
  _request(fields, o) {
    const session = this[kSession];
    if (session === undefined || session.destroyed) return;
    if (session.closed) {
      this.destroy(error('ERR_HTTP2_GOAWAY_SESSION'));
      return;
    }
    const handle = newHandle(), given = o.parent !== 0 || o.exclusive || o.weight !== 16;
    cause('request').u8(op.request).u32(session[kHandle]).u32(handle).u8(o.endStream ? 1 : 0)
      .u32(given ? wireWeight(o.weight) : 0).u32(o.parent).u8(o.exclusive ? 1 : 0).fields(fields);
    if (o.waitForTrailers) engine.u8(op.wantTrailers).u32(handle);
    const answer = engine.call();
    wake();
    for (const e of answer) {
      if (e.stream !== handle) continue;
      if (e.kind === ev.ready) {
        this[k.kInit](e.a, handle);
        return;
      }
      if (e.kind === ev.failed) {
        this._refused(text(e.data), e.b);
        return;
      }
    }
    // The peer takes no more streams for now: the identifier comes later.
    this[kHandle] = handle;
    streams.set(handle, this);
  }

  _ready(id) { if (this.pending && !this.destroyed) this[k.kInit](id, this[kHandle]); }

  _refused(message, reason) {
    if (reason === why.exhausted) this.destroy(error('ERR_HTTP2_OUT_OF_STREAMS'));
    else if (reason === why.argument) this.destroy(error('ERR_HTTP2_STREAM_SELF_DEPENDENCY')); // the rest was checked
    else if (reason === why.ended || reason === why.goingAway) this.destroy(error('ERR_HTTP2_GOAWAY_SESSION'));
    else this.destroy(protocolError(message, -505));
  }
}

function onHeaders(headers) {
  if (headers[':status'] === 100) this.emit('continue');
}
