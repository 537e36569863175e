package ask

import (
	"strconv"
	"unicode/utf8"
)

// request is what can be asked.
type request struct {
	op      string
	from, n int
	conn    uint32
	filter  string
	frame   int
	buckets int
}

// parseRequest reads a request: one flat JSON object whose values are strings
// and whole numbers. Keys that are not known are an error, so that a slip of
// the pen is seen. A failure is told as a text; "" means none.
func parseRequest(b []byte) (q request, failure string) {
	p := requestParser{b: b}
	p.space()
	if !p.take('{') {
		return q, "the request must be a JSON object"
	}
	for first := true; ; first = false {
		p.space()
		if p.take('}') {
			break
		}
		if !first && !p.take(',') {
			return q, p.expected("a comma or the end of the object")
		}
		p.space()
		key, ok := p.str()
		if !ok {
			return q, p.expected("a key in quotes")
		}
		p.space()
		if !p.take(':') {
			return q, p.expected("a colon")
		}
		p.space()
		if failure := q.set(key, &p); failure != "" {
			return q, failure
		}
	}
	p.space()
	if p.at < len(b) {
		return q, p.expected("the end of the request")
	}
	return q, ""
}

// set reads the value of a key.
func (q *request) set(key string, p *requestParser) (failure string) {
	switch key {
	case "op", "filter":
		s, ok := p.str()
		if !ok {
			return p.expected("a string for " + key)
		}
		if key == "op" {
			q.op = s
		} else {
			q.filter = s
		}
		return ""
	case "from", "n", "conn", "frame", "buckets":
	default:
		return "there is no " + strconv.Quote(key) + " in a request"
	}
	n, ok := p.int()
	if !ok {
		return p.expected("a whole number for " + key)
	}
	switch key {
	case "from":
		q.from = n
	case "n":
		q.n = n
	case "conn":
		if n < 0 || int64(n) > 1<<32-1 {
			return "conn is a number from 0 to 4294967295, not " + strconv.Itoa(n)
		}
		q.conn = uint32(n)
	case "frame":
		q.frame = n
	case "buckets":
		q.buckets = n
	}
	return ""
}

type requestParser struct {
	b  []byte
	at int
}

func (p *requestParser) expected(what string) string {
	return "the request must have " + what + " at octet " + strconv.Itoa(p.at)
}

func (p *requestParser) space() {
	for p.at < len(p.b) && (p.b[p.at] == ' ' || p.b[p.at] == '\t' || p.b[p.at] == '\n' || p.b[p.at] == '\r') {
		p.at++
	}
}

func (p *requestParser) take(c byte) bool {
	if p.at < len(p.b) && p.b[p.at] == c {
		p.at++
		return true
	}
	return false
}

// int reads a whole number that fits in 31 bits and a sign, or 32 bits.
func (p *requestParser) int() (int, bool) {
	from := p.at
	p.take('-')
	for p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '9' {
		p.at++
	}
	n, err := strconv.ParseInt(string(p.b[from:p.at]), 10, 34)
	if err != nil {
		p.at = from
		return 0, false
	}
	return int(n), true
}

// str reads a string (RFC 8259, section 7).
func (p *requestParser) str() (string, bool) {
	from := p.at
	if !p.take('"') {
		return "", false
	}
	var out []byte
	for p.at < len(p.b) {
		c := p.b[p.at]
		p.at++
		switch {
		case c == '"':
			return string(out), true
		case c != '\\':
			out = append(out, c)
		default:
			if out = p.escape(out); out == nil {
				p.at = from
				return "", false
			}
		}
	}
	p.at = from
	return "", false
}

// escape appends what an escape stands for; nil for none. Half a surrogate pair
// becomes the replacement character.
func (p *requestParser) escape(out []byte) []byte {
	if p.at == len(p.b) {
		return nil
	}
	c := p.b[p.at]
	p.at++
	switch c {
	case '"', '\\', '/':
		return append(out, c)
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		r, ok := p.hex4()
		if !ok {
			return nil
		}
		if r >= 0xd800 && r < 0xdc00 && p.at+1 < len(p.b) && p.b[p.at] == '\\' && p.b[p.at+1] == 'u' {
			at := p.at
			p.at += 2
			if low, ok := p.hex4(); ok && low >= 0xdc00 && low < 0xe000 {
				return utf8.AppendRune(out, 0x10000+(r-0xd800)<<10+(low-0xdc00))
			}
			p.at = at
		}
		return utf8.AppendRune(out, r)
	}
	return nil
}

func (p *requestParser) hex4() (rune, bool) {
	if p.at+4 > len(p.b) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.b[p.at:p.at+4]), 16, 16)
	p.at += 4
	return rune(n), err == nil
}
