package model

import (
	"net/url"
	"strings"

	"framewise/core/inspect/view"
)

// View is what the middle column shows.
type View string

// The views that exist. ViewCode is the program; it is a view of its own only
// on a narrow page, where there is no left column.
const (
	ViewSequence View = "sequence"
	ViewFrames   View = "frames"
	ViewCode     View = "code"
)

// Pane is a tab of the inspector.
type Pane string

// The inspector's tabs.
const (
	PaneFrame      Pane = "frame"
	PaneHPACK      Pane = "hpack"
	PaneStream     Pane = "stream"
	PaneConnection Pane = "connection"
)

// Mode is where the session comes from.
type Mode string

// ModeBrowser runs a program in the tab. ModeDial makes a request to a real
// server through the relay.
const (
	ModeBrowser Mode = "browser"
	ModeDial    Mode = "dial"
)

// Theme is light, dark, or as the system says.
type Theme string

// The three themes.
const (
	ThemeAuto  Theme = "auto"
	ThemeLight Theme = "light"
	ThemeDark  Theme = "dark"
)

// RunState is how far the session has come.
type RunState string

// A session is waited for, goes on, has ended, or could not be had.
const (
	RunIdle     RunState = "idle"
	RunStarting RunState = "starting"
	RunGoing    RunState = "running"
	RunDone     RunState = "done"
	RunFailed   RunState = "failed"
)

// Run is the session that the page shows.
type Run struct {
	State   RunState
	Mode    Mode
	Serial  int    // rises with every start
	Message string // why it failed, one line
	Line    int    // of the program, 0: none
	Col     int
	Sealed  bool // its program came from elsewhere
}

// Flags are what the page knows before the first message.
type Flags struct {
	Fragment    string            // of the page's address, without "#"
	Settings    map[string]string // what SaveSetting kept
	Examples    []Example
	Page        string // the page's own address, without what follows "?" or "#"
	Now         string // RFC 3339
	RelayOrigin string // "ws://127.0.0.1:8420/relay"; "" when the page has no http origin
	Width       int    // of the page in CSS pixels
	Height      int
	SystemDark  bool // the system prefers a dark theme
	SlowMotion  bool // the system prefers reduced motion
	Embed       bool // the page is part of another one
}

// Example is a program that the page offers.
type Example struct {
	Name    string // "server-push": the file's name without .js, part of addresses
	Title   string
	Group   string // the heading of the menu that it stands below
	Heading string // of the API's description, where the example comes from there
	Program string
	Around  Around
}

// Around is what an example presupposes: code that runs around its text, which
// stays as it is. The zero value is nothing.
type Around struct {
	Before, Open, After, Close string
	Modules                    map[string]string // what require() is asked for → what it means
	Why                        string            // all of it in words
}

// Code is what runs around the program, for people.
func (a Around) Code() (before, after string) {
	return strings.Trim(a.Before+"\n"+a.Open, "\n"), strings.Trim(a.After+"\n"+a.Close, "\n")
}

// Model is the whole state of the page. It is a value: Update returns a
// changed copy and never writes into slices that an older copy holds.
type Model struct {
	examples []Example
	program  program
	run      Run
	mode     Mode
	dial     dialForm
	real     realForm
	plan     Plan // of the next run
	plans    plans
	compose  composer

	view       View
	side       Side
	pane       Pane
	theme      Theme
	systemDark bool
	themed     bool // the theme was chosen here or by the address, so the address keeps it
	width      int
	height     int
	help       bool
	menu       bool // the menu of examples is open

	summary view.Summary
	known   bool          // a summary has come
	fresh   bool          // ... of the session that runs
	held    *view.Summary // of the new session, while the old one is still shown
	list    list
	chart   chart

	selected int // frame, -1: none
	position int // of the selected frame in the list, -1: not known
	auto     bool
	follow   bool // the newest frame stays selected
	wanted   int  // frame that the address asked for, -1: none
	locating bool // its row is shown as soon as its position is known
	near     int  // where it would stand in a list that leaves it out

	detail      view.Detail
	detailShown int // frame of detail, -1: none
	detailID    int // the query that is awaited, 0: none
	detailAsked int // version of the record when it was asked for
	detailError string
	detailTurn  int // rises with every answer about a frame

	replies [slots]reply // to what the view asked

	over  overTime
	octet octets

	file files

	drags   drags
	copying bool   // what the frame can be copied as is open
	copyOn  string // the form that the keyboard is on
	trouble bool   // the list of problems is open

	playing bool
	speed   int // index in speeds
	tick    int // the timer that counts; older ones are ignored

	tools
	sheets sheets
	record int // the one that is shown: 0, or 1 for the other
	other  beside
	again  again
	pair   pair
	export export
	making making

	sharing sharing

	serial   int // of queries
	failures []Failure
}

// Failure is a part of the page that no longer works.
type Failure struct {
	Part string // "inspect", "h2", "page"
	Text string
}

// Phone is the widest page, in CSS pixels, that is laid out in one column.
const Phone = 800

// New is the page before anything has come, and what has to be done first.
func New(f Flags) (Model, []Effect) {
	m := Model{
		examples: f.Examples,
		run:      Run{State: RunIdle, Mode: ModeBrowser},
		mode:     ModeBrowser,
		view:     ViewSequence,
		side:     SideCode,
		plan:     usualPlan(),
		pane:     PaneFrame,
		theme:    ThemeAuto,
		width:    f.Width, height: f.Height,
		systemDark: f.SystemDark,
		selected:   -1, position: -1, wanted: -1, detailShown: -1,
		auto: true, speed: usualSpeed, tools: restoreTools(f), sharing: restoreSharing(f),
	}
	m.octet = noOctets
	m.plans.edit, m.plans.kept = -1, f.Settings[SettingPlan]
	m.list.goal, m.list.errAt, m.list.runs = -1, -1, true
	m.program = restoreProgram(f)
	m.dial = restoreDial(f)
	m.real = restoreReal(f)
	if t := Theme(f.Settings[SettingTheme]); t == ThemeLight || t == ThemeDark {
		m.theme = t
	}
	m.embed = f.Embed
	m = m.restore(f.Fragment)
	m.list.height = max(f.Height-260, 400)
	if firstVisit(f) {
		m.tour.step = 1
	}
	effects := []Effect{SetTheme{Dark: m.dark()}}
	if v, err := url.ParseQuery(f.Fragment); err == nil && linkOf(v).kind != "" {
		m, more := m.readLink(linkOf(v))
		return m, append(effects, more...)
	}
	if m.program.stranger.from != "" {
		return m, effects // it waits for Run
	}
	m, more := m.start(ModeBrowser)
	return m, append(effects, more...)
}

func (m Model) phone() bool { return m.width > 0 && m.width <= Phone }

func (m Model) dark() bool {
	return m.theme == ThemeDark || m.theme == ThemeAuto && m.systemDark
}
