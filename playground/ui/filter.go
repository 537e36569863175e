package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// filterKey is what the filter's line is drawn from.
type filterKey struct {
	Filter   model.FilterView
	Suggest  model.SuggestView
	Problems model.ProblemsView
}

// filterLine is the filter with its chips.
func (s *Shell) filterLine() app.UI {
	f := s.m.Filter()
	return app.Div().Class("filter").Body(
		app.Div().Class("filter-in").Body(
			s.filterField(model.IDFilter, "Filter frames", f.Text, "stream:1 type:HEADERS|PUSH_PROMISE", f.Problem != "", filterMsg),
			app.Span().Class(class("matches", when(f.Matches == "", "gone"))).Aria("live", "polite").Text(f.Matches),
			app.Button().Class(class("clear", when(f.Text == "", "gone"))).Type("button").Aria("label", "Clear the filter").
				OnClick(click(s, model.ActClear)).Body(icon(iconClose)),
			problem(model.IDFilter, f.Before, f.Problem),
			s.suggestions(model.IDFilter),
		),
		app.Div().Class("chips").Role("group").Aria("label", "Types").Body(
			app.Range(f.Chips).Slice(func(i int) app.UI {
				c := f.Chips[i]
				return app.Button().Class(class("chip", "c-"+c.Color, when(c.On, "on"))).Type("button").Title("Filter: type:"+c.Type).
					Aria("pressed", boolText(c.On)).OnClick(clickArg(s, model.ActType, c.Type)).Text(c.Text)
			}),
			app.Button().Class(class("chip runs", when(f.Runs, "on"), when(!f.HasRuns, "gone"))).Type("button").Aria("pressed", boolText(f.Runs)).
				Title("Eight or more DATA or WINDOW_UPDATE frames of a direction in one row (r)").OnClick(click(s, model.ActRuns)).Text("Runs")),
		s.problemLine(),
		app.Div().Class(class("conns", when(len(f.Conns) == 0, "gone"))).Role("group").Aria("label", "Connections").Body(
			app.Range(f.Conns).Slice(func(i int) app.UI {
				c := f.Conns[i]
				return app.Button().Class(class("chip", when(c.On, "on"))).Type("button").Aria("pressed", boolText(c.On)).
					OnClick(clickN(s, model.ActConn, c.ID)).Text(c.Text)
			})),
	)
}

func filterMsg(text string) model.Msg { return model.FilterEdited{Text: text} }

// filterField is a text field in which a filter is written.
func (s *Shell) filterField(id, label, value, hint string, wrong bool, msg func(string) model.Msg) app.UI {
	v := s.m.Suggest(id)
	c := &combo{List: id + "-list", Open: v.Open, Filter: true}
	if v.On >= 0 {
		c.Active = model.IDOption(id, v.On)
	}
	return &input{ID: id, Class: "in", Label: label, Value: value, Hint: hint, Invalid: wrong, DescribedBy: id + "-problem",
		Combo: c, send: s.send, msg: msg}
}

// suggestions is the list below such a field: what can stand there, and what
// that means.
func (s *Shell) suggestions(id string) app.UI {
	v := s.m.Suggest(id)
	return app.Div().Class(class("suggest", when(!v.Open, "gone"))).Body(
		app.Div().ID(id+"-list").Role("listbox").Aria("label", "Completions").OnMouseDown(keepFocus).Body(
			app.Range(v.Items).Slice(func(i int) app.UI {
				return app.Div().ID(model.IDOption(id, i)).Class(class("option", when(i == v.On, "on"))).Role("option").
					Aria("selected", boolText(i == v.On)).OnClick(clickN(s, model.ActTake, i)).Body(
					app.B().Text(v.Items[i].Text), app.Text(" "), app.Span().Text(v.Items[i].What))
			})),
		app.Div().Class("hidden").Role("status").Text(v.Says))
}

// keepFocus leaves the keyboard where it is when something is pressed.
func keepFocus(_ app.Context, e app.Event) { e.PreventDefault() }

// problem points at the wrong character of a field's filter.
func problem(field, before, text string) app.UI {
	return app.Div().ID(field+"-problem").Class(class("filter-problem", when(text == "", "gone"))).Role("status").Body(
		app.Pre().Aria("hidden", "true").Text(caret(before)), app.Span().Text(text))
}

// caret stands below the wrong character.
func caret(before string) string {
	out := make([]rune, 0, len(before)+1)
	for range before {
		out = append(out, ' ')
	}
	return string(append(out, '^'))
}
