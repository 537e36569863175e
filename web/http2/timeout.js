// setTimeout of sessions and streams: 'timeout' after so many milliseconds
// without activity.

import { checkFunction, checkNumber, outOfRange } from './errors.js';
import { kTimeout, kUpdateTimer } from './symbols.js';

const longest = 2 ** 31 - 1;

export function setIdleTimeout(msecs, callback) {
  if (this.destroyed) return this;
  checkNumber(msecs, 'msecs');
  if (msecs < 0 || !Number.isFinite(msecs)) throw outOfRange('msecs', 'a non-negative finite number', msecs);
  if (callback !== undefined) checkFunction(callback, 'callback');
  this.timeout = msecs;
  clearTimeout(this[kTimeout]);
  this[kTimeout] = null;
  if (msecs === 0) {
    if (callback !== undefined) this.removeListener('timeout', callback);
    return this;
  }
  const timer = setTimeout(() => this._onTimeout(), Math.min(msecs, longest));
  timer.unref?.();
  this[kTimeout] = timer;
  this[kUpdateTimer]();
  if (callback !== undefined) this.once('timeout', callback);
  return this;
}

/** Begins the time of a timer anew. */
export function refresh(owner) {
  owner[kTimeout]?.refresh();
}
