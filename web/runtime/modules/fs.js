// Node's fs on files in memory. What is asynchronous in Node answers from the
// event loop's check phase.

import { Buffer } from './buffer.js';
import { Readable, Writable } from './stream.js';
import { resolve } from './path.js';
import { coded, invalidType, system } from './errors.js';

const { files } = framewise;
const { setImmediate } = framewise.clock;
const instant = new Date(framewise.epoch); // of every file that was there at the start
const times = new Map();
const opened = new Map(); // descriptor → {path, at, flags}
let descriptors = 2;

const S_IFREG = 0o100000, S_IFDIR = 0o040000;
export const constants = Object.freeze({ F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024, S_IFMT: 0o170000, S_IFREG, S_IFDIR });

export class Stats {
  constructor(path, data) {
    const mtime = times.get(path) ?? instant;
    Object.assign(this, { dev: 1, ino: 1, mode: data === null ? S_IFDIR | 0o755 : S_IFREG | 0o644, nlink: 1, uid: 0, gid: 0, rdev: 0, size: data?.length ?? 0, blksize: 4096, blocks: Math.ceil((data?.length ?? 0) / 512) });
    for (const k of ['atime', 'mtime', 'ctime', 'birthtime']) {
      this[k] = new Date(mtime);
      this[`${k}Ms`] = Number(mtime);
    }
  }
  isFile() { return (this.mode & 0o170000) === S_IFREG; }
  isDirectory() { return (this.mode & 0o170000) === S_IFDIR; }
  isFIFO() { return false; }
  isSocket() { return false; }
  isSymbolicLink() { return false; }
  isBlockDevice() { return false; }
  isCharacterDevice() { return false; }
}

function name(path) {
  if (path instanceof URL) {
    if (path.protocol !== 'file:') throw coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
    path = decodeURIComponent(path.pathname);
  }
  if (path instanceof Uint8Array) path = Buffer.from(path).toString();
  if (typeof path !== 'string') throw invalidType('path', 'of type string or an instance of Buffer or URL', path);
  return resolve(path);
}

const lacking = (syscall, code, path, why) => system(code, syscall, `${code}: ${why}, ${syscall}${path === undefined ? '' : ` '${path}'`}`, path === undefined ? {} : { path });
const why = { ENOENT: 'no such file or directory', EISDIR: 'illegal operation on a directory', ENOTDIR: 'not a directory', EEXIST: 'file already exists', EBADF: 'bad file descriptor', ENOTEMPTY: 'directory not empty' };
const fail = (syscall, code, path) => { throw lacking(syscall, code, path, why[code]); };

function descriptor(fd, syscall) {
  if (typeof fd !== 'number') throw invalidType('fd', 'of type number', fd);
  const d = opened.get(fd);
  if (!d) fail(syscall, 'EBADF');
  return d;
}

const encodingOf = (o) => (typeof o === 'string' ? o : o?.encoding);
const octets = (v, encoding) => (typeof v === 'string' ? Buffer.from(v, encoding) : new Uint8Array(v.buffer, v.byteOffset, v.byteLength).slice());

function put(path, data) {
  if (files.get(resolve(path, '..')) !== null) fail('open', 'ENOENT', path);
  if (files.get(path) === null) fail('open', 'EISDIR', path);
  files.set(path, data);
  times.set(path, new Date());
}

const modes = { r: 0, 'r+': 2, rs: 0, w: 577, wx: 705, 'w+': 578, 'wx+': 706, a: 1089, ax: 1217, 'a+': 1090 };

