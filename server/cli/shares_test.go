package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"framewise/server/share"
)

const aRecord = `{"k":"h2trace","version":1,"title":"a record"}` + "\n"

// askPage sends a request as a page of the server would.
func askPage(t *testing.T, method, addr, path, body string, fields ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "http://"+addr)
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	c := http.Client{Timeout: bound, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(req)
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

func TestServeShares(t *testing.T) {
	dir := t.TempDir()
	backup := filepath.Join(dir, "backup.db")
	args := []string{"serve", "--listen", "127.0.0.1:0", "--site", siteDir(t), "--data", filepath.Join(dir, "data"), "--backup", backup, "--backup-every", "10ms"}
	d := start(t, args...)
	code, body := askPage(t, "POST", d.addr, share.Path, aRecord)
	var got share.Shared
	if err := json.Unmarshal([]byte(body), &got); err != nil || code != 201 {
		t.Fatalf("POST: %d %s", code, body)
	}
	if code, body := askPage(t, "GET", d.addr, share.Path+"/"+got.ID, ""); code != 200 || body != aRecord {
		t.Errorf("GET: %d %q", code, body)
	}
	if code, _ := askPage(t, "POST", d.addr, share.Path, aRecord, "Origin", "http://elsewhere"); code != 403 {
		t.Errorf("POST by another page: %d", code)
	}
	if code, body := askPage(t, "GET", d.addr, "/metrics", ""); code != 200 || !strings.Contains(body, "framewise_share_stored 1\n") || !strings.Contains(body, "framewise_relay_open 0\n") {
		t.Errorf("/metrics: %d %s", code, body)
	}
	if code, _ := askPage(t, "GET", d.addr, "/metrics", "", "X-Forwarded-For", "192.0.2.1"); code != 403 {
		t.Errorf("/metrics through a proxy: %d", code)
	}
	for deadline := time.Now().Add(bound); ; time.Sleep(2 * time.Millisecond) {
		b, err := os.ReadFile(backup)
		if err == nil && bytes.Contains(b, []byte("bodies")) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no backup came: %v", err)
		}
	}
	d.stop()
	again := start(t, args...)
	if code, body := askPage(t, "GET", again.addr, share.Path+"/"+got.ID, ""); code != 200 || body != aRecord {
		t.Errorf("after a restart: %d %q", code, body)
	}
	if code, _ := askPage(t, "DELETE", again.addr, share.Path+"/"+got.ID, "", "Authorization", "Bearer "+got.Token); code != 204 {
		t.Errorf("DELETE: %d", code)
	}
}

func TestServeWithoutDataSharesNothing(t *testing.T) {
	d := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t))
	if code, body := askPage(t, "POST", d.addr, share.Path, aRecord); code != 501 || !strings.Contains(body, "--data") {
		t.Errorf("POST: %d %s", code, body)
	}
	if code, out, errOut := run(t, "serve", "--backup", "x", "--site", siteDir(t)); code != ExitUsage || !strings.Contains(errOut, "--data") {
		t.Errorf("%d %s %s", code, out, errOut)
	}
}
