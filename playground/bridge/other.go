//go:build js && wasm

package bridge

import (
	"encoding/json"
	"syscall/js"

	"framewise/playground/model"
)

// others is what the bridge knows of a second record that comes from a file.
type others struct {
	files js.Value // chosen together, and not handed to the analyser yet
}

// compareWith has the analyser's Worker read a second record.
func (b *Bridge) compareWith(e model.CompareWith) {
	if !b.inspect.alive() {
		b.post(model.OtherArrived{ID: e.ID, Err: "the analyser is not there to read it"})
		return
	}
	m := map[string]any{"op": "other", "id": e.ID, "from": e.From}
	if e.From == model.FromFile && b.others.files.Truthy() {
		m["files"] = b.others.files
		b.others.files = js.Undefined()
	}
	b.inspect.send(m)
}

// otherRead takes what the Worker says of the second record.
func (b *Bridge) otherRead(data js.Value) {
	m := model.OtherArrived{ID: number(data, "id"), Err: text(data, "message")}
	if m.Err == "" {
		if err := json.Unmarshal(octets(data.Get("bytes")), &m.Summary); err != nil {
			m.Err = "its summary can't be read: " + err.Error()
		}
	}
	b.post(m)
}

// chooseFile opens the browser's dialog for files.
func (b *Bridge) chooseFile(e model.ChooseFile) {
	in := js.Global().Get("document").Call("createElement", "input")
	in.Set("type", "file")
	in.Set("accept", e.Kinds)
	in.Set("multiple", true)
	var f js.Func
	f = js.FuncOf(func(js.Value, []js.Value) any {
		f.Release()
		b.fileChosen(in.Get("files"))
		return nil
	})
	in.Call("addEventListener", "change", f)
	in.Call("click")
}

func (b *Bridge) fileChosen(files js.Value) {
	if !files.Truthy() || files.Length() == 0 {
		return
	}
	b.others.files = js.Global().Get("Array").Call("from", files)
	b.post(model.FileChosen{Files: given(files)})
}

// listenForFiles takes files that are dropped on the view of two records, before
// anything else that takes files.
func (b *Bridge) listenForFiles() {
	over := func(args []js.Value) bool {
		target := args[0].Get("target")
		types := args[0].Get("dataTransfer").Get("types")
		return target.Get("closest").Truthy() && target.Call("closest", "."+model.ClassDrop).Truthy() && types.Truthy() && types.Call("includes", "Files").Bool()
	}
	listen := func(name string, do func(e js.Value)) {
		js.Global().Call("addEventListener", name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			if over(args) {
				args[0].Call("preventDefault")
				args[0].Call("stopImmediatePropagation")
				do(args[0])
			}
			return nil
		}), true)
	}
	listen("dragover", func(js.Value) {})
	listen("drop", func(e js.Value) { b.fileChosen(e.Get("dataTransfer").Get("files")) })
}
