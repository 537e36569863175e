// Package engine is what h2.wasm does, without the WASM: sessions of core/session
// on a network in memory, or on a transport of the host's, driven by a batch of
// commands that answers with a batch of events.
//
// In come octets that encode commands (see wire.go); out come octets that
// encode events, and the record as JSON Lines. A host in JavaScript crosses the
// boundary once a batch and not once an event. The same batches give the same
// octets natively and in WASM: a test replays what a browser did.
//
// It imports core/session, core/trace and transport/memory.
package engine

import (
	"encoding/binary"
	"errors"

	"framewise/core/conn"
	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport/memory"
)

// made is set in the handles of what the engine made itself: the server's end
// of a connection, a stream that the peer opened. The host numbers its own.
const made = 1 << 31

// Engine holds everything that a host runs at a time. Make one with New.
type Engine struct {
	// NewTLS makes an end of TLS; now is the virtual time, seed decides all that is
	// left to chance. nil: there is none.
	NewTLS func(o TLSOptions, server bool, seed [32]byte, now func() int64) (TLS, error)

	ports     map[string]*port
	sockets   map[uint32]*socket
	veils     []TLS // that have not been stopped
	seed      uint64
	net       *memory.Network
	link      memory.Link
	listeners map[string]*listener
	sessions  map[uint32]*endpoint
	streams   map[uint32]*stream
	outside   int         // how many sessions are on the host's transport
	touched   []*endpoint // those of them that may have something to say, in order
	timers    map[uint32]*memory.Timer
	lines     []trace.Cause // by tag - 1: what opCause was told
	tag       uint32        // that the next calls get
	now       int64         // of the host's clock, for sessions outside
	conns     uint32
	handles   uint32
	facts     trace.TLS // of the session that is about to begin on the host's transport: see opSecured

	in        reader
	out       []byte
	trace     []byte
	recording bool // from opReset on

	// SelectPadding asks the host's program how long the payload of a frame is to
	// be; session is the handle of the session, or of the listener that it came
	// by. nil: nobody is asked.
	SelectPadding func(session uint32, frameLen, maxFrameLen int) int
}

// listener is a server that waits for connections at an authority.
type listener struct {
	id  uint32
	cfg session.Config
}

// endpoint is a session and what the host calls it.
type endpoint struct {
	handle uint32
	s      *session.Session
	end    *memory.End // nil for a session on the host's transport
	own    trace.Dir   // of what it sends on the host's transport
	out    session.Output
	conn   uint32
	frames uint32
	closed bool
	over   bool // the record has the connection's end

	touched  bool  // stands in Engine.touched
	held     bool  // the host's transport is full
	tick     bool  // the host says that the deadline has come
	deadline int64 // that the host was told
}

type stream struct {
	handle uint32
	st     *session.Stream
	ep     *endpoint
}

// New makes an engine whose network is empty and whose record has not begun.
func New() *Engine {
	e := &Engine{in: reader{seen: map[string]string{}}}
	e.reset()
	return e
}

func (e *Engine) reset() {
	e.listeners = map[string]*listener{}
	e.sessions = map[uint32]*endpoint{}
	e.streams = map[uint32]*stream{}
	e.timers = map[uint32]*memory.Timer{}
	for _, t := range e.veils {
		t.Stop()
	}
	e.veils = nil
	e.ports = map[string]*port{}
	e.sockets = map[uint32]*socket{}
	e.facts = trace.TLS{}
	e.touched, e.lines, e.outside, e.tag, e.conns, e.handles = nil, nil, 0, 0, 0, 0
	e.net = memory.New(e.record)
}

func (e *Engine) record(entry trace.Entry) {
	if e.recording {
		e.trace = trace.AppendEntry(e.trace, entry)
	}
}

// Call carries out the commands and nothing more: no time passes, and what came
// to pass waits for the next Run. The answer, as Run's, has the events that say
// how the commands went.
func (e *Engine) Call(commands []byte) []byte {
	e.commands(commands)
	e.putHead(false)
	return e.out
}

