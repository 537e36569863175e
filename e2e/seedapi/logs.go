package seedapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Results are how tests ended, by name.
type Results map[string]Result

// Result is how a test ended: the worst of its runs.
type Result int

// The results, best first.
const (
	Passed Result = iota + 1
	Skipped
	Failed
)

func (r Result) String() string {
	return [...]string{"did not run", "passed", "was skipped", "failed"}[r]
}

var (
	goLine   = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+) \(`)
	specLine = regexp.MustCompile(`^\s*([✔✖﹣▶]) (.*?)(?: \([\d.]+ms\))?( # .*)?$`)
	tapLine  = regexp.MustCompile(`^\s*(not )?ok \d+ - (.*?)( # (?:SKIP|TODO|skip|todo).*)?$`)
)

// Add reads a log of `go test -v`, or of `node --test` in its spec or TAP form.
func (r Results) Add(log string) {
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		if m := goLine.FindStringSubmatch(line); m != nil {
			r.note(m[2], map[string]Result{"PASS": Passed, "SKIP": Skipped, "FAIL": Failed}[m[1]])
		} else if m := specLine.FindStringSubmatch(line); m != nil {
			result := Passed
			switch {
			case m[1] == "✖":
				result = Failed
			case m[1] == "▶":
				continue // a suite: its line comes once more, with how it ended
			case m[1] == "﹣" || m[3] != "":
				result = Skipped
			}
			r.note(m[2], result)
		} else if m := tapLine.FindStringSubmatch(line); m != nil {
			result := Passed
			switch {
			case m[1] != "":
				result = Failed
			case m[3] != "":
				result = Skipped
			}
			r.note(m[2], result)
		}
	}
}

// note keeps the worst result, but for a skip, which another run makes good.
func (r Results) note(name string, result Result) {
	switch old := r[name]; {
	case old == 0 || result == Failed:
		r[name] = result
	case old == Skipped && result == Passed:
		r[name] = Passed
	}
}

// NotRun are the tests that rows name and that the logs don't say have passed.
func NotRun(rows []Row, results Results) (lines []string) {
	for i := range rows {
		r := &rows[i]
		for _, name := range slices.Concat(r.GoTests, r.JSTests) {
			if got := results[name]; got != Passed {
				lines = append(lines, fmt.Sprintf("docs/seed-api.md:%d: the test %q of %s %v", r.Line, name, r.Name(), got))
			}
		}
	}
	return lines
}
