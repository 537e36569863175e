package conn

import (
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/priority"
)

// HeaderOptions are what HEADERS may carry beside the field section.
type HeaderOptions struct {
	End      bool                 // END_STREAM
	Priority *frame.PriorityParam // RFC 9113, section 5.3.2; nil: none
}

// Open begins a request on a new stream and returns its identifier. Client
// only. Errors are a Misuse: ErrTooMany while the peer's limit is reached,
// ErrGoingAway, ErrExhausted, ErrField, ErrBlockTooLarge, ErrArgument for a
// stream that would depend on itself.
func (c *Conn) Open(fields []hpack.Field, o HeaderOptions) (uint32, error) {
	const op = "Open"
	if err := c.canOpen(op); err != nil {
		return 0, err
	}
	p, err := c.checkRequest(op, fields)
	if err != nil {
		return 0, err
	}
	if uint32(c.activeLocal) >= c.peer.MaxConcurrentStreams {
		return 0, misuse(op, ErrTooMany, "the peer allows "+u32(c.peer.MaxConcurrentStreams)+" concurrent streams", "RFC 9113 5.1.2")
	}
	id := c.nextLocal
	if o.Priority != nil && o.Priority.StreamDep == id {
		return 0, misuse(op, ErrArgument, "stream "+u32(id)+" can't depend on itself", "RFC 7540 5.3.1")
	}
	c.nextLocal += 2
	s := c.newStream(id, true)
	s.out.final, s.in.head = true, p.method == "HEAD"
	s.in.connect = p.method == "CONNECT"
	s.out.connect = s.in.connect
	c.writeHeaders(s, fields, o, c.cause)
	return id, nil
}

func (c *Conn) canOpen(op string) error {
	if err := c.enter(); err != nil {
		return err
	}
	switch {
	case c.fatal != nil || c.goAway.received || c.goAway.sent:
		return misuse(op, ErrGoingAway, "the connection is going away", "RFC 9113 6.8")
	case c.nextLocal > frame.MaxStreamID:
		return misuse(op, ErrExhausted, "all stream identifiers are used", "RFC 9113 5.1.1")
	}
	return nil
}

// Headers sends a field section on a stream: an informational or final response
// of a server, or the trailer section of either side. Behind DATA that still
// waits a trailer section waits too.
func (c *Conn) Headers(id uint32, fields []hpack.Field, o HeaderOptions) error {
	const op = "Headers"
	s, err := c.sendable(op, id, SendHeaders)
	if err != nil {
		return err
	}
	section, err := c.ownSection(op, s, fields, o.End)
	if err != nil {
		return err
	}
	if err := c.checkOwn(op, id, fields, section); err != nil {
		return err
	}
	if section == Trailers {
		s.trailing, s.trailers, s.endCause = true, append([]hpack.Field(nil), fields...), c.cause
		s.endAfter = true
		c.finish(s)
		return nil
	}
	if s.state == ReservedLocal && uint32(c.activeLocal) >= c.peer.MaxConcurrentStreams {
		return misuse(op, ErrTooMany, "the client has lowered its limit to "+u32(c.peer.MaxConcurrentStreams)+" concurrent streams", "RFC 9113 5.1.2")
	}
	s.out.final = section == Response
	if s.out.final && s.out.connect && pseudo(fields).status[0] != '2' {
		// CONNECT was refused: this is a response like any other (RFC 9110, section 9.3.6).
		s.out.connect, s.in.connect = false, false
	}
	if s.out.final {
		c.heedResponse(s, fields)
	}
	c.writeHeaders(s, fields, o, c.cause)
	return nil
}

// ownSection decides what a field section of ours is.
func (c *Conn) ownSection(op string, s *stream, fields []hpack.Field, end bool) (Section, error) {
	if s.out.final {
		if s.out.connect {
			return 0, misuse(op, ErrState, "a tunnel has no trailer section", "RFC 9113 8.5")
		}
		if !end {
			return 0, misuse(op, ErrState, "a field section behind the response must end the stream", "RFC 9113 8.1")
		}
		return Trailers, nil
	}
	status := pseudo(fields).status
	if len(status) != 3 || status[0] < '1' || status[0] > '9' {
		return 0, misuse(op, ErrField, "a response needs :status, three digits", "RFC 9113 8.3.2")
	}
	if status == "101" {
		return 0, misuse(op, ErrField, ":status 101 does not exist in HTTP/2", "RFC 9113 8.6")
	}
	if status[0] == '1' {
		if end {
			return 0, misuse(op, ErrState, "an informational response can't end the stream", "RFC 9113 8.1")
		}
		return Informational, nil
	}
	return Response, nil
}

