package view

// Stall is a time in which a sender can't send DATA, because a window is used
// up (RFC 9113, section 6.9.1): it is not above 0, although a message is not
// ended. Times are the sender's own.
type Stall struct {
	Conn    uint32
	Dir     string   // of the DATA that waits
	End     string   // who waits: "client" or "server"
	Window  string   // which window is used up: "stream", "connection" or "both"
	Stream  uint32   // whose window it is; 0: the connection's
	Streams []uint32 // that wait
	More    bool     // more streams wait than are listed
	Frame   int      // that used the window up
	At      int64
	Last    int    // the frame that ended it, -1: it goes on
	LastAt  int64  // -1: it goes on
	For     int64  // nanoseconds; up to the end of the record when it goes on
	Text    string // which window, whose, since when, what would end it or did
	Ref     string
}

// Stalls is a window of the stalls of a record, in the order in which they begin.
type Stalls struct {
	From    int
	Total   int
	Stalls  []Stall
	Version int
}

// Flow is one window over time, as its two ends know it. Its table form is the
// same points.
type Flow struct {
	Conn    uint32
	Stream  uint32 // 0: the connection's window
	Dir     string // of the DATA that it limits
	End     string // the sender of that: "client" or "server"
	Initial int64
	Points  []FlowPoint // in order of time; in each span of time the lowest and highest are among them
	Total   int         // how many there are without sampling
	Stalls  []Stall     // in which the window was used up
	Now     FlowNow
	Version int
}

// FlowPoint is the window after a frame acted on one of the ends. The first
// point is the window before any: its frame is -1, or the one that opens the stream.
type FlowPoint struct {
	At     int64
	Frame  int
	Sender int64 // octets that the sender may still send, as it knows
	Recv   int64 // octets that the receiver is ready to take
}

// FlowNow explains the difference between the two ends at an instant:
// Recv - Sender = Data + Credit + Settings.
type FlowNow struct {
	Frame        int // the instant; -1: the end of the record
	Sender       int64
	Recv         int64
	Data         int64 // octets under way to the receiver
	DataFrom     int   // the first frame of them, -1 for none
	Credit       int64 // of WINDOW_UPDATE under way to the sender
	CreditFrom   int
	Settings     int64 // what INITIAL_WINDOW_SIZE differs by, between SETTINGS and its acknowledgement
	SettingsFrom int
	Text         string
}

// Lanes is a window of streams over time, in the order in which they were opened.
type Lanes struct {
	From    int
	Total   int
	Since   int64 // the time that the ticks are from
	Until   int64
	At      int // the place of the stream that was asked for, from 0; -1: it has none
	Lanes   []Lane
	Version int
}

// Lane is one stream over time. Frames and times are those of the record.
type Lane struct {
	Conn     uint32
	Stream   uint32
	PushedBy uint32 // the stream whose PUSH_PROMISE promised it, else 0
	Request  string // "GET /"
	Status   string // "200"
	Priority string // in the end, of either scheme; "" for none
	First    int    // the frame that opened it
	Last     int    // the newest frame on it
	From     int64
	To       int64
	Client   []StateSpan // its states at each end, in order
	Server   []StateSpan
	Ticks    []Tick
	Stalls   []LaneStall
	Closed   string // how, "" while it is not closed at both ends
}

// StateSpan is a time in which a stream was in a state at one end.
type StateSpan struct {
	State string
	From  int64
	To    int64 // -1: up to now
	Frame int   // that made it
}

// Tick counts the frames of a stream in one direction in a span of time.
type Tick struct {
	At     int64
	Len    int64
	Dir    string
	First  int // the first of them
	Count  int
	Octets int
	Color  string // of the most frequent type
	Error  bool
}

// LaneStall is a time in which the stream waited for a window.
type LaneStall struct {
	Dir    string // of the DATA that waits
	Window string // "stream", "connection" or "both"
	Frame  int
	Last   int // -1: it goes on
	From   int64
	To     int64 // -1: it goes on
}

