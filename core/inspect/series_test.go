package inspect

import (
	"math/rand/v2"
	"testing"
)

func TestListGrowsAndShrinks(t *testing.T) {
	var l list[int]
	for round := range 3 {
		for i := l.len(); i < 3*pieceLen+round; i++ {
			l.add(i)
		}
		for i := range l.len() {
			if *l.at(i) != i {
				t.Fatalf("element %d is %d", i, *l.at(i))
			}
		}
		for _, at := range []int{0, 1, pieceLen, pieceLen + 1, l.len()} {
			if got := l.search(func(v *int) bool { return *v < at }); got != at {
				t.Fatalf("search for %d gives %d", at, got)
			}
		}
		for l.len() > pieceLen-round {
			if *l.last() != l.len()-1 {
				t.Fatalf("the last of %d elements is %d", l.len(), *l.last())
			}
			l.pop()
		}
	}
	for l.len() > 0 {
		l.pop()
	}
	l.add(7)
	if l.len() != 1 || *l.last() != 7 {
		t.Fatalf("after all was dropped: %d elements", l.len())
	}
}

// The sums by jumps equal those by adding up.
func TestPointsAgainstAddingUp(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var l list[point]
		const streams = 4
		var heads [streams]uint32
		type added struct {
			stream int
			seq    uint32
			n      int64
		}
		var all []added
		seq := uint32(0)
		for range 1 + rng.IntN(3000) {
			seq += 1 + uint32(rng.IntN(3))
			k, n := rng.IntN(streams), rng.Int64N(1000)
			heads[k] = addPoint(&l, heads[k], seq, n)
			all = append(all, added{k, seq, n})
		}
		for range 300 {
			k, at := rng.IntN(streams), uint32(rng.IntN(int(seq)+3))
			want := int64(0)
			for _, x := range all {
				if x.stream == k && x.seq <= at {
					want += x.n
				}
			}
			if got := pointAt(&l, heads[k], at); got != want {
				t.Fatalf("seed %d: the sum of stream %d up to frame %d is %d, want %d", seed, k, at, got, want)
			}
		}
	}
}

// A look back over a long series takes few steps.
func TestPointsAreFoundInLogarithmicTime(t *testing.T) {
	var l list[point]
	head := uint32(0)
	const n = 1 << 17
	for i := range uint32(n) {
		head = addPoint(&l, head, i+1, 1)
	}
	worst := 0
	for at := uint32(1); at <= n; at += 997 {
		steps, p := 0, head
		for p != 0 && l.at(int(p-1)).seq > at {
			x := l.at(int(p - 1))
			p = x.prev
			if x.jump != 0 && l.at(int(x.jump-1)).seq > at {
				p = x.jump
			}
			steps++
		}
		worst = max(worst, steps)
		if got := pointAt(&l, head, at); got != int64(at) {
			t.Fatalf("the sum up to %d is %d", at, got)
		}
	}
	if worst > 4*17 {
		t.Errorf("a look back over %d points takes %d steps, want at most %d", n, worst, 4*17)
	}
}

func TestSums(t *testing.T) {
	var l list[total]
	if sumAt(&l, 100) != 0 {
		t.Error("the sum of nothing is not 0")
	}
	for _, seq := range []uint32{2, 5, 9} {
		addTo(&l, seq, int64(seq)*10)
	}
	for _, c := range []struct {
		at   uint32
		want int64
	}{{0, 0}, {1, 0}, {2, 20}, {4, 20}, {5, 70}, {8, 70}, {9, 160}, {99, 160}} {
		if got := sumAt(&l, c.at); got != c.want {
			t.Errorf("the sum up to frame %d is %d, want %d", c.at, got, c.want)
		}
	}
}
