package model

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"framewise/core/inspect/ask"
	"framewise/core/inspect/view"
)

// composing is a page with the composer open, whose questions about frames by
// hand are answered by the analyser itself.
type composing struct {
	*desk
	s *ask.Session
}

func composeDesk(t *testing.T) *composing {
	t.Helper()
	d := &composing{desk: open(t, flags(), push(t)), s: ask.New()}
	b, err := os.ReadFile("../../core/inspect/testdata/push.h2trace")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.s.Feed(b); err != nil {
		t.Fatal(err)
	}
	d.mute = true
	d.click(ActSide, string(SideCompose), 0)
	d.settle()
	return d
}

// settle answers the composer's questions until there are none.
func (d *composing) settle() {
	d.t.Helper()
	for range 100 {
		var q Query
		for i, e := range d.pending {
			if x, ok := e.(Query); ok && (x.Op == "try" || x.Op == "reaction") {
				q, d.pending = x, append(d.pending[:i:i], d.pending[i+1:]...)
				break
			}
		}
		if q.ID == 0 {
			return
		}
		text, err := json.Marshal(map[string]any{"op": q.Op, "frame": q.Frame, "dir": q.Dir, "conn": q.Conn, "from": q.From, "n": q.N, "text": q.Text})
		if err != nil {
			d.t.Fatal(err)
		}
		v := NewAnswer(q.Op)
		if err := json.Unmarshal(d.s.Answer(text), v); err != nil {
			d.t.Fatal(err)
		}
		d.send(Answered{ID: q.ID, Value: v, At: -1})
	}
	d.t.Fatal("the composer asks without end")
}

func (d *composing) edit(key, text string) {
	d.t.Helper()
	d.send(ComposeEdited{key, text})
	d.settle()
}

func (d *composing) field(key string) ComposeField {
	d.t.Helper()
	v := d.m.Compose()
	for _, f := range append(v.Fields, v.Flags...) {
		if f.Key == key {
			return f
		}
	}
	d.t.Fatalf("there is no field %s", key)
	return ComposeField{}
}

func TestComposeFormAndHex(t *testing.T) {
	d := composeDesk(t)
	if v := d.m.Compose(); d.field("type").Value != "PING" || !strings.HasPrefix(v.Hex.Value, "00 00 08 06") || v.Trial.Outcome != "legal" || !v.CanSend {
		t.Fatalf("it begins with a PING: %+v", v)
	}
	d.edit("type", "DATA")
	d.edit("data", "hello")
	if v := d.m.Compose(); v.Hex.Value != "00 00 05 00 00 00 00 00 00 68 65 6c 6c 6f" || v.Trial.Outcome != "connection" || v.Trial.Frames[0].Code != "PROTOCOL_ERROR" {
		t.Errorf("%q %+v", v.Hex.Value, v.Trial)
	}
	// Two edits before an answer: none is lost.
	d.send(ComposeEdited{"stream", "3"})
	d.edit("flag0", "1")
	if v := d.m.Compose(); v.Hex.Value != "00 00 05 00 01 00 00 00 03 68 65 6c 6c 6f" {
		t.Errorf("%q", v.Hex.Value)
	}
	d.edit(KeyOctets, "0000040800000000000000000a")
	if d.field("type").Value != "WINDOW_UPDATE" || d.field("increment").Value != "10" || d.m.Compose().Hex.Value != "0000040800000000000000000a" {
		t.Errorf("%+v", d.m.Compose())
	}
	d.edit("increment", "0")
	if v := d.m.Compose(); !strings.HasSuffix(v.Hex.Value, "00 00 00 00") || v.Trial.Outcome != "connection" {
		t.Errorf("%q %+v", v.Hex.Value, v.Trial)
	}
	d.edit("increment", "many")
	if v := d.m.Compose(); v.CanSend || v.Wrong == "" || !d.field("increment").Wrong || d.field("increment").Value != "many" || v.Trial.Frames != nil {
		t.Errorf("%+v", v)
	}
	d.edit(KeyOctets, "")
	if v := d.m.Compose(); v.CanSend || v.Hex.Value != "" {
		t.Errorf("an empty field is not a PING: %+v", v)
	}
	d.edit(KeyOctets, "zz")
	if v := d.m.Compose(); v.CanSend || !v.Hex.Wrong || v.Hex.Value != "zz" {
		t.Errorf("%+v", v)
	}
}

