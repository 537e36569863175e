package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"framewise/core/trace"
)

// traceFile is a record that is written as it arises, so that what there was of
// it is in the file whatever happens. It is a transport.Recorder.
type traceFile struct {
	mu   sync.Mutex
	name string
	f    io.WriteCloser
	buf  []byte
	err  error // the first that a write had
}

// newTraceFile makes the file and writes the record's first entry; epoch is
// instant 0 of the record.
func newTraceFile(name, generator, title string, epoch time.Time) (*traceFile, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("the trace can't be kept: %w", err)
	}
	t := &traceFile{name: name, f: f}
	t.Append(&trace.Header{Version: trace.Version, Title: title, Generator: generator,
		Epoch: epoch.UTC().Format(time.RFC3339Nano)})
	return t, nil
}

// Append writes one entry.
func (t *traceFile) Append(e trace.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return
	}
	t.buf = trace.AppendEntry(t.buf[:0], e)
	_, t.err = t.f.Write(t.buf)
}

// Close ends the file. The error is the first that writing it had.
func (t *traceFile) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.f.Close(); t.err == nil {
		t.err = err
	}
	if t.err != nil {
		return fmt.Errorf("the trace in %s is not complete: %w", t.name, t.err)
	}
	return nil
}

// readTrace gives the entries of a record to feed, one by one, until there is
// an error: of reading, of the record's form (*trace.SyntaxError), or feed's.
func readTrace(r io.Reader, feed func(trace.Entry) error) error {
	var d trace.Decoder
	drain := func() error {
		for {
			at := d.Offset()
			e, ok, err := d.Next()
			if err != nil || !ok {
				return err
			}
			if err := feed(e); err != nil {
				return fmt.Errorf("line %d, octet %d: %w", d.Line(), at, err)
			}
		}
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		d.Push(buf[:n])
		if bad := drain(); bad != nil {
			return bad
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := d.Finish(); err != nil {
		return err
	}
	return drain()
}
