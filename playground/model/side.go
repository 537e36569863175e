package model

// Side is a tab of the left column: what goes into a session.
type Side string

// The left column's tabs.
const (
	SideCode    Side = "code"    // the program
	SideCompose Side = "compose" // a frame by hand, peers that misbehave
	SideFaults  Side = "faults"  // what the network does
)

// ActSide switches the left column. Arg: Side.
const ActSide Action = "side"

var sideTabs = []Tab{
	{ID: string(SideCode), Text: "Code"},
	{ID: string(SideCompose), Text: "Compose"},
	{ID: string(SideFaults), Text: "Faults"},
}

// SideView is the left column's tabs.
type SideView struct {
	On   Side
	Tabs []Tab
}

// Side is the left column's tabs.
func (m Model) Side() SideView {
	v := SideView{On: m.side}
	for _, t := range sideTabs {
		t.On = t.ID == string(m.side)
		v.Tabs = append(v.Tabs, t)
	}
	return v
}

// showSide switches the left column, and on a narrow page goes there.
func (m Model) showSide(s Side) (Model, []Effect) {
	for _, t := range sideTabs {
		if t.ID == string(s) {
			m.side = s
		}
	}
	if m.phone() && m.view != ViewCode {
		return m.show(ViewCode)
	}
	return m, []Effect{SetURL{m.Fragment()}}
}
