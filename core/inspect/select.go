package inspect

import (
	"slices"
	"sort"

	"framewise/core/frame"
	"framewise/core/inspect/filter"
)

// selection is the rows that one filter chooses, kept because a page asks for
// many windows of them. It grows with the record: what was looked at is not
// looked at again, unless the filter asks for what later entries can change.
type selection struct {
	text    string
	conn    uint32
	f       *filter.Filter
	loose   bool // there was a row that still grew
	all     bool // every row: match is not filled
	seen    int  // rows that were looked at
	version int  // of the record, when it was looked at last
	match   []uint32
	row     picked   // that is being matched: one for all rows, an interface would allocate for each
	starts  []uint32 // places in match where a row or a run begins, as far as looked at
	runs    int      // places of match that starts covers
	alike   int      // how many of them, at the end, are alike
	order   order
}

// order is a selection sorted by another column than time: the column's value
// above the row's number.
type order struct {
	by   string
	desc bool
	seen int // of match
	keys []uint64
}

// maxSelections is how many filters are kept at a time: a page has a list, a
// search and a lane of frames or two.
const maxSelections = 4

// choose finds or makes the selection, and brings it up to date.
func (a *Analyser) choose(text string, conn uint32) (*selection, error) {
	k := slices.IndexFunc(a.selections, func(s *selection) bool { return s.text == text && s.conn == conn })
	if k < 0 {
		f, err := filter.Parse(text)
		if err != nil {
			return nil, err
		}
		a.selections = append(a.selections, &selection{text: text, conn: conn, f: f, all: text == "" && conn == 0})
		k = len(a.selections) - 1
	}
	s := a.selections[k]
	a.selections = append(slices.Delete(a.selections, k, k+1), s) // the newest last
	if len(a.selections) > maxSelections {
		a.selections = slices.Delete(a.selections, 0, 1)
	}
	if s.version != a.version && (s.loose || a.growing() || s.f.Volatile()) {
		*s = selection{text: text, conn: conn, f: s.f, all: s.all}
	}
	s.version, s.loose = a.version, a.growing()
	if s.all {
		s.seen = a.rows.len()
	}
	for ; s.seen < a.rows.len(); s.seen++ {
		if a.matches(s, s.seen, nil) {
			s.match = append(s.match, uint32(s.seen))
		}
	}
	return s, nil
}

// growing says whether a row can become longer: octets that are no frames.
func (a *Analyser) growing() bool {
	for _, c := range a.conns {
		for i := range c.dirs {
			if g := c.dirs[i].garbage; len(g) > 0 && g[len(g)-1].to < 0 {
				return true
			}
		}
	}
	return false
}

func (a *Analyser) matches(s *selection, i int, tail []cutRow) bool {
	s.row = a.pick(i, tail)
	return (s.conn == 0 || s.row.c.info.ID == s.conn) && s.f.Match(&s.row)
}

func (s *selection) len() int {
	if s.all {
		return s.seen
	}
	return len(s.match)
}

// at is the row at place i of the selection.
func (s *selection) at(i int) int {
	if s.all {
		return i
	}
	return int(s.match[i])
}

// place is where row i stands in the selection, or where it would.
func (s *selection) place(i int) (at int, ok bool) {
	if s.all {
		return min(i, s.seen), i < s.seen
	}
	at, ok = slices.BinarySearch(s.match, uint32(i))
	return at, ok
}

// MinRun is how many frames a run has at least: a few say more as rows of their
// own, and fit on a screen.
const MinRun = 8

var minRun = MinRun // tests find more of them

// collapse finds the runs: frames that stand side by side in the selection and
// are alike. A frame that breaks a rule is never part of one.
func (a *Analyser) collapse(s *selection) {
	for n := s.len(); s.runs < n; s.runs++ {
		if i := s.runs; i == 0 || !alike(a.rows.at(s.at(i-1)), a.rows.at(s.at(i))) {
			s.alike = 0
		}
		s.alike++
		switch {
		case s.alike < minRun: // not a run yet
			s.starts = append(s.starts, uint32(s.runs))
		case s.alike == minRun: // those before it become one row with it
			s.starts = s.starts[:len(s.starts)-minRun+2]
		}
	}
}

