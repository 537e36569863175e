package script

import (
	"strconv"
	"strings"
)

// width is how long a line may be before fields move to lines of their own, in
// characters.
const width = 110

// Format writes a script the way scripts are written: one space between words,
// fields with their bars, long lists of fields a line each. Format of what
// Parse makes of it is the same again.
func (s *Script) Format() string { return s.format(nil) }

// format puts a transcript below the commands that it belongs to; t may be nil.
func (s *Script) format(t *Transcript) string {
	var b strings.Builder
	empty := true
	for _, l := range s.lines {
		switch {
		case l.command >= 0:
			b.WriteString(s.Commands[l.command].String())
			b.WriteByte('\n')
			if t != nil {
				t.Steps[l.command].write(&b)
			}
		case l.comment == "" && empty:
			continue
		default:
			b.WriteString(l.comment + "\n")
		}
		empty = l.command < 0 && l.comment == ""
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// String is the command as Format writes it, without a newline at the end.
func (c *Command) String() string {
	if c.Repeat > 1 {
		return "repeat " + strconv.Itoa(c.Repeat) + " " + joinTokens(c.source)
	}
	words := []string{c.Verb}
	if w := whoWords[c.Who]; w != "" {
		words = []string{w, c.Verb}
	}
	for i := range c.args {
		a := &c.args[i]
		switch {
		case a.text:
			words = append(words, strconv.QuoteToASCII(a.value))
		default:
			words = append(words, a.token.text)
		}
	}
	fields := make([]string, len(c.fields))
	for i, f := range c.fields {
		fields[i] = formatField(f)
	}
	return layout(strings.Join(words, " "), fields)
}

func joinTokens(tokens []token) string {
	var words, fields []string
	for _, t := range tokens {
		if t.kind == fielded {
			fields = append(fields, t.text)
		} else {
			words = append(words, t.text)
		}
	}
	return layout(strings.Join(words, " "), fields)
}

// layout puts fields behind a head, on its line if they fit.
func layout(head string, fields []string) string {
	if len(fields) == 0 {
		return head
	}
	if one := head + " | " + strings.Join(fields, " | "); len(one) <= width {
		return one
	}
	return head + "\n    | " + strings.Join(fields, "\n    | ")
}
