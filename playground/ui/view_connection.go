package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// viewConnection is what holds for a whole connection.
func (s *Shell) viewConnection() app.UI {
	v := s.m.Connection()
	bar := app.Div().Class("view-bar").Body(app.B().Text("Connection"), app.Span().Class("grow"), app.Span().Class("small").Text(v.Instant))
	if v.Empty != "" || v.Problem != "" {
		return sheetView("Connection", bar, lines("empty-view", v.Empty), lines("problem", v.Problem))
	}
	return sheetView("Connection", bar,
		s.wrong(v),
		s.goAways(v.GoAways),
		s.inForce(v.Settings),
		s.settingsFrames(v),
		s.limitGroups(v.Limits),
		s.pings(v),
		s.fingerprint(v.Fingerprint),
		app.Div().Body(heading("About this connection", "", model.Link{}), factRows(v.Facts)))
}

func (s *Shell) wrong(v model.ConnectionView) app.UI {
	return part(len(v.Problems) > 0 || v.ProblemsNote != "", "wrong",
		heading("What went wrong", v.ProblemsNote, model.RFCLink("RFC 9113 7")), s.problems(v.Problems))
}

// goAways is what each GOAWAY means for the streams of its receiver.
func (s *Shell) goAways(rows []model.GoAwayRow) app.UI {
	return part(len(rows) > 0, "goaways", app.Range(rows).Slice(func(i int) app.UI {
		g := rows[i]
		return app.Div().Class(class("goaway", when(g.Bad, "bad"))).Body(
			app.Div().Body(app.B().Text(g.Title), app.Text(" "), s.frameLink(g.Frame), app.Text(" "), link(g.Ref)),
			app.P().Body(app.Text(g.Text+" "), app.Range(g.Orphans).Slice(func(j int) app.UI { return s.streamLink(g.Orphans[j]) }), app.Text(" "+g.More)),
			app.P().Class(class("small", when(g.Debug == "", "gone"))).Body(app.Text("It adds: "), app.Code().Text(g.Debug)),
			app.P().Class("small").Text("sent at "+g.Sent+", received at "+g.Recv))
	}))
}

// inForce is a table of settings, a column an end.
func (s *Shell) inForce(rows []model.ForceRow) app.UI {
	return part(len(rows) > 0, "in-force",
		heading("Settings in force", "acknowledged", model.RFCLink("RFC 9113 6.5.2")),
		app.Table().Body(
			app.THead().Body(app.Tr().Body(th("setting"), th("the client's"), th("the server's"))),
			app.TBody().Body(app.Range(rows).Slice(func(i int) app.UI {
				r := rows[i]
				return app.Tr().Body(
					app.Th().Scope("row").Class("setting").Body(app.Text(r.Name+" "), section(r.Ref)),
					app.Range(r.Cells).Slice(func(j int) app.UI {
						c := r.Cells[j]
						return app.Td().Class(when(c.Default, "default")).Body(app.Text(c.Text+" "),
							app.Span().Class(class("small", when(!c.Default, "gone"))).Text("default"),
							app.Elem("small").Class(class("pending", when(c.Next == "", "gone"))).Text(c.Next),
							app.Elem("small").Class(class("pending", when(c.Peer == "", "gone"))).Text(c.Peer))
					}))
			}))))
}

// settingsFrames are the SETTINGS frames: sent, received, acknowledged.
func (s *Shell) settingsFrames(v model.ConnectionView) app.UI {
	return part(len(v.Frames) > 0, "settings-frames",
		heading("SETTINGS, from announcement to acknowledgement", "", model.RFCLink("RFC 9113 6.5.3")),
		lines("small", v.FramesMore),
		app.Table().Body(
			app.THead().Body(app.Tr().Body(th("who"), th("announces"), th("sent → received"), th("acknowledged"), th("at this instant"))),
			app.TBody().Body(app.Range(v.Frames).Slice(func(i int) app.UI {
				r := v.Frames[i]
				return app.Tr().Body(
					app.Td().Body(app.Text(r.End+" "), s.frameLink(r.Frame)),
					app.Td().Class("announced").Body(
						app.Range(r.Entries).Slice(func(j int) app.UI {
							e := r.Entries[j]
							return app.Div().Body(app.Text(e.Name+" "), app.B().Text(e.Value))
						}),
						app.Span().Class(class("small", when(len(r.Entries) > 0, "gone"))).Text("nothing: all defaults"),
						app.Span().Class("small").Text(r.More)),
					app.Td().Class("num").Text(r.Sent+" → "+r.Recv),
					app.Td().Body(app.Span().Class(class("small", when(r.Ack >= 0, "gone"))).Text("never"), s.frameLink(r.Ack),
						app.Elem("small").Class(when(r.Ack < 0, "gone")).Text(r.AckSent+" → "+r.AckRecv)),
					app.Td().Class(when(r.Good, "good")).Text(r.State))
			}))))
}

func (s *Shell) limitGroups(groups []model.LimitGroup) app.UI {
	return part(len(groups) > 0, "limits",
		heading("Limits, and how much of each is used", "", model.Link{}),
		app.Div().Class("sides").Body(app.Range(groups).Slice(func(i int) app.UI {
			g := groups[i]
			return app.Div().Class("side").Role("group").Aria("label", g.Title).Body(
				app.Div().Class("side-head").Body(app.H2().Text(g.Title)),
				app.Range(g.Rows).Slice(func(j int) app.UI {
					l := g.Rows[j]
					return app.Div().Class(class("limit", when(l.Full, "full"), when(l.None, "none"))).Body(
						app.Div().Class("limit-name").Body(app.Span().Text(l.Name+" "), section(l.Ref), app.Span().Class("grow"), app.Span().Class("num").Text(l.Text+when(l.Full, ": all of it"))),
						meter(l.Percent, when(l.Full, "f-rst")+when(!l.Full, "accent")),
						app.P().Class("small").Text(l.What))
				}))
		})))
}

func (s *Shell) pings(v model.ConnectionView) app.UI {
	return part(len(v.Pings) > 0, "pings",
		heading("PING and round trip", v.PingsMore, model.RFCLink("RFC 9113 6.7")),
		app.Table().Body(
			app.THead().Body(app.Tr().Body(th("who asks"), th("data"), th("asked"), th("answered"), numHead("round trip"))),
			app.TBody().Body(app.Range(v.Pings).Slice(func(i int) app.UI {
				p := v.Pings[i]
				return app.Tr().Body(app.Td().Text(p.End), app.Td().Class("announced").Text(p.Data),
					app.Td().Body(s.frameLink(p.Frame), app.Elem("small").Text("at "+p.Sent)), app.Td().Body(s.frameLink(p.Ack)), app.Td().Class("num").Text(p.Trip))
			}))))
}

func (s *Shell) fingerprint(f *model.FingerprintView) app.UI {
	if f == nil {
		return part(false, "")
	}
	return part(true, "fingerprint",
		heading("The client's fingerprint", "", model.Link{}),
		app.P().Class("lead").Text(f.Note),
		app.Div().Class("copy-line").Body(app.Code().Text(f.Text),
			app.Button().Class("btn small").Type("button").Aria("label", "Copy the fingerprint").OnClick(clickArg(s, model.ActCopy, "fingerprint")).Text("Copy")),
		factRows(f.Rows))
}
