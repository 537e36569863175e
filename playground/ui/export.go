package ui

import (
	"strconv"

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
			app.Div().Class("menu-head").Text("The view, as it is seen"),
			app.Range(v.Rows).Slice(func(i int) app.UI {
				r := v.Rows[i]
				b := app.Button().Class("menu-item").Type("button").OnClick(clickArg(s, model.ActExport, r.Arg)).Body(
					app.Span().Text(r.Text+" "), app.Elem("small").Text(r.Note))
				if i == 0 {
					b = b.ID(model.IDExportMenu)
				}
				return b
			}),
			app.Div().Class("menu-head").Text("The record as a file"),
			app.Button().Class("menu-item switch").Type("button").Role("switch").Aria("checked", boolText(v.Secrets)).OnClick(click(s, model.ActSecrets)).Body(
				app.Span().Text("With its secrets "), app.Elem("small").Text(when(!v.Secrets, "taken out: cookies, contents, hosts …")+when(v.Secrets, "cookies, contents, hosts … stay in"))),
			app.Range(v.Files).Slice(func(i int) app.UI {
				r := v.Files[i]
				return app.Button().Class("menu-item").Type("button").OnClick(clickArg(s, model.ActExport, r.Arg)).Body(
					app.Span().Text(r.Text+" "), app.Elem("small").Text(r.Note))
			})))
}

// making tells of a file that is made, at the place of notices.
func (s *Shell) making(v model.MakingView) app.UI {
	return app.Div().Class(class("notices", when(v.Text == "", "gone"))).Role("region").Aria("label", "File on its way").Body(
		app.Div().Class("notice making").Body(
			app.Span().Text(v.Text),
			app.Elem("progress").Aria("label", "Made of the file").Attr("max", "1000").Attr("value", strconv.Itoa(v.Progress)),
			app.Button().Class("btn small").Type("button").OnClick(click(s, model.ActStopExport)).Text("Cancel")))
}

// onExportLeft closes the menu when the keyboard or the pointer went elsewhere.
func (s *Shell) onExportLeft(ctx app.Context, e app.Event) {
	if to := e.Get("relatedTarget"); s.m.Export().Open && (!to.Truthy() || !ctx.JSSrc().Call("contains", to).Bool()) {
		s.send(model.Click{What: model.ActCloseMenus})
	}
}
