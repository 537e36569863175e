package model

import (
	"slices"

	"framewise/core/inspect/view"
)

// The page can hold two records: the one that runs or was opened, which is
// record 0, and another one beside it, record 1: that of the run before, of
// a file, or the first one as it was at some time. Either can be looked at in
// every view; m.record says which, m.summary is its summary.

// Where a second record comes from.
const (
	FromBefore = "before" // the record before this one
	FromPin    = "pin"    // this record, as it was when somebody kept it
	FromFile   = "file"   // a file: a record, a capture, a log
)

// CompareWith has the analyser read a second record. OtherArrived answers it,
// and again whenever a new first record begins: what came "before" is another
// one then. From "" lets go of it.
type CompareWith struct {
	ID   int
	From string
}

// PinRecord keeps the record as it is now, for CompareWith.
type PinRecord struct{}

// ChooseFile lets somebody choose files for CompareWith; FileChosen follows. Kinds
// is what an input element accepts.
type ChooseFile struct{ Kinds string }

// FileChosen says that somebody chose a file, or dropped it on the view: with more
// than one, a capture with its log of TLS keys.
type FileChosen struct{ Files []GivenFile }

// OtherArrived says that the second record was read, or why it could not be.
type OtherArrived struct {
	ID      int
	Summary view.Summary
	Err     string
}

func (CompareWith) effect() {}
func (PinRecord) effect()   {}
func (ChooseFile) effect()  {}
func (FileChosen) msg()     {}
func (OtherArrived) msg()   {}

// beside is the second record.
type beside struct {
	from  string // "": there is none
	name  string // of the file
	id    int    // of the request
	ready bool
	err   string
	last  bool // there is a record before this one
	away  away // what is known of the record that is not shown
}

// away is what the page remembers of the record that it does not show.
type away struct {
	summary  view.Summary
	selected int
	book     book
}

// ActRecord shows record N; N below 0: the one that is not shown.
const ActRecord Action = "record"

// compareWith asks for a second record.
func (m Model) compareWith(from string) (Model, []Effect) {
	m, effects := m.showRecord(0)
	if m.again.state == againComparing && m.again.read { // the verdict is about another pair
		m.again = again{}
	}
	m.serial++
	m.other = beside{from: from, name: m.other.name, id: m.serial, last: m.other.last}
	m.dropAnswers(slotCompare, slotAligned)
	return m, append(effects, CompareWith{ID: m.serial, From: from})
}

// otherArrived takes the second record in.
func (m Model) otherArrived(a OtherArrived) (Model, []Effect) {
	if a.ID != m.other.id || m.other.from == "" {
		return m, nil
	}
	m, effects := m.showRecord(0)
	m.dropAnswers(slotCompare, slotAligned)
	m.againRead(a)
	m.other.err, m.other.ready = a.Err, a.Err == ""
	if m.other.ready && a.Summary.Frames == 0 {
		m.other.ready, m.other.err = false, "it has no frames"
		if len(a.Summary.Problems) > 0 {
			m.other.err = a.Summary.Problems[0].Text
		}
	}
	m.other.away = away{summary: a.Summary, selected: -1}
	return m, effects
}

// outran is what happens to the second record when a new first one begins: it is
// read again, because the analyser starts anew.
func (m Model) outran(mode Mode) (Model, []Effect) {
	m, effects := m.showRecord(0)
	m.pair.fork = -1
	if mode == ModeBrowser && m.run.Mode == ModeBrowser && m.program.ran == m.program.text {
		m.pair.fork = forkAt(m.pair.plan, m.plan)
	}
	m.pair.plan = m.plan.active()
	m.other.ready, m.other.err = false, ""
	m.dropAnswers(slotCompare, slotAligned)
	return m, effects
}

// forkAt is the first frame at which one plan does something that the other does
// not, -1: none that is known, or the whole network differs.
func forkAt(was, is Plan) int {
	a, b := was.active(), is.active()
	pairs := [2][2][]Step{{a.Steps, b.Steps}, {b.Steps, a.Steps}}
	a.Steps, b.Steps = nil, nil
	if !a.same(b) {
		return -1
	}
	at := -1
	for _, p := range pairs {
		for _, s := range p[0] {
			if s.At >= 0 && (at < 0 || s.At < at) && !slices.ContainsFunc(p[1], s.same) {
				at = s.At
			}
		}
	}
	return at
}

