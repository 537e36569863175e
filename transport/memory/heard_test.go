package memory

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
)

// ended is when each frame of a direction was sent and received to its last
// octet; received -1: never. The client's preface stands first, if with is set.
func ended(t *testing.T, entries []trace.Entry, dir trace.Dir, with bool) (sent, received []int64) {
	t.Helper()
	var k counter
	if dir == trace.ToServer {
		k.rest = int64(len(frame.Preface))
	}
	for _, e := range entries {
		c, ok := e.(*trace.Chunk)
		if !ok || c.Dir != dir {
			continue
		}
		for b := c.Octets; len(b) > 0; {
			b = b[k.take(b, true):]
			if k.begins() && (k.n > 0 || with) {
				sent, received = append(sent, c.SentAt), append(received, c.ReceivedAt)
			}
		}
	}
	return sent, received
}

// What an end is to say when it has received a frame goes out at that instant:
// behind all that it sent before, before all that it says afterwards, on any
// link, in both roles, for each frame. What stands before is as without it.
func TestHeard(t *testing.T) {
	for _, l := range links {
		clean, _, _, _ := faulty(t, l)
		for _, dir := range []trace.Dir{trace.ToServer, trace.ToClient} {
			whole, _ := arrived(clean, dir)
			own := split(t, whole)
			sent, _ := ended(t, clean, dir, false)
			_, heard := ended(t, clean, 1-dir, dir == trace.ToClient)
			for i, at := range heard {
				n := int64(i)
				if dir == trace.ToClient {
					n-- // the preface comes first
				}
				t.Run(fmt.Sprint(l.Describe(), ", ", dir, " when frame ", n, " has come"), func(t *testing.T) {
					l := l
					l.Faults = []*Fault{{Kind: Inject, Dir: dir, Frame: n, Heard: true, Octets: ping}}
					entries, body, c, s := faulty(t, l)
					var f *trace.Fault
					for _, e := range entries {
						if x, ok := e.(*trace.Fault); ok {
							f = x
						}
					}
					if f == nil {
						if over := closes(clean); at < over {
							t.Fatalf("it comes at %d, the connection ends at %d, and nothing is done", at, over)
						}
						return
					}
					if f.At != at || f.Length != int64(len(ping)) || f.Dir != dir {
						t.Errorf("%+v, want it at %d", f, at)
					}
					before := 0
					for before < len(sent) && sent[before] < at {
						before++
					}
					out, received := arrived(entries, dir)
					got := split(t, out)
					if len(got) <= before || got[before] != string(ping) || !reflect.DeepEqual(got[:before], own[:before]) {
						t.Fatalf("%d frames were sent before; now the frames are %q", before, got)
					}
					if !bytes.Equal(out[f.Offset:f.Offset+f.Length], ping) {
						t.Errorf("the record says that they stand at %d", f.Offset)
					}
					same(t, "heard", clean, entries)
					if before == 0 { // SETTINGS must come first (RFC 9113, section 3.4)
						if err := fmt.Sprint(c.Err(), s.Err()); !strings.Contains(err, "the first frame is PING") {
							t.Error(err)
						}
						return
					}
					if len(body) != 1000 || c.Err() != nil || s.Err() != nil {
						t.Errorf("%d octets of the body, %v, %v", len(body), c.Err(), s.Err())
					}
					if len(received) < len(out) && before < len(own) {
						t.Errorf("%d octets sent, %d received", len(out), len(received))
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

// closes is when the first end closes the connection.
func closes(entries []trace.Entry) int64 {
	for _, e := range entries {
		if c, ok := e.(*trace.Close); ok {
			return c.At
		}
	}
	return 1 << 62
}

// Causes name frames by their number in the record also where injected ones came
// when something was received.
func TestHeardShiftsCauses(t *testing.T) {
	var entries []trace.Entry
	n := New(func(e trace.Entry) { entries = append(entries, e) })
	c, s := session.NewClient(session.Config{Causes: true}), session.NewServer(session.Config{Causes: true})
	two := append(bytes.Clone(ping), ping...)
	n.Connect(c, s, Link{Latency: 10, Faults: []*Fault{{Kind: Inject, Dir: trace.ToServer, Frame: 0, Heard: true, Octets: two}}}, Names{})
	_, err := c.Request(request("GET", "/"), session.RequestOptions{EndStream: true})
	check(t, err)
	n.Timer(1000, func() { c.Destroy(0) })
	for n.Now() < 1000 && n.Step(func(*End, *session.Event) {}) {
	}
	out, _ := arrived(entries, trace.ToServer)
	own := split(t, out)
	named := false
	for _, e := range entries {
		k, ok := e.(*trace.Cause)
		if !ok || k.Dir != trace.ToServer || k.Rule != "settings-ack" {
			continue
		}
		named = true
		if h := frame.ParseHeader([]byte(own[k.Frame])); h.Type != frame.Settings || h.Flags&frame.FlagAck == 0 {
			t.Errorf("frame %d is %v, not the acknowledgement", k.Frame, h)
		}
	}
	if !named || !bytes.Contains(out, two) {
		t.Errorf("the record has %v", entries)
	}
}

// scripted is a party that says what it is told to, and nothing else.
type scripted struct {
	say   [][]byte // one a poll, but for those that are empty
	when  func(got int)
	heard int
}

func (p *scripted) Poll(_ int64, o *session.Output, _ int) {
	*o = session.Output{}
	if len(p.say) > 0 {
		o.Segments, o.Octets = [][]byte{p.say[0]}, len(p.say[0])
		p.say = p.say[1:]
	}
}
func (p *scripted) Receive(_ int64, b []byte) error {
	p.heard += len(b)
	if p.when != nil {
		p.when(p.heard)
	}
	return nil
}
func (p *scripted) Tick(int64)       {}
func (p *scripted) End(int64, error) {}
func (p *scripted) Err() error       { return nil }
func (p *scripted) Destroyed() bool  { return false }

// An end that is in the middle of a frame sends its rest first.
func TestHeardWithinAFrame(t *testing.T) {
	own := frame.AppendData(nil, 1, []byte("half and half"), false, 0)
	var entries []trace.Entry
	n := New(func(e trace.Entry) { entries = append(entries, e) })
	client := &scripted{say: [][]byte{append([]byte(frame.Preface), own[:11]...)}}
	server := &scripted{say: [][]byte{ping}}
	f := &Fault{Kind: Inject, Dir: trace.ToServer, Frame: 0, Heard: true, Octets: bad}
	c, _ := n.Join(client, server, Link{Latency: 5, Faults: []*Fault{f}}, Names{})
	c.Record(nil)
	n.Timer(20, func() {
		if f.Missed() != "the client sent nothing any more when it had received frame 1 of the server" {
			t.Errorf("before the frame is whole: %q", f.Missed())
		}
		client.say = [][]byte{own[11:]}
		c.Touch()
	})
	for n.Step(func(*End, *session.Event) {}) {
	}
	out, in := arrived(entries, trace.ToServer)
	want := append([]byte(frame.Preface), own...)
	if want = append(want, bad...); !bytes.Equal(out, want) || !bytes.Equal(in, want) || f.Missed() != "" {
		t.Errorf("%q, want %q (%s)", out, want, f.Missed())
	}
}

// What waits for a frame that never comes says so.
func TestHeardMissed(t *testing.T) {
	for _, x := range []struct {
		want string
		f    Fault
		more []*Fault
	}{
		{"the server never sent its frame 42, it sent ", Fault{Dir: trace.ToServer, Frame: 41}, nil},
		{"the client never sent its frame 42, it sent ", Fault{Dir: trace.ToClient, Frame: 41}, nil},
		{"connection 7 does not exist", Fault{Conn: 7}, nil},
		{"the preface of the server, which has none, was never received whole", Fault{Dir: trace.ToServer, Frame: -1}, nil},
		{"frame 1 of the server was never received whole", Fault{Frame: 0}, []*Fault{{Kind: Drop, Dir: trace.ToClient, Frame: 0}}},
		{"frame 3 of the client was never received whole", Fault{Dir: trace.ToClient, Frame: 2}, []*Fault{{Kind: Stall, Frame: 2, For: -1, At: 3}}},
		{"", Fault{Dir: trace.ToClient, Frame: 2}, []*Fault{{Kind: Corrupt, Frame: 2, At: 3, Mask: 1}}},
	} {
		f := x.f
		f.Kind, f.Heard, f.Octets = Inject, true, ping
		n := New(nil)
		c, s := session.NewClient(session.Config{}), session.NewServer(session.Config{})
		n.Connect(c, s, Link{Latency: 1e6, Faults: append(x.more, &f)}, Names{})
		_, err := c.Request(request("GET", "/"), session.RequestOptions{EndStream: true})
		check(t, err)
		for n.Now() < 1e9 && n.Step(func(_ *End, ev *session.Event) {
			if ev.Kind == session.EvStream {
				if err := ev.Stream.Respond([]session.Field{{Name: ":status", Value: "200"}}, true); err != nil && !errors.Is(err, session.ErrDestroyed) {
					t.Error(err)
				}
			}
		}) {
		}
		if got := f.Missed(); !strings.HasPrefix(got, x.want) || x.want == "" && got != "" {
			t.Errorf("%+v: %q, want %q", x.f, got, x.want)
		}
	}
	if FaultOf(trace.Step{Kind: "drop", Heard: true}) != nil || !FaultOf(trace.Step{Kind: "inject", Heard: true}).Heard {
		t.Error("only what is injected can wait for a frame of the other direction")
	}
}
