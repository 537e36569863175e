package script

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/hpack"
)

// peer is the other end: it keeps nothing but what frames need that span
// commands.
type peer struct {
	enc  *hpack.Encoder
	rest []byte // of a field block that was cut by octets=
}

// octets makes what a command of the peer's delivers.
func (r *runner) octets(c *Command) []byte {
	p := &r.peer
	switch c.Verb {
	case "handshake":
		var b []byte
		if r.cfg.Role == conn.Server {
			b = append(b, frame.Preface...)
		}
		return frame.AppendSettingsAck(frame.AppendSettings(b, c.settings()))
	case "preface":
		return []byte(frame.Preface)
	case "raw":
		b, _ := hex.DecodeString(c.joined())
		return b
	case "text":
		s, _ := c.text()
		return []byte(s)
	case "garbage":
		n, _ := parseNumber(c.joined())
		return garbage(int(n))
	case "table":
		n, _ := parseNumber(c.joined())
		p.enc.SetTableLimit(uint32(n))
		p.enc.SetMaxTableSize(uint32(n))
		return nil
	case "end":
		return nil
	}
	return c.adjust(p.frame(c))
}

// frame makes a frame of the peer's as its type has it.
func (p *peer) frame(c *Command) []byte {
	id := c.u32("stream")
	end := c.flag("END_STREAM")
	switch c.Verb {
	case "DATA":
		return frame.AppendData(nil, id, c.payload(), end, c.pad())
	case "HEADERS":
		block, whole := p.block(c)
		return frame.AppendHeaders(nil, id, block, end, whole, c.priority(), c.pad())
	case "CONTINUATION":
		block, whole := p.block(c)
		return frame.AppendContinuation(nil, id, block, whole)
	case "PUSH_PROMISE":
		block, whole := p.block(c)
		return frame.AppendPushPromise(nil, id, c.u32("promised"), block, whole, c.pad())
	case "PRIORITY":
		prio := c.priority()
		if prio == nil {
			prio = &frame.PriorityParam{Weight: 15}
		}
		return frame.AppendPriority(nil, id, *prio)
	case "RST_STREAM":
		return frame.AppendRSTStream(nil, id, c.code())
	case "SETTINGS":
		if c.flag("ACK") {
			return frame.AppendRaw(nil, frame.Header{Type: frame.Settings, Flags: frame.FlagAck, StreamID: id}, frame.AppendSettingsPayload(nil, c.settings()))
		}
		return frame.AppendRaw(nil, frame.Header{Type: frame.Settings, StreamID: id}, frame.AppendSettingsPayload(nil, c.settings()))
	case "PING":
		h := frame.Header{Type: frame.Ping, StreamID: id}
		if c.flag("ACK") {
			h.Flags = frame.FlagAck
		}
		data := c.opaque()
		return frame.AppendRaw(nil, h, data[:])
	case "GOAWAY":
		b := binary.BigEndian.AppendUint32(nil, c.u32("last"))
		b = append(binary.BigEndian.AppendUint32(b, uint32(c.code())), c.payload()...)
		return frame.AppendRaw(nil, frame.Header{Type: frame.GoAway, StreamID: id}, b)
	case "WINDOW_UPDATE":
		b := binary.BigEndian.AppendUint32(nil, c.u32("increment"))
		return frame.AppendRaw(nil, frame.Header{Type: frame.WindowUpdate, StreamID: id}, b)
	}
	return extension(c, id)
}

// extension makes a frame of a type that RFC 9113 does not define.
func extension(c *Command, id uint32) []byte {
	var b []byte
	t, _ := frame.TypeByName(c.Verb)
	text := c.payload()
	switch c.Verb {
	case "ALTSVC": // RFC 7838, section 4
		origin := c.octets("origin")
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(origin))), origin...)
	case "ORIGIN": // RFC 8336, section 2
		b = binary.BigEndian.AppendUint16(b, uint16(len(text)))
	case "PRIORITY_UPDATE": // RFC 9218, section 7.1
		b = binary.BigEndian.AppendUint32(b, c.u32("prioritized"))
	case "FRAME":
		t = frame.Type(c.u32("type"))
	}
	return frame.AppendRaw(nil, frame.Header{Type: t, StreamID: id}, append(b, text...))
}

