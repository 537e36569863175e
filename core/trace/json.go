package trace

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds on what a line may hold: how deep objects and arrays lie in each
// other, and the members of an object that is looked into.
const (
	maxDepth   = 32
	maxMembers = 1000
)

// member is a member of an object: where its name and its value lie in the line.
type member struct {
	off, end int // from the name's quote to the end of the value
	key      []byte
	val      int // where the value begins; its first octet tells its type
}

// lexer reads one line of JSON (RFC 8259). What is wrong is kept with its place
// in the line; only the first error counts.
type lexer struct {
	b      []byte
	ctl    bool // control characters stand somewhere in b
	at     int  // of the error
	reason string
}

func (x *lexer) fail(at int, reason string) {
	if x.reason == "" {
		x.at, x.reason = at, reason
	}
}

// begin takes the line b, which must be UTF-8.
func (x *lexer) begin(b []byte) {
	*x = lexer{b: b}
	const (
		high = 0x8080808080808080 // set in an octet of a longer rune
		low  = 0x2020202020202020
	)
	i, ascii := 0, true
	for ; len(b)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if w&high != 0 {
			ascii = false
		}
		if (w-low)&^w&high != 0 { // an octet below 0x20
			x.ctl = true
		}
	}
	for _, c := range b[i:] {
		ascii = ascii && c < utf8.RuneSelf
		x.ctl = x.ctl || c < ' '
	}
	if !ascii && !utf8.Valid(b) {
		i := 0
		for r, n := utf8.DecodeRune(b); r != utf8.RuneError || n != 1; r, n = utf8.DecodeRune(b[i:]) {
			i += n
		}
		x.fail(i, "this is not UTF-8")
	}
}

func (x *lexer) space(i int) int {
	for i < len(x.b) && (x.b[i] == ' ' || x.b[i] == '\t' || x.b[i] == '\r' || x.b[i] == '\n') {
		i++
	}
	return i
}

// object reads the object at i and tells where it ends. Its members go onto ms,
// unless that is nil. On failure end is meaningless.
func (x *lexer) object(i, depth int, ms *[]member) (end int) {
	if i >= len(x.b) || x.b[i] != '{' {
		x.fail(i, "an object should begin here")
		return i
	}
	if depth > maxDepth {
		x.fail(i, "nested too deep")
		return i
	}
	i = x.space(i + 1)
	if i < len(x.b) && x.b[i] == '}' {
		return i + 1
	}
	for {
		m := member{off: i}
		if i = x.str(i); x.reason != "" {
			return i
		}
		nameEnd := i
		if i = x.space(i); i >= len(x.b) || x.b[i] != ':' {
			x.fail(i, `":" is missing behind a name`)
			return i
		}
		m.val = x.space(i + 1)
		if m.end = x.value(m.val, depth+1); x.reason != "" {
			return m.end
		}
		if ms != nil {
			x.collect(ms, m, nameEnd)
		}
		i = x.space(m.end)
		if i < len(x.b) && x.b[i] == '}' {
			return i + 1
		}
		if i >= len(x.b) || x.b[i] != ',' {
			x.fail(i, `"," or "}" is missing behind a member`)
			return i
		}
		i = x.space(i + 1)
	}
}

// collect adds a member whose name ends at nameEnd.
func (x *lexer) collect(ms *[]member, m member, nameEnd int) {
	if len(*ms) == maxMembers {
		x.fail(m.off, "the object has more than "+strconv.Itoa(maxMembers)+" members")
		return
	}
	m.key = x.b[m.off+1 : nameEnd-1]
	if bytes.IndexByte(m.key, '\\') >= 0 {
		m.key = []byte(x.text(m.off, nameEnd))
	}
	*ms = append(*ms, m)
}

// value steps over any value.
func (x *lexer) value(i, depth int) (end int) {
	if i >= len(x.b) {
		x.fail(i, "a value is missing")
		return i
	}
	switch c := x.b[i]; {
	case c == '"':
		return x.str(i)
	case c == '{':
		return x.object(i, depth, nil)
	case c == '[':
		return x.array(i, depth)
	case c == '-' || c >= '0' && c <= '9':
		return x.number(i)
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(x.b)-i >= len(word) && string(x.b[i:i+len(word)]) == word {
			return i + len(word)
		}
	}
	x.fail(i, "no value of JSON begins like this")
	return i
}

