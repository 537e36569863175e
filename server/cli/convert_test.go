package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// captured is a file of core/convert's tests.
func captured(name string) string {
	return filepath.Join("..", "..", "core", "convert", "testdata", name)
}

func TestInspectReadsCapturesAndLogs(t *testing.T) {
	for _, tt := range []struct {
		args  []string
		shows []string
		says  []string
	}{
		{[]string{captured("h2c.pcapng")}, []string{"# 1: 127.0.0.1:", "capture, TCP", "HEADERS", "GET /index.html", "200"}, []string{"50 packets, 4 TCP connections, 3 of them HTTP/2", "not shown: 1 connection, HTTP/1.1"}},
		{[]string{"--keys", captured("keys.txt"), captured("tls.pcapng")}, []string{"TLS 1.2, h2", "TLS 1.3, h2", "GET /b.txt"}, []string{"the key log has no secrets of it"}},
		{[]string{captured("tls.pcapng")}, nil, []string{"0 of them HTTP/2", "8 connections, TLS"}},
		{[]string{captured("secrets.pcapng")}, []string{"GET /index.html"}, nil},
		{[]string{"--connection", "3", captured("h2c.pcapng")}, []string{"# 3: [::1]:", "HEADERS"}, nil},
		{[]string{captured("netlog.json")}, []string{"rebuilt from a NetLog", "GET /b.png"}, []string{"1 session of HTTP/2, rebuilt"}},
		{[]string{captured("page.har")}, []string{"rebuilt from a HAR"}, nil},
		{[]string{captured("nghttp.txt")}, []string{"PRIORITY", "rebuilt from what nghttp -v printed"}, nil},
		{[]string{captured("curl.txt")}, []string{"rebuilt from what curl --trace wrote"}, nil},
	} {
		code, out, errOut := run(t, append([]string{"inspect"}, tt.args...)...)
		if code != ExitOK {
			t.Errorf("%v: %d, %s", tt.args, code, errOut)
		}
		for _, want := range tt.shows {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not show %q:\n%s", tt.args, want, out)
			}
		}
		for _, want := range tt.says {
			if !strings.Contains(errOut, want) {
				t.Errorf("%v does not say %q: %s", tt.args, want, errOut)
			}
		}
		if code, _, errOut := run(t, append([]string{"inspect", "-q"}, tt.args...)...); code != ExitOK || errOut != "" {
			t.Errorf("-q %v: %d, %s", tt.args, code, errOut)
		}
	}
}

