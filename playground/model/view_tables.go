package model

import "strconv"

// sheets is what the views HPACK, Priority and Connection keep of their own.
// It is comparable, so that it can be part of their keys.
type sheets struct {
	sizesTable bool   // sizes over time as a table
	turnsTable bool   // who was served when as a table
	order      string // the column that fields are sorted by, "": by what they saved
	ascending  bool
	entries    bool // all entries of the dynamic tables
	fields     bool // all names of fields
	page       int  // of the priority tree
	game       game
}

// The actions of these views.
const (
	ActTwin    Action = "twin"    // Arg: "sizes" or "turns"; N: 1 for the table, 0 for the chart
	ActOrder   Action = "order"   // Arg: column; the same again turns the order around
	ActMore    Action = "more"    // Arg: "entries" or "fields"; all of them, or the first ones again
	ActTree    Action = "tree"    // N: pages of the priority tree forward or back
	ActCopy    Action = "copy"    // Arg: "fingerprint"
	ActPredict Action = "predict" // Arg: PredictStart and so on; N: option

	ActToStream Action = "to-stream" // N: stream, whose first frame is selected
)

// tableClick does what the actions of these views say.
func (m Model) tableClick(c Click) (Model, []Effect) {
	s := &m.sheets
	switch c.What {
	case ActTwin:
		if c.Arg == "sizes" {
			s.sizesTable = c.N == 1
		} else {
			s.turnsTable = c.N == 1
		}
	case ActOrder:
		s.ascending = s.order == c.Arg && !s.ascending
		s.order = c.Arg
	case ActMore:
		if c.Arg == "entries" {
			s.entries = !s.entries
		} else {
			s.fields = !s.fields
		}
	case ActTree:
		s.page = max(0, s.page+c.N)
	case ActToStream:
		return m.toStream(c.N)
	case ActCopy:
		if v := m.Connection(); v.Fingerprint != nil {
			return m, []Effect{Copy{v.Fingerprint.Text, "the fingerprint"}}
		}
	case ActPredict:
		return m.predictClick(c)
	}
	return m, nil
}

// plural is "1 entry", "2 entries".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(int64(n)) + " " + many
}

// connNote says which connection a view is about, where there are several.
func (m Model) connNote() string {
	if len(m.summary.Conns) < 2 {
		return ""
	}
	return "connection " + strconv.Itoa(int(m.viewConn()))
}

// instantNote says which instant an answer is about, which may be the one before
// the selected frame's until the next answer comes.
func instantNote(frame int) string {
	if frame < 0 {
		return "at the end"
	}
	return "just after frame " + number(frame+1)
}

// chartTabs are the two forms of a chart.
func chartTabs(table bool) []Tab {
	return []Tab{{ID: "chart", Text: "Chart", On: !table}, {ID: "table", Text: "Table", On: table}}
}

// toStream goes to the first frame of a stream of the connection that is shown.
func (m Model) toStream(id int) (Model, []Effect) {
	m.chosen()
	m.serial++
	m.palette.id = m.serial
	return m, []Effect{QueryFind{ID: m.serial, From: -1, Filter: "stream:" + strconv.Itoa(id), Conn: m.viewConn()}}
}
