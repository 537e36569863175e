// What runs a program in virtual time: the names that the program sees, and the
// loop that trades batches with the engine. The same program and seed give the
// same record everywhere.

import { Engine, asked, op, ev } from '../http2/engine.js';
import * as engineModule from '../http2/engine.js';
import { Clock, chance, hop, pause, seededCrypto, virtualDate, epoch } from './clock.js';
import { ProgramError, mark, placeIn } from './mark.js';
import { format, show } from './show.js';
import { files } from './files.js';
import { world, keepRealm } from './world.js';
import makeModules from '#modules'; // the modules that require() finds, made anew by each call

export { ProgramError, epoch };
export { selectPadding } from '../http2/engine.js';
export { Outside } from './outside.js';
export { tap } from './tap.js';

/** What stops a program that does not end by itself. */
export const limits = Object.freeze({
  trace: 64 << 20,    // octets of the record
  turns: 20_000_000,  // of loops and functions between two returns to the event loop
  ticks: 1_000_000,   // functions of nextTick in a row
  idle: 10_000,       // timers in a row without anything on the network or the console
  events: 2_000_000,  // in all
});

/** What a step of a plan can do, as transport/memory has it. */
const kinds = ['corrupt', 'stall', 'half-close', 'cut', 'drop', 'inject'];

/** The engine has no TLS, and the program asked for it: run it on the one that has. */
export class NeedsTLS extends Error {}

export class Runtime {
  /**
   * @param exports of h2.wasm
   * @param o {onTrace(octets), batches?, limits?, outside?, secure?}: where the record's
   *   lines go; those who call the program from outside of the tab (outside.js), if
   *   anybody may; whether the engine has TLS
   */
  constructor(exports, { onTrace, batches, limits: own, outside = null, secure = false } = {}) {
    this.engine = new Engine(exports, batches);
    Object.defineProperty(this.engine, 'clock', { get() { return this.now; } });
    this.engineModule = engineModule;
    this.onTrace = onTrace ?? (() => {});
    this.limits = { ...limits, ...own };
    this.at = 0; // the mark of the program's call that runs, or that what runs goes back to
    this._handles = this._traced = this._turns = this._idle = this._events = 0;
    this._cause = -1;
    this._error = this._stop = null;
    this._handlers = []; // of events, [from, to, f]
    this.outside = outside;
    this.secure = secure;
    this.clock = new Clock(this, op, outside?.began);
    this.format = format;
    this.show = show;
  }

  handle() { return ++this._handles; }

  /** f, as if the call that runs now had called it. */
  bind(f) {
    const { at } = this, runtime = this;
    return function bound(...args) { return runtime.under(at, f, this, args); };
  }

  /** Calls f as if the program's call at had called it. */
  under(at, f, self, args) {
    const was = this.at;
    this.at = at;
    try {
      return f.apply(self, args);
    } finally {
      this.at = was;
    }
  }

  /** Names the program's call as the cause of the command that follows, and returns the engine. */
  cause(name) {
    const { line, col, call } = this.calls[this.at];
    const key = this.at === 0 ? 0 : this.at;
    if (key !== this._cause) {
      this._cause = key;
      this.engine.u8(op.cause).u32(line).u32(col).str(this.at === 0 ? '' : call || name);
    }
    return this.engine;
  }

  /** f is given every event whose kind lies from..to. */
  onEvents(from, to, f) { this._handlers.push([from, to, f]); }

  console(level, args) {
    this._idle = 0;
    this.engine.u8(op.console).str(level).str(format(...args));
  }

  /**
   * Runs a program until nothing is left to happen.
   * @param program its text
   * @param o {title, note, seed, network, around: {before, open, after, close, modules},
   *   engine: the name of this version, for the record's header}; network is
   *   {latency, jitter, bandwidth, chunk, steps: [{kind, conn, dir, frame, heard, offset, mask, for, octets}]},
   *   as docs/trace.md has it of a record's header
   * @throws ProgramError
   */
  async run(program, { title = '', note = '', seed = 1, network = {}, around = {}, engine = '' } = {}) {
    for (const { kind, heard } of network.steps ?? []) {
      if (!kinds.includes(kind)) throw new ProgramError(`the network knows no step of the kind ${JSON.stringify(kind)}, there are ${kinds.join(', ')}`);
      if (heard && kind !== 'inject') throw new ProgramError(`a step of the kind ${kind} can’t wait for a frame of the other direction (heard), only inject can`);
    }
    this.calls = [{ line: 0, col: 0, call: '' }];
    this.lines = program.split('\n').length;
    asked.clear();
    this.engine.u8(op.reset).u32(seed).u32(0).str(this.outside ? new Date(this.clock.began).toISOString() : '').str(title).str(note).str(program).str('js').str(engine).str(aroundText(around));
    this.join(network);
    const restore = keepRealm();
    try {
      const main = this.load(program, around, seed);
      this.guard(main);
      await this.loop();
    } finally {
      restore();
      this.engine.u8(op.over);
      this.engine.call();
      this.takeTrace();
    }
  }

