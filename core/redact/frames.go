package redact

import (
	"encoding/binary"

	"framewise/core/frame"
	"framewise/core/trace"
)

// begin decides what becomes of a frame's payload by its header.
func (w *way) begin() {
	h := w.head
	w.frames++
	c := w.c
	if w.frames == 1 && w.dir == trace.ToClient && h.Type != frame.Settings && c.ways[trace.ToServer].total == 0 {
		c.isLate() // no server begins like that
	}
	if w.goes && (h.Type != frame.Continuation || h.StreamID != w.id) {
		w.abandon()
	}
	w.phase, w.body, w.pad = inPayload, 0, 0
	limit := uint32(maxPayload)
	switch h.Type {
	case frame.Data:
		w.body = filler
		if h.Flags.Has(frame.FlagPadded) {
			w.pad = -1
		}
		c.r.count.gone(KindData, "", int(h.Length))
		limit = 0
	case frame.Headers, frame.PushPromise, frame.Continuation:
		limit = maxBlock
	case frame.Priority, frame.RSTStream, frame.Settings, frame.Ping, frame.GoAway, frame.WindowUpdate,
		frame.AltSvc, frame.Origin, frame.PriorityUpdate:
	default:
		c.r.count.gone(KindUnknown, "frames of unknown types", int(h.Length))
		limit = 0
	}
	switch {
	case limit > 0 && h.Length <= limit:
		w.phase = inWhole
		if w.left == 0 {
			w.whole()
		}
		return
	case limit > 0:
		w.lose()
		c.r.count.gone(KindUnknown, "frames that are too long to look at", int(h.Length))
		w.abandon()
	}
	if w.left == 0 {
		w.phase = inHeader
	}
}

// replace overwrites the next octets of a payload that need not be whole. Those
// of DATA are its data, but for the length of its padding and the padding.
func (w *way) replace(b []byte) {
	length := int(w.head.Length)
	at := length - w.left
	if w.pad < 0 { // RFC 9113, section 6.1: the first octet
		w.pad = int(b[0])
		if w.pad > length-1 {
			w.pad = 0 // the frame is broken: nothing in it is padding
		}
		b = b[1:]
		at++
	}
	for i := range b {
		if at+i < length-w.pad {
			b[i] = w.body
			continue
		}
		if b[i] != 0 {
			w.c.r.count.gone(KindPadding, "", 1)
		}
		b[i] = 0
	}
}

// whole decides the payload that is held.
func (w *way) whole() {
	w.phase = inHeader
	f := frame.Raw{Header: w.head, Payload: w.cur.join()}
	switch f.Type {
	case frame.Headers, frame.PushPromise:
		w.fields(f)
	case frame.Continuation:
		if !w.goes || w.open.n+w.cur.n > maxBlock {
			w.abandon()
			w.broken(0)
			break
		}
		w.cur.move(&w.open, 0, w.cur.n)
		w.ended(f)
	case frame.Priority:
		w.number(5)
	case frame.RSTStream, frame.WindowUpdate:
		w.number(4)
	case frame.Settings:
		w.setting(f)
	case frame.Ping:
		w.pinged(f)
	case frame.GoAway:
		if len(f.Payload) < 8 {
			w.broken(0)
		} else if n := len(f.Payload) - 8; n > 0 {
			w.c.r.count.gone(KindDebug, "", n)
			w.overwrite(8, n)
		}
	default:
		w.extension(f)
	}
	w.cur.done()
}

// broken blanks the payload from at on, because the frame has not the shape
// that its type asks for.
func (w *way) broken(at int) {
	if w.cur.n > at {
		w.c.r.count.gone(KindUnknown, "frames that are broken", w.cur.n-at)
		w.cur.blank(at)
	}
}

// number is a payload of n octets that holds numbers, which stay.
func (w *way) number(n int) {
	if w.cur.n != n {
		w.broken(0)
	}
}

// overwrite puts filler in the place of n octets.
func (w *way) overwrite(at, n int) {
	b := make([]byte, n)
	fill(b)
	w.cur.put(at, b)
}

