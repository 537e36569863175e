// Node's buffer, from the npm package, with the encoding names that it lacks.
import { Buffer as B, SlowBuffer, kMaxLength, INSPECT_MAX_BYTES } from '#npm/buffer';

const url = (s) => s.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const { isEncoding, from, byteLength } = B;
const { toString, write } = B.prototype;
const isURL = (encoding) => typeof encoding === 'string' && encoding.toLowerCase() === 'base64url';

B.isEncoding = (e) => isURL(e) || isEncoding(e);
B.from = function (v, encoding, length) { return from.call(this, v, isURL(encoding) ? 'base64' : encoding, length); };
B.byteLength = (v, encoding) => byteLength(v, isURL(encoding) ? 'base64' : encoding);
B.prototype.toString = function (encoding, start, end) {
  return isURL(encoding) ? url(toString.call(this, 'base64', start, end)) : toString.call(this, encoding, start, end);
};
B.prototype.write = function (s, ...rest) { return write.call(this, s, ...rest.map((e) => (isURL(e) ? 'base64' : e))); };

export const Buffer = B;
export const constants = Object.freeze({ MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 });
export const Blob = globalThis.Blob;
export { SlowBuffer, kMaxLength, INSPECT_MAX_BYTES };
export const { atob, btoa } = globalThis;
export default { Buffer, SlowBuffer, kMaxLength, INSPECT_MAX_BYTES, constants, Blob, atob, btoa };
