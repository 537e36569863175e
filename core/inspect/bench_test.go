package inspect

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// benchRecord is the benchmark trace: n frames made from a seed, a third of
// them HEADERS with 12 fields of which 9 are in the table, half DATA, the rest
// others, 50 streams at a time. The octets are sound HTTP/2.
func benchRecord(n int, seed uint64) []trace.Entry {
	g := generator{rng: rand.New(rand.NewPCG(seed, seed)), enc: [2]*hpack.Encoder{hpack.NewEncoder(), hpack.NewEncoder()}, next: 1}
	g.entries = append(g.entries, &trace.Header{Version: 1, Title: "benchmark", Seed: seed},
		&trace.Conn{ID: 1, Client: "client", Server: "server", Vantage: trace.VantageBoth})
	g.put(trace.ToServer, []byte(frame.Preface))
	big := uint32(1 << 30)
	g.put(trace.ToServer, frame.AppendSettings(nil, []frame.Setting{{ID: frame.InitialWindowSize, Value: big}}))
	g.put(trace.ToClient, frame.AppendSettings(nil, []frame.Setting{{ID: frame.InitialWindowSize, Value: big}}))
	g.put(trace.ToServer, frame.AppendSettingsAck(nil))
	g.put(trace.ToClient, frame.AppendSettingsAck(nil))
	g.put(trace.ToServer, frame.AppendWindowUpdate(nil, 0, big-65535))
	g.put(trace.ToClient, frame.AppendWindowUpdate(nil, 0, big-65535))
	for g.frames < n {
		g.step()
	}
	g.flush()
	return g.entries
}

type generator struct {
	rng     *rand.Rand
	enc     [2]*hpack.Encoder
	next    uint32
	open    []genStream
	frames  int
	heads   int // HEADERS among them
	datas   int // DATA
	now     int64
	dir     trace.Dir
	buf     []byte
	batch   int
	entries []trace.Entry
}

type genStream struct {
	id       uint32
	answered bool
}

func (g *generator) put(dir trace.Dir, b []byte) {
	if dir != g.dir || g.batch == 4 {
		g.flush()
		g.dir = dir
	}
	g.buf = append(g.buf, b...)
	g.batch++
	g.frames++
}

// flush makes a chunk of what was put, and moves time on.
func (g *generator) flush() {
	if len(g.buf) > 0 {
		g.entries = append(g.entries, &trace.Chunk{Conn: 1, Dir: g.dir, SentAt: g.now, ReceivedAt: g.now + 2_000_000, Octets: g.buf})
	}
	g.buf, g.batch = nil, 0
	g.now += 100_000
}

// fields are 12 field lines; 9 repeat, 3 are new each time.
func (g *generator) fields(response bool) []hpack.Field {
	f := make([]hpack.Field, 0, 12)
	add := func(name, value string) { f = append(f, hpack.Field{Name: name, Value: value}) }
	if response {
		add(":status", "200")
		add("content-type", "text/html; charset=utf-8")
		add("server", "framewise")
		add("cache-control", "public, max-age=3600")
		add("vary", "accept-encoding")
		add("x-frame-options", "deny")
	} else {
		add(":method", "GET")
		add(":scheme", "https")
		add(":authority", "example.org")
		add("user-agent", "framewise/1.0 (benchmark)")
		add("accept", "text/html,application/xhtml+xml")
		add("accept-encoding", "gzip, br")
	}
	add("x-a", "one value that repeats")
	add("x-b", "another value that repeats")
	add("x-c", "a third")
	if response {
		add("etag", fmt.Sprintf("\"%08x\"", g.rng.Uint32()))
		add("x-length", fmt.Sprint(g.rng.IntN(1<<20)))
	} else {
		add(":path", fmt.Sprintf("/item/%d", g.rng.IntN(1<<20)))
		add("x-request-id", fmt.Sprintf("%08x", g.rng.Uint32()))
		f[1], f[len(f)-2] = f[len(f)-2], f[1] // pseudo-header fields first
		f[2], f[len(f)-2] = f[len(f)-2], f[2]
		f[3], f[len(f)-2] = f[len(f)-2], f[3]
	}
	add("date", fmt.Sprintf("Sun, 22 Nov 2026 %02d:%02d:%02d GMT", g.rng.IntN(24), g.rng.IntN(60), g.rng.IntN(60)))
	return f
}

func (g *generator) headers(dir trace.Dir, id uint32, response bool) {
	b := g.enc[dir].AppendBlock(nil, g.fields(response))
	g.put(dir, frame.AppendHeaders(nil, id, b, !response, true, nil, frame.NoPadding))
}

// step adds a frame of the type that is behind its share.
func (g *generator) step() {
	const atOnce = 50
	switch {
	case g.heads*3 <= g.frames:
		g.heads++
		if (len(g.open) == atOnce || g.rng.IntN(2) == 0) && g.answer() {
			return
		}
		if len(g.open) == atOnce {
			g.finish()
		}
		g.headers(trace.ToServer, g.next, false)
		g.open = append(g.open, genStream{id: g.next})
		g.next += 2
	case g.datas*2 <= g.frames && g.data():
	default:
		g.other()
	}
}

// answer sends the response on a stream that has none.
func (g *generator) answer() bool {
	for i := range g.open {
		if s := &g.open[i]; !s.answered {
			s.answered = true
			g.flush()
			g.now += 4_000_000 // the request has arrived
			g.headers(trace.ToClient, s.id, true)
			return true
		}
	}
	return false
}

// finish ends the oldest stream; all are answered.
func (g *generator) finish() {
	s := g.open[0]
	g.open = g.open[1:]
	g.put(trace.ToClient, frame.AppendData(nil, s.id, make([]byte, 200), true, frame.NoPadding))
	g.datas++
}

// data sends on any stream that is answered.
func (g *generator) data() bool {
	if len(g.open) == 0 {
		return false
	}
	first := g.rng.IntN(len(g.open))
	for i := range g.open {
		if s := g.open[(first+i)%len(g.open)]; s.answered {
			g.put(trace.ToClient, frame.AppendData(nil, s.id, make([]byte, 100+g.rng.IntN(400)), false, frame.NoPadding))
			g.datas++
			return true
		}
	}
	return false
}

func (g *generator) other() {
	if len(g.open) > 0 && g.rng.IntN(2) == 0 {
		g.put(trace.ToServer, frame.AppendWindowUpdate(nil, 0, 1+uint32(g.rng.IntN(100))))
		return
	}
	g.put(trace.Dir(g.rng.IntN(2)), frame.AppendPing(nil, [8]byte{1, 2, 3}, false))
}

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
