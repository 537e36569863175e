package inspect

import (
	"framewise/core/frame"
	"framewise/core/inspect/filter"
	"framewise/core/inspect/view"
)

// Query asks for a window of the rows that match.
type Query struct {
	From   int    // the first of the matching rows, from 0
	N      int    // how many at most
	Conn   uint32 // identifier of a connection, 0 for all
	Filter string // see package filter; "" for all
}

// MaxRows is how many rows an answer holds at most.
const MaxRows = 10000

// filtered is the answer to the last filter, kept because a page asks for many
// windows of it. It grows with the record.
type filtered struct {
	text  string
	conn  uint32
	f     *filter.Filter
	seen  int // rows that were looked at
	match []uint32
	row   picked // that is being matched
}

// Rows answers a window of rows. The error is a *filter.Error.
func (a *Analyser) Rows(q Query) (view.Rows, error) {
	a.settle()
	out := view.Rows{From: max(q.From, 0), Rows: []view.Row{}, Version: a.version}
	n := min(max(q.N, 0), MaxRows)
	tail := a.tail()
	if q.Conn == 0 && q.Filter == "" {
		out.Total = a.rows.len() + len(tail)
		for i := out.From; i < out.Total && len(out.Rows) < n; i++ {
			out.Rows = append(out.Rows, a.row(i, tail))
		}
		return out, nil
	}
	if err := a.choose(q); err != nil {
		return view.Rows{}, err
	}
	list := a.cache.match
	for i := range tail {
		if a.matches(a.rows.len()+i, tail) {
			list = append(list[:len(list):len(list)], uint32(a.rows.len()+i))
		}
	}
	out.Total = len(list)
	for i := out.From; i < len(list) && len(out.Rows) < n; i++ {
		out.Rows = append(out.Rows, a.row(int(list[i]), tail))
	}
	return out, nil
}

// choose brings the list of matching rows up to date.
func (a *Analyser) choose(q Query) error {
	c := &a.cache
	if c.f == nil || c.text != q.Filter || c.conn != q.Conn {
		f, err := filter.Parse(q.Filter)
		if err != nil {
			return err
		}
		*c = filtered{text: q.Filter, conn: q.Conn, f: f}
	}
	for ; c.seen < a.rows.len(); c.seen++ {
		if a.matches(c.seen, nil) {
			c.match = append(c.match, uint32(c.seen))
		}
	}
	return nil
}

func (a *Analyser) matches(i int, tail []cutRow) bool {
	p := &a.cache.row // one for all rows: an interface would allocate for each
	*p = a.pick(i, tail)
	return (a.cache.conn == 0 || p.c.info.ID == a.cache.conn) && a.cache.f.Match(p)
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
	last := r.off + int64(frame.HeaderLen+r.length()) - 1
	switch r.kind() {
	case kindGarbage:
		v.Type, v.Color, v.Text = "", "other", p.garbageText()
		last = r.off
	case kindPreface:
		v.Type, v.Color, v.Text = "", "other", "PRI * HTTP/2.0"
		last = r.off + int64(r.length()) - 1
	case kindCut:
		last = r.off + int64(p.have) - 1
	}
	v.SentAt, v.RecvAt = d.times(last)
	if d.lost && r.recv == 0 && r.kind() == kindFrame || r.kind() == kindCut {
		v.RecvAt = -1
	}
	if p.headed() {
		v.Type, v.Color = r.typ().String(), color(r.typ())
		v.Flags, v.Stream = r.flags.Text(r.typ()), r.id
		v.Promised = p.Promised()
	}
	switch r.kind() {
	case kindFrame:
		v.Text = p.text()
		v.Line = d.causeOf(r.seq).line
	case kindCut:
		v.Text = a.cutText(p)
		if v.Color == "" {
			v.Color = "other"
		}
	}
	v.Error = a.errorOf(i, r)
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
