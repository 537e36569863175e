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
	Off         bool
	send        func(model.Msg)
	msg         func(string) model.Msg
	left        model.Msg // when somebody is done with the field; nil: nobody asks
}

func (i *input) OnMount(app.Context) { i.sync() }

func (i *input) sync() {
	if el := i.JSValue(); el.Get("value").String() != i.Value {
		el.Set("value", i.Value)
	}
}

func (i *input) Render() app.UI {
	if i.Mounted() {
		i.sync()
	}
	el := app.Input().ID(i.ID).Class(i.Class).Type("text").Placeholder(i.Hint).Spellcheck(false).
		Attr("autocomplete", "off").Attr("autocapitalize", "off").Disabled(i.Off).
		Aria("label", i.Label).Aria("invalid", boolText(i.Invalid)).OnInput(i.onInput).OnChange(i.onChange)
	if i.DescribedBy != "" {
		el = el.Aria("describedby", i.DescribedBy)
	}
	return el
}

func (i *input) onInput(ctx app.Context, _ app.Event) {
	i.Value = ctx.JSSrc().Get("value").String()
	i.send(i.msg(i.Value))
}

func (i *input) onChange(app.Context, app.Event) {
	if i.left != nil {
		i.send(i.left)
	}
}
