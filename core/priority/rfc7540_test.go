package priority

import (
	"errors"
	"testing"

	"framewise/core/frame"
)

// Streams of the RFC's figures by their letters.
const (
	a = 2*iota + 1
	b
	c
	d
	e
	f
)

// opened makes a tree scheduler with open streams.
func opened(ids ...uint32) (*Scheduler, map[uint32]Ref) {
	s := New(Options{Scheme: Tree})
	refs := map[uint32]Ref{}
	for _, id := range ids {
		refs[id] = s.Open(id, 0)
	}
	return s, refs
}

// "if streams B and C are dependent on stream A, and if stream D is created with
// a dependency on stream A, this results in a dependency order of A followed by
// B, C, and D in any order." (RFC 7540, section 5.3.1)
func TestDefaultDependency(t *testing.T) {
	s, _ := opened(a, b, c, d)
	prioritize(t, s, b, dep(a, 16, false))
	prioritize(t, s, c, dep(a, 16, false))
	prioritize(t, s, d, dep(a, 16, false))
	want(t, s, "1:16(3:16 5:16 7:16)")
}

// "An exclusive flag allows for the insertion of a new level of dependencies":
// figure 4 of RFC 7540.
func TestExclusive(t *testing.T) {
	s, _ := opened(a, b, c, d)
	prioritize(t, s, b, dep(a, 12, false))
	prioritize(t, s, c, dep(a, 4, false))
	prioritize(t, s, d, dep(a, 16, true))
	want(t, s, "1:16(7:16(3:12 5:4))")

	prioritize(t, s, d, dep(a, 99, true)) // it is the only one already
	want(t, s, "1:16(7:99(3:12 5:4))")

	s, _ = opened(a, b, c)
	prioritize(t, s, a, dep(0, 16, true)) // it has the right parent, but siblings
	want(t, s, "1:16(3:16 5:16)")
}

// The stream that is inserted keeps what depends on it already.
func TestExclusiveWithDependents(t *testing.T) {
	s, _ := opened(a, b, c, d, e)
	prioritize(t, s, e, dep(d, 7, false))
	prioritize(t, s, b, dep(a, 12, false))
	prioritize(t, s, c, dep(a, 4, false))
	prioritize(t, s, d, dep(a, 16, true))
	want(t, s, "1:16(7:16(3:12 5:4 9:7))")
	prioritize(t, s, c, dep(0, 5, true))
	want(t, s, "5:5(1:16(7:16(3:12 9:7)))")
}

// figure5 is x - A(B, C(D(F), E)).
func figure5(t *testing.T) *Scheduler {
	s, _ := opened(a, b, c, d, e, f)
	prioritize(t, s, b, dep(a, 2, false))
	prioritize(t, s, c, dep(a, 3, false))
	prioritize(t, s, d, dep(c, 4, false))
	prioritize(t, s, e, dep(c, 5, false))
	prioritize(t, s, f, dep(d, 6, false))
	want(t, s, "1:16(3:2 5:3(7:4(11:6) 9:5))")
	return s
}

// "If A is made dependent on D, then D takes the place of A": figure 5, with the
// dependency not exclusive and exclusive.
func TestMoveBelowDescendant(t *testing.T) {
	s := figure5(t)
	prioritize(t, s, a, dep(d, 10, false))
	want(t, s, "7:4(1:10(3:2 5:3(9:5)) 11:6)")

	s = figure5(t)
	prioritize(t, s, a, dep(d, 10, true))
	want(t, s, "7:4(1:10(3:2 5:3(9:5) 11:6))")
}

// The same with the moved stream elsewhere than below the root.
func TestMoveBelowDescendantDeeper(t *testing.T) {
	s := figure5(t)
	prioritize(t, s, c, dep(f, 9, false))
	want(t, s, "1:16(3:2 11:6(5:9(7:4 9:5)))")
	prioritize(t, s, 0x7fffffff, dep(a, 1, true)) // an idle one in between
	want(t, s, "1:16(2147483647:1(3:2 11:6(5:9(7:4 9:5))))")
	prioritize(t, s, a, dep(e, 256, true))
	want(t, s, "9:5(1:256(2147483647:1(3:2 11:6(5:9(7:4)))))")
}

