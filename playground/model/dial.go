package model

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// What is known of the relay.
const (
	relayUnknown = ""
	relayAsked   = "asked"
	relayOK      = "ok"
	relayNone    = "none"
)

// RelayCommand starts a relay on one's own machine.
const RelayCommand = "framewise serve --listen 127.0.0.1:8420"

// dialForm is the form "Dial a server".
type dialForm struct {
	address    string
	tls        bool
	inTab      bool   // TLS ends in the tab, the relay can't read it
	trusted    string // certificates in PEM that the tab trusts beside Mozilla's
	keys       string // lines of the key log of the last dial: in no record and no link
	keysOf     string // its target
	path       string
	relay      string
	origin     string // the page's own relay, the default
	relayState string
	relayText  string
	shown      bool // the problem is shown: somebody tried to dial
}

// kept is what of the form survives a reload.
type kept struct {
	Address string
	TLS     bool
	Path    string
	Relay   string `json:",omitempty"`
	InTab   bool   `json:",omitempty"`
	Trusted string `json:",omitempty"`
}

func restoreDial(f Flags) dialForm {
	d := dialForm{address: "localhost:443", tls: true, path: "/", relay: f.RelayOrigin, origin: f.RelayOrigin}
	var k kept
	if json.Unmarshal([]byte(f.Settings[SettingDial]), &k) == nil && k.Address != "" {
		d.address, d.tls, d.path, d.inTab, d.trusted = k.Address, k.TLS, k.Path, k.InTab, k.Trusted
		if k.Relay != "" {
			d.relay = k.Relay
		}
	}
	return d
}

func (d dialForm) encode() string {
	k := kept{Address: d.address, TLS: d.tls, Path: d.path, InTab: d.inTab, Trusted: d.trusted}
	if d.relay != d.origin {
		k.Relay = d.relay
	}
	b, _ := json.Marshal(k)
	return string(b)
}

func (d dialForm) answered() bool { return d.relayState == relayOK }

// edit takes new text for a field. A URL that is pasted as the address is taken
// apart at once, one that is typed when it is whole (see settle).
func (d *dialForm) edit(field, text string) {
	switch field {
	case "address":
		pasted := len(text) > len(d.address)+len("http://")
		d.address = text
		if pasted {
			d.settle()
		}
	case "path":
		d.path = text
	case "trusted":
		d.trusted = strings.ReplaceAll(text, "\r", "") // as a text field has it
	case "relay":
		d.relay, d.relayState, d.relayText = text, relayUnknown, ""
	}
	d.shown = false
}

// settle takes an address that is a URL apart: somebody is done with the field.
func (d *dialForm) settle() {
	u, err := url.Parse(strings.TrimSpace(d.address))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return
	}
	d.tls = u.Scheme == "https"
	port := u.Port()
	if port == "" {
		port = "80"
		if d.tls {
			port = "443"
		}
	}
	d.address = joinHostPort(u.Hostname(), port)
	d.path = u.EscapedPath()
	if d.path == "" {
		d.path = "/"
	}
	if u.RawQuery != "" {
		d.path += "?" + u.RawQuery
	}
}

// target is the address with its port: 443 or 80 where none was written. The
// second result is what is wrong with it.
func (d dialForm) target() (string, string) {
	address := strings.TrimSpace(d.address)
	if address == "" {
		return "", "Write an address: host:port, or paste an https:// URL."
	}
	host, port := address, "80"
	if d.tls {
		port = "443"
	}
	at := strings.LastIndexByte(address, ':')
	switch {
	case strings.HasPrefix(address, "["):
		end := strings.IndexByte(address, ']')
		if end < 0 || end+1 < len(address) && address[end+1] != ':' {
			return "", "An IPv6 address is written as [::1]:443."
		}
		host = address[1:end]
		if end+1 < len(address) {
			port = address[end+2:]
		}
	case strings.Count(address, ":") == 1:
		host, port = address[:at], address[at+1:]
	case at >= 0 && strings.Trim(address, "0123456789abcdefABCDEF:.") != "":
		return "", "The address has more than one colon: write host:port, an IPv6 address as [::1]:443."
	}
	if host == "" || strings.ContainsAny(host, "/ @?#[]") {
		return "", "The address needs a host name or an IP address before the colon, and nothing else."
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", "The port must be a number from 1 to 65535, not " + strconv.Quote(port) + "."
	}
	return joinHostPort(host, port), ""
}

