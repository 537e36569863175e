package trace

import (
	"bytes"
	"cmp"
	"strconv"
)

// MaxLine is the longest line that a Decoder takes, in octets without its
// newline.
const MaxLine = 64 << 20

// keptPart bounds what a Decoder holds on to between lines, in octets.
const keptPart = 1 << 20

// mark is the byte order mark that some editors put before a text.
var mark = []byte("\ufeff")

// SyntaxError is a record that can't be read on, and where.
type SyntaxError struct {
	Line   int   // from 1
	Offset int64 // octet of the record, from 0
	Reason string
}

// Error is one line: "line 3, octet 120: …".
func (e *SyntaxError) Error() string {
	return "line " + strconv.Itoa(e.Line) + ", octet " + strconv.FormatInt(e.Offset, 10) + ": " + e.Reason
}

// Decoder reads a record that comes in pieces of any size. The zero value is
// ready.
//
// Use: Push a piece, call Next until it has no entry, Push the next piece; at
// the end Finish, and Next until it has no entry.
type Decoder struct {
	in   []byte // what is left of the last piece
	part []byte // the start of a line whose end has not come
	line int    // lines that were read
	off  int64  // octets in them
	head bool   // the first entry was read
	err  *SyntaxError
	p    parser

	maxLine int // for tests; 0: MaxLine
}

// Push hands over the next octets of the record. They are not copied and must
// stay as they are until Next has returned no entry. What Next returns does not
// refer to them.
func (d *Decoder) Push(b []byte) {
	if len(d.in) > 0 { // the caller did not drain: keep order, at the price of a copy
		b = append(append(make([]byte, 0, len(d.in)+len(b)), d.in...), b...)
	}
	d.in = b
}

// Next returns the next entry. ok is false when more octets are needed. The
// error is a *SyntaxError, and the same for every later call: the entries that
// were returned before it are sound. Empty lines are stepped over. The first
// entry must be a *Header of a version that is known.
func (d *Decoder) Next() (e Entry, ok bool, err error) {
	for d.err == nil {
		n := bytes.IndexByte(d.in, '\n')
		if max := cmp.Or(d.maxLine, MaxLine); len(d.part)+n > max || n < 0 && len(d.part)+len(d.in) > max {
			d.fail(max, "the line is longer than "+strconv.Itoa(max)+" octets")
			break
		}
		if n < 0 {
			d.part = append(d.part, d.in...)
			d.in = nil
			return nil, false, nil
		}
		line := d.in[:n+1]
		if len(d.part) > 0 {
			d.part = append(d.part, line...)
			line = d.part
		}
		d.in = d.in[n+1:]
		e := d.read(line)
		if d.part = d.part[:0]; cap(d.part) > keptPart {
			d.part = nil
		}
		if d.err == nil {
			d.line++
			d.off += int64(len(line))
		}
		if e != nil {
			return e, true, nil
		}
	}
	return nil, false, d.err
}

// Finish tells that nothing follows; Next must have returned no entry before. A last line without its newline counts
// when it is whole: Next returns it. One that is cut off is a *SyntaxError; so
// is a record without any entry.
func (d *Decoder) Finish() error {
	if d.err != nil {
		return d.err
	}
	rest := append(append([]byte(nil), d.part...), d.in...)
	if bytes.IndexByte(rest, '\n') < 0 && len(bytes.TrimSpace(rest)) > 0 {
		head := d.head
		d.read(rest)
		if d.head = head; d.err != nil {
			d.err.Reason = "the last line is cut off or broken: " + d.err.Reason
			return d.err
		}
		d.Push([]byte{'\n'})
	}
	if d.line == 0 {
		rest = bytes.TrimPrefix(rest, mark)
	}
	if !d.head && len(bytes.TrimSpace(rest)) == 0 {
		d.fail(0, "the record is empty: its first line must be a header, {\"k\":\"h2trace\",\"version\":1}")
		return d.err
	}
	return nil
}

// Line is the number of whole lines that were read.
func (d *Decoder) Line() int { return d.line }

// Offset is the number of octets in the lines that were read: where a record
// that is cut off can be cut clean.
func (d *Decoder) Offset() int64 { return d.off }

// fail notes an error at octet at of the line in hand.
func (d *Decoder) fail(at int, reason string) {
	d.err = &SyntaxError{Line: d.line + 1, Offset: d.off + int64(at), Reason: reason}
	d.in, d.part = nil, nil
}

// read makes an entry of a line; nil for an empty line and after an error.
func (d *Decoder) read(line []byte) Entry {
	if d.line == 0 {
		if rest, ok := bytes.CutPrefix(line, mark); ok {
			line = append([]byte("   "), rest...) // the offsets stay what they are
		}
	}
	if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	e := d.p.entry(line)
	if d.p.reason == "" {
		h, isHeader := e.(*Header)
		switch {
		case !isHeader && !d.head:
			d.p.fail(0, "the record does not begin with a header, {\"k\":\"h2trace\",\"version\":1}: this is no .h2trace file")
		case isHeader && d.head:
			d.p.fail(0, "a second header: a record has one, in its first line")
		case isHeader && h.Version > Version:
			d.p.fail(0, "the record has version "+strconv.Itoa(h.Version)+", this program knows up to "+strconv.Itoa(Version)+": a newer Framewise can read it")
		}
	}
	if d.p.reason != "" {
		d.fail(d.p.at, d.p.reason)
		return nil
	}
	d.head = true
	return e
}
