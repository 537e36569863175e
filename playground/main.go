//go:build js && wasm

// Command playground is the page's program, app.wasm: package ui on package
// model, joined with the browser by package bridge.
package main

import (
	"runtime/debug"

	"framewise/playground/bridge"
	"framewise/playground/ui"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// garbage is how much the heap may grow, in percent of what is in use, before
// it is swept. The page keeps few megabytes and makes many short-lived elements
// with each step: the usual 100 sweeps in the middle of most of them.
const garbage = 400

func main() {
	debug.SetGCPercent(garbage)
	b := bridge.New()
	flags := b.Flags()
	app.RouteWithRegexpFunc(".*", func() app.Composer { return ui.New(flags, b) })
	app.RunWhenOnBrowser()
}
