package hpack

import "strconv"

// Kind is the kind of a representation (RFC 7541, section 6).
type Kind uint8

// The five kinds, by the pattern of their first octet.
const (
	Indexed             Kind = iota // 1xxxxxxx, section 6.1
	LiteralIncremental              // 01xxxxxx, section 6.2.1
	LiteralNotIndexed               // 0000xxxx, section 6.2.2
	LiteralNeverIndexed             // 0001xxxx, section 6.2.3
	TableSizeUpdate                 // 001xxxxx, section 6.3
)

var kindTexts = [...]struct{ name, ref string }{
	Indexed:             {"Indexed", "RFC 7541 6.1"},
	LiteralIncremental:  {"Literal, incremental", "RFC 7541 6.2.1"},
	LiteralNotIndexed:   {"Literal, not indexed", "RFC 7541 6.2.2"},
	LiteralNeverIndexed: {"Literal, never indexed", "RFC 7541 6.2.3"},
	TableSizeUpdate:     {"Table size update", "RFC 7541 6.3"},
}

// String is the name that the page shows: "Literal, incremental".
func (k Kind) String() string {
	if int(k) < len(kindTexts) {
		return kindTexts[k].name
	}
	return "Kind " + strconv.Itoa(int(k))
}

// Ref names the section that defines the kind: "RFC 7541 6.2.1".
func (k Kind) Ref() string {
	if int(k) < len(kindTexts) {
		return kindTexts[k].ref
	}
	return "RFC 7541 6"
}

// kindOf tells the kind and the bits of the first octet that belong to the
// integer.
func kindOf(first byte) (k Kind, prefix uint) {
	switch {
	case first&0x80 != 0:
		return Indexed, 7
	case first&0x40 != 0:
		return LiteralIncremental, 6
	case first&0x20 != 0:
		return TableSizeUpdate, 5
	case first&0x10 != 0:
		return LiteralNeverIndexed, 4
	}
	return LiteralNotIndexed, 4
}

// Span is where a string literal lies in its field block (RFC 7541, section
// 5.2). LenLen is 0 when there is none.
type Span struct {
	LenOff, LenLen int  // the octets of its length, the H bit included
	Off, Len       int  // the octets of the string itself, as coded
	Huffman        bool // the H bit
}

// Present says whether the representation carries the string at all.
func (s Span) Present() bool { return s.LenLen > 0 }

// shape is a representation as its octets alone tell it, without any table.
type shape struct {
	kind        Kind
	off, end    int
	n           uint64 // the integer: index or size
	nLen        int    // octets of that integer, the first octet included
	name, value Span
}

// maxContinuation is how many octets may follow the prefix of an integer. RFC
// 7541, section 5.1, leaves the bound to the implementation: with nine octets
// every integer is below 2^63 + 2^8, and a longer one is an error. x/net has
// the same bound.
const maxContinuation = 9

// scan reads the representation that begins at b[off]; off must be below
// len(b). more tells that b ends before the representation does; then the
// shape is filled as far as it goes. err can only be an integer too long.
func scan(b []byte, off int) (s shape, more bool, err *Error) {
	kind, prefix := kindOf(b[off])
	s = shape{kind: kind, off: off}
	end, more, err := scanInt(b, off, prefix, &s.n)
	s.end, s.nLen = end, end-off
	if more || err != nil || kind == Indexed || kind == TableSizeUpdate {
		return s, more, err
	}
	if s.n == 0 {
		if s.name, s.end, more, err = scanString(b, s.end); more || err != nil {
			return s, more, err
		}
	}
	s.value, s.end, more, err = scanString(b, s.end)
	return s, more, err
}

// scanInt reads an integer with a prefix of n bits (RFC 7541, section 5.1) into
// v. end is behind its last octet.
func scanInt(b []byte, off int, n uint, v *uint64) (end int, more bool, err *Error) {
	if off >= len(b) {
		return off, true, nil
	}
	full := uint64(1)<<n - 1
	i := uint64(b[off]) & full
	*v = i
	if i < full {
		return off + 1, false, nil
	}
	for k := 0; off+1+k < len(b); k++ {
		c := b[off+1+k]
		i += uint64(c&0x7f) << (7 * k)
		if c&0x80 == 0 {
			*v = i
			return off + 2 + k, false, nil
		}
		if k == maxContinuation-1 {
			return off + 2 + k, false, broken(off, "5.1", "an integer goes on after "+strconv.Itoa(maxContinuation+1)+" octets, no index, length or size is that large")
		}
	}
	return len(b), true, nil
}

// scanString reads the length of a string literal and steps over its octets
// (RFC 7541, section 5.2).
func scanString(b []byte, off int) (s Span, end int, more bool, err *Error) {
	var n uint64
	end, more, err = scanInt(b, off, 7, &n)
	if more || err != nil {
		return s, end, more, err
	}
	s = Span{LenOff: off, LenLen: end - off, Off: end, Huffman: b[off]&0x80 != 0}
	if n > uint64(len(b)-end) {
		s.Len = len(b) - end
		return s, len(b), true, nil
	}
	s.Len = int(n)
	return s, end + s.Len, false, nil
}
