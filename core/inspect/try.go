package inspect

import (
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// TryQuery is octets that somebody would put into a session.
type TryQuery struct {
	Conn   uint32 // where Frame is -1; 0: the first connection
	Frame  int    // the instant: a frame of the record; -1: the end
	Dir    string // who sends: "c2s", "s2c"; "": whoever sent Frame
	Octets []byte
}

// Outcomes of a frame, from the lightest to the gravest.
const (
	outcomeLegal      = "legal"
	outcomeWaits      = "waits"
	outcomeIgnored    = "ignored"
	outcomeUnread     = "unread"
	outcomeStream     = "stream"
	outcomeConnection = "connection"
)

var gravity = map[string]int{outcomeLegal: 1, outcomeWaits: 2, outcomeIgnored: 3, outcomeUnread: 4, outcomeStream: 5, outcomeConnection: 6}

// Try says what octets would be at an instant: frame by frame what they are,
// what their receiver makes of them, and by which rule. The answer lacks the
// form. Nothing of the record changes: its connection is read again up to the
// instant, by the same rules that explain the record, and then the octets.
//
// The octets leave at the instant at which a run of the same program can be gone
// on with (see place).
func (a *Analyser) Try(q TryQuery) view.Trial {
	a.settle()
	v := view.Trial{Octets: q.Octets, Frames: []view.Tried{}, Version: a.version}
	s, ok := a.place(q, &v.Place)
	if !ok {
		return v
	}
	b := a.branch(s, q.Octets)
	ended := false
	for i := b.first; i < b.last; i++ {
		t := b.tried(i)
		if ended {
			t.Outcome, t.Code, t.Rule = outcomeUnread, "", "RFC 9113 5.4.1"
			t.Text, t.Says = "Nobody reads it: the connection ends with the frame before.", ""
			t.Effects = []view.Effect{}
		}
		ended = ended || t.Outcome == outcomeConnection
		v.Frames = append(v.Frames, t)
		worst(&v, t.Outcome)
	}
	if !ended {
		v.Rest = b.rest(&v)
	}
	return v
}

// worst makes an outcome that of the whole when there is no graver one.
func worst(v *view.Trial, outcome string) {
	if gravity[outcome] > gravity[v.Outcome] {
		v.Outcome = outcome
	}
}

// spot is an instant at which an end sends octets of somebody else's.
type spot struct {
	c          *connection
	dir        int  // of the octets
	after      int  // row that they follow, or that their sender has received
	heard      bool // it has received it
	sent, recv int64
}

// place finds when octets can be put in: behind the frame itself when its sender
// is the one that sends them; else when the other end has received it. Without
// a frame it is behind the last one that the end sends.
func (a *Analyser) place(q TryQuery, v *view.Place) (s spot, ok bool) {
	v.Frame = -1
	s.c = a.byID[q.Conn]
	if q.Conn == 0 && len(a.conns) > 0 {
		s.c = a.conns[0]
	}
	var r *row
	if q.Frame >= 0 && q.Frame < a.rows.len() {
		r = a.rows.at(q.Frame)
		s.c = a.conns[r.conn]
	}
	if s.c == nil {
		v.Text = "There is no session yet."
		return s, false
	}
	s.dir = client
	if q.Dir == dirNames[server] || q.Dir == "" && r != nil && r.dir() == server {
		s.dir = server
	}
	if k := r; k != nil && k.dir() != s.dir && (k.kind() == kindFrame || k.kind() == kindPreface) {
		return a.whenHeard(s, q.Frame, v)
	}
	d := &s.c.dirs[s.dir]
	n := d.rows.len() // after so many frames of its own
	if n == 0 {
		v.Text = "The " + endNames[s.dir] + " has sent no frame that octets could follow."
		return s, false
	}
	if r != nil {
		n = min(max(int(s.c.instant(r).sent[s.dir]), 1), n)
	}
	s.after = int(*d.rows.at(n - 1))
	p := a.rows.at(s.after)
	s.sent, s.recv = d.times(p.off + int64(frame.HeaderLen+p.length()) - 1)
	v.Conn, v.Dir, v.Frame, v.Own, v.Seq = s.c.info.ID, dirNames[s.dir], s.after, s.c.nth(p), n
	v.Text = "behind frame " + strconv.Itoa(s.after+1) + ", the " + endNames[s.dir] + "’s " + p.typ().String()
	switch {
	case r == nil:
		v.Text += ", its last"
	case s.after > q.Frame:
		v.Text += ": its first"
	case s.after < q.Frame:
		v.Text += ": its last before that"
	}
	return s, true
}

// whenHeard is the instant at which the other end has received a frame, or the
// client's preface. Before it stands what that end has sent until then.
func (a *Analyser) whenHeard(s spot, row int, v *view.Place) (spot, bool) {
	r := a.rows.at(row)
	n, what := frame.HeaderLen+r.length(), r.typ().String()
	if r.kind() == kindPreface {
		n, what = len(frame.Preface), "connection preface"
	}
	from, d := &s.c.dirs[1-s.dir], &s.c.dirs[s.dir]
	text := "frame " + strconv.Itoa(row+1) + ", the " + endNames[1-s.dir] + "’s " + what
	was, at := from.times(r.off + int64(n) - 1)
	if at < 0 {
		v.Text = "The " + endNames[s.dir] + " never received " + text + ": nothing can be sent at that instant."
		return s, false
	}
	s.after, s.heard, s.sent = row, true, at
	s.recv = at + at - was // as long as that took
	seq := d.rows.search(func(row *uint32) bool {
		p := a.rows.at(int(*row))
		sent, _ := d.times(p.off + int64(frame.HeaderLen+p.length()) - 1)
		return sent < at
	})
	if seq > 0 {
		p := a.rows.at(int(*d.rows.at(seq - 1)))
		if sent, recv := d.times(p.off + int64(frame.HeaderLen+p.length()) - 1); recv >= 0 {
			s.recv = max(recv, at+recv-sent) // octets never overtake
		}
	}
	v.Conn, v.Dir, v.Frame, v.Heard, v.Own, v.Seq = s.c.info.ID, dirNames[s.dir], row, true, s.c.nth(r), seq
	v.Text = "when the " + endNames[s.dir] + " has received " + text
	return s, true
}

// branched is a connection that goes another way from an instant on.
type branched struct {
	*Analyser
	c           *connection
	dir         int
	first, last int // rows of the octets that were put in
	start       int64
}

// branch reads a connection anew up to an instant, then octets that an end sends
// at it, then what their receiver sends before they arrive.
func (a *Analyser) branch(s spot, octets []byte) branched {
	b := New()
	info := *s.c.info
	_ = b.Feed(&info)
	out := branched{Analyser: b, c: b.conns[0], dir: s.dir}
	chunk := func(dir int, sent, recv int64, octets []byte) {
		_ = b.Feed(&trace.Chunk{Conn: info.ID, Dir: trace.Dir(dir), SentAt: sent, ReceivedAt: recv, Octets: octets})
	}
	arrival := s.recv
	if arrival < 0 {
		arrival = s.sent
	}
	done := false
	put := func() {
		b.strict, done = true, true
		out.first, out.start = b.rows.len(), out.c.dirs[s.dir].total
		chunk(s.dir, s.sent, s.recv, octets)
		b.strict = false
		out.last = b.rows.len()
	}
	for i := range a.rows.len() {
		r := a.rows.at(i)
		if int(r.conn) != s.c.index {
			continue
		}
		d := &s.c.dirs[r.dir()]
		n := frame.HeaderLen + r.length()
		switch r.kind() {
		case kindPreface:
			n = len(frame.Preface)
		case kindGarbage:
			n = int(d.runLen(r))
		}
		sent, recv := d.times(r.off + int64(n) - 1)
		if s.heard && !done && i > s.after && sent >= s.sent {
			put()
		}
		if done && r.dir() == s.dir {
			continue
		}
		if done && sent >= arrival {
			break
		}
		chunk(r.dir(), sent, recv, d.read(r.off, n))
		if !s.heard && i == s.after {
			put()
		}
	}
	if !done {
		put()
	}
	b.settle()
	return out
}

// tried explains one of the rows that were put in.
func (b *branched) tried(i int) view.Tried {
	r := b.rows.at(i)
	d, _ := b.Detail(i)
	t := view.Tried{Title: d.Title, Ref: d.Ref, What: d.What, Off: int(r.off - b.start), Len: len(d.Octets), Spans: d.Spans,
		Effects: []view.Effect{}, Problems: d.Problems}
	if r.kind() != kindFrame {
		t.Outcome, t.Code, t.Rule = outcomeConnection, frame.FrameSizeError.String(), "RFC 9113 4.2"
		t.Text = "The " + endNames[1-b.dir] + " takes the octets for the header of a frame that is larger than it allows. It ends the connection."
		t.Says = "GOAWAY " + t.Code
		return t
	}
	v := b.verdict(i)
	t.Outcome, t.Rule, t.Text = v.outcome, v.ref, v.text
	if v.outcome == outcomeStream || v.outcome == outcomeConnection {
		t.Code = v.code.String()
	} else {
		t.Effects = b.atReceiver(d.Effects)
	}
	t.Says = b.says(i, v)
	return t
}

// atReceiver keeps what a frame does to its receiver: its sender knows nothing
// of it.
func (b *branched) atReceiver(list []view.Effect) []view.Effect {
	out := []view.Effect{}
	for _, e := range list {
		if e.At == endNames[1-b.dir] {
			out = append(out, e)
		}
	}
	return out
}

// rest tells what stands behind the last whole frame.
func (b *branched) rest(v *view.Trial) string {
	off, n := b.c.dirs[b.dir].cut()
	if n == 0 {
		return ""
	}
	who := endNames[1-b.dir]
	if n < frame.HeaderLen {
		worst(v, outcomeWaits)
		return "The last " + octetCount(n) + " are the beginning of a header: the " + who + " takes what comes next for the rest of it."
	}
	h := frame.ParseHeader(b.c.dirs[b.dir].read(off, n))
	if limit := b.c.maxFrame(b.dir); h.Length > limit {
		worst(v, outcomeConnection)
		v.Frames = append(v.Frames, b.tooLong(h, int(off-b.start), n, limit))
		return ""
	}
	worst(v, outcomeWaits)
	missing := frame.HeaderLen + int(h.Length) - n
	return "The last frame, " + h.Type.String() + ", says that it has " + octetCount(int(h.Length)) + "; " + octetCount(missing) +
		" of them are missing. The " + who + " waits, and takes the next octets that come for them, whatever they are."
}

// tooLong is a frame that is refused by its header alone.
func (b *branched) tooLong(h frame.Header, off, n int, limit uint32) view.Tried {
	s := &spans{}
	s.header(h)
	if n > frame.HeaderLen {
		s.top(n-frame.HeaderLen, "Payload", octetCount(n-frame.HeaderLen), "not looked at", "RFC 9113 4.1")
	}
	about := typeOf(h.Type)
	return view.Tried{Title: h.Type.String() + sep + endNames[b.dir] + " → " + endNames[1-b.dir], Ref: about.ref, What: about.what,
		Off: off, Len: n, Spans: s.list, Outcome: outcomeConnection, Code: frame.FrameSizeError.String(), Rule: "RFC 9113 4.2",
		Text: "The header says " + octetCount(int(h.Length)) + ", the " + endNames[1-b.dir] + "’s MAX_FRAME_SIZE allows " + strconv.FormatUint(uint64(limit), 10) +
			". It need not wait for them: it ends the connection.",
		Says: "GOAWAY " + frame.FrameSizeError.String(), Effects: []view.Effect{}, Problems: []view.Problem{}}
}
