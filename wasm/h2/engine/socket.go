package engine

import (
	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport/memory"
)

// The network in memory as the host's net and tls modules see it: ports that
// listen, sockets that carry octets, and sessions that take a socket over.

// Commands for sockets. Their arguments stand behind them; tls is what
// reader.tls reads.
const (
	opDial       = 50 + iota // socket u32, authority str, name str of the server, from str: address of a client outside of the tab, or ""; tls
	opServe                  // port u32, authority str, tls
	opUnserve                // authority str
	opSend                   // socket u32, octets
	opFinish                 // socket u32: no octets will follow
	opCut                    // socket u32: both directions end
	opFlow                   // socket u32, on u8: octets that arrive become events, or wait
	opCarry                  // socket u32, session u32, server u8, config
	socketOpsEnd             //
)

// Events of sockets.
const (
	evAccepted  = 120 + iota // session: socket, a: port, data: address of a client outside of the tab
	evConnected              // session: socket
	evSecure                 // session: socket, fields: TLSState
	evOctets                 // session: socket, data
	evFinished               // session: socket. flags 1: the other direction is gone too
	evSent                   // session: socket: all that was to be sent has left
	evBroken                 // session: socket, data: code, a space, message
)

// port is a server that waits for connections.
type port struct {
	id  uint32
	tls *TLSOptions
}

// socket is an end of a connection that the host holds. It stands at the end
// itself until a session takes its place; with TLS, veil stands there.
type socket struct {
	e      *Engine
	handle uint32
	end    *memory.End
	veil   *veil
	in     []byte // arrived, the host wants none now
	out    []byte // to be sent
	asked  bool   // the host waits for evSent
	flow   bool   // the host takes what arrives
	fin    bool   // nothing follows out
	heard  bool   // the other end has finished
	told   bool   // ... and the host knows
	gone   bool   // no more events
}

// Poll hands out what is to be sent. It is memory.Party's.
func (s *socket) Poll(_ int64, o *session.Output, maxData int) {
	clearOutput(o)
	if maxData == 0 {
		maxData = 256 << 10
	}
	n := min(len(s.out), max(maxData, 0))
	if n > 0 {
		o.Segments = append(o.Segments, s.out[:n:n])
		o.Octets = n
		s.out = s.out[n:]
	}
	o.More = len(s.out) > 0
	if o.More {
		return
	}
	if s.asked {
		s.asked = false
		s.tell(evt{kind: evSent})
	}
	if s.fin && o.Octets > 0 {
		o.More = true // the end follows with the next Poll
	} else if s.fin {
		s.finish()
	}
}

func clearOutput(o *session.Output) {
	o.Segments, o.Octets, o.Causes, o.Events = o.Segments[:0], 0, o.Causes[:0], o.Events[:0]
	o.Deadline, o.More, o.Close = 0, false, false
}

func (s *socket) finish() {
	if s.veil != nil {
		s.veil.finish()
		return
	}
	s.end.Finish()
}

// Receive takes octets from the other end. It is memory.Party's.
func (s *socket) Receive(_ int64, b []byte) error {
	s.in = append(s.in, b...)
	s.deliver()
	return nil
}

// deliver gives the host what it wants.
func (s *socket) deliver() {
	if s.flow && len(s.in) > 0 {
		s.tell(evt{kind: evOctets, data: s.in})
		s.in = nil
		s.end.Drained()
	}
	if s.heard && len(s.in) == 0 && !s.told {
		s.told = true
		s.tell(evt{kind: evFinished})
	}
}

// Held is how many octets the host has yet to take.
func (s *socket) Held() int { return len(s.in) }

func (s *socket) tell(v evt) {
	if !s.gone {
		v.session = s.handle
		s.e.put(v)
	}
}

// Tick does nothing: a socket has no deadline.
func (s *socket) Tick(int64) {}

// End says that the other end sends no more.
func (s *socket) End(_ int64, err error) {
	if err != nil {
		s.fail("ECONNRESET", "read ECONNRESET: "+err.Error())
		return
	}
	s.heard = true
	s.deliver()
}

