package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// timeBar is what stands above a view over time: chart or table, and the zoom.
func (s *Shell) timeBar(r model.Ruler, more ...app.UI) app.UI {
	parts := []app.UI{
		app.Div().Class("seg").Role("group").Aria("label", "Chart or table").Body(
			s.choice("Chart", !r.Tables, model.ActTables, "chart"),
			s.choice("Table", r.Tables, model.ActTables, "table")),
		app.Div().Class("seg zoom").Role("group").Aria("label", "Span of time").Body(
			s.zoomButton("earlier", "‹", "Earlier", r.FirstPoint),
			s.zoomButton("out", "−", "Longer span of time (-)", r.Whole),
			s.zoomButton("in", "+", "Shorter span of time (+)", false),
			s.zoomButton("later", "›", "Later", r.LastPoint),
			s.zoomButton("all", "All", "All of the time (0)", r.Whole)),
		app.Span().Class("zoom-text").Text(r.Text),
	}
	return app.Div().Class("view-bar").Body(append(parts, more...)...)
}

func (s *Shell) choice(text string, on bool, what model.Action, arg string) app.UI {
	return app.Button().Type("button").Class(when(on, "on")).Aria("pressed", boolText(on)).OnClick(clickArg(s, what, arg)).Text(text)
}

func (s *Shell) zoomButton(arg, sign, name string, off bool) app.UI {
	return app.Button().Type("button").Class("zoom-"+arg).Aria("label", name).Title(name).Aria("disabled", boolText(off)).
		OnClick(clickArg(s, model.ActZoom, arg)).Text(sign)
}

// goFrame is a button that leads to a frame.
func (s *Shell) goFrame(frame int, text, name string) app.UI {
	return app.Button().Type("button").Class("link go").Aria("label", name).OnClick(clickN(s, model.ActSelect, frame)).Text(text)
}

// ruler is a time axis; a span that is dragged out on it is zoomed to.
func (s *Shell) ruler(r model.Ruler) app.UI {
	return app.Div().Class("ruler").Title("Drag across a span of time to see only that").
		On("pointerdown", s.onRulerDown).On("pointermove", s.onRulerMove).On("pointerup", s.onRulerUp).On("pointercancel", s.onRulerCancel).Body(
		svg("svg").Attr("width", "100%").Attr("height", "26").Attr("aria-hidden", "true").Body(
			svg("rect").Attr("data-c", class("brush", when(!r.Brush, "gone"))).Attr("x", permille(r.From)).Attr("width", permille(r.To-r.From)).Attr("height", "26"),
			svg("g").Body(app.Range(r.Ticks).Slice(func(i int) app.UI {
				return svg("svg").Attr("x", permille(r.Ticks[i].At)).Attr("overflow", "visible").Body(
					svg("path").Attr("d", "M0 19V26"),
					svg("text").Attr("y", "14").Attr("text-anchor", r.Ticks[i].Anchor).Text(r.Ticks[i].Text))
			})),
			s.nowMark(r.Now, "M-5 18H5L0 26z")))
}

// nowMark is the instant on a chart.
func (s *Shell) nowMark(at float64, head string) app.UI {
	return svg("svg").Attr("data-c", class("now-mark", when(at < 0, "gone"))).Attr("x", permille(at)).Attr("overflow", "visible").Body(
		svg("path").Attr("d", head))
}

func (s *Shell) onRulerDown(ctx app.Context, e app.Event) {
	if e.Get("button").Int() != 0 {
		return
	}
	ctx.JSSrc().Call("setPointerCapture", e.Get("pointerId").Int())
	s.brush(ctx, e, "down")
}

func (s *Shell) onRulerMove(ctx app.Context, e app.Event) {
	if e.Get("buttons").Int()&1 != 0 {
		s.brush(ctx, e, "move")
	}
}

func (s *Shell) onRulerUp(ctx app.Context, e app.Event) { s.brush(ctx, e, "up") }

