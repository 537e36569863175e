package priority

import (
	"strings"
	"unicode/utf8"
)

// bareKind is the type of a bare item (RFC 8941, section 3.3; RFC 9651).
type bareKind uint8

const (
	bareNone bareKind = iota // an inner list: no bare item
	bareInteger
	bareDecimal
	bareString
	bareToken
	bareBytes
	bareBoolean
	bareDate
	bareDisplay
)

// bare is a bare item as far as priorities need it.
type bare struct {
	kind bareKind
	n    int64 // of an integer; 1 and 0 of a boolean
}

// fieldReader walks a structured field value (RFC 8941, section 4.2). It looks
// at each octet a bounded number of times and keeps nothing.
type fieldReader struct {
	s string
	i int
}

func (r *fieldReader) fail(reason string) error { return &FieldError{r.i, reason} }

func (r *fieldReader) done() bool { return r.i == len(r.s) }

// peek is the next octet, 0 at the end; a 0 in the value fits nowhere either.
func (r *fieldReader) peek() byte {
	if r.done() {
		return 0
	}
	return r.s[r.i]
}

// next takes an octet if it is c.
func (r *fieldReader) next(c byte) bool {
	if r.done() || r.s[r.i] != c {
		return false
	}
	r.i++
	return true
}

// skip takes the octets that are one of set.
func (r *fieldReader) skip(set string) {
	for !r.done() && strings.IndexByte(set, r.s[r.i]) >= 0 {
		r.i++
	}
}

// dictionary is RFC 8941, section 4.2.2, with the spaces around it (4.2).
func (r *fieldReader) dictionary(p *Param, base Param) error {
	r.skip(" ")
	for !r.done() {
		key, err := r.key()
		if err != nil {
			return err
		}
		v := bare{bareBoolean, 1}
		if r.next('=') {
			v, err = r.itemOrList()
		} else {
			err = r.parameters()
		}
		if err != nil {
			return err
		}
		p.member(key, v, base)
		r.skip(" \t")
		if r.done() {
			return nil
		}
		if !r.next(',') {
			return r.fail("a comma has to separate members")
		}
		r.skip(" \t")
		if r.done() {
			return r.fail("a comma without a member behind it")
		}
	}
	return nil
}

// key is RFC 8941, section 4.2.3.3.
func (r *fieldReader) key() (string, error) {
	from := r.i
	if c := r.peek(); !isLower(c) && c != '*' {
		return "", r.fail("a key begins with a lower-case letter or *")
	}
	for !r.done() {
		c := r.s[r.i]
		if !isLower(c) && !isDigit(c) && strings.IndexByte("_-.*", c) < 0 {
			break
		}
		r.i++
	}
	return r.s[from:r.i], nil
}

// itemOrList is RFC 8941, sections 4.2.1.1 to 4.2.3. Of a list nothing is kept.
func (r *fieldReader) itemOrList() (bare, error) {
	if !r.next('(') {
		v, err := r.bare()
		if err == nil {
			err = r.parameters()
		}
		return v, err
	}
	for {
		r.skip(" ")
		if r.next(')') {
			return bare{}, r.parameters()
		}
		if r.done() {
			return bare{}, r.fail("a list without its end")
		}
		if _, err := r.bare(); err != nil {
			return bare{}, err
		}
		if err := r.parameters(); err != nil {
			return bare{}, err
		}
		if c := r.peek(); c != ' ' && c != ')' {
			return bare{}, r.fail("a space has to separate the items of a list")
		}
	}
}

// parameters is RFC 8941, section 4.2.3.2. Priorities define none.
func (r *fieldReader) parameters() error {
	for r.next(';') {
		r.skip(" ")
		if _, err := r.key(); err != nil {
			return err
		}
		if r.next('=') {
			if _, err := r.bare(); err != nil {
				return err
			}
		}
	}
	return nil
}

// bare is RFC 8941, section 4.2.3.1.
func (r *fieldReader) bare() (bare, error) {
	switch c := r.peek(); {
	case c == '-' || isDigit(c):
		return r.number()
	case c == '"':
		return bare{kind: bareString}, r.quoted()
	case c == '*' || isAlpha(c):
		r.token()
		return bare{kind: bareToken}, nil
	case c == ':':
		return bare{kind: bareBytes}, r.bytes()
	case c == '?':
		return r.boolean()
	case c == '@':
		r.i++
		v, err := r.number()
		if err == nil && v.kind != bareInteger {
			err = r.fail("a date is an integer")
		}
		return bare{kind: bareDate}, err
	case c == '%':
		return bare{kind: bareDisplay}, r.display()
	}
	return bare{}, r.fail("no value")
}

