// A slow reader (CVE-2019-9511): it asks for one octet at a
// time, so a response takes as many frames as it has octets.
// Each answer keeps its sender busy, and nothing is wrong
// with any of them.
// The limit: no more WINDOW_UPDATEs than DATA explains, and
// 30 seconds without progress (RFC 9113, section 10.5).
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
peer.write(Buffer.concat([preface, frame.settings({ initialWindowSize: 1 })]));
peer.write(frame.headers(1, request('/'), { flags: 'END_STREAM' }));
let got = '';
read(peer, (f) => {
  if (f.type !== 'DATA') return;
  got += f.payload;
  console.log('peer got', JSON.stringify(got));
  if (!(f.flags & 1)) setTimeout(() => peer.write(frame.windowUpdate(1, 1)), 500);
});
