package inspect

import (
	"cmp"
	"slices"

	"framewise/core/inspect/view"
)

// Alignment is two records side by side, frame by frame, as they were when it
// was made.
type Alignment struct {
	a, b     *Analyser
	versions [2]int
	v        view.Comparison
	all      []view.Difference // one for each row that differs
	rows     []pairing
	differ   []int32 // rows that differ, in order
	tails    [2][]cutRow
}

// pairing is a frame of each record, -1 for none, and the difference between
// them as its place in a list; pairEqual or pairEncoded for none.
type pairing struct{ a, b, diff int32 }

const (
	pairEqual   = -1
	pairEncoded = -2 // the same fields in other octets
)

// Align lays two records side by side; see Compare for what belongs together.
// It takes time linear in the frames of both.
func Align(a, b *Analyser) *Alignment {
	a.settle()
	b.settle()
	l := &Alignment{a: a, b: b, versions: [2]int{a.version, b.version}, tails: [2][]cutRow{a.tail(), b.tail()}}
	l.v = view.Comparison{Conns: []view.ConnComparison{}, Counts: compareCounts(a, b)}
	var pairs []pairing
	for i := range max(len(a.conns), len(b.conns)) {
		var x, y *connection
		if i < len(a.conns) {
			x = a.conns[i]
		}
		if i < len(b.conns) {
			y = b.conns[i]
		}
		l.v.Conns = append(l.v.Conns, compareConns(x, y))
		z := comparison{x: x, y: y, nth: i + 1, tails: l.tails}
		z.frames()
		for _, p := range z.pairs {
			if p.diff >= 0 {
				p.diff += int32(len(l.all))
			}
			pairs = append(pairs, p)
		}
		l.all = append(l.all, z.out...)
		l.v.Encoded += z.encoded
	}
	l.order(pairs)
	list := slices.Clone(l.all)
	slices.SortStableFunc(list, func(p, q view.Difference) int { return cmp.Compare(p.At, q.At) })
	l.v.Total = len(list)
	l.v.Same = l.v.Total == 0
	l.v.Differences = append([]view.Difference{}, list[:min(len(list), MaxDifferences)]...)
	return l
}

// order puts the rows in the order of the first record. What only the second has
// stands behind the row of what it has before.
func (l *Alignment) order(pairs []pairing) {
	frames := l.a.rows.len() + len(l.tails[0])
	byA := make([]pairing, frames)
	byB := make([]pairing, l.b.rows.len()+len(l.tails[1]))
	for _, p := range pairs {
		if p.a >= 0 {
			byA[p.a] = p
		}
		if p.b >= 0 {
			byB[p.b] = p
		}
	}
	type insertion struct {
		after int32 // the frame of the first record
		p     pairing
	}
	var only []insertion
	after := int32(-1)
	for _, p := range byB {
		if p.a >= 0 {
			after = p.a
		} else {
			only = append(only, insertion{after, p})
		}
	}
	slices.SortStableFunc(only, func(p, q insertion) int { return cmp.Compare(p.after, q.after) })
	for i := int32(-1); int(i) < frames; i++ {
		if i >= 0 {
			l.put(byA[i])
		}
		for len(only) > 0 && only[0].after == i {
			l.put(only[0].p)
			only = only[1:]
		}
	}
}

func (l *Alignment) put(p pairing) {
	if p.diff >= 0 {
		l.differ = append(l.differ, int32(len(l.rows)))
	}
	l.rows = append(l.rows, p)
}

// Fresh says whether the records are the same as when the alignment was made.
func (l *Alignment) Fresh(a, b *Analyser) bool {
	return l.a == a && l.b == b && l.versions == [2]int{a.version, b.version}
}

// Comparison is what differs in all.
func (l *Alignment) Comparison() view.Comparison { return l.v }

// AlignQuery asks for a window of the rows of two records side by side.
type AlignQuery struct {
	From, N int
	Only    bool // only the rows that differ
	Frame   int  // a frame whose row is asked for too, -1: none
	Second  bool // that is a frame of the second record
}

