package http2

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"framewise/transport/testcert"
)

// tool finds a program that must be there.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin") {
		if path := filepath.Join(dir, name); exec.Command(path, "--version").Run() == nil {
			return path
		}
	}
	t.Fatalf("%s is missing: ./build.sh deps installs what the tests need", name)
	return ""
}

// run runs a program to its end and returns what it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, name), args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, errs.String())
	}
	return string(out)
}

// start runs a program until the test ends, and returns its lines.
func start(t *testing.T, name string, args ...string) <-chan string {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	in, err := cmd.StdinPipe()
	ok(t, err)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		<-done
		cmd.Wait()
	})
	return lines
}

// peerServer has what the peers' scripts ask for.
func peerServer(t *testing.T, st *ServerStream, h Headers, path string) {
	if h.Get(":method") == "CONNECT" {
		ok(t, st.Respond(nil, RespondOptions{}))
		st.Go(func() {
			io.Copy(st, st)
			st.CloseWrite()
		})
		return
	}
	switch h.Get(":path") {
	case "/hello":
		ok(t, st.Respond(H("content-length", "5"), RespondOptions{}))
		ok(t, st.End([]byte("hello")))
	case "/info":
		ok(t, st.AdditionalHeaders(H(":status", "103", "link", "</a.css>")))
		ok(t, st.Respond(nil, RespondOptions{EndStream: true}))
	case "/file":
		ok(t, st.RespondWithFile(path, nil, FileOptions{}))
	case "/echo":
		st.OnFetchTrailers(func(out *Headers) { *out = st.Trailers() })
		st.Go(func() {
			io.Copy(st, st)
			ok(t, st.CloseWrite())
		})
	case "/refuse":
		ok(t, st.RstWithRefuse())
	case "/push":
		pushed, err := st.PushStream(H(":path", "/pushed"), PriorityOptions{})
		if err != nil {
			t.Error(err)
			return
		}
		ok(t, pushed.End([]byte("pushed")))
		ok(t, st.End([]byte("asked")))
	case "/hold":
		ok(t, st.Respond(nil, RespondOptions{}))
	case "/goaway":
		ok(t, st.Respond(H(":status", "204"), RespondOptions{}))
		ok(t, st.Session().Shutdown(ShutdownOptions{Graceful: true}, nil))
	default:
		ok(t, st.Respond(H(":status", "404"), RespondOptions{EndStream: true}))
	}
}

// sum is a body as the scripts describe it.
func sum(b []byte) string {
	h := sha256.Sum256(b)
	return fmt.Sprintf("%d %s", len(b), hex.EncodeToString(h[:4]))
}

// servers runs f on our server, in cleartext and with TLS; ca is the file of the
// authority then.
func servers(t *testing.T, f func(t *testing.T, url, ca string, body []byte)) {
	path, body := file(t, 800_000)
	onStream := func(st *ServerStream, h Headers, _ Flags) { peerServer(t, st, h, path) }
	t.Run("cleartext", func(t *testing.T) {
		_, url := server(t, Options{}, onStream)
		f(t, url, "", body)
	})
	t.Run("tls", func(t *testing.T) {
		a := testcert.New(t)
		s, err := CreateSecureServer(SecureOptions{TLS: &tls.Config{Certificates: []tls.Certificate{a.Server(t, time.Time{}, "127.0.0.1")}}}, nil)
		ok(t, err)
		s.OnStream = onStream
		ca := filepath.Join(t.TempDir(), "ca.pem")
		ok(t, os.WriteFile(ca, a.PEM, 0o600))
		f(t, serve(t, s), ca, body)
	})
}

func TestNodeClient(t *testing.T) {
	servers(t, func(t *testing.T, url, ca string, body []byte) {
		args := []string{"testdata/node_client.mjs", url}
		if ca != "" {
			args = append(args, ca)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(run(t, "node", args...)), &got); err != nil {
			t.Fatal(err)
		}
		nothing := sum(nil)
		want := map[string]string{
			"get": "response 200,end,close 0," + sum([]byte("hello")), "head": "response 200,end,close 0," + nothing,
			"info": "headers 103,response 200,end,close 0," + nothing, "file": "response 200,end,close 0," + sum(body),
			"echo":    "response 200,trailers 7,end,close 0," + sum(bytes.Repeat([]byte("x"), 1_000_000)),
			"refused": "end,error ERR_HTTP2_STREAM_ERROR,close 7," + nothing,
			"asked":   "response 200,end,close 0," + sum([]byte("asked")), "pushed": "/pushed,push 200,end,close 0," + sum([]byte("pushed")),
			"cancelled": "aborted,end,error ERR_HTTP2_STREAM_ERROR,close 8," + nothing,
			"tunnel":    "response 200,end,close 0," + sum([]byte("tunnel")),
			"ping":      "null true 12345678", "settings": "100000", "many": "60", "goaway": "0 2147483647",
		}
		for name, expected := range want {
			if text := flat(got[name]); !same(name, text, expected) {
				t.Errorf("%s: %s\nwant %s", name, text, expected)
			}
		}
	})
}

