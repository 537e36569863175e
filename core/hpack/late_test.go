package hpack

import (
	"math/rand/v2"
	"testing"
)

// A table that starts in the middle of a connection never tells anything wrong,
// and most of what comes. A name can stay unknown for long: encoders refer to it
// by the newest entry that has it.
func TestStartLateAgainstTheWholeConnection(t *testing.T) {
	unknowns, knowns := 0, 0
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 7))
		enc := NewEncoder()
		whole, late := NewTable(), NewTable()
		late.StartLate()
		from := rng.IntN(200)
		for i := range 600 {
			var fields []Field
			for range 1 + rng.IntN(6) {
				name := []string{"accept", "cookie", "etag", "user-agent", ":path", "x-a", "x-b"}[rng.IntN(7)]
				if rng.IntN(20) == 0 {
					name = "y-" + string(rune('a'+rng.IntN(26)))
				}
				fields = append(fields, Field{Name: name, Value: string(rune('a' + rng.IntN(26)))})
			}
			b := enc.AppendBlock(nil, fields)
			want, err := whole.Explain(b, nil)
			if err != nil {
				t.Fatal(err)
			}
			if i < from {
				continue
			}
			before := late.Mark()
			got, err := late.Explain(b, nil)
			if err != nil {
				t.Fatalf("seed %d, block %d: %v", seed, i, err)
			}
			again, _, err := late.ExplainAt(before, b, nil)
			if err != nil || len(again) != len(got) {
				t.Fatalf("seed %d, block %d once more: %d of %d, %v", seed, i, len(again), len(got), err)
			}
			for k, g := range got {
				if again[k] != g {
					t.Fatalf("seed %d, block %d once more: %+v, was %+v", seed, i, again[k], g)
				}
				if g.Unknown {
					unknowns++
				} else {
					knowns++
				}
				if w := want[k]; g.Name != w.Name && g.Name != Unknown || g.Value != w.Value && g.Value != Unknown || !g.Unknown && (g.Name != w.Name || g.Value != w.Value) {
					t.Fatalf("seed %d, block %d: %+v, the whole connection says %+v", seed, i, g, w)
				}
			}
		}
	}
	if unknowns < 50 || knowns < 10000 {
		t.Errorf("%d representations were not known, %d were: too few to show anything", unknowns, knowns)
	}
}

func TestLateTableRefusesWhatNoTableHolds(t *testing.T) {
	late := NewTable()
	late.StartLate()
	if reps, err := late.Explain([]byte{0xbe}, nil); err != nil || len(reps) != 1 || !reps[0].Unknown || reps[0].Name != Unknown {
		t.Errorf("index 62: %+v %v", reps, err)
	}
	if _, err := late.Explain(appendIndex(nil, maxLateIndex+1), nil); err == nil {
		t.Error("an index above all tables: no error")
	}
	// an update to 0 and back, and an entry: all older ones are gone when one of its own is
	b := []byte{0x3f, 0x21} // to 64
	b = append(b, 0x40, 1, 'a', 0)
	if _, err := late.Explain(b, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := late.Explain([]byte{0x20}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := late.Explain([]byte{0xbe}, nil); err == nil {
		t.Error("index 62 after the table was emptied: no error")
	}
	whole := NewTable()
	if _, err := whole.Explain([]byte{0xbe}, nil); err == nil {
		t.Error("index 62 in the table of a connection that just began: no error")
	}
}
