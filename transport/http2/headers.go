package http2

import (
	"slices"
	"strings"

	"framewise/core/session"
)

// Field is one field line: Name in lower case, Value, and Sensitive for one that
// no intermediary may put into a dynamic table (RFC 7541, section 7.1.3).
type Field = session.Field

// Headers is the seed's Headers Object: the field lines of a header or trailer
// section, in order. Names are compared in lower case, and lowered when they are
// sent; pseudo-header fields (":path") go first, wherever they stand. A field
// with several values has a line for each.
//
// A Headers that a callback was given belongs to it.
type Headers []Field

// H makes Headers of names and values in turn: H(":path", "/", "accept", "*/*").
// It panics when the last name has no value.
func H(namesAndValues ...string) Headers {
	if len(namesAndValues)%2 != 0 {
		panic("http2.H: " + namesAndValues[len(namesAndValues)-1] + " has no value: names and values come in turn")
	}
	h := make(Headers, 0, len(namesAndValues)/2)
	for i := 0; i < len(namesAndValues); i += 2 {
		h.Add(namesAndValues[i], namesAndValues[i+1])
	}
	return h
}

// Get returns the first value of a field, "" when there is none.
func (h Headers) Get(name string) string {
	if i := h.index(name); i >= 0 {
		return h[i].Value
	}
	return ""
}

// Has says whether there is a field.
func (h Headers) Has(name string) bool { return h.index(name) >= 0 }

// Values returns all values of a field, in order; nil when there is none.
func (h Headers) Values(name string) (values []string) {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			values = append(values, h[i].Value)
		}
	}
	return values
}

// Add appends a field line.
func (h *Headers) Add(name, value string) {
	*h = append(*h, Field{Name: strings.ToLower(name), Value: value})
}

// Set makes a field have these values and no others, at the place of its first.
func (h *Headers) Set(name string, values ...string) {
	at := h.index(name)
	h.Del(name)
	if at < 0 || at > len(*h) {
		at = len(*h)
	}
	lines := make([]Field, len(values))
	for i, v := range values {
		lines[i] = Field{Name: strings.ToLower(name), Value: v}
	}
	*h = slices.Insert(*h, at, lines...)
}

// Del takes out all lines of a field.
func (h *Headers) Del(name string) {
	*h = slices.DeleteFunc(*h, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// Clone returns a copy that shares nothing but strings.
func (h Headers) Clone() Headers { return slices.Clone(h) }

func (h Headers) index(name string) int {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return i
		}
	}
	return -1
}

// wire is a copy as it is sent: names in lower case, pseudo-header fields first.
func (h Headers) wire() []Field {
	out := make([]Field, 0, len(h)+4)
	for _, pseudo := range []bool{true, false} {
		for i := range h {
			if strings.HasPrefix(h[i].Name, ":") == pseudo {
				f := h[i]
				f.Name = strings.ToLower(f.Name)
				out = append(out, f)
			}
		}
	}
	return out
}

// def adds a field unless it is there.
func (h *Headers) def(name, value string) {
	if !h.Has(name) {
		h.Add(name, value)
	}
}
