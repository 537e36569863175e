package ui

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// viewCompare is the middle column's view of that name.
func (s *Shell) viewCompare() app.UI { return app.Div().Class("view") }
