package ui

import (
	"fmt"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// Engine does what the model asks for. Answers come through post, which may be
// called from any goroutine. Do is called on the page's one goroutine; DOM
// effects are handed to it after the page was drawn.
type Engine interface {
	Do(e model.Effect, post func(model.Msg))
}

// Shell is the page: it holds the model, gives it messages, and has its
// effects done.
type Shell struct {
	app.Compo
	m       model.Model
	engine  Engine
	ctx     app.Context
	first   []model.Effect
	marked  bool
	listens []func()
	spares  map[string]int // see lines
	awaits  *awaiting
}

// New is the page with its first model. Its effects are done once the page is
// in the document.
func New(f model.Flags, engine Engine) *Shell {
	m, effects := model.New(f)
	return &Shell{m: m, engine: engine, first: effects}
}

// OnMount starts the engine and listens to what belongs to no element.
func (s *Shell) OnMount(ctx app.Context) {
	s.ctx = ctx
	// go-app navigates by itself when a link is clicked or the address changes.
	// The page has no other pages, and its links are the browser's to open.
	app.Window().Set("onclick", nil)
	app.Window().Set("onpopstate", nil)
	s.listens = append(s.listens,
		app.Window().AddEventListener("keydown", s.onKey),
		app.Window().AddEventListener("hashchange", s.onHash),
		app.Window().AddEventListener("resize", s.onResize))
	s.do(s.first)
	s.first = nil
}

// OnDismount lets go of what OnMount took.
func (s *Shell) OnDismount() {
	for _, stop := range s.listens {
		stop()
	}
}

// send gives the model a message. It is called on the page's goroutine.
func (s *Shell) send(msg model.Msg) {
	defer s.mend()
	m, effects := model.Update(s.m, msg)
	s.m = m
	s.do(effects)
}

// mend keeps the page alive when the model panics, and says so.
func (s *Shell) mend() {
	if r := recover(); r != nil {
		app.Logf("framewise: %v", r)
		s.m, _ = model.Update(s.m, model.PartFailed{Part: model.PartPage, Text: fmt.Sprint(r)})
	}
}

// post is send from anywhere: it takes its turn, and the page is drawn after.
func (s *Shell) post(msg model.Msg) {
	s.ctx.Dispatch(func(app.Context) { s.send(msg) })
}

func (s *Shell) do(effects []model.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case model.Focus:
			s.focus(e)
		case model.SetScroll, model.ScrollPart, model.Reveal, model.SetEditor, model.MarkEditor, model.RevealLine:
			s.ctx.Defer(func(app.Context) { s.engine.Do(e, s.post) })
		default:
			s.engine.Do(e, s.post)
		}
	}
}

func (s *Shell) onKey(_ app.Context, e app.Event) {
	if e.Get("isComposing").Truthy() || e.Get("defaultPrevented").Bool() {
		return
	}
	k := model.KeyPressed{
		Key:   e.Get("key").String(),
		Ctrl:  e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool(),
		Shift: e.Get("shiftKey").Bool(),
		Alt:   e.Get("altKey").Bool(),
		Field: field(),
	}
	if s.awaits.hold(k) {
		e.PreventDefault()
		return
	}
	if s.m.Taken(k) {
		e.PreventDefault()
	}
	s.send(k)
}

// field says where the keyboard is.
func field() string {
	el := app.Window().Get("document").Get("activeElement")
	if !el.Truthy() {
		return model.FieldNone
	}
	if el.Call("closest", "#"+model.IDEditor).Truthy() {
		return model.FieldEditor
	}
	switch el.Get("tagName").String() {
	case "INPUT":
		if el.Get("type").String() == "checkbox" {
			return model.FieldButton
		}
		if el.Call("closest", ".dial").Truthy() {
			return model.FieldDial
		}
		if el.Call("hasAttribute", "data-filter").Bool() {
			return model.FieldFilter
		}
		return model.FieldInput
	case "TEXTAREA", "SELECT":
		return model.FieldInput
	case "BUTTON", "A", "SUMMARY":
		return model.FieldButton
	}
	if el.Call("hasAttribute", "data-o").Bool() {
		return model.FieldOctets
	}
	return model.FieldNone
}

func (s *Shell) onHash(_ app.Context, _ app.Event) {
	s.send(model.AddressChanged{Fragment: app.Window().URL().EscapedFragment()})
}

func (s *Shell) onResize(_ app.Context, _ app.Event) {
	w, h := app.Window().Size()
	s.send(model.Resized{Width: w, Height: h})
}

// Render is the page.
func (s *Shell) Render() app.UI {
	h := s.m.Header()
	list := s.m.List()
	if !s.marked && s.m.Drawn() && s.ctx.Src() != nil {
		s.marked = true
		s.ctx.Defer(func(app.Context) {
			app.Window().Get("performance").Call("mark", "first-frame")
		})
	}
	return app.Div().Class("page").Body(
		s.page(h, list),
		s.tour(s.m.Tour()),
		s.sheet(h.HelpOpen),
		s.palette(s.m.Palette()),
		s.stranger(s.m.Stranger()),
		s.sharing(s.m.Sharing()),
		s.notice(s.m.Notice()),
		s.making(s.m.Making()),
		app.Div().Class(class("drop", when(!s.m.File().Over, "gone"))).Body(app.P().Text("Drop a record, a capture or a log to open it")),
	)
}

// page is all of it but what lies above: dialogs, the tour, notices. Below a
// dialog nothing can be reached.
func (s *Shell) page(h model.HeaderView, list model.ListView) app.UI {
	frame := app.Div().Class(class("app", "view-"+string(h.View), when(h.Embed, "embed"), s.m.Tour().Class()))
	if h.Modal {
		frame = frame.Attr("inert", "inert")
	}
	return frame.Body(
		&region{Key: topKey{h, s.m.Export(), s.m.Stoppable()}, draw: s.top},
		s.alerts(h),
		s.realWorld(s.m.Real()),
		s.banner(s.m.Banner()),
		app.Main().Class("cols").Attr("aria-label", "Framewise playground").Body(
			s.left(),
			app.Section().Class("frames").Aria("label", "Frames").Body(
				s.fileLine(s.m.File()),
				s.remark(s.m.File().Remark),
				s.againLine(s.m.Again()),
				s.viewTabs(h),
				s.records(s.m.Records()),
				&region{Key: filterKey{s.m.Filter(), s.m.Suggest(model.IDFilter), s.m.Problems()}, draw: s.filterLine},
				s.middle(h, list),
			),
			s.inspector(),
		),
		&region{Key: s.m.ScrubKey(), draw: s.scrubber},
		s.panel(s.m.Panel()),
	)
}
