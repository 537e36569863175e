// Callers from outside of the tab: the relay holds a port of its machine open,
// and each connection to it becomes a socket of the server that the program in
// the tab listens with. While a server waits for callers time is the real one,
// since nobody outside lives in virtual time; so such a run is never the same
// twice, and its record's header has an epoch that says so.
//
// It is JavaScript because the sockets are WebSockets of the Worker's and the
// program's own net module.

import { op, ev } from '../http2/engine.js';
import { Asked, at } from './relay.js';

/** The relay takes messages of up to this many octets. */
const messageLimit = 32 << 10;
/** When more than this waits to leave, the server has to wait; it goes on below half of it. */
const fullAt = 256 << 10;

/** How long what comes waits for a program that is busy, in milliseconds. */
const patience = 50;

/** How long to sleep, in milliseconds, while a connection is busy, open, and while there is none. */
const pauses = Object.freeze({ busy: 2, open: 25, none: 100 });

export class Outside {
  /**
   * @param o {relay, port, server}: the relay's address, the port that it is asked
   *   for (0: any), the program's port that is called (0: the first that it opens)
   * @param say is given {address, servers: [{port, tls}], server, open, came} whenever one of them changes
   * @param rest is called when nothing is left to do for now
   */
  constructor(o, say, rest = () => {}) {
    Object.assign(this, { o, say, rest, server: o.server ?? 0 });
    this.began = Date.now();
    this.callers = new Set(); // WebSockets
    this.address = '';
    this.came = this.last = 0;
    this.tasks = [];
    this.wake = () => {};
    this.ahead = false; // a timer of the engine's stands at the real time
  }

  /** The runtime whose program is called. */
  serve(runtime) {
    this.runtime = runtime;
    this.pace = runtime.handle();
  }

  /** Whether somebody may call, or does: then time is real. */
  get stays() { return this.callers.size > 0 || this.runtime.door.servers().length > 0; }

  /** The program's port that is called, 0: there is none. */
  get target() {
    const ports = this.runtime.door.servers().map((s) => s.port);
    return ports.includes(this.server) ? this.server : ports[0] ?? 0;
  }

  /** The program has opened or closed a port. */
  changed() {
    if (!this.asked && this.stays) this.open();
    this.tell();
  }

  /** Another port of the program's is called from now on. */
  choose(port) {
    this.server = port;
    this.tell();
  }

  tell() {
    this.say({ address: this.address, servers: this.runtime.door.servers(), server: this.target, open: this.callers.size, came: this.came });
  }

  open() {
    this.asked = new Asked(at(this.o.relay, 'listen', { port: this.o.port }), {
      answered: ({ address }) => { this.address = address; this.tell(); },
      said: (text) => this.arrived(JSON.parse(text)),
      lost: (message) => this.post(() => this.runtime.stop(message)),
    });
  }

  /** Somebody has connected to the port: the connection is fetched. */
  arrived({ accept, from }) {
    let socket;
    const web = new Asked(at(this.o.relay, 'accept', { token: accept }), {
      answered: () => this.post(() => { socket = this.join(web, from); }),
      said: (octets) => this.post(() => socket?.write(new Uint8Array(octets))),
      lost: () => this.post(() => this.left(web, socket)),
    });
    this.callers.add(web);
    this.came++;
    this.tell();
  }

  /** Joins a caller's WebSocket to a server of the program's. */
  join(web, from) {
    const port = this.target;
    if (port === 0) { // the program has closed its server meanwhile
      web.close();
      this.left(web);
      return undefined;
    }
    const socket = this.runtime.door.enter(port, from);
    socket.on('data', (b) => {
      for (let i = 0; i < b.length; i += messageLimit) web.send(b.slice(i, i + messageLimit));
      if (web.waiting > fullAt) {
        socket.pause();
        this.drain(web, socket);
      }
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => {}); // its close follows
    socket.on('close', () => { web.close(); this.left(web); });
    return socket;
  }

  /** Lets the server go on when the caller has taken most of what waits. */
  drain(web, socket) {
    if (web.waiting > fullAt / 2) setTimeout(() => this.drain(web, socket), 5);
    else this.post(() => socket.resume());
  }

  left(web, socket) {
    socket?.destroySoon();
    if (this.callers.delete(web)) this.tell();
  }

  /** Does f between two batches of the runtime's, as whatever comes from outside. */
  post(f) {
    if (this.tasks.length === 0) this.since = performance.now();
    this.tasks.push(f);
    this.wake();
  }

  /**
   * Does what has come from outside, once the engine's time is the present: what
   * came must not be earlier than it was. A program that is never done (busy) gets
   * it all the same, after a while.
   * @return whether there was something
   */
  take(busy = false) {
    if (this.tasks.length === 0 || busy && performance.now() - this.since < patience) return false;
    for (const f of this.tasks.splice(0)) {
      this.last = performance.now();
      this.runtime.guard(f);
    }
    return true;
  }

  /**
   * Keeps the engine from running ahead of the real time: a timer at this instant
   * is the last that it comes to. False: nobody is there whose time is real.
   */
  arm() {
    if (!this.stays) {
      this.start = undefined;
      return false;
    }
    const { engine } = this.runtime, now = performance.now();
    this.start ??= now - engine.now / 1e6;
    if (!this.ahead) engine.u8(op.timer).u32(this.pace).f64(Math.max(0, (now - this.start) * 1e6 - engine.now));
    this.ahead = true;
    return true;
  }

  /** Whether an event is arm's timer: all that was due has been done. */
  reached(e) {
    if (e.kind !== ev.timer || e.a !== this.pace) {
      this.last = performance.now();
      return false;
    }
    this.ahead = false;
    return true;
  }

  /** Resolves when there may be something to do. */
  async wait() {
    if (this.tasks.length > 0) return;
    this.rest();
    const { busy, open, none } = pauses;
    const ms = performance.now() - this.last < 300 ? busy : this.callers.size > 0 || this.runtime.clock.waiting ? open : none;
    let timer;
    await new Promise((done) => {
      this.wake = done;
      timer = setTimeout(done, ms);
    });
    clearTimeout(timer);
  }

  /** Gives the port back and hangs up. */
  close() {
    this.asked?.close();
    for (const web of this.callers) web.close();
  }
}
