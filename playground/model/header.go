package model

// HeaderView is the page's head.
type HeaderView struct {
	Title    string // of the example: "server push", or the name of the file
	File     bool   // the record is a file's
	Examples []ExampleRow
	MenuOpen bool
	Modes    []Tab
	Run      string // "Run", "Dial"
	Running  bool
	CanRun   bool
	Dark     bool
	HelpOpen bool
	Failures []Failure
	Views    []Tab
	View     View
	Phone    bool
	Modal    bool   // a dialog lies above the page
	Embed    bool   // the page is part of another one
	Whole    string // address of the whole page
}

// ExampleRow is an entry of the menu.
type ExampleRow struct {
	Name, Title string
	Group       string // a heading before it, "": none
	On          bool
}

// Header is the page's head and the middle column's tabs.
func (m Model) Header() HeaderView {
	h := HeaderView{MenuOpen: m.menu, Dark: m.dark(), HelpOpen: m.help, Failures: m.failures,
		Running: m.run.State == RunStarting || m.run.State == RunGoing, CanRun: true, Run: "Run", View: m.view, Phone: m.phone(),
		Modal: m.help || m.palette.open || m.program.stranger.asking || m.sharing.open, Embed: m.embed}
	if m.embed {
		h.Whole = ".#" + m.Fragment()
	}
	group := ""
	for _, e := range m.examples {
		on := e.Name == m.program.example
		if on {
			h.Title = e.Title
		}
		row := ExampleRow{Name: e.Name, Title: e.Title, On: on}
		if e.Group != group {
			row.Group, group = e.Group, e.Group
		}
		h.Examples = append(h.Examples, row)
	}
	if m.file.shown() {
		h.Title, h.File = Shown(m.file.name), true
		if m.file.link.kind != "" && m.summary.Title != "" {
			h.Title = Shown(m.summary.Title)
		}
	}
	h.Modes = []Tab{{string(ModeBrowser), "In browser", m.mode == ModeBrowser}, {string(m.real.last), "Real world", m.mode != ModeBrowser}}
	if m.mode != ModeBrowser {
		h.Run, h.CanRun = map[Mode]string{ModeDial: "Dial", ModeListen: "Listen", ModeTap: "Tap"}[m.mode], m.dial.relayState != relayNone
	}
	h.Views = m.tabs()
	return h
}

// Stoppable says whether the session may be stopped by hand: one that has
// started and is not about to end by itself within the blink of an eye.
func (m Model) Stoppable() bool {
	return m.run.State == RunGoing
}
