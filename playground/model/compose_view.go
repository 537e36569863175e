package model

import (
	"errors"
	"strconv"
	"strings"

	"framewise/core/compose"
	"framewise/core/inspect/view"
)

// ComposeKey is what the tab is drawn from.
type ComposeKey struct {
	turns          [4]int
	turn, selected int
	detail         int
	run            RunState
	mode, shown    Mode
	sent           bool
	waits          bool
}

// ComposeKey is the key of the tab's region.
func (m Model) ComposeKey() ComposeKey {
	return ComposeKey{m.turns(slotTry, slotReaction), m.compose.turn, m.selected, m.detailTurn, m.run.State, m.mode, m.run.Mode,
		m.compose.sent != nil, m.replies[slotTry].id != 0}
}

// ComposeView is the composer.
type ComposeView struct {
	Dir     []Tab // who sends
	Presets []string
	Copy    string // the button that copies the selected frame; "": there is none
	Flags   []ComposeField
	Fields  []ComposeField
	Hex     ComposeField
	Form    string // why the form does not make the octets
	Wrong   string // why what is typed can't be read
	Trial   TrialView
	Place   string
	Send    string // the button
	CanSend bool
	Why     string // why it can't be sent
	Tab     bool   // offer the session in the tab
	Sent    ReactionView
}

// ComposeField is an entry of the form.
type ComposeField struct {
	Key, Label, Value, Kind, Note string
	Options                       []compose.Option
	Link                          Link
	Wrong                         bool
	On                            bool // of a flag
	Rows                          int  // of a text of several lines
}

// TrialView is what the frame would be.
type TrialView struct {
	Waits   bool
	Outcome string // "legal", …: a class
	Verdict string // in a few words
	Frames  []TriedView
	Rest    string
}

// TriedView is one frame of it.
type TriedView struct {
	Title   string
	Outcome string
	Verdict string
	Code    string
	Rule    Link
	Text    string
	Says    string
	About   string
	Link    Link
	Effects []TriedEffect
	Spans   []TriedSpan
}

// TriedEffect is a thing that it changes at its receiver.
type TriedEffect struct {
	Text string
	Link Link
}

// TriedSpan is one field of its octets.
type TriedSpan struct {
	Hex, Name, Value string
	Depth            int
}

// ReactionView is what became of the frame that was sent last.
type ReactionView struct {
	There   bool
	Title   string
	Frame   int // -1: not in the record
	Outcome string
	Agrees  string // whether that was to be expected
	Text    string
	Rows    []ReactionRow
	More    string
	Closed  string
}

// ReactionRow is a frame that followed.
type ReactionRow struct {
	Frame                    int
	Number, Type, Text, From string
	Color, Error             string
}

var verdicts = map[string]string{
	"legal": "Legal", "ignored": "Ignored", "waits": "Legal so far", "stream": "Stream error", "connection": "Connection error", "unread": "Not read",
}

// Compose is the composer.
func (m Model) Compose() ComposeView {
	v := ComposeView{Hex: ComposeField{Key: KeyOctets, Label: "Octets in hex", Kind: "text", Rows: 3}}
	for _, p := range presets {
		v.Presets = append(v.Presets, p.name)
	}
	if m.detailShown >= 0 && m.detailShown == m.selected {
		v.Copy = "Copy frame " + strconv.Itoa(m.selected+1)
	}
	t, _ := answer[view.Trial](m, slotTry)
	if t == nil {
		t = &view.Trial{}
		v.Trial.Waits = true
	}
	octets, form, err := m.compose.read()
	m.composeForm(&v, octets, form, err)
	dir := m.compose.dir
	if dir == "" {
		dir = t.Place.Dir
	}
	v.Dir = []Tab{{ID: "c2s", Text: "the client", On: dir != "s2c"}, {ID: "s2c", Text: "the server", On: dir == "s2c"}}
	if err == nil && len(octets) > 0 {
		v.Trial = trialView(t)
		v.Place = t.Place.Text
	}
	v.Trial.Waits = m.replies[slotTry].id != 0
	_, v.CanSend = m.tryNow()
	v.Send = "Send it"
	if v.Why = m.canInject(); v.Why != "" {
		v.CanSend, v.Tab = false, m.run.Mode != ModeBrowser || m.mode != ModeBrowser
	}
	v.Sent = m.reactionView()
	return v
}

