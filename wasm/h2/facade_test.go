//go:build !js

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRuntime runs the tests of web/runtime under Node, on both builds of the
// engine as they are now.
func TestRuntime(t *testing.T) {
	tests, err := filepath.Glob(filepath.Join("..", "..", "web", "runtime", "*_test.mjs"))
	if err != nil || len(tests) == 0 {
		t.Fatal("there are no tests in web/runtime", err)
	}
	node := exec.Command("node", append([]string{"--test", "--test-reporter=tap"}, tests...)...)
	node.Env = runtimeEnv(t)
	said, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if !strings.Contains(string(said), "# fail 0") || strings.Contains(string(said), "# pass 0") {
		t.Fatalf("no test ran:\n%s", said)
	}
}

// runtimeEnv builds what web/runtime/node.mjs needs and says where it lies.
func runtimeEnv(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	build := func(name string, flags ...string) string {
		target := filepath.Join(dir, name)
		args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", target}, flags...)
		cmd := exec.Command("go", append(args, "framewise/wasm/h2")...)
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return target
	}
	bundle := filepath.Join(dir, "runtime.mjs")
	if said, err := exec.Command("go", "run", "framewise/web/build", "runtime", bundle).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	wasmExec := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js")
	return append(os.Environ(), "RUNTIME="+bundle, "WASM_EXEC="+wasmExec, "H2_WASM="+build("h2.wasm"), "H2TLS_WASM="+build("h2tls.wasm", "-tags=h2tls"))
}
