package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// stranger asks before a program runs that came with somebody's record.
func (s *Shell) stranger(v model.StrangerView) app.UI {
	if !v.Open {
		return app.Div().Class("gone")
	}
	return app.Div().Class("veil").OnClick(s.onVeil(model.ActRefuse)).Body(
		app.Div().Class("sheet question").Role("alertdialog").Aria("modal", "true").
			Aria("labelledby", "stranger-title").Aria("describedby", "stranger-text").Body(
			app.H2().ID("stranger-title").Text("Run a program that came from elsewhere?"),
			app.Div().ID("stranger-text").Body(
				app.P().Body(app.Text("It came with "), app.B().Text(v.From), app.Text(" and stands in the editor: read it first.")),
				app.P().Text("It will run in a place of its own, without a network and without access to this page or to what the page keeps. The worst it can do is to take time, and Stop ends it.")),
			app.Div().Class("question-buttons").Body(
				app.Button().ID(model.IDAllow).Class("btn").Type("button").OnClick(click(s, model.ActRefuse)).Text("Read it first"),
				app.Button().Class("btn primary").Type("button").OnClick(click(s, model.ActAllow)).Text("Run it"))))
}
