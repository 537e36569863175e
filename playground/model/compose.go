package model

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"framewise/core/compose"
	"framewise/core/inspect/view"
)

// Clicks of the composer. ActComposeDir: Arg "c2s" or "s2c". ActComposePreset:
// N is an entry of the list to begin with.
const (
	ActComposeDir    Action = "compose-dir"
	ActComposeCopy   Action = "compose-copy"
	ActComposePreset Action = "compose-preset"
	ActComposeSend   Action = "compose-send"
	ActComposeTab    Action = "compose-tab"
	ActComposeUndo   Action = "compose-undo"
)

// ComposeEdited is a field of the composer's form, or "octets" for the hex.
type ComposeEdited struct{ Key, Text string }

func (ComposeEdited) msg() {}

// KeyOctets is the field that holds the octets in hex.
const KeyOctets = "octets"

// composer is a frame that somebody makes by hand. What is typed stays as it is
// typed; core/compose makes octets of it, and what these mean comes from the
// analyser, who has the rules.
type composer struct {
	hex    string      // what is typed in hex
	hexed  bool        // ... and that is what counts, where there are no values
	values [][2]string // the form's keys and values, while they count; nil: the hex
	dir    string      // who sends it; "": whoever sent the selected frame
	turn   int         // rises with every change here

	ran  []Step // steps of the run that is shown
	sent *sentFrame
}

// sentFrame is what was put in last.
type sentFrame struct {
	step  Step
	seq   int // number of the frame in its direction of the record, at least
	title string
	said  string // what was to be expected
	shown bool   // it was selected once
}

// text is the question's text, as core/compose reads it.
func (c *composer) text() string {
	if c.values == nil {
		if !c.hexed {
			return "" // what it begins with
		}
		return "hex\n" + c.hex
	}
	var b strings.Builder
	b.WriteString("form\n")
	for _, v := range c.values {
		b.WriteString(v[0] + " " + strconv.Quote(v[1]) + "\n")
	}
	return b.String()
}

// read is what stands in the composer: octets, nil where it can't be read, and
// the form.
func (c *composer) read() ([]byte, compose.Form, error) { return compose.Parse(c.text()) }

// set changes a value of the form. The old slice may be an older model's.
func (c *composer) set(key, value string) {
	c.values = slices.Clone(c.values)
	c.turn++
	for i := range c.values {
		if c.values[i][0] == key {
			c.values[i] = [2]string{key, value}
			return
		}
	}
	c.values = append(c.values, [2]string{key, value})
}

// wantCompose is what the tab asks.
func (m Model) wantCompose() []want {
	var wants []want
	if q, ok := m.tryQuestion(); ok {
		wants = append(wants, want{slot: slotTry, q: q})
	}
	if s := m.compose.sent; s != nil && m.kept(s.step) {
		wants = append(wants, want{slot: slotReaction, q: Question{Op: "reaction", Conn: s.step.Conn, Dir: s.step.Dir, From: s.seq, N: maxReaction}})
	}
	return wants
}

// tryQuestion asks what the octets would be; false: there are none.
func (m Model) tryQuestion() (Question, bool) {
	octets, _, err := m.compose.read()
	frame := m.selected
	if m.plans.fork.on {
		frame = m.plans.fork.frame
	}
	return Question{Op: "try", Conn: m.viewConn(), Frame: frame, Dir: m.compose.dir, Text: hex.EncodeToString(octets)}, err == nil && len(octets) > 0
}

// maxReaction is how many frames of a reaction are listed.
const maxReaction = 12

// kept says whether a step is still part of what ran.
func (m Model) kept(s Step) bool {
	return slices.ContainsFunc(m.compose.ran, func(t Step) bool { return t.same(s) })
}

// composeClick does what a button of the tab was pressed for.
func (m Model) composeClick(c Click) (Model, []Effect) {
	m.compose.turn++
	switch c.What {
	case ActComposeDir:
		m.compose.dir = c.Arg
	case ActComposeCopy:
		if m.detailShown >= 0 && len(m.detail.Octets) > 0 {
			m.compose.values, m.compose.hex, m.compose.hexed = nil, Hex(m.detail.Octets), true
			m.compose.dir = m.detail.Row.Dir
		}
	case ActComposePreset:
		if c.N >= 0 && c.N < len(presets) {
			m.compose.values, m.compose.hex = presets[c.N].values, ""
		}
	case ActComposeSend:
		return m.sendFrame()
	case ActComposeTab:
		m.mode = ModeBrowser
		return m.start(ModeBrowser)
	case ActComposeUndo:
		return m.takeBack()
	}
	return m, nil
}

