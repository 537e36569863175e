package model

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// TestReplay rebuilds, in every record that there is, the table after each field
// block from the one before it and the block's representations.
func TestReplay(t *testing.T) {
	blocks, evicted, spread := 0, 0, 0
	for _, file := range testRecords(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".h2trace")
		if name == "garbage" || name == "http1" {
			continue
		}
		d := openRecord(t, name)
		for i := range d.m.summary.Frames {
			var x view.Detail
			if problem := d.query(map[string]any{"op": "detail", "frame": i}, &x); problem != "" {
				t.Fatal(problem)
			}
			if x.Block == nil || !x.Block.Complete || x.Block.Error != "" || x.Block.Frames[len(x.Block.Frames)-1] != i {
				continue
			}
			blocks++
			if len(x.Block.Frames) > 1 {
				spread++
			}
			for _, after := range x.Tables {
				if after.Dir != x.Row.Dir {
					continue
				}
				evicted += len(after.Evicted)
				got := replay(before(&after), x.Block.Reps, 1<<30)
				if got.Size != after.Size && !after.Unknown {
					t.Errorf("%s, frame %d: %d octets, want %d", name, i+1, got.Size, after.Size)
				}
				same := func(a, b view.TableEntry) bool { return a.Name == b.Name && a.Value == b.Value && a.Index == b.Index }
				if !slices.EqualFunc(got.Entries, after.Entries, same) {
					t.Errorf("%s, frame %d:\n%+v, want\n%+v", name, i+1, got.Entries, after.Entries)
				}
				if field := replay(before(&after), x.Block.Reps, 0); field.Inserted != 0 {
					t.Errorf("%s, frame %d: entries are new before the first field line", name, i+1)
				}
			}
		}
	}
	if blocks < 40 || evicted == 0 || spread == 0 {
		t.Errorf("only %d blocks, %d evicted entries, %d blocks over several frames", blocks, evicted, spread)
	}
}

// answerOf is the key of the right option of the question.
func (d *recorded) answerOf(right bool) string {
	d.t.Helper()
	p, g, ok := d.m.prediction()
	if !ok {
		d.t.Fatalf("no question: %+v", d.m.Predict())
	}
	f := &p.Fields[g.at()]
	for k, o := range options(p.Frame, g.at(), f) {
		if o.taken(f) == right {
			return string(rune('1' + k))
		}
	}
	d.t.Fatal("no such option")
	return ""
}

func TestPredictByKeyboard(t *testing.T) {
	d := openRecord(t, "tables")
	d.press("Home", "h")
	if d.m.view != ViewHPACK || !d.m.Predict().On {
		t.Fatal("h does not begin the game")
	}
	d.m.tour.step = 0
	v := d.m.Predict()
	if v.State != "ask" || !strings.Contains(v.Title, "HEADERS, frame 6, client → server") || v.Progress != "Field line 1 of 4" || v.Name != ":method" || v.Value != "GET" {
		t.Fatalf("the first frame has no field block, the first block is frame 6's: %+v", v)
	}
	for _, o := range v.Options {
		if o.Cost != "" || o.Mark != "" || o.Best != "" {
			t.Errorf("an option tells before it is asked: %+v", o)
		}
	}
	if v.Verdict != "" || v.Table == nil || v.Table.Empty == "" || v.Hint == "" {
		t.Errorf("%+v", v)
	}
	i := d.m.Inspector()
	if i.Covered == "" || i.Block != nil || len(i.Tables) > 0 || len(i.Hex.Lines) > 0 {
		t.Error("the inspector gives the answers away")
	}
	for _, e := range i.Effects {
		if e.Kind == "table" {
			t.Error("what it changed gives the answers away:", e.Text)
		}
	}
	at := d.m.selected
	d.press(d.answerOf(true))
	v = d.m.Predict()
	if d.m.view != ViewHPACK || d.m.selected != at || v.State != "told" || !v.Right || !strings.HasPrefix(v.Verdict, "Right: Indexed field line") || !strings.Contains(v.Why, "stands in the table") || v.Score != "1 of 1 right" {
		t.Fatalf("%+v", v)
	}
	for _, o := range v.Options {
		if o.Cost == "" || o.Taken != (o.Mark == "yours, and the encoder's") {
			t.Errorf("%+v", o)
		}
	}
	if must[Focus](d.desk).ID != IDPredictNext {
		t.Error("the keyboard is not where the game goes on")
	}
	d.press("1") // a question is answered once
	if d.m.Predict().Score != "1 of 1 right" {
		t.Error(d.m.Predict().Score)
	}
	d.press("Enter", d.answerOf(true), "Enter")
	wrong := d.answerOf(false)
	d.press(wrong)
	v = d.m.Predict()
	if v.Right || !strings.HasPrefix(v.Verdict, "Not this time. The encoder took: Literal") || v.Score != "2 of 3 right, longest row 2" {
		t.Errorf("%+v", v)
	}
	d.press("Enter", "g")
	if v = d.m.Predict(); !strings.HasPrefix(v.Verdict, "The encoder took:") || v.Next != "Finish the block" || v.Score != "2 of 4 right, longest row 2" {
		t.Errorf("%+v", v)
	}
	d.press("Enter")
	v = d.m.Predict()
	if v.State != "done" || v.Progress != "Block done: 2 of 4 right" || len(v.Rows) != 4 || v.Rows[3].Right != "gave up" || v.Rows[2].Right != "wrong" || v.Rows[0].Right != "right" {
		t.Fatalf("%+v", v)
	}
	wants(t, v.Sum, "4 field lines in 9 octets, as few as there can be")
	if i := d.m.Inspector(); i.Covered != "" || i.Block == nil {
		t.Error("the inspector stays covered")
	}
	// The next block: what the first one inserted is in the table now.
	d.press("Enter")
	v = d.m.Predict()
	if d.m.selected != 6 || v.State != "ask" || v.Table == nil || len(v.Table.Rows) != 1 || v.Table.Rows[0].Index != "62" || d.m.Inspector().Covered == "" {
		t.Fatalf("%+v", v)
	}
	d.press("Escape")
	if d.m.Predict().On || must[Focus](d.desk).ID != IDPredictOpen || d.m.Inspector().Covered != "" {
		t.Error("Escape does not leave")
	}
}

