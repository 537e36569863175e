package http2

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"framewise/core/frame"

	xhttp2 "golang.org/x/net/http2"
)

// hello answers every request with its path.
func hello(st *ServerStream, h Headers, _ Flags) {
	if st.Respond(nil, RespondOptions{}) == nil {
		st.End([]byte(h.Get(":path")))
	}
}

func TestSocket(t *testing.T) {
	seen := make(chan Socket, 1)
	_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
		seen <- st.Session().Socket()
		hello(st, h, f)
	})
	s := dial(t, url, ConnectOptions{})
	answer(t, get(t, s, "/"))
	k := s.Socket()
	if "http://"+k.RemoteAddr().String() != url || k.TLS() != nil {
		t.Error("the client's socket is", k.RemoteAddr(), k.TLS())
	}
	if other := wait(t, seen, "the request"); other.RemoteAddr().String() != k.LocalAddr().String() {
		t.Errorf("the server sees %v; want %v", other.RemoteAddr(), k.LocalAddr())
	}
}

func TestSessionConnect(t *testing.T) {
	begun := make(chan *Session, 1)
	srv, err := CreateServer(Options{}, nil)
	ok(t, err)
	connected := make(chan string, 2)
	srv.OnSession = func(s *Session) {
		s.OnConnect(func() { connected <- "server" })
		begun <- s
	}
	s := dial(t, serve(t, srv), ConnectOptions{})
	wait(t, begun, "the session")
	s.OnConnect(func() { connected <- "client" }) // may have happened before
	got := []string{wait(t, connected, "connect"), wait(t, connected, "connect")}
	if slices.Sort(got); !slices.Equal(got, []string{"client", "server"}) {
		t.Error(got)
	}
}

func TestSessionClose(t *testing.T) {
	closed := make(chan string, 2)
	srv, err := CreateServer(Options{}, nil)
	ok(t, err)
	srv.OnSession = func(s *Session) { s.OnClose(func() { closed <- "server" }) }
	srv.OnStream = hello
	s := dial(t, serve(t, srv), ConnectOptions{})
	s.OnClose(func() { closed <- "client" })
	answer(t, get(t, s, "/"))
	ok(t, s.Close())
	got := []string{wait(t, closed, "close"), wait(t, closed, "close")}
	if slices.Sort(got); !slices.Equal(got, []string{"client", "server"}) {
		t.Error(got)
	}
	wait(t, s.Done(), "the end")
	if s.Err() != nil {
		t.Error("an end in order has the error", s.Err())
	}
}

// Close lets the streams that are open end.
func TestCloseWaitsForStreams(t *testing.T) {
	asked, answer2 := make(chan *ServerStream, 1), make(chan error, 1)
	_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) { asked <- st })
	s := dial(t, url, ConnectOptions{})
	st := get(t, s, "/")
	held := wait(t, asked, "the request")
	ok(t, s.Close())
	go func() { answer2 <- held.End([]byte("late")) }()
	if _, body := answer(t, st); body != "late" {
		t.Error("the body is", body)
	}
	ok(t, wait(t, answer2, "End"))
	wait(t, s.Done(), "the end")
	_, err := s.Request(nil, RequestOptions{})
	want(t, err, ErrState, "request")
}

func TestSessionError(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{})
	failed, closed := make(chan error, 1), make(chan struct{})
	s.OnError(func(err error) { failed <- err })
	s.OnClose(func() { close(closed) })
	ok(t, p.fr.WriteRawFrame(xhttp2.FrameData, 0, 0, []byte("x"))) // DATA on stream 0
	err := wait(t, failed, "the error")
	want(t, err, ErrProtocol, "PROTOCOL_ERROR")
	var f *frame.Error
	if !errors.As(err, &f) || f.Section != "6.1" {
		t.Error("what lies below is", f)
	}
	wait(t, closed, "close")
	if !errors.Is(s.Err(), ErrProtocol) {
		t.Error("Err is", s.Err())
	}
	if g := next[*xhttp2.GoAwayFrame](p); g.ErrCode != xhttp2.ErrCodeProtocol {
		t.Error("GOAWAY says", g.ErrCode)
	}
}

