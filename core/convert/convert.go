// Package convert makes records (core/trace) of what other programs wrote:
// captures of networks, logs of browsers and tools. core/convert/export goes
// the other way.
//
// In come octets through an io.Reader and Options, out go entries, one by one,
// as the file is read:
//
//	r, err := convert.NewReader(file, convert.Options{Keys: keyLog})
//	for {
//		e, err := r.Next()
//		if err != nil { // io.EOF, or why the rest can't be read
//			break
//		}
//		err = analyser.Feed(e)
//	}
//	fmt.Println(r.Lines()) // what the file held beside HTTP/2
//
// The format is told from the file's first octets. Logs have no octets, only
// what was in the frames: those are rebuilt (logs), and Via and the header's
// Note say so.
//
// The package has no input or output but the readers it is given, no clock, no
// goroutine and no randomness; the same file gives the same entries, native
// and in WASM. Files come from strangers: Limits bound what is taken in and
// given out, and a broken file ends with an error that names the place after
// everything that stands before it.
package convert

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"framewise/core/convert/capture"
	"framewise/core/convert/logs"
	"framewise/core/trace"
)

// Limits of a file, each for itself; 0: no limit.
type Limits struct {
	In      int64 // octets of the file
	Out     int64 // octets of the connections
	Entries int   // of the record
}

// Strangers are the limits for files whose size nobody chose.
func Strangers() Limits { return Limits{In: 64 << 20, Out: 50 << 20, Entries: 1_000_000} }

// ErrConnection matches the error that says that a file, which is sound, does not
// have the connection of Options.Connection.
var ErrConnection = errors.New("no connection")

// ErrLimit matches the errors that say that a limit was reached.
var ErrLimit = errors.New("a limit was reached")

// ErrFormat matches the error of NewReader for a file of an unknown form.
var ErrFormat = errors.New("this is no trace, capture or log that is known: .h2trace, pcap, pcapng, Chromium's NetLog, HAR, nghttp -v, curl --trace")

// Options of reading.
type Options struct {
	Keys       []byte // the text of a TLS key log, for captures
	Connection uint32 // only the connection of this number; 0: all
	Limits     Limits
}

// source is what a format's reader is.
type source interface {
	Next() (trace.Entry, error)
}

// Reader gives the entries of a file. Make one with NewReader.
type Reader struct {
	src     source
	format  Format
	o       Options
	in      *counter
	octets  int64
	entries int
	found   bool   // the connection that was asked for
	last    uint32 // connection of the file
	err     error
}

// NewReader begins to read a file. Errors match ErrFormat, or tell what is
// wrong with the beginning of the file.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	in := &counter{r: r, max: o.Limits.In}
	b := bufio.NewReaderSize(in, 64<<10)
	head, err := b.Peek(HeadLen)
	if len(head) == 0 {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, err
	}
	rd := &Reader{format: Detect(head), o: o, in: in}
	switch rd.format {
	case Trace:
		rd.src = &records{r: b}
	case Capture:
		rd.src, err = capture.NewReader(b, capture.Options{Keys: o.Keys, MaxOctets: o.Limits.Out})
	case NetLog:
		rd.src, err = logs.NewNetLog(b)
	case HAR:
		rd.src, err = logs.NewHAR(b)
	case Nghttp:
		rd.src, err = logs.NewNghttp(b)
	case Curl:
		rd.src, err = logs.NewCurl(b)
	default:
		return nil, ErrFormat
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", rd.format, err)
	}
	return rd, nil
}

// Format is the file's.
func (r *Reader) Format() Format { return r.format }

// Read is how many octets of the file were read so far, for showing progress.
func (r *Reader) Read() int64 { return r.in.n }

// Place tells where the entry of the last Next stands in a record: its line,
// from 1, and its first octet, from 0. line is 0 where a format has no such
// place.
func (r *Reader) Place() (line int, octet int64) {
	if s, ok := r.src.(*records); ok {
		return s.d.Line(), s.at
	}
	return 0, 0
}

