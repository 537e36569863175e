package model

import "strings"

// Edit is a change of a text: what is between the offsets Start and End is
// replaced by Text.
type Edit struct {
	Start, End int
	Text       string
}

const indent = "  "

// EditKey is what Tab, Shift+Tab and Enter do in the editor, for a selection
// from start to end (offsets in UTF-16 units would be the browser's; these are
// offsets in text, which the caller converts). It is false for other keys.
func EditKey(text string, start, end int, key string, shift bool) (Edit, bool) {
	if start < 0 || end < start || end > len(text) {
		return Edit{}, false
	}
	line := strings.LastIndexByte(text[:start], '\n') + 1
	switch {
	case key == "Enter":
		lead := text[line:start]
		lead = lead[:len(lead)-len(strings.TrimLeft(lead, " \t"))]
		if before := strings.TrimRight(text[line:start], " "); strings.HasSuffix(before, "{") || strings.HasSuffix(before, "(") || strings.HasSuffix(before, "[") {
			lead += indent
		}
		return Edit{start, end, "\n" + lead}, true
	case key == "Tab" && !shift && !strings.Contains(text[start:end], "\n"):
		return Edit{start, end, indent}, true
	case key == "Tab":
		stop := end
		if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
			stop = end + i
		} else {
			stop = len(text)
		}
		lines := strings.Split(text[line:stop], "\n")
		for i, l := range lines {
			if !shift {
				lines[i] = indent + l
				continue
			}
			lines[i] = strings.TrimPrefix(l, l[:min(len(indent), len(l)-len(strings.TrimLeft(l, " ")))])
		}
		return Edit{line, stop, strings.Join(lines, "\n")}, true
	}
	return Edit{}, false
}
