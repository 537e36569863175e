package priority

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// picks lets n frames be sent and names the streams.
func picks(t *testing.T, s *Scheduler, n int) string {
	t.Helper()
	var out []string
	for range n {
		out = append(out, fmt.Sprint(s.ID(send(t, s, 1000))))
		check(t, s)
	}
	return strings.Join(out, " ")
}

// urgent opens ready streams with a priority field each, from stream 1.
func urgent(t *testing.T, fields ...string) (*Scheduler, []Ref) {
	t.Helper()
	s := New(Options{Scheme: Urgency})
	var refs []Ref
	for i, v := range fields {
		r := s.Open(uint32(2*i+1), 0)
		p, err := ParseField(v, DefaultParam)
		if err != nil {
			t.Fatal(err)
		}
		s.Prefer(r, p)
		s.Ready(r)
		refs = append(refs, r)
	}
	check(t, s)
	return s, refs
}

// "It is RECOMMENDED that, when possible, servers respect the urgency parameter,
// sending higher-urgency responses before lower-urgency responses." (RFC 9218,
// section 10)
func TestUrgencyFirst(t *testing.T) {
	s, r := urgent(t, "u=7", "u=0", "", "u=0", "u=2")
	if got := picks(t, s, 3); got != "3 3 3" {
		t.Fatalf("served: %s", got)
	}
	for _, x := range []struct {
		gone int
		next string
	}{{1, "7"}, {3, "9"}, {4, "5"}, {2, "1"}} {
		s.Unready(r[x.gone])
		if got := picks(t, s, 1); got != x.next {
			t.Errorf("after stream %d has nothing more, %s is served, want %s", 2*x.gone+1, got, x.next)
		}
	}
	s.Ready(r[1])
	if got := picks(t, s, 2); got != "3 3" {
		t.Errorf("the most urgent stream is back, but %s are served", got)
	}
}

// "Non-incremental responses of the same urgency SHOULD be served by
// prioritizing bandwidth allocation in ascending order of the stream ID"
// (RFC 9218, section 10), in whatever order they become ready.
func TestOneAfterTheOther(t *testing.T) {
	s, r := urgent(t, "", "", "", "")
	for _, i := range []int{0, 1, 2, 3} {
		s.Unready(r[i])
	}
	for _, i := range []int{2, 3, 0} {
		s.Ready(r[i])
	}
	if got := picks(t, s, 2); got != "1 1" {
		t.Fatalf("served: %s", got)
	}
	s.Close(r[0])
	s.Ready(r[1])
	if got := picks(t, s, 2); got != "3 3" {
		t.Fatalf("served: %s", got)
	}
	s.Unready(r[1]) // its window is used up: the next one, until it can go on
	if got := picks(t, s, 2); got != "5 5" {
		t.Fatalf("served: %s", got)
	}
	s.Ready(r[1])
	if got := picks(t, s, 1); got != "3" {
		t.Fatalf("served: %s", got)
	}
}

// "Incremental responses of the same urgency SHOULD be served by sharing
// bandwidth among them."
func TestIncrementalInTurn(t *testing.T) {
	s, r := urgent(t, "i", "i", "i", "u=4")
	if got := picks(t, s, 7); got != "1 3 5 1 3 5 1" {
		t.Fatalf("served: %s", got)
	}
	s.Unready(r[2])
	if got := picks(t, s, 4); got != "3 1 3 1" {
		t.Fatalf("served: %s", got)
	}
	s.Sent(r[0], 10) // out of turn
	if got := picks(t, s, 2); got != "3 1" {
		t.Fatalf("served: %s", got)
	}
}

// "early non-incremental responses might prevent serving of incremental
// responses issued later … It is RECOMMENDED that servers avoid such starvation
// where possible."
func TestBothKindsAtOneUrgency(t *testing.T) {
	s, r := urgent(t, "", "i", "", "i")
	if got := picks(t, s, 7); got != "1 3 7 1 3 7 1" {
		t.Fatalf("served: %s", got)
	}
	s.Close(r[0])
	if got := picks(t, s, 6); got != "3 7 5 3 7 5" {
		t.Fatalf("served: %s", got)
	}
	if shares := fmt.Sprint(s.Snapshot(nil)[0].Share*3, s.Snapshot(nil)[1].Share*3); shares != "1 1" {
		t.Errorf("a third each of three: %s", shares)
	}
}

