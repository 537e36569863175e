package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/trace"
)

// sample is a trace with frames both ways, as lines.
func sample(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	up := append([]byte(frame.Preface), frame.AppendSettings(nil, nil)...)
	err := trace.Write(&b, []trace.Entry{
		&trace.Header{Version: 1, Title: "sample"},
		&trace.Conn{ID: 1, Client: "client", Server: "server", Vantage: trace.VantageClient},
		&trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 1000, ReceivedAt: 1000, Octets: up},
		&trace.Chunk{Conn: 1, Dir: trace.ToClient, SentAt: 2000, ReceivedAt: 2000, Octets: frame.AppendSettings(nil, nil)},
		&trace.Chunk{Conn: 1, Dir: trace.ToServer, SentAt: 3000, ReceivedAt: 3000, Octets: frame.AppendPing(nil, [8]byte{1}, false)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func save(t *testing.T, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "t.h2trace")
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestInspect(t *testing.T) {
	file := save(t, sample(t))
	code, out, errOut := run(t, "inspect", file)
	if code != ExitOK || errOut != "" {
		t.Fatalf("code %d, %q", code, errOut)
	}
	for _, want := range []string{"# 1: client → server", "→ preface", "→ SETTINGS", "← SETTINGS", "→ PING"} {
		if !strings.Contains(out, want) {
			t.Errorf("the frames don't show %q:\n%s", want, out)
		}
	}
	code, out, _ = run(t, "inspect", "--filter", "type:PING", file)
	if code != ExitOK || !strings.Contains(out, "PING") || strings.Contains(out, "SETTINGS") {
		t.Errorf("--filter type:PING: code %d:\n%s", code, out)
	}
	code, out, _ = run(t, "inspect", "--json", file)
	if lines := strings.Count(out, "\n"); code != ExitOK || lines != 4 || !strings.HasPrefix(out, "{") {
		t.Errorf("--json: code %d, %d lines:\n%s", code, lines, out)
	}
}

// A broken file tells the line and the octet, and what stands before it is shown.
func TestInspectBrokenFiles(t *testing.T) {
	good := sample(t)
	lines := bytes.SplitAfter(good, []byte("\n"))
	upTo := func(n int) []byte { return bytes.Join(lines[:n], nil) }
	tests := []struct {
		name  string
		file  []byte
		says  string
		shows string
	}{
		{"cut in the last line", good[:len(good)-10], "line 5, octet 3", "← SETTINGS"},
		{"nonsense in the middle", append(upTo(4), "nonsense\n"...), fmt.Sprintf("line 5, octet %d", len(upTo(4))), "← SETTINGS"},
		{"octets that are no base64", append(upTo(3), `{"k":"chunk","conn":1,"dir":"s2c","at":1,"octets":"%%"}`+"\n"...), "line 4, octet", "→ SETTINGS"},
		{"a chunk without a connection", append(upTo(1), lines[2]...), fmt.Sprintf("line 2, octet %d", len(upTo(1))), ""},
		{"empty", nil, "can't be read: the file is empty", ""},
		{"no format", []byte("what a day\n"), "can't be read: this is no trace", ""},
		{"no pcapng, though it begins so", []byte("\x0a\x0d\x0d\x0a pcapng"), "octet", ""},
		{"a gzip that ends", []byte("\x1f\x8b\x08\x00"), "the gzip can't be read", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errOut := run(t, "inspect", save(t, tt.file))
			if code != ExitFailed || !strings.Contains(errOut, tt.says) || strings.Count(errOut, "\n") != 1 {
				t.Errorf("code %d, %q; want code 1 and one line with %q", code, errOut, tt.says)
			}
			if !strings.Contains(out, tt.shows) {
				t.Errorf("the frames before the break are missing %q:\n%s", tt.shows, out)
			}
		})
	}
}

func TestInspectMistakes(t *testing.T) {
	file := save(t, sample(t))
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{nil, ExitUsage, "name one file"},
		{[]string{file, file}, ExitUsage, "name one file"},
		{[]string{"--filter", "type:NONE", file}, ExitUsage, "NONE"},
		{[]string{file + "x"}, ExitFailed, "there is no file"},
		{[]string{t.TempDir()}, ExitFailed, "is a folder"},
	} {
		code, _, errOut := run(t, append([]string{"inspect"}, tt.args...)...)
		if code != tt.code || !strings.Contains(errOut, tt.says) {
			t.Errorf("inspect %v: code %d, %q; want code %d and %q", tt.args, code, errOut, tt.code, tt.says)
		}
	}
}
