package model

import "framewise/core/inspect/view"

// fork is a session that is to part from the one in sight at a frame: up to it
// both are the same, because a program gives the same record each time; from
// there on the program, a frame by hand or a fault makes another one.
type fork struct {
	on    bool
	ran   bool // it has run at least once
	frame int  // of the record
	text  string
	place Step // the frame's place, of no kind
}

// startFork makes the selected frame the place for what is added from now on; at
// the same frame again it leaves.
func (m Model) startFork() (Model, []Effect) {
	if m.plans.fork.on && m.plans.fork.frame == m.selected {
		m.plans.fork = fork{}
		return m, nil
	}
	if why := m.noPlan(); why != "" {
		m.notice = notice{text: why}
		return m, nil
	}
	s, ok := m.frameStep("")
	if !ok {
		m.notice = notice{text: "Select a frame first: the fork begins there."}
		return m, nil
	}
	m.plans.fork = fork{on: true, frame: m.selected, place: s,
		text: "frame " + number(m.selected+1) + " (" + joinWith(", ", DirArrow(s.Dir), Shown(s.Type)) + ")"}
	if m.other.from != "" {
		return m, nil
	}
	return m.compareWith(FromBefore)
}

// noPlan says why nothing can be done to the session in sight, "" if it can.
func (m Model) noPlan() string {
	switch {
	case m.file.shown():
		return "This record is a file's: run a program in the tab, then its session can be disturbed."
	case m.run.Mode != ModeBrowser || !m.plans.done:
		return "This session went over a real network: only one that a program in the tab makes can be disturbed."
	case m.record != 0:
		return "This is the other record: go back to the one that ran last."
	}
	return ""
}

// frameStep is a step at the selected frame.
func (m Model) frameStep(kind string) (Step, bool) {
	if m.selected < 0 || m.detailShown != m.selected || m.detail.Row.Kind == "garbage" {
		return Step{}, false
	}
	d := &m.detail
	s := Step{Kind: kind, Conn: d.Row.Conn, Dir: d.Row.Dir, At: d.Row.Index, Type: d.Row.Type, Frame: d.Nth}
	if d.Nth < 0 {
		s.Type = "connection preface"
	}
	return s, true
}

// wantFork is what the banner asks while there is a fork.
func (m Model) wantFork() []want {
	if !m.plans.fork.on || !m.plans.fork.ran || !m.other.ready || m.running() {
		return nil
	}
	return []want{{slot: slotCompare, q: Question{Op: "compare"}}}
}

// forkWarning says that the two sessions differ before the fork: a program that
// was changed acts earlier than somebody thought.
func (m Model) forkWarning() (string, int) {
	f := m.plans.fork
	c, ok := answer[view.Comparison](m, slotCompare)
	if !f.ran || !ok || c.Same || !m.other.ready || m.other.from != FromBefore || len(c.Differences) == 0 {
		return "", -1
	}
	first := c.Differences[0]
	at := first.A
	if at < 0 || first.B >= 0 && first.B < at {
		at = first.B
	}
	if at < 0 || at >= f.frame {
		return "", -1
	}
	return "The sessions part before it: frame " + number(at+1) + " differs already.", at
}
