package filter

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"framewise/core/frame"
)

// Parse reads a filter; an empty text matches everything. The error is an
// *Error.
func Parse(text string) (*Filter, error) {
	p := parser{text: text}
	f := &Filter{}
	for {
		for p.at < len(text) && text[p.at] == ' ' {
			p.at++
		}
		if p.at == len(text) {
			return f, nil
		}
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		f.terms = append(f.terms, t)
	}
}

type parser struct {
	text string
	at   int
}

// fail makes an error at an octet of the text; its place is told in characters.
func (p *parser) fail(at int, reason string) error {
	return &Error{Pos: utf8.RuneCountInString(p.text[:min(at, len(p.text))]), Reason: reason}
}

// term reads name, operator and alternatives.
func (p *parser) term() (term, error) {
	start := p.at
	not := p.text[p.at] == '-'
	if not {
		p.at++
	}
	for p.at < len(p.text) && isLetter(p.text[p.at]) {
		p.at++
	}
	word := p.text[start:p.at]
	if not {
		word = word[1:]
	}
	name := strings.ToLower(word)
	k := slices.IndexFunc(terms, func(t termInfo) bool { return t.name == name })
	if k < 0 {
		if name == "" {
			return term{}, p.fail(start, "a term begins with "+termNames())
		}
		return term{}, p.fail(p.at-len(word), "there is no term "+strconv.Quote(name)+", there are "+termNames())
	}
	t := term{name: name, not: not}
	op := ""
	if terms[k].compares {
		if op = p.operator(); op == "" {
			return term{}, p.fail(p.at, name+" is followed by one of < <= > >= =")
		}
	} else {
		if p.at == len(p.text) || p.text[p.at] != ':' {
			return term{}, p.fail(p.at, "a colon must follow "+name)
		}
		p.at++
	}
	err := p.alternatives(func(w string, at int) error {
		a, err := p.alt(name, w, at)
		a.op = op
		t.alts = append(t.alts, a)
		return err
	})
	return t, err
}

// operator reads a comparison, "" for none; a colon stands for =.
func (p *parser) operator() string {
	for _, o := range operators {
		if strings.HasPrefix(p.text[p.at:], o) {
			p.at += len(o)
			return o
		}
	}
	return ""
}

var operators = []string{"<=", ">=", "<", ">", "=", ":"}

// alternatives reads words up to a space, separated by "|".
func (p *parser) alternatives(each func(word string, at int) error) error {
	for {
		at := p.at
		w, err := p.word()
		if err != nil {
			return err
		}
		if w == "" {
			return p.fail(at, "a value is missing")
		}
		if err := each(w, at); err != nil {
			return err
		}
		if p.at == len(p.text) || p.text[p.at] != '|' {
			return nil
		}
		p.at++
	}
}

// word reads up to a space or "|"; in quotes both are part of it.
func (p *parser) word() (string, error) {
	var b strings.Builder
	open := -1
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		switch {
		case c == '"' && open < 0:
			open = p.at
		case c == '"':
			open = -1
		case c == '\\' && open >= 0 && p.at+1 < len(p.text):
			p.at++
			b.WriteByte(p.text[p.at])
		case (c == ' ' || c == '|') && open < 0:
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	if open >= 0 {
		return "", p.fail(open, "this quote is not closed")
	}
	return b.String(), nil
}

// alt reads one alternative of a term.
func (p *parser) alt(name, w string, at int) (alt, error) {
	switch name {
	case "stream":
		n, err := strconv.ParseUint(w, 10, 31)
		if err != nil {
			return alt{}, p.fail(at, "a stream is a number from 0 to 2147483647, not "+strconv.Quote(w))
		}
		return alt{num: n}, nil
	case "type":
		return p.frameType(w, at)
	case "dir":
		switch strings.ToLower(w) {
		case "c2s":
			return alt{num: 0}, nil
		case "s2c":
			return alt{num: 1}, nil
		}
		return alt{}, p.fail(at, "dir is c2s or s2c, not "+strconv.Quote(w))
	case "flag":
		w = strings.ToUpper(w)
		for t := frame.Data; t <= frame.Continuation; t++ {
			for _, f := range t.FlagNames() {
				if f.Name == w {
					return alt{text: w}, nil
				}
			}
		}
		return alt{}, p.fail(at, "no frame has a flag "+strconv.Quote(w)+", there are END_STREAM, END_HEADERS, PADDED, PRIORITY and ACK")
	case "error":
		return p.errCode(w, at)
	case "size", "window", "time", "line", "conn":
		return p.number(name, w, at)
	case "stall":
		if w = strings.ToLower(w); w == "begin" || w == "end" || w == "*" {
			return alt{text: w}, nil
		}
		return alt{}, p.fail(at, "stall is begin, end or *, not "+strconv.Quote(w))
	case "text":
		return alt{text: strings.ToLower(w)}, nil
	}
	field, value, ok := strings.Cut(w[1:], "=")
	return alt{text: w[:1] + field, value: value, any: !ok}, nil
}

// number reads a value that frames are compared with.
func (p *parser) number(name, w string, at int) (alt, error) {
	switch name {
	case "size":
		n, err := strconv.ParseUint(w, 10, 62)
		if err != nil {
			return alt{}, p.fail(at, "size is compared with a number of octets, not with "+strconv.Quote(w))
		}
		return alt{n: int64(n)}, nil
	case "window":
		n, err := strconv.ParseInt(w, 10, 62)
		if err != nil {
			return alt{}, p.fail(at, "window is compared with a number of octets, not with "+strconv.Quote(w))
		}
		return alt{n: n}, nil
	case "time":
		d, err := time.ParseDuration(w)
		if err != nil {
			return alt{}, p.fail(at, "time is compared with a time such as 5ms, 1.5s or 300us, not with "+strconv.Quote(w))
		}
		return alt{n: int64(d)}, nil
	}
	n, err := strconv.ParseUint(w, 10, 32)
	if err != nil || n == 0 {
		return alt{}, p.fail(at, name+" is a number from 1, not "+strconv.Quote(w))
	}
	return alt{num: n}, nil
}

func (p *parser) frameType(w string, at int) (alt, error) {
	switch l := strings.ToLower(w); l {
	case "preface", "garbage", "cut":
		return alt{text: l}, nil
	}
	if t, ok := frame.TypeByName(strings.ToUpper(w)); ok {
		return alt{num: uint64(t)}, nil
	}
	if n, err := strconv.ParseUint(w, 0, 8); err == nil {
		return alt{num: n}, nil
	}
	return alt{}, p.fail(at, "there is no type "+strconv.Quote(w)+": DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, ALTSVC, ORIGIN, PRIORITY_UPDATE, or a number such as 0x1f")
}

func (p *parser) errCode(w string, at int) (alt, error) {
	w = strings.ToUpper(w)
	if w == "*" {
		return alt{text: w}, nil
	}
	for c := frame.NoError; c <= frame.HTTP11Required; c++ {
		if c.String() == w {
			return alt{text: w}, nil
		}
	}
	if n, err := strconv.ParseUint(w, 0, 32); err == nil {
		return alt{text: frame.ErrCode(n).String()}, nil
	}
	return alt{}, p.fail(at, "there is no error code "+strconv.Quote(w)+" in RFC 9113, section 7; * stands for any")
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
