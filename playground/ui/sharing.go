package ui

import (
	"strconv"

	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// sharing is the dialog in which a record becomes a link.
func (s *Shell) sharing(v model.SharingView) app.UI {
	if !v.Open {
		return app.Div().Class("gone")
	}
	return app.Div().Class("veil").OnClick(s.onVeil(model.ActSharing)).Body(
		app.Div().Class("sheet sharing").Role("dialog").Aria("modal", "true").Aria("labelledby", "sharing-title").Body(
			app.Div().Class("sheet-top").Body(
				app.H2().ID("sharing-title").Text("Share this record"),
				app.Button().Class("btn icon").Type("button").Aria("label", "Close").OnClick(click(s, model.ActSharing)).Body(icon(iconClose))),
			app.Div().Class("sharing-body").TabIndex(0).Role("group").Aria("labelledby", "sharing-title").Body(
				app.Label().Class("sharing-label").For(model.IDShareTitle).Text("Title"),
				&input{ID: model.IDShareTitle, Class: "in", Label: "Title", Value: v.Title, Hint: "What stands above the record", send: s.send, msg: shareTitleMsg, left: model.SharingLeft{}},
				app.Label().Class("sharing-label").For(model.IDShareNote).Text(v.NoteLabel),
				&input{ID: model.IDShareNote, Class: "in", Label: v.NoteLabel, Value: v.Note, Hint: "What there is to see", Rows: 2, send: s.send, msg: shareNoteMsg, left: model.SharingLeft{}},
				s.sharingBusy(v),
				app.Div().Class(class("sharing-part", when(!v.Ready, "waiting"))).Body(s.leaving(v)),
				s.linkPart(v),
				s.postPart(v.Post),
				s.ownShares(v.Mine))))
}

func shareTitleMsg(text string) model.Msg { return model.SharingEdited{Field: "title", Text: text} }
func shareNoteMsg(text string) model.Msg  { return model.SharingEdited{Field: "note", Text: text} }

func (s *Shell) sharingBusy(v model.SharingView) app.UI {
	return app.Div().Class("sharing-busy").Role("status").Body(
		app.Span().Class(when(v.Busy == "", "gone")).Body(app.Text(v.Busy+" "),
			app.Elem("progress").Aria("label", "Looked at").Attr("max", "1000").Attr("value", strconv.Itoa(v.Progress))),
		app.Span().Class(class("bad", when(v.Failed == "", "gone"))).Text(v.Failed))
}

// leaving says what goes and what stays, with what can be changed about it.
func (s *Shell) leaving(v model.SharingView) app.UI {
	return app.Div().Body(
		app.H3().Text("What leaves"),
		app.P().Class(class("sharing-summary", when(v.Raw, "bad"))).Text(v.Summary),
		app.Elem("details").Class(class("sharing-more", when(v.Raw, "gone"))).Body(
			app.Elem("summary").Text("What goes, what stays"),
			app.Table().Class("sharing-gone").Body(
				app.THead().Body(app.Tr().Body(app.Th().Scope("col").Text("Goes"), app.Th().Scope("col").Text("Size"), app.Th().Scope("col").Text("In its place, for example"))),
				app.TBody().Body(app.Range(v.Gone).Slice(func(i int) app.UI {
					p := v.Gone[i]
					return app.Tr().Body(app.Td().Text(p.What), app.Td().Class("num").Text(p.Count), app.Td().Body(app.Code().Text(p.Example)))
				}))),
			app.H4().Text("Stays"),
			app.Ul().Body(app.Range(v.Stays).Slice(func(i int) app.UI { return app.Li().Text(v.Stays[i]) }))),
		app.Div().Class(class("sharing-keeps", when(v.Raw || len(v.Keeps) == 0, "gone"))).Role("group").Aria("label", "Fields whose values stay").Body(
			app.Span().Class("sharing-hint").Text("Keep the values of "),
			app.Range(v.Keeps).Slice(func(i int) app.UI {
				k := v.Keeps[i]
				return app.Button().Class(class("chip", when(k.On, "on"))).Type("button").Aria("pressed", boolText(k.On)).Title(k.Count).
					OnClick(clickArg(s, model.ActShareKeep, k.Name)).Text(k.Text)
			})),
		app.Div().Class(class("sharing-switches", when(v.Raw, "gone"))).Body(
			s.shareSwitch("share-program", "Keep the program as it is, and what it printed", v.Program, model.ActShareProgram),
			s.shareSwitch("share-notes", "Keep the texts of bookmarks and remarks", v.Notes, model.ActShareNotes)),
		s.shareRaw(v),
		app.P().Class("sharing-hint").Text(v.Leaves))
}

func (s *Shell) shareSwitch(id, text string, on bool, what model.Action) app.UI {
	return app.Label().For(id).Body(app.Input().ID(id).Type("checkbox").Checked(on).OnChange(click(s, what)), app.Text(" "+text))
}

// shareRaw is the way to leave everything in, in two steps.
func (s *Shell) shareRaw(v model.SharingView) app.UI {
	button := func(shown bool, n int, text, looks string) app.HTMLButton {
		return app.Button().Class(class("btn small", looks, when(!shown, "gone"))).Type("button").OnClick(clickN(s, model.ActShareRaw, n)).Text(text)
	}
	return app.Div().Class(class("sharing-raw", when(v.Asking || v.Raw, "alert"))).Body(
		button(!v.Raw && !v.Asking, 1, "Leave everything in…", "plain"),
		app.P().Class(when(!v.Asking, "gone")).Role("alert").Text(when(v.Asking, "Then whoever has the link reads every cookie, token, content, query and name of a host in this record. Is nobody hurt by that?")),
		button(v.Asking, 0, "No, take them out", "").ID(model.IDShareAsk),
		button(v.Asking, 2, "Yes, leave everything in", "danger"),
		button(v.Raw, 0, "Take it out again", ""))
}

// linkPart is the way in the link itself.
func (s *Shell) linkPart(v model.SharingView) app.UI {
	l := v.Link
	none := when(l.Address == "", "gone")
	return app.Div().Class(class("sharing-part", when(l.Stale, "waiting"))).Body(
		app.H3().Text("In the link"),
		app.P().ID("share-link-text").Role("status").Text(l.Text),
		app.P().Class(class("sharing-warn", when(l.Warn == "", "gone"))).Text(l.Warn),
		shown("share-link", "The link", l.Address),
		app.Div().Class("sharing-buttons").Body(
			s.shareCopy(model.CopyLink, "Copy the link", class("primary", none)),
			app.Span().Class("grow"),
			app.Span().Class("sharing-hint").ID("share-most").Text("Offered up to"),
			app.Div().Class("seg").Role("group").Aria("labelledby", "share-most").Body(app.Range(v.Limit).Slice(func(i int) app.UI {
				r := v.Limit[i]
				return app.Button().Type("button").Class(when(r.On, "on")).Aria("pressed", boolText(r.On)).Aria("label", r.Text+" characters").
					OnClick(clickN(s, model.ActShareMost, r.N)).Text(r.Text)
			})),
			app.Span().Class("sharing-hint").Aria("hidden", "true").Text("characters")),
		s.embedding("share-link-snippet", l.Snippet, model.CopyLinkEmbed))
}

// embedding is what shows the record as a part of another page.
func (s *Shell) embedding(id, snippet, what string) app.UI {
	return app.Elem("details").Class(class("sharing-more", when(snippet == "", "gone"))).Body(
		app.Elem("summary").Text("As a part of another page"),
		shown(id, "What shows the record in another page", snippet),
		app.Div().Class("sharing-buttons").Body(s.shareCopy(what, "Copy the element", "")))
}

// shown is an address that can be selected; copying is not allowed everywhere.
func shown(id, label, text string) app.UI {
	return app.Elem("output").ID(id).Class(class("sharing-address", when(text == "", "gone"))).Aria("label", label).TabIndex(0).Text(text)
}

func (s *Shell) shareCopy(what, text, looks string) app.UI {
	return app.Button().Class(class("btn small", looks)).Type("button").OnClick(clickArg(s, model.ActShareCopy, what)).Text(text)
}

// postPart is the way over the store of this host.
func (s *Shell) postPart(p model.PostPart) app.UI {
	none := when(p.Address == "", "gone")
	return app.Div().Class("sharing-part").Body(
		app.H3().Text("By a short address"),
		app.P().ID(model.IDSharePosted).TabIndex(-1).Class(when(p.Bad, "bad")).Role("status").Text(p.Text),
		shown("share-address", "The short address", p.Address),
		app.Elem("progress").Class(when(!p.Sending, "gone")).Aria("label", "Sent").Attr("max", "1000").Attr("value", strconv.Itoa(p.Progress)),
		app.Div().Class("sharing-buttons").Body(
			s.shareCopy(model.CopyAddress, "Copy the address", class("primary", none)),
			app.Button().Class(class("btn small", none)).Type("button").OnClick(clickArg(s, model.ActShareDelete, p.Share)).Text("Delete it"),
			app.Button().ID("share-post").Class(class("btn small", when(p.Address == "", "primary"), when(p.Sending, "gone"))).Type("button").Disabled(!p.Can).
				OnClick(click(s, model.ActSharePost)).Text(when(p.Address == "", "Send it, and get an address")+when(p.Address != "", "Send it again")),
			app.Button().Class(class("btn small", when(!p.Sending, "gone"))).Type("button").OnClick(click(s, model.ActSharePostStop)).Text("Cancel")),
		s.embedding("share-address-snippet", p.Snippet, model.CopyAddressEmbed))
}

// ownShares are what was shared from this browser.
func (s *Shell) ownShares(list []model.OwnShare) app.UI {
	return app.Div().Class(class("sharing-part", when(len(list) == 0, "gone"))).Body(
		app.H3().Text("My shares"),
		app.P().Class("sharing-hint").Text("The tokens that delete them are kept in this browser only."),
		app.Ul().Class("own-shares").Body(app.Range(list).Slice(func(i int) app.UI {
			o := list[i]
			return app.Li().Body(
				app.Span().Class("own-share").Body(app.B().Text(o.Title), app.Text(" "), app.Span().Class("sharing-hint").Text(o.Dates),
					app.Span().Class(class("bad", when(o.Wrong == "", "gone"))).Role("status").Text(" "+o.Wrong)),
				app.Button().Class("btn small").Type("button").Aria("label", "Copy the address of "+o.Title).OnClick(clickArg(s, model.ActShareCopy, o.Share)).Text("Copy"),
				app.Button().Class("btn small").Type("button").Disabled(o.Going).Aria("label", "Delete "+o.Title).OnClick(clickArg(s, model.ActShareDelete, o.Share)).Text("Delete"))
		})))
}
