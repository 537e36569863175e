package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// inspector is the right column. Its sections keep their places whether or not
// a frame has something for them.
func (s *Shell) inspector() app.UI {
	v := s.m.InspectorHead()
	return app.Section().Class("inspector").Aria("label", "Inspector").Body(
		s.tabs(v.Tabs, "Inspector", model.ActPane),
		app.Div().Class(class("body", when(v.Stale, "stale"))).Role("tabpanel").Aria("labelledby", tabID(model.ActPane, string(v.Pane))).TabIndex(0).Body(
			&region{Key: s.m.InspectorKey(), draw: s.details}))
}

// details are what is known of the frame.
func (s *Shell) details() app.UI {
	v := s.m.Inspector()
	return app.Div().Body(
		part(!v.Ready, "nothing", app.P().Text(v.Empty)),
		part(v.Ready, "title", app.H2().Text(v.Title), link(v.Ref)),
		s.problems(v.Problems),
		s.octets(v.Hex, v.Copying), // at the top, so that stepping does not move it
		s.fields(v.Fields),
		s.why(v.Why),
		part(v.Covered != "", "note covered", app.Text(v.Covered)),
		s.block(v.Block),
		bits(v.Bits),
		s.tables(v.Tables),
		s.facts(v.Facts),
		s.settings(v.Settings),
		s.streams(v.Streams),
		s.windows(v.Windows),
		s.effects(v.Effects, v.Instants),
		part(v.What != "", "what", app.P().Text(v.What)),
	)
}

// part is a section that is empty unless it is shown.
func part(shown bool, name string, body ...app.UI) app.UI {
	if !shown {
		return app.Div().Class("gone")
	}
	return app.Div().Class("part " + name).Body(body...)
}

func (s *Shell) why(w *model.WhyView) app.UI {
	if w == nil {
		return part(false, "")
	}
	return part(true, "note", app.B().Text("Why this frame? "), app.Span().Text(w.Text+" "), link(w.Ref))
}

func (s *Shell) problems(rows []model.ProblemRow) app.UI {
	return part(len(rows) > 0, "problems", app.Range(rows).Slice(func(i int) app.UI {
		p := rows[i]
		return app.Div().Class("problem").Body(
			app.B().Text(p.Code), app.Text(" "+p.Text+" "), link(p.Ref), app.Text(" "), s.frameLink(p.Frame))
	}))
}

// frameLink goes to a frame; nothing for a negative one.
func (s *Shell) frameLink(frame int) app.UI {
	if frame < 0 {
		return app.Span()
	}
	return app.Button().Class("go").Type("button").OnClick(clickN(s, model.ActSelect, frame)).Text("frame " + strconv.Itoa(frame+1))
}

// fields is the field table. A row lights its octets and the other way round.
func (s *Shell) fields(rows []model.FieldRow) app.UI {
	if len(rows) == 0 {
		return &kept{}
	}
	return keptPart("fields", func() []app.UI {
		return []app.UI{app.Table().Body(
			app.THead().Body(app.Tr().Body(th("field"), th("octets"), th("value"), app.Td())),
			app.TBody().OnMouseOver(s.onSpanOver).OnMouseLeave(s.onLeave).OnClick(s.onSpanClick).Body(
				s.lines("fields", len(rows), func(i int) app.UI { return &fieldRow{Row: rows[i]} },
					func() app.UI { return &fieldRow{Spare: true} })...))}
	})
}

func th(text string) app.UI { return app.Th().Scope("col").Text(text) }

func (s *Shell) onSpanOver(_ app.Context, e app.Event) {
	if n, ok := number(e, "span"); ok {
		s.send(model.SpanPointed{Span: n})
	}
}

func (s *Shell) onLeave(app.Context, app.Event) { s.send(model.SpanPointed{Span: -1}) }

func (s *Shell) onSpanClick(_ app.Context, e app.Event) {
	if e.Get("target").Get("tagName").String() == "A" {
		return
	}
	if n, ok := number(e, "span"); ok {
		s.send(model.Click{What: model.ActSpan, N: n})
	}
}