// forkNotice offers to see a session that forked from the last one beside it.
func (m Model) forkNotice() Model {
	if m.pair.fork >= 0 && m.other.last && m.view != ViewCompare {
		m.notice = notice{text: "Forked at frame " + number(m.pair.fork+1) + ".", label: "See both side by side", do: Click{What: ActCompare, Arg: FromBefore}}
	}
	return m
}

// showRecord shows the other record in place of this one, at the frame that
// stands beside the selected one where that is known.
func (m Model) showRecord(r int) (Model, []Effect) {
	if r < 0 {
		r = 1 - m.record
	}
	if r == m.record || r != 0 && (r != 1 || !m.other.ready) {
		return m, nil
	}
	frame := m.counterpart()
	m.pause()
	m.dropSearches()
	here := m.other.away
	m.other.away = away{m.summary, m.selected, m.book}
	m.record, m.summary, m.book = r, here.summary, here.book
	if frame < 0 {
		frame = here.selected
	}
	frame = min(max(frame, 0), m.summary.Frames-1)
	l := list{typed: m.list.typed, height: m.list.height, runs: m.list.runs, sort: m.list.sort, desc: m.list.desc, goal: -1, errAt: -1, top: m.list.top}
	m.list = l
	m.chart = chart{turn: m.chart.turn + 1}
	m.selected, m.position, m.near, m.locating = frame, -1, 0, true
	m.auto, m.follow, m.wanted = false, false, -1
	m.detailShown, m.detailID, m.detailError, m.octet = -1, 0, "", noOctets
	for s := range slots {
		if s != slotCompare && s != slotAligned && s != slotAgain {
			m.dropAnswers(s)
		}
	}
	m, effects := m.fetch()
	m, more := m.fetchDetail(true)
	effects = append(effects, more...)
	m, more = m.fetchChart()
	return m, append(append(effects, more...), SetURL{m.Fragment()})
}

// dropAnswers forgets answers, so that nothing of another record is drawn.
func (m *Model) dropAnswers(all ...slot) {
	for _, s := range all {
		m.replies[s] = reply{turn: m.replies[s].turn + 1, version: -1}
	}
}

// behind takes news of the record that is not shown: the first one went on while
// somebody looks at the second. true: it did begin anew, and has to be shown.
func (m Model) behind(s view.Summary) (Model, bool) {
	if s.Version < m.other.away.summary.Version || s.Frames < m.other.away.summary.Frames {
		return m, true
	}
	m.other.away.summary = s
	return m, false
}

// whose makes a question one about the record that is shown.
func (m Model) whose(q Question) Question {
	switch q.Op {
	case "compare", "aligned", "reproduced", "compose", "try", "reaction":
		return q
	}
	q.Record = m.record
	return q
}

// RecordsView is the switch between two records, where there are two.
type RecordsView struct {
	Shown bool
	Tabs  []Tab // the Click's N is the place
	Other bool  // the second one is shown
	Note  string
}

// Records is the switch between two records.
func (m Model) Records() RecordsView {
	v := RecordsView{Shown: m.other.ready, Other: m.record == 1}
	if !v.Shown {
		return v
	}
	v.Tabs = []Tab{{ID: "0", Text: "Now", On: m.record == 0}, {ID: "1", Text: m.otherTab(), On: m.record == 1}}
	if v.Other {
		v.Note = "Every view shows " + m.otherText() + "."
	}
	return v
}

// otherTab is the second record in a word.
func (m Model) otherTab() string {
	if m.again.state == againComparing {
		return "Record"
	}
	return map[string]string{FromBefore: "Before", FromPin: "Kept", FromFile: "File"}[m.other.from]
}

// otherText is the second record in words.
func (m Model) otherText() string {
	if m.again.state == againComparing {
		return "the record that was run again"
	}
	switch m.other.from {
	case FromPin:
		return "the record that you kept"
	case FromFile:
		return Shown(m.other.name)
	}
	return "the run before"
}

// addressed sends the queries of an update to the record that is shown.
func (m Model) addressed(effects []Effect) []Effect {
	if m.record == 0 {
		return effects
	}
	for i, e := range effects {
		switch e := e.(type) {
		case QueryRows:
			e.Record = m.record
			effects[i] = e
		case QueryDetail:
			e.Record = m.record
			effects[i] = e
		case QueryDensity:
			e.Record = m.record
			effects[i] = e
		case QueryFind:
			e.Record = m.record
			effects[i] = e
		}
	}
	return effects
}
