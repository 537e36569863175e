package cli

import (
	"fmt"
	"io"
	"sync"

	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// show explains a record while it arises: every frame is printed as soon as it
// is whole. It is a transport.Recorder.
type show struct {
	mu      sync.Mutex
	a       *inspect.Analyser
	out     io.Writer
	json    bool
	verbose bool // text with fields and effects, not only lines
	conns   bool // the record holds several connections
	filter  string
	color   bool
	next    int // the first row that was not printed
	headed  int // connections that were introduced
	buf     []byte
	plain   []byte // a frame before it is colored
	err     error  // the first that printing had
}

func newShow(out io.Writer, json, verbose bool) *show {
	return &show{a: inspect.New(), out: out, json: json, verbose: verbose}
}

// Append takes an entry in and prints what has become whole.
func (s *show) Append(e trace.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.feed(e); err != nil && s.err == nil {
		s.err = err
	}
}

func (s *show) feed(e trace.Entry) error {
	if err := s.a.Feed(e); err != nil {
		return err
	}
	switch e.(type) {
	case *trace.Conn:
		s.heads()
	case *trace.Chunk:
		return s.print(false)
	}
	return nil
}

// heads prints a line about each connection that has none yet.
func (s *show) heads() {
	conns := s.a.Summary().Conns
	for ; s.headed < len(conns) && !s.json; s.headed++ {
		c := conns[s.headed]
		line := fmt.Sprintf("# %d: %s → %s", c.ID, c.Client, c.Server)
		for _, more := range []string{c.Via, c.TLS} {
			if more != "" {
				line += ", " + more
			}
		}
		if _, err := io.WriteString(s.out, line+"\n"); err != nil && s.err == nil {
			s.err = err
		}
	}
}

// rowsAtOnce is how many rows are asked for and printed at once.
const rowsAtOnce = 512

// print prints the rows that were not printed yet. A frame whose end is missing
// stands behind all others until its end comes, or until all is said.
func (s *show) print(all bool) error {
	for {
		rows, err := s.a.Rows(inspect.Query{From: s.next, N: rowsAtOnce, Filter: s.filter})
		if err != nil {
			return err
		}
		s.buf = s.buf[:0]
		n := 0
		for _, r := range rows.Rows {
			if r.Kind == "cut" && !all {
				break
			}
			n++
			if !s.json && !s.verbose {
				s.buf = s.line(s.buf, &r)
				continue
			}
			d, err := s.a.Detail(r.Index)
			if err != nil {
				return err
			}
			switch {
			case s.json:
				s.buf = inspect.AppendJSON(s.buf, d)
			case s.color:
				s.plain = inspect.AppendVerbose(s.plain[:0], d, s.conns)
				s.buf = paint(s.buf, s.plain, &d.Row)
			default:
				s.buf = inspect.AppendVerbose(s.buf, d, s.conns)
			}
		}
		s.next += n
		if len(s.buf) > 0 {
			if _, err := s.out.Write(s.buf); err != nil {
				return err
			}
		}
		if n < rowsAtOnce {
			return nil
		}
	}
}

// line appends the line of a row.
func (s *show) line(dst []byte, r *view.Row) []byte {
	if !s.color {
		return inspect.AppendLine(dst, *r, s.conns)
	}
	s.plain = inspect.AppendLine(s.plain[:0], *r, s.conns)
	return paint(dst, s.plain, r)
}

// finish prints what is left, cut frames too. The error is the first of all.
func (s *show) finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.print
	if s.next == 0 && !s.json && !s.verbose && !s.color {
		all = s.lines
	}
	if err := all(true); s.err == nil {
		s.err = err
	}
	return s.err
}

// lines is print for a whole record as lines without color: no rows are made.
func (s *show) lines(bool) error {
	for {
		buf, n, err := s.a.AppendLines(s.buf[:0], inspect.Query{From: s.next, N: rowsAtOnce, Filter: s.filter}, s.conns)
		if err != nil {
			return err
		}
		s.buf = buf
		if _, err := s.out.Write(buf); err != nil {
			return err
		}
		if s.next += n; n < rowsAtOnce {
			return nil
		}
	}
}

// many gives each entry to several recorders.
type many []interface{ Append(trace.Entry) }

func (m many) Append(e trace.Entry) {
	for _, r := range m {
		r.Append(e)
	}
}
