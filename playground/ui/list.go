package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// list is the middle column's rows: slots that are reused as the list scrolls,
// so that a record of any length has as many elements as fit on the screen.
func (s *Shell) list(l model.ListView) app.UI {
	table := l.View == model.ViewFrames
	slots := make([]app.UI, 0, l.Slots+5)
	slots = append(slots, &watcher{shell: s}, &spacer{Height: l.Total * l.RowHeight},
		app.Div().Class(class("empty", when(l.Empty == "", "gone"))).Body(app.P().Text(l.Empty),
			app.Button().Class(class("btn small", when(!l.Filtered, "gone"))).Type("button").OnClick(click(s, model.ActClear)).Text("Clear the filter")))
	for i := range l.Slots {
		slots = append(slots, &row{Row: s.m.SlotRow(i), Slot: i, Total: l.Total, Table: table, shell: s})
	}
	return app.Div().Class("seq").Body(
		app.Div().Class(class("ends", when(table, "gone"))).Body(end(l.Client), end(l.Server)),
		s.heads(l.Columns, table),
		app.Div().ID(model.IDList).Class(class("rows", when(table, "table"))).Role("listbox").TabIndex(0).
			Aria("label", l.Order).Aria("activedescendant", s.m.ActiveRow()).
			Body(slots...),
	)
}

// heads are the heads of the table's columns. The rows are options of a list,
// so the heads are a table of their own.
func (s *Shell) heads(columns []model.Column, shown bool) app.UI {
	return app.Div().Class(when(!shown, "gone")).Role("table").Aria("label", "Columns: press one to sort").Body(
		app.Div().Class("cells head").Role("row").Body(
			app.Range(columns).Slice(func(i int) app.UI {
				c := columns[i]
				return app.Span().Role("columnheader").Aria("sort", c.Order).Body(
					app.Button().Class(class("sort", c.Order, when(c.ID == "", "gone"))).Type("button").Title(c.Next).
						OnClick(clickArg(s, model.ActSort, c.ID)).Text(c.Text),
					app.Span().Class(when(c.ID != "", "gone")).Text(c.Text))
			})))
}

func end(e model.End) app.UI {
	return app.Span().Class("end").Body(app.Text(e.Name), app.Elem("small").Text(e.Text))
}

// watcher is within the list and tells the model which part of it can be seen,
// whenever it is scrolled or its size changes: the page's, or because something
// above it came or went.
type watcher struct {
	app.Compo
	shell *Shell
	stops []func()
}

func (w *watcher) Render() app.UI { return app.Div().Class("gone").Aria("hidden", "true") }

// OnMount listens past go-app: its handlers draw the page after each event, and
// one that holds this back holds back what other events of the moment changed.
func (w *watcher) OnMount(ctx app.Context) {
	list := w.JSValue().Get("parentElement")
	look := app.FuncOf(func(app.Value, []app.Value) any {
		top, height := list.Get("scrollTop").Int(), list.Get("clientHeight").Int()
		if seen := (model.Scrolled{Top: top, Height: height}); height > 0 && w.shell.m.Sees() != seen {
			ctx.Dispatch(func(app.Context) { w.shell.send(seen) })
		}
		return nil
	})
	list.Call("addEventListener", "scroll", look, map[string]any{"passive": true})
	w.stops = append(w.stops, func() { list.Call("removeEventListener", "scroll", look) }, look.Release)
	if observer := app.Window().Get("ResizeObserver"); observer.Truthy() {
		o := observer.New(look)
		o.Call("observe", list)
		w.stops = append([]func(){func() { o.Call("disconnect") }}, w.stops...)
	}
}

// OnDismount lets go of what OnMount took.
func (w *watcher) OnDismount() {
	for _, stop := range w.stops {
		stop()
	}
	w.stops = nil
}

// spacer gives the list its height.
type spacer struct {
	app.Compo
	Height int
}

func (s *spacer) OnMount(app.Context) { s.place() }

func (s *spacer) place() { setStyle(s, "height", strconv.Itoa(s.Height)+"px") }

func (s *spacer) Render() app.UI {
	if s.Mounted() {
		s.place()
	}
	return app.Div().Class("spacer").Aria("hidden", "true")
}

// row is one frame. What it showed last stays in it, unseen, while it has nothing
// to show: to change a few words costs a tenth of making the elements anew.
type row struct {
	app.Compo
	Row   model.Row
	Slot  int
	Total int
	Table bool
	shell *Shell
	y     int
	last  *model.Row // that was shown, nil: none yet
}

func (r *row) OnMount(app.Context) {
	r.y = -1
	r.place()
}

func (r *row) place() {
	if r.y != r.Row.Y {
		r.y = r.Row.Y
		setStyle(r, "transform", "translateY("+strconv.Itoa(r.y)+"px)")
	}
}

