package cli

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/transport/ws"

	"github.com/coder/websocket"
)

// siteDir is a folder with the least that serve takes for a playground.
func siteDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!doctype html><title>page</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	c := http.Client{Timeout: bound, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestServePageHealthAndRelay(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	d := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t), "--data", data)
	if code, body := get(t, "http://"+d.addr+"/"); code != 200 || !strings.Contains(body, "<title>page</title>") {
		t.Errorf("the page: %d %q", code, body)
	}
	if code, body := get(t, "http://"+d.addr+"/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("/healthz: %d %q", code, body)
	}
	if _, err := os.Stat(data); err != nil {
		t.Errorf("the folder of --data: %v", err)
	}

	// Out of the box the page may dial this machine, at any port.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		if c, err := ln.Accept(); err == nil {
			io.WriteString(c, "hello")
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	web, answer := dialRelay(t, d.addr, "http://"+d.addr, ln.Addr().String())
	if !answer.OK {
		t.Fatalf("the relay answered %+v", answer)
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	if _, b, err := web.Read(ctx); err != nil || string(b) != "hello" {
		t.Fatalf("through the relay came %q, %v", b, err)
	}
	stopped := make(chan struct{})
	go func() { d.stop(); close(stopped) }()
	if _, _, err := web.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("at the stop the relay's WebSocket ended with %v; want 1001", err)
	}
	<-stopped
}

func dialRelay(t *testing.T, addr, origin, to string) (*websocket.Conn, ws.Answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	web, _, err := websocket.Dial(ctx, "ws://"+addr+"/relay?tls=0&to="+to, &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {origin}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.CloseNow() })
	var a ws.Answer
	_, b, err := web.Read(ctx)
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return web, a
}

func TestServeRefusesOtherPages(t *testing.T) {
	d := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t))
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	_, res, err := websocket.Dial(ctx, "ws://"+d.addr+"/relay?to=127.0.0.1:1", &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"http://evil.example"}},
	})
	if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
		t.Fatalf("a foreign page got %v, %v; want 403", res, err)
	}
}

func TestServeAllowNarrowsTheTargets(t *testing.T) {
	d := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t), "--allow", "localhost:1", "--relay-dials", "2")
	_, a := dialRelay(t, d.addr, "http://"+d.addr, "127.0.0.1:1")
	if a.OK || a.Kind != "not-allowed" {
		t.Errorf("a target that no --allow names: %+v", a)
	}
	_, a = dialRelay(t, d.addr, "http://"+d.addr, "localhost:1")
	if a.OK || a.Kind != "refused" {
		t.Errorf("the allowed target, where nobody listens: %+v", a)
	}
}

func TestServeMistakes(t *testing.T) {
	site := siteDir(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	bad := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bad, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		code int
		says string
	}{
		{[]string{"serve", "--site", t.TempDir()}, ExitFailed, "./build.sh build"},
		{[]string{"serve"}, ExitFailed, "no playground in"},
		{[]string{"serve", "--site", site, "--listen", taken.Addr().String()}, ExitFailed, "is in use"},
		{[]string{"serve", "--site", site, "--listen", "nonsense"}, ExitUsage, "--listen nonsense"},
		{[]string{"serve", "--site", site, "--listen", "0.0.0.0:0"}, ExitUsage, "--origin"},
		{[]string{"serve", "--site", site, "--listen", "127.0.0.1:0", "--origin", "example.org"}, ExitUsage, `"example.org"`},
		{[]string{"serve", "--site", site, "--listen", "127.0.0.1:0", "--allow", "example.org"}, ExitUsage, "host:port"},
		{[]string{"serve", "--site", site, "--listen", "127.0.0.1:0", "--relay-sockets", "-1"}, ExitUsage, "negative"},
		{[]string{"serve", "--site", site, "--listen", "127.0.0.1:0", "--ca", bad}, ExitFailed, "no certificate in PEM form"},
		{[]string{"serve", "--site", site, "--listen", "127.0.0.1:0", "--ca", bad + "x"}, ExitFailed, "--ca: open"},
		{[]string{"serve", "extra"}, ExitUsage, `"extra"`},
		{[]string{"serve", "--nonsense"}, ExitUsage, "--nonsense"},
		{[]string{"nonsense"}, ExitUsage, `"nonsense"`},
	}
	for _, tt := range tests {
		code, _, errOut := run(t, tt.args...)
		if code != tt.code || !strings.Contains(errOut, tt.says) {
			t.Errorf("framewise %s: code %d, %q; want code %d and %q", strings.Join(tt.args, " "), code, errOut, tt.code, tt.says)
		}
		if lines := strings.Count(errOut, "\n"); lines > 2 {
			t.Errorf("framewise %s: %d lines of error: %q", strings.Join(tt.args, " "), lines, errOut)
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	code, out, _ := run(t)
	if code != ExitOK {
		t.Fatalf("framewise: code %d, %q", code, out)
	}
	for _, name := range []string{"serve", "origin", "get", "inspect"} {
		if !strings.Contains(out, "\n  "+name+" ") {
			t.Errorf("the help doesn't name %s:\n%s", name, out)
		}
		code, own, _ := run(t, name, "--help")
		if code != ExitOK || !strings.Contains(own, "Examples:") || !strings.Contains(own, "Flags:") {
			t.Errorf("the help of %s: code %d, %q", name, code, own)
		}
	}
}
