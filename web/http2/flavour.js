// What both entries, the seed's and Node 20's, make from their classes.

import { checkObject } from './errors.js';
import { connector } from './connect.js';
import { getDefaultSettings, getPackedSettings, getUnpackedSettings, numberOptions } from './settings.js';
import { Http2SecureServer, Http2Server, ServerHttp2Session, serverOptions } from './server.js';

/**
 * Completes a flavour and makes its functions.
 * @param api {ClientHttp2Session, ClientHttp2Stream, ServerHttp2Stream, Http2ServerRequest, Http2ServerResponse,
 *   onServerStream, padding(options): the engine's strategy, seed: whether it is the seed's}
 */
export function flavour(api) {
  api.ServerHttp2Session ??= ServerHttp2Session;
  api.config = (options, settings) => {
    const c = { settings, padding: api.padding(options) };
    // 0 is the engine's default; the least that it can be told is 1, which for these comes to the same.
    for (const name of numberOptions) if (typeof options[name] === 'number') c[name] = Math.max(1, options[name]);
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
