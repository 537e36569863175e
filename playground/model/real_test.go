package model

import (
	"slices"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// real opens a form of the real world, with a relay that answers.
func real(t *testing.T, mode Mode) *desk {
	t.Helper()
	d := open(t, flags(), push(t))
	d.click(ActMode, string(mode), 0)
	if p := must[ProbeRelay](d); p.Relay != "ws://127.0.0.1:8420/relay" {
		t.Fatalf("the relay that is asked for is %q", p.Relay)
	}
	d.send(RelayProbed{Relay: "ws://127.0.0.1:8420/relay", OK: true})
	return d
}

func TestListen(t *testing.T) {
	d := real(t, ModeListen)
	if h := d.m.Header(); h.Run != "Listen" || !h.CanRun || !h.Modes[1].On {
		t.Errorf("the head: %+v", h)
	}
	d.send(DialEdited{"port", " 9001 "})
	d.click(ActRun, "", 0)
	run := must[RunProgram](d)
	if run.Listen != (Listening{Relay: "ws://127.0.0.1:8420/relay", Port: 9001}) || run.Program != d.m.program.text {
		t.Fatalf("%+v", run.Listen)
	}
	d.send(RunStarted{run.Serial})
	status := func(want string) RealView {
		t.Helper()
		v := d.m.Real()
		if !strings.Contains(v.Status, want) {
			t.Errorf("the form says %q, not %q", v.Status, want)
		}
		return v
	}
	status("Waiting for the program to listen")
	told := OutsideTold{Serial: run.Serial, Address: "127.0.0.1:9001", Servers: []ServerPort{{80, false}, {443, true}}, Server: 80, Open: 1, Came: 2}
	d.send(told)
	v := status("127.0.0.1:9001 leads to port 80 of the program. 1 connection open, 2 came.")
	if !slices.Contains(v.Commands, CommandRow{"curl", "curl --http2-prior-knowledge http://127.0.0.1:9001/"}) || len(v.Servers) != 2 || !v.Servers[0].On {
		t.Errorf("%+v", v)
	}
	d.click(ActServer, "443", 0)
	if c := must[ChooseServer](d); c != (ChooseServer{run.Serial, 443}) {
		t.Errorf("%+v", c)
	}
	told.Server = 443
	d.send(told)
	v = status("leads to port 443")
	if !slices.Contains(v.Commands, CommandRow{"curl", "curl -k --http2 https://127.0.0.1:9001/"}) || !v.Servers[1].On {
		t.Errorf("%+v", v)
	}
	d.click(ActCopyAs, v.Commands[0].Text, 0)
	if c := must[Copy](d); c.Text != v.Commands[0].Text {
		t.Errorf("%+v", c)
	}
	d.send(OutsideTold{Serial: run.Serial - 1, Address: "127.0.0.1:1"}) // of a session before
	status("127.0.0.1:9001 leads")
	d.click(ActStop, "", 0)
	if v = status("The port is closed. 2 connections came"); v.Commands != nil || v.Servers != nil || v.Bad {
		t.Errorf("%+v", v)
	}
	if why := d.m.noPlan(); why == "" {
		t.Error("a session that others had a part in can be forked")
	}
	if why := d.m.canInject(); why == "" {
		t.Error("a frame can be put into a session that others had a part in")
	}
	if d.m.program.ran != d.m.program.text || d.m.Code().Stale {
		t.Error("the program that ran is not the editor's")
	}
}

func TestListenThatFails(t *testing.T) {
	d := real(t, ModeListen)
	for _, port := range []string{"80", "1023", "65536", "x", "-1", "80 81"} {
		d.send(DialEdited{"port", port})
		d.click(ActRun, "", 0)
		if v := d.m.Real(); !v.Bad || !strings.Contains(v.Status, "1024 to 65535") {
			t.Errorf("port %q: %+v", port, v.Status)
		}
	}
	d.send(DialEdited{"port", "0"})
	if v := d.m.Real(); v.Bad {
		t.Errorf("the problem stays while it is mended: %+v", v.Status)
	}
	d.click(ActRun, "", 0)
	run := must[RunProgram](d)
	d.send(RunStarted{run.Serial})
	d.send(RunEnded{run.Serial})
	v := d.m.Real()
	if !v.Bad || !v.Serve || !strings.Contains(v.Status, "no server of it waits") {
		t.Errorf("a program without a server: %+v", v)
	}
	was := d.m.program.text
	d.click(ActServe, "", 0)
	run = must[RunProgram](d)
	if !strings.Contains(run.Program, "server.listen(80)") || run.Listen.Relay == "" || must[SetEditor](d).Text != run.Program {
		t.Errorf("%+v", run)
	}
	d.click(ActUndoReset, "", 0)
	if d.m.program.text != was {
		t.Error("what was in the editor can't be had back")
	}
	d.send(RunBroke{Serial: run.Serial, Message: "port 9001 is in use by another program"})
	if v = d.m.Real(); !v.Bad || v.Status != "port 9001 is in use by another program." || d.m.Code().Problem != "" {
		t.Errorf("%+v, the program's problem is %q", v, d.m.Code().Problem)
	}
	d.send(RunBroke{Serial: run.Serial, Message: "Error: x", Line: 3, Col: 4})
	if v = d.m.Real(); !strings.HasPrefix(v.Status, "Line 3") || d.m.Code().Problem == "" {
		t.Errorf("%+v, the program's problem is %q", v, d.m.Code().Problem)
	}
}

// Somebody else's program reaches no network: it is not even asked about.
func TestNobodyCallsAStrangersProgram(t *testing.T) {
	d := real(t, ModeListen)
	m, _ := d.m.takeProgram("1", "a record")
	d.m = m
	d.done = nil
	d.click(ActRun, "", 0)
	if v := d.m.Real(); !v.Bad || !strings.Contains(v.Status, "came with a record") || d.m.Stranger().Open {
		t.Errorf("%+v", v)
	}
	if _, ran := last[RunProgram](d); ran {
		t.Error("it runs")
	}
}

func TestTap(t *testing.T) {
	d := real(t, ModeTap)
	for target, want := range map[string]string{"": "address", "a b:1": "host name", "x:99999": "port"} {
		d.send(DialEdited{"target", target})
		d.click(ActRun, "", 0)
		if v := d.m.Real(); !v.Bad || !strings.Contains(v.Status, want) {
			t.Errorf("target %q: %q", target, v.Status)
		}
	}
	d.send(DialEdited{"target", "https://example.net/x"})
	d.send(DialEdited{"via", "9002"})
	d.click(ActRun, "", 0)
	tap := must[Tap](d)
	if tap.Target != "example.net:443" || tap.Port != 9002 || tap.Relay != "ws://127.0.0.1:8420/relay" {
		t.Fatalf("%+v", tap)
	}
	d.send(RunStarted{tap.Serial})
	d.send(OutsideTold{Serial: tap.Serial, Address: "127.0.0.1:9002"})
	v := d.m.Real()
	if !strings.HasPrefix(v.Status, "127.0.0.1:9002 leads to example.net:443. 0 connections came, 0 frames so far.") || len(v.Commands) != 3 ||
		!strings.Contains(v.Commands[1].Text, "--connect-to example.net:443:127.0.0.1:9002 https://example.net:443/") ||
		!strings.Contains(v.Commands[2].Text, "'MAP example.net:443 127.0.0.1:9002'") {
		t.Errorf("%+v", v)
	}
	d.send(SummaryChanged{view.Summary{Version: 1, Conns: []view.Conn{{ID: 1, Closed: "by network: it refused the connection"}}}})
	if v = d.m.Real(); !strings.Contains(v.Status, "came to nothing: by network: it refused the connection.") {
		t.Errorf("%q", v.Status)
	}
	d.send(RunBroke{Serial: tap.Serial, Message: "the relay is gone"})
	if v = d.m.Real(); !v.Bad || v.Status != "the relay is gone." {
		t.Errorf("%+v", v)
	}
}

// What the forms hold survives a reload, the session does not.
func TestRealFormsAreKept(t *testing.T) {
	d := real(t, ModeTap)
	d.send(DialEdited{"target", "there:1"})
	d.send(DialEdited{"via", "9002"})
	d.send(DialEdited{"port", "9003"})
	f := flags()
	f.Settings[SettingReal] = must[SaveSetting](d).Value
	again := open(t, f, push(t))
	if again.m.mode != ModeBrowser || again.m.Real().Open {
		t.Error("the page begins in the real world")
	}
	again.click(ActMode, again.m.Header().Modes[1].ID, 0)
	if v := again.m.Real(); v.Mode != ModeTap || v.Target != "there:1" || v.Via != "9002" || v.Port != "9003" {
		t.Errorf("%+v", v)
	}
	for _, bad := range []string{"", "{", `{"Mode":"x"}`, `{"Mode":7}`} {
		f.Settings[SettingReal] = bad
		if r := restoreReal(f); r.last != ModeDial {
			t.Errorf("%q leads to %q", bad, r.last)
		}
	}
}

func TestRelayOfAnotherPage(t *testing.T) {
	f := flags()
	f.RelayOrigin = "wss://frames.example/relay"
	d := open(t, f, push(t))
	d.click(ActMode, string(ModeTap), 0)
	d.send(DialEdited{"target", "there:443"})
	if v := d.m.Real(); v.Foreign != "" {
		t.Errorf("the page's own relay: %q", v.Foreign)
	}
	d.send(DialEdited{"relay", "ws://127.0.0.1:8420/relay"})
	d.send(RelayProbed{Relay: "ws://127.0.0.1:8420/relay", Text: "No relay answers."})
	v := d.m.Real()
	if v.Command != RelayCommand+" --origin https://frames.example --data framewise-data --allow there:443" {
		t.Errorf("the command is %q", v.Command)
	}
	for _, want := range []string{"https://frames.example", "press Allow", "Safari", "http://127.0.0.1:8420/"} {
		if !strings.Contains(v.Foreign, want) {
			t.Errorf("%q says nothing of %q", v.Foreign, want)
		}
	}
	f.RelayOrigin = "ws://frames.example/relay"
	plain := open(t, f, push(t))
	plain.click(ActMode, string(ModeListen), 0)
	plain.send(DialEdited{"relay", "ws://127.0.0.1:8420/relay"})
	if v = plain.m.Real(); !strings.Contains(v.Foreign, "without a question") {
		t.Errorf("a page that came over http: %q", v.Foreign)
	}
	d.send(DialEdited{"relay", "wss://relay.example/relay"})
	if v = d.m.Real(); strings.Contains(v.Foreign, "Allow") || !strings.Contains(v.Foreign, "--origin") {
		t.Errorf("a relay that is not on this machine: %q", v.Foreign)
	}
}

// An embedded page has no forms.
func TestNoRealWorldInEmbed(t *testing.T) {
	f := flags()
	f.Embed = true
	d := open(t, f, push(t))
	for _, mode := range []Mode{ModeDial, ModeListen, ModeTap} {
		if d.click(ActMode, string(mode), 0); d.m.Real().Open {
			t.Errorf("%s is open", mode)
		}
	}
}
