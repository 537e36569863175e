//go:build js && wasm

package bridge

import (
	"syscall/js"

	"framewise/playground/model"
)

// watchFiles listens to what is dropped on the page, or chosen.
func (b *Bridge) watchFiles() {
	b.boot.Call("watchFiles", js.FuncOf(func(_ js.Value, args []js.Value) any {
		switch args[0].String() {
		case "over":
			b.post(model.FileDragged{Over: true})
		case "left":
			b.post(model.FileDragged{})
		case "given":
			b.post(model.FileGiven{File: args[1].Int(), Name: args[2].String(), Size: int64(args[3].Float()), Of: args[4].Int()})
		}
		return nil
	}))
}

// file carries out the effects that are about files.
func (b *Bridge) file(e model.Effect) {
	switch e := e.(type) {
	case model.PickFile:
		b.boot.Call("pickFile", e.Kinds)
	case model.ReadFile:
		b.startInspect()
		if !b.inspect.alive() {
			b.post(model.FileRead{ID: e.ID, State: model.FileRefused, Text: "The analyser is not there to read the file."})
			return
		}
		m := map[string]any{"op": "open", "id": e.ID, "file": b.boot.Get("files").Index(e.File), "after": e.After}
		if e.Keys != model.NoKeys {
			m["keys"] = b.boot.Get("files").Index(e.Keys)
		}
		b.inspect.send(m)
	case model.CancelFile:
		b.boot.Get("links").Call("stop", e.ID) // it may not have come so far
		if b.inspect.alive() {
			b.inspect.send(map[string]any{"op": "cancel", "id": e.ID})
		}
	case model.SaveRecord:
		b.boot.Call("saveRecord", markValue(e.Marks))
	}
}

// pickText has somebody choose a file whose text goes into a field.
func (b *Bridge) pickText(e model.PickText) {
	var f js.Func
	f = js.FuncOf(func(_ js.Value, args []js.Value) any {
		f.Release()
		if args[0].Type() == js.TypeString {
			b.post(model.DialEdited{Field: e.Field, Text: args[0].String()})
		}
		return nil
	})
	b.boot.Call("pickText", e.Kinds, e.Most, f)
}

// markValue is bookmarks as the analyser's Worker writes them into a record.
func markValue(list []model.Bookmark) []any {
	marks := []any{}
	for _, k := range list {
		marks = append(marks, map[string]any{"frame": k.Frame, "text": k.Note})
	}
	return marks
}

// fileRead tells how far the analyser is with a file.
func (b *Bridge) fileRead(data js.Value) {
	m := model.FileRead{ID: number(data, "id"), State: model.FileState(text(data, "state")), Text: text(data, "text"),
		Source: text(data, "source"), Note: text(data, "note"), Locked: number(data, "locked")}
	if n := data.Get("read"); n.Type() == js.TypeNumber {
		m.Read = int64(n.Float())
	}
	b.post(m)
}
