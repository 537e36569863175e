package model

import (
	"slices"
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// ListView is the middle column's list.
type ListView struct {
	View      View
	RowHeight int
	Total     int
	Top       int // CSS pixels, where the model believes the list is
	Slots     int // rows that are drawn; a row i lies in slot i mod Slots
	First     int // the first of them
	Client    End
	Server    End
	Empty     string // what to say when there is nothing
	Filtered  bool   // ... because of the filter, which can be cleared
	Columns   []Column
	Order     string // in which order the rows are, for assistive technology
}

// End is one end of the connection, above its lifeline.
type End struct{ Name, Text string }

// Row is a frame in the list, ready to be drawn. The zero Position is a real
// one; Blank says that the slot has nothing to show.
type Row struct {
	Blank      bool
	Position   int
	Y          int // CSS pixels from the list's top
	Loading    bool
	Frame      int
	Number     string // "6"
	Time       string // "9.70 ms"
	Dir        string // "c2s" or "s2c"
	DirText    string // "client → server"
	DirShort   string // "c → s"
	Type       string
	Color      string // class: data, headers, …
	Stream     string // "stream 1", "connection"
	ID         string // "1", "1 → 2", "0"
	Text       string // "GET / · END_STREAM"
	Says       string // "1 · GET / · END_STREAM"
	Length     string
	Flags      string // "END_STREAM END_HEADERS"
	FlagsShort string // "ES EH"
	Slope      int    // CSS pixels between the height of sending and that of receiving
	Heavy      bool   // carries a body: a thicker line
	Lost       bool   // never received
	Selected   bool
	Marked     bool // has a bookmark
	Future     bool // after the instant that is shown
	Error      string
	Line       string // of the program
	Transit    string // "5.00 ms"
	Run        bool   // stands for a run of frames; Frame is the first of them
	Open       bool   // ... whose frames follow
	Inside     bool   // is a frame of the open run above
	Broken     bool   // octets that are no frame, or a frame without its end
	Label      string // all of it, for assistive technology
}

// List is the list's frame; SlotRow gives what is in each slot.
func (m Model) List() ListView {
	first, n := m.window()
	v := ListView{View: m.view, RowHeight: m.rowHeight(), Total: m.list.total, Top: m.list.top, First: first, Slots: n}
	v.Client, v.Server = m.ends()
	v.Columns, v.Order = m.Columns(), "Frames in order of time"
	if k := m.list.key; k.sort != "" || k.desc {
		v.Order = "Frames, " + strings.TrimSuffix("sorted by "+k.sort, " by ")
		if k.sort == "" {
			v.Order = "Frames, the last first"
		}
	}
	if (m.known || m.run.State == RunFailed || m.run.State == RunIdle) && m.list.total == 0 && len(m.list.waits) == 0 {
		v.Empty = m.emptyText()
		v.Filtered = m.summary.Frames > 0 && (m.list.key.filter != "" || m.list.err != "" || m.strayConn())
	}
	return v
}

func (m Model) emptyText() string {
	switch {
	case m.list.key.filter != "" && m.list.err == "" && m.summary.Frames > 0:
		return "No frame matches the filter."
	case m.list.err != "" && m.summary.Frames > 0:
		return "No frames are listed: the filter above can't be read. Correct it or clear it."
	case m.strayConn():
		return "No frames: the record has no connection " + strconv.Itoa(int(m.list.conn)) + "."
	case m.file.shown() && m.file.locked > 0:
		return "No frames: what was captured is encrypted. A log of TLS keys opens it."
	case m.file.shown() && !m.file.goesOn():
		return "No frames: the file holds none."
	case m.run.State == RunFailed:
		return "No frames: the session ended before the first one."
	case m.run.State == RunIdle && m.file.state == FileRefused:
		return "No frames: the link could not be opened. Run the program, or open a file."
	case m.run.State == RunIdle && m.file.next != nil:
		return "The record of the link is on its way…"
	case m.run.State == RunIdle && m.program.stranger.from != "":
		return "No frames yet: the program in the editor came from elsewhere, so it waits. Read it, then press Run."
	case m.run.State == RunDone:
		return "No frames: the program opened no connection. Run the example, or call http2.connect."
	}
	return "Waiting for the first frame…"
}

// nothingYet says why a view has nothing to show, and what would give it
// something. A colon and what that is follow.
func (m Model) nothingYet() string {
	if m.run.State == RunDone && m.known && m.summary.Frames == 0 && !m.file.shown() {
		return "The program ended and opened no connection. Call http2.connect in it, or run the example"
	}
	return "There is no connection yet. Run the program, dial a server or open a record"
}

// strayConn says whether the list is of a connection that the record does not
// have: an address that was written by hand, or for another record.
func (m Model) strayConn() bool {
	return m.list.conn != 0 && m.summary.Frames > 0 &&
		!slices.ContainsFunc(m.summary.Conns, func(c view.Conn) bool { return c.ID == m.list.conn })
}

// ends are the names above the lifelines: of the connection that the selected
// frame belongs to, or the first one.
func (m Model) ends() (client, server End) {
	client, server = End{"Client", ""}, End{"Server", ""}
	c, ok := m.conn()
	if !ok {
		return client, server
	}
	client.Text = joined("connect → "+Shown(c.Server), tlsText(c.TLS))
	server.Text = Shown(c.Via)
	if len(m.summary.Conns) > 1 {
		server.Text = joined(server.Text, "connection "+strconv.Itoa(int(c.ID)))
	}
	return client, server
}

func tlsText(s string) string {
	if s == "" {
		return ""
	}
	return Shown(s)
}

func joined(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " · ")
}

