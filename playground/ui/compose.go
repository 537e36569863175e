package ui

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// compose is a tab of the left column.
func (s *Shell) compose() app.UI { return app.Div().Class("side-body") }
