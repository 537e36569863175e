// Priority options of requests and of priority(): checked, with their defaults.

import { checkBoolean, checkNumber } from './errors.js';

/** Checks the options and fills in what is not there. Returns them. */
export function priorityOptions(o) {
  if (o.weight === undefined) o.weight = 16;
  else checkNumber(o.weight, 'options.weight');
  if (o.parent === undefined) o.parent = 0;
  else checkNumber(o.parent, 'options.parent', 0);
  if (o.exclusive === undefined) o.exclusive = false;
  else checkBoolean(o.exclusive, 'options.exclusive');
  if (o.silent === undefined) o.silent = false;
  else checkBoolean(o.silent, 'options.silent');
  return o;
}

/** A weight as the wire can have it: what is outside goes to the next bound. */
export const wireWeight = (weight) => Math.min(256, Math.max(1, weight | 0));
