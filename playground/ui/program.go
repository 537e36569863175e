package ui

import (
	"strconv"
	"unicode/utf16"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// code is the left column: the program and what it printed.
func (s *Shell) code() app.UI {
	c := s.m.Code()
	return app.Section().Class("program").Aria("label", "Program").Body(
		app.Div().Class("tabs").Body(
			app.Span().Class("tab on").Text("Code"),
			app.Span().Class("grow"),
			app.Span().Class(class("tab-note", when(!c.Stale, "gone"))).Text("changed since the run"),
			app.Button().Class(class("btn small", when(!c.CanUndo, "gone"))).Type("button").
				OnClick(click(s, model.ActUndoReset)).Text("Undo reset"),
			app.Button().Class(class("btn small", when(!c.Changed, "gone"))).Type("button").Title("Back to the example; can be undone").
				OnClick(click(s, model.ActReset)).Body(icon(iconReturn), app.Text("Reset"))),
		app.Div().Class(class("code-problem", when(c.Problem == "", "gone"))).Role("status").Text(c.Problem),
		app.Div().Class("code").Body(app.Div().Class("code-in").Body(
			app.Div().Class("code-text").Aria("hidden", "true").Body(
				app.Range(c.Lines).Slice(func(i int) app.UI { return &codeLine{Line: c.Lines[i]} })),
			&editor{shell: s, text: c.Text},
		)),
		s.console(),
	)
}

// codeLine is a line of the program in its colours, below the editor's own
// invisible text.
type codeLine struct {
	app.Compo
	Line model.CodeLine
}

func (l *codeLine) Render() app.UI {
	v := l.Line
	parts := make([]app.UI, 0, len(v.Spans)+1)
	parts = append(parts, app.I().Text(strconv.Itoa(v.Number)))
	for _, p := range v.Spans {
		parts = append(parts, app.Span().Class(spanClass(p.Class)).Body(app.Text(p.Text)))
	}
	return app.Div().Class(class("ln", when(v.Cause, "hl"), when(v.Wrong, "wrong"))).Body(parts...)
}

func spanClass(c byte) string {
	if c == 0 {
		return "p"
	}
	return string(rune(c))
}

// editor is the text field over the coloured lines. Its text is its own: the
// page writes to it only by the effect SetEditor.
type editor struct {
	app.Compo
	shell *Shell
	text  string // at the start
}

func (e *editor) OnMount(app.Context) { e.JSValue().Set("value", e.text) }

func (e *editor) Render() app.UI {
	return app.Textarea().ID(model.IDEditor).Aria("label", "Program. Tab indents; Escape leaves.").Spellcheck(false).
		Attr("autocomplete", "off").Attr("autocapitalize", "off").Attr("wrap", "off").
		OnInput(e.onInput).OnKeyDown(e.onKey)
}

func (e *editor) onInput(ctx app.Context, _ app.Event) {
	e.shell.send(model.Edited{Text: ctx.JSSrc().Get("value").String()})
}

// onKey lets the model say what Tab and Enter do, and does it in a way that
// the browser's own undo knows.
func (e *editor) onKey(ctx app.Context, ev app.Event) {
	key := ev.Get("key").String()
	if key != "Tab" && key != "Enter" || ev.Get("ctrlKey").Bool() || ev.Get("metaKey").Bool() || ev.Get("altKey").Bool() || ev.Get("isComposing").Bool() {
		return
	}
	el := ctx.JSSrc()
	text := el.Get("value").String()
	units := utf16.Encode([]rune(text))
	octets := func(unit int) int { return len(string(utf16.Decode(units[:min(unit, len(units))]))) }
	edit, ok := model.EditKey(text, octets(el.Get("selectionStart").Int()), octets(el.Get("selectionEnd").Int()), key, ev.Get("shiftKey").Bool())
	if !ok {
		return
	}
	ev.PreventDefault()
	unit := func(octet int) int { return len(utf16.Encode([]rune(text[:octet]))) }
	start, stop := unit(edit.Start), unit(edit.End)
	el.Call("setSelectionRange", start, stop)
	if !app.Window().Get("document").Call("execCommand", "insertText", false, edit.Text).Bool() {
		el.Call("setRangeText", edit.Text, start, stop, "end")
		e.shell.send(model.Edited{Text: el.Get("value").String()})
	}
}

func (s *Shell) console() app.UI {
	rows := s.m.Console()
	return app.Div().Class("console").Role("log").Aria("label", "Console").TabIndex(0).Body(
		app.Range(rows).Slice(func(i int) app.UI { return &consoleLine{Line: rows[i]} }))
}

// consoleLine is a line that the program printed.
type consoleLine struct {
	app.Compo
	Line model.ConsoleRow
}

func (l *consoleLine) Render() app.UI {
	v := l.Line
	return app.Div().Class(class("say", "l-"+v.Level, when(v.Future, "future"))).Body(
		app.Span().Class("at").Text(v.Time), app.Span().Class("txt").Text(v.Text))
}
