package http2

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"framewise/transport"
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

func TestOptions(t *testing.T) {
	t.Run("maxDeflateDynamicTableSize", func(t *testing.T) {
		_, url := server(t, Options{MaxDeflateDynamicTableSize: 100}, func(st *ServerStream, h Headers, f Flags) {
			ok(t, st.Respond(H("x-long", strings.Repeat("x", 60)), RespondOptions{EndStream: true}))
			if n := st.s.State().DeflateDynamicTableSize; n > 100 {
				t.Error("the table holds", n)
			}
		})
		s := dial(t, url, ConnectOptions{Options: Options{MaxDeflateDynamicTableSize: 64}})
		st, err := s.Request(H("x-long", strings.Repeat("x", 60)), RequestOptions{EndStream: true})
		ok(t, err)
		st.SetDeadline(time.Now().Add(bound))
		if h, _ := answer(t, st); len(h.Get("x-long")) != 60 {
			t.Error(h)
		}
		if v := s.State(); v.DeflateDynamicTableSize > 64 || v.InflateDynamicTableSize > 100 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("peerMaxConcurrentStreams", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0") // its settings never come
		ok(t, err)
		defer l.Close()
		s := dial(t, "http://"+l.Addr().String(), ConnectOptions{Options: Options{PeerMaxConcurrentStreams: 2}})
		if a, b, c := get(t, s, "/"), get(t, s, "/"), get(t, s, "/"); a.ID() != 1 || b.ID() != 3 || c.ID() != 0 {
			t.Error(a.ID(), b.ID(), c.ID())
		}
	})
	t.Run("settings", func(t *testing.T) {
		_, url := server(t, Options{Settings: Settings{MaxFrameSize: V(uint32(20000)), EnablePush: V(true), InitialWindowSize: V(uint32(1<<32 - 1))}}, nil)
		p := rawClient(t, url)
		f := next[*xhttp2.SettingsFrame](p)
		got := map[xhttp2.SettingID]uint32{}
		f.ForeachSetting(func(s xhttp2.Setting) error { got[s.ID] = s.Val; return nil })
		if _, has := got[xhttp2.SettingEnablePush]; has || got[xhttp2.SettingMaxFrameSize] != 20000 || got[xhttp2.SettingInitialWindowSize] != 1<<31-1 || got[xhttp2.SettingMaxConcurrentStreams] != 100 {
			t.Error(got)
		}
		_, err := CreateServer(Options{Settings: Settings{MaxFrameSize: V(uint32(1))}}, nil)
		want(t, err, ErrValidation, "from 16384 to 16777215")
		_, err = Connect(context.Background(), url, ConnectOptions{Options: Options{Settings: Settings{MaxFrameSize: V(uint32(1))}}})
		want(t, err, ErrValidation, "from 16384 to 16777215")
	})
	t.Run("maxReservedRemoteStreams", func(t *testing.T) {
		s, p := rawServer(t, ConnectOptions{MaxReservedRemoteStreams: 1})
		get(t, s, "/")
		next[*xhttp2.MetaHeadersFrame](p)
		for _, id := range []uint32{2, 4} {
			ok(t, p.fr.WritePushPromise(xhttp2.PushPromiseParam{StreamID: 1, PromiseID: id, EndHeaders: true,
				BlockFragment: p.block(":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/")}))
		}
		if r := next[*xhttp2.RSTStreamFrame](p); r.StreamID != 4 || r.ErrCode != xhttp2.ErrCodeRefusedStream {
			t.Error(r)
		}
	})
}

func TestPadding(t *testing.T) {
	// padded returns the sizes of the payloads of a response, of HEADERS and DATA.
	padded := func(t *testing.T, o Options) (headers, data uint32) {
		_, url := server(t, o, func(st *ServerStream, _ Headers, _ Flags) { ok(t, st.End([]byte("0123456789"))) })
		p := rawClient(t, url)
		p.get(1, "/")
		headers = next[*xhttp2.MetaHeadersFrame](p).Length
		f := next[*xhttp2.DataFrame](p)
		if string(f.Data()) != "0123456789" {
			t.Errorf("%q", f.Data())
		}
		return headers, f.Length
	}
	plain, _ := padded(t, Options{})
	t.Run("none", func(t *testing.T) {
		if h, d := padded(t, Options{PaddingStrategy: PaddingNone, SelectPadding: func(_, most int) int { return most }}); h != plain || d != 10 {
			t.Error(h, d)
		}
	})
	t.Run("max", func(t *testing.T) {
		if h, d := padded(t, Options{PaddingStrategy: PaddingMax}); h != plain+256 || d != 10+256 {
			t.Error(h, d)
		}
	})
	t.Run("callback", func(t *testing.T) {
		asked := make(chan int, 4)
		h, d := padded(t, Options{PaddingStrategy: PaddingCallback, SelectPadding: func(frameLen, maxFrameLen int) int {
			if maxFrameLen < frameLen || maxFrameLen > 16384 {
				t.Error(frameLen, maxFrameLen)
			}
			asked <- frameLen
			return frameLen + 5
		}})
		if a, b := <-asked, <-asked; h != plain+5 || d != 15 || a != int(plain) || b != 10 {
			t.Error(h, d, a, b)
		}
		_, err := CreateServer(Options{PaddingStrategy: PaddingCallback}, nil)
		want(t, err, ErrValidation, "SelectPadding must be a function")
		_, err = CreateServer(Options{PaddingStrategy: 3}, nil)
		want(t, err, ErrValidation, "PaddingNone, PaddingMax or PaddingCallback")
	})
}

func TestConnect(t *testing.T) {
	t.Run("authority", func(t *testing.T) {
		_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
			if "http://"+h.Get(":authority") != url0(st) {
				t.Error(h)
			}
			hello(st, h, f)
		})
		answer(t, get(t, dial(t, url+"/ignored?path", ConnectOptions{}), "/"))
		for bad, says := range map[string]string{"ftp://a": "http or https", "localhost:80": "http or https", "http://": "must name a host", "http://a:b": "like https://localhost:8443"} {
			_, err := Connect(context.Background(), bad, ConnectOptions{})
			want(t, err, ErrValidation, says)
			_, err = NewClient(nil, bad, ConnectOptions{})
			want(t, err, ErrValidation, says)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ok(t, err)
		l.Close()
		_, err = Connect(context.Background(), "http://"+l.Addr().String(), ConnectOptions{})
		want(t, err, ErrInternal, "no server listens there")
		var d *transport.DialError
		if !errors.As(err, &d) || d.Kind != transport.Refused {
			t.Error(err)
		}
	})
	t.Run("certificate", func(t *testing.T) {
		s, _ := secure(t, SecureOptions{}, nil)
		_, err := Connect(context.Background(), serve(t, s), ConnectOptions{})
		want(t, err, ErrInternal, "certificate")
	})
}

