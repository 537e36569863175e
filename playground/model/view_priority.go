package model

import (
	"slices"
	"strconv"

	"framewise/core/inspect/view"
)

const (
	treePage  = 50   // rows of the tree at a time
	treeMost  = 1000 // that the analyser tells
	laneMost  = 14   // streams of an urgency
	turnsMost = 48   // blocks of the strip
	guideMost = 10   // levels that are drawn
)

// wantPriority are the questions of the view.
func (m Model) wantPriority() []want {
	conn := m.viewConn()
	if conn == 0 {
		return nil
	}
	n := min(max(100, (m.sheets.page+2)*treePage), treeMost)
	return []want{{slot: slotPriority, q: Question{Op: "priority", Conn: conn, Frame: m.selected, N: n}, again: func(v any) bool {
		p, ok := v.(*view.Priority)
		return ok && p.Partial
	}}}
}

// PriorityKey is what the view is drawn from.
type PriorityKey struct {
	turns   [4]int
	version int
	conn    uint32
	sheets  sheets
}

// PriorityKey is the key of the view's region.
func (m Model) PriorityKey() PriorityKey {
	return PriorityKey{m.turns(slotPriority), m.summary.Version, m.viewConn(), m.sheets}
}

// PriorityView is how the streams of a connection are prioritised at the
// instant, as the server knows, and whom it served when.
type PriorityView struct {
	Empty     string
	Problem   string
	Instant   string
	Scheme    string // what is in force, in a few words
	Text      string // why
	Ref       Link
	Partial   string
	Forms     []Tab
	Lanes     []UrgencyLane // none: nobody has said anything of RFC 9218
	LanesNote string        // whether they are in force
	Tree      []TreeRow
	TreeNote  string
	Pages     string // "1 to 50 of 1,000", "": one page
	AtStart   bool
	AtEnd     bool
	More      string // what is not told
	Turns     []TurnBlock
	TurnsNote string
	TurnsEnd  bool // the instant is behind the last turn
	Table     bool
}

// TreeRow is a stream in RFC 7540's tree.
type TreeRow struct {
	Stream  int
	Guides  []bool // for each level to its left: a line goes on to a later sibling
	Last    bool   // of its siblings
	Parent  string // "on stream 3"
	Weight  string
	Share   int // percent of what its parent leaves
	State   string
	Request string
	Octets  string
	Quiet   bool // closed, or no stream that carries anything
}

// UrgencyLane is an urgency of RFC 9218 with its streams.
type UrgencyLane struct {
	Urgency string // "u=0"
	Note    string // "first"
	Streams []UrgencyStream
	More    string
}

// UrgencyStream is a stream in its urgency.
type UrgencyStream struct {
	Stream      int
	Incremental bool
	From        string // "by its request", "default"
	Field       string // "u=1, i"
	State       string
	Request     string
	Quiet       bool
}

// TurnBlock is a run of DATA on one stream.
type TurnBlock struct {
	Stream  int
	Color   int // 1 to 6, by stream
	First   int
	Frames  string // "frames 18 to 19"
	Octets  string // "20 B"
	Width   int    // 1 to 5
	From    string
	To      string
	Now     bool // the instant is within it
	Here    bool // the instant is just before it
	Future  bool
	Label   string // "frames 18 to 19, from 5.00 ms"
	Request string
}

// Priority is how streams are prioritised.
func (m Model) Priority() PriorityView {
	v := PriorityView{Forms: chartTabs(m.sheets.turnsTable), Table: m.sheets.turnsTable,
		Problem: Shown(m.replies[slotPriority].err)}
	p, ok := answer[view.Priority](m, slotPriority)
	switch {
	case m.viewConn() == 0:
		v.Empty = m.nothingYet() + ": who is served first, and why, is shown here."
	case !ok && v.Problem == "":
		v.Empty = "Asking the analyser…"
	}
	if v.Empty != "" || !ok {
		return v
	}
	v.Instant = joined(instantNote(p.Frame), m.connNote())
	v.scheme(p)
	if p.Partial {
		v.Partial = "The tree is still being built up to this instant."
	}
	v.lanes(p)
	m.tree(&v, p)
	v.turnBlocks(p)
	return v
}

func (v *PriorityView) scheme(p *view.Priority) {
	v.Text = Shown(p.Text)
	switch p.Scheme {
	case "RFC 9218":
		v.Scheme, v.Ref = "Urgency and incremental", RFCLink("RFC 9218 4")
	case "RFC 7540":
		v.Scheme, v.Ref = "A tree of dependencies", RFCLink("RFC 7540 5.3")
	default:
		v.Scheme, v.Ref = "No priorities", RFCLink("RFC 9113 5.3")
		v.Text += " A client can say otherwise: with a priority field in a request (u=1, i), with PRIORITY_UPDATE, or in RFC 7540's way with HEADERS and PRIORITY, as stream.priority() does."
	}
}

// said says whether anything in the answer is of RFC 9218, and of RFC 7540.
func said(p *view.Priority) (urgency, tree bool) {
	if p.Scheme == "none" {
		return false, false
	}
	urgency = p.Scheme == "RFC 9218"
	tree = p.Scheme == "RFC 7540"
	for i := range p.Nodes {
		n := &p.Nodes[i]
		urgency = urgency || n.From != "default"
		tree = tree || n.Parent != 0 || n.Weight != 16 || n.State == "idle"
	}
	return urgency, tree
}

