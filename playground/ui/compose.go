package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// compose is a tab of the left column: a frame by hand.
func (s *Shell) compose() app.UI {
	v := s.m.Compose()
	return app.Div().Class("side-body compose").TabIndex(-1).Body(
		s.composeBegin(v),
		app.Div().Class("compose-form").Role("group").Aria("label", "The frame").Body(
			app.Range(v.Fields).Slice(func(i int) app.UI { return s.composeField(v.Fields[i]) }),
			s.composeFlags(v.Flags),
		),
		s.composeField(v.Hex),
		app.P().Class(class("compose-note", when(v.Form == "", "gone"))).Text(v.Form),
		app.P().Class(class("compose-wrong", when(v.Wrong == "", "gone"))).ID("compose-wrong").Role("alert").Text(v.Wrong),
		s.composeSend(v),
		s.composeTrial(v.Trial),
		s.composeSent(v.Sent),
	)
}

// composeBegin is what one begins with.
func (s *Shell) composeBegin(v model.ComposeView) app.UI {
	return app.Div().Class("side-tools").Body(
		app.Select().ID("compose-preset").Class("in").Aria("label", "Begin with a frame").OnChange(s.onPreset).Body(
			app.Option().Value("").Text("Begin with …"),
			app.Range(v.Presets).Slice(func(i int) app.UI { return app.Option().Value(strconv.Itoa(i)).Text(v.Presets[i]) })),
		app.Button().Class(class("btn small", when(v.Copy == "", "gone"))).Type("button").ID("compose-copy").OnClick(click(s, model.ActComposeCopy)).Text(v.Copy),
	)
}

func (s *Shell) onPreset(ctx app.Context, _ app.Event) {
	n, err := strconv.Atoi(ctx.JSSrc().Get("value").String())
	ctx.JSSrc().Set("value", "")
	if err == nil {
		s.send(model.Click{What: model.ActComposePreset, N: n})
	}
}

func (s *Shell) composeField(f model.ComposeField) app.UI { return &composeField{shell: s, Field: f} }

// composeFlags are the eight flags, each by itself.
func (s *Shell) composeFlags(flags []model.ComposeField) app.UI {
	return app.Div().Class("compose-flags").Role("group").Aria("label", "Flags").Body(
		app.Span().Class("label").Text("Flags"),
		app.Range(flags).Slice(func(i int) app.UI { return s.composeField(flags[i]) }))
}

// composeField is an entry of the form. Its key is exported so that go-app keeps
// it up to date when the type of the frame changes the list.
type composeField struct {
	app.Compo
	shell *Shell
	Field model.ComposeField
	key   string // of the field that held belongs to
	held  string // what it held last
}

// OnMount and OnUpdate write the value once the elements are there.
func (c *composeField) OnMount(app.Context) { c.sync() }

// OnUpdate is OnMount for a field that takes the place of another.
func (c *composeField) OnUpdate(ctx app.Context) { ctx.Defer(func(app.Context) { c.sync() }) }

// sync writes the value where the field holds what it held last: else somebody
// is typing, and their event is on its way.
func (c *composeField) sync() {
	el := c.JSValue().Call("querySelector", "input, textarea, select")
	if !el.Truthy() {
		return
	}
	if c.Field.Kind == "flag" {
		el.Set("checked", c.Field.On)
		return
	}
	held := el.Get("value").String()
	if held != c.Field.Value && (c.key != c.Field.Key || held == c.held || !el.Call("matches", ":focus").Bool()) {
		el.Set("value", c.Field.Value)
	}
	c.key, c.held = c.Field.Key, c.Field.Value
}

func (c *composeField) Render() app.UI {
	f := c.Field
	id := "compose-" + f.Key
	label := app.Span().Class("label").Body(app.Text(f.Label), section(f.Link))
	switch f.Kind {
	case "flag":
		return app.Div().Class("compose-flag").Body(app.Label().Body(
			app.Input().ID(id).Type("checkbox").Checked(f.On).OnChange(c.onCheck), app.Text(f.Label)))
	case "choice":
		return app.Div().Class("compose-row").Body(label, app.Select().ID(id).Class("in").Aria("label", f.Label).OnChange(c.onInput).Body(
			app.Range(f.Options).Slice(func(i int) app.UI {
				return app.Option().Value(f.Options[i].Value).Selected(f.Options[i].Value == f.Value).Text(f.Options[i].Text)
			})))
	case "text":
		return app.Div().Class("compose-row tall").Body(label,
			app.Textarea().ID(id).Class("in mono").Aria("label", f.Label).Aria("invalid", boolText(f.Wrong)).Aria("describedby", "compose-wrong").
				Rows(f.Rows).Spellcheck(false).Attr("autocapitalize", "off").OnInput(c.onInput),
			app.Span().Class(class("note", when(f.Note == "", "gone"))).Text(f.Note))
	}
	return app.Div().Class("compose-row").Body(label,
		app.Input().ID(id).Class("in mono").Type("text").Aria("label", f.Label).Aria("invalid", boolText(f.Wrong)).Aria("describedby", "compose-wrong").
			Spellcheck(false).Attr("autocomplete", "off").Attr("autocapitalize", "off").Placeholder(f.Note).OnInput(c.onInput))
}

