// Package compose makes single frames by hand: of any type, legal or not, from
// a form, and the form from octets.
//
// In comes a text: octets in hex, or the values of a form (Parse). Out go the
// octets and the form with every field that fits the type. What a form can say
// is said in fields; for the rest a payload can be written in hex, the length
// can be made to lie, and octets can follow. A field block is written one
// representation a line (see Block), by default as literals without indexing,
// so that no dynamic table changes.
//
// The package knows how frames look and nothing of what they mean: whether
// a frame is legal somewhere is for core/inspect to say. It imports core/frame
// and core/hpack.
package compose

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"framewise/core/frame"
)

// MaxOctets is how many octets a text may stand for.
const MaxOctets = 1 << 20

// Error is what can't be read of a form.
type Error struct {
	Key    string // of the field; "octets" for text in hex
	Reason string // a sentence for people
}

func (e *Error) Error() string { return e.Key + ": " + e.Reason }

func fault(key, reason string) error { return &Error{Key: key, Reason: reason} }

// Parse reads a text: "hex" and octets in hex behind it, or "form" and lines of
// a key, a space and the value in quotes as Go writes them. An empty text is a
// PING. The error is an *Error; the form holds what was typed then, and octets
// are nil.
func Parse(text string) (octets []byte, form Form, err error) {
	kind, rest, _ := strings.Cut(text, "\n")
	switch kind {
	case "":
		v := values{"type": "PING", "ping": "pingpong"}
		octets, err = v.octets()
		form = v.form()
		form.Whole = true
		return octets, form, err
	case "hex":
		if octets, err = ParseHex(rest); err != nil {
			return nil, Describe(nil), fault("octets", err.Error())
		}
		return octets, Describe(octets), nil
	case "form":
		v := values{}
		for line := range strings.Lines(rest) {
			key, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			value, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, v.form(), fault("", "a line of the form is not KEY \"VALUE\": "+strconv.Quote(line))
			}
			v[key] = value
		}
		octets, err = v.octets()
		form = v.form()
		form.Whole = err == nil
		return octets, form, err
	}
	return nil, Form{}, fault("", "a text begins with hex or form, not with "+strconv.Quote(kind))
}

// ParseHex reads octets in hex: spaces, line ends, commas, colons and 0x are
// passed over. The error says which character is wrong.
func ParseHex(text string) ([]byte, error) {
	var digits []byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ':':
			continue
		case c == '0' && i+1 < len(text) && (text[i+1] == 'x' || text[i+1] == 'X') && len(digits)%2 == 0:
			i++
			continue
		case !isHex(c):
			return nil, &Error{"octets", "character " + strconv.Itoa(i+1) + ", " + strconv.QuoteToASCII(text[i:i+1]) + ", is no hex digit"}
		}
		digits = append(digits, c)
	}
	if len(digits)%2 == 1 {
		return nil, &Error{"octets", "the last octet has one hex digit: an octet has two"}
	}
	if len(digits)/2 > MaxOctets {
		return nil, &Error{"octets", strconv.Itoa(len(digits)/2) + " octets are more than the " + strconv.Itoa(MaxOctets) + " that one step may send"}
	}
	out := make([]byte, len(digits)/2)
	_, err := hex.Decode(out, digits)
	return out, err
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// values are what the fields of a form hold, by key. A key that is absent is
// an empty field.
type values map[string]string

// names are the types that a form offers, in order; "other" goes by number.
var names = []frame.Type{frame.Data, frame.Headers, frame.Priority, frame.RSTStream, frame.Settings, frame.PushPromise, frame.Ping,
	frame.GoAway, frame.WindowUpdate, frame.Continuation, frame.AltSvc, frame.Origin, frame.PriorityUpdate}

const other = "other"

// typ is the type that the form names.
func (v values) typ() (frame.Type, error) {
	if v["type"] == other {
		n, err := v.number("number", 255, 0x2a)
		return frame.Type(n), err
	}
	if t, ok := frame.TypeByName(v["type"]); ok {
		return t, nil
	}
	return 0, fault("type", "there is no type "+strconv.Quote(v["type"])+": choose other and give its number")
}

// flags are the bits that are set.
func (v values) flags() (f frame.Flags) {
	for i := range 8 {
		if v[flagKey(i)] != "" {
			f |= 1 << i
		}
	}
	return f
}

func flagKey(bit int) string { return "flag" + strconv.Itoa(bit) }

// number reads a field that holds a number, decimal or 0x…; empty is the usual.
func (v values) number(key string, most uint64, usual uint64) (uint64, error) {
	text := strings.TrimSpace(v[key])
	if text == "" {
		return usual, nil
	}
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil || n > most {
		return 0, fault(key, strconv.Quote(text)+" is no number from 0 to "+strconv.FormatUint(most, 10))
	}
	return n, nil
}

// Escape shows octets as the fields of a form do: printable ASCII and UTF-8 as
// they are, the rest as \n, \r, \t, \\ and \xNN.
func Escape(b []byte) string {
	q := strconv.Quote(string(b))
	q = q[1 : len(q)-1]
	return strings.ReplaceAll(q, `\"`, `"`)
}

// Unescape reads what Escape wrote. The error says which escape is wrong.
func Unescape(text string) ([]byte, error) {
	out := make([]byte, 0, len(text))
	for s := text; s != ""; {
		if s[0] == '"' || s[0] == '\'' || s[0] == '\n' || s[0] != '\\' && s[0] < 0x80 {
			out, s = append(out, s[0]), s[1:]
			continue
		}
		r, multibyte, tail, err := strconv.UnquoteChar(s, 0)
		if err != nil {
			return nil, &Error{"", strconv.Quote(s[:min(len(s), 4)]) + ` begins no escape: there are \n \r \t \\ and \xNN`}
		}
		if multibyte {
			out = append(out, string(r)...)
		} else {
			out = append(out, byte(r))
		}
		s = tail
	}
	return out, nil
}

// octetsOf reads a field that holds escaped octets.
func (v values) octetsOf(key string) ([]byte, error) {
	b, err := Unescape(v[key])
	if err != nil {
		return nil, fault(key, err.(*Error).Reason)
	}
	return b, nil
}

// hexOf reads a field that holds octets in hex.
func (v values) hexOf(key string) ([]byte, error) {
	b, err := ParseHex(v[key])
	if err != nil {
		return nil, fault(key, err.(*Error).Reason)
	}
	return b, nil
}

// padded are the types that have padding.
func padded(t frame.Type) bool {
	return slices.Contains([]frame.Type{frame.Data, frame.Headers, frame.PushPromise}, t)
}