func alike(a, b *row) bool {
	const same = bitDir | bitKind | bitProblem
	return a.conn == b.conn && a.bits&same == b.bits&same && a.size>>24 == b.size>>24 &&
		a.collapses() && !a.is(bitProblem)
}

// collapses says whether rows of this type are collapsed.
func (r *row) collapses() bool {
	return r.kind() == kindFrame && (r.typ() == frame.Data || r.typ() == frame.WindowUpdate)
}

// listing is the rows of a selection as they are shown: in runs, some of them
// open, or sorted, with the cut rows at the end.
type listing struct {
	a     *Analyser
	s     *selection
	q     Query
	tail  []cutRow
	extra []int    // the rows of tail that are chosen
	keys  []uint64 // sorted by another column than time
	open  []int    // open runs, by their number in the list, ascending
	sums  []int    // frames of the open runs before each
}

// unit is a row of a listing.
type unit struct {
	at     int // place in the selection, or behind it in extra
	n      int // frames; above 1: a run
	open   bool
	inside bool
}

// columns are what a list can be sorted by.
var columns = map[string]func(p picked) uint32{
	"stream":    func(p picked) uint32 { return p.r.id },
	"type":      func(p picked) uint32 { return typeOrder(p) },
	"length":    func(p picked) uint32 { return uint32(min(p.Size(), 1<<32-1)) },
	"direction": func(p picked) uint32 { return uint32(p.r.dir()) },
}

// typeOrder puts what is no frame behind the types.
func typeOrder(p picked) uint32 {
	if p.headed() {
		return uint32(p.r.typ())
	}
	return 256 + uint32(p.r.kind())
}

func (a *Analyser) list(q Query) (*listing, error) {
	if q.Sort == "time" {
		q.Sort = ""
	}
	if _, ok := columns[q.Sort]; !ok && q.Sort != "" {
		return nil, errorSort(q.Sort)
	}
	s, err := a.choose(q.Filter, q.Conn)
	if err != nil {
		return nil, err
	}
	l := &listing{a: a, s: s, q: q, tail: a.tail()}
	for i := range l.tail {
		if n := a.rows.len() + i; s.all || a.matches(s, n, l.tail) {
			l.extra = append(l.extra, n)
		}
	}
	switch {
	case q.Sort != "":
		l.keys = a.sorted(s, q.Sort, q.Desc)
	case q.Collapse:
		a.collapse(s)
		l.openRuns()
	}
	return l, nil
}

