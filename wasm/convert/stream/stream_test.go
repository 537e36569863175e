package stream

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"framewise/core/convert"
	"framewise/core/trace"
)

const testdata = "../../../core/convert/testdata/"

func file(t *testing.T, name string) []byte {
	t.Helper()
	octets, err := os.ReadFile(testdata + name)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// native is what core/convert makes of a file that it can read when it likes.
func native(t *testing.T, octets, keys []byte) (lines []byte, conns int, report []string, failure string) {
	t.Helper()
	r, err := convert.NewReader(bytes.NewReader(octets), convert.Options{Keys: keys, Limits: Limits})
	if err != nil {
		return nil, 0, nil, err.Error()
	}
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines, conns, r.Lines(), ""
		}
		if err != nil {
			return lines, conns, r.Lines(), err.Error()
		}
		if _, ok := e.(*trace.Conn); ok {
			conns++
		}
		lines = trace.AppendEntry(lines, e)
	}
}

// read gives a file to a Stream in pieces of a size.
func read(octets, keys []byte, size int) (lines []byte, s *Stream) {
	s = New(keys)
	drain := func() {
		for l := s.Next(); len(l) > 0; l = s.Next() {
			lines = append(lines, l...)
		}
	}
	for piece := range slices.Chunk(octets, size) {
		s.Feed(piece)
		drain()
	}
	s.End()
	drain()
	return lines, s
}

// However a file is cut, its lines are those of core/convert.
func TestSameLines(t *testing.T) {
	names, err := filepath.Glob(testdata + "*")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	keys := file(t, "keys.txt")
	for _, name := range names {
		name = filepath.Base(name)
		octets := file(t, name)
		for _, keys := range [][]byte{nil, keys} {
			want, conns, report, failure := native(t, octets, keys)
			for _, size := range []int{1, 7, 4096, len(octets)} {
				got, s := read(octets, keys, size)
				r := s.Report()
				if conns == 0 {
					got = s.Held()
				}
				if !bytes.Equal(got, want) || r.Conns != conns || r.Error != failure {
					t.Errorf("%s with %d octets of keys in pieces of %d: %d octets of lines, want %d; %+v, want %d connections, %q", name, len(keys), size, len(got), len(want), r, conns, failure)
				}
				if n := len(report) - len(r.Lines); n != 0 && !(n == 1 && r.Locked > 0) {
					t.Errorf("%s: %q, want %q", name, r.Lines, report)
				}
			}
		}
	}
}

// Connections whose secrets lack are counted, not listed among what is no HTTP/2.
func TestLocked(t *testing.T) {
	octets := file(t, "tls.pcapng")
	lines, s := read(octets, nil, 1000)
	r := s.Report()
	if len(lines) > 0 || r.Conns != 0 || r.Locked != 8 || len(s.Held()) == 0 || !strings.HasPrefix(r.Lines[0], "155 packets") {
		t.Errorf("without keys: %d octets of lines, %+v", len(lines), r)
	}
	_, s = read(octets, file(t, "keys.txt"), 1000)
	if r = s.Report(); r.Conns != 6 || r.Locked != 1 || !slices.Contains(r.Lines, "not shown: 1 connection, TLS with HTTP/1.1") {
		t.Errorf("with keys: %+v", r)
	}
}

// A file that breaks off gives what stands before, and a note that says where.
func TestBroken(t *testing.T) {
	octets := file(t, "h2c.pcapng")
	lines, s := read(append(slices.Clone(octets[:len(octets)/2]), make([]byte, 100)...), nil, 333)
	r := s.Report()
	if r.Error == "" || r.Conns == 0 || !bytes.Contains(lines, []byte(`"text":"The capture ends here: `)) {
		t.Errorf("%+v, %d octets: %s", r, len(lines), lines[max(0, len(lines)-300):])
	}
	entries, err := trace.Read(bytes.NewReader(lines))
	if err != nil || len(entries) < 10 {
		t.Errorf("the record can't be read: %v after %d entries", err, len(entries))
	}
	_, s = read([]byte("hello"), nil, 5)
	if r = s.Report(); r.Error != convert.ErrFormat.Error() || r.Format != "" {
		t.Errorf("%+v", r)
	}
	s = New(nil)
	s.Feed(octets[:100])
	s.Next()
	s.Stop()
	if got := s.Next(); got != nil {
		t.Errorf("a stopped stream gives %q", got)
	}
}

// A record is given in parts, so that nobody has to hold all of it.
func TestParts(t *testing.T) {
	s := New(nil)
	s.Feed(file(t, "h2c.pcapng"))
	most := 0
	for l := s.Next(); len(l) > 0; l = s.Next() {
		most = max(most, len(l))
	}
	if most == 0 || most > 2*Most {
		t.Errorf("%d octets at once", most)
	}
}
