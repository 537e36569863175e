package model

// wantFlow are the questions of the view.
func (m Model) wantFlow() []want { return nil }

// FlowKey is what the view is drawn from.
type FlowKey struct{ turns [4]int }

// FlowKey is the key of the view's region.
func (m Model) FlowKey() FlowKey { return FlowKey{} }
