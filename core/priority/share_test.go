package priority

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// send lets the stream whose turn it is send n octets.
func send(t failer, s *Scheduler, n int) Ref {
	t.Helper()
	r, ok := s.Next()
	if !ok {
		t.Fatalf("nobody is ready")
	}
	s.Sent(r, n)
	return r
}

// bound holds octets sent by siblings to the proportion of their weights: one
// that was served was not ahead of any other, so it is ahead by one frame at
// most. most is the size of the largest frame.
func bound(t failer, sent []uint64, weights []int, most uint64) {
	t.Helper()
	for i := range sent {
		for j := range sent {
			// sent[i]/weight[i] - sent[j]/weight[j] <= most/weight[i], exactly, but
			// for what the fixed point cuts off: 2^-32 octets at the least weight.
			l := sent[i]*uint64(weights[j]) - min(sent[i], most)*uint64(weights[j])
			if r := sent[j] * uint64(weights[i]); l > r+1 {
				t.Fatalf("streams %d and %d of weights %d and %d sent %d and %d octets in frames of %d at most",
					i, j, weights[i], weights[j], sent[i], sent[j], most)
			}
		}
	}
}

// Siblings that always have something to send share by weight, after every
// single frame, whatever the sizes of the frames are.
func TestSharesFollowWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(1, 256), 1, 20).Draw(t, "weights")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 1<<14), 1, 50).Draw(t, "sizes")
		s := New(Options{Scheme: Tree})
		at := map[Ref]int{}
		for i, w := range weights {
			id := uint32(2*i + 1)
			r := s.Open(id, 0)
			prioritize(t, s, id, dep(0, w, false))
			s.Ready(r)
			at[r] = i
		}
		most := uint64(0)
		for _, n := range sizes {
			most = max(most, uint64(n))
		}
		sent := make([]uint64, len(weights))
		for i := range 2000 {
			n := sizes[i%len(sizes)]
			sent[at[send(t, s, n)]] += uint64(n)
			bound(t, sent, weights, most)
		}
		check(t, s)
	})
}

// The same for groups: what depends on a stream that can't send has the
// stream's share, and divides it in turn.
func TestSharesOfGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(1, 256), 2, 5), 1, 5).Draw(t, "groups")
		s := New(Options{Scheme: Tree})
		type place struct{ group, kid int }
		at := map[Ref]place{}
		id := uint32(1)
		for g, weights := range groups { // the first weight is the group's own
			parent := uint32(10001 + 2*g)
			prioritize(t, s, parent, dep(0, weights[0], false))
			for k, w := range weights[1:] {
				r := s.Open(id, 0)
				prioritize(t, s, id, dep(parent, w, false))
				s.Ready(r)
				at[r] = place{g, k}
				id += 2
			}
		}
		own := make([]int, len(groups))
		sum := make([]uint64, len(groups))
		sent := make([][]uint64, len(groups))
		for g, weights := range groups {
			own[g], sent[g] = weights[0], make([]uint64, len(weights)-1)
		}
		for range 1500 {
			p := at[send(t, s, 1000)]
			sum[p.group] += 1000
			sent[p.group][p.kid] += 1000
			bound(t, sum, own, 1000)
			bound(t, sent[p.group], groups[p.group][1:], 1000)
		}
	})
}

// In the long run a stream gets the share that the snapshot shows.
func TestSnapshotShares(t *testing.T) {
	s := figure5(t)
	for _, id := range []uint32{b, e, f} {
		s.Ready(Ref(s.find(id)))
	}
	sent := map[uint32]float64{}
	const frames = 100_000
	for range frames {
		sent[s.ID(send(t, s, 16384))]++
	}
	shares, nominal := 0.0, 0.0
	for _, n := range s.Snapshot(nil) {
		if d := sent[n.ID] - n.Share*frames; d > 2 || d < -2 {
			t.Errorf("stream %d sent %v frames of %d, its share is %v", n.ID, sent[n.ID], frames, n.Share)
		}
		shares += n.Share
		if n.Depth == 2 {
			nominal += n.Nominal
		}
	}
	if shares < 1-1e-12 || shares > 1+1e-12 {
		t.Errorf("the shares sum up to %v", shares)
	}
	if nominal < 3.0/5-1e-12 || nominal > 3.0/5+1e-12 { // what depends on C, which has 3 of 5
		t.Errorf("the nominal shares below C sum up to %v", nominal)
	}
}

