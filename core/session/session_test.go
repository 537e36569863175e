package session

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
)

// link joins a client and a server; each handler sees the events of its end.
type link struct {
	t      *testing.T
	c, s   *Session
	onC    func(*Event)
	onS    func(*Event)
	closed [2]bool
	log    []string
	now    int64
}

func newLink(t *testing.T, client, server Config) *link {
	return &link{t: t, c: NewClient(client), s: NewServer(server)}
}

func (l *link) run() {
	l.t.Helper()
	var co, so Output
	for range 10000 {
		a := l.turn(l.c, l.s, &co, l.onC, 0)
		b := l.turn(l.s, l.c, &so, l.onS, 1)
		if !a && !b {
			return
		}
	}
	l.t.Fatal("never quiet")
}

func (l *link) turn(from, to *Session, o *Output, on func(*Event), side int) bool {
	l.now++
	from.Poll(l.now, o, 0)
	for i := range o.Events {
		e := &o.Events[i]
		l.log = append(l.log, fmt.Sprint([]string{"c", "s"}[side], " ", name(e)))
		if on != nil {
			on(e)
		}
		if e.Kind == EvData {
			if err := from.Consume(e.Stream, len(e.Data)); err != nil {
				l.t.Error(err)
			}
		}
	}
	var b []byte
	for _, s := range o.Segments {
		b = append(b, s...)
	}
	if len(b) > 0 && !l.closed[1-side] {
		if err := to.Receive(l.now, b); err != nil && !errors.Is(err, conn.ErrEnded) {
			l.t.Fatal(err)
		}
	}
	if o.Close && !l.closed[side] {
		l.closed[side] = true
		to.End(l.now, nil)
		from.End(l.now, nil)
	}
	return len(b) > 0 || len(o.Events) > 0 || o.More
}

var kinds = map[EventKind]string{EvConnect: "connect", EvStream: "stream", EvReady: "ready", EvHeaders: "headers",
	EvResponse: "response", EvTrailers: "trailers", EvData: "data", EvEnd: "end", EvFetchTrailers: "fetchTrailers",
	EvDrain: "drain", EvClosed: "closed", EvLocalSettings: "localSettings", EvRemoteSettings: "remoteSettings",
	EvGoAway: "goaway", EvPing: "ping", EvPingAck: "pingAck", EvPriority: "priority", EvUnknown: "unknown",
	EvStreamError: "streamError", EvShutdown: "shutdown", EvError: "error", EvClose: "close"}

func name(e *Event) string {
	if e.Stream != nil {
		return fmt.Sprint(kinds[e.Kind], " ", e.Stream.ID())
	}
	return kinds[e.Kind]
}

func (l *link) count(want string) (n int) {
	for _, x := range l.log {
		if x == want {
			n++
		}
	}
	return n
}

func request(method, path string) []Field {
	return []Field{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "localhost"}, {Name: ":path", Value: path}}
}

var okStatus = []Field{{Name: ":status", Value: "200"}}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestRequestResponseTrailers(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	var sum []Field
	var body bytes.Buffer
	l.onS = func(e *Event) {
		switch e.Kind {
		case EvStream:
			if e.Fields[3].Value == "/" {
				check(t, e.Stream.AdditionalHeaders([]Field{{Name: ":status", Value: "103"}}))
				check(t, e.Stream.Respond(okStatus, false))
				e.Stream.WantTrailers()
				check(t, e.Stream.End(bytes.Repeat([]byte("x"), 100_000)))
			}
		case EvFetchTrailers:
			check(t, e.Stream.Trailers([]Field{{Name: "sum", Value: "9"}}))
		}
	}
	l.onC = func(e *Event) {
		switch e.Kind {
		case EvTrailers:
			sum = append(sum, e.Fields...)
		case EvData:
			body.Write(e.Data)
		}
	}
	st, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
	check(t, err)
	l.run()
	if body.Len() != 100_000 || len(sum) != 1 || sum[0].Value != "9" {
		t.Error(body.Len(), sum)
	}
	for _, want := range []string{"c connect", "s connect", "c headers 1", "c response 1", "c trailers 1", "c end 1", "c closed 1", "s closed 1", "s fetchTrailers 1", "c localSettings"} {
		if l.count(want) != 1 {
			t.Errorf("%q came %d times in %v", want, l.count(want), l.log)
		}
	}
	if !st.Destroyed() || st.RstCode() != frame.NoError || !errors.Is(st.Write([]byte("x")), ErrDestroyed) {
		t.Error("the stream lives on")
	}
}

