//go:build !js

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// differential is how many behaviours must at least be held against Node's own
// http2.
const differential = 60

// TestNode builds the package http2 for Node and runs the tests of
// web/http2/test on it: among them the differential ones, which run on Node's
// own http2 as well.
func TestNode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "http2")
	if said, err := exec.Command("go", "run", "framewise/web/build", "npm", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "web", "http2", "test", "*_test.mjs"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in web/http2/test: %v", err)
	}
	compared := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			node := exec.Command("node", "--test", "--test-reporter=tap", file)
			node.Env = append(os.Environ(), "HTTP2_PACKAGE="+dir)
			said, err := node.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			passed := count(said, `(?m)^# pass (\d+)`)
			if passed == 0 || count(said, `(?m)^# fail (\d+)`) != 0 {
				t.Fatalf("no test ran, or one failed:\n%s", said)
			}
			t.Logf("\n%s", said) // docs/seed-api.md names these tests: its check wants to see that they ran
			if text, err := os.ReadFile(file); err == nil && regexp.MustCompile(`(?m)^import .*behaviour.* from './differ.mjs'`).Match(text) {
				compared += passed
			}
		})
	}
	if !t.Failed() && compared < differential {
		t.Errorf("%d behaviours were compared with Node's, it should be %d or more", compared, differential)
	}
}

func count(text []byte, pattern string) int {
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