const sync = {
  openSync(path, flags = 'r') {
    const p = name(path), f = typeof flags === 'number' ? flags : modes[flags];
    if (f === undefined) throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The argument 'flags' is invalid. Received '${flags}'`);
    if (f & 64 && f & 128 && files.has(p)) fail('open', 'EEXIST', path);
    if (!files.has(p) && !(f & 64)) fail('open', 'ENOENT', path);
    if (files.get(p) === null && f & 3) fail('open', 'EISDIR', path);
    if (!files.has(p) || f & 512) put(p, new Uint8Array(0));
    opened.set(++descriptors, { path: p, at: f & 1024 ? files.get(p).length : 0, flags: f });
    return descriptors;
  },
  closeSync(fd) { descriptor(fd, 'close'); opened.delete(fd); },
  fstatSync(fd) { const { path } = descriptor(fd, 'fstat'); return new Stats(path, files.get(path) ?? new Uint8Array(0)); },
  statSync(path, o) {
    const p = name(path);
    if (!files.has(p)) {
      if (o?.throwIfNoEntry === false) return undefined;
      fail('stat', 'ENOENT', path);
    }
    return new Stats(p, files.get(p));
  },
  readSync(fd, buffer, offset = 0, length, position = null) {
    if (typeof offset === 'object' && offset !== null) ({ offset = 0, length, position = null } = offset);
    const d = descriptor(fd, 'read'), data = files.get(d.path);
    if (data === null) fail('read', 'EISDIR');
    length ??= buffer.byteLength - offset;
    if (offset < 0 || length < 0 || offset + length > buffer.byteLength) throw coded(RangeError, 'ERR_OUT_OF_RANGE', `The value of "length" is out of range. It must be <= ${buffer.byteLength - offset}. Received ${length}`);
    const from = position === null || position === -1 ? d.at : Number(position), part = (data ?? []).slice(from, from + length);
    new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(part, offset);
    if (position === null || position === -1) d.at += part.length;
    return part.length;
  },
  writeSync(fd, v, offset = 0, length, position = null) {
    const d = descriptor(fd, 'write');
    const b = typeof v === 'string' ? Buffer.from(v) : new Uint8Array(v.buffer, v.byteOffset + offset, length ?? v.byteLength - offset);
    const old = files.get(d.path), at = d.flags & 1024 ? old.length : typeof position === 'number' ? position : d.at;
    const all = new Uint8Array(Math.max(old.length, at + b.length));
    all.set(old);
    all.set(b, at);
    put(d.path, all);
    d.at = at + b.length;
    return b.length;
  },
  readFileSync(path, options) {
    const p = typeof path === 'number' ? descriptor(path, 'read').path : name(path);
    if (!files.has(p)) fail('open', 'ENOENT', path);
    if (files.get(p) === null) fail('read', 'EISDIR');
    const b = Buffer.from(files.get(p)), encoding = encodingOf(options);
    return encoding && encoding !== 'buffer' ? b.toString(encoding) : b;
  },
  writeFileSync(path, data, options) { put(typeof path === 'number' ? descriptor(path, 'write').path : name(path), octets(data, encodingOf(options))); },
  appendFileSync(path, data, options) {
    const p = name(path);
    put(p, Buffer.concat([files.get(p) ?? new Uint8Array(0), octets(data, encodingOf(options))]));
  },
  accessSync(path) { if (!files.has(name(path))) fail('access', 'ENOENT', path); },
  readdirSync(path) {
    const p = name(path);
    if (files.get(p) !== null) fail('scandir', files.has(p) ? 'ENOTDIR' : 'ENOENT', path);
    const prefix = p === '/' ? '/' : `${p}/`;
    return [...files.keys()].filter((f) => f !== '/' && f.startsWith(prefix) && !f.slice(prefix.length).includes('/')).map((f) => f.slice(prefix.length)).sort();
  },
  mkdirSync(path, o) {
    const p = name(path);
    if (files.has(p)) { if (o?.recursive && files.get(p) === null) return undefined; fail('mkdir', 'EEXIST', path); }
    if (files.get(resolve(p, '..')) !== null) { if (!o?.recursive) fail('mkdir', 'ENOENT', path); sync.mkdirSync(resolve(p, '..'), o); }
    files.set(p, null);
    return o?.recursive ? p : undefined;
  },
  unlinkSync(path) { const p = name(path); if (!files.has(p)) fail('unlink', 'ENOENT', path); if (files.get(p) === null) fail('unlink', 'EISDIR', path); files.delete(p); },
  rmdirSync(path) { const p = name(path); if (sync.readdirSync(path).length > 0) fail('rmdir', 'ENOTEMPTY', path); files.delete(p); },
  renameSync(from, to) { const a = name(from); if (!files.has(a)) fail('rename', 'ENOENT', from); const v = files.get(a); files.delete(a); files.set(name(to), v); },
  ftruncateSync(fd, n = 0) { const d = descriptor(fd, 'ftruncate'); const b = new Uint8Array(n); b.set(files.get(d.path).subarray(0, n)); put(d.path, b); },
};
sync.lstatSync = sync.statSync;
sync.rmSync = (path, o) => { if (o?.force && !files.has(name(path))) return; if (files.get(name(path)) === null) files.delete(name(path)); else sync.unlinkSync(path); };

export const existsSync = (path) => { try { return files.has(name(path)); } catch { return false; } };

// The others are made of these.
const later = (f) => (...args) => {
  const done = args.findLast((a) => typeof a === 'function');
  if (!done) throw invalidType('cb', 'of type function', undefined);
  const rest = args.slice(0, args.lastIndexOf(done));
  let result, error = null;
  try {
    result = f(...rest);
  } catch (e) {
    if (e.code?.startsWith('ERR_')) throw e; // the arguments are wrong
    error = e;
  }
  setImmediate(() => { if (error) done(error); else if (result === undefined) done(null); else done(null, result, rest[1]); });
};
const promised = (f) => (...args) => new Promise((done, refused) => { setImmediate(() => { try { done(f(...args)); } catch (e) { refused(e); } }); });

const fs = { ...sync, constants, Stats, existsSync, promises: { constants } };
for (const key of Object.keys(sync)) {
  fs[key.slice(0, -4)] = later(sync[key]);
  fs.promises[key.slice(0, -4)] = promised(sync[key]);
}
fs.promises.open = promised((path, flags) => {
  const fd = sync.openSync(path, flags);
  return { fd, stat: promised(() => sync.fstatSync(fd)), close: promised(() => sync.closeSync(fd)), readFile: promised((o) => sync.readFileSync(fd, o)),
    read: promised((b, ...rest) => ({ bytesRead: sync.readSync(fd, b, ...rest), buffer: b })), write: promised((b, ...rest) => ({ bytesWritten: sync.writeSync(fd, b, ...rest), buffer: b })) };
});

export class ReadStream extends Readable {
  constructor(path, o = {}) {
    if (typeof o === 'string') o = { encoding: o };
    super({ highWaterMark: o.highWaterMark ?? 64 << 10, encoding: o.encoding });
    Object.assign(this, { path, fd: o.fd ?? null, bytesRead: 0, _at: o.start ?? 0, _end: o.end ?? Infinity });
  }
  _construct(done) {
    if (this.fd !== null) { done(); return; }
    fs.open(this.path, 'r', (e, fd) => {
      if (e) { done(e); return; }
      this.fd = fd;
      done();
      this.emit('open', fd);
      this.emit('ready');
    });
  }
  _read(n) {
    const b = Buffer.alloc(Math.min(n, this._end - this._at + 1));
    fs.read(this.fd, b, 0, b.length, this._at, (e, got) => {
      if (e) { this.destroy(e); return; }
      this._at += got;
      this.bytesRead += got;
      this.push(got > 0 ? b.subarray(0, got) : null);
    });
  }
  _destroy(e, done) {
    if (this.fd === null || !opened.has(this.fd)) { done(e); return; }
    fs.close(this.fd, () => done(e));
  }
  close(f) { if (f) this.once('close', f); this.destroy(); }
}

export class WriteStream extends Writable {
  constructor(path, o = {}) {
    if (typeof o === 'string') o = { encoding: o };
    super({ decodeStrings: true });
    Object.assign(this, { path, bytesWritten: 0, fd: o.fd ?? null, _flags: o.flags ?? 'w' });
  }
  _construct(done) { try { this.fd ??= sync.openSync(this.path, this._flags); done(); } catch (e) { done(e); } }
  _write(b, _, done) { fs.write(this.fd, b, 0, b.length, null, (e, n) => { this.bytesWritten += n ?? 0; done(e); }); }
  _destroy(e, done) { if (opened.has(this.fd)) sync.closeSync(this.fd); done(e); }
}
fs.ReadStream = ReadStream;
fs.WriteStream = WriteStream;
fs.createReadStream = (path, o) => new ReadStream(path, o);
fs.createWriteStream = (path, o) => new WriteStream(path, o);

export default fs;
export const { readFileSync, writeFileSync, openSync, closeSync, fstatSync, statSync, readSync, readFile, writeFile, fstat, stat, read, write, createReadStream, createWriteStream, promises, close } = fs;
const openFile = (...args) => fs.open(...args);
export { openFile as open };
