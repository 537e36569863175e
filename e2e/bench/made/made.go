// Package made makes records for measurements, the same each time for a seed.
//
// It imports core/frame, core/hpack and core/trace. Benchmarks of core/inspect
// and of the page use it.
package made

import (
	"fmt"
	"math/rand/v2"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// Record is the benchmark trace: n frames made from a seed, a third of
// them HEADERS with 12 fields of which 9 are in the table, half DATA, the rest
// others, 50 streams at a time. The octets are sound HTTP/2.
func Record(n int, seed uint64) []trace.Entry {
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
