package model

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"framewise/core/inspect/view"
)

// find answers a search as the analyser does, for the few filters of the tests.
func (r *record) find(q QueryFind) FoundArrived {
	a := FoundArrived{ID: q.ID, At: -1, Found: view.Found{Frame: -1, Next: -1}}
	if i := strings.Index(q.Filter, "bogus"); i >= 0 {
		a.Err, a.At = "filter, character "+strconv.Itoa(utf8.RuneCountInString(q.Filter[:i])+1)+": no such word", i
		return a
	}
	fits := func(row view.Row) bool {
		ok := q.Conn == 0 || row.Conn == q.Conn
		switch q.What {
		case "stream":
			ok = ok && row.Stream == r.Rows.Rows[q.From].Stream
		case "error":
			ok = ok && row.Error != ""
		case "stall":
			ok = false
		}
		for _, term := range strings.Fields(q.Filter) {
			name, value, _ := strings.Cut(term, ":")
			ok = ok && (name == "type" && row.Type == value || name == "stream" && strconv.Itoa(int(row.Stream)) == value)
		}
		return ok
	}
	step := 1
	if q.Back {
		step = -1
	}
	for i := q.From + step; i >= 0 && i < len(r.Rows.Rows); i += step {
		if fits(r.Rows.Rows[i]) {
			a.Found.Frame = i
			break
		}
	}
	return a
}

// complete offers names of terms, and types behind type:.
func complete(q QueryComplete) CompletionArrived {
	all := []view.Candidate{{Text: "stream:", What: "on this stream"}, {Text: "type:", What: "of this type"}, {Text: "text:", What: "says this"}}
	runes := []rune(q.Filter)
	before := string(runes[:q.Cursor])
	start := strings.LastIndex(before, " ") + 1
	word := before[start:]
	if rest, ok := strings.CutPrefix(word, "type:"); ok {
		all = []view.Candidate{{Text: "DATA", What: "content"}, {Text: "PING", What: "a round trip"}}
		start, word = start+len("type:"), rest
	}
	c := view.Completion{From: utf8.RuneCountInString(before[:start]), To: q.Cursor}
	for _, item := range all {
		if strings.HasPrefix(item.Text, word) {
			c.Items = append(c.Items, item)
		}
	}
	return CompletionArrived{ID: q.ID, Completion: c}
}

// withErrors is the push record with errors at some frames (from 0).
func withErrors(t *testing.T, frames ...int) *record {
	r := push(t)
	for _, f := range frames {
		r.Rows.Rows[f].Error = "CANCEL"
	}
	return r
}

func TestSeek(t *testing.T) {
	d := open(t, flags(), withErrors(t, 3, 10))
	d.click(ActSelect, "", 0)
	d.key("e")
	d.at(4)
	d.key("e")
	d.at(11)
	d.key("e")
	d.at(11)
	if n := d.m.Notice(); n.Text != "No error after frame 11." {
		t.Errorf("%+v", n)
	}
	d.key("E")
	d.at(4)
	if d.m.Notice().Text != "" {
		t.Error("the notice stays after the next key")
	}
	d.key("w")
	if !strings.Contains(d.m.Notice().Text, "after frame 4") {
		t.Error(d.m.Notice().Text)
	}
	d.at(4)
	stream := d.r.Rows.Rows[pushFrame-1].Stream
	d.click(ActSelect, "", pushFrame-1)
	for range 3 {
		was := d.m.selected
		d.key("s")
		if d.m.selected <= was && d.m.Notice().Text == "" || d.r.Rows.Rows[d.m.selected].Stream != stream {
			t.Errorf("frame %d is of stream %d", d.m.selected+1, d.r.Rows.Rows[d.m.selected].Stream)
		}
	}
	d.key("S")
	if d.r.Rows.Rows[d.m.selected].Stream != stream {
		t.Error("S leaves the stream")
	}
}

