// WINDOW_UPDATE with the largest increment there is: the
// window would be larger than 2^31-1, which no integer of
// 32 bits holds. It is checked before it is added
// (RFC 9113, section 6.9.1).
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
peer.write(frame.windowUpdate(0, 2 ** 31 - 1));
