//go:build js && wasm

package bridge

import "framewise/playground/model"

// export has export.js save or print.
func (b *Bridge) export(e model.Effect) {
	to := b.boot.Get("export")
	if !to.Truthy() {
		return // its script has not come: the page has only just begun
	}
	switch e := e.(type) {
	case model.SaveFile:
		to.Call("file", e.Name, e.Type, e.Text)
	case model.SaveDrawing:
		to.Call("drawing", e.Name, e.Format, e.SVG, e.Width, e.Height)
	case model.SaveView:
		to.Call("view", e.Name, e.Title, e.Format)
	case model.PrintDrawings:
		pages := make([]any, len(*e.Pages))
		for i, p := range *e.Pages {
			pages[i] = p
		}
		to.Call("print", pages)
	}
}
