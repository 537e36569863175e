package model

import (
	"strings"
	"testing"
)

// told is the end of a file without anything to say about it.
func (d *desk) made(report *ShareReport) StartShare {
	d.t.Helper()
	e := must[StartShare](d)
	d.send(ShareTold{ID: e.ID, State: ShareDone, Plain: 1234, Report: report})
	return e
}

func TestFilesAreRedacted(t *testing.T) {
	for _, f := range exportFiles {
		if f.Arg == exportBeside {
			continue
		}
		d := open(t, flags(), push(t))
		d.send(Click{What: ActMark, N: 2})
		d.send(Click{What: ActExport})
		d.send(Click{What: ActExport, Arg: f.Arg})
		e := d.made(&ShareReport{Gone: []ShareItem{{"data", "", 2, 900}, {"field", "cookie", 1, 8}, {"field", "etag", 2, 9}}})
		if format, _ := strings.CutSuffix(f.Arg, "-server"); !e.Redact || e.Format != format || e.What != ShareMake || len(e.Marks) != 1 || e.Notes || e.Program || e.Fields != "" {
			t.Errorf("%s asks for %+v", f.Arg, e)
		}
		if (f.Arg == FormatScript+"-server") != (e.Side == "server") {
			t.Errorf("%s asks for the side %q", f.Arg, e.Side)
		}
		saved := must[SaveShare](d)
		if saved.ID != e.ID || !strings.HasSuffix(saved.Name, "."+e.Format) || strings.Contains(saved.Name, "secrets") {
			t.Errorf("%+v", saved)
		}
		must[DropShare](d)
		want := "“" + saved.Name + "”, 1,234 octets. Taken out: 3 values of fields, 2 contents (DATA)."
		if got := d.m.Notice().Text; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if d.m.Export().Open || d.m.Making().Text != "" {
			t.Error("the menu or the progress stays")
		}
	}
}

// The switch holds for one file; opening or leaving the menu puts it off.
func TestSecretsOnce(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(Click{What: ActExport})
	d.send(Click{What: ActSecrets})
	if v := d.m.Export(); !v.Secrets || !v.Open {
		t.Errorf("%+v", v)
	}
	d.send(Click{What: ActExport, Arg: FormatHAR})
	e := d.made(nil)
	if saved := must[SaveShare](d); e.Redact || !strings.HasSuffix(saved.Name, "-with-secrets.har") || !strings.Contains(d.m.Notice().Text, "holds all of the record, its secrets too") {
		t.Errorf("%+v, %+v, %q", e, saved, d.m.Notice().Text)
	}
	d.send(Click{What: ActExport, Arg: FormatHAR})
	if e := d.made(&ShareReport{}); !e.Redact || !strings.Contains(d.m.Notice().Text, "nothing to take out") {
		t.Errorf("%+v, %q", e, d.m.Notice().Text)
	}
	d.send(Click{What: ActSecrets})
	if d.m.Notice().Text == "" {
		t.Error("nobody says that the next file holds secrets")
	}
	d.send(Click{What: ActExport})
	if d.m.Export().Secrets {
		t.Error("the menu opens with the switch on")
	}
	for _, leave := range []Msg{KeyPressed{Key: "Escape"}, Click{What: ActCloseMenus}, Click{What: ActExport}} {
		d.send(Click{What: ActSecrets})
		d.send(leave)
		if v := d.m.Export(); v.Secrets || v.Open {
			t.Errorf("%+v leaves %+v", leave, v)
		}
		d.send(Click{What: ActExport})
	}
}

// Without its secrets the record can be looked at beside itself; the switch has no
// part in it.
func TestSeenWithoutSecrets(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(Click{What: ActExport})
	d.send(Click{What: ActSecrets})
	d.send(Click{What: ActExport, Arg: exportBeside})
	e := d.made(&ShareReport{Gone: []ShareItem{{"data", "", 2, 900}}})
	if !e.Redact || e.Format != FormatRecord || e.Record != 0 {
		t.Errorf("%+v", e)
	}
	if b := must[ShareBeside](d); b.ID != e.ID {
		t.Errorf("%+v", b)
	}
	if _, ok := last[SaveShare](d); ok {
		t.Error("it is saved")
	}
	d.send(FileChosen{[]GivenFile{{Name: besideName}}})
	if c := must[CompareWith](d); c.From != FromFile || d.m.view != ViewCompare || d.m.otherText() != besideName {
		t.Errorf("%+v, %s, %q", c, d.m.view, d.m.otherText())
	}
}

