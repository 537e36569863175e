package model

import "framewise/core/inspect/view"

// Update is the model after a message, and what has to be done.
func Update(m Model, msg Msg) (Model, []Effect) {
	m, effects := m.update(msg)
	m, landed := m.composeLanded()
	effects = append(effects, landed...)
	m, more := m.keepUp()
	effects = append(effects, more...)
	m, asks := m.ask()
	effects = m.addressed(append(effects, asks...))
	if marks := m.marks(); marks != m.program.marked {
		m.program.marked = marks
		effects = append(effects, marks)
	}
	return m, effects
}

func (m Model) update(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case SummaryChanged:
		return m.summaryChanged(msg.Summary)
	case RowsArrived:
		return m.rowsArrived(msg)
	case DetailArrived:
		return m.detailArrived(msg)
	case DensityArrived:
		return m.densityArrived(msg)
	case Answered:
		m, effects := m.answered(msg).placed()
		m, more := m.composeLanded()
		return m.pairPlaced(append(effects, more...))
	case ComposeEdited:
		return m.composeEdited(msg)
	case RunStarted, RunEnded, RunBroke:
		return m.runChanged(msg)
	case RunOver:
		return m.runOver(msg)
	case PartFailed:
		return m.partFailed(msg), nil
	case OutsideTold:
		return m.outsideTold(msg), nil
	case RelayProbed:
		m.dial.probed(msg)
		return m, nil
	case KeysTold:
		return m.keysTold(msg), nil
	case Ticked:
		return m.ticked(msg)
	case KeyPressed:
		return m.key(msg)
	case Click:
		return m.click(msg)
	case Edited, FilterEdited, DialEdited, DialLeft:
		return m.edited(msg)
	case Scrubbed:
		return m.scrubbed(msg)
	case ScrubHeld:
		return m.scrubHeld(msg.Down)
	case Brush, TimeWheel, LanesScrolled, LanePointed, FlowPointed:
		return m.overTimeMsg(msg)
	case OctetPointed, SpanPointed, RepPointed:
		return m.pointed(msg), nil
	case FileDragged, FileGiven, FileRead, RecordBegan:
		return m.fileMsg(msg)
	case Resized, Scrolled, SystemTheme, AddressChanged:
		return m.surroundings(msg)
	}
	return m.toolMsg(msg)
}

// surroundings are messages about the page rather than the record.
func (m Model) surroundings(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case Resized:
		m.width, m.height = msg.Width, msg.Height
		if m.view == ViewCode && !m.phone() {
			m.view = ViewSequence
		}
		return m.fetch()
	case Scrolled:
		grown := m.list.height != max(1, msg.Height)
		m.list.top, m.list.height = max(0, msg.Top), max(1, msg.Height)
		m, effects := m.fetch()
		if !grown || m.position < 0 {
			return m, effects
		}
		m, more := m.reveal()
		return m, append(effects, more...)
	case SystemTheme:
		m.systemDark = msg.Dark
		return m, []Effect{SetTheme{Dark: m.dark()}}
	case AddressChanged:
		return m.addressChanged(msg)
	}
	return m, nil
}

// summaryChanged takes in the analyser's news and asks for what is seen anew.
func (m Model) summaryChanged(s view.Summary) (Model, []Effect) {
	if m.running() && !m.fresh && s.Frames == 0 && m.summary.Frames > 0 {
		m.held = &s // the old session stays in sight until the new one has a frame
		return m, nil
	}
	var effects []Effect
	if m.record == 1 {
		var anew bool
		if m, anew = m.behind(s); !anew {
			return m, nil
		}
		m, effects = m.showRecord(0)
	}
	began := !m.fresh
	m.fresh, m.held = true, nil
	m = m.mended(PartInspect)
	again := m.another(s)
	m.other.last = m.other.last || m.known && (began || again) && m.summary.Frames > 0
	m.summary, m.known = s, true
	if m.file.shown() {
		m.program.ran = s.Program
	}
	if again { // another record has begun: what is awaited is of the old one
		m.sharing.typed = false
		m.list.waits, m.list.transit, m.list.open = nil, 0, ""
		m.list.pages = outdated(m.list.pages)
		m.detailID, m.chart.rowsID, m.chart.densityID = 0, 0, 0
		m.forget()
		if m.selected >= s.Frames {
			m.selected, m.position, m.detailShown = -1, -1, -1
			m.auto, m.detailError = true, ""
			effects = append(effects, SetURL{m.Fragment()}) // it must not name a frame that is gone
		}
	}
	m, more := m.settle() // rows may have come before the summary that counts them
	effects = append(effects, more...)
	m, more = m.fetch()
	effects = append(effects, more...)
	m, more = m.fetchDetail(false)
	effects = append(effects, more...)
	m, more = m.fetchChart()
	return m, append(effects, more...)
}

func (m Model) running() bool { return m.run.State == RunStarting || m.run.State == RunGoing }

// release shows the empty record of a session that ended without a frame.
func (m Model) release() (Model, []Effect) {
	if m.held == nil {
		return m.settle()
	}
	return m.summaryChanged(*m.held)
}

