package model

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"framewise/core/inspect/ask"
	"framewise/core/inspect/view"
)

// recorded is a desk that answers everything from one of the analyser's own
// records, through the JSON that the page and its Worker speak.
type recorded struct {
	*desk
	s     *ask.Session
	asked []Query
}

func testRecords(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "core", "inspect", "testdata", "*.h2trace"))
	if err != nil || len(files) < 10 {
		t.Fatal("no records", err)
	}
	return files
}

// record opens a page with the record of that name.
func openRecord(t *testing.T, name string) *recorded {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "core", "inspect", "testdata", name+".h2trace"))
	if err != nil {
		t.Fatal(err)
	}
	d := &recorded{desk: &desk{t: t, mute: true}, s: ask.New()}
	_ = d.s.Feed(b) // a record that is broken is shown up to there
	m, effects := New(flags())
	d.m = m
	d.take(effects)
	d.say(RunStarted{d.m.run.Serial})
	d.say(Scrolled{0, 600})
	var sum view.Summary
	d.query(map[string]any{"op": "summary"}, &sum)
	d.say(SummaryChanged{sum})
	d.say(RunEnded{d.m.run.Serial})
	return d
}

func (d *recorded) query(q map[string]any, into any) string {
	d.t.Helper()
	text, err := json.Marshal(q)
	if err != nil {
		d.t.Fatal(err)
	}
	b := d.s.Answer(text)
	var refused struct{ Error string }
	if err := json.Unmarshal(b, &refused); err != nil {
		d.t.Fatal(err)
	}
	if refused.Error == "" {
		if err := json.Unmarshal(b, into); err != nil {
			d.t.Fatal(err)
		}
	}
	return refused.Error
}

// say is a message whose effects are answered until there are no more.
func (d *recorded) say(msg Msg) {
	d.t.Helper()
	d.send(msg)
	for n := 0; len(d.pending) > 0; n++ {
		if n > 2000 {
			d.t.Fatal("the model asks without end")
		}
		e := d.pending[0]
		d.pending = d.pending[1:]
		d.send(d.reply(e))
	}
}

func (d *recorded) reply(e Effect) Msg {
	d.t.Helper()
	switch e := e.(type) {
	case QueryRows:
		a := RowsArrived{ID: e.ID, At: -1}
		a.Err = d.query(map[string]any{"op": "rows", "from": e.From, "n": e.N, "conn": e.Conn, "filter": e.Filter}, &a.Rows)
		return a
	case QueryDetail:
		a := DetailArrived{ID: e.ID}
		a.Err = d.query(map[string]any{"op": "detail", "frame": e.Frame}, &a.Detail)
		return a
	case QueryDensity:
		a := DensityArrived{ID: e.ID}
		a.Err = d.query(map[string]any{"op": "density", "buckets": e.Buckets}, &a.Density)
		return a
	case QueryFind:
		a := FoundArrived{ID: e.ID, At: -1}
		a.Err = d.query(map[string]any{"op": "find", "frame": e.From, "back": e.Back, "filter": e.Filter, "what": e.What, "conn": e.Conn}, &a.Found)
		return a
	case Query:
		d.asked = append(d.asked, e)
		a := Answered{ID: e.ID, Value: NewAnswer(e.Op), At: -1}
		a.Err = d.query(map[string]any{"op": e.Op, "frame": e.Frame, "conn": e.Conn, "stream": e.Stream, "dir": e.Dir, "n": e.N, "filter": e.Filter}, a.Value)
		return a
	}
	d.t.Fatalf("nobody answers %+v", e)
	return nil
}

func (d *recorded) do(what Action, arg string, n int) { d.t.Helper(); d.say(Click{what, arg, n}) }

func (d *recorded) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.say(KeyPressed{Key: k})
	}
}

// flat is everything that a selector says, as text to look for.
func flat(v any) string {
	b, _ := json.Marshal(v)
	return strings.NewReplacer(`\u003e`, ">", `\u003c`, "<", `\u0026`, "&").Replace(string(b))
}

func wants(t *testing.T, v any, all ...string) {
	t.Helper()
	text := flat(v)
	for _, w := range all {
		if !strings.Contains(text, w) {
			t.Errorf("it lacks %q:\n%s", w, text)
		}
	}
}

