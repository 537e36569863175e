package conn

import (
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// verbs is octets that become verbs.
type verbs struct {
	in []byte
}

func (v *verbs) octet() byte {
	if len(v.in) == 0 {
		return 0
	}
	b := v.in[0]
	v.in = v.in[1:]
	return b
}

func (v *verbs) more() bool { return len(v.in) > 0 }

// size is a number of octets, small or large.
func (v *verbs) size() int { b := int(v.octet()); return b * b * 3 }

// fuzzEnds is a client and a server that are joined by slices.
type fuzzEnds struct {
	t      *testing.T
	c      [2]*Conn
	o      [2]Output
	now    int64
	hasty  bool // time was let pass: timeouts are in order
	goAway bool // a GOAWAY was sent: its sender ignores streams
}

// FuzzVerbs turns octets into verbs of a client and a server that talk to each
// other. Nothing panics, misuse is typed and costs nothing, the books are right,
// and whatever the verbs are, neither end sends what the other must refuse.
func FuzzVerbs(f *testing.F) {
	f.Add([]byte{0, 2, 30, 2, 1, 40, 31, 200, 1, 1, 1, 33, 1, 200, 30, 2, 33, 1, 200, 31, 255})
	f.Add([]byte{0, 0, 30, 255, 37, 1, 33, 2, 20, 41, 3, 0, 1, 2, 0, 30, 5, 4, 1, 8, 41, 2, 1, 200, 30, 1})
	f.Add([]byte{8, 3, 1, 40, 3, 5, 30, 200, 0, 1, 2, 1, 255, 30, 200, 8, 3, 0, 40, 3, 3, 30, 200, 42, 1, 99, 30, 200})
	f.Add([]byte{0, 3, 0, 1, 30, 9, 9, 1, 41, 1, 3, 43, 5, 30, 255, 2, 3, 9, 12, 1, 30, 255, 44, 30, 9})
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 2000 {
			return
		}
		v := &verbs{in}
		e := &fuzzEnds{t: t, now: 1}
		e.c[Client], e.c[Server] = New(Config{}), New(Config{Role: Server})
		for v.more() {
			op := v.octet()
			e.do(v, Role(op>>5&1), op&31)
			e.audit()
		}
		for range 1000 {
			if !e.pump(4096) {
				break
			}
		}
		for _, c := range e.c {
			c.End(e.now)
		}
		e.audit()
	})
}

func (e *fuzzEnds) audit() {
	e.t.Helper()
	for _, c := range e.c {
		if s := audit(c); s != "" {
			e.t.Fatalf("%v: %s", c.Role(), s)
		}
	}
}

var fuzzFields = [][]hpack.Field{
	fuzzRequest,
	{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "a"}, {Name: ":path", Value: "/"}},
	{{Name: ":status", Value: "200"}}, {{Name: ":status", Value: "103"}}, {{Name: "sum", Value: "1", Sensitive: true}},
	{{Name: "Bad", Value: "x"}}, {{Name: ":status", Value: "101"}}, {{Name: "connection", Value: "close"}}, {{Name: "x", Value: "a\nb"}}, nil,
	{{Name: ":method", Value: "CONNECT"}, {Name: ":authority", Value: "a:1"}},
	{{Name: ":method", Value: "HEAD"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "a"}, {Name: ":path", Value: "/"}},
}

// do calls one verb.
func (e *fuzzEnds) do(v *verbs, who Role, op byte) {
	c := e.c[who]
	var err error
	id := func() uint32 { return uint32(v.octet() % 18) }
	fields := func() []hpack.Field { return fuzzFields[int(v.octet())%len(fuzzFields)] }
	switch op {
	case 0:
		b := v.octet()
		_, err = c.Open(fuzzFields[int(b>>1)%len(fuzzFields)], HeaderOptions{End: b&1 != 0})
	case 1:
		err = c.Headers(id(), fields(), HeaderOptions{End: v.octet()&1 != 0})
	case 2, 3:
		err = c.Data(id(), make([]byte, v.size()), op == 3)
	case 4:
		err = c.Reset(id(), frame.ErrCode(v.octet()%16))
	case 5:
		_, err = c.Push(id(), fields())
	case 6:
		err = c.Priority(id(), frame.PriorityParam{StreamDep: id(), Weight: v.octet()})
	case 7:
		err = c.Ping([8]byte{v.octet()})
	case 8:
		err = c.Settings([]frame.Setting{{ID: frame.SettingID(v.octet() % 10), Value: uint32(v.size())}})
	case 9:
		if err = c.GoAway(uint32(v.octet()), frame.NoError, nil); err == nil {
			e.goAway = true
		}
	case 10:
		err = c.Consume(id(), v.size())
	case 11:
		e.hasty = true
		e.now += int64(v.octet()) * 1e9
		c.Tick(e.now)
	case 12:
		c.End(e.now)
		e.c[1-who].End(e.now)
	case 13:
		err = c.Headers(id(), nil, HeaderOptions{Priority: &frame.PriorityParam{}})
	case 14:
		c.Release()
	default:
		e.pump(1 + int(v.octet()))
	}
	checkMisuse(e.t, err)
}

// pump moves octets once both ways, in pieces of n, and consumes DATA now and
// then.
func (e *fuzzEnds) pump(n int) (busy bool) {
	for who, c := range e.c {
		e.now += 1e6
		o := &e.o[who]
		c.Poll(e.now, o, 1+n*50)
		for i, ev := range o.Events {
			e.event(c, ev, i)
		}
		busy = busy || o.Octets > 0 || len(o.Events) > 0
		for _, s := range o.Segments {
			for ; len(s) > 0; s = s[min(n, len(s)):] {
				if err := e.c[1-who].Receive(e.now, s[:min(n, len(s))]); err != nil && err != ErrEnded {
					e.t.Fatal(err)
				}
			}
		}
	}
	return busy
}

func (e *fuzzEnds) event(c *Conn, ev Event, i int) {
	switch ev.Kind {
	case EvData:
		if i%3 > 0 {
			checkMisuse(e.t, c.Consume(ev.StreamID, len(ev.Data)))
		}
	case EvConnError:
		if calm := ev.Code == frame.EnhanceYourCalm; !calm && !(e.hasty && (ev.Code == frame.SettingsTimeout || ev.Code == frame.NoError)) {
			e.t.Fatalf("the %v refuses what the other sends: %v", c.Role(), ev.Err)
		}
	case EvStreamError:
		if ev.Code == frame.RefusedStream || ev.Code == frame.EnhanceYourCalm || e.goAway && ev.Code == frame.StreamClosed {
			return
		}
		e.t.Fatalf("the %v refuses what the other sends: %v", c.Role(), ev.Err)
	}
}
