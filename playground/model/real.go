package model

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// The real world comes to the page through a relay, in three ways: the page
// dials a server (dial.go), others call the program in the tab, or the page looks
// on while two programs talk.

// ModeListen runs the program in real time, with a native port that leads to its
// server. ModeTap shows what passes between real programs.
const (
	ModeListen Mode = "listen"
	ModeTap    Mode = "tap"
)

// inTab says whether a program of the tab's makes the session.
func (m Mode) inTab() bool { return m == ModeBrowser || m == ModeListen }

// realTabs are the forms of the real world.
var realTabs = []Tab{{ID: string(ModeDial), Text: "Dial a server"}, {ID: string(ModeListen), Text: "Let curl call it"}, {ID: string(ModeTap), Text: "Tap"}}

// The actions of the forms.
const (
	ActServer Action = "server"       // Arg: the program’s port that others reach
	ActCopyAs Action = "copy-command" // Arg: a command of the form
	ActServe  Action = "serve"        // puts a program in the editor that can be called, and has it called
)

// Identifiers of fields that Focus names.
const (
	IDListen = "listen-port"
	IDTap    = "tap-target"
)

// SettingReal keeps the forms, see realForm.encode.
const SettingReal = "real"

// Listening is what RunProgram says where others may call the program.
type Listening struct {
	Relay  string // ws:// or wss:// address, "": nobody may
	Port   int    // that the relay is asked for, 0: any that is free
	Server int    // the program's port that they reach, 0: the first that it opens
}

// Tap shows what passes between real programs and a server.
type Tap struct {
	Serial int
	Relay  string
	Target string // host:port
	Port   int    // that the relay is asked for, 0: any that is free
}

// ChooseServer leads those who call from now on to another port of the program's.
type ChooseServer struct{ Serial, Port int }

func (Tap) effect()          {}
func (ChooseServer) effect() {}

// OutsideTold says how a session with real programs stands.
type OutsideTold struct {
	Serial  int
	Address string       // of the relay's port, "": there is none yet
	Servers []ServerPort // at which the program listens
	Server  int          // the one that is reached, 0: none
	Open    int          // connections
	Came    int          // connections in all
}

// ServerPort is a port at which the program in the tab listens.
type ServerPort struct {
	Port int
	TLS  bool
}

func (OutsideTold) msg() {}

// realForm is the forms "Let curl call it" and "Tap", and what is known of the
// session that they began.
type realForm struct {
	last   Mode   // of the real world
	port   string // that is asked for, "": any
	target string
	via    string // the tap's port
	server int
	shown  bool // the problem is shown: somebody tried to begin
	told   OutsideTold
}

// keptReal is what of the forms survives a reload.
type keptReal struct {
	Mode                Mode
	Port, Target, TapOn string `json:",omitempty"`
}

func restoreReal(f Flags) realForm {
	r := realForm{last: ModeDial, target: "localhost:9000"}
	var k keptReal
	if json.Unmarshal([]byte(f.Settings[SettingReal]), &k) == nil && k.Mode != "" {
		r.port, r.via = k.Port, k.TapOn
		if k.Target != "" {
			r.target = k.Target
		}
		if slices.ContainsFunc(realTabs, func(t Tab) bool { return t.ID == string(k.Mode) }) {
			r.last = k.Mode
		}
	}
	return r
}

func (r realForm) save() Effect {
	b, _ := json.Marshal(keptReal{r.last, r.port, r.target, r.via})
	return SaveSetting{SettingReal, string(b)}
}

// edit takes new text for a field; false: it is none of these forms'.
func (r *realForm) edit(field, text string) bool {
	switch field {
	case "port":
		r.port = text
	case "via":
		r.via = text
	case "target":
		r.target = text
	default:
		return false
	}
	r.shown = false
	return true
}

// leads is the tap's target as host:port, and what is wrong with it.
func (r realForm) leads() (string, string) {
	d := dialForm{address: r.target, tls: true}
	d.settle()
	return d.target()
}

