package model

import "slices"

// seek is a search that somebody asked for: for the next frame of a kind.
type seek struct {
	id   int // the query that is awaited, 0: none
	what string
	from int
	back bool
}

// startSeek looks for the next (or the last) error, stall, or frame of the
// selected frame's stream. A new search takes the place of an older one.
func (m Model) startSeek(what string, back bool) (Model, []Effect) {
	if !m.known || m.summary.Frames == 0 || what == "stream" && m.selected < 0 {
		return m, nil
	}
	m.pause()
	from := m.selected
	if from < 0 && back {
		from = m.summary.Frames
	}
	m.serial++
	m.seek = seek{m.serial, what, from, back}
	return m, []Effect{m.seekQuery(from)}
}

func (m Model) seekQuery(from int) QueryFind {
	return QueryFind{ID: m.seek.id, From: from, Back: m.seek.back, What: m.seek.what, Conn: m.list.conn}
}

// found takes the answer to a search, unless nobody waits for it any more.
func (m Model) found(a FoundArrived) (Model, []Effect) {
	switch {
	case a.ID == 0:
	case a.ID == m.palette.id:
		return m.streamFound(a)
	case a.ID == m.seek.id:
		return m.sought(a)
	case a.ID == m.breaks.id:
		return m.breakChecked(a)
	case slices.ContainsFunc(m.hunt.waits, func(w huntWait) bool { return w.id == a.ID }):
		return m.hunted(a)
	}
	return m, nil
}

func (m Model) sought(a FoundArrived) (Model, []Effect) {
	if a.Err == "" && a.Found.Frame < 0 && a.Found.Next >= 0 { // a long record is searched in parts
		m.serial++
		m.seek.id = m.serial
		return m, []Effect{m.seekQuery(a.Found.Next)}
	}
	s := m.seek
	m.seek = seek{}
	switch {
	case a.Err != "":
		m.notice = notice{text: "The search failed: " + Shown(a.Err)}
		return m, nil
	case a.Found.Frame < 0:
		m.notice = notice{text: s.none()}
		return m, nil
	}
	m.chosen()
	return m.selectFrame(a.Found.Frame)
}

// none says that there is no such frame.
func (s seek) none() string {
	what := map[string]string{"error": "No error", "stall": "No sender begins or ends to wait for a window", "stream": "No frame of this stream"}[s.what]
	if s.from < 0 {
		return what + " in this record."
	}
	if s.back {
		return what + " before frame " + number(s.from+1) + "."
	}
	return what + " after frame " + number(s.from+1) + "."
}

// hunt is the search for the frame at which playing stops.
type hunt struct {
	waits []huntWait
	upTo  int    // frames of the record that have been searched
	stop  int    // the nearest frame that was found, -1: none
	why   string // the breakpoint that it fits
}

// huntWait is a breakpoint whose answer is awaited.
type huntWait struct {
	id   int
	text string
}

// startHunt looks behind a frame for what the breakpoints say. One question a
// breakpoint: a filter has no "or" between terms.
func (m Model) startHunt(from int) (Model, []Effect) {
	m.hunt = hunt{stop: -1, upTo: m.summary.Frames}
	var effects []Effect
	for _, b := range m.breaks.list {
		if !b.On {
			continue
		}
		m.serial++
		m.hunt.waits = append(m.hunt.waits, huntWait{m.serial, b.Text})
		effects = append(effects, QueryFind{ID: m.serial, From: from, Filter: b.Text, Conn: m.list.conn})
	}
	return m, effects
}

