// Values as console.log and util.inspect show them. Where Node breaks lines, so
// does this, for objects over 72 characters.

/** A value as text. */
export function show(v, { depth = 2, level = 0, seen = [] } = {}) {
  switch (typeof v) {
    case 'string': return level ? quote(v) : v;
    case 'bigint': return `${v}n`;
    case 'symbol': return v.toString();
    case 'function': return named(v);
    case 'number': return Object.is(v, -0) ? '-0' : String(v);
    case 'object': return v === null ? 'null' : object(v, { depth, level, seen });
  }
  return String(v);
}

const quote = (s) => {
  const q = !s.includes("'") ? "'" : !s.includes('"') ? '"' : !s.includes('`') ? '`' : "'";
  return q + s.replace(/[\\\n\r\t]/g, (c) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[c])).replaceAll(q, q === "'" ? "\\'" : q) + q;
};

const named = (f) => {
  const isClass = /^class\b/.test(Function.prototype.toString.call(f));
  return isClass ? `[class ${f.name || '(anonymous)'}]` : `[Function${f.name ? `: ${f.name}` : ' (anonymous)'}]`;
};

function object(v, o) {
  if (o.seen.includes(v)) return '[Circular *1]';
  const tag = v.constructor?.name;
  if (v instanceof Error) return failure(v, o);
  if (v instanceof Uint8Array && tag !== 'Uint8Array') {
    const hex = Array.from(v.subarray(0, 50), (b) => b.toString(16).padStart(2, '0')).join(' ');
    const more = v.length > 50 ? ` ... ${v.length - 50} more byte${v.length > 51 ? 's' : ''}` : '';
    return `<Buffer${hex && ' '}${hex}${more}>`;
  }
  if (Object.prototype.toString.call(v) === '[object Date]') return isNaN(v) ? 'Invalid Date' : Date.prototype.toISOString.call(v);
  if (v instanceof RegExp) return String(v);
  if (v instanceof Promise) return 'Promise { <pending> }';
  if (typeof v[Symbol.for('nodejs.util.inspect.custom')] === 'function') {
    const r = v[Symbol.for('nodejs.util.inspect.custom')](o.depth - o.level, {}, (x) => show(x, { ...o, level: o.level + 1 }));
    if (r !== v) return typeof r === 'string' ? r : show(r, o);
  }
  const proto = Object.getPrototypeOf(v);
  const head = proto === null ? '[Object: null prototype] ' : tag && tag !== 'Object' && tag !== 'Array' ? `${tag} ` : '';
  if (o.level > o.depth) return Array.isArray(v) ? '[Array]' : `[${head.trim() || 'Object'}]`;
  return group(v, head, { ...o, level: o.level + 1, seen: [...o.seen, v] });
}

function failure(e, o) {
  const first = `${e.name}${e.code && !e.name.includes(e.code) ? ` [${e.code}]` : ''}: ${e.message}`;
  const own = Object.keys(e).filter((k) => k !== 'stack' && k !== 'message' && k !== 'name');
  if (own.length === 0 || o.level > o.depth) return o.level ? `[${first}]` : first;
  return `${first} { ${own.map((k) => pair(e, k, { ...o, level: o.level + 1 })).join(', ')} }`;
}

const pair = (v, k, o) => {
  const name = typeof k === 'symbol' ? `[${k.toString()}]` : /^[A-Za-z_$][\w$]*$/.test(k) ? k : quote(k);
  const d = Object.getOwnPropertyDescriptor(v, k);
  return `${name}: ${d.get ? (d.set ? '[Getter/Setter]' : '[Getter]') : show(d.value, o)}`;
};

function group(v, head, o) {
  let [open, close, parts] = ['{', '}', []];
  if (Array.isArray(v) || ArrayBuffer.isView(v)) {
    [open, close] = ['[', ']'];
    if (ArrayBuffer.isView(v)) head = `${v.constructor.name}(${v.length}) `;
    parts = Array.from(v).slice(0, 100).map((x) => show(x, o));
    if (v.length > 100) parts.push(`... ${v.length - 100} more item${v.length > 101 ? 's' : ''}`);
    for (const k of Object.keys(v)) if (!/^\d+$/.test(k)) parts.push(pair(v, k, o));
  } else if (v instanceof Map) {
    head = `Map(${v.size}) `;
    parts = Array.from(v, ([k, x]) => `${show(k, o)} => ${show(x, o)}`);
  } else if (v instanceof Set) {
    head = `Set(${v.size}) `;
    parts = Array.from(v, (x) => show(x, o));
  } else {
    const keys = [...Object.keys(v), ...Object.getOwnPropertySymbols(v).filter((k) => Object.prototype.propertyIsEnumerable.call(v, k))];
    parts = keys.map((k) => pair(v, k, o));
  }
  if (parts.length === 0) return `${head}${open}${close}`;
  const line = parts.join(', ');
  if (line.length + head.length + open.length + o.level * 2 <= 72 && !line.includes('\n')) return `${head}${open} ${line} ${close}`;
  const pad = '  '.repeat(o.level);
  return `${head}${open}\n${pad}${parts.join(`,\n${pad}`)}\n${pad.slice(2)}${close}`;
}

/** What console.log prints: util.format. */
export function format(...args) {
  if (typeof args[0] !== 'string') return args.map((v) => show(v)).join(' ');
  let i = 1;
  const text = args[0].replace(/%[sdifjoOc%]/g, (m) => {
    if (m === '%%') return args.length > 1 ? '%' : m;
    if (i >= args.length) return m;
    const v = args[i++];
    switch (m[1]) {
      case 's': return typeof v === 'string' ? v : typeof v === 'object' && v !== null ? show(v, { depth: 0, level: 1 }) : show(v);
      case 'd': return typeof v === 'object' ? 'NaN' : typeof v === 'bigint' ? `${v}n` : String(Number(v));
      case 'i': return typeof v === 'object' ? 'NaN' : String(parseInt(v, 10));
      case 'f': return String(parseFloat(v));
      case 'j': try { return JSON.stringify(v); } catch { return '[Circular]'; }
      case 'c': return '';
    }
    return show(v, { depth: 4, level: 1 });
  });
  return [text, ...args.slice(i).map((v) => show(v))].join(' ');
}
