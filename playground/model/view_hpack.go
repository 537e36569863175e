package model

import (
	"cmp"
	"slices"
	"strconv"

	"framewise/core/inspect/view"
)

// wantHPACK are the questions of the view: what compression did up to the
// instant, and for the game what an encoder could have done.
func (m Model) wantHPACK() []want {
	conn := m.viewConn()
	if conn == 0 {
		return nil
	}
	if m.sheets.game.on {
		return m.wantPrediction()
	}
	return []want{{slot: slotHPACK, q: Question{Op: "hpack", Conn: conn, Frame: m.selected, N: 100}, again: func(v any) bool {
		h, ok := v.(*view.HPACK)
		return ok && slices.ContainsFunc(h.Dirs, func(s view.HPACKStats) bool { return s.Blocks < s.Of })
	}}}
}

// HPACKKey is what the view is drawn from.
type HPACKKey struct {
	turns                          [4]int
	turn, shown, selected, version int
	conn                           uint32
	sheets                         sheets
}

// HPACKKey is the key of the view's region.
func (m Model) HPACKKey() HPACKKey {
	k := HPACKKey{m.turns(slotHPACK, slotPredict, slotBlock), m.detailTurn, m.detailShown, -1, m.summary.Version, m.viewConn(), m.sheets}
	if m.sheets.game.on {
		k.selected = m.selected // the rest shows what the answers are about
	}
	return k
}

// HPACKView is what header compression did on a connection up to the instant.
type HPACKView struct {
	Empty   string // what to do while there is nothing to show
	Lead    string
	Instant string // "just after frame 7"
	Counted string // that an answer is a part so far, "": it is whole
	Problem string
	Forms   []Tab // chart or table of the sizes over time
	Dirs    []HPACKDir
	Predict bool // there is a field block to predict
}

// HPACKDir is one direction: the table that the encoder of one end keeps, which
// the decoder of the other end mirrors.
type HPACKDir struct {
	Title   string // "Client's encoder"
	Dir     string // "client → server"
	Used    string // "149 of 4,096 octets, 3 entries"
	Percent int    // of the table that is used
	Table   *TableView
	NoTable string // why there is no table
	All     string // what the button that shows all entries says, "": all are shown
	Blocks  string // "5 field blocks: 312 octets became 120, 62 % saved"
	Late    string // blocks that the decoder has not read yet
	Bars    []SavedBar
	Facts   [][2]string
	Kinds   []KindRow
	Fields  []FieldStatRow
	Heads   []SortHead // of Fields
	More    string     // what the button that shows all fields says, "": none
	Sizes   SizesView
}

// SavedBar is a bar of octets.
type SavedBar struct {
	Name, Text string
	Percent    int
	Plain      bool
}

// KindRow counts the representations of a kind.
type KindRow struct {
	Kind   string
	Ref    Link
	Count  string
	Octets string
	None   bool
}

// FieldStatRow counts the field lines of a name.
type FieldStatRow struct {
	Name                        string
	Count, Indexed, Size, Saved string
}

// SortHead is the head of a column that can be sorted by.
type SortHead struct {
	ID, Text string
	Title    string
	Sort     string // aria-sort: "ascending", "descending", "none"
}

// SizesView is the size of a table over time: a drawing of 1000 by 100, and the
// same points as rows.
type SizesView struct {
	Table     bool
	Path, Max string // of the size, and of the table's maximum
	Top       string // the number at the upper edge
	From, To  string // "frame 3", "frame 120"
	Note      string // between the two: what is drawn
	Label     string // the drawing in a sentence
	Rows      []SizeRow
}

// SizeRow is the size of a table behind a field block.
type SizeRow struct {
	Frame            int
	Time, Size, Most string
}

const (
	fewEntries = 12 // of a table, before somebody wants all
	fewFields  = 8
)