// "If a stream is ready, those that depend on it get nothing": a parent comes
// first, and only when it can't go on its dependents get its share.
func TestParentFirst(t *testing.T) {
	s, r := opened(a, b, c, d)
	prioritize(t, s, b, dep(a, 1, false))
	prioritize(t, s, c, dep(a, 3, false))
	for _, id := range []uint32{a, b, c} {
		s.Ready(r[id])
	}
	for _, n := range s.Snapshot(nil) {
		if all := n.ID == a; n.Share != map[bool]float64{true: 1}[all] {
			t.Errorf("A is ready, and stream %d has the share %v", n.ID, n.Share)
		}
	}
	for range 10 {
		if got := send(t, s, 100); got != r[a] {
			t.Fatalf("stream %d is served although A is ready", s.ID(got))
		}
	}
	s.Unready(r[a])
	s.Ready(r[d])
	sent := map[uint32]int{}
	for range 800 {
		sent[s.ID(send(t, s, 100))] += 100
	}
	// While A was alone its octets cost it nothing that D could claim.
	if sent[d]-sent[b]-sent[c] > 200 || sent[b]+sent[c]-sent[d] > 200 {
		t.Errorf("D sent %d octets, B and C %d", sent[d], sent[b]+sent[c])
	}
	if 3*sent[b]-sent[c] > 300 || sent[c]-3*sent[b] > 300 {
		t.Errorf("B sent %d octets, C of three times its weight %d", sent[b], sent[c])
	}
}

// A stream that stops and starts again all the time gets no more than its share,
// and one that was silent does not get it afterwards.
func TestTogglingGainsNothing(t *testing.T) {
	s, r := opened(a, b)
	s.Ready(r[a])
	s.Ready(r[b])
	sent := map[Ref]int{}
	for range 1000 {
		got := send(t, s, 500)
		sent[got] += 500
		if got == r[b] {
			s.Unready(got)
			s.Ready(got)
		}
	}
	if d := sent[r[a]] - sent[r[b]]; d < -500 || d > 500 {
		t.Errorf("B, which toggles, sent %d octets, A %d", sent[r[b]], sent[r[a]])
	}
	s.Unready(r[b])
	for range 1000 {
		send(t, s, 500)
	}
	s.Ready(r[b])
	last := Ref(0)
	for i := range 20 {
		got := send(t, s, 500)
		if got == last && i > 1 {
			t.Fatalf("after a silence stream %d is served twice in a row", s.ID(got))
		}
		last = got
	}
}

// A change of weight acts at once: what a stream is ahead is counted in octets.
func TestReweighActsAtOnce(t *testing.T) {
	s, r := opened(a, b)
	prioritize(t, s, a, dep(0, 1, false))
	prioritize(t, s, b, dep(0, 256, false))
	s.Ready(r[a])
	s.Ready(r[b])
	wait := func() int {
		for n := range 1000 {
			if send(t, s, 16384) == r[a] {
				return n
			}
		}
		return 1000
	}
	wait()
	if n := wait(); n < 255 || n > 257 {
		t.Fatalf("A waits for %d frames of B, which has 256 times its weight", n)
	}
	prioritize(t, s, a, dep(0, 256, false))
	if n := wait(); n > 2 {
		t.Errorf("A waits for %d frames after its weight was raised to that of B", n)
	}
}

