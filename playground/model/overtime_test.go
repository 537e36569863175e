package model

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"framewise/core/inspect/ask"
	"framewise/core/inspect/view"
)

// asker answers the model's questions with the analyser that reads a record.
type asker struct {
	t     *testing.T
	s     *ask.Session
	m     Model
	done  []Effect
	asked []Question
}

func (a *asker) ask(into any, format string, args ...any) string {
	a.t.Helper()
	b := a.s.Answer(fmt.Appendf(nil, format, args...))
	var refusal struct{ Error string }
	if err := json.Unmarshal(b, &refusal); err != nil {
		a.t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		a.t.Fatal(err)
	}
	return refusal.Error
}

func (a *asker) send(msg Msg) {
	a.t.Helper()
	m, effects := Update(a.m, msg)
	a.m = m
	for _, e := range effects {
		switch e := e.(type) {
		case QueryRows:
			var rows view.Rows
			a.ask(&rows, `{"op":"rows","from":%d,"n":%d}`, e.From, e.N)
			a.send(RowsArrived{ID: e.ID, Rows: rows, At: -1})
		case QueryDetail:
			var d view.Detail
			a.ask(&d, `{"op":"detail","frame":%d}`, e.Frame)
			a.send(DetailArrived{ID: e.ID, Detail: d})
		case QueryDensity:
			var d view.Density
			a.ask(&d, `{"op":"density","buckets":%d}`, e.Buckets)
			a.send(DensityArrived{ID: e.ID, Density: d})
		case Query:
			a.asked = append(a.asked, e.Question)
			place := NewAnswer(e.Op)
			err := a.ask(place, `{"op":%q,"conn":%d,"stream":%d,"dir":%q,"frame":%d,"from":%d,"n":%d,"buckets":%d,"since":%d,"until":%d}`,
				e.Op, e.Conn, e.Stream, e.Dir, e.Frame, e.From, e.N, e.Buckets, e.Since, e.Until)
			a.send(Answered{ID: e.ID, Value: place, Err: err, At: -1})
		default:
			a.done = append(a.done, e)
		}
	}
}

func (a *asker) click(what Action, arg string, n int) {
	a.t.Helper()
	a.send(Click{what, arg, n})
}

// reading is a page that shows a record of core/inspect's tests.
func reading(t *testing.T, record string, f Flags) *asker {
	t.Helper()
	b, err := os.ReadFile("../../core/inspect/testdata/" + record + ".h2trace")
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{t: t, s: ask.New()}
	if err := a.s.Feed(b); err != nil {
		t.Fatal(err)
	}
	var s view.Summary
	a.ask(&s, `{"op":"summary"}`)
	a.m, _ = New(f)
	a.send(RunStarted{a.m.run.Serial})
	a.send(SummaryChanged{s})
	a.send(RunEnded{a.m.run.Serial})
	return a
}

// rows are the streams that are drawn, in order.
func (a *asker) rows() []*LaneRow {
	var out []*LaneRow
	v := a.m.Streams()
	for i := range v.Rows {
		for _, r := range v.Rows {
			if !r.Blank && r.Index == i {
				out = append(out, r)
			}
		}
	}
	return out
}

