package conn

// State is a state of RFC 9113, section 5.1. Closed is four states here: the
// frames that may still come differ with how the stream was closed, and so the
// cause lives in the state and not in a flag beside it.
type State uint8

// The states.
const (
	Idle State = iota
	ReservedLocal
	ReservedRemote
	Open
	HalfClosedLocal
	HalfClosedRemote
	ClosedByEnd       // both sides sent END_STREAM
	ClosedBySentReset // we sent RST_STREAM
	ClosedByReset     // the peer sent RST_STREAM, or the connection ended
	ClosedUnused      // skipped: a stream with a higher identifier was opened first

	states
)

var stateNames = [states]string{
	"idle", "reserved (local)", "reserved (remote)", "open", "half-closed (local)",
	"half-closed (remote)", "closed", "closed", "closed", "closed",
}

// String is the RFC's name of the state.
func (s State) String() string { return stateNames[s] }

// Closed says whether the state is one of the four closed ones.
func (s State) Closed() bool { return s >= ClosedByEnd }

// Active says whether the stream counts against the limit of concurrent streams
// (RFC 9113, section 5.1.2).
func (s State) Active() bool {
	return s == Open || s == HalfClosedLocal || s == HalfClosedRemote
}

// Input is something that moves a stream: a frame, or the END_STREAM flag on
// one, sent or received. HEADERS with END_STREAM are two inputs, in that order.
type Input uint8

// The inputs. Promise is PUSH_PROMISE as it touches the stream it is sent on,
// Reserve as it touches the stream that it promises.
const (
	SendHeaders Input = iota
	SendData
	SendEnd
	SendReset
	SendWindow
	SendPriority
	SendPromise
	SendReserve
	RecvHeaders
	RecvData
	RecvEnd
	RecvReset
	RecvWindow
	RecvPriority
	RecvPromise
	RecvReserve

	inputs
)

var inputNames = [inputs]string{
	"send HEADERS", "send DATA", "send END_STREAM", "send RST_STREAM", "send WINDOW_UPDATE",
	"send PRIORITY", "send PUSH_PROMISE", "be promised by us",
	"receive HEADERS", "receive DATA", "receive END_STREAM", "receive RST_STREAM", "receive WINDOW_UPDATE",
	"receive PRIORITY", "receive PUSH_PROMISE", "be promised by the peer",
}

func (i Input) String() string { return inputNames[i] }

// Received says whether the input comes from the peer.
func (i Input) Received() bool { return i >= RecvHeaders }

// Effect is what an input does beside moving the stream.
type Effect uint8

// The effects. Illegal is what is absent from the table: sending is a Misuse,
// receiving a connection error PROTOCOL_ERROR.
const (
	Illegal           Effect = iota
	Accept                   // go on
	Ignore                   // drop the frame, but keep HPACK and the windows in step
	StreamErrorClosed        // stream error STREAM_CLOSED
	ConnErrorClosed          // connection error STREAM_CLOSED
)

// Transition is one row of the table.
type Transition struct {
	Effect  Effect
	Next    State
	Section string // of RFC 9113
}

// Step looks up what an input does in a state. Everything that is legal is in
// the table; the rest is Illegal and stays where it is.
func Step(s State, in Input) Transition {
	t := transitions[s][in]
	if t.Effect == Illegal {
		return Transition{Illegal, s, "5.1"}
	}
	return t
}

func to(next State) Transition   { return Transition{Accept, next, "5.1"} }
func drop(stay State) Transition { return Transition{Ignore, stay, "5.1"} }

