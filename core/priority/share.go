package priority

import "math/bits"

// How siblings share. Every node has a virtual time, which goes on by octets
// divided by weight when it, or a node below it, sends; of the siblings that
// wait the one with the least goes first. So while two of them wait, what they
// have sent differs from the proportion of their weights by one frame at most.
//
// The clock of a parent is the virtual time of the dependent that was served
// last. One that begins to wait starts there, or later when it is still ahead
// by what it sent before: waiting on and off gains nothing, and time off is not
// made up for.

const (
	// timeUnit is the virtual time of one octet at a weight of 1/weightUnit, as
	// a power of 2.
	timeUnit = 32
	// maxCharge is the most octets that one call of Sent books: a frame has no
	// more (RFC 9113, section 4.2).
	maxCharge = 1 << 24
	// maxDebt bounds how far a node is ahead of its siblings' clock. What is
	// beyond it is not ahead, but behind by more than half of the range.
	maxDebt = 1<<(timeUnit+25) - 1
)

// active says whether a node has to be served: for itself, or for one below.
func (s *Scheduler) active(i int32) bool { return s.n[i].ready || s.n[i].queue != 0 }

// activate puts a node that has become active into the queue of its parent, and
// so on upwards as long as that is news.
func (s *Scheduler) activate(i int32) {
	for i != 0 && !s.n[i].queued {
		s.steps++
		n := &s.n[i]
		p := &s.n[n.parent]
		n.queued = true
		n.v = p.clock + s.debt(i)
		s.push(&p.queue, i)
		i = n.parent
	}
}

// deactivate is the reverse, for a node that may have become inactive.
func (s *Scheduler) deactivate(i int32) {
	for i != 0 && s.n[i].queued && !s.active(i) {
		s.steps++
		n := &s.n[i]
		n.queued = false
		s.pull(&s.n[n.parent].queue, i)
		i = n.parent
	}
}

// nextInTree goes down by the least virtual time to the first stream that can
// send: it comes before all that depend on it.
func (s *Scheduler) nextInTree() int32 {
	if s.n == nil {
		return 0
	}
	i := s.n[0].queue
	for i != 0 && !s.n[i].ready {
		i = s.n[i].queue
	}
	return i
}

// charge books octets on a stream and on everything that it depends on.
func (s *Scheduler) charge(i int32, octets int) {
	cost := uint64(min(max(octets, 1), maxCharge)) << timeUnit
	for i != 0 {
		n := &s.n[i]
		p := &s.n[n.parent]
		if n.queued {
			p.clock = s.n[p.queue].v
		}
		total := cost + uint64(n.rest)
		add := total / uint64(n.weight)
		n.rest = uint32(total % uint64(n.weight))
		v := p.clock + min(s.debt(i)+add, maxDebt)
		if n.queued && (p.queue != i || n.qkid != 0) {
			s.pull(&p.queue, i)
			n.v = v
			s.push(&p.queue, i)
		} else {
			n.v = v
		}
		i = n.parent
	}
}

// debt is by how much a node is ahead of its siblings' clock.
func (s *Scheduler) debt(i int32) uint64 {
	n := &s.n[i]
	d := n.v - s.n[n.parent].clock
	if d > maxDebt {
		return 0
	}
	return d
}

// reweigh changes the weight of a node in its place. What it is ahead is the
// same number of octets as before.
func (s *Scheduler) reweigh(i int32, weight uint32) {
	n := &s.n[i]
	if n.weight == weight {
		return
	}
	p := &s.n[n.parent]
	v := p.clock + rescale(s.debt(i), n.weight, weight)
	n.weight = weight
	if !n.queued {
		n.v = v
		return
	}
	s.pull(&p.queue, i)
	n.v = v
	s.push(&p.queue, i)
}

// rescale turns virtual time at one weight into that of the same octets at
// another.
func rescale(d uint64, from, to uint32) uint64 {
	hi, lo := bits.Mul64(d, uint64(from))
	if hi >= uint64(to) {
		return maxDebt
	}
	q, _ := bits.Div64(hi, lo, uint64(to))
	return min(q, maxDebt)
}
