package model

import "testing"

// A press on a line's number lists the frames that the line caused; the editor
// is told which line that is, and which caused the frame that is shown.
func TestFramesOfALine(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActSelect, "", pushFrame-1)
	if e := must[MarkEditor](d); e.Cause != 6 || e.Chosen != 0 {
		t.Errorf("the editor marks %+v, the frame was caused by line 6", e)
	}
	d.click(ActLine, "", 6)
	if e := must[MarkEditor](d); e.Chosen != 6 {
		t.Errorf("the editor marks %+v after a press on line 6", e)
	}
	if q := d.m.Filter().Text; q != "line:6" {
		t.Errorf("the filter is %q", q)
	}
	d.click(ActLine, "", 6)
	if q := d.m.Filter().Text; q != "" || must[MarkEditor](d).Chosen != 0 {
		t.Errorf("pressed again the filter is %q", q)
	}
	d.send(Edited{"another program"})
	d.click(ActLine, "", 1)
	if q := d.m.Filter().Text; q != "" {
		t.Error("lines of a program that did not run have frames")
	}
}

// The seed's examples name what their text presupposes: the engine is given it,
// the page shows it, and groups have a heading in the menu.
func TestExampleWithSurroundings(t *testing.T) {
	f := flags()
	a := Around{Before: "const port = 80;", Open: "{", After: "ask();", Close: "}", Modules: map[string]string{"http": "http2"}, Why: "port is 80."}
	f.Examples = append([]Example{}, f.Examples...)
	f.Examples[0].Group = "Ours"
	f.Examples[1].Group = "Theirs"
	f.Examples = append(f.Examples, Example{Name: "third", Title: "third", Group: "Theirs", Program: "x", Around: a})
	d := open(t, f, push(t))
	if got := d.m.Code().Around; got.Why != "" {
		t.Errorf("an example that stands alone presupposes %+v", got)
	}
	d.click(ActExample, "third", 0)
	if run := must[RunProgram](d); run.Program != "x" || run.Around.Before != a.Before || run.Around.Modules["http"] != "http2" {
		t.Errorf("%+v is run", run)
	}
	if got := d.m.Code().Around; got != (AroundView{Why: "port is 80.", Before: "const port = 80;\n{", After: "ask();\n}"}) {
		t.Errorf("%+v is shown", got)
	}
	d.click(ActAround, "", 0)
	if !d.m.Code().Around.Open {
		t.Error("the code around the example does not open")
	}
	var heads []string
	for _, e := range d.m.Header().Examples {
		heads = append(heads, e.Group)
	}
	if len(heads) != 3 || heads[0] != "Ours" || heads[1] != "Theirs" || heads[2] != "" {
		t.Errorf("the menu's headings are %q", heads)
	}
}
