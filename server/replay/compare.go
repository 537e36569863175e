package replay

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"framewise/core/frame"
)

// Difference is the first place where two peers said something else.
type Difference struct {
	Stream   uint32 // of the record; 0: the connection
	Text     string // one line: what differs
	Recorded string // what the trace has there; "" for nothing
	Live     string // what came; "" for nothing
	Field    string // name of the field that differs, "": none

	Frame     int   // of the record, as all views count them, from 1; 0: none
	Nth       int   // number of that among the peer's frames, from 1; 0: none
	Octet     int64 // of the peer's direction in the record, from 0; -1: none
	LiveNth   int   // the same of what came now
	LiveOctet int64
}

// say is the event in words.
func (e *event) say() string {
	switch e.kind {
	case "content":
		sum := sha256.Sum256(e.data.b)
		return fmt.Sprintf("a content of %d octets (SHA-256 %s…)", len(e.data.b), hex.EncodeToString(sum[:6]))
	case "end":
		return "the end of the stream"
	case "reset":
		return "RST_STREAM " + e.text
	case "goaway":
		return "GOAWAY " + e.text
	case "settings":
		return "SETTINGS " + strings.ReplaceAll(e.text, "\n", ", ")
	case "http1":
		return "HTTP/1.1 " + strings.ReplaceAll(e.text, "\n", ", ")
	}
	return e.kind + " " + strings.ReplaceAll(e.text, "\n", ", ")
}

// compare finds the first difference in the order of the record, and counts the
// streams on which the same was said.
func compare(recorded, live *story) (first *Difference, alike int) {
	came := map[uint32][]event{}
	for _, e := range live.events {
		came[e.stream] = append(came[e.stream], e)
	}
	differs := map[uint32]bool{}
	seen := map[uint32]bool{}
	note := func(d Difference, r, l *event) {
		if differs[d.Stream] {
			return
		}
		if first == nil {
			first = &d
			d.places(recorded, r, l)
		}
		differs[d.Stream] = true
	}
	who := recorded.by.String()
	for i := range recorded.events {
		e := &recorded.events[i]
		seen[e.stream] = true
		rest := came[e.stream]
		if len(rest) == 0 {
			note(Difference{Stream: e.stream, Text: "the " + who + " did not say this", Recorded: e.say()}, e, nil)
			continue
		}
		if text, line := e.differs(&rest[0]); text != "" {
			note(Difference{Stream: e.stream, Text: text, Recorded: e.say(), Live: rest[0].say(), Field: e.field(&rest[0], line), Octet: int64(line)}, e, &rest[0])
		}
		came[e.stream] = rest[1:]
	}
	for i := range live.events { // in the order in which they came
		e := &live.events[i]
		if rest := came[e.stream]; len(rest) > 0 {
			note(Difference{Stream: e.stream, Text: "the " + who + " said more", Live: rest[0].say()}, nil, &rest[0])
		}
		seen[e.stream] = true
	}
	for id := range seen {
		if id != 0 && !differs[id] {
			alike++
		}
	}
	return first, alike
}

// places fills in where a difference lies: between event r of the record and l
// of what came, of which one may be nil. d.Octet is the line of the text, or the
// octet of the content, in which they differ.
func (d *Difference) places(recorded *story, r, l *event) {
	line := int(d.Octet)
	d.Octet, d.LiveOctet = -1, -1
	if r != nil {
		d.Nth, d.Octet = r.place(line)
		if n := d.Nth - 1; n >= 0 && n < len(recorded.numbers) {
			d.Frame = recorded.numbers[n]
		}
	}
	if l != nil {
		d.LiveNth, d.LiveOctet = l.place(line)
	}
}

// place is the frame and the octet of a line of the event's text, or of an octet
// of its content.
func (e *event) place(line int) (nth int, octet int64) {
	if e.data != nil {
		i, _ := slices.BinarySearchFunc(e.data.pieces, line+1, func(p piece, n int) int { return p.from - n })
		p := e.data.pieces[max(0, i-1)]
		return p.at.nth, p.at.octet + p.skip + int64(line-p.from)
	}
	if line >= 0 && line < len(e.octets) {
		return e.at.nth, e.octets[line]
	}
	return e.at.nth, e.at.octet
}

