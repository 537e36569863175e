package model

import "testing"

// TestStrangersProgramAsksOnce: a program that came with a record is shown,
// never runs by itself, asks before it runs, and is run where it reaches nothing.
func TestStrangersProgramAsksOnce(t *testing.T) {
	d := open(t, flags(), push(t))
	m, effects := d.m.takeProgram("theirs", "their record")
	d.m = m
	if e := effects[0].(SetEditor); e.Text != "theirs" || len(effects) != 5 {
		t.Errorf("%+v", effects)
	}
	runs := must[RunProgram](d).Serial
	d.click(ActRun, "", 0)
	if must[RunProgram](d).Serial != runs || !d.m.Stranger().Open || !d.m.Header().Modal {
		t.Fatal("it ran without a question")
	}
	d.send(KeyPressed{Key: "Enter", Ctrl: true})
	if must[RunProgram](d).Serial != runs {
		t.Fatal("a key ran it")
	}
	d.send(KeyPressed{Key: "Escape"})
	if d.m.Stranger().Open || must[RunProgram](d).Serial != runs {
		t.Error("Escape is no refusal")
	}
	d.click(ActAllow, "", 0) // nobody was asked: it is no answer
	if must[RunProgram](d).Serial != runs {
		t.Error("it ran without a question")
	}
	d.click(ActRun, "", 0)
	d.click(ActAllow, "", 0)
	run := must[RunProgram](d)
	if run.Serial != runs+1 || !run.Sealed || run.Program != "theirs" || run.Title != "their record" {
		t.Errorf("%+v", run)
	}
	d.click(ActRun, "", 0)
	if run := must[RunProgram](d); run.Serial != runs+2 || !run.Sealed {
		t.Error("it asks twice, or is not sealed the second time")
	}
	d.send(Edited{"theirs, changed"})
	d.click(ActRun, "", 0)
	if !must[RunProgram](d).Sealed {
		t.Error("a changed program of a stranger's is not sealed")
	}
}

// TestStrangersProgramThroughUndo: whose program it is goes with its text.
func TestStrangersProgramThroughUndo(t *testing.T) {
	d := open(t, flags(), push(t))
	d.m, _ = d.m.takeProgram("theirs", "their record")
	d.click(ActReset, "", 0)
	if d.m.Stranger().Note != "" {
		t.Error("the example is a stranger's")
	}
	d.click(ActUndoReset, "", 0)
	if d.m.Stranger().Note == "" || d.m.ProgramText() != "theirs" {
		t.Error("after the undo it is nobody's")
	}
	d.click(ActRun, "", 0)
	if !d.m.Stranger().Open {
		t.Error("it runs without a question")
	}
}

// TestStrangersProgramAfterReload: what the editor kept waits for Run.
func TestStrangersProgramAfterReload(t *testing.T) {
	f := flags()
	f.Settings[SettingProgram], f.Settings[SettingStranger] = "theirs", "their record"
	m, effects := New(f)
	for _, e := range effects {
		if _, ok := e.(RunProgram); ok {
			t.Error("it ran by itself")
		}
	}
	if m.List().Empty == "" || m.Stranger().Open {
		t.Errorf("%+v %+v", m.List(), m.Stranger())
	}
}
