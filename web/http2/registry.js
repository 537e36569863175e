// Who the engine's events are for: sessions and streams by their handles.

import { ev } from './engine.js';
import { onEvents } from '#host';
import { kEvent } from './symbols.js';

export const sessions = new Map();
export const streams = new Map();

let last = 0;

/** A number for something that this side begins; the engine's own have bit 31. */
export function newHandle() {
  last = last % 0x7fffffff + 1;
  return last;
}

onEvents((e) => {
  let session = sessions.get(e.session);
  if (session === undefined && e.kind === ev.failed) session = streams.get(e.stream)?.session;
  session?.[kEvent](e);
});
