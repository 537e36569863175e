package model

import (
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

func TestOctetsAndFields(t *testing.T) {
	d := open(t, flags(), push(t))
	hex := d.m.Hex()
	if len(hex.Lines) != 2 || hex.Lines[0].Off != "00" || hex.Lines[1].Off != "10" || string(hex.Lines[0].Cells[2].Hex[:]) != "16" {
		t.Fatalf("%+v", hex.Lines)
	}
	litOctets := func() (from, to int) {
		from, to = -1, -1
		for _, l := range d.m.Hex().Lines {
			for _, c := range l.Cells[:l.N] {
				if c.Bits&CellLit != 0 {
					if from < 0 {
						from = c.Octet
					}
					to = c.Octet
				}
			}
		}
		return from, to
	}
	litField := func() string {
		for _, f := range d.m.Inspector().Fields {
			if f.Lit {
				return f.Name
			}
		}
		return ""
	}
	litRep := func() string {
		for _, r := range d.m.Inspector().Block.Rows {
			if r.Lit {
				return r.Name
			}
		}
		return ""
	}
	// From octet to field, each octet of the header.
	for octet, want := range map[int]string{0: "Length", 2: "Length", 3: "Type", 4: "Flags", 5: "Stream Identifier", 8: "Stream Identifier", 9: "Promised Stream ID", 12: "Promised Stream ID"} {
		d.send(OctetPointed{octet})
		if got := litField(); got != want {
			t.Errorf("octet %d lights %q, want %q", octet, got, want)
		}
	}
	d.send(OctetPointed{14})
	if litField() != "Field Block" || litRep() != ":scheme" {
		t.Errorf("octet 14 lights %q and %q", litField(), litRep())
	}
	d.send(OctetPointed{20}) // within the value of :authority: the whole representation
	if from, to := litOctets(); from != 15 || to != 22 || litRep() != ":authority" {
		t.Errorf("octet 20 lights %d–%d, %q", from, to, litRep())
	}
	if s := d.m.Hex(); !strings.Contains(s.Status, "octet 20") || !strings.Contains(s.Note, ":authority: localhost") {
		t.Errorf("%q %q", s.Status, s.Note)
	}
	// From field to octets.
	d.send(SpanPointed{5})
	if from, to := litOctets(); litField() != "Stream Identifier" || from != 5 || to != 8 {
		t.Errorf("Stream Identifier lights %d–%d", from, to)
	}
	d.send(RepPointed{3})
	if from, to := litOctets(); from != 23 || to != 30 || litRep() != ":path" {
		t.Errorf(":path lights %d–%d", from, to)
	}
	d.send(SpanPointed{-1})
	if from, _ := litOctets(); from != -1 || litField() != "" {
		t.Error("something is lit after the pointer left")
	}
	// A click keeps it, a second one lets go; Escape too.
	d.click(ActOctet, "", 9)
	d.send(OctetPointed{0})
	d.send(OctetPointed{-1})
	if litField() != "Promised Stream ID" {
		t.Error("a click does not last")
	}
	d.click(ActOctet, "", 9)
	if litField() != "" {
		t.Error("a second click does not let go")
	}
	d.click(ActRep, "", 0)
	d.key("Escape")
	if litRep() != "" {
		t.Error("Escape does not let go")
	}
}

func TestOctetsByKeyboard(t *testing.T) {
	d := open(t, flags(), push(t))
	d.key("x")
	if must[Focus](d).ID != IDOctets {
		t.Error("x does not go to the octets")
	}
	press := func(keys ...string) {
		for _, k := range keys {
			d.send(KeyPressed{Key: k, Field: FieldOctets})
		}
	}
	focus := func() (at, count int) {
		for _, l := range d.m.Hex().Lines {
			for _, c := range l.Cells[:l.N] {
				if c.Bits&CellFocus != 0 {
					at = c.Octet
					count++
				}
			}
		}
		return at, count
	}
	for _, s := range []struct {
		key  string
		want int
	}{{"ArrowRight", 1}, {"ArrowDown", 17}, {"ArrowUp", 1}, {"ArrowLeft", 0}, {"ArrowLeft", 0}, {"End", 30}, {"ArrowDown", 30}, {"Home", 0}} {
		press(s.key)
		if at, n := focus(); at != s.want || n != 1 {
			t.Fatalf("%s goes to octet %d (%d are reachable by Tab), want %d", s.key, at, n, s.want)
		}
	}
	d.at(pushFrame) // the arrow keys belong to the octets there
	press("ArrowRight", "ArrowRight", "ArrowRight", "Enter")
	if !strings.Contains(d.m.Hex().Status, "Type") {
		t.Error(d.m.Hex().Status)
	}
	press("j")
	d.at(pushFrame + 1)
}

func TestManyOctets(t *testing.T) {
	d := open(t, flags(), push(t))
	d.m.detail.Octets = make([]byte, 9+16384)
	d.m.detail.Spans = []view.Span{{Off: 0, Len: 9, Parent: -1, Rep: -1, Name: "Header", Color: 1}, {Off: 9, Len: 16384, Parent: -1, Rep: -1, Name: "Data", Color: 2}}
	v := d.m.Hex()
	if len(v.Lines) != 8 || v.Pages != 129 || v.Range != "octets 0–127 of 16,393" || v.Lines[7].Off != "0070" {
		t.Errorf("%d lines, %d pages, %q, %q", len(v.Lines), v.Pages, v.Range, v.Lines[7].Off)
	}
	d.click(ActPage, "", 1)
	if v := d.m.Hex(); v.Page != 1 || v.Lines[0].Cells[0].Octet != 128 || v.Lines[0].Cells[0].Color != 2 {
		t.Errorf("%+v", v.Lines[0])
	}
	d.click(ActPage, "", 1000)
	if v := d.m.Hex(); v.Page != 128 || len(v.Lines) != 1 || v.Lines[0].N != 9 {
		t.Errorf("the last page: %+v", v)
	}
	d.click(ActPage, "", -1000)
	d.send(KeyPressed{Key: "PageDown", Field: FieldOctets})
	if v := d.m.Hex(); v.Page != 1 {
		t.Error("PageDown stays on page", v.Page)
	}
}

func TestAddress(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActSelect, "", 8)
	d.click(ActView, string(ViewFrames), 0)
	d.click(ActPane, string(PaneHPACK), 0)
	d.send(FilterEdited{"type:DATA"})
	fragment := must[SetURL](d).Fragment
	if fragment != "filter=type%3ADATA&frame=9&pane=hpack&view=frames" {
		t.Fatal(fragment)
	}
	f := flags()
	f.Fragment = fragment
	again := open(t, f, push(t))
	again.at(9)
	if again.m.view != ViewFrames || again.m.pane != PaneHPACK || again.m.Filter().Text != "type:DATA" || len(again.visible()) != 2 {
		t.Errorf("%v %v %+v", again.m.view, again.m.pane, again.m.Filter())
	}
	again.send(AddressChanged{"frame=3"})
	again.at(3)
	if again.m.view != ViewSequence || again.m.Filter().Text != "" || len(again.visible()) != 14 {
		t.Error("the address was not taken over")
	}
	for _, bad := range []string{"frame=0", "frame=-2", "frame=x", "view=nonsense&pane=%", "frame=99999999999999999999", "theme=pink", "connection=-1"} {
		f.Fragment = bad
		d := open(t, f, push(t))
		d.at(pushFrame)
	}
	f.Fragment = "frame=5000"
	open(t, f, push(t)).at(pushFrame)
	f.Fragment = "theme=dark"
	if d := open(t, f, push(t)); !d.m.Header().Dark {
		t.Error("theme=dark is light")
	}
}

