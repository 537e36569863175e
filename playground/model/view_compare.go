package model

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// CompareKey is what the view is drawn from.
type CompareKey struct {
	turns                 [4]int
	pair                  pairKey
	from, name, err       string
	ready, last, phone    bool
	program               bool
	again                 againState
	record, selected      int
	frames, height, width int
}

// pairKey is what of the view's state is seen.
type pairKey struct {
	tab         string
	only        bool
	first, fork int
}

// CompareKey is the key of the view's region.
func (m Model) CompareKey() CompareKey {
	first, _ := m.pairWindow()
	o := m.other
	return CompareKey{m.turns(slotCompare, slotAligned), pairKey{m.pair.tab, m.pair.only, first, m.pair.fork}, o.from, o.name, o.err,
		o.ready, o.last, m.phone(), m.summary.Program != "", m.again.state, m.record, m.selected, m.summary.Frames, m.height, m.pair.height}
}

// CompareView is two records side by side.
type CompareView struct {
	Sources []SourceTab
	Again   bool   // the record has a program that can run again
	Stop    bool   // there is something to let go of
	Empty   string // what to do, while there is nothing to compare
	Busy    string
	Lead    string // the verdict
	First   *DifferenceRow
	Tabs    []Tab
	Only    bool
	Where   string // "difference 2 of 7"
	Jumps   bool   // there are differences to go to
	A, B    string // names of the two
	List    PairList
	Strip   string // what differs in the selected row
	Rest    []FigureTable
	Clients []ClientPair
}

// SourceTab is a record to compare with.
type SourceTab struct {
	Arg, Text, Title string
	On, Off          bool
}

// DifferenceRow is a difference, and where to go to see it.
type DifferenceRow struct {
	Text   string
	Record string
	Frame  int
}

// PairList is the list of both records' frames; PairSlot gives what is in each slot.
type PairList struct {
	Shown              bool
	Total, RowHeight   int
	Slots, First, Wide int
}

// PairRow is a row of the list. The zero Position is a real one.
type PairRow struct {
	Blank, Loading bool
	Position, Y    int
	A, B           PairCell
	What           string // class: "same", "encoded", "missing", "changed"
	Sign           string
	Says           string // what differs
	Fork           string // the sessions part here, "": not here
	On             bool
	Label          string
}

// PairCell is a frame in one of the columns; Frame -1: none.
type PairCell struct {
	Frame                           int
	Number, Type, Color, Says, Time string
	Arrow, Dir                      string
	On                              bool
}

// FigureTable is figures of both records.
type FigureTable struct {
	Title, Note string
	Ref         Link
	Rows        []FigureRow
	Empty       string
}

// FigureRow is a figure in both records.
type FigureRow struct {
	Name, A, B string
	Differ     bool
	Ref        Link
}

// ClientPair is the fingerprints of a connection's two clients.
type ClientPair struct {
	Title string
	Same  bool
	Rows  []FigureRow
	A, B  string // the fingerprints, "": there is none
}

// Compare is the view.
func (m Model) Compare() CompareView {
	o := m.other
	v := CompareView{Stop: o.from != "", Again: m.summary.Program != "" && m.record == 0 && !m.embed, Only: m.pair.only, A: "Now", B: strings.ToUpper(m.otherTab()[:min(1, len(m.otherTab()))]) + m.otherTab()[min(1, len(m.otherTab())):],
		Sources: []SourceTab{
			{Arg: FromBefore, Text: "The run before", Title: "The record before this one (d)", On: o.from == FromBefore, Off: !o.last},
			{Arg: "file!", Text: "A file…", Title: "A record, a capture (with its key log, chosen together) or a log. It can be dropped here too.", On: o.from == FromFile},
			{Arg: FromPin, Text: "This record as it is now", Title: "Keeps this record, to compare with what you run from now on", On: o.from == FromPin},
		}}
	switch {
	case o.err != "":
		v.Empty = "That record can't be compared: " + sentence(Shown(o.err)) + " Choose another one."
	case o.from != "" && !o.ready:
		v.Busy = "Reading " + m.otherText() + "…"
	case o.from == "" && o.last:
		v.Empty = "Choose what to compare this record with. The run before it is at hand: press d. A record, a capture or a log can be dropped here."
	case o.from == "":
		v.Empty = "Two records side by side show what a change does. Change the program and run it again, then press d; or keep this record as it is now and run something else; or drop a record, a capture or a log here."
	}
	c, ok := answer[view.Comparison](m, slotCompare)
	if !o.ready || !ok {
		if o.ready {
			v.Busy = "Comparing…"
		}
		return v
	}
	m.pairVerdict(&v, c)
	for _, t := range []Tab{{ID: "", Text: "Frames"}, {ID: "figures", Text: "Figures"}, {ID: "clients", Text: "Fingerprints"}} {
		t.On = t.ID == m.pair.tab
		v.Tabs = append(v.Tabs, t)
	}
	switch m.pair.tab {
	case "figures":
		v.Rest = figures(c)
	case "clients":
		v.Clients = clients(c)
	default:
		m.pairList(&v)
	}
	return v
}

