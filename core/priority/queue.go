package priority

// Two queues without memory of their own. Both live in the links of the nodes;
// a node is in one of them at most.

// before is the order of a heap: by virtual time, then by identifier, so that
// who comes next does not depend on how the heap came about. Virtual time wraps
// around; nodes of one queue are never half of its range apart.
func (s *Scheduler) before(a, b int32) bool {
	x, y := &s.n[a], &s.n[b]
	if x.v != y.v {
		return int64(x.v-y.v) < 0
	}
	return x.id < y.id
}

// push puts a node into the pairing heap at root: O(1).
func (s *Scheduler) push(root *int32, i int32) {
	n := &s.n[i]
	n.qkid, n.qnext, n.qprev = 0, 0, 0
	*root = s.meld(*root, i)
}

// pull takes a node out of a pairing heap: O(log n) amortised.
func (s *Scheduler) pull(root *int32, i int32) {
	n := &s.n[i]
	rest := s.meldAll(n.qkid)
	if *root == i {
		*root = rest
	} else {
		if prev := &s.n[n.qprev]; prev.qkid == i {
			prev.qkid = n.qnext
		} else {
			prev.qnext = n.qnext
		}
		if n.qnext != 0 {
			s.n[n.qnext].qprev = n.qprev
		}
		*root = s.meld(*root, rest)
	}
	n.qkid, n.qnext, n.qprev = 0, 0, 0
}

// meld joins two heaps; the roots have no siblings.
func (s *Scheduler) meld(a, b int32) int32 {
	if a == 0 {
		return b
	}
	if b == 0 {
		return a
	}
	s.steps++
	if s.before(b, a) {
		a, b = b, a
	}
	x, y := &s.n[a], &s.n[b]
	y.qprev, y.qnext = a, x.qkid
	if x.qkid != 0 {
		s.n[x.qkid].qprev = b
	}
	x.qkid = b
	return a
}

// meldAll joins a list of siblings in two passes: in pairs from the first to
// the last, then all from the last to the first. That is what makes pull cheap
// in the long run.
func (s *Scheduler) meldAll(first int32) int32 {
	var pairs int32
	for first != 0 {
		a := first
		b := s.n[a].qnext
		first = 0
		if b != 0 {
			first = s.n[b].qnext
			s.n[b].qnext, s.n[b].qprev = 0, 0
		}
		s.n[a].qnext, s.n[a].qprev = 0, 0
		a = s.meld(a, b)
		s.n[a].qnext = pairs
		pairs = a
	}
	var root int32
	for pairs != 0 {
		a := pairs
		pairs = s.n[a].qnext
		s.n[a].qnext = 0
		root = s.meld(root, a)
	}
	return root
}

// join puts a node at the end of a ring.
func (s *Scheduler) join(ring int, i int32) {
	head := s.ring[ring]
	n := &s.n[i]
	if head == 0 {
		n.qnext, n.qprev = i, i
		s.ring[ring] = i
		s.busy |= 1 << ring
		return
	}
	last := s.n[head].qprev
	n.qnext, n.qprev = head, last
	s.n[last].qnext = i
	s.n[head].qprev = i
}

// leave takes a node out of a ring.
func (s *Scheduler) leave(ring int, i int32) {
	n := &s.n[i]
	if n.qnext == i {
		s.ring[ring] = 0
		s.busy &^= 1 << ring
	} else {
		s.n[n.qprev].qnext = n.qnext
		s.n[n.qnext].qprev = n.qprev
		if s.ring[ring] == i {
			s.ring[ring] = n.qnext
		}
	}
	n.qnext, n.qprev = 0, 0
}

// rotate puts a node that had its turn at the end of its ring.
func (s *Scheduler) rotate(ring int, i int32) {
	if s.ring[ring] == i {
		s.ring[ring] = s.n[i].qnext
		return
	}
	s.leave(ring, i)
	s.join(ring, i)
}