func TestStreams(t *testing.T) {
	a := reading(t, "stalls", flags())
	if v := a.m.Streams(); v.Empty == "" {
		t.Error("streams that nobody asked for are drawn")
	}
	a.click(ActView, "streams", 0)
	rows := a.rows()
	ids := ""
	for _, r := range rows {
		ids += r.Stream + " "
	}
	if ids != "1 3 5 7 9 11 " || a.m.Streams().Total != "6 streams" {
		t.Fatal(ids, a.m.Streams().Total)
	}
	five := rows[2]
	if five.Request != "GET /c" || !strings.Contains(five.Notes, "reset by the client: CANCEL") || five.First != 7 {
		t.Errorf("%+v", five)
	}
	if len(five.Stalls) != 1 || !five.Stalls[0].Server || !strings.Contains(five.Stalls[0].Title, "stream window, since frame 19") {
		t.Errorf("stream 5 waits for its window at the server from frame 19: %+v", five.Stalls)
	}
	if w := five.Stalls[0].W; w < 180 || w > 240 { // 33 of 155 ms
		t.Error("the stall is", w, "thousandths wide")
	}
	seven := rows[3]
	if len(seven.Stalls) != 3 || seven.Stalls[0].Server || seven.Stalls[2].Text == "" {
		t.Errorf("stream 7 waits three times at the client: %+v", seven.Stalls)
	}
	heavy := false
	for _, k := range seven.Ticks {
		heavy = heavy || k.Heavy && strings.HasPrefix(k.Path, "M") && k.Color == "data"
	}
	if !heavy {
		t.Errorf("no DATA on stream 7: %+v", seven.Ticks)
	}
	if !strings.Contains(seven.Label, "waited 3 times") || !strings.Contains(seven.Label, "not closed") {
		t.Error(seven.Label)
	}
}

func TestStreamsStates(t *testing.T) {
	a := reading(t, "push", flags())
	a.click(ActView, "streams", 0)
	var pushed *LaneRow
	for _, r := range a.rows() {
		if r.Pushed {
			pushed = r
		}
	}
	if pushed == nil || pushed.PushedBy != "pushed by 1" || !strings.Contains(pushed.Label, "pushed by 1") {
		t.Fatalf("the pushed stream does not say so: %+v", pushed)
	}
	for _, s := range pushed.Spans {
		if s.Class == "st-reserved" && s.Hatch == "" || s.W < leastSpan {
			t.Errorf("a state without a sign: %+v", s)
		}
	}
	if len(pushed.Spans) == 0 {
		t.Error("no states")
	}
}

func TestStreamsFollowTheSelection(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActView, "streams", 0)
	a.send(LanesScrolled{Top: 0, Height: 110}) // two rows
	a.done = nil
	a.click(ActSelect, "", 29) // DATA on stream 7
	for _, r := range a.rows() {
		if r.Selected != (r.Stream == "7") {
			t.Error("stream", r.Stream, "selected:", r.Selected)
		}
	}
	top := -1
	for _, e := range a.done {
		if s, ok := e.(ScrollPart); ok {
			top = s.Top
		}
	}
	if h := a.m.laneHeight(); top > 3*h || top+110 < 4*h {
		t.Error("the selected frame's stream is not in sight: scrolled to", top)
	}
	a.done = nil
	a.send(LanesScrolled{Top: 0, Height: 110}) // somebody looks elsewhere
	for _, e := range a.done {
		if _, ok := e.(ScrollPart); ok {
			t.Error("the streams are scrolled away from under a reader")
		}
	}
	a.click(ActSelect, "", 0) // the preface is on no stream
	for _, r := range a.rows() {
		if r.Selected {
			t.Error("stream", r.Stream, "is selected although the frame is on none")
		}
	}
}

func TestLanePointed(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActView, "streams", 0)
	x := func(ms int64) float64 { return a.m.axis().x(ms*1_000_000) / 1000 }
	for _, c := range []struct {
		what string
		p    LanePointed
		want int
	}{
		{"the reset of stream 5, above", LanePointed{2, x(70), 5, 460}, 22},
		{"its DATA, below", LanePointed{2, x(42), 45, 460}, 17},
		{"nothing near: the server's state", LanePointed{2, x(30), 30, 460}, 7},
		{"after the reset: the client's state is the reset's", LanePointed{2, x(120), 20, 460}, 22},
	} {
		a.send(c.p)
		if a.m.selected != c.want {
			t.Errorf("%s: frame %d, want %d", c.what, a.m.selected, c.want)
		}
	}
	a.send(LanePointed{99, 0.5, 5, 460})
	if a.m.selected != 22 {
		t.Error("a press on no stream goes somewhere")
	}
}

