package model

import (
	"slices"
	"strconv"
	"strings"
)

// The actions of the list's order.
const (
	ActSort   Action = "sort"   // Arg: a column; up, down, then by time again
	ActRuns   Action = "runs"   // the Sequence shows long runs as one row each, or every frame
	ActUnfold Action = "unfold" // N: position of a run, -1 for the selected one; opens or closes it
)

// Column is the head of a column of the Frames view.
type Column struct {
	ID    string // what the list is sorted by, "": it can't be
	Text  string
	Order string // "ascending" or "descending" where the list is sorted by it, else "none"
	Next  string // what pressing it does
}

// columns are those of the Frames view, in order.
var columns = []Column{{Text: "#"}, {ID: "time", Text: "time"}, {ID: "direction", Text: "way"}, {ID: "type", Text: "type"},
	{ID: "stream", Text: "stream"}, {ID: "length", Text: "length"}, {Text: "flags"}, {Text: "what it says"}}

// Columns are the heads of the Frames view.
func (m Model) Columns() []Column {
	out := slices.Clone(columns)
	for i := range out {
		c := &out[i]
		c.Order = "none"
		by := m.list.sort
		if by == "" {
			by = "time"
		}
		if c.ID != by {
			c.Next = "sort by " + c.Text
			continue
		}
		c.Order, c.Next = "ascending", "sort by "+c.Text+", the last first"
		if m.list.desc {
			c.Order, c.Next = "descending", "sort by time"
		}
	}
	return out
}

// orderClick does what the actions of the list's order say.
func (m Model) orderClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActSort:
		m.sortBy(c.Arg)
	case ActRuns:
		m.list.runs = !m.list.runs
	case ActUnfold:
		return m.unfold(c.N)
	}
	return m.reordered()
}

// sortBy goes on to the next order of a column.
func (m *Model) sortBy(column string) {
	known := slices.ContainsFunc(columns, func(c Column) bool { return c.ID == column })
	switch l := &m.list; {
	case !known || column == "":
	case column == "time":
		l.desc = l.sort == "" && !l.desc
		l.sort = ""
	case column != l.sort:
		l.sort, l.desc = column, false
	case !l.desc:
		l.desc = true
	default:
		l.sort, l.desc = "", false
	}
}

// reordered asks for the list in its new order; the selected frame's row is
// shown as soon as its place is known.
func (m Model) reordered() (Model, []Effect) {
	m.locating = true
	m.auto = m.auto && m.follow // who sorts looks around
	m, effects := m.fetchPages(0, 1)
	return m, append(effects, SetURL{m.Fragment()})
}

// maxOpen is how many runs are open at a time.
const maxOpen = 50

// unfold opens a closed run or closes an open one: that of a position, or the
// one that holds the selected frame.
func (m Model) unfold(position int) (Model, []Effect) {
	if position < 0 {
		position = m.position
	}
	r, ok := m.list.row(position)
	for ok && r.Inside && position > 0 { // the row of its run stands above
		position--
		r, ok = m.list.row(position)
	}
	if !ok || r.Run == nil {
		m.notice = notice{text: "This row is one frame. Enter opens and closes rows of several, such as “× 40 DATA”."}
		return m, nil
	}
	var open []string
	for _, f := range strings.Split(m.list.open, ",") {
		if n, err := strconv.Atoi(f); err == nil && (n < r.Index || n > r.Run.Last) {
			open = append(open, f)
		}
	}
	if !r.Run.Open {
		open = append(open, strconv.Itoa(r.Index))
	}
	m.list.open = strings.Join(open[max(0, len(open)-maxOpen):], ",")
	return m.reordered()
}

// orderValue is the list's order as addresses carry it: "length", "-length".
func (l list) orderValue() string {
	by := l.sort
	if by == "" && l.desc {
		by = "time"
	}
	if l.desc {
		return "-" + by
	}
	return by
}

// restoreOrder reads an order of an address; one that is none is that of time.
func (l *list) restoreOrder(value string) {
	l.sort, l.desc = "", false
	by, desc := strings.CutPrefix(value, "-")
	for _, c := range columns {
		if c.ID == by && by != "" {
			l.sort, l.desc = strings.TrimSuffix(by, "time"), desc
		}
	}
}
