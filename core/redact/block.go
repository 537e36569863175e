package redact

import (
	"strings"

	"framewise/core/hpack"

	xhpack "golang.org/x/net/http2/hpack"
)

// block redacts a whole field block in its place.
func (w *way) block(o *run) {
	w.blocks++
	b := o.join()
	reps, err := w.table.Explain(b, w.reps[:0])
	w.reps = reps
	end := 0
	for i := range reps {
		r := &reps[i]
		end = r.Off + r.Len
		if r.IsField() {
			w.rep(r, b)
		}
	}
	if err != nil {
		w.c.r.count.gone(KindUnknown, "field blocks that are broken", len(b)-end)
		zero(b[end:])
		w.unknownTable()
	}
	o.put(0, b)
	if n := w.table.Inserted(); n > 2*w.table.Mark().Len()+256 {
		w.table.Forget()
	}
}

// rep redacts one field line. b is the octets of the field block.
func (w *way) rep(r *hpack.Rep, b []byte) {
	c := &w.c.r.count
	name := r.Name
	shown := name
	if fromBefore := name == hpack.Unknown && !r.NameAt.Present(); !fromBefore && !w.c.r.knownName(name) {
		shown = "(unknown)"
		c.gone(KindName, name, len(name))
		if r.NameAt.Present() {
			n := 0
			if name != "" && name[0] == ':' {
				n = 1
			}
			replaceString(b, r.NameAt, name, n)
		}
	}
	if r.Index > 0 && r.Kind == hpack.Indexed && r.Static() {
		c.kept(KindField, shown, len(r.Value))
		return
	}
	n := w.c.r.keepValue(r)
	switch {
	case n == len(r.Value):
		c.kept(KindField, shown, n)
		return
	case n > 0 && name == ":path":
		c.gone(KindQuery, "", len(r.Value)-n)
	default:
		c.gone(KindField, shown, len(r.Value)-n)
	}
	if r.ValueAt.Present() {
		replaceString(b, r.ValueAt, r.Value, n)
	}
}

// replaceString puts a placeholder over the string literal s, whose octets are
// at, but for its first keep octets. Nothing but the literal's own octets change:
// the placeholder is as long, decoded and encoded.
func replaceString(b []byte, at hpack.Span, s string, keep int) {
	enc := b[at.Off : at.Off+at.Len]
	if !at.Huffman {
		fill(enc[keep:])
		return
	}
	copy(enc, xhpack.AppendHuffmanString(make([]byte, 0, len(enc)), s[:keep]+placeholder(s[:keep], len(s)-keep, len(enc))))
}

// marks are octets by the length of their Huffman code in bits (RFC 7541,
// Appendix B): what placeholders are made of. Up to 15 bits they may stand in a
// field's name, up to 28 in a value; text never needs more than 15.
var marks = []struct {
	bits int
	c    byte
}{
	{5, 'o'}, {6, '-'}, {7, 'x'}, {8, '*'}, {10, '!'}, {11, '+'}, {12, '#'}, {13, '~'}, {14, '^'}, {15, '`'},
	{19, '\\'}, {20, 0x80}, {21, 0x99}, {22, 0x81}, {23, 0x87}, {24, 0x8e}, {25, 0xc7}, {26, 0xc0}, {27, 0xcb}, {28, 0xf9}, {30, 0x16},
}

// placeholder is n octets whose Huffman code, behind that of before, ends in the
// last octet of size: it depends on the lengths alone. There is one whenever
// there is any string of that length that does.
//
// The n codes are of two neighbouring lengths, as many of the longer ones as fit
// into the bits. Neighbours differ by four bits at most, so that less than an
// octet stays free, which is the padding.
func placeholder(before string, n, size int) string {
	if n == 0 {
		return ""
	}
	bits := 8*size - bitsOf(before)
	bits = min(bits, n*marks[len(marks)-1].bits)
	i := 0
	for i+1 < len(marks) && n*marks[i+1].bits <= bits {
		i++
	}
	low, high := marks[i], marks[min(i+1, len(marks)-1)]
	longer := 0
	if d := high.bits - low.bits; d > 0 {
		longer = (bits - n*low.bits) / d
	}
	out := make([]byte, n)
	for k := range out {
		out[k] = low.c
		if (k+1)*longer/n > k*longer/n { // evenly among the others
			out[k] = high.c
		}
	}
	return string(out)
}

// bitsOf is the length of the Huffman code of s in bits. HuffmanLen counts whole
// octets: eight times s has as many of them as s has bits.
func bitsOf(s string) int { return hpack.HuffmanLen(strings.Repeat(s, 8)) }
