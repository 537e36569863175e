package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// records is the switch between the two records, where there are two.
func (s *Shell) records(v model.RecordsView) app.UI {
	if !v.Shown {
		return app.Div().Class("gone")
	}
	return app.Div().Class(class("records", when(v.Other, "other"))).Body(
		app.Div().Class("seg").Role("group").Aria("label", "Record").Body(
			app.Range(v.Tabs).Slice(func(i int) app.UI {
				t := v.Tabs[i]
				return app.Button().Type("button").Class(when(t.On, "on")).Aria("pressed", boolText(t.On)).Title("The other record (o)").
					OnClick(clickN(s, model.ActRecord, i)).Text(t.Text)
			})),
		app.Span().Role("status").Text(v.Note))
}

// viewCompare is the middle column's view of that name.
func (s *Shell) viewCompare() app.UI {
	v := s.m.Compare()
	return app.Div().Class(model.ClassDrop).Body(
		app.Div().Class("view-bar compare-with").Body(
			app.Span().Class("bar-name").Text("Compare with"),
			app.Range(v.Sources).Slice(func(i int) app.UI {
				t := v.Sources[i]
				return app.Button().Class(class("btn small", when(t.On, "on"))).Type("button").Title(t.Title).Disabled(t.Off).
					Aria("pressed", boolText(t.On)).OnClick(clickArg(s, model.ActCompare, t.Arg)).Text(t.Text)
			}),
			app.Button().Class(class("btn small", when(!v.Again, "gone"))).Type("button").Title("Run the record’s program again, and compare (a)").
				OnClick(click(s, model.ActAgain)).Text("Itself, run again"),
			app.Button().Class(class("btn small", when(!v.Stop, "gone"))).Type("button").OnClick(clickArg(s, model.ActCompare, "stop")).Text("Stop comparing")),
		app.P().Class(class("empty-view", when(v.Empty == "", "gone"))).Text(v.Empty),
		app.P().Class(class("empty-view", when(v.Busy == "", "gone"))).Role("status").Text(v.Busy),
		s.pairVerdict(v),
		s.compareBar(v),
		s.pairList(v),
		s.pairFigures(v),
		s.pairClients(v))
}

// pairVerdict says how the two records differ.
func (s *Shell) pairVerdict(v model.CompareView) app.UI {
	if v.Lead == "" {
		return app.Div().Class("gone")
	}
	return app.Div().Class("pair-verdict").Body(
		app.P().Class("lead").Role("status").Text(v.Lead), s.firstDifference(v.First))
}

func (s *Shell) firstDifference(d *model.DifferenceRow) app.UI {
	if d == nil {
		return app.Span().Class("gone")
	}
	return app.Button().Class("link first-difference").Type("button").
		OnClick(on(s, model.Click{What: model.ActDifferRow, Arg: d.Record, N: d.Frame})).Text(d.Text)
}

func (s *Shell) compareBar(v model.CompareView) app.UI {
	if len(v.Tabs) == 0 {
		return app.Div().Class("gone")
	}
	hidden := when(!v.List.Shown, "gone")
	return app.Div().Class("view-bar").Body(
		app.Div().Class("seg").Role("group").Aria("label", "What is compared").Body(
			app.Range(v.Tabs).Slice(func(i int) app.UI {
				t := v.Tabs[i]
				return app.Button().Type("button").Class(when(t.On, "on")).Aria("pressed", boolText(t.On)).
					OnClick(clickArg(s, model.ActPairTab, t.ID)).Text(t.Text)
			})),
		app.Button().Class(class("chip", when(v.Only, "on"), hidden)).Type("button").Aria("pressed", boolText(v.Only)).
			OnClick(click(s, model.ActOnly)).Text("Differences only"),
		app.Span().Class("grow"),
		app.Span().Class(class("where", hidden)).Role("status").Text(v.Where),
		app.Button().Class(class("btn small", hidden)).Type("button").Disabled(!v.Jumps).Title("The difference before (N)").
			OnClick(clickN(s, model.ActDiffer, -1)).Text("◂ Previous"),
		app.Button().Class(class("btn small", hidden)).Type("button").Disabled(!v.Jumps).Title("The next difference (n)").
			OnClick(clickN(s, model.ActDiffer, 1)).Text("Next ▸"))
}

// pairList is both records' frames side by side, in slots that are reused.
func (s *Shell) pairList(v model.CompareView) app.UI {
	l := v.List
	if !l.Shown {
		return app.Div().Class("gone")
	}
	slots := make([]app.UI, 0, l.Slots+1)
	slots = append(slots, &spacer{Height: l.Total * l.RowHeight})
	for i := range l.Slots {
		slots = append(slots, &pairRow{Row: s.m.PairSlot(i), shell: s})
	}
	return app.Div().Class("pair").Body(
		app.Div().Class("pair-head").Body(app.Span().Text(v.A), app.Span().Text("differs in"), app.Span().Text(v.B)),
		app.Div().ID(model.IDCompare).Class("pair-rows").Role("listbox").TabIndex(0).Aria("label", "Frames of both records side by side").
			OnScroll(s.onCompareScroll).Body(slots...),
		app.P().Class(class("strip", when(v.Strip == "", "gone"))).Text(v.Strip))
}

