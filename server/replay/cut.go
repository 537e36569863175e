package replay

import (
	"bytes"
	"slices"
	"strings"

	"framewise/core/frame"
	"framewise/core/trace"
)

// How the octets of a side begin.
type begin byte

const (
	beginNothing begin = iota // not known yet
	beginFrames               // the client's preface, or a server's frames
	beginHTTP1                // a request for an upgrade, or its answer
	beginLate                 // with neither
)

// maxHead is how many octets the head of an HTTP/1.1 message may have.
const maxHead = 64 << 10

// opening takes the octets before the first frame of a side off: HTTP/1.1, and a
// client's preface.
type opening struct {
	begin begin
	held  []byte
	done  bool // frames follow
}

// take adds octets. What it gives are pieces that are no frames, whole each, and
// then what is left for frames.
func (o *opening) take(from Side, b []byte) (pieces [][]byte, rest []byte) {
	if o.done {
		return nil, b
	}
	o.held = append(o.held, b...)
	for !o.done && len(o.held) > 0 {
		n := o.piece(from)
		if n < 0 {
			return pieces, nil // more has to come
		}
		if n > 0 {
			pieces = append(pieces, slices.Clone(o.held[:n]))
			o.held = o.held[n:]
		}
	}
	rest, o.held = o.held, nil
	return pieces, rest
}

// piece is how long the next piece is, -1: not known yet.
func (o *opening) piece(from Side) int {
	const http1 = "HTTP/1."
	text := string(o.held[:min(len(o.held), len(frame.Preface))])
	switch {
	case from == Client && text == frame.Preface:
		if o.begin == beginNothing {
			o.begin = beginFrames
		}
		o.done = true
		return len(frame.Preface)
	case from == Client && strings.HasPrefix(frame.Preface, text), from == Server && len(text) < len(http1) && strings.HasPrefix(http1, text):
		return -1
	case from == Server && o.begin == beginNothing && !strings.HasPrefix(text, http1):
		o.begin, o.done = beginFrames, true
		return 0
	case o.begin == beginHTTP1, from == Client && !isToken(text):
		// After the head of a message there is only the preface, or a server's frames.
		o.done = true
		if o.begin == beginNothing || from == Client {
			o.begin = beginLate
		}
		return 0
	}
	end := bytes.Index(o.held, []byte("\r\n\r\n"))
	switch {
	case end >= 0:
		o.begin = beginHTTP1
		return end + 4
	case len(o.held) > maxHead:
		o.begin, o.done = beginLate, true
		return 0
	}
	return -1
}

// isToken says whether a text can be the beginning of an HTTP/1.1 request.
func isToken(s string) bool {
	for i, c := range []byte(s) {
		if c == ' ' && i > 0 {
			return true
		}
		if (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}

// cutter cuts the octets of the side that is played into steps.
type cutter struct {
	from Side
	opening
	split  frame.Splitter
	tail   []byte
	broken bool
}

// cut gives what is whole by now.
func (c *cutter) cut(b []byte) (out []step) {
	pieces, rest := c.take(c.from, b)
	for _, p := range pieces {
		out = append(out, step{octets: p, raw: true})
	}
	c.tail = append(c.tail, rest...)
	if c.broken || len(rest) == 0 {
		return out
	}
	c.split.MaxFrameSize = frame.MaxMaxFrameSize
	c.split.Push(rest)
	for {
		f, ok, err := c.split.Next()
		if err != nil {
			c.broken = true
		}
		if err != nil || !ok {
			return out
		}
		n := frame.HeaderLen + int(f.Length)
		out = append(out, step{octets: slices.Clone(c.tail[:n]), head: f.Header})
		c.tail = c.tail[n:]
	}
}

// rest is what never became a frame.
func (c *cutter) rest() []byte { return append(slices.Clone(c.held), c.tail...) }

// numbering gives the frames of a record their numbers, from 1, as all views
// count them: in the order in which they are whole, a client's preface too.
type numbering struct {
	dirs map[[2]uint32]*cutter
	n    int
}

// chunk gives the numbers of the frames that end in a chunk.
func (n *numbering) chunk(e *trace.Chunk) (numbers []int) {
	if n.dirs == nil {
		n.dirs = map[[2]uint32]*cutter{}
	}
	key := [2]uint32{e.Conn, uint32(e.Dir)}
	c := n.dirs[key]
	if c == nil {
		c = &cutter{from: Client}
		if e.Dir == trace.ToClient {
			c.from = Server
		}
		n.dirs[key] = c
	}
	octets := e.Octets
	if len(e.Received) == len(octets) && e.Received != nil {
		octets = e.Received
	}
	for _, s := range c.cut(octets) {
		n.n++
		if !s.raw {
			numbers = append(numbers, n.n)
		}
	}
	return numbers
}
