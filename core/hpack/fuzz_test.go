package hpack

import (
	"errors"
	"slices"
	"testing"
)

// script cuts arbitrary octets into what happens on a connection: blocks, and
// changes of HEADER_TABLE_SIZE. The first octet of each says which.
func script(b []byte, size func(uint32), block func([]byte, int) bool) {
	for len(b) >= 2 {
		op, n := b[0], int(b[1])
		b = b[2:]
		if op%4 == 3 {
			size(uint32(n) * 24)
			continue
		}
		n = min(n, len(b))
		if !block(b[:n], int(op>>2)) {
			return
		}
		b = b[n:]
	}
}

// FuzzDecoders holds the explainer, the Decoder in fragments of any size and
// x/net's decoder equal on arbitrary octets: all fail or none, with the same
// fields and table. The only difference that is allowed is RFC 7541, section
// 4.2, where x/net is laxer (see TestBroken).
func FuzzDecoders(f *testing.F) {
	for _, s := range []string{
		"\x00\x0a\x40\x01a\x01b\x82\xbe\x86\x84\xbf",
		"\x04\x06\x40\x01a\x01b\xbe\x03\x01\x00\x02\x38\xbe\x00\x01\xbe",
		"\x03\x00\x03\xff\x00\x05\x20\x3f\xe1\x1f\x82",
		"\x00\x08\x00\x82\x1f\xff\x01a\x82\x20",
		"\x00\x0b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"\x08\x15\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff\x10\x01a\x01",
		"\x00\x04\x3f\xe2\x1f\x82", "\x00\x02\x82\x20",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tab, dec, x := NewTable(), NewDecoder(noLimits), newX()
		size := func(n uint32) {
			tab.SetAllowedMax(n)
			dec.SetMaxTableSize(n)
			x.SetAllowedMaxDynamicTableSize(n)
		}
		script(b, size, func(block []byte, piece int) bool {
			before := tab.Mark()
			reps, err := tab.Explain(block, nil)
			checkReps(t, block, before, reps)
			mine, derr := decodeIn(dec, block, piece)
			var e, de *Error
			if errors.As(err, &e) != errors.As(derr, &de) || e != nil && (e.Offset != de.Offset || e.Section != de.Section) {
				t.Fatalf("%x: explained: %v, decoded: %v", block, err, derr)
			}
			theirs, xerr := x.block(block)
			if (err == nil) != (xerr == nil) && (xerr != nil || e.Section != "RFC 7541 4.2") {
				t.Fatalf("%x: explained: %v, x/net: %v", block, err, xerr)
			}
			again, after, aerr := tab.ExplainAt(before, block, nil)
			if (aerr == nil) != (err == nil) || after != tab.Mark() || !slices.Equal(again, reps) {
				t.Fatalf("%x again: %v at %+v, was %v at %+v", block, aerr, after, err, tab.Mark())
			}
			if err != nil {
				return false
			}
			if got := repFields(reps); !slices.Equal(got, theirs) || !slices.Equal(got, mine) {
				t.Fatalf("%x: explained as %v, decoded to %v, x/net has %v", block, got, mine, theirs)
			}
			if got, want := tableEntries(tab, tab.Mark()), xTable(x.Decoder); !slices.Equal(got, want) {
				t.Fatalf("%x: the table is %v, x/net's is %v", block, got, want)
			}
			return true
		})
	})
}