func TestTheme(t *testing.T) {
	f := flags()
	f.SystemDark = true
	d := open(t, f, push(t))
	if !d.m.Header().Dark {
		t.Error("the system's theme is not followed")
	}
	d.key("t")
	if d.m.Header().Dark || must[SaveSetting](d) != (SaveSetting{SettingTheme, "light"}) || must[SetTheme](d).Dark {
		t.Error("the switch does not switch, or does not last")
	}
	if must[SetURL](d).Fragment != "theme=light" {
		t.Error("the address lacks the theme:", must[SetURL](d).Fragment)
	}
	d.send(SystemTheme{true})
	if d.m.Header().Dark {
		t.Error("the system overrides what was chosen")
	}
	f.Settings[SettingTheme] = "light"
	if d := open(t, f, push(t)); d.m.Header().Dark {
		t.Error("the choice was not kept")
	}
}

func TestProgramIsKept(t *testing.T) {
	d := open(t, flags(), push(t))
	d.send(Edited{"mine"})
	if must[SaveSetting](d) != (SaveSetting{SettingProgram, "mine"}) {
		t.Fatal("an edit is not kept")
	}
	f := flags()
	f.Settings[SettingProgram] = "mine"
	d = open(t, f, push(t))
	if must[RunProgram](d).Program != "mine" || must[RunProgram](d).Title != "server push, changed" {
		t.Error("what was kept does not run")
	}
	d.click(ActReset, "", 0)
	if must[SetEditor](d).Text != examples[0].Program || must[SaveSetting](d).Value != "" || !d.m.Code().CanUndo || d.m.Code().Changed {
		t.Errorf("%+v", d.m.Code())
	}
	d.click(ActUndoReset, "", 0)
	if must[SetEditor](d).Text != "mine" || d.m.Code().CanUndo {
		t.Error("reset can't be undone")
	}
	d.click(ActSelect, "", 2)
	d.send(FilterEdited{"type:DATA"})
	d.click(ActExample, "other", 0)
	d.send(RunEnded{d.m.run.Serial})
	if d.m.Filter().Text != "" {
		t.Error("the old filter hides frames of the new session")
	}
	d.at(pushFrame)
	if must[RunProgram](d).Program != examples[1].Program || !d.m.Code().CanUndo || d.m.Header().Title != "other" {
		t.Error("another example does not run, or what it replaced is lost")
	}
	if must[PushURL](d).Fragment != "example=other" {
		t.Error(must[PushURL](d).Fragment)
	}
}

