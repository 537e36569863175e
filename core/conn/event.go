package conn

import (
	"framewise/core/frame"
	"framewise/core/hpack"
)

// EventKind says what happened.
type EventKind uint8

// The events. Each names the fields of Event that it fills.
const (
	// EvSettings: the peer's SETTINGS were applied, and the acknowledgement is
	// queued (RFC 9113, section 6.5.3). Settings.
	EvSettings EventKind = iota + 1
	// EvSettingsAck: the peer acknowledged our oldest SETTINGS; they are in
	// force. Settings, N: nanoseconds since they were queued.
	EvSettingsAck
	// EvHeaders: a whole field section came. StreamID, Section, Fields, End.
	EvHeaders
	// EvData: DATA came. StreamID, Data, End. The owner gives the octets back to
	// the windows with Consume(StreamID, len(Data)); padding is given back at once.
	EvData
	// EvPush: the peer promised a stream. StreamID is the stream that it came
	// on, PromisedID the new one, Fields the request.
	EvPush
	// EvStreamClosed: the stream is closed. StreamID, Code, By.
	EvStreamClosed
	// EvStreamError: the peer broke a rule on a stream, which we reset. StreamID,
	// Code, Err. EvStreamClosed follows if the stream was not closed.
	EvStreamError
	// EvWritable: what was queued on the stream has left. StreamID, N: octets
	// that the windows allow now.
	EvWritable
	// EvPing: the peer asked; the answer is queued. Ping.
	EvPing
	// EvPingAck: the peer answered. Ping.
	EvPingAck
	// EvGoAway: the peer will take no more streams. LastStreamID, Code, Data.
	EvGoAway
	// EvPriority: the peer changed a stream's priority (RFC 9113, section 5.3.2).
	// StreamID, Priority.
	EvPriority
	// EvPriorityUpdate: the client said how urgent a stream is (RFC 9218,
	// section 7). StreamID, Data: the priority field value as it came.
	EvPriorityUpdate
	// EvUnknown: a frame of a type that RFC 9113 does not define; it has no
	// effect. Header, Data.
	EvUnknown
	// EvConnError: the peer broke a rule of the connection, GOAWAY is queued and
	// nothing more will be taken. Code, Err.
	EvConnError
	// EvLimit: the peer went beyond a limit of ours. StreamID (0: it costs the
	// connection), Limit, N: what it came to, Max, Ref: the CVE or the RFC.
	EvLimit
	// EvOrigin: the server is authoritative for Origins (RFC 8336).
	EvOrigin
	// EvAltSvc: the server has an alternative service (RFC 7838). StreamID,
	// Origins (one, or empty for the stream's own), Data: the value.
	EvAltSvc
	// EvEnd: the transport ended.
	EvEnd
)

// Section says what a field section is (RFC 9113, section 8.1).
type Section uint8

// The kinds of field sections.
const (
	Request Section = iota + 1
	Informational
	Response
	Trailers
)

// By says who closed a stream.
type By uint8

// Ends of a stream.
const (
	ByEnd       By = iota // both sides sent END_STREAM
	ByPeer                // the peer sent RST_STREAM
	ByOwner               // the owner called Reset
	ByError               // the peer broke a rule
	ByGoAway              // the peer's GOAWAY says that it did not process the stream
	ByTransport           // the transport ended
	ByTimeout             // it made no progress for too long
)

// Event is something that happened. Data is a window on the octets that Receive
// was given, and valid as long as they are and until the next Receive; Fields
// are valid until the next Poll, the strings in them stay.
type Event struct {
	Kind         EventKind
	Section      Section
	By           By
	End          bool // END_STREAM
	HasPriority  bool
	Code         frame.ErrCode
	StreamID     uint32
	PromisedID   uint32
	LastStreamID uint32
	N            int64
	Max          int64
	Priority     frame.PriorityParam
	Header       frame.Header // EvHeaders, EvData, EvUnknown: the frame's
	Ping         [8]byte
	Fields       []hpack.Field
	Settings     []frame.Setting
	Origins      []string
	Data         []byte
	Err          *frame.Error
	Limit        LimitName
	Ref          string
}

func (c *Conn) emit(e Event) { c.events = append(c.events, e) }
