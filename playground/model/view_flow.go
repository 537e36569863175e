package model

import (
	"strconv"

	"framewise/core/inspect/view"
)

// flowState is the view Flow control.
type flowState struct {
	chosen uint32 // the stream chosen from the list, 0: that of the selected frame
	conn   uint32
	stream uint32 // whose windows are shown, 0: none is known
	whole  bool   // scales begin at 0
	page   int    // of the tables, from the one at the instant
	stalls int    // page of the list of stalls
	drawn  [flowSeries]*flowDrawn
	keys   [flowSeries]flowKey
}

// flowSeries is how many windows are shown: of the connection and of a stream,
// in both directions.
const flowSeries = 4

// window is one of the windows that are shown.
type flowWindow struct {
	series, now slot
	dir         string
	stream      bool // else the connection's
}

var flowWindows = [flowSeries]flowWindow{
	{slotFlowConn, slotFlowConnNow, "s2c", false},
	{slotFlow, slotFlowNow, "s2c", true},
	{slotFlowConnUp, slotFlowConnUpNow, "c2s", false},
	{slotFlowUp, slotFlowUpNow, "c2s", true},
}

const (
	flowPoints     = 600
	flowStreams    = 60 // in the list to choose from
	stallsInPage   = 12
	stallsAtMost   = 6 // that go on at the instant
	flowRowsInPage = 20
)

// wantFlow are the questions of the view. What changes with the instant is
// asked apart from the series: a step brings a few hundred octets.
func (m Model) wantFlow() []want {
	conn, f := m.viewConn(), m.over.flow
	wants := []want{
		{slot: slotStalls, q: Question{Op: "stalls", Conn: conn, From: f.stalls * stallsInPage, N: stallsInPage, Frame: -1}},
		{slot: slotFlowStreams, q: Question{Op: "lanes", Conn: conn, N: flowStreams, Buckets: 1, Frame: -1}},
	}
	if m.selected >= 0 {
		wants = append(wants, want{slot: slotStallsNow, q: Question{Op: "stalls", Conn: conn, N: stallsAtMost, Frame: m.selected}})
	}
	for _, w := range flowWindows {
		q := Question{Op: "flow", Conn: conn, Dir: w.dir, N: flowPoints, Frame: -1, Since: m.over.zoom.since, Until: m.over.zoom.until}
		if w.stream {
			if f.stream == 0 {
				continue
			}
			q.Stream = f.stream
		}
		wants = append(wants, want{slot: w.series, q: q})
		if m.selected < 0 || !m.flowMoves(w) {
			continue
		}
		q.N, q.Frame, q.Since, q.Until = -1, m.selected, 0, 0
		wants = append(wants, want{slot: w.now, q: q})
	}
	return wants
}

// series is the newest answer about a window, if it is about the stream shown.
func (m Model) flowSeries(w flowWindow) (*view.Flow, bool) {
	v, ok := answer[view.Flow](m, w.series)
	of := m.replies[w.series].of
	if !ok || of.Conn != m.viewConn() || w.stream && of.Stream != m.over.flow.stream {
		return nil, false
	}
	return v, true
}

// flowMoves says whether a window changes in the record; one that never does is
// said in a line.
func (m Model) flowMoves(w flowWindow) bool {
	v, ok := m.flowSeries(w)
	return ok && (v.Total > 1 || len(v.Stalls) > 0)
}

// keepFlow chooses the stream whose windows are shown, and draws anew what changed.
func (m *Model) keepFlow() {
	f := &m.over.flow
	if conn := m.viewConn(); f.conn != conn {
		f.conn, f.stream, f.chosen, f.stalls = conn, 0, 0, 0
	}
	switch at := m.viewStream(); {
	case f.chosen != 0:
		f.stream = f.chosen
	case at != 0:
		f.stream = at
	case f.stream == 0:
		f.stream = m.someStream()
	}
	for i, w := range flowWindows {
		k := flowKey{m.replies[w.series].turn, m.axis(), f.whole, m.plotWidth(flowGutters), f.stream}
		if k == f.keys[i] {
			continue
		}
		f.keys[i], f.drawn[i] = k, nil
		if v, ok := m.flowSeries(w); ok {
			f.drawn[i] = drawFlow(v, k)
		}
	}
}

