package inspect

import (
	"maps"
	"slices"
)

// The dependency tree of RFC 7540, section 5.3, as the server knows it. The
// events that change it are kept as they come (states, priorities); the tree at
// an instant is carried on from event to event when somebody asks, and copies
// are put aside every so often.

// prioAt is what the client says of a stream's priority: PRIORITY, or HEADERS
// with priority fields.
type prioAt struct {
	seq       uint32 // of the frame in the client's direction
	id, dep   uint32
	weight    uint8 // less 1, as on the wire
	exclusive bool
}

const (
	// maxTree is how many streams the tree holds: what would be one more is left
	// out. Browsers need a few hundred.
	maxTree = 1000
	// maxTreeWork is how many events, and streams that they move, one question
	// goes through. A record of a million frames takes a few questions.
	maxTreeWork = 200_000
	// treeEvery is after how many events a copy is put aside, at least.
	treeEvery = 1024
	// defaultWeight is that of a stream of which nothing was said (section 5.3.5).
	defaultWeight = 16
)

// node is a stream in the tree.
type node struct {
	parent   uint32
	weight   uint16
	children []uint32
	open     bool // or reserved: else idle, or closed and kept for those that depend on it
	closed   bool
}

// tree is the tree after some events. The root is stream 0.
type tree struct {
	nodes map[uint32]node
	event uint32 // the server's count of frames
	steps int    // of the server, that are in it
	prios int
	work  int // done on it since it was looked at last
}

// treeCache carries the tree of a connection.
type treeCache struct {
	now   tree
	aside []tree
}

func newTree() tree { return tree{nodes: map[uint32]node{0: {}}} }

func (t *tree) clone() tree {
	out := *t
	out.nodes = maps.Clone(t.nodes)
	for id, n := range out.nodes {
		n.children = slices.Clone(n.children)
		out.nodes[id] = n
	}
	return out
}

// treeAt is the tree when the server had counted so many frames, or fewer (whole
// is false) when that is more work than one question may be. It must not be
// changed.
func (c *connection) treeAt(event uint32) (t *tree, whole bool) {
	x := &c.treeCache
	if len(x.aside) == 0 {
		x.now = newTree()
		x.aside = append(x.aside, newTree())
	}
	sure := min(event, c.savepoint.ends[server].events) // what follows can still be taken back
	k := len(x.aside)
	for k > 1 && x.aside[k-1].event > sure {
		k--
	}
	if from := &x.aside[k-1]; x.now.event > sure || x.now.event < from.event {
		x.now = from.clone()
	}
	x.now.work = 0
	for c.grow(&x.now, sure) {
		if x.now.work > maxTreeWork {
			return &x.now, false
		}
		last := &x.aside[len(x.aside)-1]
		if done := x.now.steps + x.now.prios; done >= last.steps+last.prios+max(treeEvery, len(x.now.nodes)) {
			x.aside = append(x.aside, x.now.clone())
		}
	}
	if sure == event {
		return &x.now, true
	}
	copied := x.now.clone()
	for c.grow(&copied, event) {
	}
	return &copied, true
}

// grow takes in the events of the next frame, up to an event; false when there
// is none.
func (c *connection) grow(t *tree, upTo uint32) bool {
	steps, event := &c.ends[server].steps, upTo+1
	if t.steps < steps.len() {
		event = min(event, steps.at(t.steps).event)
	}
	if t.prios < c.prios.len() {
		if r := c.a.rows.at(int(*c.dirs[client].rows.at(int(c.prios.at(t.prios).seq - 1)))); r.recv != 0 {
			event = min(event, r.recv)
		}
	}
	if event > upTo {
		t.event = max(t.event, upTo)
		return false
	}
	t.work++
	for ; t.steps < steps.len() && steps.at(t.steps).event == event; t.steps++ {
		t.step(c, steps.at(t.steps))
	}
	for ; t.prios < c.prios.len(); t.prios++ {
		p := c.prios.at(t.prios)
		if c.a.rows.at(int(*c.dirs[client].rows.at(int(p.seq - 1)))).recv != event {
			break
		}
		t.prioritise(p)
	}
	t.event = event
	return true
}

