package inspect

import (
	"strconv"
	"unicode/utf8"

	"framewise/core/inspect/view"
)

// AppendJSON appends a frame as one line of JSON, with its newline, for other
// programs. The keys, in this order; those marked * are left out when empty:
//
//	frame    number of the frame in the record, from 0
//	kind     "frame", "preface", "garbage" or "cut"
//	conn     identifier of the connection
//	dir      "c2s" or "s2c"
//	sent     nanoseconds from the start of the record
//	recv     the same; -1 when it never arrived
//	type *   "HEADERS"
//	flags    the octet, as a number
//	stream   stream identifier
//	length   octets of payload
//	text     what the frame says, in a few words
//	promised * the stream that a PUSH_PROMISE promises
//	payload *  object: the fields of the payload by the names of their RFC
//	entries *  array of [name, value]: the entries of SETTINGS, in order
//	fields *   array of {"name", "value", "as", "index", "never"}: the field
//	         lines of the block that ends in this frame; as is the kind of the
//	         representation, never is true for never-indexed
//	effects * array of {"at", "kind", "text", "ref"}
//	why *    {"line", "call", "rule", "text"}: only when the record knows
//	problems * array of {"code", "text", "ref"}
func AppendJSON(dst []byte, d view.Detail) []byte {
	j := jsonLine{dst: append(dst, '{')}
	r := d.Row
	j.num("frame", int64(r.Index))
	j.str("kind", r.Kind)
	j.num("conn", int64(r.Conn))
	j.str("dir", r.Dir)
	j.num("sent", r.SentAt)
	j.num("recv", r.RecvAt)
	if r.Type != "" {
		j.str("type", r.Type)
	}
	flags := int64(0)
	if r.Type != "" && len(d.Octets) > 4 {
		flags = int64(d.Octets[4])
	}
	j.num("flags", flags)
	j.num("stream", int64(r.Stream))
	j.num("length", int64(r.Length))
	j.str("text", r.Text)
	if r.Promised != 0 {
		j.num("promised", int64(r.Promised))
	}
	j.payload(d)
	j.fields(d)
	j.effects(d)
	j.why(d.Why)
	j.problems(d.Problems)
	return append(j.dst, "}\n"...)
}

// jsonLine writes members of an object.
type jsonLine struct{ dst []byte }

func (j *jsonLine) key(k string) {
	if c := j.dst[len(j.dst)-1]; c != '{' && c != '[' {
		j.dst = append(j.dst, ',')
	}
	if k != "" {
		j.dst = append(AppendJSONString(j.dst, k), ':')
	}
}

func (j *jsonLine) str(k, v string) {
	j.key(k)
	j.dst = AppendJSONString(j.dst, v)
}

func (j *jsonLine) num(k string, v int64) {
	j.key(k)
	j.dst = strconv.AppendInt(j.dst, v, 10)
}

func (j *jsonLine) open(k string, c byte) {
	j.key(k)
	j.dst = append(j.dst, c)
}

func (j *jsonLine) close(c byte) { j.dst = append(j.dst, c) }

// payload gives the spans of the payload by name, settings apart.
func (j *jsonLine) payload(d view.Detail) {
	settings, any := d.Row.Type == "SETTINGS", false
	for _, s := range d.Spans {
		if s.Parent >= 0 || s.Off < 9 || d.Row.Kind != "frame" {
			continue
		}
		if !any {
			any = true
			if settings {
				j.open("entries", '[')
			} else {
				j.open("payload", '{')
			}
		}
		if !settings {
			j.str(s.Name, s.Value)
			continue
		}
		j.open("", '[')
		j.str("", s.Name)
		j.str("", s.Value)
		j.close(']')
	}
	switch {
	case any && settings:
		j.close(']')
	case any:
		j.close('}')
	}
}

func (j *jsonLine) fields(d view.Detail) {
	b := d.Block
	if b == nil || len(b.Frames) == 0 || b.Frames[len(b.Frames)-1] != d.Row.Index {
		return
	}
	j.open("fields", '[')
	for _, r := range b.Reps {
		if r.Kind == "Table size update" {
			continue
		}
		j.open("", '{')
		j.str("name", r.Name)
		j.str("value", r.Value)
		j.str("as", r.Kind)
		j.num("index", int64(r.Index))
		if r.Kind == "Literal, never indexed" {
			j.key("never")
			j.dst = append(j.dst, "true"...)
		}
		j.close('}')
	}
	j.close(']')
}

func (j *jsonLine) effects(d view.Detail) {
	if len(d.Effects) == 0 {
		return
	}
	j.open("effects", '[')
	for _, e := range d.Effects {
		j.open("", '{')
		j.str("at", e.At)
		j.str("kind", e.Kind)
		j.str("text", e.Text)
		j.str("ref", e.Ref)
		j.close('}')
	}
	j.close(']')
}

func (j *jsonLine) why(w view.Why) {
	if w.Line == 0 && w.Call == "" && w.Rule == "" {
		return
	}
	j.open("why", '{')
	j.num("line", int64(w.Line))
	j.str("call", w.Call)
	j.str("rule", w.Rule)
	j.str("text", w.Text)
	j.close('}')
}

func (j *jsonLine) problems(list []view.Problem) {
	if len(list) == 0 {
		return
	}
	j.open("problems", '[')
	for _, p := range list {
		j.open("", '{')
		j.str("code", p.Code)
		j.str("text", p.Text)
		j.str("ref", p.Ref)
		j.close('}')
	}
	j.close(']')
}

// AppendJSONString appends s as a JSON string (RFC 8259, section 7), as
// encoding/json does without its escapes for HTML. Octets that are no UTF-8
// become the replacement character.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				dst = append(dst, "\ufffd"...)
			case r == '\u2028' || r == '\u2029': // line ends in JavaScript
				dst = append(dst, `\u202`...)
				dst = append(dst, digits[r&15])
			default:
				dst = append(dst, s[i:i+n]...)
			}
			i += n
			continue
		}
		dst = appendJSONASCII(dst, c)
		i++
	}
	return append(dst, '"')
}

func appendJSONASCII(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if c < ' ' {
		return append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
	}
	return append(dst, c)
}
