package model

import (
	"slices"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// compared is a page whose program has run twice, with the run before read as the
// second record: frame 2 of each differs, and only the other has a fourth one.
func compared(t *testing.T) (d *desk, now, before *record) {
	t.Helper()
	now, before = many(3), many(4)
	before.Summary.Version = 9
	for i := range before.Rows.Rows {
		before.Rows.Rows[i].Text = "before"
	}
	d = open(t, flags(), many(2))
	d.key("d")
	if _, ok := last[CompareWith](d); ok || !strings.Contains(d.m.Notice().Text, "no run before") {
		t.Fatalf("of the first run there is none before: %q", d.m.Notice().Text)
	}
	d.r = now
	d.click(ActRun, "", 0)
	d.send(RunStarted{d.m.run.Serial})
	d.send(SummaryChanged{now.Summary})
	d.send(RunEnded{d.m.run.Serial})
	d.key("d")
	if e := must[CompareWith](d); e.From != FromBefore || d.m.view != ViewCompare || !strings.HasPrefix(d.m.Compare().Busy, "Reading the run before") {
		t.Fatalf("%+v, %q", e, d.m.Compare().Busy)
	}
	d.send(OtherArrived{ID: d.m.other.id, Summary: before.Summary})
	d.differences(now, before)
	return d, now, before
}

// differences answers what Compare asks.
func (d *desk) differences(now, before *record) {
	d.t.Helper()
	side := func(r *record, i int) *view.Row {
		if i >= len(r.Rows.Rows) {
			return nil
		}
		return &r.Rows.Rows[i]
	}
	for range 3 {
		for _, e := range slices.Clone(d.done) {
			q, ok := e.(Query)
			switch {
			case !ok:
			case q.Op == "compare":
				d.send(Answered{ID: q.ID, At: -1, Value: &view.Comparison{Total: 2, Differences: []view.Difference{
					{A: 1, B: 1, What: "length", Text: "DATA of the client on stream 3: 1 octet and 2 octets."}, {A: -1, B: 3, What: "missing", Text: "x: only the second record has it."}}}})
			case q.Op == "aligned":
				a := &view.Aligned{Total: 4, Differences: 2, At: q.Frame, Next: view.AlignedPlace{Row: 1, A: 1, B: 1}, Before: view.AlignedPlace{Row: -1, A: -1, B: -1}}
				if q.Frame >= 1 {
					a.Next = view.AlignedPlace{Row: 3, A: -1, B: 3}
				}
				if q.Frame == 1 {
					a.Nth = 1
				}
				if q.Frame >= 3 {
					a.Next, a.Nth = view.AlignedPlace{Row: -1, A: -1, B: -1}, 2
				}
				for i := range 4 {
					row := view.AlignedRow{A: side(now, i), B: side(before, i)}
					if i == 1 {
						row.What, row.Text = "length", "DATA of the client on stream 3: 1 octet and 2 octets."
					}
					if i == 3 {
						row.What, row.Text = "missing", "x: only the second record has it."
					}
					a.Rows = append(a.Rows, row)
				}
				d.send(Answered{ID: q.ID, At: -1, Value: a})
			}
		}
		d.done = slices.DeleteFunc(d.done, func(e Effect) bool { _, ok := e.(Query); return ok })
	}
}

func TestCompareView(t *testing.T) {
	d, now, before := compared(t)
	v := d.m.Compare()
	if v.Lead != "2 differences." || v.First == nil || v.First.Text != "First difference: frame 2 here, frame 2 there: DATA of the client on stream 3: 1 octet and 2 octets." || v.First.Record != "0" || v.First.Frame != 1 {
		t.Errorf("%q %+v", v.Lead, v.First)
	}
	var signs []string
	for i := range v.List.Slots {
		if r := d.m.PairSlot(i); !r.Blank {
			signs = append(signs, r.Sign+" "+r.Says)
		}
	}
	slices.Sort(signs)
	if want := []string{"+ only before", "= ", "= ", "≠ 1 octet and 2 octets."}; !slices.Equal(signs, want) {
		t.Errorf("%q, want %q", signs, want)
	}
	d.key("Home", "n")
	d.differences(now, before)
	d.at(2)
	if v := d.m.Compare(); v.Where != "difference 1 of 2" || !strings.Contains(v.Strip, "1 octet and 2 octets") {
		t.Errorf("%q %q", v.Where, v.Strip)
	}
	// The next one is a frame that only the other record has: it is shown.
	d.r = before
	d.key("n")
	d.differences(now, before)
	d.at(4)
	if v := d.m.Records(); !v.Other || !v.Tabs[1].On || d.m.summary.Frames != 4 {
		t.Errorf("%+v, %d frames", v, d.m.summary.Frames)
	}
	d.key("n")
	if !strings.Contains(d.m.Notice().Text, "No further difference") {
		t.Errorf("%q", d.m.Notice().Text)
	}
}

// What is asked and what comes is of the record that is shown, never of both.
func TestRecordsNeverMix(t *testing.T) {
	d, now, before := compared(t)
	d.click(ActView, string(ViewFrames), 0)
	d.mute = true
	d.m.list.waits, d.pending = nil, nil
	d.click(ActClear, "", 0)
	d.send(FilterEdited{"type:DATA"}) // is asked of the first record
	late := d.pending
	d.pending, d.r = nil, before
	d.key("o")
	for _, e := range d.pending {
		switch e := e.(type) {
		case QueryRows:
			if e.Record != 1 {
				t.Errorf("%+v", e)
			}
		case QueryDetail:
			if e.Record != 1 {
				t.Errorf("%+v", e)
			}
		case Query:
			if e.Record != 1 && e.Op != "compare" {
				t.Errorf("%+v", e)
			}
		}
	}
	mine := d.pending
	d.pending, d.r = late, now
	for len(d.pending) > 0 { // the first record's answers come late
		d.answer()
	}
	d.pending, d.r, d.mute = append(mine, d.pending...), before, false
	for len(d.pending) > 0 {
		d.answer()
	}
	rows := d.visible()
	if len(rows) == 0 {
		t.Fatal("no rows of the other record")
	}
	for _, r := range rows {
		if r.Text != "before" {
			t.Errorf("a row of the first record: %+v", r)
		}
	}
	if d.m.marks().Cause != 0 {
		t.Error("a line of the program is marked, which did not make this record")
	}
	// A new session shows itself.
	d.r = now
	d.click(ActRun, "", 0)
	if d.m.record != 0 || d.m.other.ready {
		t.Error("a new session, and the other record is still shown")
	}
	d.send(RunStarted{d.m.run.Serial})
	d.send(SummaryChanged{now.Summary})
	d.send(OtherArrived{ID: d.m.other.id, Summary: before.Summary})
	if !d.m.Records().Shown {
		t.Error("the record before is not there again after the run")
	}
}

func TestSecondRecordCanFail(t *testing.T) {
	d, _, _ := compared(t)
	d.send(FileChosen{[]GivenFile{{"a\u202eb.h2trace", 5}}})
	d.send(OtherArrived{ID: d.m.other.id - 1, Summary: view.Summary{Frames: 5}})
	if d.m.other.ready {
		t.Error("an answer to an older request is taken")
	}
	d.send(OtherArrived{ID: d.m.other.id, Summary: view.Summary{Problems: []view.Problem{{Text: "line 1: no record"}}}})
	if v := d.m.Compare(); d.m.Records().Shown || !strings.Contains(v.Empty, "line 1: no record") {
		t.Errorf("%q", v.Empty)
	}
	d.click(ActCompare, "stop", 0)
	if e, _ := last[CompareWith](d); e.From != "" || d.m.Compare().Stop {
		t.Errorf("%+v", e)
	}
}

func TestForkAt(t *testing.T) {
	step := func(at int, mask byte) Step {
		return Step{Kind: StepCorrupt, Conn: 1, Dir: "s2c", Frame: at, Mask: mask, At: at}
	}
	plan := func(steps ...Step) Plan { return Plan{Latency: 5, Steps: steps} }
	slow := plan(step(9, 1))
	slow.Latency = 6
	for _, c := range []struct {
		was, is Plan
		want    int
	}{
		{plan(), plan(), -1}, {plan(), plan(step(7, 1)), 7}, {plan(step(7, 1)), plan(), 7}, {plan(step(7, 1)), plan(step(7, 1), step(9, 1)), 9},
		{plan(step(7, 1), step(9, 1)), plan(step(9, 2)), 7}, {plan(), slow, -1},
	} {
		if got := forkAt(c.was, c.is); got != c.want {
			t.Errorf("%+v and %+v part at %d, want %d", c.was.Steps, c.is.Steps, got, c.want)
		}
	}
}
