package model

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Where the keyboard is, for KeyPressed.Field.
const (
	FieldNone   = ""
	FieldEditor = "editor"
	FieldInput  = "input"
	FieldFilter = "filter" // a text field in which a filter is written
	FieldDial   = "dial"   // a text field of the form: Enter dials
	FieldOctets = "octets"
	FieldButton = "button" // a button, link or tab: space and Enter belong to it
)

// command is something that can be done by a key, by the palette, or both. The
// tables of them are what keys do, what the sheet lists and what the palette
// offers, so none of the three can be out of date.
type command struct {
	group string   // heading of the sheet
	what  string   // what it does
	keys  []string // KeyboardEvent.key, "Ctrl+" before it for Control or Command
	do    Click
	in    string // the field that the key belongs to; that field's own code does it
	free  bool   // the key counts also where text is written
	mute  bool   // the palette does not offer it
}

// Headings of the sheet.
const (
	groupTime  = "Time"
	groupViews = "Views"
	groupFind  = "Find and mark"
	groupPage  = "Page"
	groupGame  = "Predicting field lines"
	groupText  = "In text fields"
)

// commands are those that are always there.
var commands = []command{
	{group: groupTime, what: "The frame before", keys: []string{"ArrowLeft", "ArrowUp", "k"}, do: Click{What: ActPrevious}},
	{group: groupTime, what: "The next frame", keys: []string{"ArrowRight", "ArrowDown", "j"}, do: Click{What: ActNext}},
	{group: groupTime, what: "The first frame", keys: []string{"Home"}, do: Click{What: ActFirst}},
	{group: groupTime, what: "The last frame", keys: []string{"End"}, do: Click{What: ActLast}},
	{group: groupTime, what: "Play, pause", keys: []string{" "}, do: Click{What: ActPlay}},
	{group: groupTime, what: "Play faster", keys: []string{">"}, do: Click{What: ActPace, N: 1}},
	{group: groupTime, what: "Play slower", keys: []string{"<"}, do: Click{What: ActPace, N: -1}},
	{group: groupTime, what: "The next frame of this stream", keys: []string{"s"}, do: Click{What: ActSeek, Arg: "stream", N: 1}},
	{group: groupTime, what: "The frame before on this stream", keys: []string{"S"}, do: Click{What: ActSeek, Arg: "stream", N: -1}},
	{group: groupTime, what: "The next error", keys: []string{"e"}, do: Click{What: ActSeek, Arg: "error", N: 1}},
	{group: groupTime, what: "The error before", keys: []string{"E"}, do: Click{What: ActSeek, Arg: "error", N: -1}},
	{group: groupTime, what: "The next stall: a sender begins or ends to wait", keys: []string{"w"}, do: Click{What: ActSeek, Arg: "stall", N: 1}},
	{group: groupTime, what: "The stall before", keys: []string{"W"}, do: Click{What: ActSeek, Arg: "stall", N: -1}},

	{group: groupTime, what: "Open or close the run of frames", keys: []string{"Enter"}, do: Click{What: ActUnfold, N: -1}},

	{group: groupTime, what: "Fork the session at this frame: what is changed acts from here on", keys: []string{"F"}, do: Click{What: ActFork}},

	{group: groupFind, what: "Commands, examples, views, frames by number", keys: []string{"Ctrl+k"}, do: Click{What: ActPalette}, free: true, mute: true},
	{group: groupFind, what: "Filter", keys: []string{"/"}, do: Click{What: ActFilter}},
	{group: groupFind, what: "Set a bookmark at this frame, or take it away", keys: []string{"b"}, do: Click{What: ActMark, N: -1}},
	{group: groupFind, what: "The next bookmark", keys: []string{"]"}, do: Click{What: ActGoMark, N: 1}},
	{group: groupFind, what: "The bookmark before", keys: []string{"["}, do: Click{What: ActGoMark, N: -1}},
	{group: groupFind, what: "Bookmarks and breakpoints", keys: []string{"m"}, do: Click{What: ActPanel}},
	{group: groupFind, what: "Sequence: long runs in one row, or every frame", keys: []string{"r"}, do: Click{What: ActRuns}},
	{group: groupFind, what: "Clear the filter", do: Click{What: ActClear}},

	{group: groupViews, what: "Compare with the run before", keys: []string{"d"}, do: Click{What: ActCompare, Arg: FromBefore}},
	{group: groupViews, what: "Compare with a file…", do: Click{What: ActCompare, Arg: "file!"}},
	{group: groupViews, what: "Compare what runs from now on with this record", do: Click{What: ActCompare, Arg: FromPin}},
	{group: groupViews, what: "Run the record’s program again, and compare", keys: []string{"a"}, do: Click{What: ActAgain}},
	{group: groupViews, what: "The other one of two records", keys: []string{"o"}, do: Click{What: ActRecord, N: -1}},
	{group: groupTime, what: "The next difference of two records", keys: []string{"n"}, do: Click{What: ActDiffer, N: 1}},
	{group: groupTime, what: "The difference before", keys: []string{"N"}, do: Click{What: ActDiffer, N: -1}},
	{group: groupViews, what: "The program", keys: []string{"p"}, do: Click{What: ActSide, Arg: string(SideCode)}},
	{group: groupViews, what: "Compose a frame", keys: []string{"c"}, do: Click{What: ActSide, Arg: string(SideCompose)}},
	{group: groupViews, what: "The network and its faults", keys: []string{"f"}, do: Click{What: ActSide, Arg: string(SideFaults)}},

	{group: groupViews, what: "Streams, Flow control: a shorter span of time", keys: []string{"+", "="}, do: Click{What: ActZoom, Arg: "in"}},
	{group: groupViews, what: "Streams, Flow control: a longer span of time", keys: []string{"-"}, do: Click{What: ActZoom, Arg: "out"}},
	{group: groupViews, what: "Streams, Flow control: all of the time", keys: []string{"0"}, do: Click{What: ActZoom, Arg: "all"}},

	{group: groupPage, what: "Run the program, or begin what the form says", keys: []string{"Ctrl+Enter"}, do: Click{What: ActRun}, free: true},
	{group: groupPage, what: "The frame's octets: arrow keys move, Enter keeps one lit", keys: []string{"x"}, do: Click{What: ActOctets}},
	{group: groupPage, what: "Copy the frame: then h, g, j or s", keys: []string{"y"}, do: Click{What: ActCopyMenu}},
	{group: groupPage, what: "Copy the frame as hexadecimal", do: Click{What: ActCopyFrame, Arg: CopyHex}},
	{group: groupPage, what: "Copy the frame as a Go literal", do: Click{What: ActCopyFrame, Arg: CopyGo}},
	{group: groupPage, what: "Copy the frame as a JavaScript literal", do: Click{What: ActCopyFrame, Arg: CopyJS}},
	{group: groupPage, what: "Copy the frame as a line of a frame script", do: Click{What: ActCopyFrame, Arg: CopyScript}},
	{group: groupFind, what: "What is wrong with the record", keys: []string{"!"}, do: Click{What: ActProblems}},
	{group: groupPage, what: "Light or dark", keys: []string{"t"}, do: Click{What: ActTheme}},
	{group: groupPage, what: "This sheet", keys: []string{"?"}, do: Click{What: ActHelp}},
	{group: groupPage, what: "Close, or leave a text field", keys: []string{"Escape"}, do: Click{What: ActEscape}, free: true, mute: true},
	{group: groupPage, what: "Open a file: a record, a capture, a browser's log", keys: []string{"Ctrl+o"}, do: Click{What: ActOpen}, free: true},
	{group: groupPage, what: "Back to the file that was open", do: Click{What: ActReopen}},
	{group: groupPage, what: "Export the view as SVG", do: Click{What: ActExport, Arg: FormatSVG}},
	{group: groupPage, what: "Export the view as PNG", do: Click{What: ActExport, Arg: FormatPNG}},
	{group: groupPage, what: "Export the frames as text", do: Click{What: ActExport, Arg: FormatText}},
	{group: groupPage, what: "Print the view", keys: []string{"Ctrl+p"}, do: Click{What: ActExport, Arg: FormatPrint}, free: true},
	{group: groupPage, what: "Share the record by a link", keys: []string{"l"}, do: Click{What: ActSharing}},
	{group: groupPage, what: "Export: the menu of pictures and files", keys: []string{"Ctrl+s"}, do: Click{What: ActExport}, free: true},
	{group: groupPage, what: "Export the record as .h2trace, without its secrets", do: Click{What: ActExport, Arg: FormatRecord}},
	{group: groupPage, what: "Export a capture for Wireshark, .pcapng", do: Click{What: ActExport, Arg: FormatPcapng}},
	{group: groupPage, what: "Export the exchanges as HAR", do: Click{What: ActExport, Arg: FormatHAR}},
	{group: groupPage, what: "Export the events as qlog", do: Click{What: ActExport, Arg: FormatQlog}},
	{group: groupPage, what: "Export a transcript, every frame in full", do: Click{What: ActExport, Arg: FormatTxt}},
	{group: groupPage, what: "Export the client's frames as a script", do: Click{What: ActExport, Arg: FormatScript}},
	{group: groupPage, what: "Export the server's frames as a script", do: Click{What: ActExport, Arg: FormatScript + "-server"}},
	{group: groupPage, what: "See the record without its secrets, beside this one", do: Click{What: ActExport, Arg: exportBeside}},
	{group: groupPage, what: "The next file of the record: with its secrets, or without", do: Click{What: ActSecrets}},
	{group: groupPage, what: "Save the record as it is, with its secrets", do: Click{What: ActSave}},
	{group: groupPage, what: "Program back to the example", do: Click{What: ActReset}},
	{group: groupPage, what: "A network with nothing wrong, and run", do: Click{What: ActPlanNormal}},
	{group: groupPage, what: "Take back the last change of the network or its faults", do: Click{What: ActPlanUndo}},
	{group: groupPage, what: "Run in the browser", do: Click{What: ActMode, Arg: string(ModeBrowser)}},
	{group: groupPage, what: "Dial a server", do: Click{What: ActMode, Arg: string(ModeDial)}},
	{group: groupPage, what: "Let curl call the program", do: Click{What: ActMode, Arg: string(ModeListen)}},
	{group: groupPage, what: "Tap what real programs say to each other", do: Click{What: ActMode, Arg: string(ModeTap)}},
	{group: groupPage, what: "Tour of the page", do: Click{What: ActTour, N: 1}},

	{group: groupViews, what: "Predict the next representation, in HPACK", keys: []string{"h"}, do: Click{What: ActPredict, Arg: PredictStart}},
	{group: groupGame, what: "Choose a representation", keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, in: FieldPredict},
	{group: groupGame, what: "Give up and see the answer", keys: []string{"g"}, in: FieldPredict},
	{group: groupGame, what: "Go on: the next field line, the next field block", keys: []string{"Enter"}, in: FieldPredict},
	{group: groupGame, what: "Leave", keys: []string{"Escape"}, in: FieldPredict},

	{group: groupText, what: "Filter: choose a completion", keys: []string{"ArrowDown", "ArrowUp"}, in: FieldFilter},
	{group: groupText, what: "Filter: take it", keys: []string{"Enter", "Tab"}, in: FieldFilter},
	{group: groupText, what: "Form of the real world: begin", keys: []string{"Enter"}, in: FieldDial},
	{group: groupText, what: "Editor: list the frames of this line alone, then all again", keys: []string{"Alt+Enter"}, in: FieldEditor},
}

