// The boundary to h2.wasm: commands are written into one buffer, events are
// read from another, and the two are crossed once a batch. The encoding is
// wasm/h2/engine/wire.go's; the two files change together.
//
// It is JavaScript because it is what a JavaScript program calls.

export const op = Object.freeze({
  reset: 0, listen: 1, unlisten: 2, connect: 3, request: 4, respond: 5, info: 6, write: 7, end: 8,
  wantTrailers: 9, trailers: 10, rst: 11, push: 12, priority: 13, consume: 14, settings: 15, ping: 16,
  shutdown: 17, destroy: 18, timer: 19, clearTimer: 20, console: 21, cause: 22, attach: 23, receive: 24,
  ended: 25, now: 26, tick: 27, raw: 28, accept: 29,
});

export const ev = Object.freeze({
  connect: 1, stream: 2, ready: 3, headers: 4, response: 5, trailers: 6, data: 7, end: 8,
  fetchTrailers: 9, drain: 10, closed: 11, localSettings: 12, remoteSettings: 13, goaway: 14,
  ping: 15, pingAck: 16, priority: 17, unknown: 18, streamError: 19, shutdown: 20, error: 21, close: 22,
  serverSession: 100, timer: 101, connectFailed: 102, failed: 103, write: 104, closeTransport: 105, deadline: 106,
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The engine in one instance of h2.wasm. */
export class Engine {
  #wasm;
  #b = new Uint8Array(1 << 16);
  #view = new DataView(this.#b.buffer);
  #n = 0;
  #batches;

  /**
   * @param exports of the instance, after Go's run has begun
   * @param batches a function that is given a copy of each batch of commands,
   *   for a test that replays them; optional
   */
  constructor(exports, batches) {
    this.#wasm = exports;
    this.#batches = batches;
    this.now = 0; // virtual, in nanoseconds
  }

  /** Whether commands wait to be run. */
  get waiting() { return this.#n > 0; }

  #room(n) {
    if (this.#n + n <= this.#b.length) return;
    const b = new Uint8Array(Math.max(this.#n + n, 2 * this.#b.length));
    b.set(this.#b.subarray(0, this.#n));
    this.#b = b;
    this.#view = new DataView(b.buffer);
  }

  u8(v) { this.#room(1); this.#b[this.#n++] = v; return this; }
  u32(v) { this.#room(4); this.#view.setUint32(this.#n, v >>> 0, true); this.#n += 4; return this; }
  f64(v) { this.#room(8); this.#view.setFloat64(this.#n, v, true); this.#n += 8; return this; }

  octets(b) {
    this.u32(b.length).#room(b.length);
    this.#b.set(b, this.#n);
    this.#n += b.length;
    return this;
  }

  str(s) { return this.octets(encoder.encode(s)); }

  /** Fields are an array of [name, value, sensitive?]. */
  fields(list) {
    this.u32(list.length);
    for (const [name, value, sensitive] of list) this.str(name).str(value).u8(sensitive ? 1 : 0);
    return this;
  }

  /** Settings are an array of [identifier, value]. */
  settings(list) {
    this.u32(list.length);
    for (const [id, value] of list) this.u32(id).u32(value);
    return this;
  }

  config(o) {
    return this.settings(o.settings).u32(o.maxDeflateDynamicTableSize).u32(o.peerMaxConcurrentStreams)
      .u32(o.maxReservedRemoteStreams).u8(o.paddingStrategy);
  }

  /**
   * Runs the commands and lets things happen. Returns the events, and whether
   * nothing is left to happen.
   */
  run() {
    const w = this.#wasm;
    const at = w.buffer(this.#n);
    new Uint8Array(w.mem.buffer, at, this.#n).set(this.#b.subarray(0, this.#n));
    if (this.#batches) this.#batches(this.#b.slice(0, this.#n));
    const n = w.step(this.#n);
    this.#n = 0;
    const out = new Uint8Array(w.mem.buffer, w.events(), n).slice(); // the memory may grow below it
    const view = new DataView(out.buffer);
    this.now = view.getFloat64(1, true);
    return { quiet: out[0] === 1, events: events(out, view) };
  }

  /** Takes the lines of the record that have come since the last call. */
  trace() {
    const n = this.#wasm.traceLen();
    return new Uint8Array(this.#wasm.mem.buffer, this.#wasm.trace(), n).slice();
  }
}

function* events(b, view) {
  let at = 9;
  const u32 = () => { at += 4; return view.getUint32(at - 4, true); };
  const octets = () => { const n = u32(); at += n; return b.subarray(at - n, at); };
  while (at < b.length) {
    const kind = b[at], flags = b[at + 1], count = view.getUint16(at + 2, true);
    at += 4;
    const e = { kind, flags, session: u32(), stream: u32(), a: u32(), b: u32(), data: octets(), fields: [] };
    for (let i = 0; i < count; i++) e.fields.push([decoder.decode(octets()), decoder.decode(octets())]);
    yield e;
  }
}

/** Text of an event's data. */
export const text = (octets) => decoder.decode(octets);
