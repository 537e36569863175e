// A client that never acknowledges SETTINGS. The server can't
// know whether its limits are understood, so it can't hold
// anybody to them (RFC 9113, section 6.5.3).
// The limit: ten seconds, then SETTINGS_TIMEOUT.
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
  if (f.type === 'GOAWAY' || f.type === 'RST_STREAM')
    console.log('peer got', f.type, f.code, f.debug || '');
});
peer.write(Buffer.concat([preface, frame.settings()]));
peer.write(frame.headers(1, request('/'), { flags: 'END_STREAM' }));
