// Package stream makes a record of a file that arrives in pieces: core/convert
// for a caller who can't be asked for the next octets, as a browser can't.
//
//	s := stream.New(keys)
//	for each piece {
//		s.Feed(piece)
//		for lines := s.Next(); len(lines) > 0; lines = s.Next() { … }
//	}
//	s.End()
//	for lines := s.Next(); len(lines) > 0; lines = s.Next() { … }
//	report := s.Report()
//
// core/convert reads when it likes: package pieces runs it as a coroutine.
package stream

import (
	"errors"
	"io"
	"strings"

	"framewise/core/convert"
	"framewise/core/convert/tlsread"
	"framewise/core/trace"
	"framewise/wasm/convert/pieces"
)

// Limits of a file in a tab. Larger ones are for the command line: what is
// shown is held in memory, in several forms.
var Limits = convert.Limits{In: 1 << 30, Out: 256 << 20, Entries: 2_000_000}

// Most is about how many octets of lines Next gives at once.
const Most = 256 << 10

// Report says what a file was. It is whole when End was called and Next has
// given everything.
type Report struct {
	Format convert.Format // "" if it is none that is known
	Conns  int            // of the record
	Lines  []string       // what the file held, in sentences, without Locked
	Locked int            // connections of TLS that wait for their secrets
	Error  string         // why it can't be read (any further); "" at its end
}

// Stream is a file on its way. Make one with New; Stop when it is not read to
// its end.
type Stream struct {
	file   *pieces.Pieces
	out    []byte
	report Report
}

// New begins a file. keys is the text of a TLS key log, or nil; it stays the
// stream's.
func New(keys []byte) *Stream {
	s := &Stream{}
	s.file = pieces.New(func(*pieces.Pieces) { s.run(convert.Options{Keys: keys, Limits: Limits}) })
	return s
}

// Feed hands over the next octets of the file. They must not change until Next
// has given "".
func (s *Stream) Feed(piece []byte) { s.file.Feed(piece) }

// End says that there are no more octets.
func (s *Stream) End() { s.file.End() }

// Next gives lines of the record, whole ones, which are void with the next call.
// None means that the piece is read, or all of the file. Nothing is given before
// there is a connection, so that a file without one can be told apart; Held has
// the lines so far.
func (s *Stream) Next() []byte {
	if s.report.Conns > 0 {
		s.out = s.out[:0]
	}
	s.file.Resume()
	if s.report.Conns == 0 {
		return nil
	}
	return s.out
}

// Held is the lines of a record that has no connection (yet).
func (s *Stream) Held() []byte {
	if s.report.Conns > 0 {
		return nil
	}
	return s.out
}

// Report is what is known of the file.
func (s *Stream) Report() Report { return s.report }

// Stop ends the coroutine.
func (s *Stream) Stop() { s.file.Stop() }

// run is the coroutine: the entries become lines.
func (s *Stream) run(o convert.Options) {
	r, err := convert.NewReader(s.file, o)
	if err != nil {
		s.report.Error = err.Error()
		return
	}
	s.report.Format = r.Format()
	last := int64(0)
	for {
		e, err := r.Next()
		if err != nil {
			s.finish(r, err, last)
			return
		}
		if _, ok := e.(*trace.Conn); ok {
			s.report.Conns++
		}
		if c, ok := e.(*trace.Chunk); ok {
			last = max(last, c.SentAt)
		}
		s.out = trace.AppendEntry(s.out, e)
		if s.report.Conns > 0 && len(s.out) >= Most && !s.file.Pause() {
			return
		}
	}
}

// finish fills the report in. A record that ends too early says so itself, for
// those who get it as a file.
func (s *Stream) finish(r *convert.Reader, err error, at int64) {
	if !errors.Is(err, io.EOF) {
		s.report.Error = err.Error()
		s.out = trace.AppendEntry(s.out, &trace.Note{At: at, Text: "The " + string(r.Format()) + " ends here: " + err.Error()})
	}
	for _, line := range r.Lines() {
		if !strings.HasSuffix(line, tlsread.NoSecrets) {
			s.report.Lines = append(s.report.Lines, line)
		}
	}
	if c := r.Capture(); c != nil {
		s.report.Locked = c.Locked
	}
}
