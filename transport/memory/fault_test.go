package memory

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"framewise/core/conn"
	"framewise/core/session"
	"framewise/core/trace"
)

// faulty runs a request that is answered with a body over a bad link, and
// returns the record, what the client got and the two sessions.
func faulty(t *testing.T, l Link) (entries []trace.Entry, body []byte, c, s *session.Session) {
	t.Helper()
	faults := l.Faults
	l.Faults = nil
	for _, f := range faults { // as no network has seen them
		again := *f
		again.way, again.acted = nil, false
		l.Faults = append(l.Faults, &again)
	}
	n := New(func(e trace.Entry) { entries = append(entries, e) })
	c, s = session.NewClient(session.Config{}), session.NewServer(session.Config{})
	ce, se := n.Connect(c, s, l, Names{"c", "s"})
	_, err := c.Request(request("GET", "/"), session.RequestOptions{EndStream: true})
	check(t, err)
	n.Timer(50e9, func() { // before the server finds that nothing happens
		if !c.Destroyed() {
			c.Destroy(0)
			ce.Touch()
		} else if !s.Destroyed() {
			s.Destroy(0)
			se.Touch()
		}
	})
	verb := func(err error) { // a fault may have ended what the event is about
		if !errors.Is(err, session.ErrDestroyed) && !errors.Is(err, conn.ErrEnded) {
			check(t, err)
		}
	}
	for steps := 0; n.Step(func(e *End, ev *session.Event) {
		switch ev.Kind {
		case session.EvStream:
			verb(ev.Stream.Respond([]session.Field{{Name: ":status", Value: "200"}}, false))
			verb(ev.Stream.End(bytes.Repeat([]byte("0123456789"), 100)))
		case session.EvData:
			body = append(body, ev.Data...)
			verb(e.Session.Consume(ev.Stream, len(ev.Data)))
		case session.EvClosed:
			if e.dir == trace.ToServer {
				c.Destroy(0)
			}
		}
	}); steps++ {
		if steps > 1_000_000 {
			t.Fatal("it never ends")
		}
	}
	if !c.Destroyed() || !s.Destroyed() || !n.Idle() || n.flying != 0 || len(n.ends) != 0 {
		t.Error("not all was let go:", c.Destroyed(), s.Destroyed(), n.Idle(), n.flying, len(n.ends))
	}
	return entries, body, c, s
}

// arrived is what the record says of a direction: octets as sent and as received.
func arrived(entries []trace.Entry, dir trace.Dir) (sent, received []byte) {
	for _, e := range entries {
		k, ok := e.(*trace.Chunk)
		if !ok || k.Dir != dir {
			continue
		}
		sent = append(sent, k.Octets...)
		switch {
		case k.ReceivedAt < 0:
		case k.Received != nil:
			received = append(received, k.Received...)
		default:
			received = append(received, k.Octets...)
		}
	}
	return sent, received
}

func kinds(entries []trace.Entry) (s string) {
	for _, e := range entries {
		switch e := e.(type) {
		case *trace.Fault:
			s += e.Kind + " "
		case *trace.Close:
			s += "close by " + e.By + " "
		}
	}
	return s
}

