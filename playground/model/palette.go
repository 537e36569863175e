package model

import (
	"slices"
	"strconv"
	"strings"
)

// palette finds commands, examples, views and frames by what is typed.
type palette struct {
	open  bool
	typed string
	on    int // the entry that is chosen
	id    int // the search for a stream's first frame that is awaited, 0: none
}

// PaletteEdited is new text in the palette's field.
type PaletteEdited struct{ Text string }

func (PaletteEdited) msg() {}

// The palette's actions.
const (
	ActPalette Action = "palette" // opens or closes it
	ActPick    Action = "pick"    // N: entry
	ActStream  Action = "stream"  // N: stream, whose frames alone are listed
	ActNewest  Action = "frame"   // N: frame, as somebody wrote its number
)

// Identifiers of the palette's elements.
const IDPalette = "palette-in"

const maxPalette = 60

// PaletteView is the palette.
type PaletteView struct {
	Open  bool
	Typed string
	Rows  []PaletteRow
	On    int
	Empty string
}

// PaletteRow is an entry.
type PaletteRow struct {
	Text  string
	Group string
	Keys  []string
	On    bool
}

// entry is something that the palette can do.
type entry struct {
	text, group string
	keys        []string
	do          Click
}

// Palette is the palette.
func (m Model) Palette() PaletteView {
	v := PaletteView{Open: m.palette.open, Typed: m.palette.typed, On: m.palette.on}
	if !v.Open {
		return v
	}
	for i, e := range m.entries() {
		v.Rows = append(v.Rows, PaletteRow{e.text, e.group, e.keys, i == m.palette.on})
	}
	if len(v.Rows) == 0 {
		v.Empty = "Nothing is called that. Try a command, an example, “frame 12” or “stream 5”."
	}
	return v
}

// entries are what fits the typed text, best first.
func (m Model) entries() []entry {
	typed := strings.ToLower(strings.TrimSpace(m.palette.typed))
	out := m.numbered(typed)
	type ranked struct {
		entry
		rank int
	}
	var found []ranked
	for _, e := range m.everything() {
		if r, ok := fits(typed, strings.ToLower(e.text+" "+e.group)); ok {
			found = append(found, ranked{e, r})
		}
	}
	slices.SortStableFunc(found, func(a, b ranked) int { return a.rank - b.rank })
	for _, f := range found {
		out = append(out, f.entry)
	}
	return out[:min(len(out), maxPalette)]
}

// everything is what the palette knows by name.
func (m Model) everything() []entry {
	var out []entry
	for _, c := range append(m.viewCommands(), commands...) {
		if c.in == "" && !c.mute && !(m.embed && edits(c.do)) {
			out = append(out, entry{c.what, c.group, c.caps(), c.do})
		}
	}
	if !m.embed {
		for _, e := range m.examples {
			group := "Example"
			if e.Group != "" {
				group += ", " + e.Group
			}
			out = append(out, entry{e.Title, group, nil, Click{What: ActExample, Arg: e.Name}})
		}
	}
	for _, b := range m.book.list {
		out = append(out, entry{joined("Frame "+number(b.Frame+1), Shown(b.Note)), "Bookmark", nil, Click{What: ActSelect, N: b.Frame}})
	}
	return out
}

// edits says whether a command changes what an embedded page may not change.
func edits(c Click) bool {
	switch c.What {
	case ActRun, ActAgain, ActReset, ActMode, ActTour:
		return true
	}
	return false
}

