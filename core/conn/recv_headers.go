package conn

import (
	"errors"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// block is the field block that is being received: HEADERS or PUSH_PROMISE and
// the CONTINUATIONs behind it (RFC 9113, section 4.3).
type block struct {
	open          bool
	streamID      uint32
	promisedID    uint32 // PUSH_PROMISE
	push          bool
	end           bool // END_STREAM
	header        frame.Header
	continuations int
	empty         int // CONTINUATIONs without an octet
	hasPriority   bool
	priority      frame.PriorityParam
}

func (c *Conn) recvHeaders(f frame.Raw) {
	h, err := frame.ParseHeaders(f)
	if err != nil {
		c.fail(err)
		return
	}
	c.block = block{open: true, streamID: f.StreamID, end: f.Flags.Has(frame.FlagEndStream),
		header: f.Header, hasPriority: h.HasPriority, priority: h.Priority}
	c.addFragment(h.Fragment, f.Flags.Has(frame.FlagEndHeaders))
}

func (c *Conn) recvPushPromise(f frame.Raw) {
	p, err := frame.ParsePushPromise(f)
	if err != nil {
		c.fail(err)
		return
	}
	c.block = block{open: true, push: true, streamID: f.StreamID, promisedID: p.PromisedID, header: f.Header}
	c.addFragment(p.Fragment, f.Flags.Has(frame.FlagEndHeaders))
}

func (c *Conn) recvContinuation(f frame.Raw) {
	b, err := frame.ParseContinuation(f)
	if err == nil && !c.block.open {
		err = &frame.Error{Code: frame.ProtocolError, Section: "6.10",
			Reason: "CONTINUATION on stream " + u32(f.StreamID) + " without a field block to go on with"}
	}
	if err != nil {
		c.fail(err)
		return
	}
	c.block.continuations++
	end := f.Flags.Has(frame.FlagEndHeaders)
	if n, limit := c.block.continuations, c.cfg.Limits.MaxContinuations; n > limit {
		c.excess("MaxContinuations", int64(n), int64(limit), "CVE-2024-27316", "a field block of "+u32(uint32(n))+" CONTINUATIONs")
		return
	}
	if len(b) == 0 && !end {
		c.block.empty++
		if n, limit := c.block.empty, c.cfg.Limits.EmptyContinuations; n > limit {
			c.excess("EmptyContinuations", int64(n), int64(limit), "CVE-2024-27316", "an empty CONTINUATION that is not the last")
			return
		}
	}
	c.addFragment(b, end)
}

// addFragment decodes as the octets come: nothing is kept until the block is
// whole. The decoder must see every block, whatever becomes of the stream,
// because the dynamic table depends on it.
func (c *Conn) addFragment(b []byte, end bool) {
	if err := c.dec.Write(b); err != nil {
		c.tellLimit(err, 0)
		c.fail(blockError(err))
		return
	}
	if !end {
		return
	}
	c.block.open = false
	start := len(c.fields)
	fields, err := c.dec.Close(c.fields)
	over := tooLarge(err)
	if err != nil && over == nil {
		c.tellLimit(err, 0)
		c.fail(blockError(err))
		return
	}
	before := len(c.events)
	c.fields = fields
	c.endBlock(fields[start:len(fields):len(fields)], over)
	for i := before; i < len(c.events); i++ {
		if c.events[i].Fields != nil {
			return
		}
	}
	clear(fields[start:]) // nobody was shown them: what was refused holds nothing
	c.fields = fields[:start]
}

// tooLarge is the error of a section that is over a limit while the table is in
// step; nil: there is none, or it is fatal.
func tooLarge(err error) *hpack.Error {
	if err == nil {
		return nil // before over, which errors.As moves to the heap
	}
	var over *hpack.Error
	if errors.As(err, &over) && !over.Fatal {
		return over
	}
	return nil
}

// blockError makes a connection error of what the decoder can't get over
// (RFC 9113, section 4.3).
func blockError(err error) *frame.Error {
	var e *hpack.Error
	if errors.As(err, &e) {
		return &frame.Error{Code: e.Code, Section: e.Section, Reason: blockReason(e)}
	}
	return &frame.Error{Code: frame.CompressionError, Section: "4.3", Reason: err.Error()}
}

// blockReason says what was wrong with a field block, and at which octet.
func blockReason(e *hpack.Error) string {
	return e.Reason + ", at octet " + i64(int64(e.Offset)) + " of the field block"
}

// tellLimit emits EvLimit if the decoder stopped at one.
func (c *Conn) tellLimit(err error, id uint32) {
	var e *hpack.Error
	if errors.As(err, &e) && e.Limit != "" {
		l := decoderLimits[e.Limit]
		c.limited(l.name, id, int64(e.Count), int64(e.Max), l.ref)
	}
}

// decoderLimits tells for each limit of the decoder's its name in Limits, and
// the attack.
var decoderLimits = map[string]struct {
	name LimitName
	ref  string
}{
	"MaxBlock":    {"MaxBlock", "CVE-2024-27316"},
	"MaxFields":   {"MaxFields", "CVE-2026-49975"},
	"MaxListSize": {"MaxFieldList", "CVE-2016-6581"},
	"MaxString":   {"MaxFieldList", "CVE-2016-6581"},
}

// endBlock acts on a whole field section.
func (c *Conn) endBlock(fields []hpack.Field, over *hpack.Error) {
	b := &c.block
	if b.push {
		c.endPushPromise(fields, over)
		return
	}
	s := c.streamForHeaders()
	if s == nil {
		return
	}
	if b.hasPriority && b.priority.StreamDep == s.id {
		c.fail(selfDependency(s.id))
		return
	}
	if over != nil {
		c.tellLimit(over, s.id)
		c.fail(&frame.Error{Code: frame.EnhanceYourCalm, StreamID: s.id, Section: "10.5.1", Reason: blockReason(over)})
		return
	}
	section, err := c.checkSection(s, fields, b.end)
	if err != nil {
		c.fail(err)
		return
	}
	c.guard.useless = 0
	if c.hold(s, fields); c.fatal != nil {
		return
	}
	if section == Request {
		c.handled = max(c.handled, s.id)
	}
	if section == Request {
		c.heedHeaders(s, b, fields)
	}
	c.emit(Event{Kind: EvHeaders, StreamID: s.id, Header: b.header, Section: section, Fields: fields,
		End: b.end, HasPriority: b.hasPriority, Priority: b.priority})
	if b.end {
		c.recvEnd(s)
	}
}

// streamForHeaders finds the stream that HEADERS belong to, or opens it. nil:
// the frame has been dealt with.
func (c *Conn) streamForHeaders() *stream {
	id := c.block.streamID
	raw := frame.Raw{Header: c.block.header}
	if s := c.streams[id]; s != nil {
		if s.state == ReservedRemote && uint32(c.activeRemote) >= c.cfg.Limits.MaxConcurrent {
			c.limited("MaxConcurrent", id, int64(c.activeRemote)+1, int64(c.cfg.Limits.MaxConcurrent), "RFC 9113 5.1.2")
			c.fail(&frame.Error{Code: frame.RefusedStream, StreamID: id, Section: "5.1.2",
				Reason: "more than " + u32(c.cfg.Limits.MaxConcurrent) + " concurrent streams"})
			return nil
		}
		if s = c.admit(raw, RecvHeaders); s != nil {
			c.step(s, RecvHeaders)
		}
		return s
	}
	if c.isLocal(id) || c.cfg.Role == Client || id <= c.lastRemote {
		return c.strayHeaders(raw)
	}
	return c.acceptStream(id)
}

// strayHeaders are HEADERS for a stream that the peer may not open.
func (c *Conn) strayHeaders(f frame.Raw) *stream {
	if state := c.stateOf(f.StreamID); state == Idle {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "5.1.1",
			Reason: "HEADERS on stream " + u32(f.StreamID) + ", which the " + other(c.cfg.Role).String() + " may not open"})
		return nil
	}
	return c.admit(f, RecvHeaders)
}

