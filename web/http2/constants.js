// http2.constants: Node 20's, and the seed's where a value was another then.

const codes = ['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED',
  'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'];

const fixed = {
  NGHTTP2_ERR_FRAME_SIZE_ERROR: -522,
  NGHTTP2_SESSION_SERVER: 0, NGHTTP2_SESSION_CLIENT: 1,
  NGHTTP2_STREAM_STATE_IDLE: 1, NGHTTP2_STREAM_STATE_OPEN: 2, NGHTTP2_STREAM_STATE_RESERVED_LOCAL: 3,
  NGHTTP2_STREAM_STATE_RESERVED_REMOTE: 4, NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL: 5,
  NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE: 6, NGHTTP2_STREAM_STATE_CLOSED: 7,
  NGHTTP2_FLAG_NONE: 0, NGHTTP2_FLAG_END_STREAM: 1, NGHTTP2_FLAG_END_HEADERS: 4, NGHTTP2_FLAG_ACK: 1,
  NGHTTP2_FLAG_PADDED: 8, NGHTTP2_FLAG_PRIORITY: 32,
  DEFAULT_SETTINGS_HEADER_TABLE_SIZE: 4096, DEFAULT_SETTINGS_ENABLE_PUSH: 1,
  DEFAULT_SETTINGS_MAX_CONCURRENT_STREAMS: 4294967295, DEFAULT_SETTINGS_INITIAL_WINDOW_SIZE: 65535,
  DEFAULT_SETTINGS_MAX_FRAME_SIZE: 16384, DEFAULT_SETTINGS_MAX_HEADER_LIST_SIZE: 65535,
  DEFAULT_SETTINGS_ENABLE_CONNECT_PROTOCOL: 0,
  MAX_MAX_FRAME_SIZE: 16777215, MIN_MAX_FRAME_SIZE: 16384, MAX_INITIAL_WINDOW_SIZE: 2147483647,
  NGHTTP2_SETTINGS_HEADER_TABLE_SIZE: 1, NGHTTP2_SETTINGS_ENABLE_PUSH: 2, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS: 3,
  NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE: 4, NGHTTP2_SETTINGS_MAX_FRAME_SIZE: 5,
  NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE: 6, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL: 8,
};

const headers = `:status :method :authority :scheme :path :protocol accept-encoding accept-language accept-ranges accept
access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-allow-origin
access-control-expose-headers access-control-request-headers access-control-request-method age authorization cache-control
connection content-disposition content-encoding content-length content-type cookie date etag forwarded host if-modified-since
if-none-match if-range last-modified link location range referer server set-cookie strict-transport-security transfer-encoding
te upgrade-insecure-requests upgrade user-agent vary x-content-type-options x-frame-options keep-alive proxy-connection
x-xss-protection alt-svc content-security-policy early-data expect-ct origin purpose timing-allow-origin x-forwarded-for
priority accept-charset access-control-max-age allow content-language content-location content-md5 content-range dnt expect
expires from if-match if-unmodified-since max-forwards prefer proxy-authenticate proxy-authorization refresh retry-after
trailer tk via warning www-authenticate http2-settings`.split(/\s/);

const methods = `ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY
MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT REBIND REPORT SEARCH
TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL`.split(/\s/);

const statuses = `100 CONTINUE SWITCHING_PROTOCOLS PROCESSING EARLY_HINTS 200 OK CREATED ACCEPTED NON_AUTHORITATIVE_INFORMATION
NO_CONTENT RESET_CONTENT PARTIAL_CONTENT MULTI_STATUS ALREADY_REPORTED 226 IM_USED 300 MULTIPLE_CHOICES MOVED_PERMANENTLY FOUND
SEE_OTHER NOT_MODIFIED USE_PROXY 307 TEMPORARY_REDIRECT PERMANENT_REDIRECT 400 BAD_REQUEST UNAUTHORIZED PAYMENT_REQUIRED
FORBIDDEN NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE PROXY_AUTHENTICATION_REQUIRED REQUEST_TIMEOUT CONFLICT GONE
LENGTH_REQUIRED PRECONDITION_FAILED PAYLOAD_TOO_LARGE URI_TOO_LONG UNSUPPORTED_MEDIA_TYPE RANGE_NOT_SATISFIABLE
EXPECTATION_FAILED TEAPOT 421 MISDIRECTED_REQUEST UNPROCESSABLE_ENTITY LOCKED FAILED_DEPENDENCY TOO_EARLY UPGRADE_REQUIRED 428
PRECONDITION_REQUIRED TOO_MANY_REQUESTS 431 REQUEST_HEADER_FIELDS_TOO_LARGE 451 UNAVAILABLE_FOR_LEGAL_REASONS 500
INTERNAL_SERVER_ERROR NOT_IMPLEMENTED BAD_GATEWAY SERVICE_UNAVAILABLE GATEWAY_TIMEOUT HTTP_VERSION_NOT_SUPPORTED
VARIANT_ALSO_NEGOTIATES INSUFFICIENT_STORAGE LOOP_DETECTED BANDWIDTH_LIMIT_EXCEEDED NOT_EXTENDED
NETWORK_AUTHENTICATION_REQUIRED`.split(/\s/);

const upper = (name) => name.replace(':', '').replace(/-/g, '_').toUpperCase();

function make(padding) {
  const c = Object.assign(Object.create(null), fixed, padding);
  codes.forEach((name, i) => { c[`NGHTTP2_${name}`] = i; });
  c.NGHTTP2_DEFAULT_WEIGHT = 16;
  for (const name of headers) c[`HTTP2_HEADER_${upper(name)}`] = name;
  for (const name of methods) c[`HTTP2_METHOD_${upper(name)}`] = name;
  let status = 0;
  for (const word of statuses) {
    if (/^\d/.test(word)) status = Number(word);
    else c[`HTTP_STATUS_${word}`] = status++;
  }
  return c;
}

/** Node 20's. */
export const constants = make({ PADDING_STRATEGY_NONE: 0, PADDING_STRATEGY_ALIGNED: 1, PADDING_STRATEGY_MAX: 2, PADDING_STRATEGY_CALLBACK: 1 });

/** The seed's: selectPadding has a strategy of its own, and MAX is 1. */
export const seedConstants = make({ PADDING_STRATEGY_NONE: 0, PADDING_STRATEGY_MAX: 1, PADDING_STRATEGY_CALLBACK: 2 });

export const codeName = (code) => codes[code] ?? `UNKNOWN_ERROR_${code}`;

/** An error code as Node names it in messages: NGHTTP2_…, or the number. */
export const nghttp2Name = (code) => (codes[code] === undefined ? code : `NGHTTP2_${codes[code]}`);
