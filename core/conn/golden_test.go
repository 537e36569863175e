package conn_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"framewise/core/script"
)

var rewrite = flag.Bool("rewrite", false, "write the transcripts of testdata/*.txt anew")

const rulesFile = "testdata/RULES.md"

func goldenFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("testdata has no scripts")
	}
	return files
}

// TestGolden runs each script of testdata and compares its transcript with the
// one that stands in it. With -rewrite the files are written anew: read the
// difference like code.
func TestGolden(t *testing.T) {
	for _, name := range goldenFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := transcript(t, name, string(want), script.Options{})
			if *rewrite {
				if got != string(want) {
					if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				return
			}
			if got != string(want) {
				t.Errorf("the transcript changed (go test ./core/conn -run TestGolden -rewrite writes it anew):\n%s", difference(string(want), got))
			}
		})
	}
}

func transcript(t *testing.T, name, src string, o script.Options) string {
	t.Helper()
	s, err := script.Parse(src)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	out, err := s.Run(o)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out.Text()
}

// TestGoldenChunks delivers each script's octets in pieces: it must not matter
// how a transport cuts them.
func TestGoldenChunks(t *testing.T) {
	for _, name := range goldenFiles(t) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if cutMatters.Match(src) {
			continue
		}
		want := transcript(t, name, string(src), script.Options{})
		for _, n := range []int{1, 10} {
			if got := transcript(t, name, string(src), script.Options{Chunk: n}); got != want {
				t.Errorf("%s in pieces of %d:\n%s", name, n, difference(want, got))
			}
		}
	}
}

// cutMatters marks scripts about what comes at once: the limit on answers that
// wait counts between two polls, and each piece is polled.
var cutMatters = regexp.MustCompile(`(?m)^# At once:`)

// difference shows the lines around the first one that differs.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	part := func(l []string) string { return strings.Join(l[min(i, len(l)):min(i+6, len(l))], "\n    ") }
	return fmt.Sprintf("from line %d\n  want\n    %s\n  got\n    %s", i+1, part(a), part(b))
}

// rulesRow is a row of RULES.md: level, rule, script or why not.
var (
	rulesRow = regexp.MustCompile(`(?m)^\| (\d[\d.]*) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)
	link     = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)
)

// TestRuleTable holds RULES.md and the scripts together: each row names scripts
// that exist or says why none can, and each script is in a row.
func TestRuleTable(t *testing.T) {
	table, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	rows := rulesRow.FindAllSubmatch(table, -1)
	for _, row := range rows {
		where := string(row[1]) + " " + string(row[3])
		links := link.FindAllSubmatch(row[4], -1)
		if len(links) == 0 && !bytes.HasPrefix(row[4], []byte("none: ")) {
			t.Errorf("%s: names no script and gives no reason (none: …)", where)
		}
		for _, l := range links {
			if string(l[1])+".txt" != string(l[2]) {
				t.Errorf("%s: the link %s leads to %s", where, l[1], l[2])
			}
			used[string(l[2])] = true
			if _, err := os.Stat(filepath.Join("testdata", string(l[2]))); err != nil {
				t.Errorf("%s: %v", where, err)
			}
		}
	}
	if lines := bytes.Count(table, []byte("\n| ")); lines != len(rows)+2*bytes.Count(table, []byte("\n| Section |")) {
		t.Errorf("%d lines begin with a bar, %d of them are rows: some row is not section, level, rule and script", lines, len(rows))
	}
	for _, name := range goldenFiles(t) {
		if !used[filepath.Base(name)] {
			t.Errorf("%s is in no row of %s", name, rulesFile)
		}
	}
	headings := regexp.MustCompile(`(?m)^# RFC \d+ \d[\d.]*: .`)
	for _, name := range goldenFiles(t) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !headings.Match(src) {
			t.Errorf("%s does not begin with # RFC number section: what it shows", name)
		}
	}
	levels := []string{"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"}
	for _, row := range rows {
		if !slices.Contains(levels, string(row[2])) {
			t.Errorf("%s %s: %q is no level of RFC 2119", row[1], row[3], row[2])
		}
	}
}
