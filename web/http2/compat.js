// The Compatibility API: requests and responses as Node's http has them, on
// server streams.

import { Readable, Stream } from 'stream';
import { checkFunction, checkString, error, invalidType, invalidValue, isToken } from './errors.js';
import { authorityOf, inRequest } from './headers.js';
import { streamSocketProxy } from './compat_socket.js';
import * as k from './symbols.js';

const { kProxySocket, kRequest, kResponse, kState } = k;
const kStream = Symbol('stream'), kHeaders = Symbol('headers'), kTrailers = Symbol('trailers'), kRaw = Symbol('raw');

// What HTTP/2 has not is said once.
const said = new Set();
function warn(text) {
  if (said.has(text)) return;
  said.add(text);
  process.emitWarning(text, 'UnsupportedWarning');
}

const warnStatusMessage = () => warn('Status message is not supported by HTTP/2 (RFC7540 8.1.2.4)');
const warnConnection = () => warn('The provided connection header is not valid, the value will be dropped from the header and will never be in use.');
const connectionAllowed = (name, value) => name !== 'connection' || value === 'trailers';
const normal = (name) => name.trim().toLowerCase();

function checkHeader(name, value) {
  if (name === '' || typeof name !== 'string' || name.includes(' ')) throw error('ERR_INVALID_HTTP_TOKEN', 'Header name', name);
  if (/^:(status|method|path|authority|scheme)$/.test(name)) throw error('ERR_HTTP2_PSEUDOHEADER_NOT_ALLOWED');
  if (value === undefined || value === null) throw error('ERR_HTTP2_INVALID_HEADER_VALUE', value, name);
  if (!connectionAllowed(name, value)) warnConnection();
}

// Listeners on the stream of a request.

function onData(chunk) {
  if (this[kRequest] && !this[kRequest].push(chunk)) this.pause();
}

function onTrailers(trailers, flags, raw) {
  const request = this[kRequest];
  if (!request) return;
  Object.assign(request[kTrailers], trailers);
  request[kRaw].trailers.push(...raw);
}

function onEnd() { this[kRequest]?.push(null); }
function onError() {} // they are not for requests and responses

function onAborted() {
  const request = this[kRequest];
  if (!request || request[kState].closed) return;
  request[kState].aborted = true;
  request.emit('aborted');
}

function onRequestClose() {
  const request = this[kRequest];
  if (!request) return;
  const state = request[kState];
  state.closed = true;
  request.push(null);
  // Nobody reads: it is dropped, as in HTTP/1.
  if (!state.didRead && !request._readableState.resumeScheduled) request.resume();
  this[kProxySocket] = null;
  this[kRequest] = undefined;
  request.emit('close');
}

const onTimeout = (which) => function timeout() { this[which]?.emit('timeout'); };

export class Http2ServerRequest extends Readable {
  constructor(stream, headers, options, rawHeaders) {
    super({ autoDestroy: false, ...options });
    this[kState] = { closed: false, didRead: false, aborted: false };
    this[kHeaders] = headers;
    this[kTrailers] = {};
    this[kRaw] = { headers: rawHeaders, trailers: [] };
    this[kStream] = stream;
    stream[kProxySocket] = null;
    stream[kRequest] = this;
    stream.on('trailers', onTrailers);
    stream.on('end', onEnd);
    stream.on('error', onError);
    stream.on('aborted', onAborted);
    stream.on('close', onRequestClose);
    stream.on('timeout', onTimeout(kRequest));
    this.on('pause', () => stream.pause());
    this.on('resume', () => stream.resume());
  }

  get aborted() { return this[kState].aborted; }
  get complete() { return this.aborted || this.readableEnded || this[kState].closed || this[kStream].destroyed; }
  get stream() { return this[kStream]; }
  get headers() { return this[kHeaders]; }
  get rawHeaders() { return this[kRaw].headers; }
  get trailers() { return this[kTrailers]; }
  get rawTrailers() { return this[kRaw].trailers; }
  get httpVersionMajor() { return 2; }
  get httpVersionMinor() { return 0; }
  get httpVersion() { return '2.0'; }
  get socket() { return socketOf(this[kStream]); }
  get connection() { return this.socket; }
  get authority() { return authorityOf(this[kHeaders]); }
  get scheme() { return this[kHeaders][':scheme']; }
  get method() { return this[kHeaders][':method']; }

  set method(method) {
    checkString(method, 'method');
    if (method.trim() === '') throw invalidValue('method', method);
    this[kHeaders][':method'] = method;
  }

  get url() { return this[kHeaders][':path']; }
  set url(url) { this[kHeaders][':path'] = url; }

  _read() {
    const state = this[kState];
    if (!state.didRead) {
      state.didRead = true;
      this[kStream].on('data', onData);
    } else process.nextTick((stream) => stream.resume(), this[kStream]);
  }

  setTimeout(msecs, callback) {
    if (!this[kState].closed) this[kStream].setTimeout(msecs, callback);
    return this;
  }
}

function socketOf(stream) {
  if (stream[kProxySocket] === null) stream[kProxySocket] = new Proxy(stream, streamSocketProxy);
  return stream[kProxySocket];
}

