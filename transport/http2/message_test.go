package http2

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"
)

func TestRequest(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{})
	request := func(h Headers, o RequestOptions) *xhttp2.MetaHeadersFrame {
		t.Helper()
		_, err := s.Request(h, o)
		ok(t, err)
		return next[*xhttp2.MetaHeadersFrame](p)
	}
	t.Run("defaults", func(t *testing.T) {
		f := request(nil, RequestOptions{})
		if f.PseudoValue("method") != "GET" || f.PseudoValue("scheme") != "http" || f.PseudoValue("path") != "/" ||
			f.PseudoValue("authority") != s.nc.RemoteAddr().String() || f.StreamEnded() || f.HasPriority() {
			t.Errorf("%v %+v", f.Fields, f.HeadersFrame)
		}
		p.headers(f.StreamID, true, ":status", "204")
	})
	t.Run("headers", func(t *testing.T) {
		f := request(H("Two", "a", "accept", "*/*", "two", "b", ":path", "/p?q", ":method", "POST", ":authority", "example.org"), RequestOptions{})
		names := ""
		for _, x := range f.Fields {
			names += x.Name + "=" + x.Value + " "
		}
		if !strings.HasPrefix(names, ":path=/p?q :method=POST :authority=example.org :scheme=http two=a accept=*/* two=b") {
			t.Error(names)
		}
		for _, bad := range []Headers{H("bad name", "x"), H("x", "line\nbreak"), H("connection", "close"), H(":status", "200"), H("te", "gzip"), H(":path", "")} {
			_, err := s.Request(bad, RequestOptions{})
			want(t, err, ErrValidation, "RFC 9113 8")
		}
	})
	t.Run("endStream", func(t *testing.T) {
		if f := request(nil, RequestOptions{EndStream: true}); !f.StreamEnded() {
			t.Error("END_STREAM is missing")
		}
	})
	t.Run("priority", func(t *testing.T) {
		f := request(nil, RequestOptions{Parent: 1, Weight: 256, Exclusive: true})
		if f.Priority != (xhttp2.PriorityParam{StreamDep: 1, Weight: 255, Exclusive: true}) {
			t.Errorf("%+v", f.Priority)
		}
		_, err := s.Request(nil, RequestOptions{Weight: 257})
		want(t, err, ErrValidation, "from 1 to 256")
	})
	t.Run("server", func(t *testing.T) {
		failed := make(chan error, 1)
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			_, err := st.Session().Request(nil, RequestOptions{})
			failed <- err
			hello(st, h, f)
		})
		answer(t, get(t, dial(t, url, ConnectOptions{}), "/"))
		want(t, wait(t, failed, "the error"), ErrState, "server's session")
	})
}

func TestInformational(t *testing.T) {
	t.Run("seen", func(t *testing.T) {
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			ok(t, st.AdditionalHeaders(nil))
			ok(t, st.AdditionalHeaders(H(":status", "103", "link", "</a.css>")))
			hello(st, h, f)
		})
		st := get(t, dial(t, url, ConnectOptions{}), "/")
		var seen []string
		st.OnHeaders(func(h Headers, flags Flags) { seen = append(seen, h.Get(":status")+h.Get("link")) })
		done := make(chan []string, 1)
		st.OnResponse(func(Headers, Flags) { done <- seen })
		if got := wait(t, done, "the response"); !slices.Equal(got, []string{"100", "103</a.css>"}) {
			t.Error(got)
		}
	})
	t.Run("validation", func(t *testing.T) {
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			want(t, st.AdditionalHeaders(H(":status", "101")), ErrValidation, "from 102 to 199")
			want(t, st.AdditionalHeaders(H(":status", "200")), ErrValidation, "from 102 to 199")
			want(t, st.AdditionalHeaders(H("Bad Name", "x")), ErrValidation, "RFC 9113 8.2.1")
			hello(st, h, f)
			want(t, st.AdditionalHeaders(nil), ErrState, "before the response")
		})
		answer(t, get(t, dial(t, url, ConnectOptions{}), "/"))
	})
}

