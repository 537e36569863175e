package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// faults is a tab of the left column: the network, and what is done to it.
func (s *Shell) faults() app.UI {
	v := s.m.Faults()
	return app.Div().Class("side-body faults").TabIndex(-1).Body(
		s.network(v),
		s.steps(v),
		s.cards(v),
	)
}

// network is the form of the network between the two ends.
func (s *Shell) network(v model.FaultsView) app.UI {
	return app.Div().Class("faults-part").Role("group").Aria("label", "The network").Body(
		app.H2().Text("The network"),
		app.Div().Class("presets").Role("group").Aria("label", "Networks with a name").Body(
			app.Range(v.Presets).Slice(func(i int) app.UI {
				p := v.Presets[i]
				return app.Button().Class(class("chip", when(p.On, "on"))).Type("button").ID("preset-"+p.ID).Aria("pressed", boolText(p.On)).
					OnClick(clickArg(s, model.ActPreset, p.ID)).Text(p.Text)
			})),
		app.P().Class(class("faults-note", when(v.Preset == "", "gone"))).Text(v.Preset),
		app.Div().Class("net-fields").Body(app.Range(v.Fields).Slice(func(i int) app.UI { return s.netField(v.Fields[i]) })),
		app.Div().Class("faults-run").Body(
			app.Button().ID("faults-run").Class(class("btn", when(v.Run, "primary"))).Type("button").Disabled(v.Running).
				Aria("keyshortcuts", "Control+Enter").OnClick(click(s, model.ActRun)).Body(app.Text("Run with these"), app.Elem("kbd").Class("wide").Text("Ctrl ⏎")),
			app.Button().ID("plan-undo").Class(class("btn small", when(!v.Undo, "gone"))).Type("button").OnClick(click(s, model.ActPlanUndo)).Text("Undo")),
		app.P().Class(class("faults-note", when(v.Via == "", "gone"))).ID("faults-via").Body(
			app.Text("The record in sight: "), app.Span().Class("mono").Text(v.Via)),
	)
}

// netField is a number with its unit.
func (s *Shell) netField(f model.NetFieldView) app.UI {
	note := f.ID + "-note"
	return app.Div().Class("net-field").Body(
		app.Label().For(f.ID).Text(f.Label),
		&input{ID: f.ID, Class: "in", Label: f.Label, Value: f.Value, Hint: f.Hint, Invalid: f.Err != "", DescribedBy: note, send: s.send,
			msg: netMsgs[f.Name], left: model.NetLeft{Field: f.Name}},
		app.Span().ID(note).Class(class("net-note", when(f.Err != "", "bad"))).Aria("live", "polite").Text(f.Err+when(f.Err == "", f.Note)),
	)
}

// netMsgs are made once: go-app compares handlers by where they come from.
var netMsgs = func() map[string]func(string) model.Msg {
	all := map[string]func(string) model.Msg{}
	for _, name := range []string{"latency", "jitter", "bandwidth", "chunk", "seed", "octet", "mask", "time"} {
		all[name] = func(t string) model.Msg { return model.NetEdited{Field: name, Text: t} }
	}
	return all
}()

// steps are what is done on purpose in the next run.
func (s *Shell) steps(v model.FaultsView) app.UI {
	return app.Div().Class("faults-part").Role("group").Aria("label", "What is done on purpose").Body(
		app.Div().Class("faults-head").Body(
			app.H2().Text("What is done on purpose"),
			app.Button().ID("plan-clear").Class(class("btn small", when(len(v.Steps) == 0, "gone"))).Type("button").
				OnClick(click(s, model.ActPlanClear)).Text("Clear all")),
		app.P().Class(class("faults-note", when(len(v.Steps) > 0, "gone"))).Text("Nothing yet. Choose a fault below, or compose a frame."),
		app.Ol().Class("plan-steps").Body(app.Range(v.Steps).Slice(func(i int) app.UI { return s.planStep(i, v.Steps[i]) })),
	)
}

