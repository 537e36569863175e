package model

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// InspectorView is the right column: its tabs and the sections of the one that
// is open. A section that is empty is not shown.
type InspectorView struct {
	Pane     Pane
	Tabs     []Tab
	Ready    bool   // a frame's detail is here
	Stale    bool   // another frame is selected, its detail on the way
	Empty    string // said while there is no detail
	Title    string
	Ref      Link
	What     string
	Why      *WhyView
	Hex      HexView
	Fields   []FieldRow
	Block    *BlockView
	Bits     *BitsView // of the representation that is kept lit
	Copying  bool      // what the frame can be copied as is open
	Tables   []TableView
	Streams  []StreamView
	Windows  []WindowRow
	Effects  []EffectRow
	Instants string // "client at 10.00 ms, server at 5.00 ms"
	Problems []ProblemRow
	Settings *SettingsView
	Facts    [][2]string // of the connection
	Covered  string      // why the field block is not shown, see Model.Covered
}

// Tab is one of a row of tabs.
type Tab struct {
	ID   string
	Text string
	On   bool
}

// WhyView says what made a side send the frame.
type WhyView struct {
	Text string
	Line int // of the program, 0: none
	Ref  Link
}

// FieldRow is a row of the field table.
type FieldRow struct {
	Span  int
	Depth int
	Color int
	Name  string
	Bytes string // "0–2"
	Value string
	Note  string
	Ref   Link
	Lit   bool
	Unset bool // a flag that is not set
}

// InspectorHead is the part of Inspector that changes with every step: Pane,
// Tabs and Stale.
func (m Model) InspectorHead() InspectorView {
	return InspectorView{Pane: m.pane, Tabs: m.inspectorTabs(), Stale: m.detailShown >= 0 && m.detailShown != m.selected}
}

// Inspector is the right column.
func (m Model) Inspector() InspectorView {
	v := InspectorView{Pane: m.pane, Tabs: m.inspectorTabs(), Ready: m.detailShown >= 0}
	if !v.Ready {
		v.Empty = "No frame is selected yet."
		if m.run.State == RunDone && m.summary.Frames == 0 {
			v.Empty = "There is no frame to look at."
		}
		if m.detailError != "" {
			v.Empty = m.detailError
		}
		return v
	}
	v.Stale = m.detailShown != m.selected
	v.Copying = m.copying
	v.Bits = m.bits()
	d := &m.detail
	v.Title, v.Ref = Shown(d.Title), RFCLink(d.Ref)
	v.Problems = problems(d.Problems)
	v.Instants = "client at " + Millis(d.At[0]) + ", server at " + Millis(d.At[1])
	switch m.pane {
	case PaneHPACK:
		v.Block = m.block()
		v.Tables = tables(d, false)
	case PaneStream:
		v.Streams = streams(d)
		v.Windows = windows(d, true)
		v.Effects = effects(d, "stream", "window")
		if len(v.Streams) == 0 {
			v.What = "This frame belongs to the connection, not to a stream. The rows with a stream's number tell of one."
		}
	case PaneConnection:
		v.Settings = settings(d.Settings)
		v.Windows = windows(d, false)
		v.Facts = m.facts()
		v.Effects = effects(d, "connection", "settings")
		v.Problems = problems(m.summary.Problems)
	default:
		v.What = d.What
		v.Why = why(d.Why)
		v.Hex = m.Hex()
		v.Fields = m.fields()
		v.Block = m.block()
		v.Tables = tables(d, true)
		v.Streams = streams(d)
		v.Windows = windows(d, false)
		v.Effects = effects(d)
	}
	return m.cover(v)
}

func (m Model) inspectorTabs() []Tab {
	frame, stream := "Frame", "Stream"
	if m.selected >= 0 {
		frame = "Frame " + strconv.Itoa(m.selected+1)
	}
	if m.detailShown >= 0 {
		for _, s := range streams(&m.detail) {
			stream = s.Title
		}
	}
	tabs := []Tab{{ID: string(PaneFrame), Text: frame}, {ID: string(PaneHPACK), Text: "HPACK"},
		{ID: string(PaneStream), Text: stream}, {ID: string(PaneConnection), Text: "Connection"}}
	for i := range tabs {
		tabs[i].On = tabs[i].ID == string(m.pane)
	}
	return tabs
}

func why(w view.Why) *WhyView {
	if w.Text == "" {
		return nil
	}
	return &WhyView{Text: Shown(w.Text), Line: int(w.Line), Ref: RFCLink(w.Ref)}
}

