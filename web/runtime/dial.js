// One request to a real server: the session runs here, on the engine, and its
// octets travel through a WebSocket to the relay, which holds the real socket.

import { Engine, op, ev, text } from '../http2/engine.js';
import { codeName } from '../http2/constants.js';

/** The relay takes messages of up to this many octets. */
const messageLimit = 32 << 10;

/**
 * Dials and asks. Resolves when the response is complete or the server ended
 * the connection in order; rejects with an Error of one clear line.
 *
 * @param exports of h2.wasm
 * @param o {relay, target, tls, method, path, timeout (ms without an octet),
 *   veil: a Veil where TLS ends here and the relay carries what it can't read,
 *   trusted: certificates in PEM that are trusted beside the veil's,
 *   onKeys: is given the lines of the key log as they come}
 * @param onTrace is given the lines of the record as they come
 */
export function dial(exports, o, onTrace) {
  return new Promise((resolve, reject) => new Dial(exports, o, onTrace, resolve, reject));
}

const session = 1, stream = 2;

class Dial {
  constructor(exports, o, onTrace, resolve, reject) {
    this.o = { method: 'GET', path: '/', timeout: 10_000, ...o };
    this.engine = new Engine(exports);
    this.onTrace = onTrace;
    this.settle = { resolve, reject };
    this.start = performance.now();
    this.open = this.attached = this.finished = this.answered = false;
    this.veil = this.o.tls ? this.o.veil : undefined;
    this.begin();
    const url = new URL(this.o.relay);
    url.searchParams.set('to', this.o.target);
    url.searchParams.set('tls', this.o.tls && !this.veil ? '1' : '0');
    try {
      this.socket = new WebSocket(url);
    } catch (e) {
      this.finish(`the relay's address ${url.origin} is not usable: ${e.message}`);
      return;
    }
    this.socket.binaryType = 'arraybuffer';
    this.socket.onmessage = (m) => this.guard(() => this.message(m.data));
    this.socket.onerror = () => this.guard(() => this.lost(0, ''));
    this.socket.onclose = (c) => this.guard(() => this.lost(c.code, c.reason));
    this.idle();
  }

  begin() {
    const scheme = this.o.tls ? 'https' : 'http';
    this.engine.u8(op.reset).u32(0).u32(0).str(new Date().toISOString())
      .str(`${this.o.method} ${scheme}://${this.o.target}${this.o.path}`).str('').str('').str('').str('').str('').f64(0).f64(0).f64(0).u32(0).u32(0);
    this.pump();
  }

  guard(f) {
    try { f(); } catch (e) { this.finish(`${e.name}: ${e.message}`); }
  }

  message(data) {
    this.idle();
    if (typeof data === 'string') {
      this.hello(JSON.parse(data));
      return;
    }
    if (this.veil) this.unveil(this.veil.turn(new Uint8Array(data)));
    else this.receive(new Uint8Array(data));
  }

  receive(octets) {
    if (octets.length === 0 || this.finished) return;
    this.answered = true;
    this.engine.u8(op.receive).u32(session).octets(octets);
    this.pump();
  }

  /** What TLS made of the last octets: some go out, some are for the session. */
  unveil(a) {
    if (a.keys) this.o.onKeys?.(a.keys);
    this.send(a.out);
    if (a.kind) {
      this.ended('client', a.text);
      return;
    }
    if (a.secured) this.attach({ ...a.secured, address: this.address });
    this.receive(a.clear);
    if (a.ended && this.attached) this.lost(1000, 'the target closed the connection');
  }

