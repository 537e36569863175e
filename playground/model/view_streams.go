package model

// wantStreams are the questions of the view.
func (m Model) wantStreams() []want { return nil }

// StreamsKey is what the view is drawn from.
type StreamsKey struct{ turns [4]int }

// StreamsKey is the key of the view's region.
func (m Model) StreamsKey() StreamsKey { return StreamsKey{} }
