package model

import (
	"framewise/core/inspect/view"
)

// Lanes come from the analyser in windows of laneRows rows that begin at a
// multiple of laneStep, so that scrolling asks seldom.
const (
	laneRows    = 96
	laneStep    = 32
	laneBuckets = 400
	lanesInPage = 50 // of the table
)

// lanesState is the view Streams: which part is seen, and where the selected
// frame's stream is.
type lanesState struct {
	top, height int        // of what is seen, in CSS pixels
	at          int        // the lane of the selected frame's stream, -1: none
	followed    int        // the frame whose lane was brought into sight
	page        int        // of the table
	drawn       []*LaneRow // never changed: a row that is the same pointer is not drawn again
	key         laneKey    // what drawn was made of
}

type laneKey struct {
	turn  int
	axis  axis
	width float64
	phone bool
	multi bool
}

// LanesScrolled says which part of the streams can be seen, in CSS pixels.
type LanesScrolled struct{ Top, Height int }

// LanePointed is a press on the bar of a stream: X is a share of the bar's
// width, Y in CSS pixels from its top, Width the bar's width in CSS pixels.
type LanePointed struct {
	Lane  int // its place among all
	X, Y  float64
	Width float64
}

func (LanesScrolled) msg() {}
func (LanePointed) msg()   {}

// IDLanes is the element that the streams scroll in.
const IDLanes = "lanes"

// laneHeight is the height of a row, in CSS pixels.
func (m Model) laneHeight() int {
	if m.phone() {
		return 76
	}
	return 50
}

// laneWindow is the rows that are drawn: [first, first+n).
func (m Model) laneWindow() (first, n int) {
	const over = 3
	h := m.laneHeight()
	return max(0, m.over.lanes.top/h-over), max(m.height, 400)/h + 1 + 2*over
}

// wantStreams are the questions of the view.
func (m Model) wantStreams() []want {
	q := Question{Op: "lanes", Conn: m.list.conn, N: laneRows, Buckets: laneBuckets, Frame: -1}
	if m.over.tables {
		q.From, q.N, q.Buckets = m.over.lanes.page*lanesInPage, lanesInPage, 1
	} else {
		first, _ := m.laneWindow()
		q.From = max(0, first/laneStep-1) * laneStep
		q.Since, q.Until = m.over.zoom.since, m.over.zoom.until
	}
	wants := []want{{slot: slotLanes, q: q}}
	if m.selected >= 0 {
		wants = append(wants, want{slot: slotLaneAt, q: Question{Op: "lanes", Conn: m.list.conn, Frame: m.selected}})
	}
	return wants
}

// keepLanes makes the rows anew where their answer changed, and brings the
// selected frame's stream into sight once it is known where it is.
func (m Model) keepLanes() (Model, []Effect) {
	l := &m.over.lanes
	v, ok := answer[view.Lanes](m, slotLanes)
	if ok && !m.over.tables {
		key := laneKey{m.replies[slotLanes].turn, m.axis(), m.barWidth(), m.phone(), len(m.summary.Conns) > 1 && m.list.conn == 0}
		if key != l.key {
			l.key, l.drawn = key, m.laneRows(v, key)
		}
	}
	r := m.replies[slotLaneAt]
	at, known := r.value.(*view.Lanes)
	if !known || r.of.Frame != m.selected || r.of.Conn != m.list.conn {
		return m, nil
	}
	l.at = at.At
	if l.followed == m.selected {
		return m, nil
	}
	l.followed = m.selected
	if l.at < 0 {
		return m, nil
	}
	l.page = l.at / lanesInPage
	top := m.laneTop(l.at)
	if top == l.top || m.over.tables {
		return m, nil
	}
	l.top = top
	return m, []Effect{ScrollPart{ID: IDLanes, Top: top}}
}

// selectedLane is the selected frame's stream, if its row is known.
func (m Model) selectedLane() (*view.Lane, bool) {
	v, ok := answer[view.Lanes](m, slotLanes)
	if !ok || m.view != ViewStreams {
		return nil, false
	}
	k := m.over.lanes.at - v.From
	if m.over.lanes.at < 0 || k < 0 || k >= len(v.Lanes) {
		return nil, false
	}
	return &v.Lanes[k], true
}

// laneTop is how far the streams are scrolled so that a lane is seen.
func (m Model) laneTop(lane int) int {
	l, h := m.over.lanes, m.laneHeight()
	room := l.height
	if room <= 0 {
		room = max(m.height/2, 4*h)
	}
	switch y := lane * h; {
	case y < l.top:
		return max(0, y-h/2)
	case y+h > l.top+room:
		return y + h - room + h/2
	}
	return l.top
}

// barWidth is about how many CSS pixels a bar is wide.
func (m Model) barWidth() float64 {
	if m.phone() {
		return m.plotWidth(0)
	}
	return m.plotWidth(190)
}