// HPACK is what header compression did.
func (m Model) HPACK() HPACKView {
	v := HPACKView{Forms: chartTabs(m.sheets.sizesTable),
		Lead: "Each direction has a dynamic table of its own. The encoder inserts field lines, the decoder does the same as it reads, and from then on an index of an octet or two stands for a whole line."}
	v.Problem = Shown(m.replies[slotHPACK].err)
	h, ok := answer[view.HPACK](m, slotHPACK)
	switch {
	case m.viewConn() == 0:
		v.Empty = m.nothingYet() + ": its field blocks are explained here."
	case !ok && v.Problem == "":
		v.Empty = "Asking the analyser…"
	case ok && !slices.ContainsFunc(h.Dirs, func(s view.HPACKStats) bool { return s.Of > 0 }):
		v.Empty = "No field block up to this instant, so both tables are empty. Go on to a HEADERS or PUSH_PROMISE frame."
	}
	v.Predict = m.known && m.viewConn() != 0 && m.summary.Frames > 0
	if v.Empty != "" || !ok {
		return v
	}
	v.Instant = joined(instantNote(h.Frame), m.connNote())
	for i := range h.Dirs {
		s := &h.Dirs[i]
		if s.Blocks < s.Of {
			v.Counted = Count(int64(s.Blocks)) + " of " + Count(int64(s.Of)) + " field blocks are counted so far"
		}
		v.Dirs = append(v.Dirs, m.hpackDir(s))
	}
	return v
}

func (m Model) hpackDir(s *view.HPACKStats) HPACKDir {
	d := HPACKDir{Title: tableTitle(s.Dir), Dir: DirArrow(s.Dir), Percent: percent(int64(s.Size), int64(max(s.MaxSize, 1))), Sizes: m.sizes(s)}
	d.Used = Count(int64(s.Size)) + " of " + Count(int64(s.MaxSize)) + " octets used, " + plural(s.Entries, "entry", "entries")
	m.hpackTable(&d, s.Dir)
	d.Blocks = plural(s.Blocks, "field block", "field blocks") + ": " + plural(s.Plain, "octet", "octets") + " became " + Count(int64(s.Encoded))
	switch {
	case s.Of == 0:
		d.Blocks = "No field block in this direction yet."
	case s.Saved > 0:
		d.Blocks += ", " + strconv.Itoa(s.Saved) + " % saved."
	default:
		d.Blocks += ", nothing saved."
	}
	if n := s.Blocks - s.Arrived; n > 0 {
		d.Late = plural(n, "block is", "blocks are") + " still on the way: the decoder's table is behind by that much."
	}
	most := int64(max(s.Plain, s.Encoded, 1))
	d.Bars = []SavedBar{{"as text", Count(int64(s.Plain)), percent(int64(s.Plain), most), true}, {"as sent", Count(int64(s.Encoded)), percent(int64(s.Encoded), most), false}}
	d.Facts = [][2]string{
		{"whole lines by an index of the static table", Count(int64(s.Static))},
		{"whole lines by an index of the dynamic table", Count(int64(s.Dynamic))},
		{"names by an index, values written out", Count(int64(s.Names))},
		{"entries inserted", Count(int64(s.Inserted))},
		{"entries evicted", Count(int64(s.Evicted))},
		{"octets saved by Huffman coding", Count(int64(s.Huffman))},
	}
	if s.Broken > 0 {
		d.Facts = append(d.Facts, [2]string{"blocks that can't be read whole", Count(int64(s.Broken))})
	}
	for _, k := range s.Kinds {
		d.Kinds = append(d.Kinds, KindRow{k.Kind, RFCLink(k.Ref), Count(int64(k.Count)), Count(int64(k.Octets)), k.Count == 0})
	}
	m.fieldStats(&d, s)
	return d
}

// hpackTable is the dynamic table after the selected frame, which its detail
// tells: only where that frame is one of the connection that is shown.
func (m Model) hpackTable(d *HPACKDir, dir string) {
	switch {
	case m.detailShown < 0:
		d.NoTable = "Choose a frame to see the table's entries after it."
		return
	case m.detail.Row.Conn != m.viewConn():
		d.NoTable = "The selected frame belongs to connection " + strconv.Itoa(int(m.detail.Row.Conn)) + ". Choose one of this connection to see the table's entries."
		return
	}
	for i := range m.detail.Tables {
		if m.detail.Tables[i].Dir == dir {
			t := tableView(&m.detail.Tables[i], maxRows)
			t.Title, t.Note = "Entries, newest first", ""
			if n := m.detail.Tables[i]; n.Inserted > 0 || len(n.Evicted) > 0 {
				t.Note = Count(int64(n.Inserted)) + " new, " + Count(int64(len(n.Evicted))) + " evicted"
			}
			d.Table = &t
		}
	}
	if d.Table == nil || len(d.Table.Rows) <= fewEntries {
		return
	}
	if d.All = "Show fewer"; !m.sheets.entries {
		d.All = "Show all " + Count(int64(len(d.Table.Rows))) + " entries"
		d.Table.Rows = d.Table.Rows[:fewEntries]
	}
}

