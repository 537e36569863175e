package model

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// analysed is a desk whose queries a real analyser answers.
type analysed struct {
	*desk
	a *inspect.Analyser
}

// runRecord is a record with a run of 40 DATA frames (numbers 6 to 45), one of
// ten WINDOW_UPDATE (46 to 55), and three DATA that are too few for a run.
func runRecord() []trace.Entry {
	preface := append([]byte(frame.Preface), frame.AppendSettings(nil, nil)...)
	entries := []trace.Entry{&trace.Header{Version: 1, Title: "runs", Program: "// the program"}, &trace.Conn{ID: 1, Vantage: trace.VantageBoth}}
	at := int64(0)
	put := func(dir trace.Dir, b []byte) {
		entries = append(entries, &trace.Chunk{Conn: 1, Dir: dir, SentAt: at, ReceivedAt: at + 5_000_000, Octets: b})
		at += 10_000_000
	}
	put(trace.ToServer, preface)
	put(trace.ToClient, frame.AppendSettings(nil, nil))
	put(trace.ToServer, frame.AppendHeaders(nil, 1, []byte{0x82, 0x86, 0x84}, true, true, nil, frame.NoPadding)) // 4: GET /
	many := frame.AppendHeaders(nil, 1, []byte{0x88}, false, true, nil, frame.NoPadding)                         // 5: 200
	for i := range 40 {
		many = frame.AppendData(many, 1, make([]byte, 10+i), false, frame.NoPadding)
	}
	put(trace.ToClient, many)
	var credit []byte
	for i := range 10 {
		credit = frame.AppendWindowUpdate(credit, uint32(i%2), 100)
	}
	put(trace.ToServer, credit)
	for range 3 {
		put(trace.ToClient, frame.AppendData(nil, 1, []byte("x"), false, frame.NoPadding))
	}
	return entries
}

func analyse(t *testing.T, entries []trace.Entry) *analysed {
	t.Helper()
	a := inspect.New()
	for _, e := range entries {
		if err := a.Feed(e); err != nil {
			t.Fatal(err)
		}
	}
	d := &analysed{&desk{t: t, mute: true}, a}
	m, effects := New(flags())
	d.m = m
	d.take(effects)
	d.say(RunStarted{d.m.run.Serial})
	d.say(Scrolled{0, 600})
	d.say(SummaryChanged{Summary: a.Summary()})
	d.say(RunEnded{d.m.run.Serial})
	return d
}

// say is a message whose effects are answered until there are no more.
func (d *analysed) say(msg Msg) {
	d.t.Helper()
	d.send(msg)
	for len(d.pending) > 0 {
		e := d.pending[0]
		d.pending = d.pending[1:]
		d.send(d.reply(e))
	}
}

func (d *analysed) reply(e Effect) Msg {
	switch e := e.(type) {
	case QueryRows:
		rows, err := d.a.Rows(inspect.Query{From: e.From, N: e.N, Conn: e.Conn, Filter: e.Filter, Sort: e.Sort, Desc: e.Desc,
			Collapse: e.Collapse, Open: integers(d.t, e.Open)})
		if err != nil {
			return RowsArrived{ID: e.ID, Err: err.Error(), At: -1}
		}
		return RowsArrived{ID: e.ID, Rows: rows, At: -1}
	case Query:
		if e.Op == "bits" {
			b, err := d.a.Bits(e.Frame, e.N)
			if err != nil {
				d.t.Fatal(err)
			}
			return Answered{ID: e.ID, Value: &b, At: -1}
		}
		if e.Op != "position" { // what the other views ask is not this file's matter
			return Answered{ID: e.ID, Err: "not answered", At: -1}
		}
		p, err := d.a.Position(e.Frame, inspect.Query{Conn: e.Conn, Filter: e.Filter, Sort: e.Sort, Desc: e.Desc, Collapse: e.Collapse, Open: integers(d.t, e.Open)})
		if err != nil {
			d.t.Fatal(err)
		}
		return Answered{ID: e.ID, Value: &p, At: -1}
	case QueryDetail:
		detail, err := d.a.Detail(e.Frame)
		if err != nil {
			d.t.Fatal(err)
		}
		return DetailArrived{ID: e.ID, Detail: detail}
	case QueryDensity:
		return DensityArrived{ID: e.ID, Density: d.a.Density(e.Buckets)}
	}
	d.t.Fatalf("nobody answers %+v", e)
	return nil
}

