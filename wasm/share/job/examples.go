package job

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"framewise/core/frame"
	"framewise/core/inspect"
	"framewise/core/redact"
	"framewise/core/trace"
)

// Example is what stands in the place of something that went.
type Example struct {
	Kind redact.Kind `json:"kind"`
	Name string      `json:"name"` // as in the report
	Text string      `json:"text"` // of the redacted record, at most exampleLen characters
}

// Bounds of what is looked at for examples: the beginning of a record.
const (
	exampleLen    = 48 // characters
	exampleFrames = 2000
	exampleOctets = 4 << 20
)

type sort struct {
	kind redact.Kind
	name string
}

// examples collects the first of each sort from the entries of a redacted record.
type examples struct {
	a      *inspect.Analyser
	octets int
	first  map[sort]string
}

func newExamples() *examples {
	return &examples{a: inspect.New(), first: map[sort]string{}}
}

func (x *examples) note(k redact.Kind, name, text string) {
	if at := (sort{k, name}); text != "" && x.first[at] == "" {
		x.first[at] = short(text)
	}
}

func (x *examples) feed(e trace.Entry) {
	switch e := e.(type) {
	case *trace.Header:
		x.note(redact.KindRemark, "title", e.Title)
		x.note(redact.KindRemark, "note", e.Note)
	case *trace.Conn:
		x.note(redact.KindHost, "client", e.Client)
		x.note(redact.KindHost, "server", e.Server)
		if e.TLS != nil {
			x.note(redact.KindHost, "tls", e.TLS.Name)
		}
	case *trace.Console:
		x.note(redact.KindConsole, "", e.Text)
	case *trace.Note:
		x.note(redact.KindRemark, "remarks", e.Text)
	case *trace.Close:
		x.note(redact.KindRemark, "reasons", e.Reason)
	case *trace.Chunk:
		x.octets += len(e.Octets)
	}
	if x.octets < exampleOctets && x.a.Feed(e) != nil {
		x.octets = exampleOctets // the writer says what is wrong
	}
}

// of are the examples of what went, in its order.
func (x *examples) of(gone []redact.Item) []Example {
	rows, err := x.a.Rows(inspect.Query{N: exampleFrames})
	if err != nil {
		rows.Rows = nil
	}
	for _, row := range rows.Rows {
		x.frame(row.Index)
	}
	out := []Example{}
	for _, i := range gone {
		if text := x.first[sort{i.Kind, i.Name}]; text != "" {
			out = append(out, Example{i.Kind, i.Name, text})
		}
	}
	return out
}

func (x *examples) frame(index int) {
	d, err := x.a.Detail(index)
	if err != nil || d.Row.Kind != "frame" || len(d.Octets) < frame.HeaderLen {
		return
	}
	if d.Block != nil {
		for _, r := range d.Block.Reps {
			x.note(redact.KindField, r.Name, r.Value)
			if r.Name == ":path" && strings.ContainsAny(r.Value, "?;") {
				x.note(redact.KindQuery, "", r.Value)
			}
		}
	}
	f := frame.Raw{Header: frame.ParseHeader(d.Octets), Payload: d.Octets[frame.HeaderLen:]}
	switch f.Type {
	case frame.Data:
		if p, err := frame.ParseData(f); err == nil {
			x.note(redact.KindData, "", string(p.Data[:min(len(p.Data), 4*exampleLen)]))
		}
	case frame.Ping:
		x.note(redact.KindPing, "", hex.EncodeToString(f.Payload))
	}
}

// short is the beginning of a text; octets that are no text are hexadecimal.
func short(s string) string {
	if !utf8.ValidString(s) {
		s = hex.EncodeToString([]byte(s))
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '·'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > exampleLen {
		s = string(r[:exampleLen-1]) + "…"
	}
	return s
}
