package model

import (
	"cmp"
	"strconv"
	"strings"
	"testing"
)

func TestCompletion(t *testing.T) {
	d := open(t, flags(), push(t))
	typed := func(text string) {
		d.send(FilterEdited{text})
		d.send(CaretAt{IDFilter, text, len(text)})
	}
	typed("t")
	if v := d.m.Suggest(IDFilter); !v.Open || len(v.Items) != 2 || v.On != -1 || v.Items[0].What != "of this type" {
		t.Fatalf("%+v", v)
	}
	if d.m.Filter().Problem != "" {
		t.Error("a term that is being written is called wrong")
	}
	press := func(keys ...string) {
		for _, k := range keys {
			if key := (KeyPressed{Key: k, Field: FieldFilter}); !d.m.Taken(key) && k != "Escape" {
				t.Errorf("%s is left to the browser", k)
			} else {
				d.send(key)
			}
		}
	}
	press("ArrowUp", "ArrowDown", "Enter")
	if got := must[SetField](d); got != (SetField{IDFilter, "type:", 5}) || d.m.Filter().Text != "type:" {
		t.Errorf("%+v", got)
	}
	press("ArrowDown", "Tab")
	if got := must[SetField](d); got.Text != "type:DATA " || d.m.Filter().Text != "type:DATA " {
		t.Errorf("%+v", got)
	}
	if len(d.visible()) == 14 {
		t.Error("the list is not filtered")
	}
	// In the middle of a text; the caret counts UTF-16 units.
	d.send(CaretAt{IDFilter, "😀 st type:DATA", 5})
	press("ArrowDown", "Enter")
	if got := must[SetField](d); got != (SetField{IDFilter, "😀 stream: type:DATA", 10}) {
		t.Errorf("%+v", got)
	}
	d.send(FieldLeft{IDFilter})
	d.send(FieldEntered{IDFilter, ""})
	if d.m.Suggest(IDFilter).Open {
		t.Error("the list opens before anybody asks")
	}
	press("ArrowDown")
	if v := d.m.Suggest(IDFilter); len(v.Items) != 3 {
		t.Errorf("the arrow down shows %+v", v)
	}
	d.send(FieldLeft{IDFilter})
	if d.m.Suggest(IDFilter).Open {
		t.Error("the list stays when the keyboard has left")
	}
}

// Who types faster than the analyser answers is asked about once more, for the
// last text; what comes late changes nothing.
func TestTypingNeverWaits(t *testing.T) {
	d := open(t, flags(), push(t))
	d.mute, d.pending = true, nil
	for _, text := range []string{"t", "ty", "typ", "type", "type:", "type:D"} {
		d.send(FilterEdited{text})
		d.send(CaretAt{IDFilter, text, len(text)})
	}
	rows, completions := 0, 0
	for _, e := range d.pending {
		switch e.(type) {
		case QueryRows:
			rows++
		case QueryComplete:
			completions++
		}
	}
	if rows != 1 || completions != 1 {
		t.Errorf("%d lists and %d completions are asked for at once", rows, completions)
	}
	d.mute = false
	for len(d.pending) > 0 {
		d.answer()
	}
	if v := d.m.Suggest(IDFilter); len(v.Items) != 1 || v.Items[0].Text != "DATA" {
		t.Errorf("%+v", v)
	}
	if d.m.list.key.filter != "type:D" {
		t.Error("the list is of", d.m.list.key.filter)
	}
}

