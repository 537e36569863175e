import http2 from './current.js';

export default http2;
export const {
  connect, constants, createServer, createSecureServer, getDefaultSettings, getPackedSettings, getUnpackedSettings,
  performServerHandshake, sensitiveHeaders, Http2ServerRequest, Http2ServerResponse,
} = http2;
