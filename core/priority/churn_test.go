package priority

import (
	"testing"

	"framewise/core/frame"
)

// dice is a generator of numbers that look random; the same everywhere.
type dice uint64

func (d *dice) roll(n uint32) uint32 {
	*d ^= *d << 13
	*d ^= *d >> 7
	*d ^= *d << 17
	return uint32(uint64(uint32(*d>>32)) * uint64(n) >> 32)
}

// flood sends PRIORITY frames of a shape, and returns how many steps one of them
// took at most, and how many the scheduler has made in all.
func flood(t testing.TB, s *Scheduler, frames int, shape func(i int) (uint32, frame.PriorityParam)) (worst, all int) {
	t.Helper()
	bound := s.open + max(s.maxKept, 0)
	for i := range frames {
		before := s.steps
		id, p := shape(i)
		if err := s.Prioritize(id, p); err != nil && id != p.StreamDep {
			t.Fatal(err)
		}
		if s.Len() > bound {
			t.Fatalf("after %d frames %d streams are held, the bound is %d", i+1, s.Len(), bound)
		}
		worst = max(worst, s.steps-before)
	}
	if len(s.n) > reserved+bound+2 { // an update names two streams, then trims
		t.Fatalf("there are %d nodes for %d streams", len(s.n), bound)
	}
	if len(s.byID) > bound {
		t.Fatalf("%d streams are in the index, the bound is %d", len(s.byID), bound)
	}
	check(t, s)
	return worst, s.steps
}

// crowd is a scheduler with open streams, a part of them ready.
func crowd(open, kept int) *Scheduler {
	s := New(Options{Scheme: Tree, MaxKept: kept})
	for i := range open {
		if r := s.Open(uint32(2*i+1), 0); i%3 != 0 {
			s.Ready(r)
		}
	}
	return s
}

// A million PRIORITY frames of no sense: what is held stays within its bound,
// and the steps they take grow with their number and no faster.
func TestChurn(t *testing.T) {
	const frames = 1_000_000
	for _, open := range []int{0, 100} {
		s := crowd(open, 100)
		d := dice(open + 1)
		shape := func(int) (uint32, frame.PriorityParam) {
			id := func() uint32 {
				if d.roll(2) == 0 {
					return d.roll(uint32(2*open)+1) | 1
				}
				return 1 + d.roll(frame.MaxStreamID)
			}
			return id(), frame.PriorityParam{StreamDep: id() * d.roll(2), Weight: uint8(d.roll(256)), Exclusive: d.roll(4) == 0}
		}
		_, half := flood(t, s, frames/2, shape)
		_, all := flood(t, s, frames/2, shape)
		if second := all - half; second > half+half/4 {
			t.Errorf("%d open: the first half took %d steps, the second %d", open, half, second)
		}
		if perFrame := all / frames; perFrame > 2*(open+100) {
			t.Errorf("%d open: %d steps a frame", open, perFrame)
		}
		t.Logf("%d open: %.1f steps a frame", open, float64(all)/frames)
		if n := s.Len(); n != open+100 {
			t.Errorf("%d streams are held at the end, want %d", n, open+100)
		}
	}
}

// shapes are what would hurt most: updates that move many, and long ways up.
var shapes = []struct {
	name  string
	shape func(i, n int) (uint32, frame.PriorityParam)
}{
	{"the dependents of one go to another and back", func(i, n int) (uint32, frame.PriorityParam) {
		return uint32(2*(i%2) + 1), dep(uint32(2*((i+1)%2)+1), 7, true)
	}},
	{"each in turn takes all others", func(i, n int) (uint32, frame.PriorityParam) {
		return uint32(2*(i%n) + 1), dep(0, 256, true)
	}},
	{"a chain, its ends exchanged", func(i, n int) (uint32, frame.PriorityParam) {
		if i < n {
			return uint32(2*i + 1), dep(uint32(max(2*i-1, 0)), 1, true)
		}
		if i%2 == 0 {
			return 1, dep(uint32(2*n-1), 1, i%4 == 0)
		}
		return uint32(2*n - 1), dep(1, 1, false)
	}},
	{"new ones push old ones out of a chain", func(i, n int) (uint32, frame.PriorityParam) {
		return uint32(10001 + 2*i), dep(uint32(10001+2*max(i-1, 0))*uint32(min(i, 1)), 256, true)
	}},
	{"new ones take all, and go", func(i, n int) (uint32, frame.PriorityParam) {
		return uint32(10001 + 2*i), dep(0, 1, true)
	}},
}

// No frame costs more than a few steps for each stream that is held.
func TestWorstUpdates(t *testing.T) {
	for _, x := range shapes {
		const open, kept = 150, 50
		s := crowd(open, kept)
		worst, all := flood(t, s, 20_000, func(i int) (uint32, frame.PriorityParam) { return x.shape(i, open) })
		t.Logf("%s: %d steps at worst, %.1f on average", x.name, worst, float64(all)/20_000)
		if worst > 4*(open+kept) {
			t.Errorf("%s: a frame took %d steps with %d streams", x.name, worst, open+kept)
		}
	}
}
