package inspect

import (
	"slices"
	"sort"
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// stalled is where the stalls of a direction end, as far as somebody asked. What
// depends on frames under way is worked out again.
type stalled struct {
	version int
	ends    []stallEnd
	open    []uint32 // of ends: those that later entries can change
}

// stallEnd is how a stall ends.
type stallEnd struct {
	event uint32 // the sender's count of frames; 0: it goes on
	row   int32  // -1: it goes on
	void  bool   // the sender ended its messages: it had nothing to send
}

// resolve finds the ends of all stalls of a direction.
func (c *connection) resolve(dir int) *stalled {
	d := &c.dirs[dir]
	x := &d.stalled
	if x.version == c.a.version {
		return x
	}
	x.version = c.a.version
	n := d.stalls.len()
	sure := c.savepoint.ends[dir].stalls // those behind it can still be taken back
	x.ends = x.ends[:min(len(x.ends), int(sure), n)]
	x.open = slices.DeleteFunc(x.open, func(i uint32) bool { return int(i) >= len(x.ends) })
	for i := len(x.ends); i < n; i++ {
		x.ends = append(x.ends, stallEnd{row: -1})
		x.open = append(x.open, uint32(i))
	}
	keep := x.open[:0]
	for _, i := range x.open {
		e := c.stallEnd(dir, d.stalls.at(int(i)))
		x.ends[i] = e
		if e.event == 0 || e.event > c.savepoint.ends[dir].events || i >= sure {
			keep = append(keep, i)
		}
	}
	x.open = keep
	return x
}

// stallEnd finds what ends a stall first: credit, or the end of what waits.
func (c *connection) stallEnd(dir int, x *stalling) stallEnd {
	out := stallEnd{row: -1}
	if q := c.lift(dir, x); q != 0 {
		if row := *c.dirs[1-dir].rows.at(int(q - 1)); c.a.rows.at(int(row)).recv != 0 {
			out = stallEnd{event: c.a.rows.at(int(row)).recv, row: int32(row)}
		}
	}
	if x.slot != 0 {
		if s := c.leaves(dir, x.slot, x.event); s != nil && (out.event == 0 || s.event < out.event) {
			return stallEnd{event: s.event, row: int32(s.row), void: ownEnd(s)}
		}
		return out
	}
	if x.n > maxWaiting {
		return out
	}
	var last *step // of the streams that wait, when all are gone
	void := true
	for i := range x.n {
		s := c.leaves(dir, c.dirs[dir].waiting.at(int(x.first+i)).slot, x.event)
		if s == nil || out.event != 0 && s.event > out.event {
			return out
		}
		void = void && ownEnd(s)
		if last == nil || s.event > last.event {
			last = s
		}
	}
	if last == nil {
		return out
	}
	return stallEnd{event: last.event, row: int32(last.row), void: void}
}

func ownEnd(s *step) bool { return s.how == sends && s.in == inEndStream }

// leaves is the step by which a stream can't send DATA any more, nil for none
// after an event.
func (c *connection) leaves(e int, slot, event uint32) (out *step) {
	steps := &c.ends[e].steps
	for n := c.stream(slot).steps[e]; n != 0; {
		s := steps.at(int(n - 1))
		if s.event < event || canSend(s.state) {
			break
		}
		out, n = s, s.prev
	}
	return out
}

// lift is the number of the peer's frame that makes the windows of a stall
// positive again, 0 for none so far. A sender that goes on all the same, which
// it must not, makes it later.
func (c *connection) lift(dir int, x *stalling) uint32 {
	sent, from := x.sent, x.event-x.sent+1 // the first frame that was not received before
	for range maxSegments {
		q := c.liftFrom(dir, x, sent, from)
		if q == 0 {
			return 0
		}
		r := c.a.rows.at(int(*c.dirs[1-dir].rows.at(int(q - 1))))
		if r.recv == 0 {
			return 0
		}
		now := r.recv - q
		if now == sent || (x.which&stallConnection == 0 || c.sendWindow(dir, 0, now, q) > 0) &&
			(x.which&stallStream == 0 || c.sendWindow(dir, x.slot, now, q) > 0) {
			return q
		}
		sent, from = now, q+1
	}
	return 0
}

// liftFrom is the same for a sender that sent so many frames, from a number on.
func (c *connection) liftFrom(dir int, x *stalling, sent, from uint32) uint32 {
	if x.which&stallConnection != 0 {
		d := &c.dirs[1-dir]
		need := sumAt(&c.dirs[dir].data, sent) - initialWindow
		i := d.update.search(func(t *total) bool { return t.sum <= need })
		if i == d.update.len() {
			return 0
		}
		from = max(from, d.update.at(i).seq)
	}
	if x.which&stallStream == 0 {
		if from > uint32(c.dirs[1-dir].rows.len()) {
			return 0
		}
		return from
	}
	return c.liftStream(dir, x.slot, sent, from)
}

// maxSegments is how many SETTINGS frames are followed to find the end of a
// stall: with more the answer is that it goes on.
const maxSegments = 64

// liftStream is the first frame of the peer, from the number from on, with which
// the stream's window is positive. Between two SETTINGS frames it only grows.
func (c *connection) liftStream(dir int, slot, sent, from uint32) uint32 {
	d, s := &c.dirs[1-dir], c.stream(slot)
	spent := pointAt(&c.points, s.points[dir][sumData], sent)
	for k, n := c.knownAt(dir, from), 0; n < maxSegments; k, n = k+1, n+1 {
		end := uint32(d.rows.len()) + 1 // of the segment
		if k < d.settings.len() {
			end = d.settings.at(k).seq
		}
		need := spent - int64(c.setting(1-dir, k, frame.InitialWindowSize))
		if q := firstAbove(&c.points, s.points[1-dir][sumUpdate], need, from); q != 0 && q < end {
			return q
		}
		if k >= d.settings.len() {
			return 0
		}
		from = end
	}
	return 0
}

// firstAbove is the first number, not below from, up to which the frames of a
// stream add up to more than need; 0 for none.
func firstAbove(l *list[point], head uint32, need int64, from uint32) (q uint32) {
	if pointAt(l, head, from) > need {
		return from
	}
	for head != 0 {
		p := l.at(int(head - 1))
		if p.sum <= need {
			break
		}
		q, head = p.seq, p.prev
		if p.jump != 0 && l.at(int(p.jump-1)).sum > need {
			head = p.jump
		}
	}
	return q
}

// stallRef is a stall of the record.
type stallRef struct {
	row  uint32 // where it begins, or ends
	conn uint16
	dir  uint8
	n    uint32
}

// stallIndex is all stalls of the record in the order of the frames in which
// they begin, and in which they end.
type stallIndex struct {
	version      int
	begins, ends []stallRef
}

// stallsOf brings the index up to date. What turned out to be no stall is left out.
func (a *Analyser) stallsOf() *stallIndex {
	x := &a.stallIndex
	if x.version == a.version {
		return x
	}
	x.version = a.version
	x.begins, x.ends = x.begins[:0], x.ends[:0]
	for _, c := range a.conns {
		for dir := range c.dirs {
			for i, e := range c.resolve(dir).ends {
				if e.void {
					continue
				}
				s := stallRef{c.dirs[dir].stalls.at(i).row, uint16(c.index), uint8(dir), uint32(i)}
				x.begins = append(x.begins, s)
				if e.row >= 0 {
					s.row = uint32(e.row)
					x.ends = append(x.ends, s)
				}
			}
		}
	}
	for _, l := range [][]stallRef{x.begins, x.ends} {
		sort.SliceStable(l, func(i, k int) bool { return l[i].row < l[k].row })
	}
	return x
}

// refsOf are the stalls of a sorted list at a row.
func refsOf(l []stallRef, row int) []stallRef {
	from := sort.Search(len(l), func(i int) bool { return int(l[i].row) >= row })
	to := from
	for to < len(l) && int(l[to].row) == row {
		to++
	}
	return l[from:to]
}

// stallMark says whether stalls begin or end with a row.
func (a *Analyser) stallMark(row int) string {
	x := a.stallsOf()
	begins, ends := len(refsOf(x.begins, row)) > 0, len(refsOf(x.ends, row)) > 0
	switch {
	case begins && ends:
		return "both"
	case begins:
		return "begin"
	case ends:
		return "end"
	}
	return ""
}

// StallQuery asks for a window of stalls.
type StallQuery struct {
	From, N int
	Conn    uint32 // identifier of a connection, 0 for all
	Stream  uint32 // those in which this stream waits, 0 for all
	Dir     string // "c2s", "s2c" or "" for both
	Frame   int    // those that go on at the instant of this frame; -1 for all
}

// Stalls answers the times in which a sender waited for a window. An error says
// which frames there are.
func (a *Analyser) Stalls(q StallQuery) (view.Stalls, error) {
	a.settle()
	out := view.Stalls{From: max(q.From, 0), Stalls: []view.Stall{}, Version: a.version}
	now := make([]*moment, len(a.conns))
	if q.Frame >= 0 {
		tail := a.tail()
		if n := a.rows.len() + len(tail); q.Frame >= n {
			return out, errorFrame(q.Frame, n)
		}
		p := a.pick(q.Frame, tail)
		m := p.c.instant(p.r)
		now[p.c.index] = &m
	}
	for _, r := range a.stallsOf().begins {
		c := a.conns[r.conn]
		x, m := c.dirs[r.dir].stalls.at(int(r.n)), now[r.conn]
		switch {
		case q.Conn != 0 && c.info.ID != q.Conn, q.Dir != "" && dirNames[r.dir] != q.Dir,
			q.Frame >= 0 && (m == nil || !c.stalledAt(r, m)),
			q.Stream != 0 && !slices.Contains(c.waits(int(r.dir), x, m), q.Stream):
			continue
		}
		if out.Total >= out.From && len(out.Stalls) < min(q.N, MaxRows) {
			out.Stalls = append(out.Stalls, c.stallView(r, m))
		}
		out.Total++
	}
	return out, nil
}

// stalledAt says whether a stall goes on at a moment.
func (c *connection) stalledAt(r stallRef, m *moment) bool {
	e := c.resolve(int(r.dir)).ends[r.n]
	now := m.event(int(r.dir))
	return c.dirs[r.dir].stalls.at(int(r.n)).event <= now && (e.event == 0 || now < e.event)
}

// maxStallsAt is how many stalls the detail of a frame lists.
const maxStallsAt = 16

// stallsAt lists the stalls that go on at a moment.
func (c *connection) stallsAt(m moment) []view.Stall {
	out := []view.Stall{}
	for _, r := range c.a.stallsOf().begins {
		if int(r.conn) == c.index && len(out) < maxStallsAt && c.stalledAt(r, &m) {
			out = append(out, c.stallView(r, &m))
		}
	}
	return out
}

// waits lists the streams that wait in a stall: at a moment, or ever in it.
func (c *connection) waits(dir int, x *stalling, m *moment) []uint32 {
	if x.slot != 0 {
		return []uint32{c.stream(x.slot).id}
	}
	out := []uint32{}
	for i := range min(x.n, maxWaiting) {
		w := c.dirs[dir].waiting.at(int(x.first + i))
		if m == nil || w.event <= m.event(dir) && canSend(c.stateAt(dir, w.slot, m.event(dir))) {
			out = append(out, c.stream(w.slot).id)
		}
	}
	return out
}

// at is when a row acted on the end e.
func (c *connection) at(e int, row uint32) int64 {
	r := c.a.rows.at(int(row))
	sent, recv := c.dirs[r.dir()].times(r.off + int64(frame.HeaderLen+r.length()) - 1)
	if r.dir() == e {
		return sent
	}
	return recv
}

var stallWindows = [...]string{stallStream: "stream", stallConnection: "connection", stallStream | stallConnection: "both"}

// stallView is a stall for showing: as it was, or as it is at a moment.
func (c *connection) stallView(r stallRef, m *moment) view.Stall {
	dir := int(r.dir)
	x, e := c.dirs[dir].stalls.at(int(r.n)), c.resolve(dir).ends[r.n]
	v := view.Stall{Conn: c.info.ID, Dir: dirNames[dir], End: endNames[dir], Streams: c.waits(dir, x, m), More: x.n > maxWaiting,
		Frame: int(x.row), At: c.at(dir, x.row), Last: int(e.row), LastAt: -1, Ref: "RFC 9113 6.9.1"}
	v.Window = stallWindows[x.which]
	if x.slot != 0 {
		v.Stream = v.Streams[0]
	}
	v.For = c.a.end - v.At
	if e.row >= 0 {
		v.LastAt = max(v.At, c.at(dir, uint32(e.row))) // whatever a record says: nothing overtakes
		v.For = v.LastAt - v.At
	}
	if m != nil {
		v.Text = c.stallNow(dir, x, e, &v, m)
	} else {
		v.Text = c.stallStory(e, &v)
	}
	return v
}

// whoseWindows names the windows that a stall is about, and its verb.
func whoseWindows(v *view.Stall) (windows, is, was string) {
	s := "the " + other(v.End) + "'s "
	switch v.Window {
	case "stream":
		return s + "window for stream " + utoa(v.Stream), " is", " was"
	case "connection":
		return s + "window for the connection", " is", " was"
	}
	return s + "windows for stream " + utoa(v.Stream) + " and for the connection", " are", " were"
}

func other(end string) string {
	if end == endNames[client] {
		return endNames[server]
	}
	return endNames[client]
}

func onStreams(v *view.Stall) string {
	if len(v.Streams) == 1 && !v.More {
		return "stream " + utoa(v.Streams[0])
	}
	return streamsText(v.Streams, v.More)
}

// stallNow tells what is the matter at a moment.
func (c *connection) stallNow(dir int, x *stalling, e stallEnd, v *view.Stall, m *moment) string {
	used := *v
	conn, own := c.sendWindow(dir, 0, m.sent[dir], m.recvd[dir]) <= 0, x.slot != 0 && c.sendWindow(dir, x.slot, m.sent[dir], m.recvd[dir]) <= 0
	switch { // of two windows one can be open again, or be used up meanwhile
	case own && !conn:
		used.Window = "stream"
	case conn && own:
		used.Window = "both"
	case conn:
		used.Window = "connection"
	}
	windows, is, _ := whoseWindows(&used)
	s := "The " + v.End + " can't send DATA on " + onStreams(v) + ": " + windows + is + " used up since frame " +
		strconv.Itoa(v.Frame+1) + " (" + msText(v.At) + "). " + c.wouldEnd(dir, x, v, m) + " would end it"
	if q := c.lift(dir, x); q != 0 && q <= m.sent[1-dir] && q > m.recvd[dir] {
		row := *c.dirs[1-dir].rows.at(int(q - 1))
		s += "; one is on its way since frame " + strconv.Itoa(int(row)+1)
	}
	return s + "."
}

// wouldEnd names the frames that make the windows positive.
func (c *connection) wouldEnd(dir int, x *stalling, v *view.Stall, m *moment) string {
	var parts []string
	for _, w := range []struct {
		bit  uint8
		slot uint32
		name string
	}{{stallStream, x.slot, utoa(v.Stream)}, {stallConnection, 0, "0"}} {
		if x.which&w.bit == 0 {
			continue
		}
		n := c.sendWindow(dir, w.slot, m.sent[dir], m.recvd[dir])
		if n > 0 {
			continue // only the other one is missing
		}
		t := "on stream " + w.name
		if n < 0 {
			t += " with more than " + number(-n) + " octets"
		}
		parts = append(parts, t)
	}
	s := "WINDOW_UPDATE by the " + other(v.End)
	for i, p := range parts {
		if i > 0 {
			s += " and one"
		}
		s += " " + p
	}
	return s
}

// stallStory tells what was the matter.
func (c *connection) stallStory(e stallEnd, v *view.Stall) string {
	windows, _, was := whoseWindows(v)
	if e.row < 0 {
		return "The " + v.End + " could not send DATA on " + onStreams(v) + " any more: " + windows + was + " used up by frame " +
			strconv.Itoa(v.Frame+1) + " (" + msText(v.At) + "), and nothing ended that."
	}
	r := c.a.rows.at(int(e.row))
	return "The " + v.End + " could not send DATA on " + onStreams(v) + " for " + msText(v.For) + ": " + windows + was + " used up by frame " +
		strconv.Itoa(v.Frame+1) + " (" + msText(v.At) + "). " + r.typ().String() + " of the " + endNames[r.dir()] + " ended it, frame " +
		strconv.Itoa(v.Last+1) + " (" + msText(v.LastAt) + ")."
}

// msText is a time in milliseconds.
func msText(ns int64) string {
	return strconv.FormatFloat(float64(ns)/1e6, 'f', 2, 64) + " ms"
}
