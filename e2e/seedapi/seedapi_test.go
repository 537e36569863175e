package seedapi

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func rows(t *testing.T) []Row {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs/seed-api.md"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseRows(string(text))
	if err != nil {
		t.Fatal("docs/seed-api.md:", err)
	}
	return list
}

// seed reads the seed, which lies beside the checkout.
func seed(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FRAMEWISE_SHARED")
	if dir == "" {
		dir = filepath.Join(root, "../shared")
	}
	path := filepath.Join(dir, "seed/http2-api.md")
	text, err := os.ReadFile(path)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no seed: %v: set FRAMEWISE_SHARED to the shared folder", err)
		}
		t.Skipf("no seed in %s (FRAMEWISE_SHARED names the shared folder)", path)
	}
	return string(text)
}

func report(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		t.Error(line)
	}
}

// Every heading and item of the seed has a row, in the seed's order.
func TestEveryHeadingHasARow(t *testing.T) {
	list := ParseSeed(seed(t))
	if len(list) < 90 {
		t.Fatalf("the seed has %d headings: it was not read right", len(list))
	}
	report(t, Missing(list, rows(t)))
}

// Every example of the seed has a row that says what stands around it.
func TestEveryExampleHasARow(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/seed-api.md"))
	if err != nil {
		t.Fatal(err)
	}
	list := ParseExamples(string(text))
	if len(list) < 30 {
		t.Fatalf("the document has %d examples: it was not read right", len(list))
	}
	for _, e := range list {
		if _, err := os.Stat(filepath.Join(root, "web/examples", e.File)); err != nil {
			t.Error(err)
		}
	}
	report(t, MissingExamples(ParseSeed(seed(t)), list))
}

func TestRowsInGo(t *testing.T) {
	tests, err := GoTests(root, GoFolders...)
	if err != nil {
		t.Fatal(err)
	}
	report(t, Unnamed(rows(t), "Go", tests))
}

func TestRowsInJavaScript(t *testing.T) {
	list := rows(t)
	if !slices.ContainsFunc(list, func(r Row) bool { return r.JS != "" || len(r.JSTests) > 0 }) {
		t.Skip("no row says what it is in JavaScript yet")
	}
	tests, err := JSTitles(root, JSFolders...)
	if err != nil {
		t.Fatal(err)
	}
	report(t, Unnamed(list, "JavaScript", tests))
}

// The checks find what is wrong.
func TestTheChecksFail(t *testing.T) {
	const head = "| Seed | Go | JavaScript | Go test | JavaScript test |\n| --- | --- | --- | --- | --- |\n"
	list := ParseSeed("# A\n```\n# no heading\n```\n* `x` {number}\n* Returns {y}\n## B\n`http2.constants.C`\n## D\n")
	parse := func(text string) []Row {
		t.Helper()
		r, err := ParseRows(head + text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole := "| **A** | g | j | `TestA` | `a b` |\n| `x` | g | j | `TestA/s` | `c\\|d` |\n| **B** | g | j | `TestA` | `a b` |\n| `C` | g | j | `TestA` | `a b` |\n| **D** | g | j | `TestA` `TestB` | `a b` |\n"
	all := parse(whole)
	if lines := Missing(list, all); len(lines) > 0 {
		t.Error(lines)
	}
	for _, c := range []struct{ cut, says string }{
		{"| **B** | g | j | `TestA` | `a b` |\n| `C` | g | j | `TestA` | `a b` |\n", `heading "B" has no row`},
		{"| `x` | g | j | `TestA/s` | `c\\|d` |\n", `"x" of the seed's heading "A" has no row`},
		{"| **D** | g | j | `TestA` `TestB` | `a b` |\n", `heading "D" has no row`},
	} {
		if lines := Missing(list, parse(strings.Replace(whole, c.cut, "", 1))); len(lines) != 1 || !strings.Contains(lines[0], c.says) {
			t.Errorf("without %q: %v", c.cut, lines)
		}
	}
	if lines := Missing(list, parse(whole+"| **E** | g | j | `TestA` | `a b` |\n| `z` | g | j | `TestA` | `a b` |\n")); len(lines) != 1 {
		t.Error("a row too many:", lines)
	}
	for _, bad := range []string{"| A | g | j | t | t |\n", "| **A** | g | j |\n"} {
		if _, err := ParseRows(head + bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	table := "| Example | Heading | Around it |\n| --- | --- | --- |\n| `1.js` | A | x |\n"
	if lines := MissingExamples(list, ParseExamples(table)); len(lines) > 0 {
		t.Error(lines)
	}
	for _, bad := range []string{"", table + "| `2.js` | B | x |\n", strings.Replace(table, "| A |", "| B |", 1)} {
		if lines := MissingExamples(list, ParseExamples(bad)); len(lines) != 1 {
			t.Errorf("%q: %v", bad, lines)
		}
	}
	have := map[string]bool{"TestA": true, "TestA/s": true, "TestB": true, "a b": true}
	if lines := Unnamed(all, "Go", have); len(lines) > 0 {
		t.Error(lines)
	}
	if lines := Unnamed(all, "JavaScript", have); len(lines) != 1 || !strings.Contains(lines[0], `"c|d"`) {
		t.Error(lines)
	}
	if lines := Unnamed(parse("| **A** |  | j |  | `a b` |\n"), "Go", have); len(lines) != 2 {
		t.Error(lines)
	}
}

func TestLogs(t *testing.T) {
	r := make(Results)
	r.Add("=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- FAIL: TestA/sub (0.01s)\n    --- SKIP: TestA/other (0.00s)\n")
	r.Add("▶ suite\n  ✔ inner one (1.5ms)\n  ✖ inner two (2ms)\n▶ suite (4ms)\n﹣ left out (0.1ms) # SKIP\nℹ tests 5\n")
	r.Add("TAP version 13\nok 1 - plain\n    not ok 2 - broken\nok 3 - later # SKIP why\n")
	r.Add("--- PASS: TestA/other (0.00s)\n--- PASS: TestA/sub (0.00s)\n")
	want := Results{"TestA": Passed, "TestA/sub": Failed, "TestA/other": Passed, "inner one": Passed, "inner two": Failed, "left out": Skipped,
		"plain": Passed, "broken": Failed, "later": Skipped}
	for name, result := range want {
		if r[name] != result {
			t.Errorf("%s %v; want: it %v", name, r[name], result)
		}
	}
	if len(r) != len(want) {
		t.Error(r)
	}
	rows := []Row{{Heading: "H", GoTests: []string{"TestA", "TestNone"}, JSTests: []string{"later"}}}
	if lines := NotRun(rows, r); len(lines) != 2 || !strings.Contains(lines[0], "did not run") || !strings.Contains(lines[1], "was skipped") {
		t.Error(lines)
	}
}

// The names in the Go cells exist.
func TestGoNames(t *testing.T) {
	n, err := ReadGoNames(root)
	if err != nil {
		t.Fatal(err)
	}
	report(t, n.Unknown(rows(t)))
	wrong := []Row{{Heading: "H", Go: "`Connect, Nothing` and `Session.OnNothing`, `ServerStream.OnAborted`, `StreamState.Weight`, `x Values`"}}
	if lines := n.Unknown(wrong); len(lines) != 2 {
		t.Error(lines)
	}
}
