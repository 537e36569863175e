// The socket of a request or response: the session's, with what belongs to the
// stream taken from the stream.

import { error } from './errors.js';
import { kRequest, kSocket } from './symbols.js';

const streams = new Set(['on', 'once', 'end', 'emit', 'destroy']);
const barred = new Set(['write', 'read', 'pause', 'resume']);

const behind = (stream) => (stream.session === undefined ? stream : stream.session[kSocket]);

export const streamSocketProxy = {
  has: (stream, prop) => prop in stream || prop in behind(stream),

  get(stream, prop) {
    if (streams.has(prop)) return stream[prop].bind(stream);
    if (barred.has(prop)) throw error('ERR_HTTP2_NO_SOCKET_MANIPULATION');
    switch (prop) {
      case 'writable': case 'destroyed': return stream[prop];
      case 'readable': return stream.destroyed ? false : (stream[kRequest] ?? stream).readable;
      case 'setTimeout': {
        const owner = stream.session ?? stream;
        return owner.setTimeout.bind(owner);
      }
    }
    const socket = behind(stream), value = socket[prop];
    return typeof value === 'function' ? value.bind(socket) : value;
  },

  getPrototypeOf: (stream) => Reflect.getPrototypeOf(behind(stream)),

  set(stream, prop, value) {
    if (barred.has(prop)) throw error('ERR_HTTP2_NO_SOCKET_MANIPULATION');
    if (streams.has(prop) || prop === 'writable' || prop === 'readable' || prop === 'destroyed') stream[prop] = value;
    else if (prop === 'setTimeout') (stream.session ?? stream).setTimeout = value;
    else behind(stream)[prop] = value;
    return true;
  },
};
