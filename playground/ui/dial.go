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
			s.dialEnds(d, off),
			app.Span().Class("dial-method").Text("GET"),
			s.dialField("path", "Path", "/", "dial-path", d.Path, off),
			s.dialField("relay", "Relay", "ws://127.0.0.1:8420/relay", "dial-relay", d.Relay, false),
		),
		s.dialTrust(d, off),
		app.Div().Class("dial-said").Body(
			app.P().Class(class("dial-status", when(d.Bad, "bad"))).Role("status").Text(d.Status),
			app.Button().Class(class("btn small", when(!d.HasKeys, "gone"))).ID("dial-keys").Type("button").
				Title("In the format of SSLKEYLOGFILE: opens a capture of this connection. Who has it reads the connection.").
				OnClick(click(s, model.ActKeyLog)).Text(d.Keys)),
		app.Div().Class(class("dial-none", when(!off, "gone"))).Body(
			app.Span().Text(d.NoRelay+" Start one on this machine:"),
			app.Code().Text(d.Command),
			app.Button().Class("btn small").Type("button").OnClick(click(s, model.ActProbe)).Text("Look again")),
	)
}

// dialEnds chooses where TLS ends.
func (s *Shell) dialEnds(d model.DialView, off bool) app.UI {
	end := func(id, text string, on bool) app.UI {
		return app.Button().Class(when(on, "on")).ID("dial-end-"+id).Type("button").Disabled(off).Aria("pressed", boolText(on)).
			OnClick(clickArg(s, model.ActTLSEnd, id)).Text(text)
	}
	return app.Div().Class(class("dial-ends", when(!d.TLS, "gone"))).Role("group").Aria("label", "Where TLS ends").Body(
		app.Span().Text("ends"),
		app.Div().Class("seg").Body(
			end(model.EndRelay, "at the relay", !d.InTab),
			end(model.EndTab, "in this tab", d.InTab)))
}

// dialTrust is whose certificates the tab takes.
func (s *Shell) dialTrust(d model.DialView, off bool) app.UI {
	return app.Details().Class(class("dial-trust", when(!d.InTab, "gone"))).Body(
		app.Summary().Body(app.Text("Trusted certificates: "), app.B().Text(d.Trusts)),
		app.P().Text("The relay carries octets that it can’t read. The server’s certificate is checked here: its name, its dates, and whether an authority of Mozilla’s list vouches for it, or one of these (PEM):"),
		app.Div().Class("dial-pem").Body(
			&area{ID: "dial-trusted", Label: "Certificates of authorities to trust, in PEM", Value: d.Trusted, Hint: "-----BEGIN CERTIFICATE-----", Off: off, send: s.send, field: "trusted"},
			app.Button().Class("btn small").ID("dial-pick").Type("button").Disabled(off).OnClick(click(s, model.ActPickTrusted)).Text("From a file…")))
}

// area is a text field of the form with several lines.
type area struct {
	app.Compo
	ID    string
	Label string
	Value string
	Hint  string
	Off   bool
	send  func(model.Msg)
	field string
	held  string // what the field held last
}

// OnMount writes the value once the element is there.
func (a *area) OnMount(app.Context) { a.sync() }

// sync writes the value where the field still holds what it held last: see input.
func (a *area) sync() {
	el := a.JSValue()
	held := el.Get("value").String()
	if held != a.Value && held == a.held {
		el.Set("value", a.Value)
		held = a.Value
	}
	a.held = held
}

// Render draws the field.
func (a *area) Render() app.UI {
	if a.Mounted() {
		a.sync()
	}
	return app.Textarea().ID(a.ID).Class("in mono").Rows(4).Spellcheck(false).Attr("autocapitalize", "off").Placeholder(a.Hint).
		Aria("label", a.Label).Disabled(a.Off).OnInput(a.onInput)
}

func (a *area) onInput(ctx app.Context, _ app.Event) {
	a.Value = ctx.JSSrc().Get("value").String()
	a.held = a.Value
	a.send(model.DialEdited{Field: a.field, Text: a.Value})
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
