package redact

import (
	"bytes"
	"strings"

	"framewise/core/frame"
	"framewise/core/trace"
)

// text is where a way stands in octets that are no frames: HTTP/1.1 before an
// upgrade to h2c (RFC 7540, section 3.2), or anything else.
type text struct {
	lines int
	body  bool     // behind the header section, or it never was one
	match int      // octets of the mark that ends it
	first [12]byte // that there are
	n     int
}

// maxLine is the longest line that is looked at, in octets.
const maxLine = 8 << 10

// switching begins the answer that turns an HTTP/1.1 connection into HTTP/2.
const switching = "HTTP/1.1 101"

// line takes octets up to the end of a line. It returns what stands behind.
func (w *way) line(p *pending, b []byte) []byte {
	n := bytes.IndexByte(b, '\n') + 1
	if n == 0 {
		n = len(b)
	}
	mark := frame.Preface
	if w.dir == trace.ToClient {
		mark = "\r\n\r\n"
	}
	ends := false
	for _, c := range b[:n] {
		if w.text.n < len(w.text.first) {
			w.text.first[w.text.n] = c
			w.text.n++
		}
		switch {
		case c == mark[w.text.match]:
			w.text.match++
		case c == mark[0]:
			w.text.match = 1
		default:
			w.text.match = 0
		}
		if w.text.match == len(mark) {
			w.text.match = 0
			ends = w.dir == trace.ToServer || string(w.text.first[:w.text.n]) == switching
		}
	}
	whole := b[n-1] == '\n'
	w.cur.add(p, b[:n])
	if !whole && w.cur.n > maxLine {
		w.noFrames()
		w.text.body = true
	}
	if whole {
		w.wholeLine()
	}
	if ends {
		w.phase = inHeader
	}
	return b[n:]
}

// wholeLine redacts a line with its end.
func (w *way) wholeLine() {
	t := &w.text
	line := w.cur.join()
	body := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
	keep := 0
	switch {
	case body == "":
		t.body = true
	case t.body:
	case t.lines == 0:
		if keep = keepStartLine(body); keep == 0 {
			t.body = true
		}
	default:
		keep = w.keepFieldLine(body)
	}
	t.lines++
	from, end := keep, len(body)
	if tail := prefaceTail(string(line)); w.dir == trace.ToServer && tail > 0 {
		end = max(from, len(line)-tail)
	}
	if from < end {
		w.c.r.count.gone(KindText, "HTTP/1.1", end-from)
		version := strings.LastIndexByte(body, ' ')
		if t.lines == 1 && version > from && keep > 0 && !strings.HasPrefix(body, "HTTP/1.") {
			end = version // " HTTP/1.1" stays
		}
		fill(line[from:end])
	}
	w.cur.put(0, line)
	w.cur.done()
}

// prefaceTail is the length of a line of the client's preface that a line ends
// with; the preface may follow a body without a line break.
func prefaceTail(line string) int {
	for _, part := range []string{"PRI * HTTP/2.0\r\n", "SM\r\n"} {
		if strings.HasSuffix(line, part) {
			return len(part)
		}
	}
	return 0
}

// keepStartLine is how much of a request or status line of HTTP/1.1 stays: all
// up to the query, or up to the status code; 0 when it is none.
func keepStartLine(line string) int {
	if strings.HasPrefix(line, "HTTP/1.") {
		if len(line) >= len(switching) && isDigits(line[9:12]) {
			if line[12:] == " Switching Protocols" {
				return len(line)
			}
			return len(switching)
		}
		return 0
	}
	method, rest, ok := strings.Cut(line, " ")
	target, version, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || !methods[method] || version != "HTTP/1.1" && version != "HTTP/1.0" {
		return 0
	}
	keep := keepPath(target)
	if keep == len(target) {
		return len(line)
	}
	return len(method) + 1 + keep
}

// keepFieldLine is how much of a field line of HTTP/1.1 stays.
func (w *way) keepFieldLine(line string) int {
	name, value, ok := strings.Cut(line, ":")
	name = strings.ToLower(name)
	if !ok || !w.c.r.knownName(name) {
		return 0
	}
	trimmed := strings.TrimLeft(value, " \t")
	lead := len(line) - len(trimmed)
	n := w.c.r.keepOf(name, trimmed, false)
	if n == len(trimmed) {
		w.c.r.count.kept(KindField, name, n)
	} else {
		w.c.r.count.gone(KindField, name, len(trimmed)-n)
	}
	return lead + n
}
