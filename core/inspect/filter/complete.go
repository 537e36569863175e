package filter

import (
	"strings"
	"unicode/utf8"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// termInfo is a term of the language, for reading it and for completing it.
type termInfo struct {
	name     string
	compares bool // with < and the like, else a colon follows
	what     string
	values   func() []view.Candidate // what can stand behind it; nil: a number or any text
}

// terms are all of them, in the order in which they are offered.
var terms []termInfo

func init() {
	terms = []termInfo{
		{"stream", false, "on this stream: stream:1|3", numbers("0", "the connection", "1", "the client's first stream")},
		{"type", false, "of this type: type:DATA", typeValues},
		{"dir", false, "from the client or from the server: dir:s2c", numbers("c2s", "from the client to the server", "s2c", "from the server to the client")},
		{"flag", false, "with this flag: flag:END_STREAM", flagValues},
		{"error", false, "carries or makes this error: error:*", errorValues},
		{"size", true, "octets of payload: size>100", numbers("100", "octets", "16384", "the smallest MAX_FRAME_SIZE")},
		{"header", false, "its field block has this field: header:\":path=/x\"", headerValues},
		{"window", true, "octets that its sender may still send: window<1024", numbers("1", "used up", "1024", "octets", "65535", "the initial window")},
		{"stall", false, "a sender begins or ends to wait for a window: stall:*",
			numbers("*", "begins or ends", "begin", "a window is used up from here on", "end", "DATA can go on from here on")},
		{"time", true, "sent later or earlier than: time>5ms", numbers("1ms", "a millisecond", "100ms", "a tenth of a second", "1s", "a second")},
		{"line", false, "caused by this line of the program: line:12", nil},
		{"conn", false, "of this connection: conn:2", nil},
		{"text", false, "what its row says contains this: text:GET", nil},
	}
}

// termNames lists the terms as messages show them.
func termNames() string {
	var b strings.Builder
	for i, t := range terms {
		switch {
		case i == len(terms)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(t.name + t.end())
	}
	return b.String()
}

// end is what follows the name.
func (t *termInfo) end() string {
	switch {
	case !t.compares:
		return ":"
	case t.name == "window":
		return "<"
	}
	return ">"
}

// numbers are pairs of a value and what it means.
func numbers(pairs ...string) func() []view.Candidate {
	return func() (out []view.Candidate) {
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, view.Candidate{Text: pairs[i], What: pairs[i+1]})
		}
		return out
	}
}

func typeValues() (out []view.Candidate) {
	for t := frame.Data; t < frame.PriorityUpdate+1; t++ {
		if t.Known() || t == frame.AltSvc || t == frame.Origin || t == frame.PriorityUpdate {
			out = append(out, view.Candidate{Text: t.String(), What: typeWhats[t]})
		}
	}
	return append(out, view.Candidate{Text: "preface", What: "the client's 24 octets"}, view.Candidate{Text: "garbage", What: "octets that are no frame"},
		view.Candidate{Text: "cut", What: "a frame whose end is missing"})
}

var typeWhats = map[frame.Type]string{
	frame.Data: "content", frame.Headers: "a field section", frame.Priority: "priority of RFC 7540", frame.RSTStream: "ends a stream at once",
	frame.Settings: "what its sender is ready to receive", frame.PushPromise: "announces a pushed response", frame.Ping: "a round trip",
	frame.GoAway: "ends the connection", frame.WindowUpdate: "credit for DATA", frame.Continuation: "the rest of a field block",
	frame.AltSvc: "another place of the origin", frame.Origin: "origins of the connection", frame.PriorityUpdate: "priority of RFC 9218",
}

func flagValues() []view.Candidate {
	return numbers("END_STREAM", "the sender's last content on the stream", "END_HEADERS", "the field block ends", "PADDED", "with padding",
		"PRIORITY", "HEADERS with priority fields", "ACK", "SETTINGS or PING that acknowledges")()
}

func errorValues() []view.Candidate {
	out := []view.Candidate{{Text: "*", What: "any error"}}
	for c := frame.NoError; c <= frame.HTTP11Required; c++ {
		out = append(out, view.Candidate{Text: c.String(), What: "RFC 9113, section 7"})
	}
	return out
}

func headerValues() []view.Candidate {
	return numbers(":method=", "the request's method", "\":path=*\"", "the request's path", ":status=", "the response's status", ":authority=", "the host",
		"content-type", "the type of the content", "content-length", "its length", "cookie", "a cookie", "priority", "urgency of RFC 9218")()
}

// Complete says what can stand at a place of a filter: names of terms, or the
// values of the term that the place lies in. cursor counts characters.
func Complete(text string, cursor int) view.Completion {
	runes := []rune(text)
	text = string(runes) // what is no UTF-8 is three octets there, too
	cursor = min(max(cursor, 0), len(runes))
	before := string(runes[:cursor])
	start, value := place(before)
	end := start
	for end < len(text) && (end < len(before) || text[end] != ' ' && text[end] != '|') {
		end++
	}
	out := view.Completion{From: utf8.RuneCountInString(text[:start]), To: utf8.RuneCountInString(text[:end]), Items: []view.Candidate{}}
	typed := strings.ToLower(strings.TrimLeft(before[start:], `"`))
	if value == nil {
		typed = strings.TrimPrefix(typed, "-")
		not := text[start:min(start+1, end)] == "-"
		for _, t := range terms {
			if strings.HasPrefix(t.name, typed) {
				c := view.Candidate{Text: t.name + t.end(), What: t.what}
				if not {
					c = view.Candidate{Text: "-" + c.Text, What: "not: " + c.What}
				}
				out.Items = append(out.Items, c)
			}
		}
		return out
	}
	if value.values == nil {
		return out
	}
	for _, c := range value.values() {
		if strings.HasPrefix(strings.ToLower(strings.TrimLeft(c.Text, `"`)), typed) {
			out.Items = append(out.Items, c)
		}
	}
	return out
}

// place finds where the word that text ends in begins, and the term whose value
// it is; nil for the name of a term.
func place(text string) (start int, value *termInfo) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ' ':
			start, value = i+1, nil
		case c == '|' && value != nil:
			start = i + 1
		case value == nil:
			for k := range terms {
				t := &terms[k]
				if strings.EqualFold(strings.TrimPrefix(text[start:i], "-"), t.name) && (c == ':' || t.compares && strings.ContainsRune("<>=", rune(c))) {
					start, value = i+1, t
					break
				}
			}
		case value.compares && start == i && c == '=':
			start = i + 1
		}
	}
	return start, value
}
