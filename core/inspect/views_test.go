package inspect

import (
	"fmt"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// viewGoldens are what the views say of some of the records, as text; they lie
// in testdata/NAME.views.txt.
var viewGoldens = map[string]func(t testing.TB, a *Analyser) []byte{
	"stalls":   stallsText,
	"settings": connectionText,
	"priority": prioritiesText,
	"tables":   hpackText,
	"goaway":   connectionText,
}

// viewAnswers are the answers for the views, without what tells their age.
func viewAnswers(t testing.TB, a *Analyser) (out []any) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	stalls, err := a.Stalls(StallQuery{N: MaxRows, Frame: -1})
	must(err)
	stalls.Version = 0
	out = append(out, stalls)
	lanes, err := a.Lanes(LaneQuery{N: 100, Buckets: 9})
	must(err)
	lanes.Version = 0
	out = append(out, lanes)
	for _, c := range a.conns {
		for _, q := range windowsOf(c)[:min(4, 2+2*c.streams.len())] {
			q.N, q.Frame = 30, c.a.rows.len()/2-1
			flow, err := a.Flow(q)
			must(err)
			flow.Version = 0
			for i := range flow.Stalls { // up to the end of the record, whose times differ
				flow.Stalls[i].Text = ""
			}
			out = append(out, flow)
		}
	}
	for _, c := range a.conns {
		for _, frame := range []int{-1, c.a.rows.len() / 2} {
			if frame < c.a.rows.len() {
				conn, err := a.Connection(ConnQuery{Conn: c.info.ID, Frame: frame})
				must(err)
				conn.Version = 0
				hp, err := a.HPACK(HPACKQuery{Conn: c.info.ID, Frame: frame})
				must(err)
				hp.Version = 0
				prio, err := a.Priority(PriorityQuery{Conn: c.info.ID, Frame: frame})
				must(err)
				prio.Version = 0
				out = append(out, conn, hp, prio)
			}
		}
	}
	for i := range a.rows.len() {
		if p, err := a.Predict(i); err == nil {
			p.Version = 0
			out = append(out, p)
		}
	}
	for _, filter := range []string{"window<1", "stall:*", "time>3ms -dir:s2c", "text:a|1", "size>20"} {
		rows, err := a.Rows(Query{N: MaxRows, Filter: filter, Sort: "length", Desc: true})
		must(err)
		rows.Version = 0
		out = append(out, rows)
	}
	return out
}

// recordStalls: senders that wait for each kind of window.
func recordStalls(r *recorder) {
	r.at(0).c2s([]byte(frame.Preface), settings(4, 100))
	r.s2c(settings(4, 70000))
	r.at(5).c2s(ack)
	r.s2c(ack)
	r.at(10).c2s(request(1, "/a", true), request(3, "/b", true), request(5, "/c", true))
	r.at(20).s2c(response(1, false), data(1, 100, false), response(3, false), data(3, 60, false)) // stream 1 waits
	r.at(30).c2s(frame.AppendWindowUpdate(nil, 1, 500))
	r.at(32).s2c(frame.AppendPing(nil, [8]byte{1}, false)) // credit is under way
	r.at(40).s2c(data(1, 500, true))                       // and is served
	r.at(41).s2c(data(3, 40, false))                       // exactly all, and then nothing more to send
	r.at(41).s2c(data(3, 0, true))                         // no stall
	r.at(42).s2c(response(5, false), data(5, 100, false))
	r.at(50).c2s(settings(4, 50)) // below 0
	r.at(60).s2c(ack)
	r.at(61).c2s(frame.AppendWindowUpdate(nil, 5, 40))
	r.at(70).c2s(frame.AppendRSTStream(nil, 5, frame.Cancel)) // ends it
	// the client uploads until the connection's window is empty; two more wait
	r.at(80).c2s(request(7, "/up", false), request(9, "/up2", false))
	for range 4 {
		r.c2s(data(7, 16000, false))
	}
	r.at(90).c2s(data(7, 1535, false))
	r.at(91).c2s(request(11, "/up3", false))
	r.at(100).s2c(frame.AppendWindowUpdate(nil, 0, 10))
	r.at(110).c2s(data(9, 10, false)) // again
	r.at(120).s2c(settings(4, 65535))
	r.at(130).c2s(ack)
	r.at(140).s2c(frame.AppendWindowUpdate(nil, 0, 70000))
	r.at(150).c2s(data(7, 4000, false)) // both of stream 7
}

func stallsText(t testing.TB, a *Analyser) []byte {
	t.Helper()
	var out []byte
	all, err := a.Stalls(StallQuery{N: 100, Frame: -1})
	if err != nil {
		t.Fatal(err)
	}
	out = fmt.Appendf(out, "%d stalls\n", all.Total)
	for _, s := range all.Stalls {
		out = appendStall(out, s)
	}
	for i := range a.rows.len() {
		at, err := a.Stalls(StallQuery{N: 100, Frame: i})
		if err != nil {
			t.Fatal(err)
		}
		row := a.row(i, nil)
		if len(at.Stalls) > 0 || row.Stall != "" {
			out = fmt.Appendf(out, "\nat frame %d, %s %s %s: %s\n", i+1, row.Dir, row.Type, msText(row.SentAt), row.Stall)
		}
		for _, s := range at.Stalls {
			out = fmt.Appendf(out, "  %s\n", s.Text)
		}
	}
	return out
}

func appendStall(out []byte, s view.Stall) []byte {
	last := "goes on"
	if s.Last >= 0 {
		last = fmt.Sprintf("frame %d, %s", s.Last+1, msText(s.LastAt))
	}
	return fmt.Appendf(out, "%s %s, streams %v: frame %d, %s to %s, %s\n  %s\n", s.End, s.Window, s.Streams, s.Frame+1, msText(s.At), last, msText(s.For), s.Text)
}