// field is the name of the field in a line of the text.
func (e *event) field(o *event, line int) string {
	if e.kind != o.kind || e.kind != "fields" && e.kind != "promise" && e.kind != "http1" {
		return ""
	}
	for _, ev := range []*event{e, o} {
		if lines := strings.Split(ev.text, "\n"); line >= 0 && line < len(lines) && lines[line] != "" {
			name, _, _ := strings.Cut(lines[line][1:], ":")
			return lines[line][:1] + name
		}
	}
	return ""
}

// differs says how two events differ, "": they do not; and in which line of
// their texts, or octet of their contents.
func (e *event) differs(o *event) (text string, line int) {
	switch {
	case e.kind != o.kind:
		return "something else", 0
	case e.data != nil:
		return e.data.differs(o.data)
	case e.text == o.text:
		return "", 0
	}
	x, y := strings.Split(e.text, "\n"), strings.Split(o.text, "\n")
	for i := range max(len(x), len(y)) {
		switch {
		case i >= len(x):
			return fmt.Sprintf("only now: %q", y[i]), i
		case i >= len(y):
			return fmt.Sprintf("only in the trace: %q", x[i]), i
		case x[i] != y[i]:
			return fmt.Sprintf("%q in the trace, %q now", x[i], y[i]), i
		}
	}
	return "something else", 0
}

func (c *content) differs(o *content) (string, int) {
	if bytes.Equal(c.b, o.b) {
		return "", 0
	}
	n := min(len(c.b), len(o.b))
	for i := range n {
		if c.b[i] != o.b[i] {
			return fmt.Sprintf("the content has other octets, first octet %d: 0x%02x in the trace, 0x%02x now", i, c.b[i], o.b[i]), i
		}
	}
	return fmt.Sprintf("the content has %d octets in the trace and %d now", len(c.b), len(o.b)), max(0, n-1)
}

// strictly compares octets. It gives nil when live has all of what recorded has
// and no more.
func strictly(recorded, live *story, want, came []byte) *Difference {
	n := 0
	for n < len(want) && n < len(came) && want[n] == came[n] {
		n++
	}
	if n == len(want) && n == len(came) {
		return nil
	}
	d := &Difference{Octet: int64(n), LiveOctet: int64(n)}
	var at, now place
	at, d.Nth = recorded.at(int64(n))
	now, d.LiveNth = live.at(int64(n))
	d.Stream = at.stream
	if i := d.Nth - 1; i >= 0 && i < len(recorded.numbers) {
		d.Frame = recorded.numbers[i]
	}
	who := recorded.by.String()
	switch {
	case n == len(came):
		d.Text, d.Recorded, d.LiveOctet, d.LiveNth = "the "+who+" says no more", frameText(at, d.Nth), -1, 0
	case n == len(want):
		d.Text, d.Live, d.Octet, d.Nth, d.Frame = "the "+who+" said more", frameText(now, d.LiveNth), -1, 0, 0
	default:
		d.Text = fmt.Sprintf("octet %d is 0x%02x in the trace, 0x%02x now", n, want[n], came[n])
		d.Recorded, d.Live = frameText(at, d.Nth), frameText(now, d.LiveNth)
	}
	return d
}

func frameText(p place, nth int) string {
	if nth == 0 {
		return "octets that are no frame"
	}
	return fmt.Sprintf("%s on stream %d, octet %d", p.typ, p.stream, p.octet)
}

// at is the frame in which an octet stands, and its number; 0: none.
func (s *story) at(octet int64) (place, int) {
	i, _ := slices.BinarySearchFunc(s.places, octet+1, func(p place, n int64) int {
		switch {
		case p.octet < n:
			return -1
		case p.octet > n:
			return 1
		}
		return 0
	})
	if i == 0 {
		return place{typ: frame.Type(0xff)}, 0
	}
	return s.places[i-1], i
}
