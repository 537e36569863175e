package model

import "framewise/core/inspect/view"

// chart is the map behind the scrubber. A record of up to chartRows frames is
// drawn frame by frame, each as wide as its neighbours, because in virtual
// time many frames share an instant; a longer one is drawn by time.
type chart struct {
	rowsID    int // the query that is awaited, 0: none
	densityID int
	version   int // of the record, when the map was asked for
	asked     int
	frames    int
	marks     []Mark
	turn      int // rises with every change of marks
	byTime    bool
	end       int64
}

const (
	chartRows    = 400
	chartBuckets = 300
)

// Mark is a frame, or the frames of a span of time, on the map. X and W are in
// thousandths of its width.
type Mark struct {
	X, W  float64
	Dir   string
	Color string
	Tall  int // 0 to 3: how many octets or frames it stands for
	Error bool
	First int
	Count int
}

// fetchChart asks for the map anew when the record has changed. Like the rows,
// it is asked for once at a time.
func (m Model) fetchChart() (Model, []Effect) {
	if m.chart.rowsID != 0 || m.chart.densityID != 0 || !m.known || m.chart.version == m.summary.Version && m.chart.marks != nil {
		return m, nil
	}
	m.serial++
	m.chart.asked = m.summary.Version
	if m.summary.Frames <= chartRows {
		m.chart.rowsID = m.serial
		return m, []Effect{QueryRows{ID: m.serial, N: chartRows}}
	}
	m.chart.densityID = m.serial
	return m, []Effect{QueryDensity{ID: m.serial, Buckets: chartBuckets}}
}

func (m Model) chartRows(a RowsArrived) (Model, []Effect) {
	m.chart.rowsID = 0
	if a.Err != "" {
		return m, nil
	}
	n := len(a.Rows.Rows)
	marks := make([]Mark, 0, n)
	pitch := 1000 / float64(max(n, 12))
	for i, r := range a.Rows.Rows {
		w := min(max(pitch*0.34, 2), 18)
		tall := 1
		if r.Type == "DATA" {
			w = min(max(pitch*0.62, 2), 40)
			tall = 2
		}
		color := r.Color
		if color == "" {
			color = "other"
		}
		marks = append(marks, Mark{X: pitch*(float64(i)+0.5) - w/2, W: w, Dir: r.Dir, Color: color,
			Tall: tall, Error: r.Error != "", First: r.Index, Count: 1})
	}
	m.chart.marks, m.chart.byTime = marks, false
	m.chart.turn++
	m.chart.version, m.chart.frames, m.chart.end = m.chart.asked, n, m.summary.End
	return m.fetchChart()
}

func (m Model) densityArrived(a DensityArrived) (Model, []Effect) {
	if a.ID != m.chart.densityID {
		return m, nil
	}
	m.chart.densityID = 0
	if a.Err != "" {
		return m, nil
	}
	m.chart.marks = densityMarks(a.Density)
	m.chart.turn++
	m.chart.byTime, m.chart.end = true, a.Density.End
	m.chart.version, m.chart.frames = m.chart.asked, m.summary.Frames
	return m.fetchChart()
}

func densityMarks(d view.Density) []Mark {
	end := float64(max(d.End, 1))
	var marks []Mark
	for _, b := range d.Buckets {
		if b.Count == 0 {
			continue
		}
		tall := 0
		switch {
		case b.Octets > 64<<10:
			tall = 3
		case b.Octets > 4<<10 || b.Count > 32:
			tall = 2
		case b.Count > 4:
			tall = 1
		}
		marks = append(marks, Mark{X: float64(b.At) / end * 1000, W: max(float64(b.Len)/end*1000, 1.5), Dir: b.Dir,
			Color: b.Color, Tall: tall, Error: b.Error, First: b.First, Count: b.Count})
	}
	return marks
}

// scrubbed goes to the frame at a place of the map.
func (m Model) scrubbed(s Scrubbed) (Model, []Effect) {
	frame := m.frameAt(s.At)
	if frame < 0 {
		return m, nil
	}
	m.pause()
	m.chosen()
	if frame == m.selected {
		return m, nil
	}
	m.drags.n++
	m, effects := m.selectFrame(frame)
	m.drags.on = true
	return m, append(effects, After{Millis: dragRest, Tick: -m.drags.n})
}

// drags is how somebody drags through time: list and cursor follow at once, the
// details when the hand rests. A single press is none.
type drags struct {
	n    int  // frames that were passed
	on   bool // it goes on
	owed bool // details were not asked for
}

// dragRest is how long the hand rests before the details follow, in milliseconds.
const dragRest = 80

// scrubHeld ends the drag, if there is one: who presses again jumps, whose details
// do not wait, and who lets go has arrived.
func (m Model) scrubHeld(down bool) (Model, []Effect) {
	owed := m.drags.owed && !down && m.detailShown != m.selected
	m.drags = drags{n: m.drags.n + 1}
	if !owed {
		return m, nil
	}
	return m.fetchDetail(false)
}

// dragRests asks for what was not asked for while frame number n was passed.
func (m Model) dragRests(n int) (Model, []Effect) {
	if n != m.drags.n {
		return m, nil
	}
	owed := m.drags.owed
	m.drags.on, m.drags.owed = false, false
	if !owed || m.detailShown == m.selected {
		return m, nil
	}
	return m.fetchDetail(false)
}

