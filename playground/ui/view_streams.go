package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// viewStreams is a bar a stream over time.
func (s *Shell) viewStreams() app.UI {
	v := s.m.Streams()
	if v.Empty != "" {
		return app.Div().Class("view").Body(app.P().Class("empty-view").Text(v.Empty))
	}
	body := s.streamBars(v)
	if v.Table.On {
		body = s.streamsTable(v.Table)
	}
	return app.Div().Class("time-view").Body(
		s.timeBar(v.Ruler,
			app.Button().Type("button").Class("btn small").Title("Only the time of the selected frame's stream").Aria("disabled", boolText(!v.OnOne)).
				OnClick(clickArg(s, model.ActZoom, "stream")).Text("This stream"),
			app.Span().Class("grow"), app.Span().Class("zoom-text").Text(v.Total)),
		body)
}

func (s *Shell) streamBars(v model.StreamsView) app.UI {
	slots := make([]app.UI, 0, len(v.Rows)+2)
	slots = append(slots, &spacer{Height: v.Height}, &instant{At: v.Ruler.Now, Height: v.Height, shell: s})
	for i := range v.Rows {
		slots = append(slots, &lane{Row: v.Rows[i], shell: s})
	}
	return app.Div().Class("time-rows").On("wheel", s.onWheel).Body(
		patterns(),
		app.Details().Class("legend").Open(v.Open).Body(
			app.Summary().Text("What the bars say"),
			app.P().Class("lead").Body(
				app.Text("Each bar is a request and its response. Its upper half is the stream’s state at the client, the lower half at the server; ticks are frames, the client’s above and the server’s below. "),
				link(v.Ref)),
			app.Ul().Body(app.Range(v.Legend).Slice(func(i int) app.UI {
				l := v.Legend[i]
				return app.Li().Body(app.Span().Class(class("sign", l.Class)).Aria("hidden", "true").Text(l.Sign), app.Text(l.Text))
			}))),
		app.Div().Class("lane-head").Body(app.Span().Class("lane-corner").Text("stream"), app.Div().Class("lane-time").DataSet("time", "1").Body(s.ruler(v.Ruler))),
		app.Div().Class("lanes").ID(model.IDLanes).Role("list").TabIndex(0).Aria("label", v.Label).OnScroll(s.onLanesScroll).Body(slots...),
	)
}

func (s *Shell) onLanesScroll(ctx app.Context, _ app.Event) {
	s.lanesSeen(ctx.JSSrc())
}

// lanesSeen tells the model which part of the streams can be seen.
func (s *Shell) lanesSeen(el app.Value) {
	s.send(model.LanesScrolled{Top: el.Get("scrollTop").Int(), Height: el.Get("clientHeight").Int()})
}

// lane is one stream.
type lane struct {
	app.Compo
	Row   *model.LaneRow
	shell *Shell
}

func (l *lane) OnMount(app.Context) { l.place() }

func (l *lane) place() { setStyle(l, "transform", "translateY("+strconv.Itoa(l.Row.Y)+"px)") }

func (l *lane) onClick(app.Context, app.Event) {
	l.shell.send(model.Click{What: model.ActSelect, N: l.Row.First})
}

func (l *lane) onBar(ctx app.Context, e app.Event) {
	x, y, width := within(ctx.JSSrc(), e)
	l.shell.send(model.LanePointed{Lane: l.Row.Index, X: x, Y: y, Width: width})
}

// Render draws the stream.
func (l *lane) Render() app.UI {
	if l.Mounted() {
		l.place()
	}
	v := l.Row
	if v.Blank {
		return app.Div().Class("lane gone").Role("presentation")
	}
	row := app.Div().Class(class("lane", when(v.Selected, "sel"), when(v.Pushed, "pushed"))).Role("listitem").
		Aria("posinset", v.Index+1).Aria("setsize", v.Total).DataSet("lane", v.Index)
	if v.Loading {
		return row.Body(app.Span().Class("lane-name").Text("…"))
	}
	return row.Aria("current", boolText(v.Selected)).Body(
		app.Button().Type("button").Class("lane-name").Title(v.Label).OnClick(l.onClick).Body(
			app.Span().Class("lane-id").Text(v.Stream),
			app.Span().Class("lane-what").Text(v.Request),
			app.Span().Class("lane-note").Body(app.Span().Class(class("pushed-by", when(!v.Pushed, "gone"))).Text("↳ "+v.PushedBy), app.Text(v.Notes))),
		app.Div().Class("lane-bar").OnClick(l.onBar).Body(l.drawing()),
	)
}