func TestGoAway(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{})
	type goaway struct {
		code ErrCode
		last uint32
		data string
	}
	came := make(chan goaway, 1)
	s.OnGoAway(func(code ErrCode, last uint32, data []byte) { came <- goaway{code, last, string(data)} })
	first, second := get(t, s, "/1"), get(t, s, "/2")
	if h := next[*xhttp2.MetaHeadersFrame](p); h.StreamID != 1 {
		t.Error("the request is on stream", h.StreamID)
	}
	ok(t, p.fr.WriteGoAway(1, xhttp2.ErrCodeNo, []byte("bye")))
	if g := wait(t, came, "goaway"); g != (goaway{NoError, 1, "bye"}) {
		t.Errorf("it says %+v", g)
	}
	// The second was not processed; the first goes on, and the session ends
	// with it by itself.
	if _, err := second.Response(); !errors.Is(err, ErrProtocol) {
		t.Error("the second stream ended with", err)
	}
	if code, closed := second.RstCode(); code != RefusedStream || !closed {
		t.Error("the second stream ended with", code, closed)
	}
	p.headers(1, false, ":status", "200")
	ok(t, p.fr.WriteData(1, true, []byte("last")))
	if _, body := answer(t, first); body != "last" {
		t.Error("the first stream's body is", body)
	}
	wait(t, s.Done(), "the end")
	if s.Err() != nil {
		t.Error("the session ended with", s.Err())
	}
	next[*xhttp2.GoAwayFrame](p) // our side shuts down too
}

// A GOAWAY with an error code is why the session ended.
func TestGoAwayWithError(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{})
	ok(t, p.fr.WriteGoAway(0, xhttp2.ErrCodeEnhanceYourCalm, []byte("too fast")))
	wait(t, s.Done(), "the end")
	var e *Error
	if !errors.As(s.Err(), &e) || e.Code != EnhanceYourCalm {
		t.Error("Err is", s.Err())
	}
	want(t, s.Err(), ErrProtocol, "too fast")
}

