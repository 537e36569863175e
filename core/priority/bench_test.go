package priority

import (
	"fmt"
	"testing"

	"framewise/core/frame"
)

// trees are the shapes that clients build, with n open streams that are ready.
var trees = []struct {
	name  string
	build func(n int) *Scheduler
}{
	{"round robin", func(n int) *Scheduler { return ready(New(Options{}), n, nil) }},
	{"tree flat", func(n int) *Scheduler {
		return ready(New(Options{Scheme: Tree}), n, func(s *Scheduler, id uint32) { _ = s.Prioritize(id, dep(0, int(id%256)+1, false)) })
	}},
	{"tree groups", func(n int) *Scheduler { // idle streams as groups, as Firefox made them
		s := New(Options{Scheme: Tree})
		for g := range uint32(5) {
			_ = s.Prioritize(100001+2*g, dep([]uint32{0, 0, 0, 100001, 100003}[g], []int{201, 101, 1, 1, 1}[g], false))
		}
		return ready(s, n, func(s *Scheduler, id uint32) { _ = s.Prioritize(id, dep(100001+id%10&^1, 32, false)) })
	}},
	{"tree chain", func(n int) *Scheduler { // each below the one before, as Chrome made them
		return ready(New(Options{Scheme: Tree}), n, func(s *Scheduler, id uint32) { _ = s.Prioritize(id, dep(max(id, 2)-2, 256, true)) })
	}},
	{"urgency in order", func(n int) *Scheduler { return ready(New(Options{Scheme: Urgency}), n, nil) }},
	{"urgency incremental", func(n int) *Scheduler {
		return ready(New(Options{Scheme: Urgency}), n, func(s *Scheduler, id uint32) { s.Update(id, Param{uint8(id / 2 % 8), true}) })
	}},
}

// ready opens n streams, and makes them ready.
func ready(s *Scheduler, n int, signal func(*Scheduler, uint32)) *Scheduler {
	for i := range n {
		id := uint32(2*i + 1)
		r := s.Open(id, 0)
		if signal != nil {
			signal(s, id)
		}
		s.Ready(r)
	}
	return s
}

// A pick costs no memory, in any shape, and neither does a stream that stops and
// starts, nor one that closes and another that opens.
func TestAllocations(t *testing.T) {
	for _, x := range trees {
		s := x.build(100)
		if n := testing.AllocsPerRun(1000, func() {
			r, _ := s.Next()
			s.Sent(r, 16384)
			r, _ = s.Next()
			s.Unready(r)
			s.Sent(r, 5)
			s.Ready(r)
		}); n != 0 {
			t.Errorf("%s: a pick makes %v allocations", x.name, n)
		}
		last := uint32(1001)
		turn := func() {
			r, _ := s.Next()
			s.Close(r)
			if s.Scheme() == Tree {
				_ = s.Prioritize(last, dep(last-2, 5, true))
			}
			s.Ready(s.Open(last, 0))
			last += 2
		}
		for range 1000 {
			turn()
		}
		if n := testing.AllocsPerRun(10_000, turn); n != 0 {
			t.Errorf("%s: a stream makes %v allocations", x.name, n)
		}
		check(t, s)
	}
	v := "u=1, i, x=\"a\";y=?0, z=(1 2)"
	if n := testing.AllocsPerRun(100, func() { _, _ = ParseField(v, DefaultParam) }); n != 0 {
		t.Errorf("reading a priority field makes %v allocations", n)
	}
}

// BenchmarkPick is Next and Sent with all streams ready.
func BenchmarkPick(b *testing.B) {
	for _, x := range trees {
		for _, n := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", x.name, n), func(b *testing.B) {
				s := x.build(n)
				b.ReportAllocs()
				for b.Loop() {
					r, _ := s.Next()
					s.Sent(r, 16384)
				}
			})
		}
	}
}

// BenchmarkStream is what a short response costs: Open, Ready, Next, Sent, Close
// beside n streams that wait for windows.
func BenchmarkStream(b *testing.B) {
	for _, x := range trees {
		b.Run(x.name, func(b *testing.B) {
			s := x.build(100)
			for {
				r, ok := s.Next()
				if !ok {
					break
				}
				s.Unready(r)
			}
			b.ReportAllocs()
			id := uint32(1001)
			for b.Loop() {
				s.Ready(s.Open(id, 0))
				r, _ := s.Next()
				s.Sent(r, 100)
				s.Close(r)
				id += 2
			}
		})
	}
}

// BenchmarkUpdate is a PRIORITY frame, of no sense and of the worst shapes, with
// 100 streams open and 100 kept.
func BenchmarkUpdate(b *testing.B) {
	b.Run("random", func(b *testing.B) {
		s := crowd(100, 100)
		d := dice(1)
		b.ReportAllocs()
		for b.Loop() {
			_ = s.Prioritize(1+d.roll(400), frame.PriorityParam{StreamDep: d.roll(400), Weight: uint8(d.roll(256)), Exclusive: d.roll(4) == 0})
		}
	})
	for _, x := range shapes {
		b.Run(x.name, func(b *testing.B) {
			s := crowd(100, 100)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				_ = s.Prioritize(x.shape(i, 100))
				i++
			}
		})
	}
}

func BenchmarkParseField(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ParseField("u=1, i", DefaultParam)
	}
}
