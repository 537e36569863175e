// What the tab asks of a relay (docs/relay.md): a WebSocket whose first message
// is the relay's answer.

/** The relay's address with a question. */
export function at(relay, door, query) {
  const url = new URL(relay);
  url.pathname += `/${door}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

export class Asked {
  /**
   * @param url where it is asked
   * @param on {answered(answer), said(text or ArrayBuffer), lost(message)}: the relay
   *   has agreed; what it says then; it has refused, was not there or has ended it.
   *   After lost nothing comes any more; close is not answered by it.
   */
  constructor(url, { answered, said, lost }) {
    this.lost = lost;
    try {
      this.socket = new WebSocket(url);
    } catch (e) {
      this.socket = null;
      queueMicrotask(() => this.over(`the relay's address ${url.origin} is not usable: ${e.message}`));
      return;
    }
    let open = false;
    this.socket.binaryType = 'arraybuffer';
    this.socket.onmessage = ({ data }) => {
      if (open) {
        said(data);
        return;
      }
      const answer = parsed(data);
      if (answer?.ok === true) {
        open = true;
        answered(answer);
      } else this.over(answer?.message || `what answers at ${url.origin} is no relay`);
    };
    this.socket.onclose = ({ code, reason }) => this.over(!open ? `no relay answers at ${url.origin}, or it serves other pages only; start one with: framewise serve`
      : reason || (code === 1006 ? 'the relay is gone' : `the relay ended it (${code})`));
    this.socket.onerror = () => {}; // its close follows; where a policy forbids the address there is none
    this.socket.addEventListener('error', () => setTimeout(() => { if (this.socket?.readyState === 3) this.socket.onclose({ code: 1006, reason: '' }); }));
  }

  /** Octets that have yet to leave. */
  get waiting() { return this.socket?.readyState === 1 ? this.socket.bufferedAmount : 0; }

  /** Sends octets, unless the relay has hung up: then its end is on the way. */
  send(octets) { if (this.socket?.readyState === 1) this.socket.send(octets); }

  over(message) {
    const { lost } = this;
    if (!lost) return;
    this.close();
    lost(message);
  }

  close() {
    this.lost = null;
    if (this.socket?.readyState <= 1) this.socket.close(1000);
  }
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