func integers(t *testing.T, list string) []int {
	t.Helper()
	var out []int
	if err := json.Unmarshal([]byte("["+list+"]"), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (d *analysed) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.say(KeyPressed{Key: k})
	}
}

// on checks the selected frame, from 1, and that its row is marked and in sight.
func (d *analysed) on(frame int, row string) {
	d.t.Helper()
	if got := d.m.Scrub().Frame; got != frame {
		d.t.Fatalf("frame %d is selected, want %d", got, frame)
	}
	var marked []string
	for _, r := range d.visible() {
		if r.Selected {
			marked = append(marked, r.Type+" "+r.Says)
		}
	}
	if want := []string{row}; row != "" && !slices.Equal(marked, want) {
		d.t.Fatalf("the marked rows are %q, want %q", marked, want)
	}
}

func TestStepsThroughRuns(t *testing.T) {
	d := analyse(t, runRecord())
	types := ""
	for _, r := range d.visible() {
		types += r.Type + "|"
	}
	if want := "PREFACE|SETTINGS|SETTINGS|HEADERS|HEADERS|× 40 DATA|× 10 WINDOW_UPDATE|DATA|DATA|DATA|"; types != want {
		t.Fatalf("rows\n%s want\n%s", types, want)
	}
	d.on(4, "HEADERS 1 · GET / · END_STREAM")
	d.press("j", "j")
	d.on(6, "× 40 DATA 1180 B")
	d.press("j") // past the run
	d.on(46, "× 10 WINDOW_UPDATE +1000 · streams 0, 1")
	d.press("k")
	d.on(6, "")
	d.say(Click{What: ActSelect, N: 21}) // within the closed run
	d.on(22, "× 40 DATA 1180 B")
	d.press("k")
	d.on(5, "")
	d.say(Click{What: ActSelect, N: 21})
	d.press("Enter") // opens it, and goes to the frame's own row
	d.on(22, "DATA 1 · 26 B")
	d.press("k", "k")
	d.on(20, "DATA 1 · 24 B")
	d.press("Home", "j", "j", "j", "j", "j") // the row above the frames is passed
	d.on(6, "DATA 1 · 10 B")
	d.press("k")
	d.on(5, "")
	d.press("End", "k", "k", "k", "k") // three DATA, the closed run of WINDOW_UPDATE, the last DATA of the open one
	d.on(45, "DATA 1 · 49 B")
	d.press("Enter")
	d.on(45, "× 40 DATA 1180 B")
	d.press("r")
	d.on(45, "DATA 1 · 49 B")
	if got := must[PushURL](d.desk).Fragment; !strings.Contains(got, "runs=open") {
		t.Error("the address says", got)
	}
	if n := d.m.list.total; n != 58 {
		t.Error(n, "rows, want every frame")
	}
}

func TestRunsAreOfTheSequence(t *testing.T) {
	d := analyse(t, runRecord())
	for _, v := range []View{ViewFrames, ViewStreams} {
		d.t = t
		m, effects := d.m.click(Click{What: ActView, Arg: string(v)})
		d.m = m
		d.take(effects)
		if k := d.m.asked(); k != (listKey{}) {
			t.Errorf("%s asks for %+v", v, k)
		}
		d.say(Scrolled{0, 600})
		d.say(Click{What: ActSelect, N: 6})
		d.press("j")
		d.on(8, "")
	}
	d.say(Click{What: ActView, Arg: string(ViewSequence)})
	d.on(8, "× 40 DATA 1180 B")
	d.say(FilterEdited{"type:DATA"}) // who filters sees the frames
	if d.m.list.total != 43 || d.m.Filter().Matches != "43 of 58" || d.m.Filter().HasRuns {
		t.Errorf("%d rows, %+v", d.m.list.total, d.m.Filter())
	}
	d.on(8, "DATA 1 · 12 B")
}

