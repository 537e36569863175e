package priority

import (
	"strings"
	"testing"
)

// Until somebody prioritises every stream sends one frame in turn.
func TestRoundRobin(t *testing.T) {
	var s Scheduler
	if _, ok := s.Next(); ok {
		t.Fatal("there is no stream, and one is next")
	}
	var r []Ref
	for id := uint32(1); id < 9; id += 2 {
		r = append(r, s.Open(id, 0))
	}
	if _, ok := s.Next(); ok {
		t.Fatal("no stream is ready, and one is next")
	}
	for _, i := range []int{2, 0, 3, 1, 0} {
		s.Ready(r[i])
	}
	if got := picks(t, &s, 6); got != "5 1 7 3 5 1" {
		t.Fatalf("served: %s", got)
	}
	s.Unready(r[3])
	s.Unready(r[3])
	if got := picks(t, &s, 4); got != "3 5 1 3" {
		t.Fatalf("served: %s", got)
	}
	s.Sent(r[3], 5) // not ready
	s.Sent(r[0], 5) // out of turn
	if got := picks(t, &s, 3); got != "5 3 1" {
		t.Fatalf("served: %s", got)
	}
	if n := s.Snapshot(nil); len(n) != 4 || n[0].Share != 1.0/3 || n[3].Share != 0 || n[3].ID != 7 {
		t.Errorf("the snapshot is %+v", n)
	}
	for _, x := range r {
		s.Close(x)
		s.Close(x)
	}
	if _, ok := s.Next(); ok || s.Len() != 0 {
		t.Errorf("all are closed: %v, %d", ok, s.Len())
	}
	if s.Release(); s.n != nil {
		t.Error("Release keeps memory")
	}
	s.Ready(s.Open(11, 0))
	if got := picks(t, &s, 2); got != "11 11" {
		t.Fatalf("served: %s", got)
	}
}

// Auto goes from round robin to the tree and on to urgencies, with what is known
// of the streams, and not back.
func TestAuto(t *testing.T) {
	s := New(Options{})
	var r []Ref
	for id := uint32(1); id < 9; id += 2 {
		r = append(r, s.Open(id, 0))
		s.Ready(r[len(r)-1])
	}
	s.Close(r[0])
	s.Unready(r[3])
	if s.Scheme() != RoundRobin {
		t.Fatalf("begins with %v", s.Scheme())
	}
	prioritize(t, s, 3, dep(5, 1, false))
	if s.Scheme() != Tree {
		t.Fatalf("a dependency leads to %v", s.Scheme())
	}
	want(t, s, "5:16(3:1) 7:16")
	if got := picks(t, s, 3); got != "5 5 5" {
		t.Fatalf("served: %s", got)
	}
	prioritize(t, s, 99, dep(0, 1, false))
	s.Prefer(r[1], Param{Urgency: 1})
	if s.Scheme() != Urgency || s.Len() != 3 {
		t.Fatalf("a priority field leads to %v with %d streams", s.Scheme(), s.Len())
	}
	if got := picks(t, s, 3); got != "3 3 3" {
		t.Fatalf("served: %s", got)
	}
	prioritize(t, s, 3, dep(5, 1, true))
	s.Unready(r[1])
	if got := picks(t, s, 2); s.Scheme() != Urgency || got != "5 5" {
		t.Fatalf("%v, served: %s", s.Scheme(), got)
	}
	s.Ready(r[3])
	s.Close(r[2])
	if got := picks(t, s, 1); got != "7" {
		t.Fatalf("served: %s", got)
	}
}

// A scheme that was chosen stays, whatever comes.
func TestChosenScheme(t *testing.T) {
	for _, scheme := range []Scheme{RoundRobin, Tree, Urgency} {
		s := New(Options{Scheme: scheme})
		r := s.Open(1, 0)
		prioritize(t, s, 1, dep(7, 3, false))
		s.Prefer(r, Param{Urgency: 5})
		s.Update(1, Param{Urgency: 6})
		s.Update(9, Param{Urgency: 6})
		check(t, s)
		n := s.Snapshot(nil)
		if s.Scheme() != scheme || len(n) != map[Scheme]int{RoundRobin: 1, Tree: 2, Urgency: 2}[scheme] {
			t.Errorf("%v became %v, with %+v", scheme, s.Scheme(), n)
		}
		if strings.Contains(s.Scheme().String(), "auto") {
			t.Errorf("Scheme is %v", s.Scheme())
		}
	}
}

// Every scheme can be left for every other at any time.
func TestSetScheme(t *testing.T) {
	all := []Scheme{RoundRobin, Tree, Urgency}
	for _, from := range all {
		for _, to := range all {
			s := New(Options{Scheme: from})
			var r []Ref
			for id := uint32(1); id < 40; id += 2 {
				r = append(r, s.Open(id, 0))
				prioritize(t, s, id, dep(id/8*4, 5, id%3 == 0)) // on pushes that are not promised yet
				s.Update(id+100, Param{Urgency: 1})
				if id%5 != 0 {
					s.Ready(r[len(r)-1])
				}
				if id%7 == 0 {
					s.Close(r[len(r)-1])
				}
			}
			check(t, s)
			ready := map[uint32]bool{}
			for _, n := range s.Snapshot(nil) {
				ready[n.ID] = n.Ready
			}
			s.SetScheme(to)
			check(t, s)
			if s.Scheme() != to {
				t.Fatalf("%v to %v: it is %v", from, to, s.Scheme())
			}
			for _, n := range s.Snapshot(nil) {
				if n.Open && n.Ready != ready[n.ID] {
					t.Fatalf("%v to %v: stream %d is ready: %v", from, to, n.ID, n.Ready)
				}
				delete(ready, n.ID)
			}
			for id, is := range ready {
				if is {
					t.Fatalf("%v to %v: stream %d is lost", from, to, id)
				}
			}
			served := map[uint32]bool{}
			for {
				ref, ok := s.Next()
				if !ok {
					break
				}
				served[s.ID(ref)] = true
				s.Sent(ref, 1)
				s.Unready(ref)
				check(t, s)
			}
			if len(served) != 14 {
				t.Fatalf("%v to %v: %d streams are served, want 14", from, to, len(served))
			}
		}
	}
}
