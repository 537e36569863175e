package cli

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
	"framewise/transport/testcert"
)

// framewise get -v shows the frames of servers of others, in both directions.
func TestGetShowsFramesOfOtherServers(t *testing.T) {
	s := newSecrets(t)
	for _, peer := range peers {
		for _, secure := range []*secrets{nil, &s} {
			name := peer.name + " h2c"
			if secure != nil {
				name = peer.name + " TLS"
			}
			t.Run(name, func(t *testing.T) {
				addr := peer.start(t, secure)
				file := filepath.Join(t.TempDir(), "t.h2trace")
				code, out, errOut := run(t, "get", "-v", "--ca", s.ca, "-o", file, urlOf(secure, addr, "/hello"))
				if code != ExitOK || errOut != "" {
					t.Fatalf("code %d, %q\n%s", code, errOut, out)
				}
				want := append([]string{"→ preface", "→ SETTINGS", "→ HEADERS", ":path: /hello", "← SETTINGS", "← HEADERS",
					":status: 200", "← DATA", "17 B", "· ACK", "→ GOAWAY"}, peer.says...)
				if secure != nil {
					want = append(want, "TLS 1.3, h2")
				}
				for _, w := range want {
					if !strings.Contains(out, w) && !strings.Contains(out, strings.TrimPrefix(w, "· ")) {
						t.Errorf("the frames don't show %q:\n%s", w, out)
					}
				}
				if strings.Contains(out, " ! ") {
					t.Errorf("a frame of a sound server is called wrong:\n%s", out)
				}
				checkSameFrames(t, file, out)
				code, out, _ = run(t, "get", "--ca", s.ca, urlOf(secure, addr, "/hello"))
				if code != ExitOK || out != hello {
					t.Errorf("the content: code %d, %q", code, out)
				}
			})
		}
	}
}

// checkSameFrames holds what get printed against what inspect reads in the trace.
func checkSameFrames(t *testing.T, file, printed string) {
	t.Helper()
	code, out, errOut := run(t, "inspect", "-v", file)
	if code != ExitOK || errOut != "" {
		t.Errorf("inspect of the trace: code %d, %q", code, errOut)
	}
	if out != printed {
		t.Errorf("inspect shows other frames than get did:\n%s\n--- get\n%s", out, printed)
	}
}

func TestGetSharesAConnection(t *testing.T) {
	dir := t.TempDir()
	big := pattern(3 << 20)
	for name, b := range map[string][]byte{"big": big, "small": []byte("small"), "index.html": []byte("index")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	at := "http://" + d.addr
	file := filepath.Join(t.TempDir(), "t.h2trace")
	// The small ones are there long before the big one, whose turn it is.
	code, out, errOut := run(t, "get", "-o", file, at+"/big", at+"/small", at, at+"/none")
	if code != ExitOK || errOut != "" {
		t.Fatalf("code %d, %q", code, errOut)
	}
	if out != string(big)+"small"+"index"+"There is no such file.\n" {
		t.Fatalf("%d octets were printed, or not in the order of the URLs", len(out))
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	entries, err := trace.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	conns := 0
	for _, e := range entries {
		if _, ok := e.(*trace.Conn); ok {
			conns++
		}
	}
	if conns != 1 {
		t.Fatalf("%d connections; want 1 for one origin", conns)
	}
}

func TestGetManyURLs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), []byte("."), 0o600); err != nil {
		t.Fatal(err)
	}
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	args := []string{"get"}
	for range 250 { // more than the server's MAX_CONCURRENT_STREAMS
		args = append(args, "http://"+d.addr+"/x")
	}
	code, out, errOut := run(t, args...)
	if code != ExitOK || out != strings.Repeat(".", 250) {
		t.Fatalf("code %d, %d octets, %q", code, len(out), errOut)
	}
}

