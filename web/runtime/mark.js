// Makes a program tell where it is: each call sets a mark that names its line,
// column and callee before it is made, each loop and function counts its turns,
// so that a program which never ends is stopped by number, not by the clock. The
// marks come from the syntax tree, since the columns of a stack differ between
// engines. Lines stay where they are.

import { parse, tokTypes } from 'acorn';

/** A program that can't be run, or was stopped, with the place in its text where there is one. */
export class ProgramError extends Error {
  constructor(message, line = 0, col = 0) {
    super(message);
    this.line = line;
    this.col = col; // from 1
  }
}

const options = { ecmaVersion: 'latest', sourceType: 'script', allowReturnOutsideFunction: true, allowHashBang: true };

// Calls of these never reach the network: they stay as fast as they are.
const plain = new Set(['Math', 'JSON', 'Object', 'Number', 'String', 'Array', 'Symbol', 'BigInt', 'console', 'Buffer', 'Date', 'Reflect', 'assert']);

/**
 * @param text the program
 * @param around {before, open, after, close}: code around it (web/examples/around.js); optional
 * @return {code, calls, from, inserted}: what to run; the place of each mark; the
 *   line of code before the program's first; what was inserted in each line, for at()
 * @throws ProgramError with the line and column of a syntax error
 */
export function mark(text, { before = '', open = '(function () {', after = '', close = '}).call(this);' } = {}) {
  check(text);
  const head = `${before}\n${open}\n`, tail = `\n;${after}\n${close}`;
  const source = head + text + tail;
  const tokens = [];
  const tree = parse(source, { ...options, onToken: tokens, locations: true });
  const m = new Marker(source, tokens, count(head, '\n'), count(text, '\n') + 1);
  m.walk(tree);
  return { ...m.done(), from: m.from };
}

function check(text) {
  try {
    parse(text, options);
  } catch (e) {
    if (!e.loc) throw e;
    let message = e.message.replace(/ \(\d+:\d+\)$/, '');
    if (message === 'Unexpected token') message += e.pos < text.length ? ` '${/^(?:[\w$]+|[^])/u.exec(text.slice(e.pos))[0]}'` : ': the program ends here';
    const hint = /'import' and 'export'/.test(message) ? ': use require()' : '';
    throw new ProgramError(`SyntaxError: ${message}${hint}`, e.loc.line, e.loc.column + 1);
  }
}

const count = (s, c) => s.split(c).length - 1;

class Marker {
  constructor(source, tokens, from, lines) {
    this.source = source;
    this.tokens = tokens;
    this.from = from;
    this.lines = lines;
    this.inserts = []; // [offset, text], the order of one offset kept
    this.calls = [{ line: 0, col: 0, call: '' }];
  }

  insert(at, text) { this.inserts.push([at, text]); }

  /** The number of a call's mark. Code around the program has line 0. */
  id(node, name) {
    const line = node.loc.start.line - this.from;
    const inside = line >= 1 && line <= this.lines;
    this.calls.push({ line: inside ? line : 0, col: inside ? node.loc.start.column + 1 : 0, call: name });
    return this.calls.length - 1;
  }

  walk(node) {
    if (Array.isArray(node)) {
      for (const n of node) this.walk(n);
      return;
    }
    if (!node || typeof node.type !== 'string') return;
    this[node.type]?.(node);
    for (const key of Object.keys(node)) {
      if (key !== 'loc' && key !== 'type' && typeof node[key] === 'object') this.walk(node[key]);
    }
  }

  // A spread of nothing behind the arguments sets the mark: they are evaluated
  // first, and their own calls have set theirs.
  call(node, callee) {
    if (this.source[node.end - 1] !== ')') return; // new X
    const name = nameOf(callee);
    if (callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && plain.has(callee.object.name)) return;
    const place = callee.type === 'MemberExpression' ? callee.property : callee;
    const comma = node.arguments.length > 0 && this.before(node.end - 1) !== tokTypes.comma ? ', ' : '';
    this.insert(node.end - 1, `${comma}...__at(${this.id(place, name)})`);
  }

  CallExpression(node) { if (node.callee.type !== 'Import') this.call(node, node.callee); }
  NewExpression(node) { this.call(node, node.callee); }

  /** The type of the token before an offset. */
  before(offset) {
    let lo = 0, hi = this.tokens.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.tokens[mid].start < offset) lo = mid + 1;
      else hi = mid;
    }
    return this.tokens[lo - 1].type;
  }

  loop(node) {
    const { body } = node, turn = `__turn(${this.id(node, 'loop')});`;
    if (body.type === 'BlockStatement') this.insert(body.start + 1, ` ${turn}`);
    else {
      this.insert(body.start, `{ ${turn} `);
      this.insert(body.end, ' }');
    }
  }

  ForStatement(node) { this.loop(node); }
  ForInStatement(node) { this.loop(node); }
  ForOfStatement(node) { this.loop(node); }
  WhileStatement(node) { this.loop(node); }
  DoWhileStatement(node) { this.loop(node); }

  FunctionDeclaration(node) { this.body(node); }
  FunctionExpression(node) { this.body(node); }

  ArrowFunctionExpression(node) {
    if (!node.expression) {
      this.body(node);
      return;
    }
    this.insert(node.body.start, `(__turn(${this.id(node, 'function')}), `);
    this.insert(node.body.end, ')');
  }

  body(node) {
    const last = node.body.body.filter((s) => s.directive !== undefined).at(-1);
    this.insert(last ? last.end : node.body.start + 1, `${last ? ';' : ''} __turn(${this.id(node, 'function')});`);
  }

  done() {
    // Outer nodes come first: at one offset, what closes an inner one must stand
    // before what closes an outer one, and what opens the other way round.
    const sorted = this.inserts.map(([at, text], i) => ({ at, text, i, closes: text === ')' || text === ' }' }))
      .sort((a, b) => a.at - b.at || b.closes - a.closes || (a.closes ? b.i - a.i : a.i - b.i));
    let code = '', at = 0;
    const inserted = []; // of each line, [column in the program's text, size]
    for (const s of sorted) {
      code += this.source.slice(at, s.at) + s.text;
      at = s.at;
    }
    code += this.source.slice(at);
    const starts = [0];
    for (let i = this.source.indexOf('\n'); i >= 0; i = this.source.indexOf('\n', i + 1)) starts.push(i + 1);
    let line = 0;
    for (const s of sorted) {
      while (line + 1 < starts.length && starts[line + 1] <= s.at) line++;
      (inserted[line] ??= []).push([s.at - starts[line], s.text.length]);
    }
    return { code, calls: this.calls, inserted };
  }
}

function nameOf(callee) {
  switch (callee.type) {
    case 'Identifier': return callee.name;
    case 'MemberExpression': return callee.computed ? (typeof callee.property.value === 'string' ? callee.property.value : 'call') : callee.property.name;
    case 'Super': return 'super';
    case 'ChainExpression': return nameOf(callee.expression);
  }
  return 'call';
}

/**
 * The place in the program of a place in the code that ran: line and column, both
 * from 1; line 0 for code around it.
 */
export function placeIn({ from, inserted }, lines, line, col) {
  let shift = 0;
  for (const [at, size] of inserted[line - 1] ?? []) {
    if (at + shift < col - 1) shift += size;
  }
  const l = line - from;
  return l >= 1 && l <= lines ? { line: l, col: Math.max(1, col - shift) } : { line: 0, col: 0 };
}