func (s *socket) fail(code, message string) {
	s.tell(evt{kind: evBroken, data: []byte(code + " " + message)})
	s.gone = true
}

// Err is nil: the network knows why it failed.
func (s *socket) Err() error { return nil }

// Destroyed says whether the other end has finished, or the host has ended it.
func (s *socket) Destroyed() bool { return s.heard || s.gone }

// socketCommand carries out a command for ports and sockets.
func (e *Engine) socketCommand(op byte) {
	r := &e.in
	switch op {
	case opDial:
		handle, authority, name, from := r.u32(), r.str(), r.str(), r.str()
		e.dial(handle, authority, memory.Names{Client: from, Server: name}, r.tls())
		return
	case opServe:
		id, authority, tls := r.u32(), r.str(), r.tls()
		e.ports[authority] = &port{id, tls}
		return
	case opUnserve:
		delete(e.ports, r.str())
		return
	case opCarry:
		e.carryCommand()
		return
	}
	s := e.sockets[r.u32()]
	var b []byte
	on := false
	switch op {
	case opSend:
		b = r.octets()
	case opFlow:
		on = r.u8() == 1
	}
	if s == nil || r.bad {
		return // it has ended: the host hears of that
	}
	switch op {
	case opSend:
		s.out = append(s.out, b...)
		s.asked = true
	case opFinish:
		s.fin = true
	case opCut:
		s.cut()
	case opFlow:
		s.flow = on
		s.deliver()
	}
	s.end.Touch()
}

// dial joins a socket to a port, or tells the host that there is none. Names of a
// client are those of one outside, for which the host carries octets as they are.
func (e *Engine) dial(handle uint32, authority string, names memory.Names, tls *TLSOptions) {
	p := e.ports[authority]
	if p == nil {
		e.put(evt{kind: evBroken, session: handle, data: []byte("ECONNREFUSED connect ECONNREFUSED " + authority)})
		return
	}
	e.handles++
	client := &socket{e: e, handle: handle}
	server := &socket{e: e, handle: e.handles | made}
	from := names.Client
	if from == "" {
		names.Client = "client"
	}
	client.end, server.end = e.net.Join(client, server, e.link, names)
	client.end.Outside = from != ""
	e.sockets[client.handle], e.sockets[server.handle] = client, server
	e.put(evt{kind: evAccepted, session: server.handle, a: p.id, data: []byte(from)})
	e.put(evt{kind: evConnected, session: client.handle})
	e.secure(client, tls, false)
	e.secure(server, p.tls, true)
	if client.end.Outside && p.tls == nil {
		client.end.Record(nil) // whatever it speaks
	}
}

// cut ends both directions behind what is to be sent already.
func (s *socket) cut() {
	s.gone = true
	delete(s.e.sockets, s.handle)
	s.end.Close()
}

// carryCommand puts a session in the place of a socket: from here on the host
// sees the session's events and none of its octets.
func (e *Engine) carryCommand() {
	r := &e.in
	from, handle, server := r.u32(), r.u32(), r.u8() == 1
	cfg := e.config(handle)
	s := e.sockets[from]
	if s == nil {
		e.put(evt{kind: byte(session.EvClose), session: handle, data: []byte("the socket has ended")})
		return
	}
	ep := &endpoint{handle: handle, end: s.end}
	if server {
		ep.s = session.NewServer(cfg)
	} else {
		ep.s = session.NewClient(cfg)
	}
	end := s.end
	end.Owner, end.Line = ep, e.line
	var state *trace.TLS
	var party memory.Party = ep.s
	if s.veil != nil {
		state = s.veil.state()
		s.veil.inner, party = ep.s, s.veil
	}
	end.Record(state)
	end.Take(party)
	end.Session = ep.s
	ep.conn = end.ConnID()
	ep.s.SetCause(e.tag)
	e.sessions[handle] = ep
	if len(s.in) > 0 {
		if s.veil != nil {
			end.Heard(s.in)
		}
		_ = ep.s.Receive(e.net.Now(), s.in) // a fresh session takes octets
	}
	if s.heard {
		ep.s.End(e.net.Now(), nil)
	}
	s.in, s.gone = nil, true
	delete(e.sockets, from)
}
