package conn

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/priority"
)

// served opens a response of size octets on each stream and returns the streams
// of the DATA frames in the order in which they leave. The windows never stop
// them.
func served(t *testing.T, p *peer, size int, ids ...uint32) string {
	t.Helper()
	p.b = frame.AppendWindowUpdate(p.b, 0, 1<<30)
	p.raw(frame.Settings, 0, 0, 0, 4, 0x40, 0, 0, 0)
	if got := p.deliver(); got != "" {
		t.Fatal("answered", got)
	}
	for _, id := range ids {
		ok(t, p.c.Headers(id, status("200"), HeaderOptions{}))
		ok(t, p.c.Data(id, make([]byte, size), true))
	}
	var order []string
	var sp frame.Splitter
	var o Output
	for more := true; more; more = o.More {
		p.c.Poll(3, &o, 1<<20)
		for _, seg := range o.Segments {
			sp.Push(seg)
			for f, ok, _ := sp.Next(); ok; f, ok, _ = sp.Next() {
				if f.Type == frame.Data {
					order = append(order, fmt.Sprint(f.StreamID))
				}
			}
		}
	}
	return strings.Join(order, " ")
}

func TestServedInTurn(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true)
	p.get(3, true)
	if got := served(t, p, 40000, 1, 3); got != "1 3 1 3 1 3" {
		t.Error(got)
	}
}

func TestServedByUrgency(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true, "priority", "u=5")
	p.get(3, true, "priority", "u=1")
	p.get(5, true, "priority", "u=1")
	p.get(7, true, "priority", "u=3, i")
	p.get(9, true, "priority", "u=3, i")
	p.get(11, true, "priority", "u=") // broken: as if it were not there, u=3
	if got := served(t, p, 30000, 1, 3, 5, 7, 9, 11); got != "3 3 5 5 7 9 11 7 9 11 1 1" {
		t.Error(got)
	}
}

func TestPriorityUpdateBeforeAndAfter(t *testing.T) {
	p := newPeer(t, Server)
	p.b = frame.AppendPriorityUpdate(p.b, 3, []byte("u=0")) // stream 3 is idle
	p.get(1, true, "priority", "u=2")
	p.get(3, true, "priority", "u=7") // what came before overrides it
	p.get(5, true)
	p.b = frame.AppendPriorityUpdate(p.b, 5, []byte("u=1"))
	if got := served(t, p, 10, 1, 3, 5); got != "3 5 1" {
		t.Error(got)
	}
}

func TestServedByTree(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true)
	p.get(3, true)
	p.get(5, true)
	p.b = frame.AppendPriority(p.b, 1, frame.PriorityParam{StreamDep: 5, Weight: 15})  // 5 before 1
	p.b = frame.AppendPriority(p.b, 3, frame.PriorityParam{StreamDep: 0, Weight: 255}) // 256 against 16
	got := served(t, p, 16384*16, 1, 3, 5)
	if i, j := strings.Index(got, "1"), strings.LastIndex(got, "5"); i < j {
		t.Error("stream 1 was served before stream 5, on which it depends:", got)
	}
	if n := strings.Count(got[:2*17], "3"); n < 15 {
		t.Errorf("stream 3 has 16 times the weight and %d of the first 17 frames: %s", n, got)
	}
	if nodes := p.c.Priorities(nil); len(nodes) == 0 {
		t.Error("there is no tree to draw")
	}
}

// With NO_RFC7540_PRIORITIES the tree's signals have no effect (RFC 9218,
// section 2.1), and the setting can't change.
func TestNoTree(t *testing.T) {
	p := newPeer(t, Server)
	p.b = append([]byte(frame.Preface), frame.AppendSettings(nil, []frame.Setting{{ID: frame.NoRFC7540Priorities, Value: 1}})...)
	p.b = frame.AppendSettingsAck(p.b)
	p.get(1, true)
	p.get(3, true)
	p.b = frame.AppendPriority(p.b, 1, frame.PriorityParam{StreamDep: 3, Weight: 1})
	if got := served(t, p, 30000, 1, 3); got != "1 1 3 3" {
		t.Error(got)
	}
	p.raw(frame.Settings, 0, 0, 0, 9, 0, 0, 0, 0)
	if got := p.deliver(); got != protocol {
		t.Error("the setting changed, and the answer is", got)
	}
}

func TestPriorityUpdateRules(t *testing.T) {
	for name, c := range map[string]struct {
		role Role
		b    []byte
		want string
	}{
		"from a server":    {Client, frame.AppendPriorityUpdate(nil, 1, []byte("u=1")), protocol},
		"for stream 0":     {Server, frame.AppendPriorityUpdate(nil, 0, []byte("u=1")), protocol},
		"for no promise":   {Server, frame.AppendPriorityUpdate(nil, 2, []byte("u=1")), protocol},
		"on a stream":      {Server, frame.AppendRaw(nil, frame.Header{Type: frame.PriorityUpdate, StreamID: 1}, []byte{0, 0, 0, 1}), protocol},
		"too short":        {Server, frame.AppendRaw(nil, frame.Header{Type: frame.PriorityUpdate}, []byte{0, 0}), size},
		"a broken field":   {Server, frame.AppendPriorityUpdate(nil, 1, []byte("u=1, ,")), ""},
		"for a closed one": {Server, frame.AppendPriorityUpdate(nil, 1, nil), ""},
		"for an idle one":  {Server, frame.AppendPriorityUpdate(nil, 77, []byte("i")), ""},
	} {
		p := newPeer(t, c.role)
		if c.role == Server {
			p.get(1, false)
			p.b = frame.AppendRSTStream(p.b, 1, 8)
		}
		p.b = append(p.b, c.b...)
		if got := p.deliver(); got != c.want {
			t.Errorf("%s: answered %q, want %q", name, got, c.want)
		}
	}
	many := newPeer(t, Server)
	many.get(1, false)
	for i := range 101 {
		many.b = frame.AppendPriorityUpdate(many.b, nth(i+1), []byte("u=1"))
	}
	if got := many.deliver(); got != protocol {
		t.Errorf("for 101 idle streams: answered %q", got)
	}
	p := newPair(t, Config{}, Config{})
	id := must(p.c.Open(get("/"), HeaderOptions{End: true}))(t)
	ok(t, p.c.PriorityUpdate(id, "u=2, i"))
	p.pump(4)
	p.has(1, `priority-update 1 u=2, i`)
	for _, err := range []error{p.c.PriorityUpdate(id, "u=1, ,"), p.s.PriorityUpdate(id, ""), p.c.PriorityUpdate(2, "")} {
		var m *Misuse
		if !errors.As(err, &m) {
			t.Error(err)
		}
	}
}

