package conn

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// pair is a client and a server joined by nothing but slices.
type pair struct {
	t    *testing.T
	c, s *Conn
	co   Output
	so   Output
	got  [2][]string // events of client and server
	body [2]map[uint32]*bytes.Buffer
	hold [2]bool // do not consume DATA
	wire [2][]byte
	now  int64
}

func newPair(t *testing.T, client, server Config) *pair {
	client.Role, server.Role = Client, Server
	p := &pair{t: t, c: New(client), s: New(server)}
	p.body = [2]map[uint32]*bytes.Buffer{{}, {}}
	return p
}

// pump moves octets in pieces of n until both ends are quiet.
func (p *pair) pump(n int) {
	p.t.Helper()
	for range 100000 {
		a := p.move(p.c, p.s, &p.co, 0, n)
		b := p.move(p.s, p.c, &p.so, 1, n)
		if !a && !b {
			return
		}
	}
	p.t.Fatal("the two ends never become quiet")
}

func (p *pair) move(from, to *Conn, o *Output, side, n int) bool {
	p.now++
	from.Poll(p.now, o, 0)
	for _, e := range o.Events {
		p.note(from, side, e)
	}
	var b []byte
	for _, s := range o.Segments {
		b = append(b, s...)
	}
	p.wire[side] = append(p.wire[side], b...)
	busy := len(b) > 0 || len(o.Events) > 0 || o.More
	for len(b) > 0 {
		k := min(n, len(b))
		if err := to.Receive(p.now, b[:k]); err != nil {
			p.t.Fatal(err)
		}
		b = b[k:]
		p.drain(to, 1-side)
	}
	return busy
}

// drain takes the events that a piece made, while their Data is valid.
func (p *pair) drain(c *Conn, side int) {
	evs := c.events
	c.events = nil
	for _, e := range evs {
		p.note(c, side, e)
	}
}

func (p *pair) note(c *Conn, side int, e Event) {
	p.got[side] = append(p.got[side], describe(e))
	if e.Kind == EvData {
		b := p.body[side][e.StreamID]
		if b == nil {
			b = &bytes.Buffer{}
			p.body[side][e.StreamID] = b
		}
		b.Write(e.Data)
		if !p.hold[side] {
			if err := c.Consume(e.StreamID, len(e.Data)); err != nil {
				p.t.Error(err)
			}
		}
	}
}

func describe(e Event) string {
	end := ""
	if e.End {
		end = " END"
	}
	switch e.Kind {
	case EvSettings:
		return fmt.Sprint("settings ", e.Settings)
	case EvSettingsAck:
		return fmt.Sprint("settings-ack ", e.Settings)
	case EvHeaders:
		var f []string
		for _, x := range e.Fields {
			f = append(f, x.Name+"="+x.Value)
		}
		kind := map[Section]string{Request: "request", Response: "response", Informational: "informational", Trailers: "trailers"}[e.Section]
		return fmt.Sprintf("%s %d %s%s", kind, e.StreamID, strings.Join(f, " "), end)
	case EvData:
		return fmt.Sprintf("data %d %d%s", e.StreamID, len(e.Data), end)
	case EvPush:
		return fmt.Sprintf("push %d→%d", e.StreamID, e.PromisedID)
	case EvStreamClosed:
		return fmt.Sprintf("closed %d %v by %d", e.StreamID, e.Code, e.By)
	case EvStreamError:
		return "stream-error " + e.Err.Error()
	case EvConnError:
		return "conn-error " + e.Err.Error()
	case EvPing:
		return fmt.Sprintf("ping %x", e.Ping)
	case EvPingAck:
		return fmt.Sprintf("ping-ack %x", e.Ping)
	case EvGoAway:
		return fmt.Sprintf("goaway %d %v %q", e.LastStreamID, e.Code, e.Data)
	case EvWritable:
		return fmt.Sprintf("writable %d", e.StreamID)
	case EvPriority:
		return fmt.Sprintf("priority %d %+v", e.StreamID, e.Priority)
	case EvUnknown:
		return fmt.Sprintf("unknown %v %x", e.Header.Type, e.Data)
	case EvPriorityUpdate:
		return fmt.Sprint("priority-update ", e.StreamID, " ", string(e.Data))
	case EvOrigin:
		return fmt.Sprint("origin ", e.Origins)
	case EvAltSvc:
		return fmt.Sprint("altsvc ", e.StreamID, " ", e.Origins, " ", string(e.Data))
	case EvLimit:
		return fmt.Sprint("limit ", e.Limit, " ", e.N, " of ", e.Max)
	case EvEnd:
		return "end"
	}
	return fmt.Sprint("?", e.Kind)
}

