package inspect

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// connectionText is the connection at its end and at each SETTINGS, PING and GOAWAY.
func connectionText(t testing.TB, a *Analyser) []byte {
	t.Helper()
	var out []byte
	for i := -1; i < a.rows.len(); i++ {
		if i >= 0 {
			if typ := a.rows.at(i).typ(); typ != frame.Settings && typ != frame.Ping && typ != frame.GoAway {
				continue
			}
		}
		v, err := a.Connection(ConnQuery{Conn: 1, Frame: i})
		if err != nil {
			t.Fatal(err)
		}
		out = fmt.Appendf(out, "\nat frame %d\n", i+1)
		for _, s := range v.Settings {
			out = fmt.Appendf(out, "  SETTINGS of the %s, frame %d: %v sent %d received %d acknowledged by %d at %d known %v in force %v\n",
				s.End, s.Frame+1, s.Entries, s.SentAt, s.RecvAt, s.AckFrame+1, s.AckAt, s.Known, s.InForce)
		}
		for _, l := range v.Limits {
			out = fmt.Appendf(out, "  %s %s: %d of %d %s: %s\n", l.End, l.Name, l.Used, l.Limit, l.Unit, l.What)
		}
		for _, p := range v.Pings {
			out = fmt.Appendf(out, "  PING %+v\n", p)
		}
		for _, g := range v.GoAways {
			out = fmt.Appendf(out, "  GOAWAY %+v\n", g)
		}
		for _, p := range v.Problems {
			out = fmt.Appendf(out, "  %s\n", p.Text)
		}
	}
	return out
}

// What is used of the limits, against counting row by row.
func TestLimitsAgainstRowByRow(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 51))
		entries := randomFrames(rng)
		if seed%3 == 0 {
			entries = flowRecord(rng)
		}
		a := feed(t, entries)
		a.settle()
		c := a.conns[0]
		for i := range a.rows.len() {
			v, err := a.Connection(ConnQuery{Frame: i})
			if err != nil {
				t.Fatal(err)
			}
			m := c.instant(a.rows.at(i))
			for _, l := range v.Limits {
				peer := client
				if l.End == endNames[client] {
					peer = server
				}
				want := l.Used
				switch l.Name {
				case "MAX_CONCURRENT_STREAMS":
					want = 0
					for slot := 1; slot <= c.streams.len(); slot++ {
						if initiator(c.stream(uint32(slot)).id) == peer && active(c.stateAt(peer, uint32(slot), m.event(peer))) {
							want++
						}
					}
				case "MAX_FRAME_SIZE":
					want = 0
					for k := range int(m.sent[peer]) {
						want = max(want, int64(a.rows.at(int(*c.dirs[peer].rows.at(k))).length()))
					}
				case "HEADER_TABLE_SIZE":
					want = int64(c.tables(i, a.rows.at(i))[peer].Size)
					if peer != a.rows.at(i).dir() {
						want = l.Used // shown at another moment
					}
				case "window of the connection":
					most := int64(initialWindow)
					sent, recvd := uint32(0), uint32(0)
					for ev := uint32(1); ev <= m.event(peer); ev++ {
						if a.rows.at(c.rowOfEvent(peer, ev)).dir() == peer {
							sent++
						} else {
							recvd++
						}
						most = max(most, c.sendWindow(peer, 0, sent, recvd))
					}
					if l.Limit != most {
						t.Fatalf("seed %d, frame %d: %+v, the window was %d at most", seed, i, l, most)
					}
					want = most - c.sendWindow(peer, 0, m.sent[peer], m.recvd[peer])
				}
				if l.Used != want {
					t.Fatalf("seed %d, frame %d: %+v, want %d", seed, i, l, want)
				}
			}
		}
	}
}

func TestPingsAreAnsweredInOrder(t *testing.T) {
	r := newRecord(trace.VantageBoth)
	r.open()
	ping := func(b byte, ack bool) []byte { return frame.AppendPing(nil, [8]byte{b}, ack) }
	r.c2s(ping(1, true), ping(1, false), ping(2, false), ping(1, false)) // the first acknowledges nothing
	r.at(20).s2c(ping(1, true), ping(2, true), ping(1, true), ping(9, true))
	r.at(40).c2s(ping(1, false))
	r.at(41).s2c(ping(3, false))
	a := feed(t, r.entries)
	v, err := a.Connection(ConnQuery{Frame: -1})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range v.Pings {
		got = append(got, fmt.Sprintf("%s %s %d→%d %d", p.End, p.Data[:2], p.Frame, p.AckFrame, p.RoundTrip/ms))
	}
	b, _ := json.Marshal(got)
	const want = `["client 01 6→9 15","client 02 7→10 15","client 01 8→11 15","client 01 13→-1 0","server 03 14→-1 0"]`
	if string(b) != want {
		t.Errorf("round trips %s, want %s", b, want)
	}
	if v, _ := a.Connection(ConnQuery{Frame: 7, N: 1}); len(v.Pings) != 1 || v.PingsTotal != 2 || v.Pings[0].Frame != 7 {
		t.Errorf("one PING at frame 7: %+v of %d", v.Pings, v.PingsTotal)
	}
}
