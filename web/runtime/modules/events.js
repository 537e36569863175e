// Node's events, from the npm package, with one addition: a listener runs as if
// the program's call that registered it had called it, until its own calls say
// otherwise. So the frames that pipe() causes know the line of pipe().

import EventEmitter from '#npm/events';

const registered = new WeakMap(); // listener → mark

for (const name of ['on', 'addListener', 'prependListener']) {
  const add = EventEmitter.prototype[name];
  EventEmitter.prototype[name] = function (type, listener) {
    if (typeof listener === 'function') registered.set(listener, framewise.at);
    return add.call(this, type, listener);
  };
}

const { emit } = EventEmitter.prototype;
EventEmitter.prototype.emit = function (type, ...args) {
  const handler = this._events?.[type];
  if (handler === undefined) return emit.call(this, type, ...args);
  for (const f of typeof handler === 'function' ? [handler] : handler.slice()) {
    const at = registered.get(f) || framewise.at;
    framewise.under(at, f, this, args);
  }
  return true;
};

EventEmitter.captureRejections = false;
EventEmitter.errorMonitor ??= Symbol('events.errorMonitor');
export default EventEmitter;
export { EventEmitter };
export const once = EventEmitter.once;
export const on = EventEmitter.on;
export const defaultMaxListeners = EventEmitter.defaultMaxListeners;
export const errorMonitor = EventEmitter.errorMonitor;
