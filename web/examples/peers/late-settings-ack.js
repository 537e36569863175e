// A server that acknowledges SETTINGS late. Until then both
// the old and the new values hold: the client has asked for
// windows of 10 octets, and the server may still send 65,535
// (RFC 9113, section 6.5.3).
// The limit: ten seconds, then SETTINGS_TIMEOUT. Here the
// acknowledgement comes after two, behind the data.
const http2 = require('http2');
const net = require('net');
const { frame, preface, read } = require('framewise');

// The end that speaks by hand is the server here.
net.createServer((peer) => {
  peer.write(frame.settings());
  read(peer, (f) => {
    if (f.type === 'GOAWAY') console.log('peer got', f.type, f.code, f.debug);
    if (f.type !== 'HEADERS') return;
    peer.write(frame.headers(f.stream, [[':status', '200']]));
    peer.write(frame.data(f.stream, 'x'.repeat(1000)));
    setTimeout(() => peer.write(frame.settingsAck()), 2000);
    setTimeout(() => peer.write(frame.data(f.stream, '', { flags: 'END_STREAM' })), 2500);
  }, { skip: preface.length });
}).listen(80);
const client = http2.connect('http://localhost:80', { settings: { initialWindowSize: 10 } });
client.on('localSettings', () => console.log('client: my settings are in force'));
client.on('error', (e) => console.log('client:', e.message));
const req = client.request({ ':path': '/' });
req.on('error', () => {});
req.on('data', (d) => console.log('client got', d.length, 'octets'));
