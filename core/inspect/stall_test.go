package inspect

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// flowRecord is a record in which windows are small and senders mostly keep to
// them, so that there are many stalls of every kind.
func flowRecord(rng *rand.Rand) []trace.Entry {
	out := []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 1, Vantage: trace.VantageBoth}}
	now := int64(0)
	put := func(dir int, b []byte) {
		out = append(out, &trace.Chunk{Conn: 1, Dir: trace.Dir(dir), SentAt: now, ReceivedAt: now + 1 + rng.Int64N(9), Octets: b})
	}
	put(client, append([]byte(frame.Preface), settings(4, uint32(rng.IntN(3)*200))...))
	put(server, settings(4, uint32(rng.IntN(3)*100)))
	a := New() // tells what the senders may send
	fed := 0
	next := uint32(1)
	for range 10 + rng.IntN(80) {
		now += rng.Int64N(5)
		for ; fed < len(out); fed++ {
			a.Feed(out[fed])
		}
		dir := rng.IntN(2)
		id := 1 + 2*uint32(rng.IntN(int(next/2)+1))
		switch c := a.conns[0]; rng.IntN(12) {
		case 0, 1:
			put(client, request(next, "/", rng.IntN(2) == 0))
			next += 2
		case 2, 3:
			put(server, response(id, rng.IntN(4) == 0))
		case 4, 5, 6, 7:
			slot := c.slotOf(id)
			if slot == 0 {
				continue
			}
			w := min(c.sendWindow(dir, slot, c.ends[dir].sent, c.ends[dir].recvd), c.sendWindow(dir, 0, c.ends[dir].sent, c.ends[dir].recvd), 16000)
			if rng.IntN(3) == 0 {
				w = rng.Int64N(300) // more than allowed, or less
			}
			put(dir, data(id, int(max(w, 0)), rng.IntN(6) == 0))
		case 8:
			put(dir, settings(4, uint32(rng.IntN(4)*70)))
		case 9:
			put(dir, frame.AppendWindowUpdate(nil, id*uint32(rng.IntN(2)), 1+uint32(rng.IntN(300))))
		case 10:
			if rng.IntN(3) == 0 {
				put(dir, frame.AppendRSTStream(nil, id, frame.Cancel))
			}
		case 11: // the connection's window goes at once
			for k := 0; k < 5 && rng.IntN(3) > 0; k++ {
				put(dir, data(id, 16000, false))
			}
		}
	}
	return out
}

// naiveStalls goes through the events of a sender one by one. It returns which
// streams wait after each event, for which windows.
func naiveStalls(c *connection, e int) (waits []map[uint32]uint8, rows []int) {
	n := int(c.ends[e].events)
	waits, rows = make([]map[uint32]uint8, n+1), make([]int, n+1)
	for i := range c.a.rows.len() {
		r := c.a.rows.at(i)
		if r.kind() != kindFrame {
			continue
		}
		if r.dir() == e {
			rows[r.sent] = i
		} else if r.recv != 0 {
			rows[r.recv] = i
		}
	}
	sent, recvd := uint32(0), uint32(0)
	begun := map[uint32]bool{}
	stuck := map[uint32]uint8{}
	was := map[uint32][2]bool{} // stream: had its own window and the connection's room before?
	for ev := 1; ev <= n; ev++ {
		r := c.a.rows.at(rows[ev])
		own := r.dir() == e
		if own {
			sent++
			if r.typ() == frame.Headers && r.slot != 0 && !r.is(bitIgnored) && !r.flags.Has(frame.FlagEndStream) {
				begun[r.slot] = true
			}
		} else {
			recvd++
		}
		next := map[uint32]uint8{}
		for slot := range begun {
			if !canSend(c.stateAt(e, slot, uint32(ev))) {
				continue
			}
			w, conn := c.sendWindow(e, slot, sent, recvd), c.sendWindow(e, 0, sent, recvd)
			before, known := was[slot]
			if !known {
				before = [2]bool{true, true} // it begins to wait with its first frame
			}
			which := stuck[slot]
			if w <= 0 && before[0] {
				which |= stallStream
			}
			if conn <= 0 && before[1] {
				which |= stallConnection
			}
			if w > 0 && conn > 0 {
				which = 0
			}
			if which != 0 {
				next[slot] = which
			}
			was[slot] = [2]bool{w > 0, conn > 0}
		}
		stuck, waits[ev] = next, next
	}
	return waits, rows
}

