package http2

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"framewise/transport"

	xhttp2 "golang.org/x/net/http2"
)

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
		s.OnStream(func(AnyStream, Headers, Flags) {}) // the first is taken
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
