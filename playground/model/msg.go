package model

import "framewise/core/inspect/view"

// Msg is something that happened.
type Msg interface{ msg() }

type (
	// Resized says how large the page is, in CSS pixels.
	Resized struct{ Width, Height int }
	// Scrolled says which part of the list can be seen, in CSS pixels.
	Scrolled struct{ Top, Height int }
	// SystemTheme says what the system prefers.
	SystemTheme struct{ Dark bool }
	// AddressChanged says that somebody changed the page's fragment.
	AddressChanged struct{ Fragment string }

	// SummaryChanged is the analyser's news of the record.
	SummaryChanged struct{ Summary view.Summary }
	// RowsArrived answers QueryRows. Err is empty when it worked; At is the
	// character of the filter, from 0, that Err is about, or -1.
	RowsArrived struct {
		ID   int
		Rows view.Rows
		Err  string
		At   int
	}
	// DetailArrived answers QueryDetail.
	DetailArrived struct {
		ID     int
		Detail view.Detail
		Err    string
	}
	// DensityArrived answers QueryDensity.
	DensityArrived struct {
		ID      int
		Density view.Density
		Err     string
	}

	// RunStarted, RunEnded and RunBroke tell of the session with that Serial.
	RunStarted struct{ Serial int }
	// RunEnded says that the session came to its end.
	RunEnded struct{ Serial int }
	// RunBroke says why the session could not go on.
	RunBroke struct {
		Serial    int
		Message   string
		Line, Col int
	}
	// PartFailed says that a Worker died or never came up.
	PartFailed struct{ Part, Text string }
	// RelayProbed answers ProbeRelay. Text is why there is none.
	RelayProbed struct {
		Relay string
		OK    bool
		Text  string
	}
	// Ticked says that After's time has passed.
	Ticked struct{ Tick int }

	// KeyPressed is a key that no text field wanted.
	KeyPressed struct {
		Key   string // KeyboardEvent.key
		Ctrl  bool   // or Meta
		Shift bool
		Alt   bool
		Field string // where the keyboard is: "" page, "editor", "input", "octets", "button"
	}
	// Click is a step, a tab, a switch: what a button does.
	Click struct {
		What Action
		Arg  string
		N    int
	}
	// Edited is new text in the editor.
	Edited struct{ Text string }
	// FilterEdited is new text in the filter line.
	FilterEdited struct{ Text string }
	// DialEdited is new text in a field of the dial form.
	DialEdited struct{ Field, Text string }
	// DialLeft says that somebody is done with a field of the dial form.
	DialLeft struct{ Field string }
	// Scrubbed is a position on the scrubber's map, from 0 to 1.
	Scrubbed struct{ At float64 }
	// ScrubHeld says that somebody presses the map, or lets go of it.
	ScrubHeld struct{ Down bool }
	// OctetPointed says that the pointer is on an octet; -1 leaves it.
	OctetPointed struct{ Octet int }
	// SpanPointed says that the pointer is on a row of the field table.
	SpanPointed struct{ Span int }
	// RepPointed says that the pointer is on a representation.
	RepPointed struct{ Rep int }
)

// Action is what a Click does.
type Action string

// The actions. Where they take an argument, it is said.
const (
	ActSelect     Action = "select"      // N: frame
	ActSelectRow  Action = "select-row"  // N: position in the list
	ActFirst      Action = "first"       //
	ActPrevious   Action = "previous"    //
	ActNext       Action = "next"        //
	ActLast       Action = "last"        //
	ActPlay       Action = "play"        // starts or pauses
	ActSpeed      Action = "speed"       // the next speed
	ActView       Action = "view"        // Arg: View
	ActPane       Action = "pane"        // Arg: Pane
	ActMode       Action = "mode"        // Arg: Mode
	ActTheme      Action = "theme"       // light ↔ dark
	ActHelp       Action = "help"        // opens or closes the sheet
	ActMenu       Action = "menu"        // opens or closes the examples
	ActExample    Action = "example"     // Arg: name
	ActReset      Action = "reset"       // the editor back to the example
	ActUndoReset  Action = "undo-reset"  //
	ActRun        Action = "run"         // or dial, by the mode
	ActStop       Action = "stop"        //
	ActType       Action = "type"        // Arg: frame type, in or out of the filter
	ActClear      Action = "clear"       // the filter
	ActConn       Action = "conn"        // N: connection, 0 for all
	ActOctet      Action = "octet"       // N: octet; keeps it lit
	ActSpan       Action = "span"        // N: span; keeps it lit
	ActRep        Action = "rep"         // N: representation; keeps it lit
	ActPage       Action = "page"        // N: page of octets, relative
	ActTLS        Action = "tls"         // on or off
	ActProbe      Action = "probe"       // the relay again
	ActDismiss    Action = "dismiss"     // Arg: Failure.Part
	ActCloseMenus Action = "close-menus" //
	ActLine       Action = "line"        // N: line of the program; its frames alone are listed, again: all
	ActAPI        Action = "api"         // chooses what require('http2') means: Arg is an API
	ActAround     Action = "around"      // opens or closes what the example presupposes
)

func (Resized) msg()        {}
func (Scrolled) msg()       {}
func (SystemTheme) msg()    {}
func (AddressChanged) msg() {}
func (SummaryChanged) msg() {}
func (RowsArrived) msg()    {}
func (DetailArrived) msg()  {}
func (DensityArrived) msg() {}
func (RunStarted) msg()     {}
func (RunEnded) msg()       {}
func (RunBroke) msg()       {}
func (PartFailed) msg()     {}
func (RelayProbed) msg()    {}
func (Ticked) msg()         {}
func (KeyPressed) msg()     {}
func (Click) msg()          {}
func (Edited) msg()         {}
func (FilterEdited) msg()   {}
func (DialEdited) msg()     {}
func (DialLeft) msg()       {}
func (Scrubbed) msg()       {}
func (ScrubHeld) msg()      {}
func (OctetPointed) msg()   {}
func (SpanPointed) msg()    {}
func (RepPointed) msg()     {}
