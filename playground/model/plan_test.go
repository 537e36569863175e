package model

import (
	"reflect"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// rerun presses Run and lets the session come to its end with a record.
func (d *desk) rerun(marks ...view.Mark) RunProgram {
	d.t.Helper()
	d.done = nil
	d.send(Click{What: ActRun})
	run, ok := find[RunProgram](d)
	if !ok {
		d.t.Fatalf("Run has started nothing: %v", d.done)
	}
	s := d.r.Summary
	s.Marks = marks
	s.Version++
	d.send(RunStarted{run.Serial})
	d.send(SummaryChanged{s})
	d.send(RunEnded{run.Serial})
	return run
}

// find is the last effect of a kind.
func find[T Effect](d *desk) (e T, ok bool) {
	for _, x := range d.done {
		if v, is := x.(T); is {
			e, ok = v, true
		}
	}
	return e, ok
}

func (d *desk) net(field, text string) {
	d.t.Helper()
	d.send(NetEdited{field, text})
}

// atPromise is the page with the record of a push, at its PUSH_PROMISE.
func atPromise(t *testing.T) *desk {
	r := push(t)
	nth := map[string]int{}
	for i, row := range r.Rows.Rows {
		if i < len(r.Details) && row.Kind == "frame" {
			r.Details[i].Nth = nth[row.Dir]
			nth[row.Dir]++
		}
	}
	d := open(t, flags(), r)
	for i, row := range d.r.Rows.Rows {
		if row.Type == "PUSH_PROMISE" {
			d.send(Click{What: ActSelect, N: i})
			return d
		}
	}
	t.Fatal("the record has no PUSH_PROMISE")
	return nil
}

func TestFaultsForm(t *testing.T) {
	d := open(t, flags(), push(t))
	if b := d.m.Banner(); b.Text != "" || b.Fork != "" {
		t.Errorf("a page that nobody touched says %+v", b)
	}
	d.net("latency", "2")
	if v := d.m.Faults(); v.Fields[0].Err != "Write the unit as well: 5 ms." || d.m.plan.Latency != 5e6 || v.Fields[0].Value != "2" {
		t.Errorf("%+v, latency %d", v.Fields[0], d.m.plan.Latency)
	}
	d.done = nil
	d.send(Click{What: ActRun})
	if _, ran := find[RunProgram](d); ran {
		t.Error("a form with an error runs")
	}
	if f, ok := find[Focus](d); !ok || f.ID != "net-latency" || d.m.side != SideFaults {
		t.Errorf("Run does not go to the field: %v", d.done)
	}
	for _, text := range []string{"20", "20m", "20ms"} { // as it is typed
		d.net("latency", text)
	}
	d.send(NetLeft{"latency"})
	d.net("bandwidth", "1.5Mbit/s")
	d.net("chunk", "1")
	d.net("seed", "7")
	if v := d.m.Faults().Fields; v[0].Value != "20 ms" || v[2].Value != "1.5Mbit/s" {
		t.Errorf("the fields are %+v", v)
	}
	if b := d.m.Banner(); b.Text != "The next run is disturbed: 20 ms latency, 1.5 Mbit/s, pieces of 1 B." || !b.Run {
		t.Errorf("%+v", b)
	}
	run := d.rerun()
	want := Plan{Latency: 20e6, Bandwidth: 187_500, Chunk: 1, Seed: 7}
	if !reflect.DeepEqual(run.Plan, want) {
		t.Errorf("it runs with %+v", run.Plan)
	}
	if b := d.m.Banner(); b.Text != "This session is disturbed: 20 ms latency, 1.5 Mbit/s, pieces of 1 B." || b.Run || !b.Normal {
		t.Errorf("%+v", b)
	}
	d.send(Click{What: ActPlanUndo})
	d.send(Click{What: ActPlanUndo})
	if d.m.plan.Seed != 1 || d.m.plan.Chunk != 0 || d.m.plan.Bandwidth != 187_500 {
		t.Errorf("two changes taken back: %+v", d.m.plan)
	}
	d.send(Click{What: ActPlanUndo})
	d.send(Click{What: ActPlanUndo})
	if !d.m.plan.same(usualPlan()) {
		t.Errorf("all changes taken back: %+v", d.m.plan)
	}
}

func TestPresets(t *testing.T) {
	for _, n := range netPresets {
		d := atPromise(t)
		d.net("seed", "9")
		d.send(Click{What: ActFault, Arg: StepCut})
		d.send(Click{What: ActPreset, Arg: n.id})
		v := d.m.Faults()
		on := 0
		for i, p := range v.Presets {
			if p.On {
				on++
				if netPresets[i].id != n.id {
					t.Errorf("%s is chosen, %s is on", n.id, p.ID)
				}
			}
		}
		for _, f := range v.Fields {
			if _, err := netFields[0].read(f.Value); f.Name == "latency" && err != "" {
				t.Errorf("%s: the form can't read its own %q", n.id, f.Value)
			}
		}
		if on != 1 || v.Preset != n.note || d.m.plan.Seed != 9 || len(d.m.plan.Steps) != 1 {
			t.Errorf("%s: %+v, %d on", n.id, d.m.plan, on)
		}
	}
}

func TestFaultsOfAFrame(t *testing.T) {
	d := atPromise(t)
	at := d.m.detail
	for _, k := range faultKindList {
		d.send(Click{What: ActFault, Arg: k.kind})
	}
	if len(d.m.plan.Steps) != 5 {
		t.Fatalf("%+v", d.m.plan.Steps)
	}
	for _, s := range d.m.plan.Steps {
		if s.Conn != at.Row.Conn || s.Dir != "s2c" || s.Frame != at.Nth || s.At != at.Row.Index || s.Type != "PUSH_PROMISE" {
			t.Errorf("%+v, the frame is number %d", s, at.Nth)
		}
	}
	n := number(at.Row.Index + 1)
	want := []string{
		"in frame " + n + " (server → client, PUSH_PROMISE): corrupt octet 9, XOR 0x01",
		"at frame " + n + " (server → client, PUSH_PROMISE): stall for 1 s, from octet 0",
		"at frame " + n + " (server → client, PUSH_PROMISE): drop the frame",
		"before frame " + n + " (server → client, PUSH_PROMISE): half-close",
		"at frame " + n + " (server → client, PUSH_PROMISE): cut the connection",
	}
	for i, s := range d.m.Faults().Steps {
		if s.Text != want[i] || !s.On || s.State != "" {
			t.Errorf("%+v, want %q", s, want[i])
		}
	}
	d.send(Click{What: ActStepOff, N: 4})
	d.send(Click{What: ActStepRemove, N: 2})
	d.send(Click{What: ActStepEdit, N: 1})
	d.net("time", "soon")
	d.send(Click{What: ActFault, Arg: StepStall})
	if v := d.m.Faults(); v.Cards[1].Fields[0].Err == "" || d.m.plan.Steps[1].For != 1e9 {
		t.Errorf("a time that is none: %+v", v.Cards)
	}
	d.net("time", "for ever")
	if v := d.m.Faults(); v.Edit != "Step 2" || !v.Cards[0].Gone || v.Cards[1].Gone || v.Cards[1].Button != "Change the step" {
		t.Errorf("%+v", v)
	}
	d.send(Click{What: ActFault, Arg: StepStall})
	if s := d.m.plan.Steps[1]; s.For != -1 || len(d.m.plan.Steps) != 4 || d.m.plans.edit != -1 {
		t.Errorf("%+v", d.m.plan.Steps)
	}
	run := d.rerun(view.Mark{Kind: "note", Text: "step 2 of the plan (stall) did nothing: connection 1 does not exist"})
	if len(run.Plan.Steps) != 3 {
		t.Errorf("it runs with %+v", run.Plan.Steps)
	}
	v := d.m.Faults().Steps
	if v[0].State != "done" || v[1].State != "did nothing: connection 1 does not exist" || !v[1].Failed || v[3].State != "" {
		t.Errorf("%+v", v)
	}
	if b := d.m.Banner(); b.Text != "This session is disturbed: 3 steps." || b.Missed != "1 step did nothing" {
		t.Errorf("%+v", b)
	}
	d.done = nil
	d.send(Click{What: ActPlanNormal})
	if run, ok := find[RunProgram](d); !ok || !reflect.DeepEqual(run.Plan, usualPlan()) {
		t.Errorf("back to normal runs with %+v", run.Plan)
	}
	d.send(Click{What: ActPlanUndo})
	if len(d.m.plan.Steps) != 4 {
		t.Error("going back to normal can't be taken back")
	}
}

// The octet is the one that somebody looks at, and lies in the frame.
func TestFaultOctet(t *testing.T) {
	d := atPromise(t)
	d.send(Click{What: ActOctet, N: 12})
	d.send(Click{What: ActFault, Arg: StepCorrupt})
	if s := d.m.plan.Steps[0]; s.Offset != 12 || s.Mask != 1 {
		t.Errorf("%+v", s)
	}
	d.net("octet", "4000")
	d.net("mask", "256")
	f := d.m.Faults().Cards[0].Fields
	if !strings.HasPrefix(f[0].Err, "The octet is a number from 0 to ") || f[1].Err == "" {
		t.Errorf("%+v", f)
	}
	d.send(Click{What: ActFault, Arg: StepCorrupt})
	if len(d.m.plan.Steps) != 1 {
		t.Error("a fault with an error is part of the plan")
	}
	d.net("octet", "0x10")
	d.net("mask", "any")
	d.send(Click{What: ActFault, Arg: StepCorrupt})
	if s := d.m.plan.Steps[1]; s.Offset != 16 || s.Mask != 0 {
		t.Errorf("%+v", s)
	}
}

func TestPlanInTheAddress(t *testing.T) {
	d := atPromise(t)
	d.net("latency", "20 ms")
	d.net("jitter", "1ms")
	d.send(Click{What: ActFault, Arg: StepCorrupt})
	d.send(Click{What: ActFault, Arg: StepStall})
	d.send(Click{What: ActStepOff, N: 1})
	m, effects := d.m.addStep(Step{Kind: StepInject, Conn: 2, Dir: "c2s", Frame: -1, Octets: []byte{1, 2, 3}, What: "§ a \u202e frame", At: -1})
	d.m = m
	d.take(effects)
	m, effects = d.m.addStep(Step{Kind: StepInject, Conn: 1, Dir: "s2c", Frame: -1, Heard: true, Octets: []byte{4}, At: 0})
	d.m = m
	d.take(effects)
	f := flags()
	f.Fragment = d.m.Fragment()
	again, _ := New(f)
	want := d.m.plan
	want.Steps[2].What = `§ a \u{202e} frame`
	if !reflect.DeepEqual(again.plan, want) {
		t.Errorf("the address %s means\n%+v, want\n%+v", f.Fragment, again.plan, want)
	}
	// A long one is kept in the browser.
	m, effects = d.m.addStep(Step{Kind: StepInject, Conn: 1, Dir: "c2s", Octets: make([]byte, 5000)})
	d.m = m
	d.done = nil
	d.take(effects)
	saved, _ := find[SaveSetting](d)
	f.Fragment = d.m.Fragment()
	if saved.Key != SettingPlan || len(f.Fragment) > 200 {
		t.Errorf("%d characters are saved, the address has %d", len(saved.Value), len(f.Fragment))
	}
	f.Settings = map[string]string{SettingPlan: saved.Value}
	if again, _ = New(f); len(again.plan.Steps) != 5 || len(again.plan.Steps[4].Octets) != 5000 {
		t.Errorf("the kept plan has %d steps", len(again.plan.Steps))
	}
	// What is written by hand never breaks the page.
	for _, text := range []string{"l-5", "x1", "l", ",,,", "drop.0.c2s.1", "drop.1.up.1", "drop.1.c2s", "inject.1.c2s.0", "stall.1.c2s.0.f-9", "corrupt.1.c2s.-2", "cut.1.c2s.0.z1", "cut.1.c2s.0.h", "cut.1.c2s.0.", "c99999999", "é1"} {
		p, sound := readPlan(text)
		if sound && text != ",,," && text != "stall.1.c2s.0.f-9" {
			t.Errorf("%q is taken: %+v", text, p)
		}
	}
}

// Steps are for a program: another one runs without them.
func TestAnotherExample(t *testing.T) {
	d := atPromise(t)
	d.net("latency", "20 ms")
	d.send(Click{What: ActFault, Arg: StepDrop})
	d.send(Click{What: ActFork})
	d.done = nil
	d.send(Click{What: ActExample, Arg: "other"})
	run, _ := find[RunProgram](d)
	if len(run.Plan.Steps) != 0 || run.Plan.Latency != 20e6 || d.m.plans.fork.on {
		t.Errorf("%+v", run.Plan)
	}
	if n := d.m.Notice(); !strings.Contains(n.Text, "another program") || n.Do.What != ActPlanUndo {
		t.Errorf("%+v", n)
	}
}

func TestFork(t *testing.T) {
	d := atPromise(t)
	at, nth := d.m.selected, d.m.detail.Nth
	d.send(KeyPressed{Key: "F", Shift: true})
	b := d.m.Banner()
	if b.Fork != "frame "+number(at+1)+" (server → client, PUSH_PROMISE)" || !d.m.Scrub().Fork {
		t.Errorf("%+v", b)
	}
	if c, ok := find[CompareWith](d); !ok || c.From != FromBefore {
		t.Errorf("nobody keeps the session: %v", d.done)
	}
	d.send(Click{What: ActFirst}) // what is added goes to the fork, wherever somebody looks
	d.send(Click{What: ActFault, Arg: StepDrop})
	if s := d.m.plan.Steps[0]; s.Frame != nth || s.At != at || s.Kind != StepDrop {
		t.Errorf("%+v", s)
	}
	d.rerun()
	if d.m.pair.fork != at {
		t.Errorf("the sessions part at %d, want %d", d.m.pair.fork, at)
	}
	d.send(OtherArrived{ID: d.m.other.id, Summary: d.r.Summary})
	for i := range d.m.replies {
		if r := &d.m.replies[i]; slot(i) == slotCompare && r.id != 0 {
			d.send(Answered{ID: r.id, Value: &view.Comparison{Differences: []view.Difference{{A: 2, B: 2}}, Total: 1}})
		}
	}
	if b := d.m.Banner(); b.Warn != "The sessions part before it: frame 3 differs already." || b.WarnAt != 2 || !b.Compare {
		t.Errorf("%+v", b)
	}
	d.send(Click{What: ActForkLeave})
	if b := d.m.Banner(); b.Fork != "" || b.Text == "" {
		t.Errorf("%+v", b)
	}
	d.send(Click{What: ActSelect, N: at})
	d.send(Click{What: ActFork})
	d.send(Click{What: ActFork})
	if d.m.plans.fork.on {
		t.Error("the second press does not leave")
	}
}

// A session with a real server can't be disturbed from here.
func TestNoPlanForADial(t *testing.T) {
	d := open(t, flags(), push(t))
	d.m.run.Mode = ModeDial
	d.send(Click{What: ActSelect, N: 2})
	d.send(Click{What: ActFault, Arg: StepCut})
	if len(d.m.plan.Steps) != 0 || !strings.Contains(d.m.Faults().None, "real network") {
		t.Errorf("%+v", d.m.Faults().None)
	}
	d.send(Click{What: ActFork})
	if d.m.plans.fork.on || d.m.Notice().Text == "" {
		t.Error("it can be forked")
	}
}

// The key of the tab changes with everything that is seen in it.
func TestFaultsKey(t *testing.T) {
	d := atPromise(t)
	for _, msg := range []Msg{
		NetEdited{"latency", "x"}, NetEdited{"latency", "9 ms"}, NetLeft{"latency"}, Click{What: ActPreset, Arg: "octet"}, Click{What: ActFault, Arg: StepStall},
		Click{What: ActStepOff, N: 0}, Click{What: ActStepEdit, N: 0}, NetEdited{"time", "2 s"}, Click{What: ActPlanUndo}, Click{What: ActFork}, Click{What: ActPlanClear},
		Click{What: ActNext}, Click{What: ActOctet, N: 3},
	} {
		key, seen := d.m.FaultsKey(), d.m.Faults()
		d.send(msg)
		if !reflect.DeepEqual(d.m.Faults(), seen) && d.m.FaultsKey() == key {
			t.Errorf("%T %+v changes the tab and not its key", msg, msg)
		}
	}
}
