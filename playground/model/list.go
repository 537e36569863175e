package model

import (
	"slices"

	"framewise/core/inspect/view"
)

// Rows come from the analyser in pages; only those near what can be seen are
// kept, so a record of any length costs the same.
const (
	pageRows = 64
	maxPages = 12
	overscan = 8 // rows drawn above and below what can be seen
)

// list is the rows of the middle column: which part is seen, what of it is
// known, what has been asked for.
type list struct {
	typed   string // what the filter line says
	conn    uint32 // 0: all
	key     listKey
	err     string // what is wrong with the filter
	errAt   int    // its character, from 0; -1: not known
	total   int
	pages   []page
	waits   []wait
	top     int // CSS pixels
	height  int
	goal    int // position to be selected once it is known, -1: none
	transit int64
	runs    bool   // the Sequence shows long runs as one row each
	open    string // frames of runs that are open, in a row as Question.Open has them
	sort    string // the column that the Frames view is sorted by, "": time
	desc    bool   // ... from the last to the first
}

// listKey is the question that rows are an answer to.
type listKey struct {
	record   int
	filter   string
	conn     uint32
	sort     string
	desc     bool
	collapse bool
	open     string
}

type page struct {
	from    int
	version int // of the record, as the answer says
	asked   int // of the record, as it was known when the page was asked for
	rows    []view.Row
}

type wait struct {
	id, from int
	version  int
	key      listKey
}

// filtering says whether the first rows of a new question are awaited.
func (l list) filtering() bool {
	return slices.ContainsFunc(l.waits, func(w wait) bool { return w.key != l.key })
}

// asked is the question that the page asks now. Runs are one row each in the
// Sequence only (and not for who filters and wants to see the frames), and only
// the Frames view is sorted: in every other view a step is a frame, in order of
// time.
func (m Model) asked() listKey {
	k := listKey{record: m.record, filter: m.list.typed, conn: m.list.conn}
	switch m.view {
	case ViewSequence:
		k.collapse = m.list.runs && k.filter == ""
		if k.collapse {
			k.open = m.list.open
		}
	case ViewFrames:
		k.sort, k.desc = m.list.sort, m.list.desc
	}
	return k
}

// plain says whether a frame's position is its number: the list holds every
// frame in order of time, and none of them in a run.
func (m Model) plain() bool {
	k := m.list.key
	if k.collapse && k.open == "" && m.list.total == m.summary.Frames {
		k.collapse = false // there is no run
	}
	return k == listKey{record: m.record}
}

func (l list) row(position int) (view.Row, bool) {
	for _, p := range l.pages {
		if i := position - p.from; i >= 0 && i < len(p.rows) {
			return p.rows[i], true
		}
	}
	return view.Row{}, false
}

// Sees is the part of the list that the page was last told can be seen.
func (m Model) Sees() Scrolled { return Scrolled{m.list.top, m.list.height} }

func (m Model) rowHeight() int {
	switch {
	case m.phone():
		return 40
	case m.view == ViewFrames:
		return 26
	}
	return 38
}

// window is the positions that are drawn: [first, first+n).
func (m Model) window() (first, n int) {
	h := m.rowHeight()
	first = max(0, m.list.top/h-overscan)
	n = m.list.height/h + 2 + 2*overscan
	return first, n
}

// fetch asks for what the window lacks. A page is asked for once at a time: a
// record that grows faster than answers come must not starve them. Who drags
// through a long record passes windows that nobody sees: the next is asked for
// when the last one's pages have come.
func (m Model) fetch() (Model, []Effect) {
	if len(m.list.waits) > 1 {
		return m, nil
	}
	first, n := m.window()
	return m.fetchPages(first, first+n)
}

func (m Model) fetchPages(from, to int) (Model, []Effect) {
	if !m.known {
		return m, nil
	}
	key := m.asked()
	total := m.list.total
	if key != m.list.key || total == 0 {
		to = from + 1 // how many there are is not known yet
	}
	if total > 0 && key == m.list.key {
		to = min(to, total)
	}
	var effects []Effect
	for start := max(0, from) / pageRows * pageRows; start < to; start += pageRows {
		var e []Effect
		m, e = m.fetchPage(start, key)
		effects = append(effects, e...)
	}
	return m, effects
}

func (m Model) fetchPage(start int, key listKey) (Model, []Effect) {
	if key == m.list.key {
		for _, p := range m.list.pages {
			if p.from == start && max(p.version, p.asked) >= m.summary.Version {
				return m, nil
			}
		}
	}
	for _, w := range m.list.waits {
		if w.from == start && w.key == key {
			return m, nil
		}
	}
	m.serial++
	m.list.waits = append(slices.Clone(m.list.waits), wait{m.serial, start, m.summary.Version, key})
	return m, []Effect{QueryRows{ID: m.serial, From: start, N: pageRows, Conn: key.conn, Filter: key.filter,
		Sort: key.sort, Desc: key.desc, Collapse: key.collapse, Open: key.open}}
}

