package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamplesAreTheSeeds holds web/examples against the description of the API:
// each example of it is there, in its order, octet by octet, under its heading.
func TestExamplesAreTheSeeds(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	text := seedText(t)
	got, err := readExamples(filepath.Join(root, "web", "examples"), "")
	if err != nil {
		t.Fatal(err)
	}
	want := seedExamples(text)
	if len(got) != len(want) || len(want) < 30 {
		t.Fatalf("%d examples, the description has %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Text != w.Text || got[i].Heading != w.Heading {
			t.Errorf("example %d, %s below %q, is not the one below %q:\n%s", i+1, got[i].Name, got[i].Heading, w.Heading, w.Text)
		}
	}
}

// seedText is the description of the API.
func seedText(t *testing.T) string {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	shared := os.Getenv("FRAMEWISE_SHARED")
	if shared == "" {
		shared = filepath.Join(root, "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(shared, "seed", "http2-api.md"))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("the description of the API is not on this machine: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// seedExamples cuts the JavaScript out of a text in Markdown.
func seedExamples(text string) []example {
	var out []example
	heading, open, code := "", false, ""
	for _, line := range strings.Split(text, "\n") {
		switch {
		case !open && strings.HasPrefix(line, "#"):
			heading = strings.TrimLeft(line, "# ")
		case line == "```js":
			open, code = true, ""
		case open && line == "```":
			out = append(out, example{Heading: heading, Text: code})
			open = false
		case open:
			code += line + "\n"
		}
	}
	return out
}
