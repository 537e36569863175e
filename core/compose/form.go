package compose

import (
	"strconv"

	"framewise/core/frame"
)

// form is the form with the fields that fit its type and flags, and their values.
func (v values) form() Form {
	f := builder{v: v}
	f.choice("type", "Type", typeOptions(), "RFC 9113 6", "")
	if v["type"] == other {
		f.line("number", "Type number", "RFC 9113 5.5", "0 to 255; 0x2a where it is left empty")
	}
	t, err := v.typ()
	f.flags(t)
	f.line("stream", "Stream", "RFC 9113 5.1.1", "0 is the connection")
	if v.raw() {
		f.text("payload", "Payload", "RFC 9113 4.1", "in hex")
	} else if err == nil {
		f.body(t)
	}
	f.line("length", "Length says", "RFC 9113 4.1", "empty: the truth")
	f.line("extra", "More octets", "", "in hex, at the end")
	f.flag("reserved", "Reserved bit", "RFC 9113 4.1")
	if v["type"] != other {
		f.flag("raw", "Payload in hex", "")
	}
	return Form{Fields: f.list}
}

type builder struct {
	v    values
	list []Field
}

func (f *builder) add(kind, key, label, ref, note string) {
	f.list = append(f.list, Field{Key: key, Label: label, Value: f.v[key], Kind: kind, Ref: ref, Note: note})
}

func (f *builder) line(key, label, ref, note string) { f.add("line", key, label, ref, note) }
func (f *builder) text(key, label, ref, note string) { f.add("text", key, label, ref, note) }
func (f *builder) flag(key, label, ref string)       { f.add("flag", key, label, ref, "") }

func (f *builder) choice(key, label string, options []Option, ref, note string) {
	f.add("choice", key, label, ref, note)
	f.list[len(f.list)-1].Options = options
}

func typeOptions() []Option {
	out := make([]Option, 0, len(names)+1)
	for _, t := range names {
		out = append(out, Option{Value: t.String(), Text: t.String()})
	}
	return append(out, Option{Value: other, Text: "another type, by number"})
}

// flags are the bits that the type gives a meaning, then the others.
func (f *builder) flags(t frame.Type) {
	known := frame.Flags(0)
	for _, n := range t.FlagNames() {
		known |= n.Flag
		f.flag(flagKey(bitOf(n.Flag)), n.Name, sections[t])
	}
	for i := range 8 {
		if bit := frame.Flags(1 << i); known&bit == 0 {
			f.flag(flagKey(i), "0x"+strconv.FormatUint(uint64(bit), 16), "RFC 9113 4.1")
		}
	}
}

func bitOf(f frame.Flags) (n int) {
	for ; f > 1; f >>= 1 {
		n++
	}
	return n
}

// sections define the types.
var sections = map[frame.Type]string{
	frame.Data: "RFC 9113 6.1", frame.Headers: "RFC 9113 6.2", frame.Priority: "RFC 9113 6.3", frame.RSTStream: "RFC 9113 6.4",
	frame.Settings: "RFC 9113 6.5", frame.PushPromise: "RFC 9113 6.6", frame.Ping: "RFC 9113 6.7", frame.GoAway: "RFC 9113 6.8",
	frame.WindowUpdate: "RFC 9113 6.9", frame.Continuation: "RFC 9113 6.10", frame.AltSvc: "RFC 7838 4", frame.Origin: "RFC 8336 2",
	frame.PriorityUpdate: "RFC 9218 7.1",
}

// escapes tells how octets are written in a line.
const escapes = `\n \r \t \\ and \xNN stand for octets`

// body adds the fields of a type.
func (f *builder) body(t frame.Type) {
	ref := sections[t]
	switch t {
	case frame.Data:
		f.text("data", "Data", ref, escapes)
	case frame.Headers:
		if f.v.flags().Has(frame.FlagPriority) {
			f.priority("RFC 9113 6.2")
		}
		f.block()
	case frame.Priority:
		f.priority(ref)
	case frame.RSTStream:
		f.code(ref)
	case frame.Settings:
		f.text("settings", "Settings", "RFC 9113 6.5.1", "a line each: MAX_FRAME_SIZE 16384 or 0x99 1")
	case frame.PushPromise:
		f.line("promised", "Promised stream", ref, "")
		f.block()
	case frame.Ping:
		f.line("ping", "Opaque data", ref, "8 octets; "+escapes)
	case frame.GoAway:
		f.line("last", "Last stream", ref, "")
		f.code(ref)
		f.line("debug", "Debug data", ref, escapes)
	case frame.WindowUpdate:
		f.line("increment", "Increment", ref, "1 to 2147483647")
	case frame.Continuation:
		f.block()
	case frame.AltSvc:
		f.line("origin", "Origin", ref, "")
		f.line("altsvc", "Alt-Svc value", ref, `h2="example.org:443"`)
	case frame.Origin:
		f.text("origins", "Origins", ref, "a line each: https://example.org")
	case frame.PriorityUpdate:
		f.line("prioritized", "Prioritized stream", ref, "")
		f.line("priority", "Priority value", "RFC 9218 4", "u=1, i")
	}
	if padded(t) && f.v.flags().Has(frame.FlagPadded) {
		f.line("pad", "Padding", "RFC 9113 6.1", "octets of zeros")
		f.line("padlen", "Pad length says", "RFC 9113 6.1", "empty: the truth")
	}
}

func (f *builder) priority(ref string) {
	f.line("dep", "Depends on stream", ref, "")
	f.line("weight", "Weight", ref, "1 to 256; 16 where it is left empty")
	f.flag("exclusive", "Exclusive", ref)
}

func (f *builder) block() {
	f.text("fields", "Field lines", "RFC 7541 6",
		"a line each: name: value. In front of a line + adds it to the dynamic table, ! never indexes it, ~ Huffman-codes it; # 2 is entry 2, = 0 resizes the table, x 82 are octets")
	f.choice("as", "Lines without a mark", []Option{{Value: "", Text: "literal, not indexed"},
		{Value: "incremental", Text: "literal, incremental indexing"}, {Value: "never", Text: "literal, never indexed"}}, "RFC 7541 6.2", "")
	f.flag("huffman", "Huffman where shorter", "RFC 7541 5.2")
}

func (f *builder) code(ref string) {
	var options []Option
	known := f.v["code"] == ""
	for c := frame.NoError; c <= frame.HTTP11Required; c++ {
		options = append(options, Option{Value: c.String(), Text: c.String()})
		known = known || c.String() == f.v["code"]
	}
	if !known {
		options = append(options, Option{Value: f.v["code"], Text: f.v["code"]})
	}
	options = append(options, Option{Value: "0xff", Text: "0xff, which is no code"})
	f.choice("code", "Error code", options, "RFC 9113 7", "")
}
