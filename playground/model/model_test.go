package model

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

const pushFrame = 7 // of the record push, counted from 1

func TestOpenShowsThePush(t *testing.T) {
	d := &desk{t: t, r: push(t)}
	m, effects := New(flags())
	d.m = m
	d.take(effects)
	if run := must[RunProgram](d); run.Program != examples[0].Program || run.Title != "server push" || run.Plan.Latency != 5_000_000 {
		t.Errorf("the example does not run by itself: %+v", run)
	}
	if v := d.m.Inspector(); v.Ready || v.Empty == "" {
		t.Error("the inspector says nothing before the first frame")
	}
	if l := d.m.List(); l.Empty != "" && !strings.Contains(l.Empty, "Waiting") {
		t.Error(l.Empty)
	}
	d.send(SummaryChanged{d.r.Summary})
	d.at(pushFrame)
	rows := d.visible()
	if len(rows) != 14 {
		t.Fatalf("%d rows, want 14", len(rows))
	}
	r := rows[pushFrame-1]
	if r.Type != "PUSH_PROMISE" || r.ID != "1 → 2" || r.Text != "GET /app.css" || r.Time != "5.00 ms" || r.Stream != "stream 1" || r.Dir != "s2c" || r.Line != "6" {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(r.Label, "server → client") || !strings.Contains(r.Label, "received after 5.00 ms") {
		t.Error("the label lacks the direction or the transit:", r.Label)
	}
	if _, ok := last[SetURL](d); ok {
		t.Error("a choice that nobody made is in the address")
	}
	if !strings.HasPrefix(d.m.ProgramText(), "const a = 1;") {
		t.Error("the editor does not show the example")
	}
}

func TestInspectorOfThePush(t *testing.T) {
	d := open(t, flags(), push(t))
	v := d.m.Inspector()
	if v.Ref.URL != "https://www.rfc-editor.org/rfc/rfc9113#section-6.6" || v.Ref.Text != "RFC 9113 §6.6" {
		t.Errorf("%+v", v.Ref)
	}
	names := ""
	for _, f := range v.Fields {
		names += f.Name + " " + f.Bytes + ";"
	}
	if want := "Length 0–2;Type 3;Flags 4;END_HEADERS 4;PADDED 4;Stream Identifier 5–8;Promised Stream ID 9–12;Field Block 13–30;"; names != want {
		t.Errorf("fields\n%s want\n%s", names, want)
	}
	if len(v.Block.Rows) != 4 || v.Block.Rows[3].Value != "/app.css" || v.Block.Rows[3].Badge != "+ table" || !strings.Contains(v.Block.Text, "73 % saved") {
		t.Errorf("%+v", v.Block)
	}
	if len(v.Tables) != 1 || !strings.HasPrefix(v.Tables[0].Title, "Server's") || !v.Tables[0].Rows[0].New || v.Tables[0].Rows[2].New {
		t.Errorf("the frame's own table, new entries marked: %+v", v.Tables)
	}
	if len(v.Streams) != 2 || v.Streams[1].Title != "Stream 2" || v.Streams[1].Paths[0].Steps[1].State != "reserved (remote)" || v.Streams[1].Paths[1].Steps[1].State != "reserved (local)" {
		t.Errorf("%+v", v.Streams)
	}
	if step := v.Streams[1].Paths[0].Steps[1]; step.By != "PP" || !step.On || !step.New {
		t.Errorf("%+v", step)
	}
	if v.Tabs[2].Text != "Stream 2" || v.Tabs[0].Text != "Frame 7" {
		t.Errorf("%+v", v.Tabs)
	}
	d.click(ActPane, "hpack", 0)
	if v = d.m.Inspector(); len(v.Tables) != 2 || v.Fields != nil {
		t.Error("the HPACK tab shows both tables and no fields")
	}
	d.click(ActPane, "connection", 0)
	v = d.m.Inspector()
	if len(v.Settings.Ends) != 2 || v.Settings.Rows[2].Cells[0].Text != "no limit" {
		t.Errorf("%+v", v.Settings)
	}
	if !strings.Contains(fmt.Sprint(v.Facts), "localhost:80") {
		t.Error(v.Facts)
	}
}

func TestSteps(t *testing.T) {
	d := open(t, flags(), push(t))
	for _, s := range []struct {
		key  string
		want int
	}{{"j", 8}, {"ArrowRight", 9}, {"k", 8}, {"ArrowLeft", 7}, {"Home", 1}, {"ArrowLeft", 1}, {"End", 14}, {"j", 14}, {"k", 13}} {
		d.key(s.key)
		d.at(s.want)
	}
	if u := must[SetURL](d); u.Fragment != "frame=13" {
		t.Error(u.Fragment)
	}
	s := d.m.Scrub()
	if s.Number != "13" || s.Total != "14" || s.Time != "15.00 ms" || s.End != "25.00 ms" {
		t.Errorf("%+v", s)
	}
	d.send(KeyPressed{Key: "j", Field: FieldEditor})
	d.send(KeyPressed{Key: "j", Field: FieldInput})
	d.send(KeyPressed{Key: "j", Field: FieldDial})
	d.at(13)
}

func TestTimeTravel(t *testing.T) {
	d := open(t, flags(), push(t))
	sizes := ""
	for range 3 {
		d.click(ActPane, "hpack", 0)
		sizes += fmt.Sprint(len(d.m.Inspector().Tables[1].Rows), " ")
		d.key("k")
	}
	if sizes != "3 1 0 " {
		t.Error("entries of the server's table, going back:", sizes)
	}
	d.click(ActSelect, "", 6)
	future := 0
	for _, r := range d.visible() {
		if r.Future != (r.Frame > 6) || r.Selected != (r.Frame == 6) {
			t.Errorf("frame %d: future %v, selected %v", r.Frame, r.Future, r.Selected)
		}
		if r.Future {
			future++
		}
	}
	if future != 7 {
		t.Error("rows after the instant:", future)
	}
	lines := d.m.Console()
	if !lines[0].Future || lines[len(lines)-1].Text != "session ended, 0 problems" {
		t.Errorf("%+v", lines)
	}
}

func TestStaleAnswersAreDropped(t *testing.T) {
	d := open(t, flags(), push(t))
	d.mute = true
	d.key("Home", "End")
	var queries []QueryDetail
	for _, e := range d.pending {
		if q, ok := e.(QueryDetail); ok {
			queries = append(queries, q)
		}
	}
	if len(queries) != 1 {
		t.Fatalf("%d queries for details, want one at a time", len(queries))
	}
	d.send(DetailArrived{ID: queries[0].ID, Detail: d.r.detail(0)})
	if d.m.detail.Row.Index != pushFrame-1 || !d.m.Inspector().Stale {
		t.Error("the answer for a frame that is no longer selected was shown")
	}
	q, ok := d.pending[len(d.pending)-1].(QueryDetail)
	if !ok || q.Frame != 13 {
		t.Fatalf("%+v is asked, want the details of the last frame", d.pending[len(d.pending)-1])
	}
	d.send(DetailArrived{ID: q.ID, Detail: d.r.detail(13)})
	d.at(14)
	before := d.m.list.pages
	d.send(RowsArrived{ID: 9999, Rows: view.Rows{Total: 1}})
	if !reflect.DeepEqual(before, d.m.list.pages) {
		t.Error("an answer that nobody asked for was shown")
	}
	newer := d.r.Summary
	newer.Version++
	d.send(SummaryChanged{newer})
	var ask QueryRows
	for _, e := range d.pending {
		if q, ok := e.(QueryRows); ok && q.N == pageRows {
			ask = q
		}
	}
	if ask.ID == 0 {
		t.Fatal("rows were not asked for again after the record changed")
	}
	old := d.r.rows(ask)
	old.Rows.Version -= 5
	d.send(old)
	if !reflect.DeepEqual(before, d.m.list.pages) {
		t.Error("rows older than those shown were shown")
	}
}

func TestFilter(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActType, "DATA", 0)
	if f := d.m.Filter(); f.Text != "type:DATA" || f.Matches != "2 of 14" || f.Problem != "" {
		t.Errorf("%+v", f)
	}
	d.click(ActType, "HEADERS", 0)
	if f := d.m.Filter(); f.Text != "type:DATA|HEADERS" || f.Matches != "5 of 14" {
		t.Errorf("%+v", f)
	}
	d.at(pushFrame) // stays selected although the filter hides it
	d.key("j")
	d.at(8)
	d.key("k", "k")
	d.at(3)
	d.key("End")
	d.at(10)
	d.click(ActType, "DATA", 0)
	d.at(10)
	d.key("k")
	d.at(8)
	d.send(FilterEdited{"dir:s2c bogus"})
	f := d.m.Filter()
	if f.Problem != "Character 9: no such word" || f.Before != "dir:s2c " {
		t.Errorf("%+v", f)
	}
	if len(d.visible()) != 3 {
		t.Error("the rows went away although the filter can't be read")
	}
	if f.Matches != "still type:HEADERS" {
		t.Errorf("what the list shows: %q", f.Matches)
	}
	for _, text := range []string{d.m.list.key.filter, "", "bogus", ""} { // back to what is listed: nothing is wrong any more
		d.send(FilterEdited{text})
		if f := d.m.Filter(); (f.Problem != "") != (text == "bogus") {
			t.Errorf("filter %q: %+v", text, f)
		}
	}
	d.click(ActClear, "", 0)
	if f := d.m.Filter(); f.Matches != "" || f.Problem != "" || len(d.visible()) != 14 {
		t.Errorf("%+v", f)
	}
	d.at(8)
}

