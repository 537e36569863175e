package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

func (s *Shell) header(h model.HeaderView) app.UI {
	return app.Header().Class("top").Body(
		app.H1().Class("logo").Body(app.Text("Frame"), app.B().Text("wise")),
		app.Div().Class("menu").On("focusout", s.onMenuLeft).Body(
			app.Button().ID(model.IDMenuOpen).Class("btn").Type("button").
				Aria("haspopup", "true").Aria("expanded", boolText(h.MenuOpen)).
				OnClick(click(s, model.ActMenu)).Body(
				app.Span().Class("wide").Text("Examples: "),
				app.Span().Text(h.Title),
				app.Span().Class("caret").Aria("hidden", "true").Text("▾")),
			app.Div().Class(class("menu-list", when(!h.MenuOpen, "gone"))).Aria("label", "Examples").Role("group").
				Body(app.Range(h.Examples).Slice(func(i int) app.UI {
					e := h.Examples[i]
					b := app.Button().Class(class("menu-item", when(e.On, "on"))).Type("button").Text(e.Title).
						OnClick(clickArg(s, model.ActExample, e.Name))
					if i == 0 {
						b = b.ID(model.IDMenu)
					}
					return app.Div().Body(app.Div().Class(class("menu-head", when(e.Group == "", "gone"))).Text(e.Group), b)
				})),
		),
		app.Div().Class("seg").Role("group").Aria("label", "Where the session runs").Body(
			app.Range(h.Modes).Slice(func(i int) app.UI {
				t := h.Modes[i]
				return app.Button().Type("button").Class(when(t.On, "on")).Aria("pressed", boolText(t.On)).
					OnClick(clickArg(s, model.ActMode, t.ID)).Text(t.Text)
			})),
		app.Span().Class("grow"),
		s.runButton(h),
		app.Button().Class("btn icon").Type("button").Aria("label", "Dark colours").Aria("pressed", boolText(h.Dark)).Title("Light or dark (t)").
			OnClick(click(s, model.ActTheme)).Body(icon(iconTheme)),
		app.Button().ID(model.IDHelpOpen).Class("btn icon").Type("button").Aria("label", "Keys").Title("Keys (?)").
			OnClick(click(s, model.ActHelp)).Text("?"),
	)
}

// onMenuLeft closes the menu when the keyboard or the pointer went elsewhere.
func (s *Shell) onMenuLeft(ctx app.Context, e app.Event) {
	if to := e.Get("relatedTarget"); s.m.Header().MenuOpen && (!to.Truthy() || !ctx.JSSrc().Call("contains", to).Bool()) {
		s.send(model.Click{What: model.ActCloseMenus})
	}
}

func (s *Shell) runButton(h model.HeaderView) app.UI {
	what, text, path, key := model.ActRun, h.Run, iconPlay, "wide"
	if h.Running && s.m.Stoppable() {
		what, text, path, key = model.ActStop, "Stop", iconStop, "gone" // the key runs anew
	}
	return app.Button().ID("run").Class("btn primary").Type("button").Disabled(!h.CanRun).
		Aria("keyshortcuts", "Control+Enter").OnClick(click(s, what)).Body(
		icon(path), app.Span().Text(text), app.Elem("kbd").Class(key).Text("Ctrl ⏎"))
}

// alerts are the parts that no longer work.
func (s *Shell) alerts(h model.HeaderView) app.UI {
	return app.Div().Class("alerts").Role("alert").Body(
		app.Range(h.Failures).Slice(func(i int) app.UI {
			f := h.Failures[i]
			return app.Div().Class("alert").Body(
				app.Span().Body(app.B().Text(failureTitle(f.Part)+" "), app.Text(f.Text)),
				app.Button().Class("btn small").Type("button").Aria("label", "Dismiss").
					OnClick(clickArg(s, model.ActDismiss, f.Part)).Body(icon(iconClose)))
		}))
}

var failureTitles = map[string]string{
	model.PartInspect: "The analyser stopped. What is on the page stays; Run starts it again.",
	model.PartH2:      "The engine that runs programs stopped. Run starts it again.",
	model.PartPage:    "Something on the page broke. What is shown may be incomplete; reload to be sure.",
}

