package memory

import (
	"framewise/core/session"
	"framewise/core/trace"
)

// send puts what was polled on the link.
func (e *End) send(o *session.Output) {
	b := make([]byte, 0, o.Octets)
	for _, s := range o.Segments {
		b = append(b, s...)
	}
	v, veiled := e.party.(Veiled)
	if _, sealed := e.peer.party.(Veiled); !veiled && e.Outside && sealed {
		e.raw(b)
		return
	}
	if !veiled {
		e.carry(e.parts(b))
		return
	}
	e.raw(b)
	if clear := v.Clear(); len(clear) > 0 || e.way.heard() {
		for _, p := range e.parts(clear) {
			e.veil(v, p)
		}
	}
	if o.Close {
		e.raw(v.Seal(nil))
	}
}

// raw puts octets on the link that the record does not show.
func (e *End) raw(b []byte) {
	if len(b) > 0 {
		e.carry([]part{{octets: b, lost: e.way.gone, unseen: true}})
	}
}

// veil puts octets on the link that travel in another form, which the record
// does not show.
func (e *End) veil(v Veiled, p part) {
	got, q := p.octets, p
	if p.received != nil {
		got = p.received
	}
	q.octets, q.received, q.unseen = nil, nil, true
	if len(got) > 0 && !p.lost {
		q.octets = v.Seal(got)
	}
	for i := range q.heard { // it arrives whole
		q.heard[i].to = len(q.octets)
	}
	c := &trace.Chunk{Conn: e.id, Dir: e.dir, SentAt: e.n.now, Octets: p.octets, Received: p.received}
	lost := e.lost(&p)
	ends := q.ends
	q.ends = false
	e.carry([]part{q})
	if c.ReceivedAt = e.arrives; lost {
		c.ReceivedAt, c.Received = -1, nil
	}
	e.note(c)
	if ends {
		e.breakOff(p.end)
	}
}

// lost says whether what is sent now never arrives.
func (e *End) lost(p *part) bool {
	to := e.peer
	return p.lost || to.ended || to.deaf != 0 && e.arrives >= to.deaf
}

// carry puts what is written at once on the link, in the pieces in which it
// arrives. What stands before a fault arrives when it would have without it.
func (e *End) carry(parts []part) {
	n, l, late := e.n, &e.link, int64(0)
	e.busy = max(e.busy, n.now)
	if l.Chunk == 0 {
		own := 0
		for i := range parts {
			if !parts[i].injected {
				own += len(parts[i].octets)
			}
		}
		e.busy += e.time(int64(own))
		late = e.late()
	}
	after := n.now + 1
	for i := range parts {
		p, done := &parts[i], 0
		for b := p.octets; len(b) > 0; {
			k := len(b)
			if l.Chunk > 0 {
				k = min(k, 1+int(e.way.dice.below(int64(l.Chunk))))
				late = e.late()
				after = max(after, e.arrives+1)
			} else if i == 0 {
				after = max(after, e.arrives+1)
			}
			if l.Chunk > 0 || p.injected {
				e.busy += e.time(int64(k))
			}
			e.arrives = max(e.arrives, e.busy+late)
			if !l.plain() {
				// No two writes or pieces arrive at one instant, and none when it is sent: so
				// the record tells what an end knew when it sent something.
				e.arrives = max(e.arrives, after)
			}
			e.arrives += p.hold
			p.hold = 0 // the others are behind it
			done += k
			e.piece(b[:k:k], p, done)
			b = b[k:]
		}
		if p.ends {
			e.breakOff(p.end)
		}
	}
}

// late is how long octets take on the way.
func (e *End) late() int64 {
	if e.link.Jitter == 0 {
		return e.link.Latency
	}
	return e.link.Latency + e.way.dice.below(e.link.Jitter+1)
}

// piece puts octets on the link that arrive at once, at e.arrives: those of a part
// up to the octet to.
func (e *End) piece(b []byte, p *part, to int) {
	n, peer := e.n, e.peer
	got := p.received
	if got == nil {
		got = b
	}
	lost := e.lost(p)
	if !p.unseen {
		if len(n.chunks) == 0 {
			n.chunks = make([]trace.Chunk, 32)
		}
		chunk := &n.chunks[0]
		n.chunks = n.chunks[1:]
		*chunk = trace.Chunk{Conn: e.id, Dir: e.dir, SentAt: n.now, ReceivedAt: e.arrives, Octets: b, Received: p.received}
		if lost {
			chunk.ReceivedAt, chunk.Received = -1, nil
		}
		e.note(chunk)
	}
	if lost || len(got) == 0 {
		return
	}
	a := arrival{at: e.arrives, octets: got}
	for len(p.heard) > 0 && p.heard[0].to <= to {
		a.heard = append(a.heard, p.heard[0].f)
		p.heard = p.heard[1:]
	}
	n.flying++
	peer.inbox = append(peer.inbox, a)
	peer.coming += len(got)
	n.deliver(e.arrives, peer.take)
}

// arrival is octets under way to an end.
type arrival struct {
	at     int64
	octets []byte
	heard  []*Fault // what is done when they have arrived
}

// receive hands an end all that arrives now, at once: the end must know of it
// before it answers any of it.
func (e *End) receive() {
	e.n.flying--
	from := e.taken
	for e.taken < len(e.inbox) && e.inbox[e.taken].at <= e.n.now {
		e.taken++
	}
	now := e.inbox[from:e.taken]
	if len(now) == 0 || e.ended { // it came with the piece before, or nobody listens
		return
	}
	b := now[0].octets
	if len(now) > 1 {
		b = nil
		for _, a := range now {
			b = append(b, a.octets...)
		}
	}
	for i := range now {
		for _, f := range now[i].heard {
			f.behind = e.way.frame.n - 1 // the next poll sends it, before what the octets make the end say
		}
	}
	clear(now)
	e.coming -= len(b)
	if e.taken == len(e.inbox) {
		e.inbox, e.taken = e.inbox[:0], 0
	}
	_ = e.party.Receive(e.n.now, b) // ErrEnded alone, and an ended end is left out above
	e.Touch()
	if e.hangup != 0 && e.hangup == e.n.now && e.taken == len(e.inbox) {
		e.hungUp() // the end of the connection came with its last octets: nothing is answered any more
	}
}

// breakOff tells the ends that the direction, or the connection, is no more.
func (e *End) breakOff(k FaultKind) {
	n, to := e.n, e.peer
	tell := func(who *End, at int64, err error) {
		who.deaf = max(at, 1)
		n.flying++
		n.deliver(at, func() {
			n.flying--
			if who.ended {
				return
			}
			who.party.End(n.now, err)
			if err != nil {
				who.ended = true
				who.timer.Stop()
			}
			who.Touch()
		})
	}
	at := max(e.arrives, n.now+e.link.Latency)
	if k == HalfClose {
		tell(to, at, nil)
		return
	}
	e.note(&trace.Close{Conn: e.id, At: n.now, By: "network", Reason: ErrCut.Error()})
	tell(to, at, ErrCut)
	tell(e, max(to.arrives, n.now+e.link.Latency), ErrCut)
}