func (e *Engine) commands(b []byte) {
	e.out = append(e.out[:0], make([]byte, headLen)...)
	e.in.b, e.in.bad = b, false
	for e.in.more() {
		e.command()
	}
	if e.in.bad {
		e.fail(nil, nil, 0, "commands", "the batch of commands ends in the middle of one", failedOtherwise)
	}
}

// Run carries out the commands, then lets things happen until there are events
// or nothing is left to happen. The answer is valid until the next Run: one
// octet that is 1 when all is quiet, the virtual time, then the events.
func (e *Engine) Run(commands []byte) []byte {
	e.now = max(e.now, e.net.Now()) // one clock for a program that has both
	e.commands(commands)
	e.pollOutside()
	for len(e.out) == headLen && e.net.Step(e.handle) {
	}
	e.putHead(len(e.out) == headLen && e.net.Idle())
	return e.out
}

// TakeTrace hands out the lines of the record that have come since the last
// call; they are valid until the next Run.
func (e *Engine) TakeTrace() []byte {
	t := e.trace
	e.trace = e.trace[:0]
	return t
}

// handle is given every event of a session on the network.
func (e *Engine) handle(end *memory.End, ev *session.Event) {
	e.event(end.Owner.(*endpoint), ev)
}

// event encodes an event for the host, and keeps the handles of streams.
func (e *Engine) event(ep *endpoint, ev *session.Event) {
	var handle, parent uint32
	if ev.Stream != nil {
		handle = e.streamHandle(ep, ev.Stream)
	}
	if ev.Parent != nil {
		parent = e.streamHandle(ep, ev.Parent)
	}
	w := evt{kind: byte(ev.Kind), session: ep.handle, stream: handle, fields: ev.Fields, data: ev.Data}
	if ev.End {
		w.flags = 1
	}
	switch ev.Kind {
	case session.EvStream, session.EvReady:
		w.a, w.b = ev.Stream.ID(), parent
	case session.EvClosed:
		w.a, w.b = uint32(ev.Code), uint32(ev.By)
		e.letGo(handle, ev.Stream)
	case session.EvDrain:
		w.a = uint32(max(ev.N, 0))
	case session.EvGoAway:
		w.a, w.b = uint32(ev.Code), ev.LastStreamID
	case session.EvPing, session.EvPingAck:
		w.data = ev.Ping[:]
	case session.EvAltSvc:
		w.a, w.data = ev.StreamID, ev.Data
		for _, origin := range ev.Origins {
			w.fields = append(w.fields, session.Field{Name: origin})
		}
	case session.EvOrigin:
		for _, origin := range ev.Origins {
			w.fields = append(w.fields, session.Field{Name: origin})
		}
	case session.EvPriority:
		w.a, w.b, w.data = ev.Priority.StreamDep, uint32(ev.Priority.Weight)+1, appendU32(nil, ev.StreamID)
		if ev.Priority.Exclusive {
			w.flags = 1
		}
	case session.EvLocalSettings, session.EvRemoteSettings:
		for _, v := range ev.Settings {
			w.data = appendU32(appendU32(w.data, uint32(v.ID)), v.Value)
		}
	case session.EvFrameError:
		w.a, w.b, w.data = uint32(ev.Header.Type), uint32(ev.Code), appendU32(nil, ev.StreamID)
	case session.EvError, session.EvStreamError:
		w.a, w.b, w.data = uint32(ev.Code), ev.StreamID, []byte(ev.Err.Error())
	case session.EvClose:
		ep.closed = true
		if ev.Err != nil {
			w.data = []byte(ev.Err.Error())
		}
	}
	e.put(w)
	if ev.Kind == session.EvClose {
		delete(e.sessions, ep.handle)
		if ep.end == nil {
			e.outside--
		}
	}
}

// streamHandle is the host's number for a stream; one that the peer opened gets
// its number here.
func (e *Engine) streamHandle(ep *endpoint, st *session.Stream) uint32 {
	if s, ok := st.Owner.(*stream); ok {
		return s.handle
	}
	e.handles++
	e.bind(e.handles|made, ep, st)
	return e.handles | made
}

