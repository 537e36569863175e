import http2 from './index.js';

export default http2;
export const {
  connect, constants, createServer, createSecureServer, getDefaultSettings, getPackedSettings, getUnpackedSettings,
  Http2Session, Http2Stream, Http2ServerRequest, Http2ServerResponse,
} = http2;