// viewCommands are the commands that switch the view, numbered as the tabs are.
func (m Model) viewCommands() []command {
	var out []command
	n := 0
	for _, t := range m.tabs() {
		c := command{group: groupViews, what: t.Text, do: Click{What: ActView, Arg: t.ID}}
		if t.ID != string(ViewCode) { // only on a phone, and the numbers are the same there
			n++
			c.keys = []string{strconv.Itoa(n)}
		}
		out = append(out, c)
	}
	return out
}

// bound is the command of a key.
func (m Model) bound(k KeyPressed) (command, bool) {
	name := k.name()
	for _, c := range commands {
		if c.in == "" && slices.Contains(c.keys, name) {
			return c, true
		}
	}
	for _, c := range m.viewCommands() {
		if slices.Contains(c.keys, name) {
			return c, true
		}
	}
	return command{}, false
}

// name is the key as the tables write it.
func (k KeyPressed) name() string {
	switch {
	case k.Alt:
		return "Alt+" + k.Key
	case k.Ctrl:
		return "Ctrl+" + k.Key
	}
	return k.Key
}

// Writes says whether the key is a character.
func (k KeyPressed) Writes() bool {
	return !k.Ctrl && !k.Alt && utf8.RuneCountInString(k.Key) == 1
}

// typing says whether the key belongs to a text field.
func (k KeyPressed) typing() bool {
	switch k.Field {
	case FieldEditor, FieldInput, FieldFilter, FieldDial:
		return true
	}
	return false
}