func TestRespond(t *testing.T) {
	// respond runs f on a stream of a server's, which a client awaits.
	respond := func(t *testing.T, method string, f func(st *ServerStream)) (Headers, string, *ClientStream) {
		t.Helper()
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) { f(st) })
		st, err := dial(t, url, ConnectOptions{}).Request(H(":method", method), RequestOptions{EndStream: true})
		if err != nil {
			t.Fatal(err)
		}
		st.SetDeadline(time.Now().Add(bound))
		h, body := answer(t, st)
		return h, body, st
	}
	t.Run("defaults", func(t *testing.T) {
		h, body, _ := respond(t, "GET", func(st *ServerStream) {
			ok(t, st.Respond(nil, RespondOptions{}))
			ok(t, st.End([]byte("x")))
		})
		if _, err := time.Parse(time.RFC1123, h.Get("date")); h.Get(":status") != "200" || err != nil || body != "x" {
			t.Error(h, body)
		}
		h, body, _ = respond(t, "GET", func(st *ServerStream) { // a write begins the response by itself
			st.Write([]byte("y"))
			ok(t, st.CloseWrite())
		})
		if h.Get(":status") != "200" || body != "y" {
			t.Error(h, body)
		}
	})
	t.Run("headersSent", func(t *testing.T) {
		respond(t, "GET", func(st *ServerStream) {
			if st.HeadersSent() {
				t.Error("they were sent before")
			}
			ok(t, st.AdditionalHeaders(nil))
			ok(t, st.Respond(nil, RespondOptions{}))
			if !st.HeadersSent() {
				t.Error("they were not sent")
			}
			want(t, st.Respond(nil, RespondOptions{}), ErrState, "twice")
			ok(t, st.End(nil))
		})
	})
	t.Run("endStream", func(t *testing.T) {
		_, body, _ := respond(t, "GET", func(st *ServerStream) {
			ok(t, st.Respond(H("x", "y"), RespondOptions{EndStream: true}))
			_, err := st.Write([]byte("x"))
			want(t, err, ErrState, "ended before")
		})
		if body != "" {
			t.Error(body)
		}
		for _, status := range []string{"204", "205", "304"} { // these have no body whatever is written
			h, body, _ := respond(t, "GET", func(st *ServerStream) {
				ok(t, st.Respond(H(":status", status), RespondOptions{}))
				ok(t, st.End([]byte("dropped")))
			})
			if h.Get(":status") != status || body != "" {
				t.Error(h, body)
			}
		}
		if _, body, _ := respond(t, "HEAD", func(st *ServerStream) { ok(t, st.End([]byte("dropped"))) }); body != "" {
			t.Error(body)
		}
	})
	t.Run("validation", func(t *testing.T) {
		respond(t, "GET", func(st *ServerStream) {
			for _, status := range []string{"101", "199", "600", "x", ""} {
				want(t, st.Respond(H(":status", status), RespondOptions{}), ErrValidation, "from 200 to 599")
			}
			want(t, st.Respond(H(":path", "/"), RespondOptions{}), ErrValidation, "does not belong here")
			want(t, st.Respond(H("x", " y"), RespondOptions{}), ErrValidation, "white space")
			ok(t, st.Respond(nil, RespondOptions{EndStream: true}))
		})
	})
}

