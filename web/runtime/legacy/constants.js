// http2.constants, as far as the seed's text names them.

const codes = ['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED',
  'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'];

export const constants = Object.create(null);
codes.forEach((name, i) => { constants[`NGHTTP2_${name}`] = i; });
Object.assign(constants, {
  NGHTTP2_SESSION_SERVER: 0, NGHTTP2_SESSION_CLIENT: 1,
  PADDING_STRATEGY_NONE: 0, PADDING_STRATEGY_MAX: 1, PADDING_STRATEGY_CALLBACK: 2,
});
for (const name of [':status', ':method', ':authority', ':scheme', ':path', 'content-type', 'content-length', 'date',
  'last-modified', 'location', 'cookie', 'set-cookie', 'accept', 'user-agent', 'etag', 'cache-control']) {
  constants[`HTTP2_HEADER_${name.replace(':', '').replaceAll('-', '_').toUpperCase()}`] = name;
}
Object.freeze(constants);

export const codeName = (code) => codes[code] ?? `UNKNOWN_ERROR_${code}`;
