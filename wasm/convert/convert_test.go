//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"framewise/core/convert"
	"framewise/core/trace"
	"framewise/wasm/convert/stream"
	"framewise/wasm/wasmtest"
)

const root = "../.."

// program builds convert.wasm.
func program(t *testing.T) string { return wasmtest.Build(t) }

// said is what the Worker said of a file.
type said struct {
	Lines string
	Done  *struct {
		Report stream.Report
		Held   string
	}
	More   int
	Failed string
}

// drive runs the Worker under Node on a file.
func drive(t *testing.T, wasm, file, piece string, keys ...string) said {
	t.Helper()
	out := wasmtest.Drive(t, root+"/web/static/convert-worker.js", wasm, append([]string{file, piece}, keys...)...)
	var s said
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatalf("%v in %.200s", err, out)
	}
	return s
}

// native is what core/convert makes of a file.
func native(t *testing.T, file string, keys []byte) (lines string, conns int) {
	t.Helper()
	octets, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := convert.NewReader(bytes.NewReader(octets), convert.Options{Keys: keys, Limits: stream.Limits})
	if err != nil {
		return "", 0
	}
	var out []byte
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return string(out), conns
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if _, ok := e.(*trace.Conn); ok {
			conns++
		}
		out = trace.AppendEntry(out, e)
	}
}

// The Worker says octet for octet what core/convert says natively.
func TestWorkerConvertsAsNative(t *testing.T) {
	wasm := program(t)
	files, err := filepath.Glob(root + "/core/convert/testdata/*")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	keyFile := root + "/core/convert/testdata/keys.txt"
	keys, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, conns := native(t, file, keys)
			got := drive(t, wasm, file, "1000", keyFile)
			if got.Failed != "" || got.Done == nil {
				t.Fatalf("it failed: %q", got.Failed)
			}
			if got.Lines != want || got.Done.Report.Conns != conns || got.Done.Held != "" {
				t.Errorf("%d octets of lines, want %d; %+v, want %d connections", len(got.Lines), len(want), got.Done, conns)
			}
			if info, err := os.Stat(file); err != nil || got.More != int(info.Size()+999)/1000 {
				t.Errorf("asked for more %d times: %v", got.More, err)
			}
			if text := filepath.Ext(file) == ".txt" && conns == 0; text != (got.Done.Report.Error == convert.ErrFormat.Error()) {
				t.Errorf("%+v", got.Done.Report)
			}
		})
	}
	t.Run("without keys", func(t *testing.T) {
		file := root + "/core/convert/testdata/tls.pcapng"
		want, _ := native(t, file, nil)
		got := drive(t, wasm, file, "100000")
		if got.Done == nil || got.Lines != "" || got.Done.Held != want || got.Done.Report.Locked != 8 {
			t.Errorf("%+v", got)
		}
	})
}
