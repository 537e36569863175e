// Node's url, on the browser's own URL.
import { invalidType } from './errors.js';
export const { URL, URLSearchParams } = globalThis;
export const fileURLToPath = (u) => decodeURIComponent(new URL(u).pathname);
export const pathToFileURL = (p) => new URL(`file://${encodeURI(p)}`);
export const domainToASCII = (d) => { try { return new URL(`http://${d}`).hostname; } catch { return ''; } };
export const domainToUnicode = domainToASCII;
export const format = (u) => (u instanceof URL ? u.href : `${u.protocol ?? ''}//${u.host ?? `${u.hostname ?? ''}${u.port ? `:${u.port}` : ''}`}${u.pathname ?? ''}${u.search ?? ''}${u.hash ?? ''}`);
export const resolve = (from, to) => { const u = new URL(to, new URL(from, 'resolve://x/')); return u.protocol === 'resolve:' ? u.pathname + u.search + u.hash : u.href; };
export const urlToHttpOptions = (u) => ({ protocol: u.protocol, hostname: u.hostname, hash: u.hash, search: u.search, pathname: u.pathname, path: u.pathname + u.search, href: u.href, port: u.port === '' ? undefined : Number(u.port) });
export function parse(text, query) {
  if (typeof text !== 'string') throw invalidType('url', 'of type string', text);
  const m = /^([a-z][a-z0-9+.-]*:)?(\/\/)?(?:([^/?#@]*)@)?([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(text);
  const authority = m[2] ? m[4] : '', path = m[2] ? m[5] : m[4] + m[5];
  const [, hostname, port] = /^(.*?)(?::(\d*))?$/.exec(authority);
  const search = m[6] ?? null, q = search ? search.slice(1) : '';
  return { protocol: m[1] ?? null, slashes: m[2] ? true : null, auth: m[3] ?? null, host: authority || null, port: port ?? null, hostname: hostname || null,
    hash: m[7] ?? null, search, query: query ? Object.fromEntries(new URLSearchParams(q)) : search === null ? null : q, pathname: path || (m[2] ? '/' : null),
    path: `${path || (m[2] ? '/' : '')}${search ?? ''}` || null, href: text };
}
export default { URL, URLSearchParams, fileURLToPath, pathToFileURL, domainToASCII, domainToUnicode, format, resolve, parse, urlToHttpOptions };