// An older search must not move the page when a newer one was made, nor one
// that was answered in parts.
func TestSeekAnswers(t *testing.T) {
	d := open(t, flags(), withErrors(t, 3))
	d.click(ActSelect, "", 0)
	d.mute = true
	d.pending = nil
	d.key("e")
	first := d.pending[0].(QueryFind)
	d.key("s")
	d.send(d.r.find(first))
	d.at(1)
	second := d.pending[1].(QueryFind)
	d.send(FoundArrived{ID: second.ID, Found: view.Found{Frame: -1, Next: 6}})
	if third, ok := d.pending[2].(QueryFind); !ok || third.From != 6 || third.What != "stream" {
		t.Errorf("%+v", d.pending)
	}
}

func TestPlayStopsAtBreakpoints(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActBreak, "type:PUSH_PROMISE", 0)
	d.click(ActBreak, "type:DATA", 0)
	if v := must[SaveSetting](d); v.Key != SettingBreaks || !strings.Contains(v.Value, "PUSH_PROMISE") {
		t.Errorf("%+v", v)
	}
	d.key("Home", " ")
	tick := func() {
		d.t.Helper()
		a, ok := last[After](d)
		if !ok {
			t.Fatal("playing goes nowhere")
		}
		d.send(Ticked{a.Tick})
	}
	for i := 0; d.m.Scrub().Playing && i < 40; i++ {
		tick()
	}
	d.at(pushFrame)
	if n := d.m.Notice().Text; n != "Stopped at frame 7: type:PUSH_PROMISE" {
		t.Error(n)
	}
	d.key(" ")
	for i := 0; d.m.Scrub().Playing && i < 40; i++ {
		tick()
	}
	if d.r.Rows.Rows[d.m.selected].Type != "DATA" {
		t.Error("it stopped at", d.r.Rows.Rows[d.m.selected].Type)
	}
	// One that is off does not count; with the other gone it plays to the end.
	d.click(ActBreakOn, "", 1)
	d.click(ActUnbreak, "", 0)
	d.key(" ")
	for i := 0; d.m.Scrub().Playing && i < 40; i++ {
		tick()
	}
	d.at(14)
}

// Playing must not pass a breakpoint whose answer is still on its way, nor one
// that the filter hides.
func TestPlayWaitsForAnswers(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActBreak, "type:PUSH_PROMISE", 0)
	d.click(ActSelect, "", 4)
	d.mute, d.pending = true, nil
	d.key(" ")
	q := d.pending[0].(QueryFind)
	for range 8 {
		d.send(Ticked{must[After](d).Tick})
	}
	if d.m.selected != 4 {
		t.Fatal("it went on without the answer, to frame", d.m.selected+1)
	}
	d.send(d.r.find(q))
	d.mute = false
	d.send(FilterEdited{"type:DATA"})
	for i := 0; d.m.Scrub().Playing && i < 40; i++ {
		d.send(Ticked{must[After](d).Tick})
	}
	d.at(pushFrame)
}

func TestBreakpointThatCannotBeRead(t *testing.T) {
	d := open(t, flags(), push(t))
	d.key("m")
	d.send(BreakEdited{"ü bogus"})
	d.click(ActBreak, "", 0)
	v := d.m.Panel()
	if len(v.Breaks) != 0 || v.Problem != "Character 3: no such word" || v.Before != "ü " || v.Typed != "ü bogus" {
		t.Errorf("%+v", v)
	}
	d.send(BreakEdited{"type:PING"})
	if d.m.Panel().Problem != "" {
		t.Error("the problem stays although the text has changed")
	}
	d.click(ActBreak, "", 0)
	if v = d.m.Panel(); len(v.Breaks) != 1 || v.Typed != "" || v.Breaks[0].Text != "type:PING" {
		t.Errorf("%+v", v)
	}
	d.click(ActBreak, "type:PING", 0)
	if v = d.m.Panel(); len(v.Breaks) != 1 || v.Problem == "" {
		t.Errorf("twice the same: %+v", v)
	}
	d.click(ActUnbreak, "", 0)
	if n := d.m.Notice(); n.Label != "Undo" {
		t.Errorf("%+v", n)
	} else {
		d.send(n.Do)
	}
	if len(d.m.Panel().Breaks) != 1 {
		t.Error("Undo brings nothing back")
	}
}

