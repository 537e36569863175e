package view

// Trial is a frame that somebody thinks of, and what it would be at an instant of
// the record.
type Trial struct {
	Octets []byte
	Place  Place
	Frames []Tried // what the octets are there, in order
	Rest   string  // what stands behind the whole frames, in a sentence; "": nothing
	// Outcome is the gravest of Frames: "legal", "ignored", "waits", "stream" or
	// "connection"; "" when there is no place.
	Outcome string
	Version int
}

// Place is the instant at which octets would be put into a session: behind a
// frame of the end that sends them, or when that end has received one.
type Place struct {
	Conn  uint32 // 0: nowhere
	Dir   string // of the octets: "c2s", "s2c"
	Frame int    // of the record: the frame that the octets follow or their sender has received, -1: none
	Heard bool   // it is one of the other direction
	Own   int    // its number in its direction, from 0, without frames that were put in; -1: the client's preface
	Seq   int    // number of the octets' first frame in their direction, from 0, as the record will have it
	Text  string // where that is, or why there is no place
}

// Tried is one frame of a Trial.
type Tried struct {
	Title    string
	Ref      string
	What     string // what this type of frame is for
	Off, Len int    // its octets among those of the Trial
	Spans    []Span // counted from Off
	Outcome  string // "legal", "ignored", "waits" (for the rest of a field block), "stream", "connection", "unread" (behind the end of the connection)
	Code     string // of the error
	Rule     string // RFC and section of the rule that decides
	Text     string // what the receiver makes of it, in a sentence or two
	Says     string // what the receiver answers, "": nothing
	Effects  []Effect
	Problems []Problem
}

// Reaction is what an end did after a frame came that was put into the session.
type Reaction struct {
	Frame   int    // the frame that was put in, -1: it is not in the record
	Outcome string // as in Tried, by what the receiver did; "" when nothing shows
	Code    string // the code in RST_STREAM or GOAWAY
	Text    string
	Rows    []Row // the receiver's frames that follow
	More    int   // frames of the receiver's that are not listed
	Closed  string
	Version int
}