func (s *Shell) planStep(i int, p model.PlanStep) app.UI {
	return app.Li().Class(class("plan-step", when(!p.On, "off"), when(p.Edit, "edited"))).Body(
		app.Label().Class("plan-text").Body(
			app.Input().Type("checkbox").Checked(p.On).OnChange(clickN(s, model.ActStepOff, i)), app.Span().Text(p.Text)),
		app.Span().Class(class("plan-state", when(p.Failed, "bad"), when(p.State == "", "gone"))).Text(p.State),
		app.Span().Class("plan-tools").Body(
			app.Button().Class(class("btn small", when(p.Frame < 0, "gone"))).Type("button").OnClick(clickN(s, model.ActSelect, p.Frame)).Text("Show"),
			app.Button().Class(class("btn small", when(!p.Can, "gone"))).Type("button").Aria("pressed", boolText(p.Edit)).
				OnClick(clickN(s, model.ActStepEdit, i)).Text("Edit"),
			app.Button().Class("btn small").Type("button").Aria("label", "Remove: "+p.Text).OnClick(clickN(s, model.ActStepRemove, i)).Text("Remove")),
	)
}

// cards are the faults that can be done to the frame in sight.
func (s *Shell) cards(v model.FaultsView) app.UI {
	head := "At " + v.Where
	if v.Edit != "" {
		head = v.Edit + ", at " + v.Where
	}
	return app.Div().Class("faults-part").Role("group").Aria("label", "A fault at a frame").Body(
		app.H2().ID("faults-where").Text(when(v.Where != "", head)+when(v.Where == "", "A fault at a frame")),
		app.P().Class(class("faults-note", when(v.None == "", "gone"))).Text(v.None),
		app.Range(v.Cards).Slice(func(i int) app.UI {
			c := v.Cards[i]
			return app.Div().Class(class("fault", when(c.Gone, "gone"))).ID("fault-"+c.Kind).Role("group").Aria("label", c.Title).Body(
				app.Div().Class("fault-head").Body(app.H3().Text(c.Title), section(c.Ref),
					app.Button().ID("do-"+c.Kind).Class("btn small").Type("button").Disabled(v.None != "").
						OnClick(clickArg(s, model.ActFault, c.Kind)).Text(c.Button)),
				app.P().Text(c.Text),
				app.Div().Class(class("net-fields", when(len(c.Fields) == 0, "gone"))).Body(
					app.Range(c.Fields).Slice(func(k int) app.UI { return s.netField(c.Fields[k]) })))
		}),
	)
}

// banner says that the session is not as the program alone makes it.
func (s *Shell) banner(b model.BannerView) app.UI {
	return app.Div().Class(class("banner", when(b.Text == "" && b.Fork == "", "gone"))).ID("banner").Role("status").Body(
		app.Span().Class(class("banner-fork", when(b.Fork == "", "gone"))).Body(
			app.B().Text("Fork at "+b.Fork+". "),
			app.Text(when(b.Warn == "", "What you change now goes on from here: the program, a frame by hand, a fault.")),
			app.B().Class(class("bad", when(b.Warn == "", "gone"))).Text(b.Warn)),
		app.Span().Class(class("banner-text", when(b.Text == "", "gone"))).Text(b.Text),
		app.Span().Class(class("bad", when(b.Missed == "", "gone"))).Text(b.Missed),
		app.Span().Class("grow"),
		app.Button().ID("banner-warn").Class(class("btn small", when(b.WarnAt < 0, "gone"))).Type("button").OnClick(clickN(s, model.ActSelect, b.WarnAt)).Text("Show it"),
		app.Button().ID("banner-compare").Class(class("btn small", when(!b.Compare, "gone"))).Type("button").
			OnClick(clickArg(s, model.ActView, string(model.ViewCompare))).Text("Side by side"),
		app.Button().ID("banner-run").Class(class("btn small", when(!b.Run, "gone"))).Type("button").OnClick(click(s, model.ActRun)).Text("Run with these"),
		app.Button().ID("banner-leave").Class(class("btn small", when(b.Fork == "", "gone"))).Type("button").OnClick(click(s, model.ActForkLeave)).Text("Leave the fork"),
		app.Button().ID("banner-normal").Class(class("btn small", when(!b.Normal, "gone"))).Type("button").OnClick(click(s, model.ActPlanNormal)).Text("Back to normal"),
	)
}