func TestStreamsTable(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActView, "streams", 0)
	a.click(ActTables, "table", 0)
	tb := a.m.Streams().Table
	if !tb.On || len(tb.Lines) != 6 || tb.Next || tb.Previous || tb.Text != "1–6 of 6" {
		t.Fatalf("%+v", tb)
	}
	l := tb.Lines[2]
	if l.Stream != "5" || l.Closed != "RST_STREAM by the client: CANCEL" || l.Waits != "stream window 42.00 ms – 75.00 ms" || !strings.Contains(l.Server, "half-closed (remote) 15.00 ms → closed 75.00 ms") {
		t.Errorf("%+v", l)
	}
	if l.Sent != "3 frames, 17 B" && !strings.HasPrefix(l.Sent, "3 frames") {
		t.Error(l.Sent)
	}
	a.click(ActLanePage, "", 1)
	if a.m.over.lanes.page != 0 {
		t.Error("a page that does not exist is shown")
	}
}

func TestFlow(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActSelect, "", 9) // DATA that uses up the window of stream 1
	a.click(ActView, "flow", 0)
	v := a.m.Flow()
	titles := ""
	for _, c := range v.Charts {
		titles += c.Title + "; "
	}
	if titles != "Connection, server → client; Stream 1, server → client; Connection, client → server; Stream 1, client → server; " {
		t.Fatal(titles, v.Still)
	}
	if len(v.Waits) != 1 || v.Waits[0].Name != "server waits, stream 1: stream window" || !strings.Contains(v.Waits[0].Text, "WINDOW_UPDATE by the client on stream 1 would end it") {
		t.Errorf("who waits, and for what: %+v", v.Waits)
	}
	if len(v.Stalls.Lines) != 5 || v.Stalls.Text != "1–5 of 5" || !v.Stalls.Lines[0].On || v.Stalls.Lines[1].On || !v.Stalls.Lines[4].Open {
		t.Errorf("%+v", v.Stalls)
	}
	c := v.Charts[1]
	if len(c.Bands) != 1 || c.Sender == "" || c.Differ == "" || c.SenderY < 0 {
		t.Errorf("%+v", c)
	}
	if a := a.m.axis(); c.SenderX != a.x(20_000_000) || c.RecvX != a.x(25_000_000) {
		t.Error("each end handles a frame at its own time:", c.SenderX, c.RecvX)
	}
	a.click(ActSelect, "", 13) // PING, while WINDOW_UPDATE is on its way
	c, sum := a.m.Flow().Charts[1], ""
	for _, s := range c.Sum {
		sum += s.Name + " " + s.Value + "; "
	}
	if sum != "server may send 0; credit under way 500; client is ready for 500; " {
		t.Error(sum)
	}
	if c.Title != "Stream 1, server → client" || c.Sum[1].Frame != 12 {
		t.Error(c.Title, "credit is under way since", c.Sum[1].Frame)
	}
	a.click(ActSelect, "", v.Stalls.Lines[2].First) // the connection's, of streams 7, 9 and 11
	v = a.m.Flow()
	if a.m.over.flow.stream != 7 || v.Waits[0].Name != "client waits, the connection: connection window" {
		t.Errorf("stream %d, %+v", a.m.over.flow.stream, v.Waits)
	}
	a.click(ActFlowOf, "", 5)
	if v = a.m.Flow(); v.Charts[1].Title != "Stream 5, server → client" {
		t.Error(v.Charts[1].Title)
	}
	a.click(ActSelect, "", 10)
	if v = a.m.Flow(); v.Charts[1].Title != "Stream 5, server → client" {
		t.Error("the chosen stream does not stay:", v.Charts[1].Title)
	}
}

func TestFlowOfOneSelectedFrameAsksLittle(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActSelect, "", 10)
	a.click(ActView, "flow", 0)
	a.asked = nil
	a.send(KeyPressed{Key: "ArrowRight"})
	for _, q := range a.asked {
		if q.Op == "flow" && q.N >= 0 || q.Op == "lanes" || q.Op == "stalls" && q.Frame < 0 {
			t.Errorf("a step asks for a whole series again: %+v", q)
		}
	}
	if len(a.asked) == 0 {
		t.Error("a step asks nothing")
	}
}

