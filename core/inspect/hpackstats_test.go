package inspect

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"framewise/core/hpack"
	"framewise/core/trace"
)

// hpackText is what compression did, and the choices that encoders had.
func hpackText(t testing.TB, a *Analyser) []byte {
	t.Helper()
	var out []byte
	v, err := a.HPACK(HPACKQuery{Conn: 1, Frame: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range v.Dirs {
		out = fmt.Appendf(out, "%s: %d of %d blocks, %d arrived, %d broken; %d octets of %d, %d %% saved, %d by Huffman\n", d.Dir, d.Blocks, d.Of, d.Arrived, d.Broken,
			d.Encoded, d.Plain, d.Saved, d.Huffman)
		out = fmt.Appendf(out, "  hits %d static, %d dynamic, %d names; %d in, %d out; %d of %d octets, %d entries\n  %v\n  %v\n", d.Static, d.Dynamic, d.Names,
			d.Inserted, d.Evicted, d.Size, d.MaxSize, d.Entries, d.Kinds, d.Sizes)
		for _, f := range d.Fields {
			out = fmt.Appendf(out, "  %+v\n", f)
		}
	}
	for i := range a.rows.len() {
		p, err := a.Predict(i)
		if err != nil {
			continue
		}
		out = fmt.Appendf(out, "\nframe %d: %d octets, %d would do\n", i+1, p.Octets, p.Best)
		for _, f := range p.Fields {
			c := f.Choices[f.Taken]
			out = fmt.Appendf(out, "  %s: %s; %s %d, %d octets; good %v: %s\n", f.Name, f.Value, c.Kind, c.Index, c.Octets, f.Good, f.Text)
		}
	}
	return out
}

// Counts that are carried on and put aside equal counting from the start.
func TestHPACKCountsAgainstCountingAll(t *testing.T) {
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 61))
		a := feed(t, benchRecord(6000, seed))
		c := a.conns[0]
		for range 60 {
			dir := rng.IntN(2)
			n := uint32(rng.IntN(c.dirs[dir].blocks.len() + 1))
			got := c.counted(dir, n).clone()
			names := c.dirs[dir].hpackCache.names
			want := map[string]fieldCount{}
			octets, fields, indexed := 0, 0, 0
			for k := range n {
				reps, _, raw, err := c.explain(dir, c.dirs[dir].blocks.at(int(k)), nil)
				if err != nil {
					t.Fatal(err)
				}
				octets += len(raw)
				for _, r := range reps {
					f := want[r.Name]
					f.n++
					f.plain += len(r.Name) + len(r.Value) + 4
					f.encoded += r.Len
					if r.Kind == hpack.Indexed {
						f.indexed++
						indexed++
					}
					want[r.Name] = f
					fields++
				}
			}
			have := map[string]fieldCount{}
			encoded := 0
			for k, f := range got.fields {
				if f.n > 0 {
					have[names[k]] = f
				}
			}
			for _, k := range got.kinds {
				encoded += k.octets
				fields -= k.n
			}
			if got.blocks != n || encoded != octets || fields != 0 || got.static+got.dynamic != indexed || !reflect.DeepEqual(have, want) {
				t.Fatalf("seed %d, %d blocks of direction %d: %+v %v, want %v", seed, n, dir, got, have, want)
			}
		}
		if x := &c.dirs[0].hpackCache; len(x.aside) < 3 {
			t.Fatalf("counts were put aside %d times", len(x.aside))
		}
	}
}

// What a choice costs is what an encoder that takes it writes.
func TestChoicesCostWhatTheySay(t *testing.T) {
	a := feed(t, benchRecord(3000, 9))
	a.settle()
	seen := map[string]int{}
	for i := range a.rows.len() {
		v, err := a.Predict(i)
		if err != nil {
			continue
		}
		d, err := a.Detail(i)
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Fields) != len(d.Block.Reps) || v.Octets != d.Block.Octets || v.Best > v.Octets {
			t.Fatalf("frame %d: %d fields, %d octets, best %d; the block has %d representations, %d octets", i, len(v.Fields), v.Octets, v.Best,
				len(d.Block.Reps), d.Block.Octets)
		}
		for k, f := range v.Fields {
			r, c := d.Block.Reps[k], f.Choices[f.Taken]
			if c.Kind != r.Kind || c.Octets != r.Len || c.Index != r.Index || c.IndexFrom != r.IndexFrom || f.Text == "" {
				t.Fatalf("frame %d, field %d: taken is %+v, the block says %+v", i, k, c, r)
			}
			seen[c.Kind]++
			for _, x := range f.Choices {
				if got := encodeChoice(x.Kind, x.Index, x.Huffman, f.Name, f.Value); got != x.Octets {
					t.Fatalf("frame %d: %+v for %s: %s takes %d octets", i, x, f.Name, f.Value, got)
				}
				if x.Octets < f.Choices[f.Best].Octets {
					t.Fatalf("frame %d: %+v is shorter than the best of %+v", i, x, f)
				}
			}
		}
	}
	if seen["Indexed"] < 100 || seen["Literal, incremental"] < 100 {
		t.Errorf("too few were seen: %v", seen)
	}
	for _, i := range []int{-1, 1, 1 << 30} {
		if _, err := a.Predict(i); err == nil {
			t.Errorf("the choices of frame %d: no error", i)
		}
	}
}

// encodeChoice writes a representation by hand and returns its length.
func encodeChoice(kind string, index int, huffman bool, name, value string) int {
	str := func(s string) []byte {
		if !huffman {
			return append(hpack.AppendInt(nil, 0, 7, uint64(len(s))), s...)
		}
		n := 0 // bits, by the reference encoder's own length
		n = hpack.HuffmanLen(s)
		return append(hpack.AppendInt(nil, 0x80, 7, uint64(n)), make([]byte, n)...)
	}
	var b []byte
	switch kind {
	case "Indexed":
		return len(hpack.AppendInt(nil, 0x80, 7, uint64(index)))
	case "Literal, incremental":
		b = hpack.AppendInt(nil, 0x40, 6, uint64(index))
	default:
		b = hpack.AppendInt(nil, 0, 4, uint64(index))
	}
	if index == 0 {
		b = append(b, str(name)...)
	}
	return len(append(b, str(value)...))
}

// A field line that the encoder could have taken from the table is told.
func TestJudgement(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	r.open()
	secret := append([]byte{0x82, 0x86, 0x84, 0x41, 1, 'h', 0x1f, 8, 1}, 'x') // authorization, never indexed
	clumsy := append([]byte{0x00, 7}, ":method\x03GET\x86\x84\x41\x01h"...)   // a literal for what index 2 says
	again := append([]byte{0x82, 0x86, 0x84, 0x41}, "\x01h\x40\x01a\x01b"...) // a: b, incremental
	r.c2s(headersOf(1, secret), headersOf(3, clumsy), headersOf(5, again), headersOf(7, again))
	a := feed(t, r.entries)
	for _, c := range []struct {
		frame, field int
		good         bool
	}{{5, 0, true}, {5, 4, true}, {6, 0, false}, {7, 4, true}, {8, 4, false}} {
		v, err := a.Predict(c.frame)
		if err != nil {
			t.Fatal(err)
		}
		if f := v.Fields[c.field]; f.Good != c.good {
			t.Errorf("frame %d: %+v", c.frame, f)
		}
	}
}