func TestSortedSteps(t *testing.T) {
	d := analyse(t, runRecord())
	d.say(Click{What: ActView, Arg: string(ViewFrames)})
	order := func(column string) string {
		for _, c := range d.m.Columns() {
			if c.ID == column {
				return c.Order
			}
		}
		return ""
	}
	if order("time") != "ascending" || order("length") != "none" {
		t.Error("by time, the columns say", d.m.Columns())
	}
	d.say(Click{What: ActSort, Arg: "length"})
	d.say(Click{What: ActSort, Arg: "length"})
	if order("time") != "none" || order("length") != "descending" || !strings.Contains(must[PushURL](d.desk).Fragment, "sort=-length") {
		t.Error("the columns say", d.m.Columns(), must[PushURL](d.desk))
	}
	d.on(4, "") // what was selected before stays selected
	d.press("Home")
	d.on(45, "")
	last := 1 << 20
	for range 20 {
		n, err := strconv.Atoi(d.m.SlotRow(d.m.position % d.m.List().Slots).Length)
		if err != nil || n > last {
			t.Fatalf("length %d after %d (%v)", n, last, err)
		}
		last = n
		d.press("j")
	}
	d.say(Click{What: ActSelect, N: 5}) // its row is found wherever it stands
	if r, ok := d.m.list.row(d.m.position); !ok || r.Index != 5 || d.m.position != 40 {
		t.Errorf("frame 5 at %d, %v", d.m.position, r)
	}
	other, _ := New(Flags{Fragment: "view=frames&sort=-length", Width: 1440, Height: 900, Settings: map[string]string{}})
	if k := other.asked(); k.sort != "length" || !k.desc {
		t.Errorf("the address is read as %+v", k)
	}
	d.say(Click{What: ActSort, Arg: "length"})
	if order("time") != "ascending" || d.m.list.total != 58 {
		t.Error("no way back to the order of time")
	}
	d.on(6, "")
	d.press("j")
	d.on(7, "")
	d.say(Click{What: ActSort, Arg: "time"})
	d.press("j")
	d.on(6, "")
	if _, ok := answer[view.Position](d.m, slotPosition); !ok {
		t.Error("no position was asked for")
	}
}

func TestPlayStopsInARun(t *testing.T) {
	d := analyse(t, runRecord())
	d.say(Click{What: ActSelect, N: 4})
	d.m.playing, d.m.hunt.stop, d.m.hunt.why = true, 21, "size=26"
	d.say(Ticked{d.m.tick})
	d.on(22, "× 40 DATA 1180 B")
	if d.m.playing {
		t.Error("playing went on past a frame in a closed run")
	}
}

func TestBitsOfTheLitRepresentation(t *testing.T) {
	d := analyse(t, runRecord())
	if d.m.Inspector().Bits != nil {
		t.Error("bits although nothing is lit")
	}
	d.say(Click{What: ActRep, N: 2})
	b := d.m.Inspector().Bits
	if b == nil || len(b.Parts) != 2 || b.Parts[0].Bits != "1" || b.Parts[1].Bits != "0000100" || b.Parts[1].Value != "4" {
		t.Fatalf("%+v", b)
	}
	was := d.m.InspectorKey()
	d.say(Click{What: ActRep, N: 1})
	if b = d.m.Inspector().Bits; b == nil || b.Parts[1].Value != "6" || d.m.InspectorKey() == was {
		t.Errorf("%+v", b)
	}
	d.press("j")
	if d.m.Inspector().Bits != nil {
		t.Error("another frame shows the bits of the last one")
	}
}

