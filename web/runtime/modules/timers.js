// Node's timers, in virtual time.
const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = framewise.clock;
export { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
export const promises = Object.freeze({
  setTimeout: (ms, value) => new Promise((done) => { setTimeout(done, ms, value); }),
  setImmediate: (value) => new Promise((done) => { setImmediate(done, value); }),
  async* setInterval(ms, value) { for (;;) { await promises.setTimeout(ms); yield value; } },
});
export default { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, promises };
