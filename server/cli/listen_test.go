package cli

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"framewise/server/origin"
	"framewise/transport/ws"
)

// TestCurlCallsThroughTheRelay: a server that has no socket of its own, as one in
// a tab has none, is reached by curl at a native port.
func TestCurlCallsThroughTheRelay(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal("curl is missing: ./build.sh deps installs it")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.txt"), []byte("from behind the relay"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := start(t, "serve", "--listen", "127.0.0.1:0", "--site", siteDir(t))
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	page := ws.Dialer{Relay: "ws://" + d.addr + "/relay", Origin: "http://" + d.addr}
	ln, err := page.Listen(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := origin.New(origin.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(serving, ln, bound) }()
	b, err := exec.CommandContext(ctx, curl, "-sS", "--http2-prior-knowledge", "-w", " %{http_version}", "http://"+ln.Addr().String()+"/page.txt").CombinedOutput()
	if err != nil || string(b) != "from behind the relay 2" {
		t.Errorf("curl: %v %s", err, b)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
