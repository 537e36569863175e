// The client has had enough after the first
// piece: RST_STREAM ends one stream, the
// connection and its other stream go on.
const http2 = require('http2');

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  stream.on('streamClosed', (code) =>
    console.log(headers[':path'], 'closed,', code));
  stream.on('error', () => {});
  stream.respond({ ':status': 200 });
  stream.write('x'.repeat(50000));
  stream.end('the end');
});
server.listen(80);

const client = http2.connect('http://localhost:80');
const big = client.request({ ':path': '/big' });
big.on('error', () => {});
big.once('data', () => big.rstWithCancel());

const other = client.request({ ':path': '/other' });
other.on('data', () => {});
other.on('end', () => client.destroy());
