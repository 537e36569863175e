package model

import (
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

func TestLiveRecord(t *testing.T) {
	whole := push(t)
	r := push(t)
	grow := func(n int) {
		r.Summary.Frames, r.Summary.Version = n, n+1
		r.Rows.Rows = whole.Rows.Rows[:n]
	}
	f := flags()
	f.Settings[SettingDial] = `{"Address":"example.net:443","TLS":true,"Path":"/"}`
	d := open(t, f, r)
	d.click(ActMode, string(ModeDial), 0)
	d.send(RelayProbed{Relay: "ws://127.0.0.1:8420/relay", OK: true})
	d.click(ActRun, "", 0)
	if dial := must[Dial](d); dial.Target != "example.net:443" || !dial.TLS || dial.Path != "/" || dial.Relay != "ws://127.0.0.1:8420/relay" {
		t.Fatalf("%+v", dial)
	}
	if !strings.HasPrefix(d.m.Dial().Status, "Connecting to example.net:443") {
		t.Error(d.m.Dial().Status)
	}
	d.send(RunStarted{d.m.run.Serial})
	for n := 1; n <= 14; n++ {
		grow(n)
		d.send(SummaryChanged{r.Summary})
		d.at(n) // the newest frame stays selected
	}
	d.click(ActSelect, "", 3)
	d.send(RunBroke{Serial: d.m.run.Serial, Message: "the server has gone silent"})
	v := d.m.Dial()
	if !v.Bad || v.Status != "the server has gone silent." {
		t.Errorf("%+v", v)
	}
	if len(d.visible()) != 14 {
		t.Error("the frames up to the error are gone")
	}
	d.at(4)
}

func TestDialThatFailsAtOnce(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActMode, string(ModeDial), 0)
	d.click(ActRun, "", 0)
	d.send(RunStarted{d.m.run.Serial})
	d.send(SummaryChanged{view.Summary{Version: 1}})
	if len(d.visible()) != 14 {
		t.Error("the old session went away before the new one had a frame")
	}
	d.send(RunBroke{Serial: d.m.run.Serial, Message: "localhost:443 refuses connections"})
	d.r = &record{Summary: view.Summary{Version: 1}}
	if v := d.m.Dial(); v.Status != "localhost:443 refuses connections." {
		t.Errorf("%+v", v)
	}
	if d.m.Inspector().Ready {
		t.Error("the inspector shows a frame of the old session")
	}
}

func TestMessagesOfAnOldRun(t *testing.T) {
	d := open(t, flags(), push(t))
	d.key("j")
	d.send(KeyPressed{Key: "Enter", Ctrl: true, Field: FieldEditor})
	if d.m.run.Serial != 2 || must[RunProgram](d).Serial != 2 {
		t.Fatal("Ctrl+Enter in the editor does not run the program")
	}
	d.send(RunBroke{Serial: 1, Message: "old"})
	d.send(RunEnded{Serial: 1})
	if d.m.run.State != RunStarting {
		t.Error("a message about an old run was taken for the new one's:", d.m.run.State)
	}
	d.send(RunStarted{2})
	again := push(t)
	again.Summary.Version = 3 // lower than before: another record
	again.Rows.Rows[7].Text = "changed"
	d.r = again
	d.send(SummaryChanged{again.Summary})
	d.at(8)
	if d.visible()[7].Text != "changed" {
		t.Error("rows of the old record are shown")
	}
}

func TestProgramThatFails(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActRun, "", 0)
	d.send(RunBroke{Serial: 2, Message: "ReferenceError: x is not defined", Line: 2, Col: 5})
	c := d.m.Code()
	if c.Problem != "Line 2, column 5: ReferenceError: x is not defined" {
		t.Errorf("%+v", c)
	}
	if e, _ := last[MarkEditor](d); e.Wrong != 2 || e.Col != 5 || e.Message != "ReferenceError: x is not defined" {
		t.Errorf("%+v", e)
	}
	d.send(Edited{"const b = 2;\n"})
	if e, _ := last[MarkEditor](d); e != (MarkEditor{}) || !d.m.Code().Stale {
		t.Error("a line of a program that has changed is marked")
	}
}

func TestWorkersThatFail(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(PartFailed{PartInspect, "out of memory"})
	d.send(PartFailed{PartInspect, "again"})
	if f := d.m.Header().Failures; len(f) != 1 || f[0].Text != "again" {
		t.Errorf("%+v", f)
	}
	if len(d.visible()) != 14 {
		t.Error("what was on the page went away")
	}
	d.click(ActRun, "", 0)
	d.send(PartFailed{PartH2, "gone"})
	if d.m.run.State != RunFailed || d.m.Header().Running {
		t.Error("the run goes on without its Worker")
	}
	d.click(ActDismiss, PartInspect, 0)
	if f := d.m.Header().Failures; len(f) != 1 || f[0].Part != PartH2 {
		t.Errorf("%+v", f)
	}
	d.click(ActRun, "", 0)
	d.send(RunStarted{d.m.run.Serial})
	d.send(PartFailed{PartInspect, "gone too"})
	if d.m.run.State != RunFailed {
		t.Error("the run goes on without the analyser")
	}
	d.click(ActRun, "", 0)
	d.send(RunStarted{d.m.run.Serial})
	d.send(SummaryChanged{d.r.Summary})
	if f := d.m.Header().Failures; len(f) != 0 {
		t.Errorf("both are back, and the page says %+v", f)
	}
}

// A shorter session has no frame 9: the address must not name it any more.
func TestAddressOfAShorterRun(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActSelect, "", 8)
	d.click(ActRun, "", 0)
	d.send(RunStarted{2})
	short := push(t)
	short.Summary.Version, short.Summary.Frames = 3, 5
	short.Rows.Rows = short.Rows.Rows[:5]
	d.r = short
	d.send(SummaryChanged{short.Summary})
	d.send(RunEnded{2})
	if u := must[SetURL](d).Fragment; u != "" {
		t.Error("the address names", u)
	}
	if v := d.m.Scrub(); v.Frame > 5 {
		t.Error("frame", v.Frame, "of 5 is shown")
	}
}

func TestCauseIsRevealed(t *testing.T) {
	d := open(t, flags(), push(t))
	for frame, row := range d.r.Details {
		d.done = nil
		d.click(ActSelect, "", frame)
		got, ok := last[RevealLine](d)
		if want := int(row.Row.Line); frame != pushFrame-1 && (ok != (want > 0) || got.Line != want) {
			t.Errorf("frame %d: line %d is revealed, want %d", frame+1, got.Line, want)
		}
	}
	d.send(Edited{"// other\n"})
	d.done = nil
	d.click(ActSelect, "", pushFrame-1)
	if _, ok := last[RevealLine](d); ok {
		t.Error("a line is revealed that is not the one that ran")
	}
}

func TestConnectionFrameHasNoStream(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActPane, string(PaneStream), 0)
	for frame := range d.r.Details {
		d.click(ActSelect, "", frame)
		v := d.m.Inspector()
		if len(v.Streams) == 0 && v.What == "" {
			t.Errorf("frame %d: the pane is blank", frame+1)
		}
	}
}
