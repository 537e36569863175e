package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		passed bool
		out    string
		want   verdict
	}{
		{true, "ok  \tframewise/core/conn\t0.5s\n", verdict{survived, ""}},
		{false, "--- FAIL: TestRules (0.00s)\n    --- FAIL: TestRules/5.1_idle (0.00s)\n        x\nFAIL\n", verdict{caught, "TestRules/5.1_idle"}},
		{false, "--- FAIL: TestGolden (0.00s)\npanic: runtime error\n", verdict{caught, "TestGolden (panic)"}},
		{false, "panic: test timed out after 1m0s\n\trunning tests:\n", verdict{caught, "(the tests hang)"}},
		{false, "# framewise/core/conn\nx.go:1:1: bad\nFAIL\tframewise/core/conn [build failed]\n", verdict{invalid, "it does not compile"}},
		{false, "go: no such tool\n", verdict{invalid, "the tests failed, and none by name"}},
	} {
		if got := judge(c.passed, c.out); got != c.want {
			t.Errorf("%q: %v, want %v", c.out, got, c.want)
		}
	}
}

// TestOverlay: the mutated file is the source with one place changed, and a text
// that is not there exactly once is refused.
func TestOverlay(t *testing.T) {
	root := t.TempDir()
	src := filepath.Join(root, "core", "conn", "a.go")
	if err := os.MkdirAll(filepath.Dir(src), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(src, []byte("a := 1\nb := 2\nc := 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	try := func(old string) (string, error) {
		dir := filepath.Join(t.TempDir(), "0")
		tr := &trial{m: &mutation{"a.go", "", old, "X"}, root: root, dir: dir}
		overlay, err := tr.overlay()
		if err != nil {
			return "", err
		}
		b, err := os.ReadFile(overlay)
		if err != nil {
			return "", err
		}
		var list struct{ Replace map[string]string }
		if err := json.Unmarshal(b, &list); err != nil {
			return "", err
		}
		b, err = os.ReadFile(list.Replace[src])
		return string(b), err
	}
	if got, err := try("b := 2"); err != nil || got != "a := 1\nX\nc := 1\n" {
		t.Errorf("%q, %v", got, err)
	}
	for old, times := range map[string]string{":= 1": "2 times", "d": "0 times"} {
		if _, err := try(old); err == nil || !strings.Contains(err.Error(), times) {
			t.Errorf("%q: %v, want …%s…", old, err, times)
		}
	}
}

// TestList: there are enough, each is said once and changes something.
func TestList(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range mutations {
		if key := m.file + ": " + m.what; seen[key] {
			t.Errorf("twice: %s", key)
		} else {
			seen[key] = true
		}
		if m.old == m.new || m.old == "" || m.what == "" {
			t.Errorf("%s: %s changes nothing, or has no words", m.file, m.what)
		}
	}
	if len(mutations) < 60 {
		t.Errorf("%d mutations, 60 are the least", len(mutations))
	}
}

// TestMutationsStand: the code moves on, and a mutation whose text is gone would
// break nothing.
func TestMutationsStand(t *testing.T) {
	for _, m := range mutations {
		src, err := os.ReadFile(filepath.Join("..", m.file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(src), m.old); n != 1 {
			t.Errorf("%s, %q: the old text is in the file %d times, it must be there once: %q", m.file, m.what, n, m.old)
		}
	}
}
