package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// code is the program and what it printed.
func (s *Shell) code() app.UI {
	c := s.m.Code()
	return app.Div().Class("side-body").Body(
		app.Div().Class("side-tools").Body(
			s.api(),
			app.Span().Class("grow"),
			app.Span().Class(class("tab-note", when(!c.Stale, "gone"))).Text("changed since the run"),
			app.Button().Class(class("btn small", when(!c.CanUndo, "gone"))).Type("button").
				OnClick(click(s, model.ActUndoReset)).Text("Undo reset"),
			app.Button().Class(class("btn small", when(!c.Changed, "gone"))).Type("button").Title("Back to the example; can be undone").
				OnClick(click(s, model.ActReset)).Body(icon(iconReturn), app.Text("Reset"))),
		app.Div().Class(class("code-problem", when(c.Problem == "", "gone"))).Role("status").Text(c.Problem),
		app.P().Class(class("code-stranger", when(c.Stranger == "", "gone"))).Text(c.Stranger),
		&editor{shell: s},
		s.around(c.Around),
		s.console(),
	)
}

// editor is the place of the code editor, a script of its own (web/editor): its
// text and marks are its own, the page changes them by effects.
type editor struct {
	app.Compo
	shell *Shell
	held  []app.Func
}

func (e *editor) OnMount(ctx app.Context) {
	callback := func(f func(args []app.Value)) app.Func {
		fn := app.FuncOf(func(_ app.Value, args []app.Value) any {
			ctx.Dispatch(func(app.Context) { f(args) })
			return nil
		})
		e.held = append(e.held, fn)
		return fn
	}
	app.Window().Get("framewise").Call("mountEditor", e.JSValue(), map[string]any{
		"text":    e.shell.m.ProgramText(),
		"label":   "Program. Tab indents; Escape, then Tab leaves.",
		"changed": callback(func(args []app.Value) { e.shell.send(model.Edited{Text: args[0].String()}) }),
		"line":    callback(func(args []app.Value) { e.shell.send(model.Click{What: model.ActLine, N: args[0].Int()}) }),
		"run":     callback(func([]app.Value) { e.shell.send(model.KeyPressed{Key: "Enter", Ctrl: true, Field: model.FieldEditor}) }),
	})
}

// OnDismount lets go of the callbacks.
func (e *editor) OnDismount() {
	for _, f := range e.held {
		f.Release()
	}
}

func (e *editor) Render() app.UI { return app.Div().ID(model.IDEditor).Class("code") }

// around is what the example presupposes, below the editor.
func (s *Shell) around(a model.AroundView) app.UI {
	return app.Div().Class(class("around", when(a.Why == "", "gone"))).Body(
		app.P().Body(app.Text(a.Why+" "),
			app.Button().Class("link").Type("button").Aria("expanded", boolText(a.Open)).OnClick(click(s, model.ActAround)).
				Text(map[bool]string{false: "Show the code around it", true: "Hide the code around it"}[a.Open])),
		app.Div().Class(class("around-code", when(!a.Open, "gone"))).TabIndex(0).Role("group").Aria("label", "Code around the example").Body(
			app.Pre().Text(a.Before), app.P().Text("⋯ the example ⋯"), app.Pre().Text(a.After)),
	)
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

// api is the switch between the two modules that require('http2') can mean.
func (s *Shell) api() app.UI {
	v := s.m.APIView()
	choice := func(api model.API, text string) app.UI {
		return app.Button().Class(when(v.On == api, "on")).Type("button").Aria("pressed", boolText(v.On == api)).
			OnClick(clickArg(s, model.ActAPI, string(api))).Text(text)
	}
	return app.Div().Class("api").Role("group").Aria("label", "What require('http2') means").Title(v.About).Body(
		app.Code().Text("require('http2')"),
		app.Div().Class("seg").Body(choice(model.APISeed, "2017 API"), choice(model.APICurrent, "Node.js 20")))
}
