// Completion for the names of the http2 module, each with what the API's
// description says of it in a line.
import { syntaxTree } from '@codemirror/language';
import names from './names.js';

// What a variable of such a name most likely is.
const kinds = [
  [/^(http2|h2)$/i, ['http2']],
  [/^constants$/, ['constants']],
  [/^(client|session|clientSession|peer|conn)/i, ['session', 'client']],
  [/^(server|proxy)$/i, ['server']],
  [/^(req|request)/i, ['stream', 'clientStream']],
  [/(stream|push|pushed|tunnel|res|response)/i, ['stream', 'clientStream', 'serverStream']],
];
const members = ['session', 'client', 'stream', 'clientStream', 'serverStream', 'server'];

const modules = ['assert', 'buffer', 'events', 'fs', 'http2', 'http2/current', 'net', 'path', 'process', 'stream', 'timers', 'tls', 'url', 'util'];

const options = (of, events) => names.filter((n) => of.includes(n.of) && (n.type === 'event') === events)
  .map((n) => ({ label: n.label, type: n.type, detail: n.detail, info: n.info || undefined }));

/** What could stand here: a completion source of CodeMirror's. */
export function complete(context) {
  const { state, pos } = context;
  const before = state.sliceDoc(Math.max(0, pos - 200), pos);
  const wanted = /\brequire\(\s*['"]([\w/]*)$/.exec(before);
  if (wanted) return { from: pos - wanted[1].length, options: modules.map((label) => ({ label, type: 'namespace' })), validFor: /^[\w/]*$/ };
  const event = /([\w$]+)\s*\.\s*(?:on|once|off|addListener|removeListener|emit)\(\s*['"](\w*)$/.exec(before);
  if (event) return { from: pos - event[2].length, options: options(of(event[1]), true), validFor: /^\w*$/ };
  const node = syntaxTree(state).resolveInner(pos, -1).name;
  if (node === 'String' || node === 'TemplateString' || /Comment$/.test(node)) return null;
  const member = /([\w$]+)\s*(?:\([^()]*\))?\s*\??\.\s*([\w$]*)$/.exec(before);
  if (member) return { from: pos - member[2].length, options: options(of(member[1]), false), validFor: /^[\w$]*$/ };
  const key = /[{,]\s*(\w*)$/.exec(before);
  const word = context.matchBefore(/[\w$]+/);
  if (key && (word || context.explicit)) return { from: pos - key[1].length, options: options(['settings', 'options'], false), validFor: /^\w*$/ };
  return null;
}

function of(variable) {
  return kinds.find(([name]) => name.test(variable))?.[1] ?? members;
}
