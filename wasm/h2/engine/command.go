package engine

import (
	"runtime"
	"slices"
	"strconv"

	"framewise/core/frame"
	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport/memory"
)

// command carries out the next command of the batch.
func (e *Engine) command() {
	r := &e.in
	switch op := r.u8(); op {
	case opReset:
		e.begin()
	case opListen:
		id, authority := r.u32(), r.str()
		// Every session that comes of it has a handle of its own: selectPadding is
		// asked with the listener's.
		e.listeners[authority] = &listener{id, e.config(id)}
	case opUnlisten:
		delete(e.listeners, r.str())
	case opConnect:
		handle, authority := r.u32(), r.str()
		e.connect(handle, authority, e.config(handle))
	case opRequest:
		e.request()
	case opSettings, opPing, opShutdown, opDestroy, opReceive, opEnded, opTick, opRaw,
		opHold, opState, opGoAway, opAltSvc, opOrigin, opNextID, opWindow:
		e.sessionCommand(op)
	case opTimer:
		id, delay := r.u32(), r.ns()
		e.timers[id] = e.net.Timer(e.net.Now()+delay, func() {
			delete(e.timers, id)
			e.put(evt{kind: evTimer, a: id})
		})
	case opClearTimer:
		id := r.u32()
		e.timers[id].Stop()
		delete(e.timers, id)
	case opConsole:
		at := e.net.Now()
		if e.outside > 0 {
			at = e.now
		}
		e.record(&trace.Console{At: at, Level: r.str(), Text: r.str()})
	case opCause:
		e.setCause(trace.Cause{Line: r.u32(), Col: r.u32(), Call: r.str()})
	case opAttach, opAccept:
		e.outsideCommand(op)
	case opOver:
		e.over()
	case opSecured:
		e.facts = trace.TLS{Cipher: r.str(), Name: r.str(), Names: r.str(), Issuer: r.str(), Resumed: r.u8() == 1}
	case opNow:
		e.now = max(e.now, r.ns())
	default:
		if op >= opDial && op < socketOpsEnd {
			e.socketCommand(op)
			return
		}
		if op >= ops {
			r.bad = true
			return
		}
		e.streamCommand(op)
	}
}

// begin starts a new record; what ran before is gone.
func (e *Engine) begin() {
	r := &e.in
	h := trace.Header{Version: trace.Version, Generator: "framewise"}
	lo, hi := r.u32(), r.u32()
	h.Seed = uint64(hi)<<32 | uint64(lo)
	h.Epoch, h.Title, h.Note, h.Program, h.Language = r.str(), r.str(), r.str(), r.str(), r.str()
	h.Engine, h.Around = r.str(), r.str()
	network := r.network()
	if network.Latency|network.Jitter|network.Bandwidth|int64(network.Chunk) != 0 || network.Steps != nil {
		h.Network = network
	}
	e.reset()
	runtime.GC() // what the last run left: the memory of WASM grows and never shrinks
	e.seed = h.Seed
	e.link, e.trace, e.now, e.recording = e.linkOf(network), e.trace[:0], 0, true
	e.record(&h)
}

// linkOf is the way between two ends as the record's header describes it.
func (e *Engine) linkOf(n *trace.Network) memory.Link {
	l := memory.Link{Latency: n.Latency, Jitter: n.Jitter, Bandwidth: n.Bandwidth, Chunk: n.Chunk, Seed: e.seed}
	for _, s := range n.Steps {
		if f := memory.FaultOf(s); f != nil {
			l.Faults = append(l.Faults, f)
		} else {
			e.in.bad = true // the host knows the kinds as well
		}
	}
	return l
}

// over tells the record which steps have never acted, by their numbers from 1.
func (e *Engine) over() {
	for i, f := range e.link.Faults {
		if why := f.Missed(); why != "" {
			e.record(&trace.Note{At: max(e.now, e.net.Now()), Text: "step " + strconv.Itoa(i+1) + " of the plan (" + f.Kind.String() + ") did nothing: " + why})
		}
	}
}

