// A client with a window of zero (CVE-2019-9517): the server
// has a response and may not send it. It holds the body for
// as long as the client likes; flow control is not to blame,
// the missing end is.
// The limit: 30 seconds without progress, then CANCEL (not in
// the tab's virtual time, where nobody waits). Here the client
// opens its window after three seconds (RFC 9113, section 6.9).
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
peer.write(Buffer.concat([preface, frame.settings({ initialWindowSize: 0 })]));
peer.write(frame.headers(1, request('/'), { flags: 'END_STREAM' }));
setTimeout(() => peer.write(frame.windowUpdate(1, 100)), 3000);
read(peer, (f) => f.type === 'DATA' && console.log('peer got DATA', `${f.payload}`));
