// A dribbler: a body in frames of one octet. Nine octets of
// header and a wake-up for each (CVE-2019-9518).
// The limit: a budget of 25,600 octets by which frames may
// fall short of 256. Time and whoever reads the body pay it
// back; this server does not read.
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
peer.write(frame.headers(1, request('/upload')));
for (let i = 0; i < 200; i++) peer.write(frame.data(1, 'x'));