  /** What the network between the two ends is like. */
  join({ latency = 0, jitter = 0, bandwidth = 0, chunk = 0, steps = [] }) {
    const { engine } = this;
    engine.f64(latency).f64(jitter).f64(bandwidth).u32(chunk).u32(steps.length);
    for (const { kind, conn, dir, frame, heard = false, offset = 0, mask = 0, for: time = 0, octets = [] } of steps) {
      engine.str(kind).u32(conn).u8((dir === 's2c' ? 1 : 0) + (heard ? 2 : 0)).f64(frame).f64(offset).u8(mask).f64(time).octets(octets);
    }
  }

  /** Makes a function of the program. */
  load(program, around, seed) {
    const names = world(this, { random: chance(seed), Date: virtualDate(this.clock), crypto: seededCrypto(chance(seed ^ 0x5eed)) });
    this.files = files();
    this.epoch = this.clock.began;
    this.modules = makeModules(this, names);
    this.outside?.serve(this);
    const { process, Buffer } = this.modules;
    for (const [name, value] of [['process', process], ['Buffer', Buffer]]) {
      Object.defineProperty(names.globalThis, name, { value, writable: true, configurable: true });
    }
    const scope = { ...names, process, Buffer, __at: (id) => { this.at = id; return nothing; }, __turn: (id) => this.turn(id) };
    const module = { exports: {} };
    const common = { exports: module.exports, require: this.modules.require(around.modules ?? {}), module, __filename: '/app/program.js', __dirname: '/app' };
    try {
      this.marked = mark(program, around);
      this.calls = this.marked.calls;
      // The program's own names may be those of the world, as in Node.
      const f = new Function(...Object.keys(scope), `return function (${Object.keys(common)}) {\n${this.marked.code}\n}\n//# sourceURL=program.js`);
      const main = f(...Object.values(scope));
      return () => main.apply(common.exports, Object.values(common));
    } catch (e) {
      this.flush();
      throw e instanceof ProgramError ? e : new ProgramError(`${e.name}: ${e.message}`);
    }
  }

  /** Counts a turn of the loop, or a call of the function, of a mark. */
  turn(id) {
    if (++this._turns > this.limits.turns || this._stop) {
      this.at = id;
      this.stop(`the program was stopped: ${this.limits.turns.toLocaleString('en-US')} turns of a loop or function calls without a pause`);
      throw this._stop;
    }
  }

  /** Ends the run with a message; what has been sent stays. */
  stop(message) {
    this._stop ??= new ProgramError(message, ...this.here());
    this._error ??= this._stop;
  }

  /** The line and column of the call that runs, [0, 0] where none does. */
  here() {
    const { line, col } = this.calls[this.at];
    return [line, col];
  }

  /** Trades batches with the engine until all is quiet. */
  async loop() {
    for (;;) {
      await this.settle();
      await this.check();
      if (await this.trade() || this.busy) {
        this.outside?.take(true);
        continue;
      }
      if (this.outside?.take()) continue;
      // Hosts tell of a rejection that nobody handles in a task of its own.
      await pause();
      await this.settle();
      if (this.busy) continue;
      if (this.outside?.stays) {
        await this.outside.wait();
        continue;
      }
      if (await this.leave()) continue;
      this.guard(() => this.modules.process.emit('exit', this.modules.process.exitCode ?? 0));
      this.flush();
      if (this._error) this.end();
      return;
    }
  }

  /** One batch for the engine, and what comes of it; false: all is quiet. */
  async trade() {
    const real = this.outside?.arm();
    const { quiet, events } = this.engine.run();
    this.takeTrace();
    let now = false; // the real time has come: nothing more happens yet
    for (const e of events) {
      if (this.outside?.reached(e)) {
        now = true;
        continue;
      }
      this.guard(() => this.dispatch(e));
      await this.settle();
    }
    return real ? !now || events.length > 1 : !quiet || events.length > 0;
  }

  get busy() { return this.engine.waiting || this.clock.ticking || this.clock.checking; }

  /**
   * The check phase of the event loop: what setImmediate left. What these leave in
   * turn comes before time passes, but not for ever: a program may wait like that.
   */
  async check() {
    for (let rounds = 0; this.clock.checking && rounds < 1000; rounds++) {
      for (const i of this.clock.takeImmediates()) {
        this.count();
        this.guard(i.run);
        await this.settle();
      }
    }
  }

