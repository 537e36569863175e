package http2

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"framewise/core/trace"
	"framewise/transport/testcert"

	xhttp2 "golang.org/x/net/http2"
)

// secure makes a TLS server and what a client needs to trust it.
func secure(t *testing.T, o SecureOptions, onRequest func(*Request, *Response)) (*Server, *tls.Config) {
	t.Helper()
	a := testcert.New(t)
	o.TLS = &tls.Config{Certificates: []tls.Certificate{a.Server(t, time.Time{}, "127.0.0.1")}}
	s, err := CreateSecureServer(o, onRequest)
	if err != nil {
		t.Fatal(err)
	}
	return s, &tls.Config{RootCAs: a.Pool}
}

func TestSecureServer(t *testing.T) {
	t.Run("h2", func(t *testing.T) {
		seen := make(chan Socket, 1)
		s, trust := secure(t, SecureOptions{}, nil)
		s.OnStream = func(st *ServerStream, h Headers, f Flags) {
			seen <- st.Session().Socket()
			if h.Get(":scheme") != "https" {
				t.Error(h)
			}
			hello(st, h, f)
		}
		client := dial(t, serve(t, s), ConnectOptions{TLS: trust})
		if _, body := answer(t, get(t, client, "/x")); body != "/x" {
			t.Error(body)
		}
		for _, k := range []Socket{client.Socket(), wait(t, seen, "the request")} {
			if k.TLS() == nil || k.TLS().NegotiatedProtocol != "h2" || k.TLS().Version < tls.VersionTLS12 {
				t.Errorf("%+v", k.TLS())
			}
		}
	})
	t.Run("noCertificate", func(t *testing.T) {
		for _, c := range []*tls.Config{nil, {}} {
			_, err := CreateSecureServer(SecureOptions{TLS: c}, nil)
			want(t, err, ErrValidation, "must have a certificate")
		}
	})
	t.Run("unused", func(t *testing.T) { // there is nothing to close
		secure(t, SecureOptions{AllowHTTP1: true}, nil)
	})
	// The owner's GetConfigForClient goes on choosing.
	t.Run("getConfigForClient", func(t *testing.T) {
		a := testcert.New(t)
		inner := &tls.Config{Certificates: []tls.Certificate{a.Server(t, time.Time{}, "127.0.0.1")}}
		s, err := CreateSecureServer(SecureOptions{TLS: &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return inner, nil }}}, nil)
		ok(t, err)
		s.OnStream = hello
		answer(t, get(t, dial(t, serve(t, s), ConnectOptions{TLS: &tls.Config{RootCAs: a.Pool}}), "/"))
	})
}

func TestUnknownProtocol(t *testing.T) {
	// connect speaks TLS with these protocols.
	connect := func(t *testing.T, url string, trust *tls.Config, protocols ...string) *tls.Conn {
		config := trust.Clone()
		config.NextProtos = protocols
		c, err := tls.Dial("tcp", url[len("https://"):], config)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(bound))
		t.Cleanup(func() { c.Close() })
		return c
	}
	t.Run("handled", func(t *testing.T) {
		s, trust := secure(t, SecureOptions{}, nil)
		s.OnUnknownProtocol = func(c *tls.Conn) {
			c.Write([]byte("speak HTTP/2"))
			c.Close()
		}
		url := serve(t, s)
		for _, protocols := range [][]string{nil, {"http/1.1"}, {"spdy/3"}} {
			b, err := io.ReadAll(connect(t, url, trust, protocols...))
			if err != nil || string(b) != "speak HTTP/2" {
				t.Errorf("%v: %q %v", protocols, b, err)
			}
		}
	})
	t.Run("terminated", func(t *testing.T) {
		s, trust := secure(t, SecureOptions{}, nil)
		if b, err := io.ReadAll(connect(t, serve(t, s), trust)); len(b) != 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Error(b, err)
		}
	})
}

