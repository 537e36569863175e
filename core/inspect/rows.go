package inspect

import (
	"fmt"
	"slices"
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// Query asks for a window of the rows that match.
type Query struct {
	From     int    // the first of the rows, from 0
	N        int    // how many at most
	Conn     uint32 // identifier of a connection, 0 for all
	Filter   string // see package filter; "" for all
	Sort     string // "" or "time", "stream", "type", "length", "direction"; rows that are alike stay in the order of time
	Desc     bool   // from the last to the first
	Collapse bool   // runs of DATA and of WINDOW_UPDATE are one row; not where rows are sorted by another column than time
	Open     []int  // runs whose frames are shown too, each by any frame of it
}

// MaxRows is how many rows an answer holds at most.
const MaxRows = 10000

func errorSort(by string) error {
	return fmt.Errorf("rows can't be sorted by %q, only by time, stream, type, length or direction", by)
}

// Rows answers a window of rows. An error is a *filter.Error, or says by what
// rows can be sorted.
func (a *Analyser) Rows(q Query) (view.Rows, error) {
	a.settle()
	l, err := a.list(q)
	if err != nil {
		return view.Rows{}, err
	}
	out := view.Rows{From: max(q.From, 0), Total: l.total(), Version: a.version}
	n := min(max(q.N, 0), MaxRows)
	out.Rows = make([]view.Row, 0, min(n, max(0, out.Total-out.From)))
	for i := out.From; i < out.Total && len(out.Rows) < n; i++ {
		out.Rows = append(out.Rows, l.row(l.unit(i)))
	}
	return out, nil
}

// row makes a row of the list.
func (l *listing) row(u unit) view.Row {
	v := l.a.row(l.index(u.at), l.tail)
	v.Inside = u.inside
	if u.n > 1 {
		l.summarise(&v, u)
	}
	return v
}

// maxRunStreams is how many streams the row of a run names.
const maxRunStreams = 8

// summarise makes the row of a run's first frame that of the run.
func (l *listing) summarise(v *view.Row, u unit) {
	r := &view.Run{Count: u.n, Open: u.open, Streams: []uint32{}}
	update := v.Type == frame.WindowUpdate.String()
	for at := u.at; at < u.at+u.n; at++ {
		p := l.a.pick(l.s.at(at), nil)
		if update {
			n, _ := frame.ParseWindowUpdate(p.c.raw(p.r))
			r.Octets += int(n)
		} else {
			r.Octets += p.r.length()
		}
		switch known := slices.Contains(r.Streams, p.r.id); {
		case known:
		case len(r.Streams) < maxRunStreams:
			r.Streams = append(r.Streams, p.r.id)
		default:
			r.More = true
		}
	}
	r.Last = l.s.at(u.at + u.n - 1)
	last := l.a.row(r.Last, nil)
	r.LastSentAt, r.LastRecvAt = last.SentAt, last.RecvAt
	v.Run, v.Length, v.Flags, v.Line = r, r.Octets, "", 0
	v.Text = "× " + strconv.Itoa(r.Count) + " " + v.Type
	if update {
		v.Text += sep + "+" + strconv.Itoa(r.Octets)
		v.Length = 4 * r.Count
	} else {
		v.Text += sep + strconv.Itoa(r.Octets) + " B"
	}
	if len(r.Streams) > 1 {
		v.Text += sep + streamsText(r.Streams, r.More)
	}
}

// streamsText names streams.
func streamsText(ids []uint32, more bool) string {
	s := "streams"
	for i, id := range ids {
		if i > 0 {
			s += ","
		}
		s += " " + utoa(id)
	}
	if more {
		s += ", …"
	}
	return s
}

// Position answers where the frame with this number stands in the list that a
// query asks for; From and N of the query mean nothing. The errors are those of
// Rows, or say which frames there are.
func (a *Analyser) Position(index int, q Query) (view.Position, error) {
	a.settle()
	l, err := a.list(q)
	if err != nil {
		return view.Position{}, err
	}
	if n := a.rows.len() + len(l.tail); index < 0 || index >= n {
		return view.Position{}, errorFrame(index, n)
	}
	out := view.Position{Frame: index, At: -1, Near: l.total(), Total: l.total(), Run: -1, Version: a.version}
	if k := slices.Index(l.extra, index); k >= 0 {
		out.At = l.whole() + k
		out.Near = out.At
		return out, nil
	}
	place, ok := l.s.place(index)
	if place == l.s.len() {
		out.Near = l.whole() // the first that is cut, or the end
		return out, nil
	}
	at, run := l.find(place)
	out.Near = at
	if ok {
		out.At = at
		if run >= 0 {
			out.Run = l.s.at(run)
		}
	}
	return out, nil
}

func errorFrame(index, n int) error {
	return fmt.Errorf("there is no frame %d, the record has %d, numbered from 0", index, n)
}

// cutRow is what is there of a frame whose end is missing. It is made for each
// answer, because the rest may still come.
type cutRow struct {
	row  row
	have int // octets
}

// tail lists the cut rows of all connections; they stand behind all others.
func (a *Analyser) tail() []cutRow {
	var out []cutRow
	for _, c := range a.conns {
		for dir := range c.dirs {
			off, n := c.dirs[dir].cut()
			if n == 0 {
				continue
			}
			r := makeRow(c, dir, kindCut, off)
			r.bits |= bitProblem
			r.sent = c.ends[dir].events
			if b := c.dirs[dir].read(off, n); n >= frame.HeaderLen && c.dirs[dir].phase == phaseFrames {
				h := frame.ParseHeader(b)
				r.id, r.flags, r.size = h.StreamID, h.Flags, h.Length|uint32(h.Type)<<24
				r.slot = c.slotOf(r.id)
			} else {
				r.size = 0xff << 24
			}
			out = append(out, cutRow{r, n})
		}
	}
	return out
}

// picked is a row and what belongs to it, as a filter asks for it.
type picked struct {
	c    *connection
	r    *row
	i    int
	have int // of a cut row: octets that are there
}

func (a *Analyser) pick(i int, tail []cutRow) picked {
	if n := a.rows.len(); i >= n {
		t := &tail[i-n]
		return picked{a.conns[t.row.conn], &t.row, i, t.have}
	}
	r := a.rows.at(i)
	return picked{a.conns[r.conn], r, i, 0}
}

// headed says whether there is a frame header.
func (p picked) headed() bool {
	return p.r.kind() == kindFrame || p.r.kind() == kindCut && p.have >= frame.HeaderLen && p.c.dirs[p.r.dir()].phase == phaseFrames
}

// The methods of filter.Frame.

func (p picked) Kind() string     { return kindNames[p.r.kind()] }
func (p picked) Type() frame.Type { return p.r.typ() }
func (p picked) Stream() uint32   { return p.r.id }
func (p picked) Promised() uint32 { return p.c.promised(p.r) }
func (p picked) Dir() int         { return p.r.dir() }

func (p picked) Size() int64 {
	switch {
	case p.r.kind() == kindGarbage:
		return p.c.dirs[p.r.dir()].runLen(p.r)
	case p.r.kind() == kindCut && !p.headed():
		return int64(p.have)
	}
	return int64(p.r.length())
}

func (p picked) HasFlag(name string) bool {
	if !p.headed() {
		return false
	}
	for _, f := range p.r.typ().FlagNames() {
		if f.Name == name && p.r.flags.Has(f.Flag) {
			return true
		}
	}
	return false
}

func (p picked) Error(code string) bool {
	if own := p.carried(); own != noCode && own != frame.NoError && (code == "*" || own.String() == code) {
		return true
	}
	if own := p.carried(); own == frame.NoError && code == own.String() {
		return true
	}
	if p.r.kind() == kindCut {
		return false
	}
	for _, v := range p.c.a.problemsOf(p.i) {
		if is := p.c.a.code(v); is != noCode && (code == "*" || is.String() == code) {
			return true
		}
	}
	return false
}

// carried is the error code that RST_STREAM and GOAWAY carry.
func (p picked) carried() frame.ErrCode {
	if p.r.kind() != kindFrame {
		return noCode
	}
	switch p.r.typ() {
	case frame.RSTStream:
		if code, err := frame.ParseRSTStream(p.c.raw(p.r)); err == nil {
			return code
		}
	case frame.GoAway:
		if g, err := frame.ParseGoAway(p.c.raw(p.r)); err == nil {
			return g.Code
		}
	}
	return noCode
}

// Fields are the field lines of the block that ends in the frame. They are
// valid until the next call.
func (p picked) Fields() [][2]string {
	if p.r.block == 0 {
		return nil
	}
	b := p.c.dirs[p.r.dir()].blocks.at(int(p.r.block - 1))
	if int(b.last) != p.i || b.bits&blockDone == 0 {
		return nil
	}
	a := p.c.a
	a.reps, _, _, _ = p.c.explain(p.r.dir(), b, a.reps[:0])
	a.fields = a.fields[:0]
	for i := range a.reps {
		if r := &a.reps[i]; r.IsField() {
			a.fields = append(a.fields, [2]string{r.Name, r.Value})
		}
	}
	return a.fields
}

// row makes row i for showing.
func (a *Analyser) row(i int, tail []cutRow) view.Row {
	p := a.pick(i, tail)
	c, r := p.c, p.r
	d := &c.dirs[r.dir()]
	v := view.Row{Index: i, Kind: p.Kind(), Conn: c.info.ID, Dir: dirNames[r.dir()], Length: int(p.Size()), RecvAt: -1}
	v.SentAt, v.RecvAt = d.times(p.last())
	v.Color, v.Text = "other", p.rowText()
	if d.lost && r.recv == 0 && r.kind() == kindFrame || r.kind() == kindCut {
		v.RecvAt = -1
	}
	if p.headed() {
		v.Type, v.Color = r.typ().String(), color(r.typ())
		v.Flags, v.Stream = r.flags.Text(r.typ()), r.id
		v.Promised = p.Promised()
	}
	v.Line = p.Line()
	v.Error = a.errorOf(i, r)
	v.Stall = a.stallMark(i)
	v.Marks = a.marksOf(i)
	return v
}

var dirNames = [...]string{"c2s", "s2c"}

// errorOf is the code of the first problem that has one.
func (a *Analyser) errorOf(i int, r *row) string {
	if r.kind() == kindCut {
		return ""
	}
	for _, v := range a.problemsOf(i) {
		if code := a.code(v); code != noCode {
			return code.String()
		}
	}
	return ""
}

var colors = [...]string{"data", "headers", "priority", "rst", "settings", "push", "ping", "goaway", "window", "continuation"}

// color is the class of a type's colour.
func color(t frame.Type) string {
	if int(t) < len(colors) {
		return colors[t]
	}
	if t == frame.PriorityUpdate {
		return "priority"
	}
	return "other"
}
