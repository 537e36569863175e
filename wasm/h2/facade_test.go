//go:build !js

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFacade runs the tests of web/http2 under Node, on h2.wasm as it is now.
func TestFacade(t *testing.T) {
	wasm := filepath.Join(t.TempDir(), "h2.wasm")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", wasm, "framewise/wasm/h2")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "--test", "--test-reporter=tap", filepath.Join("..", "..", "web", "http2", "http2_test.mjs"))
	node.Env = append(os.Environ(), "H2_WASM="+wasm,
		"WASM_EXEC="+filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"))
	said, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if !strings.Contains(string(said), "# fail 0") || strings.Contains(string(said), "# pass 0") {
		t.Fatalf("no test ran:\n%s", said)
	}
}
