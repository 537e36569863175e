package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// realWorld is the panel with what goes beyond the tab: dial, be called, look on.
func (s *Shell) realWorld(v model.RealView) app.UI {
	if !v.Open {
		return app.Div().Class("dial gone")
	}
	off := v.NoRelay != ""
	return app.Div().Class("dial").Role("form").Aria("label", "Real world").Body(
		app.Div().Class("dial-head").Body(
			s.tabs(v.Tabs, "What to do in the real world", model.ActMode),
			s.dialField("relay", "Relay", "ws://127.0.0.1:8420/relay", "dial-relay", v.Relay, false)),
		s.realFields(v, off),
		app.Div().Class("dial-said").Body(
			app.P().Class(class("dial-status", when(v.Bad, "bad"))).Role("status").Text(v.Status),
			app.Button().Class(class("btn small", when(!v.HasKeys, "gone"))).ID("dial-keys").Type("button").
				Title("In the format of SSLKEYLOGFILE: opens a capture of this connection. Who has it reads the connection.").
				OnClick(click(s, model.ActKeyLog)).Text(v.Keys)),
		app.Div().Class(class("dial-none", when(!v.Serve, "gone"))).Body(
			app.Button().Class("btn small").Type("button").OnClick(click(s, model.ActServe)).Text("Take a program that does"),
			app.Span().Text("What is in the editor can be had back there.")),
		app.Div().Class(class("dial-servers", when(len(v.Servers) == 0, "gone"))).Role("group").Aria("label", "Which port of the program").Body(
			app.Span().Text("Callers reach port"),
			app.Div().Class("seg").Body(app.Range(v.Servers).Slice(func(i int) app.UI {
				t := v.Servers[i]
				return app.Button().Type("button").Class(when(t.On, "on")).Aria("pressed", boolText(t.On)).
					OnClick(clickArg(s, model.ActServer, t.ID)).Text(t.Text)
			}))),
		app.Dl().Class(class("dial-commands", when(len(v.Commands) == 0, "gone"))).Body(
			app.Range(v.Commands).Slice(func(i int) app.UI {
				c := v.Commands[i]
				return app.Div().Body(app.Dt().Text(c.For), app.Dd().Body(s.command(c.Text)))
			})),
		app.P().Class(class("dial-note", when(v.Note == "", "gone"))).Text(v.Note),
		app.Div().Class(class("dial-none", when(!off, "gone"))).Body(
			app.Span().Text(v.NoRelay+" Start one on this machine:"),
			s.command(v.Command),
			app.Button().Class("btn small").Type("button").OnClick(click(s, model.ActProbe)).Text("Look again")),
		app.P().Class(class("dial-note", when(v.Foreign == "", "gone"))).Text(v.Foreign),
	)
}

// command is something for a terminal, with a button that copies it.
func (s *Shell) command(text string) app.UI {
	return app.Span().Class("command").Body(
		app.Code().Text(text),
		app.Button().Class("btn small").Type("button").Aria("label", "Copy: "+text).OnClick(clickArg(s, model.ActCopyAs, text)).Text("Copy"))
}

// realFields are the fields of the forms. All three stay in their places, since a
// field that is reused would go on sending what the other one sent.
func (s *Shell) realFields(v model.RealView, off bool) app.UI {
	d := s.m.Dial()
	form := func(mode model.Mode, fields ...app.UI) app.UI {
		return app.Div().Class(class("dial-fields", when(v.Mode != mode, "gone"))).Body(fields...)
	}
	return app.Div().Body(
		form(model.ModeDial, s.dialFields(d, off)...),
		app.Div().Class(class(when(v.Mode != model.ModeDial, "gone"))).Body(s.dialTrust(d, off)),
		form(model.ModeListen, s.dialField("port", "Port", "any that is free", model.IDListen, v.Port, off)),
		form(model.ModeTap,
			s.dialField("target", "To the server", "host:port", model.IDTap, v.Target, off),
			s.dialField("via", "Port for its clients", "any that is free", "tap-port", v.Via, off)))
}

// dialFields are the fields of "Dial a server".
func (s *Shell) dialFields(d model.DialView, off bool) []app.UI {
	return []app.UI{
		s.dialField("address", "Address", "host:port or https://…", model.IDDial, d.Address, off),
		app.Label().Class("dial-tls").Body(
			app.Input().Type("checkbox").Checked(d.TLS).Disabled(off).OnChange(click(s, model.ActTLS)), app.Text("TLS")),
		s.dialEnds(d, off),
		app.Span().Class("dial-method").Text("GET"),
		s.dialField("path", "Path", "/", "dial-path", d.Path, off),
	}
}

// dialEnds chooses where TLS ends.
func (s *Shell) dialEnds(d model.DialView, off bool) app.UI {
	end := func(id, text string, on bool) app.UI {
		return app.Button().Class(when(on, "on")).ID("dial-end-"+id).Type("button").Disabled(off).Aria("pressed", boolText(on)).
			OnClick(clickArg(s, model.ActTLSEnd, id)).Text(text)
	}
	return app.Div().Class(class("dial-ends", when(!d.TLS, "gone"))).Role("group").Aria("label", "Where TLS ends").Body(
		app.Div().Class("seg").Body(
			end(model.EndRelay, "ends at the relay", !d.InTab),
			end(model.EndTab, "ends in this tab", d.InTab)))
}

// dialTrust is whose certificates the tab takes.
func (s *Shell) dialTrust(d model.DialView, off bool) app.UI {
	return app.Details().Class(class("dial-trust", when(!d.InTab, "gone"))).Body(
		app.Summary().Body(app.Text("Trusted certificates: "), app.B().Text(d.Trusts)),
		app.P().Text("The relay carries octets that it can’t read. The server’s certificate is checked here: its name, its dates, and whether an authority of Mozilla’s list vouches for it, or one of these (PEM):"),
		app.Div().Class("dial-pem").Body(
			&input{ID: "dial-trusted", Class: "in mono", Label: "Certificates of authorities to trust, in PEM", Value: d.Trusted,
				Hint: "-----BEGIN CERTIFICATE-----", Rows: 4, Off: off, send: s.send, msg: func(t string) model.Msg { return model.DialEdited{Field: "trusted", Text: t} }},
			app.Button().Class("btn small").ID("dial-pick").Type("button").Disabled(off).OnClick(click(s, model.ActPickTrusted)).Text("From a file…")))
}

func (s *Shell) dialField(name, label, hint, id, value string, off bool) app.UI {
	return app.Label().Class("dial-"+name).Body(
		app.Span().Text(label),
		&input{ID: id, Class: "in", Label: label, Value: value, Hint: hint, Off: off, send: s.send, msg: func(t string) model.Msg { return model.DialEdited{Field: name, Text: t} }, left: model.DialLeft{Field: name}})
}