// rowsArrived takes an answer in, unless nobody waits for it any more.
func (m Model) rowsArrived(a RowsArrived) (Model, []Effect) {
	if a.ID != 0 && a.ID == m.export.rowsID {
		return m.exportRowsCame(a)
	}
	if a.ID == m.chart.rowsID {
		return m.chartRows(a)
	}
	at := slices.IndexFunc(m.list.waits, func(w wait) bool { return w.id == a.ID })
	if at < 0 {
		return m, nil
	}
	w := m.list.waits[at]
	m.list.waits = slices.Delete(slices.Clone(m.list.waits), at, at+1)
	if w.key != m.asked() {
		return m.fetchPages(0, 1)
	}
	if a.Err != "" {
		m.list.err, m.list.errAt = filterError(a)
		return m, nil
	}
	m.list.err, m.list.errAt = "", -1
	if w.key != m.list.key {
		m.list.key, m.list.pages = w.key, nil
		m.position, m.locating, m.near = -1, true, 0
	}
	return m.keepPage(w, a.Rows)
}

func (m Model) keepPage(w wait, rows view.Rows) (Model, []Effect) {
	l, from := &m.list, w.from
	for _, p := range l.pages {
		if p.from == from && p.version > rows.Version {
			return m, nil // an older answer than what is shown
		}
	}
	pages := slices.DeleteFunc(slices.Clone(l.pages), func(p page) bool {
		return p.from == from || p.from >= rows.Total
	})
	if len(pages) >= maxPages {
		far := 0
		for i, p := range pages {
			if abs(p.from-from) > abs(pages[far].from-from) {
				far = i
			}
		}
		pages = slices.Delete(pages, far, far+1)
	}
	l.pages = append(pages, page{from, rows.Version, w.version, rows.Rows})
	l.total = rows.Total
	for _, r := range rows.Rows {
		l.transit = max(l.transit, r.RecvAt-r.SentAt)
	}
	m, effects := m.settle()
	m, more := m.fetch()
	return m, append(effects, more...)
}

// settle does what waited for rows: the first selection, a step to a row that
// was not known, the place of the selected frame in a list of all.
func (m Model) settle() (Model, []Effect) {
	if m.list.goal >= 0 {
		if _, ok := m.list.row(m.list.goal); ok {
			return m.goTo(m.list.goal)
		}
	}
	if m.auto || m.selected < 0 {
		if f := m.firstChoice(); f >= 0 && f != m.selected {
			return m.selectFrame(f)
		}
	}
	if m.selected >= 0 && m.position < 0 && m.plain() {
		m.position, m.locating = m.selected, false
		return m.reveal()
	}
	return m, nil
}

// firstChoice is the frame that is shown when nobody has chosen one: the one
// the address names, else a PUSH_PROMISE, else the first HEADERS, else the
// first frame.
func (m Model) firstChoice() int {
	if m.wanted >= 0 {
		if m.wanted < m.summary.Frames {
			return m.wanted
		}
		if m.run.State == RunGoing || m.run.State == RunStarting || m.file.goesOn() {
			return -1
		}
	}
	if m.follow {
		return m.summary.Frames - 1
	}
	if m.list.key.filter != "" || m.list.key.conn != 0 || m.list.key.sort != "" {
		if r, ok := m.list.row(0); ok {
			return r.Index
		}
		return -1
	}
	headers := -1
	for p := range m.list.total {
		r, ok := m.list.row(p)
		if !ok {
			break
		}
		if r.Type == "PUSH_PROMISE" {
			return r.Index
		}
		if r.Type == "HEADERS" && headers < 0 {
			headers = r.Index
		}
	}
	return max(headers, min(0, m.list.total-1))
}

// wantPosition asks where the selected frame stands in the list.
func (m Model) wantPosition() []want {
	k := m.list.key
	if m.selected < 0 || m.selected >= m.summary.Frames || m.plain() || k != m.asked() {
		return nil
	}
	return []want{{slot: slotPosition, q: Question{Op: "position", Record: m.record, Frame: m.selected, Conn: k.conn, Filter: k.filter,
		Sort: k.sort, Desc: k.desc, Collapse: k.collapse, Open: k.open}}}
}

// placed takes over where the selected frame stands, once that is known, and
// shows its row if nobody has scrolled there yet.
func (m Model) placed() (Model, []Effect) {
	p, ok := answer[view.Position](m, slotPosition)
	w := m.wantPosition()
	if !ok || len(w) == 0 || m.replies[slotPosition].of != w[0].q || m.replies[slotPosition].err != "" {
		return m, nil
	}
	m.position, m.near = p.At, p.Near
	if !m.locating {
		return m, nil
	}
	m.locating = false
	return m.reveal()
}

// reveal scrolls so that the selected row is seen, with a row of room.
func (m Model) reveal() (Model, []Effect) {
	p := m.position
	if p < 0 {
		p = m.near
	}
	h := m.rowHeight()
	top, room := m.list.top, h
	if m.list.height < 3*h {
		room = 0
	}
	switch y := p * h; {
	case y < top+room:
		top = max(0, y-room)
	case y+h > top+m.list.height-room:
		top = y + h - m.list.height + room
	}
	top = max(0, min(top, max(m.list.total, p+1)*h-m.list.height))
	if top == m.list.top {
		return m, nil
	}
	m.list.top = top
	m, effects := m.fetch()
	return m, append([]Effect{SetScroll{Top: top}}, effects...)
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
