package inspect

import (
	"slices"
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/priority"
)

// PriorityQuery asks for the priorities of a connection.
type PriorityQuery struct {
	Conn  uint32 // identifier of the connection; 0: that of the frame
	Frame int    // the instant; -1: the end of the record
	N     int    // how many streams and turns at most; 0: 100
}

// Priority answers how streams are prioritised at an instant, and which were
// served when around it. An error says which connections or frames there are.
func (a *Analyser) Priority(q PriorityQuery) (view.Priority, error) {
	a.settle()
	c, m, err := a.connAt(q.Conn, q.Frame)
	if err != nil {
		return view.Priority{}, err
	}
	n := q.N
	if n <= 0 {
		n = 100
	}
	n = min(n, 1000)
	v := view.Priority{Conn: c.info.ID, Frame: q.Frame, Nodes: []view.PriorityNode{}, Turns: c.turns(m, n), Version: a.version}
	t, whole := c.treeAt(m.event(server))
	v.Partial = !whole
	v.Total = len(t.nodes) - 1
	updates := c.updatesAt(m)
	var walk func(id uint32, depth int)
	walk = func(id uint32, depth int) {
		children := slices.Clone(t.nodes[id].children)
		slices.Sort(children)
		sum := 0
		for _, child := range children {
			sum += int(t.nodes[child].weight)
		}
		for _, child := range children {
			if len(v.Nodes) >= n {
				return
			}
			v.Nodes = append(v.Nodes, c.priorityNode(t, child, depth, sum, m, updates))
			walk(child, depth+1)
		}
	}
	walk(0, 0)
	v.Scheme, v.Text = c.scheme(t, &v, m, len(updates) > 0)
	return v, nil
}

// updatesAt are the PRIORITY_UPDATE frames that the server had received: the
// newest for each stream.
func (c *connection) updatesAt(m moment) map[uint32]string {
	out := map[uint32]string{}
	for i := range c.updates.len() {
		r := c.a.rows.at(int(*c.updates.at(i)))
		if r.seq > m.recvd[server] {
			break
		}
		p := c.raw(r).Payload
		out[be32(p)&^(1<<31)] = string(p[4:])
	}
	return out
}

func (c *connection) priorityNode(t *tree, id uint32, depth, sum int, m moment, updates map[uint32]string) view.PriorityNode {
	n := t.nodes[id]
	v := view.PriorityNode{Stream: id, Parent: n.parent, Depth: depth, Weight: int(n.weight), Share: int(n.weight) * 100 / max(sum, 1), State: stateNames[idle]}
	slot := c.slotOf(id)
	p, from, field := c.urgency(slot, updates[id], m)
	v.Urgency, v.Incremental, v.From, v.Field = int(p.Urgency), p.Incremental, from, short(field)
	if slot == 0 {
		return v
	}
	s := c.stream(slot)
	v.State = stateNames[c.stateAt(server, slot, m.event(server))]
	v.Octets = pointAt(&c.points, s.points[server][sumData], m.sent[server])
	v.Request, _ = c.messages(s, c.lastRow(m))
	return v
}

// lastRow is the newest row that either end had sent.
func (c *connection) lastRow(m moment) int {
	last := 0
	for e, n := range m.sent {
		if n > 0 {
			last = max(last, int(*c.dirs[e].rows.at(int(n - 1))))
		}
	}
	return last
}

// urgency is a stream's priority by RFC 9218 at a moment, where it comes from
// and what that says.
func (c *connection) urgency(slot uint32, update string, m moment) (p priority.Param, from, field string) {
	p, from = priority.DefaultParam, "default"
	apply := func(value, whose string, base priority.Param) {
		if x, err := priority.ParseField(value, base); err == nil {
			p, from, field = x, whose, value
		}
	}
	if slot != 0 {
		s := c.stream(slot)
		if value, ok := c.priorityField(initiator(s.id), s.request, m); ok {
			apply(value, "request", priority.DefaultParam)
		}
		if update != "" {
			apply(update, "PRIORITY_UPDATE", priority.DefaultParam)
		}
		if value, ok := c.priorityField(server, s.response, m); ok {
			apply(value, "response", p)
		}
	} else if update != "" {
		apply(update, "PRIORITY_UPDATE", priority.DefaultParam)
	}
	return p, from, field
}

