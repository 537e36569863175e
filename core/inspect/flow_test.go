package inspect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// windowsOf are the windows of a connection, by stream and direction.
func windowsOf(c *connection) (out []FlowQuery) {
	for slot := range c.streams.len() + 1 {
		id := uint32(0)
		if slot > 0 {
			id = c.stream(uint32(slot)).id
		}
		for _, dir := range dirNames {
			out = append(out, FlowQuery{Conn: c.info.ID, Stream: id, Dir: dir, N: MaxPoints, Frame: -1})
		}
	}
	return out
}

// naiveOpinions are an end's opinions of a window after each event that changes it.
func naiveOpinions(c *connection, e, dir int, slot uint32) (out []int64, rows []int) {
	sent, recvd, last := uint32(0), uint32(0), int64(0)
	opened := uint32(0)
	if slot != 0 {
		opened, _ = c.openedAt(e, slot)
	}
	for ev := uint32(1); ev <= c.ends[e].events; ev++ {
		row := c.rowOfEvent(e, ev)
		if c.a.rows.at(row).dir() == e {
			sent++
		} else {
			recvd++
		}
		if slot != 0 && (opened == 0 || ev < opened) {
			if c.a.rows.at(row).slot == slot {
				return nil, nil // a frame on a stream that the end knows nothing of: no window is right
			}
			continue
		}
		f := c.sendWindow
		if e != dir {
			f = c.recvWindow
		}
		if w := f(e, slot, sent, recvd); w != last || len(out) == 0 {
			last = w
			out, rows = append(out, w), append(rows, row)
		}
	}
	return out, rows
}

func (c *connection) rowOfEvent(e int, ev uint32) int {
	for i := range c.a.rows.len() {
		r := c.a.rows.at(i)
		if r.kind() == kindFrame && (r.dir() == e && r.sent == ev || r.dir() != e && r.recv == ev) {
			return i
		}
	}
	return -1
}

// A series shows what the sums say after every event, of both ends.
func TestFlowAgainstEventByEvent(t *testing.T) {
	points := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 41))
		entries := flowRecord(rng)
		if seed%4 == 0 {
			entries = randomFrames(rng)
		}
		a := feed(t, entries)
		a.settle()
		c := a.conns[0]
		for _, q := range windowsOf(c) {
			if q.Stream == 0 && c.streams.len() == 0 {
				continue
			}
			v, err := a.Flow(q)
			if err != nil {
				t.Fatal(err)
			}
			dir := strings.Index("c2s s2c", q.Dir) / 4
			for e := range c.ends {
				got := []int64{}
				for _, p := range v.Points {
					w := p.Sender
					if e != dir {
						w = p.Recv
					}
					if len(got) == 0 || w != got[len(got)-1] {
						got = append(got, w)
					}
				}
				want, _ := naiveOpinions(c, e, dir, c.slotOf(q.Stream))
				if q.Stream == 0 && (len(want) == 0 || want[0] != initialWindow) {
					want = append([]int64{initialWindow}, want...)
				}
				if len(want) > 0 && len(got) > 1 && got[0] != want[0] { // the first event changed it at once
					got = got[1:]
				}
				if len(want) > 0 && fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("seed %d, %+v, the %s: %v, event by event %v", seed, q, endNames[e], got, want)
				}
				points += len(got)
			}
			checkSampled(t, a, q, v)
			checkFlowNow(t, a, q)
		}
	}
	if points < 3000 {
		t.Errorf("only %d points were compared", points)
	}
}

// checkSampled: few points still hold the lowest and the highest.
func checkSampled(t *testing.T, a *Analyser, q FlowQuery, all view.Flow) {
	t.Helper()
	for _, n := range []int{1, 7, 20} {
		q.N = n
		v, err := a.Flow(q)
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Points) > max(n, 6) || v.Total != all.Total {
			t.Fatalf("%+v: %d points of %d", q, len(v.Points), v.Total)
		}
		if extremes(v.Points) != extremes(all.Points) {
			t.Fatalf("%+v: extremes %v, without sampling %v", q, extremes(v.Points), extremes(all.Points))
		}
		for i := 1; i < len(v.Points); i++ {
			if v.Points[i].At < v.Points[i-1].At {
				t.Fatalf("%+v: times go back: %+v", q, v.Points)
			}
		}
	}
}

