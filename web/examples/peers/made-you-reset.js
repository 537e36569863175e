// Made you reset (CVE-2025-8671): the peer breaks a rule on
// each of its streams, so that it is the server who resets
// them. Here: a WINDOW_UPDATE of 0, which is a stream error
// (RFC 9113, section 6.9).
// The limit: a bucket of the same size as for resets by the
// peer, 1,000.
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
let resets = 0;
read(peer, (f) => {
  if (f.type === 'SETTINGS' && !(f.flags & 1)) peer.write(frame.settingsAck());
  if (f.type === 'RST_STREAM') resets++;
  if (f.type === 'GOAWAY') console.log('peer got', resets, 'resets, then', f.type, f.code, f.debug);
});
peer.write(Buffer.concat([preface, frame.settings()]));
const all = [];
for (let id = 1; id <= 2001 * 2; id += 2)
  all.push(frame.headers(id, request('/')), frame.windowUpdate(id, 0));
peer.write(Buffer.concat(all));
