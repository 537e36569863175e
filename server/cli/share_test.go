package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/trace"
)

// secretTrace is a trace of a real exchange with secrets in it.
func secretTrace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txt"), []byte("content-is-SECRET1"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := start(t, "origin", "--listen", "127.0.0.1:0", "--dir", dir, "--header", "set-cookie: SECRET2")
	file := filepath.Join(dir, "talk.h2trace")
	code, _, errOut := run(t, "get", "-o", file, "-H", "authorization: Bearer SECRET3", "-H", "x-SECRET4: a", "http://"+o.addr+"/page.txt?q=SECRET5")
	if code != 0 {
		t.Fatal(errOut)
	}
	return file
}

func TestShareRoundTrip(t *testing.T) {
	file := secretTrace(t)
	store := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t), "--data", t.TempDir())
	at := "http://" + store.addr
	sent := filepath.Join(t.TempDir(), "sent.h2trace")
	code, out, errOut := run(t, "share", file, "--store", at, "--json", "--title", "My title", "-o", sent)
	var got struct{ Link, ID, Token, Expires string }
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || got.Link != at+"/#share="+got.ID {
		t.Fatalf("%d %s %s", code, out, errOut)
	}
	for _, want := range []string{"Taken out:", "authorization 1", "set-cookie 1", "queries: 1", "Kept:", ":status 1"} {
		if !strings.Contains(errOut, want) {
			t.Errorf("the report lacks %q:\n%s", want, errOut)
		}
	}
	status, body := askPage(t, "GET", store.addr, "/api/shares/"+got.ID, "")
	if status != 200 || body != string(read(t, sent)) || !strings.Contains(body, `"title":"My title"`) {
		t.Errorf("the store has %d %.300s", status, body)
	}
	before, after := inspected(t, file), inspected(t, sent)
	if strings.Count(before, "SECRET") < 5 {
		t.Fatalf("the trace has not the secrets: %s", before)
	}
	if strings.Contains(strings.ToUpper(after), "SECRET") {
		t.Errorf("secrets are left: %s", after)
	}
	if a, b := strings.Count(before, "\"type\""), strings.Count(after, "\"type\""); a != b {
		t.Errorf("%d frames became %d", a, b)
	}
	other := got.ID // an identifier is no token
	if code, _, errOut := run(t, "share", "--delete", got.Link, "--token", other); code != ExitFailed || !strings.Contains(errOut, "token") {
		t.Errorf("with another token: %d %s", code, errOut)
	}
	if code, out, errOut := run(t, "share", "--delete", got.Link, "--token", got.Token); code != 0 || out != "deleted\n" {
		t.Errorf("delete: %d %s %s", code, out, errOut)
	}
	if code, _, errOut := run(t, "share", "--store", at, "--delete", got.ID, "--token", got.Token); code != ExitFailed || !strings.Contains(errOut, "(deleted)") {
		t.Errorf("delete again: %d %s", code, errOut)
	}
}

// inspected is all that inspect says of a trace, contents decoded.
func inspected(t *testing.T, file string) string {
	t.Helper()
	code, out, errOut := run(t, "inspect", "--json", file)
	if code != 0 {
		t.Fatal(errOut)
	}
	_, verbose, _ := run(t, "inspect", "-v", file)
	return out + verbose + string(read(t, file)) + octetsIn(t, file)
}

func TestShareDryRun(t *testing.T) {
	file := secretTrace(t)
	code, out, errOut := run(t, "share", file, "--dry-run", "--keep", "set-cookie")
	if code != 0 || !strings.Contains(out, "Nothing was sent") || !strings.Contains(out, "set-cookie 1") {
		t.Errorf("%d %s %s", code, out, errOut)
	}
	if gone, kept, _ := strings.Cut(out, "Kept:"); strings.Contains(gone, "set-cookie") || !strings.Contains(kept, "set-cookie") {
		t.Errorf("--keep: %s", out)
	}
	code, out, _ = run(t, "share", file, "--dry-run", "--no-redact")
	if code != 0 || !strings.Contains(out, "Everything stays") {
		t.Errorf("%d %s", code, out)
	}
	code, out, _ = run(t, "share", file, "--dry-run", "--json")
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 || v["gone"] == nil {
		t.Errorf("%d %s", code, out)
	}
}

func TestShareFailures(t *testing.T) {
	file := secretTrace(t)
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("no trace"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t))
	for _, tt := range []struct {
		code int
		says string
		args []string
	}{
		{ExitUsage, "one file", []string{"share"}},
		{ExitUsage, "http://HOST", []string{"share", file, "--store", "here"}},
		{ExitUsage, "--token", []string{"share", "--delete", "x"}},
		{ExitUsage, "no link", []string{"share", "--delete", "x", "--token", "y"}},
		{ExitUsage, "--keep", []string{"share", file, "--no-redact", "--keep", "a"}},
		{ExitFailed, "no trace", []string{"share", broken}},
		{ExitFailed, "there is no file", []string{"share", file + "x"}},
		{ExitFailed, "framewise serve --data", []string{"share", file, "--store", "http://127.0.0.1:1"}},
		{ExitFailed, "no-store", []string{"share", file, "--store", "http://" + d.addr}},
	} {
		if code, _, errOut := run(t, tt.args...); code != tt.code || !strings.Contains(errOut, tt.says) {
			t.Errorf("%v: %d %s", tt.args[1:], code, errOut)
		}
	}
}

// octetsIn is all octets of a trace, as they are.
func octetsIn(t *testing.T, file string) string {
	t.Helper()
	entries, err := trace.Read(bytes.NewReader(read(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		if c, ok := e.(*trace.Chunk); ok {
			all.Write(c.Octets)
		}
	}
	return all.String()
}
