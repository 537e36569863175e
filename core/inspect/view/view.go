// Package view holds what the analyser answers: plain values that travel as
// JSON between the analyser's Worker and the page, and to the command line.
//
// It has no logic and imports nothing, so that the page's model can read it
// without linking the analyser. Times are nanoseconds from the record's start.
// Frames are numbered over the whole record from 0, in order of sending; the
// page shows them from 1.
package view

// Summary describes a record as far as it has been read.
type Summary struct {
	Title      string
	Note       string
	Program    string
	Language   string
	Seed       uint64
	Epoch      string // date of instant 0; "": the clock was virtual
	Redacted   bool   // values are placeholders
	Engine     string // version of the runtime that made the record
	Network    string // as the record's header has it, JSON; "": nothing was set
	Around     string // code around the program, as the record's header has it, JSON; "": none
	Conns      []Conn
	Frames     int
	End        int64 // the last time in the record
	Types      []TypeCount
	Console    []Console
	Problems   []Problem // the first of them
	Faults     int       // how many problems there are in all
	Marks      []Mark    // remarks and faults, in order of their frames; the first of them
	MarksTotal int
	Stalls     int // how often a sender waited for a window
	Version    int // rises with every change, so that a page knows that its rows are old
}

// Conn is one connection.
type Conn struct {
	ID      uint32
	Client  string
	Server  string
	Vantage string
	Via     string
	TLS     string // "" or "TLS 1.3, h2"
	Secured []Fact // what else is known of TLS
	At      int64
	Frames  int
	Closed  string // "" while open; else who and why
}

// Fact is something that is known: what it is about, and the words for it.
type Fact struct{ What, Text string }

// TypeCount counts the frames of one type.
type TypeCount struct {
	Type  string
	Color string // class of the type's colour: data headers continuation priority rst settings push ping goaway window other
	Count int
}

// Console is a line of the program's.
type Console struct {
	At    int64
	Level string
	Text  string
}

// Mark is a remark that a person made at an instant, or something that was done
// to a connection on purpose.
type Mark struct {
	Kind  string // "note", "bookmark" (a note that names its frame) or "fault"
	Conn  uint32 // of a fault; 0: none
	At    int64
	Frame int    // the last frame that was sent by then, -1: none
	What  string // the kind of a fault: "latency", "drop"
	Text  string
}

// Problem is something that the record or a peer did wrong.
type Problem struct {
	Frame int // -1 when it belongs to no frame
	Conn  uint32
	Code  string // an error code of RFC 9113, section 7, or ""
	Text  string
	Ref   string // "RFC 9113 6.5.2"
}

// Row is a frame in a list. Kind is "frame", "preface" (the client's 24
// octets), "garbage" (octets that are no frame) or "cut" (a frame whose end
// is missing).
type Row struct {
	Index    int
	Kind     string
	Conn     uint32
	Dir      string // "c2s" or "s2c"
	SentAt   int64
	RecvAt   int64 // -1: never
	Type     string
	Color    string
	Flags    string // "END_STREAM|END_HEADERS"
	Stream   uint32
	Promised uint32 // PUSH_PROMISE
	Length   int    // payload octets
	Text     string // what it says, in a few words: "GET /", "200", "9 B · END_STREAM"
	Error    string // "" or the code of the error it makes
	Line     uint32 // line of the program that caused it, 0: none known
	Stall    string // "begin", "end" or "both": a sender waits for a window from here on, or no longer
	Marks    []Mark // remarks and faults that belong to it; null for none
	Run      *Run   // not nil: the row stands for a run of frames, of which it is the first
	Inside   bool   // it is a frame of the open run above it
}

// Run is consecutive DATA or WINDOW_UPDATE frames of one direction as one row.
type Run struct {
	Count      int // frames
	Last       int // the last of them; the row's Index is the first
	Octets     int // of payload; of WINDOW_UPDATE the credit
	Streams    []uint32
	More       bool // there are more streams than are listed
	Open       bool // the frames follow as rows of their own
	LastSentAt int64
	LastRecvAt int64 // -1: never
}