func extremes(points []view.FlowPoint) (out [4]int64) {
	out = [4]int64{1 << 62, -1 << 62, 1 << 62, -1 << 62}
	for _, p := range points {
		out = [4]int64{min(out[0], p.Sender), max(out[1], p.Sender), min(out[2], p.Recv), max(out[3], p.Recv)}
	}
	return out
}

// checkFlowNow: what is under way explains the difference, at every frame.
func checkFlowNow(t *testing.T, a *Analyser, q FlowQuery) {
	t.Helper()
	for q.Frame = -1; q.Frame < a.rows.len(); q.Frame++ {
		v, err := a.Flow(q)
		if err != nil {
			t.Fatal(err)
		}
		if n := v.Now; n.Recv-n.Sender != n.Data+n.Credit+n.Settings || n.Data < 0 || n.Credit < 0 || n.Text == "" ||
			(n.Data != 0) != (n.DataFrom >= 0) || (n.Credit != 0) != (n.CreditFrom >= 0) || n.Settings != 0 && n.SettingsFrom < 0 {
			t.Fatalf("%+v: %+v", q, n)
		}
	}
}

func TestFlowRefusals(t *testing.T) {
	a := feed(t, makeRecord(recordStalls))
	for _, q := range []FlowQuery{{Conn: 9, Dir: "c2s"}, {Dir: "up"}, {Dir: "c2s", Stream: 77}, {Dir: "c2s", Frame: 999}} {
		if _, err := a.Flow(q); err == nil {
			t.Errorf("%+v: no error", q)
		}
	}
	if _, err := New().Flow(FlowQuery{Dir: "c2s"}); err == nil {
		t.Error("a window of an empty record: no error")
	}
}

// Lanes hold every frame of their streams, the states that the ends went
// through, and the stalls.
func TestLanesAgainstRowByRow(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 43))
		entries := flowRecord(rng)
		if seed%3 == 0 {
			entries = randomFrames(rng)
		}
		a := feed(t, entries)
		q := LaneQuery{N: 100, Buckets: 1 + rng.IntN(20), Conn: uint32(rng.IntN(2))}
		v, err := a.Lanes(q)
		if err != nil {
			t.Fatal(err)
		}
		c := a.conns[0]
		if v.Total != c.streams.len() || len(v.Lanes) != v.Total {
			t.Fatalf("seed %d: %d lanes of %d, want %d", seed, len(v.Lanes), v.Total, c.streams.len())
		}
		for i, l := range v.Lanes {
			slot := uint32(i + 1)
			frames, octets := 0, 0
			for k := range a.rows.len() {
				if r := a.rows.at(k); r.slot == slot {
					frames++
					octets += r.length()
					if k < l.First || k > l.Last {
						t.Fatalf("seed %d: frame %d lies outside the lane %+v", seed, k, l)
					}
				}
			}
			for _, x := range l.Ticks {
				frames -= x.Count
				octets -= x.Octets
				if x.At < v.Since || x.At > v.Until || x.Count == 0 {
					t.Fatalf("seed %d: tick %+v", seed, x)
				}
			}
			if frames != 0 || octets != 0 || l.Stream != c.stream(slot).id {
				t.Fatalf("seed %d: the ticks of %+v leave out %d frames, %d octets", seed, l, frames, octets)
			}
			for e, spans := range [][]view.StateSpan{l.Client, l.Server} {
				state := "idle"
				if n := len(spans); n > 0 {
					state = spans[n-1].State
				}
				if want := stateNames[c.stream(slot).state[e]]; state != want {
					t.Fatalf("seed %d: the %s's last state of stream %d is %s, want %s", seed, endNames[e], l.Stream, state, want)
				}
				for k := 1; k < len(spans); k++ {
					if spans[k-1].To != spans[k].From || spans[k].From < spans[k-1].From {
						t.Fatalf("seed %d: spans %+v", seed, spans)
					}
				}
			}
			s, err := a.Stalls(StallQuery{N: MaxRows, Stream: l.Stream, Frame: -1})
			if err != nil || s.Total != len(l.Stalls) {
				t.Fatalf("seed %d: stream %d has %d stalls, its lane %d (%v)", seed, l.Stream, s.Total, len(l.Stalls), err)
			}
		}
	}
}

