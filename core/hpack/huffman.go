package hpack

import "strconv"

// eos is the symbol that ends a string: it is never sent, but its first bits
// are the padding (RFC 7541, section 5.2).
const eos = 256

// maxCodeLen is the longest code, in bits (RFC 7541, Appendix B).
const maxCodeLen = 30

// codeLens are the lengths of the codes in bits, by symbol (RFC 7541, Appendix
// B). The code is canonical: the codes follow from the lengths, see newCode.
var codeLens = [eos + 1]uint8{
	13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
	28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
	6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
	5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
	13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
	15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
	6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
	20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
	24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
	22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
	21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
	26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
	19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
	20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
	26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
	30,
}

// HuffmanLen is the number of octets that a string takes in the Huffman code
// (RFC 7541, section 5.2).
func HuffmanLen(s string) int {
	n := 0
	for i := range len(s) {
		n += int(codeLens[s[i]])
	}
	return (n + 7) / 8
}

// huffCode is what decodes: a table for the codes of up to eight bits, which
// is nearly all of a field's text, and the canonical order for the rest.
type huffCode struct {
	short [256]struct{ sym, n uint8 } // by the next eight bits; n 0: a longer code
	limit [maxCodeLen + 1]uint32      // by length: the first code that is longer, left-aligned in 32 bits
	first [maxCodeLen + 1]uint32      // by length: its first code
	base  [maxCodeLen + 1]int16       // by length: where its symbols begin in syms
	syms  [eos + 1]uint16             // symbols in the order of their codes
	codes [eos + 1]uint32             // codes by symbol
}

var huff = newCode()

// newCode derives the codes: in order of length, and within a length in order
// of the symbol, each is the last one plus one, extended with zeros where the
// length grows.
func newCode() *huffCode {
	h := new(huffCode)
	next, k := uint32(0), 0
	for n := 1; n <= maxCodeLen; n++ {
		next <<= 1
		h.first[n], h.base[n] = next, int16(k)
		for sym, l := range codeLens {
			if int(l) != n {
				continue
			}
			h.syms[k], h.codes[sym] = uint16(sym), next
			if n <= 8 {
				low := next << (8 - n)
				for i := low; i < low+1<<(8-n); i++ {
					h.short[i].sym, h.short[i].n = uint8(sym), uint8(n)
				}
			}
			next++
			k++
		}
		h.limit[n] = uint32(uint64(next) << (32 - n)) // 0 after the last code, which ends at 2^32
	}
	return h
}

// long finds the code that begins the 32 bits of w and is longer than 8 bits.
func (h *huffCode) long(w uint32) (sym int, n int) {
	n = 9
	for n < maxCodeLen && w >= h.limit[n] {
		n++
	}
	return int(h.syms[int(h.base[n])+int(w>>(32-n)-h.first[n])]), n
}

// appendHuffman appends the octets that b stands for. bad is "" or what is
// wrong; at is then the octet of b where the wrong code begins.
func appendHuffman(dst, b []byte) (out []byte, at int, bad string) {
	var acc uint64 // the bits that are waiting are its top n
	var n, i int
	for {
		for n <= 56 && i < len(b) {
			acc |= uint64(b[i]) << (56 - n)
			n += 8
			i++
		}
		if n == 0 {
			return dst, 0, ""
		}
		if s := h8(acc); s.n != 0 && int(s.n) <= n {
			dst = append(dst, s.sym)
			acc <<= s.n
			n -= int(s.n)
			continue
		}
		sym, l, pad, bad := longOrPad(acc, n)
		if bad != "" {
			return dst, i - (n+7)/8, bad
		}
		if pad {
			return dst, 0, ""
		}
		dst = append(dst, byte(sym))
		acc <<= l
		n -= l
	}
}

// h8 is the code of up to eight bits at the top of acc, if there is one.
func h8(acc uint64) struct{ sym, n uint8 } { return huff.short[acc>>56] }

// longOrPad decides what the last n bits, or the next ones, are when no code of
// up to eight bits is whole there: a longer code, the padding, or an error.
func longOrPad(acc uint64, n int) (sym, l int, pad bool, bad string) {
	if n <= 7 && acc>>(64-n) == 1<<n-1 {
		return 0, 0, true, ""
	}
	if s := h8(acc); s.n != 0 {
		sym, l = int(s.sym), int(s.n)
	} else {
		sym, l = huff.long(uint32(acc >> 32))
	}
	switch {
	case l <= n && sym == eos:
		return 0, 0, false, "a Huffman-coded string contains EOS"
	case l <= n:
		return sym, l, false, ""
	case acc>>(64-n) == 1<<n-1:
		return 0, 0, false, "a Huffman-coded string ends with " + strconv.Itoa(n) + " bits of padding, at most 7 are allowed"
	case n <= 7:
		return 0, 0, false, "the padding of a Huffman-coded string is not the first bits of EOS (all ones)"
	}
	return 0, 0, false, "a Huffman-coded string ends in the middle of a code"
}

// Symbol is one code of a Huffman-coded string.
type Symbol struct {
	Sym  byte   // the octet it stands for
	Bit  int    // its first bit, from 0, the highest of the first octet
	Bits int    // its length: 5 to 30
	Code uint32 // the code, right-aligned
}

// HuffmanBits takes a Huffman-coded string apart: the symbols in order, and
// the number of padding bits behind the last, 0 to 7 (RFC 7541, section 5.2
// and Appendix B). The error is an *Error whose Offset is an octet of encoded;
// the symbols up to there are returned with it.
func HuffmanBits(dst []Symbol, encoded []byte) (symbols []Symbol, padding int, err error) {
	total := 8 * len(encoded)
	for bit := 0; bit < total; {
		acc, n := window(encoded, bit)
		sym, l, pad, bad := longOrPad(acc, n)
		if bad != "" {
			return dst, 0, broken(bit/8, "5.2", bad)
		}
		if pad {
			return dst, n, nil
		}
		dst = append(dst, Symbol{Sym: byte(sym), Bit: bit, Bits: l, Code: huff.codes[sym]})
		bit += l
	}
	return dst, 0, nil
}

// window is the up to 56 bits of b from bit on, at the top of acc.
func window(b []byte, bit int) (acc uint64, n int) {
	for i := bit / 8; i < len(b) && n <= 56; i++ {
		acc |= uint64(b[i]) << (56 - n)
		n += 8
	}
	acc <<= bit % 8
	return acc, n - bit%8
}