// Rows is a window of rows.
type Rows struct {
	From    int
	Total   int // rows that match
	Rows    []Row
	Version int
}

// Found is the answer to a search.
type Found struct {
	Frame   int    // -1: none
	Filter  string // what was looked for
	Looked  int    // frames that were looked at
	Next    int    // where the search can go on when it stopped before the end, else -1
	Version int
}

// Completion is what can stand at a place of a filter.
type Completion struct {
	From, To int // the characters that a candidate takes the place of
	Items    []Candidate
}

// Candidate is one way to go on.
type Candidate struct {
	Text string // what it puts there
	What string // what that means, in a line
}

// Position says where a frame stands in a list of rows.
type Position struct {
	Frame   int
	At      int // its row; for a frame within a closed run the run's; -1 when it is not in the list
	Near    int // its row, or that of the next frame that is in the list; Total when there is none
	Total   int
	Run     int // the first frame of the run that holds it, -1 for none
	Version int
}

// Detail is everything about one frame.
type Detail struct {
	Row      Row
	Nth      int    // number of the frame in its direction, from 0, without frames that were put in (of those, the one that they follow); -1: the client's preface, which none counts
	Title    string // "PUSH_PROMISE · stream 1 → 2 · server → client"
	Ref      string // "RFC 9113 6.6"
	What     string // a sentence or two: what this type of frame is for
	Octets   []byte // header and payload as they were received (base64 in JSON)
	Spans    []Span
	Block    *Block // the field block that the frame is part of, which may go on in others
	Effects  []Effect
	Why      Why
	Tables   []Table // [0] c2s, [1] s2c: after this frame, at its sender's encoder = its receiver's decoder
	Stream   *Stream // nil for stream 0
	Promised *Stream // the stream that a PUSH_PROMISE promises, else nil
	// At are the instants at which client and server are shown: just after the
	// frame was sent at one of them and received at the other. Where it was
	// never received, the receiver is shown at the time of sending.
	At       [2]int64
	Windows  []Window
	Stalls   []Stall // that go on at this instant
	Settings []SettingsInForce
	Problems []Problem
	Version  int
}

// Span is a run of octets that is one field. Spans cover all octets of the
// frame in order, without gaps; a span with a Parent lies within that one.
type Span struct {
	Off, Len int
	Parent   int    // index of the enclosing span, -1 for none
	Name     string // "Length", "Stream Identifier", "INITIAL_WINDOW_SIZE"
	Value    string // "24", "0x05 PUSH_PROMISE"
	Note     string // what the value means; may be empty
	Ref      string
	Color    int    // 1 to 6, neighbours differ
	Rep      int    // index in Block.Reps for an octet run of a representation, else -1
	Mask     uint32 // 0: whole octets; else the bits of the octets, read as one big-endian number
}

// Block is a field block explained (RFC 7541).
type Block struct {
	Octets   int   // as encoded
	Plain    int   // names and values without compression: lengths + 2 each ("name: value\r\n" counts 4)
	Saved    int   // percent
	Complete bool  // END_HEADERS was seen
	Frames   []int // the frames it is spread over
	Reps     []Rep
	Error    string
}

// Rep is one representation (RFC 7541, section 6).
type Rep struct {
	Frame     int // the frame its first octet lies in
	Off, Len  int // octets within that frame, header included; Len counts across frames
	Hex       string
	Kind      string // "Indexed", "Literal, incremental", "Literal, not indexed", "Literal, never indexed", "Table size update"
	Ref       string // "RFC 7541 6.2.1"
	Index     int    // 0: a literal name
	IndexFrom string // "static", "dynamic" or ""
	Name      string
	Value     string
	NameHuff  int // octets when Huffman-coded, 0 when not
	ValueHuff int
	Text      string // "Literal, incremental, name 4 (static), Huffman 6 B"
	Inserted  bool
	Unknown   bool // name or value is that of an entry from before the record: "?"
	Evicted   int  // entries
	Size      int  // table size update: the new size
}