// same compares the events; whether Node tells 'end' for a stream that was reset,
// and when, is its own affair.
func same(name, got, want string) bool {
	if name == "refused" || name == "cancelled" {
		code := want[strings.Index(want, "close"):]
		return strings.Contains(got, code)
	}
	return got == want
}

func flat(v any) string {
	list, is := v.([]any)
	if !is {
		return fmt.Sprint(v)
	}
	texts := make([]string, len(list))
	for i := range list {
		texts[i] = fmt.Sprint(list[i])
	}
	return strings.Join(texts, ",")
}

func TestNodeServer(t *testing.T) {
	check := func(t *testing.T, scheme string, trust *tls.Config, args ...string) {
		lines := start(t, "node", append([]string{"testdata/node_server.mjs"}, args...)...)
		port := strings.TrimPrefix(wait(t, lines, "the port"), "port ")
		s := dial(t, scheme+"://127.0.0.1:"+port, ConnectOptions{TLS: trust})
		pushed := make(chan string, 1)
		s.OnStream(func(st AnyStream, request Headers, _ Flags) {
			p := st.(*ClientStream)
			p.OnPush(func(h Headers, _ Flags) {
				p.OnData(func(b []byte) { pushed <- request.Get(":path") + " " + h.Get(":status") + " " + string(b) })
			})
		})
		if h, body := answer(t, get(t, s, "/hello")); h.Get(":status") != "200" || body != "hello" || !h.Has("date") {
			t.Error(h, body)
		}
		hints := make(chan string, 1)
		info := get(t, s, "/info")
		info.OnHeaders(func(h Headers, _ Flags) { hints <- h.Get("link") })
		answer(t, info)
		if l := wait(t, hints, "103"); l != "</a.css>" {
			t.Error(l)
		}
		up, err := s.Request(H(":method", "POST", ":path", "/echo"), RequestOptions{})
		ok(t, err)
		up.SetDeadline(time.Now().Add(bound))
		up.OnFetchTrailers(func(h *Headers) { h.Set("sum", "7") })
		data := pattern(2_000_000)
		up.Go(func() {
			up.Write(data)
			up.CloseWrite()
		})
		if _, body := answer(t, up); body != string(data) || up.Trailers().Get("sum") != "7" {
			t.Error(len(body), up.Trailers())
		}
		if _, body := answer(t, get(t, s, "/push")); body != "asked" {
			t.Error(body)
		}
		if p := wait(t, pushed, "the push"); p != "/pushed 200 pushed" {
			t.Error(p)
		}
		_, err = get(t, s, "/refuse").Response()
		want(t, err, ErrProtocol, "error code 7")
		held := get(t, s, "/hold")
		_, err = held.Response()
		ok(t, err)
		ok(t, held.RstWithCancel())
		if line := wait(t, lines, "aborted"); line != "aborted 8" {
			t.Error(line)
		}
		tunnel, err := s.Request(H(":method", "CONNECT", ":authority", "a:1"), RequestOptions{})
		ok(t, err)
		tunnel.SetDeadline(time.Now().Add(bound))
		ok(t, tunnel.End([]byte("tunnel")))
		if _, body := answer(t, tunnel); body != "tunnel" {
			t.Error(body)
		}
		answered := make(chan error, 1)
		ok(t, s.Ping([8]byte{1}, func(_ time.Duration, err error) { answered <- err }))
		ok(t, wait(t, answered, "the PING's answer"))
		ok(t, s.Settings(Settings{InitialWindowSize: V(uint32(100))}))
		until(t, "the settings", func() bool { return s.LocalSettings().InitialWindowSize == 100 })
		if _, body := answer(t, get(t, s, "/hello")); body != "hello" {
			t.Error(body)
		}
		away := make(chan string, 1)
		s.OnGoAway(func(code ErrCode, _ uint32, data []byte) { away <- code.String() + " " + string(data) })
		answer(t, get(t, s, "/goaway"))
		if g := wait(t, away, "goaway"); g != "NO_ERROR bye" {
			t.Error(g)
		}
		wait(t, s.Done(), "the end")
	}
	t.Run("cleartext", func(t *testing.T) { check(t, "http", nil) })
	t.Run("tls", func(t *testing.T) {
		a := testcert.New(t)
		cert, key, _ := a.Files(t, a.Server(t, time.Time{}, "127.0.0.1"))
		check(t, "https", &tls.Config{RootCAs: a.Pool}, cert, key)
	})
}