// composeForm fills in the fields: what is typed, where it is typed.
func (m Model) composeForm(v *ComposeView, octets []byte, form compose.Form, err error) {
	typed := map[string]string{}
	for _, p := range m.compose.values {
		typed[p[0]] = p[1]
	}
	v.Hex.Value = m.compose.hex
	if m.compose.values != nil || !m.compose.hexed {
		v.Hex.Value = Hex(octets)
	}
	v.Form = form.Why
	wrong := ""
	var e *compose.Error
	if errors.As(err, &e) {
		v.Wrong, v.Form, wrong = Shown(e.Reason), "", e.Key
	}
	v.Hex.Wrong = wrong == KeyOctets
	for _, f := range form.Fields {
		c := ComposeField{Key: f.Key, Label: f.Label, Value: f.Value, Kind: f.Kind, Note: f.Note, Options: f.Options, Link: RFCLink(f.Ref),
			Wrong: wrong == f.Key}
		if m.compose.values != nil {
			c.Value = typed[f.Key]
		}
		c.On = c.Value != ""
		c.Rows = min(8, 2+strings.Count(c.Value, "\n"))
		if f.Kind == "flag" && (strings.HasPrefix(f.Key, "flag") || f.Key == "reserved" || f.Key == "raw") {
			v.Flags = append(v.Flags, c)
			continue
		}
		v.Fields = append(v.Fields, c)
	}
}

func trialView(t *view.Trial) TrialView {
	v := TrialView{Outcome: t.Outcome, Verdict: verdicts[t.Outcome], Rest: t.Rest}
	for i := range t.Frames {
		f := &t.Frames[i]
		x := TriedView{Title: f.Title, Outcome: f.Outcome, Verdict: verdicts[f.Outcome], Code: f.Code, Rule: RFCLink(f.Rule), Text: Shown(f.Text), Says: f.Says,
			About: f.What, Link: RFCLink(f.Ref)}
		for _, e := range f.Effects {
			x.Effects = append(x.Effects, TriedEffect{Shown(e.Text), RFCLink(e.Ref)})
		}
		for j := range f.Spans {
			x.Spans = append(x.Spans, triedSpan(t, f, j))
			if j == maxTriedSpans {
				break
			}
		}
		v.Frames = append(v.Frames, x)
		if i == maxTried {
			break
		}
	}
	return v
}

const (
	maxTried      = 12 // frames that are explained
	maxTriedSpans = 60
)

func triedSpan(t *view.Trial, f *view.Tried, i int) TriedSpan {
	s := f.Spans[i]
	x := TriedSpan{Name: s.Name, Value: Shown(s.Value)}
	for p := s.Parent; p >= 0; p = f.Spans[p].Parent {
		x.Depth++
	}
	from := min(f.Off+s.Off, len(t.Octets))
	to := min(from+s.Len, len(t.Octets))
	if s.Mask != 0 {
		return x
	}
	x.Hex = strings.ReplaceAll(Hex(t.Octets[from:min(to, from+6)]), "\n", " ")
	if to-from > 6 {
		x.Hex += " …"
	}
	return x
}

func (m Model) reactionView() ReactionView {
	s := m.compose.sent
	if s == nil || !m.kept(s.step) {
		return ReactionView{}
	}
	v := ReactionView{There: true, Title: s.title, Frame: -1, Text: "The program runs again …"}
	r, ok := answer[view.Reaction](m, slotReaction)
	if !ok || m.replies[slotReaction].of.From != s.seq || m.running() || !m.fresh {
		return v
	}
	v.Frame, v.Outcome, v.Text = r.Frame, r.Outcome, Shown(r.Text)
	if r.Closed != "" {
		v.Closed = "The connection was closed " + Shown(r.Closed) + "."
	}
	for _, row := range r.Rows {
		v.Rows = append(v.Rows, ReactionRow{Frame: row.Index, Number: strconv.Itoa(row.Index + 1), Type: row.Type, Text: Shown(row.Text),
			From: map[string]string{"c2s": "client", "s2c": "server"}[row.Dir], Color: row.Color, Error: row.Error})
	}
	if r.More > 0 {
		v.More = "and " + strconv.Itoa(r.More) + " more"
	}
	if v.Frame >= 0 {
		v.Agrees = agreement(s.said, r.Outcome)
	}
	return v
}

// agreement compares what was to be expected with what came.
func agreement(said, came string) string {
	refused := map[string]bool{"stream": true, "connection": true}
	switch {
	case said == came, !refused[said] && !refused[came]:
		return "As it said beforehand."
	}
	return "Not as it said beforehand: that was “" + strings.ToLower(verdicts[said]) + "”."
}
