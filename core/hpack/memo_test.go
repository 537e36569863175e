package hpack

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	xhpack "golang.org/x/net/http2/hpack"
)

// sections are a few field sections that repeat, with new fields now and then:
// what memos are for, and what they must get right.
func sections(r *rand.Rand, n int) [][]Field {
	var usual [][]Field
	for i := range 7 {
		f := []Field{{Name: ":status", Value: "200"}, {Name: "server", Value: "s"}}
		for j := range i {
			f = append(f, Field{Name: fmt.Sprint("x-", j), Value: fmt.Sprint("value ", i%3, j)})
		}
		usual = append(usual, f)
	}
	usual = append(usual, []Field{}, []Field{{Name: ":method", Value: "GET"}}, []Field{{Name: "x-0", Value: "secret", Sensitive: true}})
	var out [][]Field
	for range n {
		f := slices.Clone(usual[r.IntN(len(usual))])
		if r.IntN(8) == 0 {
			f = append(f, Field{Name: "x-new", Value: fmt.Sprint(r.IntN(1000)), Sensitive: r.IntN(4) == 0})
		}
		out = append(out, f)
	}
	return out
}

// TestMemosAreXNets holds what the coder makes and reads, with its memos, equal
// to x/net's octet by octet, over insertions, evictions and resizings.
func TestMemosAreXNets(t *testing.T) {
	hits := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		e, d := NewEncoder(), NewDecoder(Limits{})
		var want bytes.Buffer
		x := xhpack.NewEncoder(&want)
		for i, f := range sections(r, 400) {
			if r.IntN(60) == 0 {
				size := uint32(r.IntN(5)) * 100
				if size == e.TableSize() {
					continue
				}
				e.SetMaxTableSize(size)
				d.SetMaxTableSize(4096)
				x.SetMaxDynamicTableSize(size)
				f = append(f, Field{Name: ":path", Value: "/"}) // x/net tells of the size with a field
			}
			if len(e.memos.kept) > 0 && e.memos.ofFields(f) != nil {
				hits++
			}
			block := e.AppendBlock([]byte("before"), f)[len("before"):]
			want.Reset()
			for _, field := range f {
				x.WriteField(field)
			}
			if !bytes.Equal(block, want.Bytes()) {
				t.Fatalf("seed %d, section %d: % x, x/net makes % x", seed, i, block, want.Bytes())
			}
			got, err := decodeInPieces(r, d, block)
			if err != nil {
				t.Fatalf("seed %d, section %d: %v", seed, i, err)
			}
			if !slices.Equal(got, f) {
				t.Fatalf("seed %d, section %d: decoded %v, sent %v", seed, i, got, f)
			}
		}
	}
	if hits < 500 {
		t.Errorf("%d of 16000 blocks were remembered: too few to say anything", hits)
	}
}

// decodeInPieces gives a block in one piece or in two.
func decodeInPieces(r *rand.Rand, d *Decoder, block []byte) ([]Field, error) {
	cut := len(block)
	if r.IntN(2) == 0 {
		cut = r.IntN(len(block) + 1)
	}
	for _, b := range [][]byte{block[:cut], block[cut:]} {
		if err := d.Write(b); err != nil {
			return nil, err
		}
	}
	return d.Close(nil)
}

// TestMemosAreCopies: what the caller does with its slices later is its own
// matter.
func TestMemosAreCopies(t *testing.T) {
	e, d := NewEncoder(), NewDecoder(Limits{})
	f := []Field{{Name: ":method", Value: "GET"}, {Name: "x-a", Value: "1"}}
	e.AppendBlock(nil, f)
	first := e.AppendBlock(nil, f)
	f[1].Value = "2"
	second := e.AppendBlock(nil, f)
	if bytes.Equal(first, second) {
		t.Error("a changed section has the block that it had before")
	}
	d2 := NewEncoder()
	a := []Field{{Name: ":method", Value: "GET"}}
	block := d2.AppendBlock(nil, a)
	for range 3 {
		d.Write(block)
		got, err := d.Close(nil)
		if err != nil || !slices.Equal(got, a) {
			t.Fatal(got, err)
		}
		got[0].Value = "POST"
	}
}

// TestMemosOfLiterals: a block with a field that is not to be indexed can be
// remembered; one that is never to be indexed is not kept.
func TestMemosOfLiterals(t *testing.T) {
	for first, want := range map[byte]int{0x04: 1, 0x14: 0, 0x44: 0} {
		d := NewDecoder(Limits{})
		block := []byte{0x82, first, 4, '/', 'a', '/', 'b'} // :method GET, :path
		for range 3 {
			if err := d.Write(block); err != nil {
				t.Fatal(err)
			}
			got, err := d.Close(nil)
			if err != nil || len(got) != 2 || got[1].Name != ":path" || got[1].Value != "/a/b" || got[1].Sensitive != (first == 0x14) {
				t.Fatalf("first octet %#x: %v, %v", first, got, err)
			}
		}
		if len(d.memos.kept) != want {
			t.Errorf("first octet %#x: %d blocks are kept, not %d", first, len(d.memos.kept), want)
		}
	}
}

// TestMemoLimits: a remembered block is still held to a table that must shrink.
func TestMemoLimits(t *testing.T) {
	e, d := NewEncoder(), NewDecoder(Limits{})
	block := e.AppendBlock(nil, []Field{{Name: ":method", Value: "GET"}})
	for range 2 {
		if err := d.Write(block); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Close(nil); err != nil {
			t.Fatal(err)
		}
	}
	d.SetMaxTableSize(100)
	if err := d.Write(block); err == nil {
		t.Error("a block without the size update that was due was taken")
	}
}

// TestMemosAllocate: what repeats is coded and decoded without allocation.
func TestMemosAllocate(t *testing.T) {
	e, d := NewEncoder(), NewDecoder(Limits{})
	var dst []byte
	var got []Field
	run := func() {
		dst = e.AppendBlock(dst[:0], []Field{{Name: ":status", Value: "200"}, {Name: "x-a", Value: "1"}})
		if err := d.Write(dst); err != nil {
			t.Fatal(err)
		}
		var err error
		if got, err = d.Close(got[:0]); err != nil {
			t.Fatal(err)
		}
	}
	run()
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