func failureTitle(part string) string { return failureTitles[part] }

func (s *Shell) viewTabs(h model.HeaderView) app.UI {
	return s.tabs(h.Views, "Views", model.ActView)
}

// tabs is a row of tabs.
func (s *Shell) tabs(tabs []model.Tab, name string, what model.Action) app.UI {
	return app.Div().Class("tabs").Role("tablist").Aria("label", name).Body(
		app.Range(tabs).Slice(func(i int) app.UI {
			t := tabs[i]
			return app.Button().Type("button").Role("tab").ID("tab-"+t.ID).Class(when(t.On, "on")).
				Aria("selected", boolText(t.On)).OnClick(clickArg(s, what, t.ID)).Text(t.Text)
		}))
}

// sheet is the list of keys.
func (s *Shell) sheet(open bool) app.UI {
	if !open {
		return app.Div().Class("gone")
	}
	keys := model.Keys()
	return app.Div().Class("veil").Body(
		app.Div().Class("sheet").Role("dialog").Aria("modal", "true").Aria("labelledby", "sheet-title").Body(
			app.Div().Class("sheet-top").Body(
				app.H2().ID("sheet-title").Text("Keys"),
				app.Button().ID(model.IDHelp).Class("btn icon").Type("button").Aria("label", "Close").
					OnClick(click(s, model.ActHelp)).Body(icon(iconClose))),
			app.Dl().Body(app.Range(keys).Slice(func(i int) app.UI {
				return app.Div().Body(
					app.Dt().Body(app.Range(keys[i].Keys).Slice(func(j int) app.UI {
						return app.Elem("kbd").Text(keys[i].Keys[j])
					})),
					app.Dd().Text(keys[i].What))
			}))))
}

// filterLine is the filter with its chips.
func (s *Shell) filterLine() app.UI {
	f := s.m.Filter()
	return app.Div().Class("filter").Body(
		app.Div().Class("filter-in").Body(
			&input{ID: model.IDFilter, Class: "in", Label: "Filter frames", Value: f.Text, Hint: "stream:1 type:HEADERS|PUSH_PROMISE",
				Invalid: f.Problem != "", DescribedBy: "filter-problem", send: s.send, msg: filterMsg},
			app.Span().Class(class("matches", when(f.Matches == "", "gone"))).Aria("live", "polite").Text(f.Matches),
			app.Button().Class(class("clear", when(f.Text == "", "gone"))).Type("button").Aria("label", "Clear the filter").
				OnClick(click(s, model.ActClear)).Body(icon(iconClose)),
			app.Div().ID("filter-problem").Class(class("filter-problem", when(f.Problem == "", "gone"))).Role("status").Body(
				app.Pre().Aria("hidden", "true").Text(caret(f)), app.Span().Text(f.Problem)),
		),
		app.Div().Class("chips").Role("group").Aria("label", "Types").Body(
			app.Range(f.Chips).Slice(func(i int) app.UI {
				c := f.Chips[i]
				return app.Button().Class(class("chip", "c-"+c.Color, when(c.On, "on"))).Type("button").Title("Filter: type:"+c.Type).
					Aria("pressed", boolText(c.On)).OnClick(clickArg(s, model.ActType, c.Type)).Text(c.Text)
			})),
		app.Div().Class(class("conns", when(len(f.Conns) == 0, "gone"))).Role("group").Aria("label", "Connections").Body(
			app.Range(f.Conns).Slice(func(i int) app.UI {
				c := f.Conns[i]
				return app.Button().Class(class("chip", when(c.On, "on"))).Type("button").Aria("pressed", boolText(c.On)).
					OnClick(clickN(s, model.ActConn, c.ID)).Text(c.Text)
			})),
	)
}

// caret points at the wrong character of the filter.
func caret(f model.FilterView) string {
	out := make([]rune, 0, len(f.Before)+1)
	for range f.Before {
		out = append(out, ' ')
	}
	return string(append(out, '^'))
}

func filterMsg(text string) model.Msg { return model.FilterEdited{Text: text} }
