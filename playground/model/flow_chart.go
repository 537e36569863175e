package model

import (
	"slices"
	"strconv"

	"framewise/core/inspect/view"
)

// flowGutters is the room beside a chart for its labels, in CSS pixels.
const flowGutters = 64 + 62

// flowKey is what the drawing of a window is made of.
type flowKey struct {
	turn   int
	axis   axis
	whole  bool
	width  float64
	stream uint32
}

// flowDrawn is a window over time as far as it does not depend on the instant.
// It is never changed.
type flowDrawn struct {
	initial              int64
	scale                scale
	sender, recv, differ string
	ticks                []AxisTick
	zero                 float64
	labels               [2]FlowLabel
	bands                []LaneBand
	points               []view.FlowPoint
	total                int
	ends                 [2]string // sender, receiver
}

// FlowLabel names a line at its right end; Y is in thousandths of the height.
type FlowLabel struct {
	Y     float64
	Text  string
	Class string
}

// FlowChart is one window over time. Paths are on a field of 10,000 by 1,000,
// other places in thousandths of the width or height.
type FlowChart struct {
	Index    int
	Title    string
	Sender   string // path of the sender's opinion
	Recv     string // of the receiver's
	Differ   string // the area between the two
	YTicks   []AxisTick
	Zero     float64 // where 0 is; -1: not on the scale
	Scale    string  // what is unusual about the scale, "": nothing
	Labels   [2]FlowLabel
	Bands    []LaneBand
	Now      float64 // the instant; -1: not in sight
	SenderX  float64 // where the sender has handled the selected frame; -1: not in sight
	SenderY  float64 // what it may send then
	RecvX    float64 // the same of the receiver
	RecvY    float64
	Text     string // the two ends at the instant, in words
	Sum      []FlowTerm
	Label    string // for assistive technology
	Table    FlowTable
	Sampled  string // that not every change is drawn
	SenderIs string // "server"
	RecvIs   string
}

// FlowTerm is a part of the explanation of why both ends differ.
type FlowTerm struct {
	Name  string
	Value string
	Frame int // where it comes from, -1: nothing to go to
}

// FlowTable is a window as a table.
type FlowTable struct {
	Rows     []FlowRow
	Text     string // "1–20 of 132"
	Previous bool
	Next     bool
}

// FlowRow is the window after a frame acted on one of the ends.
type FlowRow struct {
	Frame  int // -1: before any
	Number string
	Time   string
	Sender string
	Recv   string
	Differ string
	On     bool // the last one up to the instant
}

// drawFlow draws a window over time.
func drawFlow(v *view.Flow, k flowKey) *flowDrawn {
	d := &flowDrawn{initial: v.Initial, points: v.Points, total: v.Total, zero: -1, ends: [2]string{"client", "server"}}
	if v.Dir == "s2c" {
		d.ends = [2]string{"server", "client"}
	}
	if len(v.Points) == 0 {
		d.scale = scaleOf(0, 1, 1, true)
		return d
	}
	values := make([]int64, 0, 2*len(v.Points))
	for _, p := range v.Points {
		values = append(values, p.Sender, p.Recv)
	}
	slices.Sort(values)
	d.scale = scaleOf(values[0], values[len(values)-1], values[len(values)*3/4], k.whole)
	d.ticks = d.scale.ticks()
	if !d.scale.broken {
		d.zero = d.scale.y(0)
	}
	d.sender = stepLine(v.Points, k.axis, d.scale, func(p view.FlowPoint) int64 { return p.Sender })
	d.recv = stepLine(v.Points, k.axis, d.scale, func(p view.FlowPoint) int64 { return p.Recv })
	d.differ = differArea(v.Points, k.axis, d.scale)
	last := v.Points[len(v.Points)-1]
	d.labels = endLabels(d.scale.y(last.Sender), d.scale.y(last.Recv))
	for i := range v.Stalls {
		s := &v.Stalls[i]
		to := 1000.0
		if s.LastAt >= 0 {
			to = k.axis.inside(s.LastAt)
		}
		x := k.axis.inside(s.At)
		if to <= x {
			continue
		}
		name := windowName(s.Window)
		d.bands = append(d.bands, LaneBand{X: x, W: to - x, Title: s.Text, Text: fitting((to-x)/1000*k.width, "waits for the "+name, "waits: "+s.Window, "waits")})
	}
	return d
}

// note is what is unusual about a scale.
func (s scale) note() string {
	switch {
	case s.broken:
		return "the scale does not begin at 0"
	case s.log:
		return "the scale is logarithmic"
	}
	return ""
}

// appendPlace appends a time as a place on the field of a chart.
func appendPlace(b []byte, a axis, t int64) []byte {
	return strconv.AppendInt(b, int64(10*a.inside(t)), 10)
}

// stepLine is a line that changes at each point: from the first one, or the
// left end, to the right end.
func stepLine(points []view.FlowPoint, a axis, s scale, value func(view.FlowPoint) int64) string {
	b := appendPlace([]byte{'M'}, a, points[0].At)
	b = strconv.AppendInt(append(b, ' '), int64(s.y(value(points[0]))), 10)
	y := int64(s.y(value(points[0])))
	for _, p := range points[1:] {
		if next := int64(s.y(value(p))); next != y {
			b = appendPlace(append(b, 'H'), a, p.At)
			b = strconv.AppendInt(append(b, 'V'), next, 10)
			y = next
		}
	}
	return string(append(b, "H10000"...))
}

