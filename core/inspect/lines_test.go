package inspect

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"framewise/core/hpack"
)

// checkLines holds AppendLines equal to the lines of the rows.
func checkLines(t *testing.T, a *Analyser, from int) {
	t.Helper()
	for _, q := range []Query{{From: from, N: MaxRows}, {N: MaxRows, Filter: "dir:s2c"}, {N: MaxRows, Sort: "stream", Collapse: true}} {
		for _, conns := range []bool{false, true} {
			got, n, err := a.AppendLines([]byte("x"), q, conns)
			if err != nil {
				t.Fatal(err)
			}
			flat := q
			flat.Collapse = false
			rows, err := a.Rows(flat)
			if err != nil {
				t.Fatal(err)
			}
			want := []byte("x")
			for _, r := range rows.Rows {
				want = AppendLine(want, r, conns)
			}
			if n != len(rows.Rows) || !bytes.Equal(got, want) {
				t.Fatalf("AppendLines of %+v: %d lines, %d rows\n%s", q, n, len(rows.Rows), firstDifference(got, want))
			}
		}
	}
}

// checkTold holds what Told says equal to what Detail does.
func checkTold(t *testing.T, a *Analyser) {
	t.Helper()
	n := a.Whole() + len(a.tail())
	for i := range n {
		told, err := a.Told(i)
		d, err2 := a.Detail(i)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		got := AppendJSON(AppendVerbose(nil, told, true), told)
		if want := AppendJSON(AppendVerbose(nil, d, true), d); !bytes.Equal(got, want) {
			t.Fatalf("frame %d\n%s", i, firstDifference(got, want))
		}
	}
	for _, i := range []int{-1, n} {
		if _, err := a.Told(i); err == nil {
			t.Errorf("frame %d of %d is no error", i, n)
		}
	}
}

func TestLinesOfGoldenRecords(t *testing.T) {
	for _, rec := range records {
		t.Run(rec.name, func(t *testing.T) {
			a := feed(t, makeRecord(rec.make))
			checkLines(t, a, 0)
			checkTold(t, a)
		})
	}
	a := feed(t, benchRecord(5000, 3))
	checkLines(t, a, 0)
	if _, _, err := a.AppendLines(nil, Query{N: 1, Filter: "type:NONE"}, false); err == nil {
		t.Error("a filter that is wrong is no error")
	}
}

func TestAppendMillis(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	times := []int64{0, 1, 499, 500, 501, 999, 1000, 1500, 2500, 999_499, 999_500, 999_501, 999_999, 1_000_000, -1, -1500, math.MaxInt64 >> 12}
	for range 10000 {
		times = append(times, rng.Int64N(1<<uint(1+rng.IntN(50))))
	}
	for _, ns := range times {
		want := strconv.FormatFloat(float64(ns)/1e6, 'f', 3, 64)
		want = strings.Repeat(" ", max(0, timeWidth-len(want))) + want
		if got := string(appendMillis(nil, ns, timeWidth)); got != want {
			t.Errorf("%d ns are %q, want %q", ns, got, want)
		}
	}
}

// TestRepeats holds what is remembered equal to what is explained anew: blocks that
// come again, with and without changes of the table, broken ones, and two tables
// that share a place.
func TestRepeats(t *testing.T) {
	blocks := [][]byte{
		{0x82, 0x84, 0x86},                       // static only
		{0x82, 0x84, 0x86, 0x04, 0x02, '/', 'a'}, // a literal beside them
		{0x82, 0x44, 0x02, '/', 'b'},             // inserts
		{0x82, 0xbe},                             // the newest entry, if there is one
		{0x20, 0x82},                             // the table's size to 0
		{0x3f, 0xe1, 0x1f, 0x82},                 // and to 4096
		{0x80},                                   // broken
		{0x82, 0x84, 0x04},                       // cut
		{},                                       // empty
		append([]byte{0x04, 0x7f, 0x81, 0x03}, bytes.Repeat([]byte("p"), 512)...), // too long to be remembered
	}
	rng := rand.New(rand.NewPCG(4, 7))
	tables := []*hpack.Table{hpack.NewTable(), hpack.NewTable()}
	plain := []*hpack.Table{hpack.NewTable(), hpack.NewTable()}
	var m repeats
	var reuse []hpack.Rep
	which, block, known := 0, 0, 0
	for range 20000 {
		if rng.IntN(3) == 0 {
			which = rng.IntN(2)
		}
		if rng.IntN(3) == 0 {
			block = rng.IntN(len(blocks))
		}
		if m.slots[0].known && m.slots[0].table == tables[which] {
			known++
		}
		got, gotErr := m.explain(tables[which], 16*which, blocks[block], &reuse)
		want, wantErr := plain[which].Explain(blocks[block], nil)
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) || (gotErr == nil) != (wantErr == nil) || tables[which].Mark() != plain[which].Mark() {
			t.Fatalf("block %x: %+v, %v; want %+v, %v", blocks[block], got, gotErr, want, wantErr)
		}
	}
	if known < 100 {
		t.Errorf("only %d times was a block remembered", known)
	}
}
