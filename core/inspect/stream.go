package inspect

import "framewise/core/frame"

// stream is one stream of a connection. Its history lies in the connection's
// lists; here are the ends of it.
type stream struct {
	id       uint32
	points   [2][2]uint32 // direction, sumData or sumUpdate: the newest point
	steps    [2]uint32    // at client and server: the newest step
	request  uint32       // field block of the request, from 1: in the client's direction, or the server's PUSH_PROMISE
	response uint32       // field block of the final response in the server's direction
	state    [2]uint8     // at client and server
	headers  [2]uint8     // field sections that each end sent, informational responses left out; stops at 255
	first    uint32       // row that opened it
	last     uint32       // newest row on it
	adopted  bool         // it is older than the record
	bodyless bool         // the response has no content, whatever its content-length: to HEAD
	sending  [2]uint8     // whether each end has begun a message and not ended it
	before   [2]uint32    // its neighbours in the queues of streams that do
	behind   [2]uint32
	left     [2]int64 // octets of content that each end still owes by its content-length; noLength
}

// noLength stands for content whose length was not told.
const noLength = -1

// step is a change of a stream's state at one end.
type step struct {
	event uint32 // the end's count of frames when it happened
	row   uint32
	prev  uint32 // number of the stream's step before, from 1; 0: it was idle
	slot  uint32
	state uint8
	in    uint8 // the input that made it
	how   uint8
}

// slotOf finds a stream, from 1; 0 when it was never used.
func (c *connection) slotOf(id uint32) uint32 { return c.byID[id] }

// newStream makes a stream that is idle at both ends; row opens it.
func (c *connection) newStream(id, row uint32) uint32 {
	c.streams.add(stream{id: id, first: row, last: row, left: [2]int64{noLength, noLength}})
	n := uint32(c.streams.len())
	c.byID[id] = n
	c.a.lanes.add(lane{uint16(c.index), n})
	return n
}

func (c *connection) stream(slot uint32) *stream { return c.streams.at(int(slot - 1)) }

// initiator is the end that opens streams with this identifier.
func initiator(id uint32) int {
	if id%2 == 1 {
		return client
	}
	return server
}

// allowed says whether the end e may do this to a stream in its state.
func (c *connection) allowed(e int, slot uint32, how, in uint8) bool {
	return nextState[c.stream(slot).state[e]][how][in] != 0
}

// move changes the state of a stream at the end e as the table says. What is
// illegal changes nothing.
func (c *connection) move(e int, slot uint32, how, in uint8, row uint32) {
	s := c.stream(slot)
	was := s.state[e]
	next := nextState[was][how][in]
	if next == 0 || next-1 == was {
		return
	}
	end := &c.ends[e]
	end.steps.add(step{event: end.events, row: row, prev: s.steps[e], slot: slot, state: next - 1, in: in, how: how})
	s.steps[e] = uint32(end.steps.len())
	c.setState(e, s, next-1)
}

// setState keeps the count of active streams.
func (c *connection) setState(e int, s *stream, state uint8) {
	n := &c.ends[e].active[initiator(s.id)]
	if active(s.state[e]) {
		*n--
	}
	if active(state) {
		*n++
	}
	s.state[e] = state
	c.requeue(e, s, state)
}

// unstep takes back the newest step of the end e.
func (c *connection) unstep(e int) {
	l := &c.ends[e].steps
	p := *l.last()
	l.pop()
	s := c.stream(p.slot)
	s.steps[e] = p.prev
	was := uint8(idle)
	if p.prev != 0 {
		was = l.at(int(p.prev - 1)).state
	}
	c.setState(e, s, was)
}

// stepAt is the newest step of a stream at the end e when that had counted so
// many frames; 0 when the stream was idle then.
func (c *connection) stepAt(e int, slot, event uint32) uint32 {
	l := &c.ends[e].steps
	n := c.stream(slot).steps[e]
	for n != 0 && l.at(int(n-1)).event > event {
		n = l.at(int(n - 1)).prev
	}
	return n
}

// stateAt is the state at that moment.
func (c *connection) stateAt(e int, slot, event uint32) uint8 {
	if n := c.stepAt(e, slot, event); n != 0 {
		return c.ends[e].steps.at(int(n - 1)).state
	}
	return idle
}

// receive lets a frame act on its receiver.
func (c *connection) receive(dir int, row uint32) {
	e := 1 - dir
	end := &c.ends[e]
	end.events++
	end.recvd++
	r := c.a.rows.at(int(row))
	r.recv = end.events
	if r.typ() == frame.Settings && !r.is(bitIgnored) && !r.flags.Has(frame.FlagAck) {
		c.shrunk(e, row)
	}
	if r.slot == 0 || r.is(bitIgnored) {
		return
	}
	if s := c.stream(r.slot); s.adopted && s.state[e] == idle {
		c.move(e, r.slot, receives, inBefore, row)
	}
	switch r.typ() {
	case frame.Headers:
		c.move(e, r.slot, receives, inHeaders, row)
		c.moveEnd(e, r, receives, row)
	case frame.Data:
		c.moveEnd(e, r, receives, row)
	case frame.RSTStream:
		c.move(e, r.slot, receives, inReset, row)
	case frame.PushPromise:
		if slot := c.slotOf(c.promised(r)); slot != 0 {
			c.move(e, slot, receives, inPromised, row)
		}
	}
}

func (c *connection) moveEnd(e int, r *row, how uint8, row uint32) {
	if r.flags.Has(frame.FlagEndStream) {
		c.move(e, r.slot, how, inEndStream, row)
	}
}

// promised is the stream that a PUSH_PROMISE promises, 0 for what is none.
func (c *connection) promised(r *row) uint32 {
	if r.kind() != kindFrame || r.typ() != frame.PushPromise {
		return 0
	}
	p, err := frame.ParsePushPromise(c.raw(r))
	if err != nil {
		return 0
	}
	return p.PromisedID
}

// raw reads a frame back from the record.
func (c *connection) raw(r *row) frame.Raw {
	b := c.dirs[r.dir()].read(r.off, frame.HeaderLen+r.length())
	return frame.Raw{Header: frame.ParseHeader(b), Payload: b[frame.HeaderLen:]}
}
