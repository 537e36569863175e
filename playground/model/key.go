package model

// A key stands for everything that a selector reads: while it is the same, so
// is the selector's answer, and package ui draws nothing anew. Keys are
// comparable values. A test holds selectors to them.

// InspectorKey is the key of Inspector.
type InspectorKey struct {
	turn, shown, version int
	pane                 Pane
	octet                octets
	connection           uint32
	copying              bool
	bits                 int
	covered              string
}

// InspectorKey is what Inspector depends on, but for its Tabs and Stale: which
// frame is selected is not in it, so that a step draws the details once, when
// they come.
func (m Model) InspectorKey() InspectorKey {
	return InspectorKey{m.detailTurn, m.detailShown, m.summary.Version, m.pane, m.octet, m.list.key.conn,
		m.copying, m.replies[slotBits].turn, m.Covered()}
}

// CodeKey is the key of Code and Console.
type CodeKey struct {
	version, turn, shown, selected int
	ran, undo, source, stranger    string
	changed, stale, around, file   bool
	api                            API
	run                            Run
	instant                        int64
}

// CodeKey is what Code and Console depend on.
func (m Model) CodeKey() CodeKey {
	at, ok := m.instant()
	if !ok {
		at = -1
	}
	return CodeKey{m.summary.Version, m.detailTurn, m.detailShown, m.selected, m.program.ran, m.program.undo, m.program.example, m.program.stranger.from,
		m.program.text != m.program.source(m.examples), m.program.text != m.program.ran, m.program.aroundOpen, m.file.shown(), m.program.api, m.run, at}
}

// ScrubKey is the key of Scrub.
type ScrubKey struct {
	turn, frames, selected, position, total, speed int
	playing, panel                                 bool
	book                                           *Bookmark // the lists are never changed in place
	breaks                                         *Breakpoint
	instant, end                                   int64
	fork                                           int
	forks                                          bool
}

// ScrubKey is what Scrub depends on.
func (m Model) ScrubKey() ScrubKey {
	at, ok := m.instant()
	if !ok {
		at = -1
	}
	fork := -1
	if m.plans.fork.on {
		fork = m.plans.fork.frame
	}
	return ScrubKey{m.chart.turn, m.summary.Frames, m.selected, m.position, m.list.total, m.speed,
		m.playing, m.panel, first(m.book.list), first(m.breaks.list), at, m.summary.End, fork, m.noPlan() == ""}
}

// first tells slices that are never changed in place apart.
func first[T any](s []T) *T {
	if len(s) == 0 {
		return nil
	}
	return &s[0]
}
