package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// fileLine tells of the file that is the record, or was: how far it is read,
// what is wrong with it, how to go back to it.
func (s *Shell) fileLine(v model.FileView) app.UI {
	going, left := v.Progress >= 0, v.State == model.FileLeft
	button := func(shown bool, what model.Action, text string) app.UI {
		return app.Button().Class(class("btn small", when(!shown, "gone"))).Type("button").OnClick(click(s, what)).Text(text)
	}
	return app.Div().Class(class("file-line", when(v.Bad, "bad"), when(v.State == model.FileNone && v.Asked == "", "gone"))).
		Role("group").Aria("label", "File").Body(
		app.Div().Class("file-what").Body(
			app.B().Text(v.Name), app.Text(" "),
			app.Span().Class(class("file-title", when(v.Title == "", "gone"))).Text(v.Title),
			app.Text(" "), app.Span().Class("file-text").Text(v.Text), app.Text(" "),
			app.Span().Class(class("file-note", when(v.Note == "", "gone"))).Text(v.Note), app.Text(" "),
			app.B().Class(class("file-locked", when(v.Locked == "", "gone"))).Text(v.Locked), app.Text(" "),
			app.Span().Class(when(v.Asked == "", "gone")).Text(v.Asked)),
		app.Elem("progress").Class(when(!going, "gone")).Aria("label", "Read of the file").
			Attr("max", "1000").Attr("value", strconv.Itoa(max(0, v.Progress))),
		app.Div().Class("hidden").Role("status").Text(when(!going, v.Name+" "+v.Text+" "+v.Locked)),
		button(going || v.Asked != "", model.ActCancelFile, "Cancel"),
		button(v.Keys, model.ActKeys, "Choose a key log…"),
		button(v.Program && !going, model.ActTakeFile, "Program into the editor"),
		button(v.Again, model.ActAgain, "Run again and compare"),
		button(left, model.ActReopen, "Back to the file"),
		button(v.Retry, model.ActReopen, "Try again"),
		app.Button().Class(class("btn small plain", when(!left && v.State != model.FileRefused, "gone"))).Type("button").
			Aria("label", "Close this line").OnClick(click(s, model.ActForgetFile)).Body(icon(iconClose)))
}

// remark is the note of whoever shared the record.
func (s *Shell) remark(v model.RemarkView) app.UI {
	return app.Aside().Class(class("remark", when(len(v.Lines) == 0, "gone"))).Aria("label", "Note of whoever shared this").Body(
		app.Div().Class("remark-text").TabIndex(0).Role("group").Aria("label", "Note").Body(
			app.Range(v.Lines).Slice(func(i int) app.UI { return app.P().Text(v.Lines[i]) })),
		app.Button().Class(class("btn small", when(v.Label == "", "gone"))).Type("button").OnClick(clickN(s, model.ActSelect, v.Frame)).Text(when(v.Label == "", "Frame")+v.Label))
}
