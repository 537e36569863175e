package session

// ping is a PING of the owner's that waits for its answer.
type ping struct {
	data [8]byte
	at   int64
}

// Ping asks the peer for an answer; EvPingAck brings it, with how long it took.
func (s *Session) Ping(data [8]byte) error {
	if err := s.c.Ping(data); err != nil {
		return err
	}
	s.pings = append(s.pings, ping{data, s.now})
	return nil
}

// Pings is how many PINGs of ours wait for an answer.
func (s *Session) Pings() int { return len(s.pings) }

// answered finds the PING that an answer belongs to, and returns how long it
// took in nanoseconds; -1: there is none.
func (s *Session) answered(data [8]byte) int64 {
	for i, p := range s.pings {
		if p.data == data {
			s.pings = append(s.pings[:i], s.pings[i+1:]...)
			return s.now - p.at
		}
	}
	return -1
}
