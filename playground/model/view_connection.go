package model

// wantConnection are the questions of the view.
func (m Model) wantConnection() []want { return nil }

// ConnectionKey is what the view is drawn from.
type ConnectionKey struct{ turns [4]int }

// ConnectionKey is the key of the view's region.
func (m Model) ConnectionKey() ConnectionKey { return ConnectionKey{} }