// Listeners on the stream of a response.

function onWantTrailers() { this.sendTrailers(this[kResponse][kTrailers]); }
function onDrain() { this[kResponse]?.emit('drain'); }

function onResponseClose() {
  const response = this[kResponse];
  if (!response) return;
  const state = response[kState];
  if (this.headRequest !== state.headRequest) return;
  state.closed = true;
  this[kProxySocket] = null;
  this.removeListener('wantTrailers', onWantTrailers);
  this[kResponse] = undefined;
  response.emit('finish');
  response.emit('close');
}

export class Http2ServerResponse extends Stream {
  constructor(stream, options) {
    super(options);
    this[kState] = { closed: false, ending: false, destroyed: false, headRequest: false, sendDate: true, statusCode: 200 };
    this[kHeaders] = Object.create(null);
    this[kTrailers] = Object.create(null);
    this[kStream] = stream;
    stream[kProxySocket] = null;
    stream[kResponse] = this;
    this.writable = true;
    this.req = stream[kRequest];
    stream.on('drain', onDrain);
    stream.on('close', onResponseClose);
    stream.on('wantTrailers', onWantTrailers);
    stream.on('timeout', onTimeout(kResponse));
  }

  get _header() { return this.headersSent; }
  get writableEnded() { return this[kState].ending; }
  get finished() { return this[kState].ending; }
  get socket() { return this[kState].closed ? undefined : socketOf(this[kStream]); }
  get connection() { return this.socket; }
  get stream() { return this[kStream]; }
  get headersSent() { return this[kStream].headersSent; }
  get sendDate() { return this[kState].sendDate; }
  set sendDate(on) { this[kState].sendDate = Boolean(on); }
  get writableCorked() { return this[kStream].writableCorked; }
  get writableHighWaterMark() { return this[kStream].writableHighWaterMark; }
  get writableFinished() { return this[kStream].writableFinished; }
  get writableLength() { return this[kStream].writableLength; }
  get statusCode() { return this[kState].statusCode; }

  set statusCode(code) {
    code |= 0;
    if (code >= 100 && code < 200) throw error('ERR_HTTP2_INFO_STATUS_NOT_ALLOWED');
    if (code < 100 || code > 599) throw error('ERR_HTTP2_STATUS_INVALID', code);
    this[kState].statusCode = code;
  }

  get statusMessage() {
    warnStatusMessage();
    return '';
  }

  set statusMessage(_) { warnStatusMessage(); }

  setTrailer(name, value) {
    checkString(name, 'name');
    name = normal(name);
    checkHeader(name, value);
    this[kTrailers][name] = value;
  }

  addTrailers(headers) {
    for (const name of Object.keys(headers)) this.setTrailer(name, headers[name]);
  }

  getHeader(name) {
    checkString(name, 'name');
    return this[kHeaders][normal(name)];
  }

  getHeaderNames() { return Object.keys(this[kHeaders]); }
  getHeaders() { return Object.assign(Object.create(null), this[kHeaders]); }

  hasHeader(name) {
    checkString(name, 'name');
    return Object.hasOwn(this[kHeaders], normal(name));
  }

  removeHeader(name) {
    checkString(name, 'name');
    if (this[kStream].headersSent) throw error('ERR_HTTP2_HEADERS_SENT');
    name = normal(name);
    if (name === 'date') this[kState].sendDate = false;
    else delete this[kHeaders][name];
  }

  setHeader(name, value) {
    checkString(name, 'name');
    if (this[kStream].headersSent) throw error('ERR_HTTP2_HEADERS_SENT');
    put(this, name, value, false);
  }

  appendHeader(name, value) {
    checkString(name, 'name');
    if (this[kStream].headersSent) throw error('ERR_HTTP2_HEADERS_SENT');
    put(this, name, value, true);
  }

  flushHeaders() {
    if (!this[kState].closed && !this[kStream].headersSent) this.writeHead(this[kState].statusCode);
  }

  writeHead(statusCode, statusMessage, headers) {
    const state = this[kState], stream = this[kStream];
    if (state.closed || stream.destroyed || stream.closed) return this;
    if (stream.headersSent) throw error('ERR_HTTP2_HEADERS_SENT');
    if (typeof statusMessage === 'string') warnStatusMessage();
    if (headers === undefined && typeof statusMessage === 'object') headers = statusMessage;
    if (Array.isArray(headers)) putPairs(this, headers);
    else if (typeof headers === 'object' && headers !== null) for (const name of Object.keys(headers)) put(this, name, headers[name], false);
    state.statusCode = statusCode;
    this[kHeaders][':status'] = statusCode;
    stream.respond(this[kHeaders], { endStream: state.ending, waitForTrailers: true, sendDate: state.sendDate });
    return this;
  }

  cork() { this[kStream].cork(); }
  uncork() { this[kStream].uncork(); }

