// What the seed's examples presuppose: the names that they use without having
// them, and the other end of what they do. The examples' text stays as it is.
//
// An entry has
//   before(env)   what runs first; the names that it returns are given to the example
//   after(env)    what runs when the example has run to its end
//   shows         what is written to the console, by the example or by its other
//                 end: strings, or regular expressions
//
// env is {http2, net, fs, log, event(emitter, name), servers, clients}: the
// modules as the example sees them (its names and ports lead to this machine),
// and the servers and clients that the example has made.

/** A name that examples use without having it, and why it is what it is. */
export const names = {
  http: 'the seed writes http.createServer() and require(\'http\') where it means http2',
  fs: 'one example reads its key and certificate with it, and has no require for it',
  session: 'fragments about a session: one that is connected',
  stream: 'fragments about a stream: one that is open',
  port: 'the CONNECT client\'s target: the TCP server of the example before',
  common: 'the CONNECT client uses the helper of Node\'s own tests: mustCall() counts',
  getOptionsSomehow: 'the secure server\'s options: a key and a certificate',
};

/** Other files that examples open. */
export const files = {
  '/some/file': 'what the file says\n',
  'server-key.pem': 'key',
  'server-cert.pem': 'cert',
};

const read = async (stream) => {
  let s = '';
  stream.setEncoding('utf8');
  for await (const d of stream) s += d;
  return s;
};

const listening = async (env, server, port) => {
  server.listen(port);
  await env.event(server, 'listening');
  return server;
};

/** A server, its session with a client, and both. */
async function connected(env, options, onStream) {
  const server = env.http2.createServer(options);
  if (onStream) server.on('stream', onStream);
  await listening(env, server, 80);
  const seen = env.event(server, 'session');
  const client = env.http2.connect('http://localhost:80');
  const [session] = await seen;
  return { server, client, session };
}

/** The client asks and writes down what it is told. */
const ask = (address, headers = {}) => async (env) => {
  const client = env.http2.connect(address);
  const request = client.request({ ':path': '/', ...headers });
  const [head] = await env.event(request, 'response');
  env.log(head[':status'], head['content-type'] ?? '', await read(request));
  client.destroy();
};

/** The same for a server that the example does not let listen. */
const askUnbound = (headers) => async (env) => {
  await listening(env, env.servers[0], 80);
  await ask('http://localhost:80', headers)(env);
};

const served = (port, secure = false) => async (env) => {
  const server = secure ? env.http2.createSecureServer(env.identity) : env.http2.createServer();
  server.on('stream', (stream) => {
    stream.respond({ 'content-type': 'text/plain' });
    stream.end('data');
  });
  await listening(env, server, port);
  return {};
};

/** A server's stream, whose client writes down its trailers. */
async function serverStream(env) {
  const { server, client } = await connected(env);
  const seen = env.event(server, 'stream');
  const request = client.request({ ':path': '/' });
  request.resume();
  const [stream] = await seen;
  return { stream, request };
}

const tcpServer = async (env) => {
  const target = env.net.createServer((socket) => {
    let name = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => { name += chunk; });
    socket.on('end', () => socket.end(`hello ${name}`));
  });
  await listening(env, target, 8000);
};

