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
			b.post(model.FileGiven{File: args[1].Int(), Files: given(args[2])})
		}
		return nil
	}))
}

// given is what the page wants to know of the browser's files.
func given(list js.Value) []model.GivenFile {
	out := make([]model.GivenFile, list.Length())
	for i := range out {
		f := list.Index(i)
		out[i] = model.GivenFile{Name: text(f, "name"), Size: int64(f.Get("size").Float())}
	}
	return out
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
		m := map[string]any{"op": "open", "id": e.ID, "files": b.boot.Get("files").Call("slice", e.File, e.File+e.Of), "after": e.After}
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
		Source: text(data, "source"), Note: text(data, "note"), Locked: number(data, "locked"),
		Record: number(data, "record"), KeyLog: number(data, "keyLog")}
	if n := data.Get("read"); n.Type() == js.TypeNumber {
		m.Read = int64(n.Float())
	}
	b.post(m)
}