// Connection is what holds for a whole connection at an instant.
type Connection struct {
	Conn          Conn
	Frame         int             // the instant; -1: the end of the record
	Settings      []SettingsFrame // in order; the last ones when there are more
	SettingsTotal int
	InForce       []SettingsInForce
	Limits        []Limit
	Pings         []Ping // in order; the last ones when there are more
	PingsTotal    int
	GoAways       []GoAway
	Problems      []Problem // up to the instant; the first ones when there are more
	ProblemsTotal int       // of the whole record
	Fingerprint   Fingerprint
	Version       int
}

// SettingsFrame is a SETTINGS frame and its way: sent, received, acknowledged.
// Times are those of the end that it concerns; -1: not so far in this record.
type SettingsFrame struct {
	End       string // who announces
	Frame     int
	Entries   []SettingEntry
	More      int // entries beyond those listed
	SentAt    int64
	RecvAt    int64
	AckFrame  int // -1: none
	AckSentAt int64
	AckAt     int64 // when its sender received the acknowledgement
	Known     bool  // at the instant: the peer goes by it
	InForce   bool  // at the instant: its sender knows that
}

// SettingEntry is one setting as a frame announces it.
type SettingEntry struct {
	ID    int
	Name  string
	Value uint32
	Ref   string
}

// Limit is something that one end allows the other, and how much of it is used.
// It is seen from the other end, which is bound by it.
type Limit struct {
	End   string // who allows
	Name  string
	Used  int64
	Limit int64  // -1: no limit
	What  string // what is counted
	Unit  string
	Ref   string
}

// Ping is a PING and its answer.
type Ping struct {
	End       string // who asks
	Frame     int
	Data      string // hexadecimal
	SentAt    int64
	AckFrame  int   // -1: none
	AckAt     int64 // when the answer came back, -1: not so far
	RoundTrip int64 // nanoseconds, -1: not known
}

// GoAway is a GOAWAY and what it means for the streams of its receiver.
type GoAway struct {
	End          string // who sends it
	Frame        int
	SentAt       int64
	RecvAt       int64 // -1: never
	Last         uint32
	Code         string
	Note         string // what the code means
	Debug        string
	Orphans      []uint32 // streams above Last: not acted on, they can be tried again
	OrphansTotal int
	Ref          string
}

// HPACK is what header compression did on a connection up to an instant.
type HPACK struct {
	Conn    uint32
	Frame   int          // the instant; -1: the end of the record
	Dirs    []HPACKStats // [0] c2s, [1] s2c
	Version int
}

// HPACKStats counts the field blocks of one direction. Octets of names and
// values count as HTTP/1.1 would write them: lengths + 4 for ": " and the line's end.
type HPACKStats struct {
	Dir         string
	Blocks      int // that are counted here ...
	Of          int // ... of so many: when it is less, ask again
	Arrived     int // that the decoder has read at the instant
	Broken      int // that can't be read whole
	Kinds       []KindCount
	Encoded     int // octets of the blocks
	Plain       int // octets without compression
	Saved       int // percent
	Static      int // field lines that were an index, by table
	Dynamic     int
	Names       int // literals whose name was an index
	Inserted    int // entries
	Evicted     int
	Huffman     int // octets that Huffman coding saved
	Size        int // of the table now
	MaxSize     int
	Entries     int
	Sizes       []SizePoint // over time
	Fields      []FieldStat // by what they saved, the most first
	FieldsTotal int
}

// KindCount counts the representations of one kind.
type KindCount struct {
	Kind   string
	Ref    string
	Count  int
	Octets int
}

// SizePoint is the size of a dynamic table after a field block.
type SizePoint struct {
	Frame int // that ended the block
	At    int64
	Size  int
	Max   int
}

// FieldStat counts the field lines of one name.
type FieldStat struct {
	Name    string
	Count   int
	Indexed int // as a whole
	Plain   int // octets without compression
	Encoded int
	Saved   int // octets; can be negative
}

// Prediction is how the fields of a field block could have been encoded.
type Prediction struct {
	Frame   int
	Dir     string
	Octets  int // of the block
	Best    int // what the shortest choices would add up to
	Fields  []PredictField
	Version int
}

