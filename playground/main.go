//go:build js && wasm

// Command playground is the page's program, app.wasm: package ui on package
// model, joined with the browser by package bridge.
package main

import (
	"framewise/playground/bridge"
	"framewise/playground/ui"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

func main() {
	b := bridge.New()
	flags := b.Flags()
	app.RouteWithRegexpFunc(".*", func() app.Composer { return ui.New(flags, b) })
	app.RunWhenOnBrowser()
}
