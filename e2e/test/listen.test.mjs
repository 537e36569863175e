// Real programs call a server that runs in the tab, through a port of the relay:
// curl and nghttp, over cleartext and TLS; their frames are shown as they come.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import test from 'node:test';
import { promisify } from 'node:util';
import { launch, open, screenshot } from '../lib/browser.mjs';
import { at, fill, openPort, openReal, realSays, rows, settled, text, total, writeProgram } from '../lib/page.mjs';
import { freePort, serve, start, tempDir, until } from '../lib/proc.mjs';

const run = promisify(execFile);
const curl = async (...args) => (await run('curl', ['-sS', '--max-time', '20', ...args])).stdout;

const app = `const http2 = require('http2');
const server = http2.createServer(OPTIONS);
server.on('stream', (stream, headers) => {
  let octets = 0;
  stream.on('error', (err) => console.log(err.message));
  stream.on('data', (d) => { octets += d.length; });
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end(headers[':method'] + ' ' + headers[':path'] + ' ' + octets + '\\n');
  });
});
server.on('sessionError', (err) => console.log(err.message));
server.listen(PORT);
`;
const plain = app.replace('OPTIONS', '').replace('PORT', '80');
const secure = `const fs = require('fs');\n${app.replace('createServer(OPTIONS)', "createSecureServer({ key: fs.readFileSync('server-key.pem'), cert: fs.readFileSync('server-cert.pem') })").replace('PORT', '443')}`;

/** Stops the session, and waits until the page has. */
async function stop(page) {
  await page.click(at.run);
  await until('the session to be stopped', async () => /Listen|Tap/.test(await text(page, at.run)));
}

/** Whether nobody listens at the address any more. */
const closed = (address) => until(`${address} to be closed`, async () => {
  const [host, port] = address.split(':');
  const socket = net.connect(Number(port), host);
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
});

