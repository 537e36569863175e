//go:build js && wasm

package bridge

import (
	"encoding/json"
	"strings"
	"syscall/js"

	"framewise/playground/model"
)

// share has share.js make a file of the record, or does something with it.
func (b *Bridge) share(e model.Effect) {
	to := b.boot.Get("share")
	switch e := e.(type) {
	case model.StartShare:
		if !to.Truthy() {
			b.post(model.ShareTold{ID: e.ID, State: model.ShareFailed, Message: "The page has only just begun. Try again in a second."})
			return
		}
		var hear js.Func
		hear = js.FuncOf(func(_ js.Value, args []js.Value) any {
			m := model.ShareTold{ID: e.ID}
			if err := json.Unmarshal([]byte(js.Global().Get("JSON").Call("stringify", args[0]).String()), &m); err != nil {
				m = model.ShareTold{ID: e.ID, State: model.ShareFailed, Message: "What was made can't be described: " + err.Error() + "."}
			}
			switch m.State {
			case model.ShareDone, model.ShareFailed, model.ShareCancelled:
				hear.Release()
			}
			b.post(m)
			return nil
		})
		to.Call("start", e.ID, shareRequest(e), hear)
	case model.CancelShare:
		to.Call("cancel", e.ID)
	case model.SaveShare:
		to.Call("save", e.ID, e.Name)
	case model.ShareBeside:
		b.others.files = js.ValueOf([]any{js.Global().Get("File").New([]any{to.Call("blob", e.ID)}, e.Name)})
		b.post(model.FileChosen{Files: []model.GivenFile{{Name: e.Name}}})
	case model.DropShare:
		to.Call("drop", e.ID)
	}
}

func shareRequest(e model.StartShare) map[string]any {
	fields := []any{}
	for name := range strings.SplitSeq(e.Fields, ",") {
		if name != "" {
			fields = append(fields, name)
		}
	}
	r := map[string]any{"what": e.What, "record": e.Record, "format": e.Format, "side": e.Side, "redact": e.Redact,
		"fields": fields, "program": e.Program, "notes": e.Notes, "marks": markValue(e.Marks)}
	if e.Own {
		r["title"], r["note"] = e.Title, e.Note
	}
	return r
}
