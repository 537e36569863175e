// The boundary to h2.wasm: commands are written into its memory, events are
// read from it, and the two are crossed once a batch. The encoding is
// wasm/h2/engine/wire.go's; the two files change together.
//
// It is JavaScript because it is what a JavaScript program calls.

export const op = Object.freeze({
  reset: 0, listen: 1, unlisten: 2, connect: 3, request: 4, respond: 5, info: 6, write: 7, end: 8,
  wantTrailers: 9, trailers: 10, rst: 11, push: 12, priority: 13, consume: 14, settings: 15, ping: 16,
  shutdown: 17, destroy: 18, timer: 19, clearTimer: 20, console: 21, cause: 22, attach: 23, receive: 24,
  ended: 25, now: 26, tick: 27, raw: 28, accept: 29,
  hold: 30, state: 31, streamState: 32, goaway: 33, altsvc: 34, origin: 35, nextID: 36, window: 37, over: 38, secured: 39,
});

export const ev = Object.freeze({
  connect: 1, stream: 2, ready: 3, headers: 4, response: 5, trailers: 6, data: 7, end: 8,
  fetchTrailers: 9, drain: 10, closed: 11, localSettings: 12, remoteSettings: 13, goaway: 14,
  ping: 15, pingAck: 16, priority: 17, unknown: 18, streamError: 19, shutdown: 20, error: 21, close: 22,
  limit: 23, altsvc: 24, origin: 25, frameError: 26, priorityUpdate: 27,
  serverSession: 100, timer: 101, connectFailed: 102, failed: 103, write: 104, closeTransport: 105, deadline: 106,
  state: 107, streamState: 108, more: 109,
});

/** Why a command failed: the b of an event failed. */
export const why = Object.freeze({ otherwise: 0, ended: 1, goingAway: 2, exhausted: 3, argument: 4 });

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const none = new Uint8Array(0);

/**
 * Who is asked for paddings: the handle of a session, or of the listener that it
 * came by, to the program's options.selectPadding.
 */
export const asked = new Map();
let asking = false;

/**
 * What h2.wasm imports as framewise.selectPadding. The program must not use
 * sessions meanwhile: the frame is not complete. What it throws is thrown once
 * more outside, since nothing may be thrown through the engine.
 */
export function selectPadding(handle, frameLen, maxFrameLen) {
  const f = asked.get(handle >>> 0);
  if (f === undefined) return frameLen;
  asking = true;
  try {
    return f(frameLen, maxFrameLen) | 0;
  } catch (e) {
    queueMicrotask(() => { throw e; });
    return frameLen;
  } finally {
    asking = false;
  }
}

/** The engine in one instance of h2.wasm. */
export class Engine {
  #wasm;
  #room = 0; // octets that the commands may take
  #at = 0;   // where they begin in the memory
  #b = none;
  #view = new DataView(none.buffer);
  #n = 0;
  #batches;

  /**
   * @param exports of the instance, after Go's run has begun
   * @param batches a function that is given a copy of each batch of commands, and
   *   whether it was call() that ran it,
   *   for a test that replays them; optional
   */
  constructor(exports, batches) {
    this.#wasm = exports;
    this.#batches = batches;
    this.now = 0; // virtual, in nanoseconds
    this.clock = 0; // the host's, in nanoseconds, as op.now told it last
  }

  /** Whether commands wait to be run. */
  get waiting() { return this.#n > 0; }

  /** Makes room for n octets more, also when the memory has grown meanwhile. */
  #need(n) {
    if (asking) throw Object.assign(new Error('selectPadding must not use a session: a frame is being made'), { code: 'ERR_HTTP2_ERROR' });
    if (this.#n + n > this.#room) {
      const written = this.#n > 0 ? new Uint8Array(this.#wasm.mem.buffer, this.#at, this.#n).slice() : none;
      this.#room = Math.max(this.#n + n, 2 * this.#room, 1 << 16);
      this.#at = this.#wasm.buffer(this.#room) >>> 0;
      this.#look();
      this.#b.set(written);
    } else if (this.#b.buffer !== this.#wasm.mem.buffer) this.#look();
  }

  #look() {
    this.#b = new Uint8Array(this.#wasm.mem.buffer, this.#at, this.#room);
    this.#view = new DataView(this.#wasm.mem.buffer, this.#at, this.#room);
  }

