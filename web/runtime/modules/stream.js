// Node's streams, from the npm package readable-stream, with one addition: what a
// stream sends later (a write that waited, the end) runs as if the program's call
// that wrote it had called it.

import Stream from '#npm/readable-stream';

const kept = Symbol('framewise.calls');

/** Makes _write, _writev and _final of this stream run under the calls that wrote. */
function follow(stream) {
  if (stream[kept]) return stream[kept];
  const calls = { writes: [], end: 0 };
  Object.defineProperty(stream, kept, { value: calls });
  const wrap = (name, at) => {
    const own = stream[name];
    if (typeof own !== 'function') return;
    Object.defineProperty(stream, name, { configurable: true, writable: true, enumerable: false,
      value(...args) { return framewise.under(at(args), own, this, args); } });
  };
  const next = () => calls.writes.shift() || framewise.at;
  wrap('_write', next);
  wrap('_writev', ([chunks]) => { const at = next(); calls.writes.splice(0, chunks.length - 1); return at; });
  wrap('_final', () => calls.end || framewise.at);
  return calls;
}

for (const { prototype } of [Stream.Writable, Stream.Duplex]) {
  const { write, end } = prototype;
  prototype.write = function (...args) {
    follow(this).writes.push(framewise.at);
    return write.apply(this, args);
  };
  prototype.end = function (chunk, ...rest) {
    const calls = follow(this);
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') calls.writes.push(framewise.at);
    calls.end = framewise.at;
    return end.call(this, chunk, ...rest);
  };
}

export { Stream, Stream as default };
export const { Readable, Writable, Duplex, Transform, PassThrough, pipeline, finished, addAbortSignal, promises } = Stream;