func (x *lexer) array(i, depth int) (end int) {
	if depth > maxDepth {
		x.fail(i, "nested too deep")
		return i
	}
	i = x.space(i + 1)
	if i < len(x.b) && x.b[i] == ']' {
		return i + 1
	}
	for {
		if i = x.space(x.value(i, depth+1)); x.reason != "" {
			return i
		}
		if i < len(x.b) && x.b[i] == ']' {
			return i + 1
		}
		if i >= len(x.b) || x.b[i] != ',' {
			x.fail(i, `"," or "]" is missing in an array`)
			return i
		}
		i = x.space(i + 1)
	}
}

// number steps over a number (RFC 8259, section 6).
func (x *lexer) number(i int) (end int) {
	from := i
	if x.b[i] == '-' {
		i++
	}
	j := x.digits(i)
	if j == i || x.b[i] == '0' && j > i+1 {
		x.fail(from, "this is no number")
		return j
	}
	if j < len(x.b) && x.b[j] == '.' {
		k := x.digits(j + 1)
		if k == j+1 {
			x.fail(from, "this is no number")
		}
		j = k
	}
	if j < len(x.b) && (x.b[j] == 'e' || x.b[j] == 'E') {
		k := j + 1
		if k < len(x.b) && (x.b[k] == '+' || x.b[k] == '-') {
			k++
		}
		if j = x.digits(k); j == k {
			x.fail(from, "this is no number")
		}
	}
	return j
}

func (x *lexer) digits(i int) int {
	for i < len(x.b) && x.b[i] >= '0' && x.b[i] <= '9' {
		i++
	}
	return i
}

// str steps over a string and checks its escapes. Long strings without escapes
// (octets in base64) are stepped over at the speed of IndexByte.
func (x *lexer) str(i int) (end int) {
	if i >= len(x.b) || x.b[i] != '"' {
		x.fail(i, "a string should begin here")
		return i
	}
	from := i
	for i++; ; {
		n := bytes.IndexByte(x.b[i:], '"')
		if n < 0 {
			x.fail(from, "a string has no end")
			return i
		}
		e := bytes.IndexByte(x.b[i:i+n], '\\')
		if e < 0 {
			x.noControl(from, i+n)
			return i + n + 1
		}
		if i = x.escape(i + e); x.reason != "" {
			return i
		}
	}
}

// noControl refuses control characters in a string: they must be escaped.
func (x *lexer) noControl(from, end int) {
	if !x.ctl {
		return
	}
	for i, c := range x.b[from:end] {
		if c < ' ' {
			x.fail(from+i, "a control character stands in a string, it must be escaped")
			return
		}
	}
}

// escape steps over the escape at i.
func (x *lexer) escape(i int) (end int) {
	if i+1 < len(x.b) {
		switch x.b[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return i + 2
		case 'u':
			if _, ok := x.hex4(i + 2); ok {
				return i + 6
			}
		}
	}
	x.fail(i, "this is no escape of JSON")
	return i
}

// hex4 is the value of the four hexadecimal digits at i.
func (x *lexer) hex4(i int) (v rune, ok bool) {
	if len(x.b)-i < 4 {
		return 0, false
	}
	for _, c := range x.b[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			v = v<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// text is what the string from i, its quote, to end stands for. A lone half of
// a surrogate pair becomes U+FFFD.
func (x *lexer) text(i, end int) string {
	b := x.b[i+1 : end-1]
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for k := i + 1; k < end-1; {
		c := x.b[k]
		if c != '\\' {
			out = append(out, c)
			k++
			continue
		}
		c = x.b[k+1]
		if c != 'u' {
			out = append(out, unescape(c))
			k += 2
			continue
		}
		r, _ := x.hex4(k + 2)
		k += 6
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if k+1 < end-1 && x.b[k] == '\\' && x.b[k+1] == 'u' {
				low, _ = x.hex4(k + 2)
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				k += 6
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