func TestPush(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			ok(t, st.Respond(H(":status", "200"), RespondOptions{}))
			pushed, err := st.PushStream(H(":path", "/pushed"), PriorityOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			_, err = pushed.PushStream(nil, PriorityOptions{})
			want(t, err, ErrState, "was pushed itself")
			ok(t, pushed.Respond(H(":status", "200", "x", "y"), RespondOptions{}))
			ok(t, pushed.End([]byte("some pushed data")))
			ok(t, st.End([]byte("some data")))
		})
		s := dial(t, url, ConnectOptions{})
		type got struct{ path, authority, x, data string }
		came := make(chan got, 1)
		s.OnStream(func(st AnyStream, request Headers, _ Flags) {
			pushed := st.(*ClientStream)
			g := got{path: request.Get(":path"), authority: request.Get(":authority")}
			pushed.OnPush(func(h Headers, _ Flags) { g.x = h.Get("x") })
			pushed.OnData(func(b []byte) { g.data += string(b) })
			pushed.OnEnd(func() { came <- g })
		})
		if _, body := answer(t, get(t, s, "/")); body != "some data" {
			t.Error(body)
		}
		if g := wait(t, came, "the pushed stream"); g != (got{"/pushed", s.authority, "y", "some pushed data"}) {
			t.Errorf("%+v", g)
		}
	})
	t.Run("allowed", func(t *testing.T) {
		for _, allow := range []bool{true, false} {
			seen := make(chan bool, 1)
			_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
				seen <- st.PushAllowed()
				if _, err := st.PushStream(nil, PriorityOptions{}); !allow {
					want(t, err, ErrState, "ENABLE_PUSH")
				} else {
					ok(t, err)
				}
				hello(st, h, f)
			})
			s := dial(t, url, ConnectOptions{Options: Options{Settings: Settings{EnablePush: &allow}}})
			answer(t, get(t, s, "/"))
			if wait(t, seen, "the request") != allow {
				t.Error("pushAllowed is wrong for", allow)
			}
		}
	})
	t.Run("validation", func(t *testing.T) {
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			_, err := st.PushStream(H(":method", "POST"), PriorityOptions{})
			want(t, err, ErrValidation, "safe and cacheable")
			_, err = st.PushStream(H("Bad Name", "x"), PriorityOptions{})
			want(t, err, ErrValidation, "RFC 9113 8.2.1")
			_, err = st.PushStream(nil, PriorityOptions{Weight: -1})
			want(t, err, ErrValidation, "from 1 to 256")
			hello(st, h, f)
			ok(t, st.RstWithCancel())
			_, err = st.PushStream(nil, PriorityOptions{})
			want(t, err, ErrState, "")
		})
		st := get(t, dial(t, url, ConnectOptions{}), "/")
		until(t, "the end", st.Destroyed)
	})
	t.Run("priority", func(t *testing.T) {
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			first, err := st.PushStream(H(":path", "/1"), PriorityOptions{Parent: st.ID(), Weight: 200})
			ok(t, err)
			second, err := st.PushStream(H(":path", "/2"), PriorityOptions{Parent: st.ID(), Weight: 100, Exclusive: true})
			ok(t, err)
			if w := first.State().Weight; w != 200 {
				t.Error("the weight is", w)
			}
			// The second took the first's place, which depends on it now.
			if v := second.State(); v.Weight != 100 || v.SumDependencyWeight != 200 {
				t.Errorf("%+v", v)
			}
			ok(t, first.End(nil))
			ok(t, second.End(nil))
			hello(st, h, f)
		})
		answer(t, get(t, dial(t, url, ConnectOptions{}), "/"))
	})
}

// file makes a file with n octets.
func file(t *testing.T, n int) (string, []byte) {
	t.Helper()
	b, path := pattern(n), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, b
}

func TestRespondWithFile(t *testing.T) {
	t.Run("body", func(t *testing.T) {
		for _, n := range []int{0, 1, 16 << 10, 256 << 10, 3<<20 + 5} {
			path, body := file(t, n)
			_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
				st.OnFetchTrailers(func(*Headers) { t.Error("trailers were asked for") })
				ok(t, st.RespondWithFile(path, H("content-type", "text/plain"), FileOptions{}))
				_, err := st.Write([]byte("x"))
				want(t, err, ErrState, "ended before")
			})
			h, got := answer(t, get(t, dial(t, url, ConnectOptions{}), "/"))
			if got != string(body) || h.Get("content-length") != strconv.Itoa(n) || h.Get("content-type") != "text/plain" {
				t.Errorf("of %d octets came %d: %v", n, len(got), h)
			}
		}
	})
	t.Run("notRegular", func(t *testing.T) {
		for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "absent")} {
			failed := make(chan error, 2)
			_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
				st.OnError(func(err error) { failed <- err })
				failed <- st.RespondWithFile(path, nil, FileOptions{})
			})
			_, err := get(t, dial(t, url, ConnectOptions{}), "/").Response()
			want(t, err, ErrProtocol, "INTERNAL_ERROR")
			want(t, wait(t, failed, "the error"), ErrValidation, "regular file")
			want(t, wait(t, failed, "'error'"), ErrValidation, "regular file")
		}
	})
	t.Run("statCheck", func(t *testing.T) {
		path, body := file(t, 1000)
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
			ok(t, st.RespondWithFile(path, H("content-type", "text/plain"), FileOptions{StatCheck: func(stat os.FileInfo, h *Headers) bool {
				h.Set("last-modified", stat.ModTime().UTC().Format(time.RFC1123))
				return true
			}}))
		})
		h, got := answer(t, get(t, dial(t, url, ConnectOptions{}), "/"))
		if got != string(body) || h.Get("last-modified") == "" {
			t.Error(h)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		path, _ := file(t, 1000)
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
			ok(t, st.RespondWithFile(path, nil, FileOptions{StatCheck: func(os.FileInfo, *Headers) bool {
				ok(t, st.Respond(H(":status", "304"), RespondOptions{}))
				return false
			}}))
		})
		if h, body := answer(t, get(t, dial(t, url, ConnectOptions{}), "/")); h.Get(":status") != "304" || body != "" {
			t.Error(h, body)
		}
	})
	// One that gets shorter while it is sent ends with INTERNAL_ERROR.
	t.Run("shorter", func(t *testing.T) {
		path, _ := file(t, 4<<20)
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
			ok(t, st.RespondWithFile(path, nil, FileOptions{}))
		})
		st := get(t, dial(t, url, ConnectOptions{}), "/")
		if _, err := st.Response(); err != nil {
			t.Fatal(err)
		}
		ok(t, os.Truncate(path, 1<<20))
		_, err := io.Copy(io.Discard, st)
		want(t, err, ErrProtocol, "INTERNAL_ERROR")
	})
}

