// The program's editor: CodeMirror 6, in a shadow root, where its style sheets are
// adopted ones, which the page's policy allows. It is JavaScript because
// CodeMirror is; playground/ui mounts it, playground/model says what it shows.

import { EditorState, RangeSet, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, GutterMarker, crosshairCursor, drawSelection, gutterLineClass, highlightSpecialChars, keymap, lineNumbers, rectangularSelection } from '@codemirror/view';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { javascript, javascriptLanguage } from '@codemirror/lang-javascript';
import { complete } from './complete.js';
import { colours, look } from './look.js';

/** Which lines are marked: {cause, chosen, wrong}, from 1, 0 for none. */
const setMarks = StateEffect.define();

const kinds = ['cause', 'chosen', 'wrong'];
const lineClass = Object.fromEntries(kinds.map((k) => [k, Decoration.line({ class: `fw-${k}` })]));
class LineMarker extends GutterMarker {
  constructor(name) { super(); this.elementClass = name; }
}
const gutterClass = Object.fromEntries(kinds.map((k) => [k, new LineMarker(`fw-${k}`)]));

/** Marks move with their lines until the next ones come. */
const marks = StateField.define({
  create: () => Object.fromEntries(kinds.map((k) => [k, -1])),
  update(value, tr) {
    for (const e of tr.effects) if (e.is(setMarks)) return positions(tr.state, e.value);
    if (!tr.docChanged) return value;
    const moved = {};
    for (const k of Object.keys(value)) moved[k] = value[k] < 0 ? -1 : tr.newDoc.lineAt(tr.changes.mapPos(value[k], 1)).from;
    return moved;
  },
  provide: (f) => [
    EditorView.decorations.from(f, (v) => Decoration.set(listed(v).map(([k, at]) => lineClass[k].range(at)), true)),
    gutterLineClass.from(f, (v) => rangeSet(listed(v).map(([k, at]) => gutterClass[k].range(at)))),
  ],
});

const rangeSet = (ranges) => RangeSet.of(ranges, true);
const listed = (v) => Object.entries(v).filter(([, at]) => at >= 0);

function positions(state, lines) {
  const at = (n) => (n >= 1 && n <= state.doc.lines ? state.doc.line(n).from : -1);
  return Object.fromEntries(kinds.map((k) => [k, at(lines[k])]));
}

/**
 * Puts an editor into an element.
 * @param host the element; it gets a shadow root
 * @param o {text, label, changed(text), line(number), run()}: line is called when a line's number is pressed
 */
function mount(host, { text, label, changed, line, run }) {
  const root = host.attachShadow({ mode: 'open' });
  let quiet = false; // the page itself writes
  const press = (view, block, event) => {
    if (event.button !== 0) return false;
    line(view.state.doc.lineAt(block.from).number);
    return true;
  };
  const here = (view) => { line(view.state.doc.lineAt(view.state.selection.main.head).number); return true; };
  const view = new EditorView({
    root, parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers({ domEventHandlers: { mousedown: press } }), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        rectangularSelection(), crosshairCursor(), highlightSelectionMatches(), autocompletion({ icons: false }),
        javascript(), javascriptLanguage.data.of({ autocomplete: complete }), syntaxHighlighting(colours), look, indentUnit.of('  '), EditorState.tabSize.of(2), marks,
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off', 'data-testid': 'editor-content' }),
        keymap.of([
          { key: 'Mod-Enter', run: () => { run(); return true; } },
          { key: 'Alt-Enter', run: here },
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, indentWithTab,
        ]),
        EditorView.updateListener.of((u) => { if (u.docChanged && !quiet) changed(u.state.doc.toString()); }),
        EditorView.editorAttributes.of({ class: 'fw-editor' }),
      ],
    }),
  });
  host.focus = () => view.focus(); // its scroller would take the keyboard otherwise
  return {
    setText(value) {
      if (value === view.state.doc.toString()) return;
      quiet = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, selection: { anchor: 0 }, scrollIntoView: true });
      quiet = false;
    },
    /** Marks lines; wrong is where the program failed, with why. */
    show({ cause, chosen, wrong, col, message }) {
      view.dispatch({ effects: setMarks.of({ cause, chosen, wrong }) });
      view.dispatch(setDiagnostics(view.state, diagnostics(view.state, wrong, col, message)));
    },
    /** Scrolls by as little as shows a line, unless somebody writes here. */
    reveal(n) {
      if (view.hasFocus || n < 1 || n > view.state.doc.lines) return;
      view.dispatch({ effects: EditorView.scrollIntoView(view.state.doc.line(n).from, { y: 'nearest', yMargin: 20 }) });
    },
    focus() { view.focus(); },
    text: () => view.state.doc.toString(),
    destroy() { view.destroy(); },
  };
}

function diagnostics(state, wrong, col, message) {
  if (!(wrong >= 1 && wrong <= state.doc.lines)) return [];
  const line = state.doc.line(wrong), from = Math.min(line.from + Math.max(0, col - 1), line.to);
  const word = /^[\w$]+|^./.exec(state.sliceDoc(from, line.to));
  return [{ from, to: Math.min(from + Math.max(1, word?.[0].length ?? 1), state.doc.length), severity: 'error', message }];
}

globalThis.framewiseEditor = { mount };
dispatchEvent(new Event('framewise-editor'));
