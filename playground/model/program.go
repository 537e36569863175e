package model

import (
	"strconv"
	"strings"
)

// program is the editor's text.
type program struct {
	example string // the name of the example that it came from
	text    string
	ran     string     // the text of the session that is shown
	undo    string     // what reset threw away, "": nothing
	lost    stranger   // ... and where that came from
	marked  MarkEditor // what the editor was told last

	stranger   stranger
	aroundOpen bool // what the example presupposes is shown
	api        API
}

func (p program) source(examples []Example) string {
	for _, e := range examples {
		if e.Name == p.example {
			return e.Program
		}
	}
	return ""
}

func (p program) title(examples []Example) string {
	if p.stranger.from != "" {
		return p.stranger.from
	}
	for _, e := range examples {
		if e.Name == p.example {
			if e.Program != p.text {
				return e.Title + ", changed"
			}
			return e.Title
		}
	}
	return "Program"
}

// restoreProgram is what the editor held before a reload, or the first example.
func restoreProgram(f Flags) program {
	p := program{api: APISeed}
	if f.Settings[SettingAPI] == string(APICurrent) {
		p.api = APICurrent
	}
	if len(f.Examples) > 0 {
		p.example = f.Examples[0].Name
	}
	for _, e := range f.Examples {
		if e.Name == f.Settings[SettingExample] {
			p.example = e.Name
		}
	}
	p.text = p.source(f.Examples)
	if kept := f.Settings[SettingProgram]; kept != "" {
		p.text = kept
		p.stranger.from = f.Settings[SettingStranger]
		p.stranger.around = readAround(f.Settings[SettingAround])
	}
	return p
}

func (m Model) programEdited(text string) (Model, []Effect) {
	m.program.text, m.program.undo = text, ""
	effects := []Effect{m.program.save(m.examples)}
	if m.program.stranger.from != "" { // of a link: what it came from is kept with it
		effects = append(effects, m.program.saveStranger()...)
	}
	return m, effects
}

// save keeps the text only while it differs from the example, so that a new
// version of the example is seen.
func (p program) save(examples []Example) Effect {
	if p.text == p.source(examples) {
		return SaveSetting{SettingProgram, ""}
	}
	return SaveSetting{SettingProgram, p.text}
}

// changeProgram puts another text in the editor; undo brings the last one back.
func (m Model) changeProgram(c Click) (Model, []Effect) {
	old := m.program
	run := false
	switch c.What {
	case ActExample:
		m.menu = false
		m.program.example, run = c.Arg, true
		m.program.text = m.program.source(m.examples)
		m.program.api = APISeed
		m.program.stranger = stranger{}
	case ActReset:
		m.program.text = m.program.source(m.examples)
		m.program.stranger = stranger{}
	case ActUndoReset:
		if old.undo == "" {
			return m, nil
		}
		m.program.text, m.program.undo, m.program.stranger = old.undo, "", old.lost
	default:
		return m, nil
	}
	if c.What != ActUndoReset && old.text != m.program.text && old.text != old.source(m.examples) {
		m.program.undo, m.program.lost = old.text, old.stranger
	}
	effects := []Effect{SetEditor{m.program.text}, SaveSetting{SettingExample, m.program.example}, m.program.save(m.examples), m.program.saveAPI()}
	effects = append(effects, m.program.saveStranger()...)
	if !run {
		return m, effects
	}
	m.mode = ModeBrowser
	m.auto, m.wanted, m.list.typed = true, -1, "" // another session: nobody has chosen there
	m, rows := m.fetchPages(0, 1)
	m, more := m.start(ModeBrowser) // the address names bookmarks of its record
	effects = append(append(effects, SetURL{m.Fragment()}), rows...)
	return m, append(effects, more...)
}

// CodeView is the left column.
type CodeView struct {
	Changed  bool // differs from the example
	CanUndo  bool
	Stale    bool   // differs from what ran
	Problem  string // why the program could not run, with its line
	Around   AroundView
	Stranger string // where the program came from, "": it is the visitor's own
}

// AroundView is what the example presupposes.
type AroundView struct {
	Why           string // "": it stands alone
	Before, After string
	Open          bool
}

// ProgramText is what the editor starts with; from then on its text is its own.
func (m Model) ProgramText() string { return m.program.text }

