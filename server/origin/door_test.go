package origin

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/transport"

	"pgregory.net/rapid"
)

// bench is a connection without a driver: octets in, octets out.
type bench struct {
	engine transport.Engine
	out    []byte
	closed bool
}

func newBench(t testing.TB) *bench {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("index"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.bench()
}

func (s *Server) bench() *bench {
	c := &client{s: s, streams: make(map[uint32]*stream), local: "127.0.0.1:9000"}
	c.c = conn.New(conn.Config{Role: conn.Server})
	return &bench{engine: &door{Engine: transport.ForConn(c.c, c.handle), c: c}}
}

// feed gives octets and takes what comes of them.
func (b *bench) feed(in []byte) {
	b.engine.Receive(1, in)
	for again := true; again; {
		o := b.engine.Poll(1, false, 0)
		for _, s := range o.Segments {
			b.out = append(b.out, s...)
		}
		b.closed = b.closed || o.Close
		again = b.engine.Handle() > 0 || o.More || o.Octets > 0 && !o.Close
	}
}

// texts lists the frames behind an HTTP/1.1 answer. Dates differ from run to
// run in nothing but their octets, which are not looked at.
func texts(t testing.TB, b []byte) (head string, types []string) {
	t.Helper()
	if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 && bytes.HasPrefix(b, []byte("HTTP/1.1")) {
		head, b = string(b[:i]), b[i+4:]
	}
	var split frame.Splitter
	split.Push(b)
	for {
		f, ok, err := split.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return head, types
		}
		types = append(types, f.Type.String()+" "+f.Flags.Text(f.Type))
	}
}

const upgradeRequest = "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"

// The door does the same whatever the pieces are that the octets come in.
func TestDoorTakesAnyPieces(t *testing.T) {
	preface := frame.Preface + string(frame.AppendSettings(nil, nil)) + string(frame.AppendSettingsAck(nil))
	post := strings.Replace(upgradeRequest, "GET", "POST", 1)
	post = strings.Replace(post, "Host", "Content-Length: 5\r\nHost", 1)
	for name, tt := range map[string]struct {
		in, head string
		types    []string
	}{
		"prior knowledge": {preface, "", []string{"SETTINGS ", "SETTINGS ACK"}},
		"upgrade": {upgradeRequest + preface, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c",
			[]string{"SETTINGS ", "SETTINGS ACK", "HEADERS END_HEADERS", "DATA END_STREAM"}},
		"upgrade with content": {post + "12345" + preface, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c",
			[]string{"SETTINGS ", "SETTINGS ACK", "HEADERS END_HEADERS", "DATA END_STREAM"}},
		"neither": {"HELO there\r\nPRI * HTTP/2.0\r\n\r\n", "", []string{"SETTINGS ", "GOAWAY "}},
	} {
		t.Run(name, func(t *testing.T) {
			origin := newBench(t).engine.(*door).c.s
			rapid.Check(t, func(rt *rapid.T) {
				b := origin.bench()
				for in := []byte(tt.in); len(in) > 0; {
					n := rapid.IntRange(1, min(len(in), 40)).Draw(rt, "piece")
					b.feed(bytes.Clone(in[:n]))
					in = in[n:]
				}
				head, types := texts(t, b.out)
				slices.Sort(types[min(1, len(types)):]) // an acknowledgement may come before or behind a response
				want := slices.Clone(tt.types)
				slices.Sort(want[1:])
				if head != tt.head || !slices.Equal(types, want) {
					rt.Fatalf("answered %q and %v; want %q and %v", head, types, tt.head, want)
				}
			})
		})
	}
}

func TestDoorRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                                                                         "HTTP/1.1 426 ",
		"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n":                                                         "HTTP/1.1 426 ",
		strings.Replace(upgradeRequest, "AAMAAABk", "?", 1):                                                         "HTTP/1.1 400 ",
		strings.Replace(upgradeRequest, "Host", "Transfer-Encoding: chunked\r\nHost", 1):                            "HTTP/1.1 411 ",
		strings.Replace(upgradeRequest, "Host", "Content-Length: 99999999999\r\nHost", 1):                           "HTTP/1.1 413 ",
		strings.Replace(upgradeRequest, "GET / ", "GET * ", 1):                                                      "HTTP/1.1 400 ", // RFC 9113 8.3.1
		strings.Replace(upgradeRequest, "GET / ", "GET /none ", 1):                                                  "HTTP/1.1 101 ", // 404 comes by HTTP/2
		strings.Replace(upgradeRequest, "Host: test", "Host: test\r\nExpect: 100-continue\r\nContent-Length: 1", 1): "HTTP/1.1 100 ",
	} {
		b := newBench(t)
		b.feed([]byte(in))
		if !strings.HasPrefix(string(b.out), want) {
			t.Errorf("%q was answered %q; want %q", in, b.out, want)
		}
		if refused := strings.HasPrefix(want, "HTTP/1.1 4"); b.closed != refused {
			t.Errorf("%q: closed = %v, refused = %v", in, b.closed, refused)
		}
	}
}

// A client that never says what it speaks is let go.
func TestDoorDoesNotWaitForEver(t *testing.T) {
	b := newBench(t)
	b.feed([]byte("PRI * HT"))
	o := b.engine.Poll(1, false, 0)
	if o.Deadline == 0 || o.Close || o.Octets > 0 {
		t.Fatalf("while the client is undecided: %+v; want a deadline and nothing to write", o)
	}
	b.engine.Tick(o.Deadline)
	if o := b.engine.Poll(o.Deadline, false, 0); !o.Close {
		t.Fatal("the connection is not closed at the deadline")
	}
}

// Whatever the path, the name stays in the folder.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"/", "/a/b?c", "/..", "/%2e%2e/x", "/a//b", "/%00", "/a\\..\\b", "*", "", "/./x", "/%zz", "/a/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		name, ok := fileName(path)
		if !ok {
			return
		}
		if !filepath.IsLocal(name) || strings.ContainsAny(name, "\x00\\") || name == "" {
			t.Errorf("path %q names %q", path, name)
		}
		for el := range strings.SplitSeq(name, "/") {
			if el == "" || el == "." || el == ".." {
				t.Errorf("path %q names %q", path, name)
			}
		}
	})
}

// A range lies within the file.
func TestParseRangeStaysInTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(0, 1<<40).Draw(t, "size")
		s := rapid.StringMatching(`bytes=([0-9]{0,20})-([0-9]{0,20})`).Draw(t, "range")
		from, length, ok := parseRange(s, size)
		if ok && (from < 0 || length < 0 || from+length > size) {
			t.Fatalf("%q of %d octets: %d octets from %d", s, size, length, from)
		}
	})
}