// fields are the spans of the frame, but for those of representations, which
// the field block lists.
func (m Model) fields() []FieldRow {
	light := m.lighted()
	var rows []FieldRow
	for i, s := range m.detail.Spans {
		if s.Rep >= 0 || s.Mask != 0 && s.Value == "0" && !isFlag(s) {
			continue
		}
		depth := 0
		for p := s.Parent; p >= 0 && p < i && depth < 4; p = m.detail.Spans[p].Parent {
			depth++
		}
		rows = append(rows, FieldRow{
			Span: i, Depth: depth, Color: s.Color, Name: s.Name, Bytes: byteRange(s.Off, s.Len),
			Value: Shown(s.Value), Note: note(s), Ref: RFCLink(s.Ref), Lit: i == light.span,
		})
		if r := &rows[len(rows)-1]; isFlag(s) {
			r.Value, r.Unset = "set, 0x"+strconv.FormatUint(uint64(s.Mask), 16), s.Value == "0"
			if r.Unset {
				r.Value = "not " + r.Value
			}
		}
		if len(rows) == maxRows {
			break
		}
	}
	return rows
}

// isFlag says whether the span is one bit of the frame's Flags.
func isFlag(s view.Span) bool { return s.Mask != 0 && s.Off == 4 && s.Len == 1 }

// note is what a field's value means. The type's is the frame's own, which the
// inspector says elsewhere.
func note(s view.Span) string {
	if s.Name == "Type" && s.Off == 3 {
		return ""
	}
	return Shown(s.Note)
}

// maxRows bounds a table of the inspector: a frame from a stranger may have
// thousands of settings or representations.
const maxRows = 300

func byteRange(off, n int) string {
	if n <= 1 {
		return strconv.Itoa(off)
	}
	return strconv.Itoa(off) + "–" + strconv.Itoa(off+n-1)
}

// BlockView is a field block by representation.
type BlockView struct {
	Text   string // "20 octets from 61, 67 % saved"
	Frames []int  // the frames it is spread over, where there are several
	Rows   []RepRow
	More   string // how many rows are left out
	Error  string
	Ref    Link
}

// RepRow is a representation.
type RepRow struct {
	Rep   int
	Bytes string // "44 86…43"
	Hex   string // all of them
	Kind  string
	Name  string
	Value string
	Ref   Link
	Lit   bool
	Other int // the frame its octets lie in, when it is another one; else -1
	Badge string
}

func (m Model) block() *BlockView {
	b := m.detail.Block
	if b == nil {
		return nil
	}
	light := m.lighted()
	v := &BlockView{Error: Shown(b.Error), Ref: RFCLink("RFC 7541 6")}
	v.Text = Plural(b.Octets, "octet") + " from " + Count(int64(b.Plain))
	if b.Saved > 0 {
		v.Text += ", " + strconv.Itoa(b.Saved) + " % saved"
	}
	if !b.Complete {
		v.Text += ", goes on in the next frame"
	}
	if len(b.Frames) > 1 {
		v.Frames = b.Frames
	}
	for i, r := range b.Reps {
		if i == maxRows {
			v.More = Plural(len(b.Reps)-maxRows, "more representation") + " not shown"
			break
		}
		row := RepRow{
			Rep: i, Bytes: shortHex(r.Hex), Hex: r.Hex, Kind: Shown(r.Text),
			Name: Shown(r.Name), Value: Shown(r.Value), Ref: RFCLink(r.Ref), Lit: i == light.rep, Other: -1,
		}
		if row.Kind == "" {
			row.Kind = r.Kind
		}
		if r.Frame != m.detail.Row.Index {
			row.Other = r.Frame
		}
		row.Badge = badge(r)
		v.Rows = append(v.Rows, row)
	}
	return v
}

func badge(r view.Rep) string {
	var parts []string
	if r.Inserted {
		parts = append(parts, "+ table")
	}
	if r.Evicted > 0 {
		parts = append(parts, strconv.Itoa(r.Evicted)+" evicted")
	}
	return strings.Join(parts, ", ")
}

// shortHex is the octets of a representation in the room of three or four.
func shortHex(h string) string {
	octets := strings.Fields(h)
	if len(octets) == 1 && len(h) > 2 { // written without spaces
		octets = nil
		for i := 0; i+1 < len(h); i += 2 {
			octets = append(octets, h[i:i+2])
		}
	}
	if len(octets) <= 3 {
		return strings.Join(octets, " ")
	}
	return octets[0] + " " + octets[1] + "…" + octets[len(octets)-1]
}

