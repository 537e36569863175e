// A tap at the relay: programs of this machine talk to a real server through a
// port, and the record of what they say comes here, entry by entry. Nothing is
// run in the tab.
//
// It is JavaScript because it is a WebSocket of the Worker's.

import { Asked, at } from './relay.js';

/** How long a record may become, in octets: it is all kept in the tab. */
export const longest = 64 << 20;

const encoder = new TextEncoder();

/**
 * Opens a tap. Its promise is rejected with why it ended, in one line; a tap that
 * nobody stops has no other end.
 * @param o {relay, target, port, longest?}
 * @param record {add(octets), flush()}: takes the lines of the record
 * @param say is given {address} when the port is open
 */
export function tap(o, record, say) {
  return new Promise((_, reject) => {
    let size = 0, timer;
    const flush = () => { timer = undefined; record.flush(); };
    const end = (message) => {
      clearTimeout(timer);
      record.flush();
      reject(new Error(message));
    };
    const asked = new Asked(at(o.relay, 'tap', { to: o.target, port: o.port }), {
      answered: ({ address }) => say({ address }),
      said(text) {
        const line = encoder.encode(text.endsWith('\n') ? text : `${text}\n`);
        size += line.length;
        if (size > (o.longest ?? longest)) {
          asked.close();
          end(`the tap was ended: its record is longer than ${(o.longest ?? longest) >> 20} MiB`);
          return;
        }
        record.add(line);
        timer ??= setTimeout(flush, 10);
      },
      lost: end,
    });
  });
}
