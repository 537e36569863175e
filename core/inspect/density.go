package inspect

import (
	"framewise/core/inspect/view"
)

// MaxBuckets is how many spans of time a density map is divided into at most.
const MaxBuckets = 4096

// tally counts what is sent in one span of time in one direction.
type tally struct {
	first, count int
	octets       int64
	colors       [len(colors) + 1]int
	err          bool
}

func (t *tally) add(i int, r *row) {
	if t.count == 0 {
		t.first = i
	}
	t.count++
	t.octets += int64(r.length())
	t.colors[colorIndex(r)]++
	t.err = t.err || r.is(bitProblem)
}

// Density answers how many frames were sent when: the time of the record is
// divided into so many spans, and each direction of each with a frame in it is
// a bucket. Less than 1 counts as 1.
func (a *Analyser) Density(buckets int) view.Density {
	a.settle()
	n := int64(min(max(buckets, 1), MaxBuckets))
	width := max((a.end+n)/n, 1) // the last instant lies within
	tallies := make([]tally, 2*n)
	clocks := make([][2]ticker, len(a.conns))
	for i := range a.rows.n {
		r := a.rows.at(i)
		clock := &clocks[r.conn][r.dir()]
		clock.d = &a.conns[r.conn].dirs[r.dir()]
		at, _ := clock.times(r)
		t := &tallies[2*min(max(at, 0)/width, n-1)+int64(r.dir())]
		t.add(i, r)
	}
	v := view.Density{End: a.end, Buckets: []view.Bucket{}, Version: a.version}
	for i := range tallies {
		if t := &tallies[i]; t.count > 0 {
			v.Buckets = append(v.Buckets, view.Bucket{At: int64(i/2) * width, Len: width, Dir: dirNames[i%2], First: t.first,
				Count: t.count, Octets: int(t.octets), Color: t.color(), Error: t.err})
		}
	}
	return v
}

func colorIndex(r *row) int {
	if t := int(r.typ()); r.kind() == kindFrame && t < len(colors) {
		return t
	}
	return len(colors)
}

// color is that of the most frequent type; the lower number wins a tie.
func (t *tally) color() string {
	best := 0
	for i, n := range t.colors {
		if n > t.colors[best] {
			best = i
		}
	}
	if best == len(colors) {
		return "other"
	}
	return colors[best]
}