// "For example, assume streams A and B share a parent, and streams C and D both
// depend on stream A. Prior to the removal of stream A, if streams A and D are
// unable to proceed, then stream C receives all the resources dedicated to
// stream A. If stream A is removed from the tree, the weight of stream A is
// divided between streams C and D. If stream D is still unable to proceed, this
// results in stream C receiving a reduced proportion of resources. For equal
// starting weights, C receives one third, rather than one half, of available
// resources." (RFC 7540, section 5.3.4)
func TestRemovalDividesWeight(t *testing.T) {
	s := New(Options{Scheme: Tree, MaxKept: 1})
	refs := map[uint32]Ref{}
	for _, id := range []uint32{a, b, c, d} {
		refs[id] = s.Open(id, 0)
	}
	prioritize(t, s, c, dep(a, 16, false))
	prioritize(t, s, d, dep(a, 16, false))
	s.Ready(refs[b])
	s.Ready(refs[c])
	share := func(id uint32) float64 {
		for _, n := range s.Snapshot(nil) {
			if n.ID == id {
				return n.Share
			}
		}
		t.Fatalf("no stream %d", id)
		return 0
	}
	s.Close(refs[a]) // kept
	check(t, s)
	want(t, s, "1:16(5:16 7:16) 3:16")
	if got := share(c); got != 1.0/2 {
		t.Errorf("C has %v before A is removed, want a half", got)
	}
	prioritize(t, s, 101, dep(b, 16, false)) // another is kept instead
	want(t, s, "3:16(101:16) 5:8 7:8")
	if got := share(c); got != 1.0/3 {
		t.Errorf("C has %v after A was removed, want a third", got)
	}
}

// Weights that are inherited are divided in proportion, and are never 0.
func TestRemovalKeepsProportion(t *testing.T) {
	s := New(Options{Scheme: Tree, MaxKept: -1})
	top := s.Open(1, 0)
	refs := []Ref{s.Open(3, 0), s.Open(5, 0), s.Open(7, 0)}
	prioritize(t, s, 1, dep(0, 3, false))
	for i, id := range []uint32{3, 5, 7} {
		prioritize(t, s, id, dep(1, []int{1, 2, 253}[i], false))
	}
	s.Close(top)
	check(t, s)
	want(t, s, "3:0.0117188 5:0.0234375 7:2.96484")
	for id := uint32(9); id < 17; id += 2 { // each time the smallest gets less, but never nothing
		r := s.Open(id, 0)
		prioritize(t, s, 7, dep(0, 256, false))
		prioritize(t, s, id, dep(0, 1, true))
		s.Close(r)
		check(t, s)
	}
	want(t, s, "3:0.000244141 5:0.000244141 7:0.999756") // 1/4096 is the least
	s.Ready(refs[0])
	s.Ready(refs[2])
	send(t, s, 100)
	if r, _ := s.Next(); r != refs[2] {
		t.Errorf("stream %d is next after stream 3 had its turn", s.ID(r))
	}
	for _, r := range refs {
		s.Close(r)
	}
	check(t, s)
	if s.Len() != 0 {
		t.Errorf("%d streams are held, all are closed and none may be kept", s.Len())
	}
}

// What a stream is ahead of its siblings stays the same number of octets when
// the one that they depend on goes, and what that one was ahead is added.
func TestRemovalKeepsWhatWasSent(t *testing.T) {
	s := New(Options{Scheme: Tree, MaxKept: -1})
	r := map[uint32]Ref{}
	for _, id := range []uint32{a, b, c, d} {
		r[id] = s.Open(id, 0)
	}
	prioritize(t, s, a, dep(0, 8, false))
	prioritize(t, s, b, dep(0, 8, false))
	prioritize(t, s, c, dep(a, 32, false))
	prioritize(t, s, d, dep(a, 96, false))
	s.Sent(r[c], 16384)
	check(t, s)
	s.Close(r[a])
	check(t, s)
	want(t, s, "3:8 5:2 7:6")
	ahead(t, s, b, 0)
	ahead(t, s, c, 16384+16384.0/8*2) // its own, and its part of what A was ahead
	ahead(t, s, d, 16384.0/8*6)
}

// ahead checks by how many octets a stream is ahead of its siblings' clock.
func ahead(t *testing.T, s *Scheduler, id uint32, octets float64) {
	t.Helper()
	i := s.find(id)
	got := float64(s.debt(i)) * float64(s.n[i].weight) / (1 << timeUnit)
	if got < octets-0.001 || got > octets+0.001 {
		t.Errorf("stream %d is %v octets ahead, want %v", id, got, octets)
	}
}

