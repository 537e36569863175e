// Package export makes other formats of records: captures that Wireshark reads,
// HAR, qlog, text, JSON, frame scripts.
//
// In come the entries of a record (core/trace) and an io.Writer, out goes the
// file. The same record gives the same octets. What a record says of frames is
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
}

// ErrNothing matches the error for records that have nothing for a format.
var ErrNothing = errors.New("there is nothing in the record for this format")

// Write writes a record in a format. The error is w's, one of the record's
// entries stands at the wrong place (inspect.ErrOrder), or ErrNothing.
func Write(w io.Writer, f Format, entries []trace.Entry, o Options) error {
	switch f {
	case Trace:
		return trace.Write(w, entries)
	case Pcapng, Pcap:
		return writeCapture(w, f == Pcapng, entries, o)
	}
	r, err := read(entries)
	if err != nil {
		return err
	}
	switch f {
	case HAR:
		return r.har(w, o)
	case Qlog:
		return r.qlog(w)
	case JSON:
		return r.lines(w, inspect.AppendJSON)
	case Text:
		return r.text(w)
	case Script:
		return r.script(w, o)
	}
	return fmt.Errorf("there is no format %q to write", f)
}

// record is a record that is explained.
type record struct {
	a     *inspect.Analyser
	head  *trace.Header
	conns []*trace.Conn
	sum   view.Summary
	epoch int64 // nanoseconds since 1970 of instant 0; 0 when it is not known
}

func read(entries []trace.Entry) (*record, error) {
	r := &record{a: inspect.New(), head: &trace.Header{}}
	for _, e := range entries {
		if err := r.a.Feed(e); err != nil {
			return nil, err
		}
		switch e := e.(type) {
		case *trace.Header:
			r.head, r.epoch = e, epochOf(e)
		case *trace.Conn:
			r.conns = append(r.conns, e)
		}
	}
	r.sum = r.a.Summary()
	return r, nil
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

// each gives the details of every frame to do, in order.
func (r *record) each(do func(d *view.Detail) error) error {
	const atOnce = 512
	for from := 0; ; from += atOnce {
		rows, err := r.a.Rows(inspect.Query{From: from, N: atOnce})
		if err != nil {
			return err
		}
		for _, row := range rows.Rows {
			d, err := r.a.Detail(row.Index)
			if err != nil {
				return err
			}
			if err := do(&d); err != nil {
				return err
			}
		}
		if len(rows.Rows) < atOnce {
			return nil
		}
	}
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

func (r *record) lines(w io.Writer, line func([]byte, view.Detail) []byte) error {
	o := out{w: w}
	err := r.each(func(d *view.Detail) error {
		o.buf = line(o.buf, *d)
		return o.flush(false)
	})
	return errors.Join(err, o.flush(true))
}

// text writes a transcript: the record's title, its connections, every frame.
func (r *record) text(w io.Writer) error {
	o := out{w: w}
	for _, line := range []string{r.sum.Title, r.sum.Note} {
		if line != "" {
			o.buf = append(append(append(o.buf, "# "...), strings.ReplaceAll(line, "\n", "\n# ")...), '\n')
		}
	}
	for _, c := range r.sum.Conns {
		o.buf = fmt.Appendf(o.buf, "# %d: %s → %s", c.ID, c.Client, c.Server)
		for _, more := range []string{c.Via, c.TLS} {
			if more != "" {
				o.buf = append(append(o.buf, ", "...), more...)
			}
		}
		o.buf = append(o.buf, '\n')
	}
	err := r.each(func(d *view.Detail) error {
		o.buf = inspect.AppendVerbose(o.buf, *d, len(r.sum.Conns) > 1)
		return o.flush(false)
	})
	return errors.Join(err, o.flush(true))
}
