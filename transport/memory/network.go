// Package memory joins sessions, or whatever else makes octets, by a network that
// exists only in memory and in virtual time.
//
// In come sessions, joined in pairs, and what the way between them is like:
// latency, jitter, bandwidth, the pieces in which octets arrive, faults that
// change, hold, lose or invent them. Out come their events and the record (core/trace entries) of every
// octet that one sent the other. There is no goroutine and no clock: Step
// jumps from one instant at which something happens to the next, so that the
// same calls give the same record, natively and in WASM.
//
// It imports core/session and core/trace.
package memory

import (
	"strconv"
	"time"

	"framewise/core/conn"
	"framewise/core/session"
	"framewise/core/trace"
)

// sendBuffer is how many octets may wait for a slow link before DATA has to
// stay with its session: what a socket's send buffer does.
const sendBuffer = 64 << 10

// Link is the way between two ends, the same in both directions. The zero value
// is instantaneous and unlimited.
type Link struct {
	Latency   int64    // nanoseconds one way
	Bandwidth int64    // octets a second, 0: unlimited
	Jitter    int64    // nanoseconds that a piece may take beyond the latency; pieces never overtake
	Chunk     int      // octets that arrive at once: from 1 to Chunk each time, 0: as they were sent
	Seed      uint64   // of all that is left to chance: jitter, sizes of pieces, masks
	Faults    []*Fault // what else is done to the octets
}

// plain says that the link does nothing but take time.
func (l *Link) plain() bool { return l.Jitter == 0 && l.Chunk == 0 }

// Describe says what the link is like, for people: "memory, 5ms each way".
func (l Link) Describe() string {
	s := "memory, " + time.Duration(l.Latency).String() + " each way"
	if l.Bandwidth > 0 {
		s += ", " + strconv.FormatInt(l.Bandwidth, 10) + " octets a second"
	}
	if l.Jitter > 0 {
		s += ", up to " + time.Duration(l.Jitter).String() + " more"
	}
	if l.Chunk > 0 {
		s += ", in pieces of at most " + strconv.Itoa(l.Chunk)
	}
	return s
}

// Network is a set of connections that share a virtual clock, which begins
// at 0. Make one with New.
type Network struct {
	now     int64
	seq     int64
	flying  int // pieces under way
	pending schedule
	timers  []Timer       // to be given out
	chunks  []trace.Chunk // to be given out
	ends    []*End        // in the order in which they were joined
	record  func(trace.Entry)
	conns   uint32
}

// New makes a network. record is given every entry in order, and keeps or
// writes it before it returns; nil: nothing is recorded.
func New(record func(trace.Entry)) *Network {
	if record == nil {
		record = func(trace.Entry) {}
	}
	return &Network{record: record}
}

// Now is the virtual time, in nanoseconds.
func (n *Network) Now() int64 { return n.now }

// End is one end of a connection.
type End struct {
	Session *session.Session // nil while a Party of another kind stands there
	// Owner is whatever the owner wants to find again with the end.
	Owner any
	// Line finds the program's line for the tag of a cause (Session.SetCause).
	// nil: tags are line numbers.
	Line func(tag uint32) trace.Cause
	// Outside says that the end stands for one outside of the network: its octets
	// come as they travelled, TLS included (see Heard), and it may be slow to take
	// what is sent to it (see Drained).
	Outside bool

	n       *Network
	party   Party
	peer    *End
	names   Names
	id      uint32 // of the connection, 0 while it is not in the record
	dir     trace.Dir
	link    Link
	busy    int64 // when the last octet that was sent has left
	arrives int64 // when it arrives: octets never overtake
	deaf    int64 // from when on a fault keeps it from hearing anything, 0: it hears
	way     way
	inbox   []arrival // what is under way to it, behind
	taken   int       // what it has got
	coming  int       // octets that are under way to it
	take    func()    // receive
	frames  uint32    // of the direction that its session has named the causes of, and those injected between them
	own     uint32    // ... without these
	out     session.Output
	dirty   bool
	due     int64 // the deadline that is scheduled, 0: none
	timer   *Timer
	fin     bool  // it sends no more
	hangup  int64 // when it learns that the other end has closed, 0: never
	ended   bool
}

// ConnID identifies the connection in the record, from 1.
func (e *End) ConnID() uint32 { return e.id }

// Names are what the record calls the two ends.
type Names struct{ Client, Server string }

// Connect joins a client's and a server's session. The connection exists at
// once: what a TCP handshake costs is not modelled.
func (n *Network) Connect(client, server *session.Session, l Link, names Names) (c, s *End) {
	c, s = n.Join(client, server, l, names)
	c.Record(nil)
	return c, s
}

// Touch says that a verb of the end's session was called: the next Step polls
// it. Sessions that octets or deadlines reached are touched by the network.
func (e *End) Touch() { e.dirty = true }

// Timer schedules an event of the owner's: fire is called by a Step at that
// instant. at lies in the future or is now.
func (n *Network) Timer(at int64, fire func()) *Timer { return n.add(at, fire) }

