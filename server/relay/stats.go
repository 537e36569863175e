package relay

import "sync/atomic"

// Stats is what a relay has done since it began.
type Stats struct {
	Open    int64 // WebSockets now
	Carried int64 // connections that reached their target
	Failed  int64 // that did not, or were not allowed to
	Refused int64 // requests that did not become a WebSocket
	Up      int64 // octets to targets, of connections that have ended
	Down    int64 // and from them
}

type stats struct {
	open, carried, failed, refused, up, down atomic.Int64
}

func (s *stats) ended(c *conn) {
	s.open.Add(-1)
	if c.address == "" {
		s.failed.Add(1)
	} else {
		s.carried.Add(1)
	}
	s.up.Add(c.up.Load())
	s.down.Add(c.down.Load())
}

// Stats is the count now.
func (r *Relay) Stats() Stats {
	s := &r.stats
	return Stats{s.open.Load(), s.carried.Load(), s.failed.Load(), s.refused.Load(), s.up.Load(), s.down.Load()}
}
