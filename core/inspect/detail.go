package inspect

import (
	"strings"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// maxOctets is how many octets of a row that is no frame an answer holds.
const maxOctets = 1 << 16

// Detail answers everything about the frame with this number. The error says
// which numbers there are.
func (a *Analyser) Detail(index int) (view.Detail, error) {
	v, p, err := a.frame(index, false)
	if err != nil {
		return v, err
	}
	c, r := p.c, p.r
	at := c.instant(r)
	if r.kind() == kindFrame {
		v.Stream = c.streamView(r.slot, index, r, at)
	}
	v.Tables = c.tables(min(index, a.rows.len()-1), r)
	v.Windows = c.windows(r, at)
	v.Stalls = c.stallsAt(at)
	v.Settings = c.settingsInForce(at)
	return v, nil
}

// Frame is Detail without what holds around the frame: its stream, the dynamic
// tables, windows, stalls, settings. Whoever writes all frames down needs no more,
// and has them in half the time.
func (a *Analyser) Frame(index int) (view.Detail, error) {
	v, _, err := a.frame(index, false)
	return v, err
}

// Told is what AppendVerbose and AppendJSON say of a frame: Frame without its title,
// number and instants, and of the octets at least the header. It is how a long
// record is printed.
func (a *Analyser) Told(index int) (view.Detail, error) {
	v, _, err := a.frame(index, true)
	return v, err
}

// Whole is how many rows stand before those whose end is missing.
func (a *Analyser) Whole() int { return a.rows.len() }

// frame answers Frame or, when brief, Told.
func (a *Analyser) frame(index int, brief bool) (view.Detail, picked, error) {
	a.settle()
	var tail []cutRow
	if index >= a.rows.len() {
		tail = a.tail()
	}
	if n := a.rows.len() + len(tail); index < 0 || index >= n {
		return view.Detail{}, picked{}, errorFrame(index, a.rows.len()+len(a.tail()))
	}
	p := a.pick(index, tail)
	c, r := p.c, p.r
	v := view.Detail{Row: a.row(index, tail), Version: a.version, Spans: []view.Span{}, Effects: []view.Effect{}, Problems: []view.Problem{}}
	at := c.instant(r)
	if !brief {
		v.Title, v.Nth = p.title(v.Row), c.nth(r)
		v.At = c.times(r, v.Row)
	}
	switch r.kind() {
	case kindFrame:
		v.Ref, v.What = typeOf(r.typ()).ref, typeOf(r.typ()).what
		c.layout(&v, p, brief)
		v.Block = c.blockView(r)
		v.Effects = c.effects(index, r, at)
		if id := c.promised(r); id != 0 && !brief {
			v.Promised = c.streamView(c.slotOf(id), index, r, at)
		}
		for _, x := range a.problemsOf(index) {
			v.Problems = append(v.Problems, a.problemView(x))
		}
	default:
		c.stray(&v, p)
	}
	v.Why = c.why(r)
	return v, p, nil
}

// layout fills in the octets of a frame and what they are; when brief, not the
// content of DATA.
func (c *connection) layout(v *view.Detail, p picked, brief bool) {
	r, s := p.r, &spans{}
	if n := r.length(); brief && n > 0 && p.plainData() {
		v.Octets = c.dirs[r.dir()].read(r.off, frame.HeaderLen+min(n, previewed+1))
		s.header(frame.ParseHeader(v.Octets))
		s.top(n, "Data", octetCount(n), preview(v.Octets[frame.HeaderLen:]), v.Ref)
	} else {
		f := c.raw(r)
		v.Octets = c.dirs[r.dir()].read(r.off, frame.HeaderLen+n)
		s.header(f.Header)
		c.payload(s, r, f)
	}
	v.Spans = s.list
}

// plainData says whether the frame is DATA on a stream without padding: then its
// header says what there is to say.
func (p picked) plainData() bool {
	return p.r.kind() == kindFrame && p.r.typ() == frame.Data && p.r.id != 0 && !p.r.flags.Has(frame.FlagPadded)
}

// nth is the number of a row's frame in its direction, from 0, as its sender
// counts: how many of its own stand before it; of a frame that was put in, that of
// the last one before. It is -1 for the client's preface, which is no frame.
func (c *connection) nth(r *row) int {
	switch r.kind() {
	case kindPreface:
		return -1
	case kindFrame:
		return c.own(int(r.dir()), int(r.seq)) - 1
	}
	return c.own(int(r.dir()), c.before(r))
}

// before is how many frames of its direction stand before the row.
func (c *connection) before(r *row) int {
	return c.dirs[r.dir()].rows.search(func(row *uint32) bool { return c.a.rows.at(int(*row)).off < r.off })
}

func (p picked) title(row view.Row) string {
	from, to := endNames[p.r.dir()], endNames[1-p.r.dir()]
	name, where := row.Type, "connection"
	switch p.r.kind() {
	case kindPreface:
		name = "Connection preface"
	case kindGarbage:
		name = "No frames"
	case kindCut:
		name = strings.TrimSpace("Cut off " + row.Type)
	}
	switch {
	case row.Promised != 0:
		where = "stream " + utoa(row.Stream) + " → " + utoa(row.Promised)
	case row.Stream != 0:
		where = "stream " + utoa(row.Stream)
	}
	return name + sep + where + sep + from + " → " + to
}

// stray fills in what is no whole frame.
func (c *connection) stray(v *view.Detail, p picked) {
	d := &c.dirs[p.r.dir()]
	s := &spans{}
	n := int(min(p.Size(), maxOctets))
	switch p.r.kind() {
	case kindPreface:
		v.Ref = "RFC 9113 3.4"
		v.What = "The client's preface: what every HTTP/2 connection begins with."
		s.top(n, "Connection Preface", "PRI * HTTP/2.0", "a request that no server of HTTP/1.1 takes for one of its own", v.Ref)
	case kindGarbage:
		v.Ref = "RFC 9113 3.4"
		v.What = "Octets that are no HTTP/2 frames."
		s.top(n, "Octets", octetCount(int(p.Size())), "", "")
		for _, x := range c.a.problemsOf(p.i) {
			v.Problems = append(v.Problems, c.a.problemView(x))
		}
	default:
		n = min(p.have, maxOctets)
		v.Ref = "RFC 9113 4.1"
		v.What = "The beginning of a frame whose end is missing."
		if p.headed() {
			s.header(frame.ParseHeader(d.read(p.r.off, p.have)))
			v.Ref = typeOf(p.r.typ()).ref
		}
		if rest := n - s.off; rest > 0 {
			s.top(rest, "Incomplete Octets", octetCount(p.have-s.off), "", "RFC 9113 4.1")
		}
		v.Problems = append(v.Problems, c.a.cutProblem(p))
	}
	v.Octets = d.read(p.r.off, n)
	v.Spans = s.list
}

// cutProblem says what is missing of a cut row.
func (a *Analyser) cutProblem(p picked) view.Problem {
	what := int64(0)
	whole := int64(frame.HeaderLen)
	switch {
	case p.headed():
		what, whole = 1+int64(p.r.typ()), int64(frame.HeaderLen+p.r.length())
	case p.c.dirs[p.r.dir()].phase == phaseStart && p.r.dir() == client:
		what, whole = -1, int64(len(frame.Preface))
	}
	v := violation{row: -1, conn: p.r.conn, rule: ruleCut, a: int64(p.have), b: whole<<10 | (what + 1)}
	_, ref, text := a.explainProblem(v)
	return view.Problem{Frame: p.i, Conn: p.c.info.ID, Text: text, Ref: ref}
}

// what names the thing that ruleCut is about: nothing known, the preface, or a
// frame by its type.
func what(v violation) string {
	switch n := v.b & 1023; {
	case v.rule != ruleCut:
		return ""
	case n == 0:
		return "the client's preface"
	case n == 1:
		return "a frame's header"
	default:
		return "a frame, " + frame.Type(n-2).String()
	}
}

// moment is how far the two ends were: frames that each had sent and received.
type moment struct{ sent, recvd [2]uint32 }

func (m *moment) event(e int) uint32 { return m.sent[e] + m.recvd[e] }

// instant is the moment at which a row is shown: at its sender just after it was
// sent, at its receiver just after it arrived. The receiver of what never
// arrived is shown at the time of sending.
func (c *connection) instant(r *row) moment {
	var m moment
	e, o := r.dir(), 1-r.dir()
	d := &c.dirs[e]
	seq := r.seq
	if r.kind() != kindFrame { // the frames before it count
		seq = uint32(c.before(r))
	}
	m.sent[e], m.recvd[e] = seq, r.sent-seq
	if r.kind() == kindFrame && r.recv != 0 {
		m.recvd[o], m.sent[o] = seq, r.recv-seq
		return m
	}
	// what the receiver had sent and received when this was sent
	own := &c.dirs[o]
	sentAt, _ := d.times(r.off)
	m.sent[o] = uint32(own.rows.search(func(row *uint32) bool { return c.sentBefore(o, *row, r, sentAt) }))
	m.recvd[o] = uint32(d.rows.search(func(row *uint32) bool { return c.arrivedBy(*row, m.sent[o], sentAt) }))
	return m
}

// sentBefore says whether a frame of the end o was sent before the row r.
func (c *connection) sentBefore(o int, row uint32, r *row, at int64) bool {
	p := c.a.rows.at(int(row))
	t, _ := c.dirs[o].times(p.off + int64(frame.HeaderLen+p.length()) - 1)
	return t <= at
}

// arrivedBy says whether a frame had been received at a time, by an end that
// had sent so many frames.
func (c *connection) arrivedBy(row, sent uint32, at int64) bool {
	p := c.a.rows.at(int(row))
	_, t := c.dirs[p.dir()].times(p.off + int64(frame.HeaderLen+p.length()) - 1)
	return p.recv != 0 && p.recv-p.seq <= sent && t <= at
}

// times are the instants at which client and server are shown.
func (c *connection) times(r *row, v view.Row) (at [2]int64) {
	at[r.dir()] = v.SentAt
	at[1-r.dir()] = v.SentAt
	if v.RecvAt >= 0 && (r.recv != 0 || r.kind() != kindFrame) {
		at[1-r.dir()] = v.RecvAt
	}
	return at
}

// streamView is a stream at a moment.
func (c *connection) streamView(slot uint32, index int, r *row, m moment) *view.Stream {
	if slot == 0 {
		return nil
	}
	s := c.stream(slot)
	v := &view.Stream{ID: s.id}
	v.ClientPath, v.Before[client], v.Client = c.path(client, slot, m.event(client), index)
	v.ServerPath, v.Before[server], v.Server = c.path(server, slot, m.event(server), index)
	v.Request, v.Status = c.messages(s, index)
	return v
}

// path lists the states of a stream at the end e up to an event; before is the
// one that the frame index found.
func (c *connection) path(e int, slot, event uint32, index int) (steps []view.Step, before, now string) {
	var back []uint32
	for n := c.stepAt(e, slot, event); n != 0; n = c.ends[e].steps.at(int(n - 1)).prev {
		back = append(back, n)
	}
	before = stateNames[idle]
	steps = append(steps, view.Step{State: before, Frame: -1})
	for i := len(back) - 1; i >= 0; i-- {
		p := c.ends[e].steps.at(int(back[i] - 1))
		now = stateNames[p.state]
		if int(p.row) != index {
			before = now
		}
		steps = append(steps, view.Step{State: now, By: inputNames[p.in], Frame: int(p.row)})
	}
	return steps, before, steps[len(steps)-1].State
}

// messages says what was asked on a stream and with which status it was
// answered, as far as the frames up to index tell.
func (c *connection) messages(s *stream, index int) (request, status string) {
	at := func(dir int, n uint32) string {
		if n == 0 {
			return ""
		}
		b := c.dirs[dir].blocks.at(int(n - 1))
		if int(b.last) > index {
			return ""
		}
		reps, _, _, _ := c.explain(dir, b, nil)
		return sectionText(reps)
	}
	request = at(initiator(s.id), s.request)
	status, _, _ = strings.Cut(at(server, s.response), sep)
	return request, status
}