func (m Model) frameAt(at float64) int {
	n := m.chart.frames
	if n == 0 {
		return -1
	}
	at = max(0, min(at, 1))
	if !m.chart.byTime {
		return max(0, min(int(at*float64(max(n, 12))), n-1))
	}
	best := -1
	for i, k := range m.chart.marks {
		if k.X <= at*1000 && (best < 0 || k.X >= m.chart.marks[best].X) {
			best = i
		}
	}
	if best < 0 {
		return 0
	}
	k := m.chart.marks[best]
	into := min(1, (at*1000-k.X)/k.W)
	return min(k.First+int(into*float64(k.Count-1)), m.summary.Frames-1)
}

// ScrubView is the footer.
type ScrubView struct {
	Marks     []Mark
	Cursor    float64 // thousandths of the map's width; -1: none
	Frame     int     // from 1, 0: none
	Frames    int
	Number    string // "6"
	Total     string // "14"
	Time      string // "11.02 ms"
	End       string // "23.40 ms"
	Playing   bool
	Speed     string
	Empty     bool // no frame: there is nothing to step through, play or mark
	AtStart   bool
	AtEnd     bool
	Text      string // for assistive technology
	Flags     []Flag
	Marked    bool   // the selected frame has a bookmark
	Stops     int    // breakpoints that count
	Panel     bool   // bookmarks and breakpoints are open
	PanelText string // how many there are, "": none
	PanelName string // for assistive technology
	Fork      bool   // the session is forked at the selected frame
	CanFork   bool
}

// Flag is a bookmark on the map; X is in thousandths of its width.
type Flag struct {
	X  float64
	On bool // the selected frame
}

// Scrub is the footer.
func (m Model) Scrub() ScrubView {
	v := ScrubView{Marks: m.chart.marks, Cursor: -1, Frames: m.summary.Frames, Playing: m.playing,
		Speed: speeds[m.speed].name, Number: "–", Total: Count(int64(m.summary.Frames)), Time: Millis(0), End: Millis(m.summary.End)}
	m.scrubMarks(&v)
	v.Empty = m.summary.Frames == 0
	if m.selected < 0 {
		v.AtStart, v.AtEnd = v.Empty, v.Empty
		v.Text = "no frame selected"
		return v
	}
	v.Frame, v.Number = m.selected+1, Count(int64(m.selected+1))
	if t, ok := m.instant(); ok {
		v.Time = Millis(t)
	}
	v.Cursor = m.cursor()
	v.AtStart = v.Empty || m.position == 0
	v.AtEnd = v.Empty || m.position >= 0 && m.position == m.list.total-1
	v.Text = "frame " + v.Number + " of " + v.Total + ", " + v.Time
	return v
}

// instant is when the selected frame was sent.
func (m Model) instant() (int64, bool) {
	if m.detailShown == m.selected {
		return m.detail.Row.SentAt, true
	}
	if r, ok := m.list.row(m.position); ok && r.Index == m.selected {
		return r.SentAt, true
	}
	return 0, false
}

func (m Model) cursor() float64 {
	if !m.chart.byTime {
		if m.chart.frames == 0 {
			return -1
		}
		return 1000 * (float64(m.selected) + 0.5) / float64(max(m.chart.frames, 12))
	}
	t, ok := m.instant()
	if !ok {
		return -1
	}
	return 1000 * float64(t) / float64(max(m.chart.end, 1))
}

// scrubMarks adds the bookmarks and breakpoints.
func (m Model) scrubMarks(v *ScrubView) {
	v.Panel = m.panel
	for _, b := range m.book.list {
		if x := m.placeOf(b.Frame); x >= 0 {
			v.Flags = append(v.Flags, Flag{x, b.Frame == m.selected})
		}
		v.Marked = v.Marked || b.Frame == m.selected
	}
	for _, b := range m.breaks.list {
		if b.On {
			v.Stops++
		}
	}
	if n := len(m.book.list) + v.Stops; n > 0 {
		v.PanelText = number(n)
	}
	v.CanFork = m.noPlan() == "" && m.selected >= 0
	v.Fork = m.plans.fork.on && m.plans.fork.frame == m.selected
	v.PanelName = "Bookmarks and breakpoints: " + Plural(len(m.book.list), "bookmark") + ", " + Plural(v.Stops, "breakpoint")
}

// placeOf is where a frame is on the map, in thousandths of its width; -1: not
// known. Of a long record only spans of time are known.
func (m Model) placeOf(frame int) float64 {
	if frame >= m.chart.frames {
		return -1
	}
	if !m.chart.byTime {
		return 1000 * (float64(frame) + 0.5) / float64(max(m.chart.frames, 12))
	}
	best := -1
	for i, k := range m.chart.marks {
		if k.First <= frame && (best < 0 || k.First > m.chart.marks[best].First) {
			best = i
		}
	}
	if best < 0 {
		return -1
	}
	k := m.chart.marks[best]
	return k.X + k.W*min(1, float64(frame-k.First)/float64(max(k.Count, 1)))
}
