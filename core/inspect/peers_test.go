package inspect

import (
	"bytes"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport/memory"
)

// exchange runs sessions of our own over a network in memory: uploads that are
// echoed, pushes, trailers, an early response, resets, a window that is made
// smaller while octets are under way. Stream 1 is left in the middle.
type exchange struct {
	t              *testing.T
	entries        []trace.Entry
	client, server *session.Session
	s              *memory.End
	first          [2]*session.Stream // stream 1 at client and server
	narrow         bool
}

func (x *exchange) check(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Error(err)
	}
}

func requestFields(method, path string) []session.Field {
	return []session.Field{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "localhost"}, {Name: ":path", Value: path}, {Name: "user-agent", Value: "test"}}
}

func (x *exchange) request(method, path string, body int) *session.Stream {
	st, err := x.client.Request(requestFields(method, path), session.RequestOptions{EndStream: body == 0})
	x.check(err)
	if err == nil && body > 0 {
		x.check(st.End(bytes.Repeat([]byte("x"), body)))
	}
	return st
}

func (x *exchange) run(l memory.Link) {
	n := memory.New(func(e trace.Entry) { x.entries = append(x.entries, e) })
	small := session.Settings{InitialWindowSize: session.V(uint32(5000)), HeaderTableSize: session.V(uint32(200))}
	x.client = session.NewClient(session.Config{Causes: true, Settings: small})
	x.server = session.NewServer(session.Config{Causes: true, MaxDeflateDynamicTableSize: 8192})
	_, x.s = n.Connect(x.client, x.server, l, memory.Names{Client: "client", Server: "localhost:80"})
	x.first[client] = x.request("GET", "/stays", 0)
	x.request("POST", "/echo", 30_000)
	x.request("GET", "/push", 0)
	x.request("POST", "/echo", 1)
	x.request("GET", "/reset", 0)
	x.request("POST", "/early", 200_000)
	for range 20 {
		x.request("GET", "/"+strings.Repeat("a", len(x.entries)%7), 0)
	}
	x.check(x.client.Ping([8]byte{1, 2, 3}))
	bodies := map[*session.Stream]int{}
	// Everything has happened long before the deadlines that end what stands still.
	over := false
	n.Timer(9_000*ms, func() { over = true })
	for !over && n.Step(func(e *memory.End, ev *session.Event) { x.handle(e, ev, bodies) }) {
	}
}

func (x *exchange) handle(e *memory.End, ev *session.Event, bodies map[*session.Stream]int) {
	st := ev.Stream
	switch {
	case ev.Kind == session.EvData:
		if st == x.first[client] { // its octets are never consumed
			if !x.narrow {
				x.narrow = true
				x.check(x.client.Settings(session.Settings{InitialWindowSize: session.V(uint32(1000))}))
			}
			return
		}
		bodies[st] += len(ev.Data)
		x.check(e.Session.Consume(st, len(ev.Data)))
	case e != x.s:
	case ev.Kind == session.EvStream:
		x.serve(ev)
	case ev.Kind == session.EvEnd && bodies[st] > 0 && !st.Destroyed():
		x.check(st.End(bytes.Repeat([]byte("y"), bodies[st])))
	case ev.Kind == session.EvFetchTrailers:
		x.check(st.Trailers([]session.Field{{Name: "x-checksum", Value: "1234"}}))
	}
}

func (x *exchange) serve(ev *session.Event) {
	st, path := ev.Stream, ""
	for _, f := range ev.Fields {
		if f.Name == ":path" {
			path = f.Value
		}
	}
	ok := []session.Field{{Name: ":status", Value: "200"}, {Name: "x-path", Value: path}}
	switch path {
	case "/stays":
		x.first[server] = st
		x.check(st.Respond(ok, false))
		x.check(st.Write(make([]byte, 100_000)))
	case "/echo":
		x.check(st.Respond(ok, false))
	case "/push":
		p, err := st.PushStream(requestFields("GET", "/pushed"))
		x.check(err)
		x.check(st.Respond(ok, true))
		if err == nil {
			x.check(p.Respond(ok, false))
			x.check(p.End([]byte("pushed")))
		}
	case "/reset":
		x.check(st.Reset(frame.RefusedStream))
	case "/early":
		x.check(st.AdditionalHeaders([]session.Field{{Name: ":status", Value: "103"}, {Name: "link", Value: "</a>"}}))
		x.check(st.Respond(ok, true))
	default:
		st.WantTrailers()
		x.check(st.Respond(ok, false))
		x.check(st.End([]byte("body")))
	}
}

// The analyser, which only sees octets, comes to the same windows and states as
// the two ends themselves, and finds nothing wrong with what they do.
func TestAgreesWithBothEnds(t *testing.T) {
	for _, l := range []memory.Link{{}, {Latency: 5 * ms}, {Latency: ms, Bandwidth: 1 << 20}} {
		t.Run(l.Describe(), func(t *testing.T) {
			x := exchange{t: t}
			x.run(l)
			if t.Failed() {
				return
			}
			a := feed(t, x.entries)
			s := a.Summary()
			for _, p := range s.Problems {
				t.Errorf("problem at frame %d: %s %s (%s)", p.Frame, p.Code, p.Text, p.Ref)
			}
			c := a.conns[0]
			if len(a.tail()) != 0 || c.slotOf(1) == 0 || c.slotOf(2) == 0 {
				t.Fatalf("streams 1 and 2 are not there, or frames are cut: %d rows", s.Frames)
			}
			for e, real := range []*session.Session{x.client, x.server} {
				end := &c.ends[e]
				compareWindow(t, endNames[e], "the connection", real.Window().Send, real.Window().Recv,
					c.sendWindow(e, 0, end.sent, end.recvd), c.recvWindow(e, 0, end.sent, end.recvd))
				w := x.first[e].Window()
				compareWindow(t, endNames[e], "stream 1", w.Send, w.Recv,
					c.sendWindow(e, 1, end.sent, end.recvd), c.recvWindow(e, 1, end.sent, end.recvd))
				if got, want := stateNames[c.stream(1).state[e]], x.first[e].State().String(); got != want {
					t.Errorf("stream 1 at the %s is %s, it says %s", endNames[e], got, want)
				}
				if c.stream(1).state[e] == closed {
					t.Errorf("stream 1 is closed at the %s, the test needs it in the middle", endNames[e])
				}
				for slot := 2; slot <= c.streams.len(); slot++ {
					if st := c.stream(uint32(slot)); st.state[e] != closed {
						t.Errorf("stream %d at the %s is %s, want closed", st.id, endNames[e], stateNames[st.state[e]])
					}
				}
			}
			if w := c.sendWindow(server, 1, c.ends[server].sent, c.ends[server].recvd); w >= 0 {
				t.Errorf("the send window of stream 1 is %d, it should have become negative", w)
			}
			if s.Types[0].Type != "DATA" || s.Types[0].Count < 10 {
				t.Errorf("types: %+v", s.Types)
			}
		})
	}
}

func compareWindow(t *testing.T, end, what string, send, recv, gotSend, gotRecv int64) {
	t.Helper()
	if send != gotSend || recv != gotRecv {
		t.Errorf("windows of %s at the %s: send %d and receive %d, it says %d and %d", what, end, gotSend, gotRecv, send, recv)
	}
}