func TestAllowHTTP1(t *testing.T) {
	// get speaks HTTP/1.1, then HTTP/2, to the server.
	both := func(t *testing.T, s *Server, trust *tls.Config) (one, two string) {
		url := serve(t, s)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust.Clone(), TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}, Timeout: bound}
		defer client.CloseIdleConnections()
		res, err := client.Post(url+"/p?q", "text/plain", strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		ok(t, err)
		if res.ProtoMajor != 1 || res.StatusCode != 201 || res.Trailer.Get("Sum") != "9" {
			t.Error(res.Proto, res.Status, res.Trailer)
		}
		st, err := dial(t, url, ConnectOptions{TLS: trust}).Request(H(":method", "POST", ":path", "/p?q"), RequestOptions{})
		ok(t, err)
		st.SetDeadline(time.Now().Add(bound))
		ok(t, st.End([]byte("body")))
		h, body := answer(t, st)
		if h.Get(":status") != "201" || st.Trailers().Get("sum") != "9" {
			t.Error(h, st.Trailers())
		}
		return string(b), body
	}
	t.Run("compat", func(t *testing.T) {
		s, trust := secure(t, SecureOptions{AllowHTTP1: true}, func(req *Request, res *Response) {
			go func() { // it may answer later
				b, err := io.ReadAll(req)
				ok(t, err)
				res.StatusCode = 201
				ok(t, res.SetHeader("Content-Type", "text/plain"))
				ok(t, res.AddTrailers(H("sum", "9")))
				ok(t, res.End([]byte(req.HTTPVersion+" "+req.Method+" "+req.URL+" "+string(b))))
			}()
		})
		if one, two := both(t, s, trust); one != "1.1 POST /p?q body" || two != "2.0 POST /p?q body" {
			t.Errorf("%q %q", one, two)
		}
	})
	t.Run("handler", func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			ok(t, err)
			w.Header().Set("Trailer", "Sum")
			w.WriteHeader(201)
			io.WriteString(w, r.Proto+" "+r.Method+" "+r.RequestURI+" "+string(b))
			w.Header().Set("Sum", "9")
		})
		s, trust := secure(t, SecureOptions{AllowHTTP1: true, HTTP1: h}, nil)
		s.OnStream = Handler(h)
		if one, two := both(t, s, trust); one != "HTTP/1.1 POST /p?q body" || two != "HTTP/2.0 POST /p?q body" {
			t.Errorf("%q %q", one, two)
		}
	})
}

// failing makes a client's session to a server, which the client then breaks.
func failing(t *testing.T, s *Server, trust *tls.Config, breakIt func(nc net.Conn)) {
	t.Helper()
	url := serve(t, s)
	nc, err := net.Dial("tcp", url[strings.Index(url, "//")+2:])
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	wire := nc
	if trust != nil {
		config := trust.Clone()
		config.ServerName, config.NextProtos = "127.0.0.1", []string{"h2"}
		wire = tls.Client(nc, config)
	}
	p := newRawPeer(t, wire)
	_, err = wire.Write([]byte(xhttp2.ClientPreface))
	ok(t, err)
	ok(t, p.fr.WriteSettings())
	p.get(1, "/")
	next[*xhttp2.MetaHeadersFrame](p)
	if breakIt != nil {
		breakIt(nc)
		return
	}
	ok(t, p.fr.WriteRawFrame(xhttp2.FrameData, 0, 0, []byte("x")))
	p.over()
}

func TestServerSessionError(t *testing.T) {
	check := func(t *testing.T, s *Server, trust *tls.Config) {
		failed := make(chan error, 1)
		s.OnStream = hello
		s.OnSessionError = func(_ *Session, err error) { failed <- err }
		failing(t, s, trust, nil)
		want(t, wait(t, failed, "sessionError"), ErrProtocol, "PROTOCOL_ERROR")
	}
	t.Run("plain", func(t *testing.T) {
		s, err := CreateServer(Options{}, nil)
		ok(t, err)
		check(t, s, nil)
	})
	t.Run("secure", func(t *testing.T) {
		s, trust := secure(t, SecureOptions{}, nil)
		check(t, s, trust)
	})
	// Without a handler it is the server's 'error'.
	t.Run("error", func(t *testing.T) {
		s, err := CreateServer(Options{}, nil)
		ok(t, err)
		failed := make(chan error, 1)
		s.OnStream = hello
		s.OnError = func(err error) { failed <- err }
		failing(t, s, nil, nil)
		want(t, wait(t, failed, "error"), ErrProtocol, "PROTOCOL_ERROR")
	})
}

// reset makes the peer see a connection that was reset.
func reset(nc net.Conn) {
	nc.(*net.TCPConn).SetLinger(0)
	nc.Close()
}

func TestSocketError(t *testing.T) {
	check := func(t *testing.T, s *Server, trust *tls.Config, failed chan error) {
		s.OnStream = hello
		failing(t, s, trust, reset)
		err := wait(t, failed, "socketError")
		want(t, err, ErrInternal, "connection")
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Error("what lies below is", err)
		}
	}
	t.Run("session", func(t *testing.T) {
		s, err := CreateServer(Options{}, nil)
		ok(t, err)
		failed := make(chan error, 1)
		s.OnSession = func(s *Session) {
			s.OnSocketError(func(err error) { failed <- err })
			s.OnError(func(err error) { t.Error("it was handled:", err) })
		}
		check(t, s, nil, failed)
	})
	t.Run("server", func(t *testing.T) {
		s, err := CreateServer(Options{}, nil)
		ok(t, err)
		failed := make(chan error, 1)
		s.OnSocketError = func(_ *Session, err error) { failed <- err }
		s.OnSessionError = func(_ *Session, err error) { t.Error("it was handled:", err) }
		check(t, s, nil, failed)
	})
	t.Run("secure", func(t *testing.T) {
		s, trust := secure(t, SecureOptions{}, nil)
		failed := make(chan error, 1)
		s.OnSocketError = func(_ *Session, err error) { failed <- err }
		check(t, s, trust, failed)
	})
	// Without a handler it is the session's error.
	t.Run("unhandled", func(t *testing.T) {
		s, err := CreateServer(Options{}, nil)
		ok(t, err)
		failed := make(chan error, 1)
		s.OnSession = func(s *Session) { s.OnError(func(err error) { failed <- err }) }
		check(t, s, nil, failed)
	})
}