// fieldRow is a row of the field table.
type fieldRow struct {
	app.Compo
	Row   model.FieldRow
	Spare bool
	last  model.FieldRow
}

func (f *fieldRow) Render() app.UI {
	v := spared(f.Spare, f.Row, &f.last)
	if f.Spare {
		v.Span, v.Lit = -1, false
	}
	return app.Tr().Class(class(when(f.Spare, "gone"), when(v.Lit, "lit"), when(v.Unset, "unset"))).DataSet("span", v.Span).Body(
		app.Td().Class("d"+strconv.Itoa(v.Depth)).Body(
			app.Button().Type("button").Class("k b"+strconv.Itoa(v.Color)).Aria("pressed", boolText(v.Lit)).Text(v.Name)),
		app.Td().Class("num").Text(v.Bytes),
		app.Td().Class("one").Title(v.Note).Body(app.Text(v.Value+" "),
			app.Span().Class(class("note-text", when(v.Note == "", "gone"))).Text(v.Note)),
		app.Td().Class("sect").Body(section(v.Ref)))
}

// block is the field block by representation.
func (s *Shell) block(b *model.BlockView) app.UI {
	if b == nil {
		return &kept{}
	}
	return keptPart("block", func() []app.UI {
		return []app.UI{
			heading("Field block", b.Text, b.Ref),
			app.Div().Class(class("small", when(len(b.Frames) == 0, "gone"))).Body(
				app.Text("spread over "), app.Range(b.Frames).Slice(func(i int) app.UI { return s.frameLink(b.Frames[i]) })),
			app.Table().Body(
				app.THead().Body(app.Tr().Body(th("octets"), th("representation"), th("field"))),
				app.TBody().OnMouseOver(s.onRepOver).OnMouseLeave(s.onLeave).OnClick(s.onRepClick).Body(
					s.lines("block", len(b.Rows), func(i int) app.UI { return &repRow{Row: b.Rows[i]} },
						func() app.UI { return &repRow{Spare: true} })...)),
			app.P().Class(class("small", when(b.More == "", "gone"))).Text(b.More),
			app.P().Class(class("problem", when(b.Error == "", "gone"))).Text(b.Error)}
	})
}

func (s *Shell) onRepOver(_ app.Context, e app.Event) {
	if n, ok := number(e, "rep"); ok {
		s.send(model.RepPointed{Rep: n})
	}
}

func (s *Shell) onRepClick(_ app.Context, e app.Event) {
	if e.Get("target").Get("tagName").String() == "A" {
		return
	}
	if n, ok := number(e, "rep"); ok {
		s.send(model.Click{What: model.ActRep, N: n})
	}
}

// repRow is a representation.
type repRow struct {
	app.Compo
	Row   model.RepRow
	Spare bool
	last  model.RepRow
}

func (r *repRow) Render() app.UI {
	v := spared(r.Spare, r.Row, &r.last)
	if r.Spare {
		v.Rep, v.Lit = -1, false
	}
	return app.Tr().Class(class(when(r.Spare, "gone"), when(v.Lit, "lit"))).DataSet("rep", v.Rep).Body(
		app.Td().Class("hexes").Body(
			app.Button().Type("button").Class("k").Title(v.Hex).Aria("pressed", boolText(v.Lit)).Text(v.Bytes),
			app.Span().Class(class("badge", when(v.Badge == "", "gone"))).Text(v.Badge)),
		app.Td().Body(
			app.A().Class("kind").Href(v.Ref.URL).Target("_blank").Rel("noopener noreferrer").Title(v.Ref.Text+", opens in a new tab").Text(v.Kind),
			app.Span().Class(class("small", when(v.Other < 0, "gone"))).Text(" in frame "+strconv.Itoa(v.Other+1))),
		app.Td().Class("field").Body(app.Span().Class("fname").Text(v.Name), app.Text(when(v.Name != "", ": ")+v.Value)))
}