// priorityField is the priority field of a field block that was sent by a moment.
func (c *connection) priorityField(dir int, n uint32, m moment) (value string, ok bool) {
	if n == 0 || n > c.blocksAt(dir, m.sent[dir]) {
		return "", false
	}
	reps, _, _, _ := c.explain(dir, c.dirs[dir].blocks.at(int(n-1)), c.a.reps[:0])
	c.a.reps = reps
	var values []string
	for i := range reps {
		if reps[i].Name == "priority" {
			values = append(values, reps[i].Value)
		}
	}
	return strings.Join(values, ","), len(values) > 0
}

// scheme says which priorities the server goes by, as far as the wire tells.
func (c *connection) scheme(t *tree, v *view.Priority, m moment, updates bool) (scheme, text string) {
	knows := c.setting(client, c.knownAt(server, m.recvd[server]), frame.NoRFC7540Priorities) == 1
	learns := c.setting(server, c.knownAt(client, m.recvd[client]), frame.NoRFC7540Priorities) == 1
	both := ""
	if learns {
		both = " The client knows that the server does not use them either."
	}
	signals := updates || slices.ContainsFunc(v.Nodes, func(n view.PriorityNode) bool { return n.From != "default" })
	switch {
	case knows:
		return "RFC 9218", "The client's NO_RFC7540_PRIORITIES is 1, and the server knows it: urgency and incremental decide." + both
	case learns:
		return "RFC 9218", "The client knows that the server's NO_RFC7540_PRIORITIES is 1: the tree means nothing to it."
	case signals:
		return "RFC 9218", "The client sends priorities of RFC 9218; a server that knows them goes by urgency and incremental."
	case t.prios > 0:
		return "RFC 7540", "The client sends priorities of RFC 7540, which RFC 9113 deprecates; nobody has said NO_RFC7540_PRIORITIES."
	}
	return "none", "Nobody has said anything about priorities: all streams are alike."
}

// maxWalked is how many frames are looked at for turns, each way.
const maxWalked = 20000

// turns are the runs of DATA of the server around a moment: half of them before.
func (c *connection) turns(m moment, n int) []view.Turn {
	d := &c.dirs[server]
	from := int(m.sent[server]) // the first frame behind the moment
	for runs, last, k := 0, uint32(0), from-1; k >= 0 && from-k < maxWalked; k-- {
		r := c.a.rows.at(int(*d.rows.at(k)))
		if r.typ() != frame.Data {
			continue
		}
		if r.id != last {
			if runs++; runs > (n+1)/2 {
				break
			}
			last = r.id
		}
		from = min(from, k)
	}
	out := []view.Turn{}
	t := ticker{d: d}
	for k := from; k < min(d.rows.len(), from+2*maxWalked); k++ {
		row := *d.rows.at(k)
		r := c.a.rows.at(int(row))
		if r.typ() != frame.Data {
			continue
		}
		if len(out) == 0 || out[len(out)-1].Stream != r.id {
			if len(out) == n {
				break
			}
			if len(out) == 0 {
				t.k = d.pieceAt(r.off)
			}
			at, _ := t.times(r)
			out = append(out, view.Turn{Stream: r.id, First: int(row), From: at})
		}
		x := &out[len(out)-1]
		x.Last = int(row)
		x.To, _ = t.times(r)
		x.Count++
		x.Octets += r.length()
	}
	return out
}

// lanePriorities says how the streams of lanes are prioritised in the end.
func (a *Analyser) lanePriorities(out *view.Lanes, chosen []lane) {
	updates := make([]map[uint32]string, len(a.conns))
	prios := make([]map[uint32]*prioAt, len(a.conns))
	for i, l := range chosen {
		c := a.conns[l.conn]
		m, _ := a.momentOf(c, -1)
		if updates[l.conn] == nil {
			updates[l.conn], prios[l.conn] = c.updatesAt(m), map[uint32]*prioAt{}
			for k := range c.prios.len() {
				prios[l.conn][c.prios.at(k).id] = c.prios.at(k)
			}
		}
		id := c.stream(l.slot).id
		p, from, _ := c.urgency(l.slot, updates[l.conn][id], m)
		text := ""
		if from != "default" {
			text = "urgency " + strconv.Itoa(int(p.Urgency))
			if p.Incremental {
				text += ", incremental"
			}
			text += " (" + from + ")"
		}
		if x := prios[l.conn][id]; x != nil {
			text = join(text, priorityText(frame.PriorityParam{StreamDep: x.dep, Exclusive: x.exclusive, Weight: x.weight}))
		}
		out.Lanes[i].Priority = text
	}
}
