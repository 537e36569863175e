package hpack

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Both coders say how much of their table is in use; the explainer's mirror,
// which reads the octets by itself, is the judge. Tables shrink, grow and
// overflow, and sections break a limit.
func TestUsed(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0))
		e, d := NewEncoder(), NewDecoder(Limits{MaxListSize: 400})
		mirror := NewTable()
		for range 60 {
			if r.IntN(6) == 0 {
				n := uint32(r.IntN(5000))
				e.SetMaxTableSize(n)
				d.SetMaxTableSize(n)
				mirror.SetAllowedMax(n)
			}
			var fields []Field
			for range r.IntN(8) {
				fields = append(fields, Field{Name: fmt.Sprint("n", r.IntN(9)), Value: fmt.Sprintf("%0*d", 1+r.IntN(150), r.IntN(9)), Sensitive: r.IntN(9) == 0})
			}
			block := e.AppendBlock(nil, fields)
			if err := d.Write(block); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Close(nil); err != nil && err.(*Error).Fatal {
				t.Fatal(err)
			}
			if _, err := mirror.Explain(block, nil); err != nil {
				t.Fatal(err)
			}
			if want := mirror.Mark().Size; e.Used() != want || d.Used() != want {
				t.Fatalf("seed %d: the encoder's table holds %d octets, the decoder's %d; want %d", seed, e.Used(), d.Used(), want)
			}
		}
	}
}
