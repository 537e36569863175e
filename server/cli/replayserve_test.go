package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"framewise/core/trace"
)

// siteFolder is the folder whose server is recorded.
func siteFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("the first\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "big"), bytes.Repeat([]byte("0123456789"), 60_000), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tapped is the record of what passes between a client, which do is, and an
// origin.
func tapped(t *testing.T, dir string, do func(addr string)) string {
	t.Helper()
	o := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	file := filepath.Join(t.TempDir(), "tapped.h2trace")
	tap := start(t, "tap", "--listen", "127.0.0.1:0", "--to", o.addr, "-o", file, "-q")
	do(strings.TrimSuffix(tap.addr, ","))
	tap.stop()
	return file
}

// replayed is a verdict of replay --json.
type replayed struct {
	Same       bool
	Side       string
	Streams    int
	Stopped    string
	Difference *struct {
		Stream                uint32
		Text, Field, Recorded string
		Frame, Nth            int
		Octet                 int64
	}
}

// serveReplay starts replay --serve, has do be the client, and gives the verdicts.
func serveReplay(t *testing.T, do func(addr string), args ...string) (list []replayed, code int) {
	t.Helper()
	p := start(t, append([]string{"replay", "--serve", "--json", "--wait", "20s", "--timeout", "2s"}, args...)...)
	addr, _, _ := strings.Cut(p.addr, `"`)
	do(addr)
	select {
	case code = <-p.code:
		p.once.Do(p.cancel) // it has ended by itself
	case <-time.After(bound):
		t.Fatalf("replay --serve goes on: %s%s", p.out, p.errOut)
	}
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	if len(lines) < 2 {
		t.Fatalf("no verdict: %s%s", p.out, p.errOut)
	}
	for _, line := range lines[1:] {
		var v replayed
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v in %q; %s", err, line, p.errOut.String())
		}
		list = append(list, v)
	}
	return list, code
}

func curl(t *testing.T, args ...string) string {
	return string(execute(t, nil, "curl", append([]string{"-sS", "--http2-prior-knowledge", "--max-time", "20"}, args...)...))
}

// A real client gets from the record what it got from the server, and is found
// to ask for the same.
func TestReplayServesRealClients(t *testing.T) {
	dir := siteFolder(t)
	node := func(path string) func(string) {
		return func(addr string) {
			execute(t, nil, "node", "-e", `const c = require('http2').connect('http://`+addr+`');
let n = 2; for (const p of ['/a.txt', '`+path+`']) { const r = c.request({ ':path': p }); r.resume(); r.on('end', () => { if (--n === 0) c.close(); }); r.end(); }`)
		}
	}
	for _, c := range []struct {
		name    string
		do      func(addr string)
		streams int
		args    []string
	}{
		{"curl", func(a string) { curl(t, "http://"+a+"/big") }, 1, nil},
		{"curl with an upgrade", func(a string) { execute(t, nil, "curl", "-sS", "--http2", "--max-time", "20", "http://"+a+"/a.txt") }, 1, []string{"--ignore", "host"}},
		{"curl that sends", func(a string) { curl(t, "--data-binary", "@"+filepath.Join(dir, "big"), "http://"+a+"/up") }, 1, nil},
		{"nghttp", func(a string) { execute(t, nil, "nghttp", "-n", "http://"+a+"/a.txt", "http://"+a+"/big") }, 2, nil},
		{"Node", node("/big"), 2, nil},
		{"h2load", func(a string) { execute(t, nil, "h2load", "-n", "20", "-c", "1", "-m", "5", "http://"+a+"/a.txt") }, 20, nil},
	} {
		file := tapped(t, dir, c.do)
		// The address is another one: a field that may differ.
		list, code := serveReplay(t, c.do, append([]string{file, "--ignore", ":authority", "--ignore", "date"}, c.args...)...)
		if len(list) != 1 || !list[0].Same || list[0].Streams != c.streams || code != ExitOK || list[0].Side != "server" {
			t.Errorf("%s: %d %+v", c.name, code, list)
			if len(list) > 0 && list[0].Difference != nil {
				t.Errorf("%+v", *list[0].Difference)
			}
		}
	}
}