// wish is a port that the relay is asked for, and what is wrong with it.
func wish(text string) (int, string) {
	text = strings.TrimSpace(text)
	if text == "" || text == "0" {
		return 0, ""
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 1024 && n <= 65535 {
		return n, ""
	}
	return 0, "The port must be a number from 1024 to 65535, or empty for any that is free."
}

// realProblem is what is wrong with the form that is open, "": it can begin.
func (m Model) realProblem() string {
	var problem string
	switch m.mode {
	case ModeDial:
		return m.dial.problem()
	case ModeListen:
		_, problem = wish(m.real.port)
		if from := m.program.stranger.from; from != "" {
			problem = "The program came with " + Shown(from) + ": it runs apart, without a network, so nobody can call it."
		}
	case ModeTap:
		_, problem = wish(m.real.via)
		if _, wrong := m.real.leads(); wrong != "" {
			problem = wrong
		}
	}
	if problem == "" {
		problem = m.dial.relayProblem()
	}
	return problem
}

// startTap begins to look on.
func (m Model) startTap() (Model, []Effect) {
	target, _ := m.real.leads()
	port, _ := wish(m.real.via)
	m.follow, m.auto, m.wanted = true, true, -1
	return m, []Effect{Tap{Serial: m.run.Serial, Relay: m.dial.relay, Target: target, Port: port}}
}

// listening is for a session of the mode.
func (m Model) listening(mode Mode) Listening {
	if mode != ModeListen {
		return Listening{}
	}
	port, _ := wish(m.real.port)
	return Listening{Relay: m.dial.relay, Port: port, Server: m.real.server}
}

// outsideTold takes news of the session.
func (m Model) outsideTold(t OutsideTold) Model {
	if t.Serial == m.run.Serial {
		m.real.told = t
	}
	return m
}

// callable is a program that can be called.
const callable = `// A server for curl: it tells what it was asked.
const http2 = require('http2');

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  let octets = 0;
  stream.on('data', (data) => { octets += data.length; });
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end(headers[':method'] + ' ' + headers[':path'] + ', ' + octets + ' octets\n');
  });
  stream.on('error', (err) => console.log(err.message)); // who calls may hang up
});
server.on('sessionError', (err) => console.log(err.message)); // or speak something else
server.listen(80);
`

// realClick does what the forms' buttons are pressed for.
func (m Model) realClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActCopyAs:
		return m, []Effect{Copy{Text: c.Arg, What: "the command"}}
	case ActServe:
		m.program.undo, m.program.lost = m.program.text, m.program.stranger
		m.program.text, m.program.stranger, m.program.api = callable, stranger{}, APISeed
		if len(m.examples) > 0 {
			m.program.example = m.examples[0].Name // others presuppose code around them
		}
		effects := []Effect{SetEditor{m.program.text}, SaveSetting{SettingExample, m.program.example}, m.program.save(m.examples), m.program.saveAPI()}
		effects = append(append(effects, m.program.saveStranger()...), SetURL{m.Fragment()})
		m, more := m.session(Click{What: ActRun})
		return m, append(effects, more...)
	}
	m.real.server, _ = strconv.Atoi(c.Arg)
	if m.run.Mode != ModeListen || !m.running() {
		return m, nil
	}
	return m, []Effect{ChooseServer{m.run.Serial, m.real.server}}
}

// RealView is the panel of the real world.
type RealView struct {
	Open     bool
	Mode     Mode
	Tabs     []Tab
	Relay    string
	Port     string // "Let curl call it"
	Target   string // "Tap"
	Via      string // the tap's port
	Servers  []Tab  // the program's ports, where there is a choice
	Status   string // one line: what is going on, or what went wrong
	Bad      bool   // Status is an error
	HasKeys  bool   // of a dial whose TLS ended here the key log can be saved
	Keys     string // what the button says that does it
	Commands []CommandRow
	Note     string // what goes with the commands
	NoRelay  string // why there is none, "": there is one, or it is not known
	Command  string // that starts one
	Serve    bool   // a program that can be called is offered
	Foreign  string // what browsers ask where the page came from elsewhere than the relay
}

