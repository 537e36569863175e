package conn

import (
	"slices"

	"framewise/core/frame"
	"framewise/core/priority"
)

// readyList is who may send: by the scheduler, or waiting for the connection's
// window to open.
type readyList struct {
	sched   *priority.Scheduler // made when a stream first has something to wait for
	byRef   []*stream
	blocked []*stream
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
	}
	return s.ref
}

// wake lets a stream take part when it has something that it may send.
func (c *Conn) wake(s *stream) {
	if s.ready || s.blocked || s.state.Closed() || !s.out.final || !s.canSend() {
		return
	}
	s.ready = true
	c.ready.sched.Ready(c.schedule(s))
}

// canSend says whether the stream's own window lets it send what it has.
func (s *stream) canSend() bool {
	return s.queued == 0 && s.endAfter || s.queued > 0 && s.sendWindow > 0
}

// rest takes a stream out of turn until wake.
func (c *Conn) rest(s *stream) {
	if s.ready {
		s.ready = false
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
	if s.blocked {
		s.blocked = false
		c.ready.blocked = slices.DeleteFunc(c.ready.blocked, func(b *stream) bool { return b == s })
	}
}

// unblock wakes what waited for the connection's window, in order.
func (c *Conn) unblock() {
	if c.sendWindow <= 0 || len(c.ready.blocked) == 0 {
		return
	}
	for _, s := range c.ready.blocked {
		s.blocked = false
		c.wake(s)
	}
	clear(c.ready.blocked)
	c.ready.blocked = c.ready.blocked[:0]
}

// frameData frames queued DATA while windows allow, up to most octets. It
// returns whether some is left that could go at once.
func (c *Conn) frameData(most int) (more bool) {
	if c.ready.sched == nil || c.fatal != nil || c.ended {
		return false
	}
	for {
		ref, ok := c.ready.sched.Next()
		if !ok {
			return false
		}
		s := c.ready.byRef[ref]
		switch {
		case !s.canSend(): // SETTINGS may have narrowed its window since
			c.rest(s)
			continue
		case s.queued > 0 && c.sendWindow <= 0:
			c.rest(s)
			s.blocked = true
			c.ready.blocked = append(c.ready.blocked, s)
			continue
		case s.queued > 0 && most <= 0:
			return true
		}
		n := c.nextLen(s, most)
		most -= n
		c.ready.sched.Sent(ref, n) // before the frame can close the stream
		c.serve(s, n)
		if s.ref == ref && !s.canSend() {
			c.rest(s)
		}
	}
}

// serve sends one DATA frame of n octets of a stream, its end, or both.
func (c *Conn) serve(s *stream, n int) {
	end := s.endAfter && n == s.queued && !s.trailing
	if n > 0 || end {
		c.writeData(s, n, end)
	}
	if s.queued == 0 && s.trailing {
		fields := s.trailers
		s.trailing, s.trailers, s.endAfter = false, nil, false
		c.writeHeaders(s, fields, HeaderOptions{End: true}, s.endCause)
		return
	}
	if end {
		s.endAfter = false
		c.sentEnd(s)
	} else if s.queued == 0 && s.wasFull {
		s.wasFull = false
		c.emit(Event{Kind: EvWritable, StreamID: s.id, N: min(s.sendWindow, c.sendWindow)})
	}
}

// nextLen is the size of the next DATA frame: what is queued, what both windows
// allow, MAX_FRAME_SIZE, and what this turn may still take.
func (c *Conn) nextLen(s *stream, most int) int {
	n := int64(min(s.queued, int(c.peer.MaxFrameSize), most))
	return int(max(0, min(n, s.sendWindow, c.sendWindow))) // windows may be below 0 (section 6.9.2)
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
		s.ref, s.ready, s.blocked = 0, false, false
	}
	c.ready = readyList{}
}
