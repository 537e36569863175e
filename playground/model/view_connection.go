package model

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// wantConnection are the questions of the view.
func (m Model) wantConnection() []want {
	conn := m.viewConn()
	if conn == 0 {
		return nil
	}
	return []want{{slot: slotConnection, q: Question{Op: "connection", Conn: conn, Frame: m.selected, N: connRows}}}
}

// connRows is how many SETTINGS, PINGs and problems are listed.
const connRows = 40

// ConnectionKey is what the view is drawn from.
type ConnectionKey struct {
	turns   [4]int
	version int
	conn    uint32
}

// ConnectionKey is the key of the view's region.
func (m Model) ConnectionKey() ConnectionKey {
	return ConnectionKey{m.turns(slotConnection), m.summary.Version, m.viewConn()}
}

// ConnectionView is what holds for a whole connection at the instant.
type ConnectionView struct {
	Empty        string
	Problem      string // why there is no answer
	Instant      string
	Facts        [][2]string
	Problems     []ProblemRow
	ProblemsNote string
	GoAways      []GoAwayRow
	Settings     []ForceRow
	Frames       []SettingsRow
	FramesMore   string
	Limits       []LimitGroup
	Pings        []PingRow
	PingsMore    string
	Fingerprint  *FingerprintView
}

// ForceRow is a setting: what is in force of each end.
type ForceRow struct {
	Name  string
	Ref   Link
	Cells []ForceCell // of the client, of the server
}

// ForceCell is a setting of one end.
type ForceCell struct {
	Text    string // in force
	Default bool
	Next    string // "100 announced, not acknowledged yet"
	Peer    string // "the server goes by 100 already"
}

// SettingsRow is a SETTINGS frame.
type SettingsRow struct {
	End     string
	Frame   int
	Entries []SettingText
	More    string
	Sent    string
	Recv    string
	Ack     int // the frame that acknowledges, -1: none
	AckSent string
	AckRecv string
	State   string // at the instant, in words
	Good    bool   // in force
}

// SettingText is one setting of a frame: "MAX_CONCURRENT_STREAMS" "100".
type SettingText struct {
	Name, Value string
	Ref         Link
}

// LimitGroup are the limits that one end sets the other.
type LimitGroup struct {
	Title string // "Set by the server, bind the client"
	Rows  []LimitRow
}

// LimitRow is a limit and how much of it is used.
type LimitRow struct {
	Name    string
	What    string
	Text    string // "1 of 100 streams"
	Percent int
	Full    bool
	None    bool // there is no limit
	Ref     Link
}

// PingRow is a PING.
type PingRow struct {
	End, Data string
	Frame     int
	Ack       int // -1: none
	Sent      string
	Trip      string // "10.00 ms", "no answer yet"
}

// GoAwayRow is a GOAWAY.
type GoAwayRow struct {
	Title   string // "The server says GOAWAY: NO_ERROR"
	Frame   int
	Text    string // what the code means, and what happens to streams
	Orphans []int
	More    string
	Debug   string
	Sent    string
	Recv    string
	Bad     bool
	Ref     Link
}

// FingerprintView is what tells a client from others.
type FingerprintView struct {
	Text string
	Note string
	Rows [][2]string
}

// Connection is what holds for a connection.
func (m Model) Connection() ConnectionView {
	v := ConnectionView{Problem: Shown(m.replies[slotConnection].err)}
	c, ok := answer[view.Connection](m, slotConnection)
	switch {
	case m.viewConn() == 0:
		v.Empty = m.nothingYet() + ": settings, limits, round trips and errors are shown here."
	case !ok && v.Problem == "":
		v.Empty = "Asking the analyser…"
	}
	if v.Empty != "" || !ok {
		return v
	}
	v.Instant = joined(instantNote(c.Frame), m.connNote())
	v.Facts = m.facts()
	v.Problems = problems(c.Problems)
	if n := c.ProblemsTotal - len(v.Problems); n > 0 {
		v.ProblemsNote = plural(n, "more", "more") + " in the whole record"
	}
	for i := range c.GoAways {
		v.GoAways = append(v.GoAways, goAwayRow(&c.GoAways[i]))
	}
	v.Settings = forceRows(c.InForce)
	for i := range c.Settings {
		v.Frames = append(v.Frames, settingsRow(&c.Settings[i]))
	}
	if n := c.SettingsTotal - len(c.Settings); n > 0 {
		v.FramesMore = plural(n, "earlier SETTINGS frame", "earlier SETTINGS frames") + " not shown"
	}
	v.limits(c.Limits)
	for i := range c.Pings {
		v.Pings = append(v.Pings, pingRow(&c.Pings[i]))
	}
	if n := c.PingsTotal - len(c.Pings); n > 0 {
		v.PingsMore = plural(n, "earlier PING", "earlier PINGs") + " not shown"
	}
	v.Fingerprint = fingerprint(&c.Fingerprint)
	return v
}

// other is the other end.
func other(end string) string {
	if end == "client" {
		return "server"
	}
	return "client"
}

