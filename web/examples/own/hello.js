const http2 = require('http2');
const server = http2.createServer();
server.on('stream', (stream, headers) => {
  if (headers[':method'] === 'POST')
    return count(stream);
  stream.respond({ ':status': 200 });
  if (stream.pushAllowed) // curl takes none
    stream.pushStream({ ':path': '/app.css' }, (push) => {
      push.respond({ ':status': 200 });
      push.end('b { color: teal }');
    });
  stream.end('some data');
});
function count(stream) {
  let n = 0;
  stream.on('data', (d) => n += d.length);
  stream.on('trailers', (t) => {
    stream.respond({ ':status': 200 });
    stream.end(`${n} of ${t['x-sent']}`);
  });
}
server.listen(80);

const url = 'http://localhost:80';
const client = http2.connect(url);
const say = (d) => console.log(`${d}`);
client.on('stream', (push, headers) =>
  say(`push ${headers[':path']}`));
const get = client.request({ ':path': '/' });
get.on('data', say);
get.on('end', () => { // more than a window
  const post = client.request(
    { ':method': 'POST', ':path': '/count' });
  post.on('fetchTrailers', (trailers) =>
    trailers['x-sent'] = '100000');
  post.on('data', say);
  post.on('end', () => client.ping(Buffer.from('pingpong'),
    () => client.destroy()));
  post.end('x'.repeat(100000));
});