func TestDialForm(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActMode, string(ModeDial), 0)
	if must[ProbeRelay](d).Relay != "ws://127.0.0.1:8420/relay" {
		t.Fatal("the page's own relay is not looked for")
	}
	for _, c := range []struct{ in, address, path, target string }{
		{"https://example.net/a/b?c=d", "example.net:443", "/a/b?c=d", "example.net:443"},
		{"http://[::1]:8080", "[::1]:8080", "/", "[::1]:8080"},
		{"http://127.0.0.1/%20x", "127.0.0.1:80", "/%20x", "127.0.0.1:80"},
	} {
		d.send(DialEdited{"address", ""})
		d.send(DialEdited{"address", c.in})
		v := d.m.Dial()
		target, problem := d.m.dial.target()
		if v.Address != c.address || v.Path != c.path || target != c.target || problem != "" || v.TLS != strings.HasPrefix(c.in, "https") {
			t.Errorf("%s: %+v, %q, %q", c.in, v, target, problem)
		}
	}
	d.send(DialEdited{"address", ""})
	for _, url := range []string{"h", "http://1", "http://127.0.0.1:9101/nums.txt"} { // typed: it is let be until it is whole
		d.m.dial.address = url[:len(url)-1]
		d.send(DialEdited{"address", url})
		if d.m.Dial().Address != url {
			t.Errorf("while it is typed, %q becomes %q", url, d.m.Dial().Address)
		}
	}
	d.send(DialLeft{"address"})
	if v := d.m.Dial(); v.Address != "127.0.0.1:9101" || v.Path != "/nums.txt" || v.TLS {
		t.Errorf("%+v", v)
	}
	d.m.dial.tls = true
	for in, want := range map[string]string{"example.net": "example.net:443", "::1": "[::1]:443", "[::1]": "[::1]:443", " a:1 ": "a:1", "1.2.3.4:65535": "1.2.3.4:65535"} {
		d.send(DialEdited{"address", in})
		if got, problem := d.m.dial.target(); got != want {
			t.Errorf("%q dials %q (%s), want %q", in, got, problem, want)
		}
	}
	d.send(DialEdited{"path", "/"})
	d.done = nil
	for _, in := range []string{"", "a:", "a:0", "a:65536", "a:b", "a b:1", ":443", "x:y:z", "[::1", "user@a:1", "x/y:1"} {
		d.send(DialEdited{"address", in})
		d.send(KeyPressed{Key: "Enter", Field: FieldDial})
		if v := d.m.Dial(); !v.Bad || v.Status == "" {
			t.Errorf("%q was not refused: %+v", in, v)
		}
	}
	for _, path := range []string{"", "x", "/a b", "/#x", "/\r\nx"} {
		d.send(DialEdited{"address", "a:1"})
		d.send(DialEdited{"path", path})
		d.click(ActRun, "", 0)
		if !d.m.Dial().Bad {
			t.Errorf("path %q was not refused", path)
		}
	}
	if _, ok := last[Dial](d); ok {
		t.Error("something wrong was dialled")
	}
}

