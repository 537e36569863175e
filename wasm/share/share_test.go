//go:build !js

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"framewise/core/convert"
	"framewise/core/convert/export"
	"framewise/core/redact"
	"framewise/core/trace"
	"framewise/wasm/share/job"
	"framewise/wasm/wasmtest"
)

const root = "../.."

// program builds share.wasm as the site's build does.
func program(t *testing.T) string { return wasmtest.Build(t, "-gcflags=all=-l") }

// task is what the Worker is asked for.
type task struct {
	What    string      `json:"what"`
	Options job.Options `json:"options"`
}

// told is a message of the Worker.
type told struct {
	Op, State, Message, Broken string
	Done, Total, Plain, Packed int
	Blob                       []byte
	Report                     *redact.Report
	Examples                   []job.Example
}

// drive runs the Worker under Node on a record, one task after the other.
func drive(t *testing.T, wasm, file string, tasks ...task) [][]told {
	t.Helper()
	args := []string{file}
	for _, k := range tasks {
		text, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, string(text))
	}
	out := wasmtest.Drive(t, root+"/web/static/share-worker.js", wasm, args...)
	var s struct{ Said [][]told }
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatalf("%v in %.200s", err, out)
	}
	return s.Said
}

// record reads a file of core/convert's as a record, in memory and as a file.
func record(t *testing.T, name string) ([]trace.Entry, string) {
	t.Helper()
	octets, err := os.ReadFile(root + "/core/convert/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := convert.NewReader(bytes.NewReader(octets), convert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var entries []trace.Entry
	var lines []byte
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
		lines = trace.AppendEntry(lines, e)
	}
	file := filepath.Join(t.TempDir(), name+".h2trace")
	if err := os.WriteFile(file, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	return entries, file
}

// The Worker makes octet for octet what core/redact and core/convert/export make
// natively, one file after the other, packed or not.
func TestWorkerMakesAsNative(t *testing.T) {
	wasm := program(t)
	formats := []export.Format{export.Trace, "h2trace.gz", export.Pcapng, export.HAR, export.Qlog, export.Text, export.Script}
	for _, name := range []string{"secrets.pcapng", "page.har", "netlog.json"} {
		entries, file := record(t, name)
		redacted, report := redact.Record(entries, redact.Options{})
		var tasks []task
		for _, f := range formats {
			tasks = append(tasks, task{"make", job.Options{Format: f, Redact: true}}, task{"make", job.Options{Format: f}})
		}
		for i, said := range drive(t, wasm, file, tasks...) {
			o := tasks[i].Options
			given, packed := entries, o.Format == "h2trace.gz"
			if o.Redact {
				given = redacted
			}
			plain, _ := strings.CutSuffix(string(o.Format), ".gz")
			var want bytes.Buffer
			err := export.Write(&want, export.Format(plain), given, export.Options{Generator: "Framewise"})
			last := said[len(said)-1]
			if err != nil {
				if last.Op != "failed" || last.Message != "There is no file: "+err.Error()+"." {
					t.Errorf("%s as %s: %+v, want %q", name, o.Format, last, err)
				}
				continue
			}
			got := last.Blob
			if packed {
				got = unpacked(t, got)
			}
			if last.Op != "done" || !bytes.Equal(got, want.Bytes()) || last.Plain != want.Len() || packed != (last.Packed == len(last.Blob) && last.Packed > 0) {
				t.Errorf("%s as %s: %s, %d octets, want %d; plain %d, packed %d", name, o.Format, last.Op, len(got), want.Len(), last.Plain, last.Packed)
			}
			if o.Redact != (last.Report != nil) || o.Redact && !reflect.DeepEqual(*last.Report, report) {
				t.Errorf("%s as %s: the report is %+v", name, o.Format, last.Report)
			}
			if said[0].State != "loading" || said[1].State != "reading" {
				t.Errorf("%s as %s begins with %+v, %+v", name, o.Format, said[0], said[1])
			}
		}
	}
}

func unpacked(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A preview has the record in gzip, the report, and examples.
func TestWorkerPreviews(t *testing.T) {
	entries, file := record(t, "page.har")
	redacted, report := redact.Record(entries, redact.Options{Fields: []string{"etag"}})
	said := drive(t, program(t), file, task{"preview", job.Options{Redact: true, Fields: []string{"etag"}}})[0]
	var want bytes.Buffer
	if err := trace.Write(&want, redacted); err != nil {
		t.Fatal(err)
	}
	last := said[len(said)-1]
	if !bytes.Equal(unpacked(t, last.Blob), want.Bytes()) || last.Plain != want.Len() || last.Packed != len(last.Blob) || !reflect.DeepEqual(*last.Report, report) || len(last.Examples) == 0 {
		t.Errorf("%s: plain %d, packed %d, %d examples", last.Op, last.Plain, last.Packed, len(last.Examples))
	}
}

// What is missing or makes no sense is said in a sentence.
func TestWorkerFails(t *testing.T) {
	_, file := record(t, "page.har")
	said := drive(t, "none", file, task{"make", job.Options{Format: export.HAR}})[0]
	if last := said[len(said)-1]; last.Op != "failed" || last.Message != "The file could not be made: what makes files of records could not be loaded: http://127.0.0.1/share.wasm was answered with 404." {
		t.Errorf("%+v", last)
	}
	if err := os.WriteFile(file, []byte("no record\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := drive(t, program(t), file, task{"make", job.Options{Format: export.HAR, Redact: true}}, task{"make", job.Options{Format: export.Pcapng}})
	for i, want := range []string{"nothing of the record can be read: line 1", "nothing of the record can be read: line 1"} {
		last := all[i][len(all[i])-1]
		if last.Op != "failed" || !strings.HasPrefix(last.Message, "There is no file: "+want) {
			t.Errorf("%+v, want %q", last, want)
		}
	}
}
