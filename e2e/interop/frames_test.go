package interop

import (
	"bytes"
	"slices"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// seen is a frame of a record.
type seen struct {
	dir    trace.Dir
	header frame.Header
	code   frame.ErrCode // of RST_STREAM and GOAWAY
}

// framesOf takes a record of our server's apart, connection by connection, in
// the order in which its chunks stand.
func framesOf(t *testing.T, entries []trace.Entry) (list []seen) {
	t.Helper()
	type end struct {
		conn uint32
		dir  trace.Dir
	}
	ends := map[end]*stripper{}
	for _, e := range entries {
		c, ok := e.(*trace.Chunk)
		if !ok {
			continue
		}
		s := ends[end{c.Conn, c.Dir}]
		if s == nil {
			s = &stripper{dir: c.Dir}
			s.split.MaxFrameSize = 1<<24 - 1 // what the ends may send is not looked at here
			ends[end{c.Conn, c.Dir}] = s
		}
		s.split.Push(bytes.Clone(s.strip(c.Octets)))
		for {
			f, ok, err := s.split.Next()
			if err != nil {
				t.Fatalf("the record holds what is no frame: %v", err)
			}
			if !ok {
				break
			}
			list = append(list, look(c.Dir, f))
		}
	}
	return list
}

func look(dir trace.Dir, f frame.Raw) seen {
	s := seen{dir: dir, header: f.Header}
	switch p := f.Payload; {
	case f.Type == frame.RSTStream && len(p) == 4:
		s.code = frame.ErrCode(be32(p))
	case f.Type == frame.GoAway && len(p) >= 8:
		s.code = frame.ErrCode(be32(p[4:]))
	}
	return s
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// stripper leaves out what stands before the frames: HTTP/1.1's request or 101,
// and the client's preface.
type stripper struct {
	dir   trace.Dir
	split frame.Splitter
	open  bool
	held  []byte
}

func (s *stripper) strip(b []byte) []byte {
	if s.open {
		return b
	}
	s.held = append(s.held, b...)
	if s.dir == trace.ToServer {
		if _, rest, ok := bytes.Cut(s.held, []byte(frame.Preface)); ok {
			s.open = true
			return rest
		}
		return nil
	}
	if !bytes.HasPrefix(s.held, []byte("HTTP/1.1 ")) {
		s.open = true
		return s.held
	}
	if _, rest, ok := bytes.Cut(s.held, []byte("\r\n\r\n")); ok {
		// 100 may stand before 101.
		s.held = bytes.Clone(rest)
		if len(s.held) > 0 {
			return s.strip(nil)
		}
	}
	return nil
}

// first returns where the first frame stands that the test takes, or -1.
func first(list []seen, take func(seen) bool) int { return slices.IndexFunc(list, take) }
