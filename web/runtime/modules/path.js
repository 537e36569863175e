// Node's path, for the tab's files: POSIX.
const parts = (s, absolute) => {
  const out = [];
  for (const p of s.split('/')) {
    if (p === '' || p === '.') continue;
    if (p === '..' && (absolute || (out.length > 0 && out.at(-1) !== '..'))) out.pop();
    else out.push(p);
  }
  return out;
};
export const sep = '/';
export const delimiter = ':';
export const isAbsolute = (p) => p.startsWith('/');
export const normalize = (p) => {
  if (p === '') return '.';
  const abs = isAbsolute(p), body = parts(p, abs).join('/');
  return ((abs ? '/' : '') + body || '.') + (p.endsWith('/') && body ? '/' : '');
};
export const join = (...all) => normalize(all.filter(Boolean).join('/'));
export const resolve = (...all) => {
  let p = '';
  for (const s of [...all].reverse()) {
    if (!s) continue;
    p = p ? `${s}/${p}` : s;
    if (isAbsolute(s)) break;
  }
  if (!isAbsolute(p)) p = `/app/${p}`;
  return `/${parts(p, true).join('/')}`;
};
export const basename = (p, ext = '') => { const b = p.replace(/\/+$/, '').split('/').at(-1); return ext && b !== ext && b.endsWith(ext) ? b.slice(0, -ext.length) : b; };
export const dirname = (p) => { const d = p.replace(/\/+$/, '').replace(/\/*[^/]*$/, ''); return d || (isAbsolute(p) ? '/' : '.'); };
export const extname = (p) => /(?:[^/.]|\.\.?(?=\.))(\.[^./]*)$/.exec(basename(p))?.[1] ?? '';
export const relative = (from, to) => {
  const a = parts(resolve(from), true), b = parts(resolve(to), true);
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return [...a.slice(i).map(() => '..'), ...b.slice(i)].join('/');
};
export const parse = (p) => { const base = basename(p), ext = extname(p); return { root: isAbsolute(p) ? '/' : '', dir: dirname(p) === '.' ? '' : dirname(p), base, ext, name: ext ? base.slice(0, -ext.length) : base }; };
export const format = ({ dir, root = '', base, name = '', ext = '' }) => `${dir ? `${dir}/` : root}${base ?? name + ext}`;
const path = { sep, delimiter, isAbsolute, normalize, join, resolve, basename, dirname, extname, relative, parse, format };
path.posix = path;
export const posix = path;
export default path;
