package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// middle is the view below the middle column's tabs.
func (s *Shell) middle(h model.HeaderView, list model.ListView) app.UI {
	view := func(key any, draw func() app.UI) app.UI {
		return app.Div().Class("view-host").Aria("busy", boolText(s.m.Busy())).Body(&region{Key: key, draw: draw})
	}
	switch h.View {
	case model.ViewStreams:
		return view(s.m.StreamsKey(), s.viewStreams)
	case model.ViewFlow:
		return view(s.m.FlowKey(), s.viewFlow)
	case model.ViewPriority:
		return view(s.m.PriorityKey(), s.viewPriority)
	case model.ViewHPACK:
		return view(s.m.HPACKKey(), s.viewHPACK)
	case model.ViewConnection:
		return view(s.m.ConnectionKey(), s.viewConnection)
	case model.ViewCompare:
		return view(s.m.CompareKey(), s.viewCompare)
	}
	return s.list(list)
}

// left is the left column: the program, frames by hand, the network's faults.
func (s *Shell) left() app.UI {
	v := s.m.Side()
	part := func(on model.Side, key any, draw func() app.UI) app.UI {
		return app.Div().Class(class("side-part", "side-"+string(on), when(v.On != on, "gone"))).Body(&region{Key: key, draw: draw})
	}
	parts := []app.UI{s.tabs(v.Tabs, "Session", model.ActSide), part(model.SideCode, s.m.CodeKey(), s.code)}
	switch v.On {
	case model.SideCompose:
		parts = append(parts, part(v.On, s.m.ComposeKey(), s.compose))
	case model.SideFaults:
		parts = append(parts, part(v.On, s.m.FaultsKey(), s.faults))
	}
	return app.Section().Class("program").Aria("label", "Program").Body(parts...)
}