// A comparison alone is what the series says beside its points; a part of the
// time is the points in it and those around it.
func TestFlowParts(t *testing.T) {
	entries := flowRecord(rand.New(rand.NewPCG(7, 41)))
	a := feed(t, entries)
	seen, cut := 0, 0
	for _, q := range windowsOf(a.conns[0]) {
		q.Frame = a.rows.len() / 2
		whole, err := a.Flow(q)
		if err != nil {
			t.Fatal(err)
		}
		alone := q
		alone.N = -1
		now, err := a.Flow(alone)
		if err != nil {
			t.Fatal(err)
		}
		if len(now.Points)+len(now.Stalls) != 0 || now.Now != whole.Now || now.Stream != whole.Stream || now.End != whole.End {
			t.Errorf("%+v: %+v, want %+v", q, now.Now, whole.Now)
		}
		again, err := a.Flow(q)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(whole) {
			t.Error("the comparison alone changed what is kept of the series", err)
		}
		if len(whole.Points) < 5 {
			continue
		}
		seen++
		part := q
		part.Since, part.Until = whole.Points[2].At, whole.Points[len(whole.Points)-3].At
		if part.Until == 0 {
			continue
		}
		got, err := a.Flow(part)
		if err != nil {
			t.Fatal(err)
		}
		if got.Total != whole.Total {
			t.Error("a part has", got.Total, "points in all, want", whole.Total)
		}
		at := 0
		for _, p := range whole.Points {
			if p.At < part.Since || p.At > part.Until {
				continue
			}
			for at < len(got.Points) && got.Points[at] != p {
				at++
			}
			if at == len(got.Points) {
				t.Fatalf("%+v lacks %+v", part, p)
			}
		}
		if len(got.Points) < len(whole.Points) {
			cut++
		}
		for _, s := range got.Stalls {
			if s.At > part.Until || s.LastAt >= 0 && s.LastAt < part.Since {
				t.Errorf("a stall of another time: %+v", s)
			}
		}
	}
	if seen == 0 || cut == 0 {
		t.Error("nothing was compared", seen, cut)
	}
}

// The place of a frame's stream among the lanes is the one that they have.
func TestLanesAt(t *testing.T) {
	for seed := range uint64(20) {
		a := feed(t, flowRecord(rand.New(rand.NewPCG(seed, 41))))
		for _, conn := range []uint32{0, a.conns[0].info.ID} {
			all, err := a.Lanes(LaneQuery{N: MaxLanes, Conn: conn, Frame: -1})
			if err != nil {
				t.Fatal(err)
			}
			if all.At != -1 {
				t.Error("no frame is on lane", all.At)
			}
			place := map[[2]uint32]int{}
			for i, l := range all.Lanes {
				place[[2]uint32{l.Conn, l.Stream}] = i
			}
			for frame := range a.rows.len() {
				r := a.rows.at(frame)
				want := -1
				if r.slot != 0 {
					c := a.conns[r.conn]
					if i, ok := place[[2]uint32{c.info.ID, c.stream(r.slot).id}]; ok {
						want = i
					}
				}
				got, err := a.Lanes(LaneQuery{Conn: conn, Frame: frame})
				if err != nil || got.At != want || len(got.Lanes) != 0 {
					t.Fatalf("frame %d is on lane %d of connection %d, want %d (%v)", frame, got.At, conn, want, err)
				}
			}
		}
	}
}
