package model

// ComposeKey is what the tab is drawn from.
type ComposeKey struct{}

// ComposeKey is the key of the tab's region.
func (m Model) ComposeKey() ComposeKey { return ComposeKey{} }