func (p *pair) has(side int, want string) {
	p.t.Helper()
	for _, g := range p.got[side] {
		if strings.HasPrefix(g, want) {
			return
		}
	}
	p.t.Errorf("%v: no event %q in\n  %s", Role(side), want, strings.Join(p.got[side], "\n  "))
}

func get(path string) []hpack.Field {
	return []hpack.Field{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "localhost"}, {Name: ":path", Value: path}}
}

func post(path string) []hpack.Field {
	f := get(path)
	f[0].Value = "POST"
	return f
}

func status(code string) []hpack.Field { return []hpack.Field{{Name: ":status", Value: code}} }

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestExchange(t *testing.T) {
	for _, n := range []int{1, 7, 9, 1000, 1 << 20} {
		t.Run(fmt.Sprint("pieces of ", n), func(t *testing.T) {
			p := newPair(t, Config{}, Config{})
			big := bytes.Repeat([]byte("0123456789"), 20_000) // three windows
			up := must(p.c.Open(post("/up"), HeaderOptions{}))(t)
			ok(t, p.c.Data(up, big, false))
			ok(t, p.c.Headers(up, []hpack.Field{{Name: "sum", Value: "1"}}, HeaderOptions{End: true}))
			p.pump(n)
			p.has(1, "request 1 :method=POST")
			p.has(1, "trailers 1 sum=1 END")
			if !bytes.Equal(p.body[1][up].Bytes(), big) {
				t.Fatal("the body differs")
			}
			ok(t, p.s.Headers(up, status("103"), HeaderOptions{}))
			ok(t, p.s.Headers(up, status("200"), HeaderOptions{}))
			ok(t, p.s.Data(up, big, true))
			p.pump(n)
			p.has(0, "informational 1 :status=103")
			p.has(0, "response 1 :status=200")
			p.has(0, "closed 1 NO_ERROR by 0")
			p.has(1, "closed 1 NO_ERROR by 0")
			if !bytes.Equal(p.body[0][up].Bytes(), big) {
				t.Fatal("the body differs")
			}
			if p.c.Streams() != 0 || p.s.Streams() != 0 || p.c.activeLocal != 0 || p.s.activeRemote != 0 {
				t.Error("closed streams are kept")
			}
			p.conserved()
		})
	}
}

// conserved checks that what one end may send is what the other takes, when
// nothing is under way (RFC 9113, section 6.9).
func (p *pair) conserved() {
	p.t.Helper()
	for _, x := range []struct {
		name       string
		send, recv *Conn
	}{{"c2s", p.c, p.s}, {"s2c", p.s, p.c}} {
		if x.send.sendWindow != x.recv.recvWindow.left || x.recv.recvWindow.size() != defaultWindow || x.recv.recvWindow.held != 0 {
			p.t.Errorf("%s: sender %d, receiver %+v", x.name, x.send.sendWindow, x.recv.recvWindow)
		}
	}
}

func TestPushAndReset(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	id := must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	p.pump(5)
	pushed := must(p.s.Push(id, get("/app.css")))(t)
	if pushed != 2 || p.s.StreamState(2) != ReservedLocal {
		t.Fatal(pushed, p.s.StreamState(2))
	}
	p.pump(5)
	p.has(0, "push 1→2")
	if p.c.StreamState(2) != ReservedRemote {
		t.Fatal(p.c.StreamState(2))
	}
	ok(t, p.s.Headers(2, status("200"), HeaderOptions{}))
	ok(t, p.s.Data(2, []byte("body"), true))
	ok(t, p.s.Headers(id, status("204"), HeaderOptions{End: true}))
	p.pump(5)
	p.has(0, "response 2 :status=200")
	p.has(0, "closed 2 NO_ERROR by 0")
	p.has(0, "closed 1 NO_ERROR by 0")

	id = must(p.c.Open(post("/x"), HeaderOptions{}))(t)
	ok(t, p.c.Data(id, make([]byte, 100_000), true))
	p.hold[1] = true
	p.pump(4096)
	ok(t, p.c.Reset(id, frame.Cancel))
	p.pump(4096)
	p.has(1, "closed 3 CANCEL by 1")
	p.conserved()
	if _, err := p.s.Push(id, get("/late")); !errors.Is(err, ErrNoStream) {
		t.Error(err)
	}
}