// step opens or closes a stream.
func (t *tree) step(c *connection, s *step) {
	id := c.stream(s.slot).id
	n, known := t.nodes[id]
	switch {
	case s.state == closed:
		if known {
			n.open, n.closed = false, true
			t.nodes[id] = n
			t.prune(id)
		}
		return
	case !known && len(t.nodes) > maxTree:
		return
	case !known:
		parent := uint32(0)
		if s.state == reservedLocal { // a promised stream depends on the one of its promise (section 5.3.5)
			if p := c.a.rows.at(int(s.row)).id; t.has(p) {
				parent = p
			}
		}
		t.add(id, parent)
		n = t.nodes[id]
	}
	n.open = true
	t.nodes[id] = n
}

func (t *tree) has(id uint32) bool {
	_, ok := t.nodes[id]
	return ok
}

func (t *tree) add(id, parent uint32) {
	t.nodes[id] = node{parent: parent, weight: defaultWeight}
	p := t.nodes[parent]
	p.children = append(p.children, id)
	t.nodes[parent] = p
}

// prune drops a closed stream on which nothing depends, and then its parent if
// that was kept for it only (section 5.3.4).
func (t *tree) prune(id uint32) {
	for n := t.nodes[id]; id != 0 && n.closed && len(n.children) == 0; n = t.nodes[id] {
		t.unlink(id, n.parent)
		delete(t.nodes, id)
		id = n.parent
	}
}

func (t *tree) unlink(id, parent uint32) {
	p := t.nodes[parent]
	if i := slices.Index(p.children, id); i >= 0 {
		p.children = slices.Delete(p.children, i, i+1)
	}
	t.nodes[parent] = p
}

// move makes a stream depend on another.
func (t *tree) move(id, parent uint32) {
	n := t.nodes[id]
	was := n.parent
	t.unlink(id, was)
	n = t.nodes[id]
	n.parent = parent
	t.nodes[id] = n
	p := t.nodes[parent]
	p.children = append(p.children, id)
	t.nodes[parent] = p
	if was != parent {
		t.prune(was)
	}
}

// prioritise does what a frame says of a stream's priority (RFC 7540, section
// 5.3).
func (t *tree) prioritise(p *prioAt) {
	dep, weight, exclusive := p.dep, uint16(p.weight)+1, p.exclusive
	if dep == p.id || p.id == 0 {
		return // an error (section 5.3.1)
	}
	if !t.has(dep) {
		dep, weight, exclusive = 0, defaultWeight, false // a default priority (section 5.3.1)
	}
	if !t.has(p.id) {
		if len(t.nodes) > maxTree {
			return
		}
		t.add(p.id, 0) // idle: it stands for a group
	}
	if t.descends(dep, p.id) { // dep is moved first (section 5.3.3)
		t.move(dep, t.nodes[p.id].parent)
	}
	if t.nodes[p.id].parent != dep {
		t.move(p.id, dep)
	}
	if exclusive {
		t.adopt(p.id, dep)
	}
	n := t.nodes[p.id]
	n.weight = weight
	t.nodes[p.id] = n
}

// adopt makes the other streams that depend on a stream's parent depend on the
// stream (RFC 7540, section 5.3.1).
func (t *tree) adopt(id, parent uint32) {
	n, p := t.nodes[id], t.nodes[parent]
	t.work += len(p.children)
	for _, child := range p.children {
		if child == id {
			continue
		}
		n.children = append(n.children, child)
		x := t.nodes[child]
		x.parent = id
		t.nodes[child] = x
	}
	p.children = []uint32{id}
	t.nodes[parent], t.nodes[id] = p, n
}

// descends says whether a stream depends, directly or not, on another.
func (t *tree) descends(id, on uint32) bool {
	for range len(t.nodes) {
		if id == 0 {
			return false
		}
		if id = t.nodes[id].parent; id == on {
			return on != 0
		}
	}
	return false
}
