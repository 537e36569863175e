package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/convert/pack"
	"framewise/core/inspect"
	"framewise/core/trace"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// feed reads a file into an analyser, to its end or an error.
func feed(t testing.TB, b []byte, o Options) (a *inspect.Analyser, r *Reader, err error) {
	t.Helper()
	a = inspect.New()
	r, err = NewReader(bytes.NewReader(b), o)
	if err != nil {
		return a, nil, err
	}
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return a, r, nil
		}
		if err != nil {
			return a, r, err
		}
		if err := a.Feed(e); err != nil {
			return a, r, err
		}
	}
}

// frames lists the frames of a record: "→ HEADERS 1 GET /".
func frames(t testing.TB, a *inspect.Analyser) (out []string) {
	t.Helper()
	for from := 0; ; from += 1000 {
		rows, err := a.Rows(inspect.Query{From: from, N: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows.Rows {
			line := fmt.Sprintf("%d %s %s %d %s", r.Conn, r.Dir, r.Type, r.Stream, r.Text)
			if r.Kind != "frame" {
				line = fmt.Sprintf("%d %s %s", r.Conn, r.Dir, r.Kind)
			}
			out = append(out, line)
		}
		if len(rows.Rows) < 1000 {
			return out
		}
	}
}

// TestFormats reads a file of each format, and says what is in it.
func TestFormats(t *testing.T) {
	keys := testdata(t, "keys.txt")
	for _, tt := range []struct {
		file   string
		format Format
		conns  int
		has    []string // frames
		lines  []string // of the report
		faults int      // that the analyser finds
	}{
		{"h2c.pcapng", Capture, 3, []string{"1 c2s HEADERS 1 GET /index.html · END_STREAM", "2 c2s garbage", "2 s2c HEADERS 1 200 · text/html", "3 s2c DATA 13 9 B · END_STREAM"},
			[]string{"50 packets, 4 TCP connections, 3 of them HTTP/2", "not shown: 1 connection, HTTP/1.1"}, 2}, // the two lines of HTTP/1.1
		{"any.pcap", Capture, 1, []string{"1 s2c DATA 1 9 B · END_STREAM"}, nil, 0},
		{"tls.pcapng", Capture, 6, []string{"1 c2s HEADERS 1 GET /b.txt · END_STREAM", "3 s2c HEADERS 1 200 · text/html", "5 s2c DATA 1 9 B · END_STREAM"},
			[]string{"not shown: 1 connection, TLS with HTTP/1.1", "not shown: 1 connection, TLS: the key log has no secrets of it"}, 0},
		{"secrets.pcapng", Capture, 3, []string{"2 c2s HEADERS 1 GET /index.html · END_STREAM"}, nil, 0},
		{"netlog.json", NetLog, 1, []string{"1 c2s SETTINGS 0 HEADER_TABLE_SIZE=65536 · ENABLE_PUSH=0 · INITIAL_WINDOW_SIZE=6291456 · MAX_HEADER_LIST_SIZE=262144",
			"1 s2c SETTINGS 0 MAX_CONCURRENT_STREAMS=100", "1 s2c DATA 5 848 B · END_STREAM"}, []string{"1 session of HTTP/2, rebuilt"}, 0},
		{"page.har", HAR, 1, []string{"1 c2s HEADERS 3 GET /a.css · END_STREAM", "1 s2c HEADERS 7 404 · text/html"}, []string{"4 exchanges of HTTP/2, rebuilt"}, 0},
		{"nghttp.txt", Nghttp, 1, []string{"1 c2s PRIORITY 11 depends on 3 · weight 1", "1 c2s HEADERS 13 GET /index.html · END_STREAM",
			"1 s2c HEADERS 15 200 · text/css", "1 s2c DATA 13 92 B · END_STREAM", "1 c2s GOAWAY 0 NO_ERROR · last 0"}, []string{"1 connection of HTTP/2, rebuilt"}, 0},
		{"curl.txt", Curl, 1, []string{"1 c2s HEADERS 1 GET /a.css · END_STREAM", "1 s2c HEADERS 1 200 · text/css", "1 s2c DATA 1 16 B · END_STREAM"}, nil, 0},
		{"curl-ascii.txt", Curl, 1, []string{"1 c2s HEADERS 1 GET /b.txt · END_STREAM", "1 s2c HEADERS 1 200 · text/plain"}, nil, 0},
	} {
		t.Run(tt.file, func(t *testing.T) {
			a, r, err := feed(t, testdata(t, tt.file), Options{Keys: keys})
			if err != nil || r.Format() != tt.format {
				t.Fatalf("%v, format %v", err, r.Format())
			}
			s := a.Summary()
			if len(s.Conns) != tt.conns || s.Faults != tt.faults {
				t.Errorf("%d connections, want %d; problems %+v", len(s.Conns), tt.conns, s.Problems)
			}
			list := "\n" + strings.Join(frames(t, a), "\n") + "\n"
			for _, want := range tt.has {
				if !strings.Contains(list, "\n"+want+"\n") {
					t.Errorf("there is no frame %q in%s", want, list)
				}
			}
			for _, want := range tt.lines {
				if lines := strings.Join(r.Lines(), "\n"); !strings.Contains(lines, want) {
					t.Errorf("the report has no %q: %s", want, lines)
				}
			}
			if rebuilt := tt.format != Capture; rebuilt != strings.HasPrefix(s.Conns[0].Via, "rebuilt from") || rebuilt != strings.Contains(s.Note, "rebuilt") {
				t.Errorf("%q, %q: rebuilt is %v", s.Conns[0].Via, s.Note, rebuilt)
			}
		})
	}
}

// What a log told of is in the record that is rebuilt, field by field.
func TestNetLogFields(t *testing.T) {
	a, _, err := feed(t, testdata(t, "netlog.json"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.Detail(3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range d.Block.Reps {
		got = append(got, r.Name+": "+r.Value)
	}
	want := []string{":method: GET", ":authority: localhost:19443", ":scheme: https", ":path: /index.html"}
	if len(got) < 12 || strings.Join(got[:4], "|") != strings.Join(want, "|") {
		t.Errorf("the first request has %q", got)
	}
	if s := a.Summary(); s.Conns[0].TLS != "TLS 1.3, h2" || s.Conns[0].Server != "localhost:19443" {
		t.Errorf("the connection is %+v", s.Conns[0])
	}
}

func TestOneConnection(t *testing.T) {
	a, _, err := feed(t, testdata(t, "h2c.pcapng"), Options{Connection: 2})
	if s := a.Summary(); err != nil || len(s.Conns) != 1 || s.Conns[0].ID != 2 || s.Conns[0].Frames == 0 {
		t.Errorf("%v, %+v", err, a.Summary().Conns)
	}
}

func TestLimits(t *testing.T) {
	b := testdata(t, "h2c.pcapng")
	for _, l := range []Limits{{In: 3000}, {Out: 300}, {Entries: 10}} {
		a, r, err := feed(t, b, Options{Limits: l})
		if err == nil || r == nil || a.Summary().Frames == 0 {
			t.Errorf("%+v: %v, %d frames before it", l, err, a.Summary().Frames)
		}
	}
	if _, _, err := feed(t, b, Options{Limits: Limits{In: int64(len(b)), Out: 1 << 20, Entries: 1000}}); err != nil {
		t.Errorf("a file of just the size that is allowed: %v", err)
	}
	if _, _, err := feed(t, b, Options{Limits: Limits{In: 2000}}); !errors.Is(err, ErrLimit) {
		t.Errorf("%v is no ErrLimit", err)
	}
}

func TestUnknownFormats(t *testing.T) {
	for _, text := range []string{"", "hello", "{}", "[1, 2]", `{"a":1}`, "\x00\x01\x02\x03\x04\x05", "GIF89a", "HTTP/1.1 200 OK\r\n\r\n", `{"log": 5}`, `{"constants": {}, "events": 5}`, `{"events": []}`} {
		_, _, err := feed(t, []byte(text), Options{})
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", text, err)
		}
	}
	deep := `{"log": {"entries": [` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "]}}"
	if _, _, err := feed(t, []byte(deep), Options{}); err == nil || !strings.Contains(err.Error(), "nested deeper than 32") {
		t.Errorf("nested 43 times: %v", err)
	}
}

// good are files of each format that can be read.
func good(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"h2c.pcapng", "any.pcap", "secrets.pcapng", "netlog.json", "page.har", "nghttp.txt", "curl.txt"} {
		files[name] = testdata(t, name)
	}
	var record []byte
	r, err := NewReader(bytes.NewReader(files["h2c.pcapng"]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for e, err := r.Next(); err == nil; e, err = r.Next() {
		record = trace.AppendEntry(record, e)
	}
	files["trace.h2trace"] = record
	for _, kind := range []pack.Kind{pack.Gzip, pack.Zstd} {
		var b bytes.Buffer
		z, err := pack.NewWriter(&b, kind)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(record); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		files["trace.h2trace."+string(kind)] = b.Bytes()
	}
	return files
}

// mutate breaks a file: octets changed, taken away, doubled, put elsewhere; cut
// off; numbers made large; pieces of itself in the wrong place.
func mutate(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(4) {
		if len(b) < 8 {
			break
		}
		i := r.IntN(len(b))
		n := 1 + r.IntN(min(64, len(b)-i))
		switch r.IntN(9) {
		case 0:
			b[i] ^= 1 << r.IntN(8)
		case 1:
			for k := range n {
				b[i+k] = byte(r.Uint32())
			}
		case 2:
			b = append(b[:i:i], b[i+n:]...)
		case 3:
			b = append(b[:i+n:i+n], b[i:]...)
		case 4:
			b = b[:i]
		case 5: // lengths of binary formats
			copy(b[i:], [][]byte{{0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0}, {0xff, 0xff, 0xff, 0x7f}, {0, 0, 0, 0x80}, {0, 0, 1, 0}}[r.IntN(5)])
		case 6: // numbers and structure of text formats
			word := []string{"99999999999999999999", "-1", "1e308", "null", "[[[[[[", "}", `"`, "\\u0000", "{}", "\n", "\x1b[", "0x"}[r.IntN(12)]
			b = append(b[:i:i], append([]byte(word), b[i:]...)...)
		case 7:
			j := r.IntN(len(b))
			copy(b[j:], b[i:i+n])
		case 8: // a digit
			for k := i; k < len(b); k++ {
				if b[k] >= '0' && b[k] <= '9' {
					b[k] = '0' + byte(r.IntN(10))
					break
				}
			}
		}
	}
	return b
}

// broken is how many broken files of each format are read.
const broken = 500

// TestMutations reads broken files of each format. Each gives a message in one
// line, or what can be shown of it; nothing panics, hangs or grows.
func TestMutations(t *testing.T) {
	files := good(t)
	for _, name := range []string{"h2c.pcapng", "any.pcap", "secrets.pcapng", "netlog.json", "page.har", "nghttp.txt", "curl.txt",
		"trace.h2trace", "trace.h2trace.gz", "trace.h2trace.zst"} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(len(name))))
			refused, partial, whole := 0, 0, 0
			for i := range broken {
				b := mutate(r, files[name])
				a, err := readBroken(t, b)
				s := a.Summary()
				rows, err2 := a.Rows(inspect.Query{N: 100})
				if err2 != nil {
					t.Fatalf("file %d: %v", i, err2)
				}
				for k := range rows.Rows {
					if _, err := a.Detail(rows.Rows[k].Index); err != nil {
						t.Fatalf("file %d, frame %d: %v", i, k, err)
					}
				}
				switch {
				case err == nil:
					whole++
				case strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) < 15:
					t.Errorf("file %d: the message is %q", i, err)
				case s.Frames == 0:
					refused++
				default:
					partial++
				}
			}
			t.Logf("%d broken files: %d refused, %d shown in part, %d shown whole", broken, refused, partial, whole)
			least := broken / 20
			if strings.HasSuffix(name, ".txt") { // text of people's terminals: what makes no sense is stepped over
				least = 1
			}
			if refused+partial+whole != broken || refused+partial < least {
				t.Errorf("the files were not broken: %d of %d", refused+partial, broken)
			}
		})
	}
}

