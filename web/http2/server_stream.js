// The server's streams.

import { ev, op, text } from './engine.js';
import { checkFunction, checkObject, error, protocolError } from './errors.js';
import { authorityOf, copyHeaders, inResponse, noPayload, responseHeaders, toFields } from './headers.js';
import { priorityOptions, wireWeight } from './priority.js';
import { HAS_TRAILERS, HEAD_REQUEST, HEADERS_SENT, Http2Stream } from './stream.js';
import { respondWithFD, respondWithFile } from './file.js';
import { newHandle } from './registry.js';
import { utcDate } from './date.js';
import { cause, engine, wake } from '#host';
import * as k from './symbols.js';

const { kHandle, kID, kSession, kState, kUpdateTimer } = k;

export class ServerHttp2Stream extends Http2Stream {
  constructor(session, id, handle, headers) {
    super(session);
    this[k.kInit](id, handle);
    this[k.kProtocol] = headers[':scheme'];
    this[k.kAuthority] = authorityOf(headers);
  }

  get pushAllowed() {
    return !this.destroyed && !this.closed && !this.session.closed && !this.session.destroyed && this[kSession].remoteSettings.enablePush;
  }

  _usable() {
    if (this.destroyed || this.closed) throw error('ERR_HTTP2_INVALID_STREAM');
    if (this.headersSent) throw error('ERR_HTTP2_HEADERS_SENT');
  }

  pushStream(headers, options, callback) { this._push(headers, options, callback); }

  /** Promises a stream; callback(err, stream, headers, flags). */
  _push(headers, options, callback) {
    if (!this.pushAllowed) throw error('ERR_HTTP2_PUSH_DISABLED');
    if (this[kID] % 2 === 0) throw error('ERR_HTTP2_NESTED_PUSH');
    this[kUpdateTimer]();
    if (typeof options === 'function') [callback, options] = [options, undefined];
    checkFunction(callback, 'callback');
    checkObject(options, 'options');
    checkObject(headers, 'headers');
    const o = { ...options }, all = copyHeaders(headers);
    let end = Boolean(o.endStream);
    if (all[':method'] === undefined) all[':method'] = 'GET';
    if (authorityOf(all) === undefined) all[':authority'] = this[k.kAuthority];
    if (all[':scheme'] === undefined) all[':scheme'] = this[k.kProtocol];
    if (all[':path'] === undefined) all[':path'] = '/';
    const head = all[':method'] === 'HEAD';
    if (head) end = true;
    const fields = toFields(all), handle = newHandle();
    cause('pushStream').u8(op.push).u32(this[kHandle]).u32(handle).fields(fields);
    const answer = engine.call();
    wake();
    const ready = answer.find((e) => e.kind === ev.ready && e.stream === handle);
    if (ready === undefined) {
      const why = answer.find((e) => e.kind === ev.failed);
      process.nextTick(callback, protocolError(why ? text(why.data) : 'the push was refused', -505));
      return;
    }
    const stream = new (this[kSession][k.kApi].ServerHttp2Stream)(this[kSession], ready.a, handle, all);
    stream[k.kSentHeaders] = all;
    stream.push(null);
    if (o.weight !== undefined || o.parent !== undefined || o.exclusive !== undefined) {
      const p = priorityOptions(o);
      engine.u8(op.priority).u32(handle).u32(p.parent).u32(wireWeight(p.weight)).u8(p.exclusive ? 1 : 0).u8(1);
    }
    if (end) stream.end();
    if (head) stream[kState].flags |= HEAD_REQUEST;
    process.nextTick(callback, null, stream, all, 0);
  }

  respond(headers, options) {
    this._usable();
    checkObject(options, 'options');
    const o = { ...options }, state = this[kState];
    this[kUpdateTimer]();
    checkObject(headers, 'headers');
    const all = responseHeaders(headers, o, utcDate), fields = toFields(all, inResponse);
    if (o.waitForTrailers) state.flags |= HAS_TRAILERS;
    this[k.kSentHeaders] = all;
    state.flags |= HEADERS_SENT;
    const end = Boolean(o.endStream) || noPayload(all[':status']) || this.headRequest;
    if (end) {
      state.endSent = true; // with the headers
      this.end();
    }
    this._sendResponse(fields, end, o.waitForTrailers);
  }

  /** Sends the headers; a body that was ended before has none. */
  _sendResponse(fields, end, trailers) {
    const state = this[kState];
    end ||= state.shut;
    cause('respond').u8(op.respond).u32(this[kHandle]).u8(end ? 1 : 0).fields(fields);
    if (end) state.endSent = true;
    else if (trailers) engine.u8(op.wantTrailers).u32(this[kHandle]);
    wake();
  }

  respondWithFD(fd, headers, options) { respondWithFD(this, fd, headers, options); }
  respondWithFile(path, headers, options) { respondWithFile(this, path, headers, options); }

  additionalHeaders(headers) {
    if (this.destroyed || this.closed) throw error('ERR_HTTP2_INVALID_STREAM');
    if (this.headersSent) throw error('ERR_HTTP2_HEADERS_AFTER_RESPOND');
    checkObject(headers, 'headers');
    const all = copyHeaders(headers);
    if (all[':status'] != null) {
      const status = all[':status'] |= 0;
      if (status === 101) throw error('ERR_HTTP2_STATUS_101');
      if (status < 100 || status >= 200) throw error('ERR_HTTP2_INVALID_INFO_STATUS', status);
    }
    this[kUpdateTimer]();
    const fields = toFields(all, inResponse);
    (this[k.kSentInfo] ??= []).push(all);
    cause('additionalHeaders').u8(op.info).u32(this[kHandle]).fields(fields);
    wake();
  }
}

// A body without headers begins the response by itself.
ServerHttp2Stream.prototype[k.kProceed] = ServerHttp2Stream.prototype.respond;
