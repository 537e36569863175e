package memory

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
)

func request(method, path string) []session.Field {
	return []session.Field{{Name: ":method", Value: method}, {Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "localhost"}, {Name: ":path", Value: path}}
}

// exchange runs an upload that is echoed and returns the record.
func exchange(t *testing.T, l Link, size int) (entries []trace.Entry, got []byte, n *Network) {
	t.Helper()
	n = New(func(e trace.Entry) { entries = append(entries, e) })
	client := session.NewClient(session.Config{Causes: true})
	server := session.NewServer(session.Config{Causes: true})
	c, s := n.Connect(client, server, l, Names{"client", "localhost:80"})
	client.SetCause(3)
	st, err := client.Request(request("POST", "/"), session.RequestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.End(bytes.Repeat([]byte("x"), size)); err != nil {
		t.Fatal(err)
	}
	client.SetCause(0)
	var body []byte
	for steps := 0; n.Step(func(e *End, ev *session.Event) {
		switch ev.Kind {
		case session.EvStream:
			check(t, ev.Stream.Respond([]session.Field{{Name: ":status", Value: "200"}}, false))
		case session.EvData:
			if e == s {
				body = append(body, ev.Data...)
			} else {
				got = append(got, ev.Data...)
			}
			check(t, e.Session.Consume(ev.Stream, len(ev.Data)))
		case session.EvEnd:
			if e == s {
				check(t, ev.Stream.End(body))
			}
		case session.EvClosed:
			if e == c {
				client.Destroy(frame.NoError)
			}
		}
	}); steps++ {
		if steps > 1_000_000 {
			t.Fatal("it never ends")
		}
	}
	return entries, got, n
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestExchange(t *testing.T) {
	for _, l := range []Link{{}, {Latency: int64(5 * time.Millisecond)}, {Bandwidth: 1 << 20}, {Latency: int64(time.Millisecond), Bandwidth: 100_000}} {
		t.Run(l.Describe(), func(t *testing.T) {
			entries, got, n := exchange(t, l, 300_000)
			if len(got) != 300_000 {
				t.Fatal("octets echoed:", len(got))
			}
			var size [2]int64
			var last [2]int64
			for _, e := range entries {
				if k, ok := e.(*trace.Chunk); ok {
					size[k.Dir] += int64(len(k.Octets))
					if k.ReceivedAt < k.SentAt+l.Latency && k.ReceivedAt != -1 || k.ReceivedAt < last[k.Dir] && k.ReceivedAt != -1 {
						t.Errorf("chunk sent at %d received at %d after one at %d", k.SentAt, k.ReceivedAt, last[k.Dir])
					}
					last[k.Dir] = k.ReceivedAt
				}
			}
			if l.Bandwidth > 0 && n.Now() < (size[0])*1e9/l.Bandwidth {
				t.Error("faster than the bandwidth allows:", n.Now())
			}
			if !n.Idle() || len(n.ends) != 0 {
				t.Error("not all was let go:", len(n.ends))
			}
			again, _, _ := exchange(t, l, 300_000)
			if !reflect.DeepEqual(entries, again) {
				t.Error("a second run gives another record")
			}
		})
	}
}

func TestCauses(t *testing.T) {
	entries, _, _ := exchange(t, Link{}, 10)
	var got []string
	for _, e := range entries {
		if k, ok := e.(*trace.Cause); ok {
			got = append(got, fmt.Sprint(k.Dir, " ", k.Frame, " ", k.Line, k.Rule))
		}
	}
	want := "[c2s 0 0preface c2s 1 3 c2s 2 3 s2c 0 0preface s2c 1 0settings-ack c2s 3 0settings-ack]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v\nwant %s", got, want)
	}
}

func TestTimers(t *testing.T) {
	n := New(nil)
	var got []string
	note := func(s string) func() {
		return func() { got = append(got, fmt.Sprint(s, n.Now())) }
	}
	n.Timer(20, note("b"))
	n.Timer(10, func() { note("a")(); n.Timer(20, note("c")) })
	n.Timer(15, note("never")).Stop()
	late := n.Timer(1000, note("never"))
	n.Timer(30, func() { late.Stop() })
	for n.Step(nil) {
	}
	if fmt.Sprint(got) != "[a10 b20 c20]" || n.Now() != 30 {
		t.Error(got, n.Now())
	}
}

func TestAbort(t *testing.T) {
	var entries []trace.Entry
	n := New(func(e trace.Entry) { entries = append(entries, e) })
	client, server := session.NewClient(session.Config{}), session.NewServer(session.Config{})
	c, _ := n.Connect(client, server, Link{Latency: 7}, Names{"c", "s"})
	st, err := client.Request(request("GET", "/"), session.RequestOptions{EndStream: true})
	check(t, err)
	closed := 0
	n.Timer(9, func() { c.Abort(fmt.Errorf("cable cut")) })
	for n.Step(func(_ *End, e *session.Event) {
		if e.Kind == session.EvClose {
			closed++
		}
	}) {
	}
	if closed != 2 || !st.Destroyed() || n.Now() != 16 {
		t.Error(closed, st.Destroyed(), n.Now())
	}
	end, ok := entries[len(entries)-1].(*trace.Close)
	if !ok || end.By != "client" || end.Reason != "cable cut" {
		t.Errorf("%+v", entries[len(entries)-1])
	}
}
