package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocument: the example of docs/trace.md is a record, in the form that we
// write, and the document names every member of every kind.
func TestDocument(t *testing.T) {
	b, err := os.ReadFile("../../docs/trace.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "## Example\n```\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/trace.md has no example")
	}
	entries, err := Read(strings.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	if again := encode(entries); string(again) != example {
		t.Errorf("the example is written as\n%s", again)
	}
	sections := strings.Split(string(b), "\n### ")
	for _, e := range everything() {
		if _, ok := e.(*Unknown); ok {
			continue
		}
		var v map[string]any
		if err := json.Unmarshal(AppendEntry(nil, e), &v); err != nil {
			t.Fatal(err)
		}
		kind := v["k"].(string)
		var section string
		for _, s := range sections {
			if strings.HasPrefix(s, "`"+kind+"`") {
				section = s
			}
		}
		for name := range v {
			if name != "k" && name != "who" && name != "deep" && !strings.Contains(section, "`"+name+"`") {
				t.Errorf("docs/trace.md does not tell of %q in %q", name, kind)
			}
		}
	}
}

func ExampleDecoder() {
	record := `{"k":"h2trace","version":1,"title":"A ping"}
{"k":"chunk","conn":1,"dir":"c2s","at":0,"rx":5000000,"octets":"AAAABAAAAAAA"}
{"k":"chunk","conn":1,"di`
	var d Decoder
	for _, piece := range []string{record[:60], record[60:]} {
		d.Push([]byte(piece))
		for {
			e, ok, err := d.Next()
			if err != nil || !ok {
				break
			}
			if c, ok := e.(*Chunk); ok {
				fmt.Println(c.Dir, len(c.Octets), "octets")
			}
		}
	}
	fmt.Println(d.Finish())
	// Output:
	// c2s 9 octets
	// line 3, octet 146: the last line is cut off or broken: a string has no end
}

func ExampleAppendEntry() {
	fmt.Printf("%s", AppendEntry(nil, &Chunk{Conn: 1, Dir: ToClient, SentAt: 7, ReceivedAt: -1, Octets: bytes.Repeat([]byte{0}, 3)}))
	// Output: {"k":"chunk","conn":1,"dir":"s2c","at":7,"rx":-1,"octets":"AAAA"}
}
