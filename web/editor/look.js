// The editor's colours and sizes: the page's CSS variables, so that it follows
// the theme by itself.
import { EditorView } from '@codemirror/view';
import { HighlightStyle } from '@codemirror/language';
import { tags as t } from '@lezer/highlight';

export const colours = HighlightStyle.define([
  { tag: [t.keyword, t.controlKeyword, t.definitionKeyword, t.moduleKeyword, t.operatorKeyword, t.self], color: 'var(--f-settings)' },
  { tag: [t.string, t.special(t.string), t.regexp], color: 'var(--f-headers)' },
  { tag: [t.number, t.bool, t.null], color: 'var(--f-data)' },
  { tag: [t.function(t.variableName), t.function(t.propertyName)], color: 'var(--f-push)' },
  { tag: t.comment, color: 'var(--muted)', fontStyle: 'italic' },
]);

const panel = { backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--line)' };

export const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--panel)', font: '12px/19.2px var(--mono)' },
  '&.cm-focused': { outline: 'none' }, // the host shows it
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '19.2px', overflow: 'auto' },
  '.cm-content': { padding: '10px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection': { backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)' },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in srgb, var(--accent) 14%, transparent)' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--muted)', border: '0' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '34px', padding: '0 8px 0 6px', cursor: 'pointer' },
  '.cm-lineNumbers .cm-gutterElement:hover': { color: 'var(--accent)', textDecoration: 'underline' },
  '.cm-line.fw-cause, .cm-gutterElement.fw-cause': { backgroundColor: 'var(--accent-soft)' },
  '.cm-gutterElement.fw-cause': { boxShadow: '3px 0 0 var(--accent) inset', color: 'var(--accent)', fontWeight: '700' },
  '.cm-line.fw-wrong, .cm-gutterElement.fw-wrong': { backgroundColor: 'var(--err-bg)' },
  '.cm-gutterElement.fw-wrong': { boxShadow: '3px 0 0 var(--err) inset', color: 'var(--err)', fontWeight: '700' },
  '.cm-gutterElement.fw-chosen': { color: 'var(--accent)', fontWeight: '700', textDecoration: 'underline' },
  '.cm-line.fw-chosen': { boxShadow: '0 -1px 0 var(--accent) inset' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'color-mix(in srgb, var(--accent) 18%, transparent)', outline: '1px solid var(--edge)' },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--err-bg)', color: 'var(--err)' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--err)', textDecorationSkipInk: 'none' },
  '.cm-lintPoint-error:after': { borderBottomColor: 'var(--err)' },
  '.cm-diagnostic': { ...panel, border: '0', borderLeft: '3px solid var(--err)', font: '12px/1.5 var(--mono)', maxWidth: '46ch', whiteSpace: 'pre-wrap' },
  '.cm-tooltip': { ...panel, borderRadius: '8px', boxShadow: '0 8px 24px rgb(0 0 0 / .18)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12px', maxHeight: '16em' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--accent)' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal', marginLeft: '8px', fontFamily: 'var(--sans)', fontSize: '11px' },
  '.cm-completionInfo': { ...panel, padding: '6px 10px', maxWidth: '300px', font: '12px/1.45 var(--sans)', borderRadius: '8px' },
  '.cm-panels': { ...panel, border: '0', borderTop: '1px solid var(--line)', font: '12px var(--sans)' },
  '.cm-panel.cm-search': { padding: '6px 8px' },
  '.cm-textfield': { backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--edge)', borderRadius: '6px' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--panel-2)', color: 'var(--text)', border: '1px solid var(--line)', borderRadius: '6px' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--panel-2)', color: 'var(--muted)', border: '1px solid var(--line)' },
});
