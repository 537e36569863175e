package conn

import (
	"framewise/core/frame"
)

// recvExtension acts on the frame types of extensions that are known here; all
// others have no effect (RFC 9113, section 5.5).
func (c *Conn) recvExtension(f frame.Raw) {
	switch {
	case f.Type == frame.Origin && c.cfg.Role == Client && f.StreamID == 0 && f.Flags&0x0f == 0:
		c.recvOrigin(f)
	case f.Type == frame.AltSvc && c.cfg.Role == Client:
		c.recvAltSvc(f)
	default:
		c.emit(Event{Kind: EvUnknown, StreamID: f.StreamID, Header: f.Header, Data: f.Payload})
	}
	c.guardUseless()
}

// recvOrigin is RFC 8336, section 2.1: a frame that can't be parsed is ignored.
func (c *Conn) recvOrigin(f frame.Raw) {
	if list, err := frame.ParseOrigin(f); err == nil {
		c.emit(Event{Kind: EvOrigin, Header: f.Header, Origins: list})
	}
}

// recvAltSvc is RFC 7838, section 4: on stream 0 the origin must be there, on
// another it must not; else the frame is ignored.
func (c *Conn) recvAltSvc(f frame.Raw) {
	a, err := frame.ParseAltSvc(f)
	if err != nil || (f.StreamID == 0) != (len(a.Origin) > 0) {
		return
	}
	c.emit(Event{Kind: EvAltSvc, StreamID: f.StreamID, Header: f.Header, Origins: []string{string(a.Origin)}, Data: a.Value})
}

// Origin tells the client which origins this server is authoritative for
// (RFC 8336). Server only.
func (c *Conn) Origin(origins []string) error {
	n := 0
	for _, o := range origins {
		n += 2 + len(o)
	}
	if err := c.canExtend("Origin", "RFC 8336 2", n); err != nil {
		return err
	}
	c.out.buf = frame.AppendOrigin(c.out.buf, origins)
	c.sent()
	return nil
}

// AltSvc tells the client of an alternative service (RFC 7838, section 4): for
// an origin on stream 0, or for a stream's own with an empty origin. Server
// only.
func (c *Conn) AltSvc(id uint32, origin, value string) error {
	if err := c.canExtend("AltSvc", "RFC 7838 4", 2+len(origin)+len(value)); err != nil {
		return err
	}
	if (id == 0) != (origin != "") {
		return misuse("AltSvc", ErrArgument, "an origin belongs to stream 0, and only there", "RFC 7838 4")
	}
	if id != 0 && c.streams[id] == nil {
		return misuse("AltSvc", ErrNoStream, "stream "+u32(id)+" is "+c.stateOf(id).String(), "RFC 7838 4")
	}
	c.out.buf = frame.AppendAltSvc(c.out.buf, id, origin, value)
	c.sent()
	return nil
}

func (c *Conn) canExtend(op, ref string, n int) error {
	if err := c.enter(); err != nil {
		return err
	}
	switch {
	case c.fatal != nil:
		return misuse(op, ErrGoingAway, "the connection has failed: "+c.fatal.Reason, c.fatal.Ref())
	case c.cfg.Role != Server:
		return misuse(op, ErrState, "only a server sends it", ref)
	case n > int(c.peer.MaxFrameSize):
		return misuse(op, ErrArgument, "it needs a frame of "+u32(uint32(n))+" octets, the client's MAX_FRAME_SIZE is "+u32(c.peer.MaxFrameSize), "RFC 9113 4.2")
	}
	return nil
}

// grease are the setting and the frame type that a peer must ignore, chosen by
// the number in Config.Grease: sent so that peers which don't ignore them are
// found before an extension needs it.
func grease(n uint32) (frame.Setting, frame.Type) {
	x := n % 16
	return frame.Setting{ID: frame.SettingID(0x0a0a + 0x1010*x), Value: n * 2654435761}, frame.Type(0x0b + 0x1f*(n%8))
}

func (c *Conn) sendGrease() {
	if c.cfg.Grease == 0 {
		return
	}
	s, t := grease(c.cfg.Grease)
	c.out.buf = frame.AppendRaw(c.out.buf, frame.Header{Type: t, Flags: frame.Flags(s.Value)}, []byte{byte(s.Value >> 8), byte(s.Value >> 16)})
	c.sentBy(RuleGrease)
}

// UnknownSettings are the last settings of the peer that have no name here,
// oldest first, at most 32.
func (c *Conn) UnknownSettings() []frame.Setting { return c.peer.unknown }

func (p *peerSettings) keep(s frame.Setting) {
	for i := range p.unknown {
		if p.unknown[i].ID == s.ID {
			p.unknown[i].Value = s.Value
			return
		}
	}
	if len(p.unknown) == 32 {
		p.unknown = append(p.unknown[:0], p.unknown[1:]...)
	}
	p.unknown = append(p.unknown, s)
}
