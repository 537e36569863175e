package ui

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// viewHPACK is the middle column's view of that name.
func (s *Shell) viewHPACK() app.UI { return app.Div().Class("view") }
