// Package wasmtest is for the tests of the programs for Web Workers: it builds one
// and runs its Worker's script under Node, as a browser would run it.
package wasmtest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bound is how long a Worker may run.
const bound = 2 * time.Minute

// Build builds the program in the test's folder for the browser and gives its
// file's name. flags are what web/build tells go build beside.
func Build(t testing.TB, flags ...string) string {
	t.Helper()
	return BuildIn(t, ".", flags...)
}

// BuildIn is Build for the program in a folder.
func BuildIn(t testing.TB, folder string, flags ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.wasm")
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", file}, flags...)
	cmd := exec.Command("go", append(args, folder)...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the program does not build: %v\n%s", err, said)
	}
	return file
}

// Drive runs testdata/drive.mjs with the Worker's script, the program, the
// toolchain's wasm_exec.js and args, and gives what it writes.
func Drive(t testing.TB, script, program string, args ...string) []byte {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not there; this test runs the Worker under it: install Node.js 20 or later (Debian: apt-get install nodejs)")
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	wasmExec := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js")
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{"testdata/drive.mjs", script, program, wasmExec}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	return out
}