func TestHPACKView(t *testing.T) {
	d := openRecord(t, "tables")
	d.do(ActView, string(ViewHPACK), 0)
	d.do(ActSelect, "", 8) // the last block: what it inserts drives an entry out
	v := d.m.HPACK()
	if v.Empty != "" || len(v.Dirs) != 2 || v.Instant != "just after frame 9" {
		t.Fatalf("%+v", v)
	}
	wants(t, v.Dirs[0], "Client's encoder table", "client → server", "43 of 4,096 octets used, 1 entry", "2 field blocks: 109 octets became 13, 88 % saved.")
	server := v.Dirs[1]
	wants(t, server, "65 of 100 octets used, 1 entry", "2 field blocks: 102 octets became 59, 42 % saved.", "1 new, 1 evicted")
	if len(server.Table.Rows) != 1 || !server.Table.Rows[0].New || len(server.Table.Evicted) != 1 || server.Table.Evicted[0].Index != "evicted" || server.Table.Evicted[0].Frame != 7 {
		t.Errorf("%+v", server.Table)
	}
	if server.Kinds[1].Kind != "Literal, incremental" || server.Kinds[1].Count != "2" || server.Kinds[1].Ref.Section != "§6.2.1" || !v.Dirs[0].Kinds[4].None {
		t.Errorf("%+v", server.Kinds)
	}
	names := func() (out string) {
		for _, f := range d.m.HPACK().Dirs[1].Fields {
			out += f.Name + " "
		}
		return out
	}
	// By what they saved, then by name both ways, then by lines.
	for _, c := range [][2]string{{"", ":status content-length x-a k x-b "}, {"name", ":status content-length k x-a x-b "}, {"name", "x-b x-a k content-length :status "}, {"count", ":status content-length x-a k x-b "}} {
		if c[0] != "" {
			d.do(ActOrder, c[0], 0)
		}
		if got := names(); got != c[1] {
			t.Errorf("sorted by %q: %s", c[0], got)
		}
	}
	if h := d.m.HPACK().Dirs[1].Heads; h[1].Sort != "descending" || h[0].Sort != "none" {
		t.Errorf("%+v", h)
	}
	// The chart and its table say the same.
	if s := server.Sizes; len(s.Rows) != 2 || s.Rows[1].Size != "65" || s.Path != "M0 100L0 61L500 61L500 35L1000 35L1000 100Z" || s.Top != "100" || s.Max != "M0 0L500 0L500 0L1000 0" || s.From != "frame 8" || s.To != "frame 9" {
		t.Errorf("%+v", s)
	}
	if s := v.Dirs[0].Sizes; s.Max != "" || s.Top != "43" || s.Note != "octets after each block, at most 4,096" {
		t.Errorf("a maximum of a hundred times the size: %+v", s)
	}
	d.do(ActTwin, "sizes", 1)
	if v := d.m.HPACK(); !v.Dirs[0].Sizes.Table || !v.Forms[1].On {
		t.Error("the table is not shown")
	}
	// Earlier, nothing of it.
	d.press("Home")
	if v := d.m.HPACK(); !strings.Contains(v.Empty, "No field block") {
		t.Errorf("%+v", v)
	}
}

// TestHPACKAsksOn holds the view to asking again while an answer is a part.
func TestHPACKAsksOn(t *testing.T) {
	d := openRecord(t, "tables")
	d.do(ActView, string(ViewHPACK), 0)
	r := &d.m.replies[slotHPACK]
	h := *r.value.(*view.HPACK)
	h.Dirs = slices.Clone(h.Dirs)
	h.Dirs[1].Blocks, h.Dirs[1].Of = 20000, 61000
	r.value = &h
	if v := d.m.HPACK(); v.Counted != "20,000 of 61,000 field blocks are counted so far" {
		t.Error(v.Counted)
	}
	d.asked = nil
	d.say(Resized{1440, 900})
	if len(d.asked) != 1 || d.asked[0].Op != "hpack" {
		t.Errorf("asked %+v", d.asked)
	}
}

func TestNoConnection(t *testing.T) {
	d := &desk{t: t, mute: true}
	m, effects := New(flags())
	d.m = m
	d.take(effects)
	d.send(SummaryChanged{view.Summary{Version: 1}})
	for v, empty := range map[View]func() string{
		ViewHPACK:      func() string { return d.m.HPACK().Empty },
		ViewPriority:   func() string { return d.m.Priority().Empty },
		ViewConnection: func() string { return d.m.Connection().Empty },
	} {
		d.click(ActView, string(v), 0)
		if !strings.Contains(empty(), "no connection yet") || d.m.Busy() {
			t.Errorf("%s says %q", v, empty())
		}
	}
}