// At every moment the streams that the stalls name are those that have begun a
// message and can't go on.
func TestStallsAgainstEventByEvent(t *testing.T) {
	stalls, voids, both := 0, 0, 0
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 31))
		a := feed(t, flowRecord(rng))
		a.settle()
		c := a.conns[0]
		for e := range c.ends {
			waits, rows := naiveStalls(c, e)
			ends := c.resolve(e).ends
			for ev := 1; ev < len(waits); ev++ {
				got := map[uint32]bool{}
				for i, end := range ends {
					x := c.dirs[e].stalls.at(i)
					if ev == 1 {
						stalls++
						if end.void {
							voids++
						}
						if x.which == 3 {
							both++
						}
						if rows[x.event] != int(x.row) || end.event != 0 && rows[end.event] != int(end.row) {
							t.Fatalf("seed %d: stall %+v to %+v, but its events are rows %d and %d", seed, x, end, rows[x.event], rows[end.event])
						}
					}
					if int(x.event) > ev || end.event != 0 && int(end.event) <= ev {
						continue
					}
					m := &moment{}
					m.sent[e] = uint32(ev)
					for _, id := range c.waits(e, x, m) {
						if slot := c.slotOf(id); canSend(c.stateAt(e, slot, uint32(ev))) {
							got[slot] = true
						}
					}
				}
				want := map[uint32]bool{}
				for slot := range waits[ev] {
					want[slot] = true
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, %s, event %d (row %d): stalls name the slots %v, going through gives %v", seed, endNames[e], ev, rows[ev], got, waits[ev])
				}
			}
		}
		checkStallList(t, a)
	}
	t.Logf("%d stalls, %d of senders that had nothing more to send, %d of both windows", stalls, voids, both)
	if stalls < 500 || voids < 20 || both < 20 {
		t.Errorf("the records hold too few stalls to show anything: %d, %d void, %d of both windows", stalls, voids, both)
	}
}

// checkStallList compares what is listed, what goes on at a frame and what the
// rows and searches say.
func checkStallList(t *testing.T, a *Analyser) {
	t.Helper()
	all, err := a.Stalls(StallQuery{N: MaxRows, Frame: -1})
	if err != nil {
		t.Fatal(err)
	}
	if n := a.Summary().Stalls; n != all.Total || len(all.Stalls) != n {
		t.Fatalf("%d stalls are listed, %d in all, the summary says %d", len(all.Stalls), all.Total, n)
	}
	marks := map[int]int{}
	for i, s := range all.Stalls {
		marks[s.Frame] |= 1
		if s.Last >= 0 {
			marks[s.Last] |= 2
		}
		if s.Last >= 0 && s.LastAt-s.At != s.For || s.For < 0 || s.Text == "" || i > 0 && s.Frame < all.Stalls[i-1].Frame {
			t.Fatalf("stall %+v", s)
		}
		one, err := a.Stalls(StallQuery{N: 1, From: i, Frame: -1})
		if err != nil || len(one.Stalls) != 1 || !reflect.DeepEqual(one.Stalls[0], s) {
			t.Fatalf("stall %d alone is %+v, want %+v", i, one, s)
		}
	}
	next := -1
	for i := range a.rows.len() {
		if got := slices.Index([]string{"", "begin", "end", "both"}, a.row(i, nil).Stall); got != marks[i] {
			t.Fatalf("row %d has the mark %d, want %d", i, got, marks[i])
		}
		if marks[i] == 0 {
			continue
		}
		f, err := a.Find(Search{From: next, What: "stall"})
		if err != nil || f.Frame != i {
			t.Fatalf("the stall behind frame %d is at %+v, want %d", next, f, i)
		}
		next = i
	}
	if f, err := a.Find(Search{From: next, Filter: "stall:*"}); err != nil || f.Frame != -1 || f.Next != -1 {
		t.Fatalf("behind the last stall there is %+v", f)
	}
}

