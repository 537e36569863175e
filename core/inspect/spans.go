package inspect

import (
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// spans is the layout of a frame's octets, built from front to back. Spans
// without a parent tile the octets: whatever the frame holds, rest names what
// nothing else did.
type spans struct {
	list []view.Span
	off  int // octets that top spans cover so far
}

// top adds a span of n octets behind those before and returns its index.
func (s *spans) top(n int, name, value, note, ref string) int {
	s.list = append(s.list, view.Span{Off: s.off, Len: n, Parent: -1, Name: name, Value: value, Note: note, Ref: ref,
		Color: s.color(), Rep: -1})
	s.off += n
	return len(s.list) - 1
}

// color is another than that of the span before.
func (s *spans) color() int {
	for i := len(s.list) - 1; i >= 0; i-- {
		if s.list[i].Parent < 0 {
			return s.list[i].Color%6 + 1
		}
	}
	return 1
}

// within adds a span that lies in another; off counts from the frame's start.
func (s *spans) within(parent, off, n int, name, value, note, ref string) int {
	c := s.list[parent].Color%6 + 1
	for i := len(s.list) - 1; i > parent; i-- {
		if s.list[i].Parent == parent {
			c = s.list[i].Color%6 + 1
			break
		}
	}
	s.list = append(s.list, view.Span{Off: off, Len: n, Parent: parent, Name: name, Value: value, Note: note, Ref: ref, Color: c, Rep: -1})
	return len(s.list) - 1
}

// bits adds a span for single bits of another's octets.
func (s *spans) bits(parent int, mask uint32, name, value, note, ref string) {
	p := s.list[parent]
	i := s.within(parent, p.Off, p.Len, name, value, note, ref)
	s.list[i].Mask = mask
}

// header adds the nine octets that begin every frame (RFC 9113, section 4.1).
func (s *spans) header(h frame.Header) {
	const ref = "RFC 9113 4.1"
	s.top(3, "Length", utoa(h.Length), "octets of payload behind the header", ref)
	s.top(1, "Type", "0x"+hexOf([]byte{byte(h.Type)})+" "+h.Type.String(), typeOf(h.Type).what, typeOf(h.Type).ref)
	v := h.Flags.Text(h.Type)
	if v == "" {
		v = "none"
	}
	flags := s.top(1, "Flags", v, "", ref)
	known := frame.Flags(0)
	for _, n := range h.Type.FlagNames() {
		known |= n.Flag
		s.bits(flags, uint32(n.Flag), n.Name, bit(h.Flags.Has(n.Flag)), flagNote(h.Type, n), typeOf(h.Type).ref)
	}
	if rest := h.Flags &^ known; rest != 0 {
		s.bits(flags, uint32(rest), "Unused Flags", "0x"+hexOf([]byte{byte(rest)}), "they mean nothing for this type and are ignored", ref)
	}
	note := "the connection"
	if h.StreamID != 0 {
		note = "opened by the " + endNames[initiator(h.StreamID)]
		if h.StreamID%2 == 0 {
			note = "promised by the server"
		}
	}
	id := s.top(4, "Stream Identifier", utoa(h.StreamID), note, "RFC 9113 5.1.1")
	if h.Reserved {
		s.bits(id, 1<<31, "Reserved", "1", "it should be 0 and is ignored", ref)
	}
}

func bit(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

// flagNote says what a flag means.
func flagNote(t frame.Type, f frame.FlagName) string {
	switch f.Name {
	case "END_STREAM":
		return "the last frame with content that the sender sends on this stream"
	case "END_HEADERS":
		return "the field block ends here; without it CONTINUATION follows"
	case "PADDED":
		return "a Pad Length stands in front, padding at the end"
	case "PRIORITY":
		return "priority fields stand in front of the field block"
	case "ACK":
		if t == frame.Ping {
			return "the answer to a PING"
		}
		return "the peer's settings are in force here"
	}
	return ""
}

// payload adds the fields of the payload. What breaks a rule is shown as far as
// it can be read.
func (c *connection) payload(s *spans, r *row, f frame.Raw) {
	t := typeOf(f.Type)
	b := f.Payload
	switch f.Type {
	case frame.Data, frame.Headers, frame.PushPromise:
		c.padded(s, r, f)
	case frame.Priority:
		if len(b) >= 5 {
			s.priority(b)
		}
	case frame.RSTStream:
		if len(b) >= 4 {
			s.errCode(b)
		}
	case frame.Settings:
		s.settings(f)
	case frame.Ping:
		if len(b) > 0 {
			n := min(len(b), 8)
			s.top(n, "Opaque Data", hexOf(b[:n]), "any octets; the answer repeats them", t.ref)
		}
	case frame.GoAway:
		s.goAway(b)
	case frame.WindowUpdate:
		if len(b) >= 4 {
			inc := be32(b) &^ (1 << 31)
			i := s.top(4, "Window Size Increment", utoa(inc), "octets that the receiver of this frame may send in addition", t.ref)
			if b[0]>>7 == 1 {
				s.bits(i, 1<<31, "Reserved", "1", "it should be 0 and is ignored", t.ref)
			}
		}
	case frame.Continuation:
		c.fieldBlock(s, r, len(b))
	default:
		s.extension(f)
	}
	if rest := frame.HeaderLen + len(b) - s.off; rest > 0 {
		name, note := "Payload", ""
		if f.Type.Known() {
			name, note = "Extra Octets", "nothing belongs here"
		} else if len(s.list) > 4 && s.off > frame.HeaderLen {
			name = "Rest"
		}
		s.top(rest, name, octetCount(rest), note, t.ref)
	}
}

func octetCount(n int) string {
	if n == 1 {
		return "1 octet"
	}
	return strconv.Itoa(n) + " octets"
}

// padded adds the payloads that can have padding.
func (c *connection) padded(s *spans, r *row, f frame.Raw) {
	ref, b := typeOf(f.Type).ref, f.Payload
	end := len(b)
	if f.Flags.Has(frame.FlagPadded) && len(b) > 0 {
		note := "octets of padding at the end"
		if end = len(b) - int(b[0]); end < 1 {
			note, end = "more than the payload has", len(b)
		}
		s.top(1, "Pad Length", strconv.Itoa(int(b[0])), note, ref)
	}
	stop := frame.HeaderLen + end // where the padding begins
	switch {
	case f.Type == frame.Headers && f.Flags.Has(frame.FlagPriority) && stop-s.off >= 5:
		s.priority(b[s.off-frame.HeaderLen:])
	case f.Type == frame.PushPromise && stop-s.off >= 4:
		id := be32(b[s.off-frame.HeaderLen:]) &^ (1 << 31)
		s.top(4, "Promised Stream ID", utoa(id), "the stream that the response will come on", ref)
	}
	if n := stop - s.off; n > 0 {
		if f.Type == frame.Data {
			s.top(n, "Data", octetCount(n), preview(b[s.off-frame.HeaderLen:stop-frame.HeaderLen]), ref)
		} else {
			c.fieldBlock(s, r, n)
		}
	}
	if end < len(b) {
		note := "zeros; they count for flow control"
		if f.Type != frame.Data {
			note = "zeros; they hide the size of the field block"
		}
		for _, x := range b[end:] {
			if x != 0 {
				note = "should be zeros"
			}
		}
		s.top(len(b)-end, "Padding", octetCount(len(b)-end), note, ref)
	}
}

// previewed is how much of content a preview shows, in octets.
const previewed = 64

// preview shows the beginning of content that is text.
func preview(b []byte) string {
	cut := b[:min(len(b), previewed)]
	for _, c := range cut {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return ""
		}
	}
	t := strconv.Quote(string(cut))
	if len(cut) < len(b) {
		t += "…"
	}
	return clean(t)
}

func (s *spans) priority(b []byte) {
	const ref = "RFC 7540 5.3"
	dep := be32(b)
	i := s.top(4, "Stream Dependency", utoa(dep&^(1<<31)), "the stream that this one depends on; RFC 9113 deprecates this", ref)
	s.bits(i, 1<<31, "Exclusive", bit(dep>>31 == 1), "all others that depended on that stream depend on this one", ref)
	s.top(1, "Weight", strconv.Itoa(int(b[4])+1), "1 to 256, one more than the octet", ref)
}

func (s *spans) errCode(b []byte) {
	code := frame.ErrCode(be32(b))
	s.top(4, "Error Code", "0x"+strconv.FormatUint(uint64(code), 16)+" "+code.String(), codeNote(code), "RFC 9113 7")
}

func (s *spans) settings(f frame.Raw) {
	for k := 0; k+6 <= len(f.Payload); k += 6 {
		b := f.Payload[k:]
		e := frame.Setting{ID: frame.SettingID(uint16(b[0])<<8 | uint16(b[1])), Value: be32(b[2:])}
		n := settingOf(e.ID)
		i := s.top(6, e.ID.String(), utoa(e.Value), n.what, n.ref)
		off := s.list[i].Off
		s.within(i, off, 2, "Identifier", "0x"+hexOf(b[:2])+" "+e.ID.String(), "", n.ref)
		s.within(i, off+2, 4, "Value", utoa(e.Value), n.unit, n.ref)
	}
}

func (s *spans) goAway(b []byte) {
	const ref = "RFC 9113 6.8"
	if len(b) < 8 {
		return
	}
	i := s.top(4, "Last-Stream-ID", utoa(be32(b)&^(1<<31)), "the highest stream of the peer that may have been acted on", ref)
	if b[0]>>7 == 1 {
		s.bits(i, 1<<31, "Reserved", "1", "it should be 0 and is ignored", ref)
	}
	s.errCode(b[4:])
	if n := len(b) - 8; n > 0 {
		s.top(n, "Additional Debug Data", octetCount(n), preview(b[8:]), ref)
	}
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
