// Node's AsyncResource: what runs in its scope runs as if the program's call that
// made it had called it.
export class AsyncResource {
  #at = framewise.at;
  constructor(type) { this.type = type; }
  runInAsyncScope(f, self, ...args) { return framewise.under(this.#at, f, self, args); }
  bind(f) { return (...args) => this.runInAsyncScope(f, undefined, ...args); }
  emitDestroy() { return this; }
  asyncId() { return 1; }
  triggerAsyncId() { return 0; }
  static bind(f) { return framewise.bind(f); }
}
export const executionAsyncId = () => 1;
export const createHook = () => ({ enable() { return this; }, disable() { return this; } });