func TestSettingsEvents(t *testing.T) {
	t.Run("local", func(t *testing.T) {
		_, url := server(t, Options{}, hello)
		s := dial(t, url, ConnectOptions{})
		in := make(chan Values, 4)
		s.OnLocalSettings(func(v Values, took time.Duration) {
			if took <= 0 {
				t.Error("the acknowledgement took", took)
			}
			in <- v
		})
		wait(t, in, "the first settings")
		s.d.Act(func() { // nothing can be acknowledged meanwhile
			ok(t, s.core.Settings(Settings{EnablePush: V(false), InitialWindowSize: V(uint32(1000))}))
			if !s.core.PendingSettingsAck() || s.core.LocalSettings().InitialWindowSize != 65535 {
				t.Error("settings are in force before they were acknowledged")
			}
		}, true)
		if v := wait(t, in, "localSettings"); v.EnablePush || v.InitialWindowSize != 1000 || s.LocalSettings() != v || s.PendingSettingsAck() {
			t.Errorf("%+v, %+v, pending %v", v, s.LocalSettings(), s.PendingSettingsAck())
		}
		ok(t, s.Settings(Settings{InitialWindowSize: V(uint32(2000))}))
		if v := wait(t, in, "localSettings"); v.InitialWindowSize != 2000 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("remote", func(t *testing.T) {
		_, url := server(t, Options{Settings: Settings{MaxHeaderListSize: V(uint32(12345))}}, func(st *ServerStream, h Headers, f Flags) {
			ok(t, st.Session().Settings(Settings{MaxFrameSize: V(uint32(20000))}))
			hello(st, h, f)
		})
		s := dial(t, url, ConnectOptions{})
		came := make(chan Values, 2)
		s.OnRemoteSettings(func(v Values) { came <- v })
		if v := wait(t, came, "remoteSettings"); v.MaxHeaderListSize != 12345 {
			t.Errorf("%+v", v)
		}
		answer(t, get(t, s, "/"))
		if v := wait(t, came, "remoteSettings"); v.MaxFrameSize != 20000 || v.MaxHeaderListSize != 12345 || s.RemoteSettings() != v {
			t.Errorf("%+v", v)
		}
	})
	t.Run("validation", func(t *testing.T) {
		_, url := server(t, Options{}, hello)
		s := dial(t, url, ConnectOptions{})
		for _, size := range []uint32{16383, 1 << 24} {
			want(t, s.Settings(Settings{MaxFrameSize: &size}), ErrValidation, "from 16384 to 16777215")
		}
		want(t, s.Settings(Settings{MaxConcurrentStreams: V(uint32(1 << 31))}), ErrValidation, "from 0 to 2147483647")
		want(t, s.Settings(Settings{More: []frame.Setting{{ID: frame.EnablePush, Value: 2}}}), ErrValidation, "ENABLE_PUSH")
		s.Destroy()
		wait(t, s.Done(), "the end")
		want(t, s.Settings(Settings{}), ErrState, "has ended")
	})
}

func TestSessionStream(t *testing.T) {
	type seen struct {
		method string
		flags  Flags
		server bool
	}
	came := make(chan seen, 2)
	srv, err := CreateServer(Options{}, nil)
	ok(t, err)
	srv.OnSession = func(s *Session) {
		s.OnStream(func(st AnyStream, h Headers, flags Flags) {
			ss, is := st.(*ServerStream)
			came <- seen{h.Get(HeaderMethod), flags, is}
			hello(ss, h, flags)
		})
	}
	s := dial(t, serve(t, srv), ConnectOptions{})
	answer(t, get(t, s, "/"))
	if got := wait(t, came, "the stream"); got.method != "GET" || !got.server || !got.flags.Has(frame.FlagEndStream|frame.FlagEndHeaders) {
		t.Errorf("%+v", got)
	}
	// Nobody takes it on a server without a handler.
	_, url := server(t, Options{}, nil)
	if _, err := get(t, dial(t, url, ConnectOptions{}), "/").Response(); !errors.Is(err, ErrProtocol) {
		t.Error("a request that nobody takes ends with", err)
	}
}

func TestSessionTimeout(t *testing.T) {
	_, url := server(t, Options{}, hello)
	s := dial(t, url, ConnectOptions{})
	first := make(chan struct{}, 10)
	ok(t, s.SetTimeout(20*time.Millisecond, func() { first <- struct{}{} }))
	wait(t, first, "the timeout")
	wait(t, first, "the next timeout")
	answer(t, get(t, s, "/")) // it is told, and the session goes on
	ok(t, s.SetTimeout(0, nil))
	want(t, s.SetTimeout(-1, nil), ErrValidation, "0 or more")
	ok(t, s.SetTimeout(time.Hour, func() { t.Error("an hour has passed") }))
}

func TestSessionDestroy(t *testing.T) {
	asked := make(chan *ServerStream, 1)
	_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) { asked <- st })
	s := dial(t, url, ConnectOptions{})
	st := get(t, s, "/")
	other := wait(t, asked, "the request")
	if s.Destroyed() {
		t.Error("it is destroyed before")
	}
	s.Destroy()
	wait(t, s.Done(), "the end")
	if !s.Destroyed() || !st.Destroyed() || s.Err() != nil {
		t.Error(s.Destroyed(), st.Destroyed(), s.Err())
	}
	_, err := s.Request(nil, RequestOptions{})
	want(t, err, ErrState, "has ended")
	_, err = st.Response()
	want(t, err, ErrInternal, "the session ended")
	until(t, "the other end", other.Destroyed)
	s.Destroy() // again: nothing
}

func TestSessionType(t *testing.T) {
	types := make(chan SessionType, 1)
	_, url := server(t, Options{}, func(st *ServerStream, h Headers, f Flags) {
		types <- st.Session().Type()
		hello(st, h, f)
	})
	s := dial(t, url, ConnectOptions{})
	answer(t, get(t, s, "/"))
	if s.Type() != SessionClient || wait(t, types, "the request") != SessionServer {
		t.Error("the types are wrong")
	}
	if SessionServer != 0 || SessionClient != 1 || SessionServer.String() != "server" || SessionClient.String() != "client" {
		t.Error("the numbers are not the seed's")
	}
}

