package ui

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// viewFlow is the middle column's view of that name.
func (s *Shell) viewFlow() app.UI { return app.Div().Class("view") }
