// Node's tls on the engine's network in memory, with Go's crypto/tls behind it.
// The certificate that lies in the tab's files is trusted, and no other unless
// the option ca says so.

import { Socket, Server as NetServer } from './net.js';
import { coded, invalidType } from './errors.js';
import { readFileSync } from './fs.js';
import { Buffer } from './buffer.js';

const pem = (v) => (v === undefined || v === null ? '' : Array.isArray(v) ? v.map(pem).join('\n') : typeof v === 'string' ? v : Buffer.from(v).toString());
const alpn = (v) => (v === undefined ? [] : Array.isArray(v) ? v : unpack(v));

/** Names with their lengths before them, as the wire has them. */
function unpack(b) {
  const names = [];
  for (let i = 0; i < b.length; i += 1 + b[i]) names.push(Buffer.from(b.subarray(i + 1, i + 1 + b[i])).toString());
  return names;
}

export class TLSSocket extends Socket {
  constructor(socket, options = {}) {
    if (socket instanceof Socket) throw coded(Error, 'ERR_FEATURE_UNAVAILABLE', 'TLS over a socket that is there already is not possible in the tab: use tls.connect(port)');
    super(socket ?? options);
    this._tls = options;
    this.encrypted = true;
    this.authorized = false;
    this.authorizationError = null;
    this.alpnProtocol = this.servername = null;
    this._openEvent = 'secureConnect';
    this._secure = null;
  }

  _security(host) {
    const o = this._tls;
    const servername = o.servername ?? (host.includes(':') || /^[\d.]+$/.test(host) ? 'localhost' : host);
    return { servername, alpn: alpn(o.ALPNProtocols), cert: pem(o.cert), key: pem(o.key), ca: pem(o.ca) || pem(readFileSync('/app/server-cert.pem')) };
  }

  _connected() {
    this.connecting = true; // until the handshake is done
    this.emit('connect');
  }

  _secured(state) {
    this.connecting = false;
    this._secure = state;
    this.alpnProtocol = state.alpn || false;
    this.servername = state.servername || false;
    this.authorized = state.problem === '' && (state.subject !== '' || this._isServer);
    if (this._isServer) {
      this.server._secured(this, state);
      return;
    }
    if (state.problem) {
      this.authorizationError = state.problem;
      if (this._tls.rejectUnauthorized !== false) {
        this.destroy(coded(Error, 'CERT_NOT_TRUSTED', `the certificate of ${this.servername || 'the server'} is not trusted: ${state.problem}`));
        return;
      }
    }
    this.emit('secure');
    this.emit('secureConnect');
    this.emit('ready');
  }

  getProtocol() { return this._secure ? this._secure.version.replace(' ', 'v').replace('TLSv1.', 'TLSv1.') : null; }
  getCipher() { return this._secure ? { name: this._secure.cipher, standardName: this._secure.cipher, version: this.getProtocol() } : undefined; }
  getPeerCertificate() { return this._secure?.subject ? { subject: { CN: /CN=([^,+]*)/.exec(this._secure.subject)?.[1] } } : {}; }
  getCertificate() { return {}; }
  getSession() { return undefined; }
  isSessionReused() { return false; }
  setServername() {}
  setMaxSendFragment() { return true; }
  disableRenegotiation() {}
  renegotiate() { return false; }
}

export class Server extends NetServer {
  constructor(options, listener) {
    if (typeof options === 'function') [options, listener] = [{}, options];
    if (options !== undefined && (typeof options !== 'object' || options === null)) throw invalidType('options', 'of type object', options);
    super(options);
    this._tls = options ?? {};
    if (listener) this.on('secureConnection', listener);
  }

  setSecureContext(o) { this._tls = { ...this._tls, ...o }; }
  addContext() {}
  getTicketKeys() { return Buffer.alloc(48); }
  setTicketKeys() {}

  _security() {
    const o = this._tls, c = o.secureContext ?? {};
    return { servername: '', alpn: alpn(o.ALPNProtocols), cert: pem(o.cert ?? c.cert), key: pem(o.key ?? c.key), ca: pem(o.ca ?? c.ca), askCert: o.requestCert === true };
  }

  _socket(options) {
    const s = new TLSSocket(options, this._tls);
    s._isServer = true;
    s.connecting = true;
    return s;
  }

  _admit(socket) {
    socket.on('error', (e) => {
      if (!socket._secure) this.emit('tlsClientError', e, socket);
    });
    this.emit('connection', socket);
  }

  _secured(socket) {
    socket.emit('secure');
    socket.emit('secureConnect');
    this.emit('secureConnection', socket);
  }
}

export const createServer = (options, listener) => new Server(options, listener);

export function connect(...args) {
  const callback = args.findLast((a) => typeof a === 'function');
  const options = {};
  if (typeof args[0] !== 'object') options.port = args[0];
  if (typeof args[1] === 'string') options.host = args[1];
  for (const a of args) if (typeof a === 'object' && a !== null) Object.assign(options, a);
  const socket = new TLSSocket(options.socket, options);
  if (callback) socket.once('secureConnect', callback);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect({ port: options.port, host: options.host });
}

export const createSecureContext = (o = {}) => ({ ...o, context: {} });
export const checkServerIdentity = () => undefined;
export const getCiphers = () => ['tls_aes_128_gcm_sha256', 'tls_aes_256_gcm_sha384', 'tls_chacha20_poly1305_sha256'];
export const rootCertificates = Object.freeze([]);
export const DEFAULT_MIN_VERSION = 'TLSv1.2';
export const DEFAULT_MAX_VERSION = 'TLSv1.3';
export const convertALPNProtocols = (protocols, out) => { out.ALPNProtocols = Buffer.concat(protocols.map((p) => Buffer.from([p.length, ...Buffer.from(p)]))); };
export default { TLSSocket, Server, createServer, connect, createSecureContext, checkServerIdentity, getCiphers, rootCertificates, DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION, convertALPNProtocols };