// Step lets things happen: first whatever the touched sessions have to say at
// this instant; when they are silent, the clock jumps to the next delivery,
// deadline or timer. handle is given each event and may call verbs of the
// session that it comes from; for those of other sessions Touch their end.
// Step returns false when nothing is left to happen.
func (n *Network) Step(handle func(*End, *session.Event)) bool {
	worked := false
	for i := 0; i < len(n.ends); i++ { // handle may join new ends
		if e := n.ends[i]; e.dirty {
			worked = true
			e.flush(handle)
		}
	}
	if worked {
		n.reap()
		return true
	}
	return n.advance()
}

// Idle says that nothing is left to happen.
func (n *Network) Idle() bool {
	for _, e := range n.ends {
		if e.dirty {
			return false
		}
	}
	n.prune()
	return len(n.pending) == 0
}

// Quiet says that no octet is under way and no session has anything to say:
// time must pass for anything to happen.
func (n *Network) Quiet() bool {
	if n.flying > 0 {
		return false
	}
	for _, e := range n.ends {
		if e.dirty {
			return false
		}
	}
	return true
}

// flush polls a session and sends what it has to say.
func (e *End) flush(handle func(*End, *session.Event)) {
	e.dirty = false
	held := e.peer.held()
	room := sendBuffer - int(e.backlog()) - held
	if room <= 0 {
		room = -1
	}
	e.party.Poll(e.n.now, &e.out, room)
	o := &e.out
	e.recordCauses(o.Causes)
	if !e.ended {
		e.send(o)
	}
	e.scheduleDeadline(o.Deadline)
	closing, more := o.Close, o.More
	for i := range o.Events {
		handle(e, &o.Events[i])
	}
	if closing && !e.ended {
		e.close()
		return
	}
	switch {
	case len(o.Events) > 0:
		e.dirty = true // the handlers may have called verbs
	case more && room > 0:
		e.dirty = true
	case more && held < sendBuffer/2:
		// There is room again when half of the buffer has left.
		e.n.add(e.busy-e.time(sendBuffer/2), e.Touch)
	}
}

// backlog is how many octets wait for the link.
func (e *End) backlog() int64 {
	if e.link.Bandwidth <= 0 || e.busy <= e.n.now {
		return 0
	}
	return (e.busy - e.n.now) * e.link.Bandwidth / int64(time.Second)
}

// time is how long the link takes for n octets.
func (e *End) time(n int64) int64 {
	if e.link.Bandwidth <= 0 {
		return 0
	}
	return n * int64(time.Second) / e.link.Bandwidth
}

// close ends the connection from this side, behind the octets that were sent.
func (e *End) close() {
	n := e.n
	e.ended = true
	e.timer.Stop()
	reason := ""
	if err := e.party.Err(); err != nil {
		reason = err.Error()
	}
	if !e.peer.ended {
		e.note(&trace.Close{Conn: e.id, At: n.now, By: e.side(), Reason: reason})
	}
	if !e.party.Destroyed() {
		e.party.End(n.now, nil)
	}
	e.dirty = true // the last events
	to := e.peer
	n.flying++
	to.hangup = max(e.arrives, n.now+e.link.Latency)
	n.deliver(to.hangup, func() {
		n.flying--
		to.hungUp()
	})
}

// hungUp tells the party that the other end has closed the connection.
func (e *End) hungUp() {
	if !e.ended {
		e.ended = true
		e.party.End(e.n.now, nil)
	}
	e.Touch()
}

func (e *End) side() string {
	if e.dir == trace.ToServer {
		return conn.Client.String()
	}
	return conn.Server.String()
}

// Abort cuts the connection at this end, as a process that dies does: nothing
// more is sent, and the other end learns of it after the latency.
func (e *End) Abort(reason error) {
	if !e.ended {
		e.party.End(e.n.now, reason)
		e.close()
	}
}

// recordCauses says in the record why each frame was sent.
func (e *End) recordCauses(causes []conn.Cause) {
	for _, k := range causes {
		c := trace.Cause{Line: k.Tag}
		if k.Tag != 0 && e.Line != nil {
			c = e.Line(k.Tag)
		}
		e.frames += e.way.injected(e.own)
		e.own++
		c.Conn, c.Dir, c.Frame, c.Rule = e.id, e.dir, e.frames, k.Rule.String()
		if k.Tag != 0 || k.Rule != conn.RuleNone {
			e.note(&c)
		}
		e.frames++
	}
}

func (e *End) scheduleDeadline(at int64) {
	if at == e.due {
		return
	}
	e.due = at
	e.timer.Stop()
	if at == 0 {
		return
	}
	e.timer = e.n.add(at, func() {
		e.due = 0
		if !e.ended {
			e.party.Tick(e.n.now)
			e.Touch()
		}
	})
}

// reap forgets ends that are over, so that a long run does not slow down.
func (n *Network) reap() {
	live := n.ends[:0]
	for _, e := range n.ends {
		if !e.ended || e.dirty || !e.peer.ended || e.peer.dirty {
			live = append(live, e)
		}
	}
	clear(n.ends[len(live):])
	n.ends = live
}
