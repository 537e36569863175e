package interop

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// columns are what each peer is asked to do with us:
//
//	GET       a small file
//	10 MiB    a large one, which needs the windows
//	POST      1 MiB of content, which the server must have read whole
//	HEAD      no content, with the length of the file
//	trailers  a trailer section behind the content, in the ways the peer can
//	50        50 requests at once on one connection
//	reset     the client resets a stream under way; the connection goes on
//	GOAWAY    the client goes away, or ends; what it asked for before is answered
//	stop      the server stops in order while a response is under way, which
//	          comes whole; then GOAWAY and the end of the connection
var columns = []string{"GET", "10 MiB", "POST", "HEAD", "trailers", "50", "reset", "GOAWAY", "stop"}

// table is what came of it.
type table struct {
	title string
	rows  [][]string
	notes []string
	ok    int
	not   int // what peers can't do
	bad   int
}

// row runs the cells of one peer on one link, each as a subtest. cannot has the
// reasons of what the peer can't do, by column.
func (tb *table) row(t *testing.T, name string, cannot map[string]string, cell func(t *testing.T, column string)) {
	row := []string{name}
	for _, c := range columns {
		if why := cannot[c]; why != "" {
			tb.not++
			row = append(row, fmt.Sprintf("-%d", tb.note(why)))
			continue
		}
		if t.Run(c, func(t *testing.T) { cell(t, c) }) {
			tb.ok++
			row = append(row, "ok")
		} else {
			tb.bad++
			row = append(row, "FAIL")
		}
	}
	tb.rows = append(tb.rows, row)
}

func (tb *table) note(why string) int {
	for i, n := range tb.notes {
		if n == why {
			return i + 1
		}
	}
	tb.notes = append(tb.notes, why)
	return len(tb.notes)
}

// text is the table for people.
func (tb *table) text() string {
	var b strings.Builder
	line := func(cells []string) {
		for i, c := range cells {
			width := 9
			if i == 0 {
				width = 24
			}
			fmt.Fprintf(&b, "%-*s", width, c)
		}
		b.WriteString("\n")
	}
	line(append([]string{tb.title}, columns...))
	for _, r := range tb.rows {
		line(r)
	}
	for i, n := range tb.notes {
		fmt.Fprintf(&b, "  -%d  %s\n", i+1, n)
	}
	fmt.Fprintf(&b, "%s: %d cells ok, %d that the peer can't, %d failed\n", tb.title, tb.ok, tb.not, tb.bad)
	return b.String()
}

// print prints the table.
func (tb *table) print(t *testing.T) {
	t.Helper()
	t.Logf("\n%s", tb.text())
	appendTable(t, tb.text()+"\n")
}

// appendTable writes text into the file INTEROP_TABLE, which is where the
// command looks.
func appendTable(t *testing.T, text string) {
	t.Helper()
	name := os.Getenv("INTEROP_TABLE")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