// What the client sends: preface (24), SETTINGS (9), HEADERS, SETTINGS ACK, GOAWAY.
// What the server sends: SETTINGS (9), SETTINGS ACK (9), HEADERS, DATA.
func TestFaults(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456789"), 100)
	const answer = 9 + 9 + 9 + 1 + 9 // octets before the body
	for _, x := range []struct {
		name  string
		fault Fault
		kinds string
		check func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte)
	}{
		{"corrupt an octet of the body", Fault{Kind: Corrupt, Dir: trace.ToClient, Frame: -1, At: answer + 10, Mask: 1}, "corrupt close by client ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				want := bytes.Clone(whole)
				want[10] ^= 1
				if !bytes.Equal(body, want) || sent[answer+10]^got[answer+10] != 1 {
					t.Errorf("%.20q", body)
				}
			}},
		{"corrupt the preface", Fault{Kind: Corrupt, Dir: trace.ToServer, Frame: -1, At: 3}, "corrupt close by server ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if s.Err() == nil || len(body) > 0 || !strings.Contains(s.Err().Error(), "octet 3 of the connection preface") {
					t.Error(s.Err())
				}
			}},
		{"drop DATA", Fault{Kind: Drop, Dir: trace.ToClient, Frame: 3}, "drop close by client ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if len(body) > 0 || len(sent)-len(got) != 9+1000 {
					t.Error(len(body), len(sent), len(got))
				}
			}},
		{"drop the second frame of the client", Fault{Kind: Drop, Dir: trace.ToServer, Frame: 1}, "drop close by client ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if len(body) > 0 || bytes.Contains(got, sent[24+9:24+9+14]) || c.Err() != nil {
					t.Error(len(body), c.Err())
				}
			}},
		{"stall", Fault{Kind: Stall, Dir: trace.ToClient, Frame: -1, At: answer + 500, For: 3e9}, "stall close by client ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if !bytes.Equal(body, whole) || !bytes.Equal(sent, got) {
					t.Error(len(body))
				}
			}},
		{"stall for ever", Fault{Kind: Stall, Dir: trace.ToClient, Frame: -1, At: answer + 500, For: -1}, "stall close by client ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if len(body) != 0 || len(got) != answer+500 {
					t.Error(len(body), len(got))
				}
			}},
		{"half-close", Fault{Kind: HalfClose, Dir: trace.ToClient, Frame: -1, At: answer}, "half-close close by client ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if len(body) > 0 || c.Err() != nil || !s.Destroyed() || len(got) != answer {
					t.Error(len(body), c.Err(), len(got))
				}
			}},
		{"cut", Fault{Kind: Cut, Dir: trace.ToClient, Frame: -1, At: answer + 1}, "cut close by network ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if len(body) > 0 || !errors.Is(c.Err(), ErrCut) || !errors.Is(s.Err(), ErrCut) || len(got) != answer+1 {
					t.Error(len(body), c.Err(), s.Err())
				}
			}},
		{"behind the end", Fault{Kind: Corrupt, Dir: trace.ToClient, Frame: -1, At: 1 << 40}, "close by client ",
			func(t *testing.T, body []byte, c, s *session.Session, sent, got []byte) {
				if !bytes.Equal(body, whole) {
					t.Error(len(body))
				}
			}},
	} {
		for _, l := range []Link{{Latency: 1e6}, {Latency: 1e6, Jitter: 2e6, Chunk: 3, Seed: 9}} {
			t.Run(fmt.Sprint(x.name, ", pieces of ", l.Chunk), func(t *testing.T) {
				l.Faults = []*Fault{&x.fault}
				entries, body, c, s := faulty(t, l)
				if got := kinds(entries); got != x.kinds {
					t.Errorf("the record has %q, want %q", got, x.kinds)
				}
				sent, received := arrived(entries, x.fault.Dir)
				x.check(t, body, c, s, sent, received)
				again, _, _, _ := faulty(t, l)
				if !reflect.DeepEqual(entries, again) {
					t.Error("a second run gives another record")
				}
			})
		}
	}
}

func TestShaping(t *testing.T) {
	at := func(l Link) (times map[int64]int, most int) {
		entries, body, _, _ := faulty(t, l)
		if len(body) != 1000 {
			t.Fatal(l.Describe(), len(body))
		}
		times = map[int64]int{}
		last := [2]int64{}
		for _, e := range entries {
			k, ok := e.(*trace.Chunk)
			if !ok || k.ReceivedAt < 0 {
				continue
			}
			if k.ReceivedAt < last[k.Dir] || k.ReceivedAt < k.SentAt+l.Latency {
				t.Errorf("%s: received at %d after %d, sent at %d", l.Describe(), k.ReceivedAt, last[k.Dir], k.SentAt)
			}
			last[k.Dir] = k.ReceivedAt
			times[k.ReceivedAt-k.SentAt]++
			most = max(most, len(k.Octets))
		}
		return times, most
	}
	if times, _ := at(Link{Latency: 5}); len(times) != 1 {
		t.Error("without jitter:", times)
	}
	if times, most := at(Link{Latency: 5, Jitter: 1000, Chunk: 1, Seed: 1}); len(times) < 10 || most != 1 {
		t.Error("with jitter, octet by octet:", times, most)
	}
	if _, most := at(Link{Chunk: 7, Seed: 1}); most != 7 {
		t.Error("pieces of at most 7:", most)
	}
	a, _, _, _ := faulty(t, Link{Chunk: 50, Seed: 1})
	b, _, _, _ := faulty(t, Link{Chunk: 50, Seed: 2})
	if reflect.DeepEqual(a, b) {
		t.Error("another seed gives the same pieces")
	}
}
