package inspect

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// Reproduce holds a record against the one that its program made when it ran
// again. A program that runs in virtual time makes the same record each time:
// connections, chunks with their octets and times, causes, ends, what was done
// on purpose and what was printed. The header and remarks are a person's, and
// are not compared. The difference that is told is the earliest in time; of one
// instant, octets before times before all else.
func Reproduce(recorded, now *Analyser) view.Reproduction {
	recorded.settle()
	now.settle()
	z := reproduction{a: recorded, b: now, v: view.Reproduction{Same: true, Ends: true, Octet: -1, A: -1, B: -1}}
	for i := range min(len(z.a.conns), len(z.b.conns)) {
		z.connection(i+1, z.a.conns[i], z.b.conns[i])
	}
	if n, m := len(z.a.conns), len(z.b.conns); n != m {
		i := min(n, m)
		who, longer := "old", z.a
		if n < m {
			who, longer = "new", z.b
		}
		z.differs(&view.Reproduction{What: "connection", Conn: i + 1, At: longer.conns[i].info.At, Text: "only the " + who + " record has connection " + strconv.Itoa(i+1)}, n < m)
	}
	z.v.Console = z.told("console", saidOf(z.a.console), saidOf(z.b.console))
	z.v.Faults = z.told("fault", faultsOf(z.a), faultsOf(z.b))
	z.v.Frames = min(recorded.rows.len(), now.rows.len())
	z.v.Ends = z.v.Ends && !z.v.Same
	if z.v.Text != "" {
		z.v.Text += "."
	}
	return z.v
}

type reproduction struct {
	a, b *Analyser
	v    view.Reproduction
}

// differs notes a difference unless an earlier one is known; more says that the
// old record only ends there.
func (z *reproduction) differs(d *view.Reproduction, more bool) {
	first := z.v.Same || d.At < z.v.At
	z.v.Same, z.v.Ends = false, z.v.Ends && more
	if !first {
		return
	}
	if d.Dir == "" {
		d.Octet, d.A, d.B = -1, -1, -1
	}
	v := &z.v
	v.What, v.Text, v.Conn, v.Dir, v.Octet, v.A, v.B, v.At = d.What, d.Text, d.Conn, d.Dir, d.Octet, d.A, d.B, d.At
}

func (z *reproduction) connection(nth int, x, y *connection) {
	z.v.Conns++
	if p, q := x.info, y.info; p.ID != q.ID || p.At != q.At || p.Client != q.Client || p.Server != q.Server || p.Vantage != q.Vantage ||
		p.Via != q.Via || !sameTLS(p.TLS, q.TLS) {
		z.differs(&view.Reproduction{What: "connection", Conn: nth, At: min(p.At, q.At), Text: "connection " + strconv.Itoa(nth) +
			" is opened at another time or between other ends"}, false)
	}
	for dir := range x.dirs {
		z.octets(nth, dir, x, y)
		z.pieces(nth, dir, x, y)
		z.causes(nth, dir, x, y)
	}
	switch p, q := x.closed, y.closed; {
	case p == nil && q == nil:
	case p == nil:
		z.differs(&view.Reproduction{What: "end", Conn: nth, At: q.At, Text: "only in the new record connection " + strconv.Itoa(nth) + " ends"}, true)
	case q == nil || p.At != q.At || p.By != q.By || p.Reason != q.Reason:
		z.differs(&view.Reproduction{What: "end", Conn: nth, At: p.At, Text: "connection " + strconv.Itoa(nth) + " ends otherwise"}, false)
	}
}

func sameTLS(p, q *trace.TLS) bool {
	if p == nil || q == nil {
		return p == q
	}
	return p.Version == q.Version && p.ALPN == q.ALPN && p.Cipher == q.Cipher && p.Name == q.Name
}