// adjust does what any frame can have: flags, another payload, a length that
// lies.
func (c *Command) adjust(b []byte) []byte {
	h := frame.ParseHeader(b)
	payload := b[frame.HeaderLen:]
	if c.has("payload") {
		payload = c.octets("payload")
	}
	h.Flags |= frame.Flags(c.u32("flags"))
	h.Reserved = c.u32("reserved") != 0
	b = frame.AppendRaw(nil, h, payload)
	if c.has("length") {
		n := c.u32("length")
		b[0], b[1], b[2] = byte(n>>16), byte(n>>8), byte(n)
	}
	return b
}

// block is the fragment that a frame carries, and whether the field block ends
// with it.
func (p *peer) block(c *Command) (fragment []byte, whole bool) {
	b := p.rest
	if c.Verb != "CONTINUATION" {
		b = nil
	}
	switch {
	case c.has("block"):
		b = c.octets("block")
	case len(c.fields) > 0:
		list := make([]hpack.Field, len(c.fields))
		for i, f := range c.fields {
			list[i] = hpack.Field{Name: f.name, Value: f.value, Sensitive: f.never}
		}
		b = p.enc.AppendBlock(nil, list)
	}
	n := min(len(b), int(c.number("octets", uint64(len(b)))))
	p.rest = b[n:]
	return b[:n], n == len(b) && !c.flag("-END_HEADERS")
}

func (c *Command) pad() int {
	if c.has("padding") {
		return int(min(c.number("padding", 0), 255))
	}
	return frame.NoPadding
}

func (c *Command) priority() *frame.PriorityParam {
	if !c.has("dependency") && !c.has("weight") && !c.flag("exclusive") {
		return nil
	}
	return &frame.PriorityParam{StreamDep: c.u32("dependency"), Weight: uint8(c.number("weight", 16) - 1), Exclusive: c.flag("exclusive")}
}

// payload is the text of a command, or as many octets as size= says.
func (c *Command) payload() []byte {
	if s, ok := c.text(); ok {
		return []byte(s)
	}
	n := int(c.number("size", 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(i%26)
	}
	return b
}

func (c *Command) opaque() (data [8]byte) {
	copy(data[:], c.octets("opaque"))
	return data
}

// garbage is n octets without sense (a linear congruential generator).
func garbage(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// own does a verb of ours. The text is what it gave back, the error a
// conn.Misuse.
func (r *runner) own(c *Command) (string, error) {
	id := c.u32("stream")
	o := conn.HeaderOptions{End: c.flag("END_STREAM"), Priority: c.priority()}
	switch c.Verb {
	case "open":
		id, err := r.c.Open(ownFields(c), o)
		return opened(id, err)
	case "push":
		promised, err := r.c.Push(id, ownFields(c))
		return opened(promised, err)
	case "respond":
		return "", r.c.Headers(id, ownFields(c), o)
	case "trailers":
		return "", r.c.Headers(id, ownFields(c), conn.HeaderOptions{End: true})
	case "data":
		return "", r.c.Data(id, c.payload(), o.End)
	case "reset":
		return "", r.c.Reset(id, c.code())
	case "consume":
		w, _ := r.c.StreamWindow(id)
		return "", r.c.Consume(id, int(c.number("octets", uint64(w.Held))))
	case "settings":
		return "", r.c.Settings(c.settings())
	case "ping":
		return "", r.c.Ping(c.opaque())
	case "goaway":
		return "", r.c.GoAway(uint32(c.number("last", uint64(r.c.LastStreamID()))), c.code(), c.payload())
	case "priority":
		prio := c.priority()
		if prio == nil {
			prio = &frame.PriorityParam{Weight: 15}
		}
		return "", r.c.Priority(id, *prio)
	case "write":
		n, _ := parseNumber(c.joined())
		r.most = int(n)
		return "", nil
	case "priority-update":
		return "", r.c.PriorityUpdate(id, string(c.payload()))
	case "prefer":
		p := c.priority()
		if p == nil {
			p = &frame.PriorityParam{Weight: 15}
		}
		return "", r.c.Prefer(id, *p)
	case "origin":
		return "", r.c.Origin([]string{string(c.payload())})
	case "altsvc":
		return "", r.c.AltSvc(id, string(c.octets("origin")), string(c.payload()))
	case "raw":
		b, _ := hex.DecodeString(c.joined())
		return "", r.c.Raw(b)
	case "upgrade":
		return "", r.c.Upgrade(c.octets("settings"), ownFields(c))
	}
	return "", nil
}

func opened(id uint32, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return "stream " + strconv.Itoa(int(id)), nil
}

func ownFields(c *Command) []hpack.Field {
	list := make([]hpack.Field, len(c.fields))
	for i, f := range c.fields {
		list[i] = hpack.Field{Name: f.name, Value: f.value, Sensitive: f.never}
	}
	return list
}