// tables are dynamic tables: new entries are marked, evicted ones struck out.
func (s *Shell) tables(list []model.TableView) app.UI {
	if len(list) == 0 {
		return &kept{}
	}
	return keptPart("tables", func() []app.UI {
		return []app.UI{app.Range(list).Slice(func(i int) app.UI { return s.table(i, list[i]) })}
	})
}

// table is the dynamic table at a place of the list.
func (s *Shell) table(place int, t model.TableView) app.UI {
	rows := make([]app.UI, 0, len(t.Rows)+len(t.Evicted))
	for _, r := range t.Rows {
		rows = append(rows, &tableRow{Row: r, shell: s})
	}
	for _, r := range t.Evicted {
		rows = append(rows, &tableRow{Row: r, Evicted: true, shell: s})
	}
	return app.Div().Class("part").Body(
		heading(t.Title, t.Note, t.Ref),
		app.P().Class(class("small", when(t.Empty == "", "gone"))).Text(t.Empty),
		app.Table().Class(when(t.Empty != "", "gone")).Body(
			app.THead().Body(app.Tr().Body(th("index"), th("field"), th("size"), th("from"))),
			app.TBody().Body(s.lines("table "+strconv.Itoa(place), len(rows), func(i int) app.UI { return rows[i] },
				func() app.UI { return &tableRow{Spare: true, shell: s} })...)),
		app.P().Class(class("small", when(t.More == "", "gone"))).Text(t.More))
}

// tableRow is an entry of a dynamic table.
type tableRow struct {
	app.Compo
	Row     model.TableRow
	Evicted bool
	Spare   bool
	shell   *Shell
	last    model.TableRow
}

// Render draws the entry.
func (t *tableRow) Render() app.UI {
	r := spared(t.Spare, t.Row, &t.last)
	index := r.Index
	if r.New {
		index += " new"
	}
	return app.Tr().Class(class(when(t.Spare, "gone"), when(r.New, "new"), when(t.Evicted, "evicted"))).Body(
		app.Td().Class("num").Text(index),
		app.Td().Class("field").Body(app.Span().Class("fname").Text(r.Name), app.Text(": "+r.Value)),
		app.Td().Class("num").Text(r.Size),
		app.Td().Body(t.shell.frameLink(r.Frame)))
}

func (s *Shell) facts(facts [][2]string) app.UI {
	return part(len(facts) > 0, "facts",
		heading("Connection", "", model.Link{}),
		app.Table().Body(app.TBody().Body(app.Range(facts).Slice(func(i int) app.UI {
			return app.Tr().Body(app.Th().Scope("row").Text(facts[i][0]), app.Td().Text(facts[i][1]))
		}))))
}

func (s *Shell) settings(v *model.SettingsView) app.UI {
	if v == nil {
		return part(false, "")
	}
	return part(true, "settings",
		heading("Settings in force", "acknowledged", model.RFCLink("RFC 9113 6.5.2")),
		app.Table().Body(
			app.THead().Body(app.Tr().Body(th("setting"), app.Range(v.Ends).Slice(func(i int) app.UI { return th(v.Ends[i]) }))),
			app.TBody().Body(app.Range(v.Rows).Slice(func(i int) app.UI {
				r := v.Rows[i]
				return app.Tr().Body(app.Td().Body(app.A().Class("quiet").Href(r.Ref.URL).Target("_blank").Rel("noopener noreferrer").Text(r.Name)),
					app.Range(r.Cells).Slice(func(j int) app.UI {
						c := r.Cells[j]
						return app.Td().Class(when(c.Default, "default")).Body(app.Text(c.Text),
							app.Span().Class(class("badge", when(c.Next == "", "gone"))).Text("→ "+c.Next+", not acknowledged"))
					}))
			}))))
}

