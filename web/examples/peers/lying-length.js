// A header that announces 16 MiB. A receiver that makes room
// before it looks at its own limit has lost.
// MAX_FRAME_SIZE is 16,384: it is refused by the nine octets
// of its header alone (RFC 9113, section 4.2).
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
peer.write(frame.headers(1, request('/')));
peer.write(frame.data(1, 'x', { length: 2 ** 24 - 1 }));