func TestShutdown(t *testing.T) {
	// begin opens a request on a server's session, on which f is called then.
	begin := func(t *testing.T, f func(s *Session)) (p *rawPeer, answer func()) {
		asked := make(chan *ServerStream, 1)
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) {
			f(st.Session())
			asked <- st
		})
		p = rawClient(t, url)
		p.get(1, "/")
		return p, func() {
			st := wait(t, asked, "the request")
			ok(t, st.End([]byte("late")))
			if d := next[*xhttp2.DataFrame](p); string(d.Data()) != "late" {
				t.Errorf("the body is %q", d.Data())
			}
		}
	}
	t.Run("plain", func(t *testing.T) {
		done := make(chan struct{})
		p, finish := begin(t, func(s *Session) { ok(t, s.Shutdown(ShutdownOptions{}, func() { close(done) })) })
		if g := next[*xhttp2.GoAwayFrame](p); g.LastStreamID != 1 || g.ErrCode != xhttp2.ErrCodeNo {
			t.Error(g.LastStreamID, g.ErrCode)
		}
		wait(t, done, "the callback")
		finish() // neither the session nor the socket is torn down
		ok(t, p.fr.WritePing(false, [8]byte{1}))
		if ping := next[*xhttp2.PingFrame](p); !ping.IsAck() {
			t.Error("the PING was not answered")
		}
	})
	t.Run("graceful", func(t *testing.T) {
		p, _ := begin(t, func(s *Session) { ok(t, s.Shutdown(ShutdownOptions{Graceful: true}, s.Destroy)) })
		if g := next[*xhttp2.GoAwayFrame](p); g.LastStreamID != frame.MaxStreamID { // the seed's 2^32-1 has no room
			t.Error("the first GOAWAY names", g.LastStreamID)
		}
		if g := next[*xhttp2.GoAwayFrame](p); g.LastStreamID != 1 {
			t.Error("the second GOAWAY names", g.LastStreamID)
		}
		p.over() // the callback has destroyed it
	})
	t.Run("options", func(t *testing.T) {
		p, _ := begin(t, func(s *Session) {
			ok(t, s.Shutdown(ShutdownOptions{ErrorCode: EnhanceYourCalm, LastStreamID: 1<<32 - 1, OpaqueData: []byte("why")}, nil))
		})
		if g := next[*xhttp2.GoAwayFrame](p); g.LastStreamID != frame.MaxStreamID || g.ErrCode != xhttp2.ErrCodeEnhanceYourCalm || string(g.DebugData()) != "why" {
			t.Error(g.LastStreamID, g.ErrCode, g.DebugData())
		}
	})
}

func TestSessionState(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{}, xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 10})
	next[*xhttp2.SettingsFrame](p)
	before := s.State()
	st, err := s.Request(H("x-long", string(bytes.Repeat([]byte("x"), 100))), RequestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ok(t, st.Queue(make([]byte, 10)))
	next[*xhttp2.DataFrame](p)
	p.headers(1, false, ":status", "200", "x-answer", "1234567890")
	ok(t, p.fr.WriteData(1, false, make([]byte, 100)))
	until(t, "the DATA", func() bool { return s.State().EffectiveRecvDataLength > 0 })
	v := s.State()
	field := func(name string, got, want int64) {
		t.Run(name, func(t *testing.T) {
			if got != want {
				t.Errorf("it is %d; want %d", got, want)
			}
		})
	}
	t.Run("effectiveLocalWindowSize", func(t *testing.T) { field("value", v.EffectiveLocalWindowSize, 65535) })
	t.Run("effectiveRecvDataLength", func(t *testing.T) { field("value", v.EffectiveRecvDataLength, 100) })
	t.Run("nextStreamID", func(t *testing.T) { field("value", v.NextStreamID-before.NextStreamID, 2) })
	t.Run("localWindowSize", func(t *testing.T) { field("value", v.LocalWindowSize, 65535-100) })
	t.Run("lastProcStreamID", func(t *testing.T) { field("value", v.LastProcStreamID, 0) })
	t.Run("remoteWindowSize", func(t *testing.T) { field("value", v.RemoteWindowSize, 65535-10) })
	t.Run("outboundQueueSize", func(t *testing.T) {
		field("empty", v.OutboundQueueSize, 0)
		s.d.Act(func() { // what is queued leaves when the lock does
			ok(t, s.core.Ping([8]byte{}))
			field("a PING", s.core.State().OutboundQueueSize, 9+8)
		}, true)
	})
	t.Run("deflateDynamicTableSize", func(t *testing.T) {
		if v.DeflateDynamicTableSize < 100+6+32 || v.DeflateDynamicTableSize > 4096 {
			t.Error("it is", v.DeflateDynamicTableSize, "octets")
		}
	})
	t.Run("inflateDynamicTableSize", func(t *testing.T) { field("value", v.InflateDynamicTableSize, 8+10+32) })
}