func TestFlowTable(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActSelect, "", 9)
	a.click(ActView, "flow", 0)
	a.click(ActTables, "table", 0)
	c := a.m.Flow().Charts[1]
	on := 0
	for _, r := range c.Table.Rows {
		if r.On {
			on++
			if r.Sender != "0" || r.Recv != "100" || r.Differ != "100" || r.Frame != 9 {
				t.Errorf("%+v", r)
			}
		}
	}
	if on != 1 || c.Table.Text == "" {
		t.Errorf("%d points are those of the instant in %+v", on, c.Table)
	}
}

func TestFlowPointed(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActSelect, "", 9)
	a.click(ActView, "flow", 0)
	a.send(FlowPointed{1, a.m.axis().x(35_000_000) / 1000})
	if a.m.selected != 12 { // WINDOW_UPDATE arrives
		t.Error("frame", a.m.selected)
	}
	a.send(FlowPointed{9, 0.5})
	if a.m.selected != 12 {
		t.Error("a press on no chart goes somewhere")
	}
}

func TestZoom(t *testing.T) {
	a := reading(t, "stalls", flags())
	a.click(ActSelect, "", 22) // 70 ms
	a.send(KeyPressed{Key: "+"})
	if a.m.over.zoom != (zoom{}) {
		t.Error("the keys of the zoom count in a view without a time axis")
	}
	a.click(ActView, "streams", 0)
	before := a.m.Streams().Ruler.Now
	a.send(KeyPressed{Key: "+"})
	a.send(KeyPressed{Key: "="})
	z := a.m.axis()
	if w := z.until - z.since; w < 38_000_000 || w > 39_500_000 { // a quarter of 155
		t.Errorf("%+v", z)
	}
	if now := a.m.Streams().Ruler.Now; now < before-3 || now > before+3 {
		t.Error("the instant moved from", before, "to", now)
	}
	last := a.asked[len(a.asked)-1]
	if last.Op != "lanes" || last.Since != z.since || last.Until != z.until {
		t.Errorf("the ticks are not asked for anew: %+v", last)
	}
	a.click(ActZoom, "stream", 0) // stream 5: 10 ms to 75 ms, and an eighth of that around it
	if got := a.m.axis(); got != (axis{1_875_000, 83_125_000}) {
		t.Errorf("the span of the stream: %+v", got)
	}
	a.m.over.zoom = zoom(z)
	a.click(ActView, "flow", 0)
	if a.m.axis() != z {
		t.Error("the views do not share the zoom")
	}
	a.click(ActSelect, "", 36) // 150 ms
	if now := a.m.Flow().Ruler.Now; now < 0 {
		t.Error("the instant is out of sight")
	}
	a.click(ActZoom, "earlier", 0)
	if now := a.m.axis(); now.until-now.since != z.until-z.since || now.since >= 116_000_000 {
		t.Errorf("%+v", now)
	}
	a.send(KeyPressed{Key: "0"})
	if !a.m.Flow().Ruler.Whole {
		t.Error("0 does not show all of the time")
	}
	a.send(Brush{"down", 0.5})
	a.send(Brush{"move", 0.7})
	if r := a.m.Flow().Ruler; !r.Brush || r.From != 500 || r.To < 699 {
		t.Errorf("%+v", r)
	}
	a.send(Brush{"up", 0.7})
	if got := a.m.axis(); got.since < 76_000_000 || got.until > 110_000_000 {
		t.Errorf("%+v", got)
	}
	a.send(Brush{"down", 0.2})
	a.send(Brush{"up", 0.2})
	if a.m.Flow().Ruler.Whole {
		t.Error("a press on the ruler is no span")
	}
	a.send(TimeWheel{At: 0.5, Zoom: 100})
	if !a.m.Flow().Ruler.Whole {
		t.Error("the wheel does not reach all of the time")
	}
	for range 60 {
		a.send(TimeWheel{At: 0.5, Zoom: 0.5})
	}
	if got := a.m.axis(); got.until-got.since != leastZoom {
		t.Errorf("%+v", got)
	}
}

