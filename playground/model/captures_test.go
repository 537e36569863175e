package model

import (
	"strings"
	"testing"

	"framewise/core/trace"
)

const sourceCapture = "a pcapng capture"

// captured is a page that shows a capture, of which locked connections wait for
// keys.
func captured(t *testing.T, d *analysed, entries []trace.Entry, locked int) {
	t.Helper()
	d.say(FileGiven{File: 3, Files: []GivenFile{{"a.pcapng", 900}}})
	read := must[ReadFile](d.desk)
	if read.File != 3 || read.Keys != NoKeys {
		t.Fatalf("%+v", read)
	}
	d.say(FileRead{ID: read.ID, State: FileBegun, Source: sourceCapture})
	d.a = analyse(t, entries).a
	d.say(RecordBegan{})
	d.say(SummaryChanged{Summary: d.a.Summary()})
	d.say(FileRead{ID: read.ID, State: FileDone, Read: 900, Source: sourceCapture, Note: "9 packets; not shown: 1 connection, HTTP/1.1", Locked: locked})
}

func TestCaptureAsksForKeys(t *testing.T) {
	d := analyse(t, runRecord()[:5])
	captured(t, d, runRecord(), 2)
	v := d.m.File()
	if !v.Keys || v.Locked != "2 connections of TLS are encrypted: a key log (SSLKEYLOGFILE) opens them." || v.Note != "9 packets; not shown: 1 connection, HTTP/1.1" || v.Bad {
		t.Errorf("%+v", v)
	}
	d.say(Click{What: ActKeys})
	if k := must[PickFile](d.desk).Kinds; !strings.Contains(k, ".log") || strings.Contains(k, ".h2trace") {
		t.Errorf("asks for %q", k)
	}
	marks := d.m.book.key
	d.say(FileGiven{File: 4, Files: []GivenFile{{"keys.txt", 50}}})
	asked := must[ReadFile](d.desk)
	d.say(FileRead{ID: asked.ID, State: FileKeys, Text: "“keys.txt” is a log of TLS keys."})
	again := must[ReadFile](d.desk)
	if again.File != 3 || again.Keys != 4 || again.ID == asked.ID {
		t.Fatalf("%+v", again)
	}
	if d.m.File().State != FileDone {
		t.Error("the capture is gone before it is read again")
	}
	d.say(FileRead{ID: again.ID, State: FileBegun, Source: sourceCapture})
	if v = d.m.File(); v.Locked != "" || v.Keys || v.Name != "a.pcapng" {
		t.Errorf("while it is read: %+v", v)
	}
	if d.m.book.key == marks {
		t.Error("bookmarks of the encrypted record are those of the decrypted one, whose frames are others")
	}
	d.say(FileRead{ID: again.ID, State: FileDone, Read: 900, Source: sourceCapture, Locked: 1})
	if v = d.m.File(); !v.Keys || v.Locked != "“keys.txt” has no secrets of 1 connection of TLS." {
		t.Errorf("%+v", v)
	}
	// The way back has the keys with it.
	d.say(Click{What: ActRun})
	d.say(Click{What: ActReopen})
	back := must[ReadFile](d.desk)
	if back.File != 3 || back.Keys != 4 {
		t.Errorf("%+v", back)
	}
	d.say(FileRead{ID: back.ID, State: FileBegun, Source: sourceCapture})
	d.say(FileRead{ID: back.ID, State: FileDone, Read: 900, Source: sourceCapture})
	if v = d.m.File(); v.Keys || v.Locked != "Decrypted with “keys.txt”." {
		t.Errorf("%+v", v)
	}
}

