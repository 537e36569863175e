package conn

import (
	"framewise/core/frame"
	"framewise/core/priority"
)

// readyList is who may send, by the scheduler. All of them wait for a window:
// what needs none, the end of a stream and its trailer section, leaves at once.
// So a connection's window that is closed holds up everybody alike, they keep
// their turns, and one that opens costs no more than the frames that go.
type readyList struct {
	sched *priority.Scheduler // made when a stream first has something to wait for
	byRef []*stream
	idle  []uint32 // streams that PRIORITY_UPDATE named and that may not have begun, in order
	// steps counts picks, comings and goings: what tests hold against the frames.
	steps int
}

// scheduler makes the scheduler when it is needed first.
func (c *Conn) scheduler() *priority.Scheduler {
	if c.ready.sched == nil {
		c.ready.sched = priority.New(priority.Options{Scheme: c.scheme()})
	}
	return c.ready.sched
}

// schedule gives a stream its place with the scheduler.
func (c *Conn) schedule(s *stream) priority.Ref {
	if s.ref == 0 {
		s.ref = c.scheduler().Open(s.id, s.parent)
		for len(c.ready.byRef) <= int(s.ref) {
			c.ready.byRef = append(c.ready.byRef, nil)
		}
		c.ready.byRef[s.ref] = s
		if s.out.connect {
			c.ready.sched.Assume(s.ref, tunnelParam)
		}
	}
	return s.ref
}

// wake lets a stream take part when it has octets that its own window allows.
func (c *Conn) wake(s *stream) {
	if s.ready || s.state.Closed() || !s.canSend() {
		return
	}
	s.ready = true
	c.ready.steps++
	ref := c.schedule(s) // makes the scheduler
	c.ready.sched.Ready(ref)
}

// canSend says whether the stream's own window lets it send what it has.
func (s *stream) canSend() bool { return s.queued > 0 && s.sendWindow > 0 }

// rest takes a stream out of turn until wake.
func (c *Conn) rest(s *stream) {
	if s.ready {
		s.ready = false
		c.ready.steps++
		c.ready.sched.Unready(s.ref)
	}
}

// unready ends a stream's part in sending.
func (c *Conn) unready(s *stream) {
	if s.ref != 0 {
		c.ready.sched.Close(s.ref)
		c.ready.byRef[s.ref] = nil
		s.ref, s.ready = 0, false
	}
}

// frameData frames queued DATA while windows allow, up to most octets. It
// returns whether some is left that could go at once.
func (c *Conn) frameData(most int) (more bool) {
	if c.ready.sched == nil || c.fatal != nil || c.ended {
		return false
	}
	for c.sendWindow > 0 {
		ref, ok := c.ready.sched.Next()
		if !ok {
			return false
		}
		c.ready.steps++
		s := c.ready.byRef[ref]
		if !s.canSend() { // SETTINGS may have narrowed its window since
			c.rest(s)
			continue
		}
		if most <= 0 {
			return true
		}
		n := c.nextLen(s, most)
		most -= n
		c.ready.sched.Sent(ref, n) // before the frame can close the stream
		asks := c.serve(s, n)
		if s.ref == ref && !s.canSend() {
			c.rest(s)
		}
		if asks && c.sendWindow > 0 {
			// Its owner may have more of what is most urgent: it is heard before
			// another stream gets the turn.
			_, ok := c.ready.sched.Next()
			return ok
		}
	}
	return false
}

// serve sends one DATA frame of n octets of a stream, and what follows the last.
// It says whether the owner was asked for more.
func (c *Conn) serve(s *stream, n int) (asks bool) {
	end := s.endAfter && n == s.queued && !s.trailing
	c.writeData(s, n, end)
	switch {
	case end:
		if c.cfg.EndIsWritable {
			c.emptied(s)
		}
		s.endAfter = false
		c.sentEnd(s)
	case s.queued == 0 && s.trailing:
		if c.cfg.EndIsWritable {
			c.emptied(s)
		}
		c.finish(s)
	case s.queued == 0:
		asks = s.wasFull
		c.emptied(s)
	}
	return asks
}

// emptied tells the owner that what it queued has left.
func (c *Conn) emptied(s *stream) {
	if s.wasFull {
		s.wasFull = false
		c.emit(Event{Kind: EvWritable, StreamID: s.id, N: min(s.sendWindow, c.sendWindow)})
	}
}

// finish ends our side of a stream when nothing of it waits for a window: with
// its trailer section, or with an empty DATA frame.
func (c *Conn) finish(s *stream) {
	if s.queued > 0 || !s.endAfter {
		return
	}
	s.endAfter = false
	if s.trailing {
		fields := s.trailers
		s.trailing, s.trailers = false, nil
		c.writeHeaders(s, fields, HeaderOptions{End: true}, s.endCause)
		return
	}
	c.writeData(s, 0, true)
	c.sentEnd(s)
}

// nextLen is the size of the next DATA frame: what is queued, what both windows
// allow, MAX_FRAME_SIZE, and what this turn may still take.
func (c *Conn) nextLen(s *stream, most int) int {
	n := int64(min(s.queued, int(c.peer.MaxFrameSize), most))
	return int(min(n, s.sendWindow, c.sendWindow))
}

// writeData frames the first n octets of a stream's queue.
func (c *Conn) writeData(s *stream, n int, end bool) {
	pad := c.dataPadding(s, n)
	why := s.endCause
	if len(s.queue) > 0 {
		why = s.queue[0].cause
	}
	c.out.buf = frame.AppendDataHeader(c.out.buf, s.id, n, end, pad)
	for left := n; left > 0; {
		p := &s.queue[0]
		k := min(left, len(p.b))
		c.putData(p.b[:k:k])
		left -= k
		if p.b = p.b[k:]; len(p.b) == 0 {
			s.queue[0] = piece{}
			s.queue = s.queue[1:]
		}
	}
	for range pad {
		c.out.buf = append(c.out.buf, 0)
	}
	flow := int64(n)
	if pad >= 0 {
		flow += int64(pad) + 1
	}
	c.guard.dataSent++
	c.progress(s)
	s.queued -= n
	s.sendWindow -= flow
	c.sendWindow -= flow
	c.step(s, SendData)
	c.sentFor(why)
}

// dataPadding is padding held to what the windows allow beyond the data.
func (c *Conn) dataPadding(s *stream, n int) int {
	if c.cfg.SelectPadding == nil || n == 0 {
		return frame.NoPadding
	}
	room := min(s.sendWindow, c.sendWindow) - int64(n) - 1
	if room < 0 {
		return frame.NoPadding
	}
	return min(c.padding(n), int(min(room, 255)))
}

func (c *Conn) putData(b []byte) {
	if len(b) < copyBelow {
		c.out.buf = append(c.out.buf, b...)
		return
	}
	c.out.cuts = append(c.out.cuts, cut{len(c.out.buf), b})
}

// dropQueued forgets what was to be sent after a connection error.
func (c *Conn) dropQueued() {
	for _, s := range c.streams {
		s.queue, s.queued, s.trailers, s.trailing, s.endAfter = nil, 0, nil, false, false
		s.ref, s.ready = 0, false
	}
	c.ready = readyList{}
}
