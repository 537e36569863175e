package model

import (
	"strconv"
	"strings"
	"testing"

	"framewise/core/inspect"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// tabRecord is a record of a program in the tab, with all that makes it again.
func tabRecord() []trace.Entry {
	entries := runRecord()
	h := *entries[0].(*trace.Header)
	h.Language, h.Seed, h.Engine = "js", 7, "0a1b2c3d"
	h.Around = `{"before":"const a = 1;","after":"a();","modules":{"http":"http2"},"later":1}`
	h.Network = &trace.Network{Latency: 1000, Jitter: 2, Bandwidth: 3, Chunk: 4, Steps: []trace.Step{
		{Kind: "inject", Conn: 1, Dir: trace.ToClient, Frame: 2, Heard: true, Offset: 1, Octets: []byte{0, 0, 0, 4, 0, 0, 0, 0, 0}},
		{Kind: "stall", Conn: 1, Dir: trace.ToServer, Frame: -1, For: -1, Mask: 8},
	}}
	entries[0] = &h
	return entries
}

// answered ends a run whose record is entries, and compares it with old.
func (d *analysed) rerun(old, entries []trace.Entry) {
	d.t.Helper()
	now := inspect.New()
	before := inspect.New()
	for _, e := range entries {
		if err := now.Feed(e); err != nil {
			d.t.Fatal(err)
		}
	}
	for _, e := range old {
		if err := before.Feed(e); err != nil {
			d.t.Fatal(err)
		}
	}
	d.a = now
	d.say(RunStarted{d.m.run.Serial})
	d.say(RecordBegan{})
	d.say(SummaryChanged{Summary: now.Summary()})
	d.say(RunEnded{d.m.run.Serial})
	d.say(RunOver{d.m.run.Serial - 1}) // another session's
	if d.m.again.state != againGoing {
		d.t.Fatal("the end of another session was taken for this one's")
	}
	d.say(RunOver{d.m.run.Serial})
	c := must[CompareWith](d.desk)
	if c.From != FromPin {
		d.t.Fatalf("%+v", c)
	}
	d.send(OtherArrived{ID: c.ID, Summary: before.Summary()})
	for _, e := range d.pending {
		if q, ok := e.(Query); ok && q.Op == "reproduced" {
			v := inspect.Reproduce(before, now)
			d.send(Answered{ID: q.ID, Value: &v, At: -1})
		}
	}
	d.pending = nil
}

// did says how often an effect was asked for.
func did[T Effect](d *desk) (n int) {
	for _, e := range d.done {
		if _, ok := e.(T); ok {
			n++
		}
	}
	return n
}

func read(t *testing.T, entries []trace.Entry) *analysed {
	t.Helper()
	d := analyse(t, runRecord()[:5])
	id := opened(t, d, entries)
	d.say(FileRead{ID: id, State: FileDone, Read: 1000})
	return d
}

// A file's program asks once, runs sealed with what its record says of it, and
// is held against the record.
func TestRunAgainFromAFile(t *testing.T) {
	d := read(t, tabRecord())
	if !d.m.File().Again {
		t.Error("the line of the file does not offer it")
	}
	runs := did[RunProgram](d.desk)
	d.say(Click{What: ActAgain})
	if did[RunProgram](d.desk) != runs || !d.m.Stranger().Open || did[PinRecord](d.desk) != 0 {
		t.Fatal("it ran without a question")
	}
	d.say(Click{What: ActAllow})
	run := must[RunProgram](d.desk)
	p := run.Plan
	if !run.Sealed || run.Program != "// the program" || run.Around.Before != "const a = 1;" || run.Around.After != "a();" || run.Around.Modules["http"] != "http2" {
		t.Errorf("%+v", run)
	}
	if p.Seed != 7 || p.Latency != 1000 || p.Jitter != 2 || p.Bandwidth != 3 || p.Chunk != 4 || len(p.Steps) != 2 {
		t.Errorf("%+v", p)
	}
	if s := p.Steps[0]; s.Kind != StepInject || s.Conn != 1 || s.Dir != "s2c" || s.Frame != 2 || !s.Heard || s.Offset != 1 || len(s.Octets) != 9 {
		t.Errorf("%+v", s)
	}
	if s := p.Steps[1]; s.Kind != StepStall || s.Dir != "c2s" || s.Frame != -1 || s.For != -1 || s.Mask != 8 {
		t.Errorf("%+v", s)
	}
	if did[PinRecord](d.desk) != 1 || d.m.Again().State != "busy" {
		t.Errorf("%+v", d.m.Again())
	}
	d.rerun(tabRecord(), tabRecord())
	v := d.m.Again()
	if v.State != "same" || !strings.HasPrefix(v.Lead, "Reproduced: ") || !strings.Contains(v.Lead, "58 frames, the same.") || v.Jump || v.Engine != "" ||
		!strings.Contains(v.Compared, "1 connection, octets, sizes and times of 8 pieces") {
		t.Errorf("%+v", v)
	}
	d.say(Click{What: ActRun}) // another session: the verdict is of the last one
	if v := d.m.Again(); v.State != "" {
		t.Errorf("%+v", v)
	}
}

// The first difference is told with its place, and can be gone to.
func TestRunAgainDiffers(t *testing.T) {
	d := read(t, tabRecord())
	d.say(Click{What: ActAgain})
	d.say(Click{What: ActAllow})
	other := tabRecord()
	h := *other[0].(*trace.Header)
	h.Engine = "ffff0000"
	c := *other[4].(*trace.Chunk)
	c.Octets = append([]byte{}, c.Octets...)
	c.Octets[len(c.Octets)-2] = 0x87 // :scheme https
	other[0], other[4] = &h, &c
	d.rerun(tabRecord(), other)
	v := d.m.Again()
	if v.State != "differs" || !v.Jump || !strings.Contains(v.Text, "frame 4, octet 43 of the client on connection 1 is 0x86 and now 0x87. ") ||
		!strings.Contains(v.Text, ":scheme: http and :scheme: https") || !strings.Contains(v.Engine, "0a1b2c3d, this page’s is ffff0000): that may be why") {
		t.Errorf("%+v", v)
	}
	d.say(Click{What: ActAgainShow})
	if d.m.view != ViewCompare || d.m.record != 1 || d.m.selected != 3 {
		t.Errorf("view %s, record %d, frame %d", d.m.view, d.m.record, d.m.selected)
	}
	other2 := d.m
	d.say(Click{What: ActCompare, Arg: FromPin})
	if d.m.Again().State != "" {
		t.Error("the verdict stays though other records are compared")
	}
	d.m = other2
	d.say(Click{What: ActAgainClose})
	if d.m.Again().State != "" {
		t.Error("the line stays")
	}
}

// Of a record that is cut off, what it holds is what counts.
func TestRunAgainOfACutRecord(t *testing.T) {
	d := analyse(t, runRecord()[:5])
	part := tabRecord()[:6]
	id := opened(t, d, part)
	d.say(FileRead{ID: id, State: FileCut, Text: "The file ends in the middle of line 7."})
	d.say(Click{What: ActAgain})
	d.say(Click{What: ActAllow})
	d.rerun(part, tabRecord())
	if v := d.m.Again(); v.State != "part" || !strings.Contains(v.Text, "the file was not read to its end") {
		t.Errorf("%+v", v)
	}
}

// The session that is shown runs as it ran, whatever is in the editor by now.
func TestRunAgainThePresentSession(t *testing.T) {
	d := analyse(t, tabRecord())
	d.say(Edited{"// something else"})
	d.say(KeyPressed{Key: "a"})
	run := must[RunProgram](d.desk)
	if run.Program != "// the program" || run.Plan.Seed != 7 || run.Around.Before == "" || run.Sealed || d.m.Stranger().Open || d.m.ProgramText() != "// something else" {
		t.Errorf("%+v", run)
	}
	d.rerun(tabRecord(), tabRecord())
	if v := d.m.Again(); v.State != "same" {
		t.Errorf("%+v", v)
	}
	d.m.program.stranger = stranger{from: "elsewhere"}
	d.say(Click{What: ActRun})
	if !d.m.Stranger().Open {
		t.Error("after it, a stranger's program runs without a question")
	}
}

// Who refuses the question is not asked for it by the next run.
func TestRunAgainRefused(t *testing.T) {
	d := read(t, tabRecord())
	d.say(Click{What: ActAgain})
	d.say(Click{What: ActRefuse})
	d.say(Click{What: ActExample, Arg: d.m.examples[0].Name})
	if did[PinRecord](d.desk) != 0 || d.m.Again().State != "" {
		t.Errorf("%+v", d.m.Again())
	}
}

// An around of somebody else's is not the visitor's own because the program is.
func TestAroundOfAStranger(t *testing.T) {
	d := read(t, tabRecord())
	d.say(Edited{"// the program"}) // the same text
	d.say(Click{What: ActAgain})
	if !d.m.Stranger().Open {
		t.Error("what runs around a program is not asked about")
	}
	d.say(Click{What: ActAllow})
	f := flags()
	for _, e := range d.done {
		if s, ok := e.(SaveSetting); ok {
			f.Settings[s.Key] = s.Value
		}
	}
	f.Settings[SettingProgram] = "// the program"
	m, _ := New(f)
	if a := m.aroundRun(); a.Before != "const a = 1;" || a.Modules["http"] != "http2" {
		t.Errorf("after a reload it is %+v", a)
	}
}

// What can't be run again says why; what came from outside has commands.
func TestRunAgainSaysWhyNot(t *testing.T) {
	header := func(change func(h *trace.Header)) []trace.Entry {
		e := tabRecord()
		h := *e[0].(*trace.Header)
		change(&h)
		e[0] = &h
		return e
	}
	outside := func(v trace.Vantage, via string) []trace.Entry {
		e := header(func(h *trace.Header) { h.Program, h.Network = "", nil })
		e[1] = &trace.Conn{ID: 1, Vantage: v, Via: via, Client: "127.0.0.1:5", Server: "example.org:8443"}
		return e
	}
	for _, c := range []struct {
		name    string
		entries []trace.Entry
		why     string
		orders  int
	}{
		{"no program", header(func(h *trace.Header) { h.Program = "" }), "holds no program", 2},
		{"another language", header(func(h *trace.Header) { h.Language = "py" }), "written in py", 0},
		{"too large", header(func(h *trace.Header) { h.Program = strings.Repeat("x", maxAgain+1) }), "programs of up to 1.0 MB", 0},
		{"in real time", header(func(h *trace.Header) { h.Epoch = "2026-01-02T03:04:05Z" }), "ran in real time", 2},
		{"redacted", header(func(h *trace.Header) { h.Redacted = true }), "was redacted before it left", 0},
		{"a large seed", header(func(h *trace.Header) { h.Seed = 1 << 32 }), "seed is 4294967296", 0},
		{"many steps", header(func(h *trace.Header) { h.Network = &trace.Network{Steps: make([]trace.Step, maxSteps+1)} }), "has 101 steps", 0},
		{"a dial", outside(trace.VantageClient, "relay"), "a client and a real server", 2},
		{"a listener", outside(trace.VantageServer, "relay"), "a server and a real client", 2},
		{"a tap", outside(trace.VantageMiddle, "tap"), "was tapped", 2},
	} {
		d := read(t, c.entries)
		runs := did[RunProgram](d.desk)
		d.say(Click{What: ActAgain})
		v := d.m.Again()
		if v.State != "refused" || !strings.Contains(v.Text, c.why) || len(v.Orders) != c.orders || did[RunProgram](d.desk) != runs {
			t.Errorf("%s: %+v", c.name, v)
		}
		if c.name == "a dial" && (v.Orders[0] != "framewise replay a.h2trace --to example.org:8443" || v.Orders[1] != "framewise replay --serve a.h2trace --listen 127.0.0.1:0") {
			t.Errorf("%q", v.Orders)
		}
	}
	if got := shellWord("it's a file"); got != `'it'\''s a file'` {
		t.Error(got)
	}
	if got := shellWord("-k"); got != `'-k'` {
		t.Error(got)
	}
}

// Whatever a header's network is, it is a plan or a reason.
func TestReadNetwork(t *testing.T) {
	for _, text := range []string{`{"latency":"x"}`, `[`, `{"steps":[{"octets":"*"}]}`, `{"steps":[{"mask":300}]}`} {
		if _, why := readNetwork(text, 1); !strings.Contains(why, "can't be read") {
			t.Errorf("%s: %q", text, why)
		}
	}
	if p, why := readNetwork("", 5); why != "" || p.Latency != 0 || p.Seed != 5 {
		t.Errorf("%+v %q", p, why)
	}
	for seed := range uint64(3) {
		if p, _ := readNetwork(`{"latency":`+strconv.FormatUint(seed, 10)+`}`, seed); p.Seed != seed || p.Latency != int64(seed) {
			t.Errorf("%+v", p)
		}
	}
	var r view.Reproduction
	if got := comparedText(&r); !strings.Contains(got, "0 connections") {
		t.Error(got)
	}
}