// streams are the ways of streams through their states, at both ends.
func (s *Shell) streams(list []model.StreamView) app.UI {
	if len(list) == 0 {
		return &kept{}
	}
	return keptPart("streams", func() []app.UI {
		return []app.UI{app.Range(list).Slice(func(i int) app.UI { return stream(list[i]) })}
	})
}

// stream is the way of a stream.
func stream(v model.StreamView) app.UI {
	return app.Div().Body(heading(v.Title, v.Text, v.Ref),
		app.Range(v.Paths).Slice(func(j int) app.UI {
			p := v.Paths[j]
			return app.Div().Class("path").Body(
				app.Span().Class("path-end").Text(p.End),
				app.Ol().Class("path-steps").Body(app.Range(p.Steps).Slice(func(k int) app.UI { return step(p.Steps[k]) })))
		}))
}

func step(v model.StepView) app.UI {
	state := app.Span().Class(class("st", when(v.On, "on"), when(v.New, "new"))).Text(v.State)
	if v.On {
		state = state.Aria("current", "step")
	}
	return app.Li().Body(
		app.Span().Class(class("by", when(v.By == "", "gone"))).Title(v.Full).Text("→ "+v.By+" →"),
		state)
}

// windows are bars with both ends' numbers.
func (s *Shell) windows(rows []model.WindowRow) app.UI {
	if len(rows) == 0 {
		return &kept{}
	}
	return keptPart("windows", func() []app.UI {
		return []app.UI{
			heading("Windows at this instant", "octets left: sender | receiver", model.RFCLink("RFC 9113 5.2")),
			app.Table().Body(app.TBody().Body(
				s.lines("windows", len(rows), func(i int) app.UI { return &windowRow{Row: rows[i]} },
					func() app.UI { return &windowRow{Spare: true} })...))}
	})
}

// windowRow is a window as its two ends see it.
type windowRow struct {
	app.Compo
	Row   model.WindowRow
	Spare bool
	last  model.WindowRow
}

// Render draws the window.
func (w *windowRow) Render() app.UI {
	r := spared(w.Spare, w.Row, &w.last)
	return app.Tr().Class(class(when(w.Spare, "gone"), when(r.Empty, "dry"))).Body(
		app.Th().Scope("row").Body(app.Text(r.Name), app.Elem("small").Text(r.Dir)),
		app.Td().Class("bars").Body(bar(r.SenderPc), bar(r.RecvPc)),
		app.Td().Class(class("num", when(r.Differ, "differ"))).Body(app.Text(r.Sender+" | "+r.Receiver),
			app.Elem("small").Class(when(r.Change == "", "gone")).Text(r.Change)))
}

func bar(percent int) app.UI {
	return svg("svg").Attr("width", "100%").Attr("height", "7").Attr("aria-hidden", "true").Body(
		svg("rect").Attr("width", "100%").Attr("height", "7").Attr("rx", "3").Attr("fill", "var(--panel-2)"),
		svg("rect").Attr("width", strconv.Itoa(percent)+"%").Attr("height", "7").Attr("rx", "3").Attr("fill", "var(--f-window)"))
}

func (s *Shell) effects(rows []model.EffectRow, instants string) app.UI {
	if len(rows) == 0 {
		return &kept{}
	}
	return keptPart("effects", func() []app.UI {
		return []app.UI{
			heading("What it changed", instants, model.Link{}),
			app.Table().Body(app.TBody().Body(
				s.lines("effects", len(rows), func(i int) app.UI { return &effectRow{Row: rows[i]} },
					func() app.UI { return &effectRow{Spare: true} })...))}
	})
}

// effectRow is one thing that the frame changed.
type effectRow struct {
	app.Compo
	Row   model.EffectRow
	Spare bool
	last  model.EffectRow
}

// Render draws the change.
func (e *effectRow) Render() app.UI {
	r := spared(e.Spare, e.Row, &e.last)
	return app.Tr().Class(when(e.Spare, "gone")).Body(
		app.Th().Scope("row").Text(r.At), app.Td().Text(r.Text), app.Td().Class("sect").Body(section(r.Ref)))
}
