package model

import "slices"

// The views that are no list of frames. Each asks the analyser what it shows
// (see wants) and is drawn from the answers.
const (
	ViewStreams    View = "streams"    // a bar a stream over time
	ViewFlow       View = "flow"       // windows over time, stalls
	ViewPriority   View = "priority"   // the tree and the urgencies, who was served when
	ViewHPACK      View = "hpack"      // both directions' tables, what compression did
	ViewConnection View = "connection" // settings, limits, GOAWAY, errors
	ViewCompare    View = "compare"    // two records side by side
)

// viewTabs are the middle column's views, in order: their numbers are their keys.
var viewTabs = []Tab{
	{ID: string(ViewSequence), Text: "Sequence"},
	{ID: string(ViewFrames), Text: "Frames"},
	{ID: string(ViewStreams), Text: "Streams"},
	{ID: string(ViewFlow), Text: "Flow control"},
	{ID: string(ViewPriority), Text: "Priority"},
	{ID: string(ViewHPACK), Text: "HPACK"},
	{ID: string(ViewConnection), Text: "Connection"},
	{ID: string(ViewCompare), Text: "Compare"},
}

// tabs are the views that the page has at its width.
func (m Model) tabs() []Tab {
	views := slices.Clone(viewTabs)
	if m.phone() && !m.embed {
		views = append([]Tab{{ID: string(ViewCode), Text: "Code"}}, views...)
	}
	for i := range views {
		views[i].On = views[i].ID == string(m.view)
	}
	return views
}

// has says whether the page has the view at its width.
func (m Model) has(v View) bool {
	return slices.ContainsFunc(m.tabs(), func(t Tab) bool { return t.ID == string(v) })
}

// Listed says whether the view is a list of frames.
func (v View) Listed() bool { return v == ViewSequence || v == ViewFrames || v == ViewCode }

// viewConn is the connection that the views are about: the one that the list is
// narrowed to, else that of the selected frame, else the first. 0: there is none.
func (m Model) viewConn() uint32 {
	c, _ := m.conn()
	return c.ID
}

// viewStream is the stream of the selected frame, 0 for the connection.
func (m Model) viewStream() uint32 {
	if m.detailShown < 0 {
		return 0
	}
	return m.detail.Row.Stream
}

// wants are the questions whose answers the page shows at this moment.
func (m Model) wants() []want {
	wants := slices.Concat(m.wantPosition(), m.wantBits(), m.viewWants())
	if m.side == SideCompose {
		wants = append(wants, m.wantCompose()...)
	}
	return append(append(wants, m.wantFork()...), m.wantAgain()...)
}

// viewWants are the questions of the view.
func (m Model) viewWants() []want {
	switch m.view {
	case ViewStreams:
		return m.wantStreams()
	case ViewFlow:
		return m.wantFlow()
	case ViewPriority:
		return m.wantPriority()
	case ViewHPACK:
		return m.wantHPACK()
	case ViewConnection:
		return m.wantConnection()
	case ViewCompare:
		return m.wantCompare()
	}
	return nil
}
