// The client takes ten octets at a time:
// its window is full, the server waits for
// WINDOW_UPDATE before each further DATA.
const http2 = require('http2');

const server = http2.createServer();
server.on('stream', (stream) => {
  stream.respond({ ':status': 200 });
  stream.end('a body of thirty-three octets, ok');
});
server.listen(80);

const client = http2.connect(
  'http://localhost:80',
  { settings: { initialWindowSize: 10 } });
const req = client.request({ ':path': '/' });
req.on('data', (d) => console.log(`${d}`));
req.on('end', () => client.destroy());