export const stage = {
  '01-require.js': { shows: [] },
  '02-server.js': { after: ask('http://localhost:80'), shows: ['200 text/html <h1>Hello World</h1>'] },
  '03-client.js': { before: served(80), shows: ['200', /GMT$/] },
  '04-local-settings.js': {
    async before(env) { const { client } = await connected(env); await env.event(client, 'localSettings'); return { session: client }; },
    async after(env) { const [s] = await env.event(env.given.session, 'localSettings'); env.log(s.enablePush); },
    shows: ['false'],
  },
  '05-remote-settings.js': {
    async before(env) { const { client } = await connected(env, { settings: { maxConcurrentStreams: 7 } }); return { session: client }; },
    async after(env) { const [s] = await env.event(env.given.session, 'remoteSettings'); env.log(s.maxConcurrentStreams); },
    shows: ['7'],
  },
  '06-session-stream.js': {
    async before(env) { const { client, session } = await connected(env); env.client = client; return { session }; },
    async after(env) { env.log(await read(env.client.request({ ':path': '/' }))); },
    shows: ['hello world'],
  },
  '07-server-stream.js': { after: ask('http://localhost:80'), shows: ['200 text/html <h1>Hello World</h1>'] },
  '08-session-timeout.js': {
    async before(env) { const { client } = await connected(env); return { session: client }; },
    async after(env) { await env.event(env.given.session, 'timeout'); env.log('timeout'); },
    shows: ['timeout'],
  },
  '09-request.js': { before: served(1234, true), shows: [':status'] },
  '10-shutdown.js': {
    async before(env) {
      const { client, session } = await connected(env);
      await env.event(client, 'localSettings');
      let said = 0; // a third GOAWAY ends the session
      client.on('goaway', (code, last, data) => { if (++said <= 2) env.log('goaway', code, last, data ? String(data) : ''); });
      env.client = client;
      return { session };
    },
    async after(env) { await env.event(env.client, 'close'); },
    shows: ['goaway 0 2147483647 ', 'goaway 0 0 add some debugging data here'],
  },
  '11-fetch-trailers.js': {
    async before(env) { const { stream, request } = await serverStream(env); env.request = request; return { stream }; },
    async after(env) {
      const { stream } = env.given;
      stream.respond();
      stream.end('x');
      const [trailers] = await env.event(env.request, 'trailers');
      env.log(trailers.abc);
    },
    shows: ['some value to send'],
  },
  '12-trailers.js': {
    async before(env) {
      const { client } = await connected(env, {}, (s) => { s.on('fetchTrailers', (t) => { t.sum = '42'; }); s.respond(); s.end('x'); });
      const stream = client.request({ ':path': '/' });
      stream.resume();
      return { stream };
    },
    async after(env) { await env.event(env.given.stream, 'trailers'); },
    shows: [/sum: '42'/],
  },
  '13-stream-timeout.js': { before: served(8000), async after(env) { await env.event(env.clients[0], 'connect'); }, shows: [] },
  '14-headers.js': {
    async before(env) {
      const { client } = await connected(env, {}, (s) => { s.additionalHeaders({ ':status': 103, link: '</style.css>' }); s.respond(); s.end(); });
      const stream = client.request({ ':path': '/' });
      stream.resume();
      return { stream };
    },
    async after(env) { await env.event(env.given.stream, 'headers'); },
    shows: [/':status': 103.*link/s],
  },
  '15-push-event.js': {
    async before(env) {
      const { client } = await connected(env, {}, (s) => {
        s.respond();
        s.pushStream({ ':path': '/pushed' }, (push) => { env.pushed = push; });
        s.end();
      });
      const seen = env.event(client, 'stream');
      client.request({ ':path': '/' }).resume();
      const [stream] = await seen;
      return { stream };
    },
    async after(env) { env.pushed.respond({ 'x-pushed': 'yes' }); env.pushed.end(); await env.event(env.given.stream, 'push'); },
    shows: [/'x-pushed': 'yes'/],
  },
  '16-response.js': { before: served(443, true), shows: ['200'] },
  '17-push-stream.js': {
    async after(env) {
      await listening(env, env.servers[0], 80);
      const client = env.http2.connect('http://localhost:80');
      const seen = env.event(client, 'stream');
      const request = client.request({ ':path': '/' });
      const [push] = await seen;
      env.log(await read(push), await read(request));
    },
    shows: ['some pushed data some data'],
  },
  '18-respond.js': { after: askUnbound(), shows: ['200  some data'] },
  '19-respond-with-fd.js': {
    async after(env) { await askUnbound()(env); const gone = env.event(env.servers[0], 'close'); env.servers[0].close(); await gone; },
    shows: ['200 text/plain what the file says\n'],
  },
  '20-respond-with-file.js': { after: askUnbound(), shows: ['200 text/plain what the file says\n'] },
  '21-stat-check.js': { after: askUnbound(), shows: ['304  '] },
  '22-http2-server-stream.js': { before: (env) => ({ http: env.http2 }), after: askUnbound(), shows: ['200 text/plain hello world'] },
  '23-secure-server-stream.js': {
    before: (env) => ({ http: env.http2, getOptionsSomehow: () => env.identity }),
    async after(env) { await listening(env, env.servers[0], 443); await ask('https://localhost')(env); },
    shows: ['200 text/plain hello world'],
  },
  '24-create-server.js': { after: ask('http://localhost:80'), shows: ['200 text/html <h1>Hello World</h1>'] },
  '25-create-secure-server.js': { before: (env) => ({ fs: env.fs }), after: ask('https://localhost:80'), shows: ['200 text/html <h1>Hello World</h1>'] },
  '26-connect.js': { before: served(1234, true), async after(env) { await env.event(env.clients[0], 'close'); env.log('closed'); }, shows: ['closed'] },
  '27-packed-settings.js': { shows: ['AAIAAAAA'] },
  '28-headers-object.js': {
    async before(env) { const { stream, request } = await serverStream(env); env.response = env.event(request, 'response'); return { stream }; },
    async after(env) { env.given.stream.end(); const [h] = await env.response; env.log(h[':status'], h.abc); },
    shows: ['200 has, more, than, one, value'],
  },
  '29-received-headers.js': {
    async after(env) {
      const [server] = env.servers;
      server.on('stream', (s) => { s.respond(); s.end(); });
      await listening(env, server, 80);
      const request = env.http2.connect('http://localhost:80').request({ ':path': '/here', ABC: 'lower-case' });
      await read(request);
    },
    shows: ['/here', 'undefined'],
  },
  '30-select-padding.js': {
    async after(env) { env.servers[0].on('stream', (s) => { s.respond(); s.end('padded'); }); await askUnbound()(env); },
    shows: ['200  padded'],
  },
  '31-push-on-the-client.js': {
    async before(env) {
      const { server } = await connected(env);
      server.on('stream', (s) => { s.respond(); s.pushStream({ ':path': '/pushed' }, (push) => { push.respond(); push.end('P'); }); s.end('x'); });
      return {};
    },
    async after(env) { const [push, h] = await env.event(env.clients.at(-1), 'stream'); await env.event(push, 'end'); env.log(push.id, h[':path']); },
    shows: ['2 /pushed'],
  },
  '32-tcp-server.js': {
    async after(env) { const socket = env.net.connect(8000, 'localhost'); socket.end('Jane'); env.log(await read(socket)); },
    shows: ['hello Jane'],
  },
  '33-connect-proxy.js': {
    async before(env) { await tcpServer(env); return {}; },
    async after(env) {
      const client = env.http2.connect('http://localhost:8001');
      const request = client.request({ ':method': 'CONNECT', ':authority': 'localhost:8000' });
      request.end('Jane');
      env.log(await read(request));
    },
    shows: ['hello Jane'],
  },
  '34-connect-client.js': {
    async before(env) {
      await tcpServer(env);
      const proxy = env.http2.createServer();
      proxy.on('stream', (stream, headers) => {
        const auth = new URL(`tcp://${headers[':authority']}`);
        const socket = env.net.connect(Number(auth.port), auth.hostname, () => { stream.respond(); socket.pipe(stream); stream.pipe(socket); });
      });
      await listening(env, proxy, 8001);
      const called = () => { env.called = (env.called ?? 0) + 1; };
      return { port: 8000, common: { mustCall: () => called } };
    },
    async after(env) { await env.event(env.clients.at(-1), 'close'); env.log('mustCall', env.called); },
    shows: ['The server says: hello Jane', 'mustCall 1'],
  },
};