// numbered are the entries that a number stands for: "812", "frame 812",
// "stream 5".
func (m Model) numbered(typed string) []entry {
	word, rest, both := strings.Cut(typed, " ")
	if !both {
		word, rest = "", typed
	}
	rest = strings.TrimSpace(strings.ReplaceAll(rest, ",", ""))
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 {
		return nil
	}
	var out []entry
	if (word == "" || strings.HasPrefix("frame", word)) && n >= 1 && n <= m.summary.Frames {
		out = append(out, entry{"Go to frame " + number(n), "Frame", nil, Click{What: ActNewest, N: n - 1}})
	}
	if word == "" || strings.HasPrefix("stream", word) {
		out = append(out, entry{"Only stream " + strconv.Itoa(n) + ", from its first frame", "Stream", nil, Click{What: ActStream, N: n}})
	}
	return out
}

// fits says how well a text fits what was typed: every word must be in it; 0 is
// best. Nothing typed fits all alike.
func fits(typed, text string) (int, bool) {
	rank := 0
	for _, word := range strings.Fields(typed) {
		at := strings.Index(text, word)
		switch {
		case at < 0:
			return 0, false
		case at == 0:
		case text[at-1] == ' ':
			rank++
		default:
			rank += 3
		}
	}
	return rank, true
}

// paletteKey is what keys do while the palette is open: nothing else counts.
func (m Model) paletteKey(k KeyPressed) (Model, []Effect, bool) {
	n := len(m.entries())
	switch k.name() {
	case "Escape", "Ctrl+k":
		m, effects := m.closePalette()
		return m, effects, true
	case "ArrowDown", "Ctrl+n":
		m.palette.on = min(m.palette.on+1, max(n-1, 0))
	case "ArrowUp", "Ctrl+p":
		m.palette.on = max(m.palette.on-1, 0)
	case "PageDown":
		m.palette.on = min(m.palette.on+8, max(n-1, 0))
	case "PageUp":
		m.palette.on = max(m.palette.on-8, 0)
	case "Tab": // the field is the only stop
	case "Enter":
		m, effects := m.pick(m.palette.on)
		return m, effects, true
	default:
		return m, nil, false
	}
	return m, []Effect{Reveal{IDEntry(m.palette.on)}}, true
}

// IDEntry is the identifier of an entry of the palette.
func IDEntry(i int) string { return "entry-" + strconv.Itoa(i) }

// Reveal scrolls an element into sight within its list, after the page was drawn.
type Reveal struct{ ID string }

func (Reveal) effect() {}

func (m Model) clickPalette(c Click) (Model, []Effect) {
	switch c.What {
	case ActPalette:
		if m.palette.open {
			return m.closePalette()
		}
		m.palette = palette{open: true}
		m.help, m.menu = false, false
		m.suggest = m.suggest.closed()
		return m, []Effect{Focus{IDPalette}}
	case ActPick:
		return m.pick(c.N)
	case ActNewest:
		m.pause()
		m.chosen()
		return m.selectFrame(c.N)
	case ActStream:
		m, effects := m.setFilter("stream:" + strconv.Itoa(c.N))
		m.chosen()
		m.serial++
		m.palette.id = m.serial
		return m, append(effects, QueryFind{ID: m.serial, From: -1, Filter: "stream:" + strconv.Itoa(c.N), Conn: m.list.conn}, Focus{IDList})
	}
	return m, nil
}

func (m Model) closePalette() (Model, []Effect) {
	m.palette = palette{}
	return m, []Effect{Focus{IDList}}
}

// pick does what an entry says. The keyboard goes to the list, unless the entry
// sends it elsewhere.
func (m Model) pick(i int) (Model, []Effect) {
	all := m.entries()
	if i < 0 || i >= len(all) {
		return m, nil
	}
	m, effects := m.closePalette()
	m, more := m.click(all[i].do)
	return m, append(effects, more...)
}

// streamFound goes to the first frame of the stream that the palette asked for.
func (m Model) streamFound(a FoundArrived) (Model, []Effect) {
	m.palette.id = 0
	if a.Err != "" || a.Found.Frame < 0 {
		m.notice = notice{text: "No frame is on that stream."}
		return m, nil
	}
	m.pause()
	m.chosen()
	return m.selectFrame(a.Found.Frame)
}
