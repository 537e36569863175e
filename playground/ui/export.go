package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// exportMenu is the menu of the head that saves and prints the view.
func (s *Shell) exportMenu() app.UI {
	v := s.m.Export()
	return app.Div().Class("menu export").On("focusout", s.onExportLeft).Body(
		app.Button().ID(model.IDExport).Class("btn").Type("button").Aria("haspopup", "true").Aria("expanded", boolText(v.Open)).
			Title("Save or print the view").OnClick(clickArg(s, model.ActExport, "")).Body(
			app.Span().Text("Export"), app.Span().Class("caret").Aria("hidden", "true").Text("▾")),
		app.Div().Class(class("menu-list", when(!v.Open, "gone"))).Role("group").Aria("label", "Export").Body(
			app.Range(v.Rows).Slice(func(i int) app.UI {
				r := v.Rows[i]
				b := app.Button().Class("menu-item").Type("button").OnClick(clickArg(s, model.ActExport, r.Arg)).Body(
					app.Span().Text(r.Text+" "), app.Elem("small").Text(r.Note))
				if i == 0 {
					b = b.ID(model.IDExportMenu)
				}
				return b
			})))
}

// onExportLeft closes the menu when the keyboard or the pointer went elsewhere.
func (s *Shell) onExportLeft(ctx app.Context, e app.Event) {
	if to := e.Get("relatedTarget"); s.m.Export().Open && (!to.Truthy() || !ctx.JSSrc().Call("contains", to).Bool()) {
		s.send(model.Click{What: model.ActCloseMenus})
	}
}