// Code is the left column.
func (m Model) Code() CodeView {
	v := CodeView{Changed: m.program.text != m.program.source(m.examples), CanUndo: m.program.undo != "",
		Stale: m.program.text != m.program.ran && m.run.Mode.inTab() && !m.file.shown(), Stranger: m.Stranger().Note}
	if m.run.State == RunFailed && (m.run.Mode == ModeBrowser || m.run.Mode == ModeListen && m.run.Line > 0) {
		v.Problem = m.run.text()
	}
	if a := m.around(); a.Why != "" {
		v.Around = AroundView{Why: a.Why, Open: m.program.aroundOpen}
		v.Around.Before, v.Around.After = a.Code()
	}
	return v
}

// around is what the program's example presupposes, or the record that it came
// with.
func (m Model) around() Around {
	if m.program.stranger.from != "" {
		a := m.program.stranger.around
		if before, after := a.Code(); before+after != "" {
			a.Why = "The record says that this ran around the program."
		}
		return a
	}
	for _, e := range m.examples {
		if e.Name == m.program.example {
			return e.Around
		}
	}
	return Around{}
}

// marks are the editor's, while its text is the one that ran.
func (m Model) marks() MarkEditor {
	if m.program.text != m.program.ran || !m.run.Mode.inTab() {
		return MarkEditor{}
	}
	v := MarkEditor{Cause: m.causeLine(), Chosen: m.chosenLine()}
	if m.run.State == RunFailed {
		v.Wrong, v.Col, v.Message = m.run.Line, m.run.Col, Shown(m.run.Message)
	}
	return v
}

// lineFilter is the filter that lists the frames of a line.
const lineFilter = "line:"

// chosenLine is the line that the filter names alone, 0: none.
func (m Model) chosenLine() int {
	text, ok := strings.CutPrefix(strings.TrimSpace(m.list.typed), lineFilter)
	n, err := strconv.Atoi(text)
	if !ok || err != nil {
		return 0
	}
	return n
}

// chooseLine lists the frames of a line of the program, or all again.
func (m Model) chooseLine(n int) (Model, []Effect) {
	if m.program.text != m.program.ran || !m.run.Mode.inTab() || n < 1 {
		return m, nil
	}
	text := lineFilter + strconv.Itoa(n)
	if m.chosenLine() == n {
		text = ""
	}
	m, effects := m.setFilter(text)
	if !m.phone() {
		return m, effects
	}
	m, more := m.show(ViewSequence)
	return m, append(effects, more...)
}

// causeLine is the line (from 1) of the program in the editor that caused the
// selected frame, 0 where there is none.
func (m Model) causeLine() int {
	if m.record != 0 || !m.run.Mode.inTab() || m.program.text != m.program.ran || m.detailShown < 0 || m.detailShown != m.selected {
		return 0
	}
	return int(m.detail.Row.Line)
}

// revealCause brings that line in sight.
func (m Model) revealCause() []Effect {
	if line := m.causeLine(); line > 0 {
		return []Effect{RevealLine{line}}
	}
	return nil
}

// text is why the session could not go on, with the place in the program.
func (r Run) text() string {
	if r.Line == 0 {
		return Shown(r.Message)
	}
	return "Line " + strconv.Itoa(r.Line) + ", column " + strconv.Itoa(max(r.Col, 1)) + ": " + Shown(r.Message)
}

// ConsoleRow is a line that the program printed.
type ConsoleRow struct {
	Time   string
	Text   string
	Level  string // "log", "warn", "error", "end"
	Future bool   // after the instant that is shown
}

// Console is what the program printed, and how the session ended.
func (m Model) Console() []ConsoleRow {
	now, timed := m.instant()
	lines := m.summary.Console
	var rows []ConsoleRow
	if len(lines) > maxRows {
		lines = lines[len(lines)-maxRows:]
	}
	for _, c := range lines {
		rows = append(rows, ConsoleRow{Time: Millis(c.At), Text: shownLines(c.Text), Level: c.Level, Future: timed && c.At > now})
	}
	end := ConsoleRow{Level: "end", Time: Millis(m.summary.End)}
	switch m.run.State {
	case RunIdle:
		end.Time, end.Text = "", "nothing has run"
	case RunStarting:
		end.Time, end.Text = "", "starting…"
	case RunGoing:
		end.Time, end.Text = "", "running…"
	case RunDone:
		end.Text = "session ended, " + Plural(max(m.summary.Faults, len(m.summary.Problems)), "problem")
		if m.run.Message != "" {
			end.Time, end.Text = "", m.run.Message
		}
	case RunFailed:
		end.Time, end.Level, end.Text = "", "error", m.run.text()
	}
	return append(rows, end)
}

// shownLines is Shown for text of several lines.
func shownLines(s string) string {
	parts := strings.Split(s, "\n")
	for i, p := range parts {
		parts[i] = Shown(strings.ReplaceAll(p, "\t", "  "))
	}
	return strings.Join(parts, "\n")
}
