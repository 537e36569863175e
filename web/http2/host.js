// What the facade asks of the place where it runs; this is Node's answer. The
// tab's is web/runtime/host.js, which the page's bundle has instead.
//
// Here h2.wasm is compiled when the module is loaded, the sessions' octets
// travel through Node's sockets, and events are handed on one by one, with
// process.nextTick's queue and the microtasks drained between two of them: so
// does Node between two callbacks of its native http2.

import { AsyncResource } from 'async_hooks';
import { readFileSync } from 'fs';
import { join } from 'path';
import { boot } from '#go'; // wasm_exec.js in a function, made by web/build/npm.go
import { Engine, ev, op, selectPadding } from './engine.js';

export const engine = new Engine(start());

function start() {
  // A timer of Go's runtime must not keep the process alive.
  const later = (f, ms) => setTimeout(f, ms).unref();
  const Go = boot(later);
  const go = new Go();
  go.importObject.framewise = { selectPadding };
  const module = new WebAssembly.Module(readFileSync(join(__dirname, 'h2.wasm')));
  const instance = new WebAssembly.Instance(module, go.importObject);
  go.run(instance); // until the exports can be called; the rest never ends
  return instance.exports;
}

let handler = () => {};

/** Sets who is given each event of the engine's. */
export function onEvents(f) { handler = f; }

/** The engine, to write the command to that a call of the program's causes. */
export const cause = () => engine;

/** f, bound to the call of the program's that runs now. */
export const bind = (f) => f;

/** The engine does not move the octets of Node's sockets by itself. */
export const carry = () => false;

// Events run in a context of their own, not in that of the call that happened
// to come first.
const root = new AsyncResource('framewise.http2');

let queue = [];
let next = 0;          // in the queue
let dispatching = false;
let due = false;       // commands wait for the next run
let scheduled = false;

/** Says that commands wait: they are run when the running code is done. */
export function wake() {
  due = true;
  if (!dispatching && !scheduled) {
    scheduled = true;
    root.runInAsyncScope(schedule);
  }
}

const schedule = () => setImmediate(runLater);

function runLater() {
  scheduled = false;
  if (due && !dispatching) run();
}

/** Runs the commands now; while events are handed on, behind the last. */
export function flush() {
  due = true;
  if (!dispatching) run();
}

/** Octets of a session's transport came: they are taken in at once. */
export function received(session, octets) {
  stamp();
  engine.u8(op.receive).u32(session).octets(octets);
  run();
}

const begin = performance.now();
let stamped = -1;

function stamp() {
  const now = Math.floor((performance.now() - begin) * 1e6);
  if (now === stamped) return;
  engine.clock = stamped = now;
  engine.u8(op.now).f64(now);
}

function run() {
  due = false;
  stamp();
  const { events } = engine.run();
  if (events.length === 0) return;
  if (dispatching) {
    for (const e of events) queue.push(e);
    return;
  }
  queue = events;
  next = 0;
  dispatching = true;
  root.runInAsyncScope(pump);
}

/** Hands on events until one has been seen by the program. */
function pump() {
  try {
    while (next < queue.length) {
      const e = queue[next++];
      handler(e);
      if (shown(e.kind)) break;
    }
  } finally {
    // Also when the program threw: what came is still handed on.
    process.nextTick(drained);
  }
}

/** Microtasks run when the queue of ticks is empty. */
const drained = () => queueMicrotask(next < queue.length ? pump : rest);

function rest() {
  if (next < queue.length) {
    pump();
    return;
  }
  dispatching = false;
  queue = [];
  if (due) run();
}

/** Whether an event can reach the program, and cause what must come before the
 *  next one. */
function shown(kind) {
  return kind !== ev.write && kind !== ev.deadline && kind !== ev.more;
}
