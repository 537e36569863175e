package session

// Lend gives the session buffers of an Output to gather in, if it has none, and
// TakeBack takes them back, as conn.Lend and conn.TakeBack do: sessions that
// mostly wait can share a few Outputs. What the last Poll handed out must not be
// used any more after TakeBack.
func (s *Session) Lend(o *Output) {
	s.c.Lend(&o.own)
	if s.events == nil && s.spare == nil {
		s.events, s.spare = o.events, o.spare
		o.events, o.spare = nil, nil
	}
}

// TakeBack is the end of Lend.
func (s *Session) TakeBack(o *Output) {
	s.c.TakeBack(&o.own)
	clear(o.Segments)
	o.Segments, o.Events, o.Causes = nil, nil, nil // the connection's and the session's
	if len(s.events) > 0 {
		return
	}
	if s.spare != nil {
		clear(s.spare[:cap(s.spare)])
		o.events, o.spare = s.events, s.spare[:0]
	}
	s.events, s.spare = nil, nil
}

// Shrink lets go, beyond Release, of what only saves work: for a session on
// which nothing may come for long.
func (s *Session) Shrink() { s.c.Shrink() }
