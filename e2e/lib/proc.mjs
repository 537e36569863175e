// Processes and files that the tests start and clean up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const dist = path.join(root, 'dist');

/** Starts a program. out() is what it has said so far; stop() ends it. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let said = '';
  let failure;
  const keep = (data) => { said += data; };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (err) => {
    failure = err.code === 'ENOENT' ? new Error(`${command} is missing: ./build.sh deps installs what the tests need`) : err;
  });
  const ended = () => failure ?? (child.exitCode !== null || child.signalCode !== null
    ? new Error(`${command} ended (${child.exitCode ?? child.signalCode}):\n${said}`) : undefined);
  return {
    child,
    out: () => said,
    ended,
    /** Waits until the output matches, and gives back the match. */
    async line(pattern, within = 20_000) {
      return until(`${command} to say ${pattern}`, () => {
        const match = said.match(pattern);
        if (!match && ended()) throw ended();
        return match;
      }, within, () => said);
    },
    async stop() {
      if (ended()) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await gone;
      clearTimeout(killer);
    },
  };
}

/** Calls check until it gives something truthy; throws after the time, in ms. */
export async function until(what, check, within = 20_000, more = () => '') {
  const end = Date.now() + within;
  for (;;) {
    const got = await check();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited ${within / 1000} s for ${what}\n${await more()}`);
    await sleep(25);
  }
}

/** A port of 127.0.0.1 that nobody listens on right now. */
export async function freePort() {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder that is removed after the test t. */
export async function tempDir(t) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'framewise-e2e-'));
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

/** Starts `framewise serve` on a free port. More flags go into args. */
export async function serve(t, args = []) {
  const dir = await tempDir(t);
  const program = start(path.join(dist, 'bin', 'framewise'), ['serve', '--listen', '127.0.0.1:0', '--data', dir, ...args]);
  t.after(() => program.stop());
  const [, url] = await program.line(/(http:\/\/127\.0\.0\.1:\d+)/);
  return { url: `${url}/`, program };
}
