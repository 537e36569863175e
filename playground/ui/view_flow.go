package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// viewFlow is the windows of a connection and of a stream over time.
func (s *Shell) viewFlow() app.UI {
	v := s.m.Flow()
	if v.Empty != "" {
		return app.Div().Class("view").Body(app.P().Class("empty-view").Text(v.Empty))
	}
	charts := make([]app.UI, 0, len(v.Charts))
	for i := range v.Charts {
		charts = append(charts, s.flowCard(&v.Charts[i], v.Ruler))
	}
	return app.Div().Class("time-view").Body(
		s.timeBar(v.Ruler,
			app.Label().Class("of-stream").Body(app.Text("Stream "),
				app.Select().Aria("label", "Stream whose windows are shown").OnChange(s.onFlowStream).Body(
					app.Range(v.Streams).Slice(func(i int) app.UI {
						return app.Option().Value(v.Streams[i].Value).Selected(v.Streams[i].On).Text(v.Streams[i].Text)
					}))),
			app.Div().Class(class("seg", when(!v.Unusual && !v.Whole, "gone"))).Role("group").Aria("label", "Scale of the windows").Body(
				s.choice("Fit", !v.Whole, model.ActFlowFull, "fit"), s.choice("From 0", v.Whole, model.ActFlowFull, "whole"))),
		app.Div().Class("view flow").TabIndex(0).Role("region").Aria("label", "Flow control").Body(
			patterns(),
			app.P().Class("lead").Body(
				app.Text("A window is how many octets of DATA may still be sent. Both ends count it, each from the frames that it has seen, so they disagree while frames are under way. At 0 the sender waits. "), link(v.Ref)),
			s.waiting(&v),
			app.Ul().Class("flow-legend").Body(
				app.Li().Body(app.Span().Class("sign line-sender").Aria("hidden", "true"), app.Text("what the sender may send, as it knows")),
				app.Li().Body(app.Span().Class("sign line-recv").Aria("hidden", "true"), app.Text("what the receiver is ready for")),
				app.Li().Body(app.Span().Class("dots-sign").Aria("hidden", "true").Text("●○"), app.Text("each has handled the selected frame")),
				app.Li().Body(app.Span().Class("sign differ").Aria("hidden", "true"), app.Text("they disagree")),
				app.Li().Body(app.Span().Class("sign stall").Aria("hidden", "true"), app.Text("a sender waits"))),
			app.Div().Class("flow-cards time-rows").On("wheel", s.onWheel).Body(charts...),
			app.Range(v.Still).Slice(func(i int) app.UI { return app.P().Class("still").Text(v.Still[i]) }),
			s.stallList(&v.Stalls)),
	)
}

func (s *Shell) onFlowStream(ctx app.Context, _ app.Event) {
	n, _ := strconv.Atoi(ctx.JSSrc().Get("value").String())
	s.send(model.Click{What: model.ActFlowOf, N: n})
}

// waiting is who waits at the instant.
func (s *Shell) waiting(v *model.FlowView) app.UI {
	return app.Div().Class(class("waiting", when(len(v.Waits) > 0, "on"))).Body(
		app.P().Class(when(len(v.Waits) > 0, "gone")).Text(v.Waiting),
		app.Range(v.Waits).Slice(func(i int) app.UI {
			w := v.Waits[i]
			return app.P().Body(app.B().Text(w.Name+". "), app.Text(w.Text+" "), s.goFrame(w.First, "frame "+strconv.Itoa(w.First+1), "To frame "+strconv.Itoa(w.First+1)+", which used the window up"))
		}))
}

// flowCard is one window: its chart or table, and both ends at the instant.
func (s *Shell) flowCard(c *model.FlowChart, r model.Ruler) app.UI {
	body := s.flowPlot(c, r)
	if r.Tables {
		body = s.flowTable(c)
	}
	return app.Div().Class("flow-card").Body(
		app.Div().Class("flow-head").Body(
			app.H2().Text(c.Title),
			app.Span().Class(class("h-note", when(c.Scale == "" || r.Tables, "gone"))).Text(c.Scale)),
		body,
		app.Div().Class(class("flow-sum", when(len(c.Sum) == 0, "gone"))).Body(app.Range(c.Sum).Slice(func(i int) app.UI { return s.flowTerm(c.Sum[i]) })),
		app.P().Class("flow-now").Text(c.Text),
		app.P().Class(class("flow-now", when(c.Sampled == "", "gone"))).Text(c.Sampled))
}

