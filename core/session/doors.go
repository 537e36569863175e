package session

import (
	"framewise/core/conn"
	"framewise/core/frame"
)

// GoAway sends one GOAWAY: Node's http2session.goaway. last 0 names the last
// stream that was handed out. Nothing else changes: see Shutdown.
func (s *Session) GoAway(last uint32, code frame.ErrCode, opaqueData []byte) error {
	if s.closed {
		return ErrDestroyed
	}
	if last == 0 {
		last = s.c.LastStreamID()
	}
	return s.c.GoAway(last, code, opaqueData)
}

// AltSvc announces an alternative service (RFC 7838): Node's http2session.altsvc.
// id names a stream, whose origin is meant then, or is 0.
func (s *Session) AltSvc(id uint32, origin, value string) error { return s.c.AltSvc(id, origin, value) }

// Origin says what else the server is authoritative for (RFC 8336): Node's
// http2session.origin.
func (s *Session) Origin(origins []string) error { return s.c.Origin(origins) }

// UnknownSettings are the peer's settings that RFC 9113 does not define.
func (s *Session) UnknownSettings() []frame.Setting { return s.c.UnknownSettings() }

// SetNextStreamID makes the next stream that we open have this identifier:
// Node's http2session.setNextStreamID.
func (s *Session) SetNextStreamID(id uint32) error { return s.c.SetNextStreamID(id) }

// SetLocalWindowSize resizes the connection's receive window: Node's
// http2session.setLocalWindowSize.
func (s *Session) SetLocalWindowSize(size uint32) error { return s.c.SetConnWindow(size) }

// State is the seed's http2session.state, in octets but for the identifiers. The
// queue is what waits to be written; of the dynamic tables it is what they hold.
type State struct {
	EffectiveLocalWindowSize int64
	EffectiveRecvDataLength  int64
	NextStreamID             int64
	LocalWindowSize          int64
	LastProcStreamID         int64
	RemoteWindowSize         int64
	OutboundQueueSize        int64
	DeflateDynamicTableSize  int64
	InflateDynamicTableSize  int64
}

// StreamState is the seed's http2stream.state. State is one of nghttp2's
// numbers: 1 idle, 2 open, 3 and 4 reserved (local, remote), 5 and 6
// half-closed (local, remote), 7 closed.
type StreamState struct {
	State, Weight, SumDependencyWeight, LocalClose, RemoteClose, LocalWindowSize int64
}

// State returns where the session stands.
func (s *Session) State() State {
	w := s.c.ConnWindow()
	size, taken := s.c.RecvWindow()
	deflate, inflate := s.c.Tables()
	return State{
		EffectiveLocalWindowSize: size, EffectiveRecvDataLength: taken,
		NextStreamID: int64(s.c.NextStreamID()), LocalWindowSize: w.Recv,
		LastProcStreamID: int64(s.c.LastStreamID()), RemoteWindowSize: w.Send,
		OutboundQueueSize:       int64(s.c.Pending()),
		DeflateDynamicTableSize: int64(deflate), InflateDynamicTableSize: int64(inflate),
	}
}

// Details returns where the stream stands.
func (st *Stream) Details() StreamState {
	d := StreamState{State: 1, Weight: 16, LocalWindowSize: st.Window().Recv}
	switch state := st.State(); state {
	case conn.Open:
		d.State = 2
	case conn.ReservedLocal:
		d.State = 3
	case conn.ReservedRemote:
		d.State, d.LocalClose = 4, 1
	case conn.HalfClosedLocal:
		d.State, d.LocalClose = 5, 1
	case conn.HalfClosedRemote:
		d.State, d.RemoteClose = 6, 1
	default:
		if state.Closed() {
			d.State, d.LocalClose, d.RemoteClose = 7, 1, 1
		}
	}
	for _, n := range st.s.c.Priorities(nil) {
		if n.ID == st.id && n.Weight != 0 {
			d.Weight = int64(n.Weight)
		}
		if n.Parent == st.id && st.id != 0 {
			d.SumDependencyWeight += int64(n.Weight)
		}
	}
	return d
}

// Prefer changes how the stream shares the connection for ourselves and tells
// nobody: the seed's priority with silent. weight is 1 to 256.
func (st *Stream) Prefer(parent uint32, weight int, exclusive bool) error {
	if weight < 1 || weight > 256 {
		return &conn.Misuse{Op: "Priority", Reason: "weight must be 1 to 256", Ref: "RFC 7540 5.3.2", Err: conn.ErrArgument}
	}
	return st.s.c.Prefer(st.id, frame.PriorityParam{StreamDep: parent, Weight: uint8(weight - 1), Exclusive: exclusive})
}
