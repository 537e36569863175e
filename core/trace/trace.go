// Package trace is the record that everything in Framewise becomes: a session
// in the tab, one with a real server, an imported capture, a shared link.
//
// A record is a sequence of entries. In come entries from a transport or lines
// from a file; out go lines (JSON Lines, see docs/trace.md) or entries for
// core/inspect. The package knows nothing of frames: it keeps octets, their
// times and what was said about them. It imports nothing of the project, and
// not encoding/json: the program that only writes a record must stay small.
package trace

// Version is the version of the format that this package writes.
const Version = 1

// Dir is the direction of octets.
type Dir uint8

// The two directions of a connection. The client is the end that sends the
// connection preface.
const (
	ToServer Dir = 0 // "c2s"
	ToClient Dir = 1 // "s2c"
)

// String is "c2s" or "s2c".
func (d Dir) String() string {
	if d == ToServer {
		return "c2s"
	}
	return "s2c"
}

// Extra holds what a line says beyond what this version knows: members of its
// object as JSON, joined by commas, as in `"a":1,"b":{}`. It is "" mostly, and
// survives a round trip.
type Extra string

// Entry is one line of a record: *Header, *Conn, *Chunk, *Cause, *Close,
// *Console, *Fault, *Note or *Unknown.
type Entry interface{ kind() string }

// Header is the first entry of every record.
type Header struct {
	Version   int    // 1
	Title     string // shown above everything; may be empty
	Note      string // by whoever shared it
	Generator string // the program that wrote it
	Program   string // the source of the program that ran, if one did
	Language  string // of the program: "js"
	Seed      uint64 // of the runtime and the network
	Network   *Network
	Around    string // what ran around the program, an object of JSON as text; "": nothing
	Redacted  bool   // values in it are placeholders (core/redact)
	Engine    string // version of the runtime and its engine that made the record
	Epoch     string // RFC 3339 time of instant 0, "" when the clock is virtual
	Extra     Extra
}

// Vantage says where the times of a connection were taken.
type Vantage string

// With VantageBoth each chunk has the time it was sent and the time it was
// received; with the others one time, taken at that end or between the two.
const (
	VantageBoth   Vantage = "both"
	VantageClient Vantage = "client"
	VantageServer Vantage = "server"
	VantageMiddle Vantage = "middle"
)

// Conn opens a connection. Identifiers are unique in a record.
type Conn struct {
	ID      uint32
	Client  string // a name for the end: "client", "127.0.0.1:5123"
	Server  string // "localhost:80"
	Vantage Vantage
	At      int64  // nanoseconds from instant 0
	Via     string // how the octets travel: "memory, 5 ms each way", "relay", "tcp"
	TLS     *TLS   // nil for cleartext
	Extra   Extra
}

// TLS is what is known of the TLS connection below.
type TLS struct {
	Version string // "TLS 1.3"
	ALPN    string // "h2"
	Cipher  string
	Name    string // the server name that was asked for
	Names   string // those that the server's certificate is for, with spaces between
	Issuer  string // who signed that certificate: a common name, or an organization
	Resumed bool   // the handshake took up an earlier session
	Extra   Extra
}

// Chunk is octets that one end wrote at once.
type Chunk struct {
	Conn       uint32
	Dir        Dir
	SentAt     int64  // nanoseconds from instant 0
	ReceivedAt int64  // equal to SentAt where there is one vantage; -1: never received
	Octets     []byte // as sent
	Received   []byte // as received, only where that differs (nil: as sent); empty and not nil: lost
	Extra      Extra
}

// Cause says why an own side sent a frame.
type Cause struct {
	Conn  uint32
	Dir   Dir
	Frame uint32 // the frame's number in its direction, from 0; the client's preface is not counted
	Line  uint32 // line of the program, from 1; 0 when a rule caused it
	Col   uint32
	Call  string // the call on that line: "pushStream"
	Rule  string // the rule of the protocol: "settings-ack", see core/conn.Rule
	Extra Extra
}

// Close ends a connection, or one direction of it.
type Close struct {
	Conn   uint32
	At     int64
	By     string // "client", "server", "network", "relay"
	Reason string // "" for an orderly end
	Extra  Extra
}

// Console is a line that the program printed, or an error that ended it.
type Console struct {
	At    int64
	Level string // "log", "warn", "error"
	Text  string
	Extra Extra
}

// Fault is something that was done to a connection on purpose.
type Fault struct {
	Conn uint32
	At   int64
	Kind string
	Text string
	// Where octets were injected: so many of the direction, as the record has it,
	// from an octet on. Length 0: none were.
	Dir    Dir
	Offset int64
	Length int64
	Extra  Extra
}

// Note is a remark at an instant, made by a person; with a Frame it is a
// bookmark.
type Note struct {
	At    int64
	Frame uint32 // of the record, from 1 in the order of sending; 0: none
	Text  string
	Extra Extra
}

// Unknown is an entry of a kind that this version does not know: the whole
// line, an object of JSON without the newline. It survives a round trip.
type Unknown struct{ Line []byte }

func (*Header) kind() string  { return "h2trace" }
func (*Conn) kind() string    { return "conn" }
func (*Chunk) kind() string   { return "chunk" }
func (*Cause) kind() string   { return "cause" }
func (*Close) kind() string   { return "close" }
func (*Console) kind() string { return "console" }
func (*Fault) kind() string   { return "fault" }
func (*Note) kind() string    { return "note" }
func (*Unknown) kind() string { return "" }
