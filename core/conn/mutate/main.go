// Command mutate breaks core/conn on purpose, one small edit at a time, and
// shows which test notices.
//
//	go run ./core/conn/mutate [-parallel 2] [-only words] [-v]
//
// It runs the tests of core/conn once for each mutation of its list, with the
// edit laid over the source (go test -overlay): nothing in the tree is changed.
// It prints a line for each mutation and a line of figures, and exits with 1 if
// the tests fail without a mutation, if one survives, or if one no longer
// applies because the code has moved: then list.go must follow.
//
// It must be run in the module's root or below.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// pkg is the package that is mutated and whose tests must notice.
const pkg = "./core/conn"

func main() {
	parallel := flag.Int("parallel", 2, "how many `runs` of the tests at a time")
	only := flag.String("only", "", "only mutations whose file or `words` have this in them")
	verbose := flag.Bool("v", false, "print what the tests said")
	flag.Parse()
	ok, err := run(os.Stdout, *parallel, *only, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run tries the mutations and says whether all were caught.
func run(w io.Writer, parallel int, only string, verbose bool) (ok bool, err error) {
	root, err := moduleRoot()
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "framewise-mutate-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	first := &trial{root: root}
	first.start("")
	if v := first.wait(); v.kind != survived {
		return false, fmt.Errorf("the tests fail without any mutation (%s):\n%s", v.by, first.out.String())
	}
	var trials []*trial
	for i := range mutations {
		m := &mutations[i]
		if only == "" || strings.Contains(m.file+" "+m.what, only) {
			trials = append(trials, &trial{m: m, root: root, dir: filepath.Join(dir, fmt.Sprint(i))})
		}
	}
	var count [kinds]int
	// Runs end in the order in which they began, more or less: to wait for the
	// oldest keeps all places busy, without anything that runs beside this loop.
	for i, t := range trials {
		for k := i; k < len(trials) && k < i+parallel; k++ {
			trials[k].prepare()
		}
		v := t.wait()
		count[v.kind]++
		fmt.Fprintf(w, "%-9s %s: %s%s\n", v.kind, t.m.file, t.m.what, v.tail())
		if verbose || v.kind == invalid {
			fmt.Fprintln(w, t.out.String())
		}
	}
	fmt.Fprintf(w, "mutations of %s: %d, caught %d, survived %d, not applicable %d\n",
		pkg, len(trials), count[caught], count[survived], count[moved]+count[invalid])
	return len(trials) > 0 && count[caught] == len(trials), nil
}

// moduleRoot is the folder of go.mod.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("this is no module: run it within the repository")
	}
	return filepath.Dir(mod), nil
}

// kind is what became of a mutation.
type kind int

const (
	caught   kind = iota
	survived      // the tests passed
	moved         // the old text is not there exactly once
	invalid       // it does not compile

	kinds
)

func (k kind) String() string { return [...]string{"caught", "SURVIVED", "MOVED", "INVALID"}[k] }

type verdict struct {
	kind kind
	by   string // the test that caught it, or why it does not apply
}

func (v verdict) tail() string {
	if v.by == "" {
		return ""
	}
	return " — " + v.by
}

// trial is one run of the tests.
type trial struct {
	m      *mutation // nil: none
	root   string
	dir    string
	cmd    *exec.Cmd
	out    bytes.Buffer
	failed error
	begun  bool
}

// prepare writes the mutated file and starts the tests, once.
func (t *trial) prepare() {
	if t.begun {
		return
	}
	t.begun = true
	overlay, err := t.overlay()
	if err != nil {
		t.failed = err
		return
	}
	t.start(overlay)
}

// overlay writes the mutated file and the JSON that lays it over the source.
func (t *trial) overlay() (string, error) {
	path := filepath.Join(t.root, filepath.FromSlash(pkg), t.m.file)
	src, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := bytes.Count(src, []byte(t.m.old)); n != 1 {
		return "", fmt.Errorf("the old text is in the file %d times, it must be there once: %q", n, t.m.old)
	}
	if err := os.Mkdir(t.dir, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(t.dir, t.m.file)
	if err := os.WriteFile(file, bytes.Replace(src, []byte(t.m.old), []byte(t.m.new), 1), 0o644); err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(t.dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o644)
}

func (t *trial) start(overlay string) {
	args := []string{"test", "-vet=off", "-count=1", "-failfast", "-timeout=60s"}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	t.cmd = exec.Command("go", append(args, pkg)...)
	t.cmd.Dir = t.root
	t.cmd.Stdout, t.cmd.Stderr = &t.out, &t.out
	t.failed = t.cmd.Start()
}

var failLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// wait says what came of the run.
func (t *trial) wait() verdict {
	if t.failed != nil {
		return verdict{moved, t.failed.Error()}
	}
	err := t.cmd.Wait()
	return judge(err == nil, t.out.String())
}

// judge says what go test made of a mutation: passed is its exit status, out
// what it printed.
func judge(passed bool, out string) verdict {
	switch {
	case passed:
		return verdict{survived, ""}
	case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
		return verdict{invalid, "it does not compile"}
	}
	// A subtest's name is longer than its parent's, and says more.
	name := ""
	for _, m := range failLine.FindAllStringSubmatch(out, -1) {
		if len(m[1]) > len(name) {
			name = m[1]
		}
	}
	switch {
	case strings.Contains(out, "panic: test timed out"):
		return verdict{caught, strings.TrimSpace(name + " (the tests hang)")}
	case strings.HasPrefix(out, "panic: ") || strings.Contains(out, "\npanic: "):
		return verdict{caught, strings.TrimSpace(name + " (panic)")}
	case name == "":
		return verdict{invalid, "the tests failed, and none by name"}
	}
	return verdict{caught, name}
}