// differArea is where the two ends disagree, a rectangle a span.
func differArea(points []view.FlowPoint, a axis, s scale) string {
	var b []byte
	for i, p := range points {
		if p.Sender == p.Recv {
			continue
		}
		end := int64(10000)
		if i+1 < len(points) {
			end = int64(10 * a.inside(points[i+1].At))
		}
		from := int64(10 * a.inside(p.At))
		if end <= from {
			continue
		}
		b = strconv.AppendInt(append(b, 'M'), from, 10)
		b = strconv.AppendInt(append(b, ' '), int64(s.y(p.Sender)), 10)
		b = strconv.AppendInt(append(b, 'H'), end, 10)
		b = strconv.AppendInt(append(b, 'V'), int64(s.y(p.Recv)), 10)
		b = append(strconv.AppendInt(append(b, 'H'), from, 10), 'Z')
	}
	return string(b)
}

// endLabels name both lines at their right ends, one above the other where the
// lines are closer than a line of text.
func endLabels(sender, recv float64) [2]FlowLabel {
	const apart = 110
	s, r := sender, recv
	if gap := s - r; gap < apart && gap > -apart {
		mid := max(apart/2+40, min((s+r)/2, 1000-apart/2))
		if gap >= 0 {
			s, r = mid+apart/2, mid-apart/2
		} else {
			s, r = mid-apart/2, mid+apart/2
		}
	}
	return [2]FlowLabel{{max(60, min(s, 1000)), "sender", "sender"}, {max(60, min(r, 1000)), "receiver", "recv"}}
}

// flowChart is a window at the instant.
func (m Model) flowChart(i int, w flowWindow, d *flowDrawn) FlowChart {
	c := FlowChart{Index: i, Title: m.flowTitle(w), Sender: d.sender, Recv: d.recv, Differ: d.differ, YTicks: d.ticks, Zero: d.zero,
		Scale: d.scale.note(), Labels: d.labels, Bands: d.bands, Now: -1, SenderX: -1, RecvX: -1, SenderIs: d.ends[0], RecvIs: d.ends[1]}
	if t, ok := m.instant(); ok && m.axis().holds(t) {
		c.Now = m.axis().x(t)
	}
	if d.total > len(d.points) && m.over.zoom.until == 0 {
		c.Sampled = Count(int64(len(d.points))) + " of " + Count(int64(d.total)) + " changes are drawn, the lowest and highest among them; zoom in for more."
	}
	c.Label = c.Title + ": window over time, " + Plural(d.total-1, "change") + ", " + Plural(len(d.bands), "stall")
	if v, ok := answer[view.Flow](m, w.now); ok && m.nowOf(w) {
		n := v.Now
		c.Text = n.Text
		c.SenderY, c.RecvY = d.scale.y(n.Sender), d.scale.y(n.Recv)
		c.SenderX, c.RecvX = m.handledAt(w.dir)
		c.Sum = flowSum(n, d.ends)
	}
	if m.over.tables {
		c.Table = m.flowTable(d)
	}
	return c
}

// handledAt is where both ends of a window for DATA of the direction have handled
// the selected frame: one when it is sent, the other when it arrives.
func (m Model) handledAt(dir string) (sender, recv float64) {
	place := func(t int64) float64 {
		if t < 0 || !m.axis().holds(t) || m.detailShown != m.selected {
			return -1
		}
		return m.axis().x(t)
	}
	r := m.detail.Row
	sender, recv = place(r.SentAt), place(r.RecvAt)
	if r.Dir != dir {
		sender, recv = recv, sender
	}
	return sender, recv
}

// nowOf says whether the newest comparison is about the window that is shown.
func (m Model) nowOf(w flowWindow) bool {
	of := m.replies[w.now].of
	return of.Conn == m.viewConn() && (!w.stream || of.Stream == m.over.flow.stream)
}

// flowSum is the equation that a comparison is: what the sender may send, and
// what is under way, make what the receiver is ready for.
func flowSum(n view.FlowNow, ends [2]string) []FlowTerm {
	sum := []FlowTerm{{ends[0] + " may send", Count(n.Sender), -1}}
	for _, t := range []struct {
		name  string
		value int64
		frame int
	}{{"DATA under way", n.Data, n.DataFrom}, {"credit under way", n.Credit, n.CreditFrom}, {"SETTINGS not acknowledged", n.Settings, n.SettingsFrom}} {
		if t.value != 0 {
			sum = append(sum, FlowTerm{t.name, Count(t.value), t.frame})
		}
	}
	return append(sum, FlowTerm{ends[1] + " is ready for", Count(n.Recv), -1})
}

// flowTable is the page of points around the instant, or as many pages away as
// somebody went.
func (m Model) flowTable(d *flowDrawn) FlowTable {
	at := -1
	if t, ok := m.instant(); ok {
		for i, p := range d.points {
			if p.At <= t {
				at = i
			}
		}
	}
	pages := (len(d.points) + flowRowsInPage - 1) / flowRowsInPage
	page := max(0, min(max(at, 0)/flowRowsInPage+m.over.flow.page, pages-1))
	from := page * flowRowsInPage
	to := min(from+flowRowsInPage, len(d.points))
	t := FlowTable{Previous: page > 0, Next: page < pages-1, Text: Count(int64(min(from+1, to))) + "–" + Count(int64(to)) + " of " + Count(int64(len(d.points)))}
	for i, p := range d.points[from:to] {
		r := FlowRow{Frame: p.Frame, Number: number(p.Frame + 1), Time: Millis(p.At), Sender: Count(p.Sender), Recv: Count(p.Recv),
			Differ: Count(p.Recv - p.Sender), On: from+i == at}
		if p.Frame < 0 {
			r.Number = "start"
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}