// A record's title goes with its secrets, unless it is an example's.
func TestFileNames(t *testing.T) {
	r := push(t)
	d := open(t, flags(), r)
	d.send(Click{What: ActExport, Arg: FormatPcapng})
	if e := d.made(nil); !e.Own || e.Title != "server push" || e.Note != "" {
		t.Errorf("%+v", e)
	}
	if saved := must[SaveShare](d); saved.Name != "server-push.pcapng" {
		t.Errorf("%+v", saved)
	}
	r.Summary.Title = "Ada's own"
	d = open(t, flags(), r)
	d.send(Click{What: ActExport, Arg: FormatPcapng})
	if e := d.made(nil); e.Own {
		t.Errorf("%+v", e)
	}
	if saved := must[SaveShare](d); saved.Name != "framewise-record.pcapng" {
		t.Errorf("%+v", saved)
	}
	d.send(Click{What: ActSecrets})
	d.send(Click{What: ActExport, Arg: FormatPcapng})
	if e, saved := d.made(nil), must[SaveShare](d); e.Own || saved.Name != "ada-s-own-with-secrets.pcapng" {
		t.Errorf("%+v, %+v", e, saved)
	}
}

func TestFileProgress(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(Click{What: ActExport, Arg: FormatTxt})
	e := must[StartShare](d)
	for _, s := range []struct {
		told ShareTold
		want int
	}{{ShareTold{State: ShareLoading}, 0}, {ShareTold{State: ShareReading, Done: 5, Total: 10}, 250}, {ShareTold{State: ShareWriting, Done: 0, Total: 0}, 500},
		{ShareTold{State: ShareWriting, Done: 9, Total: 10}, 950}} {
		s.told.ID = e.ID
		d.send(s.told)
		if v := d.m.Making(); v.Progress != s.want || !strings.Contains(v.Text, "server-push.txt") {
			t.Errorf("%+v: %+v", s.told, v)
		}
	}
	d.send(ShareTold{ID: e.ID + 1, State: ShareFailed}) // nobody waits for that one
	d.send(Click{What: ActStopExport})
	if c := must[CancelShare](d); c.ID != e.ID {
		t.Errorf("%+v", c)
	}
	d.send(ShareTold{ID: e.ID, State: ShareCancelled})
	if v := d.m.Making(); v.Text != "" || !strings.Contains(d.m.Notice().Text, "was not made: you cancelled it") {
		t.Errorf("%+v, %q", v, d.m.Notice().Text)
	}
	d.send(Click{What: ActExport, Arg: FormatTxt})
	d.send(ShareTold{ID: must[StartShare](d).ID, State: ShareFailed, Message: "There is no file: \u202ebad."})
	if got := d.m.Notice().Text; got != "“server-push.txt” was not made. There is no file: \\u{202e}bad." {
		t.Errorf("%q", got)
	}
	d.send(Click{What: ActExport, Arg: FormatTxt})
	first := must[StartShare](d)
	d.send(Click{What: ActExport, Arg: FormatHAR})
	if c := must[CancelShare](d); c.ID != first.ID {
		t.Errorf("%+v", c)
	}
	d.send(ShareTold{ID: first.ID, State: ShareCancelled})
	if d.m.Making().Text == "" {
		t.Error("the end of the first file ends the second")
	}
	d.send(ShareTold{ID: must[StartShare](d).ID, State: ShareDone, Broken: "line 7, octet 9: no", Report: &ShareReport{}})
	if got := d.m.Notice().Text; !strings.HasSuffix(got, "It ends where the record can't be read on: line 7, octet 9: no.") {
		t.Errorf("%q", got)
	}
}

// Every kind that core/redact has is named.
func TestGoneText(t *testing.T) {
	r := &ShareReport{}
	for _, k := range []string{"field", "name", "query", "data", "ping", "debug", "padding", "text", "host", "string", "console", "remark", "entry", "unknown"} {
		r.Gone = append(r.Gone, ShareItem{Kind: k, Count: 2})
	}
	if got := GoneText(r); strings.Count(got, ", ") != 13 || strings.Count(got, "2 ") != 14 {
		t.Errorf("%q", got)
	}
}
