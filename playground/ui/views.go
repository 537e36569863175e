package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// middle is the view below the middle column's tabs.
func (s *Shell) middle(h model.HeaderView, list model.ListView) app.UI {
	key, ok := s.viewKey(h.View)
	if !ok {
		return s.list(list)
	}
	return app.Div().Class("view-host").Aria("busy", boolText(s.m.Busy())).Body(&region{Key: key, draw: s.view})
}

// viewKey is what the view is drawn from; false: it is a list of frames.
func (s *Shell) viewKey(v model.View) (any, bool) {
	switch v {
	case model.ViewStreams:
		return s.m.StreamsKey(), true
	case model.ViewFlow:
		return s.m.FlowKey(), true
	case model.ViewPriority:
		return s.m.PriorityKey(), true
	case model.ViewHPACK:
		return s.m.HPACKKey(), true
	case model.ViewConnection:
		return s.m.ConnectionKey(), true
	case model.ViewCompare:
		return s.m.CompareKey(), true
	}
	return nil, false
}

// view draws the view that is open. It is one function for all of them: a region
// keeps the first that it was given.
func (s *Shell) view() app.UI {
	switch s.m.Header().View {
	case model.ViewStreams:
		return s.viewStreams()
	case model.ViewFlow:
		return s.viewFlow()
	case model.ViewPriority:
		return s.viewPriority()
	case model.ViewHPACK:
		return s.viewHPACK()
	case model.ViewConnection:
		return s.viewConnection()
	}
	return s.viewCompare()
}

// left is the left column: the program, frames by hand, the network's faults.
func (s *Shell) left() app.UI {
	v := s.m.Side()
	part := func(on model.Side, key any, draw func() app.UI) app.UI {
		return app.Div().Class(class("side-part", "side-"+string(on), when(v.On != on, "gone"))).Body(&region{Key: key, draw: draw})
	}
	parts := []app.UI{s.tabs(v.Tabs, "Session", model.ActSide), part(model.SideCode, s.m.CodeKey(), s.code)}
	switch v.On { // each has a place of its own: a region keeps its first drawing
	case model.SideCompose:
		parts = append(parts, part(v.On, s.m.ComposeKey(), s.compose))
	case model.SideFaults:
		parts = append(parts, app.Div().Class("gone"), part(v.On, s.m.FaultsKey(), s.faults))
	}
	return app.Section().Class("program").Aria("label", "Program").Body(parts...)
}
