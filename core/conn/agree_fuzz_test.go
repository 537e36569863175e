package conn_test

import (
	"bytes"
	"testing"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect"
	"framewise/core/trace"
)

// FuzzAgree gives octets of a peer to a connection and the record of it to the
// analyser, which never asks the connection: what the one takes without an
// error, the other must find no fault with.
func FuzzAgree(f *testing.F) {
	for _, x := range agreeCorpus() {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 || len(in) > 1<<14 {
			return
		}
		a := agreement{t: t, c: conn.New(conn.Config{Role: conn.Role(in[0] & 1)})}
		a.note(&trace.Header{Version: 1})
		a.note(&trace.Conn{ID: 1, Vantage: trace.VantageBoth})
		a.begin(in[0]&2 != 0)
		n := 1 + int(in[1])
		octets := wholeFrames(in[2:])
		if in[0]&4 != 0 {
			octets = framesOf(in[2:])
		}
		for b := octets; len(b) > 0; b = b[min(n, len(b)):] {
			a.receive(b[:min(n, len(b))])
		}
		// A field block that is left open is judged at its end only: this ends it.
		a.receive(frame.AppendPing(nil, [8]byte{}, false))
		if !a.refused {
			a.compare()
		}
	})
}

// wholeFrames leaves out the end of octets that is no whole frame.
func wholeFrames(b []byte) []byte {
	s := frame.Splitter{MaxFrameSize: frame.MaxMaxFrameSize}
	s.Push(b)
	for {
		if _, ok, err := s.Next(); !ok || err != nil {
			return b[:len(b)-len(s.Rest())]
		}
	}
}

// agreeBlocks are field blocks: requests, responses, trailers, with entries that
// come and go in the dynamic table, and some that are wrong.
var agreeBlocks = [][]byte{
	{0x82, 0x86, 0x84, 0x41, 1, 'a'}, {0x83, 0x86, 0x84, 0x41, 1, 'a'}, {0x88}, {0x48, 3, '1', '0', '3'}, {0x40, 1, 'x', 1, 'y'},
	{0x82, 0x86, 0x84, 0x41, 1, 'a', 0x40, 1, 'x', 1, 'y'}, {0x82, 0x86, 0x84, 0x41, 1, 'a', 0xbe}, {0x88, 0xbe}, {0xbe, 0xbf},
	{0x20, 0x82, 0x86, 0x84, 0x41, 1, 'a'}, {0x3f, 0xe1, 0x1f, 0x88}, {0x82, 0x86, 0x84, 0x01, 1, 'a', 0x10, 1, 'q', 0},
	{0x83, 0x86, 0x84, 0x41, 1, 'a', 0x0f, 0x0d, 1, '5'}, {0x88, 0x0f, 0x0d, 1, '3'}, {0x89}, {0x8b},
	{0x02, 7, 'C', 'O', 'N', 'N', 'E', 'C', 'T', 0x41, 1, 'a'}, {0x02, 4, 'H', 'E', 'A', 'D', 0x86, 0x84, 0x41, 1, 'a'},
	{0x88, 0x40, 2, 't', 'e', 1, 'x'}, {0x40, 1, 'X', 1, 'y'}, {0xc5}, {},
}

// framesOf makes frames of octets: most of them are sound, and fit or nearly fit.
func framesOf(in []byte) (out []byte) {
	octet := func() byte {
		if len(in) == 0 {
			return 0
		}
		b := in[0]
		in = in[1:]
		return b
	}
	for len(in) > 0 && len(out) < 1<<16 {
		op, a := octet(), octet()
		id, end, whole := uint32(a%12), a&0x10 != 0, a&0x60 != 0
		pad := frame.NoPadding
		if a&0x80 != 0 {
			pad = int(octet())
		}
		block := agreeBlocks[int(op>>4)]
		if op&0x8 != 0 {
			block = agreeBlocks[int(octet())%len(agreeBlocks)]
		}
		switch op & 7 {
		case 0, 1:
			out = frame.AppendHeaders(out, id, block, end, whole, nil, pad)
		case 2:
			out = frame.AppendData(out, id, make([]byte, int(op>>4)*int(op>>4)), end, pad)
		case 3:
			out = frame.AppendContinuation(out, id, block, whole)
		case 4:
			out = frame.AppendRSTStream(out, id, frame.ErrCode(op>>4))
		case 5:
			out = frame.AppendSettings(out, []frame.Setting{{ID: frame.SettingID(op >> 4), Value: uint32(octet()) * uint32(octet())}})
		case 6:
			out = frame.AppendWindowUpdate(out, id, uint32(octet())<<(a>>4))
		case 7:
			switch op >> 4 & 3 {
			case 0:
				out = frame.AppendPushPromise(out, id, uint32(octet()), block, whole, pad)
			case 1:
				out = frame.AppendPriority(out, id, frame.PriorityParam{StreamDep: uint32(octet() % 12), Weight: a})
			case 2:
				out = frame.AppendGoAway(out, id, frame.ErrCode(a>>4), nil)
			default:
				out = frame.AppendRaw(out, frame.Header{Type: frame.Type(octet()), Flags: frame.Flags(octet()), StreamID: id}, block)
			}
		}
	}
	return out
}

// agreement is a connection that is recorded.
type agreement struct {
	t       *testing.T
	c       *conn.Conn
	o       conn.Output
	now     int64
	entries []trace.Entry
	refused bool
}

func (a *agreement) note(e trace.Entry) { a.entries = append(a.entries, e) }