test('curl and nghttp call a server in the tab', { timeout: 300_000 }, async (t) => {
  const { url } = await serve(t, ['--relay-sockets', '50', '--relay-dials', '500']);
  const { page, sound } = await open(await launch(t), url, { height: 1100 });
  await settled(page);
  const dir = await tempDir(t);
  const mib = path.join(dir, 'mib');
  await writeFile(mib, Buffer.alloc(1 << 20, 'x'));
  await writeProgram(page, plain);
  await openReal(page, 'listen');

  await t.test('cleartext: a page, an upload of 1 MiB, frames while it goes on', async () => {
    const address = await openPort(page);
    assert.ok((await text(page, '.dial-commands')).includes(`curl --http2-prior-knowledge http://${address}/`));
    assert.equal(await curl('--http2-prior-knowledge', `http://${address}/first`), 'GET /first 0\n');
    await until('the frames of the call', async () => (await rows(page)).some(({ label }) => /^c2s HEADERS .*GET \/first/.test(label)));
    assert.match(await text(page, at.run), /Stop/, 'the session goes on');
    const before = await total(page);
    assert.equal(await curl('--http2-prior-knowledge', '--data-binary', `@${mib}`, `http://${address}/up`), `POST /up ${1 << 20}\n`);
    assert.match((await run('nghttp', ['-nv', `http://${address}/second`])).stdout, /:status: 200/);
    assert.equal((await run('nghttp', [`http://${address}/second`])).stdout, 'GET /second 0\n');
    await until('more frames', async () => await total(page) > before + 60);
    await realSays(page, /0 connections open, 4 came/);
    await screenshot(page, 'listen');
    await stop(page);
    assert.match(await realSays(page, /closed/), /4 connections came, the record has [\d,]+ frames/);
    await closed(address);
  });

  await t.test('several at once, over connections of their own', async () => {
    const address = await openPort(page);
    const said = await Promise.all(Array.from({ length: 8 }, (_, i) => curl('--http2-prior-knowledge', '--data-binary', `@${mib}`, `http://${address}/${i}`)));
    assert.deepEqual(said, said.map((_, i) => `POST /${i} ${1 << 20}\n`));
    await realSays(page, /0 connections open, 8 came/);
    await stop(page);
  });

  await t.test('Stop hangs up on who is still there', async () => {
    const address = await openPort(page);
    const [host, port] = address.split(':');
    const socket = net.connect(Number(port), host);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    socket.on('error', () => {});
    const gone = new Promise((done) => { socket.on('close', done); });
    await once(socket, 'data');
    socket.resume();
    await realSays(page, /1 connection open/);
    await stop(page);
    await gone;
    await closed(address);
  });

  await t.test('a caller that goes away, and one that speaks something else', async () => {
    const address = await openPort(page);
    const child = start('curl', ['-sS', '--http2-prior-knowledge', '-T', '-', `http://${address}/never`], { stdio: ['pipe', 'pipe', 'pipe'] });
    await realSays(page, /1 connection open/);
    await until('the upload to begin', async () => (await rows(page)).some(({ label }) => /^c2s HEADERS .*PUT \/never/.test(label)));
    child.child.kill('SIGKILL');
    await realSays(page, /0 connections open, 1 came/);
    await assert.rejects(curl('--http1.1', `http://${address}/`), 'HTTP/1.1 is not answered');
    assert.equal(await curl('--http2-prior-knowledge', `http://${address}/still`), 'GET /still 0\n');
    await stop(page);
  });

  await t.test('TLS: curl and nghttp, with the plain octets on the page', async () => {
    await writeProgram(page, secure);
    const address = await openPort(page);
    assert.ok((await text(page, '.dial-commands')).includes(`curl -k --http2 https://${address}/`));
    const said = await curl('-k', '--http2', '-w', '%{http_version}', `https://${address}/sealed`);
    assert.equal(said, 'GET /sealed 0\n2');
    assert.equal(await curl('-k', '--http2', '--data-binary', `@${mib}`, `https://${address}/up`), `POST /up ${1 << 20}\n`);
    assert.match((await run('nghttp', ['-nv', `https://${address}/third`])).stdout, /:status: 200/);
    await until('the frames of the calls', async () => (await rows(page)).some(({ label }) => /^c2s HEADERS .*GET \/sealed/.test(label)));
    assert.match(await text(page, '.frames'), /TLS 1\.3/);
    await stop(page);
  });

  await t.test('of two servers either is reached', async () => {
    await writeProgram(page, `const http2 = require('http2');\nfor (const port of [8001, 8002]) http2.createServer((req, res) => res.end('port ' + port)).listen(port);\n`);
    const address = await openPort(page);
    assert.equal(await curl('--http2-prior-knowledge', `http://${address}/`), 'port 8001');
    await (await page.waitForSelector('xpath/.//div[contains(@class,"dial-servers")]//button[normalize-space()="8002"]')).click();
    await realSays(page, /leads to port 8002/);
    assert.equal(await curl('--http2-prior-knowledge', `http://${address}/`), 'port 8002');
    await stop(page);
  });

  await t.test('what stands in the way is said', async () => {
    const busy = net.createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    t.after(() => busy.close());
    await fill(page, '#listen-port', String(busy.address().port));
    await page.click(at.run);
    assert.match(await realSays(page, /in use/), /choose another/);
    await fill(page, '#listen-port', '80');
    await page.click(at.run);
    await realSays(page, /1024 to 65535/);
    const port = await freePort();
    await fill(page, '#listen-port', String(port));
    assert.equal(await openPort(page), `127.0.0.1:${port}`);
    await stop(page);
    await fill(page, '#listen-port', '0');
    await writeProgram(page, "console.log('no server')\n");
    await page.click(at.run);
    await realSays(page, /no server of it waits/);
    await (await page.waitForSelector('xpath/.//button[normalize-space()="Take a program that does"]')).click();
    const offered = /^[\d.:]+\d/.exec(await realSays(page, /leads to port 80/))[0];
    assert.equal(await curl('--http2-prior-knowledge', `http://${offered}/?q`), 'GET /?q, 0 octets\n');
    await stop(page);
    await writeProgram(page, "require('http2').createServer(() => { throw new Error('broken'); }).listen(80);\n");
    const address = await openPort(page);
    await assert.rejects(curl('--http2-prior-knowledge', `http://${address}/`));
    await realSays(page, /Line 1, column \d+: Error: broken/);
  });
  sound();
});

test('a relay that goes away is told', { timeout: 60_000 }, async (t) => {
  const { url, program } = await serve(t);
  const { page } = await open(await launch(t), url);
  await settled(page);
  await writeProgram(page, plain);
  await openReal(page, 'listen');
  await openPort(page);
  await program.stop();
  await realSays(page, /the relay is (stopping|gone)/);
  await page.click(at.run);
  await realSays(page, /no relay answers/);
});
