// A small HTTP/1.1 server, for clients that don't speak HTTP/2 to a server with
// allowHTTP1 (RFC 9112): bodies by content-length or chunked, one request after
// the other on a connection.

import { Server as NetServer } from './net.js';
import { Readable, Writable } from './stream.js';
import { Buffer } from './buffer.js';
import { coded } from './errors.js';

export const STATUS_CODES = Object.freeze({ 100: 'Continue', 101: 'Switching Protocols', 102: 'Processing', 103: 'Early Hints', 200: 'OK', 201: 'Created', 202: 'Accepted', 203: 'Non-Authoritative Information', 204: 'No Content',
  205: 'Reset Content', 206: 'Partial Content', 300: 'Multiple Choices', 301: 'Moved Permanently', 302: 'Found', 303: 'See Other', 304: 'Not Modified', 307: 'Temporary Redirect', 308: 'Permanent Redirect',
  400: 'Bad Request', 401: 'Unauthorized', 402: 'Payment Required', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 406: 'Not Acceptable', 408: 'Request Timeout', 409: 'Conflict', 410: 'Gone',
  411: 'Length Required', 412: 'Precondition Failed', 413: 'Payload Too Large', 414: 'URI Too Long', 415: 'Unsupported Media Type', 416: 'Range Not Satisfiable', 417: 'Expectation Failed', 421: 'Misdirected Request',
  422: 'Unprocessable Entity', 425: 'Too Early', 426: 'Upgrade Required', 428: 'Precondition Required', 429: 'Too Many Requests', 431: 'Request Header Fields Too Large',
  500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout', 505: 'HTTP Version Not Supported' });

export const METHODS = Object.freeze(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

export class IncomingMessage extends Readable {
  constructor(socket) {
    super();
    Object.assign(this, { socket, connection: socket, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1, headers: {}, rawHeaders: [], trailers: {}, rawTrailers: [], complete: false, aborted: false, url: '', method: null });
  }
  _read() {}
  setTimeout(ms, f) { this.socket.setTimeout(ms, f); return this; }
}

export class ServerResponse extends Writable {
  constructor(req) {
    super({ decodeStrings: true });
    Object.assign(this, { req, socket: req.socket, connection: req.socket, statusCode: 200, statusMessage: undefined, headersSent: false, sendDate: true });
    this._fields = new Map();
    this._chunked = false;
  }
  setHeader(name, value) {
    if (this.headersSent) throw coded(Error, 'ERR_HTTP_HEADERS_SENT', 'Cannot set headers after they are sent to the client');
    this._fields.set(String(name).toLowerCase(), [name, value]);
    return this;
  }
  getHeader(name) { return this._fields.get(name.toLowerCase())?.[1]; }
  getHeaders() { return Object.fromEntries([...this._fields].map(([k, [, v]]) => [k, v])); }
  getHeaderNames() { return [...this._fields.keys()]; }
  hasHeader(name) { return this._fields.has(name.toLowerCase()); }
  removeHeader(name) { this._fields.delete(name.toLowerCase()); }
  writeHead(status, message, headers) {
    if (typeof message === 'object') [message, headers] = [undefined, message];
    this.statusCode = status;
    this.statusMessage = message ?? this.statusMessage;
    for (const [k, v] of Object.entries(headers ?? {})) this.setHeader(k, v);
    this._head();
    return this;
  }
  writeContinue() { this.socket.write('HTTP/1.1 100 Continue\r\n\r\n'); }
  flushHeaders() { this._head(); }
  _head(length) {
    if (this.headersSent) return;
    const none = this.req.method === 'HEAD' || this.statusCode === 204 || this.statusCode === 304;
    if (this.sendDate && !this.hasHeader('date')) this.setHeader('Date', new Date().toUTCString());
    if (!none && !this.hasHeader('content-length')) {
      if (length === undefined) { this._chunked = true; this.setHeader('Transfer-Encoding', 'chunked'); } else this.setHeader('Content-Length', length);
    }
    this._mute = none;
    this.headersSent = true;
    const lines = [...this._fields.values()].flatMap(([k, v]) => (Array.isArray(v) ? v : [v]).map((x) => `${k}: ${x}\r\n`)).join('');
    this.socket.write(`HTTP/1.1 ${this.statusCode} ${this.statusMessage ?? STATUS_CODES[this.statusCode] ?? 'unknown'}\r\n${lines}\r\n`);
  }
  end(chunk, encoding, done) {
    if (!this.headersSent && this.writableLength === 0) this._head(chunk === undefined || typeof chunk === 'function' ? 0 : Buffer.byteLength(chunk, typeof encoding === 'string' ? encoding : undefined));
    return super.end(chunk, encoding, done);
  }
  _write(b, _, done) {
    this._head();
    if (this._mute || b.length === 0) done();
    else if (this._chunked) this.socket.write(Buffer.concat([Buffer.from(`${b.length.toString(16)}\r\n`), b, Buffer.from('\r\n')]), done);
    else this.socket.write(b, done);
  }
  _final(done) {
    this._head(0);
    if (this._chunked && !this._mute) this.socket.write('0\r\n\r\n');
    done();
    if (/close/i.test(this.req.headers.connection ?? '') || this.req.httpVersion === '1.0') this.socket.end();
  }
}

/** Reads requests from a connection and gives them to a server, one at a time. */
class Connection {
  constructor(server, socket) {
    Object.assign(this, { server, socket, held: Buffer.alloc(0), req: null, left: 0, busy: false });
    socket.on('data', (b) => { this.held = Buffer.concat([this.held, b]); this.read(); });
    socket.on('end', () => { if (this.req) this.stop(); else if (!this.busy) socket.end(); });
    socket.on('error', () => this.stop());
    socket.on('close', () => this.stop());
  }
  stop() {
    if (!this.req) return;
    this.req.aborted = true;
    this.req.emit('aborted');
    this.req.destroy();
    this.req = null;
  }
  bad(status) {
    this.socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    this.held = Buffer.alloc(0);
    this.busy = true;
  }
  read() {
    while (this.held.length > 0) {
      if (this.req ? !this.body() : this.busy || !this.head()) return;
    }
  }
  head() {
    const at = this.held.indexOf('\r\n\r\n');
    if (at < 0) {
      if (this.held.length > 16 << 10) this.bad(431);
      return false;
    }
    const [first, ...lines] = this.held.subarray(0, at).toString('latin1').split('\r\n');
    this.held = this.held.subarray(at + 4);
    const m = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.([01])$/.exec(first);
    if (!m) { this.bad(400); return false; }
    const req = new (this.server._types.IncomingMessage)(this.socket);
    Object.assign(req, { method: m[1], url: m[2], httpVersion: `1.${m[3]}`, httpVersionMinor: Number(m[3]) });
    for (const line of lines) {
      const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
      if (!field) { this.bad(400); return false; }
      req.rawHeaders.push(field[1], field[2]);
      const name = field[1].toLowerCase();
      req.headers[name] = name in req.headers ? `${req.headers[name]}${name === 'cookie' ? '; ' : ', '}${field[2]}` : field[2];
    }
    const length = req.headers['content-length'], coding = req.headers['transfer-encoding'];
    if (coding !== undefined && (length !== undefined || !/^chunked$/i.test(coding)) || length !== undefined && !/^\d+$/.test(length)) { this.bad(400); return false; }
    this.chunked = coding !== undefined;
    this.left = Number(length ?? 0);
    this.req = req;
    this.busy = true;
    const res = new (this.server._types.ServerResponse)(req);
    res.on('finish', () => { this.busy = false; this.read(); });
    if (!this.chunked && this.left === 0) this.complete();
    this.server.emit('request', req, res);
    return true;
  }
  complete() {
    this.req.complete = true;
    this.req.push(null);
    this.req = null;
  }
  body() {
    if (this.chunked && this.left === 0) {
      const at = this.held.indexOf('\r\n');
      if (at < 0) return false;
      const line = this.held.subarray(0, at).toString();
      if (line === '' && this.after) { this.after = false; this.held = this.held.subarray(2); return true; }
      if (!/^[0-9a-f]+/i.test(line)) { this.bad(400); return false; }
      const size = parseInt(line, 16);
      if (size === 0) {
        if (this.held.length < at + 4) return false;
        this.held = this.held.subarray(at + 4);
        this.complete();
        return true;
      }
      this.held = this.held.subarray(at + 2);
      this.left = size;
    }
    const part = this.held.subarray(0, this.left);
    this.held = this.held.subarray(part.length);
    this.left -= part.length;
    this.req.push(part);
    if (this.left === 0) {
      if (this.chunked) this.after = true;
      else this.complete();
    }
    return true;
  }
}

export class Server extends NetServer {
  constructor(options, listener) {
    if (typeof options === 'function') [options, listener] = [{}, options];
    super(options);
    this._types = { IncomingMessage: options?.IncomingMessage ?? IncomingMessage, ServerResponse: options?.ServerResponse ?? ServerResponse };
    this.on('connection', (socket) => new Connection(this, socket));
    if (listener) this.on('request', listener);
  }
  setTimeout(ms, f) { if (f) this.on('timeout', f); return this; }
  closeAllConnections() { for (const s of this._sockets) s.destroy(); }
  closeIdleConnections() {}
}

export const createServer = (options, listener) => new Server(options, listener);
export default { STATUS_CODES, METHODS, IncomingMessage, ServerResponse, Server, createServer };
