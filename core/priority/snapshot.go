package priority

import (
	"cmp"
	"slices"
)

// Node is a stream as Snapshot shows it.
type Node struct {
	ID     uint32
	Parent uint32 // in the tree, the stream that it depends on; 0: none
	Depth  int    // in the tree, how many streams it depends on, one through the other
	Open   bool   // false: kept, idle or closed
	Ready  bool

	// Weight is 1 to 256 as it was given, or a fraction that was inherited from
	// a stream that is gone (RFC 7540, section 5.3.4). In the tree only.
	Weight float64

	// Param is the priority by RFC 9218. With Urgency only.
	Param Param

	// Share is the part of the connection, 0 to 1, that the stream gets as long
	// as those that are ready now stay it, counted in octets (in frames, with
	// RoundRobin and Urgency). Streams that wait for others have 0.
	Share float64

	// Nominal is the part that belongs to the stream together with all that
	// depends on it, if each of its siblings, and of its ancestors' siblings,
	// had something to send. In the tree only.
	Nominal float64
}

// Snapshot appends all streams that are held to dst. The tree comes in
// pre-order: every stream before those that depend on it, siblings by
// identifier. RoundRobin comes by identifier; Urgency by urgency, then by
// identifier. It is for display: it costs O(n log n), and memory.
func (s *Scheduler) Snapshot(dst []Node) []Node {
	if s.n == nil {
		return dst
	}
	if s.scheme == Tree {
		return s.appendKids(dst, 0, 0, 1, 1)
	}
	var all []int32
	for i := int32(reserved); int(i) < len(s.n); i++ {
		if s.n[i].state != stateFree {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b int32) int {
		x, y := &s.n[a], &s.n[b]
		if c := cmp.Compare(x.urgency, y.urgency); c != 0 && s.scheme == Urgency {
			return c
		}
		return cmp.Compare(x.id, y.id)
	})
	turns := s.turns()
	for _, i := range all {
		n := &s.n[i]
		v := Node{ID: n.id, Open: n.state == stateOpen, Ready: n.ready}
		if s.scheme == Urgency {
			v.Param = Param{n.urgency, n.incremental}
		}
		if turns[i] {
			v.Share = 1 / float64(len(turns))
		}
		dst = append(dst, v)
	}
	return dst
}

// turns are the nodes that get a turn in each round.
func (s *Scheduler) turns() map[int32]bool {
	turns := make(map[int32]bool)
	for _, head := range s.ring {
		if head == 0 {
			continue
		}
		for i := head; ; {
			if i < reserved {
				turns[s.n[i].queue] = true
			} else {
				turns[i] = true
			}
			if i = s.n[i].qnext; i == head {
				return turns
			}
		}
	}
	return turns
}

// appendKids appends what depends on node p. share is what the ready ones among
// them have together, nominal what all have.
func (s *Scheduler) appendKids(dst []Node, p int32, depth int, share, nominal float64) []Node {
	var kids []int32
	var waiting, all float64
	for i := s.n[p].kids; i != 0; i = s.n[i].next {
		kids = append(kids, i)
		all += float64(s.n[i].weight)
		if s.active(i) {
			waiting += float64(s.n[i].weight)
		}
	}
	slices.SortFunc(kids, func(a, b int32) int { return cmp.Compare(s.n[a].id, s.n[b].id) })
	for _, i := range kids {
		n := &s.n[i]
		v := Node{ID: n.id, Parent: s.n[p].id, Depth: depth, Open: n.state == stateOpen, Ready: n.ready,
			Weight: float64(n.weight) / weightUnit, Nominal: nominal * float64(n.weight) / all}
		below := 0.0
		if s.active(i) {
			below = share * float64(n.weight) / waiting
		}
		if n.ready {
			v.Share, below = below, 0
		}
		dst = append(dst, v)
		dst = s.appendKids(dst, i, depth+1, below, v.Nominal)
	}
	return dst
}
