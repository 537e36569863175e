// Node's own HTTP/2 client as a peer of our server:
//   node node_client.mjs ORIGIN [CA]
// Prints one line of JSON: the events of each behaviour. It is JavaScript
// because Node's http2 is what judges.
import http2 from 'node:http2';
import fs from 'node:fs';
import { once } from 'node:events';
import { createHash } from 'node:crypto';

const [origin, ca] = process.argv.slice(2);
const session = http2.connect(origin, ca ? { ca: fs.readFileSync(ca) } : {});
const out = {};

/** The events of a stream until it closes, its body as its length and hash. */
async function events(stream) {
  const log = [], hash = createHash('sha256');
  let n = 0;
  stream.on('headers', (h) => log.push(`headers ${h[':status']}`));
  stream.on('response', (h) => log.push(`response ${h[':status']}`));
  stream.on('push', (h) => log.push(`push ${h[':status']}`));
  stream.on('trailers', (h) => log.push(`trailers ${h.sum}`));
  stream.on('data', (d) => { n += d.length; hash.update(d); });
  stream.on('end', () => log.push('end'));
  stream.on('aborted', () => log.push('aborted'));
  stream.on('error', (e) => log.push(`error ${e.code}`));
  await new Promise((done) => stream.on('close', done));
  log.push(`close ${stream.rstCode}`, `${n} ${hash.digest('hex').slice(0, 8)}`);
  return log;
}
const get = (path, more) => session.request({ ':path': path, ...more }, { endStream: true });

await once(session, 'remoteSettings');
out.get = await events(get('/hello'));
out.head = await events(get('/hello', { ':method': 'HEAD' }));
out.info = await events(get('/info'));
out.file = await events(get('/file'));
const up = session.request({ ':method': 'POST', ':path': '/echo' }, { waitForTrailers: true });
up.on('wantTrailers', () => up.sendTrailers({ sum: '7' }));
up.end(Buffer.alloc(1_000_000, 'x'));
out.echo = await events(up);
out.refused = await events(get('/refuse'));
const pushed = new Promise((done) => session.once('stream', (stream, h) => events(stream).then((log) => done([h[':path'], ...log]))));
out.asked = await events(get('/push'));
out.pushed = await pushed;
const cancelled = get('/hold');
await once(cancelled, 'response');
cancelled.close(http2.constants.NGHTTP2_CANCEL);
out.cancelled = await events(cancelled);
const tunnel = session.request({ ':method': 'CONNECT', ':authority': 'echo:1' });
tunnel.end('tunnel');
out.tunnel = await events(tunnel);
out.ping = await new Promise((done) => session.ping(Buffer.from('12345678'), (err, ms, data) => done(`${err} ${ms >= 0} ${data}`)));
session.settings({ initialWindowSize: 100_000 });
const [local] = await once(session, 'localSettings');
out.settings = local.initialWindowSize;
out.many = (await Promise.all(Array.from({ length: 60 }, () => events(get('/hello'))))).filter((l) => l.join() === out.get.join()).length;
const goaway = once(session, 'goaway');
get('/goaway').resume();
out.goaway = (await goaway).slice(0, 2).join(' ');
await once(session, 'close');
console.log(JSON.stringify(out));
process.exit();