func TestPriorityView(t *testing.T) {
	d := openRecord(t, "priority")
	d.do(ActView, string(ViewPriority), 0)
	d.do(ActSelect, "", 1)
	v := d.m.Priority()
	if v.Scheme != "No priorities" || len(v.Tree) != 0 || len(v.Lanes) != 0 {
		t.Errorf("%+v", v)
	}
	wants(t, v.Text, "Nobody has said anything about priorities", "PRIORITY_UPDATE")
	d.do(ActSelect, "", 10)
	v = d.m.Priority()
	wants(t, v, "RFC 7540", "A tree of dependencies")
	tree := ""
	for _, r := range v.Tree {
		for _, g := range r.Guides {
			tree += map[bool]string{true: "│", false: " "}[g]
		}
		tree += map[bool]string{true: "└", false: "├"}[r.Last] + r.Weight + " " + r.Parent + "; "
	}
	if want := "├201 on the root; │└32 on stream 101; │ └8 on stream 1; └101 on the root; "; tree != want {
		t.Errorf("the tree is %s, want %s", tree, want)
	}
	if v.Tree[0].Share != 66 || !v.Tree[0].Quiet || v.Tree[1].Request != "GET /1" {
		t.Errorf("%+v", v.Tree[:2])
	}
	// Who was served when: the instant lies before the first turn, then within
	// one, then behind the last.
	if len(v.Turns) != 5 || !v.Turns[0].Here || !v.Turns[0].Future || v.TurnsEnd {
		t.Errorf("%+v", v.Turns)
	}
	d.do(ActSelect, "", 18)
	v = d.m.Priority()
	if !v.Turns[0].Now || v.Turns[0].Frames != "2 frames, 18 to 19" || v.Turns[0].Octets != "20 B" || !v.Turns[1].Future || !v.Turns[1].Here {
		t.Errorf("%+v", v.Turns)
	}
	if v.Turns[1].Width != 5 || v.Turns[3].Width != 1 {
		t.Errorf("widths %+v", v.Turns)
	}
	d.press("End")
	v = d.m.Priority()
	if !v.TurnsEnd || v.Turns[4].Future {
		t.Errorf("%+v", v.Turns)
	}
	wants(t, v, "Urgency and incremental", "by PRIORITY_UPDATE", "by its response")
	d.do(ActSelect, "", 24)
	v = d.m.Priority()
	if len(v.Lanes) != 8 || v.Lanes[0].Note != "first" || !slices.Equal(v.Lanes[5].Streams, []UrgencyStream{{11, true, "by its request", "u=5, i", "half-closed (remote)", "GET /11", false}}) {
		t.Errorf("%+v", v.Lanes)
	}
	d.do(ActToStream, "", 3)
	if d.m.detail.Row.Stream != 3 {
		t.Errorf("stream 3 leads to a frame of stream %d", d.m.detail.Row.Stream)
	}
}

func TestLargeTree(t *testing.T) {
	d := openRecord(t, "priority")
	d.do(ActView, string(ViewPriority), 0)
	p := *d.m.replies[slotPriority].value.(*view.Priority)
	p.Scheme, p.Nodes, p.Total = "RFC 7540", nil, 1300
	for i := range 1000 {
		p.Nodes = append(p.Nodes, view.PriorityNode{Stream: uint32(2*i + 1), Depth: i % 40, Weight: 16, Share: 100, From: "default", State: "open"})
	}
	d.m.replies[slotPriority].value = &p
	v := d.m.Priority()
	if len(v.Tree) != treePage || v.Pages != "1 to 50 of 1,300 streams" || !v.AtStart || v.AtEnd {
		t.Errorf("%d rows, %q", len(v.Tree), v.Pages)
	}
	for _, r := range v.Tree {
		if len(r.Guides) > guideMost {
			t.Fatalf("%d lines before stream %d", len(r.Guides), r.Stream)
		}
	}
	d.m.sheets.page = 400
	v = d.m.Priority()
	if v.Pages != "951 to 1,000 of 1,300 streams" || !v.AtEnd || v.More == "" || v.Tree[49].Stream != 1999 {
		t.Errorf("%q %q", v.Pages, v.More)
	}
	d.m.sheets.page = 0
	d.asked = nil
	d.do(ActTree, "", 1)
	d.do(ActTree, "", 1)
	if q := d.asked[len(d.asked)-1]; q.N != 200 {
		t.Errorf("the third page asks for %d streams", q.N)
	}
	p.Partial = true
	d.m.replies[slotPriority].value = &p
	d.asked = nil
	d.say(Resized{1440, 900})
	if len(d.asked) == 0 {
		t.Error("a part of the tree is taken for the whole")
	}
}