func (s *Shell) flowTerm(t model.FlowTerm) app.UI {
	el := app.Span().Class("term")
	if t.Frame < 0 {
		return el.Body(app.Text(t.Name+" "), app.B().Text(t.Value))
	}
	at := "frame " + strconv.Itoa(t.Frame+1)
	return el.Body(app.Text(t.Name+" "), app.B().Text(t.Value), app.Text(" since "), s.goFrame(t.Frame, at, t.Name+": to "+at))
}

func (s *Shell) flowPlot(c *model.FlowChart, r model.Ruler) app.UI {
	return app.Div().Class("plot").Body(
		&plot{Chart: *c, shell: s},
		app.Div().Class("plot-time").DataSet("time", "1").Body(s.ruler(r)))
}

// plot is the drawing of a window, with its scale and the names of its lines.
type plot struct {
	app.Compo
	Chart model.FlowChart
	shell *Shell
}

func (p *plot) onClick(ctx app.Context, e app.Event) {
	x, _, _ := within(ctx.JSSrc(), e)
	p.shell.send(model.FlowPointed{Chart: p.Chart.Index, X: x})
}

// Render draws the window.
func (p *plot) Render() app.UI {
	c := &p.Chart
	return app.Div().Class("plot-row").Role("img").Aria("label", c.Label).Body(
		svg("svg").Attr("data-c", "plot-scale").Attr("width", "64").Attr("height", "100%").Attr("aria-hidden", "true").Body(
			app.Range(c.YTicks).Slice(func(i int) app.UI {
				return svg("svg").Attr("y", permille(c.YTicks[i].At)).Attr("overflow", "visible").Body(
					svg("text").Attr("x", "58").Attr("y", "4").Attr("text-anchor", "end").Text(c.YTicks[i].Text))
			})),
		app.Div().Class("plot-area").OnClick(p.onClick).Body(
			svg("svg").Attr("width", "100%").Attr("height", "100%").Attr("aria-hidden", "true").Body(
				svg("g").Body(app.Range(c.YTicks).Slice(func(i int) app.UI {
					return svg("line").Attr("data-c", "grid").Attr("x2", "100%").Attr("y1", permille(c.YTicks[i].At)).Attr("y2", permille(c.YTicks[i].At))
				})),
				svg("line").Attr("data-c", class("zero", when(c.Zero < 0, "gone"))).Attr("x2", "100%").Attr("y1", permille(c.Zero)).Attr("y2", permille(c.Zero)),
				svg("g").Body(app.Range(c.Bands).Slice(func(i int) app.UI { return flowBand(c.Bands[i]) })),
				stretched(10000, 1000, svg("path").Attr("data-c", "differ").Attr("d", c.Differ), stroke(c.Sender, "line-sender"), stroke(c.Recv, "line-recv")),
				svg("line").Attr("data-c", class("now-line", when(c.Now < 0, "gone"))).Attr("y2", "100%").Attr("x1", permille(c.Now)).Attr("x2", permille(c.Now)),
				opinion(c.SenderX, c.SenderY, "dot-sender"), opinion(c.RecvX, c.RecvY, "dot-recv"))),
		svg("svg").Attr("data-c", "plot-names").Attr("width", "62").Attr("height", "100%").Attr("aria-hidden", "true").Body(
			lineName(c.Labels[0]), lineName(c.Labels[1])))
}

// opinion is what an end knows when it has handled the selected frame.
func opinion(x, y float64, c string) app.UI {
	return svg("circle").Attr("data-c", class(c, when(x < 0, "gone"))).Attr("cx", permille(x)).Attr("cy", permille(y)).Attr("r", "4")
}

