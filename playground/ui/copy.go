package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// copyMenu is what the frame can be copied as.
func (s *Shell) copyMenu(open bool) app.UI {
	return app.Div().Class("copy").Body(
		app.Button().ID(model.IDCopyMenu).Class("btn small").Type("button").Aria("expanded", boolText(open)).Aria("keyshortcuts", "y").
			Title("Copy the frame (y)").OnClick(click(s, model.ActCopyMenu)).Text("Copy"),
		app.Div().Class(class("copy-list", when(!open, "gone"))).Role("group").Aria("label", "Copy the frame as").Body(
			app.Range(model.CopyChoices).Slice(func(i int) app.UI {
				c := model.CopyChoices[i]
				return app.Button().ID("copy-"+c.ID).Class("menu-item").Type("button").OnClick(clickArg(s, model.ActCopyFrame, c.ID)).Body(
					app.Text(c.Text+" "), app.Elem("kbd").Text(c.Key))
			})))
}

// bits is a representation bit by bit, down to the codes of its strings.
func bits(v *model.BitsView) app.UI {
	if v == nil {
		return part(false, "")
	}
	return part(true, "bits-part", heading("Bit by bit", v.Title, model.RFCLink("RFC 7541 B")),
		app.Ol().Class("bits").Body(app.Range(v.Parts).Slice(func(i int) app.UI {
			p := v.Parts[i]
			return app.Li().Class(class("bit", "bit-"+p.Kind, when(p.Start != "", "bit-start"))).Title(p.Title).Body(
				app.Span().Class(class("bit-of", when(p.Start == "", "gone"))).Text(p.Start),
				app.Code().Text(p.Bits), app.Text(" "), app.Span().Text(p.Value))
		})),
		app.P().Class(class("small", when(v.More == "", "gone"))).Text(v.More))
}

// problemLine says how much is wrong with the record, and lists it.
func (s *Shell) problemLine() app.UI {
	v := s.m.Problems()
	return app.Div().Class(class("trouble", when(v.Text == "", "gone"))).Body(
		app.Button().ID(model.IDProblems).Class("btn small bad").Type("button").Aria("expanded", boolText(v.Open)).
			Title("What is wrong with the record (!)").OnClick(click(s, model.ActProblems)).Text("⚠ "+v.Text),
		app.Div().Class(class("trouble-list", when(!v.Open, "gone"))).Role("group").Aria("label", "Problems").Body(
			s.problems(v.Rows), app.P().Class(class("small", when(v.More == "", "gone"))).Text(v.More)))
}