// TestPredictStartsEarly begins the game before the selected frame's details have
// come: on a frame with a block it stays there, else it goes on to the next one.
func TestPredictStartsEarly(t *testing.T) {
	for frame, want := range map[int]int{0: 5, 5: 5, 6: 6} {
		d := openRecord(t, "tables")
		d.do(ActSelect, "", 3)
		d.send(Click{What: ActSelect, N: frame}) // its answers wait ...
		d.say(KeyPressed{Key: "h"})              // ... until this was pressed
		if v := d.m.Predict(); v.State != "ask" || d.m.selected != want {
			t.Errorf("from frame %d to frame %d, %+v", frame, d.m.selected, v)
		}
	}
}

func TestPredictFollows(t *testing.T) {
	d := openRecord(t, "tables")
	d.do(ActSelect, "", 8) // 8: the server's second block, with a table size update before
	d.do(ActPredict, PredictStart, 0)
	v := d.m.Predict()
	if d.m.selected != 8 || v.State != "ask" || !strings.Contains(v.Title, "frame 9, server → client") {
		t.Fatalf("%+v", v)
	}
	for range 4 {
		d.press("g", "Enter")
	}
	if v = d.m.Predict(); v.State != "done" {
		t.Fatalf("%+v", v)
	}
	wants(t, v.Sum, "in 47 octets; the shortest choices would have taken 38")
	d.press("Enter")
	if v = d.m.Predict(); v.State != "done" || !v.First || v.Next != "" || v.Hint == "" {
		t.Fatalf("there is no block behind: %+v", v)
	}
	d.do(ActPredict, PredictFirst, 0)
	if v = d.m.Predict(); d.m.selected != 5 || v.State != "ask" {
		t.Fatalf("%+v", v)
	}
	d.press("g")
	d.press("ArrowLeft") // a frame without a block
	v = d.m.Predict()
	if v.State != "none" || !strings.Contains(v.Text, "Frame 5 carries no field block") || v.Next == "" || d.m.Inspector().Covered != "" {
		t.Fatalf("%+v", v)
	}
	d.press("Enter")
	if v = d.m.Predict(); v.State != "ask" || v.Progress != "Field line 1 of 4" || d.m.selected != 5 {
		t.Fatalf("%+v", v)
	}
	// Another view is not covered, and its keys are its own.
	d.do(ActView, string(ViewSequence), 0)
	if d.m.Inspector().Covered != "" {
		t.Error("the inspector is covered although nothing is asked")
	}
	d.press("2")
	if d.m.view != ViewFrames {
		t.Error("the game takes the keys of another view")
	}
	// Another record: what was said about the old one is gone.
	d.do(ActView, string(ViewHPACK), 0)
	d.press("g")
	s := d.m.summary
	s.Version = -5
	d.say(SummaryChanged{s})
	if g := d.m.sheets.game; g.said != "" || g.told {
		t.Errorf("%+v", g)
	}
}

// TestPredictEverywhere plays all blocks of all records, giving up each time:
// every option fits a key, one of them is the encoder's, costs are told.
func TestPredictEverywhere(t *testing.T) {
	lines := 0
	for _, file := range testRecords(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".h2trace")
		if name == "http1" || name == "violations" || name == "windows" || name == "stalls" {
			continue // many frames, few field lines
		}
		d := openRecord(t, name)
		if d.m.summary.Frames == 0 {
			continue
		}
		d.press("Home", "h")
		for range 400 {
			v := d.m.Predict()
			switch v.State {
			case "ask":
				lines++
				if len(v.Options) < 3 || len(v.Options) > 8 {
					t.Fatalf("%s: %d options for %s", name, len(v.Options), v.Name)
				}
				d.press("g")
				taken := 0
				for _, o := range d.m.Predict().Options {
					if o.Cost == "" {
						t.Errorf("%s: no cost %+v", name, o)
					}
					if o.Taken {
						taken++
					}
				}
				if taken != 1 {
					t.Fatalf("%s: %d options of %s are the encoder's", name, taken, v.Name)
				}
			case "wait":
				t.Fatalf("%s: it waits: %+v", name, v)
			}
			d.press("Enter")
			if d.m.Predict().First {
				break
			}
		}
		if !d.m.Predict().First {
			t.Errorf("%s: no end of the game: %+v", name, d.m.Predict())
		}
	}
	if lines < 100 {
		t.Errorf("only %d field lines were asked", lines)
	}
}

func TestShuffleIsFair(t *testing.T) {
	f := &view.PredictField{Choices: []view.Choice{{Kind: "Indexed", Index: 2, IndexFrom: "static"}, {Kind: "Literal, incremental"}, {Kind: "Literal, not indexed"}, {Kind: "Literal, never indexed"}}}
	count := map[int]int{}
	for frame := range 400 {
		for k, o := range options(frame, frame%5, f) {
			if o.taken(f) {
				count[k]++
			}
		}
		a, b := options(frame, 1, f), options(frame, 1, f)
		if a[0].kind != b[0].kind {
			t.Fatal("the order changes from one look to the next")
		}
	}
	for k := range 4 {
		if count[k] < 60 {
			t.Errorf("the answer stands %d of 400 times at place %d", count[k], k+1)
		}
	}
}
