package conn

import (
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/priority"
)

// scheme is how streams share the connection: as SETTINGS_NO_RFC7540_PRIORITIES
// of either end says, else as the first signals do (RFC 9218, section 2.1).
func (c *Conn) scheme() priority.Scheme {
	if c.peer.NoRFC7540Priorities || c.own.NoRFC7540Priorities {
		return priority.Urgency
	}
	return priority.Auto
}

// heedHeaders takes the priority that a request carries: in the fields of
// HEADERS (RFC 9113, section 5.3.2) or in its priority field (RFC 9218,
// section 5). Clients don't decide what a server sends first.
func (c *Conn) heedHeaders(s *stream, b *block, fields []hpack.Field) {
	if c.cfg.Role != Server {
		return
	}
	if b.hasPriority && c.scheme() == priority.Auto {
		c.prioritize(s.id, b.priority)
	}
	value, found := "", false
	for i := range fields {
		if fields[i].Name != "priority" {
			continue
		}
		if found { // lines of one field are one list
			value += ", "
		}
		value, found = value+fields[i].Value, true
	}
	if !found {
		return
	}
	// A field that can't be parsed is as one that is not there (section 4).
	if p, err := priority.ParseField(value, priority.DefaultParam); err == nil {
		c.scheduler().Prefer(c.schedule(s), p)
	}
}

// prioritize gives a stream its place in the tree. That it does not depend on
// itself was seen before. Streams that are open must be known to the scheduler
// as such, or it would forget them as it forgets closed ones.
func (c *Conn) prioritize(id uint32, p frame.PriorityParam) {
	c.placed(id)
	c.placed(p.StreamDep)
	_ = c.scheduler().Prioritize(id, p)
}

func (c *Conn) placed(id uint32) {
	if s := c.streams[id]; s != nil && !s.state.Closed() {
		c.schedule(s)
	}
}

// idlePrioritized counts streams that PRIORITY_UPDATE named before they opened.
func (c *Conn) idlePrioritized() (n int) {
	for _, id := range c.scheduler().AppendKept(nil) {
		if c.stateOf(id) == Idle {
			n++
		}
	}
	return n
}

// recvPriorityUpdate is RFC 9218, section 7.1.
func (c *Conn) recvPriorityUpdate(f frame.Raw) {
	if c.cfg.Role == Client {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "RFC 9218 7.1", Reason: "PRIORITY_UPDATE from a server"})
		return
	}
	p, err := frame.ParsePriorityUpdate(f)
	if err != nil {
		c.fail(err)
		return
	}
	if c.guardPriority(); c.fatal != nil {
		return
	}
	state := c.stateOf(p.StreamID)
	if c.isLocal(p.StreamID) && state == Idle {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "RFC 9218 7.1",
			Reason: "PRIORITY_UPDATE for stream " + u32(p.StreamID) + ", which was not promised"})
		return
	}
	if c.streams[p.StreamID] == nil {
		if c.guardUseless(); c.fatal != nil {
			return
		}
	}
	c.emit(Event{Kind: EvPriorityUpdate, StreamID: p.StreamID, Header: f.Header, Data: p.Field})
	if state.Closed() {
		return
	}
	if param, err := priority.ParseField(string(p.Field), priority.DefaultParam); err == nil {
		c.placed(p.StreamID)
		c.scheduler().Update(p.StreamID, param)
	}
	if limit := int(c.cfg.Limits.MaxConcurrent); state == Idle && c.idlePrioritized()+c.activeRemote > limit {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "RFC 9218 7.1",
			Reason: "PRIORITY_UPDATE for more streams than MAX_CONCURRENT_STREAMS, " + u32(uint32(limit))})
	}
}

// PriorityUpdate tells the server how urgent a stream is (RFC 9218, section 7):
// field is a priority field value, "u=1, i". Client only.
func (c *Conn) PriorityUpdate(id uint32, field string) error {
	const op = "PriorityUpdate"
	if err := c.enter(); err != nil {
		return err
	}
	if c.cfg.Role != Client {
		return misuse(op, ErrState, "only a client sends it", "RFC 9218 7.1")
	}
	if _, err := priority.ParseField(field, priority.DefaultParam); err != nil {
		return misuse(op, ErrArgument, err.Error(), "RFC 9218 4")
	}
	if id == 0 || id > frame.MaxStreamID || (!c.isLocal(id) && c.stateOf(id) == Idle) {
		return misuse(op, ErrNoStream, "there is no stream "+u32(id), "RFC 9218 7.1")
	}
	if c.fatal == nil {
		c.out.buf = frame.AppendPriorityUpdate(c.out.buf, id, []byte(field))
		c.sent()
	}
	return nil
}

// Prefer decides for ourselves how a stream shares the connection, whatever the
// peer asked for, and tells nobody: the seed's priority with silent, for RFC
// 7540's tree.
func (c *Conn) Prefer(id uint32, p frame.PriorityParam) error {
	if err := c.enter(); err != nil {
		return err
	}
	if id == 0 || id > frame.MaxStreamID || p.StreamDep == id {
		return misuse("Prefer", ErrArgument, "stream "+u32(id)+" can't depend on "+u32(p.StreamDep), "RFC 7540 5.3.1")
	}
	c.prioritize(id, p)
	return nil
}

// PreferUrgency is the same for RFC 9218's urgency.
func (c *Conn) PreferUrgency(id uint32, p priority.Param) error {
	if err := c.enter(); err != nil {
		return err
	}
	c.placed(id)
	c.scheduler().Update(id, p)
	return nil
}

// Priorities is how the streams share the connection now: in pre-order, for a
// tree that is drawn. It is appended to dst.
func (c *Conn) Priorities(dst []priority.Node) []priority.Node {
	if c.ready.sched == nil {
		return dst
	}
	return c.ready.sched.Snapshot(dst)
}
