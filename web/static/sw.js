// sw.js: the service worker. It keeps the whole page for use without a network
// and brings newer versions of it. It is JavaScript because a browser accepts
// nothing else here, and it has to work when nothing else was loaded.
//
// One version of the page is one cache: index.html and the files that it names.
// Those carry a hash of their content in their names, so an address always
// stands for the same octets; index.html is compared with the hash that the
// build wrote here. A version is complete or it isn't installed, and the page of
// a version finds its own files for as long as it is open: never a mix.
//
// In:  the browser's install, activate and fetch; 'take over' from the page,
//      when somebody wants the version that waits
// Out: answers from the cache, and from the network for what isn't kept
'use strict';

const files = {{precache}};  // address → SHA-256, 12 hexadecimal digits
const version = '{{version}}';
const PREFIX = 'framewise-' + new URL('./', self.location.href).pathname + '-';
const KEPT = 2; // versions: this one, and the one that open pages may still show

const sealed = {{sealed}};

const home = new URL('./', self.location.href);
const pages = ['./', './?embed=1']; // the same octets; our servers send other headers with each

/** The first digits of the octets' SHA-256, as the build writes them. */
async function hashOf(octets) {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
  return [...sum.subarray(0, 6)].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** Fetches a file and makes sure that it is the one that this version means. */
async function fetchSound(address, want, cache) {
  const response = await fetch(address, { cache, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${address} was answered with ${response.status}`);
  const octets = await response.arrayBuffer();
  if (await hashOf(octets) !== want) throw new Error(`${address} is of another version`);
  const headers = new Headers(response.headers);
  headers.delete('content-encoding'); // the octets are unpacked
  headers.delete('content-length');
  // Where the host sends no policy of its own (any static one), other people's
  // programs are kept apart by this one.
  if (/\/sandbox\.[0-9a-f]{12}\.html$/.test(new URL(address, home).pathname)) headers.set('content-security-policy', sealed);
  return new Response(octets, { status: 200, headers }); // not a redirected one, which no page may come from
}

/** Fills this version's cache; what an older version has is not fetched again. */
async function install() {
  const cache = await caches.open(PREFIX + version);
  const put = async (address, want, mode) => {
    const known = mode === 'default' && await caches.match(address, { ignoreVary: true });
    await cache.put(address, known || await fetchSound(address, want, mode));
  };
  try {
    for (const page of pages) await put(new URL(page, home).href, files['index.html'], 'reload');
    const rest = Object.entries(files).filter(([name]) => name !== 'index.html');
    for (let i = 0; i < rest.length; i += 4) { // a few at a time: this runs beside the page
      await Promise.all(rest.slice(i, i + 4).map(([name, want]) => put(new URL(name, home).href, want, 'default')));
    }
  } catch (e) {
    await caches.delete(PREFIX + version); // half a version is of no use; the browser tries again
    throw e;
  }
}

/** Forgets the oldest versions. */
async function sweep() {
  const own = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + version);
  await Promise.all(own.slice(0, Math.max(0, own.length - (KEPT - 1))).map((name) => caches.delete(name)));
}

/** The answer to a request of a page, or undefined for what is not kept. */
async function answer(request, url) {
  const own = await caches.open(PREFIX + version);
  if (url.pathname === home.pathname || url.pathname === home.pathname + 'index.html') {
    const embed = url.searchParams.get('embed') === '1';
    return await own.match(new URL(pages[embed ? 1 : 0], home).href, { ignoreVary: true }) || fetch(request);
  }
  const options = { ignoreVary: true, ignoreSearch: true };
  return await own.match(url.href, options) || await caches.match(url.href, options) || fetch(request);
}

self.addEventListener('install', (e) => e.waitUntil(install()));
self.addEventListener('activate', (e) => e.waitUntil(Promise.all([sweep(), self.clients.claim()])));
self.addEventListener('message', (e) => { if (e.data === 'take over') e.waitUntil(self.skipWaiting()); });
self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  const ours = url.origin === home.origin && url.pathname.startsWith(home.pathname);
  if (e.request.method !== 'GET' || !ours || e.request.headers.has('range')) return;
  const name = url.pathname.slice(home.pathname.length);
  if (name === '' || name === 'index.html' || /\.[0-9a-f]{12}\.[a-z0-9]+$/.test(name)) e.respondWith(answer(e.request, url));
});
