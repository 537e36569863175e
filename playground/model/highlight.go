package model

import "strings"

// maxSpans bounds the coloured pieces of a line; what is over is in the last
// one's colour.
const maxSpans = 64

// CodeSpan is a run of a line's text in one colour.
type CodeSpan struct {
	Class byte // 0 plain, 'k' keyword, 's' string, 'n' number, 'c' comment
	Text  string
}

var keywords = map[string]bool{}

func init() {
	for _, k := range strings.Fields(`async await break case catch class const continue default delete do else
		export false finally for from function if import in instanceof let new null of return static super switch
		this throw true try typeof undefined var void while yield`) {
		keywords[k] = true
	}
}

// highlight cuts a JavaScript program into lines of coloured runs. It is a
// scanner, not a parser: it knows strings, templates, comments, numbers and
// keywords, and takes a slash for a division.
func highlight(text string) []CodeLine {
	lines := strings.Split(text, "\n")
	out := make([]CodeLine, len(lines))
	var open byte // '*' within a comment of several lines, '`' within a template
	for i, line := range lines {
		out[i].Number = i + 1
		open = scanLine(&out[i], line, open)
	}
	return out
}

func (l *CodeLine) add(class byte, text string) {
	if text == "" {
		return
	}
	if n := len(l.Spans); n > 0 && (l.Spans[n-1].Class == class || n == maxSpans) {
		l.Spans[n-1].Text += text
		return
	}
	l.Spans = append(l.Spans, CodeSpan{class, text})
}

// scanLine adds a line's runs and returns what is still open at its end.
func scanLine(l *CodeLine, s string, open byte) byte {
	for i := 0; i < len(s); {
		end, class := i+1, byte(0)
		switch c := s[i]; {
		case open == '*':
			end, class = len(s), 'c'
			if j := strings.Index(s[i:], "*/"); j >= 0 {
				end, open = i+j+2, 0
			}
		case open == '`':
			class = 's'
			if end = quoted(s, i, '`'); closed(s, i, end, '`') {
				open = 0
			}
		case strings.HasPrefix(s[i:], "//"):
			end, class = len(s), 'c'
		case strings.HasPrefix(s[i:], "/*"):
			open = '*'
			continue
		case c == '\'' || c == '"':
			end, class = quoted(s, i+1, c), 's'
		case c == '`':
			end, class = quoted(s, i+1, c), 's'
			if !closed(s, i+1, end, '`') {
				open = '`'
			}
		case wordStart(c):
			for end < len(s) && (wordStart(s[end]) || s[end] >= '0' && s[end] <= '9') {
				end++
			}
			if keywords[s[i:end]] && (i == 0 || s[i-1] != '.') {
				class = 'k'
			}
		case c >= '0' && c <= '9':
			for end < len(s) && (wordStart(s[end]) || s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
				end++
			}
			class = 'n'
		}
		l.add(class, s[i:end])
		i = end
	}
	return open
}

func wordStart(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// quoted is the end of a string whose text begins at i: after the closing
// quote, or the end of the line.
func quoted(s string, i int, quote byte) int {
	for ; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if s[i] == quote {
			return i + 1
		}
	}
	return len(s)
}

// closed says whether a string from i to end has its closing quote.
func closed(s string, i, end int, quote byte) bool {
	return end > i && s[end-1] == quote && quoted(s, i, quote) == end && (end-2 < i || s[end-2] != '\\' || quoted(s[:end-1], i, quote) == end-1)
}
