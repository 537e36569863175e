// TLS in the tab: crypto/tls in h2tls.wasm behind one export, octets in, octets
// out. wasm/h2/tlsend.Dialer is the other side.

const cmd = Object.freeze({ roots: 0, begin: 1, turn: 2, seal: 3, close: 4, cut: 5 });
const flag = Object.freeze({ secured: 1, ended: 2, resumed: 4 });
const encoder = new TextEncoder(), decoder = new TextDecoder();

/** The client's end of TLS to one server after the other. */
export class Veil {
  /** @param exports of h2tls.wasm */
  constructor(exports) { this.exports = exports; }

  /** Takes the authorities that are trusted, in DER; throws where they can't be read. */
  trust(der) {
    const { text } = this.call(cmd.roots, der);
    if (text) throw new Error(text);
  }

  /**
   * Begins a connection; the one before is over. As all of the following it answers
   * {out, clear: octets, keys: text, kind, text: '' or why it can't go on,
   * secured: null or the facts of the handshake that is done, ended: the peer has}.
   */
  begin(target, own) {
    const parts = [target, own].map((s) => encoder.encode(s));
    const b = new Uint8Array(parts.reduce((n, p) => n + 4 + p.length, 0));
    let at = 0;
    for (const p of parts) {
      new DataView(b.buffer).setUint32(at, p.length, true);
      b.set(p, at + 4);
      at += 4 + p.length;
    }
    return this.call(cmd.begin, b);
  }

  /** Octets that came by the wire. */
  turn(octets) { return this.call(cmd.turn, octets); }

  /** Octets for the server, in the clear. */
  seal(octets) { return this.call(cmd.seal, octets); }

  /** Says that nothing follows. */
  close() { return this.call(cmd.close); }

  /** The wire has ended. */
  cut() { return this.call(cmd.cut); }

  call(command, octets = new Uint8Array(0)) {
    const { exports } = this;
    const n = 1 + octets.length;
    const into = exports.buffer(n);
    const b = new Uint8Array(exports.mem.buffer, into, n);
    b[0] = command;
    b.set(octets, 1);
    const size = exports.tls(n), from = exports.events(); // the memory may have moved
    return answer(new Uint8Array(exports.mem.buffer, from, size));
  }
}

function answer(b) {
  const view = new DataView(b.buffer, b.byteOffset);
  let at = 1;
  const take = () => {
    const n = view.getUint32(at, true);
    at += 4 + n;
    return b.slice(at - n, at);
  };
  const text = () => decoder.decode(take());
  const a = { out: take(), clear: take(), keys: text(), kind: text(), text: text(), ended: (b[0] & flag.ended) !== 0, secured: null };
  if ((b[0] & flag.secured) === 0) return a;
  const [version, alpn, cipher, name, names, issuer] = [text(), text(), text(), text(), text(), text()];
  a.secured = { version, alpn, cipher, name, names, issuer, resumed: (b[0] & flag.resumed) !== 0 };
  return a;
}
