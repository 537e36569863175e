package script

import (
	"bytes"
	"strconv"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
)

// sentSide reads what we send, as an outsider would.
type sentSide struct {
	pending  []byte // octets that are no whole frame yet
	preface  bool   // it was seen
	table    *hpack.Table
	block    []byte            // the field block in hand
	settings [][]frame.Setting // of the peer, not acknowledged by us yet
}

// takeFrames notes the whole frames that we sent, each with its cause.
func (r *runner) takeFrames() {
	p := &r.sent
	if r.cfg.Role == conn.Client && !p.preface && bytes.HasPrefix(p.pending, []byte(frame.Preface)) {
		p.preface, p.pending = true, p.pending[len(frame.Preface):]
		r.frames = append(r.frames, Entry{Kind: Sent, Text: "connection preface", Ref: "RFC 9113 3.4"})
	}
	s := frame.Splitter{MaxFrameSize: frame.MaxMaxFrameSize}
	s.Push(p.pending)
	for i := 0; ; i++ {
		f, ok, err := s.Next()
		if err != nil || !ok {
			p.pending = append([]byte(nil), s.Rest()...)
			return
		}
		e := Entry{Kind: Sent, StreamID: f.StreamID, Type: f.Type, Text: f.Text()}
		if i < len(r.out.Causes) {
			e.Ref = r.cause(r.out.Causes[i])
		}
		r.frames = append(r.frames, e)
		r.hear(f.StreamID)
		r.readSent(f)
	}
}

// cause says why a frame was sent.
func (r *runner) cause(k conn.Cause) string {
	if k.Rule != conn.RuleNone {
		return k.Rule.String() + ruleRefs[k.Rule.String()]
	}
	if k.Tag == 0 || int(k.Tag) > len(r.t.Steps) {
		return ""
	}
	verb := r.t.script.Commands[k.Tag-1].Verb
	if int(k.Tag) == r.number() {
		return verb
	}
	return verb + " of step " + strconv.Itoa(int(k.Tag))
}

// ruleRefs are the sections that state the rules of conn.Rule.
var ruleRefs = map[string]string{
	"preface":          ", RFC 9113 3.4",
	"settings-ack":     ", RFC 9113 6.5.3",
	"ping-ack":         ", RFC 9113 6.7",
	"window":           ", RFC 9113 6.9",
	"stream-error":     ", RFC 9113 5.4.2",
	"connection-error": ", RFC 9113 5.4.1",
	"refused":          ", RFC 9113 5.1.2",
	"shutdown":         ", RFC 9113 6.8",
	"push-refused":     ", RFC 9113 8.4.2",
	"idle":             ", RFC 9113 6.8",
	"stall":            ", RFC 9113 10.5",
	"keep-alive":       ", RFC 9113 6.7",
	"grease":           ", RFC 9113 5.5",
}

// readSent keeps the mirror of our encoder's table and notes field blocks,
// representation by representation.
func (r *runner) readSent(f frame.Raw) {
	p := &r.sent
	var fragment []byte
	switch f.Type {
	case frame.Settings:
		if f.Flags.Has(frame.FlagAck) {
			p.acknowledged()
		}
		return
	case frame.Headers:
		h, err := frame.ParseHeaders(f)
		if err != nil {
			return
		}
		fragment, p.block = h.Fragment, p.block[:0]
	case frame.PushPromise:
		h, err := frame.ParsePushPromise(f)
		if err != nil {
			return
		}
		r.hear(h.PromisedID)
		fragment, p.block = h.Fragment, p.block[:0]
	case frame.Continuation:
		fragment = f.Payload
	default:
		return
	}
	p.block = append(p.block, fragment...)
	if !f.Flags.Has(frame.FlagEndHeaders) {
		return
	}
	reps, err := p.table.Explain(p.block, nil)
	for i := range reps {
		text, ref := repText(&reps[i])
		r.frames = append(r.frames, Entry{Kind: Block, StreamID: f.StreamID, Text: text, Ref: ref})
	}
	if err != nil {
		r.frames = append(r.frames, Entry{Kind: Block, StreamID: f.StreamID, Text: err.Error()})
	}
}

// acknowledged puts the peer's oldest settings in force for our encoder.
func (p *sentSide) acknowledged() {
	if len(p.settings) == 0 {
		return
	}
	for _, s := range p.settings[0] {
		if s.ID == frame.HeaderTableSize {
			p.table.SetAllowedMax(s.Value)
		}
	}
	p.settings = p.settings[1:]
}

// repText says what a representation is and did.
func repText(rep *hpack.Rep) (text, ref string) {
	if rep.Kind == hpack.TableSizeUpdate {
		text = "dynamic table size update to " + u(rep.Max)
	} else {
		text = formatField(field{name: rep.Name, value: short(rep.Value)}) + " — " + rep.Kind.String()
		if rep.Index != 0 {
			text += ", index " + u(rep.Index)
		}
	}
	if rep.Evicted > 0 {
		text += ", evicts " + strconv.Itoa(rep.Evicted)
	}
	return text, rep.Kind.Ref()
}