// "the most recently received PRIORITY_UPDATE frame can be considered as the
// most up-to-date information that overrides any other signal. Servers SHOULD
// buffer the most recently received PRIORITY_UPDATE frame and apply it once the
// referenced stream is opened." (RFC 9218, section 7)
func TestUpdateBeforeOpen(t *testing.T) {
	s := New(Options{MaxKept: 2})
	s.Update(5, Param{Urgency: 7})
	s.Update(5, Param{Urgency: 1, Incremental: true})
	if s.Scheme() != Urgency || s.Len() != 1 {
		t.Fatalf("%v, %d held", s.Scheme(), s.Len())
	}
	one := s.Open(1, 0)
	five := s.Open(5, 0)
	s.Prefer(five, Param{Urgency: 6})
	s.Prefer(one, Param{Urgency: 2})
	if got := s.Param(five); got != (Param{1, true}) {
		t.Errorf("the request's field replaced what PRIORITY_UPDATE said: %+v", got)
	}
	s.Ready(one)
	s.Ready(five)
	if got := picks(t, s, 1); got != "5" {
		t.Errorf("served: %s", got)
	}
	s.Update(5, Param{Urgency: 3})
	if got := picks(t, s, 1); got != "1" {
		t.Errorf("served: %s", got)
	}
	for id := uint32(101); id < 201; id += 2 {
		s.Update(id, Param{Urgency: 9})
		check(t, s)
	}
	s.Update(197, Param{}) // the one that is named again is the newest
	if kept := fmt.Sprint(s.AppendKept(nil)); kept != "[199 197]" || s.Len() != 4 {
		t.Errorf("%s are kept of %d, the bound is 2", kept, s.Len())
	}
	r := s.Open(199, 0)
	if got := s.Param(r); got != (Param{7, false}) {
		t.Errorf("an urgency above 7 became %+v", got)
	}
	if kept := fmt.Sprint(s.AppendKept(nil)); kept != "[197]" {
		t.Errorf("%s are kept", kept)
	}
}

// A model of a few lines: the lowest urgency; in it those in turn, the line of
// the others as one of them.
func TestUrgencyModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(Options{Scheme: Urgency})
		type stream struct {
			ref   Ref
			p     Param
			ready bool
		}
		streams := map[uint32]*stream{}
		turns := map[uint8][]uint32{} // 0 is the line
		leave := func(id uint32) {
			x := streams[id]
			if !x.ready {
				return
			}
			x.ready = false
			for other, y := range streams {
				if !x.p.Incremental && other != id && y.ready && !y.p.Incremental && y.p.Urgency == x.p.Urgency {
					return
				}
			}
			if !x.p.Incremental {
				id = 0
			}
			turns[x.p.Urgency] = slices.DeleteFunc(turns[x.p.Urgency], func(e uint32) bool { return e == id })
		}
		enter := func(id uint32) {
			x := streams[id]
			x.ready = true
			if !x.p.Incremental {
				id = 0
			}
			if !slices.Contains(turns[x.p.Urgency], id) {
				turns[x.p.Urgency] = append(turns[x.p.Urgency], id)
			}
		}
		next := func() uint32 {
			for u := range uint8(8) {
				if len(turns[u]) == 0 {
					continue
				}
				if id := turns[u][0]; id != 0 {
					return id
				}
				var low uint32
				for id, x := range streams {
					if x.ready && !x.p.Incremental && x.p.Urgency == u && (low == 0 || id < low) {
						low = id
					}
				}
				return low
			}
			return 0
		}
		last := uint32(1)
		id := rapid.Uint32Range(0, 30)
		param := rapid.Custom(func(t *rapid.T) Param {
			return Param{uint8(rapid.IntRange(2, 4).Draw(t, "u")), rapid.Bool().Draw(t, "i")}
		})
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				check(t, s)
				r, _ := s.Next()
				if got := s.ID(r); got != next() {
					t.Fatalf("next is %d, want %d", got, next())
				}
			},
			"open": func(t *rapid.T) {
				streams[last] = &stream{ref: s.Open(last, 0), p: DefaultParam}
				last += 2
			},
			"close": func(t *rapid.T) {
				if x := streams[2*id.Draw(t, "id")+1]; x != nil {
					id := s.ID(x.ref)
					leave(id)
					s.Close(x.ref)
					delete(streams, id)
				}
			},
			"ready": func(t *rapid.T) {
				if x := streams[2*id.Draw(t, "id")+1]; x != nil && !x.ready {
					enter(s.ID(x.ref))
					s.Ready(x.ref)
				}
			},
			"unready": func(t *rapid.T) {
				if x := streams[2*id.Draw(t, "id")+1]; x != nil {
					leave(s.ID(x.ref))
					s.Unready(x.ref)
				}
			},
			"update": func(t *rapid.T) {
				id, p := 2*id.Draw(t, "id")+1, param.Draw(t, "p")
				if x := streams[id]; x != nil && x.p != p {
					was := x.ready
					leave(id)
					x.p = p
					if was {
						enter(id)
					}
					s.Update(id, p)
				}
			},
			"send": func(t *rapid.T) {
				id := next()
				if id == 0 {
					return
				}
				s.Sent(streams[id].ref, 100)
				u := streams[id].p.Urgency
				turns[u] = append(turns[u][1:], turns[u][0])
			},
		})
	})
}
