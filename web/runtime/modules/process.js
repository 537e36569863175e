// Node's process, as far as a tab has one.

import EventEmitter from './events.js';

const begin = framewise.clock.now;
const nanoseconds = () => BigInt(Math.round((framewise.clock.now - begin) * 1e6));

function hrtime(since) {
  const now = nanoseconds() - (since ? BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]) : 0n);
  return [Number(now / 1_000_000_000n), Number(now % 1_000_000_000n)];
}
hrtime.bigint = nanoseconds;

const stream = (level) => ({ isTTY: false, columns: 80, write(text, _, done) { framewise.console(level, ['%s', String(text).replace(/\n$/, '')]); done?.(); return true; } });

const process = Object.assign(new EventEmitter(), {
  title: 'framewise', platform: 'browser', arch: 'wasm', pid: 1, ppid: 0, version: 'v20.20.2',
  versions: Object.freeze({ node: '20.20.2', http_parser: '0' }), release: { name: 'node' },
  argv: ['node', '/app/program.js'], execArgv: [], execPath: '/bin/node', env: {}, exitCode: undefined, features: {}, config: {},
  nextTick: framewise.clock.nextTick, hrtime, cwd: () => '/app', uptime: () => framewise.clock.now / 1000,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  stdout: stream('log'), stderr: stream('error'),
  exit(code) { process.exitCode = code ?? process.exitCode; process.emit('exit', process.exitCode ?? 0); framewise.exit(); },
  abort() { process.exit(134); },
  emitWarning(warning, type = 'Warning', code) {
    if (typeof type === 'object' && type !== null) ({ type = 'Warning', code } = type);
    const w = warning instanceof Error ? warning : Object.assign(new Error(String(warning)), { name: String(type) });
    if (code) w.code = code;
    process.nextTick(() => { if (!process.emit('warning', w)) framewise.console('warn', [`(node:1) ${w.code ? `[${w.code}] ` : ''}${w.name}: ${w.message}`]); });
  },
  binding() { throw new Error('process.binding is not there in the tab'); },
});

export default process;
export const { nextTick, env, platform, version, versions, argv, cwd, exit, emitWarning, stdout, stderr, hrtime: time } = process;