  send(octets) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    for (let i = 0; i < octets.length; i += messageLimit) this.socket.send(octets.slice(i, i + messageLimit));
  }

  /** The relay's first message says whether the target is there. */
  hello(m) {
    if (!m.ok) {
      this.finish(m.message || `the relay could not reach ${this.o.target}`);
      return;
    }
    this.open = true;
    if (!this.veil) {
      this.attach({ address: m.address, version: m.tls, alpn: m.alpn, cipher: m.cipher, name: m.name, names: m.names, issuer: m.issuer });
      return;
    }
    this.address = m.address;
    this.unveil(this.veil.begin(this.o.target, this.o.trusted ?? ''));
  }

  /** The way to the server is there, and as TLS: the session begins. */
  attach(c) {
    this.attached = true;
    const scheme = this.o.tls ? 'https' : 'http';
    this.engine.u8(op.now).f64(this.now());
    if (c.version) this.engine.u8(op.secured).str(c.cipher ?? '').str(c.name ?? '').str(c.names ?? '').str(c.issuer ?? '').u8(c.resumed ? 1 : 0);
    const via = ['relay', ...(c.address ? [c.address] : []), ...(this.veil ? ['TLS in the tab'] : [])].join(', ');
    this.engine.u8(op.attach).u32(session).str(this.o.target).str(via).str(c.version ?? '').str(c.alpn ?? '')
      .config({ settings: [[2, 0]] })
      .u8(op.request).u32(session).u32(stream).u8(1).u32(0).u32(0).u8(0).fields([
        ':method', this.o.method, 0, ':path', this.o.path, 0, ':scheme', scheme, 0, ':authority', this.authority(), 0,
        'user-agent', 'framewise', 0, 'accept', '*/*', 0,
      ]);
    this.pump();
  }

  /** The target as :authority shows it: without the scheme's own port. */
  authority() {
    return this.o.target.replace(this.o.tls ? /:443$/ : /:80$/, '');
  }

  now() { return (performance.now() - this.start) * 1e6; }

  /** Runs what waits, until the engine has nothing more to say. */
  pump() {
    this.engine.u8(op.now).f64(this.now());
    do {
      const { events } = this.engine.run();
      for (const e of events) this.event(e);
    } while (this.engine.waiting);
    const t = this.engine.trace();
    if (t.length > 0) this.onTrace(t);
  }

  event(e) {
    switch (e.kind) {
      case ev.write:
        if (!this.veil) this.send(e.data);
        else this.unveil(this.veil.seal(e.data));
        break;
      case ev.data: this.engine.u8(op.consume).u32(e.stream).u32(e.data.length); break;
      case ev.closed:
        if (e.stream !== stream) break;
        this.complete = e.a === 0;
        if (e.a !== 0) this.reason ??= `the stream was closed with ${codeName(e.a)}${this.goaway ?? ''}`;
        this.engine.u8(op.destroy).u32(session).u32(0);
        break;
      case ev.goaway: if (e.a !== 0) this.goaway = ` after GOAWAY ${codeName(e.a)}${e.data.length ? `: ${JSON.stringify(text(e.data))}` : ''}`; break;
      case ev.error: this.reason = `what ${this.o.target} sent is not HTTP/2: ${text(e.data)}`; break;
      case ev.failed: if (e.flags !== 1) this.reason ??= text(e.data); break;
      case ev.deadline: this.deadline(new DataView(e.data.buffer, e.data.byteOffset).getFloat64(0, true)); break;
      case ev.closeTransport:
      case ev.close:
        this.finish(this.reason ?? (this.complete ? '' : text(e.data) || `the connection to ${this.o.target} ended before the response was complete`));
        break;
    }
  }

  deadline(at) {
    clearTimeout(this.tick);
    if (at > 0) this.tick = setTimeout(() => this.guard(() => { this.engine.u8(op.now).f64(this.now()).u8(op.tick).u32(session); this.pump(); }), at / 1e6 - (performance.now() - this.start));
  }

  /** Each octet of the server's puts the end of our patience off. */
  idle() {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.guard(() => {
      const wait = `${this.o.timeout / 1000} s`;
      this.ended('client', !this.open ? `the relay has not reached ${this.o.target} within ${wait}`
        : !this.attached ? `${this.o.target} took the connection but did not finish the TLS handshake within ${wait}`
        : this.answered ? `${this.o.target} has gone silent: no octet for ${wait}`
          : `${this.o.target} took the connection and has said nothing for ${wait}; is it an HTTP/2 server?`);
    }), this.o.timeout);
  }

  /** The WebSocket is gone: before the relay's answer, or with the target. */
  lost(code, reason) {
    if (this.finished) return;
    if (!this.open) {
      this.finish(`no relay answers at ${new URL(this.o.relay).origin}; start one with: framewise serve`);
      return;
    }
    if (!this.attached) {
      // A handshake that the server ends has failed, and TLS says why.
      if (code === 1000 && /^the target (closed|reset) the connection$/.test(reason)) this.unveil(this.veil.cut());
      this.ended('server', reason || `the relay ended the connection (${code})`);
      return;
    }
    // After our GOAWAY either end may be the first to close.
    if (this.complete) {
      this.ended('server', '');
      return;
    }
    if (code !== 1000 || !/closed the connection$/.test(reason)) this.ended('server', reason || `the relay ended the connection (${code})`);
    else if (this.answered) this.ended('server', `${this.o.target} closed the connection before the response was complete`);
    else this.ended('server', `${this.o.target} closed the connection without a word: perhaps it speaks no HTTP/2 at this port${this.o.tls ? '' : ', or only over TLS'}`);
  }

  ended(by, reason) {
    if (this.finished) return;
    this.reason ??= reason;
    if (this.attached) {
      this.engine.u8(op.now).f64(this.now()).u8(op.ended).u32(session).str(by).str(reason);
      this.pump();
    }
    this.finish(this.reason);
  }

  finish(reason) {
    if (this.finished) return;
    this.finished = true;
    clearTimeout(this.patience);
    clearTimeout(this.tick);
    const t = this.engine.trace();
    if (t.length > 0) this.onTrace(t);
    if (this.attached && this.veil) this.send(this.veil.close().out);
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) this.socket.close(1000);
    if (reason) this.settle.reject(new Error(reason));
    else this.settle.resolve();
  }
}
