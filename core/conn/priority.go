package conn

import (
	"slices"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/priority"
)

// scheme is how streams share the connection: as SETTINGS_NO_RFC7540_PRIORITIES
// of either end says, else as the first signals do (RFC 9218, section 2.1). Ours
// counts from the beginning: what is in our first SETTINGS can't change.
func (c *Conn) scheme() priority.Scheme {
	if c.peer.NoRFC7540Priorities || announced(c.cfg.Settings, frame.NoRFC7540Priorities) == 1 {
		return priority.Urgency
	}
	return priority.Auto
}

// tunnelParam is the priority of a CONNECT tunnel of which nobody says anything:
// it has no end that others of its urgency could wait for, so it takes turns
// with them (RFC 9218, section 11).
var tunnelParam = priority.Param{Urgency: priority.DefaultParam.Urgency, Incremental: true}

// defaultParam is what a signal leaves open for a stream.
func (s *stream) defaultParam() priority.Param {
	if s != nil && s.out.connect {
		return tunnelParam
	}
	return priority.DefaultParam
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
	c.heedField(s, fields)
	if c.ready.sched != nil && c.ready.sched.Holds(s.id) {
		c.schedule(s) // what was said before it opened is kept for it from now on
	}
}

// heedField takes the priority field of a request (RFC 9218, section 5). One
// that can't be parsed is as one that is not there (section 4).
func (c *Conn) heedField(s *stream, fields []hpack.Field) {
	if value, found := priorityField(fields); found {
		if p, err := priority.ParseField(value, s.defaultParam()); err == nil {
			sched := c.scheduler()
			sched.Prefer(c.schedule(s), p)
		}
	}
}

// heedResponse merges what our own response says into what the client asked for
// (RFC 9218, section 8): parameters that it does not name stay. A response alone
// does not choose the scheme.
func (c *Conn) heedResponse(s *stream, fields []hpack.Field) {
	if c.cfg.Role != Server {
		return
	}
	value, found := priorityField(fields)
	if !found || c.scheduler().Scheme() != priority.Urgency {
		return
	}
	ref := c.schedule(s)
	if p, err := priority.ParseField(value, c.ready.sched.Param(ref)); err == nil {
		c.ready.sched.Update(s.id, p)
	}
}

// priorityField is the priority field: its lines are one list.
func priorityField(fields []hpack.Field) (value string, found bool) {
	for i := range fields {
		if fields[i].Name != "priority" {
			continue
		}
		if found {
			value += ", "
		}
		value, found = value+fields[i].Value, true
	}
	return value, found
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

// noteIdle adds a stream that is idle to those that PRIORITY_UPDATE named,
// and leaves out those that are idle no more, the ones up to last. It returns
// the list, in order.
func noteIdle(list []uint32, last, id uint32) []uint32 {
	opened, _ := slices.BinarySearch(list, last+1)
	list = slices.Delete(list, 0, opened)
	if at, found := slices.BinarySearch(list, id); !found {
		list = slices.Insert(list, at, id)
	}
	return list
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
	param, err := priority.ParseField(string(p.Field), c.streams[p.StreamID].defaultParam())
	if err != nil {
		return
	}
	if state == Idle {
		c.ready.idle = noteIdle(c.ready.idle, c.lastRemote, p.StreamID)
		if limit := c.cfg.Limits.MaxConcurrent; uint64(len(c.ready.idle)+c.activeRemote) > uint64(limit) {
			c.fail(&frame.Error{Code: frame.ProtocolError, Section: "RFC 9218 7.1",
				Reason: "PRIORITY_UPDATE for more streams than MAX_CONCURRENT_STREAMS, " + u32(limit)})
			return
		}
	}
	c.placed(p.StreamID)
	c.scheduler().Update(p.StreamID, param)
}

// PriorityUpdate tells the server how urgent a stream is (RFC 9218, section 7):
// field is a priority field value, "u=1, i". Client only. Errors are a Misuse:
// ErrTooMany for a stream that has not begun when those named so and those that
// are open are as many as the server allows at a time.
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
	if c.isLocal(id) && id >= c.nextLocal {
		idle := noteIdle(c.ready.idle, c.nextLocal-1, id)
		if limit := c.peer.MaxConcurrentStreams; uint64(len(idle)+c.activeLocal) > uint64(limit) {
			at, _ := slices.BinarySearch(idle, id)
			c.ready.idle = slices.Delete(idle, at, at+1)
			return misuse(op, ErrTooMany, "the server allows "+u32(limit)+" concurrent streams, those that have not begun among them", "RFC 9218 7.1")
		}
		c.ready.idle = idle
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
