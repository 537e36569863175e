package model

import (
	"slices"
	"strings"
	"testing"

	"framewise/core/trace"
)

// opened is a page that shows the records's file, begun but not read to its end.
func opened(t *testing.T, d *analysed, entries []trace.Entry) int {
	t.Helper()
	d.say(FileGiven{File: 3, Files: []GivenFile{{"a.h2trace", 1000}}})
	read := must[ReadFile](d.desk)
	if read.File != 3 || read.After != d.m.run.Serial {
		t.Fatalf("%+v", read)
	}
	d.say(FileRead{ID: read.ID, State: FileBegun})
	d.a = analyse(t, entries).a
	d.say(RecordBegan{})
	d.say(SummaryChanged{Summary: d.a.Summary()})
	return read.ID
}

func TestFileBecomesTheRecord(t *testing.T) {
	d := analyse(t, runRecord()[:5])
	entries := append(runRecord(), &trace.Note{At: 1, Text: "look", Frame: 8}, &trace.Note{Text: "old", Frame: 9}, &trace.Note{Text: "new", Frame: 9})
	id := opened(t, d, entries)
	v := d.m.File()
	if v.State != FileBegun || v.Progress != 0 || v.Title != "runs" || !v.Program {
		t.Errorf("%+v", v)
	}
	if h := d.m.Header(); h.Title != "a.h2trace" || !h.File {
		t.Errorf("the head says %q", h.Title)
	}
	d.say(FileRead{ID: id, State: FileReading, Read: 250})
	if v = d.m.File(); v.Progress != 250 || !strings.Contains(v.Text, "250 octets of 1,000 octets, 58 frames") {
		t.Errorf("%+v", v)
	}
	d.on(4, "") // the first HEADERS, while it is read
	d.say(FileRead{ID: id + 7, State: FileDone, Read: 1000})
	if d.m.File().Progress < 0 {
		t.Error("another file's end was taken for this one's")
	}
	d.say(FileRead{ID: id, State: FileDone, Read: 1000})
	if v = d.m.File(); v.Progress >= 0 || v.Bad || v.Text != "58 frames, 1,000 octets" {
		t.Errorf("%+v", v)
	}
	if want := []Bookmark{{7, "look"}, {8, "new"}}; !slices.Equal(d.m.book.list, want) {
		t.Errorf("bookmarks %v, want %v", d.m.book.list, want)
	}
	d.say(Click{What: ActSave})
	if got := must[SaveRecord](d.desk).Marks; !slices.Equal(got, d.m.book.list) {
		t.Error("saved with", got)
	}
	d.say(Click{What: ActTakeFile})
	if got := must[SetEditor](d.desk).Text; got != "// the program" || d.m.File().Program {
		t.Errorf("the editor holds %q", got)
	}
}

func TestWayBackToAFile(t *testing.T) {
	d := analyse(t, runRecord()[:5])
	id := opened(t, d, runRecord())
	d.say(Click{What: ActRun})
	if c := must[CancelFile](d.desk); c.ID != id || d.m.File().State != FileLeft {
		t.Errorf("%+v, %+v", c, d.m.File())
	}
	if run := must[RunProgram](d.desk); run.Serial != d.m.run.Serial {
		t.Errorf("%+v", run)
	}
	d.say(FileRead{ID: id, State: FileDone}) // too late
	if d.m.File().State != FileLeft {
		t.Error("a file that was left is the record again")
	}
	d.say(Click{What: ActReopen})
	again := must[ReadFile](d.desk)
	if again.File != 3 || again.ID == id || again.After != d.m.run.Serial {
		t.Errorf("%+v", again)
	}
	d.say(FileRead{ID: again.ID, State: FileBegun})
	if _, ok := last[Stop](d.desk); !ok || !d.m.file.shown() {
		t.Error("the session that runs is not ended")
	}
	if d.m.run.State != RunDone {
		t.Error(d.m.run.State)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	d := analyse(t, runRecord())
	was := d.m.summary.Version
	d.say(FileGiven{Files: []GivenFile{{"x.pcapng", 5}, {"y.pcapng", 6}}})
	if r := must[ReadFile](d.desk); r.Of != 2 {
		t.Errorf("%+v", r)
	}
	d.say(FileRead{ID: must[ReadFile](d.desk).ID, State: FileRefused, Text: "“x.pcapng” is a pcapng capture."})
	if v := d.m.File(); !v.Bad || v.Text != "“x.pcapng” is a pcapng capture." || d.m.summary.Version != was {
		t.Errorf("%+v", v)
	}
	id := opened(t, d, runRecord())
	d.say(FileRead{ID: id, State: FileCut, Read: 500, Text: "line 7: no JSON"})
	if v := d.m.File(); !v.Bad || v.Text != "line 7: no JSON. What comes before is shown: 58 frames." {
		t.Errorf("%+v", v)
	}
	d.say(FileGiven{File: 1, Files: []GivenFile{{"y.har", 5}}})
	d.say(FileRead{ID: must[ReadFile](d.desk).ID, State: FileRefused, Text: "“y.har” is a HAR file."})
	if v := d.m.File(); v.State != FileCut || d.m.Notice().Text != "“y.har” is a HAR file." {
		t.Errorf("a file that is no record took the other one's place: %+v", v)
	}
	id = opened(t, d, runRecord())
	d.say(Click{What: ActCancelFile})
	d.say(FileRead{ID: id, State: FileCancelled, Read: 400})
	if v := d.m.File(); !v.Bad || v.Text != "not read to its end: 400 octets of 1,000 octets are shown, 58 frames" {
		t.Errorf("%+v", v)
	}
	if e := embedded(t); e.m.File().Over {
		t.Error("an embedded page takes files")
	}
}

func embedded(t *testing.T) *desk {
	t.Helper()
	f := flags()
	f.Embed = true
	d := &desk{t: t, mute: true}
	m, effects := New(f)
	d.m = m
	d.take(effects)
	d.send(FileDragged{Over: true})
	return d
}
