// Node's own HTTP/2 server as a peer of the interop table:
//   node node_server.mjs FOLDER [CERT KEY]
// It is JavaScript because Node's http2 is what is looked at.
import http2 from 'node:http2';
import fs from 'node:fs';
import { createHash } from 'node:crypto';

const [dir, cert, key] = process.argv.slice(2);
const files = new Map(['hello', 'big'].map((n) => [`/${n}`, fs.readFileSync(`${dir}/${n}`)]));
// Content that waits counts as memory of its session, and above 10 MB Node
// answers the next request with ENHANCE_YOUR_CALM. Ours is above.
const options = { maxSessionMemory: 100 };
const server = cert
  ? http2.createSecureServer({ ...options, cert: fs.readFileSync(cert), key: fs.readFileSync(key) })
  : http2.createServer(options);
const sessions = new Set();

server.on('session', (s) => { sessions.add(s); s.on('close', () => sessions.delete(s)); s.on('error', () => {}); });
server.on('stream', (stream, headers) => {
  stream.on('error', () => {}); // resets are part of the test
  const path = headers[':path'].split('?')[0];
  if (headers[':method'] === 'POST') {
    const hash = createHash('sha256');
    let trailers = {};
    stream.on('trailers', (t) => { trailers = t; });
    stream.on('data', (d) => hash.update(d));
    stream.on('end', () => {
      stream.respond({ ':status': 200 }, { waitForTrailers: path === '/sum' });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': trailers['x-sum'] ?? 'none' }));
      stream.end(hash.digest('hex'));
    });
    return;
  }
  const body = files.get(path);
  if (!body) { stream.respond({ ':status': 404 }, { endStream: true }); return; }
  stream.respond({ ':status': 200, 'content-length': body.length }, { endStream: headers[':method'] === 'HEAD' });
  if (headers[':method'] !== 'HEAD') stream.end(body);
});
process.on('SIGTERM', () => { server.close(() => process.exit()); for (const s of sessions) s.close(); });
process.stdin.on('end', () => process.exit()).resume();
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
