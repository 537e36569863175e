package ui

import (
	"fmt"
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// on is a handler that sends a message, with the scope that makes go-app
// replace it when the message differs: OnClick(on(s, msg)).
func on(s *Shell, msg model.Msg) (app.EventHandler, any) {
	return func(app.Context, app.Event) { s.send(msg) }, fmt.Sprintf("%T %+v", msg, msg)
}

func click(s *Shell, what model.Action) (app.EventHandler, any) {
	return on(s, model.Click{What: what})
}

func clickArg(s *Shell, what model.Action, arg string) (app.EventHandler, any) {
	return on(s, model.Click{What: what, Arg: arg})
}

func clickN(s *Shell, what model.Action, n int) (app.EventHandler, any) {
	return on(s, model.Click{What: what, N: n})
}

// region is a part of the page that is drawn anew only when its key changes, or
// when something happened within it.
type region struct {
	app.Compo
	Key  any
	draw func() app.UI
}

// Render draws the region.
func (r *region) Render() app.UI { return r.draw() }

// class joins the names that are not empty.
func class(names ...string) string {
	out := ""
	for _, n := range names {
		if n == "" {
			continue
		}
		if out != "" {
			out += " "
		}
		out += n
	}
	return out
}

// when is s if it holds, else nothing.
func when(holds bool, s string) string {
	if holds {
		return s
	}
	return ""
}

func boolText(b bool) string { return strconv.FormatBool(b) }

// number reads a number from the nearest element around the event's target
// that carries data-name.
func number(e app.Event, name string) (int, bool) {
	target := e.Get("target")
	if !target.Truthy() || !target.Get("closest").Truthy() {
		return 0, false
	}
	el := target.Call("closest", "[data-"+name+"]")
	if !el.Truthy() {
		return 0, false
	}
	n, err := strconv.Atoi(el.Call("getAttribute", "data-"+name).String())
	return n, err == nil
}

// setStyle sets a property through CSSOM, which the page's policy allows where
// it forbids style attributes.
func setStyle(c app.Composer, property, value string) {
	c.JSValue().Get("style").Call("setProperty", property, value)
}

// link is a reference to an RFC that opens beside the page, or plain text.
func link(l model.Link) app.UI {
	if l.URL == "" {
		return app.Span().Text(l.Text)
	}
	return app.A().Class("ref").Href(l.URL).Target("_blank").Rel("noopener noreferrer").
		Title("Opens rfc-editor.org in a new tab").Text(l.Text)
}

// section is a link to an RFC where there is room for the section's number only.
func section(l model.Link) app.UI {
	if l.URL == "" {
		return app.Span()
	}
	return app.A().Class("quiet").Href(l.URL).Target("_blank").Rel("noopener noreferrer").Title(l.Text+", opens in a new tab").
		Aria("label", l.Text).Text(l.Section)
}

// short is a reference that leaves a remark beside it its room.
func short(l model.Link, note string) app.UI {
	if note == "" {
		return link(l)
	}
	return section(l)
}

// heading is a section's line: its name, a remark, a reference.
func heading(text, note string, ref model.Link) app.UI {
	return app.Div().Class("h").Body(
		app.H3().Text(text),
		app.Span().Class("h-note").Text(note),
		short(ref, note),
	)
}

const svgNS = "http://www.w3.org/2000/svg"

func svg(tag string) app.HTMLElem { return app.Elem(tag).XMLNS(svgNS) }

// icon is a drawing of one path on a field of 16 by 16.
func icon(path string) app.UI {
	return svg("svg").Attr("viewBox", "0 0 16 16").Attr("width", "14").Attr("height", "14").Attr("aria-hidden", "true").
		Body(svg("path").Attr("d", path).Attr("fill", "currentColor"))
}

// The icons' paths.
const (
	iconFirst  = "M3 3h2v10H3zM13 3v10L6 8z"
	iconBack   = "M11 3v10L4 8z"
	iconPlay   = "M4 2.5v11L13 8z"
	iconPause  = "M4 3h3v10H4zM9 3h3v10H9z"
	iconNext   = "M5 3v10l7-5z"
	iconLast   = "M11 3h2v10h-2zM3 3v10l7-5z"
	iconSearch = "M7 1.5a5.5 5.5 0 0 1 4.4 8.8l3.2 3.2-1.1 1.1-3.2-3.2A5.5 5.5 0 1 1 7 1.5zM7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8z"
	iconStop   = "M3.5 3.5h9v9h-9z"
	iconTheme  = "M8 1.5A6.5 6.5 0 1 1 8 14.5A6.5 6.5 0 1 1 8 1.5ZM8 3A5 5 0 0 0 8 13Z"
	iconClose  = "M4.3 3.2 8 6.9l3.7-3.7 1.1 1.1L9.1 8l3.7 3.7-1.1 1.1L8 9.1l-3.7 3.7-1.1-1.1L6.9 8 3.2 4.3z"
	iconOpen   = "M1.5 3h4.6l1.6 1.8h6.8v2H5L2.6 13H1.5zM5.6 8h9.9l-2 5H3.7z"
	iconFlag   = "M3 1.5h1.5V2H13l-2.2 3.2L13 8.5H4.5v6H3z"
	iconList   = "M2 3h2v2H2zM6 3h8v2H6zM2 7h2v2H2zM6 7h8v2H6zM2 11h2v2H2zM6 11h8v2H6z"
	iconFork   = "M3.2 1.5h1.6v5.2L10 3.9V2l4 2.6L10 7.2V5.6L4.8 8.5v6H3.2zM6.4 9.4 10 11.2V9.4l4 2.6-4 2.6v-1.7L5.7 10.7z"
	iconReturn = "M6.5 3v2.6h3.2a3.7 3.7 0 0 1 0 7.4H5v-1.6h4.7a2.1 2.1 0 0 0 0-4.2H6.5v2.6L2.6 6.4z"
)
