// A client opens 15 streams although the server takes 10 at
// a time, and it has acknowledged that. The ones beyond are
// refused, which says that nothing was done for them: they
// can be tried again (RFC 9113, sections 5.1.2 and 8.7).
const http2 = require('http2');
const net = require('net');
const { frame, preface, read, request } = require('framewise');

// The honest end: a server that answers everything.
const server = http2.createServer({ settings: { maxConcurrentStreams: 10 } });
server.on('stream', (stream) => {
  stream.on('error', () => {});
  setTimeout(() => { // takes its time, so they are all open
    stream.respond({ ':status': 200 });
    stream.end('hello');
  }, 100);
});
server.on('sessionError', (e) => console.log('server:', e.message));
server.listen(80);

// The other end speaks by hand.
const peer = net.connect(80);
const all = [];
for (let id = 1; id <= 15 * 2; id += 2)
  all.push(frame.headers(id, request('/'), { flags: 'END_STREAM' }));
read(peer, (f) => {
  if (f.type === 'SETTINGS' && !(f.flags & 1)) peer.write(Buffer.concat([frame.settingsAck(), ...all]));
  if (f.type === 'RST_STREAM') console.log('peer: stream', f.stream, f.code);
});
peer.write(Buffer.concat([preface, frame.settings()]));
