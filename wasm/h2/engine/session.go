package engine

import (
	"framewise/core/frame"
	"framewise/core/session"
)

// sessionCommand carries out a command that is for a session.
func (e *Engine) sessionCommand(op byte) {
	handle := e.in.u32()
	ep := e.sessions[handle]
	run := e.sessionVerb(op, ep)
	switch {
	case e.in.bad:
	case ep == nil:
		if !quiet(op) {
			e.gone(op, handle, 0)
		}
	default:
		e.verb(op, ep, nil, run())
	}
}

// quiet says of a command that it may come for a session that has ended.
func quiet(op byte) bool {
	switch op {
	case opDestroy, opReceive, opEnded, opTick, opHold:
		return true
	}
	return false
}

// sessionVerb reads the arguments of a command, whether or not the session is
// still there, and returns what to do.
func (e *Engine) sessionVerb(op byte, ep *endpoint) func() error {
	r := &e.in
	done := func(f func()) func() error { return func() error { f(); return nil } }
	switch op {
	case opSettings:
		v := r.settings()
		return func() error { return ep.s.Settings(v) }
	case opPing:
		var data [8]byte
		copy(data[:], r.octets())
		return func() error { return ep.s.Ping(data) }
	case opShutdown:
		o := session.ShutdownOptions{Graceful: r.u8() == 1, ErrorCode: code(r.u32()), LastStreamID: r.u32(), OpaqueData: r.copied()}
		return func() error { return ep.s.Shutdown(o) }
	case opGoAway:
		why, last, data := code(r.u32()), min(r.u32(), frame.MaxStreamID), r.copied()
		return func() error { return ep.s.GoAway(last, why, data) }
	case opDestroy:
		why := code(r.u32())
		return done(func() { ep.s.Destroy(why) })
	case opReceive:
		b := r.octets()
		return done(func() { e.receive(ep, b) })
	case opEnded:
		by, reason := r.str(), r.str()
		return done(func() { e.ended(ep, by, reason) })
	case opTick:
		return done(func() { ep.tick = true }) // with the batch's time, which may come behind it
	case opRaw:
		b := r.octets()
		return func() error { return ep.s.Raw(b) }
	case opHold:
		on := r.u8() == 1
		return done(func() { ep.held = on })
	case opState:
		return done(func() { e.sessionState(ep) })
	case opAltSvc:
		id, origin, value := r.u32(), r.str(), r.str()
		return func() error { return ep.s.AltSvc(id, origin, value) }
	case opOrigin:
		var origins []string
		for n := r.u32(); n > 0 && !r.bad; n-- {
			origins = append(origins, r.str())
		}
		return func() error { return ep.s.Origin(origins) }
	case opNextID:
		id := r.u32()
		return func() error { return ep.s.SetNextStreamID(id) }
	case opWindow:
		size := r.u32()
		return func() error { return ep.s.SetLocalWindowSize(size) }
	}
	r.bad = true
	return done(func() {})
}

// sessionState tells the seed's http2session.state, in its order.
func (e *Engine) sessionState(ep *endpoint) {
	v := ep.s.State()
	e.put(evt{kind: evState, session: ep.handle, data: appendU32s(nil,
		v.EffectiveLocalWindowSize, v.EffectiveRecvDataLength, v.NextStreamID, v.LocalWindowSize, v.LastProcStreamID,
		v.RemoteWindowSize, v.OutboundQueueSize, v.DeflateDynamicTableSize, v.InflateDynamicTableSize)})
}

// streamState tells the seed's http2stream.state, in Node's order.
func (e *Engine) streamState(s *stream) {
	v := s.st.Details()
	e.put(evt{kind: evStreamState, session: s.ep.handle, stream: s.handle, data: appendU32s(nil,
		v.State, v.Weight, v.SumDependencyWeight, v.LocalClose, v.RemoteClose, v.LocalWindowSize)})
}

func appendU32s[T ~uint32 | ~int64](dst []byte, list ...T) []byte {
	for _, v := range list {
		dst = appendU32(dst, uint32(v))
	}
	return dst
}
