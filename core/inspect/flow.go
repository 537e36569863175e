package inspect

import (
	"errors"
	"slices"
	"sort"
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// FlowQuery asks for one window over time.
type FlowQuery struct {
	Conn   uint32 // identifier of the connection; 0: the first
	Stream uint32 // 0: the connection's window
	Dir    string // of the DATA that the window limits: "c2s" or "s2c"
	N      int    // how many points at most; 0: 600; below 0: no points and no stalls, only the comparison
	Frame  int    // the instant at which the two ends are compared; -1: the end of the record

	Since, Until int64 // of the points and stalls, with the points around them; Until 0: the end of the record
}

// MaxPoints is how many points a series has at most.
const MaxPoints = 10000

// flowCache is the last series, kept because moving through time asks for the
// same one again and again.
type flowCache struct {
	q       FlowQuery // without the frame
	version int
	flow    view.Flow
}

// change is an event that changes an end's opinion of a window.
type change struct {
	event uint32 // the end's count of frames
	row   uint32
	at    int64
	delta int64
}

// Flow answers one window over time, with both ends' opinion. An error says
// which connections, streams, directions or frames there are.
func (a *Analyser) Flow(q FlowQuery) (view.Flow, error) {
	a.settle()
	c, err := a.connOf(q.Conn)
	if err != nil {
		return view.Flow{}, err
	}
	q.Conn = c.info.ID
	dir := slices.Index(dirNames[:], q.Dir)
	if dir < 0 {
		return view.Flow{}, errors.New("dir is c2s or s2c, not " + strconv.Quote(q.Dir))
	}
	slot := uint32(0)
	if q.Stream != 0 {
		if slot = c.slotOf(q.Stream); slot == 0 {
			return view.Flow{}, errors.New("connection " + utoa(c.info.ID) + " has no stream " + utoa(q.Stream))
		}
	}
	m, err := a.momentOf(c, q.Frame)
	if err != nil {
		return view.Flow{}, err
	}
	if q.N < 0 { // moving through time asks for this at each step
		out := view.Flow{Conn: c.info.ID, Dir: q.Dir, End: endNames[dir], Stream: q.Stream, Points: []view.FlowPoint{}, Stalls: []view.Stall{}, Version: a.version}
		out.Now = c.flowNow(dir, slot, q.Frame, m)
		return out, nil
	}
	x := &a.flowCache
	key := q
	key.Frame = 0
	if x.version != a.version || x.q != key || x.flow.Points == nil {
		*x = flowCache{q: key, version: a.version, flow: c.flow(dir, slot, q)}
	}
	out := x.flow
	out.Now = c.flowNow(dir, slot, q.Frame, m)
	return out, nil
}

// connOf finds a connection by its identifier, 0 for the first.
func (a *Analyser) connOf(id uint32) (*connection, error) {
	if id == 0 && len(a.conns) > 0 {
		return a.conns[0], nil
	}
	if c := a.byID[id]; c != nil {
		return c, nil
	}
	return nil, errors.New("the record has no connection " + utoa(id))
}

// flow makes the series of a window.
func (c *connection) flow(dir int, slot uint32, q FlowQuery) view.Flow {
	snd, rcv := dir, 1-dir
	v := view.Flow{Conn: c.info.ID, Dir: dirNames[dir], End: endNames[snd], Initial: initialWindow, Version: c.a.version}
	data, update := c.sums(dir, slot)
	s := c.changes(snd, data, dir, -1)
	s = mergeChanges(s, c.changes(snd, update, 1-dir, 1))
	r := c.changes(rcv, data, dir, -1)
	r = mergeChanges(r, c.changes(rcv, update, 1-dir, 1))
	start := view.FlowPoint{At: c.info.At, Frame: -1, Sender: initialWindow, Recv: initialWindow}
	if slot != 0 {
		st := c.stream(slot)
		v.Stream = st.id
		start.At, start.Frame = c.at(initiator(st.id), st.first), int(st.first)
		var more []change
		start.Sender, more = c.initials(snd, rcv, slot)
		s = mergeChanges(s, more)
		start.Recv, more = c.initials(rcv, rcv, slot)
		r = mergeChanges(r, more)
		v.Initial = start.Sender
	}
	points := joinChanges(start, monotone(s, start.At), monotone(r, start.At))
	v.Total = len(points)
	n := q.N
	if n == 0 {
		n = 600
	}
	v.Points = sample(within(points, q.Since, q.Until), min(n, MaxPoints))
	stalls, _ := c.a.Stalls(StallQuery{N: MaxRows, Conn: v.Conn, Stream: v.Stream, Dir: v.Dir, Frame: -1})
	v.Stalls = stalls.Stalls
	v.Stalls = slices.DeleteFunc(v.Stalls, func(s view.Stall) bool {
		return slot == 0 && s.Window == "stream" || q.Until > 0 && s.At > q.Until || s.LastAt >= 0 && s.LastAt < q.Since
	})
	return v
}

// within are the points of a part of the time, and the one before and behind it.
func within(points []view.FlowPoint, since, until int64) []view.FlowPoint {
	from := sort.Search(len(points), func(i int) bool { return points[i].At >= since })
	to := len(points)
	if until > 0 {
		to = sort.Search(len(points), func(i int) bool { return points[i].At > until })
	}
	return points[max(from-1, 0):min(max(to, from)+1, len(points))]
}

// sums are the sums that a window is made of: DATA of the direction, and
// WINDOW_UPDATE of the other.
func (c *connection) sums(dir int, slot uint32) (data, update []total) {
	if slot == 0 {
		return totals(&c.dirs[dir].data), totals(&c.dirs[1-dir].update)
	}
	s := c.stream(slot)
	return c.chain(s.points[dir][sumData]), c.chain(s.points[1-dir][sumUpdate])
}

func totals(l *list[total]) []total {
	out := make([]total, 0, l.len())
	for _, p := range l.pieces {
		out = append(out, p...)
	}
	return out
}

// chain is the points of a stream, in order.
func (c *connection) chain(head uint32) (out []total) {
	for head != 0 {
		p := c.points.at(int(head - 1))
		out = append(out, total{p.seq, p.sum})
		head = p.prev
	}
	slices.Reverse(out)
	return out
}

// changes are what the frames of a direction do to an opinion of the end e.
func (c *connection) changes(e int, sums []total, dir int, sign int64) []change {
	out := make([]change, 0, len(sums))
	was := int64(0)
	t := ticker{d: &c.dirs[dir]}
	for _, x := range sums {
		row := *c.dirs[dir].rows.at(int(x.seq - 1))
		r := c.a.rows.at(int(row))
		sent, recv := t.times(r)
		if e == dir {
			out = append(out, change{r.sent, row, sent, sign * (x.sum - was)})
		} else if r.recv != 0 {
			out = append(out, change{r.recv, row, recv, sign * (x.sum - was)})
		}
		was = x.sum
	}
	return out
}

// initials are the value that INITIAL_WINDOW_SIZE of the end who had for a
// stream when the end e came to know it, and its changes from then on: at its
// peer when SETTINGS arrives, at itself when that is acknowledged.
func (c *connection) initials(e, who int, slot uint32) (start int64, out []change) {
	opened, recvd := c.openedAt(e, slot)
	count := func(recvd uint32) int {
		if e == who {
			return c.ackedAt(e, recvd)
		}
		return c.knownAt(e, recvd)
	}
	k := count(recvd)
	start = int64(c.setting(who, k, frame.InitialWindowSize))
	for now := start; k < c.dirs[who].settings.len(); k++ {
		row := c.dirs[who].settings.at(k).row
		if e == who { // in force with its acknowledgement
			if k >= c.dirs[1-who].acks.len() {
				break
			}
			row = *c.dirs[1-who].rows.at(int(*c.dirs[1-who].acks.at(k) - 1))
		}
		r := c.a.rows.at(int(row))
		value := int64(c.setting(who, k+1, frame.InitialWindowSize))
		if r.recv == 0 || opened == 0 {
			break
		}
		if value != now {
			out = append(out, change{r.recv, row, c.at(e, row), value - now})
		}
		now = value
	}
	return start, out
}

// openedAt is when the end e came to know a stream: its count of frames, and how
// many of them it had received; what it knows last when it never did.
func (c *connection) openedAt(e int, slot uint32) (event, recvd uint32) {
	n := c.stream(slot).steps[e]
	if n == 0 {
		return 0, c.ends[e].recvd
	}
	steps := &c.ends[e].steps
	for steps.at(int(n-1)).prev != 0 {
		n = steps.at(int(n - 1)).prev
	}
	s := steps.at(int(n - 1))
	r := c.a.rows.at(int(s.row))
	if r.dir() == e {
		return s.event, s.event - r.seq
	}
	return s.event, r.seq
}

// mergeChanges joins two series in the order of events.
func mergeChanges(a, b []change) []change {
	if len(b) == 0 {
		return a
	}
	out := make([]change, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].event < a[0].event {
			a, b = b, a
		}
		out, a = append(out, a[0]), a[1:]
	}
	return append(append(out, a...), b...)
}