// CommandRow is something to type in a terminal.
type CommandRow struct{ For, Text string }

// Real is the panel of the real world.
func (m Model) Real() RealView {
	d := m.dial
	v := RealView{Open: m.mode != ModeBrowser, Mode: m.mode, Relay: d.relay, Keys: m.Dial().Keys, Port: m.real.port, Target: m.real.target, Via: m.real.via}
	if !v.Open {
		return v
	}
	for _, t := range realTabs {
		t.On = t.ID == string(m.mode)
		v.Tabs = append(v.Tabs, t)
	}
	if v.Foreign = d.foreign(); d.relayState == relayNone {
		v.NoRelay, v.Command = d.relayText, m.relayCommand()
	}
	switch m.mode {
	case ModeDial:
		dial := m.Dial()
		v.Status, v.Bad = dial.Status, dial.Bad
		v.HasKeys = dial.HasKeys
	case ModeListen:
		m.listenView(&v)
	case ModeTap:
		m.tapView(&v)
	}
	if problem := m.realProblem(); problem != "" && m.mode != ModeDial && m.real.shown {
		v.Status, v.Bad = problem, true
	}
	return v
}

// listenView is what stands in the form "Let curl call it".
func (m Model) listenView(v *RealView) {
	v.Status = "The program in the editor runs in real time, and a port of the relay’s machine leads to its server."
	if m.run.Mode != ModeListen {
		return
	}
	t := m.real.told
	if len(t.Servers) > 1 && m.running() {
		for _, s := range t.Servers {
			text := strconv.Itoa(s.Port)
			if s.TLS {
				text += ", TLS"
			}
			v.Servers = append(v.Servers, Tab{strconv.Itoa(s.Port), text, s.Port == t.Server})
		}
	}
	switch {
	case m.run.State == RunFailed:
		v.Status, v.Bad = sentence(m.run.text()), true
	case m.run.State == RunDone && t.Address == "":
		v.Status, v.Bad = "The program ended, and no server of it waits for callers: it needs server.listen(), and must not close it.", m.run.Message == ""
		if v.Serve = v.Bad; !v.Bad {
			v.Status = "Stopped."
		}
	case m.run.State == RunDone:
		v.Status = "The port is closed. " + Plural(t.Came, "connection") + " came, the record has " + Plural(m.tapped().Frames, "frame") + "."
	case t.Address == "":
		v.Status = "Waiting for the program to listen, and for a port of the relay’s…"
	case t.Server == 0:
		v.Status = t.Address + " leads nowhere: the program has closed its server."
	default:
		v.Status = t.Address + " leads to port " + strconv.Itoa(t.Server) + " of the program. " + Plural(t.Open, "connection") + " open, " + Count(int64(t.Came)) + " came."
		v.Commands, v.Note = t.commands()
	}
}

// commands call the program's server.
func (t OutsideTold) commands() ([]CommandRow, string) {
	i := slices.IndexFunc(t.Servers, func(s ServerPort) bool { return s.Port == t.Server })
	if i >= 0 && t.Servers[i].TLS {
		base := "https://" + t.Address + "/"
		return []CommandRow{{"curl", "curl -k --http2 " + base}, {"nghttp", "nghttp -nv " + base}},
			"Nobody trusts the certificate in the tab, hence -k. Browsers don’t take its kind of key, Ed25519."
	}
	base := "http://" + t.Address + "/"
	return []CommandRow{{"curl", "curl --http2-prior-knowledge " + base}, {"nghttp", "nghttp -nv " + base}},
		"Browsers speak HTTP/2 only over TLS."
}

