package model

import "strings"

// Effect is something to be done outside of the model. Package bridge does it.
type Effect interface{ effect() }

// QueryRows asks the analyser for a window of rows; RowsArrived answers it.
type QueryRows struct {
	ID      int // comes back in the answer
	Record  int // of the two, see Question
	From, N int
	Conn    uint32 // 0: all connections
	Filter  string

	Sort     string // see core/inspect.Query
	Desc     bool
	Collapse bool
	Open     string // frames, with commas between
}

// QueryDetail asks for everything about a frame; DetailArrived answers it.
type QueryDetail struct {
	ID     int
	Record int
	Frame  int
}

// QueryDensity asks for the map behind the scrubber; DensityArrived answers.
type QueryDensity struct {
	ID      int
	Record  int
	Buckets int
}

// RunProgram starts a session in the tab, in place of the one there is.
type RunProgram struct {
	Serial  int // Run.Serial, for the messages about it
	Program string
	Title   string
	Note    string
	Plan    Plan
	Around  Around
	Sealed  bool // it came from elsewhere: it runs where it reaches nothing
	Listen  Listening
}

// Dial makes a request to a real server through the relay.
type Dial struct {
	Serial int
	Relay  string // ws:// or wss:// address
	Target string // host:port
	TLS    bool
	Path   string
	Method string

	InTab   bool   // TLS ends in the tab
	Trusted string // certificates in PEM that are trusted there beside Mozilla's
}

// Stop ends the session that runs.
type Stop struct{}

// ProbeRelay asks whether a relay answers there; RelayProbed answers.
type ProbeRelay struct{ Relay string }

// SaveSetting keeps a value in the browser; an empty one removes it.
type SaveSetting struct{ Key, Value string }

// SetURL puts the state in the page's address, without a step in its history.
type SetURL struct{ Fragment string }

// SetTheme switches the page's colours.
type SetTheme struct{ Dark bool }

// SetScroll moves the list to a position, in CSS pixels from its top, after
// the page was drawn.
type SetScroll struct{ Top int }

// Focus gives the keyboard to the element with the identifier, after the page
// was drawn.
type Focus struct{ ID string }

// Writes says whether the element is a text field that is drawn only then: what
// is typed before it is there is meant for it.
func (f Focus) Writes() bool {
	switch f.ID {
	case IDFilter, IDPalette, IDBreak, IDShareTitle:
		return true
	}
	return strings.HasPrefix(f.ID, notePrefix)
}

// Type writes text where the keyboard is, as if by its keys.
type Type struct{ Text string }

// SetEditor replaces the editor's text.
type SetEditor struct{ Text string }

// MarkEditor marks lines (from 1, 0: none) of the program: Cause caused the
// selected frame, the frames of Chosen are those in the list, at Wrong and Col the
// program failed, with Message.
type MarkEditor struct {
	Cause, Chosen, Wrong, Col int
	Message                   string
}

// RevealLine scrolls the editor so that a line (from 1) of the program is seen,
// unless somebody is writing there.
type RevealLine struct{ Line int }

// After sends Ticked after some milliseconds.
type After struct {
	Millis int
	Tick   int
}

func (QueryRows) effect()    {}
func (QueryDetail) effect()  {}
func (QueryDensity) effect() {}
func (RunProgram) effect()   {}
func (Dial) effect()         {}
func (Stop) effect()         {}
func (Type) effect()         {}
func (ProbeRelay) effect()   {}
func (SaveSetting) effect()  {}
func (SetURL) effect()       {}
func (SetTheme) effect()     {}
func (SetScroll) effect()    {}
func (Focus) effect()        {}
func (SetEditor) effect()    {}
func (RevealLine) effect()   {}
func (MarkEditor) effect()   {}
func (After) effect()        {}

// Keys of SaveSetting.
const (
	SettingTheme   = "theme"
	SettingProgram = "program" // the editor's text, when it isn't the example's
	SettingExample = "example" // the example's name
	SettingAPI     = "api"     // "current", or nothing: see API
	SettingDial    = "dial"    // the form, see dialForm.encode
)