// Leaving a place and coming back, or changing the parent, does not wipe out
// what was sent.
func TestMovingGainsNothing(t *testing.T) {
	for _, how := range []string{"away and back", "exclusive and back"} {
		s, r := opened(a, b, c)
		s.Ready(r[a])
		s.Ready(r[b])
		sent := map[Ref]int{}
		for range 1000 {
			got := send(t, s, 500)
			sent[got] += 500
			if got != r[b] {
				continue
			}
			switch how {
			case "away and back":
				prioritize(t, s, b, dep(c, 16, false))
			default:
				prioritize(t, s, c, dep(0, 16, true))
				prioritize(t, s, c, dep(b, 16, false))
				prioritize(t, s, a, dep(0, 16, false))
			}
			prioritize(t, s, b, dep(0, 16, false))
		}
		if d := sent[r[b]] - sent[r[a]]; d > 1000 {
			t.Errorf("%s: B sent %d octets, A %d", how, sent[r[b]], sent[r[a]])
		}
	}
}

// Nothing is lost or invented when virtual time goes round.
func TestClockWraps(t *testing.T) {
	s, r := opened(a, b, c)
	for id := range r {
		s.n[r[id]].v = 1<<64 - 1<<36
	}
	s.n[0].clock = 1<<64 - 1<<36
	weights := []int{1, 2, 200}
	sent := make([]uint64, 3)
	for i, id := range []uint32{a, b, c} {
		prioritize(t, s, id, dep(0, weights[i], false))
		s.Ready(r[id])
	}
	for range 5000 {
		got := send(t, s, 9999)
		for i, id := range []uint32{a, b, c} {
			if got == r[id] {
				sent[i] += 9999
			}
		}
		bound(t, sent, weights, 9999)
	}
	if s.n[0].clock > 1<<63 {
		t.Fatalf("the clock did not go round: %d", s.n[0].clock)
	}
}

// Frames of any size, streams that are not served, and amounts that no frame
// has: nothing breaks the order of the queue.
func TestOddCharges(t *testing.T) {
	s, r := opened(a, b, c)
	for _, id := range []uint32{a, b, c} {
		s.Ready(r[id])
	}
	for i, n := range []int{0, -7, 1 << 24, 1 << 40, 1, 1 << 31} {
		for range 300 {
			s.Sent(r[a+2*uint32(i%3)], n)
			check(t, s)
		}
	}
	before := map[Ref]bool{}
	for range 4000 {
		before[send(t, s, 1<<24)] = true
	}
	if len(before) != 3 {
		t.Errorf("only %d of 3 streams are served", len(before))
	}
	s, r = opened(a, b)
	s.Ready(r[a])
	s.Ready(r[b])
	if got := picks(t, s, 2); got != "1 3" {
		t.Errorf("served: %s", got)
	}
	s.Sent(r[a], 0) // nothing is something: a turn always ends
	if got, _ := s.Next(); got != r[b] {
		t.Errorf("a frame of no octet costs no turn")
	}
	s.n[r[b]].weight = 1 // the least there is
	for range 20 {
		s.Sent(r[b], 1<<24)
		check(t, s)
		if got, _ := s.Next(); got != r[a] {
			t.Fatalf("stream %d is next, which is far ahead", s.ID(got))
		}
	}
	s.Sent(0, 5)
	s.Sent(-1, 5)
	s.Sent(4, 5) // a node that is no stream
	s.Sent(1000, 5)
}

// The same calls give the same picks.
func TestDeterministic(t *testing.T) {
	run := func() string {
		s := New(Options{MaxKept: 10})
		out := ""
		x := uint32(1)
		var refs []Ref
		for i := range 3000 {
			x = x*1664525 + 1013904223
			switch x >> 29 {
			case 0:
				refs = append(refs, s.Open(uint32(2*i+1), 0))
			case 1:
				if len(refs) > 5 {
					s.Close(refs[0])
					refs = refs[1:]
				}
			case 2:
				_ = s.Prioritize(uint32(2*i+3)-x%64&^1, dep(uint32(2*i+1)-x>>8%64&^1, int(x>>16%256)+1, x&1 == 0))
			case 3:
				if len(refs) > 0 {
					s.Ready(refs[int(x>>8)%len(refs)])
				}
			default:
				if r, ok := s.Next(); ok {
					out += fmt.Sprint(s.ID(r), " ")
					s.Sent(r, int(x>>12))
				}
			}
		}
		return out + show(s)
	}
	if one, two := run(), run(); one != two || len(one) < 1000 {
		t.Errorf("two runs differ:\n%s\n%s", one, two)
	}
}