// What today's Node.js has beside the seed.
func TestPing(t *testing.T) {
	heard := make(chan [8]byte, 1)
	srv, err := CreateServer(Options{}, nil)
	ok(t, err)
	srv.OnSession = func(s *Session) { s.OnPing(func(data [8]byte) { heard <- data }) }
	s := dial(t, serve(t, srv), ConnectOptions{})
	answered := make(chan time.Duration, 1)
	ok(t, s.Ping([8]byte{1, 2, 3}, func(took time.Duration, err error) {
		ok(t, err)
		answered <- took
	}))
	if took := wait(t, answered, "the answer"); took <= 0 {
		t.Error("it took", took)
	}
	if data := wait(t, heard, "the PING"); data != [8]byte{1, 2, 3} {
		t.Error(data)
	}
	// One that is never answered fails with the session.
	quiet, _ := rawServer(t, ConnectOptions{})
	failed := make(chan error, 1)
	ok(t, quiet.Ping([8]byte{}, func(_ time.Duration, err error) { failed <- err }))
	quiet.Destroy()
	want(t, wait(t, failed, "the failure"), ErrState, "has ended")
}

func TestOriginAltSvcGoAwayWindow(t *testing.T) {
	srv, err := CreateServer(Options{}, nil)
	ok(t, err)
	srv.OnSession = func(s *Session) {
		ok(t, s.Origin("https://a.example", "https://b.example"))
		ok(t, s.AltSvc(`h2=":81"`, "https://a.example", 0))
		ok(t, s.SetLocalWindowSize(1<<20))
		ok(t, s.GoAway(NoError, 0, []byte("x")))
	}
	s := dial(t, serve(t, srv), ConnectOptions{})
	origins, services := make(chan []string, 1), make(chan string, 1)
	s.OnOrigin(func(list []string) { origins <- list })
	s.OnAltSvc(func(value, origin string, id uint32) { services <- value + " " + origin })
	if o := wait(t, origins, "ORIGIN"); !slices.Equal(o, []string{"https://a.example", "https://b.example"}) {
		t.Error(o)
	}
	if v := wait(t, services, "ALTSVC"); v != `h2=":81" https://a.example` {
		t.Error(v)
	}
	wait(t, s.Done(), "the end")
	if w := s.State().RemoteWindowSize; w != 1<<20 {
		t.Error("the window is", w)
	}
	client, _ := rawServer(t, ConnectOptions{})
	want(t, client.Origin("https://a.example"), ErrState, "only a server")
}

// A pushed stream that nobody is there for is refused.
func TestPushThatNobodyTakes(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{})
	get(t, s, "/")
	next[*xhttp2.MetaHeadersFrame](p)
	ok(t, p.fr.WritePushPromise(xhttp2.PushPromiseParam{StreamID: 1, PromiseID: 2, EndHeaders: true,
		BlockFragment: p.block(":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/")}))
	if r := next[*xhttp2.RSTStreamFrame](p); r.StreamID != 2 || r.ErrCode != xhttp2.ErrCodeRefusedStream {
		t.Error(r)
	}
}

// Extended CONNECT (RFC 8441), which today's Node.js has beside the seed.
func TestExtendedConnect(t *testing.T) {
	_, url := server(t, Options{Settings: Settings{EnableConnectProtocol: V(true)}}, func(st *ServerStream, h Headers, _ Flags) {
		if h.Get(":protocol") != "websocket" || h.Get(":path") != "/chat" {
			t.Error(h)
		}
		ok(t, st.Respond(nil, RespondOptions{}))
		ok(t, st.End([]byte("welcome")))
	})
	s := dial(t, url, ConnectOptions{})
	until(t, "the settings", func() bool { return s.RemoteSettings().EnableConnectProtocol })
	st, err := s.Request(H(":method", "CONNECT", ":protocol", "websocket", ":path", "/chat"), RequestOptions{})
	ok(t, err)
	st.SetDeadline(time.Now().Add(bound))
	if _, body := answer(t, st); body != "welcome" {
		t.Error(body)
	}
	_, url = server(t, Options{}, hello)
	other := dial(t, url, ConnectOptions{})
	_, err = other.Request(H(":method", "CONNECT", ":protocol", "websocket"), RequestOptions{})
	want(t, err, ErrState, "ENABLE_CONNECT_PROTOCOL")
}
