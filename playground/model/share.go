package model

// What StartShare is asked for.
const (
	SharePreview = "preview" // what goes, what stays, how large it is; the record in gzip is kept
	ShareMake    = "make"    // a file
)

// Formats of StartShare, which are the endings of the files.
const (
	FormatRecord = "h2trace"
	FormatPacked = "h2trace.gz"
	FormatPcapng = "pcapng"
	FormatHAR    = "har"
	FormatQlog   = "qlog"
	FormatTxt    = "txt"
	FormatScript = "script"
)

// StartShare makes a file of the record as it is now; ShareTold says how far it
// is. Another one of the same ID takes its place.
type StartShare struct {
	ID     int
	What   string // SharePreview or ShareMake
	Record int    // of the two, see Question
	Format string // of ShareMake
	Side   string // of FormatScript: "client" or "server"

	Redact  bool   // what is private is taken out, but for:
	Fields  string // values of fields of these names, with commas between
	Program bool   // the program and what it printed
	Notes   bool   // titles, remarks, and the texts of bookmarks

	Own         bool // Title and Note take the place of the record's own, and are kept
	Title, Note string
	Marks       []Bookmark
}

// CancelShare ends what StartShare has begun; its last ShareTold says so.
type CancelShare struct{ ID int }

// SaveShare saves what was made as a file of that name.
type SaveShare struct {
	ID   int
	Name string
}

// ShareBeside makes the record that was made the second one; FileChosen follows.
type ShareBeside struct {
	ID   int
	Name string
}

// DropShare forgets what was made.
type DropShare struct{ ID int }

// ShareState is how far a file for others is.
type ShareState string

// The states; the last three end it.
const (
	ShareLoading   ShareState = "loading" // the program that makes it
	ShareReading   ShareState = "reading" // the record, in octets
	ShareWriting   ShareState = "writing" // the file, in frames or entries
	ShareDone      ShareState = "done"
	ShareFailed    ShareState = "failed"
	ShareCancelled ShareState = "cancelled"
)

// ShareTold says how far a file is, Done of Total, and at its end what it is.
type ShareTold struct {
	ID          int
	State       ShareState
	Done, Total int64
	Message     string // a sentence: why it failed

	Plain    int64          // octets of the file, not packed
	Packed   int64          // in gzip; 0: it is not
	Report   *ShareReport   // nil: nothing was taken out
	Examples []ShareExample // of a preview: what stands in the place of what went
	Broken   string         // why the end of the record is missing, "" when it is not
}

// ShareReport says what went and what stayed (core/redact.Report).
type ShareReport struct{ Gone, Kept []ShareItem }

// ShareItem counts one sort of thing: how often, and of how many octets.
type ShareItem struct {
	Kind, Name    string
	Count, Octets int
}

// ShareExample is what stands in the place of a ShareItem.
type ShareExample struct{ Kind, Name, Text string }

func (StartShare) effect()  {}
func (CancelShare) effect() {}
func (SaveShare) effect()   {}
func (ShareBeside) effect() {}
func (DropShare) effect()   {}
func (ShareTold) msg()      {}
