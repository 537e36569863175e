// The names that Node's modules use without asking for them.
export { default as process } from './process.js';
export { Buffer } from './buffer.js';
