// Servers to dial: a real one (nghttpd) and ones that misbehave.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, start, tempDir, until } from './proc.mjs';

/** Makes a key and a certificate for 127.0.0.1 and localhost that signs itself. */
export async function certificate(t, name = 'framewise test') {
  const dir = await tempDir(t);
  const key = path.join(dir, 'key.pem');
  const cert = path.join(dir, 'cert.pem');
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-keyout', key, '-out', cert, '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
  ]);
  return { key, cert };
}

/** Starts nghttpd for a folder with hello.txt. With a certificate it speaks TLS. */
export async function nghttpd(t, { secure, flags = [] } = {}) {
  const dir = await tempDir(t);
  await writeFile(path.join(dir, 'hello.txt'), 'hello from nghttpd\n');
  const port = await freePort();
  const args = ['--address=127.0.0.1', `--htdocs=${dir}`, ...flags];
  args.push(...(secure ? [String(port), secure.key, secure.cert] : ['--no-tls', String(port)]));
  const program = start('nghttpd', args);
  t.after(() => program.stop());
  await until('nghttpd to listen', async () => {
    if (program.ended()) throw program.ended();
    return connects(port);
  });
  return { target: `127.0.0.1:${port}`, port, program };
}

/**
 * Captures what h2load and nghttpd say to each other, 33,000 requests over ten
 * connections, about 100,000 frames, into a file.
 */
export async function captureLoad(t, file) {
  const { port } = await nghttpd(t);
  const capture = start('dumpcap', ['-q', '-i', 'lo', '-f', `tcp port ${port}`, '-B', '64', '-w', file]);
  t.after(() => capture.stop());
  await capture.line(/File: /);
  // dumpcap says so a moment before it sees packets.
  await until('the capture to see packets', async () => {
    await connects(port);
    return (await stat(file).catch(() => ({ size: 0 }))).size > 600;
  });
  const load = start('h2load', ['-n', '33000', '-c', '10', '-m', '10', `http://127.0.0.1:${port}/hello.txt`]);
  t.after(() => load.stop());
  await load.line(/33000 succeeded/, 60_000);
  await until('dumpcap to have written all', async () => {
    const { size } = await stat(file);
    await sleep(500);
    return (await stat(file)).size === size;
  });
  capture.child.kill('SIGINT');
  await until('dumpcap to end', () => capture.ended());
}

async function connects(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Listens with a handler for each socket; ends with the test. */
async function listen(t, server) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${server.address().port}`;
}

/** Answers every connection with octets that are no HTTP/2. */
export const garbage = (t) => listen(t, net.createServer((socket) => {
  socket.write('SSH-2.0-OpenSSH_9.9 this is not the server you are looking for\r\n'.repeat(4));
}));

/** Takes connections and says nothing. */
export const silent = (t) => listen(t, net.createServer((socket) => socket.resume()));

/** Speaks TLS, but of all protocols only HTTP/1.1. */
export async function onlyHTTP1(t, secure) {
  const [key, cert] = await Promise.all([readFile(secure.key), readFile(secure.cert)]);
  return listen(t, tls.createServer({ key, cert, ALPNProtocols: ['http/1.1'] }, (socket) => {
    socket.on('error', () => {});
    socket.resume();
  }));
}

/** Node's own HTTP/2 server over TLS, with more options of tls.createServer; on is called for each stream. */
export async function nodeServer(t, secure, on, options = {}) {
  const [key, cert] = await Promise.all([readFile(secure.key), readFile(secure.cert)]);
  const server = http2.createSecureServer({ key, cert, ...options });
  server.on('stream', on);
  server.on('session', (session) => session.on('error', () => {}));
  return listen(t, server);
}

/** Takes a connection and ends it as soon as something comes. */
export const hangsUp = (t) => listen(t, net.createServer((socket) => socket.once('data', () => socket.end())));

/** Carries connections to a target and keeps what its server said: said() is all of it. */
export async function witness(t, target) {
  const kept = [];
  const port = target.split(':')[1];
  const address = await listen(t, net.createServer((socket) => {
    const there = net.connect(Number(port), '127.0.0.1');
    there.on('data', (b) => kept.push(b));
    there.on('error', () => socket.destroy());
    socket.on('close', () => there.destroy());
    socket.pipe(there).pipe(socket);
  }));
  return { target: address, said: () => Buffer.concat(kept) };
}

/** Starts nginx with HTTP/2 over TLS for a folder with hello.txt and index.html. */
export async function nginx(t, { key, cert }) {
  const dir = await tempDir(t);
  await chmod(dir, 0o755); // its workers give up root
  await writeFile(path.join(dir, 'hello.txt'), 'hello from nginx\n');
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>nginx here</title><p>a page of nginx');
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${dir}/${kind};`).join(' ');
  await writeFile(path.join(dir, 'nginx.conf'), `daemon off; master_process off; worker_processes 1; pid ${dir}/pid; error_log stderr;
    events {}
    http { access_log off; ${temporary}
      server { listen 127.0.0.1:${port} ssl http2; ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3; root ${dir}; } }`);
  const program = start(process.env.NGINX ?? '/usr/sbin/nginx', ['-p', dir, '-c', path.join(dir, 'nginx.conf')]);
  t.after(() => program.stop());
  await until('nginx to listen', async () => {
    if (program.ended()) throw program.ended();
    return connects(port);
  });
  return { target: `localhost:${port}`, port, program };
}