func TestGetSendsContent(t *testing.T) {
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", t.TempDir())
	at := "http://" + d.addr + "/up"
	file := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(file, pattern(10<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for data, want := range map[string]string{"@" + file: "10485760", "hello": "5", "@-": "0"} {
		if code, out, errOut := run(t, "get", "-d", data, at); code != ExitOK || out != want {
			t.Errorf("-d %s: code %d, %q, %q; want %s", data, code, out, errOut, want)
		}
	}
	if code, out, errOut := run(t, "get", "-X", "PUT", "-d", "abc", "-H", "content-length: 3", at); code != ExitOK || out != "3" {
		t.Errorf("PUT: code %d, %q, %q", code, out, errOut)
	}
}

func TestGetJSON(t *testing.T) {
	d := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", t.TempDir(), "--header", "X-Extra: 1")
	code, out, errOut := run(t, "get", "--json", "-H", "User-Agent: test", "-X", "HEAD", "http://"+d.addr+"/none")
	if code != ExitOK {
		t.Fatalf("code %d, %q", code, errOut)
	}
	var sent, got bool
	for line := range strings.Lines(out) {
		var f struct {
			Dir, Type string
			Fields    []struct{ Name, Value string }
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%q is no JSON: %v", line, err)
		}
		for _, h := range f.Fields {
			sent = sent || f.Dir == "c2s" && h.Name == "user-agent" && h.Value == "test"
			got = got || f.Dir == "s2c" && h.Name == "x-extra" && h.Value == "1"
		}
	}
	if !sent || !got {
		t.Errorf("the frames lack our field (%v) or the server's (%v):\n%s", sent, got, out)
	}
}

// Each way in which a server can fail gives one clear line, exit code 1, and
// the frames up to there on the screen and in the trace.
func TestGetFailures(t *testing.T) {
	s := newSecrets(t)
	cert, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		t.Fatal(err)
	}
	strange := testcert.New(t).Server(t, time.Time{}, "127.0.0.1")
	say := func(b []byte) func(net.Conn) {
		return func(c net.Conn) {
			c.Write(b)
			c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			io.Copy(io.Discard, c)
		}
	}
	settings := frame.AppendSettings(nil, []frame.Setting{{ID: frame.MaxConcurrentStreams, Value: 77}})
	with := func(more ...byte) []byte { return append(bytes.Clone(settings), more...) }
	alpn := func(c tls.Certificate, protos ...string) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{c}, NextProtos: protos}
	}
	tests := []struct {
		name   string
		config *tls.Config
		serve  func(net.Conn)
		scheme string
		says   string // the line
		shows  string // among the frames
	}{
		{"only HTTP/1.1 by ALPN", alpn(cert, "http/1.1"), say(nil), "https", "ALPN says http/1.1", ""},
		{"no ALPN", alpn(cert), say(nil), "https", "no ALPN", ""},
		{"bad certificate", alpn(strange, "h2"), say(nil), "https", "--ca FILE", ""},
		{"cleartext for https", nil, say([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), "https", "doesn't speak TLS", ""},
		{"HTTP/1.1 in clear", nil, say([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), "http", `speaks HTTP/1.1, not HTTP/2 (it answered "HTTP/1.1 400 Bad Request")`, "garbage"},
		{"garbage", nil, say([]byte("SSH-2.0-OpenSSH_9.6\r\n")), "http", `its first octets are "SSH-2.0`, "→ HEADERS"},
		{"TLS for http", nil, say([]byte{0x15, 3, 3, 0, 2, 2, 70}), "http", "speaks TLS: ask for https://", "→ HEADERS"},
		{"silence", nil, func(c net.Conn) { io.Copy(io.Discard, c) }, "http", "sent nothing within 1s", "→ HEADERS"},
		{"silence after SETTINGS", nil, func(c net.Conn) { c.Write(settings); io.Copy(io.Discard, c) }, "http", "has been silent for 1s", "MAX_CONCURRENT_STREAMS=77"},
		{"hangs up at once", nil, func(net.Conn) {}, "http", "127.0.0.1", "→ HEADERS"},
		{"hangs up after SETTINGS", nil, say(settings), "http", "ended before the response was complete", "MAX_CONCURRENT_STREAMS=77"},
		{"protocol error", nil, say(with(frame.AppendData(nil, 0, []byte("x"), false, frame.NoPadding)...)), "http", "broke the protocol", "← DATA"},
		{"GOAWAY with a reason", nil, say(with(frame.AppendGoAway(nil, 0, frame.EnhanceYourCalm, []byte("go"))...)), "http", "GOAWAY", "← GOAWAY"},
		{"RST_STREAM", nil, say(with(frame.AppendRSTStream(nil, 1, frame.HTTP11Required)...)), "http", "HTTP_1_1_REQUIRED", "← RST_STREAM"},
		{"a cut frame", nil, say(with(0, 0, 100, 0, 0)), "http", "ended before", "cut"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := lineServer(t, tt.config, tt.serve)
			file := filepath.Join(t.TempDir(), "t.h2trace")
			timeout := "30s"
			if strings.HasPrefix(tt.name, "silence") {
				timeout = "1s"
			}
			code, out, errOut := run(t, "get", "-v", "--timeout", timeout, "--ca", s.ca, "-o", file, tt.scheme+"://"+addr+"/")
			if code != ExitFailed {
				t.Errorf("code %d; want %d", code, ExitFailed)
			}
			if !strings.Contains(errOut, tt.says) || strings.Count(errOut, "\n") != 1 {
				t.Errorf("the error is %q; want one line with %q", errOut, tt.says)
			}
			if !strings.Contains(out, tt.shows) {
				t.Errorf("the frames don't show %q:\n%s", tt.shows, out)
			}
			checkSameFrames(t, file, out)
		})
	}
}

func TestGetMistakes(t *testing.T) {
	for _, tt := range []struct {
		args []string
		says string
	}{
		{nil, "at least one URL"},
		{[]string{"127.0.0.1:9000"}, "http://HOST/PATH"},
		{[]string{"ftp://127.0.0.1/"}, "http://HOST/PATH"},
		{[]string{"http://user:pw@127.0.0.1/"}, "authorization"},
		{[]string{"-H", "nonsense", "http://127.0.0.1/"}, "name:value"},
		{[]string{"-H", "a b: c", "http://127.0.0.1/"}, "names may not have"},
		{[]string{"--timeout", "0s", "http://127.0.0.1/"}, "--timeout"},
	} {
		code, _, errOut := run(t, append([]string{"get"}, tt.args...)...)
		if code != ExitUsage || !strings.Contains(errOut, tt.says) {
			t.Errorf("get %v: code %d, %q; want code 2 and %q", tt.args, code, errOut, tt.says)
		}
	}
	code, _, errOut := run(t, "get", "-d", "@/nonexistent", "http://127.0.0.1/")
	if code != ExitFailed || !strings.Contains(errOut, "/nonexistent") {
		t.Errorf("a file that is absent: code %d, %q", code, errOut)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	code, _, errOut = run(t, "get", "http://"+closed.Addr().String())
	if code != ExitFailed || !strings.Contains(errOut, "no server listens there") {
		t.Errorf("nobody listens: code %d, %q", code, errOut)
	}
}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>9) ^ byte(i)*29
	}
	return b
}
