// WINDOW_UPDATEs of one octet, far more than the DATA that
// was sent could explain: each wakes up the sender
// (CVE-2019-9511; RFC 9113, section 10.5).
// The limit: 5 + 2 for each stream and for ten DATA frames.
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
peer.write(frame.headers(1, request('/'), { flags: 'END_STREAM' }));
for (let i = 0; i < 60; i++) peer.write(frame.windowUpdate(0, 1));
