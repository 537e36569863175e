package priority

import "math/bits"

// urgencies is the number of urgency levels (RFC 9218, section 4.1).
const urgencies = 8

// Streams of one urgency stand in a ring. Each incremental stream is in it for
// itself; those that are not incremental stand in a line, in the order of their
// identifiers, and the line is in the ring as one. So neither kind starves the
// other, which RFC 9218, section 10, asks servers to avoid.

// line is the node that stands for the streams of an urgency that are not
// incremental.
func line(u uint8) int32 { return 1 + int32(u) }

func (s *Scheduler) nextUrgent() int32 {
	if s.busy == 0 {
		return 0
	}
	i := s.ring[bits.TrailingZeros8(s.busy)]
	if i < reserved {
		return s.n[i].queue
	}
	return i
}

// turnUrgent ends the turn of a stream that sent.
func (s *Scheduler) turnUrgent(i int32) {
	n := &s.n[i]
	if !n.ready {
		return
	}
	if !n.incremental {
		i = line(n.urgency)
	}
	s.rotate(int(n.urgency), i)
}

func (s *Scheduler) enqueueUrgent(i int32) {
	n := &s.n[i]
	u := n.urgency
	if n.incremental {
		s.join(int(u), i)
		return
	}
	l := line(u)
	if s.n[l].queue == 0 {
		s.join(int(u), l)
	}
	s.push(&s.n[l].queue, i)
}

func (s *Scheduler) dequeueUrgent(i int32) {
	n := &s.n[i]
	u := n.urgency
	if n.incremental {
		s.leave(int(u), i)
		return
	}
	l := line(u)
	s.pull(&s.n[l].queue, i)
	if s.n[l].queue == 0 {
		s.leave(int(u), l)
	}
}

// setParam changes urgency and incremental of a stream.
func (s *Scheduler) setParam(i int32, p Param) {
	n := &s.n[i]
	p.Urgency = min(p.Urgency, urgencies-1)
	if n.urgency == p.Urgency && n.incremental == p.Incremental {
		return
	}
	if n.ready {
		s.dequeueUrgent(i)
	}
	n.urgency, n.incremental = p.Urgency, p.Incremental
	if n.ready {
		s.enqueueUrgent(i)
	}
}
