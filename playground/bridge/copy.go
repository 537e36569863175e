//go:build js && wasm

package bridge

import (
	"syscall/js"

	"framewise/playground/model"
)

// copyText puts a text into the clipboard. Where the browser has no clipboard for
// the page (it is not a secure context, or somebody said no), the old way with a
// selected field is tried.
func (b *Bridge) copyText(e model.Copy) {
	told := func(ok bool) { b.post(model.Copied{What: e.What, OK: ok}) }
	clipboard := js.Global().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() {
		told(copySelected(e.Text))
		return
	}
	var done, failed js.Func
	release := func() {
		done.Release()
		failed.Release()
	}
	done = js.FuncOf(func(js.Value, []js.Value) any {
		release()
		told(true)
		return nil
	})
	failed = js.FuncOf(func(js.Value, []js.Value) any {
		release()
		told(copySelected(e.Text))
		return nil
	})
	clipboard.Call("writeText", e.Text).Call("then", done, failed)
}

// copySelected copies with a field that holds the text, and gives the keyboard
// back to where it was.
func copySelected(text string) (ok bool) {
	var err error
	defer func() { ok = ok && err == nil }()
	defer caught(&err)
	document := js.Global().Get("document")
	was := document.Get("activeElement")
	field := document.Call("createElement", "textarea")
	field.Set("value", text)
	field.Set("className", "hidden")
	document.Get("body").Call("append", field)
	field.Call("select")
	ok = document.Call("execCommand", "copy").Truthy()
	field.Call("remove")
	if was.Truthy() {
		was.Call("focus")
	}
	return ok
}