// Effect is one thing that the frame changed.
type Effect struct {
	At   string // "client" or "server"
	Text string // "stream 1: open → half-closed (local)"
	Ref  string
	Kind string // "stream", "window", "table", "settings", "connection"
}

// Why tells what made a side send the frame.
type Why struct {
	Line uint32
	Call string
	Rule string
	Text string // a sentence; never empty: "not known" is said
	Ref  string
}

// Table is a dynamic table (RFC 7541, section 2.3.2) at an instant.
type Table struct {
	Dir      string
	Size     int
	MaxSize  int
	Unknown  bool // older entries may follow, from before the record: sizes are what is known
	Entries  []TableEntry
	Inserted int // by this frame; these are the first entries
	Evicted  []TableEntry
}

// TableEntry is a field line in a table; Index is 62 for the newest.
type TableEntry struct {
	Index int
	Name  string
	Value string
	Size  int // name + value + 32
	Frame int // that inserted it
}

// Stream is one stream as its two ends see it at an instant.
type Stream struct {
	ID     uint32
	Client string // state: "idle", "open", "half-closed (local)", …
	Server string
	Before [2]string // the states at client and server before the frame
	// Path are the states that the stream went through at each end, up to now.
	ClientPath []Step
	ServerPath []Step
	Request    string // "GET /"
	Status     string // "200"
}

// Step is one change of state.
type Step struct {
	State string
	By    string // "HEADERS", "END_STREAM", "RST_STREAM"; "" for the first
	Frame int
}

// Window is one flow-control window at an instant, with both ends' opinion.
type Window struct {
	Stream  uint32 // 0: the connection
	Dir     string // of the data that it limits
	Sender  int64  // octets that the sender may still send, as it knows
	Recv    int64  // octets that the receiver is ready to take
	Size    int64  // the initial size, or more when credit made the window larger: the whole bar
	Changed int64  // by this frame, at the end that it affected first
}

// SettingsInForce are the settings of one end.
type SettingsInForce struct {
	End    string // whose: "client", "server"
	Values []SettingValue
}

// SettingValue is a setting: what its end announced, and what is in force at
// that end (that is: acknowledged).
type SettingValue struct {
	AtPeer  uint32 // what the other end goes by: the last value that it has processed
	Name    string
	Default bool
	Value   uint32 // in force; 4294967295 stands for no limit where there is none
	Pending bool   // another value was sent and waits for its acknowledgement
	Next    uint32 // that value
	Ref     string
}

// Density is the map behind the scrubber: frames by time.
type Density struct {
	End     int64
	Buckets []Bucket
	Version int
}

// Bucket counts the frames of a span of time in one direction by colour.
type Bucket struct {
	At     int64
	Len    int64
	Dir    string
	First  int // a frame in it
	Count  int
	Octets int
	Color  string // of the most frequent type
	Error  bool
}

// Reproduction is a record beside the one that its program made again, held
// against each other octet by octet. Numbers say what was compared, up to the
// first difference of each kind.
type Reproduction struct {
	Same    bool
	Octets  int64 // of both directions of all connections
	Frames  int
	Conns   int
	Chunks  int // their octets, sizes, times of sending and arrival
	Causes  int
	Console int
	Faults  int
	Ends    bool   // all that differs is that the new record goes on where the old one ends
	What    string // the first difference: "octets", "pieces", "times", "cause", "connection", "end", "console", "fault"; "": none
	Text    string // a sentence
	Conn    int    // of the first difference, 1 for the first; 0: of none
	Dir     string // "": of none
	Octet   int64  // of the direction, from 0; -1: none
	A       int    // its frame in the record, -1: none
	B       int    // in the one made again, -1: none
	At      int64
}
