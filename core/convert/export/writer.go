package export

import (
	"fmt"
	"io"

	"framewise/core/inspect"
	"framewise/core/trace"
)

// Write writes a record in a format. The error is w's, one of the record's
// entries stands at the wrong place (inspect.ErrOrder), or ErrNothing.
func Write(w io.Writer, f Format, entries []trace.Entry, o Options) error {
	x := NewWriter(w, f, o)
	for _, e := range entries {
		if err := x.Feed(e); err != nil {
			return err
		}
	}
	for {
		if more, err := x.Step(); !more || err != nil {
			return err
		}
	}
}

// Writer writes a record in a format, step by step, for a caller who shows how
// far it is, or stops. Make one with NewWriter.
//
// Use: Feed each entry; then Step until it says that there is no more.
type Writer struct {
	w       io.Writer
	f       Format
	o       Options
	record  *record    // of formats that are made of frames
	form    form       // likewise; nil before the first Step
	capture *capturing // of captures
	plain   out        // of the record itself
	done    int        // frames or entries that were written
	of      int        // in all
}

// How much a Step does.
const (
	stepFrames  = 512
	stepEntries = 4096
)

// NewWriter makes a Writer of a file.
func NewWriter(w io.Writer, f Format, o Options) *Writer {
	x := &Writer{w: w, f: f, o: o}
	switch f {
	case Trace:
		x.plain.w = w
	case Pcapng, Pcap:
		x.capture = newCapturing(w, f == Pcapng, o)
	default:
		x.record = newRecord()
	}
	return x
}

// Feed takes the next entry, which must not change until the last Step. The
// record's own form is written as it comes. The error is the writer's, or the
// entry stands at the wrong place (inspect.ErrOrder).
func (x *Writer) Feed(e trace.Entry) error {
	switch {
	case x.record != nil:
		return x.record.feed(e)
	case x.capture != nil:
		x.capture.feed(e)
		return nil
	}
	x.plain.buf = trace.AppendEntry(x.plain.buf, e)
	return x.plain.flush(false)
}

// Step writes a part of what was fed: some thousand frames or entries. more says
// whether there is another part; then, and after an error (see Write), the file
// is done with.
func (x *Writer) Step() (more bool, err error) {
	switch {
	case x.capture != nil:
		x.of = len(x.capture.entries)
		x.done = min(x.done+stepEntries, x.of)
		return x.capture.step(x.done)
	case x.record == nil:
		return false, x.plain.flush(true)
	case x.form == nil:
		x.record.sum = x.record.a.Summary()
		x.of = x.record.sum.Frames
		if x.form = x.begin(); x.form == nil {
			return false, fmt.Errorf("there is no format %q to write", x.f)
		}
	}
	q := inspect.Query{From: x.done, N: stepFrames}
	if x.f == JSON || x.f == Text || x.f == Qlog {
		q.Filter = x.o.Filter
	}
	rows, err := x.record.a.Rows(q)
	if err != nil {
		return false, err
	}
	x.of = rows.Total
	for _, row := range rows.Rows {
		if !x.form.wants(&row) {
			continue
		}
		d, err := x.record.a.Frame(row.Index)
		if err != nil {
			return false, err
		}
		if err := x.form.frame(&d); err != nil {
			return false, err
		}
	}
	if x.done += len(rows.Rows); len(rows.Rows) == stepFrames {
		return true, nil
	}
	return x.form.end()
}

// Progress is how many frames, or entries, were written, and how many there are:
// 0 before the first Step.
func (x *Writer) Progress() (done, of int) { return x.done, x.of }

// begin is the format, when the whole record is known; nil for an unknown one.
func (x *Writer) begin() form {
	switch x.f {
	case HAR:
		return x.record.har(x.w, x.o)
	case Qlog:
		return x.record.qlog(x.w)
	case JSON:
		return &lines{out{w: x.w}, inspect.AppendJSON}
	case Text:
		return x.record.text(x.w)
	case Script:
		return x.record.script(x.w, x.o)
	}
	return nil
}
