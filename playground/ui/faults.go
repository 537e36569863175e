package ui

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// faults is a tab of the left column.
func (s *Shell) faults() app.UI { return app.Div().Class("side-body") }
