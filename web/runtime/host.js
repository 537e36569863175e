// What the http2 module asks of the place where it runs; this is the tab's
// answer, web/http2/host.js is Node's. It stands in the modules' bundle, where
// `framewise` is the Runtime.

import { op } from '../http2/engine.js';
import { carrySocket } from './modules/net.js';

const { engine } = framewise;
export { engine };

/** The engine, to write the command to that a call of the program's causes. */
export const cause = (call) => framewise.cause(call);

/** f, bound to the call of the program's that runs now. */
export const bind = (f) => framewise.bind(f);

/** Commands that wait are run when the program has nothing more to do. */
export const wake = () => {};
export const flush = () => {};

/** Sets who is given each event of the engine's sessions. */
export const onEvents = (f) => framewise.onEvents(1, 119, f);

/** Octets of a session's transport came, where the engine does not carry them. */
export function received(session, octets) {
  engine.u8(op.receive).u32(session).octets(octets);
}

/** Lets the engine move the octets between a socket of the tab's and a session. */
export const carry = (socket, session, server, config) => carrySocket(socket, session, server, config);