var sources = map[string]string{"default": "by default", "request": "by its request", "PRIORITY_UPDATE": "by PRIORITY_UPDATE", "response": "by its response"}

// lanes sorts the streams by urgency.
func (v *PriorityView) lanes(p *view.Priority) {
	if urgency, _ := said(p); !urgency {
		return
	}
	v.LanesNote = "0 is served first, 7 last"
	for u := range 8 {
		lane := UrgencyLane{Urgency: "u=" + strconv.Itoa(u), Note: map[int]string{0: "first", 3: "default", 7: "last"}[u]}
		more := 0
		for i := range p.Nodes {
			n := &p.Nodes[i]
			if n.Urgency != u {
				continue
			}
			if len(lane.Streams) == laneMost {
				more++
				continue
			}
			lane.Streams = append(lane.Streams, UrgencyStream{Stream: int(n.Stream), Incremental: n.Incremental, From: sources[n.From],
				Field: Shown(n.Field), State: n.State, Request: Shown(n.Request), Quiet: n.State == "closed"})
		}
		if more > 0 {
			lane.More = "and " + plural(more, "more stream", "more streams")
		}
		v.Lanes = append(v.Lanes, lane)
	}
}

// tree is a page of the tree's rows, with the lines that join them.
func (m Model) tree(v *PriorityView, p *view.Priority) {
	if _, tree := said(p); !tree || len(p.Nodes) == 0 {
		return
	}
	rows := treeRows(p.Nodes)
	from := min(m.sheets.page*treePage, (len(rows)-1)/treePage*treePage)
	to := min(from+treePage, len(rows))
	v.Tree = rows[from:to]
	v.AtStart, v.AtEnd = from == 0, to >= min(p.Total, treeMost)
	if !v.AtStart || !v.AtEnd {
		v.Pages = Count(int64(from+1)) + " to " + Count(int64(to)) + " of " + plural(p.Total, "stream", "streams")
	}
	if p.Total > treeMost && v.AtEnd {
		v.More = "Of " + Count(int64(p.Total)) + " streams the first " + Count(treeMost) + " are told."
	}
	v.TreeNote = "who depends on whom; siblings share by weight"
	if p.Scheme == "RFC 9218" {
		v.TreeNote = "was signalled, means nothing here"
	}
}

// treeRows are the rows of a tree whose nodes stand before those that depend on
// them.
func treeRows(nodes []view.PriorityNode) []TreeRow {
	rows := make([]TreeRow, len(nodes))
	open := map[int]bool{} // by depth: a later sibling is below
	for i, n := range slices.Backward(nodes) {
		r := TreeRow{Stream: int(n.Stream), Parent: "on the root", Weight: strconv.Itoa(n.Weight), Share: n.Share, State: n.State,
			Request: Shown(n.Request), Octets: Count(n.Octets), Quiet: n.State == "closed" || n.State == "idle", Last: !open[n.Depth]}
		if n.Parent != 0 {
			r.Parent = "on stream " + strconv.Itoa(int(n.Parent))
		}
		for d := range min(n.Depth, guideMost) {
			r.Guides = append(r.Guides, open[d])
		}
		for d := range open {
			if d > n.Depth {
				delete(open, d)
			}
		}
		open[n.Depth] = true
		rows[i] = r
	}
	return rows
}

// turnBlocks are the turns around the instant.
func (v *PriorityView) turnBlocks(p *view.Priority) {
	behind := 0 // turns that had begun
	for behind < len(p.Turns) && (p.Frame < 0 || p.Turns[behind].First <= p.Frame) {
		behind++
	}
	from := max(0, min(behind-turnsMost/2, len(p.Turns)-turnsMost))
	to := min(from+turnsMost, len(p.Turns))
	most := 1
	for _, t := range p.Turns[from:to] {
		most = max(most, t.Octets)
	}
	requests := map[uint32]string{}
	for i := range p.Nodes {
		requests[p.Nodes[i].Stream] = Shown(p.Nodes[i].Request)
	}
	for i := from; i < to; i++ {
		t := &p.Turns[i]
		b := TurnBlock{Stream: int(t.Stream), Color: int(t.Stream/2)%6 + 1, First: t.First, Octets: Count(int64(t.Octets)) + " B",
			Width: 1 + t.Octets*4/most, From: Millis(t.From), To: Millis(t.To), Future: i >= behind, Here: i == behind, Request: requests[t.Stream]}
		if b.Frames = "frame " + number(t.First+1); t.Count > 1 {
			b.Frames = Count(int64(t.Count)) + " frames, " + number(t.First+1) + " to " + number(t.Last+1)
		}
		b.Now = i == behind-1 && p.Frame >= 0 && t.Last >= p.Frame
		b.Label = b.Frames + ", from " + b.From
		v.Turns = append(v.Turns, b)
	}
	v.TurnsEnd = len(v.Turns) > 0 && behind == len(p.Turns)
	v.TurnsNote = "DATA of the server, a block a turn"
	switch {
	case len(v.Turns) == 0:
		v.TurnsNote = ""
	case to-from < len(p.Turns) || len(p.Turns) >= 100:
		v.TurnsNote = "DATA of the server, the " + strconv.Itoa(to-from) + " turns around the instant"
	}
}
