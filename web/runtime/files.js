// The files that every program in the tab finds: those that the seed's examples
// open. They live in memory and are made anew for each run.

import { cert, key } from '#certificate'; // made by web/build: known to everybody, for no use outside

const text = new TextEncoder();
const poem = 'This file lives in the memory of a browser tab.\nIts octets travel as DATA frames.\n';

/** Paths and their octets. A directory's value is null. */
export const files = () => new Map([
  ['/', null], ['/app', null], ['/some', null], ['/tmp', null],
  ['/some/file', text.encode(poem)],
  ['/app/server-key.pem', text.encode(key)],
  ['/app/server-cert.pem', text.encode(cert)],
  ['/app/index.html', text.encode('<!doctype html>\n<title>Framewise</title>\n<h1>Hello World</h1>\n')],
]);