func other(r Role) Role { return 1 - r }

// acceptStream opens a stream that a client begins (RFC 9113, section 5.1.2).
func (c *Conn) acceptStream(id uint32) *stream {
	c.skipped.note(c.lastRemote, id)
	c.lastRemote = id
	if c.goAway.sent && id > c.goAway.sentLast {
		c.closed.add(id, ClosedBySentReset) // section 6.8: ignored, and not answered
		c.guardUseless()
		return nil
	}
	if uint32(c.activeRemote) >= c.cfg.Limits.MaxConcurrent {
		c.out.buf = frame.AppendRSTStream(c.out.buf, id, frame.RefusedStream)
		c.sentBy(RuleRefused)
		c.closed.add(id, ClosedBySentReset)
		c.limited("MaxConcurrent", id, int64(c.activeRemote)+1, int64(c.cfg.Limits.MaxConcurrent), "RFC 9113 5.1.2")
		c.guardOwnReset()
		c.emit(Event{Kind: EvStreamError, StreamID: id, Code: frame.RefusedStream, Err: &frame.Error{
			Code: frame.RefusedStream, StreamID: id, Section: "5.1.2",
			Reason: "more than " + u32(c.cfg.Limits.MaxConcurrent) + " concurrent streams"}})
		return nil
	}
	s := c.newStream(id, false)
	c.step(s, RecvHeaders)
	return s
}

