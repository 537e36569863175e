package priority

import "strconv"

// state is what a node stands for.
type state uint8

const (
	stateFree state = iota
	stateOpen
	stateKept // idle or closed: named by a priority, or closed just now
)

// reserved are the nodes that are no stream: the root of the tree, which is
// also the index that means none, and a line for each urgency.
const reserved = 1 + urgencies

// node is a stream. Links are indexes in Scheduler.n, 0 for none: nodes hold no
// pointers, and the garbage collector has nothing to look at.
type node struct {
	v      uint64 // virtual time at which it is served next (see share.go)
	clock  uint64 // virtual time of its dependents
	id     uint32
	assoc  uint32 // the stream that a pushed one came with
	weight uint32 // in weightUnit
	rest   uint32 // what the division of the last charge left over

	// The tree. Dependents are a list from kids by next; it is circular by prev
	// only, so that its end is found at once.
	parent, kids, next, prev int32

	// The queue that the node waits in (a heap by qkid, qnext, qprev; a ring by
	// qnext, qprev), and the queue of its dependents that wait.
	queue, qkid, qnext, qprev int32

	older, newer int32 // among the kept ones

	state       state
	ready       bool
	queued      bool // in the queue of its parent
	updated     bool // by PRIORITY_UPDATE
	incremental bool
	urgency     uint8
}

// forgetPlace leaves of a node what does not depend on the scheme.
func (n *node) forgetPlace() {
	n.v, n.clock, n.rest = 0, 0, 0
	n.parent, n.kids, n.next, n.prev = 0, 0, 0, 0
	n.queue, n.qkid, n.qnext, n.qprev = 0, 0, 0, 0
	n.queued = false
}

// grow makes the reserved nodes.
func (s *Scheduler) grow() {
	if s.n == nil {
		s.n = make([]node, reserved, 2*reserved)
	}
}

// add makes a node with default priority that has no place yet.
func (s *Scheduler) add(id uint32) int32 {
	i := s.free
	if i != 0 {
		s.free = s.n[i].next
	} else {
		s.grow()
		i = int32(len(s.n))
		s.n = append(s.n, node{})
	}
	s.n[i] = node{id: id, weight: DefaultWeight * weightUnit, urgency: DefaultParam.Urgency, state: stateKept}
	if s.byID == nil && (s.scheme == Tree || s.scheme == Urgency) {
		s.byID = make(map[uint32]int32)
	}
	if s.byID != nil {
		s.byID[id] = i
	}
	return i
}

// named is the node of a stream that a signal names, made for the purpose when
// there is none. The caller trims.
func (s *Scheduler) named(id uint32) int32 {
	i := s.find(id)
	switch {
	case i == 0:
		i = s.add(id)
		if s.scheme == Tree {
			s.link(i, 0, 0)
		}
		s.keep(i)
	case s.n[i].state != stateOpen && s.newest != i:
		s.unkeep(i)
		s.keep(i) // who is named is of use
	}
	return i
}

// drop frees a node that is in no queue and no list.
func (s *Scheduler) drop(i int32) {
	if s.byID != nil {
		delete(s.byID, s.n[i].id)
	}
	s.n[i] = node{next: s.free}
	s.free = i
}

// find is the node of a stream, 0 for one that is not held. RoundRobin has no
// index by identifier and needs none.
func (s *Scheduler) find(id uint32) int32 { return s.byID[id] }

// opened is the node of a Ref, 0 when it is no open stream.
func (s *Scheduler) opened(r Ref) int32 {
	if r < reserved || int(r) >= len(s.n) || s.n[r].state != stateOpen {
		return 0
	}
	return int32(r)
}

// keep books a node as one that is not open.
func (s *Scheduler) keep(i int32) {
	n := &s.n[i]
	n.older, n.newer = s.newest, 0
	if s.newest != 0 {
		s.n[s.newest].newer = i
	} else {
		s.oldest = i
	}
	s.newest = i
	s.kept++
}

func (s *Scheduler) unkeep(i int32) {
	n := &s.n[i]
	if n.older != 0 {
		s.n[n.older].newer = n.newer
	} else {
		s.oldest = n.newer
	}
	if n.newer != 0 {
		s.n[n.newer].older = n.older
	} else {
		s.newest = n.older
	}
	n.older, n.newer = 0, 0
	s.kept--
}

// trim takes the oldest of the kept nodes away while there are too many.
func (s *Scheduler) trim() {
	most := s.maxKept
	if most == 0 {
		most = DefaultKept
	}
	for s.kept > max(most, 0) {
		i := s.oldest
		s.unkeep(i)
		if s.scheme == Tree {
			s.remove(i)
		}
		s.drop(i)
	}
}

func utoa(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
