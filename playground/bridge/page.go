//go:build js && wasm

package bridge

import (
	"strconv"
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
		SlowMotion: w.Call("matchMedia", "(prefers-reduced-motion: reduce)").Get("matches").Bool(),
	}
	for _, key := range []string{model.SettingTheme, model.SettingProgram, model.SettingExample, model.SettingDial} {
		if v, ok := loadSetting(key); ok {
			f.Settings[key] = v
		}
	}
	if relay, ok := strings.CutPrefix(w.Get("URL").New("relay", location.Get("href")).Get("href").String(), "http"); ok {
		f.RelayOrigin, _, _ = strings.Cut("ws"+relay, "?")
	}
	examples := b.boot.Get("examples")
	for i := range examples.Length() {
		e := examples.Index(i)
		f.Examples = append(f.Examples, model.Example{Name: text(e, "name"), Title: text(e, "title"), Program: text(e, "text")})
	}
	return f
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
	case model.Focus:
		if el := document.Call("getElementById", e.ID); el.Truthy() {
			el.Call("focus", map[string]any{"preventScroll": e.ID == model.IDList})
		}
	case model.RevealLine:
		revealLine(document, e.Line)
	case model.SetEditor:
		if el := document.Call("getElementById", model.IDEditor); el.Truthy() {
			el.Set("value", e.Text)
		}
	}
}

// revealLine moves the program's box by as little as shows the line with one
// more above and below. (scrollIntoView would move the page around it too.)
func revealLine(document js.Value, line int) {
	editor := document.Call("getElementById", model.IDEditor)
	if !editor.Truthy() || editor.Equal(document.Get("activeElement")) {
		return
	}
	box := editor.Call("closest", ".code")
	el := box.Call("querySelector", ".ln:nth-child("+strconv.Itoa(line)+")")
	if !el.Truthy() {
		return
	}
	frame, at := box.Call("getBoundingClientRect"), el.Call("getBoundingClientRect")
	room := at.Get("height").Float()
	if above := at.Get("top").Float() - room - frame.Get("top").Float(); above < 0 {
		box.Call("scrollBy", 0, above)
	} else if below := at.Get("bottom").Float() + room - frame.Get("bottom").Float(); below > 0 {
		box.Call("scrollBy", 0, below)
	}
}
