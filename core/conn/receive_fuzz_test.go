package conn

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// audit holds the books of a connection against each other: what must be true
// between any two calls. It is "" or says what is wrong.
func audit(c *Conn) string {
	var held, fields int64
	var active [2]int
	for id, s := range c.streams {
		what := fmt.Sprintf("stream %d, %v: ", id, s.state)
		if s.id != id || s.state == Idle {
			return what + "it must not be kept"
		}
		if s.state.Closed() && (s.state != ClosedByEnd || s.recv.held == 0) {
			return what + "kept although nothing is held"
		}
		if size := int64(c.own.InitialWindowSize); s.recv.size() != size && !c.ended {
			return what + fmt.Sprintf("receive window %+v, in all %d", s.recv, size)
		}
		if s.recv.held < 0 || s.recv.spent < 0 || s.sendWindow > frame.MaxWindow || s.recv.left > frame.MaxWindow {
			return what + fmt.Sprintf("windows %d, %+v", s.sendWindow, s.recv)
		}
		queued := 0
		for _, p := range s.queue {
			queued += len(p.b)
		}
		if queued != s.queued || s.state.Closed() && queued > 0 {
			return what + fmt.Sprintf("%d octets are queued, noted are %d", queued, s.queued)
		}
		held += s.recv.held
		fields += s.fields
		if s.state.Active() {
			active[b2i(s.local)]++
		}
	}
	w := c.recvWindow
	size := max(defaultWindow, int64(c.cfg.ConnWindow))
	switch {
	case active[1] != c.activeLocal || active[0] != c.activeRemote:
		return fmt.Sprintf("%d and %d streams are active, noted are %d and %d", active[1], active[0], c.activeLocal, c.activeRemote)
	case w.held != held && c.fatal == nil:
		return fmt.Sprintf("streams hold %d octets, the connection notes %d", held, w.held)
	case w.size() != size || w.held < 0 || w.spent < 0 || c.sendWindow > frame.MaxWindow:
		return fmt.Sprintf("windows of the connection %d, %+v, in all %d", c.sendWindow, w, size)
	case fields != c.guard.fields && c.fatal == nil:
		return fmt.Sprintf("streams hold fields of %d octets, the ledger says %d", fields, c.guard.fields)
	}
	for i, s := range c.free {
		if c.streams[s.id] == s || slices.Index(c.free, s) != i {
			return fmt.Sprintf("the record of stream %d is free and in use", s.id)
		}
	}
	return ""
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fuzzConn makes a connection of either role; with a handshake behind it, and
// for a client with requests under way.
func fuzzConn(t *testing.T, flags byte) *Conn {
	role := Role(flags & 1)
	c := New(Config{Role: role})
	if flags&2 == 0 {
		return c
	}
	var b []byte
	if role == Server {
		b = append(b, frame.Preface...)
	}
	b = frame.AppendSettingsAck(frame.AppendSettings(b, nil))
	if err := c.Receive(0, b); err != nil || c.fatal != nil {
		t.Fatal(err, c.fatal)
	}
	for range 3 * (1 - int(role)) {
		if _, err := c.Open(fuzzRequest, HeaderOptions{End: flags&4 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

var fuzzRequest = []hpack.Field{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"},
	{Name: ":authority", Value: "a"}, {Name: ":path", Value: "/"}}

// FuzzReceive gives arbitrary octets to either role. The first octet chooses
// the beginning, the second the size of pieces. The books are right after each
// piece, what we send is frames, and the pieces make no difference.
func FuzzReceive(f *testing.F) {
	for _, x := range receiveCorpus() {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 || len(in) > 1<<16 {
			return
		}
		flags, n := in[0], 1+int(in[1])
		in = in[2:]
		whole, pieces := fuzzConn(t, flags), fuzzConn(t, flags)
		receiveAudited(t, whole, in)
		for b := in; len(b) > 0; b = b[min(n, len(b)):] {
			receiveAudited(t, pieces, b[:min(n, len(b))])
		}
		if !bytes.Equal(whole.out.buf, pieces.out.buf) || len(whole.events) != len(pieces.events) {
			t.Fatalf("in pieces of %d: %d events, %x\nat once: %d events, %x", n, len(pieces.events), pieces.out.buf, len(whole.events), whole.out.buf)
		}
		ownedFuzz(t, fuzzConn(t, flags), in, n)
	})
}

func receiveAudited(t *testing.T, c *Conn, b []byte) {
	t.Helper()
	if err := c.Receive(1, b); err != nil {
		t.Fatal(err)
	}
	if s := audit(c); s != "" {
		t.Fatal(s)
	}
}

// ownedFuzz is the same with an owner who polls, answers, consumes and resets.
func ownedFuzz(t *testing.T, c *Conn, in []byte, n int) {
	var o Output
	var sent []byte
	now := int64(1)
	for k := 0; k == 0 || len(in) > 0; k++ {
		b := in[:min(n, len(in))]
		in = in[len(b):]
		now += 1e6
		if o.Deadline != 0 && o.Deadline <= now {
			c.Tick(now)
		}
		if err := c.Receive(now, b); err != nil {
			t.Fatal(err)
		}
		for busy := true; busy; {
			c.Poll(now, &o, 1000)
			for _, s := range o.Segments {
				sent = append(sent, s...)
			}
			for i, e := range o.Events {
				answerEvent(t, c, e, k+i)
			}
			if s := audit(c); s != "" {
				t.Fatal(s)
			}
			busy = o.Octets > 0 || len(o.Events) > 0
		}
	}
	if d := o.Deadline; d != 0 {
		if d < now {
			t.Fatalf("the deadline %d lies before %d", d, now)
		}
		c.Tick(d)
	}
	c.End(now)
	c.Poll(now, &o, 0)
	if s := audit(c); s != "" || !o.Close || c.activeLocal+c.activeRemote != 0 {
		t.Fatal("after the end: ", s, o.Close, c.activeLocal, c.activeRemote)
	}
	checkFrames(t, c.Role(), sent)
}

// answerEvent is an owner whose mood depends on k.
func answerEvent(t *testing.T, c *Conn, e Event, k int) {
	var err error
	switch {
	case e.Kind == EvData && k%3 > 0:
		err = c.Consume(e.StreamID, len(e.Data)/(k%3))
	case e.Kind == EvHeaders && e.Section == Request && k%4 == 0:
		err = c.Reset(e.StreamID, frame.Cancel)
	case e.Kind == EvHeaders && e.Section == Request:
		if err = c.Headers(e.StreamID, []hpack.Field{{Name: ":status", Value: "200"}}, HeaderOptions{}); err == nil {
			err = c.Data(e.StreamID, make([]byte, k*100), true)
		}
	}
	checkMisuse(t, err)
}

// checkMisuse fails unless err is nil or typed.
func checkMisuse(t *testing.T, err error) {
	t.Helper()
	switch m := err.(type) {
	case nil:
	case *Misuse:
		if m.Op == "" || m.Reason == "" || m.Err == nil {
			t.Fatalf("%#v", m)
		}
	default:
		if err != ErrEnded && err != ErrReentry {
			t.Fatalf("an error without a type: %v", err)
		}
	}
}

// checkFrames checks that what was sent is whole frames.
func checkFrames(t *testing.T, role Role, sent []byte) {
	t.Helper()
	if role == Client {
		sent = bytes.TrimPrefix(sent, []byte(frame.Preface))
	}
	var s frame.Splitter
	s.MaxFrameSize = frame.MaxMaxFrameSize
	s.Push(sent)
	for {
		if _, ok, err := s.Next(); err != nil {
			t.Fatal(err)
		} else if !ok {
			break
		}
	}
	if len(s.Rest()) > 0 {
		t.Fatalf("%d octets behind the last frame: %x", len(s.Rest()), s.Rest())
	}
}

// receiveCorpus is conversations for FuzzReceive.
func receiveCorpus() [][]byte {
	get := []byte{0x82, 0x86, 0x84, 0x41, 1, 'a'}
	post := []byte{0x83, 0x86, 0x84, 0x41, 1, 'a'}
	b := frame.AppendHeaders(nil, 1, get, true, true, nil, frame.NoPadding)
	b = frame.AppendHeaders(b, 3, post, false, true, &frame.PriorityParam{StreamDep: 1, Weight: 3}, 5)
	b = frame.AppendData(b, 3, []byte("hello"), false, 7)
	b = frame.AppendData(b, 3, []byte("world"), true, frame.NoPadding)
	b = frame.AppendHeaders(b, 5, post[:2], false, false, nil, frame.NoPadding)
	b = frame.AppendContinuation(b, 5, post[2:], true)
	b = frame.AppendWindowUpdate(b, 5, 100)
	b = frame.AppendPing(b, [8]byte{1}, false)
	b = frame.AppendRSTStream(b, 5, frame.Cancel)
	b = frame.AppendSettings(b, []frame.Setting{{ID: frame.InitialWindowSize, Value: 10}, {ID: frame.HeaderTableSize, Value: 0}})
	b = frame.AppendPriority(b, 7, frame.PriorityParam{StreamDep: 3})
	b = frame.AppendGoAway(b, 0, frame.NoError, []byte("bye"))

	ok := []byte{0x88}
	c := frame.AppendPushPromise(nil, 1, 2, get, true, frame.NoPadding)
	c = frame.AppendHeaders(c, 1, ok, false, true, nil, frame.NoPadding)
	c = frame.AppendData(c, 1, bytes.Repeat([]byte("x"), 300), false, frame.NoPadding)
	c = frame.AppendHeaders(c, 1, []byte{0x40, 1, 'a', 1, 'b'}, true, true, nil, frame.NoPadding)
	c = frame.AppendHeaders(c, 2, ok, true, true, nil, frame.NoPadding)
	c = frame.AppendRSTStream(c, 3, frame.RefusedStream)
	c = frame.AppendHeaders(c, 5, ok, true, true, nil, 0)
	c = frame.AppendGoAway(c, 5, frame.NoError, nil)

	begin := frame.AppendSettings([]byte(frame.Preface), nil)
	return [][]byte{
		append([]byte{3, 255}, b...), append([]byte{3, 0}, b...), append([]byte{2, 40}, c...), append([]byte{6, 7}, c...),
		append([]byte{1, 10}, begin...), {0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0}, {1, 2, 'G', 'E', 'T', ' ', '/'},
	}
}
