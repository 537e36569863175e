package model

// wantCompare are the questions of the view.
func (m Model) wantCompare() []want { return nil }

// CompareKey is what the view is drawn from.
type CompareKey struct{ turns [4]int }

// CompareKey is the key of the view's region.
func (m Model) CompareKey() CompareKey { return CompareKey{} }
