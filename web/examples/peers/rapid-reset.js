// Rapid reset (CVE-2023-44487): a stream is opened and
// reset at once, again and again. No stream is ever open
// for long, so MAX_CONCURRENT_STREAMS does not help; the
// work for each was done all the same.
// The limit: 1,000 resets, and 33 more a second. The one
// beyond it ends the connection (RFC 9113, section 10.5).
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
const all = [];
for (let id = 1; id <= 2001 * 2; id += 2)
  all.push(frame.headers(id, request('/')), frame.rstStream(id, 'CANCEL'));
peer.write(Buffer.concat(all));
