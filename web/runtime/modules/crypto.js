// The part of Node's crypto that is chance, drawn from the program's seed.
import { Buffer } from './buffer.js';

const { getRandomValues, randomUUID } = crypto;
const later = (f, done) => { if (!done) return f(); framewise.clock.setImmediate(() => done(null, f())); return undefined; };
export const randomBytes = (n, done) => later(() => getRandomValues(Buffer.alloc(n)), done);
export const randomFillSync = (b) => getRandomValues(b);
export const randomInt = (min, max, done) => {
  if (typeof max !== 'number') [min, max, done] = [0, min, max];
  return later(() => min + Math.floor(Math.random() * (max - min)), done);
};
export const timingSafeEqual = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);
export { getRandomValues, randomUUID };
export default { randomBytes, randomFillSync, randomInt, getRandomValues, randomUUID, timingSafeEqual, webcrypto: crypto };
