package model

// A program that came with a record or a link is somebody else's: nobody knows
// what it does. It is shown, never runs by itself, and Run asks once. It runs in
// a place of its own that reaches neither the network nor the page.

// stranger is what is known of a program that came from elsewhere.
type stranger struct {
	from    string // the record's title or the file's name; "": the program is the visitor's own
	around  Around // what ran around it, as its record says
	allowed bool   // somebody has read the question and said yes
	asking  bool
}

// The actions of the question.
const (
	ActAllow  Action = "allow"  // runs the program that came with the record
	ActRefuse Action = "refuse" // closes the question
)

// IDAllow is the identifier of the question's safe button.
const IDAllow = "stranger-refuse"

// SettingStranger keeps where the editor's text came from, beside the text.
const SettingStranger = "stranger"

// takeProgram puts a program that came with a record in the editor. from says
// where it came from: the title of the record or the name of the file. What the
// editor held can be had back.
func (m Model) takeProgram(text, from string) (Model, []Effect) {
	var around Around
	if text == m.summary.Program {
		around = readAround(m.summary.Around)
	}
	if text == "" || text == m.program.text && around.same(m.aroundRun()) {
		return m, nil
	}
	if from == "" {
		from = "a record"
	}
	old := m.program
	m.program.text, m.program.ran = text, text
	m.program.undo, m.program.lost = old.text, old.stranger
	m.program.stranger = stranger{from: from, around: around}
	m.program.api = APISeed
	if around.Modules["http2"] == "http2/current" {
		m.program.api = APICurrent
	}
	return m, append([]Effect{SetEditor{text}, m.program.save(m.examples), m.program.saveAPI()}, m.program.saveStranger()...)
}

// saveStranger keeps where the text came from, and what runs around it, as long
// as the text is kept.
func (p program) saveStranger() []Effect {
	return []Effect{SaveSetting{SettingStranger, p.stranger.from}, SaveSetting{SettingAround, p.stranger.around.text()}}
}

// mayRun says whether the program may run, or asks.
func (m Model) mayRun() (Model, []Effect, bool) {
	if m.program.stranger.from == "" || m.program.stranger.allowed {
		return m, nil, true
	}
	m.program.stranger.asking = true
	return m, []Effect{Focus{IDAllow}}, false
}

// clickStranger answers the question.
func (m Model) clickStranger(c Click) (Model, []Effect) {
	if !m.program.stranger.asking {
		return m, nil
	}
	m.program.stranger.asking = false
	if c.What == ActAllow {
		m.program.stranger.allowed = true
		return m.start(ModeBrowser)
	}
	m.again = again{}
	return m, []Effect{Focus{IDEditor}}
}

// StrangerView is the question before somebody else's program runs.
type StrangerView struct {
	Open bool
	From string
	Note string // beside the editor, while such a program is in it
}

// Stranger is the question before somebody else's program runs.
func (m Model) Stranger() StrangerView {
	s := m.program.stranger
	v := StrangerView{Open: s.asking, From: Shown(s.from)}
	if s.from != "" {
		v.Note = "This program came with " + Shown(s.from) + ". It runs apart, without a network."
	}
	return v
}
