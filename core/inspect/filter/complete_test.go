package filter

import (
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		text     string // | marks the cursor
		from, to int
		want     string // the first candidates
		n        int    // how many at least
	}{
		{"^", 0, 0, "stream: type: dir:", 13},
		{"s^", 0, 1, "stream: size> stall:", 3},
		{"-ty^", 0, 3, "-type:", 1},
		{"type:DATA w^", 10, 11, "window<", 1},
		{"st^ream:1", 0, 8, "stream: stall:", 2},
		{"type:^", 5, 5, "DATA HEADERS PRIORITY RST_STREAM", 16},
		{"type:da^", 5, 7, "DATA", 1},
		{"type:DATA|P^ dir:s2c", 10, 11, "PRIORITY PUSH_PROMISE PING PRIORITY_UPDATE preface", 5},
		{"ä type:H^", 7, 8, "HEADERS", 1},
		{"-flag:^", 6, 6, "END_STREAM END_HEADERS", 5},
		{"stall:b^", 6, 7, "begin", 1},
		{"error:C^", 6, 7, "CANCEL COMPRESSION_ERROR CONNECT_ERROR", 3},
		{"window<^", 7, 7, "1 1024", 3},
		{"window<=^", 8, 8, "1 1024", 3},
		{"line:1^", 5, 6, "", 0},
		{`header:":p^`, 7, 10, `":path=*"`, 1},
		{`header:"a b|c" ty^`, 15, 17, "type:", 1},
		{"nothing:^", 0, 8, "", 0},
	} {
		cursor := len([]rune(c.text[:strings.Index(c.text, "^")]))
		got := Complete(strings.Replace(c.text, "^", "", 1), cursor)
		texts := []string{}
		for _, x := range got.Items {
			texts = append(texts, x.Text)
			if x.What == "" {
				t.Errorf("%q: %q is offered without a word about it", c.text, x.Text)
			}
		}
		if got.From != c.from || got.To != c.to || !strings.HasPrefix(strings.Join(texts, " "), c.want) || len(texts) < c.n || c.want == "" && len(texts) > 0 {
			t.Errorf("%q: %d to %d, %q; want %d to %d, %q and %d in all", c.text, got.From, got.To, texts, c.from, c.to, c.want, c.n)
		}
	}
}

// What is offered can be read.
func TestCandidatesAreRead(t *testing.T) {
	for _, term := range terms {
		if term.values == nil {
			continue
		}
		for _, v := range term.values() {
			text := term.name + term.end() + v.Text
			if _, err := Parse(text); err != nil {
				t.Errorf("%q is offered: %v", text, err)
			}
			if _, err := Parse("-" + text); err != nil {
				t.Errorf("%q is offered: %v", "-"+text, err)
			}
		}
	}
}
