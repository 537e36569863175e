package model

// wantPriority are the questions of the view.
func (m Model) wantPriority() []want { return nil }

// PriorityKey is what the view is drawn from.
type PriorityKey struct{ turns [4]int }

// PriorityKey is the key of the view's region.
func (m Model) PriorityKey() PriorityKey { return PriorityKey{} }
