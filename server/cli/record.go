package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) // what passed may hold secrets
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the trace can't be kept in %s: there is no folder %s", filepath.Base(name), filepath.Dir(name))
	}
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
