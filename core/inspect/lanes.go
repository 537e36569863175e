package inspect

import (
	"sort"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// lane is a stream of the record.
type lane struct {
	conn uint16
	slot uint32
}

// LaneQuery asks for a window of streams.
type LaneQuery struct {
	From, N      int
	Conn         uint32 // identifier of a connection, 0 for all
	Buckets      int    // into how many spans the time is divided at most; 0: 200
	Since, Until int64  // of the ticks; Until 0: the end of the record
	Frame        int    // whose stream's place is asked for as well (view.Lanes.At)
}

// MaxLanes is how many streams an answer holds at most.
const MaxLanes = 500

// Lanes answers a window of streams over time, in the order in which they were
// opened. An error says which connections there are.
func (a *Analyser) Lanes(q LaneQuery) (view.Lanes, error) {
	a.settle()
	out := view.Lanes{From: max(q.From, 0), Since: max(q.Since, 0), Until: q.Until, Lanes: []view.Lane{}, Version: a.version}
	if out.Until <= out.Since {
		out.Until = max(a.end, out.Since+1)
	}
	at := func(i int) lane { return *a.lanes.at(i) }
	out.Total = a.lanes.len()
	if q.Conn != 0 {
		c, err := a.connOf(q.Conn)
		if err != nil {
			return out, err
		}
		at = func(i int) lane { return lane{uint16(c.index), uint32(i + 1)} }
		out.Total = c.streams.len()
	}
	out.At = a.laneAt(q.Frame, q.Conn)
	n := min(max(q.N, 0), MaxLanes)
	var chosen []lane
	for i := out.From; i < out.Total && len(chosen) < n; i++ {
		l := at(i)
		chosen = append(chosen, l)
		out.Lanes = append(out.Lanes, a.conns[l.conn].lane(l.slot))
	}
	if len(chosen) > 0 {
		t := newTicks(a, &out, chosen, q.Buckets)
		t.fill()
		a.laneStalls(&out, t)
		a.lanePriorities(&out, chosen)
	}
	return out, nil
}

// laneAt is the place of a frame's stream among all lanes, or among those of a
// connection; -1: it is on no stream of these.
func (a *Analyser) laneAt(frame int, conn uint32) int {
	if frame < 0 || frame >= a.rows.len() {
		return -1
	}
	r := a.rows.at(frame)
	switch c := a.conns[r.conn]; {
	case r.slot == 0, conn != 0 && conn != c.info.ID:
		return -1
	case conn != 0:
		return int(r.slot) - 1
	}
	first := func(l lane) uint32 { return a.conns[l.conn].stream(l.slot).first }
	want := lane{r.conn, r.slot}
	i := sort.Search(a.lanes.len(), func(i int) bool { return first(*a.lanes.at(i)) >= first(want) })
	for ; i < a.lanes.len() && first(*a.lanes.at(i)) == first(want); i++ {
		if *a.lanes.at(i) == want {
			return i
		}
	}
	return -1
}

// lane is a stream over time, without its ticks and stalls.
func (c *connection) lane(slot uint32) view.Lane {
	s := c.stream(slot)
	v := view.Lane{Conn: c.info.ID, Stream: s.id, First: int(s.first), Last: int(s.last), Ticks: []view.Tick{}, Stalls: []view.LaneStall{}}
	v.Request, v.Status = c.messages(s, c.a.rows.len())
	first := c.a.rows.at(int(s.first))
	if first.typ() == frame.PushPromise {
		v.PushedBy = first.id
	}
	v.From = c.at(first.dir(), s.first)
	last := c.a.rows.at(int(s.last))
	sent, recv := c.dirs[last.dir()].times(last.off + int64(frame.HeaderLen+last.length()) - 1)
	v.To = max(sent, recv)
	v.Client, v.Server = c.stateSpans(client, slot), c.stateSpans(server, slot)
	v.Closed = c.closedHow(slot)
	return v
}

// stateSpans are the states of a stream at the end e, one after the other.
func (c *connection) stateSpans(e int, slot uint32) []view.StateSpan {
	steps := &c.ends[e].steps
	var back []*step
	for n := c.stream(slot).steps[e]; n != 0; n = steps.at(int(n - 1)).prev {
		back = append(back, steps.at(int(n-1)))
	}
	out := []view.StateSpan{}
	for i := len(back) - 1; i >= 0; i-- {
		s := back[i]
		v := view.StateSpan{State: stateNames[s.state], From: c.at(e, s.row), To: -1, Frame: int(s.row)}
		if n := len(out); n > 0 {
			v.From = max(v.From, out[n-1].From)
			out[n-1].To = v.From
			if out[n-1].Frame == v.Frame { // both by one frame: the first took no time
				out = out[:n-1]
			}
		}
		out = append(out, v)
	}
	return out
}

// closedHow says what closed a stream, "" while it is not closed at both ends.
func (c *connection) closedHow(slot uint32) string {
	s := c.stream(slot)
	for e := range c.ends {
		if s.state[e] != closed {
			return ""
		}
	}
	for e := range c.ends {
		p := c.ends[e].steps.at(int(s.steps[e] - 1))
		if p.in != inReset || p.how != sends {
			continue
		}
		code, err := frame.ParseRSTStream(c.raw(c.a.rows.at(int(p.row))))
		if err == nil {
			return "RST_STREAM by the " + endNames[e] + ": " + code.String()
		}
	}
	return "END_STREAM by both ends"
}

// ticks counts the frames of the chosen streams by time.
type ticks struct {
	a      *Analyser
	out    *view.Lanes
	lane   map[lane]int
	lo, hi []uint32 // slots that are asked for, by connection
	width  int64
	open   [][2]tally // of each lane, by direction: the span that is being counted
	span   [][2]int64
}

func newTicks(a *Analyser, out *view.Lanes, chosen []lane, buckets int) *ticks {
	if buckets <= 0 {
		buckets = 200
	}
	n := int64(min(buckets, MaxBuckets))
	t := &ticks{a: a, out: out, lane: map[lane]int{}, lo: make([]uint32, len(a.conns)), hi: make([]uint32, len(a.conns)),
		width: max((out.Until-out.Since+n)/n, 1), open: make([][2]tally, len(chosen)), span: make([][2]int64, len(chosen))}
	for i, l := range chosen {
		t.lane[l] = i
		if t.lo[l.conn] == 0 {
			t.lo[l.conn] = l.slot
		}
		t.hi[l.conn] = l.slot
	}
	return t
}

// fill goes once through the rows that the lanes span.
func (t *ticks) fill() {
	a := t.a
	from, to := t.out.Lanes[0].First, 0
	for i := range t.out.Lanes {
		from, to = min(from, t.out.Lanes[i].First), max(to, t.out.Lanes[i].Last)
	}
	clocks := make([][2]ticker, len(a.conns))
	for i := from; i <= to; i++ {
		r := a.rows.at(i)
		if r.slot < t.lo[r.conn] || r.slot > t.hi[r.conn] || r.slot == 0 {
			continue
		}
		k, ok := t.lane[lane{r.conn, r.slot}]
		if !ok {
			continue
		}
		clock := &clocks[r.conn][r.dir()]
		if clock.d == nil {
			clock.d = &a.conns[r.conn].dirs[r.dir()]
			clock.k = clock.d.pieceAt(r.off)
		}
		if at, _ := clock.times(r); at >= t.out.Since && at <= t.out.Until {
			t.count(k, i, r, at)
		}
	}
	for k := range t.open {
		for dir := range t.open[k] {
			t.flush(k, dir)
		}
	}
}

func (t *ticks) count(k, i int, r *row, at int64) {
	dir := r.dir()
	x, span := &t.open[k][dir], (at-t.out.Since)/t.width
	if x.count > 0 && t.span[k][dir] != span {
		t.flush(k, dir)
	}
	t.span[k][dir] = span
	x.add(i, r)
}

func (t *ticks) flush(k, dir int) {
	x := &t.open[k][dir]
	if x.count == 0 {
		return
	}
	l := &t.out.Lanes[k]
	l.Ticks = append(l.Ticks, view.Tick{At: t.out.Since + t.span[k][dir]*t.width, Len: t.width, Dir: dirNames[dir], First: x.first,
		Count: x.count, Octets: int(x.octets), Color: x.color(), Error: x.err})
	*x = tally{}
}

// laneStalls adds the stalls to the lanes of the streams that wait.
func (a *Analyser) laneStalls(out *view.Lanes, t *ticks) {
	for _, r := range a.stallsOf().begins {
		c := a.conns[r.conn]
		x, e := c.dirs[r.dir].stalls.at(int(r.n)), c.resolve(int(r.dir)).ends[r.n]
		if t.hi[r.conn] == 0 {
			continue
		}
		v := view.LaneStall{Dir: dirNames[r.dir], Window: stallWindows[x.which], Frame: int(x.row), From: c.at(int(r.dir), x.row), To: -1, Last: int(e.row)}
		if e.row >= 0 {
			v.To = max(v.From, c.at(int(r.dir), uint32(e.row)))
		}
		for _, id := range c.waits(int(r.dir), x, nil) {
			if k, ok := t.lane[lane{r.conn, c.slotOf(id)}]; ok {
				out.Lanes[k].Stalls = append(out.Lanes[k].Stalls, v)
			}
		}
	}
}
