package inspect

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// fuzzRecord makes a record of arbitrary octets: each chunk begins with two
// that tell its direction, times and length.
func fuzzRecord(in []byte) []trace.Entry {
	out := []trace.Entry{&trace.Header{Version: 1}}
	vantages := []trace.Vantage{trace.VantageBoth, trace.VantageClient, trace.VantageServer, trace.VantageMiddle}
	if len(in) < 2 {
		return out
	}
	flags := in[0]
	out = append(out, &trace.Conn{ID: 1, Vantage: vantages[flags&3]})
	if flags&4 == 0 {
		out = append(out, &trace.Chunk{Conn: 1, Octets: []byte(frame.Preface)})
	}
	now := int64(0)
	for in = in[1:]; len(in) > 2; {
		head, n := in[0], int(in[1])
		in = in[2:]
		n = min(n, len(in))
		now += int64(head >> 5)
		c := &trace.Chunk{Conn: 1, Dir: trace.Dir(head & 1), SentAt: now, ReceivedAt: now + int64(head>>1&7), Octets: in[:n]}
		in = in[n:]
		switch {
		case head == 0xfe:
			c.ReceivedAt = -1
		case head == 0xfd && n > 0:
			c.Received = append([]byte(nil), c.Octets...)
			c.Received[0] ^= 1
		}
		out = append(out, c)
	}
	return out
}

// fuzzInput is the inverse, for the corpus.
func fuzzInput(entries []trace.Entry) []byte {
	out := []byte{4}
	for _, e := range entries {
		c, ok := e.(*trace.Chunk)
		if !ok {
			continue
		}
		for b := c.Octets; len(b) > 0; {
			n := min(len(b), 255)
			out = append(append(out, byte(c.Dir)|2<<1|1<<5, byte(n)), b[:n]...)
			b = b[n:]
		}
	}
	return out
}

func FuzzAnalyser(f *testing.F) {
	for _, rec := range records {
		if rec.name != "windows" && rec.name != "violations" { // they are long
			f.Add(fuzzInput(makeRecord(rec.make)), uint64(1))
		}
	}
	f.Add([]byte{0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1, 18, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1, 'x'}, uint64(7))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		if len(in) > 1<<14 {
			t.Skip("too long to ask for everything")
		}
		checkRecord(t, fuzzRecord(in), rand.New(rand.NewPCG(seed, 5)))
	})
}

// checkRecord checks what holds for every record: at once, and in pieces of
// random sizes with questions in between, the answers are the same, and the
// rows cover all octets.
func checkRecord(t *testing.T, entries []trace.Entry, rng *rand.Rand) {
	t.Helper()
	at := feed(t, entries)
	want := answers(t, at)
	checkTiles(t, at)
	step := New()
	for _, e := range cutUp(entries, rng, 1+rng.IntN(60)) {
		if err := step.Feed(e); err != nil {
			t.Fatal(err)
		}
		if rng.IntN(4) == 0 {
			step.Summary() // lets what is under way arrive, and then not
		}
	}
	if got := answers(t, step); !hasTransit(entries) && !bytes.Equal(got, want) {
		t.Fatalf("in pieces, asked in between:\n%s", firstDifference(got, want))
	}
	checkTiles(t, step)
	checkRows(t, at, randomQuery(rng, at.rows.len()))
	checkLines(t, at, rng.IntN(at.rows.len()+1))
	checkTold(t, at)
	if v := Compare(at, step); !hasTransit(entries) && !v.Same {
		t.Fatalf("in pieces: %+v", v.Differences[0])
	}
}

// TestRandomFrames is for what arbitrary octets hardly ever become: frames that
// are mostly sound, in any order.
func TestRandomFrames(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 11))
		entries := randomFrames(rng)
		if t.Run("", func(t *testing.T) { checkRecord(t, entries, rng) }); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomFrames(rng *rand.Rand) []trace.Entry {
	vantages := []trace.Vantage{trace.VantageBoth, trace.VantageClient, trace.VantageServer, trace.VantageMiddle}
	out := []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 1, Vantage: vantages[rng.IntN(4)]}}
	now := int64(0)
	put := func(dir trace.Dir, b []byte) {
		out = append(out, &trace.Chunk{Conn: 1, Dir: dir, SentAt: now, ReceivedAt: now + rng.Int64N(8), Octets: b})
	}
	if rng.IntN(8) > 0 {
		put(trace.ToServer, append([]byte(frame.Preface), settings()...))
		put(trace.ToClient, settings())
	}
	for range 5 + rng.IntN(60) {
		now += rng.Int64N(4)
		b := randomFrame(rng)
		switch rng.IntN(40) {
		case 0:
			b = b[:rng.IntN(len(b))] // what follows is out of step
		case 1:
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
		if rng.IntN(150) == 0 {
			out = append(out, &trace.Chunk{Conn: 1, SentAt: now, ReceivedAt: -1, Octets: b})
			continue
		}
		put(trace.Dir(rng.IntN(2)), b)
	}
	return out
}