// tapView is what stands in the form "Tap".
func (m Model) tapView(v *RealView) {
	v.Status = "A port of the relay’s machine leads to a real server; what real programs say through it is shown here as it passes."
	if m.run.Mode != ModeTap {
		return
	}
	t := m.real.told
	target, _ := m.real.leads()
	switch {
	case m.run.State == RunFailed:
		v.Status, v.Bad = sentence(Shown(m.run.Message)), true
	case m.run.State == RunDone:
		v.Status = "The tap is closed. The record has " + Plural(m.tapped().Frames, "frame") + "."
	case t.Address == "":
		v.Status = "Asking the relay for a port…"
	default:
		v.Status = t.Address + " leads to " + target + ". " + Plural(len(m.tapped().Conns), "connection") + " came, " + Plural(m.tapped().Frames, "frame") + " so far." + m.turnedAway()
		v.Commands = []CommandRow{
			{"curl, cleartext", "curl --http2-prior-knowledge http://" + t.Address + "/"},
			{"curl, TLS", "curl --cacert tap-ca.pem --connect-to " + target + ":" + t.Address + " https://" + target + "/"},
			{"Chromium", "chromium --user-data-dir=/tmp/tapped --host-resolver-rules='MAP " + target + " " + t.Address + "' https://" + target + "/"},
		}
		v.Note = "With TLS the client has to trust the tap’s own authority: “framewise tap ca --data DIR” says where its certificate lies and how, DIR being the relay’s --data. The relay reads what passes."
	}
}

// tapped is what is known of the session that goes on: until it has a frame, the
// one before stays in sight.
func (m Model) tapped() view.Summary {
	switch {
	case m.held != nil:
		return *m.held
	case !m.fresh:
		return view.Summary{}
	}
	return m.summary
}

// turnedAway is why nothing came of the tap's last connection, "" if something did.
func (m Model) turnedAway() string {
	conns := m.tapped().Conns
	if len(conns) == 0 {
		return ""
	}
	c := conns[len(conns)-1]
	if c.Frames > 0 || c.Closed == "" {
		return ""
	}
	return " The last one came to nothing: " + sentence(Shown(c.Closed))
}

// relayProblem is what is wrong with the relay, "": nothing that is known.
func (d dialForm) relayProblem() string {
	u, err := url.Parse(d.relay)
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return "The relay's address must begin with ws:// or wss://."
	}
	if d.relayState == relayNone {
		return d.relayText
	}
	return ""
}

// page is where the page came from, as an origin; "" where it is the relay's own.
func (d dialForm) page() string {
	own, err := url.Parse(d.origin)
	relay, wrong := url.Parse(d.relay)
	if err != nil || wrong != nil || own.Host == "" || own.Host == relay.Host {
		return ""
	}
	return "http" + strings.TrimPrefix(own.Scheme, "ws") + "://" + own.Host
}

// foreign is what browsers ask, or refuse, where a page from elsewhere connects
// to a relay of one's own machine.
func (d dialForm) foreign() string {
	page := d.page()
	u, err := url.Parse(d.relay)
	if page == "" || err != nil || u.Host == "" {
		return ""
	}
	text := "This page came from " + page + ", the relay is another’s: it has to be started with --origin " + page + "."
	from, _ := url.Parse(page)
	if !loopback(u.Hostname()) || loopback(from.Hostname()) {
		return text
	}
	if from.Scheme == "https" {
		text += " Chrome and Edge ask once whether this site may connect to your local network or to other programs on this device: press Allow. After Block, the sign before the page’s address leads to the setting. Firefox may ask too; Safari refuses."
	} else {
		text += " Chrome and Edge refuse it without a question, since the page did not come over https."
	}
	return text + " Or open http://" + u.Host + "/ instead: the relay serves this page too, and nobody asks."
}

// loopback says whether a host's name or address is the visitor's own machine.
func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// relayCommand starts what the form lacks.
func (m Model) relayCommand() string {
	c := RelayCommand
	if page := m.dial.page(); page != "" {
		c += " --origin " + page
	}
	if m.mode != ModeTap {
		return c
	}
	c += " --data framewise-data"
	if target, wrong := m.real.leads(); wrong == "" && !loopback(target[:strings.LastIndexByte(target, ':')]) {
		c += " --allow " + target
	}
	return c
}
