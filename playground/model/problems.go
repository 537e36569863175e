package model

// ProblemsView is the line that tells what is wrong with the record, and the
// list below it.
type ProblemsView struct {
	Text string // "3 problems", "": none
	Open bool
	Rows []ProblemRow
	More string // how many are not listed
}

// Problems tells what is wrong with the record.
func (m Model) Problems() ProblemsView {
	n := m.summary.Faults
	if n == 0 {
		return ProblemsView{}
	}
	v := ProblemsView{Text: Plural(n, "problem"), Open: m.trouble}
	if !v.Open {
		return v
	}
	v.Rows = problems(m.summary.Problems)
	if more := n - len(v.Rows); more > 0 {
		v.More = "and " + Count(int64(more)) + " more: the filter error:* lists their frames, e goes to the next"
	}
	return v
}

// ProblemsKey is what Problems depends on.
func (m Model) ProblemsKey() any {
	return struct {
		version, faults int
		open            bool
	}{m.summary.Version, m.summary.Faults, m.trouble}
}