// columns of the fields, with what their numbers are.
var fieldColumns = []struct {
	id, text, title string
	value           func(f *view.FieldStat) int
}{
	{"name", "field", "name of the field", nil},
	{"count", "lines", "field lines", func(f *view.FieldStat) int { return f.Count }},
	{"indexed", "indexed", "field lines that were an index as a whole", func(f *view.FieldStat) int { return f.Indexed }},
	{"sent", "octets", "octets as text → octets as sent", func(f *view.FieldStat) int { return f.Encoded }},
	{"saved", "saved", "octets saved", func(f *view.FieldStat) int { return f.Saved }},
}

func (m Model) fieldStats(d *HPACKDir, s *view.HPACKStats) {
	order := cmp.Or(m.sheets.order, "saved")
	all := slices.Clone(s.Fields)
	for _, c := range fieldColumns {
		h := SortHead{ID: c.id, Text: c.text, Title: c.title, Sort: "none"}
		if c.id == order {
			up := m.sheets.ascending != (c.value == nil) // numbers begin with the largest, names with A
			if h.Sort = "descending"; up {
				h.Sort = "ascending"
			}
			slices.SortStableFunc(all, func(a, b view.FieldStat) int {
				by := cmp.Compare(a.Name, b.Name)
				if c.value != nil {
					by = cmp.Compare(c.value(&a), c.value(&b))
				}
				if !up {
					by = -by
				}
				return by
			})
		}
		d.Heads = append(d.Heads, h)
	}
	if len(all) > fewFields {
		if d.More = "Show fewer"; !m.sheets.fields {
			d.More = "Show all " + Count(int64(len(all))) + " names"
			all = all[:fewFields]
		}
	}
	for _, f := range all {
		d.Fields = append(d.Fields, FieldStatRow{Shown(f.Name), Count(int64(f.Count)), Count(int64(f.Indexed)),
			Count(int64(f.Plain)) + " → " + Count(int64(f.Encoded)), Count(int64(f.Saved))})
	}
}

// sizes draws the size of the table after each field block, a step a block.
func (m Model) sizes(s *view.HPACKStats) SizesView {
	v := SizesView{Table: m.sheets.sizesTable}
	if len(s.Sizes) == 0 {
		return v
	}
	most, limit := 1, 0
	for _, p := range s.Sizes {
		most, limit = max(most, p.Size), max(limit, p.Max)
		v.Rows = append(v.Rows, SizeRow{p.Frame, Millis(p.At), Count(int64(p.Size)), Count(int64(p.Max))})
	}
	near := limit <= 4*most // a maximum far above would press the sizes flat
	if near {
		most = max(most, limit)
	}
	height := func(n int) string { return strconv.Itoa(100 - n*100/most) }
	v.Path = "M0 100"
	for i, p := range s.Sizes {
		from, to := strconv.Itoa(i*1000/len(s.Sizes)), strconv.Itoa((i+1)*1000/len(s.Sizes))
		v.Path += "L" + from + " " + height(p.Size) + "L" + to + " " + height(p.Size)
		if near {
			v.Max += cmp.Or(map[bool]string{true: "M"}[v.Max == ""], "L") + from + " " + height(p.Max) + "L" + to + " " + height(p.Max)
		}
	}
	last := s.Sizes[len(s.Sizes)-1]
	v.Note = "octets after each block, dashed: at most"
	if !near {
		v.Note = "octets after each block, at most " + Count(int64(last.Max))
	}
	v.Path += "L1000 100Z"
	v.Top = Count(int64(most))
	v.From, v.To = "frame "+number(s.Sizes[0].Frame+1), "frame "+number(last.Frame+1)
	if len(s.Sizes) == 1 {
		v.To = ""
	}
	v.Label = "The table's size after each of " + plural(s.Blocks, "field block", "field blocks") + ": " + Count(int64(last.Size)) + " of " + Count(int64(last.Max)) + " octets after the last."
	return v
}