// TableView is a dynamic table at the shown instant.
type TableView struct {
	Title   string
	Note    string // "146 / 4,096 B · +2 entries"
	Rows    []TableRow
	Evicted []TableRow
	More    string
	Empty   string
	Ref     Link
}

// TableRow is a field line in a dynamic table.
type TableRow struct {
	Index string
	Name  string
	Value string
	Size  string
	Frame int  // that inserted it
	New   bool // by this frame
}

// tables are the dynamic tables after the frame; only the one of the frame's
// own direction where sender is set.
func tables(d *view.Detail, sender bool) []TableView {
	var out []TableView
	for _, t := range d.Tables {
		if sender && (t.Dir != d.Row.Dir || d.Block == nil) {
			continue
		}
		most := maxRows
		if sender {
			most = max(briefRows, t.Inserted)
		}
		out = append(out, tableView(&t, most))
	}
	return out
}

// briefRows is how many entries are listed beside a frame's octets and fields,
// where the newest matter: all of a table of 4,096 octets are longer than the rest
// together, and drawing them was half of a step. The HPACK tab lists all.
const briefRows = 12

// tableView is a dynamic table as it is shown: its newest entries, and as many of
// those that the frame evicted.
func tableView(t *view.Table, most int) TableView {
	v := TableView{Title: tableTitle(t.Dir), Ref: RFCLink("RFC 7541 2.3.2")}
	v.Note = Count(int64(t.Size)) + " / " + Count(int64(t.MaxSize)) + " B"
	if t.Inserted > 0 {
		v.Note += " · +" + strings.Replace(Plural(t.Inserted, "entry"), "entrys", "entries", 1)
	}
	if n := len(t.Evicted); n > 0 {
		v.Note += " · " + strconv.Itoa(n) + " evicted"
	}
	for i, e := range t.Entries {
		if i == min(most, maxRows) {
			break
		}
		row := tableRow(e)
		row.New = i < t.Inserted
		v.Rows = append(v.Rows, row)
	}
	for i, e := range t.Evicted {
		if i == min(most, maxRows) {
			break
		}
		row := tableRow(e)
		row.Index = "evicted"
		v.Evicted = append(v.Evicted, row)
	}
	var more []string
	if n := len(t.Entries) - len(v.Rows); n > 0 {
		more = append(more, Plural(n, "older one"))
	}
	if n := len(t.Evicted) - len(v.Evicted); n > 0 {
		more = append(more, Count(int64(n))+" more evicted")
	}
	if len(more) > 0 {
		v.More = strings.Join(more, ", ")
		if most < maxRows {
			v.More += ": the tab HPACK lists all"
		} else {
			v.More += " not shown"
		}
	}
	if len(t.Entries) == 0 && len(t.Evicted) == 0 {
		v.Empty = "empty"
	}
	return v
}

func tableTitle(dir string) string {
	if dir == "c2s" {
		return "Client's encoder table"
	}
	return "Server's encoder table"
}

func tableRow(e view.TableEntry) TableRow {
	return TableRow{Index: strconv.Itoa(e.Index), Name: Shown(e.Name), Value: Shown(e.Value),
		Size: strconv.Itoa(e.Size), Frame: e.Frame}
}

// EffectRow is one thing that the frame changed.
type EffectRow struct {
	At, Text, Kind string
	Ref            Link
}

func effects(d *view.Detail, kinds ...string) []EffectRow {
	var rows []EffectRow
	for _, e := range d.Effects {
		wanted := len(kinds) == 0
		for _, k := range kinds {
			wanted = wanted || k == e.Kind
		}
		if wanted && len(rows) < maxRows {
			rows = append(rows, EffectRow{e.At, Shown(e.Text), e.Kind, RFCLink(e.Ref)})
		}
	}
	return rows
}

// ProblemRow is something that the record or a peer did wrong.
type ProblemRow struct {
	Frame int // -1: none
	Code  string
	Text  string
	Ref   Link
}

func problems(list []view.Problem) []ProblemRow {
	var rows []ProblemRow
	for _, p := range list {
		if len(rows) == maxRows {
			break
		}
		rows = append(rows, ProblemRow{p.Frame, p.Code, Shown(p.Text), RFCLink(p.Ref)})
	}
	return rows
}
