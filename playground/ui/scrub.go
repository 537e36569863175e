package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// scrubber is the footer: steps, play, the map with its cursor.
func (s *Shell) scrubber() app.UI {
	v := s.m.Scrub()
	play, name := iconPlay, "Play"
	if v.Playing {
		play, name = iconPause, "Pause"
	}
	return app.Footer().Class("foot").Aria("label", "Time").Body(
		app.Div().Class("controls").Body(app.Div().Class("seg steps").Role("group").Aria("label", "Steps").Body(
			s.stepButton(model.ActFirst, "First frame (Home)", iconFirst, v.AtStart),
			s.stepButton(model.ActPrevious, "Frame before (←)", iconBack, v.AtStart),
			app.Button().Type("button").Class(class("play", when(v.Playing, "on"))).Aria("label", name).Aria("disabled", boolText(v.Empty)).Title(name+" (space)").
				OnClick(click(s, model.ActPlay)).Body(icon(play)),
			app.Button().Type("button").Class("speed").Aria("label", "Speed "+v.Speed).Title("Speed of playing").
				OnClick(click(s, model.ActSpeed)).Text(v.Speed),
			s.stepButton(model.ActNext, "Next frame (→)", iconNext, v.AtEnd),
			s.stepButton(model.ActLast, "Last frame (End)", iconLast, v.AtEnd)),
			s.seeks()),
		app.Div().Class("map").ID("map").Role("slider").TabIndex(0).Aria("label", "Instant").
			Aria("valuemin", 1).Aria("valuemax", max(v.Frames, 1)).Aria("valuenow", max(v.Frame, 1)).Aria("valuetext", v.Text).
			On("pointerdown", s.onMapDown).On("pointermove", s.onMapMove).On("pointerup", s.onMapUp).On("pointercancel", s.onMapUp).Body(
			&marks{Marks: v.Marks},
			&flags{Flags: v.Flags},
			&cursor{At: v.Cursor}),
		app.Div().Class("now").Body(
			app.Div().Body(app.Span().Class("wide").Text("frame "), app.B().Text(v.Number), app.Text(" / "+v.Total)),
			app.Div().Body(app.Text(v.Time), app.Span().Class("wide").Text(" of "+v.End)),
			app.Div().Class("seg").Role("group").Aria("label", "Bookmarks, breakpoints, fork").Body(
				app.Button().ID("fork").Type("button").Class(when(v.Fork, "on")).Aria("label", "Fork the session at this frame").Aria("pressed", boolText(v.Fork)).
					Aria("disabled", boolText(!v.CanFork)).Title("Fork the session at this frame: what you change acts from here on (Shift F)").
					OnClick(click(s, model.ActFork)).Body(icon(iconFork)),
				app.Button().Type("button").Class(when(v.Marked, "on")).Aria("label", "Bookmark at this frame").Aria("pressed", boolText(v.Marked)).
					Aria("disabled", boolText(v.Empty)).Title("Bookmark at this frame (b)").OnClick(clickN(s, model.ActMark, -1)).Body(icon(iconFlag)),
				app.Button().ID(model.IDPanelOpen).Type("button").Class(when(v.Panel, "on")).Aria("expanded", boolText(v.Panel)).
					Aria("label", v.PanelName).Title(v.PanelName+" (m)").OnClick(click(s, model.ActPanel)).Body(
					icon(iconList), app.Span().Class("count").Text(v.PanelText)))),
	)
}

func (s *Shell) stepButton(what model.Action, name, path string, off bool) app.UI {
	return app.Button().Type("button").Class(class("step", "step-"+string(what))).Aria("label", name).Title(name).
		Aria("disabled", boolText(off)).OnClick(click(s, what)).Body(icon(path))
}

func (s *Shell) onMapDown(ctx app.Context, e app.Event) {
	if e.Get("button").Int() != 0 {
		return
	}
	ctx.JSSrc().Call("setPointerCapture", e.Get("pointerId").Int())
	s.send(model.ScrubHeld{Down: true})
	s.scrub(ctx, e)
}

func (s *Shell) onMapUp(app.Context, app.Event) { s.send(model.ScrubHeld{}) }

func (s *Shell) onMapMove(ctx app.Context, e app.Event) {
	if e.Get("buttons").Int()&1 != 0 {
		s.scrub(ctx, e)
	}
}

func (s *Shell) scrub(ctx app.Context, e app.Event) {
	box := ctx.JSSrc().Call("getBoundingClientRect")
	if w := box.Get("width").Float(); w > 0 {
		s.send(model.Scrubbed{At: (e.Get("clientX").Float() - box.Get("left").Float()) / w})
	}
}

// marks are the frames on the map: the client's above, the server's below.
type marks struct {
	app.Compo
	Marks []model.Mark
}

func (m *marks) Render() app.UI {
	return svg("svg").Attr("width", "100%").Attr("height", "100%").Attr("aria-hidden", "true").Body(
		app.Range(m.Marks).Slice(func(i int) app.UI { return mark(m.Marks[i]) }))
}

var markHeights = [...]int{10, 18, 18, 22}

func mark(k model.Mark) app.UI {
	h := markHeights[k.Tall]
	y := 17 - h/2
	if k.Dir == "s2c" {
		y = 40 - h/2
	}
	fill := "var(--f-" + k.Color + ")"
	r := svg("rect").Attr("x", permille(k.X)).Attr("width", permille(k.W)).Attr("y", strconv.Itoa(y)).Attr("height", strconv.Itoa(h)).
		Attr("rx", "3").Attr("fill", fill)
	if k.Error {
		r = r.Attr("stroke", "var(--f-rst)").Attr("stroke-width", "2")
	}
	return r
}

// permille is thousandths as SVG writes a share of the width.
func permille(x float64) string { return strconv.FormatFloat(x/10, 'f', 2, 64) + "%" }

// cursor is the shown instant.
type cursor struct {
	app.Compo
	At float64
}

func (c *cursor) Render() app.UI {
	x := c.At
	if x < 0 {
		x = -10
	}
	return svg("svg").Attr("width", "100%").Attr("height", "100%").Attr("aria-hidden", "true").Body(
		svg("svg").Attr("x", permille(x)).Attr("overflow", "visible").Body(
			svg("rect").Attr("x", "-1.5").Attr("width", "3").Attr("height", "100%").Attr("fill", "var(--accent)"),
			svg("path").Attr("d", "M-6 0H6L0 7z").Attr("fill", "var(--accent)")))
}

// flags are the bookmarks on the map.
type flags struct {
	app.Compo
	Flags []model.Flag
}

func (f *flags) Render() app.UI {
	return svg("svg").Attr("width", "100%").Attr("height", "100%").Attr("aria-hidden", "true").Body(
		app.Range(f.Flags).Slice(func(i int) app.UI {
			return svg("svg").Attr("x", permille(f.Flags[i].X)).Attr("overflow", "visible").Body(
				svg("path").Attr("d", "M-1 0H1V58H-1zM1 0H9L6.5 3.5L9 7H1z").Attr("fill", "var(--f-ping)"))
		}))
}
