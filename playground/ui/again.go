package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// againLine tells how running a record again went.
func (s *Shell) againLine(v model.AgainView) app.UI {
	button := func(shown bool, c model.Click, text string) app.UI {
		return app.Button().Class(class("btn small", when(!shown, "gone"))).Type("button").OnClick(on(s, c)).Text(text)
	}
	return app.Div().Class(class("again-line", v.State, when(v.State == "", "gone"))).Role("group").Aria("label", "Run again").Body(
		app.Div().Class("file-what").Body(
			app.Div().Role("status").Body(
				app.B().Class("again-lead").Text(v.Lead), app.Text(" "), app.Span().Class("again-text").Text(v.Text), app.Text(" "),
				app.Span().Class("again-engine").Text(v.Engine)),
			app.Div().Class(class("again-compared", when(v.Compared == "", "gone"))).Text(v.Compared),
			app.Range(v.Orders).Slice(func(i int) app.UI {
				return app.Div().Class("again-order").Body(
					app.Code().Text(v.Orders[i]),
					button(true, model.Click{What: model.ActAgainCopy, Arg: v.Orders[i]}, "Copy"))
			})),
		button(v.Jump && v.State != "same", model.Click{What: model.ActAgainShow}, "Show it"),
		button(v.Side, model.Click{What: model.ActView, Arg: string(model.ViewCompare)}, "Side by side"),
		app.Button().Class(class("btn small plain", when(v.State == "busy", "gone"))).Type("button").
			Aria("label", "Close this line").OnClick(click(s, model.ActAgainClose)).Body(icon(iconClose)))
}
