// session.socket: the session's socket, without what would disturb the session.

import { error } from './errors.js';
import { kSocket } from './symbols.js';

const barred = new Set(['destroy', 'emit', 'end', 'pause', 'read', 'resume', 'write', 'setEncoding', 'setKeepAlive', 'setNoDelay']);
const own = new Set(['setTimeout', 'ref', 'unref']);

function socketOf(session, prop) {
  if (barred.has(prop)) throw error('ERR_HTTP2_NO_SOCKET_MANIPULATION');
  const socket = session[kSocket];
  if (socket === undefined) throw error('ERR_HTTP2_SOCKET_UNBOUND');
  return socket;
}

export const socketProxy = {
  get(session, prop) {
    if (own.has(prop)) return session[prop].bind(session);
    const socket = socketOf(session, prop), value = socket[prop];
    return typeof value === 'function' ? value.bind(socket) : value;
  },
  getPrototypeOf: (session) => Reflect.getPrototypeOf(socketOf(session)),
  set(session, prop, value) {
    if (own.has(prop)) session[prop] = value;
    else socketOf(session, prop)[prop] = value;
    return true;
  },
};