// pairVerdict says in a sentence how the two differ.
func (m Model) pairVerdict(v *CompareView, c *view.Comparison) {
	encoded := ""
	if c.Encoded > 0 {
		encoded = Plural(c.Encoded, "field block") + " the same fields in other octets."
		if c.Encoded == 1 {
			encoded = "1 field block has " + encoded[len("1 field block "):]
		} else {
			encoded = strings.Replace(encoded, " the same", " have the same", 1)
		}
	}
	switch {
	case c.Same && c.Encoded == 0:
		v.Lead = "Same octets in every frame: " + m.otherText() + " and this one differ in nothing but time, if at all."
		return
	case c.Same:
		v.Lead = "The same frames; " + encoded
		return
	}
	v.Lead = Plural(c.Total, "difference") + "."
	if encoded != "" {
		v.Lead += " Besides, " + encoded
	}
	d := c.Differences[0]
	first := &DifferenceRow{Record: "0", Frame: d.A, Text: "First difference: " + placeText(d) + ": " + plainText(d.Text, m.otherText())}
	if d.A < 0 {
		first.Record, first.Frame = "1", d.B
	}
	v.First, v.Jumps = first, true
}

func placeText(d view.Difference) string {
	switch {
	case d.A < 0:
		return "frame " + number(d.B+1) + " there"
	case d.B < 0:
		return "frame " + number(d.A+1) + " here"
	}
	return "frame " + number(d.A+1) + " here, frame " + number(d.B+1) + " there"
}

// plainText names the records as the page does.
func plainText(text, other string) string {
	text = strings.Replace(text, "only the first record has", "only this record has", 1)
	return Shown(strings.Replace(text, "only the second record has", "only "+other+" has", 1))
}

// pairList is the list's frame.
func (m Model) pairList(v *CompareView) {
	first, n := m.pairWindow()
	v.List = PairList{Shown: true, RowHeight: m.pairRow(), Slots: n, First: first}
	a, ok := answer[view.Aligned](m, slotAligned)
	if !ok {
		return
	}
	v.List.Total = a.Total
	v.Where = Plural(a.Differences, "difference")
	if here, ok := m.alignedHere(); ok && here.Nth > 0 {
		v.Where = "difference " + number(here.Nth) + " of " + number(here.Differences)
		if i := here.At - here.From; i >= 0 && i < len(here.Rows) {
			v.Strip = plainText(here.Rows[i].Text, m.otherText())
		}
	}
}

// PairSlot is what slot i of the list shows.
func (m Model) PairSlot(i int) PairRow {
	first, n := m.pairWindow()
	position := first + ((i-first)%n+n)%n
	row := PairRow{Position: position, Y: position * m.pairRow(), A: PairCell{Frame: -1}, B: PairCell{Frame: -1}}
	a, ok := answer[view.Aligned](m, slotAligned)
	switch {
	case !ok || position >= a.Total:
		row.Blank = true
		return row
	case position < a.From || position >= a.From+len(a.Rows):
		row.Loading = true
		return row
	}
	m.fillPair(&row, a.Rows[position-a.From])
	return row
}

func (m Model) fillPair(row *PairRow, r view.AlignedRow) {
	row.A, row.B = m.pairCell(r.A, 0), m.pairCell(r.B, 1)
	row.On = row.A.On || row.B.On
	_, says, _ := strings.Cut(r.Text, ": ")
	row.Says = plainText(says, m.otherText())
	switch r.What {
	case "":
		row.What, row.Sign = "same", "="
	case "encoded":
		row.What, row.Sign, row.Says = "encoded", "≈", "the same fields in other octets"
	case "missing":
		row.What, row.Sign, row.Says = "missing", "−", "only here"
		if r.A == nil {
			row.Sign, row.Says = "+", "only "+strings.ToLower(m.otherTab())
		}
	default:
		row.What, row.Sign = "changed", "≠"
	}
	if f := m.pair.fork; f >= 0 && m.other.from == FromBefore && (row.A.Frame == f || row.A.Frame < 0 && row.B.Frame == f) {
		row.Fork = "fork"
	}
	// What can be seen, word for word, and then what only the eye sees.
	row.Label = strings.Join(strings.Fields(strings.Join([]string{cellLabel(row.A), row.Sign, row.Says, row.Fork, cellLabel(row.B)}, " ")), " ") +
		", now and " + strings.ToLower(m.otherTab())
	if row.Fork != "" {
		row.Label += " · the two sessions part here"
	}
}

