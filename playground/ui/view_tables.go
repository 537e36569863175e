package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// sheetView is a view of the middle column: a bar that stays, and what scrolls.
func sheetView(name string, bar app.UI, body ...app.UI) app.UI {
	return app.Div().Class("sheet-view").Body(app.H2().Class("hidden").Text(name), bar,
		app.Div().Class("view").Role("region").Aria("label", name).TabIndex(0).Body(body...))
}

// forms switches a chart to its table and back.
func (s *Shell) forms(tabs []model.Tab, of, label string) app.UI {
	return app.Div().Class("seg").Role("group").Aria("label", label).Body(app.Range(tabs).Slice(func(i int) app.UI {
		return app.Button().Type("button").Class(when(tabs[i].On, "on")).Aria("pressed", boolText(tabs[i].On)).
			OnClick(on(s, model.Click{What: model.ActTwin, Arg: of, N: i})).Text(tabs[i].Text)
	}))
}

// meter is a bar of a share, 0 to 100, in a colour of the page's style.
func meter(percent int, color string) app.UI {
	return svg("svg").Attr("width", "100%").Attr("height", "8").Attr("aria-hidden", "true").Body(
		svg("rect").Attr("width", "100%").Attr("height", "8").Attr("rx", "3").Attr("fill", "var(--panel-2)").Attr("stroke", "var(--line)"),
		svg("rect").Attr("width", strconv.Itoa(percent)+"%").Attr("height", "8").Attr("rx", "3").Attr("fill", "var(--"+color+")"))
}

// lines is text that is there only when it says something.
func lines(kind, text string) app.UI {
	return app.P().Class(class(kind, when(text == "", "gone"))).Text(text)
}

// streamLink goes to the first frame of a stream.
func (s *Shell) streamLink(id int) app.UI {
	n := strconv.Itoa(id)
	return app.Button().Class("go stream-go").Type("button").Title("To the first frame of stream "+n).Aria("label", "stream "+n).
		OnClick(clickN(s, model.ActToStream, id)).Text(n)
}

// factRows are names and what is known of them.
func factRows(rows [][2]string) app.UI {
	return app.Table().Class("facts-table").Body(app.TBody().Body(app.Range(rows).Slice(func(i int) app.UI {
		return app.Tr().Body(app.Th().Scope("row").Text(rows[i][0]), app.Td().Text(rows[i][1]))
	})))
}