func TestRequestsWaitForTheLimit(t *testing.T) {
	l := newLink(t, Config{}, Config{Settings: Settings{MaxConcurrentStreams: V(uint32(1))}})
	l.onS = func(e *Event) {
		if e.Kind == EvEnd {
			check(t, e.Stream.Respond(okStatus, true))
		}
	}
	l.run()
	var bodies []string
	var all []*Stream
	for i := range 4 {
		st, err := l.c.Request(request("POST", fmt.Sprint("/", i)), RequestOptions{})
		check(t, err)
		check(t, st.Write([]byte("one")))
		check(t, st.End([]byte("two")))
		all = append(all, st)
	}
	if all[0].ID() != 1 || all[1].ID() != 0 {
		t.Error("ready", all[0].ID(), all[1].ID())
	}
	check(t, all[2].Reset(frame.Cancel)) // it never had an identifier
	onS := l.onS
	l.onS = func(e *Event) {
		if e.Kind == EvData {
			bodies = append(bodies, string(e.Data))
		}
		onS(e)
	}
	l.run()
	if fmt.Sprint(bodies) != "[onetwo onetwo onetwo]" {
		t.Error(bodies)
	}
	if !all[3].Destroyed() || all[3].ID() != 5 || all[2].RstCode() != frame.Cancel || l.count("c closed 0") != 1 {
		t.Error(all[3].ID(), all[2].RstCode(), l.log)
	}
}

func TestPush(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	var promised string
	l.onS = func(e *Event) {
		if e.Kind == EvStream {
			p, err := e.Stream.PushStream(request("GET", "/app.css"))
			check(t, err)
			check(t, e.Stream.Respond(okStatus, false))
			check(t, p.Respond(okStatus, false))
			check(t, p.End([]byte("css")))
			check(t, e.Stream.End([]byte("html")))
		}
	}
	l.onC = func(e *Event) {
		if e.Kind == EvStream {
			promised = e.Fields[3].Value
			if e.Parent == nil || e.Parent.ID() != 1 || e.Stream.ID() != 2 {
				t.Error(e.Parent, e.Stream.ID())
			}
		}
	}
	_, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
	check(t, err)
	l.run()
	if promised != "/app.css" || l.count("c response 2") != 1 || l.count("c closed 2") != 1 {
		t.Error(promised, l.log)
	}
}

func TestShutdown(t *testing.T) {
	l := newLink(t, Config{}, Config{})
	var last []uint32
	l.onC = func(e *Event) {
		if e.Kind == EvGoAway {
			last = append(last, e.LastStreamID)
		}
	}
	l.onS = func(e *Event) {
		if e.Kind == EvStream {
			check(t, l.s.Shutdown(ShutdownOptions{Graceful: true}))
			check(t, e.Stream.Respond(okStatus, true))
		}
	}
	_, err := l.c.Request(request("GET", "/"), RequestOptions{EndStream: true})
	check(t, err)
	l.run()
	if fmt.Sprint(last) != "[2147483647 1]" || l.count("s shutdown") != 1 || l.count("c closed 1") != 1 {
		t.Error(last, l.log)
	}
	if _, err := l.c.Request(request("GET", "/"), RequestOptions{}); !errors.Is(err, conn.ErrGoingAway) {
		t.Error(err)
	}
	l.c.Destroy(frame.NoError)
	l.run()
	if l.count("c close") != 1 || l.count("s close") != 1 || !l.s.Destroyed() || l.s.Err() != nil {
		t.Error(l.log, l.s.Err())
	}
}

func TestPackedSettings(t *testing.T) {
	b := PackSettings(Settings{EnablePush: V(false)})
	if fmt.Sprintf("%x", b) != "000200000000" { // the seed prints AAIAAAAA
		t.Errorf("%x", b)
	}
	s, err := UnpackSettings(b)
	if err != nil || *s.EnablePush || s.MaxFrameSize != nil {
		t.Error(s, err)
	}
	if _, err := UnpackSettings(b[:5]); err == nil {
		t.Error("five octets were taken")
	}
}