// What the client gets is what the server had said.
func TestReplayServesTheSameOctets(t *testing.T) {
	dir := siteFolder(t)
	big := strings.Repeat("0123456789", 60_000)
	file := tapped(t, dir, func(a string) { curl(t, "http://"+a+"/big") })
	for _, timing := range []string{"once", "recorded"} {
		_, code := serveReplay(t, func(a string) {
			if got := curl(t, "http://"+a+"/big"); got != big {
				t.Errorf("%d octets came", len(got))
			}
		}, file, "--ignore", ":authority", "--timing", timing)
		if code != ExitOK {
			t.Error(timing, code)
		}
	}
	// A client whose numbers of streams and windows are others gets it as well.
	list, _ := serveReplay(t, func(a string) {
		if got := string(execute(t, nil, "nghttp", "-w", "12", "-W", "12", "http://"+a+"/big")); got != big {
			t.Errorf("%d octets came", len(got))
		}
	}, file, "--ignore", "SETTINGS", "--ignore", ":authority", "--ignore", "user-agent", "--ignore", "accept", "--ignore", "accept-encoding")
	if !list[0].Same {
		t.Errorf("%+v %+v", list[0], list[0].Difference)
	}
}

// A client that asks for something else is found at its frame, field and octet,
// and the frame is the one that inspect shows.
func TestReplayFindsWhatALiveClientChanges(t *testing.T) {
	dir := siteFolder(t)
	ask := func(who string) func(string) {
		return func(addr string) {
			execute(t, nil, "node", "-e", `const c = require('http2').connect('http://`+addr+`');
const ask = (path, who, then) => { const r = c.request({ ':path': path, 'x-who': who }); r.resume(); r.on('end', then); r.end(); };
ask('/a.txt', 'me', () => ask('/big', '`+who+`', () => c.close()));`)
		}
	}
	file := tapped(t, dir, ask("me"))
	list, code := serveReplay(t, ask("you"), file, "--ignore", ":authority")
	d := list[0].Difference
	if code != ExitFailed || d == nil || d.Stream != 3 || d.Field != "x-who" || !strings.Contains(d.Text, `"x-who: me" in the trace, "x-who: you" now`) {
		t.Fatalf("%d %+v", code, d)
	}
	if shown := inspectRow(t, file, d.Frame); !strings.Contains(shown, "HEADERS") || !strings.Contains(shown, "/big") {
		t.Errorf("frame %d is %q", d.Frame, shown)
	}
	// The octet is that of the field's representation in what the client sent.
	if b := sent(t, file); !bytes.Contains(b[d.Octet:d.Octet+8], []byte{0xc0}) && b[d.Octet]&0x80 == 0 && b[d.Octet]&0x40 == 0 {
		t.Errorf("octet %d is %#x", d.Octet, b[d.Octet])
	}
}

// inspectRow is the line of a frame as inspect prints it.
func inspectRow(t *testing.T, file string, frame int) string {
	t.Helper()
	_, out, errOut := run(t, "inspect", file)
	m := regexp.MustCompile(`(?m)^\s*` + strconv.Itoa(frame) + `\s.*$`).FindString(out)
	if m == "" {
		t.Fatalf("no frame %d in %s%s", frame, out, errOut)
	}
	return m
}

// sent is what the client of a record said.
func sent(t *testing.T, file string) (b []byte) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := trace.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if c, ok := e.(*trace.Chunk); ok && c.Dir == trace.ToServer {
			b = append(b, c.Octets...)
		}
	}
	return b
}

// Octet for octet, the same client is the same and another word is found.
func TestReplayStrict(t *testing.T) {
	dir := siteFolder(t)
	// Its address is in what it says: it has to be the same one.
	do := func(a string) { curl(t, "-H", "Host: here", "http://"+a+"/a.txt") }
	file := tapped(t, dir, do)
	list, code := serveReplay(t, do, file, "--strict")
	if code != ExitOK || !list[0].Same {
		t.Errorf("%d %+v %+v", code, list[0], list[0].Difference)
	}
	list, code = serveReplay(t, func(a string) { curl(t, "-H", "Host: here", "http://"+a+"/b.txt") }, file, "--strict")
	if d := list[0].Difference; code != ExitFailed || d == nil || d.Stream != 1 || !strings.Contains(d.Text, "in the trace") || d.Octet < 24 {
		t.Errorf("%d %+v", code, d)
	}
}