func TestComposeSends(t *testing.T) {
	d := composeDesk(t)
	d.click(ActComposePreset, "", 5) // DATA on stream 0
	d.click(ActComposeDir, "c2s", 0)
	if d.m.Compose().CanSend {
		t.Error("it can be sent before anybody knows what it is")
	}
	d.settle()
	serial := d.m.run.Serial
	d.click(ActComposeSend, "", 0)
	run := must[RunProgram](d.desk)
	if run.Serial == serial || len(run.Plan.Steps) != 1 {
		t.Fatalf("%+v", run)
	}
	s := run.Plan.Steps[0]
	if s.Kind != StepInject || s.Dir != "c2s" || s.Conn != 1 || Hex(s.Octets) != "00 00 05 00 00 00 00 00 00 68 65 6c 6c 6f" || s.What != "DATA · connection" {
		t.Errorf("%+v", s)
	}
	if v := d.m.Compose().Sent; !v.There || v.Frame != -1 || !strings.Contains(v.Text, "runs again") {
		t.Errorf("%+v", v)
	}
	s0 := d.r.Summary
	s0.Version++
	d.send(RunStarted{run.Serial})
	d.send(SummaryChanged{s0})
	d.settle()
	d.send(RunEnded{run.Serial})
	d.settle()
	if v := d.m.Compose().Sent; v.Frame < 0 || d.m.selected != v.Frame || len(v.Rows) == 0 {
		t.Errorf("the frame that was put in is not selected: %d, %+v", d.m.selected, v)
	}
	d.click(ActComposeUndo, "", 0)
	if run := must[RunProgram](d.desk); len(run.Plan.Steps) != 0 || d.m.Compose().Sent.There {
		t.Errorf("%+v", run.Plan)
	}
	d.m.mode = ModeDial
	d.settle()
	if v := d.m.Compose(); v.CanSend || !v.Tab || !strings.Contains(v.Why, "real server") {
		t.Errorf("%+v", v)
	}
}

func TestComposeCopies(t *testing.T) {
	d := composeDesk(t)
	d.m.detail.Octets = []byte{0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 7}
	d.click(ActComposeCopy, "", 0)
	d.settle()
	if d.field("type").Value != "WINDOW_UPDATE" || d.field("increment").Value != "7" {
		t.Errorf("%+v", d.m.Compose())
	}
}

// The end that did not send the selected frame sends when it has received it.
func TestComposeFromTheOtherEnd(t *testing.T) {
	d := composeDesk(t)
	d.click(ActSelect, "", 6)
	d.settle()
	dir, typ := d.m.detail.Row.Dir, d.m.detail.Row.Type
	var at view.Detail
	if err := json.Unmarshal(d.s.Answer([]byte(`{"op":"detail","frame":6}`)), &at); err != nil || at.Nth < 2 {
		t.Fatalf("frame 7 is number %d of its direction (%v)", at.Nth, err)
	}
	for _, from := range []string{"c2s", "s2c"} {
		d.click(ActComposeDir, from, 0)
		d.settle()
		v := d.m.Compose()
		if heard := strings.HasPrefix(v.Place, "when the ") && strings.Contains(v.Place, " has received frame 7, "); heard != (from != dir) || !v.CanSend {
			t.Fatalf("%s of %s: %q", from, dir, v.Place)
		}
		if from == dir {
			continue
		}
		d.click(ActComposeSend, "", 0)
		steps := must[RunProgram](d.desk).Plan.Steps
		s := steps[len(steps)-1]
		if s.Dir != from || !s.Heard || s.Frame != at.Nth || s.At != 6 || s.Type != typ {
			t.Errorf("%+v, want frame %d, %s", s, at.Nth, typ)
		}
		who := map[string]string{"c2s": "client", "s2c": "server"}[from]
		if want := "when the " + who + " has received frame 7 (" + DirArrow(dir) + ", " + s.Type + "): inject PING"; !strings.HasPrefix(s.words(), want) {
			t.Errorf("%q, want %q", s.words(), want)
		}
		d.send(RunEnded{d.m.run.Serial})
		d.settle()
	}
}