func TestAxisTicks(t *testing.T) {
	for _, c := range []struct {
		a    axis
		want string
	}{
		{axis{0, 25_000_000}, "0 5 ms 10 ms 15 ms 20 ms 25 ms"},
		{axis{12_300_000, 12_480_000}, "12.30 ms 12.35 ms 12.40 ms 12.45 ms"},
		{axis{0, 90_000_000_000}, "0 20 s 40 s 60 s 80 s"},
		{axis{0, 4_000_000_000}, "0 1 s 2 s 3 s 4 s"},
		{axis{1000, 3000}, "1.0 µs 1.5 µs 2.0 µs 2.5 µs 3.0 µs"},
	} {
		var texts []string
		for _, tick := range c.a.ticks(6) {
			texts = append(texts, tick.Text)
			if x := tick.At; x < 0 || x > 1000 {
				t.Errorf("%+v is off the axis", tick)
			}
		}
		if got := strings.Join(texts, " "); got != c.want {
			t.Errorf("%+v: %s, want %s", c.a, got, c.want)
		}
		if len(texts) < 3 || len(texts) > 8 {
			t.Errorf("%+v: %d ticks", c.a, len(texts))
		}
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct {
		name          string
		lo, hi, usual int64
		whole         bool
		broken, log   bool
		first, top    string
	}{
		{"a window that is used up", 0, 65535, 40000, false, false, false, "0", "64 KiB"},
		{"the largest window", 0, 1<<31 - 1, 1 << 30, false, false, false, "0", "2 GiB"},
		{"little of a large one", 65510, 65535, 65530, false, true, false, "65,510", "65,530"},
		{"little of the largest one", 1<<31 - 100_000, 1<<31 - 1, 1 << 31, false, true, false, "2.000 GiB", ""},
		{"the same from 0", 65510, 65535, 65530, true, false, false, "0", "64 KiB"},
		{"ten octets beside 64 KiB", 0, 65535, 10, false, false, true, "0", ""},
		{"below 0", -100, 100, 50, false, false, false, "−100", "100"},
	} {
		s := scaleOf(c.lo, c.hi, c.usual, c.whole)
		ticks := s.ticks()
		if s.broken != c.broken || s.log != c.log || len(ticks) < 3 || len(ticks) > 8 {
			t.Fatalf("%s: %+v %+v", c.name, s, ticks)
		}
		if ticks[0].Text != c.first || c.top != "" && ticks[len(ticks)-1].Text != c.top {
			t.Errorf("%s: from %s to %s", c.name, ticks[0].Text, ticks[len(ticks)-1].Text)
		}
		if lo, hi := s.y(c.lo), s.y(c.hi); lo <= hi || lo > 1000 || hi < 0 {
			t.Errorf("%s: %f %f", c.name, lo, hi)
		}
	}
}

// A step changes what the regions depend on, and nothing that they do not show.
func TestOverTimeKeys(t *testing.T) {
	a := reading(t, "stalls", flags())
	for _, v := range []View{ViewStreams, ViewFlow} {
		a.click(ActView, string(v), 0)
		a.click(ActSelect, "", 10)
		key := func() any {
			return []any{a.m.StreamsKey(), a.m.FlowKey()}[map[View]int{ViewStreams: 0, ViewFlow: 1}[v]]
		}
		was := key()
		a.send(Scrolled{Top: 10, Height: 500})
		if key() != was {
			t.Error(v, "is drawn anew when the list of frames is scrolled")
		}
		for _, msg := range []Msg{Click{What: ActSelect, N: 22}, KeyPressed{Key: "+"}, Brush{"down", 0.2}, Click{What: ActTables, Arg: "table"}, Click{What: ActTables, Arg: "chart"}} {
			was = key()
			a.send(msg)
			if key() == was {
				t.Errorf("%s is not drawn anew after %+v", v, msg)
			}
		}
		a.send(Brush{"up", 0.2})
		a.send(KeyPressed{Key: "0"})
	}
}
