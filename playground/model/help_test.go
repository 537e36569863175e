package model

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// record is what the analyser knows; desk answers queries from it.
type record struct {
	Summary view.Summary
	Rows    view.Rows
	Details []view.Detail
	Density view.Density
}

// push is a session with a server push, as core/inspect explained it (see
// testdata/gen).
func push(t *testing.T) *record {
	t.Helper()
	b, err := os.ReadFile("testdata/push.json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(record)
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	return r
}

// many is a record of n frames on 50 streams.
func many(n int) *record {
	r := &record{Summary: view.Summary{Frames: n, End: int64(n) * 1000, Version: 7,
		Conns: []view.Conn{{ID: 1, Client: "client", Server: "localhost:80", Vantage: "both"}}}}
	for i := range n {
		row := view.Row{Index: i, Kind: "frame", Conn: 1, Dir: "c2s", SentAt: int64(i) * 1000, RecvAt: int64(i)*1000 + 500,
			Type: "DATA", Color: "data", Stream: uint32(1 + 2*(i%50)), Length: 10, Text: "10 B"}
		if i%3 == 0 {
			row.Type, row.Color, row.Dir = "HEADERS", "headers", "s2c"
		}
		r.Rows.Rows = append(r.Rows.Rows, row)
	}
	for i := range 100 {
		r.Density.Buckets = append(r.Density.Buckets, view.Bucket{At: int64(i) * int64(n) * 10, Len: int64(n) * 10, Dir: "c2s", First: i * n / 100, Count: n / 100, Color: "data"})
	}
	r.Density.End = r.Summary.End
	return r
}

func (r *record) rows(q QueryRows) RowsArrived {
	a := RowsArrived{ID: q.ID, At: -1}
	if i := strings.Index(q.Filter, "bogus"); i >= 0 {
		a.Err = "filter, character " + string(rune('1'+i)) + ": no such word"
		return a
	}
	var all []view.Row
	types, some := filterTypes(q.Filter)
	for _, row := range r.Rows.Rows {
		if q.Conn != 0 && row.Conn != q.Conn || some && !slices.Contains(types, row.Type) {
			continue
		}
		all = append(all, row)
	}
	from, to := min(q.From, len(all)), min(q.From+q.N, len(all))
	a.Rows = view.Rows{From: q.From, Total: len(all), Rows: all[from:to], Version: r.Summary.Version}
	return a
}

// position is where a frame stands among the rows that match.
func (r *record) position(q Query) *view.Position {
	all := r.rows(QueryRows{Conn: q.Conn, Filter: q.Filter, N: len(r.Rows.Rows)}).Rows.Rows
	p := &view.Position{Frame: q.Frame, At: -1, Near: len(all), Total: len(all), Run: -1}
	for i, row := range slices.Backward(all) {
		if row.Index >= q.Frame {
			p.Near = i
		}
		if row.Index == q.Frame {
			p.At = i
		}
	}
	return p
}

func (r *record) detail(frame int) view.Detail {
	if frame < len(r.Details) {
		d := r.Details[frame]
		d.Version = r.Summary.Version
		return d
	}
	return view.Detail{Row: r.Rows.Rows[frame], Title: "DATA", Version: r.Summary.Version, Octets: make([]byte, 19),
		Spans: []view.Span{{Off: 0, Len: 19, Parent: -1, Name: "Everything", Color: 1, Rep: -1}}}
}

// desk is the model with somebody who answers its queries.
type desk struct {
	t       *testing.T
	m       Model
	r       *record
	mute    bool     // queries stay unanswered, in pending
	pending []Effect // queries
	done    []Effect // everything that was not a query, in order
	asked   int      // queries
}

var examples = []Example{
	{Name: "server-push", Title: "server push", Program: "const a = 1;\nserver.on('x');\n"},
	{Name: "other", Title: "other", Program: "// other\n"},
}

func flags() Flags {
	return Flags{Settings: map[string]string{}, Examples: examples, RelayOrigin: "ws://127.0.0.1:8420/relay", Width: 1440, Height: 900}
}

// open is a page that has run its example.
func open(t *testing.T, f Flags, r *record) *desk {
	t.Helper()
	d := &desk{t: t, r: r}
	m, effects := New(f)
	d.m = m
	d.take(effects)
	d.send(RunStarted{d.m.run.Serial})
	d.send(Scrolled{0, 600})
	d.send(SummaryChanged{r.Summary})
	d.send(RunEnded{d.m.run.Serial})
	return d
}

func (d *desk) send(msg Msg) {
	d.t.Helper()
	m, effects := Update(d.m, msg)
	d.m = m
	d.take(effects)
}

func (d *desk) take(effects []Effect) {
	d.t.Helper()
	for _, e := range effects {
		switch e.(type) {
		case QueryRows, QueryDetail, QueryDensity, Query, QueryFind, QueryComplete:
			if d.asked++; d.asked > 10_000 {
				d.t.Fatal("the model asks without end")
			}
			d.pending = append(d.pending, e)
		default:
			d.done = append(d.done, e)
		}
	}
	for !d.mute && len(d.pending) > 0 {
		d.answer()
	}
}

// answer answers the query that waits longest.
func (d *desk) answer() {
	d.t.Helper()
	e := d.pending[0]
	d.pending = d.pending[1:]
	switch e := e.(type) {
	case QueryRows:
		d.send(d.r.rows(e))
	case QueryDetail:
		d.send(DetailArrived{ID: e.ID, Detail: d.r.detail(e.Frame)})
	case QueryFind:
		d.send(d.r.find(e))
	case QueryComplete:
		d.send(complete(e))
	case Query:
		if e.Op == "position" {
			d.send(Answered{ID: e.ID, Value: d.r.position(e), At: -1})
		} else {
			d.done = append(d.done, e)
		}
	case QueryDensity:
		d.send(DensityArrived{ID: e.ID, Density: d.r.Density})
	}
}

func (d *desk) key(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.send(KeyPressed{Key: k})
	}
}

func (d *desk) click(what Action, arg string, n int) {
	d.t.Helper()
	d.send(Click{what, arg, n})
}

// at checks which frame, counted from 1, is selected and shown everywhere.
func (d *desk) at(frame int) {
	d.t.Helper()
	s := d.m.Scrub()
	if s.Frame != frame {
		d.t.Fatalf("frame %d is selected, want %d", s.Frame, frame)
	}
	if d.mute {
		return
	}
	if v := d.m.Inspector(); v.Stale || d.m.detail.Row.Index != frame-1 {
		d.t.Fatalf("the inspector shows frame %d, want %d", d.m.detail.Row.Index+1, frame)
	}
}

// visible are the rows that the slots show, in order of position.
func (d *desk) visible() []Row {
	var rows []Row
	for i := range d.m.List().Slots {
		if r := d.m.SlotRow(i); !r.Blank {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return a.Position - b.Position })
	return rows
}

// last is the newest effect of the type.
func last[E Effect](d *desk) (E, bool) {
	for i := len(d.done) - 1; i >= 0; i-- {
		if e, ok := d.done[i].(E); ok {
			return e, true
		}
	}
	var none E
	return none, false
}

func must[E Effect](d *desk) E {
	d.t.Helper()
	e, ok := last[E](d)
	if !ok {
		d.t.Fatalf("no effect %T", e)
	}
	return e
}
