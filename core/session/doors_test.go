package session

import (
	"bytes"
	"errors"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
)

func TestNextStreamID(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	for _, bad := range []uint32{0, 2, 1 << 31} {
		if err := l.c.SetNextStreamID(bad); !errors.Is(err, conn.ErrArgument) {
			t.Error(bad, err)
		}
	}
	check(t, l.c.SetNextStreamID(9))
	if err := l.c.SetNextStreamID(7); !errors.Is(err, conn.ErrArgument) {
		t.Error("it goes back:", err)
	}
	st, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
	check(t, err)
	l.run()
	if st.ID() != 9 || l.count("s stream 9") != 1 || l.c.State().NextStreamID != 11 {
		t.Error(st.ID(), l.log)
	}
}

// A wider window is told at once; a narrower one holds back what is consumed.
func TestLocalWindowSize(t *testing.T) {
	big := Settings{InitialWindowSize: V(uint32(1 << 20))}
	l := newLink(t, Config{Settings: big}, Config{})
	l.run()
	check(t, l.c.SetLocalWindowSize(100_000))
	l.run()
	if w := l.s.Window().Send; w != 100_000 {
		t.Error("the server may send", w)
	}
	check(t, l.c.SetLocalWindowSize(10_000))
	l.run()
	if w := l.s.Window().Send; w != 100_000 {
		t.Error("the server may send", w, "though it was told nothing")
	}
	if err := l.c.SetLocalWindowSize(1 << 31); !errors.Is(err, conn.ErrArgument) {
		t.Error(err)
	}
	l.onS = func(e *Event) {
		if e.Kind == EvStream {
			check(t, e.Stream.Respond(okStatus, false))
			check(t, e.Stream.End(make([]byte, 300_000)))
		}
	}
	st, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
	check(t, err)
	l.run()
	if v := l.c.State(); !st.Destroyed() || v.EffectiveLocalWindowSize != 10_000 || l.s.Window().Send > 10_000 || l.s.Window().Send <= 0 {
		t.Error(st.Destroyed(), v, l.s.Window())
	}
}

func TestGoAwayVerb(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	var last []uint32
	l.onC = func(e *Event) {
		if e.Kind == EvGoAway {
			last = append(last, e.LastStreamID)
			if e.Code != frame.EnhanceYourCalm || !bytes.Equal(e.Data, []byte("x")) {
				t.Error(e.Code, e.Data)
			}
		}
	}
	_, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
	check(t, err)
	l.run()
	check(t, l.s.GoAway(7, frame.EnhanceYourCalm, []byte("x")))
	l.run()
	check(t, l.s.GoAway(0, frame.EnhanceYourCalm, []byte("x")))
	if err := l.s.GoAway(5, frame.NoError, nil); !errors.Is(err, conn.ErrArgument) {
		t.Error("it was raised:", err)
	}
	l.run()
	if len(last) != 2 || last[0] != 7 || last[1] != 1 {
		t.Error(last)
	}
}

func TestPreferAndDetails(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	var told int
	l.onS = func(e *Event) {
		if e.Kind == EvPriority {
			told++
		}
	}
	a, err := l.c.Request(request("POST", "/"), RequestOptions{})
	check(t, err)
	b, err := l.c.Request(request("POST", "/"), RequestOptions{})
	check(t, err)
	check(t, b.Prefer(a.ID(), 200, false))
	if err := b.Prefer(0, 257, false); !errors.Is(err, conn.ErrArgument) {
		t.Error(err)
	}
	l.run()
	if told != 0 {
		t.Error("the peer was told")
	}
	if d := a.Details(); d.SumDependencyWeight != 200 || d.Weight != 16 || d.State != 2 || d.LocalClose+d.RemoteClose != 0 || d.LocalWindowSize != 65535 {
		t.Errorf("%+v", d)
	}
	check(t, b.End(nil))
	if d := b.Details(); d.Weight != 200 || d.State != 5 || d.LocalClose != 1 || d.RemoteClose != 0 {
		t.Errorf("%+v", d)
	}
	check(t, a.Reset(frame.Cancel))
	if d := a.Details(); d.State != 7 || d.LocalClose != 1 || d.RemoteClose != 1 {
		t.Errorf("%+v", d)
	}
}