// Every key of the sheet does something where the sheet says so, and no key
// does something that the sheet doesn't say.
func TestSheetIsTrue(t *testing.T) {
	all := map[string]bool{}
	fresh := func() *desk {
		d := open(t, flags(), withErrors(t, 3, 10))
		d.click(ActMark, "", 2)
		d.click(ActMark, "", 12)
		d.key("Escape")
		d.click(ActSelect, "", 5)
		d.send(FilterEdited{"t"})
		d.send(CaretAt{IDFilter, "t", 1})
		d.send(Click{What: ActOctet, N: 1})
		return d
	}
	for _, c := range append(fresh().m.viewCommands(), commands...) {
		for _, k := range c.keys {
			name, ctrl := strings.CutPrefix(k, "Ctrl+")
			name, alt := strings.CutPrefix(name, "Alt+")
			where := c.in
			all[where+k] = true
			if where == FieldEditor || where == FieldPredict {
				continue // the editor's own script has it; the game has tests of its own
			}
			d := fresh()
			if c.do.Arg == string(d.m.view) {
				d.click(ActView, string(ViewFrames), 0)
			}
			if where == FieldFilter && (name == "Enter" || name == "Tab") {
				d.send(KeyPressed{Key: "ArrowDown", Field: where})
			}
			if c.do.What == ActZoom {
				d.click(ActView, string(ViewStreams), 0)
				d.click(ActZoom, "in", 0)
				d.click(ActZoom, "in", 0)
			}
			d.done = nil
			was, asked := d.m, d.asked
			d.send(KeyPressed{Key: name, Ctrl: ctrl, Alt: alt, Shift: name >= "A" && name <= "Z" && len(name) == 1, Field: where})
			if len(d.done) == 0 && d.asked == asked && d.m.selected == was.selected && d.m.panel == was.panel && d.m.help == was.help &&
				d.m.speed == was.speed && d.m.playing == was.playing && d.m.suggest.on == was.suggest.on && d.m.notice == was.notice && d.m.octet == was.octet &&
				d.m.over.zoom == was.over.zoom && d.m.again.state == was.again.state {
				t.Errorf("%s (%s) does nothing in %q", k, c.what, where)
			}
		}
	}
	listed := 0
	for _, g := range fresh().m.Sheet() {
		if len(g.Keys) == 0 {
			t.Error("nothing below", g.Title)
		}
		for _, k := range g.Keys {
			listed += len(k.Keys)
		}
	}
	if listed != len(all) {
		t.Errorf("the sheet lists %d keys, %d are bound", listed, len(all))
	}
	d := fresh()
	for c := rune(' '); c < 0x7f; c++ {
		if k := (KeyPressed{Key: string(c)}); d.m.Taken(k) != all[string(c)] {
			t.Errorf("%q: taken %v, on the sheet %v", c, d.m.Taken(k), all[string(c)])
		}
		if k := (KeyPressed{Key: string(c), Field: FieldEditor}); d.m.Taken(k) {
			t.Errorf("%q can't be written in the editor", c)
		}
	}
}

func TestPalette(t *testing.T) {
	d := open(t, flags(), push(t))
	ask := func(text string) PaletteView {
		d.t.Helper()
		if !d.m.palette.open {
			d.send(KeyPressed{Key: "k", Ctrl: true, Field: FieldEditor})
		}
		d.send(PaletteEdited{text})
		return d.m.Palette()
	}
	enter := func() { d.send(KeyPressed{Key: "Enter", Field: FieldInput}) }
	if v := ask(""); len(v.Rows) < 25 || !v.Rows[0].On || !d.m.Header().Modal {
		t.Fatalf("%+v", v)
	}
	ask("frame 12")
	enter()
	d.at(12)
	if d.m.Palette().Open || must[Focus](d).ID != IDList {
		t.Error("the palette stays open")
	}
	ask("3")
	enter()
	d.at(3)
	if v := ask("frame 99"); len(v.Rows) != 0 && strings.Contains(v.Rows[0].Text, "99") {
		t.Errorf("a frame that is not there: %+v", v.Rows)
	}
	if v := ask("zzz"); v.Empty == "" {
		t.Error("nothing is found, and nothing is said")
	}
	ask("stream 2")
	enter()
	if d.m.Filter().Text != "stream:2" || d.r.Rows.Rows[d.m.selected].Stream != 2 {
		t.Error("stream 2:", d.m.Filter().Text, d.m.selected+1)
	}
	ask("othe")
	enter()
	if d.m.program.example != "other" {
		t.Error("the example is not opened")
	}
	if v := ask("next error"); v.Rows[0].Text != "The next error" || v.Rows[0].Keys[0] != "e" {
		t.Errorf("%+v", v.Rows[:min(len(v.Rows), 3)])
	}
	for _, k := range []string{"ArrowDown", "ArrowDown", "ArrowUp", "Tab"} {
		if !d.m.Taken(KeyPressed{Key: k, Field: FieldInput}) {
			t.Error(k, "leaves the palette")
		}
		d.send(KeyPressed{Key: k, Field: FieldInput})
	}
	d.send(KeyPressed{Key: "j", Field: FieldInput}) // is text here
	if v := d.m.Palette(); !v.Open || v.On != min(1, len(v.Rows)-1) {
		t.Errorf("%+v", v)
	}
	d.key("Escape")
	if d.m.Palette().Open {
		t.Error("Escape does not close it")
	}
}

