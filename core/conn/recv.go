package conn

import (
	"framewise/core/frame"
	"framewise/core/priority"
)

// recvFrame acts on one frame of the peer's.
func (c *Conn) recvFrame(f frame.Raw) {
	if c.block.open && (f.Type != frame.Continuation || f.StreamID != c.block.streamID) {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "4.3",
			Reason: f.Type.String() + " on stream " + u32(f.StreamID) + " within the field block of stream " + u32(c.block.streamID)})
		return
	}
	if !c.started {
		if f.Type != frame.Settings || f.Flags.Has(frame.FlagAck) {
			is := f.Type.String()
			if f.Type == frame.Settings {
				is += " with ACK"
			}
			c.fail(&frame.Error{Code: frame.ProtocolError, Section: "3.4",
				Reason: "the first frame is " + is + ", it must be SETTINGS without ACK"})
			return
		}
		c.started = true
	}
	switch f.Type {
	case frame.Data:
		c.recvData(f)
	case frame.Headers:
		c.recvHeaders(f)
	case frame.Priority:
		c.recvPriority(f)
	case frame.RSTStream:
		c.recvReset(f)
	case frame.Settings:
		c.recvSettings(f)
	case frame.PushPromise:
		c.recvPushPromise(f)
	case frame.Ping:
		c.recvPing(f)
	case frame.GoAway:
		c.recvGoAway(f)
	case frame.WindowUpdate:
		c.recvWindowUpdate(f)
	case frame.Continuation:
		c.recvContinuation(f)
	case frame.PriorityUpdate:
		c.recvPriorityUpdate(f)
	default:
		c.recvExtension(f)
	}
}

// admit looks the input up in the table of states. It returns the stream to go
// on with, or nil when the frame has been dealt with.
func (c *Conn) admit(f frame.Raw, in Input) *stream {
	state := c.stateOf(f.StreamID)
	s := c.streams[f.StreamID]
	switch t := Step(state, in); t.Effect {
	case Accept:
		return s
	case Ignore:
		c.guardUseless()
	case StreamErrorClosed:
		c.fail(&frame.Error{Code: frame.StreamClosed, StreamID: f.StreamID, Section: t.Section,
			Reason: f.Type.String() + " on a stream that is " + state.String()})
	case ConnErrorClosed:
		c.fail(&frame.Error{Code: frame.StreamClosed, Section: t.Section,
			Reason: f.Type.String() + " on stream " + u32(f.StreamID) + ", which is " + state.String()})
	default:
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: t.Section,
			Reason: f.Type.String() + " on stream " + u32(f.StreamID) + ", which is " + state.String()})
	}
	return nil
}

// recvData is RFC 9113, section 6.1. Every octet is booked on the connection's
// window first, also for a stream that is gone (section 6.9).
func (c *Conn) recvData(f frame.Raw) {
	d, err := frame.ParseData(f)
	if err != nil {
		c.fail(err)
		return
	}
	n := int64(d.FlowLen())
	if !c.recvWindow.take(n) {
		c.fail(&frame.Error{Code: frame.FlowControlError, Section: "6.9",
			Reason: "DATA of " + i64(n) + " octets, the connection's window has " + i64(c.recvWindow.left)})
		return
	}
	if c.cfg.CreditAtOnce {
		c.refund(n)
	}
	s := c.admit(f, RecvData)
	if s == nil {
		c.credit(n)
		return
	}
	if !s.recv.take(n) {
		c.credit(n)
		c.fail(&frame.Error{Code: frame.FlowControlError, StreamID: s.id, Section: "6.9",
			Reason: "DATA of " + i64(n) + " octets, the stream's window has " + i64(s.recv.left)})
		return
	}
	end := f.Flags.Has(frame.FlagEndStream)
	if err := s.in.addBody(s.id, int64(len(d.Data)), end); err != nil {
		c.fail(err)
		return
	}
	c.guard.useless = 0
	c.guardData(s, int64(len(d.Data)), end)
	if c.fatal != nil {
		return
	}
	c.step(s, RecvData)
	if pad := n - int64(len(d.Data)); pad > 0 { // nobody consumes padding
		c.credit(pad)
		if inc := s.recv.consume(pad); inc > 0 && !end {
			c.windowUpdate(s.id, inc)
		}
	}
	c.emit(Event{Kind: EvData, StreamID: s.id, Header: f.Header, Data: d.Data, End: end})
	if end {
		c.recvEnd(s)
	}
}

func (c *Conn) recvEnd(s *stream) {
	s.in.ended = true
	c.step(s, RecvEnd)
	c.settle(s)
}

