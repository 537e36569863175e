// Errors as Node's modules throw them.

/** An error with Node's code, which stands in its stack as in Node. */
export function coded(Type, code, message, more) {
  const e = Object.assign(new Type(message), { code, ...more });
  return e;
}

const kind = (v) => {
  if (v === null || v === undefined) return String(v);
  if (typeof v === 'function') return `function ${v.name}`;
  if (typeof v === 'object') return v.constructor?.name ? `an instance of ${v.constructor.name}` : framewise.show(v, { depth: -1 });
  return `type ${typeof v} (${framewise.show(v, { level: 1 })})`;
};

export const invalidType = (name, expected, v) => coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be ${expected}. Received ${kind(v)}`);

/** The error of a call of the operating system's: "connect ECONNREFUSED 127.0.0.1:81". */
export function system(code, syscall, what, more = {}) {
  const errno = { ECONNREFUSED: -111, ECONNRESET: -104, EADDRINUSE: -98, ENOENT: -2, EBADF: -9, EISDIR: -21, ENOTDIR: -20, EEXIST: -17, EPIPE: -32, ENOTFOUND: -3008, EINVAL: -22, ENOTEMPTY: -39 }[code];
  return coded(Error, code, `${what ? what : `${syscall} ${code}`}`, { errno, syscall, ...more });
}
