// An HTTP/2 server whose sessions run in h2.wasm and whose transport is Node's
// net module: what the conformance test holds the WASM core with.
//
//   node wasm_host.mjs WASM_EXEC.js H2.wasm
//
// It prints "listening on PORT" and answers every request with a line. It ends
// when its standard input does, so that it never outlives the test.
//
// It is JavaScript because sockets under Node are.
import net from 'node:net';
import { boot } from '../../web/runtime/boot.mjs';
import { Engine, op, ev } from '../../web/http2/engine.js';

const [exec, wasm] = process.argv.slice(2);
const engine = new Engine(await boot(exec, wasm));
const connections = new Map(); // by session
const start = performance.now();
const body = new TextEncoder().encode('hello from the core in WASM\n');
const config = { settings: [[3, 100]], maxDeflateDynamicTableSize: 0, peerMaxConcurrentStreams: 0, maxReservedRemoteStreams: 0, paddingStrategy: 0 };
let sessions = 0;

const now = () => (performance.now() - start) * 1e6;

/** Runs what waits, until the engine has nothing more to say. */
function pump() {
  engine.u8(op.now).f64(now());
  do {
    for (const e of engine.run().events) connections.get(e.session)?.event(e);
  } while (engine.waiting);
  engine.trace(); // nobody reads the record here; it must not grow
}

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.session = ++sessions;
    this.requests = new Map(); // method, by stream
    connections.set(this.session, this);
    engine.u8(op.now).f64(now()).u8(op.accept).u32(this.session)
      .str(`${socket.remoteAddress}:${socket.remotePort}`).str(`${socket.localAddress}:${socket.localPort}`)
      .str('tcp').str('').str('').config(config);
    socket.setNoDelay(true);
    socket.on('data', (b) => { engine.u8(op.receive).u32(this.session).octets(b); pump(); });
    // A peer that asks much and reads nothing must not fill our memory.
    socket.on('drain', () => socket.resume());
    socket.on('end', () => this.ended('client', ''));
    socket.on('error', (e) => this.ended('network', e.message));
    socket.on('close', () => this.ended('network', ''));
    pump();
  }

  event(e) {
    switch (e.kind) {
      case ev.write:
        if (!this.socket.destroyed && !this.socket.write(e.data.slice())) this.socket.pause();
        break;
      case ev.stream: this.requests.set(e.stream, e.fields[e.fields.findIndex((name, i) => i % 2 === 0 && name === ':method') + 1]); break;
      case ev.data: engine.u8(op.consume).u32(e.stream).u32(e.data.length); break;
      case ev.end: this.respond(e.stream); break;
      case ev.closed: this.requests.delete(e.stream); break;
      case ev.deadline: this.deadline(new DataView(e.data.buffer, e.data.byteOffset).getFloat64(0, true)); break;
      case ev.closeTransport: this.socket.end(); break;
      case ev.failed: if (e.flags !== 1) throw new Error(new TextDecoder().decode(e.data)); break;
    }
  }

  respond(stream) {
    const method = this.requests.get(stream);
    if (method === undefined) return; // reset before its end
    const head = method === 'HEAD';
    engine.u8(op.respond).u32(stream).u8(head ? 1 : 0)
      .fields([':status', '200', 0, 'content-type', 'text/plain', 0, 'content-length', String(body.length), 0]);
    if (!head) engine.u8(op.end).u32(stream).octets(body);
  }

  deadline(at) {
    clearTimeout(this.timer);
    if (at > 0) this.timer = setTimeout(() => { engine.u8(op.now).f64(now()).u8(op.tick).u32(this.session); pump(); }, Math.max(0, (at - now()) / 1e6));
  }

  ended(by, reason) {
    if (!connections.has(this.session)) return;
    engine.u8(op.now).f64(now()).u8(op.ended).u32(this.session).str(by).str(reason);
    pump();
    connections.delete(this.session);
    clearTimeout(this.timer);
    this.socket.end();
  }
}

const server = net.createServer({ allowHalfOpen: true }, (socket) => new Connection(socket));
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
process.stdin.on('end', () => process.exit()).resume();
