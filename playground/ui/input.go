package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// input is a text field. go-app's own value attribute is trimmed at both ends,
// which eats the space that somebody is typing; so the value is set here, and
// only where the page, not the person, changed it.
type input struct {
	app.Compo
	ID          string
	Class       string
	Label       string
	Value       string
	Hint        string
	Invalid     bool
	DescribedBy string
	Rows        int // of text; 0: it is one line
	Off         bool
	Combo       *combo // the field offers choices; nil: it does not
	send        func(model.Msg)
	msg         func(string) model.Msg
	left        model.Msg // when somebody is done with the field; nil: nobody asks
	held        string    // what the field held last
}

// combo is what a field says of the list below it (the combobox pattern of the
// ARIA Authoring Practices).
type combo struct {
	List   string // identifier of the list
	Open   bool
	Active string // identifier of the chosen entry, "": none
	Filter bool   // a filter is written here: the caret's place counts
}

func (i *input) OnMount(app.Context) { i.sync() }

// sync writes the value where the field still holds what it held last. Where it
// holds something else somebody is typing, and their event is on its way.
func (i *input) sync() {
	el := i.JSValue()
	held := el.Get("value").String()
	if held != i.Value && held == i.held {
		el.Set("value", i.Value)
		held = i.Value
	}
	i.held = held
}

func (i *input) Render() app.UI {
	if i.Mounted() {
		i.sync()
	}
	if i.Rows > 0 {
		return app.Textarea().ID(i.ID).Class(i.Class).Rows(i.Rows).Placeholder(i.Hint).Spellcheck(false).Attr("autocapitalize", "off").
			Disabled(i.Off).Aria("label", i.Label).OnInput(i.onInput).OnChange(i.onChange)
	}
	el := app.Input().ID(i.ID).Class(i.Class).Type("text").Placeholder(i.Hint).Spellcheck(false).
		Attr("autocomplete", "off").Attr("autocapitalize", "off").Disabled(i.Off).
		Aria("label", i.Label).Aria("invalid", boolText(i.Invalid)).OnInput(i.onInput).OnChange(i.onChange)
	if i.DescribedBy != "" {
		el = el.Aria("describedby", i.DescribedBy)
	}
	if c := i.Combo; c != nil {
		el = el.Role("combobox").Aria("autocomplete", "list").Aria("haspopup", "listbox").Aria("expanded", boolText(c.Open)).
			Aria("controls", c.List).Aria("activedescendant", c.Active)
		if c.Filter {
			el = el.DataSet("filter", "").OnClick(i.onCaret).OnKeyUp(i.onKeyUp).OnFocus(i.onFocus).OnBlur(i.onBlur)
		}
	}
	return el
}

func (i *input) onInput(ctx app.Context, e app.Event) {
	i.Value = ctx.JSSrc().Get("value").String()
	i.held = i.Value
	i.send(i.msg(i.Value))
	if i.Combo != nil && i.Combo.Filter {
		i.onCaret(ctx, e)
	}
}

func (i *input) onChange(app.Context, app.Event) {
	if i.left != nil {
		i.send(i.left)
	}
}

// onCaret tells where in the filter the caret is.
func (i *input) onCaret(ctx app.Context, _ app.Event) {
	el := ctx.JSSrc()
	i.send(model.CaretAt{Field: i.ID, Text: el.Get("value").String(), Caret: el.Get("selectionStart").Int()})
}

func (i *input) onFocus(ctx app.Context, _ app.Event) {
	i.send(model.FieldEntered{Field: i.ID, Text: ctx.JSSrc().Get("value").String()})
}

func (i *input) onKeyUp(ctx app.Context, e app.Event) {
	switch e.Get("key").String() {
	case "ArrowLeft", "ArrowRight", "Home", "End":
		i.onCaret(ctx, e)
	}
}

func (i *input) onBlur(app.Context, app.Event) { i.send(model.FieldLeft{Field: i.ID}) }
