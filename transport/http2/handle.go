package http2

import (
	"bytes"
	"slices"
	"time"

	"framewise/core/session"
)

// handle takes the events of a poll, with the connection locked: what streams
// have to know is noted at once, so that readers and writers go on, and the
// handlers are put on the loop.
func (s *Session) handle(events []session.Event) {
	s.idle.touch()
	for i := range events {
		e := &events[i]
		if e.Stream != nil && s.streamEvent(e) {
			continue
		}
		s.sessionEvent(e)
	}
}

func (s *Session) sessionEvent(e *session.Event) {
	switch e.Kind {
	case session.EvConnect:
		s.connected = true
		s.fire(onConnect, func(f any) { f.(func())() })
	case session.EvLocalSettings:
		v, took := s.core.LocalSettings(), time.Duration(e.N)
		s.fire(onLocalSettings, func(f any) { f.(func(Values, time.Duration))(v, took) })
	case session.EvRemoteSettings:
		v := s.core.RemoteSettings()
		s.fire(onRemoteSettings, func(f any) { f.(func(Values))(v) })
	case session.EvGoAway:
		s.goingAway(e)
	case session.EvPing:
		data := e.Ping
		s.fire(onPing, func(f any) { f.(func([8]byte))(data) })
	case session.EvPingAck:
		s.pong(e)
	case session.EvAltSvc:
		value, id, origin := string(e.Data), e.StreamID, ""
		if len(e.Origins) > 0 {
			origin = e.Origins[0]
		}
		s.fire(onAltSvc, func(f any) { f.(func(string, string, uint32))(value, origin, id) })
	case session.EvOrigin:
		list := slices.Clone(e.Origins)
		s.fire(onOrigin, func(f any) { f.(func([]string))(list) })
	case session.EvLimit:
		l := Limit{string(e.Limit), e.StreamID, e.N, e.Max, e.Ref}
		s.fire(onLimit, func(f any) { f.(func(Limit))(l) })
	case session.EvShutdown:
		for _, done := range s.shutdowns {
			s.post(done)
		}
		s.shutdowns = nil
	case session.EvClose:
		s.closed(e.Err)
	}
}

// goingAway acts on the peer's GOAWAY.
func (s *Session) goingAway(e *session.Event) {
	code, last, data := e.Code, e.LastStreamID, bytes.Clone(e.Data)
	s.fire(onGoAway, func(f any) { f.(func(ErrCode, uint32, []byte))(code, last, data) })
	if code != NoError {
		s.fail(&Error{Kind: ErrProtocol, Reason: "the peer ended the session with GOAWAY " + code.String() + debugText(data), Code: code})
	}
	// Behind the handler, which may look at the session as it was.
	s.post(func() {
		s.act(func() {
			s.stopping = true
			_ = s.core.Shutdown(session.ShutdownOptions{}) // an error means that it has ended
			s.endWhenIdle()
		})
	})
}

func debugText(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	return ": " + string(bytes.ToValidUTF8(data[:min(len(data), 200)], []byte("?")))
}

// fail notes why the session ends, the first time.
func (s *Session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

func (s *Session) pong(e *session.Event) {
	waiting := s.pings[e.Ping]
	if len(waiting) == 0 || e.N < 0 {
		return // nobody asked
	}
	f, took := waiting[0], time.Duration(e.N)
	if s.pings[e.Ping] = waiting[1:]; len(waiting) == 1 {
		delete(s.pings, e.Ping)
	}
	if f != nil {
		s.post(func() { f(took, nil) })
	}
}

// closed is the session's end: its last events are put on the loop.
func (s *Session) closed(err error) {
	s.idle.stop()
	if err != nil {
		s.fail(sessionError(err))
	}
	why := s.Err()
	for _, waiting := range s.pings {
		for _, f := range waiting {
			if f != nil {
				s.post(func() { f(0, verbError("ping", 0, session.ErrDestroyed)) })
			}
		}
	}
	clear(s.pings)
	socket := err != nil && s.core.Err() == err && !isProtocol(why)
	s.post(func() {
		if why != nil {
			s.tellError(why, socket)
		}
		s.on.fire(onClose, func(f any) { f.(func())() })
		if s.server != nil {
			s.server.forget(s)
		}
	})
}

// tellError tells why the session failed: to 'socketError' or 'error', on the
// session and on its server.
func (s *Session) tellError(why error, socket bool) {
	handled := false
	if socket {
		handled = s.on.fire(onSocketError, func(f any) { f.(func(error))(why) })
		if s.server != nil {
			handled = s.server.socketError(s, why) || handled
		}
	}
	if handled {
		return
	}
	handled = s.on.fire(onError, func(f any) { f.(func(error))(why) })
	if s.server != nil {
		s.server.sessionError(s, why, handled)
	}
}

// streamEvent acts on an event of a stream. False: it is the session's too.
func (s *Session) streamEvent(e *session.Event) bool {
	if e.Kind == session.EvStream {
		s.newStream(e)
		return true
	}
	st, _ := e.Stream.Owner.(*Stream)
	if st == nil {
		return false
	}
	st.idle.touch()
	switch e.Kind {
	case session.EvReady:
		st.id.Store(e.Stream.ID())
		st.fire(onReady, func(f any) { f.(func())() })
	case session.EvHeaders:
		st.fireFields(onHeaders, e)
	case session.EvResponse:
		st.response(e)
	case session.EvTrailers:
		st.trailersCame(e)
	case session.EvData:
		st.dataCame(e.Data)
	case session.EvEnd:
		st.endCame()
	case session.EvDrain:
		st.drained()
	case session.EvFetchTrailers:
		s.post(st.fetchTrailers)
	case session.EvFrameError:
		st.frameError(e)
	case session.EvStreamError:
		st.broken = e.Err
	case session.EvClosed:
		st.closed(e)
	default:
		return false
	}
	return true
}

// newStream is a request of a client's, or a promise of a server's.
func (s *Session) newStream(e *session.Event) {
	s.live++
	fields, flags := Headers(slices.Clone(e.Fields)), e.Header.Flags
	st := newStream(s, e.Stream)
	if s.typ == SessionServer {
		st.outer = &ServerStream{Stream: st, method: fields.Get(":method"), scheme: fields.Get(":scheme"), authority: fields.Get(":authority")}
	} else {
		st.ended, st.pushed = true, true
		st.outer = &ClientStream{Stream: st}
	}
	s.post(func() {
		handled := s.on.fire(onStream, func(f any) { f.(func(AnyStream, Headers, Flags))(st.outer, fields, flags) })
		if s.server != nil {
			handled = s.server.stream(st.outer.(*ServerStream), fields, flags) || handled
		}
		if !handled {
			_ = st.RstStream(RefusedStream) // nobody would ever answer or read it; an error means that it has ended
		}
	})
}

func isProtocol(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Kind == ErrProtocol
}
