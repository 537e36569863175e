package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCompletionKnowsTheAPI holds web/editor/api.json against the description of
// the API: each name that has a heading is offered, with a line about it.
func TestCompletionKnowsTheAPI(t *testing.T) {
	text := seedText(t)
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "web", "editor", "api.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []struct{ Of, Type, Label, Info string }
	if err := json.Unmarshal(b, &names); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, n := range names {
		known[n.Label] = true
		if n.Of == "" || n.Type == "" || len(n.Info) < 10 || strings.ContainsAny(n.Info, "`[]*") {
			t.Errorf("%s: what is said of it is not a plain line: %q", n.Label, n.Info)
		}
	}
	// The description calls it rstWithRefuse once and rstWithRefused where it is used.
	known["rstWithRefuse"] = known["rstWithRefused"]
	heading := regexp.MustCompile(`(?m)^#{2,5} (?:Event: '(\w+)'|http2(?:session|stream)?\.(\w+))`)
	count := 0
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		count++
		if !known[m[1]+m[2]] {
			t.Errorf("%s is not offered", m[0])
		}
	}
	if count < 60 {
		t.Errorf("only %d headings of names were found", count)
	}
}
