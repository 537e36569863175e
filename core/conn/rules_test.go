package conn

import (
	"fmt"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// peer scripts the other end of a connection by hand.
type peer struct {
	t   *testing.T
	c   *Conn
	enc *hpack.Encoder
	b   []byte
}

func newPeer(t *testing.T, role Role) *peer {
	p := &peer{t: t, c: New(Config{Role: role}), enc: hpack.NewEncoder()}
	if role == Server {
		p.b = append(p.b, frame.Preface...)
	}
	p.b = frame.AppendSettings(p.b, nil)
	p.b = frame.AppendSettingsAck(p.b)
	return p
}

func (p *peer) headers(id uint32, end bool, kv ...string) {
	var f []hpack.Field
	for i := 0; i < len(kv); i += 2 {
		f = append(f, hpack.Field{Name: kv[i], Value: kv[i+1]})
	}
	p.b = frame.AppendHeaders(p.b, id, p.enc.AppendBlock(nil, f), end, true, nil, frame.NoPadding)
}

func (p *peer) get(id uint32, end bool, more ...string) {
	p.headers(id, end, append([]string{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/"}, more...)...)
}

func (p *peer) raw(t frame.Type, flags frame.Flags, id uint32, payload ...byte) {
	p.b = frame.AppendRaw(p.b, frame.Header{Type: t, Flags: flags, StreamID: id}, payload)
}

// deliver gives what was scripted to the connection and says what it answered
// with: its RST_STREAM and GOAWAY frames, in order.
func (p *peer) deliver() string {
	p.t.Helper()
	if err := p.c.Receive(1, p.b); err != nil {
		p.t.Fatal(err)
	}
	p.b = nil
	return p.answer()
}

func (p *peer) answer() string { return p.answerAt(1) }

func (p *peer) answerAt(now int64) string {
	p.t.Helper()
	var o Output
	p.c.Poll(now, &o, 0)
	var b []byte
	for _, s := range o.Segments {
		b = append(b, s...)
	}
	b = []byte(strings.TrimPrefix(string(b), frame.Preface))
	var sp frame.Splitter
	sp.Push(b)
	var out []string
	for {
		f, ok, err := sp.Next()
		if err != nil {
			p.t.Fatal(err)
		}
		if !ok {
			return strings.Join(out, ", ")
		}
		switch f.Type {
		case frame.RSTStream:
			code, _ := frame.ParseRSTStream(f)
			out = append(out, fmt.Sprintf("RST_STREAM %d %v", f.StreamID, code))
		case frame.GoAway:
			g, _ := frame.ParseGoAway(f)
			out = append(out, fmt.Sprintf("GOAWAY %v", g.Code))
		}
	}
}

// rule is a rule of RFC 9113 that a peer breaks, and how we must answer.
type rule struct {
	section string
	name    string
	role    Role
	script  func(p *peer)
	want    string
}

func TestRules(t *testing.T) {
	for _, r := range rules9113 {
		t.Run(r.section+" "+r.name, func(t *testing.T) {
			p := newPeer(t, r.role)
			r.script(p)
			if got := p.deliver(); got != r.want {
				t.Errorf("answered %q, want %q", got, r.want)
			}
		})
	}
}

const (
	protocol = "GOAWAY PROTOCOL_ERROR"
	size     = "GOAWAY FRAME_SIZE_ERROR"
	closed   = "GOAWAY STREAM_CLOSED"
	flow     = "GOAWAY FLOW_CONTROL_ERROR"
	calm     = "GOAWAY ENHANCE_YOUR_CALM"
	bad1     = "RST_STREAM 1 PROTOCOL_ERROR"
)

// asked is a client with a request out on stream 1.
func asked(p *peer) {
	if _, err := p.c.Open(get("/"), HeaderOptions{End: true}); err != nil {
		p.t.Fatal(err)
	}
}

var rules9113 = []rule{
	{"3.4", "no preface", Server, func(p *peer) { p.b = []byte("GET / HTTP/1.1\r\n\r\n") }, protocol},
	{"3.4", "a server that speaks HTTP/1.1", Client, func(p *peer) { p.b = []byte("HTTP/1.1 400 Bad Request\r\n\r\n") }, protocol},
	{"3.4", "first frame is no SETTINGS", Server, func(p *peer) {
		p.b = frame.AppendPing([]byte(frame.Preface), [8]byte{}, false)
	}, protocol},
	{"3.4", "first frame is SETTINGS with ACK", Client, func(p *peer) { p.b = frame.AppendSettingsAck(nil) }, protocol},
	{"4.2", "a frame above MAX_FRAME_SIZE", Server, func(p *peer) { p.raw(frame.Data, 0, 1, make([]byte, 16385)...) }, size},
	{"4.3", "a frame within a field block", Server, func(p *peer) {
		p.raw(frame.Headers, 0, 1, 0x82)
		p.raw(frame.Ping, 0, 0, make([]byte, 8)...)
	}, protocol},
	{"4.3", "a block that HPACK can't decode", Server, func(p *peer) { p.raw(frame.Headers, 5, 1, 0xff, 0xff, 0xff, 0xff, 0x7f) }, "GOAWAY COMPRESSION_ERROR"},
	{"5.1", "DATA on an idle stream", Server, func(p *peer) { p.raw(frame.Data, 0, 1) }, protocol},
	{"5.1", "RST_STREAM on an idle stream", Server, func(p *peer) { p.b = frame.AppendRSTStream(p.b, 1, 0) }, protocol},
	{"5.1", "WINDOW_UPDATE on an idle stream", Server, func(p *peer) { p.b = frame.AppendWindowUpdate(p.b, 1, 1) }, protocol},
	{"5.1", "DATA when half-closed (remote)", Server, func(p *peer) { p.get(1, true); p.raw(frame.Data, 0, 1) }, "RST_STREAM 1 STREAM_CLOSED"},
	{"5.1", "HEADERS when half-closed (remote)", Server, func(p *peer) { p.get(1, true); p.get(1, true) }, "RST_STREAM 1 STREAM_CLOSED"},
	{"5.1", "DATA after the peer's RST_STREAM", Server, func(p *peer) {
		p.get(1, false)
		p.b = frame.AppendRSTStream(p.b, 1, 8)
		p.raw(frame.Data, 0, 1)
	}, "RST_STREAM 1 STREAM_CLOSED"},
	{"5.1.1", "an even stream from a client", Server, func(p *peer) { p.get(2, true) }, protocol},
	{"5.1.1", "identifiers that fall", Server, func(p *peer) { p.get(5, true); p.get(3, true) }, protocol},
	{"5.1", "HEADERS on a stream that ended before", Client, func(p *peer) {
		asked(p)
		p.headers(1, true, ":status", "200")
		p.headers(1, true, ":status", "200")
	}, closed},
	{"5.1.1", "HEADERS from a server on a stream that nobody opened", Client, func(p *peer) { p.headers(3, true, ":status", "200") }, protocol},
	{"5.3.1", "a stream that depends on itself", Server, func(p *peer) {
		p.get(1, true)
		p.b = frame.AppendPriority(p.b, 1, frame.PriorityParam{StreamDep: 1})
	}, bad1},
	{"5.3.1", "an idle stream that depends on itself", Server, func(p *peer) {
		p.b = frame.AppendPriority(p.b, 1, frame.PriorityParam{StreamDep: 1})
	}, protocol},
	{"8.3.1", "host twice", Server, func(p *peer) { p.get(1, true, "host", "b", "host", "a") }, bad1},
	{"8.5", "HEADERS in a tunnel", Server, func(p *peer) {
		p.headers(1, false, ":method", "CONNECT", ":authority", "a:1")
		p.headers(1, true, "a", "b")
	}, bad1},
	{"5.5", "an unknown type is ignored", Server, func(p *peer) { p.raw(0xbe, 0xff, 7, 1, 2, 3) }, ""},
	{"6.1", "DATA on stream 0", Server, func(p *peer) { p.raw(frame.Data, 0, 0) }, protocol},
	{"6.1", "padding as long as the payload", Server, func(p *peer) { p.get(1, false); p.raw(frame.Data, 8, 1, 4, 0, 0, 0) }, protocol},
	{"6.2", "HEADERS on stream 0", Server, func(p *peer) { p.raw(frame.Headers, 5, 0, 0x82) }, protocol},
	{"6.3", "PRIORITY of four octets", Server, func(p *peer) { p.get(1, false); p.raw(frame.Priority, 0, 1, 0, 0, 0, 0) }, "RST_STREAM 1 FRAME_SIZE_ERROR"},
	{"6.4", "RST_STREAM of three octets", Server, func(p *peer) { p.get(1, false); p.raw(frame.RSTStream, 0, 1, 0, 0, 0) }, size},
	{"6.5", "SETTINGS on a stream", Server, func(p *peer) { p.raw(frame.Settings, 0, 1) }, protocol},
	{"6.5", "ACK with a payload", Server, func(p *peer) { p.raw(frame.Settings, 1, 0, 0, 1, 0, 0, 0, 0) }, size},
	{"6.5", "ACK that nobody waits for", Server, func(p *peer) { p.b = frame.AppendSettingsAck(p.b) }, protocol},
	{"6.5.2", "ENABLE_PUSH is 2", Server, func(p *peer) { p.raw(frame.Settings, 0, 0, 0, 2, 0, 0, 0, 2) }, protocol},
	{"6.5.2", "ENABLE_PUSH is 1 from a server", Client, func(p *peer) { p.raw(frame.Settings, 0, 0, 0, 2, 0, 0, 0, 1) }, protocol},
	{"6.5.2", "INITIAL_WINDOW_SIZE is 2^31", Server, func(p *peer) { p.raw(frame.Settings, 0, 0, 0, 4, 0x80, 0, 0, 0) }, flow},
	{"6.5.2", "MAX_FRAME_SIZE is 16383", Server, func(p *peer) { p.raw(frame.Settings, 0, 0, 0, 5, 0, 0, 0x3f, 0xff) }, protocol},
	{"6.5.2", "MAX_FRAME_SIZE is 2^24", Server, func(p *peer) { p.raw(frame.Settings, 0, 0, 0, 5, 1, 0, 0, 0) }, protocol},
	{"6.6", "PUSH_PROMISE from a client", Server, func(p *peer) { p.get(1, false); p.raw(frame.PushPromise, 4, 1, 0, 0, 0, 2, 0x82) }, protocol},
	{"6.6", "PUSH_PROMISE on an idle stream", Client, func(p *peer) { p.raw(frame.PushPromise, 4, 1, 0, 0, 0, 2, 0x82, 0x86, 0x84) }, protocol},
	{"6.7", "PING of seven octets", Server, func(p *peer) { p.raw(frame.Ping, 0, 0, make([]byte, 7)...) }, size},
	{"6.7", "PING on a stream", Server, func(p *peer) { p.raw(frame.Ping, 0, 1, make([]byte, 8)...) }, protocol},
	{"6.8", "GOAWAY on a stream", Server, func(p *peer) { p.raw(frame.GoAway, 0, 1, make([]byte, 8)...) }, protocol},
	{"6.8", "GOAWAY that raises the last stream", Client, func(p *peer) {
		p.b = frame.AppendGoAway(p.b, 1, 0, nil)
		p.b = frame.AppendGoAway(p.b, 3, 0, nil)
	}, protocol},
	{"6.9", "WINDOW_UPDATE of 0 on the connection", Server, func(p *peer) { p.raw(frame.WindowUpdate, 0, 0, 0, 0, 0, 0) }, protocol},
	{"6.9", "WINDOW_UPDATE of 0 on a stream", Server, func(p *peer) { p.get(1, false); p.raw(frame.WindowUpdate, 0, 1, 0, 0, 0, 0) }, bad1},
	{"6.9", "WINDOW_UPDATE of three octets", Server, func(p *peer) { p.get(1, false); p.raw(frame.WindowUpdate, 0, 1, 0, 0, 1) }, size},
	{"6.9", "DATA beyond the windows", Server, func(p *peer) {
		p.get(1, false)
		for range 4 {
			p.raw(frame.Data, 0, 1, make([]byte, 16384)...)
		}
	}, flow},
	{"6.9.1", "the connection's window overflows", Server, func(p *peer) { p.b = frame.AppendWindowUpdate(p.b, 0, frame.MaxWindow) }, flow},
	{"6.9.1", "a stream's window overflows", Server, func(p *peer) { p.get(1, false); p.b = frame.AppendWindowUpdate(p.b, 1, frame.MaxWindow) }, "RST_STREAM 1 FLOW_CONTROL_ERROR"},
	{"6.9.2", "a stream's window overflows by SETTINGS", Server, func(p *peer) {
		p.get(1, false)
		p.b = frame.AppendWindowUpdate(p.b, 1, frame.MaxWindow-65535)
		p.raw(frame.Settings, 0, 0, 0, 4, 0, 1, 0, 0)
	}, flow},
	{"6.10", "CONTINUATION without a block", Server, func(p *peer) { p.raw(frame.Continuation, 4, 1) }, protocol},
	{"6.10", "CONTINUATION on another stream", Server, func(p *peer) { p.raw(frame.Headers, 0, 1, 0x82); p.raw(frame.Continuation, 4, 3) }, protocol},
	{"8.1", "trailers without END_STREAM", Server, func(p *peer) { p.get(1, false); p.headers(1, false, "a", "b") }, bad1},
	{"8.1", "a pseudo-header field in trailers", Server, func(p *peer) { p.get(1, false); p.headers(1, true, ":path", "/") }, bad1},
	{"8.1", "DATA before the response", Client, func(p *peer) { asked(p); p.raw(frame.Data, 0, 1) }, bad1},
	{"8.1.1", "content-length above DATA", Server, func(p *peer) { p.get(1, false, "content-length", "2"); p.raw(frame.Data, 1, 1, 'x') }, bad1},
	{"8.1.1", "content-length below DATA", Server, func(p *peer) { p.get(1, false, "content-length", "0"); p.raw(frame.Data, 0, 1, 'x') }, bad1},
	{"8.1.1", "content-length and no DATA", Server, func(p *peer) { p.get(1, true, "content-length", "1") }, bad1},
	{"8.1.1", "content in a 204", Client, func(p *peer) { asked(p); p.headers(1, false, ":status", "204"); p.raw(frame.Data, 1, 1, 'x') }, bad1},
	{"8.2.1", "an upper-case name", Server, func(p *peer) { p.get(1, true, "Accept", "x") }, bad1},
	{"8.2.1", "a value that begins with a space", Server, func(p *peer) { p.get(1, true, "a", " x") }, bad1},
	{"8.2.1", "a value with CR", Server, func(p *peer) { p.get(1, true, "a", "x\ry") }, bad1},
	{"8.2.2", "connection", Server, func(p *peer) { p.get(1, true, "connection", "close") }, bad1},
	{"8.2.2", "te: gzip", Server, func(p *peer) { p.get(1, true, "te", "gzip") }, bad1},
	{"8.2.2", "te: trailers is fine", Server, func(p *peer) { p.get(1, true, "te", "trailers") }, ""},
	{"8.3", "a pseudo-header field behind a regular one", Server, func(p *peer) {
		p.headers(1, true, ":method", "GET", ":scheme", "http", "a", "b", ":path", "/")
	}, bad1},
	{"8.3", "an unknown pseudo-header field", Server, func(p *peer) { p.headers(1, true, ":method", "GET", ":scheme", "http", ":path", "/", ":x", "y") }, bad1},
	{"8.3", ":status in a request", Server, func(p *peer) { p.headers(1, true, ":method", "GET", ":scheme", "http", ":path", "/", ":status", "200") }, bad1},
	{"8.3.1", ":path twice", Server, func(p *peer) { p.headers(1, true, ":method", "GET", ":scheme", "http", ":path", "/", ":path", "/") }, bad1},
	{"8.3.1", "no :method", Server, func(p *peer) { p.headers(1, true, ":scheme", "http", ":path", "/") }, bad1},
	{"8.3.1", "an empty :path", Server, func(p *peer) { p.headers(1, true, ":method", "GET", ":scheme", "http", ":path", "") }, bad1},
	{"8.3.1", "host differs from :authority", Server, func(p *peer) { p.get(1, true, "host", "b") }, bad1},
	{"8.3.2", "no :status", Client, func(p *peer) { asked(p); p.headers(1, true, "a", "b") }, bad1},
	{"8.3.2", ":status of two digits", Client, func(p *peer) { asked(p); p.headers(1, true, ":status", "20") }, bad1},
	{"8.4", "a promised POST", Client, func(p *peer) {
		asked(p)
		block := p.enc.AppendBlock(nil, post("/"))
		p.b = frame.AppendPushPromise(p.b, 1, 2, block, true, frame.NoPadding)
	}, "RST_STREAM 2 PROTOCOL_ERROR"},
	{"8.5", "CONNECT with :path", Server, func(p *peer) { p.headers(1, false, ":method", "CONNECT", ":authority", "a:1", ":path", "/") }, bad1},
	{"8.5", "CONNECT as it should be", Server, func(p *peer) { p.headers(1, false, ":method", "CONNECT", ":authority", "a:1") }, ""},
	{"8.6", "101", Client, func(p *peer) { asked(p); p.headers(1, false, ":status", "101") }, bad1},
	{"10.5", "SETTINGS with 33 entries", Server, func(p *peer) { p.raw(frame.Settings, 0, 0, make([]byte, 33*6)...) }, calm},
	{"10.5.1", "a flood of CONTINUATION", Server, func(p *peer) {
		p.raw(frame.Headers, 0, 1, 0x82)
		for range 9 {
			p.raw(frame.Continuation, 0, 1, 0x86)
		}
	}, calm},
	{"10.5.1", "an empty CONTINUATION that is not the last", Server, func(p *peer) { p.raw(frame.Headers, 0, 1, 0x82); p.raw(frame.Continuation, 0, 1) }, calm},
	{"10.5.1", "too many fields cost the stream, not the connection", Server, func(p *peer) {
		var many []string
		for i := range 300 {
			many = append(many, fmt.Sprint("x", i), "y")
		}
		p.get(1, true, many...)
		p.get(3, true)
	}, "RST_STREAM 1 ENHANCE_YOUR_CALM"},
}

// TestStates brings a stream into each state and gives it each input that a
// peer has: the answer must be the table's.
func TestStates(t *testing.T) {
	for _, role := range []Role{Client, Server} {
		for s := Idle; s < states; s++ {
			enter := entrance(role, s)
			for in := RecvHeaders; in < inputs; in++ {
				if enter == nil || in == RecvReserve || in == RecvEnd {
					continue // RecvReserve and RecvEnd come with other inputs
				}
				t.Run(fmt.Sprintf("%v %v(%d) %v", role, s, s, in), func(t *testing.T) {
					p := newPeer(t, role)
					id := enter(p)
					if got := p.deliver(); strings.Contains(got, "GOAWAY") {
						t.Fatal("on the way:", got)
					}
					if got := p.c.StreamState(id); got != s {
						t.Fatalf("the way leads to %v (%d), not to %v", got, got, s)
					}
					ended := give(p, id, in)
					got := p.deliver()
					checkEffect(t, p, role, id, s, in, ended, got)
				})
			}
		}
	}
}

func checkEffect(t *testing.T, p *peer, role Role, id uint32, s State, in Input, ended bool, got string) {
	t.Helper()
	step := Step(s, in)
	want := map[Effect]string{Accept: "", Ignore: "", Illegal: protocol,
		ConnErrorClosed: closed, StreamErrorClosed: fmt.Sprintf("RST_STREAM %d STREAM_CLOSED", id)}[step.Effect]
	switch {
	case in == RecvPromise && role == Server:
		want = protocol // section 8.4: clients can't push
	case in == RecvHeaders && s == Idle && role == Client:
		want = protocol // section 5.1.1: a server begins with PUSH_PROMISE
	case in == RecvPromise && s == ClosedBySentReset:
		want = "RST_STREAM 100 REFUSED_STREAM" // section 6.6: it was under way
	}
	if got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
	if ended {
		step = Step(step.Next, RecvEnd)
	}
	if next := p.c.StreamState(id); want == "" && next != step.Next {
		t.Errorf("then %v, want %v", next, step.Next)
	}
}

// give scripts a frame for an input: legal in all but, perhaps, the state. It
// returns whether END_STREAM had to come with it.
func give(p *peer, id uint32, in Input) (ended bool) {
	state := p.c.StreamState(id)
	takes := state == Open || state == HalfClosedLocal
	switch in {
	case RecvHeaders:
		if p.c.Role() == Client {
			p.headers(id, false, ":status", "103")
		} else if takes {
			p.headers(id, true, "trailer", "x") // what follows a request is its trailer section
			return true
		} else {
			p.get(id, false)
		}
	case RecvData:
		if p.c.Role() == Client && takes {
			p.headers(id, false, ":status", "200") // DATA follows the head
		}
		p.raw(frame.Data, 0, id)
	case RecvReset:
		p.b = frame.AppendRSTStream(p.b, id, frame.Cancel)
	case RecvWindow:
		p.b = frame.AppendWindowUpdate(p.b, id, 1)
	case RecvPriority:
		p.b = frame.AppendPriority(p.b, id, frame.PriorityParam{Weight: 1})
	case RecvPromise:
		block := p.enc.AppendBlock(nil, get("/pushed"))
		p.b = frame.AppendPushPromise(p.b, id, 100, block, true, frame.NoPadding)
	}
	return false
}

// entrance is a way into a state: it returns the stream's identifier. nil where
// a role can't get there.
func entrance(role Role, s State) func(p *peer) uint32 {
	if role == Server {
		return serverEntrance(s)
	}
	open := func(p *peer, end bool) uint32 {
		f := post("/")
		id, err := p.c.Open(f, HeaderOptions{End: end})
		if err != nil {
			p.t.Fatal(err)
		}
		p.headers(id, false, ":status", "200")
		return id
	}
	switch s {
	case Idle:
		return func(*peer) uint32 { return 1 }
	case ReservedRemote:
		return func(p *peer) uint32 {
			give(p, open(p, false), RecvPromise)
			return 100
		}
	case Open:
		return func(p *peer) uint32 {
			id, err := p.c.Open(post("/"), HeaderOptions{})
			if err != nil {
				p.t.Fatal(err)
			}
			p.headers(id, false, ":status", "103")
			p.headers(id, false, ":status", "103")
			return id
		}
	case HalfClosedRemote:
		return func(p *peer) uint32 { id := open(p, false); p.raw(frame.Data, 1, id); return id }
	case ClosedByEnd:
		return func(p *peer) uint32 { id := open(p, true); p.raw(frame.Data, 1, id); return id }
	case ClosedByReset:
		return func(p *peer) uint32 { id := open(p, false); p.b = frame.AppendRSTStream(p.b, id, 8); return id }
	case ClosedBySentReset:
		return func(p *peer) uint32 { id := open(p, false); ok(p.t, p.c.Reset(id, 8)); p.b = p.b[:18]; return id }
	case HalfClosedLocal:
		return func(p *peer) uint32 {
			id, err := p.c.Open(post("/"), HeaderOptions{End: true})
			if err != nil {
				p.t.Fatal(err)
			}
			return id
		}
	}
	return nil // reserved (local) is a server's; a client's own identifiers have no gaps
}

func serverEntrance(s State) func(p *peer) uint32 {
	post := func(p *peer, id uint32, end bool) {
		p.headers(id, end, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/")
	}
	switch s {
	case Idle:
		return func(*peer) uint32 { return 1 }
	case Open:
		return func(p *peer) uint32 { post(p, 1, false); return 1 }
	case HalfClosedRemote:
		return func(p *peer) uint32 { post(p, 1, true); return 1 }
	case HalfClosedLocal:
		return func(p *peer) uint32 {
			post(p, 1, false)
			p.deliver()
			ok(p.t, p.c.Headers(1, status("200"), HeaderOptions{End: true}))
			return 1
		}
	case ReservedLocal:
		return func(p *peer) uint32 {
			post(p, 1, true)
			p.deliver()
			id, err := p.c.Push(1, get("/pushed"))
			ok(p.t, err)
			return id
		}
	case ClosedByEnd:
		return func(p *peer) uint32 {
			post(p, 1, true)
			p.deliver()
			ok(p.t, p.c.Headers(1, status("200"), HeaderOptions{End: true}))
			return 1
		}
	case ClosedUnused:
		return func(p *peer) uint32 { post(p, 5, true); return 3 }
	case ClosedByReset:
		return func(p *peer) uint32 { post(p, 1, false); p.b = frame.AppendRSTStream(p.b, 1, 8); return 1 }
	case ClosedBySentReset:
		return func(p *peer) uint32 { post(p, 1, false); p.deliver(); ok(p.t, p.c.Reset(1, 8)); return 1 }
	}
	return nil
}