func (m Model) conn() (view.Conn, bool) {
	want := m.list.key.conn
	if want == 0 && m.detailShown >= 0 {
		want = m.detail.Row.Conn
	}
	for _, c := range m.summary.Conns {
		if c.ID == want {
			return c, true
		}
	}
	if len(m.summary.Conns) > 0 {
		return m.summary.Conns[0], true
	}
	return view.Conn{}, false
}

// SlotRow is what slot i shows: the row of the window whose position is i
// modulo the number of slots.
func (m Model) SlotRow(i int) Row {
	first, n := m.window()
	position := first + ((i-first)%n+n)%n
	row := Row{Position: position, Y: position * m.rowHeight(), Frame: -1}
	if position >= m.list.total {
		row.Blank = true
		return row
	}
	r, ok := m.list.row(position)
	if !ok {
		row.Loading = true
		return row
	}
	return m.fill(row, r)
}

func (m Model) fill(row Row, r view.Row) Row {
	row.Frame = r.Index
	row.Number = strconv.Itoa(r.Index + 1)
	row.Time = Millis(r.SentAt)
	row.Dir, row.DirText, row.DirShort = r.Dir, DirArrow(r.Dir), "c → s"
	if r.Dir == "s2c" {
		row.DirShort = "s → c"
	}
	row.Type, row.Color = r.Type, r.Color
	switch r.Kind {
	case "garbage":
		row.Type, row.Broken = "NOT A FRAME", true
	case "cut":
		row.Type, row.Broken = strings.TrimSpace(r.Type+" CUT OFF"), true
	}
	if row.Type == "" {
		row.Type = strings.ToUpper(r.Kind)
	}
	if row.Color == "" {
		row.Color = "other"
	}
	row.Stream, row.ID = streamText(r)
	row.Text = strings.TrimPrefix(Shown(r.Text), row.ID+" · ")
	row.Says = joined(row.ID, row.Text)
	row.Length = Count(int64(r.Length))
	row.Flags = strings.ReplaceAll(r.Flags, "|", " ")
	row.FlagsShort = shortFlags.Replace(row.Flags)
	row.Heavy = r.Type == "DATA"
	row.Lost = r.RecvAt < 0
	row.Slope = slope(r, m.list.transit)
	row.Selected = r.Index == m.selected
	row.Marked = m.book.find(r.Index) >= 0
	row.Inside = r.Inside
	if r.Run != nil {
		m.fillRun(&row, r)
	}
	row.Future = m.selected >= 0 && r.Index > m.selected
	row.Error = r.Error
	if r.Line > 0 {
		row.Line = strconv.Itoa(int(r.Line))
	}
	if r.RecvAt > r.SentAt {
		row.Transit = Millis(r.RecvAt - r.SentAt)
	}
	row.Label = rowLabel(row, m.view)
	return row
}

// fillRun makes the row that of a run: "× 40 DATA", "12,345 B · streams 1, 3".
// A closed run stands for the bookmarks and the selection of all its frames.
func (m Model) fillRun(row *Row, r view.Row) {
	row.Run, row.Open = true, r.Run.Open
	what, rest, _ := strings.Cut(Shown(r.Text), " · ")
	row.Type, row.Text, row.Says = what, rest, rest
	row.Number = Count(int64(r.Index+1)) + "–" + Count(int64(r.Run.Last+1))
	row.Lost = r.Run.LastRecvAt < 0
	if len(r.Run.Streams) > 1 {
		row.Stream, row.ID = strconv.Itoa(len(r.Run.Streams))+" streams", ""
		if r.Run.More {
			row.Stream = "many streams"
		}
	}
	row.Selected = !row.Open && row.Position == m.position && m.selected >= r.Index && m.selected <= r.Run.Last
	if row.Open {
		row.Marked = false
		return
	}
	for _, b := range m.book.list {
		row.Marked = row.Marked || b.Frame > r.Index && b.Frame <= r.Run.Last
	}
}

// shortFlags are the flags where there is little room.
var shortFlags = strings.NewReplacer("END_STREAM", "ES", "END_HEADERS", "EH", "PADDED", "PAD", "PRIORITY", "PRI")

func streamText(r view.Row) (stream, id string) {
	id = strconv.FormatUint(uint64(r.Stream), 10)
	stream = "stream " + id
	if r.Stream == 0 {
		stream = "connection"
	}
	if r.Promised != 0 {
		id += " → " + strconv.FormatUint(uint64(r.Promised), 10)
	}
	if r.Kind == "preface" || r.Kind == "garbage" {
		id = ""
	}
	return stream, id
}

