// A server that goes on after END_STREAM. The client may have
// forgotten the stream; what comes for it is STREAM_CLOSED
// (RFC 9113, section 5.1). One such frame ends the connection
// here, because a flood of them would cost a reset each
// (CVE-2025-8671).
const http2 = require('http2');
const net = require('net');
const { frame, preface, read } = require('framewise');

// The end that speaks by hand is the server here.
net.createServer((peer) => {
  peer.write(frame.settings());
  read(peer, (f) => {
    if (f.type === 'GOAWAY' || f.type === 'RST_STREAM')
      console.log('peer got', f.type, f.code, f.debug || '');
    if (f.type === 'SETTINGS' && !(f.flags & 1)) peer.write(frame.settingsAck());
    if (f.type !== 'HEADERS') return;
    peer.write(frame.headers(f.stream, [[':status', '200']]));
    peer.write(frame.data(f.stream, 'done', { flags: 'END_STREAM' }));
    peer.write(frame.data(f.stream, 'or not'));
  }, { skip: preface.length });
}).listen(80);
const client = http2.connect('http://localhost:80');
client.on('error', (e) => console.log('client:', e.message));
const req = client.request({ ':path': '/' });
req.on('error', (e) => console.log('client:', e.message));
req.on('data', (d) => console.log('client got', d.length, 'octets'));
