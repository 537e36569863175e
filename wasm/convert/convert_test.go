//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/convert"
	"framewise/core/convert/pack"
	"framewise/core/trace"
	"framewise/wasm/convert/stream"
	"framewise/wasm/wasmtest"
)

const root = "../.."

// program builds convert.wasm or unpack.wasm.
func program(t *testing.T, folder string) string { return wasmtest.BuildIn(t, folder) }

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
func drive(t *testing.T, program, wasm, file, piece string, keys ...string) said {
	t.Helper()
	out := wasmtest.Drive(t, root+"/web/static/convert-worker.js", wasm, append([]string{program, file, piece}, keys...)...)
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
	wasm := program(t, ".")
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
			got := drive(t, "convert", wasm, file, "1000", keyFile)
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
		got := drive(t, "convert", wasm, file, "100000")
		if got.Done == nil || got.Lines != "" || got.Done.Held != want || got.Done.Report.Locked != 8 {
			t.Errorf("%+v", got)
		}
	})
}

// unpack.wasm gives what was packed, however it is cut, and stops at what was made
// to blow up, or is broken.
func TestWorkerUnpacks(t *testing.T) {
	wasm := program(t, "./unpack")
	capture, err := os.ReadFile(root + "/core/convert/testdata/tls.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{}).Read(noise)
	packed := func(b []byte) []byte {
		var out bytes.Buffer
		z, err := pack.NewWriter(&out, pack.Zstd)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(b); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	good := packed(capture)
	bent := bytes.Clone(good)
	bent[len(bent)/2] ^= 0x40
	for _, tt := range []struct {
		name        string
		file, plain []byte
		piece       string
		fails       string
	}{
		{"a capture", good, capture, "1000", ""},
		{"a capture, octet by octet", good, capture, "1", ""},
		{"two frames", append(bytes.Clone(good), good...), append(bytes.Clone(capture), capture...), "70000", ""},
		{"what does not shrink", packed(noise), noise, "100000", ""},
		{"nothing", packed(nil), nil, "1000", ""},
		{"a bomb", packed(make([]byte, 64<<20)), make([]byte, 1<<20), "1000", "more than 100 times"},
		{"cut off", good[:len(good)-20], nil, "1000", "the zstd can't be read on"},
		{"bent", bent, nil, "1000", "the zstd can't be read on"},
		{"the beginning only", good[:6], nil, "1000", "the zstd can't be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file.zst")
			if err := os.WriteFile(file, tt.file, 0o600); err != nil {
				t.Fatal(err)
			}
			got := drive(t, "unpack", wasm, file, tt.piece)
			if got.Failed != "" || got.Done == nil {
				t.Fatalf("it failed: %q", got.Failed)
			}
			out := make([]byte, 0, len(got.Lines))
			for _, r := range got.Lines {
				out = append(out, byte(r))
			}
			if (got.Done.Report.Error != "") != (tt.fails != "") || !strings.Contains(got.Done.Report.Error, tt.fails) {
				t.Errorf("it says %q; want %q", got.Done.Report.Error, tt.fails)
			}
			if tt.fails == "" && !bytes.Equal(out, tt.plain) {
				t.Errorf("%d octets; want %d", len(out), len(tt.plain))
			}
			if len(out) > 8<<20 {
				t.Errorf("%d octets were unpacked", len(out))
			}
		})
	}
}
