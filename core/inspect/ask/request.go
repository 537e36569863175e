package ask

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// request is what can be asked.
type request struct {
	op, filter, sort, dir, what, text string
	from, n, frame, buckets           int
	stream, cursor, record            int
	since, until                      int
	connection                        int
	desc, collapse, back              bool
	open                              []int
	conn                              uint32
}

// parseRequest reads a request: one flat JSON object whose values are strings,
// whole numbers, true, false and arrays of whole numbers. Keys that are not known are an error, so that a slip of
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
	texts := map[string]*string{"op": &q.op, "filter": &q.filter, "sort": &q.sort, "dir": &q.dir, "what": &q.what, "text": &q.text}
	numbers := map[string]*int{"from": &q.from, "n": &q.n, "frame": &q.frame, "buckets": &q.buckets, "conn": &q.connection,
		"stream": &q.stream, "cursor": &q.cursor, "record": &q.record, "since": &q.since, "until": &q.until}
	flags := map[string]*bool{"desc": &q.desc, "collapse": &q.collapse, "back": &q.back}
	ok, want := false, ""
	switch {
	case texts[key] != nil:
		*texts[key], ok = p.str()
		want = "a string"
	case numbers[key] != nil:
		*numbers[key], ok = p.int()
		want = "a whole number"
	case flags[key] != nil:
		*flags[key], ok = p.bool()
		want = "true or false"
	case key == "open":
		q.open, ok = p.ints()
		want = "an array of whole numbers"
	default:
		return "there is no " + strconv.Quote(key) + " in a request"
	}
	if !ok {
		return p.expected(want + " for " + key)
	}
	if key == "conn" {
		if q.connection < 0 || int64(q.connection) > 1<<32-1 {
			return "conn is a number from 0 to 4294967295, not " + strconv.Itoa(q.connection)
		}
		q.conn = uint32(q.connection)
	}
	if key == "stream" && (q.stream < 0 || q.stream > 1<<31-1) {
		return "stream is a number from 0 to 2147483647, not " + strconv.Itoa(q.stream)
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

func (p *requestParser) bool() (v, ok bool) {
	for _, word := range []string{"true", "false"} {
		if strings.HasPrefix(string(p.b[p.at:min(p.at+len(word), len(p.b))]), word) {
			p.at += len(word)
			return word == "true", true
		}
	}
	return false, false
}

// ints reads an array of whole numbers.
func (p *requestParser) ints() (out []int, ok bool) {
	from := p.at
	if !p.take('[') {
		return nil, false
	}
	for first := true; ; first = false {
		p.space()
		if p.take(']') {
			return out, true
		}
		if !first && !p.take(',') {
			break
		}
		p.space()
		n, ok := p.int()
		if !ok {
			break
		}
		out = append(out, n)
	}
	p.at = from
	return nil, false
}

// int reads a whole number; the largest are nanoseconds of a long record.
func (p *requestParser) int() (int, bool) {
	from := p.at
	p.take('-')
	for p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '9' {
		p.at++
	}
	n, err := strconv.ParseInt(string(p.b[from:p.at]), 10, 54)
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