// A log of keys alone, or beside something that is no capture, is refused.
func TestKeysWithoutCapture(t *testing.T) {
	const why = "“keys.txt” is a log of TLS keys."
	give := func(d *analysed) {
		d.say(FileGiven{File: 4, Files: []GivenFile{{"keys.txt", 50}}})
		d.say(FileRead{ID: must[ReadFile](d.desk).ID, State: FileKeys, Text: why})
	}
	d := analyse(t, runRecord())
	give(d)
	if v := d.m.File(); v.State != FileRefused || v.Text != why || v.Asked != "" {
		t.Errorf("%+v", v)
	}
	opened(t, d, runRecord())
	give(d)
	if v := d.m.File(); v.State != FileBegun || d.m.Notice().Text != why {
		t.Errorf("%+v, %q", v, d.m.Notice().Text)
	}
}

// What a capture without a frame shows says why.
func TestEmptyCapture(t *testing.T) {
	for locked, want := range []string{"No frames: the file holds none.", "No frames: what was captured is encrypted. A log of TLS keys opens it."} {
		d := analyse(t, runRecord())
		captured(t, d, []trace.Entry{&trace.Header{Version: 1}}, locked)
		if got := d.m.List().Empty; got != want {
			t.Errorf("%d: %q, want %q", locked, got, want)
		}
	}
	d := analyse(t, runRecord())
	captured(t, d, runRecord(), 1)
	if got := d.m.File().Locked; got != "1 connection of TLS is encrypted: a key log (SSLKEYLOGFILE) opens it." {
		t.Error(got)
	}
}

// A capture and its log of keys that are given together are opened as such,
// whichever comes first; of further files a notice tells.
func TestGivenTogether(t *testing.T) {
	for name, tt := range map[string]struct {
		files          []GivenFile
		record, keyLog int
		locked, notice string
	}{
		"keys behind":  {[]GivenFile{{"a.pcapng", 900}, {"k.txt", 5}}, 0, 2, "Decrypted with “k.txt”.", ""},
		"keys first":   {[]GivenFile{{"k.txt", 5}, {"a.pcapng", 900}}, 1, 1, "Decrypted with “k.txt”.", ""},
		"two captures": {[]GivenFile{{"a.pcapng", 900}, {"b.pcapng", 5}}, 0, 0, "", "One record at a time: “a.pcapng” is opened, the other 1 file not."},
		"three files":  {[]GivenFile{{"k.txt", 5}, {"a.pcapng", 900}, {"b.pcapng", 5}}, 1, 1, "Decrypted with “k.txt”.", "One record at a time: “a.pcapng” is opened, the other 1 file not."},
	} {
		t.Run(name, func(t *testing.T) {
			d := analyse(t, runRecord())
			d.say(FileGiven{File: 7, Files: tt.files})
			read := must[ReadFile](d.desk)
			if read.File != 7 || read.Of != len(tt.files) || read.Keys != NoKeys {
				t.Fatalf("%+v", read)
			}
			d.say(FileRead{ID: read.ID, State: FileBegun, Source: sourceCapture, Record: tt.record, KeyLog: tt.keyLog})
			d.say(FileRead{ID: read.ID, State: FileDone, Read: 900, Source: sourceCapture, Record: tt.record, KeyLog: tt.keyLog})
			if v := d.m.File(); v.Name != "a.pcapng" || v.Locked != tt.locked || d.m.Notice().Text != tt.notice || d.m.file.size != 900 {
				t.Errorf("%+v, notice %q", v, d.m.Notice().Text)
			}
			d.say(Click{What: ActReopen})
			again := must[ReadFile](d.desk)
			if want := 7 + tt.record; again.File != want || again.Of != 1 || tt.keyLog > 0 && again.Keys != 6+tt.keyLog || tt.keyLog == 0 && again.Keys != NoKeys {
				t.Errorf("again: %+v", again)
			}
			d.say(FileRead{ID: again.ID, State: FileBegun, Source: sourceCapture})
			if d.m.file.name != "a.pcapng" || d.m.file.keys.given != (tt.keyLog > 0) {
				t.Errorf("%+v", d.m.file)
			}
		})
	}
}
