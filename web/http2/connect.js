// http2.connect.

import net from 'net';
import tls from 'tls';
import { promisify } from 'util';
import { checkObject, error } from './errors.js';
import { checkCustomList, checkSeedOptions } from './settings.js';
import { tlsOptions } from './server.js';
import * as k from './symbols.js';

/** Makes connect for a flavour. */
export function connector(api) {
  function connect(authority, options, listener) {
    if (typeof options === 'function') [listener, options] = [options, undefined];
    checkObject(options, 'options');
    const o = { ...options };
    if (api.seed) checkSeedOptions(o);
    checkCustomList(o.remoteCustomSettings, 'options.remoteCustomSettings');
    if (typeof authority === 'string') authority = new URL(authority);
    checkObject(authority, 'authority', ['string', 'Object', 'URL']);
    const protocol = authority.protocol || o.protocol || 'https:';
    const port = `${authority.port !== '' ? authority.port : authority.protocol === 'http:' ? 80 : 443}`;
    const host = authority.hostname ? authority.hostname.replace(/^\[(.*)\]$/, '$1') : authority.host || 'localhost';
    const session = new (api.ClientHttp2Session)(api, o, socketFor(api, protocol, port, host, authority, o));
    session[k.kAuthority] = `${o.servername || host}:${port}`;
    session[k.kProtocol] = protocol;
    if (typeof listener === 'function') session.once('connect', listener);
    return session;
  }
  Object.defineProperty(connect, promisify.custom, {
    value: (authority, options) => new Promise((resolve, reject) => {
      const session = connect(authority, options, () => {
        session.removeListener('error', reject);
        resolve(session);
      });
      session.once('error', reject);
    }),
  });
  return connect;
}

function socketFor(api, protocol, port, host, authority, o) {
  if (typeof o.createConnection === 'function') return o.createConnection(authority, o);
  switch (protocol) {
    case 'http:': return net.connect({ port, host, ...o });
    case 'https:': return tls.connect(port, host, tlsOptions(api, o, net.isIP(host) ? undefined : host));
  }
  throw error('ERR_HTTP2_UNSUPPORTED_PROTOCOL', protocol);
}

