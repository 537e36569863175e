// A line end within a value. HTTP/2 has no line ends; a
// gateway that passes this on as HTTP/1.1 passes on a second
// request that nobody checked (RFC 9113, section 10.3).
// Refused, as are capital letters and connection-specific
// fields: malformed, a stream error (sections 8.2.1, 8.2.2).
const http2 = require('http2');
const net = require('net');
const { frame, preface, read, request } = require('framewise');

// The honest end: a server that answers everything.
const server = http2.createServer();
server.on('stream', (stream) => {
  stream.on('error', () => {});
  stream.respond({ ':status': 200 });
  stream.end('hello');
});
server.on('sessionError', (e) => console.log('server:', e.message));
server.listen(80);

// The other end speaks by hand.
const peer = net.connect(80);
read(peer, (f) => {
  if (f.type === 'SETTINGS' && !(f.flags & 1)) peer.write(frame.settingsAck());
  if (f.type === 'GOAWAY' || f.type === 'RST_STREAM')
    console.log('peer got', f.type, f.code, f.debug || '');
});
peer.write(Buffer.concat([preface, frame.settings()]));
const end = { flags: 'END_STREAM' };
peer.write(frame.headers(1, request('/', [['x', 'a\r\nGET /admin HTTP/1.1']]), end));
peer.write(frame.headers(3, request('/', [['X-Upper', 'b']]), end));
peer.write(frame.headers(5, request('/', [['transfer-encoding', 'chunked']]), end));
peer.write(frame.headers(7, request('/', [['content-length', '10']]), end));
