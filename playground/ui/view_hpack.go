package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// viewHPACK is both directions' tables and what compression did, or the game in
// which somebody predicts representations.
func (s *Shell) viewHPACK() app.UI {
	if v := s.m.Predict(); v.On {
		return s.predict(v)
	}
	v := s.m.HPACK()
	bar := app.Div().Class("view-bar").Body(
		app.Button().ID(model.IDPredictOpen).Class("btn small").Type("button").Disabled(!v.Predict).Aria("keyshortcuts", "h").
			OnClick(on(s, model.Click{What: model.ActPredict, Arg: model.PredictStart})).Body(app.Text("Predict the next representation "), app.Elem("kbd").Text("h")),
		app.Span().Class("grow"),
		app.Span().Class("small").Text(v.Instant),
		s.forms(v.Forms, "sizes", "Size of the tables over time"))
	return sheetView("HPACK", bar,
		lines("empty-view", v.Empty),
		lines("problem", v.Problem),
		app.P().Class(class("lead", when(len(v.Dirs) == 0, "gone"))).Body(app.Text(v.Lead+" "), link(model.RFCLink("RFC 7541 2.3"))),
		lines("small", v.Counted),
		app.Div().Class("sides").Body(app.Range(v.Dirs).Slice(func(i int) app.UI { return s.hpackDir(v.Dirs[i]) })))
}

func (s *Shell) hpackDir(d model.HPACKDir) app.UI {
	return app.Div().Class("side").Role("group").Aria("label", d.Title).Body(
		app.Div().Class("side-head").Body(app.H2().Text(d.Title), app.Span().Class("small").Text(d.Dir)),
		app.Div().Class("used").Body(meter(d.Percent, "accent"), app.Span().Class("small").Text(d.Used)),
		s.hpackTable(d),
		app.H3().Text("What was saved"),
		app.P().Class("one-line").Text(d.Blocks),
		app.Div().Class("saved-bars").Body(app.Range(d.Bars).Slice(func(i int) app.UI {
			b := d.Bars[i]
			return app.Div().Class("saved-bar").Body(app.Span().Class("small").Text(b.Name), meter(b.Percent, when(b.Plain, "edge")+when(!b.Plain, "f-headers")),
				app.Span().Class("num").Text(b.Text))
		})),
		lines("small", d.Late),
		s.fieldStats(d),
		app.H3().Text("Representations"),
		app.Table().Class("kinds").Body(
			app.THead().Body(app.Tr().Body(th("kind"), numHead("count"), numHead("octets"))),
			app.TBody().Body(app.Range(d.Kinds).Slice(func(i int) app.UI {
				k := d.Kinds[i]
				return app.Tr().Class(when(k.None, "default")).Body(
					app.Td().Body(app.Text(k.Kind+" "), section(k.Ref)),
					app.Td().Class("num").Text(k.Count), app.Td().Class("num").Text(k.Octets))
			}))),
		factRows(d.Facts),
		s.sizes(d.Sizes, d.Title))
}

func numHead(text string) app.UI { return app.Th().Scope("col").Class("num").Text(text) }

func (s *Shell) hpackTable(d model.HPACKDir) app.UI {
	if d.Table == nil {
		return lines("small", d.NoTable)
	}
	return app.Div().Body(
		s.tables([]model.TableView{*d.Table}),
		app.Button().Class(class("btn small", when(d.All == "", "gone"))).Type("button").OnClick(clickArg(s, model.ActMore, "entries")).Text(d.All))
}

// fieldStats are the names of fields, sorted by a column.
func (s *Shell) fieldStats(d model.HPACKDir) app.UI {
	return app.Div().Class(class("field-stats", when(len(d.Fields) == 0, "gone"))).Body(
		app.Table().Body(
			app.THead().Body(app.Tr().Body(app.Range(d.Heads).Slice(func(i int) app.UI {
				h := d.Heads[i]
				return app.Th().Scope("col").Class(when(i > 0, "num")).Aria("sort", h.Sort).Body(
					app.Button().Class("sort").Type("button").Title("Sort by "+h.Title).OnClick(clickArg(s, model.ActOrder, h.ID)).Body(
						app.Text(h.Text), app.Span().Class("arrow").Aria("hidden", "true").Text(arrows[h.Sort])))
			}))),
			app.TBody().Body(app.Range(d.Fields).Slice(func(i int) app.UI {
				f := d.Fields[i]
				return app.Tr().Body(app.Td().Class("fname").Text(f.Name), app.Td().Class("num").Text(f.Count), app.Td().Class("num").Text(f.Indexed),
					app.Td().Class("num").Text(f.Size), app.Td().Class("num").Text(f.Saved))
			}))),
		app.Button().Class(class("btn small", when(d.More == "", "gone"))).Type("button").OnClick(clickArg(s, model.ActMore, "fields")).Text(d.More))
}

var arrows = map[string]string{"ascending": " ▲", "descending": " ▼"}

// sizes is the table's size over time.
func (s *Shell) sizes(v model.SizesView, title string) app.UI {
	if len(v.Rows) == 0 {
		return part(false, "")
	}
	return app.Div().Class("sizes").Body(
		app.H3().Text("Size of the table over time"),
		s.sizesChart(v),
		app.Table().Class(when(!v.Table, "gone")).Aria("label", title+", size over time").Body(
			app.THead().Body(app.Tr().Body(th("after"), th("time"), numHead("octets"), numHead("at most"))),
			app.TBody().Body(app.Range(v.Rows).Slice(func(i int) app.UI {
				r := v.Rows[i]
				return app.Tr().Body(app.Td().Body(s.frameLink(r.Frame)), app.Td().Class("num").Text(r.Time),
					app.Td().Class("num").Text(r.Size), app.Td().Class("num").Text(r.Most))
			}))))
}

func (s *Shell) sizesChart(v model.SizesView) app.UI {
	return app.Div().Class(class("chart", when(v.Table, "gone"))).Role("img").Aria("label", v.Label).Body(
		app.Div().Class("chart-y").Body(app.Span().Text(v.Top), app.Span().Text("0")),
		svg("svg").Attr("viewBox", "0 0 1000 100").Attr("preserveAspectRatio", "none").Attr("aria-hidden", "true").Body(
			svg("path").Attr("d", v.Path).Attr("fill", "var(--accent)").Attr("fill-opacity", "0.45"),
			svg("path").Attr("d", v.Max).Attr("fill", "none").Attr("stroke", "var(--edge)").Attr("stroke-width", "1.5").Attr("stroke-dasharray", "5 4").Attr("vector-effect", "non-scaling-stroke")),
		app.Div().Class("chart-x").Body(app.Span().Text(v.From), app.Span().Text(v.Note), app.Span().Text(v.To)))
}