func TestPushRefused(t *testing.T) {
	p := newPair(t, Config{Settings: []frame.Setting{{ID: frame.EnablePush}}}, Config{})
	id := must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	p.pump(100)
	if _, err := p.s.Push(id, get("/a")); !errors.Is(err, ErrPushDisabled) {
		t.Error(err)
	}
	p = newPair(t, Config{Limits: Limits{MaxReserved: 1}}, Config{})
	id = must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	p.pump(100)
	must(p.s.Push(id, get("/a")))(t)
	must(p.s.Push(id, get("/b")))(t)
	p.pump(100)
	p.has(1, "closed 4 REFUSED_STREAM by 1")
	if p.c.StreamState(2) != ReservedRemote {
		t.Error(p.c.StreamState(2))
	}
}

func TestSettings(t *testing.T) {
	p := newPair(t, Config{Settings: []frame.Setting{{ID: frame.InitialWindowSize, Value: 10}}},
		Config{Settings: []frame.Setting{{ID: frame.MaxConcurrentStreams, Value: 1}}})
	if p.c.SettingsPending() != 1 {
		t.Error("SETTINGS are in force before they are acknowledged")
	}
	id := must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	p.pump(3)
	p.has(0, "settings-ack")
	p.has(1, "settings-ack")
	if p.c.SettingsPending() != 0 || p.c.LocalSettings().InitialWindowSize != 10 || p.s.RemoteSettings().InitialWindowSize != 10 {
		t.Error(p.c.LocalSettings(), p.s.RemoteSettings())
	}
	if _, err := p.c.Open(get("/2"), HeaderOptions{}); !errors.Is(err, ErrTooMany) {
		t.Error("the peer's limit was not held:", err)
	}
	// The window of 10 octets narrows to -5 while data waits.
	p.hold[0] = true
	ok(t, p.s.Headers(id, status("200"), HeaderOptions{}))
	ok(t, p.s.Data(id, []byte("0123456789abcde"), true))
	p.pump(3)
	ok(t, p.c.Settings([]frame.Setting{{ID: frame.InitialWindowSize, Value: 5}}))
	p.pump(3)
	if w, _ := p.s.StreamWindow(id); w.Send != -5 {
		t.Error("send window", w.Send)
	}
	if w, _ := p.c.StreamWindow(id); w.Recv != -5 || w.Held != 10 {
		t.Errorf("receive window %+v", w)
	}
	ok(t, p.c.Consume(id, 10))
	p.hold[0] = false
	p.pump(3)
	if got := p.body[0][id].String(); got != "0123456789abcde" {
		t.Errorf("%q", got)
	}
	p.conserved()
	for _, bad := range []frame.Setting{{ID: frame.InitialWindowSize, Value: 1 << 31}, {ID: frame.MaxFrameSize, Value: 1}, {ID: frame.EnablePush, Value: 2}} {
		if err := p.c.Settings([]frame.Setting{bad}); !errors.Is(err, ErrArgument) {
			t.Error(bad, err)
		}
	}
}

func TestSettingsTimeout(t *testing.T) {
	c := New(Config{})
	var o Output
	c.Poll(0, &o, 0)
	if o.Deadline != 10e9 {
		t.Fatal("deadline", o.Deadline)
	}
	c.Tick(o.Deadline - 1)
	if c.Failed() != nil {
		t.Fatal("too early")
	}
	c.Tick(o.Deadline)
	c.Poll(o.Deadline, &o, 0)
	if c.Failed() == nil || c.Failed().Code != frame.SettingsTimeout || !o.Close || o.Deadline != 11e9 {
		t.Fatal(c.Failed(), o.Close, o.Deadline)
	}
}

