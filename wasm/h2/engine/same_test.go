package engine

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/trace"
)

// TestSameInWASM runs the page's example twice on h2.wasm under Node and then
// replays its batches of commands on the engine natively: all three records
// must be the same octets.
func TestSameInWASM(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join("..", "..", "..")
	wasm := filepath.Join(dir, "h2.wasm")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", wasm, "framewise/wasm/h2")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	command(t, build)
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	wasmExec := filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js")
	bundle := filepath.Join(dir, "runtime.mjs")
	command(t, exec.Command("go", "run", "framewise/web/build", "runtime", bundle))
	node := exec.Command("node", filepath.Join(root, "web", "runtime", "record.mjs"),
		filepath.Join(root, "web", "examples", "own", "hello.js"), dir, "5000000")
	node.Env = append(os.Environ(), "RUNTIME="+bundle, "WASM_EXEC="+wasmExec, "H2_WASM="+wasm)
	command(t, node)

	first := read(t, filepath.Join(dir, "first.h2trace"))
	if !bytes.Equal(first, read(t, filepath.Join(dir, "second.h2trace"))) {
		t.Error("two runs in one instance gave different records")
	}
	e := New()
	var native []byte
	for b := read(t, filepath.Join(dir, "first.batches")); len(b) > 0; {
		n := binary.LittleEndian.Uint32(b)
		run := e.Run
		if n>>31 == 1 { // the host asked for answers only
			run, n = e.Call, n&^(1<<31)
		}
		run(b[4 : 4+n])
		native = append(native, e.TakeTrace()...)
		b = b[4+n:]
	}
	if !bytes.Equal(first, native) {
		t.Errorf("native code gave another record than WASM:\n%s", firstDifference(native, first))
	}
	if chunks := countChunks(t, native); chunks < 10 {
		t.Errorf("the example has %d chunks of octets, too few to say anything", chunks)
	}
}

func command(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, said)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func firstDifference(a, b []byte) string {
	la, lb := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(la), len(lb)) {
		if !bytes.Equal(la[i], lb[i]) {
			return "native: " + string(la[i]) + "\nWASM:   " + string(lb[i])
		}
	}
	return "one is longer"
}

func countChunks(t *testing.T, record []byte) (n int) {
	t.Helper()
	entries, err := trace.Read(bytes.NewReader(record))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := e.(*trace.Chunk); ok {
			n++
		}
	}
	return n
}