  u8(v) { this.#need(1); this.#b[this.#n++] = v; return this; }
  u32(v) { this.#need(4); this.#view.setUint32(this.#n, v, true); this.#n += 4; return this; }
  f64(v) { this.#need(8); this.#view.setFloat64(this.#n, v, true); this.#n += 8; return this; }

  octets(b) {
    this.#need(b.length + 4);
    this.#view.setUint32(this.#n, b.length, true);
    this.#b.set(b, this.#n + 4);
    this.#n += b.length + 4;
    return this;
  }

  str(s) { return this.octets(encoder.encode(s)); }

  /** A string of octets: one each for the lower eight bits of a character. */
  latin1(s) {
    const len = s.length;
    this.#need(len + 4);
    let n = this.#n;
    this.#view.setUint32(n, len, true);
    n += 4;
    const b = this.#b;
    for (let i = 0; i < len; i++) b[n++] = s.charCodeAt(i);
    this.#n = n;
    return this;
  }

  /** Fields are a flat array: name, value, whether it is never indexed (0, 1). */
  fields(list) {
    this.u32(list.length / 3);
    for (let i = 0; i < list.length; i += 3) this.latin1(list[i]).latin1(list[i + 1]).u8(list[i + 2]);
    return this;
  }

  /** Settings are an array of [identifier, value]. */
  settings(list) {
    this.u32(list.length);
    for (const [id, value] of list) this.u32(id).u32(value);
    return this;
  }

  /** What does not stand in the options is the engine's default. */
  config(o) {
    return this.settings(o.settings ?? []).u32(o.maxDeflateDynamicTableSize ?? 0).u32(o.peerMaxConcurrentStreams ?? 0)
      .u32(o.maxReservedRemoteStreams ?? 0).u32(o.maxSendHeaderBlockLength ?? 0).u32(o.maxHeaderListPairs ?? 0).u8(o.padding ?? 0);
  }

  /**
   * Runs the commands and lets things happen. Returns the events, and whether
   * nothing is left to happen.
   */
  run() { return this.#cross(this.#wasm.step); }

  /**
   * Runs the commands, and nothing else happens: no octet is framed, no time
   * passes. Returns the events that tell how they went.
   */
  call() { return this.#cross(this.#wasm.call).events; }

  #cross(f) {
    const w = this.#wasm, count = this.#n;
    if (count === 0) this.#need(0);
    if (this.#batches) this.#batches(this.#b.slice(0, count), f === w.call);
    this.#n = 0;
    const n = f(count);
    const at = w.events() >>> 0;
    if (n === headLen) {
      const head = new DataView(w.mem.buffer, at, headLen);
      this.now = head.getFloat64(1, true);
      return { quiet: head.getUint8(0) === 1, events: nothing };
    }
    const out = new Uint8Array(w.mem.buffer, at, n).slice(); // the memory may grow below it
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

const headLen = 9;
const nothing = Object.freeze([]);

/** The events of an answer; their octets are windows on it. */
function events(b, view) {
  const list = [];
  let at = headLen;
  while (at < b.length) {
    const count = view.getUint16(at + 2, true), size = view.getUint32(at + 20, true);
    const e = {
      kind: b[at], flags: b[at + 1], session: view.getUint32(at + 4, true), stream: view.getUint32(at + 8, true),
      a: view.getUint32(at + 12, true), b: view.getUint32(at + 16, true),
      data: size === 0 ? none : b.subarray(at + 24, at + 24 + size), fields: nothing, sensitive: nothing,
    };
    at += 24 + size;
    if (count > 0) at = fields(e, b, view, at, count);
    list.push(e);
  }
  return list;
}

/** Reads the fields of an event: name and value by turns, in e.fields. */
function fields(e, b, view, at, count) {
  const size = view.getUint32(at, true);
  let lens = at + 4, from = lens + 8 * count;
  const flat = new Array(2 * count), all = string(b, from, from + size), begin = from;
  from = 0;
  for (let i = 0; i < count; i++, lens += 8) {
    const name = view.getUint32(lens, true), n = name & 0x7fffffff, v = view.getUint32(lens + 4, true);
    flat[2 * i] = all.slice(from, from + n);
    flat[2 * i + 1] = all.slice(from + n, from + n + v);
    if (n !== name >>> 0) e.sensitive = [...e.sensitive, flat[2 * i]];
    from += n + v;
  }
  e.fields = flat;
  return begin + size;
}

/** Octets as a string of as many characters. */
function string(b, from, to) {
  let s = '';
  for (; to - from > 4096; from += 4096) s += String.fromCharCode.apply(null, b.subarray(from, from + 4096));
  return s + String.fromCharCode.apply(null, b.subarray(from, to));
}

/** Text of an event's data. */
export const text = (octets) => decoder.decode(octets);