func joinHostPort(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// problem is what is wrong with the form, one line; "" when it can be dialled.
func (d dialForm) problem() string {
	if _, problem := d.target(); problem != "" {
		return problem
	}
	if !strings.HasPrefix(d.path, "/") || strings.ContainsAny(d.path, " \t\r\n#") {
		return "The path must begin with a slash and hold no space and no #."
	}
	if d.tls && d.inTab {
		if problem := d.trustProblem(); problem != "" {
			return problem
		}
	}
	return d.relayProblem()
}

// How PEM begins, and a certificate in it.
const (
	pemBegin  = "-----BEGIN "
	certBegin = pemBegin + "CERTIFICATE-----"
	maxPEM    = 1 << 20
)

// trustProblem is what can be seen to be wrong with the own certificates, before
// crypto/tls reads them.
func (d dialForm) trustProblem() string {
	switch blocks := strings.Count(d.trusted, pemBegin); {
	case len(d.trusted) > maxPEM:
		return "The trusted certificates are more than 1 MiB: paste those of the server's authority only."
	case strings.TrimSpace(d.trusted) != "" && blocks == 0:
		return "The trusted certificates must be PEM: text that begins with " + certBegin
	case blocks != strings.Count(d.trusted, certBegin):
		return "Among the trusted certificates is something else, perhaps a key: only certificates belong there."
	}
	return ""
}

// KeysTold is lines of the key log of a dial whose TLS ends in the tab, as
// SSLKEYLOGFILE has them.
type KeysTold struct {
	Serial int // Run.Serial
	Text   string
}

// PickText has the browser ask for a file of text and put it into a field of the
// form; DialEdited answers, if one is chosen. Kinds is what an input element
// accepts, Most the octets that it may have.
type PickText struct {
	Field, Kinds string
	Most         int
}

func (KeysTold) msg()    {}
func (PickText) effect() {}

// The form's actions that are about TLS in the tab.
const (
	ActTLSEnd      Action = "tls-end"      // Arg: EndRelay or EndTab
	ActPickTrusted Action = "pick-trusted" // a file of certificates
	ActKeyLog      Action = "key-log"      // saves the key log of the last dial
)

// Where TLS ends.
const (
	EndRelay = "relay"
	EndTab   = "tab"
)

func (m Model) dialClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActTLSEnd:
		m.dial.inTab, m.dial.shown = c.Arg == EndTab, false
		return m, []Effect{SaveSetting{SettingDial, m.dial.encode()}}
	case ActPickTrusted:
		return m, []Effect{PickText{Field: "trusted", Kinds: ".pem,.crt,.cer,application/x-pem-file,application/x-x509-ca-cert,text/plain", Most: maxPEM}}
	case ActKeyLog:
		if m.dial.keys != "" {
			name := strings.Map(func(r rune) rune {
				if strings.ContainsRune("[]:", r) {
					return '-'
				}
				return r
			}, m.dial.keysOf)
			return m, []Effect{SaveFile{Name: strings.Trim(name, "-") + ".keys", Type: "text/plain", Text: m.dial.keys}}
		}
	}
	return m, nil
}

func (m Model) keysTold(k KeysTold) Model {
	if k.Serial == m.run.Serial && m.run.Mode == ModeDial {
		m.dial.keys += k.Text
	}
	return m
}

func (d *dialForm) probed(p RelayProbed) {
	if p.Relay != d.relay {
		return
	}
	d.relayState, d.relayText = relayNone, p.Text
	if p.OK {
		d.relayState = relayOK
	}
}

// startReal begins a session that no program of the tab's makes.
func (m Model) startReal(mode Mode) (Model, []Effect) {
	if mode == ModeTap {
		return m.startTap()
	}
	return m.startDial()
}

func (m Model) startDial() (Model, []Effect) {
	target, _ := m.dial.target()
	m.follow, m.auto, m.wanted = true, true, -1
	m.dial.keysOf = target
	e := Dial{Serial: m.run.Serial, Relay: m.dial.relay, Target: target, TLS: m.dial.tls, Path: m.dial.path, Method: "GET"}
	if e.TLS && m.dial.inTab {
		e.InTab, e.Trusted = true, m.dial.trusted
	}
	return m, []Effect{e}
}

// DialView is the form "Dial a server".
type DialView struct {
	Open     bool
	Address  string
	TLS      bool
	Path     string
	Relay    string
	CanDial  bool
	Status   string // one line: what is going on, or what went wrong
	Bad      bool   // Status is an error
	NoRelay  string // why there is none, "": there is one, or it is not known
	Command  string // that starts one
	Checking bool
	InTab    bool   // TLS ends in this tab
	Trusted  string // own certificates
	Trusts   string // whose word counts, in a line
	Keys     string // what the button says that saves the key log
	HasKeys  bool   // there is one
}

// Dial is the form.
func (m Model) Dial() DialView {
	d := m.dial
	v := DialView{Open: m.mode == ModeDial, Address: d.address, TLS: d.tls, Path: d.path, Relay: d.relay,
		Checking: d.relayState == relayAsked, CanDial: d.relayState != relayNone, InTab: d.tls && d.inTab, Trusted: d.trusted, Trusts: "Mozilla’s list", Keys: "Save the key log"}
	if n := strings.Count(d.trusted, certBegin); n > 0 {
		v.Trusts += " and " + Plural(n, "certificate") + " of yours"
	}
	if n := strings.Count(d.keys, "\n"); n > 0 {
		v.HasKeys, v.Keys = true, "Save the key log of "+Shown(d.keysOf)+", "+Plural(n, "line")
	}
	if d.relayState == relayNone {
		v.NoRelay, v.Command = d.relayText, RelayCommand
	}
	if problem := d.problem(); problem != "" && d.shown {
		v.Status, v.Bad = problem, true
		return v
	}
	if m.run.Mode != ModeDial {
		return v
	}
	target, _ := d.target()
	switch m.run.State {
	case RunStarting:
		v.Status = "Connecting to " + target + " through the relay…"
	case RunGoing:
		if !m.fresh || m.summary.Frames == 0 {
			v.Status = "Connecting to " + target + " through the relay…"
			break
		}
		v.Status = "Connected. " + Plural(m.summary.Frames, "frame") + " so far."
	case RunDone:
		if !m.fresh { // the analyser has yet to tell of the last octets
			v.Status = "Connected."
			break
		}
		v.Status = "Done: " + Plural(m.summary.Frames, "frame") + " in " + Millis(m.summary.End) + "."
	case RunFailed:
		v.Status, v.Bad = sentence(Shown(m.run.Message)), true
	}
	return v
}

// sentence ends with a full stop.
func sentence(s string) string {
	if s != "" && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}
