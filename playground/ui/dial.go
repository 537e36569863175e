package ui

import (
	"framewise/playground/model"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// dialForm is the form "Dial a server".
func (s *Shell) dialForm() app.UI {
	d := s.m.Dial()
	if !d.Open {
		return app.Div().Class("dial gone")
	}
	off := d.NoRelay != ""
	return app.Div().Class("dial").Role("form").Aria("label", "Dial a server").Body(
		app.Div().Class("dial-fields").Body(
			s.dialField("address", "Address", "host:port or https://…", model.IDDial, d.Address, off),
			app.Label().Class("dial-tls").Body(
				app.Input().Type("checkbox").Checked(d.TLS).Disabled(off).OnChange(click(s, model.ActTLS)), app.Text("TLS")),
			app.Span().Class("dial-method").Text("GET"),
			s.dialField("path", "Path", "/", "dial-path", d.Path, off),
			s.dialField("relay", "Relay", "ws://127.0.0.1:8420/relay", "dial-relay", d.Relay, false),
		),
		app.P().Class(class("dial-status", when(d.Bad, "bad"))).Role("status").Text(d.Status),
		app.Div().Class(class("dial-none", when(!off, "gone"))).Body(
			app.Span().Text(d.NoRelay+" Start one on this machine:"),
			app.Code().Text(d.Command),
			app.Button().Class("btn small").Type("button").OnClick(click(s, model.ActProbe)).Text("Look again")),
	)
}

func (s *Shell) dialField(name, label, hint, id, value string, off bool) app.UI {
	return app.Label().Class("dial-"+name).Body(
		app.Span().Text(label),
		&input{ID: id, Class: "in", Label: label, Value: value, Hint: hint, Off: off, send: s.send, msg: dialMsgs[name], left: model.DialLeft{Field: name}})
}

var dialMsgs = map[string]func(string) model.Msg{
	"address": func(t string) model.Msg { return model.DialEdited{Field: "address", Text: t} },
	"path":    func(t string) model.Msg { return model.DialEdited{Field: "path", Text: t} },
	"relay":   func(t string) model.Msg { return model.DialEdited{Field: "relay", Text: t} },
}
