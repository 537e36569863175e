// The same fields three times: the first
// request fills the dynamic table, the others
// say each field in one octet.
const http2 = require('http2');

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  stream.respond({
    ':status': 200,
    'x-trace': headers['x-trace'],
  });
  stream.end();
});
server.listen(80);

const client = http2.connect('http://localhost:80');
let left = 3;
function next() {
  if (left-- === 0) return client.destroy();
  const req = client.request({
    ':path': '/a/rather/long/path',
    'user-agent': 'framewise',
    'x-trace': 'c0ffee',
  });
  req.on('data', () => {});
  req.on('end', next);
}
next();
