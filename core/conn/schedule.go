package conn

import "framewise/core/frame"

// readyList holds the streams that have something to send, in the order in
// which they are served: round robin, one frame each.
type readyList struct {
	q []*stream
}

// wake puts a stream in the list when it has something that it may send.
func (c *Conn) wake(s *stream) {
	if s.ready || s.state.Closed() || !s.out.final {
		return
	}
	if s.queued == 0 && !s.endAfter || s.queued > 0 && s.sendWindow <= 0 {
		return
	}
	s.ready = true
	c.ready.q = append(c.ready.q, s)
}

func (c *Conn) unready(s *stream) {
	if !s.ready {
		return
	}
	s.ready = false
	for i, r := range c.ready.q {
		if r == s {
			c.ready.q = append(c.ready.q[:i], c.ready.q[i+1:]...)
			return
		}
	}
}

// frameData frames queued DATA while windows allow, up to max octets. It
// returns whether some is left that could go at once.
func (c *Conn) frameData(max int) (more bool) {
	if c.fatal != nil || c.ended {
		return false
	}
	// Streams that wait for the connection's window keep their place.
	blocked := 0
	for blocked < len(c.ready.q) {
		s := c.ready.q[blocked]
		if s.queued > 0 && c.sendWindow <= 0 {
			blocked++
			continue
		}
		if s.queued > 0 && max <= 0 {
			return true
		}
		c.ready.q = append(c.ready.q[:blocked], c.ready.q[blocked+1:]...)
		s.ready = false
		max -= c.serve(s, max)
		c.wake(s)
	}
	return false
}

// serve sends one DATA frame of a stream, or its end, and returns the octets.
func (c *Conn) serve(s *stream, max int) int {
	n := c.nextLen(s, max)
	if s.queued > 0 && n == 0 {
		return 0
	}
	end := s.endAfter && n == s.queued && !s.trailing
	if s.queued > 0 || end {
		c.writeData(s, n, end)
	}
	if s.queued == 0 && s.trailing {
		fields := s.trailers
		s.trailing, s.trailers, s.endAfter = false, nil, false
		c.writeHeaders(s, fields, HeaderOptions{End: true}, s.endCause)
		return n
	}
	if end {
		s.endAfter = false
		c.sentEnd(s)
	} else if s.queued == 0 && s.wasFull {
		s.wasFull = false
		c.emit(Event{Kind: EvWritable, StreamID: s.id, N: min(s.sendWindow, c.sendWindow)})
	}
	return n
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
		s.queue, s.queued, s.trailers, s.trailing, s.endAfter, s.ready = nil, 0, nil, false, false, false
	}
	c.ready.q = nil
}