func lineName(l model.FlowLabel) app.UI {
	return svg("svg").Attr("y", permille(l.Y)).Attr("overflow", "visible").Body(svg("text").Attr("data-c", "name-"+l.Class).Attr("x", "5").Attr("y", "4").Text(l.Text))
}

func flowBand(b model.LaneBand) app.UI {
	rect := func(c string) app.HTMLElem {
		return svg("rect").Attr("data-c", c).Attr("x", permille(b.X)).Attr("width", permille(b.W)).Attr("y", "0").Attr("height", "100%")
	}
	return svg("g").Body(svg("title").Text(b.Title), rect("stall-back"), rect("stall-over"),
		svg("svg").Attr("x", permille(b.X)).Attr("overflow", "visible").Body(svg("text").Attr("data-c", "on-stall").Attr("x", "4").Attr("y", "50%").Text(b.Text)))
}

func (s *Shell) flowTable(c *model.FlowChart) app.UI {
	return app.Div().Class("flow-table").Body(
		app.Table().Class("data").Body(
			app.Caption().Text("Points "+c.Table.Text),
			app.THead().Body(app.Tr().Body(
				app.Th().Scope("col").Text("Frame"), app.Th().Scope("col").Text("Time"),
				app.Th().Scope("col").Class("num").Text("Sender ("+c.SenderIs+")"), app.Th().Scope("col").Class("num").Text("Receiver ("+c.RecvIs+")"),
				app.Th().Scope("col").Class("num").Text("Difference"))),
			app.TBody().Body(app.Range(c.Table.Rows).Slice(func(i int) app.UI { return s.flowRow(c.Table.Rows[i]) }))),
		app.Div().Class(class("pages", when(!c.Table.Previous && !c.Table.Next, "gone"))).Body(
			app.Button().Type("button").Class("btn small").Aria("label", "Earlier points").Aria("disabled", boolText(!c.Table.Previous)).OnClick(clickN(s, model.ActFlowPage, -1)).Text("‹ Earlier"),
			app.Button().Type("button").Class("btn small").Aria("label", "Later points").Aria("disabled", boolText(!c.Table.Next)).OnClick(clickN(s, model.ActFlowPage, 1)).Text("Later ›")))
}

func (s *Shell) flowRow(r model.FlowRow) app.UI {
	head := app.Th().Scope("row")
	if r.Frame < 0 {
		head = head.Text(r.Number)
	} else {
		head = head.Body(s.goFrame(r.Frame, r.Number, "To frame "+r.Number))
	}
	return app.Tr().Class(when(r.On, "lit")).Body(head, app.Td().Text(r.Time),
		app.Td().Class("num").Text(r.Sender), app.Td().Class("num").Text(r.Recv), app.Td().Class("num").Text(r.Differ))
}

// stallList is the stalls of the connection, each a way to its frames.
func (s *Shell) stallList(l *model.StallList) app.UI {
	return app.Div().Class("stalls").Body(
		app.H2().Text("Stalls"), app.P().Class("still").Text(l.Text),
		app.Ol().Body(app.Range(l.Lines).Slice(func(i int) app.UI { return s.stallLine(l.Lines[i]) })),
		s.pages(l.Previous, l.Next, l.Page, model.ActStalls, "stalls"))
}

func (s *Shell) stallLine(l model.StallLine) app.UI {
	first, last := strconv.Itoa(l.First+1), strconv.Itoa(l.Last+1)
	return app.Li().Class(when(l.On, "lit")).Body(
		app.Div().Class("stall-top").Body(
			app.Button().Type("button").Class("link go").OnClick(clickN(s, model.ActSelect, l.First)).Text(l.Name),
			app.Span().Class("stall-span").Text(l.Span),
			app.Button().Type("button").Class("link go").Aria("label", "To frame "+first+", which begins it").OnClick(clickN(s, model.ActSelect, l.First)).Text("begins: "+first),
			app.Button().Type("button").Class(class("link go", when(l.Open, "gone"))).Aria("label", "To frame "+last+", which ends it").OnClick(clickN(s, model.ActSelect, l.Last)).Text("ends: "+last),
			section(l.Ref)),
		app.P().Text(l.Text))
}
