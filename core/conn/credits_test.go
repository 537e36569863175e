package conn

import (
	"fmt"
	"testing"

	"framewise/core/frame"
)

// dice makes numbers that look random, the same everywhere.
type dice uint64

func (d *dice) roll(n int) int {
	*d ^= *d << 13
	*d ^= *d >> 7
	*d ^= *d << 17
	return int(uint64(*d) >> 33 % uint64(n))
}

// sender is a peer that keeps the books of what it may send, from the frames
// that it sees only.
type sender struct {
	*ring
	whole   int64            // the connection's window
	windows map[uint32]int64 // of the streams that it thinks it may send on
	next    int
	over    bool // nothing more may be opened
}

// send sends DATA, padded, as far as the windows go.
func (s *sender) send(d *dice, id uint32) {
	n, pad := d.roll(3000), -1
	if d.roll(2) == 0 {
		pad = d.roll(256)
	}
	flow := int64(n)
	if pad >= 0 {
		flow += int64(pad) + 1
	}
	if flow > s.whole || flow > s.windows[id] {
		return
	}
	s.p.b = frame.AppendData(s.p.b, id, make([]byte, n), false, pad)
	s.whole -= flow
	s.windows[id] -= flow
}

// hear books the WINDOW_UPDATEs and resets that we sent.
func (s *sender) hear(now int64) {
	s.t.Helper()
	c := s.p.c
	s.step(now, false)
	var sp frame.Splitter
	for more := true; more; {
		c.Poll(now, &s.out, 0)
		for _, seg := range s.out.Segments {
			sp.Push(seg)
			for f, found, _ := sp.Next(); found; f, found, _ = sp.Next() {
				inc, _ := frame.ParseWindowUpdate(f)
				switch _, known := s.windows[f.StreamID]; {
				case f.Type == frame.RSTStream:
					delete(s.windows, f.StreamID)
				case f.Type == frame.WindowUpdate && f.StreamID == 0:
					s.whole += int64(inc)
				case f.Type == frame.WindowUpdate && known:
					s.windows[f.StreamID] += int64(inc)
				case f.Type == frame.GoAway && c.fatal != nil:
					s.t.Fatalf("the connection failed: %v", c.fatal)
				}
			}
		}
		more = len(s.out.Segments) > 0 || len(s.out.Events) > 0
	}
}

// audit compares the two ends' books.
func (s *sender) audit(what string) {
	s.t.Helper()
	c := s.p.c
	auditCredits(s.t, c)
	if c.recvWindow.left != s.whole {
		s.t.Fatalf("%s: we think that the peer may send %d, it thinks %d", what, c.recvWindow.left, s.whole)
	}
	for id, w := range s.windows {
		if st := c.streams[id]; st != nil && !st.state.Closed() && st.recv.left != w {
			s.t.Fatalf("%s: stream %d: we think that the peer may send %d, it thinks %d", what, id, st.recv.left, w)
		}
	}
}

// TestCreditsEqualTaken sends DATA at random, with padding, resets by either
// side, ends, GOAWAY and owners who are slow: at each instant the octets taken
// are those held and those given back, by the books of both ends.
func TestCreditsEqualTaken(t *testing.T) {
	for _, role := range []Role{Server, Client} {
		for seed := range 60 {
			d := dice(seed + 1)
			for range 5 {
				d.roll(2)
			}
			s := &sender{ring: newRing(t, &attack{role: role, cfg: func(c *Config) { c.Limits.Resets = 1 << 20 }}),
				whole: defaultWindow, windows: map[uint32]int64{}}
			s.hear(1)
			what := ""
			for i := range 400 {
				what = s.act(&d, int64(i+2)*1e9, fmt.Sprintf("%v, seed %d, step %d", role, seed, i))
				if t.Failed() {
					t.Fatal(what)
				}
			}
			s.settleAll(what)
		}
	}
}

// act does one thing, and compares the books.
func (s *sender) act(d *dice, now int64, what string) string {
	c := s.p.c
	var ids []uint32
	for _, id := range c.sortedStreams() {
		if _, open := s.windows[id]; open {
			ids = append(ids, id)
		}
	}
	op := d.roll(12)
	if len(ids) == 0 && op < 10 {
		op = 10
	}
	pick := func() uint32 { return ids[d.roll(len(ids))] }
	switch op {
	case 0, 1, 2, 3:
		what += ": DATA"
		s.send(d, pick())
	case 4, 5:
		what += ": the owner consumes"
		id := pick()
		ok(s.t, c.Consume(id, d.roll(int(c.streams[id].recv.held)+1)))
	case 6:
		what += ": the peer resets"
		id := pick()
		s.send(d, id)
		s.p.b = frame.AppendRSTStream(s.p.b, id, frame.Cancel)
		delete(s.windows, id)
	case 7:
		what += ": we reset, DATA is under way"
		id := pick()
		ok(s.t, c.Reset(id, frame.Cancel))
		s.send(d, id)
		delete(s.windows, id)
	case 8:
		what += ": the peer ends"
		id := pick()
		s.p.end(id)
		delete(s.windows, id)
	case 9:
		what += ": the peer breaks a rule, DATA is under way"
		id := pick()
		s.p.raw(frame.WindowUpdate, 0, id, 0, 0, 0, 0)
		s.send(d, id)
		delete(s.windows, id)
	case 10:
		what += ": a message begins"
		if len(ids) < 50 && !s.over {
			id := s.p.message(s.next, false)
			s.windows[id] = defaultWindow
			s.next++
		}
	case 11:
		if what += ": GOAWAY"; d.roll(40) == 0 {
			s.over = true
			ok(s.t, c.GoAway(min(c.LastStreamID(), frame.MaxStreamID), frame.NoError, nil))
		}
	}
	s.hear(now)
	s.audit(what)
	return what
}

// settleAll has the owner consume the rest and every stream be cut off: all comes
// back but what is too little to be announced.
func (s *sender) settleAll(what string) {
	s.t.Helper()
	c := s.p.c
	for _, id := range c.sortedStreams() {
		if st := c.streams[id]; st.state.Closed() || id%4 == 1 {
			ok(s.t, c.Consume(id, int(st.recv.held)))
		} else {
			ok(s.t, c.Reset(id, frame.Cancel))
		}
		delete(s.windows, id)
	}
	s.hear(1e12)
	s.audit(what + ": the end")
	if w := c.recvWindow; w.held != 0 || w.spent*2 >= defaultWindow {
		s.t.Errorf("%s: %d octets are held and %d not given back", what, w.held, w.spent)
	}
}
