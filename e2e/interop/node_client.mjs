// Node's own HTTP/2 client as a peer of the interop table:
//   node node_client.mjs COLUMN ORIGIN FILE [CA]
// Prints one line of JSON: what the column's exchange brought. FILE is content
// to send. It is JavaScript because Node's http2 is what is looked at.
import http2 from 'node:http2';
import fs from 'node:fs';
import { once } from 'node:events';
import { createHash } from 'node:crypto';

const [column, origin, file, ca] = process.argv.slice(2);
const session = http2.connect(origin, ca ? { ca: fs.readFileSync(ca) } : {});
const closed = once(session, 'close');
let goaway;
session.on('goaway', (code) => { goaway = code; });

/** One exchange: status, length and SHA-256 of the content. */
async function ask(headers, body, { trailers, begun } = {}) {
  const stream = session.request(headers, { endStream: body === undefined, waitForTrailers: !!trailers });
  if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  if (body !== undefined) stream.end(body);
  const [head] = await once(stream, 'response');
  const hash = createHash('sha256');
  let length = 0, text = '';
  for await (const d of stream) {
    if (length === 0 && begun) await begun();
    hash.update(d);
    length += d.length;
    if (length < 1000) text += d;
  }
  return { status: head[':status'], declared: head['content-length'], length, text, sha256: hash.digest('hex') };
}

const get = (path, o) => ask({ ':path': path }, undefined, o);
const columns = {
  'GET': () => get('/hello'),
  '10 MiB': () => get('/big'),
  'POST': () => ask({ ':path': '/up', ':method': 'POST' }, fs.readFileSync(file)),
  'HEAD': () => ask({ ':path': '/big', ':method': 'HEAD' }),
  'trailers': () => ask({ ':path': '/up', ':method': 'POST' }, 'content', { trailers: { 'x-sum': '42' } }),
  '50': async () => {
    const all = await Promise.all(Array.from({ length: 50 }, (_, i) => get(`/hello?${i}`)));
    return { status: 200, text: all.map((a) => a.text).join('') };
  },
  'reset': async () => {
    const stream = session.request({ ':path': '/big' });
    await once(stream, 'response');
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
    return get('/hello');
  },
  // close says GOAWAY and lets the stream end.
  'GOAWAY': () => get('/big', { begun: () => session.close() }),
  // The test stops the server when it reads the line, then lets us go on.
  'stop': () => get('/big', { begun: async () => { console.log('begun'); await once(process.stdin, 'data'); } }),
};
const result = await columns[column]();
if (column !== 'stop') session.close(); // there the server ends the connection
await closed;
console.log(JSON.stringify({ ...result, goaway }));
process.exit();
