package model

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// The parts of a bar, in CSS pixels from its top: ticks of the client's frames,
// the client's states, the server's states, ticks of the server's frames.
const (
	laneBar    = 50
	bandTop    = 11.5
	laneMiddle = 25.0
	bandBottom = 38.5
)

// leastSpan is how wide a state is drawn at least, in thousandths.
const leastSpan = 6

// LaneRow is one stream over time. What lies on the time axis is in thousandths
// of the width.
type LaneRow struct {
	Blank    bool // nothing here
	Loading  bool
	Index    int // its place among all streams
	Total    int
	Y        int // CSS pixels from the top
	Stream   string
	PushedBy string // "↳ pushed by 1"
	Request  string
	Notes    string // "200 · u=3 · END_STREAM by both ends"
	Pushed   bool
	Selected bool
	First    int // the frame that opened it
	Spans    []LaneSpan
	Ticks    []LaneTicks
	Stalls   []LaneBand
	Label    string // for assistive technology
}

// LaneSpan is a state at one end.
type LaneSpan struct {
	X, W   float64
	Server bool
	Class  string // "st-open", …
	Hatch  string // the pattern over it, "" for none
	Text   string // what fits: the state's name, its letters, nothing
}

// LaneTicks are frames of one colour, as one path on a field that is 10,000 wide
// and as high as the bar.
type LaneTicks struct {
	Path  string
	Color string
	Heavy bool // DATA
}

// LaneBand is a time in which somebody waited.
type LaneBand struct {
	X, W   float64
	Server bool   // the server waited
	Text   string // what fits
	Title  string
}

var stateSigns = map[string]struct{ class, hatch, sign string }{
	"open":                 {"st-open", "", "O"},
	"half-closed (local)":  {"st-half-l", "hatch-a", "HL"},
	"half-closed (remote)": {"st-half-r", "hatch-b", "HR"},
	"reserved (local)":     {"st-reserved", "dots", "RL"},
	"reserved (remote)":    {"st-reserved", "dots", "RR"},
}

// laneRows are the rows of an answer.
func (m Model) laneRows(v *view.Lanes, k laneKey) []*LaneRow {
	out := make([]*LaneRow, len(v.Lanes))
	for i := range v.Lanes {
		r := laneRow(&v.Lanes[i], v.From+i, k)
		r.Y, r.Total = (v.From+i)*m.laneHeight(), v.Total
		out[i] = &r
	}
	return out
}

func laneRow(l *view.Lane, index int, k laneKey) LaneRow {
	r := LaneRow{Index: index, Stream: strconv.Itoa(int(l.Stream)), Request: Shown(l.Request), First: l.First,
		Notes: joined(Shown(l.Status), Shown(l.Priority))}
	if k.multi {
		r.Stream = strconv.Itoa(int(l.Conn)) + "·" + r.Stream
	}
	if l.PushedBy != 0 {
		r.Pushed, r.PushedBy = true, "pushed by "+strconv.Itoa(int(l.PushedBy))
	}
	r.Notes = joined(r.Notes, shortClosed(l.Closed))
	r.Spans = append(laneSpans(l.Client, false, k), laneSpans(l.Server, true, k)...)
	r.Ticks = laneTicks(l.Ticks, k.axis)
	r.Stalls = laneBands(l, k)
	r.Label = laneLabel(l)
	return r
}

// shortClosed is how a stream ended where it did so otherwise than as usual.
func shortClosed(closed string) string {
	if closed == "END_STREAM by both ends" {
		return ""
	}
	return Shown(strings.ReplaceAll(closed, "RST_STREAM", "reset"))
}

func laneSpans(states []view.StateSpan, server bool, k laneKey) []LaneSpan {
	var out []LaneSpan
	for _, s := range states {
		sign, ok := stateSigns[s.State]
		if !ok { // idle and closed take no room
			continue
		}
		to := 1000.0
		if s.To >= 0 {
			to = k.axis.inside(s.To)
		}
		x := k.axis.inside(s.From)
		if s.From > k.axis.until || s.To >= 0 && s.To < k.axis.since {
			continue
		}
		to = max(to, x+leastSpan) // a state that took no time is seen as well
		px := (to - x) / 1000 * k.width
		out = append(out, LaneSpan{X: x, W: to - x, Server: server, Class: sign.class, Hatch: sign.hatch, Text: fitting(px, s.State, sign.sign)})
	}
	return out
}