// takeBack runs the program without what was put in last.
func (m Model) takeBack() (Model, []Effect) {
	s := m.compose.sent
	if s == nil {
		return m, nil
	}
	p := m.plan
	p.Steps = slices.Clone(p.Steps)
	if i := slices.IndexFunc(p.Steps, s.step.same); i >= 0 {
		p.Steps = slices.Delete(p.Steps, i, i+1)
	}
	m.compose.sent = nil
	m, effects := m.setPlan(p)
	m.mode = ModeBrowser
	m, more := m.start(ModeBrowser)
	m.chosen()
	m, at := m.selectFrame(s.step.At)
	return m, slices.Concat(effects, more, at)
}

// composeEdited takes what was typed.
func (m Model) composeEdited(e ComposeEdited) (Model, []Effect) {
	if e.Key == KeyOctets {
		m.compose.hex, m.compose.hexed, m.compose.values = e.Text, true, nil
		m.compose.turn++
		return m, nil
	}
	if m.compose.values == nil {
		m.compose.values = [][2]string{}
		was := m.compose
		was.values = nil
		_, form, _ := was.read()
		for _, f := range form.Fields {
			m.compose.values = append(m.compose.values, [2]string{f.Key, f.Value})
		}
	}
	m.compose.set(e.Key, e.Text)
	return m, nil
}

// tryNow is the answer to what stands in the composer at this moment; false: it
// has not come, or what is typed can't be read.
func (m Model) tryNow() (*view.Trial, bool) {
	t, ok := answer[view.Trial](m, slotTry)
	r := &m.replies[slotTry]
	if q, there := m.tryQuestion(); !ok || !there || r.id != 0 || r.of != q || len(t.Octets) == 0 || t.Place.Conn == 0 {
		return nil, false
	}
	return t, true
}

// canInject says why nothing can be put into the session that is shown; "": it can.
func (m Model) canInject() string {
	if m.run.Mode != ModeBrowser || m.mode != ModeBrowser {
		return "A session with real programs, or a real server, can’t be put back to this frame and gone on with from there. The session of the program in the tab can: it runs again, the same up to this frame."
	}
	if m.run.State == RunStarting {
		return "The session is being started."
	}
	return ""
}

// sendFrame puts the octets into the session: the program runs again, and they
// leave at the instant that the analyser named.
func (m Model) sendFrame() (Model, []Effect) {
	t, ok := m.tryNow()
	if !ok || m.canInject() != "" {
		return m, nil
	}
	s := Step{Kind: StepInject, Conn: t.Place.Conn, Dir: t.Place.Dir, Frame: t.Place.Own, Heard: t.Place.Heard, Octets: t.Octets,
		At: t.Place.Frame, What: trialTitle(t)}
	if at, known := m.hereStep(""); known && at.At == s.At {
		s.Type = at.Type
	}
	had := len(m.plan.Steps)
	m, effects := m.addStep(s)
	if len(m.plan.Steps) == had {
		return m, effects
	}
	m.compose.sent = &sentFrame{step: s, seq: t.Place.Seq, title: s.What, said: t.Outcome}
	m.mode = ModeBrowser
	m, more := m.start(ModeBrowser)
	return m, append(effects, more...)
}

// composeLanded selects the frame that was put in, once it is in the record.
func (m Model) composeLanded() (Model, []Effect) {
	s := m.compose.sent
	r, ok := answer[view.Reaction](m, slotReaction)
	if s == nil || s.shown || !ok || m.side != SideCompose || r.Frame < 0 || r.Frame >= m.summary.Frames || !m.fresh || m.running() || m.replies[slotReaction].of.From != s.seq || m.replies[slotReaction].id != 0 ||
		m.replies[slotReaction].version != m.summary.Version {
		return m, nil
	}
	seen := *s
	seen.shown = true
	m.compose.sent = &seen
	m.compose.turn++
	m.chosen()
	return m.selectFrame(r.Frame)
}

// Hex shows octets in hex, 16 a line.
func Hex(b []byte) string {
	var out strings.Builder
	for i, x := range b {
		switch {
		case i == 0:
		case i%16 == 0:
			out.WriteByte('\n')
		default:
			out.WriteByte(' ')
		}
		out.WriteString(hex.EncodeToString([]byte{x}))
	}
	return out.String()
}

func trialTitle(t *view.Trial) string {
	switch len(t.Frames) {
	case 0:
		return strconv.Itoa(len(t.Octets)) + " octets"
	case 1:
		title, _, _ := cutLast(t.Frames[0].Title, " · ")
		return title
	}
	return strconv.Itoa(len(t.Frames)) + " frames"
}

// cutLast is strings.Cut at the last place.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
