package session

import (
	"framewise/core/conn"
	"framewise/core/frame"
)

// fits says whether a section is within Config.MaxSendHeaderBlockLength, in
// octets as it can be encoded at most: a block can't be taken back once it was
// encoded, since the dynamic table depends on it.
func (s *Session) fits(fields []Field) bool {
	limit := s.cfg.MaxSendHeaderBlockLength
	if limit == 0 {
		return true
	}
	const updates, lengths = 12, 12 // two table size updates; both lengths of a field line
	n := updates
	for i := range fields {
		n += lengths + len(fields[i].Name) + len(fields[i].Value)
	}
	return uint64(n) <= uint64(limit)
}

// refuse tells that a frame of a stream could not be sent, and closes the
// stream: the seed's 'frameError'.
func (st *Stream) refuse(t frame.Type) {
	st.s.emit(Event{Kind: EvFrameError, Stream: st, StreamID: st.id, Code: frame.FrameSizeError,
		Header: frame.Header{Type: t, StreamID: st.id}})
	if !st.started {
		st.s.dropWaiting(st)
		st.closeWith(frame.FrameSizeError, conn.ByOwner)
		return
	}
	_ = st.s.c.Reset(st.id, frame.FrameSizeError) // a Misuse means that the connection has ended, and the stream with it
}

// headers sends a section on a stream that has begun, unless it is too long.
// sent is false then, and the stream is closed.
func (st *Stream) headers(fields []Field, end bool) (sent bool, err error) {
	if !st.s.fits(fields) {
		st.refuse(frame.Headers)
		return false, nil
	}
	return true, st.s.c.Headers(st.id, fields, conn.HeaderOptions{End: end})
}
