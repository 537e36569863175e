package inspect

import "framewise/core/frame"

// stalling is where a stall begins: after this frame its sender can't send DATA
// on a stream that it has not ended, because a window is used up. Where it ends
// follows from the series of windows and states, and is worked out when
// somebody asks (stalled.go).
type stalling struct {
	event uint32 // the sender's count of frames: the first sent of them its own, the others received
	sent  uint32
	row   uint32 // of the frame that did it: DATA or HEADERS of the sender, or SETTINGS of its peer
	slot  uint32 // the stream that waits; 0: those listed wait for the connection
	which uint8
	first uint32 // where in the direction's waiting the streams are listed
	n     uint32 // how many wait, also those beyond maxWaiting
}

// waiter is a stream that waits for the connection, from an event of its sender on.
type waiter struct{ slot, event uint32 }

// Windows that are used up.
const (
	stallStream     = 1
	stallConnection = 2
)

// maxWaiting is how many of the streams that wait for the connection's window
// are listed for one stall.
const maxWaiting = 16

// maxShrunk is how many streams are looked at when a SETTINGS frame makes their
// windows smaller. Such a frame costs its sender 15 octets, whatever the number
// of streams: the work for it must have a bound.
const maxShrunk = 100

// queue is the streams on which an end has begun a message and not ended it, in
// the order in which they began. A stream that leaves it keeps its links, so
// that leaving can be undone in reverse order (unstep).
type queue struct {
	first, last uint32 // slots
	n           int
}

// Where a stream is in the queue of an end.
const (
	notSending = iota
	isSending
	hasSent
)

// canSend says whether an end may send DATA in this state.
func canSend(state uint8) bool { return state == open || state == halfClosedRemote }

// begin puts a stream at the end of the queue of the end e.
func (c *connection) beginSending(e int, slot uint32) {
	s, q := c.stream(slot), &c.dirs[e].queue
	s.sending[e] = isSending
	s.before[e] = q.last
	if q.last == 0 {
		q.first = slot
	} else {
		c.stream(q.last).behind[e] = slot
	}
	q.last = slot
	q.n++
}

// requeue follows a change of state at the end e: out of the queue, or back to
// where the stream stood.
func (c *connection) requeue(e int, s *stream, state uint8) {
	q := &c.dirs[e].queue
	from, to := s.before[e], s.behind[e]
	switch {
	case s.sending[e] == isSending && !canSend(state):
		s.sending[e] = hasSent
		q.n--
	case s.sending[e] == hasSent && canSend(state):
		s.sending[e] = isSending
		q.n++
		slot := c.byID[s.id]
		from, to = slot, slot
	default:
		return
	}
	c.relink(e, q, s, from, to)
}

// relink makes the neighbours of s point to what stands behind and before it
// from now on: each other, or s.
func (c *connection) relink(e int, q *queue, s *stream, before, behind uint32) {
	if s.before[e] == 0 {
		q.first = behind
	} else {
		c.stream(s.before[e]).behind[e] = behind
	}
	if s.behind[e] == 0 {
		q.last = before
	} else {
		c.stream(s.behind[e]).before[e] = before
	}
}

// message begins the content of a message: its field section came, and the
// stream goes on.
func (s *sending) message() {
	c, st := s.c, s.c.stream(s.slot)
	if c.midway || st.sending[s.dir] != notSending || !canSend(st.state[s.dir]) {
		return
	}
	c.beginSending(s.dir, s.slot)
	recvd := c.ends[s.dir].recvd
	conn, own := c.sendWindow(s.dir, 0, s.seq, recvd), c.sendWindow(s.dir, s.slot, s.seq, recvd)
	switch d := s.d; {
	case own <= 0 && conn <= 0:
		s.stalls(s.slot, stallStream|stallConnection)
	case own <= 0:
		s.stalls(s.slot, stallStream)
	case conn > 0:
	case d.dry != 0 && d.drySum == sumAt(&d.data, s.seq): // one more waits
		x := d.stalls.at(int(d.dry - 1))
		if x.n++; x.n <= maxWaiting {
			d.waiting.add(waiter{s.slot, c.ends[s.dir].events})
		}
	default:
		s.stalls(0, stallConnection)
	}
}

// usedUp begins stalls after n octets of DATA, for which there was room.
func (s *sending) usedUp(n, conn, own int64) {
	c := s.c
	if c.midway {
		return
	}
	dry := conn > 0 && conn <= n
	one := s.slot != 0 && c.stream(s.slot).sending[s.dir] == isSending && own > 0 && own <= n
	switch {
	case one && conn <= n:
		s.stalls(s.slot, stallStream|stallConnection)
	case one:
		s.stalls(s.slot, stallStream)
	}
	if others := s.d.queue.n; dry && (others > 1 || others == 1 && !one) {
		s.stalls(0, stallConnection)
	}
}

// stalls notes that a stall begins with this frame.
func (s *sending) stalls(slot uint32, which uint8) {
	c, d := s.c, s.d
	x := stalling{event: c.ends[s.dir].events, sent: s.seq, row: s.row, slot: slot, which: which}
	if slot == 0 {
		x.first = uint32(d.waiting.len())
		for w := d.queue.first; w != 0; w = c.stream(w).behind[s.dir] {
			if x.n++; x.n > maxWaiting {
				x.n = uint32(d.queue.n)
				break
			}
			d.waiting.add(waiter{w, x.event})
		}
		d.dry, d.drySum = uint32(d.stalls.len())+1, sumAt(&d.data, s.seq)
	}
	d.stalls.add(x)
}

// shrunk begins stalls when SETTINGS of the peer makes the windows of streams
// smaller (RFC 9113, section 6.9.2). The end e has just received the row.
func (c *connection) shrunk(e int, row uint32) {
	d, end := &c.dirs[e], &c.ends[e]
	k := c.knownAt(e, end.recvd)
	by := int64(c.setting(1-e, k-1, frame.InitialWindowSize)) - int64(c.setting(1-e, k, frame.InitialWindowSize))
	if c.midway || by <= 0 {
		return
	}
	for slot, n := d.queue.first, 0; slot != 0 && n < maxShrunk; n++ {
		if w := c.sendWindow(e, slot, end.sent, end.recvd); w <= 0 && w+by > 0 {
			x := stalling{event: end.events, sent: end.sent, row: row, slot: slot, which: stallStream}
			if c.sendWindow(e, 0, end.sent, end.recvd) <= 0 {
				x.which |= stallConnection
			}
			d.stalls.add(x)
		}
		slot = c.stream(slot).behind[e]
	}
}
