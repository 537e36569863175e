package model

import (
	"net/url"
	"slices"
	"strconv"
)

// Fragment is the state that the page's address carries after "#": frame (from
// 1), view, pane, theme, filter, connection, order of the list, example and short bookmarks, each
// only where it differs from what a fresh page has.
func (m Model) Fragment() string {
	v := m.viewState()
	m.book.addressMarks(v)
	if l := m.linked(); l.kind != "" {
		l.frame(v)
		return l.at(v)
	}
	if p := m.planLink(); p != "" {
		v.Set("plan", p)
	}
	if len(m.examples) > 0 && m.program.example != m.examples[0].Name {
		v.Set("example", m.program.example)
	}
	if m.program.api == APICurrent {
		v.Set("api", string(APICurrent))
	}
	return v.Encode()
}

// viewState is where somebody is in a record: frame, view, filter.
func (m Model) viewState() url.Values {
	v := url.Values{}
	if m.selected >= 0 && !m.auto {
		v.Set("frame", strconv.Itoa(m.selected+1))
	} else if m.wanted >= 0 {
		v.Set("frame", strconv.Itoa(m.wanted+1))
	}
	if m.view != ViewSequence {
		v.Set("view", string(m.view))
	}
	if m.side != SideCode {
		v.Set("side", string(m.side))
	}
	if m.pane != PaneFrame {
		v.Set("pane", string(m.pane))
	}
	if m.themed {
		v.Set("theme", string(m.theme))
	}
	if m.list.typed != "" {
		v.Set("filter", m.list.typed)
	}
	if m.list.conn != 0 {
		v.Set("connection", strconv.Itoa(int(m.list.conn)))
	}
	if o := m.list.orderValue(); o != "" {
		v.Set("sort", o)
	}
	if !m.list.runs {
		v.Set("runs", "open")
	}
	return v
}

// restore takes the state of an address over. What it can't read is left as it
// is: an address is written by hand too.
func (m Model) restore(fragment string) Model {
	v, err := url.ParseQuery(fragment)
	if err != nil {
		return m
	}
	m.wanted = -1
	if n, err := strconv.Atoi(v.Get("frame")); err == nil && n > 0 {
		m.wanted = n - 1
	}
	m.view = ViewSequence
	if w := View(v.Get("view")); m.has(w) {
		m.view = w
	}
	m.side = SideCode
	switch s := Side(v.Get("side")); s {
	case SideCompose, SideFaults:
		m.side = s
	}
	m.pane = PaneFrame
	switch p := Pane(v.Get("pane")); p {
	case PaneHPACK, PaneStream, PaneConnection:
		m.pane = p
	}
	switch t := Theme(v.Get("theme")); t {
	case ThemeLight, ThemeDark, ThemeAuto:
		m.theme, m.themed = t, true
	}
	m.list.typed = v.Get("filter")
	m.list.restoreOrder(v.Get("sort"))
	m.list.runs = v.Get("runs") != "open"
	m.book.given = markValues(v["mark"])
	m.list.conn = 0
	if n, err := strconv.ParseUint(v.Get("connection"), 10, 32); err == nil {
		m.list.conn = uint32(n)
	}
	if linkOf(v).kind != "" {
		return m // its record is the session: what makes another one has no say
	}
	if name := v.Get("example"); name != "" && name != m.program.example {
		for _, e := range m.examples {
			if e.Name == name {
				m.program.example, m.program.text, m.program.api = e.Name, e.Program, APISeed
				m.program.stranger = stranger{}
			}
		}
	}
	if v.Get("api") == string(APICurrent) {
		m.program.api = APICurrent
	}
	return m.linkedPlan(v.Get("plan"))
}

// PushURL puts the state in the page's address as a new step of its history.
type PushURL struct{ Fragment string }

func (PushURL) effect() {}

// lasting says whether somebody wants to come back from where a click leads:
// to another view, example, part of the record or selection by name. Steps
// through time are no places of their own.
func (c Click) lasting() bool {
	switch c.What {
	case ActView, ActExample, ActSelect, ActType, ActClear, ActConn, ActNewest, ActStream, ActSort, ActRuns:
		return true
	}
	return false
}

// pushed makes the change of the address a step of the history.
func pushed(m Model, effects []Effect) (Model, []Effect) {
	out := make([]Effect, 0, len(effects))
	done := false
	for i := len(effects) - 1; i >= 0; i-- { // the last one says where it ends
		u, ok := effects[i].(SetURL)
		switch {
		case !ok:
			out = append(out, effects[i])
		case !done:
			out = append(out, PushURL(u))
			done = true
		}
	}
	slices.Reverse(out)
	return m, out
}

// addressChanged goes where the address says: somebody wrote it, or went back.
func (m Model) addressChanged(a AddressChanged) (Model, []Effect) {
	if a.Fragment == m.Fragment() {
		return m, nil
	}
	m.chosen()
	m.auto = true
	m.pause()
	was, shown := m.program, m.linked()
	v, err := url.ParseQuery(a.Fragment)
	if l := linkOf(v); err == nil && l.kind != "" {
		m = m.restore(a.Fragment)
		if !l.same(shown) {
			m, effects := m.readLink(l)
			return m, append(effects, SetTheme{Dark: m.dark()})
		}
		return m.arrive(nil)
	}
	if shown.kind != "" && m.program.text == m.summary.Program && m.program.stranger.from != "" {
		m.program.text, m.program.stranger = m.program.source(m.examples), stranger{} // the link's program goes with it
	}
	if err == nil && v.Get("example") == "" && len(m.examples) > 0 {
		first := m.examples[0]
		m.program.example, m.program.text = first.Name, m.sameText(first)
		if m.program.text != was.text {
			m.program.stranger = stranger{}
		}
	}
	m.program.api = APISeed // unless the address says otherwise
	m = m.restore(a.Fragment)
	var effects []Effect
	if m.program.example != was.example || m.program.api != was.api || shown.kind != "" {
		if was.text != was.source(m.examples) && was.text != m.program.text {
			m.program.undo, m.program.lost = was.text, was.stranger
		}
		var more []Effect
		m, more = m.start(ModeBrowser)
		m.mode = ModeBrowser
		effects = append([]Effect{SetEditor{m.program.text}, SaveSetting{SettingExample, m.program.example}, m.program.save(m.examples), m.program.saveAPI()}, more...)
	}
	return m.arrive(effects)
}

// arrive shows what the address says of the record that is there.
func (m Model) arrive(effects []Effect) (Model, []Effect) {
	m.book.list, m.book.given = soundMarks(append(slices.Clone(m.book.list), m.book.given...)), nil
	m, more := m.fetch()
	effects = append(effects, more...)
	m, more = m.settle()
	effects = append(effects, more...)
	return m, append(effects, SetTheme{Dark: m.dark()})
}

// sameText is the text of the example: what somebody made of it, if it is the
// one in the editor.
func (m Model) sameText(e Example) string {
	if e.Name == m.program.example {
		return m.program.text
	}
	return e.Program
}
