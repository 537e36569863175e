package conn

import (
	"slices"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/priority"
)

// stream is what a connection knows of one stream. It lives from its first
// frame until it is closed and everything that was received is consumed.
type stream struct {
	id         uint32
	state      State
	local      bool // we opened or promised it
	sendWindow int64
	recv       recvWindow
	in         message // what the peer sends
	out        message // what we send

	queue    []piece // DATA that waits for windows, in order
	queued   int
	endAfter bool          // END_STREAM follows the queue
	trailers []hpack.Field // the trailer section that follows the queue
	trailing bool
	endCause Cause
	ready    bool         // the scheduler may pick it
	ref      priority.Ref // its place with the scheduler; 0: it has none
	parent   uint32       // of a pushed stream: the one that it came with
	wasFull  bool         // EvWritable is due when the queue is empty

	fields  int64 // octets of its field sections, in the ledger
	tiny    int64 // what its tiny DATA frames were charged
	stalled int64 // since when DATA waits without progress; 0: it does not
}

// message is how far one direction of a stream has come (RFC 9113, section 8.1).
type message struct {
	final   bool  // the request, or the response that is not informational
	length  int64 // content-length, -1: not given
	body    int64 // octets of DATA so far
	noBody  bool  // a response that has no content whatever content-length says
	head    bool  // the request was HEAD
	connect bool  // a CONNECT tunnel: DATA is not a message's content
	ended   bool
}

// piece is octets of the owner's that wait to be sent.
type piece struct {
	b     []byte
	cause Cause
}

func (c *Conn) newStream(id uint32, local bool) *stream {
	var s *stream
	if n := len(c.free); n > 0 {
		s = c.free[n-1]
		c.free = c.free[:n-1]
		*s = stream{queue: s.queue[:0]}
	} else {
		s = &stream{}
	}
	s.id, s.local = id, local
	s.sendWindow = int64(c.peer.InitialWindowSize)
	s.recv.init(int64(c.own.InitialWindowSize))
	s.in.length, s.out.length = -1, -1
	if c.streams == nil {
		c.streams = make(map[uint32]*stream)
	}
	c.streams[id] = s
	c.guard.opened++
	return s
}

// move takes a stream to its next state and keeps the counts of section 5.1.2.
func (c *Conn) move(s *stream, next State) {
	if was, is := s.state.Active(), next.Active(); was != is {
		d := 1
		if was {
			d = -1
		}
		if s.local {
			c.activeLocal += d
		} else {
			c.activeRemote += d
		}
	}
	if s.state == ReservedRemote || s.state == ReservedLocal {
		c.reserved--
	}
	if next == ReservedRemote || next == ReservedLocal {
		c.reserved++
	}
	s.state = next
}

// step applies an input of our own or of the peer's to a stream and returns
// what it means.
func (c *Conn) step(s *stream, in Input) Effect {
	t := Step(s.state, in)
	if t.Effect == Accept && t.Next != s.state {
		c.move(s, t.Next)
	}
	return t.Effect
}

// ended is called when a direction ended in the right way; it says the stream
// is closed when both did.
func (c *Conn) settle(s *stream) {
	if s.state == ClosedByEnd {
		c.emit(Event{Kind: EvStreamClosed, StreamID: s.id, By: ByEnd})
		c.closeStream(s, ClosedByEnd)
	}
}

// closeStream frees what a closed stream holds. What came and was not consumed
// goes back to the connection's window at once when the stream was cut off;
// after an orderly end the owner still reads it.
func (c *Conn) closeStream(s *stream, how State) {
	if s.state != how {
		c.move(s, how)
	}
	s.queue, s.queued, s.trailers, s.trailing, s.endAfter = s.queue[:0], 0, nil, false, false
	c.unready(s)
	c.letGo(s)
	s.stalled = 0
	c.closed.add(s.id, how)
	if how != ClosedByEnd {
		c.credit(s.recv.held)
		s.recv.held = 0
	}
	if s.recv.held == 0 {
		c.forget(s)
	}
}

// streamsPooled is how many closed streams are kept for reuse: as many as may
// be open at a time by default, and some.
const streamsPooled = 128

