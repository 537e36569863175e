// The seed's http2 on the engine: the entry http2. What differs from Node 20's
// is names, events, callbacks and messages; the classes below say how.

import { seedConstants } from './constants.js';
import { checkFunction } from './errors.js';
import { ClientHttp2Session, ClientHttp2Stream } from './client.js';
import { Http2Session } from './session.js';
import { Http2Stream } from './stream.js';
import { ServerHttp2Stream } from './server_stream.js';
import { Http2ServerRequest, Http2ServerResponse, onServerStream } from './compat.js';
import { ServerHttp2Session } from './server.js';
import { flavour } from './flavour.js';
import { getPackedSettings, seedDefaultSettings } from './settings.js';
import { seedSession, seedStream } from './seed_classes.js';

class SeedClientStream extends seedStream(ClientHttp2Stream) {}

class SeedServerStream extends seedStream(ServerHttp2Stream) {
  /** The callback is given (stream, headers, flags); what goes wrong is an
   *  'error' on this stream. */
  pushStream(headers, options, callback) {
    if (typeof options === 'function') [callback, options] = [options, undefined];
    checkFunction(callback, 'callback');
    this._push(headers, options, (err, stream, all, flags) => {
      if (err) this.emit('error', err);
      else callback(stream, all, flags);
    });
  }
}

class SeedClientSession extends seedSession(ClientHttp2Session) {}
class SeedServerSession extends seedSession(ServerHttp2Session) {}

// Strategies as the engine numbers them.
const padding = { 0: 0, 1: 1, 2: 3 };

const api = {
  ClientHttp2Session: SeedClientSession, ServerHttp2Session: SeedServerSession,
  ClientHttp2Stream: SeedClientStream, ServerHttp2Stream: SeedServerStream,
  Http2ServerRequest, Http2ServerResponse, onServerStream,
  padding: (o) => padding[o.paddingStrategy] ?? 0,
  seed: true,
};

const { performServerHandshake, ...made } = flavour(api);
export default {
  ...made,
  getDefaultSettings: seedDefaultSettings,
  getPackedSettings: (settings) => getPackedSettings(settings, true),
  constants: seedConstants,
  Http2Session,
  Http2Stream,
  Http2ServerRequest,
  Http2ServerResponse,
};
