// An index beyond both tables. From here on the two ends
// would disagree about every later field, so it is no
// stream error: the connection ends (RFC 7541, section
// 2.3.3; RFC 9113, section 4.3).
const http2 = require('http2');
const net = require('net');
const { frame, preface, read, request, field } = require('framewise');

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
peer.write(frame.headers(1, [...request('/'), field.indexed(200)]));