func TestServerTimeout(t *testing.T) {
	check := func(t *testing.T, s *Server, trust *tls.Config) {
		late := make(chan *Session, 10)
		s.OnStream = hello
		ok(t, s.SetTimeout(20*time.Millisecond, func(se *Session) { late <- se }))
		want(t, s.SetTimeout(-1, nil), ErrValidation, "0 or more")
		c := dial(t, serve(t, s), ConnectOptions{TLS: trust})
		se := wait(t, late, "the timeout")
		answer(t, get(t, c, "/")) // it is the handler's to act
		se.Destroy()
		wait(t, c.Done(), "the end")
	}
	t.Run("plain", func(t *testing.T) {
		s, err := CreateServer(Options{}, nil)
		ok(t, err)
		check(t, s, nil)
	})
	t.Run("secure", func(t *testing.T) {
		s, trust := secure(t, SecureOptions{}, nil)
		check(t, s, trust)
	})
	t.Run("unhandled", func(t *testing.T) {
		s, err := CreateServer(Options{}, nil)
		ok(t, err)
		ok(t, s.SetTimeout(10*time.Millisecond, nil))
		wait(t, dial(t, serve(t, s), ConnectOptions{}).Done(), "the end")
	})
}

// What the peer does in excess, and the rules that it breaks on a stream.
func TestLimitsAndBrokenRules(t *testing.T) {
	over, broken := make(chan Limit, 1), make(chan error, 1)
	srv, err := CreateServer(Options{Settings: Settings{MaxConcurrentStreams: V(uint32(1))}}, nil)
	ok(t, err)
	srv.OnSession = func(s *Session) { s.OnLimit(func(l Limit) { over <- l }) }
	srv.OnStream = func(st *ServerStream, _ Headers, _ Flags) { st.OnError(func(err error) { broken <- err }) }
	p := rawClient(t, serve(t, srv))
	p.headers(1, false, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/")
	p.get(3, "/")
	if r := next[*xhttp2.RSTStreamFrame](p); r.StreamID != 3 || r.ErrCode != xhttp2.ErrCodeRefusedStream {
		t.Error(r)
	}
	if l := wait(t, over, "the limit"); l != (Limit{"MaxConcurrent", 3, 2, 1, "RFC 9113 5.1.2"}) {
		t.Errorf("%+v", l)
	}
	ok(t, p.fr.WriteWindowUpdate(1, 1<<31-1))
	want(t, wait(t, broken, "the error"), ErrProtocol, "lifts the stream's window above 2147483647")
}

func TestTLSError(t *testing.T) {
	s, _ := secure(t, SecureOptions{}, nil)
	failed := make(chan error, 1)
	s.OnTLSError = func(client net.Addr, err error) {
		if client == nil {
			t.Error("nobody")
		}
		failed <- err
	}
	nc, err := net.Dial("tcp", serve(t, s)[len("https://"):])
	ok(t, err)
	defer nc.Close()
	_, err = nc.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	ok(t, err)
	var record tls.RecordHeaderError
	if err := wait(t, failed, "the error"); !errors.As(err, &record) {
		t.Error(err)
	}
}

// recorder keeps the entries of a record.
type recorder struct {
	mu      sync.Mutex
	entries []trace.Entry
}

func (r *recorder) Append(e trace.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, e)
}

func TestRecorder(t *testing.T) {
	var r recorder
	_, url := server(t, Options{Recorder: &r}, hello)
	s := dial(t, url, ConnectOptions{})
	answer(t, get(t, s, "/"))
	s.Destroy()
	until(t, "the record's end", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		_, closed := r.entries[len(r.entries)-1].(*trace.Close)
		return closed
	})
	c, begins := r.entries[0].(*trace.Conn)
	if !begins || c.Client != s.Socket().LocalAddr().String() || c.Vantage != trace.VantageServer || c.Via != "tcp" || len(r.entries) < 5 {
		t.Errorf("%+v %d", r.entries[0], len(r.entries))
	}
}

func TestServerShutdown(t *testing.T) {
	asked, ended := make(chan *ServerStream, 1), make(chan error, 1)
	srv, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) { asked <- st })
	s := dial(t, url, ConnectOptions{})
	st := get(t, s, "/")
	held := wait(t, asked, "the request")
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	go func() { ended <- srv.Shutdown(ctx) }()
	goaway := make(chan struct{}, 2)
	s.OnGoAway(func(ErrCode, uint32, []byte) { goaway <- struct{}{} })
	wait(t, goaway, "GOAWAY")
	ok(t, held.End([]byte("late")))
	if _, body := answer(t, st); body != "late" {
		t.Error(body)
	}
	ok(t, wait(t, ended, "Shutdown"))
	if err := srv.Listen("127.0.0.1:0"); !errors.Is(err, ErrServerClosed) {
		t.Error(err)
	}
}