func (s *Shell) onRulerCancel(ctx app.Context, e app.Event) { s.brush(ctx, e, "cancel") }

func (s *Shell) brush(ctx app.Context, e app.Event, phase string) {
	x, _, _ := within(ctx.JSSrc(), e)
	s.send(model.Brush{Phase: phase, At: x})
}

// within is where a pointer is on an element: a share of its width, CSS pixels
// from its top, and the width in CSS pixels.
func within(el app.Value, e app.Event) (x, y, width float64) {
	box := el.Call("getBoundingClientRect")
	width = max(box.Get("width").Float(), 1)
	return (e.Get("clientX").Float() - box.Get("left").Float()) / width, e.Get("clientY").Float() - box.Get("top").Float(), width
}

// onWheel zooms with Control held, and moves through time where the wheel turns
// sideways. The element that the shares are of carries data-time.
func (s *Shell) onWheel(_ app.Context, e app.Event) {
	el := e.Get("target").Call("closest", ".time-rows").Call("querySelector", "[data-time]")
	sideways := e.Get("deltaX").Float()
	if !el.Truthy() || !e.Get("ctrlKey").Bool() && sideways == 0 {
		return
	}
	e.PreventDefault()
	x, _, width := within(el, e)
	w := model.TimeWheel{At: x, Pan: sideways / width}
	if e.Get("ctrlKey").Bool() {
		w.Zoom, w.Pan = 1+e.Get("deltaY").Float()/400, 0
	}
	s.send(w)
}

// patterns are the hatches that charts fill areas with.
func patterns() app.UI {
	pattern := func(id, path string) app.UI {
		return svg("pattern").ID(id).Attr("width", "6").Attr("height", "6").Attr("patternUnits", "userSpaceOnUse").Body(
			svg("path").Attr("d", path).Attr("data-c", "hatch-line"))
	}
	return svg("svg").Attr("data-c", "patterns").Attr("width", "0").Attr("height", "0").Attr("aria-hidden", "true").Body(svg("defs").Body(
		pattern("hatch-a", "M-1 1L1 -1M0 6L6 0M5 7L7 5"),
		pattern("hatch-b", "M-1 5L1 7M0 0L6 6M5 -1L7 1"),
		pattern("dots", "M1 1h2M4 4h2"),
		pattern("hatch-wait", "M-1 1L1 -1M0 6L6 0M5 7L7 5")))
}

// stretched is a drawing whose paths are on a field of so many units, stretched to
// its element.
func stretched(width, height int, parts ...app.UI) app.UI {
	return svg("svg").Attr("width", "100%").Attr("height", "100%").Attr("preserveAspectRatio", "none").
		Attr("viewBox", "0 0 "+strconv.Itoa(width)+" "+strconv.Itoa(height)).Body(parts...)
}

func stroke(d, class string) app.UI {
	return svg("path").Attr("d", d).Attr("data-c", class).Attr("vector-effect", "non-scaling-stroke")
}

// instant is a line across all rows of a chart, and what has not come yet.
type instant struct {
	app.Compo
	At     float64 // thousandths of the width; -1: not in sight
	Height int     // CSS pixels
	shell  *Shell
}

// OnMount places the line and tells the model how much can be seen.
func (i *instant) OnMount(ctx app.Context) {
	i.place()
	ctx.Dispatch(func(app.Context) {
		if el := app.Window().GetElementByID(model.IDLanes); el.Truthy() {
			i.shell.lanesSeen(el)
		}
	})
}

func (i *instant) place() {
	setStyle(i, "--at", strconv.FormatFloat(i.At/1000, 'f', 5, 64))
	setStyle(i, "height", strconv.Itoa(i.Height)+"px")
}

// Render draws the line.
func (i *instant) Render() app.UI {
	if i.Mounted() {
		i.place()
	}
	return app.Div().Class(class("instant", when(i.At < 0, "gone"))).Aria("hidden", "true")
}