func (c *Conn) forget(s *stream) {
	c.clock.stirred = true
	delete(c.streams, s.id)
	if len(c.free) < streamsPooled {
		c.free = append(c.free, s)
	}
}

// stateOf tells the state of any stream, known or not.
func (c *Conn) stateOf(id uint32) State {
	if s := c.streams[id]; s != nil {
		return s.state
	}
	if c.isLocal(id) {
		if id >= c.nextLocal {
			return Idle
		}
	} else if id > c.lastRemote {
		return Idle
	}
	if c.goAway.sent && !c.isLocal(id) && id > c.goAway.sentLast {
		return ClosedBySentReset // section 6.8: ignored
	}
	if how, ok := c.closed.find(id); ok {
		return how
	}
	if c.skipped.has(id) {
		return ClosedUnused
	}
	if c.closed.full() {
		// How it was closed is forgotten: nothing that comes for it may cost
		// more than the frame.
		return ClosedBySentReset
	}
	return ClosedByEnd
}

// gaps remembers the identifiers that the peer left out when it opened streams
// (RFC 9113, section 5.1.1): the last ones, in a bounded list. One that has
// dropped out passes for closed by END_STREAM.
type gaps struct {
	log  []gap
	next int // where the next one goes, once the log is full
}

// gap is the identifiers from one, up to and without another.
type gap struct{ from, to uint32 }

const gapsKept = 16

// note books that a stream was opened after the last one.
func (g *gaps) note(last, id uint32) {
	first := last + 2
	if last == 0 {
		first = 2 - id%2
	}
	if first >= id {
		return
	}
	if len(g.log) < gapsKept {
		g.log = append(g.log, gap{first, id})
		return
	}
	g.log[g.next] = gap{first, id}
	g.next = (g.next + 1) % gapsKept
}

func (g *gaps) has(id uint32) bool {
	for _, w := range g.log {
		if w.from <= id && id < w.to {
			return true
		}
	}
	return false
}

// isLocal says whether the identifier belongs to us (RFC 9113, section 5.1.1).
func (c *Conn) isLocal(id uint32) bool { return (id%2 == 1) == (c.cfg.Role == Client) }

// StreamState is the state of a stream, whatever the identifier.
func (c *Conn) StreamState(id uint32) State { return c.stateOf(id) }

// Streams is the number of streams that are kept.
func (c *Conn) Streams() int { return len(c.streams) }

// NextStreamID is the identifier that Open or Push will use next.
func (c *Conn) NextStreamID() uint32 { return c.nextLocal }

// LastStreamID is the highest identifier of the peer's streams that was handed
// to the owner: what a GOAWAY would name.
func (c *Conn) LastStreamID() uint32 { return c.handled }

// sortedStreams lists the streams by identifier: a map has no order, and the
// octets must not depend on chance.
func (c *Conn) sortedStreams() []uint32 {
	ids := make([]uint32, 0, len(c.streams))
	for id := range c.streams {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// closedLog remembers how the last streams were closed, so that frames that were
// under way are treated as section 5.1 asks. It is bounded.
type closedLog struct {
	log  []closedEntry
	next int // where the next one goes, once the log is full
}

type closedEntry struct {
	id  uint32
	how State
}

const closedKept = 128

// add notes how a stream was closed; what was known of it before gives way. Only
// a stream that was cut off may be there before.
func (r *closedLog) add(id uint32, how State) {
	if how != ClosedByEnd {
		for i := range r.log {
			if r.log[i].id == id {
				r.log[i].how = how
				return
			}
		}
	}
	if !r.full() {
		r.log = append(r.log, closedEntry{id, how})
		return
	}
	r.log[r.next] = closedEntry{id, how}
	r.next = (r.next + 1) % closedKept
}

// full says that entries may have been forgotten.
func (r *closedLog) full() bool { return len(r.log) == closedKept }

func (r *closedLog) find(id uint32) (State, bool) {
	for i := range r.log {
		if r.log[i].id == id {
			return r.log[i].how, true
		}
	}
	return 0, false
}

// goAwayState is how far the connection is on its way out (RFC 9113, section 6.8).
type goAwayState struct {
	sent     bool
	sentLast uint32 // streams of the peer's above it are ignored
	received bool
	recvLast uint32
	code     frame.ErrCode
}
