package model

import (
	"net/url"
	"strconv"
)

// Fragment is the state that the page's address carries after "#": frame (from
// 1), view, pane, theme, filter, connection and example, each only where it
// differs from what a fresh page has.
func (m Model) Fragment() string {
	v := url.Values{}
	if m.selected >= 0 && !m.auto {
		v.Set("frame", strconv.Itoa(m.selected+1))
	} else if m.wanted >= 0 {
		v.Set("frame", strconv.Itoa(m.wanted+1))
	}
	if m.view != ViewSequence {
		v.Set("view", string(m.view))
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
	if len(m.examples) > 0 && m.program.example != m.examples[0].Name {
		v.Set("example", m.program.example)
	}
	if m.program.api == APICurrent {
		v.Set("api", string(APICurrent))
	}
	return v.Encode()
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
	if w := View(v.Get("view")); w == ViewFrames || w == ViewCode && m.phone() {
		m.view = w
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
	m.list.conn = 0
	if n, err := strconv.ParseUint(v.Get("connection"), 10, 32); err == nil {
		m.list.conn = uint32(n)
	}
	if name := v.Get("example"); name != "" && name != m.program.example {
		for _, e := range m.examples {
			if e.Name == name {
				m.program.example, m.program.text, m.program.api = e.Name, e.Program, APISeed
			}
		}
	}
	if v.Get("api") == string(APICurrent) {
		m.program.api = APICurrent
	}
	return m
}