  /**
   * Tells the program that nothing is left to happen; it may go on. A line on the
   * console is a command as well, but nothing that goes on.
   */
  async leave() {
    if (!this.modules.process.emit('beforeExit', this.modules.process.exitCode ?? 0)) return false;
    await this.settle();
    return this.clock.checking || await this.trade() || this.busy;
  }

  /** Runs what waits: functions of nextTick, then microtasks, until there are none. */
  async settle() {
    let ticks = 0;
    do {
      for (let f = this.clock.takeTick(); f; f = this.clock.takeTick()) {
        if (++ticks > this.limits.ticks) this.stop(`the program was stopped: ${ticks - 1} functions of process.nextTick in a row`);
        if (this._error) break;
        this.guard(f);
      }
      this.at = 0;
      await hop();
      this._turns = 0;
    } while (this.clock.ticking && !this._error);
    if (this._error) this.end();
  }

  end() {
    this.flush();
    if (this._error !== exited) throw this._error;
    throw new Exit();
  }

  /** Runs f; the first error that nobody catches ends the run. */
  guard(f) {
    if (this._error) return;
    this.at = 0;
    try {
      f();
    } catch (e) {
      this.fail(e);
    }
  }

  fail(e) {
    if (this._error) return;
    if (e instanceof NeedsTLS || e === exited) {
      this._error = e;
      return;
    }
    if (e === this._stop) {
      this._error = e;
      return;
    }
    const { process } = this.modules;
    if (process.listenerCount('uncaughtException') > 0) {
      this.guard(() => process.emit('uncaughtException', e, 'uncaughtException'));
      return;
    }
    const text = e instanceof Error ? `${e.name}${e.code ? ` [${e.code}]` : ''}: ${e.message}` : `Uncaught ${show(e)}`;
    this.console('error', [text]);
    const { line, col } = this.place(e);
    this._error = new ProgramError(text, line, col);
  }

  /** Where in the program an error was made: its innermost frame there, else the call that runs. */
  place(e) {
    const m = /program\.js:(\d+):(\d+)/.exec(typeof e?.stack === 'string' ? e.stack : '');
    if (m) {
      const at = placeIn(this.marked, this.lines, Number(m[1]) - before, Number(m[2]));
      if (at.line) return at;
    }
    return this.calls[this.at];
  }

  /** The program asked for TLS, and this engine has none. */
  needTLS() {
    this._error = new NeedsTLS('the program needs TLS');
    throw this._error;
  }

  /** The program called process.exit: what runs goes no further. */
  exit() {
    this._error = exited;
    throw exited;
  }

  flush() {
    this.engine.run();
    this.takeTrace();
  }

  takeTrace() {
    const t = this.engine.trace();
    if (t.length === 0) return;
    this._traced += t.length;
    this.onTrace(t);
    if (this._traced > this.limits.trace) throw new ProgramError(`the program was stopped: its record is longer than ${this.limits.trace >> 20} MiB`);
  }

  /** Counts something that happened; a program that would never end is stopped. */
  count(timer = false) {
    this._idle = timer ? this._idle + 1 : 0;
    if (++this._events > this.limits.events) this.stop(`the program was stopped: ${this.limits.events.toLocaleString('en-US')} events, and no end`);
    if (this._idle > this.limits.idle) this.stop(`the program was stopped: ${this.limits.idle.toLocaleString('en-US')} timers in a row with nothing on the network`);
  }

  dispatch(e) {
    if (globalThis.DUMP) console.log("EV", e.kind, e.session, e.stream, e.a, e.data.length);
    this._cause = -1;
    if (e.kind === ev.timer) {
      this.count(true);
      this.clock.fire(e.a);
      return;
    }
    this.count();
    for (const [from, to, f] of this._handlers) if (e.kind >= from && e.kind <= to) f(e);
  }
}

/** What ran around a program, as the record's header has it; '': nothing. */
function aroundText({ before, open, after, close, modules = {} }) {
  const names = Object.fromEntries(Object.entries(modules).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = { ...before && { before }, ...open && { open }, ...after && { after }, ...close && { close }, ...Object.keys(names).length && { modules: names } };
  return Object.keys(text).length ? JSON.stringify(text) : '';
}

const nothing = Object.freeze([]);
const exited = new Error('exit');

/** What run() throws when the program called process.exit: the run is over in order. */
export class Exit extends Error {}

// Function() puts two lines before its text, load() a third.
const before = 3;
