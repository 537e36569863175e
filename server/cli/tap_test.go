package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"framewise/core/frame"
	"framewise/core/trace"
	"framewise/transport/testcert"
)

// tapBefore starts an origin for a folder with a page and a large file, and a
// tap before it.
func tapBefore(t *testing.T, originArgs, tapArgs []string) (origin, tapped *daemon) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txt"), []byte("what is asked for"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "large"), make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	origin = start(t, append([]string{"origin", "--listen", "127.0.0.1:0", "--dir", dir}, originArgs...)...)
	tapped = start(t, append([]string{"tap", "--listen", "127.0.0.1:0", "--to", origin.addr, "--data", t.TempDir()}, tapArgs...)...)
	tapped.addr = strings.TrimSuffix(tapped.addr, ",")
	return origin, tapped
}

func TestTapShowsBothEnds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tap.h2trace")
	_, d := tapBefore(t, nil, []string{"-o", file})
	if code, out, errOut := run(t, "get", "http://"+d.addr+"/page.txt"); code != 0 || out != "what is asked for" {
		t.Fatalf("through the tap: %d %q %s", code, out, errOut)
	}
	if code, out, _ := run(t, "get", "http://"+d.addr+"/large"); code != 0 || len(out) != 3<<20 {
		t.Fatalf("through the tap: %d, %d octets", code, len(out))
	}
	d.stop()
	shown := d.out.String()
	for _, want := range []string{"# 1: 127.0.0.1:", "preface", "→ HEADERS", "← HEADERS", ":path", "/page.txt", "← DATA", "→ SETTINGS", "# 1: ended by the client", "# 2: "} {
		if !strings.Contains(shown, want) {
			t.Errorf("the tap shows no %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%.3000s", shown)
	}
	code, out, errOut := run(t, "inspect", file)
	if code != 0 || strings.Count(out, "HEADERS") != 4 {
		t.Errorf("the trace: %d %s %s", code, out, errOut)
	}
	if !bytes.Contains(read(t, file), []byte(`"vantage":"middle"`)) {
		t.Error("the trace does not say where it was taken")
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTapJSON(t *testing.T) {
	_, d := tapBefore(t, nil, []string{"--json", "--filter", "type:HEADERS"})
	run(t, "get", "http://"+d.addr+"/page.txt")
	d.stop()
	lines := strings.Split(strings.TrimSpace(d.out.String()), "\n")[1:]
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), d.out)
	}
	for _, line := range lines {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil || v["type"] != "HEADERS" {
			t.Errorf("%v in %s", err, line)
		}
	}
}

func TestTapWithTLSAndCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("curl is missing: ./build.sh deps installs it")
	}
	ca := testcert.New(t)
	cert, key, caFile := ca.Files(t, ca.Server(t, time.Time{}, "127.0.0.1"))
	data := t.TempDir()
	_, d := tapBefore(t, []string{"--cert", cert, "--key", key}, []string{"--ca", caFile, "--data", data, "--short"})
	code, out, errOut := run(t, "tap", "ca", "--file", "--data", data)
	if code != 0 {
		t.Fatal(errOut)
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	b, err := exec.CommandContext(ctx, curl, "-sS", "--http2", "-w", " %{http_version}", "--cacert", strings.TrimSpace(out), "https://"+d.addr+"/page.txt").CombinedOutput()
	if err != nil || string(b) != "what is asked for 2" {
		t.Fatalf("curl: %v %s", err, b)
	}
	d.stop()
	if shown := d.out.String(); !strings.Contains(shown, "TLS 1.3") || !strings.Contains(shown, "HEADERS") {
		t.Errorf("the tap shows %s", shown)
	}
	code, out, _ = run(t, "tap", "ca", "--data", data)
	if code != 0 || !strings.Contains(out, "SHA-256 ") || !strings.Contains(out, "NODE_EXTRA_CA_CERTS") {
		t.Errorf("tap ca: %d %s", code, out)
	}
}

func TestTapUsage(t *testing.T) {
	for _, args := range [][]string{{"tap"}, {"tap", "--to", "nonsense"}, {"tap", "--to", "a:1", "--filter", "type:"}, {"tap", "--to", "a:1", "--connections", "0"}} {
		args = append(args, "--data", t.TempDir())
		if code, _, errOut := run(t, args...); code != ExitUsage || errOut == "" {
			t.Errorf("%v: %d %s", args, code, errOut)
		}
	}
}

// TestThinner: what is shown has every octet at its place but for contents of
// DATA beyond the first few, whatever the pieces.
func TestThinner(t *testing.T) {
	var b []byte
	b = append(b, frame.Preface...)
	b = frame.AppendSettings(b, nil)
	var want []byte
	for i := range 40 {
		data := bytes.Repeat([]byte{byte('a' + i%26)}, i*i*37%40000)
		b = frame.AppendData(b, 1, data, false, frame.NoPadding)
		b = frame.AppendPing(b, [8]byte{byte(i), 2, 3}, false)
	}
	want = append(want, b...)
	for rest := want[len(frame.Preface):]; len(rest) > 0; {
		h := frame.ParseHeader(rest)
		if n := frame.HeaderLen + int(h.Length); h.Type == frame.Data {
			for i := frame.HeaderLen + keptData; i < n; i++ {
				rest[i] = 0
			}
			rest = rest[n:]
		} else {
			rest = rest[n:]
		}
	}
	for _, size := range []int{31, 100, 1000, 65536, len(b)} {
		var th thinner
		var got []byte
		cost := 0
		for at := 0; at < len(b); at += size {
			th.split(b[at:min(at+size, len(b))], trace.ToServer, func(p []byte, n int) { got = append(got, p...); cost += n })
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("in pieces of %d: other octets", size)
		}
		if cost > 40*(keptData+9+17+9)+40 {
			t.Errorf("in pieces of %d: %d octets are kept", size, cost)
		}
	}
}

// TestTapForgets: connections that have ended cost nothing.
func TestTapForgets(t *testing.T) {
	s := newTapShow(new(safeBuffer), &tapFlags{short: true})
	block := frame.AppendHeaders(nil, 1, []byte{0x82, 0x86, 0x84, 0x41, 1, 'h'}, true, true, nil, frame.NoPadding)
	for id := range uint32(3) {
		s.Append(&trace.Conn{ID: id + 1})
		s.Append(&trace.Chunk{Conn: id + 1, Octets: frame.AppendSettings([]byte(frame.Preface), nil)})
		s.Append(&trace.Chunk{Conn: id + 1, Octets: bytes.Repeat(block, 20000)})
		s.by[id+1].g.size = maxGeneration + 1 // as if it had been that much
		s.Append(&trace.Close{Conn: id + 1, By: "client"})
		if len(s.by) != 0 || s.now != nil {
			t.Fatalf("after connection %d: %d are kept, a generation: %v", id+1, len(s.by), s.now != nil)
		}
	}
	if s.total != 0 || s.finish() != nil {
		t.Errorf("%d octets are counted, %v", s.total, s.err)
	}
}