  write(chunk, encoding, callback) {
    const state = this[kState], stream = this[kStream];
    if (typeof encoding === 'function') [callback, encoding] = [encoding, 'utf8'];
    let wrong;
    if (state.ending) wrong = error('ERR_STREAM_WRITE_AFTER_END');
    else if (state.closed) wrong = error('ERR_HTTP2_INVALID_STREAM');
    else if (state.destroyed) return false;
    if (wrong) {
      if (typeof callback === 'function') process.nextTick(callback, wrong);
      this.destroy(wrong);
      return false;
    }
    if (!stream.headersSent) this.writeHead(state.statusCode);
    return stream.write(chunk, encoding, callback);
  }

  end(chunk, encoding, callback) {
    const stream = this[kStream], state = this[kState];
    if (typeof chunk === 'function') [callback, chunk] = [chunk, null];
    else if (typeof encoding === 'function') [callback, encoding] = [encoding, 'utf8'];
    if ((state.closed || state.ending) && state.headRequest === stream.headRequest) {
      if (typeof callback === 'function') process.nextTick(callback);
      return this;
    }
    if (chunk !== null && chunk !== undefined) this.write(chunk, encoding);
    state.headRequest = stream.headRequest;
    state.ending = true;
    if (typeof callback === 'function') (stream.writableEnded ? this : stream).once('finish', callback);
    if (!stream.headersSent) this.writeHead(state.statusCode);
    if (state.closed || stream.destroyed) onResponseClose.call(stream);
    else stream.end();
    return this;
  }

  destroy(e) {
    if (this[kState].destroyed) return;
    this[kState].destroyed = true;
    this[kStream].destroy(e);
  }

  setTimeout(msecs, callback) {
    if (!this[kState].closed) this[kStream].setTimeout(msecs, callback);
  }

  createPushResponse(headers, callback) {
    checkFunction(callback, 'callback');
    if (this[kState].closed) {
      process.nextTick(callback, error('ERR_HTTP2_INVALID_STREAM'));
      return;
    }
    this[kStream]._push(headers, {}, (err, stream) => {
      if (err) callback(err);
      else callback(null, pushed(stream));
    });
  }

  writeContinue() {
    if (this[kStream].headersSent || this[kState].closed) return false;
    this[kStream].additionalHeaders({ ':status': 100 });
    return true;
  }

  writeEarlyHints(hints) {
    if (hints === null || typeof hints !== 'object' || Array.isArray(hints)) throw invalidType('hints', 'Object', hints);
    const link = linkValue(hints.link);
    if (link.length === 0) return false;
    const stream = this[kStream];
    if (stream.headersSent || this[kState].closed) return false;
    const headers = Object.assign(Object.create(null), hints);
    delete headers.link;
    stream.additionalHeaders({ ...headers, ':status': 103, Link: link });
    return true;
  }
}

/** The response of a push. A bundler renames a class that names itself. */
const pushed = (stream) => new Http2ServerResponse(stream);

/** Sets a header of a response, or adds to it. */
function put(response, name, value, add) {
  name = normal(name);
  checkHeader(name, value);
  if (!connectionAllowed(name, value)) return;
  if (name[0] === ':') inRequest(name);
  else if (!isToken(name)) response.destroy(error('ERR_INVALID_HTTP_TOKEN', 'Header name', name));
  const headers = response[kHeaders];
  headers[name] = add && headers[name] ? [].concat(headers[name], value) : value;
}

/** writeHead's headers as pairs, or flat: they override, but may repeat. */
function putPairs(response, list) {
  const pairs = [];
  if (Array.isArray(list[0])) pairs.push(...list);
  else {
    if (list.length % 2 !== 0) throw invalidValue('headers', list);
    for (let i = 0; i < list.length; i += 2) pairs.push([list[i], list[i + 1]]);
  }
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs) put(response, name, value, true);
}

const link = /^(?:<[^>]*>)(?:\s*;\s*[^;"\s]+(?:=(")?[^;"\s]*\1)?)*$/;

function linkValue(value) {
  const one = (v) => {
    if (typeof v !== 'string' || !link.test(v)) throw invalidValue('hints', v, 'must be an array or string of format "</styles.css>; rel=preload; as=style"');
    return v;
  };
  if (typeof value === 'string') return one(value);
  if (Array.isArray(value)) return value.map(one).join(', ');
  throw invalidValue('hints', value, 'must be an array or string of format "</styles.css>; rel=preload; as=style"');
}

/** A stream of a server's whose program listens for requests. */
export function onServerStream(server, Request, Response, stream, headers, flags, rawHeaders) {
  const request = new Request(stream, headers, undefined, rawHeaders);
  const response = new Response(stream);
  const refuse = (status) => {
    response.statusCode = status;
    response.end();
  };
  if (headers[':method'] === 'CONNECT') {
    if (!server.emit('connect', request, response)) refuse(405);
  } else if (headers.expect === '100-continue') {
    if (server.listenerCount('checkContinue') > 0) server.emit('checkContinue', request, response);
    else {
      response.writeContinue();
      server.emit('request', request, response);
    }
  } else if (headers.expect !== undefined) {
    if (server.listenerCount('checkExpectation') > 0) server.emit('checkExpectation', request, response);
    else refuse(417);
  } else server.emit('request', request, response);
}