// someStream is the stream that shows most when none is selected: one that
// waits, else the first.
func (m Model) someStream() uint32 {
	if v, ok := answer[view.Stalls](m, slotStalls); ok {
		for _, s := range v.Stalls {
			if len(s.Streams) > 0 {
				return s.Streams[0]
			}
		}
	}
	if v, ok := answer[view.Lanes](m, slotFlowStreams); ok && len(v.Lanes) > 0 {
		return v.Lanes[0].Stream
	}
	return 0
}

// FlowPointed is a press on a chart: X is a share of its width.
type FlowPointed struct {
	Chart int
	X     float64
}

func (FlowPointed) msg() {}

// flowPointed goes to the frame whose change of the window stands nearest.
func (m Model) flowPointed(p FlowPointed) (Model, []Effect) {
	if p.Chart < 0 || p.Chart >= flowSeries {
		return m, nil
	}
	v, ok := m.flowSeries(flowWindows[p.Chart])
	if !ok {
		return m, nil
	}
	a, frame, best := m.axis(), -1, 0.0
	for _, pt := range v.Points {
		off := a.x(pt.At) - p.X*1000
		if off < 0 {
			off = -off
		}
		if pt.Frame >= 0 && (frame < 0 || off < best) {
			frame, best = pt.Frame, off
		}
	}
	if frame < 0 {
		return m, nil
	}
	return m.click(Click{What: ActSelect, N: frame})
}

// FlowKey is what the view is drawn from.
type FlowKey struct {
	series, now, more [4]int
	over              overKey
	flow              flowState
	selected, version int
	conn              uint32
	instant           int64
	phone, idle       bool
}

// FlowKey is the key of the view's region.
func (m Model) FlowKey() FlowKey {
	t, ok := m.instant()
	if !ok {
		t = -1
	}
	return FlowKey{m.turns(slotFlowConn, slotFlow, slotFlowConnUp, slotFlowUp),
		m.turns(slotFlowConnNow, slotFlowNow, slotFlowConnUpNow, slotFlowUpNow),
		m.turns(slotStalls, slotStallsNow, slotFlowStreams), overKey{m.axis(), m.over.brush, m.over.tables}, m.over.flow,
		m.selected, m.summary.Version, m.viewConn(), t, m.phone(), m.running()}
}

// FlowView is the view Flow control.
type FlowView struct {
	Empty   string // why there is nothing, "": there is
	Ruler   Ruler
	Whole   bool // scales begin at 0
	Unusual bool // a scale does not, or is logarithmic
	Streams []StreamChoice
	Charts  []FlowChart
	Still   []string // windows that never change
	Waits   []StallLine
	Waiting string // what Waits says when there are none
	Stalls  StallList
	Ref     Link
}

// StreamChoice is a stream in the list to choose from.
type StreamChoice struct {
	Value string
	Text  string
	On    bool
}

// StallLine is a stall as a line: what it says and the frames to go to.
type StallLine struct {
	Name  string // "stream 1 · stream window"
	Text  string
	First int // the frame that used the window up
	Last  int // the frame that ended it, -1: it goes on
	On    bool
	Span  string // "20.00 ms – 35.00 ms"
	Open  bool
	Ref   Link
}

// StallList is a page of the stalls of the connection.
type StallList struct {
	Lines    []StallLine
	Text     string // "1–12 of 40"
	Page     int
	Previous bool
	Next     bool
}