// randomFrame is a frame that is sound in itself, more often than not one that
// fits on its stream.
func randomFrame(rng *rand.Rand) []byte {
	id := uint32(1 + 2*rng.IntN(5))
	if rng.IntN(8) == 0 {
		id = uint32(rng.IntN(9))
	}
	pad := frame.NoPadding
	if rng.IntN(5) == 0 {
		pad = rng.IntN(6)
	}
	end, whole := rng.IntN(3) == 0, rng.IntN(6) > 0
	block := getBlock("/x")
	if rng.IntN(3) == 0 {
		block = []byte{0x88, byte(0xbe + rng.IntN(3)), 0x40, 1, 'a', 1, byte('a' + rng.IntN(26))}
	}
	switch rng.IntN(14) {
	case 0, 1, 2:
		return frame.AppendHeaders(nil, id, block[:len(block)-rng.IntN(2)], end, whole, nil, pad)
	case 3, 4, 5:
		return frame.AppendData(nil, id, make([]byte, rng.IntN(300)), end, pad)
	case 6:
		return frame.AppendPushPromise(nil, id, uint32(2*rng.IntN(6)), block, whole, pad)
	case 7:
		return frame.AppendContinuation(nil, id, block[:rng.IntN(len(block))], whole)
	case 8:
		return frame.AppendRSTStream(nil, id, frame.ErrCode(rng.IntN(15)))
	case 9:
		return settings(uint32(1+rng.IntN(9)), uint32(rng.IntN(3)*rng.IntN(40000)))
	case 10:
		return append([]byte(nil), ack...)
	case 11:
		if rng.IntN(2) == 0 {
			id = 0
		}
		return frame.AppendWindowUpdate(nil, id, uint32(rng.IntN(2)*(1+rng.IntN(1<<30))))
	case 12:
		return frame.AppendGoAway(nil, id, frame.ErrCode(rng.IntN(15)), []byte("bye"))
	}
	payload := make([]byte, rng.IntN(12))
	return frame.AppendRaw(nil, frame.Header{Type: frame.Type(rng.IntN(20)), Flags: frame.Flags(rng.IntN(256)), StreamID: id}, payload)
}

// hasTransit says whether octets were lost or changed: their problem belongs to
// a chunk, so pieces make more of them.
func hasTransit(entries []trace.Entry) bool {
	for _, e := range entries {
		if c, ok := e.(*trace.Chunk); ok && (c.Received != nil || c.ReceivedAt < 0) {
			return true
		}
	}
	return false
}

// checkTiles checks that the rows of each direction cover its octets without
// gap or overlap, that every filter and text form takes every row, and that
// times and numbers are in order.
func checkTiles(t *testing.T, a *Analyser) {
	t.Helper()
	tail := a.tail()
	ends := map[*direction]int64{}
	for i := range a.rows.len() + len(tail) {
		p := a.pick(i, tail)
		d := &p.c.dirs[p.r.dir()]
		if p.r.off != ends[d] {
			t.Fatalf("row %d begins at octet %d of its direction, the one before ends at %d", i, p.r.off, ends[d])
		}
		n := p.Size()
		switch p.r.kind() {
		case kindFrame:
			n += frame.HeaderLen
		case kindCut:
			n = int64(p.have)
		}
		ends[d] = p.r.off + n
		v, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		if v.Row.Kind != "garbage" && v.Row.Kind != "cut" && int64(len(v.Octets)) != n {
			t.Fatalf("row %d shows %d of %d octets", i, len(v.Octets), n)
		}
		AppendJSON(nil, v)
		p.Fields()
		p.Error("*")
	}
	for _, c := range a.conns {
		for dir := range c.dirs {
			if d := &c.dirs[dir]; ends[d] != d.total {
				t.Fatalf("the rows of direction %d cover %d of %d octets", dir, ends[d], d.total)
			}
		}
	}
}
