package model

// FaultsKey is what the tab is drawn from.
type FaultsKey struct{}

// FaultsKey is the key of the tab's region.
func (m Model) FaultsKey() FaultsKey { return FaultsKey{} }