func cellLabel(c PairCell) string {
	if c.Frame < 0 {
		return "–"
	}
	return c.Number + " " + c.Arrow + " " + c.Type + " " + c.Says
}

func (m Model) pairCell(r *view.Row, record int) PairCell {
	if r == nil {
		return PairCell{Frame: -1}
	}
	row := m.fill(Row{}, *r)
	c := PairCell{Frame: r.Index, Number: row.Number, Type: row.Type, Color: row.Color, Says: row.Says, Time: row.Time, Arrow: "→", Dir: row.DirText,
		On: record == m.record && r.Index == m.selected}
	if r.Dir == "s2c" {
		c.Arrow = "←"
	}
	return c
}

// figures are the settings that differ, what is counted, and the windows.
func figures(c *view.Comparison) []FigureTable {
	settings := FigureTable{Title: "Settings that differ in the end", Ref: RFCLink("RFC 9113 6.5.2"), Empty: "Both ends announce the same settings."}
	windows := FigureTable{Title: "Connection windows in the end, and the credit that was given", Note: "octets", Ref: RFCLink("RFC 9113 5.2")}
	for i, p := range c.Conns {
		of := ""
		if len(c.Conns) > 1 {
			of = "connection " + strconv.Itoa(i+1) + ", "
		}
		for _, s := range p.Settings {
			settings.Rows = append(settings.Rows, FigureRow{of + s.End + ": " + s.Name, settingText(s.A), settingText(s.B), true, RFCLink(s.Ref)})
		}
		for dir, name := range []string{"client → server", "server → client"} {
			windows.Rows = append(windows.Rows,
				countRow(of+name+", left to the sender", p.A.Windows[dir], p.B.Windows[dir]),
				countRow(of+name+", credit", p.A.Credit[dir], p.B.Credit[dir]))
		}
	}
	counts := FigureTable{Title: "Counts"}
	for _, n := range c.Counts {
		row := countRow(n.Name, int64(n.A), int64(n.B))
		switch n.Name {
		case "nanoseconds":
			row.Name, row.A, row.B = "lasts", Millis(int64(n.A)), Millis(int64(n.B))
		case "octets c2s":
			row.Name = "octets, client → server"
		case "octets s2c":
			row.Name = "octets, server → client"
		}
		counts.Rows = append(counts.Rows, row)
	}
	return []FigureTable{settings, counts, windows}
}

func countRow(name string, a, b int64) FigureRow {
	return FigureRow{Name: name, A: Count(a), B: Count(b), Differ: a != b}
}

// clients are the fingerprints of the clients of each connection.
func clients(c *view.Comparison) []ClientPair {
	var out []ClientPair
	for i, p := range c.Conns {
		f, g := p.A.Fingerprint, p.B.Fingerprint
		v := ClientPair{Title: "Client of connection " + strconv.Itoa(i+1), Same: f.Text == g.Text && f.Known == g.Known, A: f.Text, B: g.Text}
		add := func(name, a, b string) {
			v.Rows = append(v.Rows, FigureRow{Name: name, A: orDash(a), B: orDash(b), Differ: a != b})
		}
		add("fingerprint", Shown(f.Text), Shown(g.Text))
		add("first SETTINGS", entries(f.Settings), entries(g.Settings))
		add("first WINDOW_UPDATE", Count(int64(f.Window)), Count(int64(g.Window)))
		add("PRIORITY frames", strings.Join(f.Priorities, ", "), strings.Join(g.Priorities, ", "))
		add("priority of the first request", f.Request, g.Request)
		add("pseudo-header fields", Shown(strings.Join(f.Pseudo, " ")), Shown(strings.Join(g.Pseudo, " ")))
		add("other fields of the first request", Shown(strings.Join(f.Fields, ", ")), Shown(strings.Join(g.Fields, ", ")))
		if !f.Known || !g.Known {
			add("the record begins with the connection", yesNo(f.Known), yesNo(g.Known))
		}
		out = append(out, v)
	}
	return out
}

func entries(list []view.SettingEntry) string {
	var out []string
	for _, e := range list {
		out = append(out, e.Name+" "+Count(int64(e.Value)))
	}
	return strings.Join(out, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
