package hpack

import (
	"slices"
	"testing"
)

// Coders that let go of what saves work, even between two fragments of a block,
// and that share a slice, say the same as others.
func TestLendAndShrink(t *testing.T) {
	enc, small := NewEncoder(), NewEncoder()
	a, b := NewDecoder(Limits{}), NewDecoder(Limits{})
	lent := make([]Field, 0, 8)
	for i := range 12 {
		fields := []Field{{Name: ":method", Value: "GET"}, {Name: "x-turn", Value: string(rune('a' + i/3))}, {Name: "x-more", Value: "more"}}
		block := enc.AppendBlock(nil, fields)
		if got := small.AppendBlock(nil, fields); !slices.Equal(got, block) {
			t.Fatalf("turn %d: the block is % x, without Shrink % x", i, got, block)
		}
		small.Shrink()
		for _, d := range []*Decoder{a, b} {
			if !d.Lend(lent) {
				t.Fatalf("turn %d: the slice was not taken", i)
			}
			if d.Lend(make([]Field, 1)) {
				t.Fatalf("turn %d: a second slice was taken", i)
			}
			var err error
			for _, fragment := range [][]byte{block[:len(block)/2], block[len(block)/2:]} {
				if e := d.Write(fragment); e != nil && err == nil {
					err = e
				}
				d.Shrink()
			}
			got, e := d.Close(nil)
			if err != nil || e != nil || !slices.Equal(got, fields) {
				t.Fatalf("turn %d: %v, %v, %v; want %v", i, got, err, e, fields)
			}
			if lent = d.TakeBack(); lent == nil {
				t.Fatalf("turn %d: nothing came back", i)
			}
		}
	}
	b.Lend(lent)
	b.Write([]byte{0x82})
	if b.TakeBack() != nil {
		t.Error("a slice came back that holds a field line")
	}
}