// Data queues octets to be sent on a stream as the windows allow. The slice is
// kept until it has left: don't change it before the octets that Poll returned
// were written. end: END_STREAM follows.
func (c *Conn) Data(id uint32, b []byte, end bool) error {
	const op = "Data"
	s, err := c.sendable(op, id, SendData)
	if err != nil {
		return err
	}
	if !s.out.final {
		return misuse(op, ErrState, "DATA must follow the head of the message", "RFC 9113 8.1")
	}
	if len(b) > 0 {
		s.queue = append(s.queue, piece{b, c.cause})
		s.queued += len(b)
		s.wasFull = true
		c.waits(s)
	}
	if end {
		s.endAfter, s.endCause = true, c.cause
		c.finish(s)
	}
	c.wake(s)
	return nil
}

// sendable finds the stream that a verb is for and asks the table of states.
func (c *Conn) sendable(op string, id uint32, in Input) (*stream, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	if c.fatal != nil {
		return nil, misuse(op, ErrGoingAway, "the connection has failed: "+c.fatal.Reason, c.fatal.Ref())
	}
	s := c.streams[id]
	if s == nil {
		return nil, misuse(op, ErrNoStream, "stream "+u32(id)+" is "+c.stateOf(id).String(), "RFC 9113 5.1")
	}
	t := Step(s.state, in)
	if t.Effect != Accept {
		return nil, misuse(op, ErrState, "stream "+u32(id)+" is "+s.state.String(), "RFC 9113 "+t.Section)
	}
	if s.endAfter && (in == SendHeaders || in == SendData) {
		return nil, misuse(op, ErrState, "stream "+u32(id)+" was ended before", "RFC 9113 5.1")
	}
	return s, nil
}

// Reset ends a stream with RST_STREAM (RFC 9113, section 6.4). What is queued on
// it is dropped. A stream that is closed already is left alone.
func (c *Conn) Reset(id uint32, code frame.ErrCode) error {
	if err := c.enter(); err != nil {
		return err
	}
	s := c.streams[id]
	if s == nil || s.state.Closed() {
		if s == nil && c.stateOf(id) == Idle {
			return misuse("Reset", ErrNoStream, "stream "+u32(id)+" is idle", "RFC 9113 6.4")
		}
		return nil
	}
	if c.fatal == nil {
		c.out.buf = frame.AppendRSTStream(c.out.buf, id, code)
		c.sent()
	}
	c.emit(Event{Kind: EvStreamClosed, StreamID: id, Code: code, By: ByOwner})
	c.closeStream(s, ClosedBySentReset)
	return nil
}

// Push promises a stream on another one (RFC 9113, section 8.4) and returns its
// identifier; the response follows with Headers and Data. Server only.
func (c *Conn) Push(parent uint32, fields []hpack.Field) (uint32, error) {
	const op = "Push"
	if err := c.canOpen(op); err != nil {
		return 0, err
	}
	if c.cfg.Role != Server {
		return 0, misuse(op, ErrState, "only a server pushes", "RFC 9113 8.4")
	}
	if !c.peer.EnablePush {
		return 0, misuse(op, ErrPushDisabled, "the client set ENABLE_PUSH to 0", "RFC 9113 6.5.2")
	}
	if c.isLocal(parent) {
		return 0, misuse(op, ErrState, "stream "+u32(parent)+" was promised by us, and a promise belongs to a request of the client's", "RFC 9113 8.4")
	}
	if s, err := c.sendable(op, parent, SendPromise); err != nil {
		return 0, err
	} else if s.out.connect && s.out.final {
		return 0, misuse(op, ErrState, "stream "+u32(parent)+" is a tunnel", "RFC 9113 8.5")
	}
	// A promise counts here already: its response must find room (section 5.1.2).
	if uint32(c.activeLocal+c.reserved) >= c.peer.MaxConcurrentStreams {
		return 0, misuse(op, ErrTooMany, "the client allows "+u32(c.peer.MaxConcurrentStreams)+" concurrent streams", "RFC 9113 5.1.2")
	}
	id := c.nextLocal
	if err := c.checkOwn(op, id, fields, Request); err != nil {
		return 0, err
	}
	s := &stream{id: id}
	if err := checkPromise(s, fields); err != nil {
		return 0, misuse(op, ErrField, asFrameError(err).Reason, asFrameError(err).Ref())
	}
	c.nextLocal += 2
	s = c.newStream(id, true)
	s.parent = parent
	c.step(s, SendReserve)
	s.in.ended = true
	if c.scheme() == priority.Urgency {
		c.heedField(s, fields) // nobody else speaks for a promise that was just made
	}
	block := c.enc.AppendBlock(c.scratch[:0], fields)
	c.scratch = block[:0]
	c.writeBlock(block, 4, func(dst, frag []byte, endHeaders bool, pad int) []byte {
		return frame.AppendPushPromise(dst, parent, id, frag, endHeaders, pad)
	}, parent, c.cause)
	return id, nil
}