// Flow is the view Flow control.
func (m Model) Flow() FlowView {
	v := FlowView{Ruler: m.ruler(6), Whole: m.over.flow.whole, Ref: RFCLink("RFC 9113 5.2")}
	_, ok := answer[view.Flow](m, slotFlowConn)
	switch {
	case m.replies[slotFlowConn].err != "":
		v.Empty = "The windows could not be read: " + m.replies[slotFlowConn].err
	case !ok && m.summary.Frames > 0:
		v.Empty = "Reading the windows…"
	case !ok || m.summary.Frames == 0:
		v.Empty = m.nothingYet() + ": how much DATA each end may send is drawn here."
	}
	if v.Empty != "" {
		return v
	}
	v.Streams = m.flowChoices()
	for i, w := range flowWindows {
		d := m.over.flow.drawn[i]
		switch {
		case m.replies[w.series].err != "" && w.stream:
			v.Still = append(v.Still, m.flowTitle(w)+": "+m.replies[w.series].err)
		case d == nil:
		case !m.flowMoves(w):
			v.Still = append(v.Still, m.flowTitle(w)+": "+Count(d.initial)+" octets, it never changes")
		default:
			c := m.flowChart(i, w, d)
			v.Unusual = v.Unusual || c.Scale != ""
			v.Charts = append(v.Charts, c)
		}
	}
	m.flowStalls(&v)
	return v
}

func (m Model) flowTitle(w flowWindow) string {
	if w.stream {
		return "Stream " + strconv.Itoa(int(m.over.flow.stream)) + ", " + DirArrow(w.dir)
	}
	return "Connection, " + DirArrow(w.dir)
}

// flowChoices are the streams to choose from: the first ones, the shown one, and
// before all the one of whatever frame is selected.
func (m Model) flowChoices() []StreamChoice {
	f := m.over.flow
	follow := "that of the selected frame"
	if f.stream != 0 && f.chosen == 0 {
		follow += " (" + strconv.Itoa(int(f.stream)) + ")"
	}
	out := []StreamChoice{{"0", follow, f.chosen == 0}}
	lanes, _ := answer[view.Lanes](m, slotFlowStreams)
	found := f.chosen == 0
	if lanes != nil {
		for _, l := range lanes.Lanes {
			id := strconv.Itoa(int(l.Stream))
			text := id + " " + Shown(l.Request)
			if n := len(l.Stalls); n > 0 {
				text += " – waits " + Plural(n, "time")
			}
			out = append(out, StreamChoice{id, text, l.Stream == f.chosen})
			found = found || l.Stream == f.chosen
		}
	}
	if !found {
		id := strconv.Itoa(int(f.chosen))
		out = append(out, StreamChoice{id, id, true})
	}
	return out
}

// flowStalls adds who waits at the instant, and the list of all stalls.
func (m Model) flowStalls(v *FlowView) {
	v.Waiting = "Nobody waits for a window at this instant."
	now, ok := answer[view.Stalls](m, slotStallsNow)
	if ok && m.replies[slotStallsNow].of.Conn == m.viewConn() {
		for i := range now.Stalls {
			v.Waits = append(v.Waits, m.stallLine(&now.Stalls[i]))
		}
	}
	all, ok := answer[view.Stalls](m, slotStalls)
	if !ok {
		return
	}
	for i := range all.Stalls {
		v.Stalls.Lines = append(v.Stalls.Lines, m.stallLine(&all.Stalls[i]))
	}
	n := len(all.Stalls)
	v.Stalls.Page, v.Stalls.Previous, v.Stalls.Next = all.From/stallsInPage, all.From > 0, all.From+n < all.Total
	v.Stalls.Text = "No sender had to wait for a window in this record."
	if all.Total > 0 {
		v.Stalls.Text = number(all.From+1) + "–" + number(all.From+n) + " of " + number(all.Total)
	}
}

func (m Model) stallLine(s *view.Stall) StallLine {
	l := StallLine{Text: s.Text, First: s.Frame, Last: s.Last, Open: s.Last < 0, Ref: RFCLink(s.Ref),
		On: m.selected >= s.Frame && (s.Last < 0 || m.selected < s.Last), Span: Millis(s.At) + " – "}
	if s.LastAt >= 0 {
		l.Span += Millis(s.LastAt)
	} else {
		l.Span += "goes on"
	}
	who := "the connection"
	if s.Stream != 0 {
		who = "stream " + strconv.Itoa(int(s.Stream))
	}
	l.Name = s.End + " waits, " + who + ": " + windowName(s.Window)
	return l
}