func TestToggleType(t *testing.T) {
	for _, c := range [][3]string{
		{"", "DATA", "type:DATA"}, {"type:DATA", "DATA", ""}, {"a type:DATA b", "PING", "a type:DATA|PING b"},
		{"a type:DATA|PING b", "DATA", "a type:PING b"}, {"type:data", "DATA", ""}, {"stream:1", "DATA", "stream:1 type:DATA"},
		{"type:", "DATA", "type:DATA"},
	} {
		if got := toggleType(c[0], c[1]); got != c[2] {
			t.Errorf("%q and %s make %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestLargeRecord(t *testing.T) {
	const n = 100_000
	d := open(t, flags(), many(n))
	d.asked = 0
	check := func() {
		t.Helper()
		l := d.m.List()
		first, seen := l.Top/l.RowHeight, map[int]bool{}
		for i := range l.Slots {
			r := d.m.SlotRow(i)
			if !r.Blank && r.Loading {
				t.Fatalf("row %d is not known although its answer came", r.Position)
			}
			if !r.Blank && r.Position%l.Slots != i {
				t.Fatalf("row %d lies in slot %d of %d", r.Position, i, l.Slots)
			}
			seen[r.Position] = true
		}
		for p := first; p <= min(n-1, first+600/l.RowHeight); p++ {
			if !seen[p] {
				t.Fatalf("row %d is in sight and has no slot", p)
			}
		}
		if len(d.m.list.pages) > maxPages {
			t.Fatalf("%d pages are kept", len(d.m.list.pages))
		}
	}
	d.send(Scrolled{38 * 50_000, 600})
	check()
	d.key("End")
	d.at(n)
	check()
	if s := must[SetScroll](d); s.Top != n*38-600 {
		t.Errorf("scrolled to %d, want %d", s.Top, n*38-600)
	}
	d.send(FilterEdited{"type:HEADERS"}) // a third of the rows: the selected one is found by halving
	if d.m.position < 0 || d.m.list.total != 33_334 || d.asked > 60 {
		t.Errorf("position %d of %d after %d queries", d.m.position, d.m.list.total, d.asked)
	}
	d.at(n)
	d.send(Scrubbed{0.5})
	if f := d.m.Scrub().Frame; f < 49_000 || f > 51_000 {
		t.Error("the middle of the map is frame", f)
	}
	check()
	d.click(ActView, string(ViewFrames), 0)
	if d.m.List().RowHeight != 26 {
		t.Error("the table's rows have the height of arrows")
	}
	check()
}

func TestPlay(t *testing.T) {
	d := open(t, flags(), push(t))
	d.key("End", " ")
	d.at(1) // from the start, because it was at the end
	first := must[After](d)
	d.send(Ticked{first.Tick})
	d.at(2)
	d.send(Ticked{first.Tick})
	d.at(2) // an old timer
	d.click(ActSpeed, "", 0)
	d.send(Ticked{must[After](d).Tick})
	if must[After](d).Millis >= first.Millis {
		t.Error("2× is no faster")
	}
	d.key("Home")
	if d.m.Scrub().Playing {
		t.Error("a step does not pause")
	}
	d.send(Ticked{must[After](d).Tick})
	d.at(1)
	d.key("End", "k", " ")
	d.send(Ticked{must[After](d).Tick})
	d.at(14)
	d.send(Ticked{must[After](d).Tick})
	if d.m.Scrub().Playing {
		t.Error("it plays on after the last frame")
	}
}

func TestScrub(t *testing.T) {
	d := open(t, flags(), push(t))
	v := d.m.Scrub()
	if len(v.Marks) != 14 || v.Marks[0].Dir != "c2s" || v.Marks[8].W <= v.Marks[0].W {
		t.Errorf("%+v", v.Marks)
	}
	for i, k := range v.Marks {
		d.send(Scrubbed{(k.X + k.W/2) / 1000})
		d.send(Ticked{must[After](d).Tick}) // the hand rests
		d.at(i + 1)
		if c := d.m.Scrub().Cursor; c < k.X || c > k.X+k.W {
			t.Errorf("the cursor is at %v, frame %d at %v", c, i+1, k.X)
		}
	}
	d.send(Scrubbed{-3})
	d.at(1)
	d.send(Scrubbed{7})
	d.send(Ticked{must[After](d).Tick})
	d.at(14)
}

// TestOldModelsStay runs random actions and looks at older models again: an
// Update must not write into what an older copy holds. It also holds selectors
// to their keys: the same key, the same answer.
func TestOldModelsStay(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	look := func(m Model) string {
		rows := make([]Row, m.List().Slots)
		for i := range rows {
			rows[i] = m.SlotRow(i)
		}
		b, err := json.Marshal([]any{rows, m.Inspector(), m.Scrub(), m.Filter(), m.Code(), m.Console(), m.Dial(), m.Header()})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	// keyed are the selectors that have keys, with their answers so far.
	keyed := map[any]string{}
	hold := func(m Model) {
		for _, k := range [][2]any{{m.InspectorKey(), bodyOf(m.Inspector())}, {m.CodeKey(), []any{m.Code(), m.Console()}}, {m.ScrubKey(), m.Scrub()}} {
			b, err := json.Marshal(k[1])
			if err != nil {
				t.Fatal(err)
			}
			if was, ok := keyed[k[0]]; ok && was != string(b) {
				t.Fatalf("%T %+v has two answers:\n%s\n%s", k[0], k[0], was, b)
			}
			keyed[k[0]] = string(b)
		}
	}
	d := open(t, flags(), push(t))
	keys := []string{"j", "k", "Home", "End", " ", "?", "t", "1", "2", "/", "x", "Escape"}
	for range 1500 {
		old, was := d.m, look(d.m)
		hold(d.m)
		switch rng.Intn(11) {
		case 0:
			d.click(ActType, []string{"DATA", "HEADERS", "PING"}[rng.Intn(3)], 0)
		case 1:
			d.send(Scrubbed{rng.Float64()})
		case 2:
			d.send(OctetPointed{rng.Intn(40) - 1})
		case 3:
			d.click([]Action{ActOctet, ActSpan, ActRep}[rng.Intn(3)], "", rng.Intn(20))
		case 4:
			d.r.Summary.Version++
			d.send(SummaryChanged{d.r.Summary})
		case 6:
			d.send(Edited{[]string{"a", "b", examples[0].Program}[rng.Intn(3)]})
		case 7:
			d.click([]Action{ActReset, ActUndoReset, ActRun, ActSpeed, ActPlay}[rng.Intn(5)], "", 0)
		case 8:
			d.send([]Msg{RunStarted{d.m.run.Serial}, RunEnded{d.m.run.Serial}, RunBroke{d.m.run.Serial, "broke", 1, 1}}[rng.Intn(3)])
		case 5:
			d.click(ActPane, []string{"frame", "hpack", "stream", "connection"}[rng.Intn(4)], 0)
		default:
			d.key(keys[rng.Intn(len(keys))])
		}
		if look(old) != was {
			t.Fatal("an older model has changed")
		}
	}
}

// bodyOf is the inspector without what its key does not promise.
func bodyOf(v InspectorView) InspectorView {
	v.Tabs, v.Stale = nil, false
	return v
}

// A program that opens no connection leaves nothing to look at: every view says
// so, and what would step, play or mark is off.
func TestNoFrames(t *testing.T) {
	d := open(t, flags(), many(2))
	if d.m.Scrub().Empty {
		t.Fatal("two frames are nothing to step through")
	}
	none := many(0)
	none.Summary.Conns = nil
	d.r = none
	d.click(ActRun, "", 0)
	d.send(RunStarted{d.m.run.Serial})
	d.send(SummaryChanged{none.Summary})
	d.send(RunEnded{d.m.run.Serial})
	if v := d.m.Scrub(); !v.Empty || !v.AtStart || !v.AtEnd {
		t.Errorf("without a frame: %+v", v)
	}
	for view, text := range map[View]func() string{
		ViewSequence:   func() string { return d.m.List().Empty },
		ViewStreams:    func() string { return d.m.Streams().Empty },
		ViewFlow:       func() string { return d.m.Flow().Empty },
		ViewPriority:   func() string { return d.m.Priority().Empty },
		ViewHPACK:      func() string { return d.m.HPACK().Empty },
		ViewConnection: func() string { return d.m.Connection().Empty },
	} {
		d.click(ActView, string(view), 0)
		if !strings.Contains(text(), "opened no connection") {
			t.Errorf("%s says %q", view, text())
		}
	}
	if v := d.m.Inspector(); v.Ready || !strings.Contains(v.Empty, "no frame") {
		t.Errorf("the inspector says %q", v.Empty)
	}
}
