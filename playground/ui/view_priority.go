package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// viewPriority is how streams are prioritised, and whom the server served when.
func (s *Shell) viewPriority() app.UI {
	v := s.m.Priority()
	bar := app.Div().Class("view-bar").Body(
		app.Span().Class(class("small", when(v.Scheme == "", "gone"))).Text("In force: "), app.B().Text(v.Scheme), when2(v.Scheme != "", link(v.Ref)),
		app.Span().Class("grow"),
		app.Span().Class("small").Text(v.Instant),
		s.forms(v.Forms, "turns", "Who was served when"))
	return sheetView("Priority", bar,
		lines("empty-view", v.Empty),
		lines("problem", v.Problem),
		lines("lead", v.Text),
		lines("small", v.Partial),
		s.turns(v),
		s.lanes(v),
		s.tree(v))
}

// when2 is an element where it holds, else an empty one.
func when2(holds bool, el app.UI) app.UI {
	if holds {
		return el
	}
	return app.Span()
}

// turns is who was served when: a block a turn, or the same as a table.
func (s *Shell) turns(v model.PriorityView) app.UI {
	if v.Empty != "" {
		return part(false, "")
	}
	return app.Div().Class("turns").Body(
		app.Div().Class("h").Body(app.H3().Text("Who was served when"), app.Span().Class("h-note").Text(v.TurnsNote)),
		app.P().Class(class("small", when(len(v.Turns) > 0, "gone"))).Text("The server has sent no DATA around this instant."),
		app.Ol().Class(class("strip", when(v.Table || len(v.Turns) == 0, "gone"))).Aria("label", "Turns, in order of time").Body(
			app.Range(v.Turns).Slice(func(i int) app.UI { return s.turn(v.Turns[i]) }),
			app.Li().Class(class("here", when(!v.TurnsEnd, "gone"))).Text("now")),
		app.Table().Class(when(!v.Table || len(v.Turns) == 0, "gone")).Aria("label", "Who was served when").Body(
			app.THead().Body(app.Tr().Body(th("stream"), th("DATA"), numHead("octets"), th("from"), th("to"), th("when"))),
			app.TBody().Body(app.Range(v.Turns).Slice(func(i int) app.UI {
				t := v.Turns[i]
				return app.Tr().Class(when(t.Now, "lit")).Body(app.Td().Text(strconv.Itoa(t.Stream)),
					app.Td().Body(app.Button().Class("go").Type("button").OnClick(clickN(s, model.ActSelect, t.First)).Text(t.Frames)),
					app.Td().Class("num").Text(t.Octets), app.Td().Class("num").Text(t.From), app.Td().Class("num").Text(t.To),
					app.Td().Text(when(t.Now, "now")+when(t.Future, "later")))
			}))))
}

func (s *Shell) turn(t model.TurnBlock) app.UI {
	return app.Li().Class(class("w"+strconv.Itoa(t.Width), when(t.Future, "later"), when(t.Now, "now"))).Body(
		app.Span().Class(class("here", when(!t.Here, "gone"))).Text("now"),
		app.Button().Type("button").Class("b"+strconv.Itoa(t.Color)).Title(t.Label+when(t.Request != "", ": ")+t.Request).
			OnClick(clickN(s, model.ActSelect, t.First)).Body(
			app.Span().Class("hidden").Text("stream "), app.B().Text(strconv.Itoa(t.Stream)), app.Text(" "), app.Span().Text(t.Octets),
			app.Span().Class("hidden").Text(", "+t.Label), app.Span().Class(class("now-word", when(!t.Now, "gone"))).Text(" now")))
}

// lanes are the urgencies of RFC 9218.
func (s *Shell) lanes(v model.PriorityView) app.UI {
	if len(v.Lanes) == 0 {
		return part(false, "")
	}
	return app.Div().Class("urgencies").Body(
		heading("Urgency", v.LanesNote, model.RFCLink("RFC 9218 4.1")),
		app.P().Class("small").Text("Streams of one urgency are served one after the other, in order; those marked incremental share the turns among each other."),
		app.Table().Body(app.TBody().Body(app.Range(v.Lanes).Slice(func(i int) app.UI {
			l := v.Lanes[i]
			return app.Tr().Body(
				app.Th().Scope("row").Body(app.B().Text(l.Urgency), app.Elem("small").Text(l.Note)),
				app.Td().Class("chips-cell").Body(app.Range(l.Streams).Slice(func(j int) app.UI { return s.urgent(l.Streams[j]) }),
					app.Span().Class("small").Text(l.More)))
		}))))
}

func (s *Shell) urgent(u model.UrgencyStream) app.UI {
	return app.Span().Class(class("urgent", when(u.Quiet, "quiet-stream"))).Title(u.Request+" "+u.Field).Body(
		app.Text("stream "), s.streamLink(u.Stream),
		app.Span().Class(class("badge", when(!u.Incremental, "gone"))).Text("incremental"),
		app.Span().Class("small").Text(" "+u.From), app.Span().Class(class("small", when(!u.Quiet, "gone"))).Text(", "+u.State))
}

// tree is RFC 7540's tree: a row a stream, joined by lines.
func (s *Shell) tree(v model.PriorityView) app.UI {
	if len(v.Tree) == 0 {
		return part(false, "")
	}
	return app.Div().Class("tree").Body(
		heading("Tree of dependencies", v.TreeNote, model.RFCLink("RFC 7540 5.3.1")),
		app.Div().Class(class("pager", when(v.Pages == "", "gone"))).Body(
			app.Button().Class("btn small").Type("button").Disabled(v.AtStart).OnClick(clickN(s, model.ActTree, -1)).Text("Before"),
			app.Span().Class("small").Text(v.Pages),
			app.Button().Class("btn small").Type("button").Disabled(v.AtEnd).OnClick(clickN(s, model.ActTree, 1)).Text("More")),
		app.Table().Aria("label", "Tree of dependencies").Body(
			app.THead().Body(app.Tr().Body(th("stream"), th("request, state"), numHead("weight"), th("share of its parent's"), numHead("DATA sent"))),
			app.TBody().Body(app.Range(v.Tree).Slice(func(i int) app.UI { return s.treeRow(v.Tree[i]) }))),
		lines("small", v.More))
}

func (s *Shell) treeRow(r model.TreeRow) app.UI {
	return app.Tr().Class(when(r.Quiet, "default")).Body(
		app.Td().Class("branch").Body(app.Div().Class("branches").Body(
			app.Range(r.Guides).Slice(func(i int) app.UI { return app.I().Class(class("guide", when(r.Guides[i], "on"))) }),
			app.I().Class(class("guide elbow", when(r.Last, "last"))),
			s.streamLink(r.Stream), app.Span().Class("hidden").Text(" depends "+r.Parent))),
		app.Td().Body(app.Text(r.Request+" "), app.Span().Class("small").Text(r.State)),
		app.Td().Class("num").Text(r.Weight),
		app.Td().Class("share").Body(meter(r.Share, "accent"), app.Span().Text(strconv.Itoa(r.Share)+" %")),
		app.Td().Class("num").Text(r.Octets))
}
