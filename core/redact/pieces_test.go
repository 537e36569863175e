package redact

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect/view"
	"framewise/core/trace"

	xhpack "golang.org/x/net/http2/hpack"
)

// pieces makes what ways consist of: whole, cut and wrong.
type pieces struct {
	rng *rand.Rand
	buf bytes.Buffer
	enc *xhpack.Encoder
}

func newPieces(seed uint64) *pieces {
	p := &pieces{rng: rand.New(rand.NewPCG(seed, 9))}
	p.enc = xhpack.NewEncoder(&p.buf)
	return p
}

func (p *pieces) block() []byte {
	p.buf.Reset()
	for range p.rng.IntN(3) {
		p.enc.WriteField(hpack.Field{
			Name:  []string{":path", "x-secret", "accept", "cookie"}[p.rng.IntN(4)],
			Value: []string{"/a?b=c", "text/html", "s3cret", ""}[p.rng.IntN(4)],
		})
	}
	return bytes.Clone(p.buf.Bytes())
}

func (p *pieces) random(n int) []byte {
	likely := []byte{0, 0, 0, 1, 2, 4, 8, 'x', '\n', '\r', ' ', 'P', 'H', 0xff}
	b := make([]byte, p.rng.IntN(n+1))
	for i := range b {
		b[i] = byte(p.rng.Uint32())
		if p.rng.IntN(2) == 0 {
			b[i] = likely[p.rng.IntN(len(likely))]
		}
	}
	return b
}

func (p *pieces) raw(t byte, flags byte, payload []byte) []byte {
	return append([]byte{0, 0, byte(len(payload)), t, flags, 0, 0, 0, byte(p.rng.IntN(4))}, payload...)
}

func (p *pieces) next() []byte {
	var b []byte
	rng := p.rng
	switch rng.IntN(14) {
	case 0:
		b = []byte(frame.Preface)
	case 1, 2:
		b = frame.AppendSettings(nil, nil)
	case 3:
		b = frame.AppendSettings(nil, []frame.Setting{{ID: frame.MaxFrameSize, Value: []uint32{16384, 1 << 20, 1<<24 - 1, 5}[rng.IntN(4)]}, {ID: 99, Value: 7}})
	case 4:
		b = frame.AppendHeaders(nil, 1, p.block(), true, rng.IntN(3) > 0, nil, frame.NoPadding)
	case 5:
		b = frame.AppendPing(nil, [8]byte([]byte("abcdefgh")), rng.IntN(2) == 0)
	case 6, 7, 8:
		b = p.raw(byte(rng.IntN(18)), byte(rng.Uint32()), p.random(20))
	case 9:
		b = p.random(30)
	case 10:
		b = []byte("GET /a?b HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\r\n")
	case 11:
		b = []byte("HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n")
	case 12:
		b = p.raw(byte(frame.Continuation), byte(rng.IntN(2)*4), p.block())
	case 13:
		b = []byte("xxxxxxxxxxxx")[:rng.IntN(12)]
	}
	if len(b) > 0 && rng.IntN(20) == 0 {
		b = b[:rng.IntN(len(b))]
	}
	if len(b) > 0 && rng.IntN(20) == 0 {
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
	}
	return b
}

// chunked gives the octets of both ways to chunks of an open connection.
func chunked(rng *rand.Rand, rest [2][]byte, most int) []trace.Entry {
	entries := []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 1, Vantage: trace.VantageBoth}}
	for len(rest[0])+len(rest[1]) > 0 {
		dir := rng.IntN(2)
		if n := min(len(rest[dir]), 1+rng.IntN(most)); n > 0 {
			at := int64(len(entries))
			entries = append(entries, &trace.Chunk{Conn: 1, Dir: trace.Dir(dir), SentAt: at, ReceivedAt: at, Octets: rest[dir][:n]})
			rest[dir] = rest[dir][n:]
		}
	}
	return entries
}

func TestTwice(t *testing.T) {
	const seeds = 20000
	whole := 0
	for seed := range uint64(seeds) {
		p := newPieces(seed)
		var way [2][]byte
		if p.rng.IntN(2) == 0 { // many of these stay in step
			way[0] = []byte(frame.Preface)
		}
		for dir := range way {
			for range 1 + p.rng.IntN(5) {
				way[dir] = append(way[dir], p.next()...)
			}
		}
		if twice(t, chunked(p.rng, way, 40)) {
			whole++
		}
		if t.Failed() {
			t.Fatalf("seed %d: up %q, down %q", seed, way[0], way[1])
		}
	}
	if whole < seeds/20 {
		t.Errorf("only %d of %d records hold nothing but whole frames", whole, seeds)
	}
	t.Logf("%d of %d records hold nothing but whole frames", whole, seeds)
}

// twice holds what redacting promises of any record. Chunks keep their lengths;
// where all octets are frames, these stay where they were, and what was redacted
// is not changed any more. (What is no frame may come to be read otherwise once
// its octets are gone: then it goes again.) It reports whether all were frames.
func twice(t *testing.T, entries []trace.Entry) bool {
	t.Helper()
	out, _ := Record(entries, Options{})
	if len(out) != len(entries) {
		t.Fatalf("%d entries became %d", len(entries), len(out))
	}
	for i := range out {
		if c, ok := out[i].(*trace.Chunk); ok && len(c.Octets) != len(entries[i].(*trace.Chunk).Octets) {
			t.Fatalf("entry %d: %d octets became %d", i, len(entries[i].(*trace.Chunk).Octets), len(c.Octets))
		}
	}
	if !sound(rows(t, entries)) {
		return false
	}
	framesKept(t, entries, out)
	again, _ := Record(out, Options{})
	if a, b, c := joined(entries), joined(out), joined(again); b != c {
		t.Errorf("what was redacted is redacted to something else:\nup   %q\n  →  %q\n  →  %q\ndown %q\n  →  %q\n  →  %q", a[0], b[0], c[0], a[1], b[1], c[1])
	}
	return true
}

// sound says whether a record holds nothing but whole frames.
func sound(rows []view.Row) bool {
	for _, r := range rows {
		if r.Kind != "frame" && r.Kind != "preface" {
			return false
		}
	}
	return true
}