// laneTicks are the frames by colour: the client's above the bar, the server's below.
func laneTicks(ticks []view.Tick, a axis) []LaneTicks {
	type kind struct {
		color string
		heavy bool
	}
	var order []kind
	paths := map[kind][]byte{}
	for _, t := range ticks {
		x := a.x(t.At + t.Len/2)
		if x < 0 || x > 1000 {
			continue
		}
		k := kind{t.Color, t.Color == "data"}
		top, bottom := 2, 11
		if t.Dir == "s2c" {
			top, bottom = 39, 48
		}
		if t.Error {
			k.color = "rst"
			top, bottom = max(top-25, 2), min(bottom+14, 48)
		}
		p, known := paths[k]
		if !known {
			order = append(order, k)
		}
		p = strconv.AppendInt(append(p, 'M'), int64(x*10), 10)
		p = strconv.AppendInt(append(p, ' '), int64(top), 10)
		paths[k] = strconv.AppendInt(append(p, 'V'), int64(bottom), 10)
	}
	out := make([]LaneTicks, 0, len(order))
	for _, k := range order {
		out = append(out, LaneTicks{string(paths[k]), k.color, k.heavy})
	}
	return out
}

func laneBands(l *view.Lane, k laneKey) []LaneBand {
	var out []LaneBand
	for _, s := range l.Stalls {
		to := 1000.0
		if s.To >= 0 {
			to = k.axis.inside(s.To)
		}
		x := k.axis.inside(s.From)
		if to <= x {
			continue
		}
		name := windowName(s.Window)
		b := LaneBand{X: x, W: to - x, Server: s.Dir == "s2c", Title: name + ", since frame " + number(s.Frame+1)}
		b.Text = fitting((to-x)/1000*k.width, "waits: "+name, "waits")
		out = append(out, b)
	}
	return out
}

// windowName is a window as stalls name it.
func windowName(w string) string {
	switch w {
	case "stream":
		return "stream window"
	case "connection":
		return "connection window"
	}
	return "both windows"
}

// laneLabel is a row in words.
func laneLabel(l *view.Lane) string {
	s := "stream " + strconv.Itoa(int(l.Stream))
	if l.PushedBy != 0 {
		s += ", pushed by " + strconv.Itoa(int(l.PushedBy))
	}
	for _, t := range []string{Shown(l.Request), Shown(l.Status)} {
		if t != "" {
			s += ", " + t
		}
	}
	s += ", " + Millis(l.From) + " to " + Millis(l.To)
	if n := len(l.Stalls); n > 0 {
		s += ", waited " + Plural(n, "time")
	}
	if l.Closed != "" {
		return s + ", closed: " + Shown(l.Closed)
	}
	return s + ", not closed"
}

// StreamsTable is the same as a table.
type StreamsTable struct {
	On       bool
	Lines    []StreamLine
	Page     int
	Previous bool
	Next     bool
	Text     string // "1–50 of 12,345"
}

// StreamLine is a stream as a line of the table.
type StreamLine struct {
	Stream, PushedBy, Request, Status, Priority string
	Opened                                      string
	First                                       int
	Client, Server                              string // states with their times
	Sent, Answered                              string // frames and octets of each direction
	Waits                                       string
	Closed                                      string
	Selected                                    bool
}

func (m Model) streamsTable(v *view.Lanes) StreamsTable {
	t := StreamsTable{On: true, Page: v.From / lanesInPage, Previous: v.From > 0, Next: v.From+len(v.Lanes) < v.Total,
		Text: number(min(v.From+1, v.Total)) + "–" + number(v.From+len(v.Lanes)) + " of " + number(v.Total)}
	for i := range v.Lanes {
		l := &v.Lanes[i]
		r := laneRow(l, v.From+i, laneKey{axis: m.axis(), multi: len(m.summary.Conns) > 1 && m.list.conn == 0})
		line := StreamLine{Stream: r.Stream, PushedBy: "–", Request: r.Request, Status: Shown(l.Status), Priority: Shown(l.Priority),
			Opened: Millis(l.From), First: l.First, Client: statesText(l.Client), Server: statesText(l.Server),
			Waits: waitsText(l.Stalls), Closed: Shown(l.Closed), Selected: v.From+i == m.over.lanes.at}
		if l.PushedBy != 0 {
			line.PushedBy = "stream " + strconv.Itoa(int(l.PushedBy))
		}
		line.Sent, line.Answered = tickText(l.Ticks, "c2s"), tickText(l.Ticks, "s2c")
		t.Lines = append(t.Lines, line)
	}
	return t
}

func statesText(states []view.StateSpan) string {
	var parts []string
	for _, s := range states {
		parts = append(parts, s.State+" "+Millis(s.From))
	}
	return strings.Join(parts, " → ")
}

func tickText(ticks []view.Tick, dir string) string {
	frames, octets := 0, 0
	for _, t := range ticks {
		if t.Dir == dir {
			frames, octets = frames+t.Count, octets+t.Octets
		}
	}
	return Plural(frames, "frame") + ", " + number(octets) + " B"
}

func waitsText(stalls []view.LaneStall) string {
	var parts []string
	for _, s := range stalls {
		to := "on"
		if s.To >= 0 {
			to = Millis(s.To)
		}
		parts = append(parts, windowName(s.Window)+" "+Millis(s.From)+" – "+to)
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, "; ")
}
