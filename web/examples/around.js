// What the seed's examples presuppose. Their text stays as it is; around it stands
// code that gives them what they name (a session, a port, options), the peer that
// a fragment needs, and the end of it all, so that the program ends by itself.
//
// In the code that runs, an example's own names are within `open` … `close`, where
// `before`'s can be seen:
//
//   before  open  (the example)  after  close
//
// title is the menu's. modules maps what the example asks require() for to what it means. why says all
// that in words, for the page.

const files = "{ key: require('fs').readFileSync('server-key.pem'), cert: require('fs').readFileSync('server-cert.pem') }";

/** A server at a port, named so that no example has the name. */
const peerServer = (port, handler, secure) => `const peer = require('http2').${secure ? `createSecureServer(${files})` : 'createServer()'};
peer.on('stream', (stream, headers) => {
  ${handler}
});
peer.listen(${port});`;

const hello = "stream.respond({ ':status': 200, 'content-type': 'text/plain' });\n  stream.end('hello from the peer');";

/** A client that asks the example's server, prints the response, and ends both. */
const ask = ({ to = 'http://localhost', headers = "{ ':path': '/' }", options = '', more = '', end = 'server.close();' } = {}) => `{
  const peer = require('http2').connect('${to}'${options});
  const ask = peer.request(${headers});
  ask.on('response', (fields) => console.log('response', fields[':status']));
  ${more}
  ask.setEncoding('utf8');
  ask.on('data', (text) => console.log(text));
  ask.on('end', () => { peer.destroy(); ${end} });
  ask.end();
}`;

const listenAndAsk = (o = {}) => `server.listen(${o.port ?? 80});\n${ask(o)}`;

/** A client's session with a server, for fragments that begin with \`session\`. */
const session = `${peerServer(80, hello)}
const session = require('http2').connect('http://localhost');
session.on('close', () => peer.close());`;

const secure = (port) => peerServer(port, hello, true);

const note = {
  listens: 'The example makes a server and leaves it at that: it listens at port 80 here, and a client asks it.',
  asks: 'A client asks the example’s server.',
};