// letGo forgets a stream that is closed, once all that came was consumed.
func (e *Engine) letGo(handle uint32, st *session.Stream) {
	if st.Destroyed() && st.Window().Held == 0 {
		delete(e.streams, handle)
	}
}

func (e *Engine) bind(handle uint32, ep *endpoint, st *session.Stream) {
	s := &stream{handle, st, ep}
	st.Owner = s
	e.streams[handle] = s
}

// connect joins a client to a listener, or tells the host that there is none.
func (e *Engine) connect(handle uint32, authority string, cfg session.Config) {
	l := e.listeners[authority]
	if l == nil {
		e.put(evt{kind: evConnectFailed, session: handle, data: []byte("nobody listens at " + authority)})
		return
	}
	client := &endpoint{handle: handle, s: session.NewClient(cfg)}
	server := &endpoint{handle: handle | made, s: session.NewServer(l.cfg)}
	client.end, server.end = e.net.Connect(client.s, server.s, e.link, memory.Names{Client: "client", Server: authority})
	for _, ep := range []*endpoint{client, server} {
		ep.end.Owner, ep.end.Line = ep, e.line
		ep.conn = ep.end.ConnID()
		ep.s.SetCause(e.tag)
		e.sessions[ep.handle] = ep
	}
	e.put(evt{kind: evServerSession, session: server.handle, a: l.id})
}

// line finds what SetCause was told under a tag.
func (e *Engine) line(tag uint32) trace.Cause {
	if i := int(tag) - 1; i >= 0 && i < len(e.lines) {
		return e.lines[i]
	}
	return trace.Cause{}
}

// touch says that a verb of the session was called.
func (e *Engine) touch(ep *endpoint) {
	switch {
	case ep.end != nil:
		ep.end.Touch()
	case !ep.touched:
		ep.touched = true
		e.touched = append(e.touched, ep)
	}
}

// verb tells the host about a call that the session refused.
func (e *Engine) verb(op byte, ep *endpoint, st *stream, err error) {
	e.touch(ep)
	if err == nil {
		return
	}
	reason := err.Error()
	var m *conn.Misuse
	if errors.As(err, &m) {
		reason = m.Reason // the program knows the call by the seed's name, not by ours
		if m.Ref != "" {
			reason += " (" + m.Ref + ")"
		}
	}
	e.fail(ep, st, op, opNames[op], reason, failure(err))
}

// failure is the number by which a host knows why a call was refused.
func failure(err error) uint32 {
	switch {
	case errors.Is(err, session.ErrDestroyed), errors.Is(err, conn.ErrEnded), errors.Is(err, conn.ErrNoStream):
		return failedEnded
	case errors.Is(err, conn.ErrGoingAway):
		return failedGoingAway
	case errors.Is(err, conn.ErrExhausted):
		return failedExhausted
	case errors.Is(err, conn.ErrArgument):
		return failedArgument
	}
	return failedOtherwise
}

func (e *Engine) fail(ep *endpoint, st *stream, op byte, name, reason string, why uint32) {
	w := evt{kind: evFailed, a: uint32(op), b: why, data: []byte(name + ": " + reason)}
	if why == failedEnded {
		w.flags = 1
	}
	if ep != nil {
		w.session = ep.handle
	}
	if st != nil {
		w.stream = st.handle
	}
	e.put(w)
}

// attach takes in a session on a transport of the host's.
func (e *Engine) attach(ep *endpoint, c trace.Conn) {
	e.conns++
	ep.conn = e.conns
	c.ID, c.At = ep.conn, e.now
	e.record(&c)
	ep.s.SetCause(e.tag)
	e.sessions[ep.handle] = ep
	e.outside++
	e.touch(ep)
}

// receive gives octets of the host's transport to a session.
func (e *Engine) receive(ep *endpoint, b []byte) {
	if e.recording {
		e.record(&trace.Chunk{Conn: ep.conn, Dir: 1 - ep.own, SentAt: e.now, ReceivedAt: e.now, Octets: b})
	}
	_ = ep.s.Receive(e.now, b) // ErrEnded: the octets came behind the end, the record has them
	e.poll(ep)                 // the octets are the batch's
}

