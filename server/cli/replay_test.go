package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"framewise/transport/testcert"
)

func TestReplay(t *testing.T) {
	dir, changed := t.TempDir(), t.TempDir()
	for at, last := range map[string]string{dir: "9", changed: "X"} {
		big := strings.Repeat("0123456789", 300_000)
		if err := errors.Join(os.WriteFile(filepath.Join(at, "a.txt"), []byte("first"), 0o600),
			os.WriteFile(filepath.Join(at, "big"), []byte(big[:len(big)-1]+last), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	ca := testcert.New(t)
	cert, key, caFile := ca.Files(t, ca.Server(t, time.Time{}, "127.0.0.1"))
	for _, secure := range []bool{false, true} {
		args := []string{"origin", "--listen", "127.0.0.1:0", "--dir", dir}
		scheme := "http"
		if secure {
			scheme, args = "https", append(args, "--cert", cert, "--key", key)
		}
		o := start(t, args...)
		at := scheme + "://" + o.addr
		file := filepath.Join(t.TempDir(), "talk.h2trace")
		body := filepath.Join(t.TempDir(), "body")
		if err := os.WriteFile(body, bytes.Repeat([]byte("upload "), 100_000), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errOut := run(t, "get", "--ca", caFile, "-o", file, at+"/a.txt", at+"/big", at+"/none"); code != 0 {
			t.Fatal(errOut)
		}
		up := filepath.Join(t.TempDir(), "up.h2trace")
		if code, _, errOut := run(t, "get", "--ca", caFile, "-o", up, "-d", "@"+body, at+"/up"); code != 0 {
			t.Fatal(errOut)
		}
		again := filepath.Join(t.TempDir(), "again.h2trace")
		code, out, errOut := run(t, "replay", file, "--to", o.addr, "--ca", caFile, "-o", again)
		if code != 0 || !strings.Contains(out, "reproduced") || !strings.Contains(out, "3 streams") {
			t.Fatalf("%d %s %s", code, out, errOut)
		}
		if code, out, errOut := run(t, "inspect", again); code != 0 || strings.Count(out, "HEADERS") != 6 {
			t.Errorf("what is kept of it: %d %s %s", code, out, errOut)
		}
		if code, out, errOut := run(t, "replay", up, "--to", o.addr, "--ca", caFile); code != 0 || !strings.Contains(out, "reproduced") {
			t.Errorf("an upload: %d %s %s", code, out, errOut)
		}
		other := start(t, append(args, "--dir", changed)...) // the last --dir counts
		var v struct {
			Same       bool
			Difference struct {
				Stream uint32
				Text   string
			}
		}
		code, out, _ = run(t, "replay", file, "--to", other.addr, "--ca", caFile, "--json", "--ignore", "date", "--ignore", "last-modified", "--ignore", "etag")
		if err := json.Unmarshal([]byte(out), &v); err != nil || code != ExitFailed || v.Same || v.Difference.Stream != 3 || !strings.Contains(v.Difference.Text, "other octets") {
			t.Errorf("another content: %d %s", code, out)
		}
	}
}

func TestReplayStops(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir)
	file := filepath.Join(dir, "talk.h2trace")
	if code, _, errOut := run(t, "get", "-o", file, "http://"+o.addr+"/a.txt"); code != 0 {
		t.Fatal(errOut)
	}
	ln := silent(t)
	code, out, _ := run(t, "replay", file, "--to", ln, "--timeout", "50ms")
	if code != ExitFailed || !strings.Contains(out, "stopped: the server does not say") || !strings.Contains(out, "the server did not say this") {
		t.Errorf("a silent server: %d %s", code, out)
	}
	late := filepath.Join(dir, "late.h2trace")
	if err := os.WriteFile(late, []byte(`{"k":"h2trace","version":1}`+"\n"+`{"k":"conn","id":1}`+"\n"+`{"k":"chunk","conn":1,"dir":"c2s","octets":"AAAABAEAAAAA"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		code int
		says string
		args []string
	}{
		{ExitUsage, "--to", []string{"replay", file}},
		{ExitUsage, "--tls", []string{"replay", file, "--to", ln, "--tls", "maybe"}},
		{ExitUsage, "--timeout", []string{"replay", file, "--to", ln, "--timeout", "-1s"}},
		{ExitFailed, "preface", []string{"replay", late, "--to", ln}},
		{ExitFailed, "connection", []string{"replay", file, "--to", ln, "--connection", "7"}},
		{ExitFailed, "refused", []string{"replay", file, "--to", "127.0.0.1:1"}},
	} {
		if code, _, errOut := run(t, tt.args...); code != tt.code || !strings.Contains(errOut, tt.says) {
			t.Errorf("%v: %d %s", tt.args[1:], code, errOut)
		}
	}
}

// silent is the address of a server that takes everything and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				io.Copy(io.Discard, c)
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		all.Wait()
	})
	return ln.Addr().String()
}