// recvPriority is RFC 9113, section 6.3: legal for every stream, also for one
// that is idle or closed. One that is wrong is a stream error, and so RST_STREAM,
// also on a stream that both sides have just ended; on one that was reset it is
// dropped, because RST_STREAM is not answered with RST_STREAM (section 5.4.2).
func (c *Conn) recvPriority(f frame.Raw) {
	p, err := frame.ParsePriority(f)
	if err == nil && p.StreamDep == f.StreamID {
		err = selfDependency(f.StreamID)
	}
	if err != nil {
		if state := c.stateOf(f.StreamID); asFrameError(err).StreamID != 0 && state.Closed() && state != ClosedByEnd {
			c.guardUseless()
			return
		}
		c.fail(err)
		return
	}
	c.guardPriority()
	if c.streams[f.StreamID] == nil {
		c.guardUseless()
	}
	if c.fatal != nil {
		return
	}
	c.emit(Event{Kind: EvPriority, StreamID: f.StreamID, Priority: p})
	if c.cfg.Role == Server && c.scheme() == priority.Auto {
		c.prioritize(f.StreamID, p)
	}
}

func selfDependency(id uint32) *frame.Error {
	return &frame.Error{Code: frame.ProtocolError, StreamID: id, Section: "RFC 7540 5.3.1",
		Reason: "stream " + u32(id) + " depends on itself"}
}

// recvReset is RFC 9113, section 6.4.
func (c *Conn) recvReset(f frame.Raw) {
	code, err := frame.ParseRSTStream(f)
	if err != nil {
		c.fail(err)
		return
	}
	s := c.admit(f, RecvReset)
	if s == nil {
		return
	}
	if !s.local {
		c.guardReset()
	}
	if c.fatal != nil {
		return
	}
	c.emit(Event{Kind: EvStreamClosed, StreamID: s.id, Code: code, By: ByPeer})
	c.closeStream(s, ClosedByReset)
}

// recvPing is RFC 9113, section 6.7.
func (c *Conn) recvPing(f frame.Raw) {
	data, err := frame.ParsePing(f)
	if err != nil {
		c.fail(err)
		return
	}
	if f.Flags.Has(frame.FlagAck) {
		if c.clock.answered(data) {
			return
		}
		if c.guard.pings > 0 {
			c.guard.pings--
		} else if c.guardUseless(); c.fatal != nil { // nobody asked
			return
		}
		c.emit(Event{Kind: EvPingAck, Ping: data})
		return
	}
	if c.guardAck("CVE-2019-9512"); c.fatal != nil {
		return
	}
	c.emit(Event{Kind: EvPing, Ping: data})
	c.out.buf = frame.AppendPing(c.out.buf, data, true)
	c.sentBy(RulePingAck)
}

// recvGoAway is RFC 9113, section 6.8: our streams above the last one were not
// processed, and may be sent again on another connection.
func (c *Conn) recvGoAway(f frame.Raw) {
	g, err := frame.ParseGoAway(f)
	if err != nil {
		c.fail(err)
		return
	}
	if c.goAway.received && g.LastStreamID > c.goAway.recvLast {
		c.fail(&frame.Error{Code: frame.ProtocolError, Section: "6.8",
			Reason: "GOAWAY raises the last stream from " + u32(c.goAway.recvLast) + " to " + u32(g.LastStreamID)})
		return
	}
	if c.goAway.received {
		if c.guardUseless(); c.fatal != nil {
			return
		}
	}
	c.goAway.received, c.goAway.recvLast, c.goAway.code = true, g.LastStreamID, g.Code
	c.emit(Event{Kind: EvGoAway, LastStreamID: g.LastStreamID, Code: g.Code, Data: g.Debug})
	for _, id := range c.sortedStreams() {
		s := c.streams[id]
		if s.local && id > g.LastStreamID && !s.state.Closed() {
			c.emit(Event{Kind: EvStreamClosed, StreamID: id, Code: frame.RefusedStream, By: ByGoAway})
			c.closeStream(s, ClosedByReset)
		}
	}
}

// recvWindowUpdate is RFC 9113, section 6.9.
func (c *Conn) recvWindowUpdate(f frame.Raw) {
	if c.guardWindow(); c.fatal != nil {
		return
	}
	inc, err := frame.ParseWindowUpdate(f)
	if f.StreamID == 0 {
		if err == nil && !growSend(&c.sendWindow, int64(inc)) {
			err = &frame.Error{Code: frame.FlowControlError, Section: "6.9.1",
				Reason: "WINDOW_UPDATE of " + u32(inc) + " lifts the connection's window above 2147483647"}
		}
		if err != nil {
			c.fail(err)
		}
		return
	}
	if err != nil && asFrameError(err).StreamID == 0 {
		c.fail(err) // the size is wrong: that is the connection's matter
		return
	}
	s := c.admit(f, RecvWindow)
	if s == nil {
		return
	}
	if err == nil && !growSend(&s.sendWindow, int64(inc)) {
		err = &frame.Error{Code: frame.FlowControlError, StreamID: s.id, Section: "6.9.1",
			Reason: "WINDOW_UPDATE of " + u32(inc) + " lifts the stream's window above 2147483647"}
	}
	if err != nil {
		c.fail(err)
		return
	}
	c.wake(s)
}
