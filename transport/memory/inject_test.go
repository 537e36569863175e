package memory

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
)

var (
	ping = frame.AppendPing(nil, [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, false)
	// bad is a WINDOW_UPDATE of 0 for the connection (RFC 9113, section 6.9).
	bad = frame.AppendWindowUpdate(nil, 0, 0)
)

// split takes the octets of a direction apart, the client's preface left out.
func split(t *testing.T, b []byte) (frames []string) {
	t.Helper()
	b = bytes.TrimPrefix(b, []byte(frame.Preface))
	for len(b) >= frame.HeaderLen {
		h := frame.ParseHeader(b)
		n := frame.HeaderLen + int(h.Length)
		if n > len(b) {
			t.Fatalf("%d octets are missing of %v", n-len(b), h)
		}
		frames = append(frames, string(b[:n]))
		b = b[n:]
	}
	if len(b) > 0 {
		t.Fatalf("%d octets are left over", len(b))
	}
	return frames
}

var links = []Link{
	{Latency: 1e6},
	{Latency: 1e6, Bandwidth: 20_000},
	{Latency: 1e6, Chunk: 1, Seed: 3},
	{Latency: 1e6, Jitter: 2e6, Chunk: 7, Bandwidth: 100_000, Seed: 4},
}

// A PING that is injected stands where it was put, in both roles, with pieces of
// any size; its receiver answers it, and the rest goes on as without it.
func TestInject(t *testing.T) {
	for _, l := range links {
		for _, dir := range []trace.Dir{trace.ToServer, trace.ToClient} {
			clean, _, _, _ := faulty(t, l)
			sent, _ := arrived(clean, dir)
			own := split(t, sent)
			for at := -1; at < len(own); at++ {
				t.Run(fmt.Sprint(l.Describe(), ", ", dir, " behind ", at), func(t *testing.T) {
					l := l
					l.Faults = []*Fault{{Kind: Inject, Dir: dir, Frame: int64(at), Octets: ping}}
					entries, body, c, s := faulty(t, l)
					sent, received := arrived(entries, dir)
					last := at == len(own)-1 // the connection may be over when it comes
					if !strings.HasPrefix(kinds(entries), "inject ") {
						t.Errorf("the record has %q", kinds(entries))
					}
					got := split(t, sent)
					if len(got) < at+2 || got[at+1] != string(ping) || !reflect.DeepEqual(got[:at+1], own[:at+1]) {
						t.Errorf("the frames are %q", got)
					}
					if at < 0 { // SETTINGS must come first (RFC 9113, section 3.4)
						if err := fmt.Sprint(c.Err(), s.Err()); !strings.Contains(err, "the first frame is PING") {
							t.Error(err)
						}
						return
					}
					if !last && !bytes.Equal(sent, received) {
						t.Errorf("%d octets sent, %d received", len(sent), len(received))
					}
					if len(body) != 1000 || c.Err() != nil || s.Err() != nil {
						t.Errorf("%d octets of the body, %v, %v", len(body), c.Err(), s.Err())
					}
					back, _ := arrived(entries, 1-dir)
					if !last && !bytes.Contains(back, frame.AppendPing(nil, [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, true)) {
						t.Error("nobody has answered the PING")
					}
					again, _, _, _ := faulty(t, l)
					if !reflect.DeepEqual(entries, again) {
						t.Error("a second run gives another record")
					}
				})
			}
		}
	}
}

// What a peer gets that breaks a rule is a connection error at the receiver,
// though its sender did nothing wrong.
func TestInjectAnError(t *testing.T) {
	for _, dir := range []trace.Dir{trace.ToServer, trace.ToClient} {
		entries, body, c, s := faulty(t, Link{Latency: 1e6, Faults: []*Fault{{Kind: Inject, Dir: dir, Frame: -1, Octets: append(bytes.Clone(ping), bad...)}}})
		at := map[trace.Dir]*session.Session{trace.ToServer: s, trace.ToClient: c}[dir]
		if at.Err() == nil || !strings.Contains(at.Err().Error(), "PROTOCOL_ERROR") || len(body) > 0 && dir == trace.ToServer {
			t.Errorf("%v: %v, %d octets of the body", dir, at.Err(), len(body))
		}
		back, _ := arrived(entries, 1-dir)
		frames := split(t, back)
		if last := frames[len(frames)-1]; frame.ParseHeader([]byte(last)).Type != frame.GoAway {
			t.Errorf("%v: the last answer is %q", dir, last)
		}
	}
}

// Causes name frames by their number in the record, injected ones counted.
func TestInjectShiftsCauses(t *testing.T) {
	causes := func(faults ...*Fault) (at []uint32) {
		var entries []trace.Entry
		n := New(func(e trace.Entry) { entries = append(entries, e) })
		c, s := session.NewClient(session.Config{Causes: true}), session.NewServer(session.Config{})
		n.Connect(c, s, Link{Latency: 1, Faults: faults}, Names{})
		for range 3 {
			_, err := c.Request(request("GET", "/"), session.RequestOptions{EndStream: true})
			check(t, err)
		}
		n.Timer(1000, func() { c.Destroy(0) })
		for n.Now() < 1000 && n.Step(func(*End, *session.Event) {}) {
		}
		for _, e := range entries {
			if k, ok := e.(*trace.Cause); ok && k.Dir == trace.ToServer {
				at = append(at, k.Frame)
			}
		}
		return at
	}
	if at := causes(); fmt.Sprint(at[:2]) != "[0 4]" {
		t.Fatal("without faults:", at)
	}
	two := append(bytes.Clone(ping), ping...)
	if at := causes(&Fault{Kind: Inject, Frame: 0, Octets: two}, &Fault{Kind: Inject, Frame: -1, Octets: ping}); fmt.Sprint(at[:2]) != "[1 7]" {
		t.Error("with a frame before the first and two behind it:", at)
	}
}

// A fault has its place by connection, direction, frame and octet; what lies
// before it is as without it, octets and times.
func TestPlaces(t *testing.T) {
	for _, l := range links {
		clean, _, _, _ := faulty(t, l)
		for _, kind := range []FaultKind{Corrupt, Stall, HalfClose, Cut, Drop, Inject} {
			for _, dir := range []trace.Dir{trace.ToServer, trace.ToClient} {
				sent, _ := arrived(clean, dir)
				for at := range split(t, sent) {
					f := &Fault{Kind: kind, Conn: 1, Dir: dir, Frame: int64(at), At: 3, For: 7e6, Mask: 0xff, Octets: ping}
					name := fmt.Sprint(l.Describe(), ", ", kind, " ", dir, " ", at)
					bad := l
					bad.Faults = []*Fault{f}
					entries, _, _, _ := faulty(t, bad)
					if !strings.HasPrefix(kinds(entries), kind.String()+" ") {
						t.Errorf("%s: the record has %q", name, kinds(entries))
						continue
					}
					same(t, name, clean, entries)
				}
			}
		}
	}
}

// same checks that both records are the same up to the first fault: what was
// sent, and when it arrived where it arrived before that.
func same(t *testing.T, name string, clean, faulty []trace.Entry) {
	t.Helper()
	var octets [2][]byte
	at := int64(0)
	for _, e := range faulty {
		switch e := e.(type) {
		case *trace.Chunk:
			octets[e.Dir] = append(octets[e.Dir], e.Octets...)
			continue
		case *trace.Fault:
			at = e.At
		default:
			continue
		}
		break
	}
	for dir := range octets {
		// The fault's own write is recorded behind it.
		want, _ := arrived(clean, trace.Dir(dir))
		if !bytes.HasPrefix(want, octets[dir]) {
			t.Errorf("%s: before the fault %v has other octets", name, trace.Dir(dir))
		}
	}
	times := func(list []trace.Entry) (s string) {
		for _, e := range list {
			if k, ok := e.(*trace.Chunk); ok && k.SentAt < at {
				s += fmt.Sprintln(k.Dir, k.SentAt, k.ReceivedAt, k.Octets)
			}
		}
		return s
	}
	if a, b := times(clean), times(faulty); a != b {
		t.Errorf("%s: what was sent before is\n%s, without the fault\n%s", name, b, a)
	}
}

// Faults that never act say why.
func TestMissed(t *testing.T) {
	for want, f := range map[string]*Fault{
		"":                                     {Kind: Corrupt, Frame: 1, Mask: 1, At: 9},
		"connection 3 does not exist":          {Kind: Cut, Conn: 3},
		"the client never sent its frame 42":   {Kind: Inject, Frame: 41},
		"frame 1 of the server has no octet 9": {Kind: Corrupt, Dir: trace.ToClient, At: 9},
		"the server sent only ":                {Kind: Corrupt, Dir: trace.ToClient, Frame: -1, At: 1e6},
	} {
		l := Link{Latency: 1e6, Faults: []*Fault{f}}
		n := New(nil)
		c, s := session.NewClient(session.Config{}), session.NewServer(session.Config{})
		n.Connect(c, s, l, Names{})
		_, err := c.Request(request("GET", "/"), session.RequestOptions{EndStream: true})
		check(t, err)
		for n.Now() < 1e9 && n.Step(func(*End, *session.Event) {}) {
		}
		if got := f.Missed(); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%v: %q, want %q", f.Kind, got, want)
		}
	}
	broken := &Fault{Kind: Corrupt, Dir: trace.ToClient, Frame: 2, Mask: 1}
	faulty := Link{Latency: 1e6, Faults: []*Fault{{Kind: Stall, Dir: trace.ToClient, For: -1}, broken}}
	n := New(nil)
	c, s := session.NewClient(session.Config{}), session.NewServer(session.Config{})
	n.Connect(c, s, faulty, Names{})
	_, err := c.Request(request("GET", "/"), session.RequestOptions{EndStream: true})
	check(t, err)
	for n.Now() < 1e9 && n.Step(func(_ *End, ev *session.Event) {
		if ev.Kind == session.EvStream {
			check(t, ev.Stream.Respond([]session.Field{{Name: ":status", Value: "200"}}, true))
		}
	}) {
	}
	if got := broken.Missed(); !strings.Contains(got, "any more") {
		t.Errorf("behind a stall for ever: %q", got)
	}
}
