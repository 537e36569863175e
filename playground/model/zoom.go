package model

import "framewise/core/inspect/view"

// overTime is what the views over time share, and what they keep.
type overTime struct {
	zoom   zoom
	brush  brush
	tables bool  // tables in place of charts
	seen   int64 // the instant that was brought into sight last
	run    int   // Run.Serial that all of this is about
	view   View  // that was shown last
	lanes  lanesState
	flow   flowState
}

// zoom is the part of the time that is shown; the zero value is all of it.
type zoom struct{ since, until int64 }

// leastZoom is the shortest span of time that can be shown, in nanoseconds.
const leastZoom = 2_000

// brush is a span that is being chosen with the pointer, in shares of the width.
type brush struct {
	on       bool
	from, to float64
}

// Brush is the pointer on the ruler: it goes down, moves, and comes up. At is a
// share of the ruler's width.
type Brush struct {
	Phase string // "down", "move", "up", "cancel"
	At    float64
}

// TimeWheel is a wheel that is turned over a chart. At is a share of the chart's
// width; Zoom says by how much the span of time grows, Pan by what share of
// it it moves.
type TimeWheel struct{ At, Zoom, Pan float64 }

func (Brush) msg()     {}
func (TimeWheel) msg() {}

// The actions of the views over time.
const (
	ActZoom     Action = "zoom"     // Arg: "in", "out", "all", "stream", "earlier", "later"
	ActTables   Action = "tables"   // Arg: "table" or "chart"
	ActLanePage Action = "lanepage" // N: page of the table of streams
	ActFlowOf   Action = "flow-of"  // N: the stream whose windows are shown, 0: that of the selected frame
	ActFlowFull Action = "flow-full"
	ActFlowPage Action = "flow-page"  // N: 1 or -1
	ActStalls   Action = "stall-page" // N: page of the list of stalls
)

// overTimeView says whether the view has a time axis of its own.
func (v View) overTimeView() bool { return v == ViewStreams || v == ViewFlow }

// axis is the time that the views show.
func (m Model) axis() axis {
	if z := m.over.zoom; z.until > 0 {
		return axis(z)
	}
	return axis{0, max(m.summary.End, 1)}
}

// zoomTo shows a span of time, as far as there is any.
func (m *Model) zoomTo(since, until int64) {
	end := max(m.summary.End, 1)
	if until-since >= end {
		m.over.zoom = zoom{}
		return
	}
	if width := int64(leastZoom); until-since < width {
		mid := since + (until-since)/2
		since, until = mid-width/2, mid+width/2
	}
	if since < 0 {
		since, until = 0, until-since
	}
	if until > end {
		since, until = max(0, since-(until-end)), end
	}
	if since == 0 && until >= end {
		m.over.zoom = zoom{}
		return
	}
	m.over.zoom = zoom{since, until}
}

// zoomBy makes the span of time so many times as long; what is at the share of
// the width stays where it is.
func (m *Model) zoomBy(share, by float64) {
	a := m.axis()
	t := a.time(share)
	m.zoomTo(t-int64(float64(t-a.since)*by), t+int64(float64(a.until-t)*by))
}

func (m *Model) panBy(part float64) {
	if m.over.zoom.until == 0 {
		return
	}
	a := m.axis()
	by := int64(part * float64(a.until-a.since))
	by = max(-a.since, min(by, max(m.summary.End, 1)-a.until))
	m.zoomTo(a.since+by, a.until+by)
}

// zoomClick is what the buttons and keys of the zoom do: the instant stays in
// sight.
func (m Model) zoomClick(arg string) Model {
	if !m.view.overTimeView() {
		return m
	}
	a, share := m.axis(), 0.5
	if t, ok := m.instant(); ok && a.holds(t) {
		share = a.x(t) / 1000
	}
	switch arg {
	case "in":
		m.zoomBy(share, 0.5)
	case "out":
		m.zoomBy(share, 2)
	case "all":
		m.over.zoom = zoom{}
	case "stream":
		if l, ok := m.selectedLane(); ok {
			pad := max((l.To-l.From)/8, leastZoom)
			m.zoomTo(l.From-pad, l.To+pad)
		}
	case "earlier":
		m.panBy(-0.5)
	case "later":
		m.panBy(0.5)
	}
	return m
}

// overTimeMsg takes the messages of the pointer on a chart.
func (m Model) overTimeMsg(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case TimeWheel:
		if msg.Zoom > 0 && msg.Zoom != 1 {
			m.zoomBy(msg.At, msg.Zoom)
		}
		m.panBy(msg.Pan)
	case Brush:
		m.brushed(msg)
	case LanesScrolled:
		m.over.lanes.top, m.over.lanes.height = max(0, msg.Top), max(1, msg.Height)
	case LanePointed:
		return m.lanePointed(msg)
	case FlowPointed:
		return m.flowPointed(msg)
	}
	return m, nil
}