// pollOutside drains the sessions on the host's transport that were called.
func (e *Engine) pollOutside() {
	for i := 0; i < len(e.touched); i++ {
		ep := e.touched[i]
		ep.touched = false
		e.poll(ep)
	}
	clear(e.touched)
	e.touched = e.touched[:0]
}

// turn is how many octets of DATA a session frames before the host writes.
const turn = 256 << 10

func (e *Engine) poll(ep *endpoint) {
	if ep.tick {
		ep.tick = false
		ep.s.Tick(e.now)
	}
	for most := turn; !ep.closed; {
		data := most
		if ep.held || most <= 0 {
			data = -1
		}
		ep.s.Poll(e.now, &ep.out, data)
		o := &ep.out
		e.recordCauses(ep)
		most -= o.Octets
		if o.Octets > 0 {
			e.putWrite(ep)
		}
		e.events(ep, o.Events)
		if o.Close { // also where the session has told its end by itself
			reason := ""
			if err := ep.s.Err(); err != nil {
				reason = err.Error()
			}
			e.recordClose(ep, ep.s.Type().String(), reason)
		}
		switch {
		case o.Close && !ep.closed:
			e.put(evt{kind: evCloseTransport, session: ep.handle})
			ep.s.End(e.now, nil)
		case o.Octets == 0 && len(o.Events) == 0 && (!o.More || data < 0):
			if o.More && !ep.held {
				e.put(evt{kind: evMore, session: ep.handle})
			}
			if o.Deadline != ep.deadline {
				ep.deadline = o.Deadline
				e.put(evt{kind: evDeadline, session: ep.handle, data: appendTime(nil, o.Deadline)})
			}
			return
		}
	}
}

// events hands the events of a poll to the host. That writes are done is told
// last, since the octets must leave before: a host finds a stream closed first.
func (e *Engine) events(ep *endpoint, list []session.Event) {
	drains := 0
	for i := range list {
		if list[i].Kind == session.EvDrain {
			drains++
			continue
		}
		e.event(ep, &list[i])
	}
	for i := 0; drains > 0; i++ {
		if list[i].Kind == session.EvDrain {
			drains--
			e.event(ep, &list[i])
		}
	}
}

// putWrite hands the octets of a poll to the host, and to the record.
func (e *Engine) putWrite(ep *endpoint) {
	o := &ep.out
	e.put(evt{kind: evWrite, session: ep.handle})
	binary.LittleEndian.PutUint32(e.out[len(e.out)-4:], uint32(o.Octets))
	start := len(e.out)
	for _, s := range o.Segments {
		e.out = append(e.out, s...)
	}
	if e.recording {
		e.record(&trace.Chunk{Conn: ep.conn, Dir: ep.own, SentAt: e.now, ReceivedAt: e.now, Octets: e.out[start:]})
	}
}

func (e *Engine) recordCauses(ep *endpoint) {
	for _, k := range ep.out.Causes {
		c := e.line(k.Tag)
		c.Conn, c.Dir, c.Frame, c.Rule = ep.conn, ep.own, ep.frames, k.Rule.String()
		if c.Call != "" || k.Rule != conn.RuleNone {
			e.record(&c)
		}
		ep.frames++
	}
}

// ended says that the host's transport is gone.
func (e *Engine) ended(ep *endpoint, by, reason string) {
	var err error
	if reason != "" {
		err = transportError(reason)
	}
	if ep.end != nil { // the host has ended its socket, which the engine carries
		ep.end.Abort(err)
		return
	}
	e.recordClose(ep, by, reason)
	ep.s.End(e.now, err)
}

// recordClose tells the record of the connection's end, once.
func (e *Engine) recordClose(ep *endpoint, by, reason string) {
	if !ep.over {
		ep.over = true
		e.record(&trace.Close{Conn: ep.conn, At: e.now, By: by, Reason: reason})
	}
}

type transportError string

func (t transportError) Error() string { return string(t) }

// code makes an error code of a number from the host.
func code(v uint32) frame.ErrCode { return frame.ErrCode(v) }
