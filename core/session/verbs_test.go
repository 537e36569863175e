package session

import (
	"bytes"
	"errors"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
)

func TestAnswersTellHowLongTheyTook(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	took := map[EventKind][]int64{}
	l.onC = func(e *Event) {
		if e.Kind == EvPingAck || e.Kind == EvLocalSettings {
			took[e.Kind] = append(took[e.Kind], e.N)
		}
	}
	l.run()
	check(t, l.c.Ping([8]byte{1}))
	check(t, l.c.Ping([8]byte{2}))
	check(t, l.c.Settings(Settings{HeaderTableSize: V(uint32(100))}))
	if l.c.Pings() != 2 {
		t.Error(l.c.Pings(), "PINGs wait; want 2")
	}
	check(t, l.s.Raw(frame.AppendPing(nil, [8]byte{9}, true))) // nobody asked
	l.run()
	if p := took[EvPingAck]; len(p) != 3 || p[0] != -1 || p[1] <= 0 || p[2] <= 0 || l.c.Pings() != 0 {
		t.Error("PING took", took[EvPingAck], l.c.Pings())
	}
	if s := took[EvLocalSettings]; len(s) != 2 || s[0] <= 0 || s[1] <= 0 {
		t.Error("SETTINGS took", s)
	}
}

func TestExtensionFrames(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	var origins []string
	var service, urgency string
	l.onC = func(e *Event) {
		switch e.Kind {
		case EvOrigin:
			origins = append(origins, e.Origins...)
		case EvAltSvc:
			service = e.Origins[0] + " " + string(e.Data)
		}
	}
	l.onS = func(e *Event) {
		if e.Kind == EvPriorityUpdate {
			urgency = string(e.Data)
		}
	}
	check(t, l.s.Origin([]string{"https://a.example", "https://b.example"}))
	check(t, l.s.AltSvc(0, "https://a.example", `h2=":81"`))
	st, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
	check(t, err)
	check(t, st.PriorityUpdate("u=1"))
	l.run()
	if len(origins) != 2 || service != `https://a.example h2=":81"` || urgency != "u=1" {
		t.Error(origins, service, urgency)
	}
}

func TestBlocksThatAreTooLong(t *testing.T) {
	long := Field{Name: "long", Value: string(bytes.Repeat([]byte("x"), 300))}
	l := newLink(t, Config{MaxSendHeaderBlockLength: 250}, Config{MaxSendHeaderBlockLength: 250})
	var failed []frame.Type
	note := func(e *Event) {
		if e.Kind == EvFrameError {
			if e.Code != frame.FrameSizeError || e.Stream == nil {
				t.Error(e.Code, e.Stream)
			}
			failed = append(failed, e.Header.Type)
		}
	}
	l.onC = note
	l.onS = func(e *Event) {
		note(e)
		if e.Kind != EvStream {
			return
		}
		switch e.Fields[3].Value {
		case "/head":
			check(t, e.Stream.Respond(append(okStatus[:1:1], long), true))
		case "/trailers":
			_, err := e.Stream.PushStream(append(request("GET", "/p"), long))
			if !errors.Is(err, conn.ErrBlockTooLarge) {
				t.Error("a promise that is too long:", err)
			}
			check(t, e.Stream.Respond(okStatus, false))
			check(t, e.Stream.Trailers([]Field{long}))
		}
	}
	over, err := l.c.Request(append(request("GET", "/"), long), RequestOptions{EndStream: true})
	check(t, err)
	head, err := l.c.Request(request("GET", "/head"), RequestOptions{EndStream: true})
	check(t, err)
	trailers, err := l.c.Request(request("GET", "/trailers"), RequestOptions{EndStream: true})
	check(t, err)
	l.run()
	if len(failed) != 3 || over.ID() != 0 || head.ID() != 1 {
		t.Error(failed, over.ID(), head.ID())
	}
	for _, st := range []*Stream{over, head, trailers} {
		if !st.Destroyed() || st.RstCode() != frame.FrameSizeError {
			t.Error("stream", st.ID(), st.Destroyed(), st.RstCode())
		}
	}
}

// A request that has to wait is held to the rules at once.
func TestRequestsThatWaitAreChecked(t *testing.T) {
	l := newLink(t, Config{PeerMaxConcurrentStreams: 1}, Config{})
	for range 2 {
		_, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
		check(t, err)
	}
	if _, err := l.c.Request(append(request("GET", "/"), Field{Name: "Upper", Value: "x"}), RequestOptions{}); !errors.Is(err, conn.ErrField) {
		t.Error(err)
	}
}

// What the seed's ranges allow and RFC 9113 does not is not sent.
func TestSettingsBeyondTheWire(t *testing.T) {
	wide := Settings{EnablePush: V(true), InitialWindowSize: V(uint32(1<<32 - 1))}
	l := newLink(t, Config{Settings: wide}, Config{Settings: wide})
	check(t, l.s.Settings(wide))
	l.run()
	for _, s := range []*Session{l.c, l.s} {
		if s.Destroyed() || s.Err() != nil || s.RemoteSettings().InitialWindowSize != frame.MaxWindow {
			t.Error(s.Type(), s.Err(), s.RemoteSettings())
		}
	}
	if got := PackSettings(wide); !bytes.Equal(got, []byte{0, 2, 0, 0, 0, 1, 0, 4, 0x7f, 0xff, 0xff, 0xff}) {
		t.Errorf("packed % x", got)
	}
}
