package ui

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// The inspector is another one with every frame: a field block comes and goes,
// tables grow and shrink. Elements that a frame does not need stay in the page,
// hidden, for the next one that does: to make them anew was most of a step.

// kept is a section that may be hidden. While it is, it is not drawn.
type kept struct {
	app.Compo
	Draw func(shown bool) app.UI // gives a Div; nil: the section is hidden
	last func(shown bool) app.UI
}

// Render draws the section, or hides what it showed last.
func (k *kept) Render() app.UI {
	if k.Draw != nil {
		k.last = k.Draw
		return k.Draw(true)
	}
	if k.last == nil {
		return app.Div().Class("gone")
	}
	return k.last(false)
}

// keptPart is a section of the inspector that is kept while it is hidden.
func keptPart(name string, body func() []app.UI) app.UI {
	return &kept{Draw: func(shown bool) app.UI {
		return app.Div().Class(class(when(shown, "part "+name), when(!shown, "gone"))).Body(body()...)
	}}
}

// maxSpare is how many hidden lines a list keeps at most.
const maxSpare = 48

// lines are the n lines of a list. Those that it once had stay behind them as
// spare ones, which take no room.
func (s *Shell) lines(list string, n int, line func(i int) app.UI, spare func() app.UI) []app.UI {
	if s.spares == nil {
		s.spares = map[string]int{}
	}
	most := max(s.spares[list], min(n, maxSpare))
	s.spares[list] = most
	out := make([]app.UI, 0, max(n, most))
	for i := range n {
		out = append(out, line(i))
	}
	for range most - n {
		out = append(out, spare())
	}
	return out
}

// spared is what a line shows: its row, which becomes the last one, or in a spare
// line, that nobody sees, the last one.
func spared[T any](spare bool, row T, last *T) T {
	if !spare {
		*last = row
	}
	return *last
}
