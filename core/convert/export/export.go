// Package export makes other formats of records: captures that Wireshark reads,
// HAR, qlog, text, JSON, frame scripts.
//
// In come the entries of a record (core/trace) and an io.Writer, out goes the
// file, at once (Write) or step by step (Writer). The same record gives the same
// octets. What a record says of frames is
// asked of core/inspect, so that tables that are not known, garbage and cut
// frames are told as everywhere else.
package export

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// Format is a form of file.
type Format string

// The formats that are written.
const (
	Trace  Format = "h2trace" // docs/trace.md
	Pcapng Format = "pcapng"  // the HTTP/2 octets over made-up TCP
	Pcap   Format = "pcap"    // the same, with times in nanoseconds
	HAR    Format = "har"     // HTTP Archive 1.2
	Qlog   Format = "qlog"    // JSON text sequences, docs/qlog-http2.md
	JSON   Format = "json"    // a frame a line, inspect.AppendJSON
	Text   Format = "txt"     // a transcript, as framewise inspect -v
	Script Format = "script"  // one side's frames, docs/script.md
)

// Options of writing.
type Options struct {
	// Server writes the server's frames in a Script; else the client's.
	Server bool
	// Generator is the program that writes, for formats that name it.
	Generator string
	// Filter chooses the frames of JSON, Text and Qlog (core/inspect/filter); the
	// other formats hold whole connections.
	Filter string
}

// ErrNothing matches the error for records that have nothing for a format.
var ErrNothing = errors.New("there is nothing in the record for this format")

// record is a record that is explained.
type record struct {
	a     *inspect.Analyser
	head  *trace.Header
	conns []*trace.Conn
	sum   view.Summary
	epoch int64 // nanoseconds since 1970 of instant 0; 0 when it is not known
}

func newRecord() *record { return &record{a: inspect.New(), head: &trace.Header{}} }

func (r *record) feed(e trace.Entry) error {
	if err := r.a.Feed(e); err != nil {
		return err
	}
	switch e := e.(type) {
	case *trace.Header:
		r.head, r.epoch = e, epochOf(e)
	case *trace.Conn:
		r.conns = append(r.conns, e)
	}
	return nil
}

// epochOf is the time of instant 0, nanoseconds since 1970, 0 for a virtual
// clock.
func epochOf(h *trace.Header) int64 {
	t, err := time.Parse(time.RFC3339Nano, h.Epoch)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return 0
	}
	return t.UnixNano()
}

// out writes in larger pieces.
type out struct {
	w   io.Writer
	buf []byte
}

func (o *out) flush(all bool) error {
	if len(o.buf) < 64<<10 && !all || len(o.buf) == 0 {
		return nil
	}
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// form is a format that is made of frames, in their order.
type form interface {
	// wants says whether a row's frame has a part in it.
	wants(row *view.Row) bool
	frame(d *view.Detail) error
	// end writes what stands behind the frames, or a part of it if there is more.
	end() (more bool, err error)
}

// lines is a format with a piece of text for each frame.
type lines struct {
	out
	line func([]byte, view.Detail) []byte
}

func (l *lines) frame(d *view.Detail) error {
	l.buf = l.line(l.buf, *d)
	return l.flush(false)
}

func (l *lines) wants(*view.Row) bool { return true }

func (l *lines) end() (bool, error) { return false, l.flush(true) }

// text is a transcript: the record's title, its connections, every frame.
func (r *record) text(w io.Writer) *lines {
	l := &lines{out{w: w}, func(b []byte, d view.Detail) []byte {
		return inspect.AppendVerbose(b, d, len(r.sum.Conns) > 1)
	}}
	for _, line := range []string{r.sum.Title, r.sum.Note} {
		if line != "" {
			l.buf = append(append(append(l.buf, "# "...), strings.ReplaceAll(line, "\n", "\n# ")...), '\n')
		}
	}
	for _, c := range r.sum.Conns {
		l.buf = fmt.Appendf(l.buf, "# %d: %s → %s", c.ID, c.Client, c.Server)
		for _, more := range []string{c.Via, c.TLS} {
			if more != "" {
				l.buf = append(append(l.buf, ", "...), more...)
			}
		}
		l.buf = append(l.buf, '\n')
	}
	return l
}