// Rows answers a window of rows.
func (l *Alignment) Rows(q AlignQuery) view.Aligned {
	out := view.Aligned{From: max(q.From, 0), Total: len(l.rows), Rows: []view.AlignedRow{}, At: -1,
		Differences: len(l.differ), Version: l.versions[0]}
	if q.Only {
		out.Total = len(l.differ)
	}
	n := min(max(q.N, 0), MaxRows)
	for i := out.From; i < out.Total && len(out.Rows) < n; i++ {
		at := i
		if q.Only {
			at = int(l.differ[i])
		}
		out.Rows = append(out.Rows, l.row(l.rows[at]))
	}
	at := -1
	if q.Frame >= 0 {
		at = slices.IndexFunc(l.rows, func(p pairing) bool { return !q.Second && int(p.a) == q.Frame || q.Second && int(p.b) == q.Frame })
	}
	next, here := slices.BinarySearch(l.differ, int32(at))
	before := next - 1
	out.At = at
	if q.Only {
		out.At = -1
	}
	if here {
		out.Nth = next + 1
		if q.Only {
			out.At = next
		}
		next++
	}
	if at < 0 {
		before = -1
	}
	out.Before, out.Next = l.place(before, q.Only), l.place(next, q.Only)
	return out
}

// place is where the nth difference stands.
func (l *Alignment) place(nth int, only bool) view.AlignedPlace {
	if nth < 0 || nth >= len(l.differ) {
		return view.AlignedPlace{Row: -1, A: -1, B: -1}
	}
	row := int(l.differ[nth])
	p := l.rows[row]
	if only {
		row = nth
	}
	return view.AlignedPlace{Row: row, A: int(p.a), B: int(p.b)}
}

func (l *Alignment) row(p pairing) view.AlignedRow {
	v := view.AlignedRow{}
	if p.a >= 0 {
		r := l.a.row(int(p.a), l.tails[0])
		v.A = &r
	}
	if p.b >= 0 {
		r := l.b.row(int(p.b), l.tails[1])
		v.B = &r
	}
	switch {
	case p.diff >= 0:
		v.What, v.Text = l.all[p.diff].What, l.all[p.diff].Text
	case p.diff == pairEncoded:
		v.What, v.Text = "encoded", "The same fields in other octets."
	}
	return v
}

// others pairs what is no frame: prefaces, octets that are none, frames that are
// cut off; the nth of a kind and direction with the nth.
func (z *comparison) others() {
	xs, ys := z.x.others(z.tails[0]), z.y.others(z.tails[1])
	for dir := range dirNames {
		for kind := range kindNames {
			p, q := xs[dir][kind], ys[dir][kind]
			for i := range max(len(p), len(q)) {
				switch {
				case i >= len(q):
					z.other(p[i], -1, "missing", "only the first record has it")
				case i >= len(p):
					z.other(-1, q[i], "missing", "only the second record has it")
				default:
					z.otherPair(p[i], q[i])
				}
			}
		}
	}
}

// others are the rows of a connection that are no frames, by direction and kind.
func (c *connection) others(tail []cutRow) (out [2][len(kindNames)][]int) {
	if c == nil {
		return out
	}
	for i := range c.a.rows.len() + len(tail) {
		if r := c.a.pick(i, tail).r; int(r.conn) == c.index && r.kind() != kindFrame {
			out[r.dir()][r.kind()] = append(out[r.dir()][r.kind()], i)
		}
	}
	return out
}

func (z *comparison) otherPair(i, k int) {
	p, q := z.x.a.row(i, z.tails[0]), z.y.a.row(k, z.tails[1])
	switch {
	case p.Length != q.Length:
		z.other(i, k, "length", octetCount(p.Length)+" and "+octetCount(q.Length))
	case p.Type != q.Type || p.Text != q.Text:
		z.other(i, k, "content", short(p.Text)+" and "+short(q.Text))
	default:
		z.pairs = append(z.pairs, pairing{int32(i), int32(k), pairEqual})
	}
}

var otherTexts = [...]string{kindFrame: "Frame", kindPreface: "Connection preface", kindGarbage: "Octets that are no frame", kindCut: "Frame that is cut off"}

// other notes a difference in what is no frame.
func (z *comparison) other(i, k int, what, text string) {
	a, n, tail := (*Analyser)(nil), i, z.tails[0]
	if i >= 0 {
		a = z.x.a
	} else {
		a, n, tail = z.y.a, k, z.tails[1]
	}
	r := a.row(n, tail)
	dir := a.pick(n, tail).r.dir()
	kind := otherTexts[a.pick(n, tail).r.kind()]
	z.note(i, k, view.Difference{Conn: z.nth, A: i, B: k, What: what, Dir: r.Dir, Stream: r.Stream, At: r.SentAt, Type: r.Type,
		Text: kind + " of the " + endNames[dir] + ": " + text + "."})
}