func (m Model) key(k KeyPressed) (Model, []Effect) {
	m, effects, _ := m.press(k)
	return m, effects
}

// Taken says whether the page uses the key there, so that the browser's own
// use of it (scrolling, quick find) must be held back.
func (m Model) Taken(k KeyPressed) bool {
	_, _, taken := m.press(k)
	return taken && k.Key != "Escape"
}

// press is what a key does, and whether it does anything.
func (m Model) press(k KeyPressed) (Model, []Effect, bool) {
	if m.palette.open {
		return m.paletteKey(k)
	}
	if m, effects, ok := m.copyKey(k); ok {
		return m, effects, true
	}
	if m, effects, ok := m.fieldKey(k); ok {
		return m, effects, true
	}
	if m, effects, ok := m.gameKey(k); ok {
		return m, effects, true
	}
	c, ok := m.bound(k)
	switch {
	case !ok || k.typing() && !c.free:
		return m, nil, false
	case c.do.What == ActEscape:
		m, effects := m.escape(k)
		return m, effects, true
	case m.help && c.do.What != ActHelp && !c.free, m.program.stranger.asking, m.sharing.open && c.do.What != ActSharing:
		return m, nil, false
	case k.Field == FieldButton && (k.Key == " " || k.Key == "Enter") && !c.free:
		return m, nil, false
	case m.embed && (c.do.What == ActRun || c.do.What == ActOpen || c.do.What == ActSharing):
		return m, nil, false
	}
	m.notice = notice{}
	m, effects := m.click(c.do)
	return m, effects, true
}