// sorted is the selection in the order of a column; rows that are alike in it
// stay in the order of time.
func (a *Analyser) sorted(s *selection, by string, desc bool) []uint64 {
	o := &s.order
	if o.by != by || o.desc != desc {
		*o = order{by: by, desc: desc}
	}
	if o.seen == s.len() {
		return o.keys
	}
	value := columns[by]
	fresh := make([]uint64, 0, s.len()-o.seen)
	for ; o.seen < s.len(); o.seen++ {
		i := s.at(o.seen)
		k := value(a.pick(i, nil))
		if desc {
			k = ^k
		}
		fresh = append(fresh, uint64(k)<<32|uint64(uint32(i)))
	}
	slices.Sort(fresh)
	if len(o.keys) == 0 {
		o.keys = fresh
		return o.keys
	}
	merged := make([]uint64, 0, len(o.keys)+len(fresh))
	for _, k := range o.keys {
		for len(fresh) > 0 && fresh[0] < k {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
		merged = append(merged, k)
	}
	o.keys = append(merged, fresh...)
	return o.keys
}

// openRuns finds the runs that hold the frames of q.Open.
func (l *listing) openRuns() {
	for _, f := range l.q.Open {
		at, ok := l.s.place(max(f, 0))
		if !ok || f < 0 {
			continue
		}
		if k := l.runOf(at); l.run(k) > 1 {
			if l.q.Desc {
				k = len(l.s.starts) - 1 - k
			}
			l.open = append(l.open, k)
		}
	}
	slices.Sort(l.open)
	l.open = slices.Compact(l.open)
	sum := 0
	for _, k := range l.open {
		l.sums = append(l.sums, sum)
		sum += l.run(l.turned(k))
	}
	l.sums = append(l.sums, sum)
}

// turned is the number of a run in the order of time, when the list is in the
// opposite order; it is its own inverse.
func (l *listing) turned(k int) int {
	if l.q.Desc {
		return len(l.s.starts) - 1 - k
	}
	return k
}

// runOf is the run that holds a place of the selection.
func (l *listing) runOf(at int) int {
	return sort.Search(len(l.s.starts), func(i int) bool { return int(l.s.starts[i]) > at }) - 1
}

// run is the number of frames of a run, in the order of time.
func (l *listing) run(k int) int {
	end := l.s.len()
	if k+1 < len(l.s.starts) {
		end = int(l.s.starts[k+1])
	}
	return end - int(l.s.starts[k])
}

// collapsed says whether runs are one row.
func (l *listing) collapsed() bool { return l.q.Collapse && l.q.Sort == "" }

// whole is the number of rows without the cut ones, which come last.
func (l *listing) whole() int {
	if l.collapsed() {
		return len(l.s.starts) + l.sums[len(l.open)]
	}
	return l.s.len()
}

func (l *listing) total() int { return l.whole() + len(l.extra) }

// unit is row number i of the list, which must be below total.
func (l *listing) unit(i int) unit {
	n := l.whole()
	switch {
	case i >= n:
		return unit{at: l.s.len() + i - n, n: 1}
	case l.q.Sort != "":
		at, _ := l.s.place(int(uint32(l.keys[i])))
		return unit{at: at, n: 1}
	case !l.collapsed():
		if l.q.Desc {
			i = n - 1 - i
		}
		return unit{at: i, n: 1}
	}
	// the open runs whose row stands before i
	k := sort.Search(len(l.open), func(k int) bool { return l.open[k]+l.sums[k] >= i })
	if k > 0 {
		if r := l.turned(l.open[k-1]); i <= l.open[k-1]+l.sums[k-1]+l.run(r) {
			in := i - l.open[k-1] - l.sums[k-1] - 1
			if l.q.Desc {
				in = l.run(r) - 1 - in
			}
			return unit{at: int(l.s.starts[r]) + in, n: 1, inside: true}
		}
	}
	r := i - l.sums[k]
	u := unit{at: int(l.s.starts[l.turned(r)]), n: l.run(l.turned(r))}
	u.open = k < len(l.open) && l.open[k] == r
	return u
}

// index is the frame at a place of the selection.
func (l *listing) index(at int) int {
	if n := l.s.len(); at >= n {
		return l.extra[at-n]
	}
	return l.s.at(at)
}

// find is the row in the list of a place in the selection: at is the frame's
// own, or that of the closed run which holds it; run is that run's first place,
// -1 for none.
func (l *listing) find(place int) (at, run int) {
	switch {
	case l.q.Sort != "":
		i := l.s.at(place)
		k := columns[l.q.Sort](l.a.pick(i, nil))
		if l.q.Desc {
			k = ^k
		}
		at, _ = slices.BinarySearch(l.keys, uint64(k)<<32|uint64(uint32(i)))
		return at, -1
	case !l.collapsed():
		if l.q.Desc {
			return l.s.len() - 1 - place, -1
		}
		return place, -1
	}
	r := l.runOf(place)
	shown := l.turned(r)
	k := sort.Search(len(l.open), func(k int) bool { return l.open[k] >= shown })
	at, run = shown+l.sums[k], -1
	if n := l.run(r); n > 1 {
		run = int(l.s.starts[r])
		if k < len(l.open) && l.open[k] == shown {
			in := place - run
			if l.q.Desc {
				in = n - 1 - in
			}
			at += 1 + in
		}
	}
	return at, run
}