func TestHistory(t *testing.T) {
	d := open(t, flags(), push(t))
	d.key("j", "j")
	if _, ok := last[PushURL](d); ok {
		t.Error("a step through time is a step of the history")
	}
	d.click(ActView, string(ViewFrames), 0)
	if u := must[PushURL](d).Fragment; !strings.Contains(u, "view=frames") {
		t.Error(u)
	}
	d.click(ActExample, "other", 0)
	d.send(RunEnded{d.m.run.Serial})
	runs := must[RunProgram](d).Serial
	d.send(AddressChanged{"frame=3&view=frames"})
	if r := must[RunProgram](d); r.Serial != runs+1 || r.Program != examples[0].Program {
		t.Error("going back to the first example does not run it")
	}
	d.send(SummaryChanged{d.r.Summary})
	d.send(RunEnded{d.m.run.Serial})
	d.at(3)
	if u := cmp.Or(d.m.Fragment(), "nothing"); u != "frame=3&view=frames" && u != "view=frames" {
		t.Error(u)
	}
	d.send(AddressChanged{""})
	if d.m.view != ViewSequence {
		t.Error("going back keeps the view")
	}
}

func TestTour(t *testing.T) {
	f := flags()
	d := open(t, f, push(t))
	seen := map[string]bool{}
	for i := 1; i <= 5; i++ {
		v := d.m.Tour()
		if !v.On || v.Step != i || v.Count != strconv.Itoa(i)+" of 5" || v.Last != (i == 5) {
			t.Fatalf("%+v", v)
		}
		seen[v.Part] = true
		d.click(ActTour, "", v.Next)
	}
	if d.m.Tour().On || len(seen) != 5 || must[SaveSetting](d) != (SaveSetting{SettingTour, "seen"}) {
		t.Error("the tour does not end, or is not remembered")
	}
	f.Settings[SettingTour] = "seen"
	if d := open(t, f, push(t)); d.m.Tour().On {
		t.Error("it begins again")
	}
	f = flags()
	f.Fragment = "frame=3"
	if d := open(t, f, push(t)); d.m.Tour().On {
		t.Error("it covers what a link shows")
	}
	d = open(t, flags(), push(t))
	d.key("Escape")
	if d.m.Tour().On || must[SaveSetting](d).Key != SettingTour {
		t.Error("Escape does not skip it")
	}
	d.click(ActTour, "", 1)
	if !d.m.Tour().On {
		t.Error("it can't be had again")
	}
}

func TestEmbedded(t *testing.T) {
	f := flags()
	f.Embed, f.Fragment = true, "frame=3&view=frames"
	d := open(t, f, push(t))
	d.at(3)
	h := d.m.Header()
	if !h.Embed || h.Whole != ".#frame=3&view=frames" {
		t.Errorf("%+v", h)
	}
	d.done = nil
	d.send(KeyPressed{Key: "Enter", Ctrl: true})
	if _, ok := last[RunProgram](d); ok {
		t.Error("an embedded page runs programs")
	}
	d.send(KeyPressed{Key: "k", Ctrl: true})
	for _, r := range d.m.Palette().Rows {
		if r.Group == "Example" || strings.Contains(r.Text, "Run") || strings.Contains(r.Text, "Dial") {
			t.Error("the palette offers", r.Text)
		}
	}
}

