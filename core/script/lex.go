package script

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is a piece of a command and where it stands.
type token struct {
	line, col int
	text      string // as in the source
	kind      tokenKind
}

type tokenKind uint8

const (
	word    tokenKind = iota // key=value, FLAG, verb
	quoted                   // "text"
	fielded                  // what stands behind a |
)

func (t token) fail(reason string) *Error { return &Error{t.line, t.col, reason} }

// lexLine cuts a line of the source, from octet at, into tokens.
func lexLine(dst []token, src string, lineNo int) ([]token, *Error) {
	col := func(i int) int { return utf8.RuneCountInString(src[:i]) + 1 }
	for i := 0; i < len(src); {
		switch src[i] {
		case ' ', '\t', '\r':
			i++
			continue
		case '|':
			end := fieldEnd(src, i+1)
			t := token{lineNo, col(i), strings.TrimSpace(src[i+1 : end]), fielded}
			if t.text == "" {
				return dst, t.fail("a field is missing behind |, write | name: value")
			}
			dst = append(dst, t)
			i = end
			continue
		}
		end, kind := i, word
		if src[i] == '"' {
			q, err := strconv.QuotedPrefix(src[i:])
			if err != nil {
				return dst, &Error{lineNo, col(i), `the quoted text does not end, or has an escape that Go does not know (write \" and \\ for " and \)`}
			}
			end, kind = i+len(q), quoted
		} else {
			for end < len(src) && !strings.ContainsRune(" \t\r|", rune(src[end])) {
				if src[end] == '"' { // key="a value"
					q, err := strconv.QuotedPrefix(src[end:])
					if err != nil {
						return dst, &Error{lineNo, col(end), "the quoted text does not end"}
					}
					end += len(q)
					continue
				}
				end++
			}
		}
		dst = append(dst, token{lineNo, col(i), src[i:end], kind})
		i = end
	}
	return dst, nil
}

// fieldEnd finds where a field ends: at the next | outside of quotes.
func fieldEnd(src string, i int) int {
	for i < len(src) && src[i] != '|' {
		if src[i] == '"' {
			if q, err := strconv.QuotedPrefix(src[i:]); err == nil {
				i += len(q)
				continue
			}
		}
		i++
	}
	return i
}

// parseField reads "name: value". A name or value that has quotes, bars or
// other odd octets stands in quotes; "never name: value" is never indexed.
func parseField(t token) (field, *Error) {
	f := field{token: t}
	s := t.text
	if rest, ok := strings.CutPrefix(s, "never "); ok {
		f.never, s = true, strings.TrimSpace(rest)
	}
	var err *Error
	if f.name, s, err = fieldName(t, s); err != nil {
		return f, err
	}
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, `"`) {
		f.value = s
		return f, nil
	}
	v, bad := strconv.Unquote(s)
	if bad != nil {
		return f, t.fail("the value of " + strconv.Quote(f.name) + " is not one quoted text")
	}
	f.value = v
	return f, nil
}

func fieldName(t token, s string) (name, rest string, err *Error) {
	if strings.HasPrefix(s, `"`) {
		q, bad := strconv.QuotedPrefix(s)
		if bad != nil || !strings.HasPrefix(s[len(q):], ":") {
			return "", "", t.fail(`a field is written | "name": "value"`)
		}
		name, bad = strconv.Unquote(q)
		if bad != nil {
			return "", "", t.fail("the name's quotes can't be read")
		}
		return name, s[len(q)+1:], nil
	}
	from := 0
	if strings.HasPrefix(s, ":") {
		from = 1
	}
	i := strings.IndexByte(s[from:], ':')
	if i < 0 {
		return "", "", t.fail("a field is written | name: value, there is no colon in " + strconv.Quote(s))
	}
	return s[:from+i], s[from+i+1:], nil
}

// formatField is the way a field is written best.
func formatField(f field) string {
	s := ""
	if f.never {
		s = "never "
	}
	if plainName(f.name) {
		s += f.name + ":"
	} else {
		s += strconv.QuoteToASCII(f.name) + ":"
	}
	if f.value == "" {
		return s
	}
	if plainValue(f.value) {
		return s + " " + f.value
	}
	return s + " " + strconv.QuoteToASCII(f.value)
}

func plainName(s string) bool {
	body := strings.TrimPrefix(s, ":")
	if body == "" || strings.HasPrefix(s, "never ") {
		return false
	}
	for i := range len(body) {
		if c := body[i]; c <= ' ' || c >= 0x7f || c == ':' || c == '"' || c == '|' {
			return false
		}
	}
	return true
}

func plainValue(s string) bool {
	if s == "" || strings.TrimSpace(s) != s {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '|' {
			return false
		}
	}
	return true
}
