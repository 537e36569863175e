package job

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"framewise/core/convert"
	"framewise/core/convert/export"
	"framewise/core/redact"
	"framewise/core/trace"
)

var formats = []export.Format{export.Trace, export.Pcapng, export.HAR, export.Qlog, export.Text, export.Script}

// records are those of core/convert's captures and logs.
func records(t *testing.T) map[string][]trace.Entry {
	t.Helper()
	names, err := filepath.Glob("../../../core/convert/testdata/*")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	keys, err := os.ReadFile("../../../core/convert/testdata/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]trace.Entry{}
	for _, name := range names {
		octets, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := convert.NewReader(bytes.NewReader(octets), convert.Options{Keys: keys})
		if errors.Is(err, convert.ErrFormat) {
			continue // the log of keys
		} else if err != nil {
			t.Fatal(name, err)
		}
		var entries []trace.Entry
		for {
			e, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(name, err)
			}
			entries = append(entries, e)
		}
		out[filepath.Base(name)] = entries
	}
	return out
}

func lines(entries []trace.Entry) (b []byte) {
	for _, e := range entries {
		b = trace.AppendEntry(b, e)
	}
	return b
}

// run makes a file of a record that comes in pieces of a size.
func run(o Options, record []byte, size int) ([]byte, Result) {
	j := New(o)
	var out []byte
	for piece := range slices.Chunk(record, size) {
		j.Feed(bytes.Clone(piece))
		out = append(out, j.Take()...)
	}
	j.End()
	out = append(out, j.Take()...)
	for j.Step() {
		out = append(out, j.Take()...)
	}
	return append(out, j.Take()...), j.Result()
}

// What is made is what core/redact and core/convert/export make of the same
// record, however it is cut.
func TestSameOctets(t *testing.T) {
	files := 0
	for name, entries := range records(t) {
		record := lines(entries)
		for _, safe := range []bool{true, false} {
			kept, report := entries, redact.Report{}
			if safe {
				kept, report = redact.Record(entries, redact.Options{})
			}
			for _, f := range formats {
				var want bytes.Buffer
				failed := export.Write(&want, f, kept, export.Options{Generator: "Framewise"})
				for _, size := range []int{333, len(record)} {
					got, r := run(Options{Format: f, Redact: safe}, record, size)
					if failed != nil {
						if r.Error != failed.Error() {
							t.Errorf("%s as %s: %q, want %q", name, f, r.Error, failed)
						}
						continue
					}
					files++
					if !bytes.Equal(got, want.Bytes()) || r.Error != "" || r.Broken != "" {
						t.Errorf("%s as %s in pieces of %d: %d octets, want %d; %+v", name, f, size, len(got), want.Len(), r)
					}
					if safe != (r.Report != nil) || safe && !reflect.DeepEqual(*r.Report, report) {
						t.Errorf("%s as %s: the report is %+v", name, f, r.Report)
					}
				}
			}
		}
	}
	if files < 100 {
		t.Errorf("only %d files were compared", files)
	}
}

const head = `{"k":"h2trace","version":1,"title":"Ada's talk","note":"call me at 555"}` + "\n"

// Texts that whoever shares has written are kept; those of the record go.
func TestOwnTexts(t *testing.T) {
	title, none := "For you", ""
	conn := `{"k":"conn","id":1,"at":0,"client":"client","server":"secret.example:443"}` + "\n"
	got, r := run(Options{Format: export.Trace, Redact: true, Title: &title, Examples: true}, []byte(head+conn), 10)
	if s := string(got); !strings.Contains(s, `"title":"For you","note":"xxxxxxxxxxxxxx"`) || strings.Contains(s, "secret") || strings.Contains(s, "555") {
		t.Errorf("%s", got)
	}
	if redact.Count(r.Report.Kept, redact.KindRemark) != 1 || r.Report.Gone[0] != (redact.Item{Kind: redact.KindHost, Name: "server", Count: 1, Octets: 18}) {
		t.Errorf("%+v", r.Report)
	}
	want := []Example{{redact.KindHost, "server", "xxxxxxxxxxxxxx:443"}, {redact.KindRemark, "note", "xxxxxxxxxxxxxx"}}
	if !reflect.DeepEqual(r.Examples, want) {
		t.Errorf("%+v", r.Examples)
	}
	got, r = run(Options{Format: export.Trace, Title: &none}, []byte(head), 1000)
	if want := `{"k":"h2trace","version":1,"note":"call me at 555"}` + "\n"; string(got) != want || r.Report != nil {
		t.Errorf("%s, %+v", got, r)
	}
	if got, _ = run(Options{Format: export.Trace, Redact: true, Notes: true}, []byte(head), 1000); string(got) != strings.Replace(head, "}\n", `,"redacted":true}`+"\n", 1) {
		t.Errorf("%s", got)
	}
}