func TestBookmarks(t *testing.T) {
	f := flags()
	d := open(t, f, push(t))
	d.click(ActSelect, "", 3)
	d.key("b")
	if v := d.m.Panel(); !v.Open || len(v.Marks) != 1 || must[Focus](d).ID != IDNote(3) {
		t.Fatalf("%+v", v)
	}
	d.send(MarkEdited{3, "here & there"})
	d.click(ActMark, "", 9)
	if u := must[SetURL](d).Fragment; u != "frame=4&mark=4%3Ahere+%26+there&mark=10" {
		t.Error(u)
	}
	if s := d.m.Scrub(); !s.Marked || len(s.Flags) != 2 || s.PanelText != "2" {
		t.Errorf("%+v", s)
	}
	d.key("Escape", "]")
	d.at(10)
	d.key("]")
	if !strings.Contains(d.m.Notice().Text, "further on") {
		t.Error(d.m.Notice().Text)
	}
	d.key("[")
	d.at(4)

	// A reload finds them, also one without the address; another program has none.
	f.Settings[SettingMarks] = must[SaveSetting](d).Value
	again := open(t, f, push(t))
	again.click(ActPanel, "", 0)
	if v := again.m.Panel(); len(v.Marks) != 2 || v.Marks[0].Note != "here & there" || v.Marks[0].What == "" {
		t.Errorf("%+v", v)
	}
	again.click(ActExample, "other", 0)
	if v := again.m.Panel(); len(v.Marks) != 0 || v.NoMarks == "" {
		t.Errorf("another program's: %+v", v)
	}
	if u := again.m.Fragment(); strings.Contains(u, "mark") {
		t.Error("the address names bookmarks of another record:", u)
	}
	// The address alone carries them too.
	f = flags()
	f.Fragment = "mark=4%3Ahere&mark=x&mark=0&mark=10"
	if d := open(t, f, push(t)); len(d.m.book.list) != 2 || d.m.book.list[0] != (Bookmark{3, "here"}) {
		t.Errorf("%+v", d.m.book.list)
	}

	d.click(ActMark, "", 3)
	d.send(d.m.Notice().Do)
	if i := d.m.book.find(3); i < 0 || d.m.book.list[i].Note != "here & there" {
		t.Error("Undo forgets the note")
	}
}

// Long notes stay out of the address, in storage they are.
func TestLongNotes(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActMark, "", 2)
	d.send(MarkEdited{2, strings.Repeat("ä", 700)})
	if u := d.m.Fragment(); strings.Contains(u, "mark") {
		t.Error("the address grows to", len(u))
	}
	if n := utf8.RuneCountInString(d.m.book.list[0].Note); n != maxNote {
		t.Error(n)
	}
	if v := must[SaveSetting](d); v.Key != SettingMarks || len(v.Value) < maxNote {
		t.Errorf("%+v", v)
	}
}

func TestBrokenSettings(t *testing.T) {
	d0 := open(t, flags(), push(t))
	f := flags()
	f.Settings[SettingMarks] = `[{"Key":"` + recordKey(string(d0.m.program.api)+examples[0].Program) + `","List":[{"Frame":-4},{"Frame":2},{"Frame":2,"Note":"x"},{"Frame":99}]}]`
	f.Settings[SettingBreaks] = "{"
	d := open(t, f, push(t))
	d.key("m", "]")
	if v := d.m.Panel(); len(v.Marks) != 2 || v.Marks[1].What != "not in this record" || len(v.Breaks) != 0 || len(v.Ready) == 0 {
		t.Errorf("%+v", v)
	}
}
