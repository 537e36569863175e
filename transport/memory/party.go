package memory

import (
	"framewise/core/session"
	"framewise/core/trace"
)

// Party is what stands at an end of a connection: a session, or whatever else
// makes octets and takes them. The network calls it as a transport calls a
// session; what each method gets and gives is said there.
type Party interface {
	// Poll hands out octets, events, the deadline, and whether the connection
	// closes behind the octets.
	Poll(now int64, o *session.Output, maxData int)
	Receive(now int64, b []byte) error
	Tick(now int64)
	// End says that nothing more will come, with err when the connection failed.
	End(now int64, err error)
	Err() error
	Destroyed() bool
}

// Veiled is a Party whose octets travel in another form, as those of TLS do: the
// record shows what they mean, and faults act on that. The octets of its Poll
// are of that other form, and not shown: a handshake is.
type Veiled interface {
	Party
	// Clear is what the last Poll has to say besides its octets, behind them. The
	// record keeps it.
	Clear() []byte
	// Seal makes the form of octets in which they travel, nil: of the end of all.
	// It is called for what is to arrive, in order.
	Seal(clear []byte) []byte
}

// Join joins two parties. Nothing of their connection is in the record until
// Record is called for one of its ends.
func (n *Network) Join(client, server Party, l Link, names Names) (c, s *End) {
	c = &End{n: n, names: names, dir: trace.ToServer, link: l, arrives: n.now, way: newWay(l, trace.ToServer)}
	s = &End{n: n, names: names, dir: trace.ToClient, link: l, arrives: n.now, way: newWay(l, trace.ToClient)}
	c.peer, s.peer = s, c
	c.take, s.take = c.receive, s.receive
	c.Take(client)
	s.Take(server)
	n.ends = append(n.ends, c, s)
	return c, s
}

// Take puts another party in the place of the one that stood at the end: a
// session on a connection that existed before it.
func (e *End) Take(p Party) {
	e.party = p
	e.Session, _ = p.(*session.Session)
	e.Touch()
}

// Record begins to keep the connection in the record, from this instant on; a
// second call does nothing. tls is what is known of its encryption, or nil.
func (e *End) Record(tls *trace.TLS) {
	if e.id != 0 {
		return
	}
	n := e.n
	n.conns++
	e.id, e.peer.id = n.conns, n.conns
	via := e.link.Describe()
	if e.Outside || e.peer.Outside {
		via = "relay, then " + via
	}
	n.record(&trace.Conn{ID: n.conns, Client: e.names.Client, Server: e.names.Server,
		Vantage: trace.VantageBoth, At: n.now, Via: via, TLS: tls})
	e.await()
	e.peer.await()
}

// Finish ends the end's direction behind what was sent, as a FIN does: the other
// end may still send. The connection is over when both have.
func (e *End) Finish() {
	if e.fin || e.ended {
		return
	}
	e.fin = true
	n, to := e.n, e.peer
	if !to.fin {
		e.note(&trace.Close{Conn: e.id, At: n.now, By: e.side()})
	}
	n.flying++
	n.deliver(max(e.arrives, n.now+e.link.Latency), func() {
		n.flying--
		if to.ended {
			return
		}
		if to.fin {
			e.ended, to.ended = true, true
		}
		to.party.End(n.now, nil)
		to.Touch()
		e.Touch()
	})
}

// Close ends the connection behind what was sent; the other end learns of it
// after the latency. What it still sends is lost.
func (e *End) Close() {
	if !e.ended {
		e.close()
	}
}

// Heard keeps in the record what octets meant that came from an end outside in
// another form. For others it does nothing: what they say is known where they are.
func (e *End) Heard(clear []byte) {
	if e.peer.Outside {
		e.note(&trace.Chunk{Conn: e.id, Dir: e.peer.dir, SentAt: e.n.now, ReceivedAt: e.n.now, Octets: clear})
	}
}

// held is how many octets are under way to an end outside, or wait for it.
func (e *End) held() int {
	if p, ok := e.party.(interface{ Held() int }); ok && e.Outside {
		return e.coming + p.Held()
	}
	return 0
}

// Drained says that the party has taken what it held: the other end may send.
func (e *End) Drained() {
	if e.Outside {
		e.peer.Touch()
	}
}

// note writes an entry about the connection, if it is in the record.
func (e *End) note(entry trace.Entry) {
	if e.id != 0 {
		e.n.record(entry)
	}
}
