package inspect

// The stream states of RFC 9113, section 5.1.
const (
	idle = iota
	reservedLocal
	reservedRemote
	open
	halfClosedLocal
	halfClosedRemote
	closed
	states
)

var stateNames = [states]string{
	"idle", "reserved (local)", "reserved (remote)", "open",
	"half-closed (local)", "half-closed (remote)", "closed",
}

// What can happen to a stream at one of its ends.
const (
	inHeaders   = iota
	inData      // the frame; END_STREAM is an input of its own
	inPush      // a PUSH_PROMISE that was sent or received on this stream
	inPromised  // a PUSH_PROMISE that promises this stream
	inEndStream // the flag, on HEADERS or DATA
	inReset
	inPriority
	inUpdate
	inUpgrade // the request that came with an upgrade from HTTP/1.1
	inBefore  // what happened before the record begins
	inputs
)

var inputNames = [inputs]string{"HEADERS", "DATA", "PUSH_PROMISE", "PUSH_PROMISE", "END_STREAM", "RST_STREAM", "PRIORITY", "WINDOW_UPDATE", "Upgrade", "before the record"}

const (
	sends    = 0
	receives = 1
)

// move is a row of the table: what may happen in a state and where it leads.
type move struct {
	state, how, in, next uint8
}

// moves is figure 2 of RFC 9113 with the rules of section 5.1 beside it. What
// is absent is illegal. Frames that arrive on a closed stream are all here,
// because they may have been under way when it was closed.
var moves = []move{
	{idle, sends, inHeaders, open}, // "Sending a HEADERS frame as a client, or receiving one as a server"
	{idle, receives, inHeaders, open},
	{idle, sends, inPromised, reservedLocal},
	{idle, receives, inPromised, reservedRemote},
	{idle, sends, inPriority, idle},
	{idle, receives, inPriority, idle},
	{idle, sends, inUpgrade, halfClosedLocal}, // RFC 7540, section 3.2
	{idle, receives, inUpgrade, halfClosedRemote},
	{idle, sends, inBefore, open}, // what is most likely
	{idle, receives, inBefore, open},

	{reservedLocal, sends, inHeaders, halfClosedRemote},
	{reservedLocal, sends, inReset, closed},
	{reservedLocal, sends, inPriority, reservedLocal},
	{reservedLocal, receives, inReset, closed},
	{reservedLocal, receives, inPriority, reservedLocal},
	{reservedLocal, receives, inUpdate, reservedLocal},

	{reservedRemote, receives, inHeaders, halfClosedLocal},
	{reservedRemote, receives, inReset, closed},
	{reservedRemote, receives, inPriority, reservedRemote},
	{reservedRemote, sends, inReset, closed},
	{reservedRemote, sends, inPriority, reservedRemote},
	{reservedRemote, sends, inUpdate, reservedRemote},

	{open, sends, inHeaders, open},
	{open, sends, inData, open},
	{open, sends, inPush, open},
	{open, sends, inEndStream, halfClosedLocal},
	{open, sends, inReset, closed},
	{open, sends, inPriority, open},
	{open, sends, inUpdate, open},
	{open, receives, inHeaders, open},
	{open, receives, inData, open},
	{open, receives, inPush, open},
	{open, receives, inEndStream, halfClosedRemote},
	{open, receives, inReset, closed},
	{open, receives, inPriority, open},
	{open, receives, inUpdate, open},

	{halfClosedLocal, sends, inReset, closed}, // besides that only WINDOW_UPDATE and PRIORITY
	{halfClosedLocal, sends, inPriority, halfClosedLocal},
	{halfClosedLocal, sends, inUpdate, halfClosedLocal},
	{halfClosedLocal, receives, inHeaders, halfClosedLocal},
	{halfClosedLocal, receives, inData, halfClosedLocal},
	{halfClosedLocal, receives, inPush, halfClosedLocal},
	{halfClosedLocal, receives, inEndStream, closed},
	{halfClosedLocal, receives, inReset, closed},
	{halfClosedLocal, receives, inPriority, halfClosedLocal},
	{halfClosedLocal, receives, inUpdate, halfClosedLocal},

	{halfClosedRemote, sends, inHeaders, halfClosedRemote},
	{halfClosedRemote, sends, inData, halfClosedRemote},
	{halfClosedRemote, sends, inPush, halfClosedRemote},
	{halfClosedRemote, sends, inEndStream, closed},
	{halfClosedRemote, sends, inReset, closed},
	{halfClosedRemote, sends, inPriority, halfClosedRemote},
	{halfClosedRemote, sends, inUpdate, halfClosedRemote},
	{halfClosedRemote, receives, inReset, closed},
	{halfClosedRemote, receives, inPriority, halfClosedRemote},
	{halfClosedRemote, receives, inUpdate, halfClosedRemote},

	// "An endpoint MUST NOT send frames other than PRIORITY on a closed
	// stream": a stream error is answered with RST_STREAM all the same (5.4.2),
	// and a credit for octets that were consumed late does no harm.
	{closed, sends, inPriority, closed},
	{closed, sends, inReset, closed},
	{closed, sends, inUpdate, closed},
	{closed, receives, inHeaders, closed},
	{closed, receives, inData, closed},
	{closed, receives, inPush, closed},
	{closed, receives, inEndStream, closed},
	{closed, receives, inReset, closed},
	{closed, receives, inPriority, closed},
	{closed, receives, inUpdate, closed},
}

// nextState is moves for looking up: the next state + 1, 0 for what is illegal.
var nextState [states][2][inputs]uint8

func init() {
	for _, m := range moves {
		nextState[m.state][m.how][m.in] = m.next + 1
	}
}

// active says whether a stream in this state counts for
// SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113, section 5.1.2).
func active(state uint8) bool { return state >= open && state < closed }
