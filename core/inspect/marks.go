package inspect

import (
	"cmp"
	"slices"
	"sort"

	"framewise/core/inspect/view"
)

// MaxMarks is how many remarks and faults a summary lists.
const MaxMarks = 1000

// markIndex is where the remarks and faults of the record stand among its rows.
type markIndex struct {
	version int
	marks   []view.Mark // in order of their frames
}

// addMark takes in a remark that a person made, or something that was done to a
// connection on purpose.
func (a *Analyser) addMark(m view.Mark) {
	m.What, m.Text = clean(m.What), cleanLines(m.Text)
	a.end = max(a.end, m.At)
	a.marks = append(a.marks, m)
}

// maxMarkBack is how many frames are looked at to find the last one of a fault's
// connection.
const maxMarkBack = 4096

// marked brings the index up to date: a remark belongs to the last frame that
// was sent by its time, -1 when there was none; a bookmark to the frame it names.
func (a *Analyser) marked() []view.Mark {
	x := &a.markIndex
	if x.version == a.version {
		return x.marks
	}
	x.version = a.version
	x.marks = slices.Clone(a.marks)
	for i := range x.marks {
		m := &x.marks[i]
		if m.Kind == "bookmark" {
			continue // it says itself where it belongs
		}
		m.Frame = sort.Search(a.rows.len(), func(k int) bool { return a.pick(k, nil).SentAt() > m.At }) - 1
		for k := m.Frame; m.Conn != 0 && k >= 0 && m.Frame-k < maxMarkBack; k-- {
			if a.pick(k, nil).Conn() == m.Conn {
				m.Frame = k
				break
			}
		}
	}
	slices.SortStableFunc(x.marks, func(p, q view.Mark) int { return cmp.Or(cmp.Compare(p.Frame, q.Frame), cmp.Compare(p.At, q.At)) })
	return x.marks
}

// marksOf are the remarks and faults that belong to a row, nil for none.
func (a *Analyser) marksOf(row int) []view.Mark {
	marks := a.marked()
	from := sort.Search(len(marks), func(i int) bool { return marks[i].Frame >= row })
	to := from
	for to < len(marks) && marks[to].Frame == row {
		to++
	}
	if from == to {
		return nil
	}
	return slices.Clone(marks[from:to])
}
