package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// sheet is the list of keys and of the filter's terms.
func (s *Shell) sheet(open bool) app.UI {
	if !open {
		return app.Div().Class("gone")
	}
	groups, terms := s.m.Sheet(), s.m.Terms()
	return app.Div().Class("veil").OnClick(s.onVeil(model.ActHelp)).Body(
		app.Div().Class("sheet").Role("dialog").Aria("modal", "true").Aria("labelledby", "sheet-title").Body(
			app.Div().Class("sheet-top").Body(
				app.H2().ID("sheet-title").Text("Keys"),
				app.Button().Class("btn small").Type("button").OnClick(clickN(s, model.ActTour, 1)).Text("Tour of the page"),
				app.Button().ID(model.IDHelp).Class("btn icon").Type("button").Aria("label", "Close").
					OnClick(click(s, model.ActHelp)).Body(icon(iconClose))),
			app.Div().Class("sheet-body").TabIndex(0).Role("group").Aria("labelledby", "sheet-title").Body(
				app.Range(groups).Slice(func(i int) app.UI { return keyGroup(groups[i]) }),
				app.Div().Class(class("sheet-part terms", when(len(terms) == 0, "gone"))).Body(
					app.H3().Text("Filter: terms side by side must all match, | is “or”, - is “not”"),
					app.Dl().Body(app.Range(terms).Slice(func(i int) app.UI {
						return app.Div().Body(app.Dt().Body(app.Code().Text(terms[i].Text)), app.Dd().Text(terms[i].What))
					})))),
		))
}

func keyGroup(g model.KeyGroup) app.UI {
	return app.Div().Class("sheet-part").Body(
		app.H3().Text(g.Title),
		app.Dl().Body(app.Range(g.Keys).Slice(func(i int) app.UI {
			k := g.Keys[i]
			return app.Div().Body(app.Dt().Body(caps(k.Keys)), app.Dd().Text(k.What))
		})))
}

func caps(keys []string) app.UI {
	return app.Range(keys).Slice(func(i int) app.UI { return app.Elem("kbd").Text(keys[i]) })
}

// onVeil closes a dialog when somebody presses beside it.
func (s *Shell) onVeil(what model.Action) app.EventHandler {
	return func(_ app.Context, e app.Event) {
		if e.Get("target").Equal(e.Get("currentTarget")) {
			s.send(model.Click{What: what})
		}
	}
}

// palette is the list of everything that can be done by name.
func (s *Shell) palette(v model.PaletteView) app.UI {
	if !v.Open {
		return app.Div().Class("gone")
	}
	active := ""
	if len(v.Rows) > 0 {
		active = model.IDEntry(v.On)
	}
	return app.Div().Class("veil high").OnClick(s.onVeil(model.ActPalette)).Body(
		app.Div().Class("palette").Role("dialog").Aria("modal", "true").Aria("label", "Commands").Body(
			&input{ID: model.IDPalette, Class: "in", Label: "Command, example, “frame 12” or “stream 5”", Value: v.Typed, Hint: "Command, example, frame 12, stream 5",
				Combo: &combo{List: "palette-list", Open: true, Active: active}, send: s.send, msg: paletteMsg},
			app.Div().ID("palette-list").Class("palette-list").Role("listbox").Aria("label", "What can be done").OnMouseDown(keepFocus).Body(
				app.Range(v.Rows).Slice(func(i int) app.UI {
					r := v.Rows[i]
					return app.Div().ID(model.IDEntry(i)).Class(class("option", when(r.On, "on"))).Role("option").Aria("selected", boolText(r.On)).
						OnClick(clickN(s, model.ActPick, i)).Body(
						app.Span().Class("entry").Text(r.Text), app.Text(" "),
						app.Span().Class("group").Text(r.Group), app.Text(" "),
						app.Span().Class("caps").Body(caps(r.Keys)))
				})),
			app.P().Class(class("nothing", when(v.Empty == "", "gone"))).Role("status").Text(v.Empty)))
}

func paletteMsg(text string) model.Msg { return model.PaletteEdited{Text: text} }

// notice is a line at the page's lower edge.
func (s *Shell) notice(v model.NoticeView) app.UI {
	act := app.UI(app.Span())
	if v.Label != "" {
		act = app.Button().Class("btn small").Type("button").OnClick(on(s, v.Do)).Text(v.Label)
	}
	return app.Div().Class("notices").Role("status").Body(
		app.Div().Class(class("notice", when(v.Text == "", "gone"))).Body(
			app.Span().Text(v.Text), act,
			app.Button().Class("btn small plain").Type("button").Aria("label", "Close the notice").OnClick(click(s, model.ActCloseNotice)).Body(icon(iconClose))))
}

// tour is a step of the tour: a card beside the part that it explains.
func (s *Shell) tour(v model.TourView) app.UI {
	if !v.On {
		return app.Div().Class("gone")
	}
	next := "Next"
	if v.Last {
		next = "Done"
	}
	return app.Div().Class("tour by-"+v.Part).Role("dialog").Aria("labelledby", "tour-title").Aria("describedby", "tour-text").Body(
		app.Div().Class("tour-top").Body(app.H2().ID("tour-title").Text(v.Title), app.Span().Class("small").Text(v.Count)),
		app.P().ID("tour-text").Text(v.Text),
		app.Div().Class("tour-foot").Body(
			app.Button().Class("btn small plain").Type("button").OnClick(clickN(s, model.ActTour, 0)).Text("Skip the tour"),
			app.Span().Class("grow"),
			app.Button().Class(class("btn small", when(v.First, "gone"))).Type("button").OnClick(clickN(s, model.ActTour, v.Step-1)).Text("Back"),
			app.Button().ID(model.IDTour).Class("btn small primary").Type("button").OnClick(clickN(s, model.ActTour, v.Next)).Text(next)))
}