func TestStallsWhileTheRecordGrows(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 33))
		entries := flowRecord(rng)
		a := New()
		for i, e := range entries {
			if err := a.Feed(e); err != nil {
				t.Fatal(err)
			}
			if rng.IntN(3) > 0 {
				continue
			}
			checkKept(t, a, feed(t, entries[:i+1]), "stall:*", "-stall:end", "text:9")
			got, err := a.Stalls(StallQuery{N: MaxRows, Frame: -1})
			if err != nil {
				t.Fatal(err)
			}
			want, err := feed(t, entries[:i+1]).Stalls(StallQuery{N: MaxRows, Frame: -1})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, after entry %d: %+v\nat once: %+v", seed, i, got, want)
			}
		}
	}
}

// checkKept compares lists that are kept while the record grows with those of a
// record that came at once.
func checkKept(t *testing.T, kept, once *Analyser, filters ...string) {
	t.Helper()
	for _, filter := range filters {
		got, err := kept.Rows(Query{N: MaxRows, Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		want, err := once.Rows(Query{N: MaxRows, Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("filter %q: %d rows are kept, %d at once", filter, got.Total, want.Total)
		}
	}
}

// What a filter chooses follows entries that come late: causes, and the rest of
// octets that are no frames.
func TestListsFollowLateEntries(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	r.open()
	r.c2s(request(1, "/", true))
	r.s2c([]byte("\xff\xff\xff\xee\x00\x00\x00\x00\x01 and so on"))
	r.add(&trace.Cause{Conn: 1, Dir: trace.ToServer, Frame: 2, Line: 12})
	r.at(12).s2c(make([]byte, 500))
	kept := New()
	for i, e := range r.entries {
		if err := kept.Feed(e); err != nil {
			t.Fatal(err)
		}
		checkKept(t, kept, feed(t, r.entries[:i+1]), "line:12", "size>100", "text:octets")
	}
	if v, err := kept.Rows(Query{N: 9, Filter: "line:12|13"}); err != nil || v.Total != 1 {
		t.Errorf("frames of line 12: %+v, %v", v, err)
	}
}

func TestFind(t *testing.T) {
	a := feed(t, makeRecord(recordStalls))
	n := a.rows.len()
	for _, c := range []struct {
		q    Search
		want int
	}{
		{Search{From: -1, Filter: "type:DATA"}, 9},
		{Search{From: 9, Filter: "type:DATA"}, 11},
		{Search{From: n, Back: true, Filter: "type:DATA"}, n - 1},
		{Search{From: 9, Back: true, Filter: "type:DATA"}, -1},
		{Search{From: 6, What: "stream"}, 10},
		{Search{From: -1, Filter: "window<=0 dir:s2c"}, 9},
		{Search{From: -1, What: "error"}, 22}, // the client's RST_STREAM carries CANCEL
		{Search{From: -1, Filter: "type:DATA", Conn: 2}, -1},
		{Search{From: 99, Filter: "type:DATA"}, -1},
		{Search{From: -99, Filter: "type:preface"}, 0},
	} {
		got, err := a.Find(c.q)
		if err != nil || got.Frame != c.want {
			t.Errorf("%+v finds %+v (%v), want %d", c.q, got, err, c.want)
		}
	}
	// in parts
	from, parts := -1, 0
	var found view.Found
	for {
		f, err := a.Find(Search{From: from, Filter: "type:RST_STREAM", N: 5})
		if err != nil {
			t.Fatal(err)
		}
		if parts++; f.Next < 0 {
			found = f
			break
		}
		from = f.Next
	}
	if found.Frame != 22 || parts != 5 {
		t.Errorf("in parts of 5 frames: %+v after %d parts, want frame 22 after 5", found, parts)
	}
	for _, q := range []Search{{What: "color"}, {From: -1, What: "stream"}, {Filter: "type:x", What: "error"}} {
		if _, err := a.Find(q); err == nil {
			t.Errorf("%+v: no error", q)
		}
	}
}
