package sim

// dice is a small generator (SplitMix64) with the same numbers everywhere.
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

// time is an instant within n nanoseconds.
func (d *dice) time(n int64) int64 { return int64(d.next() % uint64(n)) }

// chance is true once in n times.
func (d *dice) chance(n int) bool { return d.below(n) == 0 }

// pick chooses one.
func pick[T any](d *dice, of ...T) T { return of[d.below(len(of))] }

// size is a length from 0 to most, small ones more often.
func (d *dice) size(most int) int {
	switch d.below(16) {
	case 0, 1:
		return 0
	case 2, 3, 4:
		return min(most, d.below(10))
	case 5:
		return min(most, d.below(20_000))
	case 6:
		if d.chance(3) {
			return d.below(most + 1)
		}
	}
	return min(most, d.below(1000))
}

// pattern is what bodies are made of: a body is a run of it, so that each octet
// tells whether it is the right one at the right place.
var pattern = func() []byte {
	b := make([]byte, 2*maxBody)
	d := dice(1)
	for i := range b {
		b[i] = byte(d.next())
	}
	return b
}()

// maxBody is the longest body.
const maxBody = 128 << 10