func (s *Shell) onCompareScroll(ctx app.Context, _ app.Event) {
	el := ctx.JSSrc()
	s.send(model.CompareScrolled{Top: el.Get("scrollTop").Int(), Height: el.Get("clientHeight").Int()})
}

// pairRow is a frame of each record.
type pairRow struct {
	app.Compo
	Row   model.PairRow
	shell *Shell
	y     int
}

func (r *pairRow) OnMount(app.Context) {
	r.y = -1
	r.place()
}

func (r *pairRow) place() {
	if r.y != r.Row.Y {
		r.y = r.Row.Y
		setStyle(r, "transform", "translateY("+strconv.Itoa(r.y)+"px)")
	}
}

// Render draws the row.
func (r *pairRow) Render() app.UI {
	if r.Mounted() {
		r.place()
	}
	v := r.Row
	if v.Blank {
		return app.Div().Class("pair-row gone").Role("presentation")
	}
	if v.Loading {
		return app.Div().Class("pair-row").Role("option").Aria("label", "not here yet").Text("…")
	}
	return app.Div().Class(class("pair-row", v.What, v.Fork, when(v.On, "sel"))).Role("option").Aria("selected", boolText(v.On)).Aria("label", v.Label).Body(spaced(
		r.cell(v.A, "0"),
		app.Span().Class("differ").Title(v.Says).Body(spaced(app.B().Text(v.Sign), app.Span().Text(v.Says), app.Elem("i").Class(when(v.Fork == "", "gone")).Text("fork"))...),
		r.cell(v.B, "1"))...)
}

func (r *pairRow) cell(c model.PairCell, record string) app.UI {
	if c.Frame < 0 {
		return app.Span().Class("pair-cell none").Text("–")
	}
	return app.Span().Class(class("pair-cell", "c-"+c.Color, when(c.On, "on"))).Title(c.Time+", "+c.Dir).
		DataSet("frame", c.Frame+1).DataSet("record", record).
		OnClick(on(r.shell, model.Click{What: model.ActDifferRow, Arg: record, N: c.Frame})).Body(spaced(
		app.Span().Class("num").Text(c.Number), app.Span().Class("arrow").Text(c.Arrow), app.B().Text(c.Type), app.Span().Class("says").Text(c.Says))...)
}

// pairFigures are tables of figures of both records.
func (s *Shell) pairFigures(v model.CompareView) app.UI {
	if len(v.Rest) == 0 {
		return app.Div().Class("gone")
	}
	return app.Div().Class("view").TabIndex(0).Aria("label", "Figures of both records").Role("region").Body(
		app.Range(v.Rest).Slice(func(i int) app.UI {
			t := v.Rest[i]
			return app.Div().Class("figures").Body(
				app.Div().Class("h").Body(app.H2().Text(t.Title), app.Span().Class("h-note").Text(t.Note), short(t.Ref, t.Note)),
				app.P().Class(class("small", when(len(t.Rows) > 0, "gone"))).Text(t.Empty),
				app.Table().Class(when(len(t.Rows) == 0, "gone")).Body(figureHead(v), app.TBody().Body(app.Range(t.Rows).Slice(func(j int) app.UI { return figureRow(t.Rows[j]) }))))
		}))
}

func figureHead(v model.CompareView) app.UI {
	return app.THead().Body(app.Tr().Body(app.Td(), th(v.A), th(v.B), app.Td()))
}

func figureRow(r model.FigureRow) app.UI {
	return app.Tr().Class(when(r.Differ, "differs")).Body(
		app.Th().Scope("row").Body(app.Text(r.Name+" "), section(r.Ref)), app.Td().Text(r.A), app.Td().Text(r.B), app.Td().Class("mark").Text(when(r.Differ, "≠ differs")))
}

// pairClients are the fingerprints of both clients, to be copied.
func (s *Shell) pairClients(v model.CompareView) app.UI {
	if len(v.Clients) == 0 {
		return app.Div().Class("gone")
	}
	return app.Div().Class("view").TabIndex(0).Role("region").Aria("label", "Fingerprints of both clients").Body(
		app.P().Class("lead").Text("What a client sends up to its first request tells it from others: its settings, the window, priorities and the order of the pseudo-header fields."),
		app.Range(v.Clients).Slice(func(i int) app.UI {
			c := v.Clients[i]
			return app.Div().Class("figures").Body(
				app.Div().Class("h").Body(app.H2().Text(c.Title), app.Span().Class("h-note").Text(sameText(c.Same))),
				app.Table().Body(figureHead(v), app.TBody().Body(app.Range(c.Rows).Slice(func(j int) app.UI { return figureRow(c.Rows[j]) }))),
				app.Div().Class("copies").Body(s.copyButton("Copy the first fingerprint", c.A), s.copyButton("Copy the second fingerprint", c.B)))
		}))
}

func sameText(same bool) string {
	if same {
		return "the same in both"
	}
	return "they differ"
}

func (s *Shell) copyButton(text, fingerprint string) app.UI {
	return app.Button().Class(class("btn small", when(fingerprint == "", "gone"))).Type("button").
		OnClick(on(s, model.Click{What: model.ActPairCopy, Arg: fingerprint})).Text(text)
}
