// Package logs makes records of what programs wrote about HTTP/2: Chromium's
// NetLog, HAR files, what nghttp -v and curl --trace print.
//
// In comes text through an io.Reader, out go entries of core/trace. Such logs
// tell what was in frames, not their octets: frames are rebuilt from it, with
// an encoder of our own for field blocks and zeros for DATA. The header's Note
// and Via of each connection say so. What a log does not tell (padding, frames
// of unknown types, the lengths of field blocks) is not made up, but for the
// SETTINGS of a HAR, without which there is no connection.
//
// The package has no input or output but its reader, no clock and no
// randomness. What it takes in is bounded: JSON by its depth, lines by their
// length, DATA by maxData.
package logs

import (
	"io"
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// Bounds of what a log may make.
const (
	maxData    = 256 << 20 // octets of DATA, all in all
	maxPiece   = 16384     // octets of a frame that is rebuilt
	maxLinks   = 1 << 14   // connections
	maxLogLine = 1 << 20
)

// builder makes the record.
type builder struct {
	queue []trace.Entry
	links int
	data  int64
	full  bool // more DATA than is allowed was told of
}

// link is a connection that is rebuilt.
type link struct {
	b   *builder
	id  uint32
	enc [2]*hpack.Encoder
}

// header begins the record; what names the log.
func (b *builder) header(what, epoch string) {
	b.queue = append(b.queue, &trace.Header{Version: trace.Version, Generator: "framewise convert", Epoch: epoch,
		Note: "The frames were rebuilt from " + what + ": what they held is told there, their octets are not. DATA is zeros, field blocks are coded anew."})
}

// pop is the next entry, nil when there is none.
func (b *builder) pop() trace.Entry {
	if len(b.queue) == 0 {
		return nil
	}
	e := b.queue[0]
	b.queue[0] = nil
	b.queue = b.queue[1:]
	return e
}

// open begins a connection with the client's preface.
func (b *builder) open(c *trace.Conn) *link {
	b.links++
	c.ID = uint32(b.links)
	b.queue = append(b.queue, c)
	l := &link{b: b, id: c.ID, enc: [2]*hpack.Encoder{hpack.NewEncoder(), hpack.NewEncoder()}}
	l.send(0, c.At, []byte(frame.Preface))
	return l
}

func (l *link) send(dir int, at int64, octets []byte) {
	l.b.queue = append(l.b.queue, &trace.Chunk{Conn: l.id, Dir: trace.Dir(dir), SentAt: at, ReceivedAt: at, Octets: octets})
}

// settings sends SETTINGS; the other end's encoder goes by them at once.
func (l *link) settings(dir int, at int64, s []frame.Setting) {
	l.send(dir, at, frame.AppendSettings(nil, s))
	for _, e := range s {
		if e.ID == frame.HeaderTableSize {
			l.enc[1-dir].SetMaxTableSize(e.Value)
		}
	}
}

// headers sends a field section, in as many frames as it takes.
func (l *link) headers(dir int, at int64, stream uint32, fields []hpack.Field, end bool, prio *frame.PriorityParam) {
	block := l.enc[dir].AppendBlock(nil, fields)
	first := block[:min(len(block), maxPiece-5)]
	rest := block[len(first):]
	out := frame.AppendHeaders(nil, stream, first, end, len(rest) == 0, prio, frame.NoPadding)
	l.send(dir, at, continuations(out, stream, rest))
}

// push sends a PUSH_PROMISE.
func (l *link) push(at int64, stream, promised uint32, fields []hpack.Field) {
	block := l.enc[1].AppendBlock(nil, fields)
	first := block[:min(len(block), maxPiece-4)]
	rest := block[len(first):]
	l.send(1, at, continuations(frame.AppendPushPromise(nil, stream, promised, first, len(rest) == 0, frame.NoPadding), stream, rest))
}

func continuations(out []byte, stream uint32, rest []byte) []byte {
	for len(rest) > 0 {
		n := min(len(rest), maxPiece)
		out = frame.AppendContinuation(out, stream, rest[:n], n == len(rest))
		rest = rest[n:]
	}
	return out
}

// content sends DATA of n octets, in one frame of this length if exact, else in
// frames of 16 KiB.
func (l *link) content(dir int, at int64, stream uint32, n int64, end, exact bool) {
	if left := maxData - l.b.data; n > left {
		l.b.full, n = true, left
	}
	l.b.data += n
	piece := int64(maxPiece)
	if exact {
		piece = 1<<24 - 1
	}
	for {
		k := min(n, piece)
		n -= k
		l.send(dir, at, frame.AppendData(nil, stream, make([]byte, k), end && n == 0, frame.NoPadding))
		if n == 0 {
			return
		}
	}
}

// field reads "name: value"; a pseudo-header field begins with a colon itself.
func field(line string) (f hpack.Field, ok bool) {
	i := strings.IndexByte(line[min(1, len(line)):], ':') + 1
	if i < 1 {
		return f, false
	}
	return hpack.Field{Name: strings.ToLower(line[:i]), Value: strings.TrimLeft(line[i+1:], " ")}, true
}

// leading is the number that a text begins with, as in "8 (CANCEL)".
func leading(s string) (n uint32, ok bool) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	v, err := strconv.ParseUint(s[:end], 10, 32)
	return uint32(v), err == nil
}

// depthReader refuses JSON that is nested too deeply, before anybody parses it.
type depthReader struct {
	r      io.Reader
	max    int
	depth  int
	text   bool // within a string
	escape bool
	off    int64
	err    error // the same for every later Read
}

// Error is what is wrong with a log: the octet, or the line, and why.
type Error struct {
	Offset int64 // of the file, from 0; 0 when Line tells the place
	Line   int   // from 1; 0: Offset tells the place
	Reason string
}

// Error is one line.
func (e *Error) Error() string {
	if e.Line > 0 {
		return "line " + strconv.Itoa(e.Line) + ": " + e.Reason
	}
	return "octet " + strconv.FormatInt(e.Offset, 10) + ": " + e.Reason
}

func (d *depthReader) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.r.Read(p)
	for i, c := range p[:n] {
		switch {
		case d.escape:
			d.escape = false
		case d.text:
			d.escape, d.text = c == '\\', c != '"'
		case c == '"':
			d.text = true
		case c == '{' || c == '[':
			if d.depth++; d.depth > d.max {
				d.err = &Error{Offset: d.off + int64(i), Reason: "objects and arrays are nested deeper than " + strconv.Itoa(d.max)}
				return i, d.err
			}
		case c == '}' || c == ']':
			d.depth--
		}
	}
	d.off += int64(n)
	return n, err
}
