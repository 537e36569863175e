package model

import "framewise/core/inspect/view"

// pair is the view of two records side by side.
type pair struct {
	tab    string // "": frames; "figures", "clients"
	only   bool   // only what differs
	top    int    // CSS pixels
	height int
	shown  [2]int // record and frame whose row was brought in sight last
	goal   int    // 1 or -1: the next difference is gone to as soon as it is known
	plan   Plan   // of the session that is shown
	fork   int    // the frame at which the last two sessions part, -1: none
}

// The actions of the view.
const (
	ActCompare   Action = "compare"        // Arg: where the second record comes from; "file!" asks for a file, "stop" lets go
	ActDiffer    Action = "differ"         // N: 1 the next difference, -1 the one before
	ActDifferRow Action = "compare-select" // Arg: record "0" or "1", N: frame
	ActOnly      Action = "compare-only"   // only what differs, or all
	ActPairTab   Action = "compare-tab"    // Arg: "", "figures", "clients"
	ActPairCopy  Action = "compare-copy"   // Arg: the fingerprint
)

// CompareScrolled says which part of the list of both records can be seen, in CSS pixels.
type CompareScrolled struct{ Top, Height int }

// ScrollPart moves what an element shows, in CSS pixels from its top, after
// the page was drawn.
type ScrollPart struct {
	ID  string
	Top int
}

func (CompareScrolled) msg() {}
func (ScrollPart) effect()   {}

// IDCompare is the list of both records, ClassDrop where a file can be dropped.
const (
	IDCompare = "compare-list"
	ClassDrop = "compare"
)

// compareMsg takes the messages about a second record.
func (m Model) compareMsg(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case OtherArrived:
		return m.otherArrived(msg)
	case FileChosen:
		m.other.name = ""
		for i, f := range msg.Files {
			if i > 0 {
				m.other.name += ", "
			}
			m.other.name += f.Name
		}
		m, effects := m.compareWith(FromFile)
		m, more := m.show(ViewCompare)
		return m, append(effects, more...)
	case CompareScrolled:
		m.pair.top, m.pair.height = max(0, msg.Top), msg.Height
	}
	return m, nil
}

// compareClick does what the view's buttons say.
func (m Model) compareClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActRecord:
		if !m.other.ready {
			m.notice = notice{text: "There is one record only. Compare reads a second one.", label: "Compare", do: Click{What: ActView, Arg: string(ViewCompare)}}
			return m, nil
		}
		return m.showRecord(c.N)
	case ActCompare:
		return m.compare(c.Arg)
	case ActDiffer:
		return m.differ(c.N)
	case ActDifferRow:
		r := 0
		if c.Arg == "1" {
			r = 1
		}
		return m.selectOf(r, c.N)
	case ActOnly:
		m.pair.only, m.pair.top, m.pair.shown = !m.pair.only, 0, [2]int{-1, -1}
		m.dropAnswers(slotAligned)
		return m, []Effect{ScrollPart{ID: IDCompare}}
	case ActPairCopy:
		return m, []Effect{Copy{Text: c.Arg, What: "the fingerprint"}}
	case ActPairTab:
		m.pair.tab = c.Arg
		m.pair.top, m.pair.shown = 0, [2]int{-1, -1}
	}
	return m, nil
}

func (m Model) compare(from string) (Model, []Effect) {
	m.pair.shown, m.pair.top = [2]int{-1, -1}, 0
	switch from {
	case "file!":
		return m, []Effect{ChooseFile{kindsRecord}}
	case "stop":
		m, effects := m.showRecord(0)
		m.other, m.again = beside{id: m.other.id, last: m.other.last}, again{}
		return m, append(effects, CompareWith{ID: m.other.id})
	case FromBefore:
		if !m.other.last {
			m.notice = notice{text: "There is no run before this one yet. Change the program or the network, and run it again."}
			return m.show(ViewCompare)
		}
	case FromPin:
		m, effects := m.compareWith(from)
		effects = append([]Effect{PinRecord{}}, effects...)
		m.notice = notice{text: "This record is kept. What runs from now on is compared with it."}
		m, more := m.show(ViewCompare)
		return m, append(effects, more...)
	}
	m, effects := m.compareWith(from)
	m, more := m.show(ViewCompare)
	return m, append(effects, more...)
}