func (r *row) onClick(_ app.Context, e app.Event) {
	if at, ok := number(e, "fold"); ok {
		r.shell.send(model.Click{What: model.ActUnfold, N: at})
		return
	}
	if !r.Row.Blank && !r.Row.Loading {
		r.shell.send(model.Click{What: model.ActSelectRow, N: r.Row.Position})
	}
}

// Render draws the frame in the manner of the view.
func (r *row) Render() app.UI {
	if r.Mounted() {
		r.place()
	}
	v := r.Row
	if v.Blank {
		return app.Div().Class("row gone").Role("presentation").Body(r.kept()...)
	}
	el := app.Div().ID("row-"+strconv.Itoa(r.Slot)).DataSet("frame", v.Frame+1).Role("option").
		Class(class("row", when(r.Table, "cells"), v.Dir, "c-"+v.Color, when(v.Selected, "sel"), when(v.Future, "future"), when(v.Error != "", "bad"), when(v.Lost, "lost"), when(v.Marked, "marked"),
			when(v.Run, "run"), when(v.Inside, "inside"), when(v.Broken, "broken"))).
		Aria("selected", boolText(v.Selected)).Aria("posinset", v.Position+1).Aria("setsize", r.Total).
		Aria("label", v.Label).OnClick(r.onClick)
	if v.Loading {
		return el.Class("loading").Body(r.kept()...)
	}
	r.last = &v
	return el.Body(r.parts(v)...)
}

// kept are the parts of what was shown last, with no time.
func (r *row) kept() []app.UI {
	if r.last == nil {
		return []app.UI{app.Div().Class("time").Text("…")}
	}
	v := *r.last
	v.Time = "…"
	return r.parts(v)
}

// parts are what the row says of a frame.
func (r *row) parts(v model.Row) []app.UI {
	if r.Table {
		return r.cells(v)
	}
	return spaced(
		app.Div().Class("time").Text(v.Time),
		app.Div().Class("wire").Body(r.arrow(v), r.box(v)),
		app.Div().Class("stream").Body(app.Text(v.Stream+" "), app.Div().Class(class("err", when(v.Error == "", "gone"))).Text(v.Error)),
	)
}

// spaced puts spaces between the parts of a row, which the label has too.
func spaced(parts ...app.UI) []app.UI {
	out := make([]app.UI, 0, 2*len(parts))
	for i, p := range parts {
		if i > 0 {
			out = append(out, app.Text(" "))
		}
		out = append(out, p)
	}
	return out
}

// cells are the columns of the Frames view.
func (r *row) cells(v model.Row) []app.UI {
	return spaced(
		app.Div().Class("num").Text(v.Number),
		app.Div().Class("time").Text(v.Time),
		app.Div().Class("dir").Title(v.DirText).Text(v.DirShort),
		app.Div().Class("type").Text(v.Type),
		app.Div().Class("stream").Text(v.ID),
		app.Div().Class("num").Text(v.Length),
		app.Div().Class("flags").Title(v.Flags).Text(v.FlagsShort),
		app.Div().Class("text").Body(app.Div().Class(class("err", when(v.Error == "", "gone"))).Text(v.Error), app.Text(" "+v.Text)),
	)
}

// box is the frame's label on its arrow.
func (r *row) box(v model.Row) app.UI {
	return app.Span().Class("box").Body(
		app.Span().Class(class("fold", when(!v.Run, "gone"))).DataSet("fold", v.Position).Aria("hidden", "true").
			Title(foldTitle(v.Open)).Text(foldSign(v.Open)),
		app.B().Text(v.Type), app.Text(" "+v.Says))
}

func foldSign(open bool) string {
	if open {
		return "▾"
	}
	return "▸"
}

func foldTitle(open bool) string {
	if open {
		return "Close the run (Enter)"
	}
	return "Open the run (Enter)"
}

// The height of an arrow's start in its row, in CSS pixels.
const wireTop = 12

// arrow goes from the sender's lifeline to the receiver's, lower by as much as
// the frame was on its way. A frame that never came ends in a cross.
func (r *row) arrow(v model.Row) app.UI {
	x1, x2, head := "0", "100%", "M0 0L-10 -4.5V4.5z"
	if v.Dir == "s2c" {
		x1, x2, head = "100%", "0", "M0 0L10 -4.5V4.5z"
	}
	y := strconv.Itoa(wireTop + v.Slope)
	if v.Lost {
		x2, head = "50%", "M-5 -5L5 5M5 -5L-5 5"
	}
	width := "1.6"
	if v.Heavy {
		width = "3"
	}
	line := svg("line").Attr("x1", x1).Attr("y1", strconv.Itoa(wireTop)).Attr("x2", x2).Attr("y2", y).Attr("stroke-width", width)
	return svg("svg").Attr("aria-hidden", "true").Attr("width", "100%").Attr("height", "38").Body(
		line,
		svg("svg").Attr("x", x2).Attr("y", y).Attr("overflow", "visible").Body(
			svg("path").Attr("d", head)))
}