func (m *Model) brushed(b Brush) {
	x := &m.over.brush
	switch b.Phase {
	case "down":
		*x = brush{true, b.At, b.At}
	case "move":
		x.to = b.At
	case "up":
		if a := m.axis(); x.on && max(x.from, x.to)-min(x.from, x.to) > 0.01 {
			m.zoomTo(a.time(min(x.from, x.to)), a.time(max(x.from, x.to)))
		}
		*x = brush{}
	default:
		*x = brush{}
	}
}

// overTimeClick is what is pressed in the views over time.
func (m Model) overTimeClick(c Click) (Model, []Effect) {
	f := &m.over.flow
	switch c.What {
	case ActZoom:
		return m.zoomClick(c.Arg), nil
	case ActTables:
		m.over.tables = c.Arg == "table"
		m.over.lanes.top, m.over.lanes.followed = 0, -1
	case ActLanePage:
		if v, ok := answer[view.Lanes](m, slotLanes); ok && c.N >= 0 && c.N*lanesInPage < v.Total {
			m.over.lanes.page = c.N
		}
	case ActFlowOf:
		f.chosen, f.page = uint32(max(c.N, 0)), 0
	case ActFlowFull:
		f.whole = c.Arg == "whole"
	case ActFlowPage:
		f.page += c.N
	case ActStalls:
		if v, ok := answer[view.Stalls](m, slotStalls); ok && c.N >= 0 && c.N*stallsInPage < v.Total {
			f.stalls = c.N
		}
	}
	return m, nil
}

// keepUp follows the instant and the answers: what is drawn is made anew where
// it changed, the selected frame's time and stream are brought into sight.
func (m Model) keepUp() (Model, []Effect) {
	if run := m.run.Serial; m.over.run != run {
		m.over = overTime{run: run, tables: m.over.tables, seen: -1, lanes: lanesState{height: m.over.lanes.height, at: -1, followed: -1},
			flow: flowState{whole: m.over.flow.whole}}
	}
	if l := &m.over.lanes; m.over.view != m.view { // its elements are new
		m.over.view, l.top, l.followed = m.view, 0, -1
	}
	if !m.view.overTimeView() || !m.known {
		return m, nil
	}
	if t, ok := m.instant(); ok && t != m.over.seen {
		m.over.seen, m.over.flow.page = t, 0
		if a := m.axis(); m.over.zoom.until > 0 && !a.holds(t) {
			width := a.until - a.since
			m.zoomTo(t-width/2, t-width/2+width)
		}
	}
	if m.view == ViewFlow {
		m.keepFlow()
		return m, nil
	}
	return m.keepLanes()
}

// Ruler is the time axis of a chart and what is done with it.
type Ruler struct {
	Ticks      []AxisTick
	Now        float64 // thousandths of the width; -1: not in sight
	Brush      bool    // a span is being chosen:
	From, To   float64 // thousandths of the width
	Whole      bool    // all of the time is shown
	Text       string  // "0 – 25.00 ms"
	Tables     bool    // tables are shown in place of charts
	FirstPoint bool    // nothing is before what is shown
	LastPoint  bool
}

// ruler is the axis in n ticks or so.
func (m Model) ruler(n int) Ruler {
	a, b := m.axis(), m.over.brush
	r := Ruler{Ticks: a.ticks(n), Now: -1, Brush: b.on, From: 1000 * max(0, min(b.from, b.to)), To: 1000 * min(1, max(b.from, b.to)),
		Whole: m.over.zoom.until == 0, Text: Millis(a.since) + " – " + Millis(a.until), Tables: m.over.tables,
		FirstPoint: a.since <= 0, LastPoint: a.until >= m.summary.End}
	if t, ok := m.instant(); ok && a.holds(t) {
		r.Now = a.x(t)
	}
	return r
}

// plotWidth is about how many CSS pixels a chart is wide that leaves so many to
// its labels. What is written in a chart is chosen by it.
func (m Model) plotWidth(labels int) float64 {
	side := 776
	switch {
	case m.phone():
		side = 0
	case m.embed:
		side = 380
	case m.width <= 1040:
		side = 580
	case m.width <= 1240:
		side = 670
	}
	return float64(max(m.width-side-labels-24, 160))
}

// fitting is the longest of the texts that fits into some CSS pixels at a size of
// 11; "" for none.
func fitting(px float64, texts ...string) string {
	for _, t := range texts {
		if float64(len([]rune(t)))*6.4+6 <= px {
			return t
		}
	}
	return ""
}
