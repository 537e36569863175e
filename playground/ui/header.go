package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// topKey is what the page's head is drawn from.
type topKey struct {
	Header    model.HeaderView
	Export    model.ExportView
	Stoppable bool
}

// top is the page's head; an embedded page has a slim one that leads to the whole.
func (s *Shell) top() app.UI {
	h := s.m.Header()
	if h.Embed {
		return app.Header().Class("top").Body(
			app.H1().Class("logo").Body(app.Text("Frame"), app.B().Text("wise")),
			app.Span().Class("embed-title").Text(h.Title),
			app.Span().Class("grow"),
			app.A().Class("btn small").Href(h.Whole).Target("_blank").Rel("noopener").Text("Open in Framewise"))
	}
	return s.header(h)
}

func (s *Shell) header(h model.HeaderView) app.UI {
	return app.Header().Class("top").Body(
		app.H1().Class("logo").Body(app.Text("Frame"), app.B().Text("wise")),
		app.Div().Class("menu").On("focusout", s.onMenuLeft).Body(
			app.Button().ID(model.IDMenuOpen).Class("btn").Type("button").
				Aria("haspopup", "true").Aria("expanded", boolText(h.MenuOpen)).
				OnClick(click(s, model.ActMenu)).Body(
				app.Span().Class("wide").Text(menuName(h.File)),
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
		app.Button().ID(model.IDSharing).Class("btn to-share").Type("button").Aria("haspopup", "dialog").Aria("keyshortcuts", "l").
			Title("Share the record by a link (l)").OnClick(click(s, model.ActSharing)).Text("Share"),
		s.exportMenu(),
		s.runButton(h),
		app.Button().Class("btn icon open").Type("button").Aria("label", "Open a file").Aria("keyshortcuts", "Control+O").
			Title("Open a record, a capture or a log (Ctrl+O); or drop it on the page").OnClick(click(s, model.ActOpen)).Body(icon(iconOpen)),
		app.Button().Class("btn icon").Type("button").Aria("label", "Commands").Aria("keyshortcuts", "Control+K").Title("Commands, examples, frames by number (Ctrl+K)").
			OnClick(click(s, model.ActPalette)).Body(icon(iconSearch)),
		app.Button().Class("btn icon").Type("button").Aria("label", "Dark colours").Aria("pressed", boolText(h.Dark)).Title("Light or dark (t)").
			OnClick(click(s, model.ActTheme)).Body(icon(iconTheme)),
		app.Button().ID(model.IDHelpOpen).Class("btn icon").Type("button").Aria("label", "Keys").Title("Keys (?)").
			OnClick(click(s, model.ActHelp)).Text("?"),
	)
}

func menuName(file bool) string {
	if file {
		return "File: "
	}
	return "Examples: "
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
				app.Span().Class("grow"),
				app.Button().Class("btn small").Type("button").OnClick(click(s, model.ActSave)).Text("Save the record"),
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

// tabs is a row of tabs. Their identifiers are "tab-", "pane-" or "side-" and
// the tab's: the inspector and the middle column have tabs of the same name.
func (s *Shell) tabs(tabs []model.Tab, name string, what model.Action) app.UI {
	return app.Div().Class("tabs").Role("tablist").Aria("label", name).Body(
		app.Range(tabs).Slice(func(i int) app.UI {
			t := tabs[i]
			return app.Button().Type("button").Role("tab").ID(tabID(what, t.ID)).Class(when(t.On, "on")).
				Aria("selected", boolText(t.On)).OnClick(clickArg(s, what, t.ID)).Text(t.Text)
		}))
}

func tabID(what model.Action, id string) string {
	if what == model.ActView {
		return "tab-" + id
	}
	return string(what) + "-" + id
}