// url0 is the URL that a stream's server is reached by.
func url0(st *ServerStream) string { return "http://" + st.s.Socket().LocalAddr().String() }

func TestErrors(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{})
	t.Run("validation", func(t *testing.T) {
		_, err := s.Request(H("x", "a\nb"), RequestOptions{})
		want(t, err, ErrValidation, "request: the value of x has the control octet")
	})
	t.Run("state", func(t *testing.T) {
		st := get(t, s, "/")
		_, err := st.Write([]byte("x"))
		want(t, err, ErrState, "nothing can be written behind the end")
	})
	t.Run("protocol", func(t *testing.T) {
		st := get(t, s, "/")
		for next[*xhttp2.MetaHeadersFrame](p).StreamID != st.ID() {
		}
		ok(t, p.fr.WriteRSTStream(st.ID(), xhttp2.ErrCodeEnhanceYourCalm))
		_, err := st.Response()
		want(t, err, ErrProtocol, "ENHANCE_YOUR_CALM")
		for _, kind := range []error{ErrValidation, ErrState, ErrInternal} {
			if errors.Is(err, kind) {
				t.Error("it is a", kind, "too")
			}
		}
	})
	t.Run("internal", func(t *testing.T) {
		failed := make(chan error, 1)
		s.OnError(func(err error) { failed <- err })
		p.nc.(*net.TCPConn).SetLinger(0)
		p.nc.Close()
		want(t, wait(t, failed, "the error"), ErrInternal, "connection")
		wait(t, s.Done(), "the end")
		want(t, s.Err(), ErrInternal, "connection")
	})
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