func TestCurl(t *testing.T) {
	servers(t, func(t *testing.T, url, ca string, body []byte) {
		path := filepath.Join(t.TempDir(), "up")
		ok(t, os.WriteFile(path, body, 0o600))
		args := []string{"-sS", "--http2-prior-knowledge", "-m", "30", "-w", "%{http_version} %{http_code}"}
		if ca != "" {
			args = append([]string{"--cacert", ca}, args...)
		}
		if out := run(t, "curl", append(args, url+"/hello")...); out != "hello2 200" {
			t.Error(out)
		}
		if out := run(t, "curl", append(args, "--data-binary", "@"+path, url+"/echo")...); out != string(body)+"2 200" {
			t.Error(len(out))
		}
		if out := run(t, "curl", append(args, url+"/file")...); out != string(body)+"2 200" {
			t.Error(len(out))
		}
	})
	t.Run("http1", func(t *testing.T) {
		s, _ := secure(t, SecureOptions{AllowHTTP1: true}, func(req *Request, res *Response) {
			ok(t, res.End([]byte("hello over "+req.HTTPVersion)))
		})
		url := serve(t, s)
		for version, says := range map[string]string{"--http1.1": "hello over 1.1", "--http2": "hello over 2.0"} {
			if out := run(t, "curl", "-sSk", "-m", "30", version, url); out != says {
				t.Error(version, out)
			}
		}
	})
}

func TestNghttp(t *testing.T) {
	servers(t, func(t *testing.T, url, _ string, body []byte) {
		out := run(t, "nghttp", "-nv", "-t", "20", url+"/push", url+"/file")
		for _, line := range []string{"recv PUSH_PROMISE frame", ":path: /pushed", "recv content-length: 800000", "send WINDOW_UPDATE frame"} {
			if !strings.Contains(plain(out), line) {
				t.Errorf("%q is not in what nghttp printed:\n%s", line, out)
			}
		}
		if out := run(t, "nghttp", "-t", "20", url+"/file"); out != string(body) {
			t.Error(len(out))
		}
	})
}

// plain takes the colours out, and the stream identifiers.
func plain(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		if s[0] == '\x1b' {
			s = s[strings.IndexByte(s, 'm')+1:]
			continue
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		if before, rest, found := strings.Cut(line, "(stream_id="); found {
			_, rest, _ = strings.Cut(rest, ") ")
			lines[i] = before + rest
		}
	}
	return strings.Join(lines, "\n")
}

func TestNghttpd(t *testing.T) {
	dir := t.TempDir()
	body := pattern(700_000)
	ok(t, os.WriteFile(filepath.Join(dir, "file"), body, 0o600))
	ok(t, os.WriteFile(filepath.Join(dir, "pushed"), []byte("pushed"), 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	start(t, "nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", dir, "-p", "/file=/pushed", "--trailer", "sum: 9", port)
	until(t, "nghttpd", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	s := dial(t, "http://127.0.0.1:"+port, ConnectOptions{Options: Options{Settings: Settings{InitialWindowSize: V(uint32(1000))}}})
	pushed := make(chan string, 1)
	s.OnStream(func(st AnyStream, request Headers, _ Flags) {
		st.(*ClientStream).OnData(func(b []byte) { pushed <- request.Get(":path") + " " + string(b) })
	})
	st := get(t, s, "/file")
	if _, got := answer(t, st); got != string(body) || st.Trailers().Get("sum") != "9" {
		t.Error(len(got), st.Trailers())
	}
	if p := wait(t, pushed, "the push"); p != "/pushed pushed" {
		t.Error(p)
	}
}

func TestNetHTTP(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, _ Flags) { peerServer(t, st, h, "") })
		tr := &http.Transport{Protocols: new(http.Protocols)}
		tr.Protocols.SetUnencryptedHTTP2(true)
		defer tr.CloseIdleConnections()
		client := &http.Client{Transport: tr, Timeout: bound}
		body := pattern(1_500_000)
		req, err := http.NewRequest("POST", url+"/echo", io.NopCloser(bytes.NewReader(body)))
		ok(t, err)
		req.Trailer = http.Header{"Sum": {"7"}}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Equal(got, body) || res.ProtoMajor != 2 || res.Trailer.Get("Sum") != "7" {
			t.Error(err, len(got), res.Proto, res.Trailer)
		}
	})
	t.Run("server", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ok(t, err)
		h := &http.Server{Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			io.Copy(w, r.Body)
			w.Header().Set(http.TrailerPrefix+"sum", r.Trailer.Get("Sum"))
		})}
		h.Protocols.SetUnencryptedHTTP2(true)
		done := make(chan error, 1)
		go func() { done <- h.Serve(l) }()
		defer func() {
			h.Close()
			<-done
		}()
		s := dial(t, "http://"+l.Addr().String(), ConnectOptions{})
		st, err := s.Request(H(":method", "POST", "trailer", "sum"), RequestOptions{})
		ok(t, err)
		st.SetDeadline(time.Now().Add(bound))
		hints := make(chan string, 2)
		st.OnHeaders(func(h Headers, _ Flags) { hints <- h.Get(":status") })
		st.OnFetchTrailers(func(h *Headers) { h.Set("sum", "7") })
		body := pattern(1_500_000)
		st.Go(func() {
			st.Write(body)
			st.CloseWrite()
		})
		if _, got := answer(t, st); got != string(body) || st.Trailers().Get("sum") != "7" {
			t.Error(len(got), st.Trailers())
		}
		seen := []string{wait(t, hints, "1xx")}
		for len(hints) > 0 {
			seen = append(seen, <-hints)
		}
		if !slices.Contains(seen, "103") && !slices.Contains(seen, "100") {
			t.Error(seen)
		}
	})
}
