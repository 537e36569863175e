// Many tiny fields (CVE-2026-49975): each costs a receiver
// far more memory than it has octets. A cookie in crumbs
// counts by its crumbs.
// The limit: 256 field lines. More is a stream error.
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
const crumbs = [];
for (let i = 0; i < 300; i++) crumbs.push(['cookie', `c${i}=1`]);
peer.write(frame.headers(1, request('/', crumbs), { flags: 'END_STREAM' }));
