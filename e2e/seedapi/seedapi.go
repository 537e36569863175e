// Package seedapi holds docs/seed-api.md against the seed, the tests that it
// names, and the logs of a test run.
//
// In come the seed's and the document's text, the folders of the tests, and logs
// of `go test -v` and `node --test`; out come what is missing, as lines. It
// imports nothing of the project.
package seedapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Heading is a heading of the seed with what it lists: options, arguments,
// properties and constants, each once, in order.
type Heading struct {
	Text     string
	Items    []string
	Examples int // how many examples stand below it
}

var (
	headingLine = regexp.MustCompile(`^#{1,6} (.*)$`)
	itemLine    = regexp.MustCompile("^\\s*\\* `?(\\w+)`? \\{")
	constant    = regexp.MustCompile(`http2\.constants?\.([A-Z0-9_]+)`)
)

// notItems are words that stand where an item would, and "options", whose
// properties are items themselves.
var notItems = []string{"Extends", "Returns", "options"}

// ParseSeed reads the headings of the seed, examples left out.
func ParseSeed(text string) (list []Heading) {
	example := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "```") {
			if example = !example; example && len(list) > 0 {
				list[len(list)-1].Examples++
			}
		}
		if example {
			continue
		}
		if m := headingLine.FindStringSubmatch(line); m != nil {
			list = append(list, Heading{Text: strings.TrimSpace(m[1])})
			continue
		}
		if len(list) == 0 {
			continue
		}
		at := &list[len(list)-1]
		if m := itemLine.FindStringSubmatch(line); m != nil {
			at.add(m[1])
			continue
		}
		for _, m := range constant.FindAllStringSubmatch(line, -1) {
			at.add(m[1])
		}
	}
	return list
}

func (h *Heading) add(item string) {
	if !slices.Contains(notItems, item) && !slices.Contains(h.Items, item) {
		h.Items = append(h.Items, item)
	}
}

// Row is a row of docs/seed-api.md.
type Row struct {
	Heading string // the seed's
	Item    string // below it; "": the heading itself
	Line    int    // of the document, from 1
	Go, JS  string
	GoTests []string
	JSTests []string
}

// Name is what the row is about.
func (r *Row) Name() string {
	if r.Item == "" {
		return r.Heading
	}
	return r.Heading + ": " + r.Item
}

const columns = "Seed|Go|JavaScript|Go test|JavaScript test"

var code = regexp.MustCompile("`([^`]+)`")

// ParseRows reads the tables of the document that have the five columns.
func ParseRows(text string) (rows []Row, err error) {
	heading, in, n := "", false, 0
	for line := range strings.Lines(text) {
		n++
		cells := splitRow(line)
		if len(cells) == 0 {
			in = false
			continue
		}
		if strings.Join(cells, "|") == columns {
			in = true
			continue
		}
		if !in || strings.HasPrefix(cells[0], "---") {
			continue
		}
		if len(cells) != 5 {
			return nil, fmt.Errorf("line %d has %d cells; want 5", n, len(cells))
		}
		r := Row{Line: n, Go: cells[1], JS: cells[2], GoTests: names(cells[3]), JSTests: names(cells[4])}
		switch name := cells[0]; {
		case strings.HasPrefix(name, "**") && strings.HasSuffix(name, "**"):
			heading = strings.Trim(name, "*")
		case strings.HasPrefix(name, "`") && heading != "":
			r.Item = strings.Trim(name, "`")
		default:
			return nil, fmt.Errorf("line %d: the first cell is %q; want a heading in bold, or an item as code below one", n, name)
		}
		r.Heading = heading
		rows = append(rows, r)
	}
	return rows, nil
}

// exampleColumns head the table of the examples.
const exampleColumns = "Example|Heading|Around it"

// Example is a row of the table of the examples.
type Example struct{ File, Heading string }

// ParseExamples reads the table of the examples.
func ParseExamples(text string) (list []Example) {
	in := false
	for line := range strings.Lines(text) {
		cells := splitRow(line)
		switch {
		case len(cells) != 3:
			in = false
		case strings.Join(cells, "|") == exampleColumns:
			in = true
		case in && !strings.HasPrefix(cells[0], "---"):
			list = append(list, Example{strings.Trim(cells[0], "`"), cells[1]})
		}
	}
	return list
}

// MissingExamples compares the examples to the seed's, which stand below their
// headings in this order.
func MissingExamples(seed []Heading, list []Example) (lines []string) {
	i := 0
	for _, h := range seed {
		for range h.Examples {
			if i == len(list) || list[i].Heading != h.Text {
				return append(lines, fmt.Sprintf("example %d of the seed stands below %q and has no row", i+1, h.Text))
			}
			i++
		}
	}
	for _, e := range list[i:] {
		lines = append(lines, fmt.Sprintf("%s is no example of the seed", e.File))
	}
	return lines
}

func splitRow(line string) (cells []string) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") {
		return nil
	}
	line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00")
	for cell := range strings.SplitSeq(line, "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, "\x00", "|")))
	}
	return cells
}

// names are the pieces of code in a cell.
func names(cell string) (list []string) {
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

// Missing compares the rows to the seed: both have the same headings in the same
// order, and each heading the same items.
func Missing(seed []Heading, rows []Row) (lines []string) {
	var have []Heading
	for _, r := range rows {
		if r.Item == "" {
			have = append(have, Heading{Text: r.Heading})
		} else {
			last := &have[len(have)-1]
			last.Items = append(last.Items, r.Item)
		}
	}
	i := 0
	for _, h := range seed {
		at := slices.IndexFunc(have[i:], func(x Heading) bool { return x.Text == h.Text })
		if at < 0 {
			lines = append(lines, fmt.Sprintf("the seed's heading %q has no row", h.Text))
			continue
		}
		for _, x := range have[i : i+at] {
			lines = append(lines, fmt.Sprintf("the row %q is no heading of the seed, or stands elsewhere there", x.Text))
		}
		row := have[i+at]
		i += at + 1
		for _, item := range h.Items {
			if !slices.Contains(row.Items, item) {
				lines = append(lines, fmt.Sprintf("%q of the seed's heading %q has no row", item, h.Text))
			}
		}
		for _, item := range row.Items {
			if !slices.Contains(h.Items, item) {
				lines = append(lines, fmt.Sprintf("the row %q of %q is not in the seed", item, h.Text))
			}
		}
	}
	for _, x := range have[i:] {
		lines = append(lines, fmt.Sprintf("the row %q is no heading of the seed, or stands elsewhere there", x.Text))
	}
	return lines
}