// fieldKey is what a key does in the field that it belongs to.
func (m Model) fieldKey(k KeyPressed) (Model, []Effect, bool) {
	switch {
	case k.Ctrl || k.Alt || m.help:
	case k.Field == FieldFilter:
		return m.suggestKey(k)
	case k.Field == FieldDial && k.Key == "Enter":
		m, effects := m.session(Click{What: ActRun})
		return m, effects, true
	case k.Field == FieldOctets:
		return m.octetKey(k.Key)
	}
	return m, nil, false
}

func (m Model) escape(k KeyPressed) (Model, []Effect) {
	switch {
	case m.program.stranger.asking:
		return m.click(Click{What: ActRefuse})
	case m.sharing.open:
		return m.click(Click{What: ActSharing})
	case m.help:
		return m.click(Click{What: ActHelp})
	case m.export.menu:
		m.export.menu, m.making.next = false, false
		return m, []Effect{Focus{IDExport}}
	case m.menu:
		m.menu = false
		return m, []Effect{Focus{IDMenuOpen}}
	case m.suggest.open() && m.suggest.on >= 0:
		m.suggest = m.suggest.closed()
		return m, nil
	case m.octet.pinned():
		m.octet = m.octet.unpin()
		return m, nil
	case m.panel:
		return m.click(Click{What: ActPanel})
	case m.tour.step > 0:
		return m.endTour()
	case k.typing() || k.Field == FieldOctets:
		m.suggest = m.suggest.closed()
		return m, []Effect{Focus{IDList}}
	case m.playing:
		m.pause()
	}
	m.notice = notice{}
	return m, nil
}

// KeyGroup is a part of the sheet of keys.
type KeyGroup struct {
	Title string
	Keys  []Key
}

// Key is a line of the sheet: the keys, each as its caps say, and what they do.
type Key struct {
	Keys []string
	What string
}

// Sheet is the sheet of keys.
func (m Model) Sheet() []KeyGroup {
	all := append(slices.Clone(commands), m.viewCommands()...)
	var out []KeyGroup
	for _, title := range []string{groupTime, groupFind, groupViews, groupGame, groupPage, groupText} {
		g := KeyGroup{Title: title}
		for _, c := range all {
			if c.group == title && len(c.keys) > 0 {
				g.Keys = append(g.Keys, Key{c.caps(), c.what})
			}
		}
		out = append(out, g)
	}
	return out
}

func (c command) caps() []string {
	var out []string
	for _, k := range c.keys {
		out = append(out, keyCap(k))
	}
	return out
}

// keyCap is a key as it is written on the keyboard.
func keyCap(k string) string {
	name := map[string]string{"ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", " ": "Space", "Escape": "Esc"}[k]
	switch {
	case name != "":
		return name
	case strings.HasPrefix(k, "Ctrl+"):
		return "Ctrl " + strings.ToUpper(k[5:6]) + k[6:]
	case strings.HasPrefix(k, "Alt+"):
		return "Alt " + k[4:]
	case len(k) == 1 && k[0] >= 'A' && k[0] <= 'Z':
		return "Shift " + strings.ToLower(k)
	}
	return k
}
