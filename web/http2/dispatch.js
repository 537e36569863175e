// Events of the engine's for streams, handed to the streams as Node hands on
// what nghttp2 calls back.

import { ev, op, text } from './engine.js';
import { toHeaders } from './headers.js';
import { HEAD_REQUEST, written } from './stream.js';
import { streams } from './registry.js';
import { engine, wake } from '#host';
import * as k from './symbols.js';

const { kState, kUpdateTimer } = k;

const emit = (emitter, ...args) => emitter.emit(...args);
const flagsOf = (e) => (e.flags & 1 ? 5 : 4); // END_HEADERS, and END_STREAM if it was set

/** An event of kind stream or above that is no session's own. */
export function onStreamEvent(session, e) {
  if (e.kind === ev.stream) {
    peerStream(session, e);
    return;
  }
  const stream = streams.get(e.stream);
  if (e.kind === ev.priority) {
    priority(session, stream, e);
    return;
  }
  if (e.kind === ev.frameError) {
    frameError(session, stream, e);
    return;
  }
  if (stream === undefined) return;
  // A request's events come in the context that made it.
  const context = stream[k.kAsync];
  if (context === undefined) streamEvent(session, stream, e);
  else context.runInAsyncScope(streamEvent, undefined, session, stream, e);
}

function streamEvent(session, stream, e) {
  switch (e.kind) {
    case ev.ready: stream._ready(e.a); break;
    case ev.headers: case ev.response: case ev.trailers: section(session, stream, e); break;
    case ev.data: stream._data(e.data); break;
    case ev.end: if (!stream[kState].nulled) stream._ended(); break;
    case ev.drain: written(stream); break;
    case ev.fetchTrailers: written(stream); stream._trailersDue(); break;
    case ev.closed: stream._closed(e.a); break;
    case ev.failed: if (e.flags !== 1) stream._refused(text(e.data), e.b); break;
  }
}

/** A request came, or a promise of a push. */
function peerStream(session, e) {
  session[kUpdateTimer]();
  if (session.closed || session[k.kOptions].maxReservedRemoteStreams === 0) {
    engine.u8(op.rst).u32(e.stream).u32(7);
    wake();
    return;
  }
  const headers = toHeaders(e.fields, session[k.kApi].seed ? undefined : e.sensitive), end = (e.flags & 1) !== 0;
  const stream = session._accept(e.stream, e.a, headers);
  if (end) {
    stream.push(null);
    stream[kState].endAfterHeaders = stream[kState].nulled = true;
  }
  if (session.type === 1) stream.end();
  else if (headers[':method'] === 'HEAD') {
    stream.end();
    stream[kState].flags |= HEAD_REQUEST;
  }
  process.nextTick(emit, session, 'stream', stream, headers, flagsOf(e), e.fields);
}

/** A field section came for a stream that is there. */
function section(session, stream, e) {
  session[kUpdateTimer]();
  const headers = toHeaders(e.fields, session[k.kApi].seed ? undefined : e.sensitive), end = (e.flags & 1) !== 0;
  let name = 'headers';
  if (e.kind === ev.trailers) name = 'trailers';
  else if (e.kind === ev.response) name = stream[kState].pushed ? 'push' : 'response';
  if (headers[':status'] === 421) session._misdirected(stream);
  process.nextTick(emit, stream, name, headers, flagsOf(e), e.fields);
  if (end) {
    stream[kState].nulled = true;
    stream.push(null);
  }
}

function priority(session, stream, e) {
  const target = stream ?? session;
  if (target.destroyed) return;
  target[kUpdateTimer]();
  const v = new DataView(e.data.buffer, e.data.byteOffset);
  target.emit('priority', v.getUint32(0, true), e.a, e.b, e.flags === 1);
}

/** A frame of ours could not be sent. */
function frameError(session, stream, e) {
  const target = stream ?? session, id = new DataView(e.data.buffer, e.data.byteOffset).getUint32(0, true);
  target[kUpdateTimer]();
  target.emit('frameError', e.a, e.b, id);
  // A GOAWAY that says why may be under way.
  setImmediate(() => {
    stream?.close(e.b);
    session.close();
  });
}
