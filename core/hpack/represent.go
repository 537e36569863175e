package hpack

import xhpack "golang.org/x/net/http2/hpack"

// AppendIndexed appends an indexed field line (RFC 7541, section 6.1). Nothing is
// checked: an index that no table has, and 0, are wanted by whoever tests a
// decoder.
func AppendIndexed(dst []byte, index uint64) []byte { return AppendInt(dst, 0x80, 7, index) }

// AppendSizeUpdate appends a dynamic table size update (RFC 7541, section 6.3).
func AppendSizeUpdate(dst []byte, size uint64) []byte { return AppendInt(dst, 0x20, 5, size) }

// AppendLiteral appends a literal field line as it is wanted, without a choice
// and without a table: kind is one of the three literals, index the entry whose
// name it takes, or 0 for a name that follows itself. huffName and huffValue say
// which of the two are Huffman-coded (RFC 7541, sections 6.2 and 5.2).
func AppendLiteral(dst []byte, kind Kind, index uint64, name, value string, huffName, huffValue bool) []byte {
	switch kind {
	case LiteralIncremental:
		dst = AppendInt(dst, 0x40, 6, index)
	case LiteralNeverIndexed:
		dst = AppendInt(dst, 0x10, 4, index)
	default:
		dst = AppendInt(dst, 0, 4, index)
	}
	if index == 0 {
		dst = appendString(dst, name, huffName)
	}
	return appendString(dst, value, huffValue)
}

// appendString is a string literal (RFC 7541, section 5.2).
func appendString(dst []byte, s string, huffman bool) []byte {
	if huffman {
		return xhpack.AppendHuffmanString(AppendInt(dst, 0x80, 7, uint64(HuffmanLen(s))), s)
	}
	return append(AppendInt(dst, 0, 7, uint64(len(s))), s...)
}

// AppendInt appends an integer with a prefix of n bits, above which first holds
// what else the octet says (RFC 7541, section 5.1).
func AppendInt(dst []byte, first byte, n uint, v uint64) []byte {
	full := uint64(1)<<n - 1
	if v < full {
		return append(dst, first|byte(v))
	}
	dst = append(dst, first|byte(full))
	for v -= full; v >= 0x80; v >>= 7 {
		dst = append(dst, byte(v)|0x80)
	}
	return append(dst, byte(v))
}