func TestGoAway(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	a := must(p.c.Open(get("/a"), HeaderOptions{End: true}))(t)
	p.pump(100)
	ok(t, p.s.GoAway(frame.MaxStreamID, frame.NoError, nil))
	b := must(p.c.Open(get("/b"), HeaderOptions{End: true}))(t) // crosses the GOAWAY
	ok(t, p.s.GoAway(a, frame.NoError, []byte("bye")))
	p.pump(100)
	p.has(0, `goaway 2147483647 NO_ERROR ""`)
	p.has(0, `goaway 1 NO_ERROR "bye"`)
	p.has(0, fmt.Sprintf("closed %d REFUSED_STREAM by 4", b))
	if _, err := p.c.Open(get("/c"), HeaderOptions{}); !errors.Is(err, ErrGoingAway) {
		t.Error(err)
	}
	ok(t, p.s.Headers(a, status("200"), HeaderOptions{End: true}))
	p.pump(100)
	p.has(0, "closed 1 NO_ERROR by 0")
	if err := p.s.GoAway(b, frame.NoError, nil); !errors.Is(err, ErrArgument) {
		t.Error("GOAWAY raised:", err)
	}
}

func TestMaxConcurrent(t *testing.T) {
	p := newPair(t, Config{}, Config{Limits: Limits{MaxConcurrent: 2}})
	for range 3 {
		must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	}
	p.pump(100)
	p.has(0, "closed 5 REFUSED_STREAM by 1")
	p.has(1, "stream-error stream 5 error REFUSED_STREAM")
}

func TestCauses(t *testing.T) {
	p := newPair(t, Config{Causes: true}, Config{})
	var o Output
	p.c.SetCause(7)
	id := must(p.c.Open(post("/"), HeaderOptions{}))(t)
	p.c.SetCause(8)
	ok(t, p.c.Data(id, []byte("x"), true))
	p.c.SetCause(0)
	p.c.Poll(0, &o, 0)
	want := []Cause{{Rule: RulePreface}, {Tag: 7}, {Tag: 8}}
	if fmt.Sprint(o.Causes) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", o.Causes, want)
	}
}

func TestPadding(t *testing.T) {
	grow := func(frameLen, most int) int { return min(most, frameLen+10) }
	p := newPair(t, Config{SelectPadding: grow}, Config{})
	id := must(p.c.Open(post("/"), HeaderOptions{}))(t)
	ok(t, p.c.Data(id, []byte("hello"), true))
	p.pump(1)
	if p.body[1][id].String() != "hello" {
		t.Error("body", p.body[1][id])
	}
	p.conserved()
	if !bytes.Contains(p.wire[0], []byte("\x00\x00\x0f\x00\x09\x00\x00\x00\x01\x09hello\x00\x00\x00\x00\x00\x00\x00\x00\x00")) {
		t.Errorf("no padded DATA in %x", p.wire[0])
	}
}

func TestReentry(t *testing.T) {
	var c *Conn
	var got error
	c = New(Config{SelectPadding: func(n, most int) int { got = c.Ping([8]byte{}); return n }})
	must(c.Open(get("/"), HeaderOptions{End: true}))(t)
	if !errors.Is(got, ErrReentry) {
		t.Error(got)
	}
}

func TestUpgrade(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	ok(t, p.s.Upgrade([]byte("\x00\x04\x00\x00\x00\x05"), get("/")))
	ok(t, p.c.Upgrade(nil, get("/")))
	p.pump(3)
	p.has(1, "request 1 :method=GET :scheme=http :authority=localhost :path=/ END")
	if w, _ := p.s.StreamWindow(1); w.Send != 5 {
		t.Error("HTTP2-Settings are not in force: window", w.Send)
	}
	ok(t, p.s.Headers(1, status("200"), HeaderOptions{}))
	ok(t, p.s.Data(1, []byte("hello"), true))
	p.pump(3)
	p.has(0, "response 1 :status=200")
	p.has(0, "closed 1 NO_ERROR by 0")
	if id := must(p.c.Open(get("/2"), HeaderOptions{End: true}))(t); id != 3 {
		t.Error("the next request is on stream", id)
	}
	if err := p.s.Upgrade(nil, get("/")); !errors.Is(err, ErrState) {
		t.Error(err)
	}
	if err := New(Config{Role: Server}).Upgrade([]byte{1}, get("/")); !errors.Is(err, ErrArgument) {
		t.Error(err)
	}
	if err := New(Config{Role: Server}).Upgrade(nil, status("200")); !errors.Is(err, ErrField) {
		t.Error(err)
	}
}
