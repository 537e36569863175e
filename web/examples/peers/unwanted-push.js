// A server that pushes although the client's ENABLE_PUSH is 0
// and acknowledged. The client can't just reset the promise:
// it is a connection error (RFC 9113, section 8.4).
const http2 = require('http2');
const net = require('net');
const { frame, preface, read, request } = require('framewise');

// The end that speaks by hand is the server here.
net.createServer((peer) => {
  peer.write(frame.settings());
  read(peer, (f) => {
    if (f.type === 'GOAWAY' || f.type === 'RST_STREAM')
      console.log('peer got', f.type, f.code, f.debug || '');
    if (f.type === 'SETTINGS' && !(f.flags & 1)) peer.write(frame.settingsAck());
    if (f.type !== 'HEADERS') return;
    peer.write(frame.pushPromise(f.stream, 2, request('/ad.js')));
  }, { skip: preface.length });
}).listen(80);
const client = http2.connect('http://localhost:80', { settings: { enablePush: false } });
client.on('error', (e) => console.log('client:', e.message));
const req = client.request({ ':path': '/' });
req.on('error', (e) => console.log('client:', e.message));
req.on('data', (d) => console.log('client got', d.length, 'octets'));
