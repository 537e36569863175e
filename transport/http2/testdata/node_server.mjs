// Node's own HTTP/2 server as a peer of our client:
//   node node_server.mjs [CERT KEY]
// It prints its port. It is JavaScript because Node's http2 is what judges.
import http2 from 'node:http2';
import fs from 'node:fs';

const [cert, key] = process.argv.slice(2);
const server = cert ? http2.createSecureServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }) : http2.createServer();
server.on('session', (s) => s.on('error', () => {}));
server.on('stream', (stream, h) => {
  stream.on('error', () => {}); // resets are part of the test
  if (h[':method'] === 'CONNECT') {
    stream.respond();
    stream.pipe(stream);
    return;
  }
  switch (h[':path']) {
    case '/hello':
      stream.respond({ ':status': 200 });
      stream.end('hello');
      break;
    case '/info':
      stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
      stream.respond({ ':status': 200 });
      stream.end();
      break;
    case '/echo': {
      let sum;
      stream.on('trailers', (t) => { sum = t.sum; });
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ sum }));
      stream.pipe(stream);
      break;
    }
    case '/push':
      stream.pushStream({ ':path': '/pushed' }, (err, pushed) => {
        pushed.respond({ ':status': 200 });
        pushed.end('pushed');
      });
      stream.respond({ ':status': 200 });
      stream.end('asked');
      break;
    case '/refuse':
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      break;
    case '/hold':
      stream.respond({ ':status': 200 });
      stream.on('aborted', () => console.log(`aborted ${stream.rstCode}`));
      break;
    case '/goaway':
      stream.session.goaway(http2.constants.NGHTTP2_NO_ERROR, 0, Buffer.from('bye'));
      stream.respond({ ':status': 204 }, { endStream: true });
      break;
    default:
      stream.respond({ ':status': 404 }, { endStream: true });
  }
});
process.stdin.on('end', () => process.exit()).resume();
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