func (c *composeField) onInput(ctx app.Context, _ app.Event) {
	c.edited(ctx.JSSrc().Get("value").String())
}

func (c *composeField) onCheck(ctx app.Context, _ app.Event) {
	c.edited(when(ctx.JSSrc().Get("checked").Bool(), "1"))
}

func (c *composeField) edited(text string) {
	c.key, c.held = c.Field.Key, text
	c.shell.send(model.ComposeEdited{Key: c.Field.Key, Text: text})
}

// composeSend says who sends it and where, and does it.
func (s *Shell) composeSend(v model.ComposeView) app.UI {
	return app.Div().Class("compose-send").Body(
		app.Div().Class("seg").Role("group").Aria("label", "Who sends it").Body(app.Range(v.Dir).Slice(func(i int) app.UI {
			d := v.Dir[i]
			return app.Button().Class(when(d.On, "on")).Type("button").ID("compose-from-"+d.ID).Aria("pressed", boolText(d.On)).
				OnClick(clickArg(s, model.ActComposeDir, d.ID)).Text("From " + d.Text)
		})),
		app.Button().Class("btn primary").Type("button").ID("compose-send").Disabled(!v.CanSend).OnClick(click(s, model.ActComposeSend)).Text(v.Send),
		app.P().Class("compose-place").Text(v.Place),
		app.P().Class(class("compose-note", when(v.Why == "", "gone"))).Text(v.Why),
		app.Button().Class(class("btn small", when(!v.Tab, "gone"))).Type("button").OnClick(click(s, model.ActComposeTab)).Text("Go to the session in the tab"),
	)
}

// composeTrial is what the frame would be.
func (s *Shell) composeTrial(v model.TrialView) app.UI {
	return app.Div().Class(class("compose-trial", "o-"+v.Outcome)).Role("status").ID("compose-trial").Aria("busy", boolText(v.Waits)).Body(
		app.H2().Text("Before it is sent"),
		app.Range(v.Frames).Slice(func(i int) app.UI { return s.composeTried(v.Frames[i]) }),
		app.P().Class(class("compose-text", when(v.Rest == "", "gone"))).Text(v.Rest),
	)
}

func (s *Shell) composeTried(f model.TriedView) app.UI {
	return app.Div().Class("tried").Body(
		app.P().Class("tried-head").Body(
			app.Span().Class(class("verdict", "o-"+f.Outcome)).Text(f.Verdict),
			app.Span().Class(class("fault", when(f.Code == "", "gone"))).Text(f.Code),
			link(f.Rule)),
		app.P().Class("compose-text").Text(f.Text),
		app.P().Class(class("compose-says", when(f.Says == "", "gone"))).Body(app.Span().Class("label").Text("Answers"), app.Code().Text(f.Says)),
		app.Ul().Class(class("compose-effects", when(len(f.Effects) == 0, "gone"))).Body(app.Range(f.Effects).Slice(func(i int) app.UI {
			return app.Li().Body(app.Text(f.Effects[i].Text+" "), section(f.Effects[i].Link))
		})),
		app.Details().Class("compose-spans").Body(
			app.Summary().Text(f.Title),
			app.P().Class("compose-text").Body(app.Text(f.About+" "), link(f.Link)),
			app.Table().Body(app.TBody().Body(app.Range(f.Spans).Slice(func(i int) app.UI {
				x := f.Spans[i]
				return app.Tr().Class("d"+strconv.Itoa(x.Depth)).Body(app.Th().Attr("scope", "row").Text(x.Name), app.Td().Class("mono").Text(x.Hex), app.Td().Text(x.Value))
			}))),
		),
	)
}

// composeSent is what became of the frame that was sent.
func (s *Shell) composeSent(v model.ReactionView) app.UI {
	return app.Div().Class(class("compose-sent", when(!v.There, "gone"))).Role("status").ID("compose-sent").Body(
		app.H2().Text("After it was sent"),
		app.P().Class("tried-head").Body(app.Span().Class(class("verdict", "o-"+v.Outcome)).Text(v.Title)),
		app.P().Class("compose-text").Text(v.Text+" "+v.Agrees),
		app.P().Class(class("compose-text", when(v.Closed == "", "gone"))).Text(v.Closed),
		app.Div().Class("compose-rows").Body(app.Range(v.Rows).Slice(func(i int) app.UI {
			r := v.Rows[i]
			return app.Button().Type("button").Class(class("compose-frame", "c-"+r.Color)).OnClick(clickN(s, model.ActSelect, r.Frame)).Body(
				app.Span().Class("no").Text(r.Number), app.Span().Class("type").Text(r.Type), app.Span().Class("txt").Text(r.Text))
		})),
		app.P().Class(class("compose-note", when(v.More == "", "gone"))).Text(v.More),
		app.Button().Class("btn small").Type("button").ID("compose-undo").OnClick(click(s, model.ActComposeUndo)).Text("Take it back"),
	)
}
