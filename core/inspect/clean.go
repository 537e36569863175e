package inspect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes text of octets that a peer chose: what a reader could not see, or
// what could change how the text around it is shown (control characters,
// bidirectional marks, octets that are no UTF-8), is shown escaped.
func clean(s string) string {
	i := 0
	for i < len(s) && s[i] >= ' ' && s[i] <= '~' {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1, r < ' ', r == 0x7f:
			b.WriteString(`\x`)
			b.WriteByte(digits[s[i]>>4])
			b.WriteByte(digits[s[i]&15])
		case !unicode.IsPrint(r):
			b.WriteString(`\u{`)
			for k := 20; k >= 0; k -= 4 {
				if r>>k != 0 {
					b.WriteByte(digits[r>>k&15])
				}
			}
			b.WriteByte('}')
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

const digits = "0123456789abcdef"

// hexOf shows octets as hexadecimal, without spaces.
func hexOf(b []byte) string {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// cleanLines is clean for text of several lines.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = clean(strings.TrimSuffix(lines[i], "\r"))
	}
	return strings.Join(lines, "\n")
}
