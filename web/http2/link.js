// The way of a session's octets through a socket: any Duplex in object mode off.

import { Buffer } from 'buffer';
import { op } from './engine.js';
import { carry, engine, received, wake } from '#host';

/** The socket may hold this many octets before DATA stays with the session. */
const full = 128 << 10;

export class Link {
  /**
   * Begins a session of the engine's on a connected socket.
   * @param handle the session's
   * @param server whether this is the server's end
   * @param config as Engine.config takes it
   */
  constructor(handle, socket, server, config) {
    this.handle = handle;
    this.socket = socket;
    this.ended = false;
    this.held = false;
    this.timer = null;
    this.carried = carry(socket, handle, server, config);
    if (this.carried) return;
    const peer = `${socket.remoteAddress ?? 'duplex'}:${socket.remotePort ?? 0}`;
    engine.u8(server ? op.accept : op.attach).u32(handle);
    if (server) engine.str(peer).str(`${socket.localAddress ?? 'duplex'}:${socket.localPort ?? 0}`);
    else engine.str(peer);
    engine.str('').str(socket.encrypted ? socket.getProtocol?.() ?? 'TLS' : '').str(socket.alpnProtocol || '').config(config);
    this.onData = (b) => {
      if (this.ended) return;
      received(handle, typeof b === 'string' ? Buffer.from(b, 'latin1') : b);
    };
    this.onDrain = () => this.hold(false);
    wake();
  }

  /** Lets octets come in. */
  read() {
    if (this.carried) return;
    this.socket.on('drain', this.onDrain);
    this.socket.on('data', this.onData);
  }

  /** Octets of the engine's, to send. */
  write(octets, more) {
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return;
    if (!socket.write(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)) && socket.writableLength > full) this.hold(true);
    else if (more) wake();
  }

  hold(on) {
    if (on === this.held || this.ended) return;
    this.held = on;
    engine.u8(op.hold).u32(this.handle).u8(on ? 1 : 0);
    wake();
  }

  /** When the engine wants to be told of the time, in its own; 0: never. */
  deadline(at) {
    clearTimeout(this.timer);
    this.timer = null;
    if (at <= 0 || this.ended || this.carried) return;
    this.timer = setTimeout(() => {
      engine.u8(op.tick).u32(this.handle);
      wake();
    }, Math.max(1, Math.ceil((at - engine.clock) / 1e6)));
    this.timer.unref?.();
  }

  /** The transport is gone, or the session has ended. */
  end(by, reason) {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.socket.removeListener('data', this.onData ?? (() => {}));
    this.socket.removeListener('drain', this.onDrain ?? (() => {}));
    engine.u8(op.ended).u32(this.handle).str(by).str(reason);
    wake();
  }
}
