// A small EventEmitter with Node's order and rules: listeners run in the order
// in which they were added, on a copy of the list; an 'error' that nobody
// listens for is thrown.

export class EventEmitter {
  #listeners = new Map();

  on(name, f) {
    if (typeof f !== 'function') throw invalid('listener', 'of type function', f);
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), { f, once: false }]);
    this.listening?.(name);
    return this;
  }

  addListener(name, f) { return this.on(name, f); }

  once(name, f) {
    this.on(name, f);
    this.#listeners.get(name).at(-1).once = true;
    return this;
  }

  off(name, f) {
    const list = this.#listeners.get(name) ?? [];
    const i = list.findLastIndex((l) => l.f === f);
    if (i >= 0) this.#listeners.set(name, list.toSpliced(i, 1));
    return this;
  }

  removeListener(name, f) { return this.off(name, f); }

  removeAllListeners(name) {
    if (name === undefined) this.#listeners.clear();
    else this.#listeners.delete(name);
    return this;
  }

  listenerCount(name) { return this.#listeners.get(name)?.length ?? 0; }

  emit(name, ...args) {
    const list = this.#listeners.get(name) ?? [];
    if (list.length === 0 && name === 'error') throw args[0] instanceof Error ? args[0] : new Error(String(args[0]));
    for (const l of list) {
      if (l.once) this.off(name, l.f);
      l.f.apply(this, args);
    }
    return list.length > 0;
  }
}

/** The error that Node throws for an argument of a wrong type. */
export function invalid(name, want, got) {
  const e = new TypeError(`The "${name}" argument must be ${want}. Received ${got === null ? 'null' : typeof got}`);
  e.code = 'ERR_INVALID_ARG_TYPE';
  return e;
}