// outsideCommand begins a session on a transport of the host's, as its client
// (opAttach) or as its server (opAccept).
func (e *Engine) outsideCommand(op byte) {
	r := &e.in
	handle := r.u32()
	c := trace.Conn{Client: "browser tab", Vantage: trace.VantageClient}
	if op == opAccept {
		c.Client, c.Vantage = r.str(), trace.VantageServer
	}
	c.Server, c.Via = r.str(), r.str()
	version, alpn := r.str(), r.str()
	if version != "" {
		facts := e.facts
		facts.Version, facts.ALPN = version, alpn
		c.TLS = &facts
	}
	e.facts = trace.TLS{}
	cfg := e.config(handle)
	ep := &endpoint{handle: handle, own: trace.ToServer}
	if op == opAccept {
		ep.own, ep.s = trace.ToClient, session.NewServer(cfg)
	} else {
		ep.s = session.NewClient(cfg)
	}
	e.attach(ep, c)
}

// setCause tags what the commands that follow send, whatever the session.
func (e *Engine) setCause(c trace.Cause) {
	e.tag = 0
	if c.Call != "" {
		if n := len(e.lines); n > 0 && e.lines[n-1] == c {
			e.tag = uint32(n)
		} else {
			e.lines = append(e.lines, c)
			e.tag = uint32(len(e.lines))
		}
	}
	for _, ep := range e.sessions {
		ep.s.SetCause(e.tag)
	}
}

func (e *Engine) request() {
	r := &e.in
	handle, st := r.u32(), r.u32()
	o := session.RequestOptions{EndStream: r.u8() == 1, Weight: int(r.u32()), Parent: r.u32(), Exclusive: r.u8() == 1}
	fields := r.fields()
	ep := e.sessions[handle]
	if ep == nil {
		e.gone(opRequest, handle, st)
		return
	}
	s, err := ep.s.Request(fields, o)
	if err == nil {
		e.bind(st, ep, s)
		if id := s.ID(); id != 0 {
			e.put(evt{kind: byte(session.EvReady), session: handle, stream: st, a: id})
		}
	}
	e.verb(opRequest, ep, &stream{handle: st}, err)
}

// gone answers a command for something that has ended.
func (e *Engine) gone(op byte, handle, st uint32) {
	e.put(evt{kind: evFailed, session: handle, stream: st, a: uint32(op), b: failedEnded, flags: 1, data: []byte(opNames[op] + ": it has ended")})
}

func (e *Engine) streamCommand(op byte) {
	r := &e.in
	handle := r.u32()
	s := e.streams[handle]
	if s == nil {
		s = &stream{handle: handle}
	}
	run := e.streamVerb(op, s)
	switch {
	case r.bad:
	case s.st == nil:
		if op != opConsume && op != opRst {
			e.gone(op, 0, handle)
		}
	default:
		e.verb(op, s.ep, s, run())
	}
}

// streamVerb reads the arguments of a command, whether or not the stream is
// still there, and returns what to do.
func (e *Engine) streamVerb(op byte, s *stream) func() error {
	r := &e.in
	switch op {
	case opRespond:
		end, f := r.u8() == 1, r.fields()
		return func() error { return s.st.Respond(f, end) }
	case opInfo:
		f := r.fields()
		return func() error { return s.st.AdditionalHeaders(f) }
	case opWrite:
		b := r.copied()
		return func() error { return s.st.Write(b) }
	case opEnd:
		b := r.copied()
		return func() error { return s.st.End(b) }
	case opWantTrailers:
		return func() error { s.st.WantTrailers(); return nil }
	case opTrailers:
		f := slices.Clone(r.fields()) // they wait behind the body
		return func() error { return s.st.Trailers(f) }
	case opRst:
		why := code(r.u32())
		return func() error { return s.st.Reset(why) }
	case opPush:
		to, f := r.u32(), r.fields()
		return func() error { return e.push(s, to, f) }
	case opPriority:
		parent, weight, exclusive, silent := r.u32(), int(r.u32()), r.u8() == 1, r.u8() == 1
		parent = min(parent, frame.MaxStreamID)
		return func() error {
			if silent {
				return s.st.Prefer(parent, weight, exclusive)
			}
			return s.st.Priority(parent, weight, exclusive)
		}
	case opStreamState:
		return func() error { e.streamState(s); return nil }
	case opConsume:
		n := int(r.u32())
		return func() error {
			err := s.ep.s.Consume(s.st, n)
			e.letGo(s.handle, s.st)
			return err
		}
	}
	r.bad = true
	return func() error { return nil }
}

func (e *Engine) push(s *stream, handle uint32, fields []session.Field) error {
	p, err := s.st.PushStream(fields)
	if err != nil {
		return err
	}
	e.bind(handle, s.ep, p)
	e.put(evt{kind: byte(session.EvReady), session: s.ep.handle, stream: handle, a: p.ID(), b: s.handle})
	return nil
}
