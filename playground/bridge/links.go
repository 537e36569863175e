//go:build js && wasm

package bridge

import (
	"encoding/json"
	"strings"
	"syscall/js"

	"framewise/playground/model"
)

// links has links.js write links, and ask the store of this host.
func (b *Bridge) links(e model.Effect) {
	to := b.boot.Get("links")
	switch e := e.(type) {
	case model.WriteLink:
		to.Call("write", e.Share, e.Most, b.once(func(said js.Value) {
			b.post(model.LinkWritten{ID: e.ID, Length: number(said, "length"), Text: text(said, "text"), Message: text(said, "message")})
		}))
	case model.PostShare:
		var hear js.Func
		hear = js.FuncOf(func(_ js.Value, args []js.Value) any {
			m := model.ShareSent{ID: e.ID}
			if err := json.Unmarshal([]byte(js.Global().Get("JSON").Call("stringify", args[0]).String()), &m); err != nil {
				m.State, m.Kind, m.Message = model.PostRefused, "failed", err.Error()
			}
			if m.State != model.PostSending {
				hear.Release()
			}
			b.post(m)
			return nil
		})
		to.Call("postAs", e.ID, e.Share, hear)
	case model.StopPost:
		to.Call("stop", e.ID)
	case model.RemoveShare:
		to.Call("remove", e.Share, e.Token, b.once(func(said js.Value) {
			b.post(model.ShareRemoved{Share: e.Share, Kind: text(said, "kind"), Message: text(said, "message")})
		}))
	case model.OpenLink:
		b.openLink(e, to)
	}
}

// once is a callback of JavaScript's that is called once.
func (b *Bridge) once(do func(js.Value)) js.Func {
	var f js.Func
	f = js.FuncOf(func(_ js.Value, args []js.Value) any {
		f.Release()
		do(args[0])
		return nil
	})
	return f
}

// openLink hands the record of a link to the analyser's Worker.
func (b *Bridge) openLink(e model.OpenLink, to js.Value) {
	b.startInspect()
	read := func(file js.Value) {
		if !b.inspect.alive() {
			b.post(model.FileRead{ID: e.ID, State: model.FileRefused, Text: "The analyser is not there to read the record."})
			return
		}
		b.inspect.send(map[string]any{"op": "open", "id": e.ID, "files": []any{file}, "link": e.Kind, "after": e.After})
	}
	if e.Kind == "trace" {
		read(js.Global().Get("File").New([]any{e.Text}, "link"))
		return
	}
	to.Call("fetch", e.ID, e.Text, b.once(func(said js.Value) {
		if file := said.Get("file"); file.Truthy() {
			read(file)
			return
		}
		b.post(model.FileRead{ID: e.ID, State: model.FileRefused, Text: text(said, "message")})
	}))
}

// shareSettings are the shares that this browser keeps, each under a key of its own.
func shareSettings(to map[string]string) {
	var err error
	defer caught(&err)
	keys := js.Global().Get("Object").Call("keys", js.Global().Get("localStorage"))
	for i := range keys.Length() {
		if key, own := strings.CutPrefix(keys.Index(i).String(), prefix+model.SettingShare); own {
			if v, ok := loadSetting(model.SettingShare + key); ok {
				to[model.SettingShare+key] = v
			}
		}
	}
}