// fields is HEADERS or PUSH_PROMISE: the first of a field block.
func (w *way) fields(f frame.Raw) {
	var fragment, padding []byte
	var err error
	at := 0
	if f.Flags.Has(frame.FlagPadded) {
		at = 1
	}
	if f.Type == frame.Headers {
		var h frame.HeadersFrame
		h, err = frame.ParseHeaders(f)
		fragment, padding = h.Fragment, h.Padding
		if f.Flags.Has(frame.FlagPriority) {
			at += 5
		}
	} else {
		var p frame.PushPromiseFrame
		p, err = frame.ParsePushPromise(f)
		fragment, padding = p.Fragment, p.Padding
		at += 4
	}
	if err != nil {
		w.broken(at)
		w.unknownTable() // an end that took it all the same has another one now
		return
	}
	for _, b := range padding {
		if b != 0 {
			w.c.r.count.gone(KindPadding, "", len(padding))
			break
		}
	}
	w.cur.put(at+len(fragment), make([]byte, len(padding)))
	w.goes, w.id = true, f.StreamID
	w.cur.move(&w.open, at, len(fragment))
	w.ended(f)
}

// ended redacts the field block, if f was its last frame.
func (w *way) ended(f frame.Raw) {
	if !f.Flags.Has(frame.FlagEndHeaders) {
		return
	}
	w.goes = false
	w.block(&w.open)
	w.open.done()
}

// setting keeps settings that are known; of others the identifier.
func (w *way) setting(f frame.Raw) {
	s, err := frame.ParseSettings(f)
	if err != nil {
		w.broken(0)
		return
	}
	if !f.Flags.Has(frame.FlagAck) {
		w.settings = true
	}
	for i := range s.Len() {
		e := s.At(i)
		if e.ID == frame.MaxFrameSize && e.Value <= frame.MaxMaxFrameSize {
			w.maxFrame = max(w.maxFrame, e.Value)
		}
		if !e.ID.Known() {
			w.c.r.count.gone(KindUnknown, "values of unknown settings", 4)
			w.cur.put(6*i+2, make([]byte, 4))
		}
	}
}

// pings are the octets of PING frames that were not answered yet, so that an
// answer can be told by what stands in the place of its octets.
type pings struct {
	sent  [2][]pinged // by who sent them, oldest first
	count uint64
}

type pinged struct {
	was [8]byte
	is  uint64
}

// maxPings is how many may be unanswered.
const maxPings = 256

// pinged replaces the octets of a PING by a number that its answer gets too.
func (w *way) pinged(f frame.Raw) {
	if len(f.Payload) != 8 {
		w.broken(0)
		return
	}
	w.c.r.count.gone(KindPing, "", 8)
	p := &w.c.ping
	was := [8]byte(f.Payload)
	is := uint64(0)
	if f.Flags.Has(frame.FlagAck) {
		asked := p.sent[1-w.dir]
		for i := range asked {
			if asked[i].was == was {
				is = asked[i].is
				p.sent[1-w.dir] = append(asked[:i:i], asked[i+1:]...)
				break
			}
		}
	}
	if is == 0 {
		p.count++
		is = p.count
	}
	if !f.Flags.Has(frame.FlagAck) {
		q := append(p.sent[w.dir], pinged{was, is})
		p.sent[w.dir] = q[max(0, len(q)-maxPings):]
	}
	w.cur.put(0, binary.BigEndian.AppendUint64(nil, is))
}

// extension is a frame that a later RFC defines. Lengths within it stay.
func (w *way) extension(f frame.Raw) {
	b := f.Payload
	switch f.Type {
	case frame.AltSvc:
		a, err := frame.ParseAltSvc(f)
		if err != nil {
			// Zeros would be a frame without an origin, which is none.
			w.c.r.count.gone(KindUnknown, "frames that are broken", len(b))
			w.overwrite(0, len(b))
			return
		}
		w.c.r.count.gone(KindText, "ALTSVC", len(b)-2)
		w.overwrite(2, len(a.Origin)+len(a.Value))
	case frame.Origin:
		if _, err := frame.ParseOrigin(f); err != nil {
			w.broken(0)
			return
		}
		for at := 0; at < len(b); {
			n := int(binary.BigEndian.Uint16(b[at:]))
			w.c.r.count.gone(KindText, "ORIGIN", n)
			w.overwrite(at+2, n)
			at += 2 + n
		}
	case frame.PriorityUpdate:
		if len(b) < 4 {
			w.broken(0)
		} else if !isPriority(b[4:]) {
			w.c.r.count.gone(KindText, "PRIORITY_UPDATE", len(b)-4)
			w.overwrite(4, len(b)-4)
		}
	}
}

// isPriority says whether a text can be nothing but urgency and incremental
// (RFC 9218, section 4), as "u=3, i".
func isPriority[T string | []byte](s T) bool {
	if len(s) > 16 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == 'u', c == 'i', c == '=', c == ',', c == ' ', c == '?':
		default:
			return false
		}
	}
	return true
}