// octets compares a direction's octets, however they were cut into pieces.
func (z *reproduction) octets(nth, dir int, x, y *connection) {
	d, e := &x.dirs[dir], &y.dirs[dir]
	n := min(d.total, e.total)
	at, i, k := int64(0), 0, 0
	for at < n {
		p, q := d.pieces[i].octets()[at-d.pieces[i].start:], e.pieces[k].octets()[at-e.pieces[k].start:]
		m := min(len(p), len(q))
		if string(p[:m]) != string(q[:m]) {
			for j := 0; p[j] == q[j]; j++ {
				at++
			}
			break
		}
		at += int64(m)
		if m == len(p) {
			i++
		}
		if m == len(q) {
			k++
		}
	}
	z.v.Octets += at
	if at == d.total && at == e.total {
		return
	}
	v := view.Reproduction{What: "octets", Conn: nth, Dir: dirNames[dir], Octet: at, A: x.rowAt(dir, at), B: y.rowAt(dir, at)}
	is, then := "nothing", "nothing"
	if at < e.total {
		c := e.pieces[k]
		is, v.At = hexOctet(c.octets()[at-c.start]), c.chunk.SentAt
	}
	if at < d.total {
		c := d.pieces[i]
		then, v.At = hexOctet(c.octets()[at-c.start]), c.chunk.SentAt
	}
	v.Text = "octet " + strconv.FormatInt(at, 10) + " of the " + endNames[dir] + " on connection " + strconv.Itoa(nth) + " is " + then + " and now " + is
	z.decoded(&v, x, y)
	z.differs(&v, at == d.total)
}

// decoded tells in words how the frames of a difference differ.
func (z *reproduction) decoded(v *view.Reproduction, x, y *connection) {
	if v.A < 0 || v.B < 0 || x.a.rows.at(v.A).kind() != kindFrame || y.a.rows.at(v.B).kind() != kindFrame {
		return
	}
	c := comparison{x: x, y: y, nth: v.Conn}
	c.pair(v.A, v.B)
	switch {
	case len(c.out) > 0 && c.out[0].What == "content":
		head, _, _ := strings.Cut(c.out[0].Text, ":")
		v.Text += ". " + head + ": octet " + strconv.FormatInt(v.Octet-x.a.rows.at(v.A).off, 10) + " of the frame"
	case len(c.out) > 0:
		v.Text += ". " + c.out[0].Text
		v.Text = v.Text[:len(v.Text)-1]
	case c.encoded > 0:
		v.Text += ", the same field lines in another encoding"
	}
}

// rowAt is the frame in which an octet of a direction lies, -1: none.
func (c *connection) rowAt(dir int, off int64) int {
	d := &c.dirs[dir]
	if off >= d.total {
		return -1
	}
	n := c.until(dir, off+1) // frames that begin at it or before
	if n == 0 {
		if c.a.rows.len() > 0 && off < int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) && dir == client && !c.midway {
			return int(d.preface)
		}
		return -1
	}
	return int(*d.rows.at(n - 1))
}

// pieces compares how octets were written, and when they left and arrived.
func (z *reproduction) pieces(nth, dir int, x, y *connection) {
	d, e := &x.dirs[dir], &y.dirs[dir]
	for i := range min(len(d.pieces), len(e.pieces)) {
		p, q := d.pieces[i].chunk, e.pieces[i].chunk
		cut := len(p.Octets) != len(q.Octets)
		other := (p.Received == nil) != (q.Received == nil) || string(p.Received) != string(q.Received)
		if !cut && !other && p.SentAt == q.SentAt && p.ReceivedAt == q.ReceivedAt {
			z.v.Chunks++
			continue
		}
		off := d.pieces[i].start
		v := view.Reproduction{What: "times", Conn: nth, Dir: dirNames[dir], Octet: off, At: min(p.SentAt, q.SentAt), A: x.rowAt(dir, off), B: y.rowAt(dir, off)}
		if cut {
			v.What = "pieces"
		}
		v.Text = "from octet " + strconv.FormatInt(off, 10) + " of the " + endNames[dir] + " on connection " + strconv.Itoa(nth) + " on, " + pieceText(p) + ", and now " + pieceText(q)
		if other {
			v.Text += "; other octets arrived"
		}
		more := v.What == "pieces" && i == len(d.pieces)-1 && len(p.Octets) < len(q.Octets) // one that is cut off
		z.differs(&v, more)
		return
	}
}