func TestNoRelay(t *testing.T) {
	d := open(t, flags(), push(t))
	d.click(ActMode, string(ModeDial), 0)
	d.send(RelayProbed{Relay: "ws://elsewhere/relay", Text: "not asked for"})
	if d.m.Dial().NoRelay != "" {
		t.Error("an answer about another relay was taken")
	}
	d.send(RelayProbed{Relay: "ws://127.0.0.1:8420/relay", Text: "No relay answers."})
	v := d.m.Dial()
	if v.CanDial || v.NoRelay != "No relay answers." || !strings.HasPrefix(v.Command, "framewise serve") || d.m.Header().CanRun {
		t.Errorf("%+v", v)
	}
	d.click(ActProbe, "", 0)
	d.send(RelayProbed{Relay: "ws://127.0.0.1:8420/relay", OK: true})
	if !d.m.Header().CanRun {
		t.Error("it stays grey although the relay is there now")
	}
}

func TestFormats(t *testing.T) {
	for ref, want := range map[string]Link{
		"RFC 9113 6.6":   {"RFC 9113 §6.6", "§6.6", "https://www.rfc-editor.org/rfc/rfc9113#section-6.6"},
		"RFC 7541 6.2.1": {"RFC 7541 §6.2.1", "§6.2.1", "https://www.rfc-editor.org/rfc/rfc7541#section-6.2.1"},
		"RFC 7541 A":     {"RFC 7541 §A", "§A", "https://www.rfc-editor.org/rfc/rfc7541#appendix-A"},
		"RFC 9218":       {"RFC 9218", "", "https://www.rfc-editor.org/rfc/rfc9218"},
		"":               {},
		"RFC x 1":        {Text: "RFC x 1"},
		"javascript:1":   {Text: "javascript:1"},
	} {
		if got := RFCLink(ref); got != want {
			t.Errorf("%q: %+v", ref, got)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 65535: "65,535", -1234567: "−1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for ns, want := range map[int64]string{0: "0.00 ms", 11_020_000: "11.02 ms", 1_250_000_000: "1.250 s", -1: "never"} {
		if got := Millis(ns); got != want {
			t.Errorf("%d: %s", ns, got)
		}
	}
	if got := Shown("a\u202eb\x00c\u200bé"); got != `a\u{202e}b\u{0}c\u{200b}é` {
		t.Error(got)
	}
}

func TestPhone(t *testing.T) {
	f := flags()
	f.Width = 390
	d := open(t, f, push(t))
	h := d.m.Header()
	if len(h.Views) != 9 || h.Views[0].Text != "Code" || d.m.List().RowHeight != 40 {
		t.Errorf("%+v", h.Views)
	}
	d.click(ActView, string(ViewCode), 0)
	if d.m.Header().View != ViewCode {
		t.Error("the code can't be reached")
	}
	d.send(Resized{1440, 900})
	if d.m.Header().View != ViewSequence || len(d.m.Header().Views) != 8 {
		t.Error("the code's tab stays on a wide page")
	}
}

// Beside a frame's octets the newest entries of its table are listed, all of the
// ones that it inserted among them; the tab HPACK lists every one.
func TestBriefTable(t *testing.T) {
	for _, c := range []struct {
		entries, inserted, evicted, rows, gone int
		more                                   string
	}{
		{12, 2, 0, 12, 0, ""},
		{13, 2, 1, 12, 1, "1 older one: the tab HPACK lists all"},
		{84, 3, 20, 12, 12, "72 older ones, 8 more evicted: the tab HPACK lists all"},
		{84, 20, 0, 20, 0, "64 older ones: the tab HPACK lists all"},
		{400, 350, 0, 300, 0, "100 older ones not shown"},
	} {
		d := &view.Detail{Row: view.Row{Dir: "s2c"}, Block: &view.Block{}}
		d.Tables = []view.Table{{Dir: "c2s"}, {Dir: "s2c", Inserted: c.inserted, Entries: make([]view.TableEntry, c.entries), Evicted: make([]view.TableEntry, c.evicted)}}
		all := tables(d, true)
		if len(all) != 1 || len(all[0].Rows) != c.rows || len(all[0].Evicted) != c.gone || all[0].More != c.more {
			t.Errorf("%+v: %d rows, %d evicted, %q", c, len(all[0].Rows), len(all[0].Evicted), all[0].More)
		}
		for i, r := range all[0].Rows {
			if r.New != (i < c.inserted) {
				t.Errorf("%+v: row %d", c, i)
			}
		}
		if both := tables(d, false); len(both) != 2 || len(both[1].Rows) != min(c.entries, maxRows) {
			t.Errorf("%+v: the tab HPACK lists %d", c, len(both[1].Rows))
		}
	}
}