// TLS: with a certificate that is made, and with one that is given.
func TestReplayServesTLS(t *testing.T) {
	dir := siteFolder(t)
	o := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	file := filepath.Join(t.TempDir(), "got.h2trace")
	if code, _, errOut := run(t, "get", "-o", file, "http://"+o.addr+"/a.txt"); code != ExitOK {
		t.Fatal(errOut)
	}
	kept := filepath.Join(t.TempDir(), "kept.h2trace")
	list, code := serveReplay(t, func(a string) {
		if code, out, errOut := run(t, "get", "-k", "https://"+a+"/a.txt"); code != ExitOK || !strings.Contains(out, "the first") {
			t.Errorf("%d %s %s", code, out, errOut)
		}
	}, file, "--tls", "on", "--ignore", ":authority", "--ignore", ":scheme", "-o", kept)
	if code != ExitOK || len(list) != 1 || !list[0].Same {
		t.Errorf("%d %+v %+v", code, list, list[0].Difference)
	}
	if code, out, errOut := run(t, "inspect", kept); code != ExitOK || !strings.Contains(out, "/a.txt") {
		t.Errorf("what is kept: %s %s", out, errOut)
	}
	list, code = serveReplay(t, func(a string) {
		exec.Command("curl", "-sk", "--http1.1", "--max-time", "5", "https://"+a+"/a.txt").Run()
	}, file, "--tls", "on")
	if code != ExitFailed || !strings.Contains(list[0].Stopped, "h2") && !strings.Contains(list[0].Stopped, "TLS") {
		t.Errorf("a client without h2: %d %+v", code, list)
	}
}

// Arguments that say nothing sensible, and waiting in vain.
func TestReplayServeRefuses(t *testing.T) {
	dir := siteFolder(t)
	file := tapped(t, dir, func(a string) { curl(t, "http://"+a+"/a.txt") })
	for _, tt := range []struct {
		code int
		says string
		args []string
	}{
		{ExitUsage, "choose one", []string{"replay", "--serve", file, "--to", "127.0.0.1:1"}},
		{ExitUsage, "who the live peer is", []string{"replay", file}},
		{ExitUsage, "--timing", []string{"replay", "--serve", file, "--timing", "slow"}},
		{ExitUsage, "--cert and --key", []string{"replay", "--serve", file, "--cert", "x"}},
		{ExitUsage, "--forever", []string{"replay", file, "--to", "127.0.0.1:1", "--forever"}},
		{ExitFailed, "no client connected in time: 0 of 1", []string{"replay", "--serve", file, "--wait", "50ms"}},
		{ExitFailed, "no connection 9", []string{"replay", "--serve", file, "--connection", "9"}},
	} {
		if code, _, errOut := run(t, tt.args...); code != tt.code || !strings.Contains(errOut, tt.says) {
			t.Errorf("%v: %d %s", tt.args[1:], code, errOut)
		}
	}
	// A client that says nothing at all.
	list, code := serveReplay(t, func(a string) {
		c, err := net.Dial("tcp", a)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		for b := make([]byte, 1000); ; {
			if _, err := c.Read(b); err != nil {
				return
			}
		}
	}, file, "--timeout", "100ms")
	if code != ExitFailed || !strings.Contains(list[0].Stopped, "the client does not say") {
		t.Errorf("a silent client: %d %+v", code, list)
	}
}

// Broken records: each is refused in words, or replayed as far as it goes.
func TestReplayOfBrokenRecords(t *testing.T) {
	dir := siteFolder(t)
	good, err := os.ReadFile(tapped(t, dir, func(a string) { curl(t, "http://"+a+"/a.txt") }))
	if err != nil {
		t.Fatal(err)
	}
	o := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	file := filepath.Join(t.TempDir(), "broken.h2trace")
	for i := range 50 {
		b := bytes.Clone(good)
		at := 1 + (i*7919)%(len(b)-2)
		switch i % 5 {
		case 0:
			b = b[:at]
		case 1:
			b[at] ^= 1 << (i % 7)
		case 2:
			b = append(b[:at:at], b[min(len(b), at+1+i):]...)
		case 3:
			b = append(b[:at:at], append([]byte(fmt.Sprint(i)), b[at:]...)...)
		case 4:
			lines := bytes.SplitAfter(b, []byte("\n"))
			k := i % len(lines)
			b = bytes.Join(append(append([][]byte{}, lines[:k]...), lines[k+1:]...), nil)
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := run(t, "replay", file, "--to", o.addr, "--timeout", "200ms", "--ignore", ":authority")
		if code != ExitOK && out+errOut == "" || code == ExitUsage || strings.Contains(errOut, "panic") {
			t.Errorf("mutation %d at %d: %d %s%s", i, at, code, out, errOut)
		}
		code, out, errOut = run(t, "replay", "--serve", file, "--wait", "1ms", "-q")
		if code != ExitFailed || errOut == "" {
			t.Errorf("mutation %d at %d, served: %d %s%s", i, at, code, out, errOut)
		}
	}
}
