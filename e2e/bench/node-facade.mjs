// CPU a request of the facade for Node against Node's own http2: small GETs, a
// hundred in flight, client and server of the same module joined by a Duplex in
// memory, no socket. Each module runs in a process of its own, in turns.
//
//   node node-facade.mjs FOLDER-OF-THE-PACKAGE [rounds] [requests]
//
// Prints a line of JSON: nanoseconds a request, medians, and their ratio.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';

const flight = 100;
const [folder, rounds = '7', requests = '20000'] = process.argv.slice(2);
if (!folder) throw new Error('say where the package is: node node-facade.mjs dist/npm/http2');

/** One end of the way between the two. */
class End extends Duplex {
  other = null;
  waiting = null;

  _read() {
    const done = this.waiting;
    this.waiting = null;
    done?.();
  }

  _write(chunk, _, done) {
    if (this.other.push(chunk)) process.nextTick(done);
    else this.other.waiting = done;
  }

  _final(done) {
    this.other.push(null);
    done();
  }
}

/** Asks n times, with so many requests in flight. */
function run(http2, n) {
  const a = new End(), b = new End();
  a.other = b;
  b.other = a;
  const server = http2.performServerHandshake(a);
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end('hello');
  });
  const client = http2.connect('http://localhost:80', { createConnection: () => b });
  return new Promise((done, failed) => {
    client.on('error', failed);
    let sent = 0, got = 0;
    const ask = () => {
      if (sent === n) return;
      sent++;
      const request = client.request({ ':path': '/' });
      let size = 0;
      request.on('response', (headers) => { if (headers[':status'] !== 200) failed(new Error(`status ${headers[':status']}`)); });
      request.on('data', (d) => { size += d.length; });
      request.on('end', () => {
        if (size !== 5) failed(new Error(`${size} octets of 5`));
        if (++got === n) {
          client.destroy();
          server.destroy();
          done();
        } else ask();
      });
    };
    for (let i = 0; i < flight; i++) ask();
  });
}

/** A process that measures one module when it is told to. */
async function worker(which) {
  const http2 = createRequire(import.meta.url)(which);
  process.on('message', async (n) => {
    const before = process.cpuUsage();
    await run(http2, n);
    const { user, system } = process.cpuUsage(before);
    process.send((user + system) * 1000 / n);
  });
  await run(http2, 5000);
  process.send('ready');
}

const median = (list) => [...list].sort((x, y) => x - y)[list.length >> 1];

async function main() {
  const modules = { node: 'http2', ours: join(resolve(folder), 'current.js') }, cost = { node: [], ours: [] }, children = {};
  const said = (child) => new Promise((done, failed) => {
    child.once('message', done);
    child.once('exit', (code) => failed(new Error(`a measuring process ended with ${code}`)));
  });
  for (const [name, which] of Object.entries(modules)) {
    children[name] = fork(fileURLToPath(import.meta.url), [folder], { env: { ...process.env, FACADE_BENCH: which } });
    await said(children[name]);
  }
  for (let round = 0; round < Number(rounds); round++) {
    for (const name of Object.keys(modules)) {
      children[name].send(Number(requests));
      cost[name].push(await said(children[name]));
    }
  }
  for (const child of Object.values(children)) {
    child.removeAllListeners('exit');
    child.kill();
  }
  const ours = median(cost.ours), node = median(cost.node);
  console.log(JSON.stringify({ ours, node, ratio: node / ours }));
}

if (process.env.FACADE_BENCH) await worker(process.env.FACADE_BENCH);
else await main();