// Priority announces a stream's priority (RFC 9113, section 6.3; the scheme of
// RFC 7540, section 5.3). The stream may be idle or closed.
func (c *Conn) Priority(id uint32, p frame.PriorityParam) error {
	if err := c.enter(); err != nil {
		return err
	}
	if id == 0 || id > frame.MaxStreamID || p.StreamDep == id {
		return misuse("Priority", ErrArgument, "stream "+u32(id)+" can't depend on "+u32(p.StreamDep), "RFC 7540 5.3.1")
	}
	if c.fatal == nil {
		c.out.buf = frame.AppendPriority(c.out.buf, id, p)
		c.sent()
		c.prioritize(id, p)
	}
	return nil
}

// Ping asks the peer for an answer with the same eight octets (EvPingAck).
func (c *Conn) Ping(data [8]byte) error {
	if err := c.enter(); err != nil {
		return err
	}
	if c.fatal == nil {
		c.guard.pings++
		c.out.buf = frame.AppendPing(c.out.buf, data, false)
		c.sent()
	}
	return nil
}

// GoAway tells the peer that its streams above last will not be processed
// (RFC 9113, section 6.8). A later one must not name a higher stream. Streams
// that are open go on; new ones are not opened by either side.
func (c *Conn) GoAway(last uint32, code frame.ErrCode, debug []byte) error {
	if err := c.enter(); err != nil {
		return err
	}
	if last > frame.MaxStreamID {
		return misuse("GoAway", ErrArgument, "the last stream is above 2147483647", "RFC 9113 6.8")
	}
	if c.goAway.sent && last > c.goAway.sentLast {
		return misuse("GoAway", ErrArgument, "GOAWAY can't raise the last stream from "+u32(c.goAway.sentLast)+" to "+u32(last), "RFC 9113 6.8")
	}
	if c.fatal == nil {
		c.out.buf = frame.AppendGoAway(c.out.buf, last, code, debug)
		c.sent()
		c.goAway.sent, c.goAway.sentLast = true, last
	}
	return nil
}

// Raw queues octets as they are: a frame that was made by hand, legal or not.
// The state of the connection does not learn of it. For lessons and tests.
func (c *Conn) Raw(b []byte) error {
	if err := c.enter(); err != nil {
		return err
	}
	c.out.buf = append(c.out.buf, b...)
	c.sent()
	return nil
}

// checkOwn holds our own field section to the rules that the peer will hold it
// to (RFC 9113, section 8), and to the size that it announced.
func (c *Conn) checkOwn(op string, id uint32, fields []hpack.Field, section Section) error {
	kind := section
	if kind == Informational {
		kind = Response
	}
	if err := checkFields(id, fields, kind); err != nil {
		e := asFrameError(err)
		return misuse(op, ErrField, e.Reason, e.Ref())
	}
	size := 0
	for i := range fields {
		size += hpack.FieldSize(fields[i].Name, fields[i].Value)
	}
	if limit := c.peer.MaxHeaderListSize; limit != noLimit && uint32(size) > limit {
		return misuse(op, ErrBlockTooLarge, "the field section has "+u32(uint32(size))+" octets, the peer's MAX_HEADER_LIST_SIZE is "+u32(limit), "RFC 9113 10.5.1")
	}
	return nil
}
