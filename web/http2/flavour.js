// What both entries, the seed's and Node 20's, make from their classes.

import { checkObject } from './errors.js';
import { connector } from './connect.js';
import { getDefaultSettings, getPackedSettings, getUnpackedSettings } from './settings.js';
import { Http2SecureServer, Http2Server, ServerHttp2Session, serverOptions } from './server.js';

/** Numbers of the options that the engine is told; others are its default. */
const numbers = ['maxDeflateDynamicTableSize', 'maxReservedRemoteStreams', 'maxSendHeaderBlockLength', 'peerMaxConcurrentStreams', 'maxHeaderListPairs'];

/**
 * Completes a flavour and makes its functions.
 * @param api {ClientHttp2Session, ClientHttp2Stream, ServerHttp2Stream, Http2ServerRequest, Http2ServerResponse,
 *   onServerStream, padding(options): the engine's strategy, seed: whether it is the seed's}
 */
export function flavour(api) {
  api.ServerHttp2Session ??= ServerHttp2Session;
  api.config = (options, settings) => {
    const c = { settings, padding: api.padding(options) };
    for (const name of numbers) if (typeof options[name] === 'number') c[name] = options[name];
    return c;
  };
  return {
    connect: connector(api),
    createServer(options, handler) {
      if (typeof options === 'function') [handler, options] = [options, {}];
      return new Http2Server(api, options, handler);
    },
    createSecureServer: (options, handler) => new Http2SecureServer(api, options, handler),
    getDefaultSettings,
    getPackedSettings,
    getUnpackedSettings,
    performServerHandshake(socket, options = {}) {
      checkObject(options, 'options');
      return new (api.ServerHttp2Session)(api, serverOptions(api, options), socket, undefined);
    },
  };
}