// transitions is figure 2 of RFC 9113 and the text below it.
var transitions = [states][inputs]Transition{
	Idle: {
		SendHeaders:  to(Open),
		RecvHeaders:  to(Open),
		SendReserve:  {Accept, ReservedLocal, "8.4.1"},
		RecvReserve:  {Accept, ReservedRemote, "8.4.1"},
		SendPriority: {Accept, Idle, "5.3.2"},
		RecvPriority: {Accept, Idle, "5.3.2"},
	},
	ReservedLocal: {
		SendHeaders:  to(HalfClosedRemote),
		SendReset:    to(ClosedBySentReset),
		RecvReset:    to(ClosedByReset),
		RecvWindow:   to(ReservedLocal),
		SendPriority: to(ReservedLocal),
		RecvPriority: to(ReservedLocal),
	},
	ReservedRemote: {
		RecvHeaders:  to(HalfClosedLocal),
		SendReset:    to(ClosedBySentReset),
		RecvReset:    to(ClosedByReset),
		SendWindow:   to(ReservedRemote),
		SendPriority: to(ReservedRemote),
		RecvPriority: to(ReservedRemote),
	},
	Open: {
		SendHeaders: to(Open), SendData: to(Open), SendWindow: to(Open), SendPriority: to(Open),
		RecvHeaders: to(Open), RecvData: to(Open), RecvWindow: to(Open), RecvPriority: to(Open),
		SendPromise: {Accept, Open, "6.6"},
		RecvPromise: {Accept, Open, "6.6"},
		SendEnd:     to(HalfClosedLocal),
		RecvEnd:     to(HalfClosedRemote),
		SendReset:   to(ClosedBySentReset),
		RecvReset:   to(ClosedByReset),
	},
	HalfClosedLocal: {
		SendWindow: to(HalfClosedLocal), SendPriority: to(HalfClosedLocal),
		RecvHeaders: to(HalfClosedLocal), RecvData: to(HalfClosedLocal),
		RecvWindow: to(HalfClosedLocal), RecvPriority: to(HalfClosedLocal),
		RecvPromise: {Accept, HalfClosedLocal, "6.6"},
		RecvEnd:     to(ClosedByEnd),
		SendReset:   to(ClosedBySentReset),
		RecvReset:   to(ClosedByReset),
	},
	HalfClosedRemote: {
		SendHeaders: to(HalfClosedRemote), SendData: to(HalfClosedRemote),
		SendWindow: to(HalfClosedRemote), SendPriority: to(HalfClosedRemote),
		SendPromise: {Accept, HalfClosedRemote, "6.6"},
		RecvWindow:  to(HalfClosedRemote), RecvPriority: to(HalfClosedRemote),
		RecvHeaders: {StreamErrorClosed, HalfClosedRemote, "5.1"},
		RecvData:    {StreamErrorClosed, HalfClosedRemote, "5.1"},
		SendEnd:     to(ClosedByEnd),
		SendReset:   to(ClosedBySentReset),
		RecvReset:   to(ClosedByReset),
	},
	ClosedByEnd: {
		RecvHeaders:  {ConnErrorClosed, ClosedByEnd, "5.1"},
		RecvData:     {ConnErrorClosed, ClosedByEnd, "5.1"},
		RecvWindow:   drop(ClosedByEnd),
		RecvReset:    drop(ClosedByEnd),
		SendPriority: to(ClosedByEnd),
		RecvPriority: to(ClosedByEnd),
	},
	ClosedBySentReset: {
		RecvHeaders: drop(ClosedBySentReset), RecvData: drop(ClosedBySentReset),
		RecvWindow: drop(ClosedBySentReset), RecvReset: drop(ClosedBySentReset),
		RecvPromise:  {Accept, ClosedBySentReset, "6.6"},
		SendPriority: to(ClosedBySentReset), RecvPriority: to(ClosedBySentReset),
	},
	ClosedByReset: {
		RecvHeaders:  {StreamErrorClosed, ClosedByReset, "5.1"},
		RecvData:     {StreamErrorClosed, ClosedByReset, "5.1"},
		RecvWindow:   drop(ClosedByReset),
		RecvReset:    drop(ClosedByReset),
		SendPriority: to(ClosedByReset), RecvPriority: to(ClosedByReset),
	},
	ClosedUnused: {
		// HEADERS for it break the rule that identifiers rise (section 5.1.1)
		// and are a connection error PROTOCOL_ERROR; so are they absent here.
		RecvData:     {ConnErrorClosed, ClosedUnused, "5.1"},
		RecvWindow:   drop(ClosedUnused),
		RecvReset:    drop(ClosedUnused),
		SendPriority: to(ClosedUnused), RecvPriority: to(ClosedUnused),
	},
}
