//go:build js && wasm

package bridge

import (
	"strings"
	"syscall/js"

	"framewise/playground/model"
)

// prefix keeps the page's settings apart from those of other pages of the host.
const prefix = "framewise."

// Flags are what the page knows at its start: address, storage, size, examples.
func (b *Bridge) Flags() model.Flags {
	w := js.Global()
	location := w.Get("location")
	f := model.Flags{
		Fragment:   strings.TrimPrefix(location.Get("hash").String(), "#"),
		Settings:   map[string]string{},
		Width:      w.Get("innerWidth").Int(),
		Height:     w.Get("innerHeight").Int(),
		SystemDark: w.Call("matchMedia", "(prefers-color-scheme: dark)").Get("matches").Bool(),
		Embed:      w.Get("URLSearchParams").New(location.Get("search")).Call("get", "embed").Equal(js.ValueOf("1")),
		SlowMotion: w.Call("matchMedia", "(prefers-reduced-motion: reduce)").Get("matches").Bool(),
	}
	for _, key := range model.Settings() {
		if v, ok := loadSetting(key); ok {
			f.Settings[key] = v
		}
	}
	shareSettings(f.Settings)
	f.Page = location.Get("origin").String() + location.Get("pathname").String()
	f.Now = w.Get("Date").New().Call("toISOString").String()
	if relay, ok := strings.CutPrefix(w.Get("URL").New("relay", location.Get("href")).Get("href").String(), "http"); ok {
		f.RelayOrigin, _, _ = strings.Cut("ws"+relay, "?")
	}
	examples := b.boot.Get("examples")
	for i := range examples.Length() {
		e := examples.Index(i)
		f.Examples = append(f.Examples, model.Example{Name: text(e, "name"), Title: text(e, "title"), Group: text(e, "group"),
			Heading: text(e, "heading"), Program: text(e, "text"), Around: around(e.Get("around"))})
	}
	return f
}

// around reads what an example presupposes.
func around(v js.Value) model.Around {
	if !v.Truthy() {
		return model.Around{}
	}
	a := model.Around{Before: text(v, "before"), Open: text(v, "open"), After: text(v, "after"), Close: text(v, "close"), Why: text(v, "why")}
	if names := v.Get("modules"); names.Truthy() {
		a.Modules = map[string]string{}
		keys := js.Global().Get("Object").Call("keys", names)
		for i := range keys.Length() {
			name := keys.Index(i).String()
			a.Modules[name] = text(names, name)
		}
	}
	return a
}

// loadSetting reads the browser's storage, which may be switched off.
func loadSetting(key string) (value string, ok bool) {
	var err error
	defer func() { ok = ok && err == nil }()
	defer caught(&err)
	v := js.Global().Get("localStorage").Call("getItem", prefix+key)
	if v.Type() != js.TypeString {
		return "", false
	}
	return v.String(), true
}

// saveSetting keeps a value if the browser lets it; the page works without.
func saveSetting(key, value string) {
	var err error
	defer caught(&err)
	storage := js.Global().Get("localStorage")
	if value == "" {
		storage.Call("removeItem", prefix+key)
		return
	}
	storage.Call("setItem", prefix+key, value)
}

// onPage carries out the effects that touch the page itself.
func onPage(e model.Effect) {
	document := js.Global().Get("document")
	switch e := e.(type) {
	case model.SetTheme:
		theme := "light"
		if e.Dark {
			theme = "dark"
		}
		document.Get("documentElement").Get("dataset").Set("theme", theme)
	case model.SetScroll:
		if el := document.Call("getElementById", model.IDList); el.Truthy() {
			el.Set("scrollTop", e.Top)
		}
	case model.ScrollPart:
		if el := document.Call("getElementById", e.ID); el.Truthy() {
			el.Set("scrollTop", e.Top)
		}
	case model.SetField:
		if el := document.Call("getElementById", e.ID); el.Truthy() {
			el.Set("value", e.Text)
			el.Call("setSelectionRange", e.Caret, e.Caret)
		}
	case model.Reveal:
		if el := document.Call("querySelector", "#"+e.ID+", ."+e.ID); el.Truthy() {
			el.Call("scrollIntoView", map[string]any{"block": "nearest"})
		}
	case model.Focus:
		if el := document.Call("getElementById", e.ID); el.Truthy() {
			el.Call("focus", map[string]any{"preventScroll": e.ID == model.IDList})
		}
	case model.Type:
		document.Call("execCommand", "insertText", false, e.Text)
	case model.RevealLine:
		editor("reveal", e.Line)
	case model.MarkEditor:
		editor("show", map[string]any{"cause": e.Cause, "chosen": e.Chosen, "wrong": e.Wrong, "col": e.Col, "message": e.Message})
	case model.SetEditor:
		editor("setText", e.Text)
	}
}

// editor asks the code editor for something, once the page has one.
func editor(verb string, args ...any) {
	if v := js.Global().Get("framewise").Get("editor"); v.Truthy() {
		v.Call(verb, args...)
	}
}
