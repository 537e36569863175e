package conn

import (
	"errors"
	"fmt"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

func TestOriginAndAltSvc(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	ok(t, p.s.Origin([]string{"https://a.example", "https://b.example"}))
	ok(t, p.s.AltSvc(0, "https://a.example", `h3=":443"`))
	id := must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	p.pump(3)
	ok(t, p.s.AltSvc(id, "", `h2="alt:443"`))
	p.pump(3)
	p.has(0, "origin [https://a.example https://b.example]")
	p.has(0, `altsvc 0 [https://a.example] h3=":443"`)
	p.has(0, `altsvc 1 [] h2="alt:443"`)
	for _, err := range []error{p.c.Origin(nil), p.c.AltSvc(0, "x", "y")} {
		if !errors.Is(err, ErrState) {
			t.Error(err)
		}
	}
	for _, err := range []error{p.s.AltSvc(0, "", "y"), p.s.AltSvc(1, "x", "y"), p.s.Origin(make([]string, 20000))} {
		if !errors.Is(err, ErrArgument) {
			t.Error(err)
		}
	}
	// What has no meaning has no effect: on a stream, from a client, broken.
	for _, f := range [][]byte{
		frame.AppendRaw(nil, frame.Header{Type: frame.Origin, StreamID: 1}, nil),
		frame.AppendRaw(nil, frame.Header{Type: frame.Origin}, []byte{0, 9, 'x'}),
		frame.AppendAltSvc(nil, 1, "https://a.example", "v"),
	} {
		ok(t, p.s.Raw(f))
	}
	before := len(p.got[0])
	p.pump(1000)
	for _, g := range p.got[0][before:] {
		if g[:3] == "ori" || g[:3] == "alt" {
			t.Error("taken for good:", g)
		}
	}
	if p.c.Failed() != nil {
		t.Error(p.c.Failed())
	}
}

func TestExtendedConnect(t *testing.T) {
	ws := []hpack.Field{{Name: ":method", Value: "CONNECT"}, {Name: ":protocol", Value: "websocket"},
		{Name: ":scheme", Value: "https"}, {Name: ":path", Value: "/chat"}, {Name: ":authority", Value: "a"}}
	p := newPair(t, Config{}, Config{Settings: []frame.Setting{{ID: frame.EnableConnectProtocol, Value: 1}}})
	if _, err := p.c.Open(ws, HeaderOptions{}); !errors.Is(err, ErrState) {
		t.Error("before the server allowed it:", err)
	}
	p.pump(100)
	id := must(p.c.Open(ws, HeaderOptions{}))(t)
	p.pump(100)
	p.has(1, "request 1 :method=CONNECT :protocol=websocket")
	ok(t, p.s.Headers(id, status("200"), HeaderOptions{}))
	ok(t, p.s.Data(id, []byte("hi"), false))
	p.pump(100)
	p.has(0, "data 1 2")
	ok(t, p.s.Raw(frame.AppendSettings(nil, []frame.Setting{{ID: frame.EnableConnectProtocol, Value: 0}})))
	p.pump(100)
	p.has(0, "conn-error connection error PROTOCOL_ERROR: ENABLE_CONNECT_PROTOCOL went from 1 back to 0")

	plain := newPeer(t, Server)
	plain.headers(1, false, ":method", "CONNECT", ":protocol", "websocket", ":scheme", "https", ":path", "/", ":authority", "a")
	if got := plain.deliver(); got != bad1 {
		t.Errorf("not allowed, and answered %q", got)
	}
	get := newPeer(t, Server)
	get.get(1, true)
	get.headers(3, true, ":method", "GET", ":scheme", "http", ":path", "/", ":protocol", "websocket")
	if got := get.deliver(); got != "RST_STREAM 3 PROTOCOL_ERROR" {
		t.Errorf(":protocol in a GET is answered %q", got)
	}
}

func TestGrease(t *testing.T) {
	for n := range uint32(40) {
		s, typ := grease(n)
		if s.ID.Known() || s.ID&0x0f0f != 0x0a0a || typ.Known() || typ.String()[:7] != "UNKNOWN" {
			t.Errorf("grease %d is setting %v, type %v", n, s.ID, typ)
		}
	}
	p := newPair(t, Config{Grease: 7}, Config{Grease: 9})
	must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	p.pump(7)
	p.has(1, "unknown UNKNOWN")
	p.has(0, "unknown UNKNOWN")
	p.has(1, "request 1")
	s, _ := grease(7)
	if got := p.s.UnknownSettings(); fmt.Sprint(got) != fmt.Sprint([]frame.Setting{s}) {
		t.Error("unknown settings of the peer:", got)
	}
}
