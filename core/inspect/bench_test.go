package inspect

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"framewise/core/trace"
	"framewise/e2e/bench/made"
)

func benchRecord(n int, seed uint64) []trace.Entry { return made.Record(n, seed) }

func TestBenchmarkRecordIsSound(t *testing.T) {
	entries := benchRecord(20000, 1)
	a := feed(t, entries)
	s := a.Summary()
	if s.Faults != 0 {
		t.Fatalf("the benchmark's record breaks rules: %d problems, the first %+v", s.Faults, s.Problems[0])
	}
	share := map[string]int{}
	for _, c := range s.Types {
		share[c.Type] = c.Count * 100 / s.Frames
	}
	if h, d := share["HEADERS"], share["DATA"]; h < 30 || h > 37 || d < 45 || d > 55 {
		t.Errorf("the benchmark's record has %d %% HEADERS and %d %% DATA, want a third and a half", h, d)
	}
	// nine of twelve fields come from a table
	d, err := a.Detail(15000)
	for i := 15000; err == nil && d.Block == nil; i++ {
		d, err = a.Detail(i)
	}
	if err != nil {
		t.Fatal(err)
	}
	indexed := 0
	for _, r := range d.Block.Reps {
		if r.Kind == "Indexed" {
			indexed++
		}
	}
	if len(d.Block.Reps) != 12 || indexed != 9 {
		t.Errorf("a field block has %d representations, %d indexed; want 12 and 9: %+v", len(d.Block.Reps), indexed, d.Block.Reps)
	}
}

// BenchmarkFeed prints frames a second, allocations and octets of heap a frame
// beyond the record.
func BenchmarkFeed(b *testing.B) {
	const frames = 100_000
	entries := benchRecord(frames, 1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	a := feed(b, entries)
	runtime.GC()
	runtime.ReadMemStats(&after)
	n := a.rows.len()
	heap := float64(after.HeapAlloc-before.HeapAlloc) / float64(n)
	runtime.KeepAlive(a)
	a = nil
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		feed(b, entries)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "frames/s")
	b.ReportMetric(heap, "heap-B/frame")
}

// BenchmarkJump prints the time of a detail at random frames.
func BenchmarkJump(b *testing.B) {
	a := feed(b, benchRecord(100_000, 1))
	rng := rand.New(rand.NewPCG(1, 2))
	worst := time.Duration(0)
	b.ResetTimer()
	for range b.N {
		at := time.Now()
		if _, err := a.Detail(rng.IntN(a.rows.len())); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(at))
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-µs")
}

// BenchmarkRows prints the time of a window of 60 rows at random places.
func BenchmarkRows(b *testing.B) {
	a := feed(b, benchRecord(100_000, 1))
	rng := rand.New(rand.NewPCG(1, 2))
	b.ResetTimer()
	for range b.N {
		if _, err := a.Rows(Query{From: rng.IntN(a.rows.len()), N: 60}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFilter prints the time that filters take for the whole record.
func BenchmarkFilter(b *testing.B) {
	a := feed(b, benchRecord(100_000, 1))
	for _, f := range []string{"type:DATA size>300", "stream:101", `header:":path=/item/1*"`, "error:*"} {
		b.Run(f, func(b *testing.B) {
			for range b.N {
				a.selections = nil
				if _, err := a.Rows(Query{N: 60, Filter: f}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkViews prints the time of the answers that views ask for again and
// again while somebody moves through time.
func BenchmarkViews(b *testing.B) {
	a := feed(b, benchRecord(100_000, 1))
	rng := rand.New(rand.NewPCG(1, 2))
	for _, v := range []struct {
		name string
		ask  func(frame int) error
	}{
		{"flow/first", func(int) error {
			a.flowCache = flowCache{}
			_, err := a.Flow(FlowQuery{Dir: "s2c", Frame: -1})
			return err
		}},
		{"flow/again", func(frame int) error { _, err := a.Flow(FlowQuery{Dir: "s2c", Frame: frame}); return err }},
		{"lanes", func(frame int) error {
			_, err := a.Lanes(LaneQuery{From: frame % a.lanes.len(), N: 40})
			return err
		}},
		{"find", func(frame int) error {
			_, err := a.Find(Search{From: frame, Filter: "window<0"})
			return err
		}},
	} {
		b.Run(v.name, func(b *testing.B) {
			for range b.N {
				if err := v.ask(rng.IntN(a.rows.len())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