// TestUpdateIsKept: what PRIORITY_UPDATE said of a stream before it opened counts
// however many streams are named, and left out, before its response begins.
func TestUpdateIsKept(t *testing.T) {
	p := newPeer(t, Server)
	p.b = frame.AppendPriorityUpdate(p.b, 3, []byte("u=0"))
	p.get(1, true)
	p.get(3, true)
	id := uint32(3)
	for range 2 * priority.DefaultKept {
		id += 4 // the one in between opens, this one closes unused
		p.b = frame.AppendPriorityUpdate(p.b, id-2, []byte("u=7"))
		p.get(id, true)
		p.b = frame.AppendRSTStream(p.b, id, frame.Cancel)
	}
	if got := served(t, p, 10, 1, 3); got != "3 1" {
		t.Error(got)
	}
}

// TestIdleUpdatesBeyondKept: the limit on streams that are named before they open
// holds beyond what the scheduler keeps (RFC 9218, section 7.1).
func TestIdleUpdatesBeyondKept(t *testing.T) {
	const limit = 3 * priority.DefaultKept
	p := newPeer(t, Server)
	p.c.cfg.Limits.MaxConcurrent, p.c.cfg.Limits.Priorities = limit, 10*limit
	name := func(i int) string {
		p.b = frame.AppendPriorityUpdate(p.b, uint32(2*i+1), []byte("u=1"))
		return p.deliver()
	}
	for _, order := range []func(i int) int{func(i int) int { return limit - 1 - i }, func(i int) int { return i }} {
		for i := range limit { // twice the same ones
			if got := name(order(i)); got != "" {
				t.Fatal(i, got)
			}
		}
	}
	if got := name(limit); got != protocol {
		t.Errorf("one more: %q", got)
	}
}

// TestConnWindowBlocks: streams that wait for the connection's window go on in
// order when it opens, and one that was reset meanwhile does not.
func TestConnWindowBlocks(t *testing.T) {
	p := newPeer(t, Server)
	for _, id := range []uint32{1, 3, 5, 7} {
		p.get(id, true)
	}
	p.deliver()
	for _, id := range []uint32{1, 3, 5, 7} {
		ok(t, p.c.Headers(id, status("200"), HeaderOptions{}))
	}
	ok(t, p.c.Data(7, make([]byte, 65535), false)) // the whole window
	p.answer()
	for _, id := range []uint32{1, 3, 5} {
		ok(t, p.c.Data(id, []byte("x"), true))
	}
	ok(t, p.c.Data(7, nil, true)) // an end needs no window
	p.answer()
	if p.c.StreamState(7) != ClosedByEnd || p.c.StreamState(1).Closed() {
		t.Fatal(p.c.StreamState(7), p.c.StreamState(1))
	}
	ok(t, p.c.Reset(3, frame.Cancel))
	p.b = frame.AppendWindowUpdate(nil, 0, 10)
	p.deliver()
	if p.c.StreamState(1) != ClosedByEnd || p.c.StreamState(5) != ClosedByEnd || p.c.sendWindow != 8 {
		t.Error(p.c.StreamState(1), p.c.StreamState(5), p.c.sendWindow)
	}
	if n := p.c.ready.sched.Len(); n != 0 {
		t.Error("the scheduler holds", n)
	}
}

// TestPiecesAreServedByUrgency: a response that its owner hands over in pieces,
// each when the one before has left, is not overtaken between two of them by what
// is less urgent; and one whose owner is late holds up nobody.
func TestPiecesAreServedByUrgency(t *testing.T) {
	p := newPeer(t, Server)
	p.get(1, true, "priority", "u=5")
	p.get(3, true, "priority", "u=1")
	ok(t, p.c.Receive(1, p.b))
	left := map[uint32]int{1: 3, 3: 3}
	next := func(id uint32) {
		if left[id]--; left[id] >= 0 {
			ok(t, p.c.Data(id, make([]byte, 5000), false))
		}
	}
	for _, id := range []uint32{1, 3} {
		ok(t, p.c.Headers(id, status("200"), HeaderOptions{}))
		next(id)
	}
	var order []string
	var o Output
	var sp frame.Splitter
	for again := true; again; again = o.More || len(o.Events) > 0 {
		p.c.Poll(3, &o, 1<<20)
		for _, seg := range o.Segments {
			sp.Push(seg)
			for f, ok, _ := sp.Next(); ok; f, ok, _ = sp.Next() {
				if f.Type == frame.Data {
					order = append(order, fmt.Sprint(f.StreamID))
				}
			}
		}
		for _, e := range o.Events {
			if e.Kind == EvWritable {
				next(e.StreamID)
			}
		}
	}
	if got := strings.Join(order, " "); got != "3 3 3 1 1 1" {
		t.Error(got)
	}
}
