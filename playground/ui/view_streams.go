package ui

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// viewStreams is the middle column's view of that name.
func (s *Shell) viewStreams() app.UI { return app.Div().Class("view") }
