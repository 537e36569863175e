package model

// wantHPACK are the questions of the view.
func (m Model) wantHPACK() []want { return nil }

// HPACKKey is what the view is drawn from.
type HPACKKey struct{ turns [4]int }

// HPACKKey is the key of the view's region.
func (m Model) HPACKKey() HPACKKey { return HPACKKey{} }