func (l *lane) drawing() app.UI {
	v := l.Row
	return svg("svg").Attr("width", "100%").Attr("height", "50").Attr("aria-hidden", "true").Body(
		svg("g").Body(app.Range(v.Spans).Slice(func(i int) app.UI { return laneSpan(v.Spans[i]) })),
		svg("g").Body(app.Range(v.Stalls).Slice(func(i int) app.UI { return laneStall(v.Stalls[i]) })),
		stretched(10000, 50, app.Range(v.Ticks).Slice(func(i int) app.UI {
			return stroke(v.Ticks[i].Path, class("tick", "f-"+v.Ticks[i].Color, when(v.Ticks[i].Heavy, "heavy")))
		})))
}

// barHalf is the y of one of the bar's two halves.
func barHalf(server bool, y0, y1 string) string {
	if server {
		return y1
	}
	return y0
}

func laneSpan(p model.LaneSpan) app.UI {
	y := barHalf(p.Server, "12", "25")
	rect := func(c string) app.HTMLElem {
		return svg("rect").Attr("data-c", c).Attr("x", permille(p.X)).Attr("width", permille(p.W)).Attr("y", y).Attr("height", "12.5")
	}
	return svg("g").Body(rect(p.Class), rect(class("over", p.Hatch)),
		svg("svg").Attr("x", permille(p.X)).Attr("overflow", "visible").Body(
			svg("text").Attr("data-c", "on-bar").Attr("x", "4").Attr("y", barHalf(p.Server, "22", "35.5")).Text(p.Text)))
}

func laneStall(b model.LaneBand) app.UI {
	y := barHalf(b.Server, "12", "25")
	rect := func(c string) app.HTMLElem {
		return svg("rect").Attr("data-c", c).Attr("x", permille(b.X)).Attr("width", permille(b.W)).Attr("y", y).Attr("height", "12.5")
	}
	return svg("g").Body(svg("title").Text(b.Title), rect("stall-back"), rect("stall-over"),
		svg("svg").Attr("x", permille(b.X)).Attr("overflow", "visible").Body(
			svg("text").Attr("data-c", "on-stall").Attr("x", "4").Attr("y", barHalf(b.Server, "22", "35.5")).Text(b.Text)))
}

var streamColumns = []string{"Stream", "Pushed by", "Request", "Status", "Priority", "Opened", "States at the client", "States at the server", "From the client", "From the server", "Waited", "Closed"}

func (s *Shell) streamsTable(t model.StreamsTable) app.UI {
	return app.Div().Class("view").TabIndex(0).Role("region").Aria("label", "Streams as a table").Body(
		app.Table().Class("data streams-table").Body(
			app.Caption().Text("Streams "+t.Text),
			app.THead().Body(app.Tr().Body(app.Range(streamColumns).Slice(func(i int) app.UI {
				return app.Th().Scope("col").Text(streamColumns[i])
			}))),
			app.TBody().Body(app.Range(t.Lines).Slice(func(i int) app.UI { return s.streamLine(t.Lines[i]) }))),
		s.pages(t.Previous, t.Next, t.Page, model.ActLanePage, "streams"))
}

func (s *Shell) streamLine(l model.StreamLine) app.UI {
	cells := []string{l.PushedBy, l.Request, l.Status, l.Priority, l.Opened, l.Client, l.Server, l.Sent, l.Answered, l.Waits, l.Closed}
	return app.Tr().Class(when(l.Selected, "lit")).Body(
		app.Th().Scope("row").Body(s.goFrame(l.First, l.Stream, "Stream "+l.Stream+": to its first frame")),
		app.Range(cells).Slice(func(i int) app.UI { return app.Td().Text(cells[i]) }))
}

// pages are the buttons below a table that has more pages than one.
func (s *Shell) pages(previous, next bool, page int, what model.Action, name string) app.UI {
	return app.Div().Class(class("pages", when(!previous && !next, "gone"))).Body(
		app.Button().Type("button").Class("btn small").Aria("label", "Previous "+name).Aria("disabled", boolText(!previous)).OnClick(clickN(s, what, page-1)).Text("‹ Previous"),
		app.Button().Type("button").Class("btn small").Aria("label", "Next "+name).Aria("disabled", boolText(!next)).OnClick(clickN(s, what, page+1)).Text("Next ›"))
}
