// Node 20's http2 on the engine: the entry http2/current.

import { constants } from './constants.js';
import { sensitiveHeaders } from './headers.js';
import { ClientHttp2Session, ClientHttp2Stream } from './client.js';
import { ServerHttp2Stream } from './server_stream.js';
import { Http2ServerRequest, Http2ServerResponse, onServerStream } from './compat.js';
import { flavour } from './flavour.js';

// Strategies as the engine numbers them. Node's CALLBACK is ALIGNED.
const padding = { 0: 0, 1: 2, 2: 1 };

export const api = {
  ClientHttp2Session, ClientHttp2Stream, ServerHttp2Stream, Http2ServerRequest, Http2ServerResponse, onServerStream,
  padding: (o) => padding[o.paddingStrategy] ?? 0,
};

const made = flavour(api);
export default { ...made, constants, sensitiveHeaders, Http2ServerRequest, Http2ServerResponse };
