package inspect

import (
	"slices"

	"framewise/core/hpack"
)

// repeats remembers field blocks that came again and again while their dynamic
// table stayed as it was: a client that asks for the same thing a thousand times.
// They are explained once. What is remembered is bounded, however many connections
// there are.
type repeats struct{ slots [16]repeat }

type repeat struct {
	table  *hpack.Table
	mark   hpack.Mark // of the table, before and after the block
	octets []byte     // nil: nothing is remembered
	reps   []hpack.Rep
	known  bool // reps are those of the block; else it was seen once
}

// Larger blocks are not remembered.
const (
	maxRepeatOctets = 512
	maxRepeatReps   = 32
)

// explain is Table.Explain. The representations are valid until the next call.
func (m *repeats) explain(t *hpack.Table, key int, octets []byte, reuse *[]hpack.Rep) ([]hpack.Rep, error) {
	r := &m.slots[key%len(m.slots)]
	mark := t.Mark()
	again := r.table == t && r.mark == mark && string(r.octets) == string(octets)
	if again && r.known {
		return r.reps, nil
	}
	reps, err := t.Explain(octets, (*reuse)[:0])
	*reuse = reps
	switch {
	case err != nil || t.Mark() != mark || len(octets) > maxRepeatOctets || len(reps) > maxRepeatReps:
		if r.table == t {
			r.table = nil
		}
	case again:
		r.reps, r.known = slices.Clone(reps), true
	default:
		r.table, r.mark, r.known = t, mark, false
		r.octets = append(r.octets[:0], octets...)
	}
	return reps, err
}