// monotone lets no change come before one that the end saw first, whatever a
// record says of times.
func monotone(l []change, from int64) []change {
	for i := range l {
		l[i].at = max(l[i].at, from)
		from = l[i].at
	}
	return l
}

// joinChanges makes points of both ends' changes in the order of time.
func joinChanges(start view.FlowPoint, snd, rcv []change) []view.FlowPoint {
	out := make([]view.FlowPoint, 1, 1+len(snd)+len(rcv))
	out[0] = start
	p := start
	for len(snd) > 0 || len(rcv) > 0 {
		if len(rcv) == 0 || len(snd) > 0 && snd[0].at <= rcv[0].at {
			p.At, p.Frame, p.Sender = snd[0].at, int(snd[0].row), p.Sender+snd[0].delta
			snd = snd[1:]
		} else {
			p.At, p.Frame, p.Recv = rcv[0].at, int(rcv[0].row), p.Recv+rcv[0].delta
			rcv = rcv[1:]
		}
		out = append(out, p)
	}
	return out
}

// sample leaves at most n points: of equal spans of time the first and the last,
// and the lowest and the highest of each end's opinion.
func sample(points []view.FlowPoint, n int) []view.FlowPoint {
	if len(points) <= n {
		return points
	}
	spans := max(int64(n/6), 1)
	from, to := points[0].At, points[len(points)-1].At
	width := (to-from)/spans + 1
	out := make([]view.FlowPoint, 0, n)
	for i := 0; i < len(points); {
		end := i
		span := (points[i].At - from) / width
		keep := [6]int{i, i, i, i, i, i}
		for ; end < len(points) && (points[end].At-from)/width == span; end++ {
			p := &points[end]
			keep[1] = end
			if p.Sender < points[keep[2]].Sender {
				keep[2] = end
			}
			if p.Sender > points[keep[3]].Sender {
				keep[3] = end
			}
			if p.Recv < points[keep[4]].Recv {
				keep[4] = end
			}
			if p.Recv > points[keep[5]].Recv {
				keep[5] = end
			}
		}
		slices.Sort(keep[:])
		for k, x := range keep {
			if k == 0 || x != keep[k-1] {
				out = append(out, points[x])
			}
		}
		i = end
	}
	return out
}

// ticker tells the times of rows of one direction that are asked for in order.
type ticker struct {
	d *direction
	k int // the piece that the last one ended in
}

func (t *ticker) times(r *row) (sent, recv int64) {
	last := r.off
	if k := r.kind(); k == kindFrame {
		last += int64(frame.HeaderLen+r.length()) - 1
	} else if k == kindPreface {
		last += int64(r.length()) - 1
	}
	for t.k+1 < len(t.d.pieces) && t.d.pieces[t.k+1].start <= last {
		t.k++
	}
	c := t.d.pieces[t.k].chunk
	return c.SentAt, c.ReceivedAt
}
