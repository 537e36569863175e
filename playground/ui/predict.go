package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// predict is the game: what will the encoder write for this field line?
func (s *Shell) predict(v model.PredictView) app.UI {
	bar := app.Div().Class("view-bar").Body(
		app.B().Text("Predict"),
		app.Span().Class("score").Role("status").Text(v.Score),
		app.Span().Class("grow"),
		s.play(model.PredictLeave, "btn small", "Leave", "Esc"))
	return sheetView("Predict representations", bar,
		app.Div().Class("predict").Body(
			app.Div().ID(model.IDPredict).Role("group").Aria("label", "Predict the representation").TabIndex(-1).Body(
				app.Div().Class(class("predict-head", when(v.Title == "", "gone"))).Body(app.Span().Class("small").Text(v.Title), app.Span().Class("small").Text(v.Progress)),
				app.Div().Class(when(v.Title == "", "gone")).Body(meter(v.Percent, "accent")),
				lines("empty-view", v.Text),
				part(v.Name != "", "asked",
					app.P().Class("small").Text("How does the encoder write this field line?"),
					app.P().Class("line").Body(app.Span().Class("fname").Text(v.Name), app.Text(": "+v.Value)))),
			s.told(v),
			s.done(v),
			s.goOn(v, v.State != "ask"),
			s.options(v),
			lines("lead hint", v.Hint),
			s.goOn(v, v.State == "ask"),
			s.before(v.Table)))
}

// goOn are the buttons that go on: below the question's options, above them once
// the answer is told.
func (s *Shell) goOn(v model.PredictView, here bool) app.UI {
	if !here {
		return part(false, "")
	}
	return app.Div().Class("predict-go").Body(
		app.Button().ID(model.IDPredictNext).Class(class("btn primary", when(v.Next == "", "gone"))).Type("button").
			OnClick(on(s, model.Click{What: model.ActPredict, Arg: model.PredictNext})).Body(app.Text(v.Next+" "), app.Elem("kbd").Text("⏎")),
		part(v.State == "ask", "inline", s.play(model.PredictGiveUp, "btn", "Give up, show it", "g")),
		part(v.State == "done", "inline", s.play(model.PredictAgain, "btn", "This block again", "")),
		part(v.First, "inline", s.play(model.PredictFirst, "btn", "From the first block", "")))
}

func (s *Shell) play(what, kind, text, key string) app.UI {
	return app.Button().Class(kind).Type("button").OnClick(on(s, model.Click{What: model.ActPredict, Arg: what})).Body(
		app.Text(text+" "), app.Elem("kbd").Class(when(key == "", "gone")).Text(key))
}

// options are the representations to choose from.
func (s *Shell) options(v model.PredictView) app.UI {
	if len(v.Options) == 0 {
		return part(false, "")
	}
	return app.Ol().Class("options").Body(app.Range(v.Options).Slice(func(i int) app.UI {
		o := v.Options[i]
		return app.Li().Class(class(when(o.Taken, "taken"), when(o.Mine, "mine"))).Body(
			app.Button().Type("button").Disabled(v.State != "ask").
				OnClick(on(s, model.Click{What: model.ActPredict, Arg: model.PredictChoose, N: o.N})).Body(
				app.Elem("kbd").Text(o.Key),
				app.Span().Class("option-what").Body(app.B().Text(o.Title), app.Text(" "), app.Span().Text(o.Text)),
				app.Span().Class(class("option-told", when(o.Cost == "", "gone"))).Body(
					app.Span().Class("cost").Text(o.Cost), app.Text(" "),
					app.Span().Class(class("badge", when(o.Best == "", "gone"))).Text(o.Best), app.Text(" "),
					app.Span().Class(class("badge strong", when(o.Mark == "", "gone"))).Text(o.Mark))))
	}))
}

// told is whether it was right, and why.
func (s *Shell) told(v model.PredictView) app.UI {
	return app.Div().Role("status").Class(class("told", when(v.Verdict == "", "gone"), when(v.Right, "right"), when(!v.Right, "wrong"))).Body(
		app.B().Text(v.Verdict), app.Text(" "), app.Span().Text(v.Why+" "), link(v.Ref))
}

// done is a block that is done, line by line.
func (s *Shell) done(v model.PredictView) app.UI {
	if v.State != "done" {
		return part(false, "")
	}
	return app.Div().Class("done").Body(
		app.P().Class("lead").Text(v.Sum),
		app.Table().Class(when(len(v.Rows) == 0, "gone")).Body(
			app.THead().Body(app.Tr().Body(th("field line"), th("you"), th("the encoder"), numHead("octets"), th("result"))),
			app.TBody().Body(app.Range(v.Rows).Slice(func(i int) app.UI {
				r := v.Rows[i]
				return app.Tr().Body(
					app.Td().Class("field").Body(app.Span().Class("fname").Text(r.Name), app.Text(": "+r.Value)),
					app.Td().Text(r.Said), app.Td().Text(r.Taken), app.Td().Class("num").Text(r.Octets), app.Td().Class(class("result", when(r.Right == "right", "good"))).Text(r.Right))
			}))))
}

// before is the table in which the encoder looked the field line up.
func (s *Shell) before(t *model.TableView) app.UI {
	if t == nil {
		return part(false, "")
	}
	return app.Div().Class("before").Body(
		s.tables([]model.TableView{*t}))
}
