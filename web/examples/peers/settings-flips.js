// INITIAL_WINDOW_SIZE goes up and down without end: every
// change moves the window of every open stream (RFC 9113,
// section 6.9.2).
// The limit: 50 changes a second.
const http2 = require('http2');
const net = require('net');
const { frame, preface, read } = require('framewise');

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
for (let i = 0; i < 60; i++)
  peer.write(frame.settings({ initialWindowSize: i % 2 ? 10 : 1000 }));