// Slopes are at most maxSlope pixels: the longest transit of the record. A
// frame without one (a capture made at one point) is drawn nearly level.
const (
	minSlope = 2
	maxSlope = 14
)

func slope(r view.Row, longest int64) int {
	if r.RecvAt <= r.SentAt || longest <= 0 {
		return minSlope
	}
	return minSlope + int((r.RecvAt-r.SentAt)*(maxSlope-minSlope)/longest)
}

// rowLabel is what can be seen of a row, word for word (so that it can be asked
// for by voice), and what only the eye sees: the direction and the transit.
func rowLabel(row Row, v View) string {
	seen := []string{"Frame " + row.Number + ":", row.Time, row.Type, row.Says, row.Stream, row.Error}
	more := []string{row.DirText}
	if v == ViewFrames {
		seen = []string{"Frame " + row.Number, row.Time, row.DirShort, row.Type, row.ID, row.Length, row.FlagsShort, row.Error, row.Text}
	}
	switch {
	case row.Open:
		more = append(more, "an open run: its frames follow")
	case row.Run:
		more = append(more, "a closed run, Enter opens it")
	}
	if row.Marked {
		more = append(more, "bookmark")
	}
	if row.Lost {
		more = append(more, "never received")
	}
	if row.Transit != "" {
		more = append(more, "received after "+row.Transit)
	}
	return strings.Join(strings.Fields(strings.Join(seen, " ")), " ") + ", " + strings.Join(more, ", ")
}

// FilterView is the filter line.
type FilterView struct {
	Text    string
	Before  string // of the text, up to the wrong character
	Problem string // what is wrong, with the character; "" when nothing is
	Matches string // "3 of 14"
	Chips   []Chip
	Conns   []ConnChoice // only where there are several
	Runs    bool         // long runs are one row each ...
	HasRuns bool         // ... and the view is one where they can be
}

// Chip is a type with the number of its frames; pressing it filters.
type Chip struct {
	Type  string
	Text  string // shorter, with the number
	Color string
	On    bool
}

// stillListed says what the list shows while the filter can't be read: what the
// one before it found.
func (m Model) stillListed() string {
	switch {
	case m.summary.Frames == 0 || m.list.key.conn != m.list.conn:
		return ""
	case m.list.key.filter == "":
		return "still all " + Count(int64(m.summary.Frames))
	}
	return "still " + Shown(m.list.key.filter)
}

// ConnChoice is a connection that the list can be narrowed to.
type ConnChoice struct {
	ID   int
	Text string
	On   bool
}

// Filter is the filter line.
func (m Model) Filter() FilterView {
	v := FilterView{Text: m.list.typed, Runs: m.list.runs, HasRuns: m.view == ViewSequence && m.list.typed == ""}
	if m.list.err != "" {
		if !m.Suggest(IDFilter).Open { // a term that is being written is no mistake yet
			v.Before, v.Problem = pointed(m.list.typed, m.list.err, m.list.errAt)
			v.Matches = m.stillListed()
		}
	} else if n := m.matching(); n >= 0 {
		v.Matches = Count(int64(n)) + " of " + Count(int64(m.summary.Frames))
	}
	types, _ := filterTypes(m.list.typed)
	for _, t := range m.summary.Types {
		c := Chip{Type: t.Type, Color: t.Color, Text: chipName(t.Type) + " " + Count(int64(t.Count))}
		for _, on := range types {
			c.On = c.On || strings.EqualFold(on, t.Type)
		}
		v.Chips = append(v.Chips, c)
	}
	if len(m.summary.Conns) > 1 {
		v.Conns = append(v.Conns, ConnChoice{0, "all connections", m.list.conn == 0})
		for _, c := range m.summary.Conns {
			text := strconv.Itoa(int(c.ID)) + ": " + Shown(c.Client) + " → " + Shown(c.Server)
			v.Conns = append(v.Conns, ConnChoice{int(c.ID), text, m.list.conn == c.ID})
		}
	}
	return v
}

// matching is how many frames are in the list, -1 when it is all of them.
func (m Model) matching() int {
	switch k := m.list.key; {
	case k.filter == "" && k.conn == 0:
		return -1
	case k.collapse:
		c, _ := m.conn()
		return c.Frames
	}
	return m.list.total
}

// chipName is a type's name where there is little room.
func chipName(t string) string {
	switch t {
	case "PUSH_PROMISE":
		return "PUSH"
	case "WINDOW_UPDATE":
		return "WINDOW"
	case "RST_STREAM":
		return "RST"
	case "CONTINUATION":
		return "CONT"
	}
	return t
}

// Drawn says whether the list has a frame to draw.
func (m Model) Drawn() bool {
	for _, p := range m.list.pages {
		if len(p.rows) > 0 {
			return true
		}
	}
	return false
}

// ActiveRow is the identifier of the selected row's element, "" when it is out
// of sight.
func (m Model) ActiveRow() string {
	first, n := m.window()
	if m.position < first || m.position >= first+n {
		return ""
	}
	return "row-" + strconv.Itoa(m.position%n)
}
