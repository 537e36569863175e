package http2

import (
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"
)

func TestStreamTimeout(t *testing.T) {
	st, other := pair(t, ConnectOptions{})
	closed := make(chan ErrCode, 1)
	other.OnStreamClosed(func(code ErrCode) { closed <- code })
	ok(t, st.SetTimeout(10*time.Millisecond, func() { st.RstWithCancel() }))
	if code := wait(t, closed, "the end"); code != Cancel {
		t.Error(code)
	}
	want(t, st.SetTimeout(-1, nil), ErrValidation, "0 or more")
}

func TestStreamState(t *testing.T) {
	_, url := server(t, Options{}, func(*ServerStream, Headers, Flags) {})
	s := dial(t, url, ConnectOptions{Options: Options{Settings: Settings{InitialWindowSize: V(uint32(1000))}}})
	until(t, "the settings", func() bool { return s.LocalSettings().InitialWindowSize == 1000 })
	st, err := s.Request(H(":method", "POST"), RequestOptions{Weight: 200})
	ok(t, err)
	ok(t, st.Priority(PriorityOptions{Weight: 77}))
	for _, w := range []int{10, 20} {
		below, err := s.Request(H(":method", "POST"), RequestOptions{})
		ok(t, err)
		ok(t, below.Priority(PriorityOptions{Parent: st.ID(), Weight: w}))
	}
	v := st.State()
	t.Run("localWindowSize", func(t *testing.T) {
		if v.LocalWindowSize != 1000 {
			t.Error(v.LocalWindowSize)
		}
	})
	t.Run("state", func(t *testing.T) {
		if v.State != StateOpen {
			t.Error(v.State)
		}
		ok(t, st.CloseWrite())
		if n := st.State().State; n != StateHalfClosedLocal {
			t.Error("after the end of our side", n)
		}
		ok(t, st.RstWithCancel())
		if n := st.State().State; n != StateClosed {
			t.Error("after RST_STREAM", n)
		}
	})
	t.Run("streamLocalClose", func(t *testing.T) {
		if now := st.State(); v.LocalClose != 0 || now.LocalClose != 1 {
			t.Error(v.LocalClose, now.LocalClose)
		}
	})
	t.Run("streamRemoteClose", func(t *testing.T) {
		came := make(chan *ServerStream, 1)
		_, url := server(t, Options{}, func(st *ServerStream, _ Headers, _ Flags) { came <- st })
		get(t, dial(t, url, ConnectOptions{}), "/")
		if now := wait(t, came, "the request").State(); v.RemoteClose != 0 || now.RemoteClose != 1 || now.State != StateHalfClosedRemote {
			t.Error(v.RemoteClose, now)
		}
	})
	t.Run("sumDependencyWeight", func(t *testing.T) {
		if v.SumDependencyWeight != 30 {
			t.Error(v.SumDependencyWeight)
		}
	})
	t.Run("weight", func(t *testing.T) {
		if v.Weight != 77 {
			t.Error(v.Weight)
		}
	})
}

func TestPriority(t *testing.T) {
	s, p := rawServer(t, ConnectOptions{})
	open := func() *ClientStream {
		st, err := s.Request(H(":method", "POST"), RequestOptions{})
		ok(t, err)
		next[*xhttp2.MetaHeadersFrame](p)
		return st
	}
	a, b := open(), open()
	t.Run("session", func(t *testing.T) {
		ok(t, s.Priority(b, PriorityOptions{Parent: a.ID(), Weight: 256, Exclusive: true}))
		if f := next[*xhttp2.PriorityFrame](p); f.StreamID != b.ID() || f.PriorityParam != (xhttp2.PriorityParam{StreamDep: a.ID(), Weight: 255, Exclusive: true}) {
			t.Errorf("%+v", f)
		}
	})
	t.Run("stream", func(t *testing.T) {
		ok(t, a.Priority(PriorityOptions{Weight: 1}))
		if f := next[*xhttp2.PriorityFrame](p); f.StreamID != a.ID() || f.PriorityParam != (xhttp2.PriorityParam{}) {
			t.Errorf("%+v", f)
		}
		want(t, a.Priority(PriorityOptions{Weight: 257}), ErrValidation, "from 1 to 256")
		want(t, a.Priority(PriorityOptions{Parent: a.ID()}), ErrValidation, "depend on")
	})
	t.Run("silent", func(t *testing.T) {
		ok(t, b.Priority(PriorityOptions{Weight: 99, Silent: true}))
		if w := b.State().Weight; w != 99 {
			t.Error("the weight is", w)
		}
		ok(t, s.Ping([8]byte{}, nil)) // what comes next
		for {
			f, err := p.fr.ReadFrame()
			if err != nil {
				t.Fatal(err)
			}
			if _, is := f.(*xhttp2.PriorityFrame); is {
				t.Error("the peer was told")
			}
			if _, is := f.(*xhttp2.PingFrame); is {
				return
			}
		}
	})
}
