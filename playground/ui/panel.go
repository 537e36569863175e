package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// panel is bookmarks and breakpoints, above the scrubber.
func (s *Shell) panel(v model.PanelView) app.UI {
	if !v.Open {
		return app.Div().Class("gone")
	}
	return app.Aside().Class("panel").Aria("label", "Bookmarks and breakpoints").Body(
		app.Div().Class("panel-top").Body(
			app.H2().Text("Bookmarks and breakpoints"),
			app.Button().ID(model.IDPanel).Class("btn icon").Type("button").Aria("label", "Close bookmarks and breakpoints").
				OnClick(click(s, model.ActPanel)).Body(icon(iconClose))),
		app.Div().Class("panel-body").Body(
			app.Div().Class("seeks-phone").Body(s.seeks()),
			app.H3().Text("Bookmarks"),
			app.P().Class(class("small", when(len(v.Marks) > 0, "gone"))).Text(v.NoMarks),
			app.Ul().Class("marks").Body(app.Range(v.Marks).Slice(func(i int) app.UI { return s.markRow(v.Marks[i]) })),
			app.P().Class(class("small", when(len(v.Marks) == 0, "gone"))).Text(v.Kept),
			app.H3().Text("Breakpoints"),
			s.breakField(v),
			app.Ul().Class("breaks").Body(app.Range(v.Breaks).Slice(func(i int) app.UI { return s.breakRow(i, v.Breaks[i]) })),
			app.P().Class(class("small", when(len(v.Breaks) > 0, "gone"))).Text(v.NoBreaks),
			app.Div().Class(class("chips", when(len(v.Breaks) > 0, "gone"))).Role("group").Aria("label", "Breakpoints to begin with").Body(
				app.Range(v.Ready).Slice(func(i int) app.UI {
					return app.Button().Class("chip").Type("button").OnClick(clickArg(s, model.ActBreak, v.Ready[i])).Text(v.Ready[i])
				})),
		))
}

func (s *Shell) markRow(r model.MarkRow) app.UI {
	return app.Li().Class(when(r.On, "on")).Body(
		app.Button().Class("go").Type("button").OnClick(clickN(s, model.ActSelect, r.Frame)).Text(r.Number),
		app.Span().Class("mark-what").Text(r.What),
		&input{ID: model.IDNote(r.Frame), Class: "in", Label: "Note of " + r.Number, Value: r.Note, Hint: "Note",
			send: s.send, msg: noteMsg(r.Frame)},
		app.Button().Class("btn small plain").Type("button").Aria("label", "Remove the bookmark of "+r.Number).
			OnClick(clickN(s, model.ActMark, r.Frame)).Body(icon(iconClose)))
}

func noteMsg(frame int) func(string) model.Msg {
	return func(text string) model.Msg { return model.MarkEdited{Frame: frame, Note: text} }
}

func (s *Shell) breakField(v model.PanelView) app.UI {
	return app.Div().Class("break-line").Body(
		app.Div().Class("filter-in").Body(
			s.filterField(model.IDBreak, "Stop playing at frames that match this filter", v.Typed, "type:RST_STREAM", v.Problem != "", breakMsg),
			problem(model.IDBreak, v.Before, v.Problem),
			s.suggestions(model.IDBreak)),
		app.Button().Class("btn small").Type("button").OnClick(click(s, model.ActBreak)).Text("Add"))
}

func breakMsg(text string) model.Msg { return model.BreakEdited{Text: text} }

func (s *Shell) breakRow(i int, r model.BreakRow) app.UI {
	return app.Li().Body(
		app.Label().Body(
			app.Input().Type("checkbox").Checked(r.On).OnChange(clickN(s, model.ActBreakOn, i)), app.Code().Text(r.Text)),
		app.Button().Class("btn small plain").Type("button").Aria("label", "Remove the breakpoint "+r.Text).
			OnClick(clickN(s, model.ActUnbreak, i)).Body(icon(iconClose)))
}

// seeks are the searches: back and on, by stream, error and stall.
func (s *Shell) seeks() app.UI {
	return app.Div().Class("seeks").Body(
		s.seek("stream", "stream", "of this stream", "S", "s"),
		s.seek("error", "error", "error", "E", "e"),
		s.seek("stall", "stall", "stall", "W", "w"))
}

func (s *Shell) seek(what, text, name, backKey, key string) app.UI {
	button := func(by int, label, path string) app.UI {
		return app.Button().Type("button").Aria("label", label).Title(label).
			OnClick(on(s, model.Click{What: model.ActSeek, Arg: what, N: by})).Body(icon(path))
	}
	before, after := "The "+name+" before ("+backKey+")", "The next "+name+" ("+key+")"
	if what == "stream" {
		before, after = "The frame before "+name+" ("+backKey+")", "The next frame "+name+" ("+key+")"
	}
	return app.Div().Class("seg seek").Role("group").Aria("label", text).Body(
		button(-1, before, iconBack), app.Span().Text(text), button(1, after, iconNext))
}
