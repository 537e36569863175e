package inspect

import (
	"fmt"
	"strconv"
	"strings"

	"framewise/core/hpack"
	"framewise/core/inspect/view"
)

// MaxBitParts is how many parts of a representation an answer of Bits has.
const MaxBitParts = 1000

// Bits answers what each bit of a representation means: the pattern of its
// kind, its numbers (RFC 7541, section 5.1), and its strings symbol by symbol
// (section 5.2, Appendix B). rep is an index of the field block's Reps. An error
// says which frames or representations there are.
func (a *Analyser) Bits(frame, rep int) (view.Bits, error) {
	a.settle()
	tail := a.tail()
	if n := a.rows.len() + len(tail); frame < 0 || frame >= n {
		return view.Bits{}, errorFrame(frame, n)
	}
	p := a.pick(frame, tail)
	var x *explained
	if frame < a.rows.len() {
		x = p.c.blockOf(p.r)
	}
	if x == nil || rep < 0 || rep >= len(x.reps) {
		n := 0
		if x != nil {
			n = len(x.reps)
		}
		return view.Bits{}, fmt.Errorf("frame %d has no representation %d: it has %d, numbered from 0", frame, rep, n)
	}
	b := &bitParts{raw: x.raw}
	b.representation(&x.reps[rep])
	v := view.Bits{Frame: frame, Rep: rep, Parts: b.parts, Version: a.version}
	if n := len(v.Parts) - MaxBitParts; n > 0 {
		v.Parts, v.More = v.Parts[:MaxBitParts], n
	}
	return v, nil
}

type bitParts struct {
	raw   []byte
	parts []view.BitPart
}

// patterns are how many bits tell the kind of a representation.
var patterns = map[hpack.Kind]int{hpack.Indexed: 1, hpack.LiteralIncremental: 2, hpack.TableSizeUpdate: 3,
	hpack.LiteralNotIndexed: 4, hpack.LiteralNeverIndexed: 4}

func (b *bitParts) representation(r *hpack.Rep) {
	n := patterns[r.Kind]
	b.add("pattern", "", b.bits(r.Off, 0, n), r.Kind.String(), r.Kind.Ref())
	of := "index"
	if !r.IsField() {
		of = "size"
	}
	b.add("number", of, b.bits(r.Off, n, 8*r.IndexLen-n), repNumber(r), "RFC 7541 5.1")
	b.literal("name", r.NameAt)
	b.literal("value", r.ValueAt)
}

func (b *bitParts) literal(of string, at hpack.Span) {
	if !at.Present() {
		return
	}
	coded := "plain octets follow"
	if at.Huffman {
		coded = "Huffman code follows"
	}
	b.add("huffman", of, b.bits(at.LenOff, 0, 1), coded, "RFC 7541 5.2")
	b.add("length", of, b.bits(at.LenOff, 1, 8*at.LenLen-1), octetCount(at.Len), "RFC 7541 5.1")
	if !at.Huffman {
		for i := range at.Len {
			b.add("octet", of, b.bits(at.Off+i, 0, 8), symbolText(b.raw[at.Off+i]), "RFC 7541 5.2")
		}
		return
	}
	symbols, padding, err := hpack.HuffmanBits(nil, b.raw[at.Off:at.Off+at.Len])
	for _, s := range symbols {
		b.add("symbol", of, b.bits(at.Off, s.Bit, s.Bits), symbolText(s.Sym), "RFC 7541 B")
	}
	if padding > 0 && err == nil {
		b.add("padding", of, b.bits(at.Off, 8*at.Len-padding, padding), "the first bits of EOS", "RFC 7541 5.2")
	}
}

func (b *bitParts) add(kind, of, bits, value, ref string) {
	b.parts = append(b.parts, view.BitPart{Kind: kind, Of: of, Bits: bits, Value: value, Ref: ref})
}

// bits are n bits from bit from of the octets at off on, as digits.
func (b *bitParts) bits(off, from, n int) string {
	var s strings.Builder
	for i := from; i < from+n; i++ {
		s.WriteByte('0' + b.raw[off+i/8]>>(7-i%8)&1)
	}
	return s.String()
}

// symbolText is an octet as text; what can't be seen is written as a number.
func symbolText(c byte) string {
	if c > ' ' && c < 0x7f {
		return string(rune(c))
	}
	if c == ' ' {
		return "space"
	}
	return "0x" + strconv.FormatUint(uint64(c)|0x100, 16)[1:]
}
