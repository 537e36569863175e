package cli

import (
	"fmt"
	"io"

	"framewise/core/frame"
	"framewise/core/trace"
)

// What is explained of a tap is bounded: an Analyser keeps all that it has seen.
const (
	maxShownConn  = 64 << 20  // octets of a connection
	maxShownAll   = 256 << 20 // octets of all that are open
	maxGeneration = 32 << 20  // octets that an Analyser has when later connections get a new one
)

// tapShow shows connections without end: each belongs to a generation, which is
// let go when all its connections have ended.
type tapShow struct {
	f     *tapFlags
	out   io.Writer
	by    map[uint32]*shownConn
	now   *generation
	total int
	err   error
}

type generation struct {
	show *show
	size int
	open int
}

type shownConn struct {
	g    *generation // nil: it is not shown any more
	size int
	thin [2]thinner
}

func newTapShow(out io.Writer, f *tapFlags) *tapShow {
	return &tapShow{f: f, out: out, by: map[uint32]*shownConn{}}
}

// Append takes an entry in. The octets of a chunk are not kept.
func (s *tapShow) Append(e trace.Entry) {
	switch e := e.(type) {
	case *trace.Conn:
		s.open(e)
	case *trace.Chunk:
		if c := s.by[e.Conn]; c != nil && c.g != nil {
			s.chunk(c, e)
		}
	case *trace.Close:
		s.close(e)
	}
}

func (s *tapShow) open(e *trace.Conn) {
	if s.now == nil || s.now.size > maxGeneration {
		if s.now != nil {
			s.say("# the numbers of frames begin anew\n")
			s.leave(s.now)
		}
		sh := newShow(s.out, s.f.json, !s.f.short)
		sh.conns, sh.filter, sh.color = true, s.f.filter, s.f.color
		s.now = &generation{show: sh}
	}
	c := &shownConn{g: s.now}
	if s.total > maxShownAll {
		s.say(fmt.Sprintf("# %d: %s → %s, not shown: those that are open have too much already\n", e.ID, e.Client, e.Server))
		c.g = nil
	} else {
		s.now.open++
		s.now.show.Append(e)
	}
	s.by[e.ID] = c
}

// chunk hands the octets on, without the contents of DATA but for their start:
// more of them is never printed.
func (s *tapShow) chunk(c *shownConn, e *trace.Chunk) {
	give := func(octets []byte, size int) {
		k := *e
		k.Octets = octets
		c.size += size
		c.g.size += size
		s.total += size
		c.g.show.take(&k)
	}
	c.thin[e.Dir].split(e.Octets, e.Dir, give)
	c.g.show.flush()
	if c.size > maxShownConn {
		s.say(fmt.Sprintf("# %d: more than %d MiB: it goes on, but is not shown any more\n", e.Conn, maxShownConn>>20))
		s.hide(c)
	}
}

func (s *tapShow) hide(c *shownConn) {
	g := c.g
	c.g = nil
	s.total -= c.size
	g.open--
	s.leave(g)
}

func (s *tapShow) close(e *trace.Close) {
	c := s.by[e.Conn]
	if c == nil {
		return
	}
	delete(s.by, e.Conn)
	if c.g != nil {
		c.g.show.Append(e)
		s.hide(c)
	}
	how := "ended by the " + e.By
	if e.Reason != "" {
		how += ": " + e.Reason
	}
	s.say(fmt.Sprintf("# %d: %s\n", e.Conn, how))
}

// leave lets a generation go that nobody uses any more.
func (s *tapShow) leave(g *generation) {
	if g.open > 0 {
		return
	}
	if g == s.now {
		if g.size <= maxGeneration {
			return
		}
		s.now = nil
	}
	s.keep(g.show.finish())
}

func (s *tapShow) say(line string) {
	if s.f.json {
		return
	}
	_, err := io.WriteString(s.out, line)
	s.keep(err)
}

func (s *tapShow) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

// finish prints what is left. The error is the first that printing had.
func (s *tapShow) finish() error {
	if s.now != nil {
		s.keep(s.now.show.finish())
	}
	return s.err
}

// keptData is how much of the content of a DATA frame is kept.
const keptData = 64

// noContent stands for what is left out of DATA.
var noContent [64 << 10]byte

// thinner finds the contents of DATA in a direction.
type thinner struct {
	begun bool
	off   bool // it is no HTTP/2: all is kept
	head  [frame.HeaderLen]byte
	n     int // octets of the head that are there
	left  int // of the payload
	data  bool
	seen  int // octets of this payload so far
}

// split cuts octets into pieces, in order: size is what a piece costs.
func (t *thinner) split(b []byte, dir trace.Dir, give func(octets []byte, size int)) {
	if !t.begun {
		t.begun = true
		if dir == trace.ToServer {
			if len(b) < len(frame.Preface) || string(b[:len(frame.Preface)]) != frame.Preface {
				t.off = true
			} else {
				give([]byte(frame.Preface), len(frame.Preface))
				b = b[len(frame.Preface):]
			}
		} else if len(b) < frame.HeaderLen || frame.ParseHeader(b).Type != frame.Settings {
			t.off = true
		}
	}
	from := 0 // of b, that is not given yet
	flush := func(to int) {
		if to > from {
			give(append([]byte(nil), b[from:to]...), to-from)
		}
		from = to
	}
	for at := 0; at < len(b) && !t.off; {
		if t.left == 0 {
			n := copy(t.head[t.n:], b[at:])
			t.n += n
			at += n
			if t.n == frame.HeaderLen {
				h := frame.ParseHeader(t.head[:])
				t.n, t.left, t.data, t.seen = 0, int(h.Length), h.Type == frame.Data, 0
			}
			continue
		}
		n := min(t.left, len(b)-at)
		if t.data && t.seen < keptData {
			n = min(n, keptData-t.seen)
		} else if t.data {
			flush(at)
			n = min(n, len(noContent))
			give(noContent[:n:n], 0)
			from = at + n
		}
		t.left -= n
		t.seen += n
		at += n
	}
	flush(len(b))
}
