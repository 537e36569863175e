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

// plan is a bad network and a step of each kind; the last of them never acts.
const plan = `{"latency": 5000000, "jitter": 2000000, "bandwidth": 100000, "chunk": 40, "steps": [
	{"kind": "stall", "conn": 1, "dir": "c2s", "frame": 1, "for": 3000000},
	{"kind": "inject", "conn": 1, "dir": "s2c", "frame": 0, "octets": [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]},
	{"kind": "inject", "conn": 1, "dir": "c2s", "frame": 1, "heard": true, "octets": [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]},
	{"kind": "corrupt", "conn": 1, "dir": "s2c", "frame": 3, "offset": 30},
	{"kind": "drop", "conn": 1, "dir": "s2c", "frame": 4},
	{"kind": "half-close", "conn": 1, "dir": "c2s", "frame": 6, "offset": 2},
	{"kind": "cut", "conn": 2, "dir": "c2s", "frame": -1}]}`

// TestSameInWASM runs the page's example twice on h2.wasm under Node and then
// replays its batches of commands on the engine natively: all three records
// must be the same octets, on a good network and on a bad one.
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
	for name, network := range map[string]string{"good": `{"latency": 5000000}`, "bad": plan} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			node := exec.Command("node", filepath.Join(root, "web", "runtime", "record.mjs"),
				filepath.Join(root, "web", "examples", "own", "hello.js"), dir, network)
			node.Env = append(os.Environ(), "RUNTIME="+bundle, "WASM_EXEC="+wasmExec, "H2_WASM="+wasm)
			command(t, node)
			native := replayed(t, dir)
			if faults := bytes.Count(native, []byte(`{"k":"fault"`)); name == "bad" && faults < 4 {
				t.Errorf("%d steps have acted:\n%s", faults, native)
			}
			if heard := bytes.Contains(native, []byte("which has received frame 2 of the server")); heard != (name == "bad") {
				t.Error("nothing was put in when a frame had come")
			}
			if missed := bytes.Contains(native, []byte("connection 2 does not exist")); missed != (name == "bad") {
				t.Error("the record does not say what never acted")
			}
		})
	}
}

// replayed holds the records of a folder and the replay of their batches equal,
// and returns them.
func replayed(t *testing.T, dir string) []byte {
	t.Helper()
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
	return native
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
