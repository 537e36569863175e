package model

import (
	"strconv"

	"framewise/core/inspect/view"
)

// StreamView is a stream as its two ends see it.
type StreamView struct {
	Title string // "Stream 2"
	Text  string // "GET /app.css · 200"
	Ref   Link
	Paths []PathView
}

// PathView is the states that a stream went through at one end.
type PathView struct {
	End   string // "client"
	Steps []StepView
}

// StepView is a state, and what led to it.
type StepView struct {
	By    string // "PP", "H", "ES": the frame or flag that led here; "" for the first
	Full  string // the same in full
	State string
	Frame int
	On    bool // the state at this instant
	New   bool // this frame led here
}

// streams are the frame's stream and the one that it promises.
func streams(d *view.Detail) []StreamView {
	var out []StreamView
	for _, s := range []*view.Stream{d.Stream, d.Promised} {
		if s == nil {
			continue
		}
		out = append(out, StreamView{
			Title: "Stream " + strconv.Itoa(int(s.ID)), Text: joined(Shown(s.Request), Shown(s.Status)),
			Ref: RFCLink("RFC 9113 5.1"),
			Paths: []PathView{
				{"client", steps(s.ClientPath, s.Client, d.Row.Index)},
				{"server", steps(s.ServerPath, s.Server, d.Row.Index)},
			},
		})
	}
	return out
}

func steps(path []view.Step, now string, frame int) []StepView {
	var out []StepView
	for i, s := range path {
		out = append(out, StepView{By: shortCause(s.By), Full: s.By, State: s.State, Frame: s.Frame,
			On: i == len(path)-1, New: s.By != "" && s.Frame == frame})
	}
	if len(out) == 0 {
		out = append(out, StepView{State: now, Frame: -1, On: true})
	}
	return out
}

// shortCause is the letter that the RFC's own diagram of the states uses.
func shortCause(by string) string {
	switch by {
	case "HEADERS":
		return "H"
	case "PUSH_PROMISE":
		return "PP"
	case "END_STREAM":
		return "ES"
	case "RST_STREAM":
		return "R"
	}
	return by
}

// WindowRow is a flow-control window with both ends' numbers.
type WindowRow struct {
	Name     string // "connection", "stream 1"
	Dir      string // "server → client"
	Sender   string // octets that the sender may still send
	Receiver string // octets that the receiver is ready to take
	SenderPc int    // of the bar, 0 to 100
	RecvPc   int
	Differ   bool // credit or data is on the way
	Empty    bool // nothing may be sent
	Change   string
}

// windows are the windows at the instant: those of the connection and, where
// there is one, of the stream. streamOnly leaves the connection's out.
func windows(d *view.Detail, streamOnly bool) []WindowRow {
	var rows []WindowRow
	for _, w := range d.Windows {
		if streamOnly && w.Stream == 0 || len(rows) == maxRows {
			continue
		}
		name := "connection"
		if w.Stream != 0 {
			name = "stream " + strconv.Itoa(int(w.Stream))
		}
		full := max(w.Size, w.Sender, w.Recv, 1)
		r := WindowRow{Name: name, Dir: DirArrow(w.Dir), Sender: Count(w.Sender), Receiver: Count(w.Recv),
			SenderPc: percent(w.Sender, full), RecvPc: percent(w.Recv, full),
			Differ: w.Sender != w.Recv, Empty: w.Sender <= 0}
		if w.Changed > 0 {
			r.Change = "+" + Count(w.Changed)
		} else if w.Changed < 0 {
			r.Change = Count(w.Changed)
		}
		rows = append(rows, r)
	}
	return rows
}

func percent(part, whole int64) int {
	return int(max(0, min(100, part*100/whole)))
}

// SettingsView are the settings in force, a row a setting, a column an end.
type SettingsView struct {
	Ends []string
	Rows []SettingRow
}

// SettingRow is a setting at each end.
type SettingRow struct {
	Name  string
	Ref   Link
	Cells []SettingCell
}

// SettingCell is a setting at one end.
type SettingCell struct {
	Text    string
	Default bool
	Next    string // a value that waits for its acknowledgement
}

func settings(all []view.SettingsInForce) *SettingsView {
	if len(all) == 0 {
		return nil
	}
	v := &SettingsView{}
	at := map[string]int{}
	for col, s := range all {
		v.Ends = append(v.Ends, s.End)
		for _, val := range s.Values {
			i, ok := at[val.Name]
			if !ok {
				i = len(v.Rows)
				at[val.Name] = i
				v.Rows = append(v.Rows, SettingRow{Name: val.Name, Ref: RFCLink(val.Ref), Cells: make([]SettingCell, len(all))})
			}
			c := SettingCell{Text: settingText(val.Value), Default: val.Default}
			if val.Pending {
				c.Next = settingText(val.Next)
			}
			v.Rows[i].Cells[col] = c
		}
	}
	return v
}

func settingText(n uint32) string {
	if n == 1<<32-1 {
		return "no limit"
	}
	return Count(int64(n))
}

// facts are what is known of the connection of the selected frame.
func (m Model) facts() [][2]string {
	c, ok := m.conn()
	if !ok {
		return nil
	}
	facts := [][2]string{{"client", Shown(c.Client)}, {"server", Shown(c.Server)}}
	if c.TLS != "" {
		facts = append(facts, [2]string{"TLS", Shown(c.TLS)})
		for _, f := range c.Secured {
			facts = append(facts, [2]string{f.What, Shown(f.Text)})
		}
	}
	if c.Via != "" {
		facts = append(facts, [2]string{"by", Shown(c.Via)})
	}
	facts = append(facts,
		[2]string{"times from", vantageText(c.Vantage)},
		[2]string{"frames", Count(int64(c.Frames))},
		[2]string{"opened", Millis(c.At)})
	closed := "still open"
	if c.Closed != "" {
		closed = Shown(c.Closed)
	}
	return append(facts, [2]string{"closed", closed})
}

func vantageText(v string) string {
	switch v {
	case "both":
		return "both ends"
	case "middle":
		return "between the two"
	case "":
		return "not known"
	}
	return "the " + v
}
