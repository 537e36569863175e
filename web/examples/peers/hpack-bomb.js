// HPACK bomb (CVE-2016-6581): one long value goes into the
// dynamic table, then single octets refer to it. A block of
// 300 octets decodes to a megabyte.
// The limit: 64 KiB decoded. The table stays in step, so it
// is a stream error and the connection lives
// (RFC 9113, section 10.5.1): the PING is answered.
const http2 = require('http2');
const net = require('net');
const { frame, preface, read, request, field } = require('framewise');

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
const bomb = [...request('/'),
  field.literal('x-big', 'b'.repeat(3900), 'incremental')];
for (let i = 0; i < 300; i++) bomb.push(field.indexed(62));
peer.write(frame.headers(1, bomb, { flags: 'END_STREAM' }));
peer.write(frame.ping('stillup?'));
read(peer, (f) => f.type === 'PING' && console.log('peer got PING', `${f.payload}`));
