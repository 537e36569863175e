package inspect

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// Widths of the columns of a line.
const (
	indexWidth = 5
	timeWidth  = 11
	typeWidth  = 13
)

// margin stands before the lines that belong to a frame in the verbose form.
const margin = "          "

// AppendLine appends one line about a frame, with its newline: the number from
// 1, the time of sending in milliseconds, the direction (→ from the client, ←
// from the server), the type, the stream, what it says and, when it breaks a
// rule, the error code:
//
//	7      11.020 → HEADERS       1   GET / · END_STREAM
//
// The connection stands before the arrow when conns is true, for records that
// hold more than one.
func AppendLine(dst []byte, r view.Row, conns bool) []byte {
	l := line{r.Index, r.SentAt, 0, arrow(r.Dir), rowName(r), r.Stream, r.Kind == "frame" || r.Type != ""}
	if conns {
		l.conn = r.Conn
	}
	dst = l.appendTo(dst)
	if r.Text != "" {
		dst = append(append(dst, ' '), r.Text...)
	}
	if r.Error != "" {
		dst = append(append(dst, "  ! "...), r.Error...)
	}
	return append(dst, '\n')
}

func rowName(r view.Row) string {
	switch {
	case r.Kind == "cut":
		return strings.TrimSpace("cut " + r.Type)
	case r.Kind != "frame":
		return r.Kind
	}
	return r.Type
}

func arrow(dir string) string {
	if dir == dirNames[client] {
		return "→"
	}
	return "←"
}

// AppendVerbose appends everything that a reader wants to know of a frame, in
// the manner of `nghttp -v`: the line of AppendLine, the frame's header, its
// fields, the field lines of the block that ends in it, what it changed, why it
// was sent, and what is wrong with it.
func AppendVerbose(dst []byte, d view.Detail, conns bool) []byte {
	dst = AppendLine(dst, d.Row, conns)
	if d.Row.Kind == "frame" && len(d.Octets) > 4 {
		dst = append(dst, margin+"<length="...)
		dst = strconv.AppendInt(dst, int64(d.Row.Length), 10)
		dst = append(dst, ", flags=0x"...)
		dst = append(dst, hexOf(d.Octets[4:5])...)
		dst = append(append(dst, ", stream_id="...), utoa(d.Row.Stream)...)
		dst = append(dst, ">\n"...)
	}
	if d.Row.Flags != "" {
		dst = append(append(append(dst, margin+"; "...), strings.ReplaceAll(d.Row.Flags, "|", " | ")...), '\n')
	}
	dst = appendSpans(dst, d)
	dst = appendBlock(dst, d)
	for _, e := range d.Effects {
		dst = appendFact(dst, "* "+e.At+", "+e.Text, e.Ref)
	}
	if d.Why.Line != 0 || d.Why.Rule != "" || d.Why.Call != "" {
		dst = appendFact(dst, "? "+d.Why.Text, d.Why.Ref)
	}
	for _, p := range d.Problems {
		text := p.Text
		if p.Code != "" {
			text = p.Code + ": " + text
		}
		dst = appendFact(dst, "! "+text, p.Ref)
	}
	return dst
}

func appendFact(dst []byte, text, ref string) []byte {
	dst = append(append(dst, margin...), text...)
	if ref != "" {
		dst = append(append(append(dst, " ("...), ref...), ')')
	}
	return append(dst, '\n')
}

// appendSpans shows the fields of the payload.
func appendSpans(dst []byte, d view.Detail) []byte {
	for i, s := range d.Spans {
		if s.Parent >= 0 || d.Row.Kind == "frame" && i < len(d.Spans) && s.Off < 9 {
			continue
		}
		if d.Block != nil && strings.HasPrefix(s.Name, "Field Block") && d.Row.Kind == "frame" {
			continue
		}
		dst = append(append(append(dst, margin+"["...), s.Name...), ": "...)
		dst = append(dst, s.Value...)
		if s.Note != "" && strings.HasPrefix(s.Note, `"`) {
			dst = append(append(dst, ' '), s.Note...)
		}
		dst = append(dst, "]\n"...)
	}
	return dst
}

// appendBlock shows the field lines at the frame that their block ends in.
func appendBlock(dst []byte, d view.Detail) []byte {
	b := d.Block
	if b == nil || len(b.Frames) > 0 && b.Frames[len(b.Frames)-1] != d.Row.Index {
		return dst
	}
	for _, r := range b.Reps {
		if r.Kind == "Table size update" {
			dst = append(append(append(dst, margin+"; "...), r.Text...), '\n')
			continue
		}
		dst = append(append(append(dst, margin...), r.Name...), ": "...)
		dst = append(append(dst, r.Value...), '\n')
	}
	if b.Error != "" {
		dst = append(append(append(dst, margin+"; "...), b.Error...), '\n')
	}
	return dst
}