// Examples are of what went, and are no secrets.
func TestExamples(t *testing.T) {
	kinds := map[redact.Kind]bool{}
	asked := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" +
		"\x00\x00\x0e\x01\x05\x00\x00\x00\x01\x82\x86\x84\x04\x09/a?pin=42" + "\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	all := records(t)
	all["query"] = []trace.Entry{&trace.Header{Version: 1}, &trace.Conn{ID: 1}, &trace.Chunk{Conn: 1, Octets: []byte(asked)}}
	for name, entries := range all {
		var plain bytes.Buffer
		if err := export.Write(&plain, export.Text, entries, export.Options{}); err != nil {
			t.Fatal(err)
		}
		_, r := run(Options{Format: export.Trace, Redact: true, Examples: true}, lines(entries), 5000)
		for _, e := range r.Examples {
			kinds[e.Kind] = true
			if !slices.ContainsFunc(r.Report.Gone, func(i redact.Item) bool { return i.Kind == e.Kind && i.Name == e.Name }) {
				t.Errorf("%s: %+v did not go", name, e)
			}
			if e.Kind == redact.KindField && strings.Contains(plain.String(), ": "+e.Text) {
				t.Errorf("%s: %+v is in the record", name, e)
			}
		}
	}
	for _, k := range []redact.Kind{redact.KindField, redact.KindData, redact.KindHost, redact.KindQuery} {
		if !kinds[k] {
			t.Errorf("no example of %s in %v", k, kinds)
		}
	}
}

// A record that breaks off gives a file of what stands before, and says so.
func TestBroken(t *testing.T) {
	record := lines(records(t)["h2c.pcapng"])
	for _, f := range formats {
		got, r := run(Options{Format: f, Redact: true}, append(bytes.Clone(record[:len(record)/2]), "{!\n{}\n"...), 777)
		if r.Error != "" || len(got) == 0 || !strings.HasPrefix(r.Broken, "line ") {
			t.Errorf("%s: %d octets, %+v", f, len(got), r)
		}
	}
	var r Result
	for _, f := range formats {
		if _, r = run(Options{Format: f, Redact: true}, []byte("hello\n"), 3); !strings.HasPrefix(r.Error, "nothing of the record can be read: line 1, ") {
			t.Errorf("%s: %+v", f, r)
		}
	}
	// A chunk before its connection stands at the wrong place for what explains
	// frames.
	chunk := `{"k":"chunk","conn":7,"dir":"c2s","at":0,"octets":"UFJJ"}` + "\n"
	if _, r = run(Options{Format: export.Text}, []byte(head+chunk), 1000); r.Broken == "" {
		t.Errorf("%+v", r)
	}
	if _, r = run(Options{Format: "exe"}, record, 1000); r.Error != `there is no format "exe" to write` {
		t.Errorf("%+v", r)
	}
	if _, r = run(Options{Format: export.Script, Side: "server"}, []byte(head), 1000); r.Error != export.ErrNothing.Error()+": no frame goes from a server" {
		t.Errorf("%+v", r)
	}
}

// The progress ends where it said that it would.
func TestProgress(t *testing.T) {
	record := lines(records(t)["h2c.pcapng"])
	for _, f := range []export.Format{export.Pcapng, export.Qlog} {
		j := New(Options{Format: f, Redact: true})
		j.Feed(record)
		j.End()
		if done, of := j.Progress(); done != 0 || of != 0 {
			t.Errorf("%s begins at %d of %d", f, done, of)
		}
		for j.Step() {
		}
		if done, of := j.Progress(); done != of || of == 0 {
			t.Errorf("%s ends at %d of %d", f, done, of)
		}
	}
}