// endPushPromise is RFC 9113, sections 6.6 and 8.4.
func (c *Conn) endPushPromise(fields []hpack.Field, over *hpack.Error) {
	b := &c.block
	parent := c.streams[b.streamID]
	var reason string
	switch state := c.stateOf(b.streamID); {
	case c.cfg.Role == Server:
		reason = "a client sent PUSH_PROMISE"
	case !c.own.EnablePush:
		reason = "PUSH_PROMISE although ENABLE_PUSH is 0 and acknowledged"
	case Step(state, RecvPromise).Effect != Accept || !c.isLocal(b.streamID):
		reason = "PUSH_PROMISE on stream " + u32(b.streamID) + ", which is " + state.String()
	case b.promisedID <= c.lastRemote:
		reason = "PUSH_PROMISE promises stream " + u32(b.promisedID) + " after stream " + u32(c.lastRemote)
	}
	if reason != "" {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "6.6", Reason: reason})
		return
	}
	c.skipped.note(c.lastRemote, b.promisedID)
	c.lastRemote = b.promisedID
	if parent != nil && parent.in.connect && parent.in.final {
		c.fail(malformed(b.streamID, "8.5", "PUSH_PROMISE in a tunnel"))
		c.refusePush(b.promisedID)
		return
	}
	if uint32(c.reserved) >= c.cfg.Limits.MaxReserved {
		c.limited("MaxReserved", b.promisedID, int64(c.reserved)+1, int64(c.cfg.Limits.MaxReserved), "RFC 9113 8.4")
		c.refusePush(b.promisedID)
		return
	}
	if over != nil {
		c.tellLimit(over, b.promisedID)
	}
	if over != nil || parent == nil || c.goAway.sent {
		c.refusePush(b.promisedID)
		return
	}
	s := c.newStream(b.promisedID, false)
	c.step(s, RecvReserve)
	s.out.ended = true
	if err := checkPromise(s, fields); err != nil {
		c.fail(err)
		return
	}
	if c.hold(s, fields); c.fatal != nil {
		return
	}
	c.handled = max(c.handled, s.id)
	c.emit(Event{Kind: EvPush, StreamID: b.streamID, PromisedID: s.id, Header: b.header, Section: Request, Fields: fields})
}

func (c *Conn) refusePush(id uint32) {
	c.out.buf = frame.AppendRSTStream(c.out.buf, id, frame.RefusedStream)
	c.sentBy(RulePushRefused)
	c.guardOwnReset()
	c.closed.add(id, ClosedBySentReset)
}
