package session

import (
	"framewise/core/frame"
)

// ShutdownOptions are those of the seed's http2session.shutdown.
type ShutdownOptions struct {
	// Graceful sends a GOAWAY that names 2^31-1 first, and the true one with the
	// next Poll (RFC 9113, section 6.8; the seed says 2^32-1, which the wire's
	// 31 bits can't hold).
	Graceful     bool
	ErrorCode    frame.ErrCode
	LastStreamID uint32 // 0: the last stream that was handed out
	OpaqueData   []byte
}

// shutdown is how far a shutdown has come.
type shutdown struct {
	connected bool
	begun     bool
	second    bool // the true GOAWAY is due
	o         ShutdownOptions
}

func (d *shutdown) due() bool { return d.second }

// last is what a later GOAWAY may name at most.
func (d *shutdown) last() uint32 {
	if d.begun && !d.second && d.o.LastStreamID != 0 {
		return d.o.LastStreamID
	}
	return frame.MaxStreamID
}

// Shutdown begins to end the session: the seed's http2session.shutdown. Streams
// that are open go on. EvShutdown tells that all GOAWAYs are queued. A second
// call while one is under way is left alone.
func (s *Session) Shutdown(o ShutdownOptions) error {
	if s.closed {
		return ErrDestroyed
	}
	if s.stop.begun {
		return nil
	}
	if o.Graceful {
		if err := s.c.GoAway(frame.MaxStreamID, frame.NoError, nil); err != nil {
			return err
		}
		s.stop.begun, s.stop.second, s.stop.o = true, true, o
		return nil
	}
	s.stop.begun, s.stop.o = true, o
	return s.sendGoAway()
}

// stepShutdown sends the second GOAWAY of a graceful shutdown. It leaves with
// the Poll after the one that took the first, so that requests which crossed
// the first are still served.
func (s *Session) stepShutdown() {
	if !s.stop.second {
		return
	}
	if !s.stop.o.Graceful {
		s.stop.second = false
		_ = s.sendGoAway() // a Misuse means that the connection has ended
		return
	}
	s.stop.o.Graceful = false
}

func (s *Session) sendGoAway() error {
	last := s.stop.o.LastStreamID
	if last == 0 {
		last = s.c.LastStreamID()
	}
	s.stop.o.LastStreamID = last
	if err := s.c.GoAway(last, s.stop.o.ErrorCode, s.stop.o.OpaqueData); err != nil {
		return err
	}
	s.emit(Event{Kind: EvShutdown})
	return nil
}