// The same when others take a stream's place by an exclusive dependency.
func TestExclusiveKeepsWhatWasSent(t *testing.T) {
	for _, dependents := range []bool{false, true} {
		s, r := opened(a, b, c, d)
		if dependents {
			prioritize(t, s, d, dep(a, 16, false))
		}
		s.Ready(r[b])
		s.Ready(r[c])
		for range 99 {
			send(t, s, 16384)
		}
		prioritize(t, s, b, dep(0, 32, false))
		ahead(t, s, b, 16384)
		ahead(t, s, c, 0)
		prioritize(t, s, a, dep(0, 16, true))
		ahead(t, s, a, 0)
		ahead(t, s, b, 16384)
		ahead(t, s, c, 0)
		send(t, s, 16384)
		ahead(t, s, a, 16384)
		ahead(t, s, c, 16384)
	}
}

// "A stream cannot depend on itself. An endpoint MUST treat this as a stream
// error of type PROTOCOL_ERROR." (RFC 7540, section 5.3.1)
func TestSelfDependency(t *testing.T) {
	for _, scheme := range []Scheme{Auto, RoundRobin, Tree, Urgency} {
		s := New(Options{Scheme: scheme})
		var e *frame.Error
		if err := s.Prioritize(5, dep(5, 1, true)); !errors.As(err, &e) || e.Code != frame.ProtocolError || e.StreamID != 5 || e.Ref() != "RFC 7540 5.3.1" {
			t.Errorf("%v: the error is %v", scheme, err)
		}
		if s.Len() != 0 || s.Scheme() == Tree && scheme == Auto {
			t.Errorf("%v: a dependency on itself had an effect", scheme)
		}
	}
}

// "A dependency on a stream that is not currently in the tree -- such as a
// stream in the "idle" state -- results in that stream being given a default
// priority" (RFC 7540, section 5.3.1).
func TestDependencyOutsideTheTree(t *testing.T) {
	s := New(Options{Scheme: Tree, MaxKept: 2})
	prioritize(t, s, 21, dep(0, 9, false))
	s.Open(21, 0)
	prioritize(t, s, 21, dep(31, 200, false))
	want(t, s, "31:16(21:200)")
	prioritize(t, s, 2, dep(21, 7, false)) // a push that is not promised yet
	want(t, s, "31:16(21:200(2:7))")

	s.Open(31, 0) // it takes the place that it was given
	check(t, s)
	want(t, s, "31:16(21:200(2:7))")
	if kept := s.AppendKept(nil); len(kept) != 1 || kept[0] != 2 || s.Len() != 3 {
		t.Errorf("%v are kept of %d", kept, s.Len())
	}

	// Alone below a closed one that is forgotten, a stream has default priority.
	s = New(Options{Scheme: Tree})
	for id := uint32(1); id < 7; id += 2 {
		s.Ready(s.Open(id, 0))
	}
	prioritize(t, s, 5, dep(11, 256, true))
	for _, n := range s.Snapshot(nil) {
		if n.Ready && n.Share != 1.0/3 {
			t.Errorf("stream %d has the share %v", n.ID, n.Share)
		}
	}
}

// "Pushed streams initially depend on their associated stream." (RFC 7540,
// section 5.3.5)
func TestPushed(t *testing.T) {
	s, _ := opened(a)
	s.Open(2, a)
	check(t, s)
	want(t, s, "1:16(2:16)")

	s = New(Options{}) // known only once somebody prioritises
	s.Open(1, 0)
	s.Open(2, 1)
	s.Open(4, 1)
	s.Open(3, 0)
	prioritize(t, s, 3, dep(2, 5, false))
	want(t, s, "1:16(2:16(3:5) 4:16)")
}

// The oldest gives way, and who is named is not old: the groups of idle streams
// that some clients make at the start stay as long as they are used.
func TestKeptByUse(t *testing.T) {
	s := New(Options{Scheme: Tree, MaxKept: 3})
	prioritize(t, s, 1001, dep(0, 201, false))
	for id := uint32(1); id < 100; id += 2 {
		r := s.Open(id, 0)
		prioritize(t, s, id, dep(1001, 10, false))
		s.Close(r)
		check(t, s)
		if s.Len() > 3 {
			t.Fatalf("%d are kept, the bound is 3", s.Len())
		}
	}
	want(t, s, "1001:201(97:10 99:10)")
}