// StreamsKey is what the view is drawn from.
type StreamsKey struct {
	turn     int
	over     overKey
	instant  int64
	at       int
	first, n int
	page     int
	phone    bool
	version  int
	conn     uint32
	drawn    **LaneRow
	idle     bool
}

// overKey is what is drawn of what the views over time share.
type overKey struct {
	axis   axis
	brush  brush
	tables bool
}

// StreamsKey is the key of the view's region.
func (m Model) StreamsKey() StreamsKey {
	firstRow := first(m.over.lanes.drawn)
	from, n := m.laneWindow()
	t, ok := m.instant()
	if !ok {
		t = -1
	}
	return StreamsKey{m.replies[slotLanes].turn, overKey{m.axis(), m.over.brush, m.over.tables}, t,
		m.over.lanes.at, from, n, m.over.lanes.page, m.phone(), m.summary.Version, m.list.conn, firstRow, m.running()}
}

// StreamsView is the view Streams.
type StreamsView struct {
	Empty  string // why there is nothing, "": there is
	Ruler  Ruler
	Total  string // "3 streams"
	Rows   []*LaneRow
	Height int // of all rows, in CSS pixels
	Legend []LegendItem
	Open   bool // the legend is, at first
	Table  StreamsTable
	Ref    Link
	Label  string // for assistive technology
	OnOne  bool   // the selected frame's stream is known: its span can be zoomed to
}

// LegendItem is a sign and what it stands for.
type LegendItem struct {
	Class, Sign, Text string
}

var laneLegend = []LegendItem{
	{"st-open", "O", "open"},
	{"st-half-l", "HL", "half-closed (local): this end has ended its message"},
	{"st-half-r", "HR", "half-closed (remote): the other end has"},
	{"st-reserved", "R", "reserved: promised by PUSH_PROMISE"},
	{"tick-data", "", "DATA"},
	{"tick-other", "", "another frame"},
	{"tick-error", "", "a frame with an error: taller"},
	{"stall", "", "waits for a window"},
}

// Streams is the view Streams.
func (m Model) Streams() StreamsView {
	v := StreamsView{Ruler: m.ruler(6), Legend: laneLegend, Open: !m.phone(), Ref: RFCLink("RFC 9113 5.1")}
	lanes, ok := answer[view.Lanes](m, slotLanes)
	switch {
	case m.replies[slotLanes].err != "":
		v.Empty = "The streams could not be read: " + m.replies[slotLanes].err
	case !ok && m.summary.Frames > 0:
		v.Empty = "Reading the streams…"
	case !ok || lanes.Total == 0:
		v.Empty = m.nothingYet() + ": every request is a stream, and gets a bar here."
	}
	if v.Empty != "" {
		return v
	}
	v.Total = Plural(lanes.Total, "stream")
	_, v.OnOne = m.selectedLane()
	v.Label = v.Total + " over time, " + v.Ruler.Text
	if m.over.tables {
		v.Table = m.streamsTable(lanes)
		return v
	}
	h := m.laneHeight()
	v.Height = lanes.Total * h
	from, n := m.laneWindow()
	v.Rows = make([]*LaneRow, n)
	for i := range n { // a row keeps its element while it is in sight
		index := from + i
		v.Rows[index%n] = m.laneRowAt(index, lanes, h)
	}
	return v
}

func (m Model) laneRowAt(index int, lanes *view.Lanes, height int) *LaneRow {
	k := index - lanes.From
	switch {
	case index >= lanes.Total:
		return &LaneRow{Blank: true}
	case k < 0 || k >= len(m.over.lanes.drawn):
		return &LaneRow{Index: index, Loading: true, Y: index * height, Total: lanes.Total}
	case index == m.over.lanes.at:
		r := *m.over.lanes.drawn[k]
		r.Selected = true
		return &r
	}
	return m.over.lanes.drawn[k]
}

// lanePointed goes to the frame that stands nearest where a bar was pressed: in
// the rows of ticks only those of that direction count. Between frames it is
// the frame that made the state.
func (m Model) lanePointed(p LanePointed) (Model, []Effect) {
	lanes, ok := answer[view.Lanes](m, slotLanes)
	if !ok || p.Lane < lanes.From || p.Lane >= lanes.From+len(lanes.Lanes) {
		return m, nil
	}
	l, a := &lanes.Lanes[p.Lane-lanes.From], m.axis()
	frame, best := l.First, 9.0 // pixels
	x := p.X * p.Width
	states := l.Client
	if p.Y >= laneMiddle {
		states = l.Server
	}
	for _, s := range states {
		if a.x(s.From)/1000*p.Width <= x {
			frame = s.Frame
		}
	}
	for _, t := range l.Ticks {
		off := a.x(t.At+t.Len/2)/1000*p.Width - x
		if off < 0 {
			off = -off
		}
		wrong := t.Dir == "c2s" && p.Y >= bandBottom || t.Dir == "s2c" && p.Y < bandTop
		if off < best && !wrong {
			frame, best = t.First, off
		}
	}
	return m.click(Click{What: ActSelect, N: frame})
}