func pieceText(c *trace.Chunk) string {
	return octetCount(len(c.Octets)) + " sent after " + nanoseconds(c.SentAt) + " and received after " + nanoseconds(c.ReceivedAt)
}

func (z *reproduction) causes(nth, dir int, x, y *connection) {
	d, e := &x.dirs[dir], &y.dirs[dir]
	d.causeOf(0) // puts them in order
	e.causeOf(0)
	for i := range max(len(d.causes), len(e.causes)) {
		v := view.Reproduction{What: "cause", Conn: nth, Dir: dirNames[dir], Octet: -1, A: -1, B: -1}
		var p, q *trace.Cause
		if i < len(d.causes) {
			p = d.causes[i]
			v.A, v.At = x.frameOf(dir, p)
		}
		if i < len(e.causes) {
			q = e.causes[i]
			v.B, v.At = y.frameOf(dir, q)
		}
		if p != nil && q != nil && p.Frame == q.Frame && p.Line == q.Line && p.Col == q.Col && p.Call == q.Call && p.Rule == q.Rule {
			z.v.Causes++
			continue
		}
		v.Text = "a frame of the " + endNames[dir] + " on connection " + strconv.Itoa(nth) + " has another cause: " + causeText(p) + ", and now " + causeText(q)
		z.differs(&v, p == nil)
		return
	}
}

// frameOf is the row of the frame that a cause is about, -1 for none, and when
// it was sent.
func (c *connection) frameOf(dir int, e *trace.Cause) (row int, at int64) {
	d := &c.dirs[dir]
	if int64(e.Frame) >= int64(d.rows.len()) {
		return -1, c.a.end
	}
	row = int(*d.rows.at(int(e.Frame)))
	return row, c.a.pick(row, nil).SentAt()
}

func causeText(e *trace.Cause) string {
	switch {
	case e == nil:
		return "none"
	case e.Rule != "":
		return "the rule " + short(e.Rule)
	}
	return short(e.Call) + " in line " + utoa(e.Line) + ", column " + utoa(e.Col)
}

// told is a line of the console, or what was done on purpose.
type told struct {
	at         int64
	what, text string
}

// told compares two lists, and counts how far they are the same.
func (z *reproduction) told(what string, p, q []told) (same int) {
	for same < min(len(p), len(q)) && p[same] == q[same] {
		same++
	}
	if same == max(len(p), len(q)) {
		return same
	}
	v := view.Reproduction{What: what, Text: "nothing"}
	if same < len(p) {
		v.At, v.Text = p[same].at, p[same].words()
	}
	v.Text = what + " " + strconv.Itoa(same+1) + " is " + v.Text
	if same < len(q) {
		v.At = q[same].at
		v.Text += ", and now " + q[same].words()
	} else {
		v.Text += ", and now nothing"
	}
	z.differs(&v, same == len(p))
	return same
}

func (s *told) words() string { return short(s.text) + " after " + nanoseconds(s.at) }

func saidOf(list []view.Console) (out []told) {
	for _, c := range list {
		out = append(out, told{c.At, c.Level, c.Text})
	}
	return out
}

// faultsOf is what was done on purpose, in the order of the record.
func faultsOf(a *Analyser) (out []told) {
	for _, m := range a.marks {
		if m.Kind == "fault" {
			out = append(out, told{m.At, m.What, m.Text})
		}
	}
	return out
}

func nanoseconds(n int64) string {
	if n < 0 {
		return "never"
	}
	return strconv.FormatInt(n, 10) + " ns"
}

func hexOctet(b byte) string {
	const digits = "0123456789abcdef"
	return "0x" + string([]byte{digits[b>>4], digits[b&15]})
}
