const http2 = require('http2');
const server = http2.createServer();

server.on('stream', (stream, headers) => {
  if (headers[':method'] === 'POST') return count(stream);
  stream.respond({ ':status': 200, 'content-type': 'text/html' });
  stream.pushStream({ ':path': '/app.css' }, (push) => {
    push.respond({ ':status': 200, 'content-type': 'text/css' });
    push.end('body { color: teal }');
  });
  stream.end('<link rel=stylesheet href=app.css>');
});

function count(stream) { // reads the body, says how long it was
  let size = 0;
  stream.respond({ ':status': 200 });
  stream.on('data', (chunk) => { size += chunk.length; });
  stream.on('end', () => stream.end(size + ' octets'));
}
server.listen(80);

const client = http2.connect('http://localhost:80');
client.on('stream', (push, headers) => {
  console.log('pushed', headers[':path']);
});

const get = client.request({ ':path': '/' });
get.on('response', (headers) => console.log('GET', headers[':status']));
get.on('data', (chunk) => console.log(String(chunk)));

get.on('end', () => { // a body larger than the window of 65,535 octets
  const post = client.request({ ':method': 'POST', ':path': '/count' });
  post.on('data', (chunk) => console.log('POST', String(chunk)));
  post.on('end', () => client.ping('12345678', () => client.shutdown()));
  post.end('x'.repeat(100000));
});
