package session

import (
	"framewise/core/conn"
	"framewise/core/frame"
)

// EventKind says what happened.
type EventKind uint8

// The events, with the seed's names beside them.
const (
	EvConnect        EventKind = iota + 1 // 'connect': the peer's first SETTINGS came
	EvStream                              // 'stream': a request (server) or a promise (client). Fields; a promise: Parent
	EvReady                               // 'ready': a request has its identifier
	EvHeaders                             // 'headers': an informational response. Fields
	EvResponse                            // 'response', and 'push' for a pushed stream. Fields
	EvTrailers                            // 'trailers'. Fields
	EvData                                // 'data'. Data: valid until the next Receive
	EvEnd                                 // 'end': the peer's side of the stream is complete
	EvFetchTrailers                       // 'fetchTrailers': answer with Trailers
	EvDrain                               // 'drain': all that was written has left. N: octets that windows allow now
	EvClosed                              // 'streamClosed'. Code, By
	EvLocalSettings                       // 'localSettings': ours are in force. Settings; N: nanoseconds since they were announced
	EvRemoteSettings                      // 'remoteSettings': the peer's changed. Settings: those that came
	EvGoAway                              // 'goaway'. Code, LastStreamID, Data
	EvPing                                // the peer's PING; it is answered. Ping
	EvPingAck                             // the answer to ours. Ping, N: nanoseconds since it was asked; -1: nobody asked
	EvPriority                            // the peer's PRIORITY. StreamID, Priority
	EvUnknown                             // a frame of an unknown type. Header, Data
	EvStreamError                         // the peer broke a rule on a stream. StreamID, Err; Stream may be nil
	EvShutdown                            // our shutdown has been sent
	EvError                               // 'error' on the session: a connection error. Err
	EvClose                               // 'close': the session has ended. Err is Session.Err
	EvLimit                               // the peer went beyond a limit of ours. StreamID (0: the connection), Limit, N, Max, Ref
	EvAltSvc                              // 'altsvc'. StreamID, Origins (one, or none), Data: the value
	EvOrigin                              // 'origin'. Origins
	EvFrameError                          // 'frameError': a frame could not be sent, and its stream is closed. Header: Type and StreamID; Code
	EvPriorityUpdate                      // the client said how urgent a stream is (RFC 9218). StreamID, Data
)

// Event is something that happened. Fields and Data are valid as core/conn says.
type Event struct {
	Kind         EventKind
	By           conn.By
	End          bool // END_STREAM came with it; EvEnd follows
	Code         frame.ErrCode
	StreamID     uint32
	LastStreamID uint32
	N            int64
	Max          int64
	Limit        conn.LimitName
	Ref          string
	Header       frame.Header
	Priority     frame.PriorityParam
	Ping         [8]byte
	Stream       *Stream
	Parent       *Stream
	Fields       []Field
	Settings     []frame.Setting
	Origins      []string
	Data         []byte
	Err          error
}

func (s *Session) emit(e Event) { s.events = append(s.events, e) }

// translate makes session events of one event of the connection's.
func (s *Session) translate(e *conn.Event) {
	st := s.streams[e.StreamID]
	switch e.Kind {
	case conn.EvSettings:
		if !s.stop.connected {
			s.stop.connected = true
			s.emit(Event{Kind: EvConnect})
		}
		s.emit(Event{Kind: EvRemoteSettings, Settings: e.Settings})
	case conn.EvSettingsAck:
		s.emit(Event{Kind: EvLocalSettings, N: e.N, Settings: e.Settings})
	case conn.EvHeaders:
		s.fieldSection(e, st)
	case conn.EvData:
		if st != nil {
			s.emit(Event{Kind: EvData, Stream: st, Data: e.Data, End: e.End, Header: e.Header})
			s.endIf(e.End, st)
		} else {
			_ = s.c.Consume(e.StreamID, len(e.Data)) // nobody reads it: only the windows care
		}
	case conn.EvPush:
		p := &Stream{s: s, id: e.PromisedID, started: true, pushed: true, ended: true}
		s.streams[p.id] = p
		s.emit(Event{Kind: EvStream, Stream: p, Parent: st, Fields: e.Fields, Header: e.Header})
	case conn.EvStreamClosed:
		if st != nil {
			st.closeWith(e.Code, e.By)
		}
	case conn.EvStreamError:
		s.emit(Event{Kind: EvStreamError, Stream: st, StreamID: e.StreamID, Code: e.Code, Err: e.Err})
	case conn.EvWritable:
		s.drained(st, e.N)
	case conn.EvPing:
		s.emit(Event{Kind: EvPing, Ping: e.Ping})
	case conn.EvPingAck:
		s.emit(Event{Kind: EvPingAck, Ping: e.Ping, N: s.answered(e.Ping)})
	case conn.EvGoAway:
		s.emit(Event{Kind: EvGoAway, Code: e.Code, LastStreamID: e.LastStreamID, Data: e.Data})
	case conn.EvPriority:
		s.emit(Event{Kind: EvPriority, StreamID: e.StreamID, Stream: st, Priority: e.Priority})
	case conn.EvPriorityUpdate:
		s.emit(Event{Kind: EvPriorityUpdate, StreamID: e.StreamID, Stream: st, Data: e.Data})
	case conn.EvUnknown:
		s.emit(Event{Kind: EvUnknown, StreamID: e.StreamID, Stream: st, Header: e.Header, Data: e.Data})
	case conn.EvAltSvc:
		s.emit(Event{Kind: EvAltSvc, StreamID: e.StreamID, Origins: e.Origins, Data: e.Data})
	case conn.EvOrigin:
		s.emit(Event{Kind: EvOrigin, Origins: e.Origins})
	case conn.EvLimit:
		s.emit(Event{Kind: EvLimit, Stream: st, StreamID: e.StreamID, Limit: e.Limit, N: e.N, Max: e.Max, Ref: e.Ref})
	case conn.EvConnError:
		s.emit(Event{Kind: EvError, Code: e.Code, Err: e.Err})
	case conn.EvEnd:
		s.closed = true
		for _, w := range s.waiting {
			w.closeWith(frame.Cancel, conn.ByTransport)
		}
		s.waiting = nil
		s.emit(Event{Kind: EvClose, Err: s.Err()})
	}
}

func (s *Session) fieldSection(e *conn.Event, st *Stream) {
	out := Event{Stream: st, Fields: e.Fields, End: e.End, Header: e.Header, Priority: e.Priority}
	switch e.Section {
	case conn.Request:
		st = &Stream{s: s, id: e.StreamID, started: true}
		s.streams[st.id] = st
		out.Kind, out.Stream = EvStream, st
	case conn.Informational:
		out.Kind = EvHeaders
	case conn.Response:
		out.Kind = EvResponse
	case conn.Trailers:
		out.Kind = EvTrailers
	}
	if st == nil {
		return // closed by an event before this one
	}
	s.emit(out)
	s.endIf(e.End, st)
}

func (s *Session) endIf(end bool, st *Stream) {
	if end {
		s.emit(Event{Kind: EvEnd, Stream: st})
	}
}

// drained is called when all octets that a stream had queued were framed.
func (s *Session) drained(st *Stream, n int64) {
	if st == nil {
		return
	}
	st.queued = 0
	if !st.ended || s.cfg.EndIsWritable {
		s.emit(Event{Kind: EvDrain, Stream: st, N: n})
	}
	if st.ended && st.wantTrailers {
		st.fetchTrailers()
	}
}