// readBroken reads a file as the command does, with the limits for strangers.
func readBroken(t *testing.T, b []byte) (*inspect.Analyser, error) {
	t.Helper()
	plain, _, err := pack.NewReader(bytes.NewReader(b), pack.Strangers())
	if err != nil {
		return inspect.New(), err
	}
	a := inspect.New()
	r, err := NewReader(plain, Options{Limits: Strangers()})
	if err != nil {
		return a, err
	}
	octets := 0
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err == nil {
			err = a.Feed(e)
		}
		if err != nil {
			return a, err
		}
		if c, ok := e.(*trace.Chunk); ok {
			octets += len(c.Octets)
		}
		if octets > 1<<26 {
			t.Fatalf("%d octets come of a file of %d", octets, len(b))
		}
	}
}

// A few octets that hold a great many are refused.
func TestInflateLimits(t *testing.T) {
	for _, kind := range []pack.Kind{pack.Gzip, pack.Zstd} {
		var b bytes.Buffer
		z, err := pack.NewWriter(&b, kind)
		if err != nil {
			t.Fatal(err)
		}
		line := bytes.Repeat([]byte{' '}, 1<<20)
		for range 60 {
			if _, err := z.Write(line); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		for _, l := range []pack.Limits{{Out: 50 << 20}, {Ratio: 100}} {
			r, got, err := pack.NewReader(bytes.NewReader(b.Bytes()), l)
			if err != nil || got != kind {
				t.Fatal(err, got)
			}
			n, err := io.Copy(io.Discard, r)
			if !errors.Is(err, pack.ErrLimit) || n > 51<<20 {
				t.Errorf("%s, %+v: %v after %d octets", kind, l, err, n)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range good(f) {
		if len(b) < 20000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _, _ := feed(t, b, Options{Limits: Limits{In: 1 << 20, Out: 1 << 22, Entries: 10000}})
		a.Summary()
	})
}