// outdated are the same pages as older than anything that comes.
func outdated(pages []page) []page {
	out := make([]page, len(pages))
	for i, p := range pages {
		out[i] = page{p.from, -1, -1, p.rows}
	}
	return out
}

func (m Model) runChanged(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case RunStarted:
		if msg.Serial == m.run.Serial {
			m.run.State = RunGoing
			return m.mended(PartH2), nil
		}
	case RunEnded:
		if msg.Serial == m.run.Serial && m.run.State != RunFailed {
			m.run.State = RunDone
			return m.forkNotice().release()
		}
	case RunBroke:
		if msg.Serial == m.run.Serial {
			m.run.State = RunFailed
			m.run.Message, m.run.Line, m.run.Col = msg.Message, msg.Line, msg.Col
			return m.release()
		}
	}
	return m, nil
}

func (m Model) partFailed(f PartFailed) Model {
	failures := make([]Failure, 0, len(m.failures)+1)
	for _, old := range m.failures {
		if old.Part != f.Part {
			failures = append(failures, old)
		}
	}
	m.failures = append(failures, Failure(f))
	if m.running() && f.Part != PartPage {
		m.run.State = RunFailed
		m.run.Message = map[string]string{PartH2: "the engine stopped: ", PartInspect: "the analyser stopped: "}[f.Part] + f.Text
	}
	if f.Part == PartInspect { // nothing that was asked for will come
		m.list.waits, m.detailID, m.chart.rowsID, m.chart.densityID = nil, 0, 0, 0
		m.forget()
		m.dropSearches()
	}
	return m
}

// mended takes back that a part failed: it has been heard of again.
func (m Model) mended(part string) Model {
	var left []Failure
	for _, f := range m.failures {
		if f.Part != part {
			left = append(left, f)
		}
	}
	m.failures = left
	return m
}

// Parts of the page that can fail on their own.
const (
	PartInspect = "inspect"
	PartH2      = "h2"
	PartPage    = "page"
)

// start begins a session of the mode in place of the one that is shown.
func (m Model) start(mode Mode) (Model, []Effect) {
	if mode.inTab() && !(m.again.state == againAsked && m.again.own != nil) {
		if m, ask, ok := m.mayRun(); !ok {
			return m, ask
		}
	}
	m.dial.keys = ""
	repeat := m.againStarts()
	m, back := m.outran(mode)
	m.run = Run{State: RunStarting, Mode: mode, Serial: m.run.Serial + 1}
	m.pause()
	m.follow, m.fresh, m.held = false, false, nil
	effects := append(back, m.leaveFile()...)
	m.real.told = OutsideTold{}
	if repeat {
		effects = append(effects, PinRecord{})
	}
	if j := m.again.own; j != nil {
		return m.startOwn(*j, effects)
	}
	if !mode.inTab() {
		effects = append(effects, m.openMarks("")...)
		m, more := m.startReal(mode)
		return m, append(effects, more...)
	}
	m.program.ran = m.program.text
	m.compose.ran = m.plan.active().Steps
	m, more := m.launch()
	effects = append(effects, more...)
	m.compose.ran = m.plan.active().Steps
	effects = append(effects, m.openMarks(recordKey(string(m.program.api)+m.program.text))...)
	m.run.Sealed = m.program.stranger.from != ""
	return m, append(effects, RunProgram{
		Serial: m.run.Serial, Program: m.program.text, Title: m.program.title(m.examples),
		Plan: m.plan.active(), Around: m.aroundRun(), Sealed: m.run.Sealed, Listen: m.listening(mode),
	})
}

// startOwn runs the program of the session that was shown once more, whatever
// has become of the editor's text and of the plan since.
func (m Model) startOwn(j RunProgram, effects []Effect) (Model, []Effect) {
	j.Serial, m.run.Sealed = m.run.Serial, j.Sealed
	m.program.ran = j.Program
	m.plans.ran, m.plans.done, m.compose.ran = j.Plan, true, j.Plan.Steps
	m.plans.turn++
	return m, append(effects, j)
}

func (m Model) edited(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case Edited:
		return m.programEdited(msg.Text)
	case FilterEdited:
		return m.setFilter(msg.Text)
	case DialEdited:
		if m.real.edit(msg.Field, msg.Text) {
			return m, []Effect{m.real.save()}
		}
		m.dial.edit(msg.Field, msg.Text)
		return m, []Effect{SaveSetting{SettingDial, m.dial.encode()}}
	case DialLeft:
		if msg.Field == "relay" {
			return m.session(Click{What: ActProbe})
		}
		m.dial.settle()
		return m, []Effect{SaveSetting{SettingDial, m.dial.encode()}}
	}
	return m, nil
}

func (m Model) setFilter(text string) (Model, []Effect) {
	if text == m.list.typed {
		return m, nil
	}
	m.list.typed = text
	if m.asked() == m.list.key { // what is listed answers it: nothing is asked that could tell
		m.list.err, m.list.errAt = "", -1
	}
	m.auto = m.auto && m.follow // who filters looks around: nothing is chosen for them any more
	if m.list.filtering() {
		return m, []Effect{SetURL{m.Fragment()}} // one question at a time: the next is asked when this one is answered
	}
	m, effects := m.fetchPages(0, 1)
	return m, append(effects, SetURL{m.Fragment()})
}
