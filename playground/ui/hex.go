package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// octets are the selected frame's octets, coloured by field.
func (s *Shell) octets(v model.HexView, copying bool) app.UI {
	if len(v.Lines) == 0 {
		return &kept{}
	}
	return keptPart("octets", func() []app.UI {
		return s.octetParts(v, copying)
	})
}

func (s *Shell) octetParts(v model.HexView, copying bool) []app.UI {
	return []app.UI{
		app.Div().Class("hex").Role("group").Aria("label", "Octets of the frame. Arrow keys move, Enter keeps one lit.").
			OnMouseOver(s.onOctetOver).OnMouseLeave(s.onLeave).OnClick(s.onOctetClick).Body(
			s.lines("hex", len(v.Lines), func(i int) app.UI { return &hexLine{Line: v.Lines[i]} },
				func() app.UI { return &hexLine{Spare: true} })...),
		app.Div().Class("hex-foot").Body(
			app.Span().Class(class("hex-status", when(v.Lit, "on"))).Aria("live", "polite").Body(app.Div().Text(v.Status), app.Div().Text(v.Note)),
			app.Span().Class(class("hex-pages", when(v.Pages < 2, "gone"))).Body(
				app.Text(v.Range),
				app.Button().Class("btn small").Type("button").Aria("label", "Octets before").OnClick(clickN(s, model.ActPage, -1)).Body(icon(iconBack)),
				app.Button().Class("btn small").Type("button").Aria("label", "Octets after").OnClick(clickN(s, model.ActPage, 1)).Body(icon(iconNext))),
			s.copyMenu(copying)),
	}
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
// A line that has fewer octets than it had keeps the cells.
type hexLine struct {
	app.Compo
	Line  model.HexLine
	Spare bool
	last  model.HexLine // with all the cells that the line has had
}

func (l *hexLine) Render() app.UI {
	l.last.Off, l.last.N = l.Line.Off, max(l.last.N, l.Line.N)
	copy(l.last.Cells[:], l.Line.Cells[:l.Line.N])
	parts := make([]app.UI, 0, l.last.N+1)
	parts = append(parts, app.I().Aria("hidden", "true").Text(l.Line.Off))
	for i, c := range l.last.Cells[:l.last.N] {
		parts = append(parts, cell(c, i >= l.Line.N))
	}
	return app.Div().Class(class("hexline", when(l.Spare, "gone"))).Body(parts...)
}

// cell is an octet; a spare one is hidden and stands for none.
func cell(c model.HexCell, spare bool) app.UI {
	if spare {
		c.Bits &^= model.CellFocus | model.CellPoint
	}
	has := func(bit uint8, name string) string { return when(c.Bits&bit != 0, name) }
	tab := -1
	el := app.Span()
	if c.Bits&model.CellFocus != 0 {
		tab = 0
		el = el.ID(model.IDOctets)
	}
	if !spare {
		el = el.DataSet("o", c.Octet)
	}
	digits := string(c.Hex[:])
	return el.Class(class("o b"+strconv.Itoa(int(c.Color)), has(model.CellLit, "lit"), has(model.CellPoint, "sel"),
		has(model.CellJoin, "join"), has(model.CellRep, "rep"), when(spare, "gone"))).
		Role("button").TabIndex(tab).Aria("pressed", boolText(c.Bits&model.CellPoint != 0)).
		Aria("label", "octet "+strconv.Itoa(c.Octet)+", "+digits+", "+c.Name).Text(digits)
}