func TestUpdateNotice(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(UpdateReady{})
	n := d.m.Notice()
	if n.Label != "Reload" {
		t.Fatalf("%+v", n)
	}
	d.key("j", "w")
	if d.m.Notice().Label == "Reload" {
		t.Error("what was asked for is not told")
	}
	d.key("j")
	if d.m.Notice() != n {
		t.Error("the update is forgotten")
	}
	d.send(n.Do)
	must[ApplyUpdate](d)
	d.click(ActCloseNotice, "", 0)
	if d.m.Notice().Text != "" {
		t.Error("it can't be closed")
	}
}

// The number of a view is the same on a phone, where the program is one too.
func TestViewNumbers(t *testing.T) {
	f := flags()
	f.Width = 390
	for _, d := range []*desk{open(t, flags(), push(t)), open(t, f, push(t))} {
		d.key("2")
		if d.m.view != ViewFrames {
			t.Error("2 is", d.m.view)
		}
		d.key("1")
		if d.m.view != ViewSequence {
			t.Error("1 is", d.m.view)
		}
	}
	f.Embed, f.Fragment = true, "view=code"
	d := open(t, f, push(t))
	if v := d.m.Header().Views; d.m.view == ViewCode || v[0].ID == string(ViewCode) {
		t.Error("an embedded page shows the program")
	}
}

func TestRowsSayTheirBookmark(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActMark, "", 3)
	for _, r := range d.visible() {
		if r.Marked != (r.Frame == 3) || strings.Contains(r.Label, "bookmark") != r.Marked {
			t.Errorf("frame %d: %v, %s", r.Frame+1, r.Marked, r.Label)
		}
	}
}

func TestEmptyFilterCanBeCleared(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(FilterEdited{"type:NONE"})
	if l := d.m.List(); l.Empty == "" || !l.Filtered {
		t.Errorf("%+v", l)
	}
	d.click(ActClear, "", 0)
	if l := d.m.List(); l.Empty != "" || l.Filtered || len(d.visible()) != 14 {
		t.Errorf("%+v", l)
	}
}

// Who types fast chooses among the candidates of an earlier text: what is taken is
// the candidate of what was written in the end.
func TestChoiceWaitsForItsText(t *testing.T) {
	d := open(t, flags(), push(t))
	typed := func(text string) {
		d.send(FilterEdited{text})
		d.send(CaretAt{IDFilter, text, len(text)})
	}
	typed("type:")
	d.mute, d.pending = true, nil
	typed("type:P")
	d.send(KeyPressed{Key: "ArrowDown", Field: FieldFilter}) // DATA, of "type:"
	d.send(KeyPressed{Key: "Enter", Field: FieldFilter})
	if d.m.Filter().Text != "type:P" {
		t.Fatalf("taken before it is known: %q", d.m.Filter().Text)
	}
	answer := func() {
		d.mute = false
		for len(d.pending) > 0 {
			d.answer()
		}
	}
	answer()
	if got := must[SetField](d); got.Text != "type:PING " || d.m.Filter().Text != "type:PING " {
		t.Errorf("%+v, %q", got, d.m.Filter().Text)
	}

	// More text takes the wish back; a choice that is still offered stays.
	typed("t")
	d.mute, d.pending = true, nil
	typed("te")
	d.send(KeyPressed{Key: "ArrowDown", Field: FieldFilter})
	d.send(KeyPressed{Key: "ArrowDown", Field: FieldFilter}) // text:
	d.send(KeyPressed{Key: "Enter", Field: FieldFilter})
	typed("tex")
	answer()
	if d.m.Filter().Text != "tex" {
		t.Errorf("%q was taken although more was written", d.m.Filter().Text)
	}
	if v := d.m.Suggest(IDFilter); v.On != 0 || len(v.Items) != 1 {
		t.Errorf("%+v", v)
	}
}
