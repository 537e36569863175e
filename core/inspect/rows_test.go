package inspect

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// naiveRows is what a query should answer, made from all rows one by one.
func naiveRows(t testing.TB, a *Analyser, q Query) []view.Row {
	t.Helper()
	whole := New()
	*whole = *a
	whole.selections = nil
	all, err := whole.Rows(Query{N: MaxRows, Conn: q.Conn, Filter: q.Filter})
	if err != nil {
		t.Fatal(err)
	}
	list := all.Rows
	cut := len(list)
	for cut > 0 && list[cut-1].Kind == "cut" {
		cut--
	}
	tail := slices.Clone(list[cut:])
	list = list[:cut]
	switch {
	case q.Sort != "" && q.Sort != "time":
		key := func(r view.Row) int64 {
			switch q.Sort {
			case "stream":
				return int64(r.Stream)
			case "length":
				return int64(r.Length)
			case "direction":
				return int64(strings.Index("c2s s2c", r.Dir))
			}
			return int64(typeOrder(a.pick(r.Index, nil)))
		}
		sort.SliceStable(list, func(i, k int) bool {
			if q.Desc {
				return key(list[i]) > key(list[k])
			}
			return key(list[i]) < key(list[k])
		})
	case q.Collapse:
		list = naiveRuns(a, list, q)
	case q.Desc:
		slices.Reverse(list)
	}
	return append(list, tail...)
}

func naiveRuns(a *Analyser, list []view.Row, q Query) []view.Row {
	var runs [][]view.Row
	for _, r := range list {
		alike := false
		if n := len(runs); n > 0 {
			l := runs[n-1][0]
			alike = r.Kind == "frame" && l.Kind == "frame" && r.Type == l.Type && (r.Type == "DATA" || r.Type == "WINDOW_UPDATE") && r.Dir == l.Dir &&
				r.Conn == l.Conn && len(a.problemsOf(r.Index)) == 0 && len(a.problemsOf(l.Index)) == 0
		}
		if alike {
			runs[len(runs)-1] = append(runs[len(runs)-1], r)
		} else {
			runs = append(runs, []view.Row{r})
		}
	}
	long := runs[:0:0]
	for _, run := range runs {
		if len(run) >= minRun {
			long = append(long, run)
			continue
		}
		for i := range run {
			long = append(long, run[i:i+1])
		}
	}
	runs = long
	if q.Desc {
		slices.Reverse(runs)
	}
	var out []view.Row
	for _, run := range runs {
		if len(run) == 1 {
			out = append(out, run[0])
			continue
		}
		head, open := run[0], false
		for _, r := range run {
			open = open || slices.Contains(q.Open, r.Index)
		}
		head.Run = &view.Run{Count: len(run), Last: run[len(run)-1].Index, Open: open}
		out = append(out, head)
		if !open {
			continue
		}
		run = slices.Clone(run)
		if q.Desc {
			slices.Reverse(run)
		}
		for _, r := range run {
			r.Inside = true
			out = append(out, r)
		}
	}
	return out
}

func checkRows(t testing.TB, a *Analyser, q Query) {
	t.Helper()
	want := naiveRows(t, a, q)
	got, err := a.Rows(Query{N: MaxRows, Conn: q.Conn, Filter: q.Filter, Sort: q.Sort, Desc: q.Desc, Collapse: q.Collapse, Open: q.Open})
	if err != nil {
		t.Fatal(err)
	}
	if got.Total != len(want) || len(got.Rows) != len(want) {
		t.Fatalf("%+v: %d rows of %d, want %d", q, len(got.Rows), got.Total, len(want))
	}
	index := make(map[int]int) // of a frame → its row; of a run's frame → the run's
	for i := range want {
		g, w := got.Rows[i], want[i]
		if (g.Run == nil) != (w.Run == nil) || g.Index != w.Index || g.Inside != w.Inside {
			t.Fatalf("%+v: row %d is %+v, want %+v", q, i, g, w)
		}
		if g.Run == nil {
			if !reflect.DeepEqual(g, w) {
				t.Fatalf("%+v: row %d is %+v, want %+v", q, i, g, w)
			}
			index[g.Index] = i
			continue
		}
		if g.Run.Count != w.Run.Count || g.Run.Last != w.Run.Last || g.Run.Open != w.Run.Open {
			t.Fatalf("%+v: row %d is the run %+v, want %+v", q, i, g.Run, w.Run)
		}
		checkRun(t, a, g)
		if !g.Run.Open {
			for k := g.Index; k <= g.Run.Last; k++ {
				index[k] = i
			}
		}
	}
	for i := range a.rows.len() + len(a.tail()) {
		p, err := a.Position(i, q)
		if err != nil {
			t.Fatal(err)
		}
		at, listed := index[i]
		if p.Total != len(want) || p.At >= 0 && (!listed || p.At != at) || p.At < 0 && listed && q.Filter == "" {
			t.Fatalf("%+v: frame %d is at %+v, want %d (%v)", q, i, p, at, listed)
		}
		if p.At >= 0 && p.Near != p.At || p.Near > p.Total {
			t.Fatalf("%+v: frame %d is at %+v", q, i, p)
		}
	}
	for from := 0; from < len(want); from += 1 + len(want)/5 {
		part, _ := a.Rows(Query{From: from, N: 3, Conn: q.Conn, Filter: q.Filter, Sort: q.Sort, Desc: q.Desc, Collapse: q.Collapse, Open: q.Open})
		for k, r := range part.Rows {
			if !reflect.DeepEqual(r, got.Rows[from+k]) {
				t.Fatalf("%+v: row %d of a window is %+v, want %+v", q, from+k, r, got.Rows[from+k])
			}
		}
	}
}