// selectOf selects a frame of one of the two records.
func (m Model) selectOf(r, frame int) (Model, []Effect) {
	m, effects := m.showRecord(r)
	m.pause()
	m.chosen()
	m, more := m.selectFrame(frame)
	return m, append(effects, more...)
}

// differ goes to the next difference from the selected frame, or the one before.
func (m Model) differ(by int) (Model, []Effect) {
	m, effects := m.show(ViewCompare)
	if !m.other.ready {
		m.notice = notice{text: "There is nothing to compare with yet: choose it in Compare."}
		return m, effects
	}
	m.pair.goal, m.pair.tab = by, ""
	m, more := m.differNow()
	return m, append(effects, more...)
}

// differNow goes there if the place is known.
func (m Model) differNow() (Model, []Effect) {
	v, ok := m.alignedHere()
	if m.pair.goal == 0 || !ok {
		return m, nil
	}
	to := v.Next
	if m.pair.goal < 0 {
		to = v.Before
	}
	m.pair.goal = 0
	switch {
	case to.Row < 0 && v.Differences == 0:
		m.notice = notice{text: "The two records have the same frames."}
	case to.Row < 0:
		m.notice = notice{text: "No further difference in that direction."}
	case to.A < 0 || m.record == 1 && to.B >= 0:
		return m.selectOf(1, to.B)
	default:
		return m.selectOf(0, to.A)
	}
	return m, nil
}

// alignedHere is the answer about the selected frame.
func (m Model) alignedHere() (*view.Aligned, bool) {
	v, ok := answer[view.Aligned](m, slotAligned)
	of := m.replies[slotAligned].of
	if !ok || of.Frame != m.selected || of.Record != m.record {
		return nil, false
	}
	return v, true
}

// counterpart is the frame of the other record beside the selected one, -1: not known.
func (m Model) counterpart() int {
	v, ok := m.alignedHere()
	if !ok || v.At < v.From || v.At >= v.From+len(v.Rows) {
		return -1
	}
	row := v.Rows[v.At-v.From]
	side := row.B
	if m.record == 1 {
		side = row.A
	}
	if side == nil {
		return -1
	}
	return side.Index
}

// pairPlaced shows the row of the selected frame once its place is known, and
// goes to a difference that was asked for.
func (m Model) pairPlaced(effects []Effect) (Model, []Effect) {
	m, files := m.pairsCame()
	effects = append(effects, files...)
	v, ok := m.alignedHere()
	if !ok || m.view != ViewCompare {
		return m, effects
	}
	if m.pair.goal != 0 {
		m, more := m.differNow()
		return m, append(effects, more...)
	}
	here := [2]int{m.record, m.selected}
	if v.At < 0 || m.pair.shown == here || m.pair.tab != "" {
		return m, effects
	}
	m.pair.shown = here
	h, y := m.pairRow(), v.At*m.pairRow()
	high := m.pairHeight()
	switch {
	case y < m.pair.top+h:
		m.pair.top = max(0, y-2*h)
	case y+2*h > m.pair.top+high:
		m.pair.top = max(0, min(y+3*h-high, v.Total*h-high))
	default:
		return m, effects
	}
	return m, append(effects, ScrollPart{ID: IDCompare, Top: m.pair.top})
}

// pairRow is the height of a row, in CSS pixels.
func (m Model) pairRow() int {
	if m.phone() {
		return 54
	}
	return 30
}

// pairHeight is how much of the list can be seen, in CSS pixels.
func (m Model) pairHeight() int {
	if m.pair.height > 0 {
		return m.pair.height
	}
	return max(m.height-330, 200)
}

// pairWindow is the rows that are drawn.
func (m Model) pairWindow() (first, n int) {
	h := m.pairRow()
	return max(0, m.pair.top/h-overscan), max(m.pairHeight(), m.height/2)/h + 2 + 2*overscan
}

// pairPage is how many rows are asked for at a time.
const pairPage = 192

// wantCompare are the questions of the view.
func (m Model) wantCompare() []want {
	if !m.other.ready {
		return nil
	}
	first, _ := m.pairWindow()
	all := m.wantExport()
	q := Question{Op: "aligned", Record: m.record, Frame: m.selected, From: max(0, first/pageRows*pageRows), N: pairPage}
	if m.pair.only {
		q.What = "differ"
	}
	return append(all, want{slot: slotCompare, q: Question{Op: "compare"}}, want{slot: slotAligned, q: q})
}