func (m Model) hunted(a FoundArrived) (Model, []Effect) {
	at := slices.IndexFunc(m.hunt.waits, func(w huntWait) bool { return w.id == a.ID })
	w := m.hunt.waits[at]
	m.hunt.waits = slices.Delete(slices.Clone(m.hunt.waits), at, at+1)
	f := a.Found
	switch {
	case a.Err != "":
		m.pause()
		m.notice = notice{text: "The breakpoint " + Shown(w.text) + " can't be looked for: " + Shown(a.Err)}
	case f.Frame >= 0 && (m.hunt.stop < 0 || f.Frame < m.hunt.stop):
		m.hunt.stop, m.hunt.why = f.Frame, w.text
	case f.Frame < 0 && f.Next >= 0:
		m.serial++
		m.hunt.waits = append(m.hunt.waits, huntWait{m.serial, w.text})
		return m, []Effect{QueryFind{ID: m.serial, From: f.Next, Filter: w.text, Conn: m.list.conn}}
	}
	return m, nil
}

// dropSearches forgets what is awaited: it will not come.
func (m *Model) dropSearches() {
	m.seek, m.breaks.id, m.hunt.waits = seek{}, 0, nil
	m.palette.id, m.suggest = 0, m.suggest.closed()
	m.suggest.help = 0
	m.pause()
}

// speeds are the rates of playing, slowest first: the time a frame is shown.
var speeds = []struct {
	name   string
	millis int
}{{"½×", 1200}, {"1×", 600}, {"2×", 300}, {"4×", 150}, {"10×", 60}}

// usualSpeed is the index of "1×".
const usualSpeed = 1

// patience is how long playing waits for an answer before it looks again, in
// milliseconds.
const patience = 40

// play starts or pauses. At the last frame it starts from the first.
func (m Model) play() (Model, []Effect) {
	if m.playing {
		m.pause()
		return m, nil
	}
	m.playing = true
	m.tick++
	var effects []Effect
	if m.position >= m.list.total-1 {
		m, effects = m.goTo(0)
	}
	m.chosen()
	m, more := m.startHunt(m.selected)
	effects = append(effects, more...)
	return m, append(effects, After{Millis: speeds[m.speed].millis, Tick: m.tick})
}

// ticked goes a frame further, unless a breakpoint's answer or the next row is
// still on its way: playing never passes a frame that it should stop at.
func (m Model) ticked(t Ticked) (Model, []Effect) {
	if t.Tick < 0 {
		return m.dragRests(-t.Tick)
	}
	if !m.playing || t.Tick != m.tick {
		return m, nil
	}
	m.tick++
	if m.hunt.stop < 0 && len(m.hunt.waits) == 0 && m.hunt.upTo < m.summary.Frames && m.breaks.on() {
		m, effects := m.startHunt(m.hunt.upTo - 1) // the record has grown
		return m, append(effects, After{patience, m.tick})
	}
	next, known := m.nextRow()
	switch stop := m.hunt.stop; {
	case len(m.hunt.waits) > 0:
		return m, []Effect{After{patience, m.tick}}
	case !known:
		m, effects := m.fetchPages(m.position+1, m.position+2)
		return m, append(effects, After{patience, m.tick})
	case stop >= 0 && (next < 0 || next >= stop):
		m.notice = notice{text: "Stopped at frame " + number(stop+1) + ": " + Shown(m.hunt.why)}
		m.pause()
		m.chosen()
		return m.selectFrame(stop)
	case next < 0:
		m.pause()
		return m, nil
	}
	m, effects := m.step(1)
	return m, append(effects, After{Millis: speeds[m.speed].millis, Tick: m.tick})
}

// nextRow is the frame of the row behind the selected one (of a run the last),
// -1 at the end. It is false while that row is not known.
func (m Model) nextRow() (frame int, known bool) {
	at := m.position + 1
	if m.position < 0 {
		at = m.near
	}
	if at >= m.list.total {
		return -1, !m.locating
	}
	if m.plain() {
		return at, true
	}
	r, ok := m.list.row(at)
	if r.Run != nil && !r.Run.Open {
		return r.Run.Last, ok
	}
	return r.Index, ok
}

// pause stops playing, when somebody takes over.
func (m *Model) pause() {
	m.playing = false
	m.tick++
	m.hunt = hunt{stop: -1}
}