// PredictField is one field line and the choices that its encoder had, in the
// state that the table was in.
type PredictField struct {
	Name    string
	Value   string
	Choices []Choice
	Taken   int // index of the choice that the encoder took
	Best    int // index of the shortest: the taken one, if none is shorter
	Good    bool
	Again   int    // how often the field line comes in the next 200 field blocks
	Text    string // why what was taken is good, or not
}

// Choice is one way to encode a field line.
type Choice struct {
	Kind      string
	Ref       string
	Index     int // of the field line or of its name; 0: the name stands there itself
	IndexFrom string
	Huffman   bool
	Octets    int
}

// Priority is how the streams of a connection are prioritised at an instant, as
// the server knows.
type Priority struct {
	Conn    uint32
	Frame   int            // the instant; -1: the end of the record
	Scheme  string         // "RFC 9218", "RFC 7540" or "none"
	Text    string         // why
	Nodes   []PriorityNode // the tree of RFC 7540 from the root, each stream before those that depend on it
	Total   int            // streams in the tree, of which there are at most 1,000
	Partial bool           // the tree is that of an earlier instant: ask again for more
	Turns   []Turn         // which streams' DATA the server sent, around the instant
	Version int
}

// PriorityNode is a stream with its priorities of both schemes.
type PriorityNode struct {
	Stream      uint32
	Parent      uint32 // 0: the root
	Depth       int    // 0: depends on the root
	Weight      int    // 1 to 256
	Share       int    // percent of what its parent leaves, if all siblings send
	State       string // at the server; "closed" while others depend on it, "idle" for a group
	Request     string
	Urgency     int // RFC 9218: 0 is served first, 7 last
	Incremental bool
	From        string // where that comes from: "default", "request", "PRIORITY_UPDATE" or "response"
	Field       string // what it says: "u=1, i"
	Octets      int64  // of DATA that the server has sent on it
}

// Turn is a run of DATA on one stream.
type Turn struct {
	Stream uint32
	First  int
	Last   int
	Count  int // frames
	Octets int
	From   int64
	To     int64
}

// Fingerprint is what tells a client from others: what it sends up to its first
// request.
type Fingerprint struct {
	Text       string         // "1:65536;4:131072|12517377|0|m,p,a,s": settings, window, priorities, pseudo-header fields
	Settings   []SettingEntry // of its first SETTINGS, in order
	Window     uint32         // of the first WINDOW_UPDATE of the connection, 0: none
	Priorities []string       // PRIORITY frames, as stream:exclusive:dependency:weight
	Request    string         // the same of its first HEADERS, without the stream; "" for none
	Pseudo     []string       // pseudo-header fields of the first request, in order
	Fields     []string       // its other fields
	Known      bool           // the record shows it whole
}

// Comparison is two records side by side.
type Comparison struct {
	Same        bool
	Differences []Difference // by time; the first of them
	Total       int
	Encoded     int // frames whose field blocks say the same in other octets
	Conns       []ConnComparison
	Counts      []CountComparison
}

// Difference is a place in which two records differ.
type Difference struct {
	Conn   int // 1 for the first of the records' connections
	Stream uint32
	Dir    string
	A      int    // the frame in the first record, -1: it has none here
	B      int    // the frame in the second record
	At     int64  // when it was sent, in the first record that has it
	Type   string // of the frame
	What   string // "missing", "type", "flags", "length", "fields" or "content"
	Text   string
}

// ConnComparison is two connections side by side.
type ConnComparison struct {
	A, B     ConnSide
	Settings []SettingComparison // that differ in the end
}

// ConnSide is a connection in a comparison. Windows are the connection's: [0]
// for DATA to the server, [1] to the client.
type ConnSide struct {
	Conn        uint32 // its identifier; 0: the record has none here
	Frames      int
	Streams     int
	Windows     [2]int64 // in the end, as the sender knows
	Credit      [2]int64 // that was given in all
	Fingerprint Fingerprint
}

// SettingComparison is a setting that differs; 4294967295 stands for no limit.
type SettingComparison struct {
	End  string // whose
	Name string
	A, B uint32
	Ref  string
}

// CountComparison is something that is counted in both records.
type CountComparison struct {
	Name string
	A, B int
}