// number is RFC 8941, section 4.2.4: at most 15 digits, or 12 before a point
// and 3 behind it.
func (r *fieldReader) number() (bare, error) {
	negative := r.next('-')
	from := r.i
	var n int64
	for !r.done() && isDigit(r.s[r.i]) {
		if r.i-from == 15 {
			return bare{}, r.fail("an integer has 15 digits at most")
		}
		n = n*10 + int64(r.s[r.i]-'0')
		r.i++
	}
	digits := r.i - from
	if digits == 0 {
		return bare{}, r.fail("a number needs a digit")
	}
	if r.peek() != '.' {
		if negative {
			n = -n
		}
		return bare{bareInteger, n}, nil
	}
	if digits > 12 {
		return bare{}, r.fail("a decimal has 12 digits at most before the point")
	}
	r.i++
	from = r.i
	for !r.done() && isDigit(r.s[r.i]) {
		r.i++
	}
	if n := r.i - from; n < 1 || n > 3 {
		return bare{}, r.fail("a decimal has 1 to 3 digits behind the point")
	}
	return bare{kind: bareDecimal}, nil
}

// quoted is a string: RFC 8941, section 4.2.5.
func (r *fieldReader) quoted() error {
	r.i++
	for ; !r.done(); r.i++ {
		switch c := r.s[r.i]; {
		case c == '"':
			r.i++
			return nil
		case c < 0x20 || c > 0x7e:
			return r.fail("a string holds visible ASCII and spaces only")
		case c == '\\':
			r.i++
			if c := r.peek(); c != '"' && c != '\\' {
				return r.fail("a backslash stands before \" or \\ only")
			}
		}
	}
	return r.fail("a string without its end")
}

// token is RFC 8941, section 4.2.6; its first octet is known to fit.
func (r *fieldReader) token() {
	for r.i++; !r.done(); r.i++ {
		c := r.s[r.i]
		if !isAlpha(c) && !isDigit(c) && strings.IndexByte("!#$%&'*+-.^_`|~:/", c) < 0 {
			return
		}
	}
}

// bytes is a byte sequence: RFC 8941, section 4.2.7. Missing padding is no
// fault.
func (r *fieldReader) bytes() error {
	r.i++
	from, pad := r.i, 0
	for ; !r.done(); r.i++ {
		c := r.s[r.i]
		switch {
		case c == ':':
			if n := r.i - from - pad; n%4 == 1 || pad > 2 || pad > 0 && (n+pad)%4 != 0 {
				return r.fail("a byte sequence that is no base64")
			}
			r.i++
			return nil
		case c == '=':
			pad++
		case pad > 0 || !isAlpha(c) && !isDigit(c) && c != '+' && c != '/':
			return r.fail("a byte sequence that is no base64")
		}
	}
	return r.fail("a byte sequence without its end")
}

// boolean is RFC 8941, section 4.2.8.
func (r *fieldReader) boolean() (bare, error) {
	r.i++
	switch {
	case r.next('1'):
		return bare{bareBoolean, 1}, nil
	case r.next('0'):
		return bare{bareBoolean, 0}, nil
	}
	return bare{}, r.fail("a boolean is ?0 or ?1")
}

// display is a display string: RFC 9651, section 4.2.10. Its octets, once
// decoded, are UTF-8.
func (r *fieldReader) display() error {
	r.i++
	if !r.next('"') {
		return r.fail("a display string begins with %\"")
	}
	var char [utf8.UTFMax]byte // the octets of a character that is not whole yet
	n := 0
	for !r.done() {
		c := r.s[r.i]
		switch {
		case c == '"':
			if n > 0 {
				return r.fail("a display string that is no UTF-8")
			}
			r.i++
			return nil
		case c < 0x20 || c > 0x7e:
			return r.fail("a display string holds visible ASCII and spaces only")
		case c == '%':
			hi, lo := hexDigit(r.s, r.i+1), hexDigit(r.s, r.i+2)
			if hi < 0 || lo < 0 {
				return r.fail("two lower-case hexadecimal digits have to follow %")
			}
			c = byte(hi<<4 | lo)
			r.i += 2
		}
		r.i++
		char[n] = c
		n++
		if !utf8.FullRune(char[:n]) {
			continue
		}
		if x, size := utf8.DecodeRune(char[:n]); x == utf8.RuneError && size == 1 {
			return r.fail("a display string that is no UTF-8")
		}
		n = 0
	}
	return r.fail("a display string without its end")
}

func hexDigit(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch c := s[i]; {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return isLower(c | 0x20) }
