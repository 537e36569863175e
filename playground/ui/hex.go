package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// octets are the selected frame's octets, coloured by field.
func (s *Shell) octets(v model.HexView, copying bool) app.UI {
	if len(v.Lines) == 0 {
		return part(false, "")
	}
	return part(true, "octets",
		app.Div().Class("hex").Role("group").Aria("label", "Octets of the frame. Arrow keys move, Enter keeps one lit.").
			OnMouseOver(s.onOctetOver).OnMouseLeave(s.onLeave).OnClick(s.onOctetClick).Body(
			app.Range(v.Lines).Slice(func(i int) app.UI { return &hexLine{Line: v.Lines[i]} })),
		app.Div().Class("hex-foot").Body(
			app.Span().Class(class("hex-status", when(v.Lit, "on"))).Aria("live", "polite").Body(app.Div().Text(v.Status), app.Div().Text(v.Note)),
			app.Span().Class(class("hex-pages", when(v.Pages < 2, "gone"))).Body(
				app.Text(v.Range),
				app.Button().Class("btn small").Type("button").Aria("label", "Octets before").OnClick(clickN(s, model.ActPage, -1)).Body(icon(iconBack)),
				app.Button().Class("btn small").Type("button").Aria("label", "Octets after").OnClick(clickN(s, model.ActPage, 1)).Body(icon(iconNext))),
			s.copyMenu(copying)))
}

func (s *Shell) onOctetOver(_ app.Context, e app.Event) {
	if n, ok := number(e, "o"); ok {
		s.send(model.OctetPointed{Octet: n})
	}
}

func (s *Shell) onOctetClick(_ app.Context, e app.Event) {
	if n, ok := number(e, "o"); ok {
		s.send(model.Click{What: model.ActOctet, N: n})
	}
}

// hexLine is a line of octets, so that pointing at one draws one line anew.
type hexLine struct {
	app.Compo
	Line model.HexLine
}

func (l *hexLine) Render() app.UI {
	parts := make([]app.UI, 0, l.Line.N+1)
	parts = append(parts, app.I().Aria("hidden", "true").Text(l.Line.Off))
	for _, c := range l.Line.Cells[:l.Line.N] {
		parts = append(parts, cell(c))
	}
	return app.Div().Class("hexline").Body(parts...)
}

func cell(c model.HexCell) app.UI {
	has := func(bit uint8, name string) string { return when(c.Bits&bit != 0, name) }
	tab := -1
	el := app.Span()
	if c.Bits&model.CellFocus != 0 {
		tab = 0
		el = el.ID(model.IDOctets)
	}
	digits := string(c.Hex[:])
	return el.Class(class("o b"+strconv.Itoa(int(c.Color)), has(model.CellLit, "lit"), has(model.CellPoint, "sel"),
		has(model.CellJoin, "join"), has(model.CellRep, "rep"))).
		DataSet("o", c.Octet).Role("button").TabIndex(tab).Aria("pressed", boolText(c.Bits&model.CellPoint != 0)).
		Aria("label", "octet "+strconv.Itoa(c.Octet)+", "+digits+", "+c.Name).Text(digits)
}
