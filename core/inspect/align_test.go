package inspect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// sides are the rows as text: the frames of both records, from 1, and what differs.
func sides(v view.Aligned) (out []string) {
	of := func(r *view.Row) string {
		if r == nil {
			return "-"
		}
		return fmt.Sprint(r.Index + 1)
	}
	for _, r := range v.Rows {
		out = append(out, strings.TrimSpace(of(r.A)+"|"+of(r.B)+" "+r.What))
	}
	return out
}

// What only one record has stands alone, in its place among the others.
func TestAlign(t *testing.T) {
	make := func(first, second bool) *Analyser {
		r := newRecord(trace.VantageBoth)
		r.open()
		if first {
			r.c2s(request(1, "/a", true))
		}
		r.s2c(frame.AppendPing(nil, [8]byte{1}, false))
		if second {
			r.s2c(frame.AppendWindowUpdate(nil, 0, 5))
		}
		return feed(t, r.entries)
	}
	a, b := make(true, false), make(false, true)
	l := Align(a, b)
	v := l.Rows(AlignQuery{N: 100, Frame: -1})
	n := v.Total
	want := []string{fmt.Sprintf("%d|- missing", n-2), fmt.Sprintf("%d|%d", n-1, n-2), fmt.Sprintf("-|%d missing", n-1)}
	if got := sides(v); !slices.Equal(got[n-3:], want) {
		t.Errorf("%q, want %q at the end", got, want)
	}
	if v.At != -1 || v.Before.Row != -1 || v.Next.Row != n-3 || v.Differences != 2 {
		t.Errorf("of no frame: at %d, before %+v, next %+v, %d differences", v.At, v.Before, v.Next, v.Differences)
	}
	// Around a frame of the second record: the ping.
	v = l.Rows(AlignQuery{From: 1, N: 1, Frame: n - 3, Second: true})
	if v.At != n-2 || v.Nth != 0 || v.Before != (view.AlignedPlace{Row: n - 3, A: n - 3, B: -1}) || v.Next != (view.AlignedPlace{Row: n - 1, A: -1, B: n - 2}) || len(v.Rows) != 1 || v.From != 1 {
		t.Errorf("around the ping: %+v", v)
	}
	v = l.Rows(AlignQuery{N: 100, Frame: n - 3, Only: true})
	if got := sides(v); !slices.Equal(got, []string{want[0], want[2]}) || v.At != 0 || v.Nth != 1 || v.Next.Row != 1 || v.Total != 2 {
		t.Errorf("only what differs: %q, %+v", got, v)
	}
	if !l.Fresh(a, b) || l.Fresh(b, a) {
		t.Error("what an alignment is of")
	}
}

// Every row of both records stands in exactly one row, each record's own in order.
func TestAlignLeavesNothingOut(t *testing.T) {
	for i, x := range records {
		y := records[(i+1)%len(records)]
		a, b := feed(t, makeRecord(x.make)), feed(t, makeRecord(y.make))
		for _, other := range []*Analyser{a, b, New()} {
			v := Align(a, other).Rows(AlignQuery{N: MaxRows, Frame: -1})
			var as, bs []int
			for _, r := range v.Rows {
				if r.A != nil {
					as = append(as, r.A.Index)
				}
				if r.B != nil {
					bs = append(bs, r.B.Index)
				}
			}
			slices.Sort(bs)
			check := func(got []int, of *Analyser) {
				all, err := of.Rows(Query{N: MaxRows})
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != all.Total {
					t.Fatalf("%s and %s: %d rows of %d", x.name, y.name, len(got), all.Total)
				}
				for i, n := range got {
					if i != n {
						t.Fatalf("%s and %s: row %d is frame %d", x.name, y.name, i, n)
					}
				}
			}
			check(as, a)
			check(bs, other)
		}
	}
}