func forceRows(all []view.SettingsInForce) []ForceRow {
	var rows []ForceRow
	at := map[string]int{}
	for col, s := range all {
		for _, x := range s.Values {
			i, ok := at[x.Name]
			if !ok {
				i = len(rows)
				at[x.Name] = i
				rows = append(rows, ForceRow{Name: x.Name, Ref: RFCLink(x.Ref), Cells: make([]ForceCell, len(all))})
			}
			c := ForceCell{Text: settingText(x.Value), Default: x.Default}
			if x.Pending {
				c.Next = settingText(x.Next) + " announced, not acknowledged yet"
			}
			if x.AtPeer != x.Value {
				c.Peer = "the " + other(s.End) + " goes by " + settingText(x.AtPeer) + " already"
			}
			rows[i].Cells[col] = c
		}
	}
	return rows
}

func settingsRow(s *view.SettingsFrame) SettingsRow {
	at := func(ns int64) string { return strings.ReplaceAll(Millis(ns), " ", "\u00a0") } // on one line
	r := SettingsRow{End: s.End, Frame: s.Frame, Sent: at(s.SentAt), Recv: at(s.RecvAt), Ack: s.AckFrame,
		AckSent: at(s.AckSentAt), AckRecv: at(s.AckAt)}
	for _, e := range s.Entries {
		r.Entries = append(r.Entries, SettingText{e.Name, Count(int64(e.Value)), RFCLink(e.Ref)})
	}
	if s.More > 0 {
		r.More = "and " + Count(int64(s.More)) + " more"
	}
	switch {
	case s.InForce:
		r.State, r.Good = "in force", true
	case s.Known:
		r.State = "the " + other(s.End) + " goes by it, the acknowledgement is on its way"
	default:
		r.State = "on its way to the " + other(s.End)
	}
	return r
}

func (v *ConnectionView) limits(all []view.Limit) {
	for _, l := range all {
		title := "The " + l.End + " allows the " + other(l.End)
		if n := len(v.Limits); n == 0 || v.Limits[n-1].Title != title {
			v.Limits = append(v.Limits, LimitGroup{Title: title})
		}
		g := &v.Limits[len(v.Limits)-1]
		r := LimitRow{Name: l.Name, What: l.What, Ref: RFCLink(l.Ref), Text: Count(l.Used) + " of " + Count(l.Limit) + " " + l.Unit}
		if l.Limit < 0 {
			r.None, r.Text = true, Count(l.Used)+" "+l.Unit+", no limit"
		} else {
			r.Percent = percent(l.Used, max(l.Limit, 1))
			r.Full = l.Used >= l.Limit && l.Used > 0
		}
		g.Rows = append(g.Rows, r)
	}
}

func pingRow(p *view.Ping) PingRow {
	r := PingRow{End: p.End, Data: p.Data, Frame: p.Frame, Ack: p.AckFrame, Sent: Millis(p.SentAt), Trip: Millis(p.RoundTrip)}
	if p.AckFrame < 0 {
		r.Trip = "never answered"
	} else if p.RoundTrip < 0 {
		r.Trip = "the answer never arrived"
	}
	return r
}

func goAwayRow(g *view.GoAway) GoAwayRow {
	r := GoAwayRow{Title: "The " + g.End + " says goodbye: " + g.Code, Frame: g.Frame, Sent: Millis(g.SentAt), Recv: Millis(g.RecvAt),
		Debug: Shown(g.Debug), Bad: g.Code != "NO_ERROR", Ref: RFCLink(g.Ref)}
	r.Text = capital(g.Note) + ". "
	mine := "streams of the " + other(g.End)
	switch {
	case g.Last == 1<<31-1:
		r.Text += "A warning: new " + mine + " are still taken, the last one is named later."
	case g.Last == 0:
		r.Text += "None of the " + mine + " was or will be acted on."
	default:
		r.Text += "It has acted, or may act, on the " + mine + " up to " + strconv.Itoa(int(g.Last)) + "."
	}
	if g.OrphansTotal > 0 {
		r.Text += " The ones above it were not acted on and can be tried again on another connection:"
		for _, id := range g.Orphans {
			r.Orphans = append(r.Orphans, int(id))
		}
		if n := g.OrphansTotal - len(g.Orphans); n > 0 {
			r.More = "and " + Count(int64(n)) + " more"
		}
	}
	return r
}

// capital is the text with a large first letter.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func fingerprint(f *view.Fingerprint) *FingerprintView {
	v := &FingerprintView{Text: Shown(f.Text), Note: "What the client sends up to its first request tells browsers, libraries and tools apart: servers compare it."}
	if !f.Known {
		v.Note = "As far as the record shows it: it begins later than the connection, or ends before the first request."
	}
	var entries []string
	for _, e := range f.Settings {
		entries = append(entries, e.Name+" "+Count(int64(e.Value)))
	}
	add := func(name string, value ...string) {
		text := "none"
		if len(value) > 0 && value[0] != "" {
			text = Shown(strings.Join(value, ", "))
		}
		v.Rows = append(v.Rows, [2]string{name, text})
	}
	add("settings, in order", entries...)
	window := ""
	if f.Window > 0 {
		window = "+" + Count(int64(f.Window))
	}
	add("connection's window", window)
	add("PRIORITY frames", f.Priorities...)
	if f.Request != "" {
		add("priority of the first HEADERS", f.Request)
	}
	add("pseudo-header fields", f.Pseudo...)
	add("other fields", f.Fields...)
	return v
}
