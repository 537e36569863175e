package cli

import (
	"fmt"
	"io"
	"sync"

	"framewise/core/inspect"
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
	s.take(e)
	if _, ok := e.(*trace.Chunk); ok {
		s.flush()
	}
}

// take takes an entry in; its frames are printed later.
func (s *show) take(e trace.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.a.Feed(e); err != nil {
		s.fail(err)
	} else if _, ok := e.(*trace.Conn); ok {
		s.heads()
	}
}

// flush prints what has become whole.
func (s *show) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(s.print(false))
}

// fail keeps the first error.
func (s *show) fail(err error) {
	if s.err == nil {
		s.err = err
	}
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
		_, err := io.WriteString(s.out, line+"\n")
		s.fail(err)
	}
}

// rowsAtOnce is how many rows are asked for and printed at once.
const rowsAtOnce = 512

// print prints the rows that were not printed yet. A frame whose end is missing
// stands behind all others until its end comes, or until all is said.
func (s *show) print(all bool) error {
	if s.filter == "" {
		if err := s.whole(); err != nil || !all {
			return err
		}
	}
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
			if s.buf, err = s.frame(s.buf, r.Index); err != nil {
				return err
			}
		}
		if err := s.write(n); err != nil || n < rowsAtOnce {
			return err
		}
	}
}

// whole prints the whole frames that were not printed yet, without looking for
// others.
func (s *show) whole() (err error) {
	for s.next < s.a.Whole() {
		n := min(rowsAtOnce, s.a.Whole()-s.next)
		s.buf = s.buf[:0]
		if s.json || s.verbose || s.color {
			for i := range n {
				if s.buf, err = s.frame(s.buf, s.next+i); err != nil {
					return err
				}
			}
		} else if s.buf, n, err = s.a.AppendLines(s.buf, inspect.Query{From: s.next, N: n}, s.conns); err != nil {
			return err
		}
		if err := s.write(n); err != nil {
			return err
		}
	}
	return nil
}

// write writes what n rows have become.
func (s *show) write(n int) error {
	s.next += n
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.out.Write(s.buf)
	return err
}

// frame appends what is printed of a frame.
func (s *show) frame(dst []byte, index int) ([]byte, error) {
	d, err := s.a.Told(index)
	if err != nil {
		return dst, err
	}
	if s.json {
		return inspect.AppendJSON(dst, d), nil
	}
	if s.verbose {
		s.plain = inspect.AppendVerbose(s.plain[:0], d, s.conns)
	} else {
		s.plain = inspect.AppendLine(s.plain[:0], d.Row, s.conns)
	}
	if s.color {
		return paint(dst, s.plain, &d.Row), nil
	}
	return append(dst, s.plain...), nil
}

// finish prints what is left, cut frames too. The error is the first of all.
func (s *show) finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(s.print(true))
	return s.err
}

// many gives each entry to several recorders.
type many []interface{ Append(trace.Entry) }

func (m many) Append(e trace.Entry) {
	for _, r := range m {
		r.Append(e)
	}
}
