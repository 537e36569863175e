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
// The octets follow a frame of the end that sends them, which is where a run of
// the same program can be gone on with (see place).
func (a *Analyser) Try(q TryQuery) view.Trial {
	a.settle()
	v := view.Trial{Octets: q.Octets, Frames: []view.Tried{}, Version: a.version}
	c, after, dir := a.place(q, &v.Place)
	if c == nil {
		return v
	}
	b := a.branch(c, after, q.Octets, dir)
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

// place finds where octets can be put in: behind the frame itself when its
// sender is the one that sends them; else behind the first frame that the other
// end sends once it has received it, or the last one at all.
func (a *Analyser) place(q TryQuery, v *view.Place) (c *connection, after uint32, dir int) {
	v.Frame = -1
	c = a.byID[q.Conn]
	if q.Conn == 0 && len(a.conns) > 0 {
		c = a.conns[0]
	}
	var r *row
	if q.Frame >= 0 && q.Frame < a.rows.len() {
		r = a.rows.at(q.Frame)
		c = a.conns[r.conn]
	}
	if c == nil {
		v.Text = "There is no session yet."
		return nil, 0, 0
	}
	dir = client
	if q.Dir == dirNames[server] || q.Dir == "" && r != nil && r.dir() == server {
		dir = server
	}
	d := &c.dirs[dir]
	n := d.rows.len() // after so many frames of its own
	if r != nil {
		n = int(c.instant(r).sent[dir])
		if r.dir() != dir {
			n++ // the next one is sent by an end that knows the frame
		}
	}
	if d.rows.len() == 0 {
		v.Text = "The " + endNames[dir] + " has sent no frame, and octets follow a frame of their sender's."
		return nil, 0, 0
	}
	n = min(max(n, 1), d.rows.len())
	after = *d.rows.at(n - 1)
	v.Conn, v.Dir, v.Frame, v.Seq = c.info.ID, dirNames[dir], int(after), n-1
	v.Text = a.placeText(q.Frame, r, dir, int(after))
	return c, after, dir
}

func (a *Analyser) placeText(frame int, r *row, dir, after int) string {
	p := a.rows.at(after)
	text := "behind frame " + strconv.Itoa(after+1) + ", the " + endNames[dir] + "’s " + p.typ().String()
	switch {
	case r == nil:
		return text + ", its last"
	case after == frame:
		return text
	case after > frame && r.dir() != dir:
		return text + ": the first that it sends after it received frame " + strconv.Itoa(frame+1)
	case after > frame:
		return text + ": its first"
	}
	return text + ": its last, it sends nothing after frame " + strconv.Itoa(frame+1)
}

// branched is a connection that goes another way from an instant on.
type branched struct {
	*Analyser
	c           *connection
	dir         int
	first, last int // rows of the octets that were put in
	start       int64
}

// branch reads a connection anew up to the row after, then octets that its
// sender sends with it, then what the receiver sends before they arrive.
func (a *Analyser) branch(c *connection, after uint32, octets []byte, dir int) branched {
	b := New()
	info := *c.info
	_ = b.Feed(&info)
	out := branched{Analyser: b, c: b.conns[0], dir: dir}
	chunk := func(dir int, sent, recv int64, octets []byte) {
		_ = b.Feed(&trace.Chunk{Conn: info.ID, Dir: trace.Dir(dir), SentAt: sent, ReceivedAt: recv, Octets: octets})
	}
	arrival := int64(1<<63 - 1)
	for i := range a.rows.len() {
		r := a.rows.at(i)
		if int(r.conn) != c.index {
			continue
		}
		d := &c.dirs[r.dir()]
		n := frame.HeaderLen + r.length()
		switch r.kind() {
		case kindPreface:
			n = len(frame.Preface)
		case kindGarbage:
			n = int(d.runLen(r))
		}
		sent, recv := d.times(r.off + int64(n) - 1)
		if i > int(after) && r.dir() == dir {
			continue
		}
		if i > int(after) && sent >= arrival {
			break
		}
		chunk(r.dir(), sent, recv, d.read(r.off, n))
		if i == int(after) {
			b.strict = true
			if arrival = recv; recv < 0 {
				arrival = sent
			}
			out.first, out.start = b.rows.len(), out.c.dirs[dir].total
			chunk(dir, sent, recv, octets)
			b.strict = false
			out.last = b.rows.len()
		}
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