export default {
  '01-require.js': { title: 'the module', why: 'Nothing happens on a network here.' },
  '02-server.js': { title: 'a plain-text server', after: ask(), why: note.asks },
  '03-client.js': { title: 'a client',
    before: peerServer(80, hello), after: "client.on('close', () => peer.close());",
    why: 'A server listens at port 80, which is this tab’s.',
  },
  '04-local-settings.js': { title: 'localSettings',
    before: session, after: "session.on('localSettings', (settings) => { console.log('enablePush', settings.enablePush); if (!session.pendingSettingsAck) session.destroy(); });",
    why: 'session is a client’s, with a server at port 80.',
  },
  '05-remote-settings.js': { title: 'remoteSettings',
    before: session, after: "session.on('remoteSettings', (settings) => { console.log('initialWindowSize', settings.initialWindowSize); session.destroy(); });",
    why: 'session is a client’s, with a server at port 80.',
  },
  '06-session-stream.js': { title: 'a session’s streams',
    before: "const server = require('http2').createServer();\nserver.listen(80);", open: "server.on('session', (session) => {", close: `});\n${ask()}`,
    why: 'session is the one that a server at port 80 has with a client.',
  },
  '07-server-stream.js': { title: 'a server’s streams', after: ask(), why: note.asks },
  '08-session-timeout.js': { title: 'a session’s timeout',
    before: session, after: "session.on('timeout', () => { console.log('timeout'); session.destroy(); });",
    why: 'session is a client’s, with a server at port 80 that says nothing more.',
  },
  '09-request.js': { title: 'request',
    before: secure(1234), after: "req.on('end', () => clientSession.destroy());\nclientSession.on('close', () => peer.close());",
    why: 'A secure server listens at port 1234, with a certificate that the tab trusts.',
  },
  '10-shutdown.js': { title: 'graceful shutdown', before: session, why: 'session is a client’s, with a server at port 80.' },
  '11-fetch-trailers.js': { title: 'fetchTrailers',
    before: "const server = require('http2').createServer();\nserver.listen(80);", open: "server.on('stream', (stream) => {",
    after: "stream.respond({ ':status': 200 });\nstream.end('some data');", close: `});\n${ask({ more: "ask.on('trailers', (fields) => console.log('trailers', fields.abc));" })}`,
    why: 'stream is one of a server at port 80, which responds; a client asks.',
  },
  '12-trailers.js': { title: 'trailers',
    before: `${peerServer(80, "stream.on('fetchTrailers', (trailers) => { trailers.sum = '42'; });\n  stream.respond({ ':status': 200 });\n  stream.end('some data');")}
const client = require('http2').connect('http://localhost');
const stream = client.request({ ':path': '/' });`,
    after: "stream.resume();\nstream.on('streamClosed', () => client.destroy());\nclient.on('close', () => peer.close());\nstream.end();",
    why: 'stream is a client’s request, and the server sends trailers.',
  },
  '13-stream-timeout.js': { title: 'a stream’s timeout',
    before: peerServer(8000, hello), after: "req.resume();\nreq.on('streamClosed', () => client.destroy());\nclient.on('close', () => peer.close());",
    why: 'example.org is this tab, and a server listens at its port 8000. It answers at once: rstStreamWithCancel, which the API calls rstWithCancel, is not called.',
  },
  '14-headers.js': { title: 'informational headers',
    before: `${peerServer(80, "stream.additionalHeaders({ ':status': 103, link: '</style.css>' });\n  stream.respond({ ':status': 200 });\n  stream.end('some data');")}
const client = require('http2').connect('http://localhost');
const stream = client.request({ ':path': '/' });`,
    after: "stream.resume();\nstream.on('streamClosed', () => client.destroy());\nclient.on('close', () => peer.close());\nstream.end();",
    why: 'stream is a client’s request, and the server sends informational headers first.',
  },
  '15-push-event.js': { title: 'push, seen by the client',
    before: `${peerServer(80, "stream.respond({ ':status': 200 });\n  stream.pushStream({ ':path': '/pushed' }, (push) => { push.respond({ ':status': 200 }); push.end('some pushed data'); });\n  stream.end('some data');")}
const client = require('http2').connect('http://localhost');
const request = client.request({ ':path': '/' });
request.resume();
request.end();
client.on('close', () => peer.close());`,
    open: "client.on('stream', (stream) => {", after: "stream.resume();\nstream.on('streamClosed', () => client.destroy());", close: '});',
    why: 'stream is one that a server at port 80 has pushed.',
  },
  '16-response.js': { title: 'response',
    before: secure(443), modules: { http: 'http2' }, after: "req.resume();\nreq.on('end', () => client.destroy());\nclient.on('close', () => peer.close());",
    why: 'require(\'http\') means http2. A secure server listens at port 443, with a certificate that the tab trusts.',
  },
  '17-push-stream.js': { title: 'pushStream',
    after: `server.listen(80);\n${ask({ more: "peer.on('stream', (pushed, fields) => { console.log('push', fields[':path']); pushed.resume(); });" })}`, why: note.listens,
  },
  '18-respond.js': { title: 'respond', after: listenAndAsk(), why: note.listens },
  '19-respond-with-fd.js': { title: 'respondWithFD', after: listenAndAsk(), why: `/some/file lies in the tab’s memory. ${note.listens}` },
  '20-respond-with-file.js': { title: 'respondWithFile', after: listenAndAsk(), why: `/some/file lies in the tab’s memory. ${note.listens}` },
  '21-stat-check.js': { title: 'respondWithFile, cancelled', after: listenAndAsk(), why: `/some/file lies in the tab’s memory. ${note.listens}` },
  '22-http2-server-stream.js': { title: 'a server’s streams, by constants', before: "const http = require('http2');", after: listenAndAsk(), why: `http means http2. ${note.listens}` },
  '23-secure-server-stream.js': { title: 'a secure server’s streams',
    before: `const http = require('http2');\nconst getOptionsSomehow = () => (${files});`, after: listenAndAsk({ port: 443, to: 'https://localhost' }),
    why: 'http means http2, getOptionsSomehow gives the key and the certificate among the tab’s files. The server listens at port 443 here, and a client asks it.',
  },
  '24-create-server.js': { title: 'createServer', after: ask(), why: note.asks },
  '25-create-secure-server.js': { title: 'createSecureServer',
    before: "const fs = require('fs');", after: ask({ to: 'https://localhost:80' }),
    why: 'fs is Node’s, and the key and the certificate are among the tab’s files. The example listens with TLS at port 80; a client asks it.',
  },
  '26-connect.js': { title: 'connect', before: secure(1234), after: "client.on('close', () => peer.close());", why: 'A secure server listens at port 1234. The client goes before it has come.' },
  '27-packed-settings.js': { title: 'getPackedSettings', why: 'Nothing happens on a network here.' },
  '28-headers-object.js': { title: 'a Headers Object, sent',
    before: "const server = require('http2').createServer();\nserver.listen(80);", open: "server.on('stream', (stream) => {", after: "stream.end('some data');",
    close: `});\n${ask({ more: "ask.on('response', (fields) => console.log(fields.abc));" })}`, why: 'stream is one of a server at port 80; a client asks.',
  },
  '29-received-headers.js': { title: 'a Headers Object, received',
    after: `server.on('stream', (stream) => { stream.respond({ ':status': 200 }); stream.end('some data'); });\n${listenAndAsk({ headers: "{ ':path': '/', ABC: 'a field' }" })}`,
    why: `${note.listens} The server responds.`,
  },
  '30-select-padding.js': { title: 'selectPadding',
    after: `server.on('stream', (stream) => { stream.respond({ ':status': 200 }); stream.end('some data'); });\n${listenAndAsk()}`, why: `${note.listens} The server responds.`,
  },
  '31-push-on-the-client.js': { title: 'push streams on the client',
    before: peerServer(80, "stream.respond({ ':status': 200 });\n  stream.pushStream({ ':path': '/pushed' }, (push) => { push.respond({ ':status': 200 }); push.end('some pushed data'); });\n  stream.end('some data');"),
    after: "client.on('stream', (pushed) => pushed.on('end', () => client.destroy()));\nreq.resume();\nclient.on('close', () => peer.close());",
    why: 'A server at port 80 pushes.',
  },
  '32-tcp-server.js': { title: 'CONNECT: a TCP server',
    after: "require('net').connect(8000, function () {\n  this.setEncoding('utf8').on('data', (text) => console.log(text)).on('close', () => server.close());\n  this.end('Jane');\n});",
    why: 'A TCP client says its name: no HTTP/2 here, and no frames.',
  },
  '33-connect-proxy.js': { title: 'CONNECT: the proxy',
    before: `const tcp = require('net').createServer((socket) => {
  let name = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => name += chunk);
  socket.on('end', () => socket.end(\`hello \${name}\`));
});
tcp.listen(8000);`,
    after: `{
  const peer = require('http2').connect('http://localhost:8001');
  const tunnel = peer.request({ ':method': 'CONNECT', ':authority': 'localhost:8000' });
  tunnel.setEncoding('utf8');
  tunnel.on('data', (text) => console.log(text));
  tunnel.on('end', () => { peer.destroy(); proxy.close(); tcp.close(); });
  tunnel.end('Jane');
}`,
    why: 'The TCP server of the example before listens at port 8000; a client asks the proxy for a tunnel to it.',
  },
  '34-connect-client.js': { title: 'CONNECT: the client',
    before: `const port = 8000;
const common = { mustCall: (f = () => {}) => f };
const tcp = require('net').createServer((socket) => {
  let name = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => name += chunk);
  socket.on('end', () => socket.end(\`hello \${name}\`));
});
tcp.listen(port);
const proxy = require('http2').createServer();
proxy.on('stream', (stream, headers) => {
  const to = new URL(\`tcp://\${headers[':authority']}\`);
  const socket = require('net').connect(to.port, to.hostname, () => {
    stream.respond();
    socket.pipe(stream);
    stream.pipe(socket);
  });
});
proxy.listen(8001);`,
    after: "client.on('close', () => { proxy.close(); tcp.close(); });",
    why: 'port is 8000, common.mustCall gives back what it gets. The proxy and the TCP server of the examples before listen at 8001 and 8000.',
  },
};