func TestConnectionView(t *testing.T) {
	d := openRecord(t, "settings")
	d.do(ActView, string(ViewConnection), 0)
	d.do(ActSelect, "", 3)
	v := d.m.Connection()
	cell := func(name string, end int) ForceCell {
		for _, r := range d.m.Connection().Settings {
			if r.Name == name {
				return r.Cells[end]
			}
		}
		t.Fatalf("no setting %s", name)
		return ForceCell{}
	}
	if c := cell("INITIAL_WINDOW_SIZE", 0); c.Text != "65,535" || !c.Default || c.Next != "100,000 announced, not acknowledged yet" || c.Peer != "the server goes by 100,000 already" {
		t.Errorf("%+v", c)
	}
	if v.Frames[0].State != "the server goes by it, the acknowledgement is on its way" || v.Frames[1].State != "on its way to the client" || v.Frames[0].Ack != 4 {
		t.Errorf("%+v", v.Frames)
	}
	d.press("End")
	if c := cell("INITIAL_WINDOW_SIZE", 0); c.Text != "20" || c.Default || c.Next != "" {
		t.Errorf("%+v", c)
	}
	if c := cell("MAX_CONCURRENT_STREAMS", 1); c.Text != "10" {
		t.Errorf("%+v", c)
	}
	v = d.m.Connection()
	if !v.Frames[3].Good || v.Frames[3].Entries[0] != (SettingText{"INITIAL_WINDOW_SIZE", "20", RFCLink("RFC 9113 6.5.2")}) {
		t.Errorf("%+v", v.Frames[3])
	}
	wants(t, v.Limits, "The server allows the client", "1 of 10 streams", "166 of 16,384 octets")
	if l := v.Limits[1].Rows[0]; l.Percent != 10 || l.Full || l.None {
		t.Errorf("%+v", l)
	}
	wants(t, v.Facts, "client", "opened", "closed")

	if v.Fingerprint == nil || !strings.HasPrefix(v.Fingerprint.Text, "1:8192;2:0;4:100000;5:32768;99:7|") {
		t.Fatalf("%+v", v.Fingerprint)
	}
	d.do(ActCopy, "fingerprint", 0)
	if c := must[Copy](d.desk); c.Text != v.Fingerprint.Text {
		t.Errorf("%+v", c)
	}
	d.say(Copied{"the fingerprint", true})
	if n := d.m.Notice(); n.Text != "Copied: the fingerprint." {
		t.Error(n.Text)
	}
	d.say(Copied{"the fingerprint", false})
	if n := d.m.Notice(); !strings.Contains(n.Text, "did not let") {
		t.Error(n.Text)
	}
}

func TestGoodbyes(t *testing.T) {
	d := openRecord(t, "goaway")
	d.do(ActView, string(ViewConnection), 0)
	d.press("Home")
	if v := d.m.Connection(); len(v.GoAways) != 0 || len(v.Problems) != 0 {
		t.Errorf("before the first one: %+v", v)
	}
	d.press("End")
	v := d.m.Connection()
	if len(v.GoAways) != 3 {
		t.Fatalf("%+v", v.GoAways)
	}
	wants(t, v.GoAways[0], "A warning: new streams of the client are still taken")
	if g := v.GoAways[1]; !g.Bad || !slices.Equal(g.Orphans, []int{5}) || !strings.Contains(g.Text, "up to 3.") || !strings.Contains(g.Debug, `\u{202e}`) {
		t.Errorf("%+v", g)
	}
	wants(t, v.Problems, "GOAWAY raises the last stream identifier")
	if v.Problems[0].Frame < 0 {
		t.Errorf("%+v", v.Problems)
	}
}

// TestSheetsHaveKeys walks through records and holds the three selectors to
// their keys: the same key, the same answer.
func TestSheetsHaveKeys(t *testing.T) {
	for _, name := range []string{"tables", "priority", "settings", "continuation"} {
		d := openRecord(t, name)
		seen := map[any]string{}
		hold := func() {
			for _, k := range [][2]any{{d.m.HPACKKey(), []any{d.m.HPACK(), d.m.Predict()}}, {d.m.PriorityKey(), d.m.Priority()}, {d.m.ConnectionKey(), d.m.Connection()}} {
				text := flat(k[1])
				if was, ok := seen[k[0]]; ok && was != text {
					t.Fatalf("%s: %T %+v has two answers:\n%s\n%s", name, k[0], k[0], was, text)
				}
				seen[k[0]] = text
			}
		}
		for _, v := range []View{ViewHPACK, ViewPriority, ViewConnection} {
			d.do(ActView, string(v), 0)
			d.press("Home")
			for range d.m.summary.Frames {
				hold()
				d.do(ActTwin, "turns", 1)
				hold()
				d.do(ActOrder, "name", 0)
				hold()
				d.do(ActTwin, "turns", 0)
				d.press("j")
			}
		}
	}
}