// begin exchanges the prefaces, and opens requests for a peer that is a server.
func (a *agreement) begin(upload bool) {
	var b []byte
	if a.c.Role() == conn.Server {
		b = append(b, frame.Preface...)
	} else {
		a.poll() // the client's preface is in the record first
	}
	a.receive(frame.AppendSettings(b, nil))
	a.receive(frame.AppendSettingsAck(nil))
	for i := 0; i < 3 && a.c.Role() == conn.Client; i++ {
		_, err := a.c.Open([]hpack.Field{{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"},
			{Name: ":authority", Value: "a"}, {Name: ":path", Value: "/"}}, conn.HeaderOptions{End: !upload})
		if err != nil {
			a.t.Fatal(err)
		}
	}
	a.poll()
}

func (a *agreement) dir(received bool) trace.Dir {
	if (a.c.Role() == conn.Server) == received {
		return trace.ToServer
	}
	return trace.ToClient
}

// receive is octets of the peer's.
func (a *agreement) receive(b []byte) {
	a.now += 1000
	a.note(&trace.Chunk{Conn: 1, Dir: a.dir(true), SentAt: a.now, ReceivedAt: a.now, Octets: bytes.Clone(b)})
	if err := a.c.Receive(a.now, b); err != nil {
		a.t.Fatal(err)
	}
	a.poll()
}

func (a *agreement) poll() {
	for busy := true; busy; {
		a.now++
		a.c.Poll(a.now, &a.o, 0)
		if b := bytes.Join(a.o.Segments, nil); len(b) > 0 {
			a.note(&trace.Chunk{Conn: 1, Dir: a.dir(false), SentAt: a.now, ReceivedAt: a.now, Octets: b})
		}
		for _, e := range a.o.Events {
			a.event(e)
		}
		busy = len(a.o.Events) > 0 || a.o.Octets > 0
	}
}

func (a *agreement) event(e conn.Event) {
	switch {
	case e.Kind == conn.EvConnError || e.Kind == conn.EvStreamError || e.Kind == conn.EvLimit:
		a.refused = true
	case e.Kind == conn.EvData:
		_ = a.c.Consume(e.StreamID, len(e.Data))
	case e.Kind == conn.EvHeaders && e.Section == conn.Request:
		if a.c.Headers(e.StreamID, []hpack.Field{{Name: ":status", Value: "200"}}, conn.HeaderOptions{}) == nil {
			_ = a.c.Data(e.StreamID, []byte("body"), true)
		}
	}
}

func (a *agreement) compare() {
	an := inspect.New()
	for _, e := range a.entries {
		if err := an.Feed(e); err != nil {
			a.t.Fatal(err)
		}
	}
	for _, p := range an.Summary().Problems {
		if p.Code != "" { // without one it is about the record: a frame that is cut off
			a.t.Fatalf("the connection took everything, the analyser finds at frame %d: %s %s (%s)", p.Frame, p.Code, p.Text, p.Ref)
		}
	}
}

func agreeCorpus() [][]byte {
	get, ok := []byte{0x82, 0x86, 0x84, 0x41, 1, 'a'}, []byte{0x88}
	post := []byte{0x83, 0x86, 0x84, 0x41, 1, 'a'}
	b := frame.AppendHeaders(nil, 1, get, true, true, nil, frame.NoPadding)
	b = frame.AppendHeaders(b, 3, post, false, true, &frame.PriorityParam{StreamDep: 1, Weight: 3}, 5)
	b = frame.AppendData(b, 3, []byte("hello"), false, 7)
	b = frame.AppendHeaders(b, 5, post[:2], false, false, nil, frame.NoPadding)
	b = frame.AppendContinuation(b, 5, post[2:], true)
	b = frame.AppendData(b, 3, []byte("world"), true, frame.NoPadding)
	b = frame.AppendPing(b, [8]byte{1}, false)
	b = frame.AppendSettings(b, []frame.Setting{{ID: frame.InitialWindowSize, Value: 10}, {ID: frame.HeaderTableSize, Value: 100}})
	b = frame.AppendHeaders(b, 7, append([]byte{0x40, 1, 'x', 1, 'y'}, 0xbe)[5:], true, true, nil, frame.NoPadding)

	d := frame.AppendHeaders(nil, 9, append(bytes.Clone(get), 0x40, 1, 'x', 1, 'y'), true, true, nil, frame.NoPadding)
	d = frame.AppendHeaders(d, 11, append(bytes.Clone(get), 0xbe), true, true, nil, frame.NoPadding)
	d = frame.AppendWindowUpdate(d, 0, 100)
	d = frame.AppendRSTStream(d, 11, frame.Cancel)
	d = frame.AppendPriority(d, 21, frame.PriorityParam{StreamDep: 3})
	d = frame.AppendGoAway(d, 0, frame.NoError, nil)

	c := frame.AppendPushPromise(nil, 1, 2, get, true, frame.NoPadding)
	c = frame.AppendHeaders(c, 1, ok, false, true, nil, frame.NoPadding)
	c = frame.AppendData(c, 1, bytes.Repeat([]byte("x"), 300), false, frame.NoPadding)
	c = frame.AppendHeaders(c, 1, []byte{0x40, 1, 'a', 1, 'b'}, true, true, nil, frame.NoPadding)
	c = frame.AppendHeaders(c, 2, ok, true, true, nil, frame.NoPadding)
	c = frame.AppendRSTStream(c, 3, frame.RefusedStream)
	c = frame.AppendHeaders(c, 5, ok, true, true, nil, 0)
	c = frame.AppendGoAway(c, 5, frame.NoError, nil)
	return [][]byte{{5, 200, 0, 0x31, 0x10, 0x43, 0x42, 0x13, 0x50, 0x35, 5, 0x20, 10, 10}, {4, 200, 0x20, 0x21, 0x32, 0x11, 7, 0x25, 2, 0x20, 0x32},
		append([]byte{1, 255}, b...), append([]byte{1, 20}, d...), append([]byte{0, 200}, c...), append([]byte{2, 9}, c...)}
}