func TestRespondWithFD(t *testing.T) {
	t.Run("body", func(t *testing.T) {
		path, body := file(t, 700_000)
		f, err := os.Open(path)
		ok(t, err)
		defer f.Close()
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
			st.OnFetchTrailers(func(*Headers) { t.Error("trailers were asked for") })
			ok(t, st.RespondWithFD(f, H("content-length", "700000")))
		})
		s := dial(t, url, ConnectOptions{})
		if h, got := answer(t, get(t, s, "/")); got != string(body) || h.Get("content-length") != "700000" {
			t.Error(len(got), h)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Error("the file was closed:", err)
		}
	})
	t.Run("broken", func(t *testing.T) {
		path, _ := file(t, 10)
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
			f, err := os.OpenFile(path, os.O_WRONLY, 0) // it can't be read
			ok(t, err)
			st.OnStreamClosed(func(ErrCode) { f.Close() })
			ok(t, st.RespondWithFD(f, nil))
			want(t, (&ServerStream{Stream: st.Stream}).RespondWithFD(nil, nil), ErrValidation, "can be read")
		})
		_, err := io.ReadAll(get(t, dial(t, url, ConnectOptions{}), "/"))
		want(t, err, ErrProtocol, "INTERNAL_ERROR")
	})
	// A pipe has nothing to read for long; the other handlers don't wait for it.
	t.Run("pipe", func(t *testing.T) {
		r, w, err := os.Pipe()
		ok(t, err)
		defer r.Close()
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			if h.Get(":path") == "/pipe" {
				ok(t, st.RespondWithFD(r, nil))
				return
			}
			hello(st, h, f)
		})
		s := dial(t, url, ConnectOptions{})
		piped := get(t, s, "/pipe")
		answer(t, get(t, s, "/other"))
		if _, err := w.WriteString("late"); err != nil {
			t.Error(err)
		}
		w.Close()
		if _, body := answer(t, piped); body != "late" {
			t.Error(body)
		}
	})
}

// The seed's TCP server, CONNECT proxy and CONNECT client.
func TestConnectProxy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			name, _ := io.ReadAll(c)
			c.Write([]byte("hello " + string(name)))
			c.Close()
		}
	}()
	_, url := server(t, Options{}, func(st *ServerStream, h Headers, _ Flags) {
		if h.Get(":method") != "CONNECT" {
			st.RstWithRefuse()
			return
		}
		st.Go(func() {
			c, err := net.Dial("tcp", h.Get(":authority"))
			if err != nil {
				st.RstStream(ConnectError)
				return
			}
			defer c.Close()
			ok(t, st.Respond(nil, RespondOptions{}))
			st.Go(func() {
				io.Copy(c, st)
				c.(*net.TCPConn).CloseWrite()
			})
			io.Copy(st, c)
			st.CloseWrite()
		})
	})
	s := dial(t, url, ConnectOptions{})
	tunnel := func(to string) *ClientStream {
		st, err := s.Request(H(":method", "CONNECT", ":authority", to), RequestOptions{})
		if err != nil {
			t.Fatal(err)
		}
		st.SetDeadline(time.Now().Add(bound))
		return st
	}
	st := tunnel(l.Addr().String())
	ok(t, st.End([]byte("Jane")))
	if h, body := answer(t, st); h.Get(":status") != "200" || body != "hello Jane" {
		t.Error(h, body)
	}
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	nobody.Close()
	if _, err := tunnel(nobody.Addr().String()).Response(); !errors.Is(err, ErrProtocol) || err.(*Error).Code != ConnectError {
		t.Error("nobody listens there:", err)
	}
	for _, bad := range []Headers{H(":path", "/"), H(":scheme", "http")} {
		_, err := s.Request(append(H(":method", "CONNECT", ":authority", "a:1"), bad...), RequestOptions{})
		want(t, err, ErrValidation, "only :authority")
	}
	_, err = s.Request(H(":method", "CONNECT"), RequestOptions{})
	want(t, err, ErrValidation, "needs :authority")
}