// Lines tells what a capture held beside the record, in sentences; nil for
// other formats. It is whole when Next has returned an error.
func (r *Reader) Lines() []string {
	switch s := r.src.(type) {
	case *capture.Reader:
		return s.Report().Lines()
	case interface{ Lines() []string }:
		return s.Lines()
	}
	return nil
}

// Capture is what a capture held, nil for other formats.
func (r *Reader) Capture() *capture.Report {
	if s, ok := r.src.(*capture.Reader); ok {
		return s.Report()
	}
	return nil
}

// Next is the next entry. io.EOF means that the file was read to its end;
// another error what is wrong behind the entries so far.
func (r *Reader) Next() (trace.Entry, error) {
	for r.err == nil {
		e, err := r.src.Next()
		if err != nil {
			r.err = err
			if errors.Is(err, io.EOF) && r.o.Connection != 0 && !r.found {
				r.err = r.missing()
			}
			break
		}
		if !r.wanted(e) {
			continue
		}
		if c, ok := e.(*trace.Chunk); ok {
			r.octets += int64(len(c.Octets) + len(c.Received))
		}
		r.entries++
		switch l := r.o.Limits; {
		case l.Entries > 0 && r.entries > l.Entries:
			r.err = fmt.Errorf("%w: the record would have more than %d entries", ErrLimit, l.Entries)
		case l.Out > 0 && r.octets > l.Out:
			r.err = fmt.Errorf("%w: the connections have more than %d octets", ErrLimit, l.Out)
		default:
			return e, nil
		}
	}
	return nil, r.err
}

// wanted says whether an entry belongs to the connection that was asked for,
// or to none.
func (r *Reader) wanted(e trace.Entry) bool {
	if r.o.Connection == 0 {
		return true
	}
	var id uint32
	switch e := e.(type) {
	case *trace.Conn:
		id = e.ID
		r.last = max(r.last, id)
		r.found = r.found || id == r.o.Connection
	case *trace.Chunk:
		id = e.Conn
		r.found = r.found || id == r.o.Connection
	case *trace.Cause:
		id = e.Conn
	case *trace.Close:
		id = e.Conn
	case *trace.Fault:
		id = e.Conn
	default:
		return true
	}
	return id == r.o.Connection
}

// missing says which connections there are instead.
func (r *Reader) missing() error {
	if r.last == 0 {
		return fmt.Errorf("there is %w %d in it: it has none", ErrConnection, r.o.Connection)
	}
	return fmt.Errorf("there is %w %d in it: the last one is %d", ErrConnection, r.o.Connection, r.last)
}

// counter counts what is read and ends the file at a limit.
type counter struct {
	r   io.Reader
	n   int64
	max int64
}

func (c *counter) Read(p []byte) (int, error) {
	if c.max > 0 {
		if c.n >= c.max {
			var one [1]byte
			if n, err := c.r.Read(one[:]); n == 0 && err != nil {
				return 0, err
			}
			return 0, fmt.Errorf("%w: the file has more than %s octets", ErrLimit, strconv.FormatInt(c.max, 10))
		}
		p = p[:min(int64(len(p)), c.max-c.n)]
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// records reads a record's own form.
type records struct {
	r   io.Reader
	d   trace.Decoder
	at  int64 // where the entry in hand begins
	buf []byte
	end bool
}

// Next is the next entry; errors are the reader's or *trace.SyntaxError.
func (s *records) Next() (trace.Entry, error) {
	if s.buf == nil {
		s.buf = make([]byte, 64<<10)
	}
	for {
		s.at = s.d.Offset()
		e, ok, err := s.d.Next()
		if err != nil || ok {
			return e, err
		}
		if s.end {
			return nil, io.EOF
		}
		n, err := s.r.Read(s.buf)
		s.d.Push(s.buf[:n])
		if errors.Is(err, io.EOF) {
			s.end = true
			if err := s.d.Finish(); err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, err
		}
	}
}