// checkRun adds up a run.
func checkRun(t testing.TB, a *Analyser, g view.Row) {
	t.Helper()
	octets, frames := 0, 0
	streams := map[uint32]bool{}
	for i := g.Index; i <= g.Run.Last; i++ {
		r := a.row(i, nil)
		if r.Type != g.Type || r.Dir != g.Dir || r.Conn != g.Conn {
			continue // the filter left it out
		}
		frames++
		streams[r.Stream] = true
		if r.Type == "DATA" {
			octets += r.Length
			continue
		}
		n := 0
		fmt.Sscanf(r.Text, "+%d", &n)
		octets += n
	}
	if frames == g.Run.Count && (octets != g.Run.Octets || len(streams) > maxRunStreams != g.Run.More || !g.Run.More && len(streams) != len(g.Run.Streams)) {
		t.Fatalf("the run %+v has %d octets on %d streams", g.Run, octets, len(streams))
	}
}

var rowFilters = []string{"", "", "type:DATA", "type:DATA|WINDOW_UPDATE", "dir:s2c", "stream:1|3", "size>100", "error:*", "type:garbage|preface|cut|PING"}

func randomQuery(rng *rand.Rand, frames int) Query {
	q := Query{Filter: rowFilters[rng.IntN(len(rowFilters))], Desc: rng.IntN(2) == 0, Collapse: rng.IntN(4) > 0}
	q.Sort = []string{"", "", "", "time", "stream", "type", "length", "direction"}[rng.IntN(8)]
	for range rng.IntN(8) {
		q.Open = append(q.Open, rng.IntN(frames+3)-1)
	}
	return q
}

// Lists in runs, sorted and filtered equal those that are put together row by
// row, also when they grow while somebody looks.
func TestListsAgainstRowByRow(t *testing.T) {
	defer func() { minRun = MinRun }()
	for _, rec := range records {
		if rec.name != "windows" && rec.name != "violations" { // they are long
			checkLists(t, makeRecord(rec.make), 1)
		}
	}
	for seed := range uint64(60) {
		minRun = 2 + int(seed%7)
		rng := rand.New(rand.NewPCG(seed, 21))
		entries := randomFrames(rng)
		if rng.IntN(2) == 0 {
			entries = benchRecord(200, seed)
		}
		if checkLists(t, entries, seed); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkLists(t *testing.T, entries []trace.Entry, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 22))
	queries := []Query{{Collapse: true}, {Collapse: true, Desc: true}}
	for range 4 {
		queries = append(queries, randomQuery(rng, 60))
	}
	a := New()
	for i, e := range entries {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
		if i == len(entries)-1 || rng.IntN(1+len(entries)/4) == 0 {
			for _, q := range queries {
				checkRows(t, a, q)
			}
		}
	}
}

func TestRunsInWords(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	r.open()
	r.c2s(request(1, "/", true), request(3, "/b", true))
	r.at(20).s2c(response(1, false), response(3, false), data(1, 10, false), data(3, 10, false), data(3, 10, false), data(1, 1, false),
		data(1, 1, false), data(1, 1, false), data(1, 1, false), data(1, 1, true))
	update := func(id, n uint32) []byte { return frame.AppendWindowUpdate(nil, id, n) }
	r.at(30).c2s(update(0, 1), update(0, 1), update(0, 1), update(0, 2), update(0, 1), update(0, 1), update(0, 1), update(3, 2))
	r.at(40).s2c(data(3, 7, false), data(3, 7, false), data(3, 7, false)) // too few for a run
	a := feed(t, r.entries)
	rows, err := a.Rows(Query{N: 100, Collapse: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range rows.Rows {
		if v.Run != nil {
			got = append(got, v.Text)
		}
	}
	want := []string{"× 8 DATA · 35 B · streams 1, 3", "× 8 WINDOW_UPDATE · +10 · streams 0, 3"}
	if !slices.Equal(got, want) {
		t.Errorf("runs %q, want %q", got, want)
	}
	if _, err := a.Rows(Query{Sort: "color"}); err == nil || !strings.Contains(err.Error(), "by time, stream, type, length or direction") {
		t.Errorf("sorting by color: %v", err)
	}
	if _, err := a.Position(99, Query{}); err == nil {
		t.Error("the position of a frame that is not there: no error")
	}
	b, _ := json.Marshal(rows)
	if strings.Count(string(b), `"Run":{`) != 2 {
		t.Errorf("%s", b)
	}
}

// BenchmarkLists prints the time of a window of 60 rows, and of finding a frame,
// in lists of 100,000 that are kept.
func BenchmarkLists(b *testing.B) {
	a := feed(b, benchRecord(100_000, 1))
	rng := rand.New(rand.NewPCG(1, 2))
	for _, q := range []Query{{Collapse: true}, {Collapse: true, Filter: "type:DATA"}, {Sort: "length"}, {Sort: "stream", Desc: true, Filter: "dir:s2c"}} {
		for range 500 {
			q.Open = append(q.Open, rng.IntN(a.rows.len()))
		}
		b.Run(fmt.Sprintf("first/%s%s", q.Sort, q.Filter), func(b *testing.B) {
			for range b.N {
				a.selections = nil
				if _, err := a.Rows(q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("window/%s%s", q.Sort, q.Filter), func(b *testing.B) {
			for range b.N {
				q.N, q.From = 60, 0
				if p, err := a.Position(rng.IntN(a.rows.len()), q); err == nil {
					q.From = p.Near
				}
				if _, err := a.Rows(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
