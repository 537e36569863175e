package priority

// DefaultWeight is the weight of a stream that was given none (RFC 7540,
// section 5.3.5).
const DefaultWeight = 16

// weightUnit is what a weight of 1 is in a node. Weights that streams inherit
// are fractions; none falls below 1/weightUnit.
const weightUnit = 1 << 12

// depend makes node i depend on node p (RFC 7540, sections 5.3.1 to 5.3.3).
// weight is 1 to 256.
func (s *Scheduler) depend(i, p int32, weight uint32, exclusive bool) {
	if s.below(p, i) {
		// "If a stream is made dependent on one of its own dependencies, the
		// formerly dependent stream is first moved to be dependent on the
		// reprioritized stream's previous parent. The moved dependency retains
		// its weight." (RFC 7540, section 5.3.3)
		debt := s.unlink(p)
		s.link(p, s.n[i].parent, debt)
	}
	s.reweigh(i, weight*weightUnit)
	if s.n[i].parent != p {
		debt := s.unlink(i)
		s.link(i, p, debt)
	}
	if exclusive {
		s.adopt(i, p)
	}
}

// below says whether node a is a descendant of node b.
func (s *Scheduler) below(a, b int32) bool {
	if s.n[b].kids == 0 {
		return false
	}
	for a != 0 {
		s.steps++
		if a = s.n[a].parent; a == b {
			return true
		}
	}
	return false
}

// plant builds the tree when the scheme begins: what is known of dependencies
// until then is which stream a pushed one came with.
func (s *Scheduler) plant() {
	for i := int32(reserved); int(i) < len(s.n); i++ {
		if s.n[i].state != stateFree {
			s.enlist(i, s.byID[s.n[i].assoc])
		}
	}
}

// enlist puts a node among the dependents of p.
func (s *Scheduler) enlist(i, p int32) {
	s.steps++
	n, first := &s.n[i], s.n[p].kids
	n.parent, n.next = p, 0
	if first == 0 {
		n.prev = i
		s.n[p].kids = i
		return
	}
	last := s.n[first].prev
	n.prev = last
	s.n[last].next = i
	s.n[first].prev = i
}

// delist takes a node from the dependents of its parent.
func (s *Scheduler) delist(i int32) {
	s.steps++
	n := &s.n[i]
	p := &s.n[n.parent]
	switch {
	case p.kids == i:
		p.kids = n.next
	default:
		s.n[n.prev].next = n.next
	}
	if n.next != 0 {
		s.n[n.next].prev = n.prev
	} else if p.kids != 0 {
		s.n[p.kids].prev = n.prev
	}
	n.next, n.prev = 0, 0
}

// unlink takes a node with all that depends on it out of the tree, and returns
// by how much it is ahead of its siblings.
func (s *Scheduler) unlink(i int32) (debt uint64) {
	n := &s.n[i]
	p := n.parent
	debt = s.debt(i)
	if n.queued {
		n.queued = false
		s.pull(&s.n[p].queue, i)
		s.deactivate(p)
	}
	s.delist(i)
	n.parent = 0
	return debt
}

// link makes a node that is out of the tree depend on p.
func (s *Scheduler) link(i, p int32, debt uint64) {
	s.enlist(i, p)
	s.n[i].v = s.n[p].clock + debt
	if s.active(i) {
		s.activate(i)
	}
}

// adopt makes node i the only dependent of its parent p: the others depend on
// it from now on (RFC 7540, section 5.3.1, exclusive).
func (s *Scheduler) adopt(i, p int32) {
	if s.n[p].kids == i && s.n[i].next == 0 {
		return
	}
	ahead := s.debt(i)
	s.delist(i)
	if s.n[i].queued {
		s.pull(&s.n[p].queue, i)
	}
	if s.n[i].kids == 0 {
		// All of the queue goes along, clock included.
		s.n[i].queue, s.n[i].clock = s.n[p].queue, s.n[p].clock
		s.n[i].kids = s.n[p].kids
		for k := s.n[i].kids; k != 0; k = s.n[k].next {
			s.steps++
			s.n[k].parent = i
		}
	} else {
		for k := s.n[p].kids; k != 0; {
			next := s.n[k].next
			debt := s.debt(k)
			s.enlist(k, i)
			s.n[k].v = s.n[i].clock + debt
			if s.n[k].queued {
				s.push(&s.n[i].queue, k)
			}
			k = next
		}
	}
	s.n[p].kids, s.n[p].queue = 0, 0
	s.enlist(i, p)
	s.n[i].v = s.n[p].clock + ahead
	if s.n[i].queued = s.active(i); s.n[i].queued {
		s.push(&s.n[p].queue, i)
	}
}

// remove takes a node out that is not open. Its dependents move up, and its
// weight is divided among them in proportion to theirs (RFC 7540, section
// 5.3.4).
func (s *Scheduler) remove(i int32) {
	n := &s.n[i]
	p := n.parent
	debt := s.debt(i)
	if n.queued {
		s.pull(&s.n[p].queue, i)
	}
	s.delist(i)
	var sum uint64
	for k := n.kids; k != 0; k = s.n[k].next {
		sum += uint64(s.n[k].weight)
	}
	for k := n.kids; k != 0; {
		next := s.n[k].next
		w := max(1, uint32(uint64(n.weight)*uint64(s.n[k].weight)/sum))
		own := rescale(s.debt(k), s.n[k].weight, w)
		s.enlist(k, p)
		s.n[k].weight = w
		s.n[k].v = s.n[p].clock + min(debt+own, maxDebt)
		if s.n[k].queued {
			s.push(&s.n[p].queue, k)
		}
		k = next
	}
	// The node waited only because one of them did: nothing changes above.
}