// Every format is written, and those that can be read again say the same.
func TestConvert(t *testing.T) {
	in, dir := captured("h2c.pcapng"), t.TempDir()
	_, want, _ := run(t, "inspect", "-q", in)
	frames := func(text string) (out []string) {
		for line := range strings.Lines(text) {
			if f := strings.Fields(line); len(f) > 2 && f[0] != "#" {
				out = append(out, strings.Join(f[2:], " "))
			}
		}
		return out
	}
	for _, name := range []string{"a.h2trace", "a.h2trace.gz", "a.h2trace.zst", "a.pcapng", "a.pcap", "a.pcapng.gz", "a.har", "a.qlog", "a.json", "a.txt", "a.script"} {
		file := filepath.Join(dir, name)
		code, out, errOut := run(t, "convert", in, file)
		if code != ExitOK || out != "" || !strings.Contains(errOut, "3 of them HTTP/2") {
			t.Fatalf("%s: %d, %s%s", name, code, out, errOut)
		}
		b, err := os.ReadFile(file)
		if err != nil || len(b) < 100 {
			t.Fatalf("%s: %v, %d octets", name, err, len(b))
		}
		if strings.Contains(name, "h2trace") || strings.Contains(name, "pcap") {
			_, got, errOut := run(t, "inspect", "-q", file)
			have, due := frames(got), frames(want)
			if strings.Contains(name, "pcap") { // where the server spoke first, the preface is put before that
				slices.Sort(have)
				slices.Sort(due)
			}
			if a, b := strings.Join(have, "\n"), strings.Join(due, "\n"); a != b || errOut != "" {
				t.Errorf("%s has other frames:\n%s\nwant\n%s%s", name, a, b, errOut)
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("these are left: %v, %v", left, err)
	}
	code, out, _ := run(t, "convert", "--to", "json", in, "-")
	if code != ExitOK || strings.Count(out, "\n") != 34 || !json.Valid([]byte(strings.SplitN(out, "\n", 2)[0])) {
		t.Errorf("--to json: %d, %d lines", code, strings.Count(out, "\n"))
	}
	code, out, _ = run(t, "convert", "--to", "script", "--side", "server", "--connection", "2", in, "-")
	if code != ExitOK || !strings.Contains(out, "role client") || !strings.Contains(out, "peer SETTINGS") {
		t.Errorf("--side server: %d, %s", code, out)
	}
}

// A script and a replay are of one connection: which one is said.
func TestOneOfSeveral(t *testing.T) {
	in := captured("h2c.pcapng")
	code, _, errOut := run(t, "convert", "--to", "script", in, "-")
	if code != ExitOK || !strings.Contains(errOut, "this is the first of 3; --connection chooses another") {
		t.Errorf("%d, %s", code, errOut)
	}
	if code, _, errOut := run(t, "convert", "--to", "script", "--connection", "2", in, "-"); code != ExitOK || strings.Contains(errOut, "first of") {
		t.Errorf("one that was chosen: %d, %s", code, errOut)
	}
	if code, _, errOut := run(t, "inspect", "--connection", "99", in); code != ExitFailed || !strings.Contains(errOut, "there is no connection 99 in it") {
		t.Errorf("inspect: %d, %s", code, errOut)
	}
	_, _, errOut = run(t, "replay", in, "--to", "127.0.0.1:1", "--tls", "off")
	if !strings.Contains(errOut, "is replayed, the first of ") {
		t.Errorf("replay: %s", errOut)
	}
}

// What passed may hold secrets: only who kept it may read it.
func TestTraceFileIsPrivate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.h2trace")
	f, err := newTraceFile(name, "test", "", time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestConvertMistakes(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.pcapng")
	b, err := os.ReadFile(captured("h2c.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, b[:len(b)-1000], 0o600); err != nil {
		t.Fatal(err)
	}
	nothing := save(t, []byte(`{"k":"h2trace","version":1}`+"\n"))
	in, out := captured("h2c.pcapng"), filepath.Join(dir, "out.h2trace")
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{in}, ExitUsage, "name two files"},
		{[]string{in, filepath.Join(dir, "a.doc")}, ExitUsage, "names no format"},
		{[]string{in, "-"}, ExitUsage, "say --to"},
		{[]string{"--to", "doc", in, "-"}, ExitUsage, "--to doc names no format"},
		{[]string{"--side", "both", in, out}, ExitUsage, "client or server"},
		{[]string{in + "x", out}, ExitFailed, "there is no file"},
		{[]string{in, filepath.Join(dir, "none", "a.har")}, ExitFailed, "there is no folder"},
		{[]string{"--keys", in + "x", in, out}, ExitFailed, "--keys"},
		{[]string{nothing, filepath.Join(dir, "a.pcapng")}, ExitFailed, "there is nothing in the record"},
		{[]string{broken, out}, ExitFailed, "is broken: octet"},
		{[]string{"--connection", "99", in, out}, ExitFailed, "there is no connection 99 in it: the last one is "},
		{[]string{"--connection", "1", nothing, out}, ExitFailed, "there is no connection 1 in it: it has none"},
	} {
		code, _, errOut := run(t, append([]string{"convert", "-q"}, tt.args...)...)
		if code != tt.code || !strings.Contains(errOut, tt.says) {
			t.Errorf("convert %v: code %d, %q; want code %d and %q", tt.args, code, errOut, tt.code, tt.says)
		}
	}
	// What stands before the break was converted.
	if code, shown, _ := run(t, "inspect", "-q", out); code != ExitOK || !strings.Contains(shown, "GET /index.html") {
		t.Errorf("what was made of the broken file: %d, %s", code, shown)
	}
	// A file that was there stays when nothing whole can be put in its place.
	if err := os.WriteFile(filepath.Join(dir, "keep.pcapng"), []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "convert", nothing, filepath.Join(dir, "keep.pcapng"))
	if kept, err := os.ReadFile(filepath.Join(dir, "keep.pcapng")); err != nil || !bytes.Equal(kept, []byte("keep")) {
		t.Errorf("the file that was there is %q, %v", kept, err)
	}
}