func TestCopyingByKeys(t *testing.T) {
	d := analyse(t, runRecord())
	d.press("y", "ArrowDown")
	if f := must[Focus](d.desk); f.ID != "copy-go" || !d.m.Inspector().Copying {
		t.Errorf("%+v", f)
	}
	d.press("s")
	if c := must[Copy](d.desk); c.Text != "peer HEADERS stream=1 END_STREAM block=828684" || c.What != "frame 4 as a line of a frame script" || d.m.Inspector().Copying {
		t.Errorf("%+v", c)
	}
	d.press("y", "Escape")
	if d.m.Inspector().Copying {
		t.Error("Escape leaves the menu open")
	}
	d.say(Click{What: ActCopyFrame, Arg: CopyJS})
	if c := must[Copy](d.desk).Text; !strings.HasPrefix(c, "new Uint8Array([0x00, 0x00, 0x03, 0x01") {
		t.Error(c)
	}
}

func TestProblemsHaveAPlace(t *testing.T) {
	entries := append(runRecord(), &trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 1 << 40, ReceivedAt: 1 << 40, Octets: []byte{0, 0, 9, 6, 0}})
	d := analyse(t, entries)
	if v := d.m.Problems(); v.Text != "1 problem" || v.Open {
		t.Errorf("%+v", v)
	}
	d.press("!")
	if v := d.m.Problems(); !v.Open || len(v.Rows) != 1 || v.Rows[0].Frame != 58 || !strings.Contains(v.Rows[0].Text, "ends in the middle") {
		t.Errorf("%+v", v)
	}
	d.press("End")
	d.on(59, "")
	for _, r := range d.visible() {
		if r.Selected && (r.Type != "PING CUT OFF" && r.Type != "CUT OFF" || !r.Broken) {
			t.Errorf("%+v", r)
		}
	}
	d = analyse(t, runRecord())
	d.press("!")
	if v := d.m.Problems(); v.Text != "" || !strings.Contains(d.m.Notice().Text, "Nothing is wrong") {
		t.Errorf("%+v", v)
	}
}

// Who drags sees list and cursor follow; the details come when the hand rests.
func TestDetailsWaitForTheHandToRest(t *testing.T) {
	d := analyse(t, runRecord())
	d.say(Scrubbed{0.9})
	if v := d.m.Inspector(); v.Stale {
		t.Error("a single press waits")
	}
	var last After
	for _, at := range []float64{0.7, 0.5, 0.3} {
		d.say(Scrubbed{at})
		last = must[After](d.desk)
	}
	if v := d.m.InspectorHead(); !v.Stale || d.m.selected < 0 {
		t.Error("details were asked for in passing")
	}
	d.say(Ticked{last.Tick + 1}) // that of a frame before
	if !d.m.InspectorHead().Stale {
		t.Error("details came while the hand moved on")
	}
	d.say(Ticked{last.Tick})
	if d.m.InspectorHead().Stale || d.m.detail.Row.Index != d.m.selected {
		t.Error("no details although the hand rests")
	}
	d.press("j")
	if d.m.InspectorHead().Stale {
		t.Error("a step after dragging waits")
	}
	d.say(Scrubbed{0.6})
	d.say(Scrubbed{0.4})
	if !d.m.InspectorHead().Stale {
		t.Fatal("details were asked for in passing")
	}
	d.say(ScrubHeld{})
	if d.m.InspectorHead().Stale {
		t.Error("details wait although the hand has let go")
	}
	for _, at := range []float64{0.1, 0.8, 0.2} { // one press after the other, each a jump
		d.say(ScrubHeld{Down: true})
		d.say(Scrubbed{at})
		if d.m.InspectorHead().Stale {
			t.Errorf("the jump to %g waits", at)
		}
	}
}
