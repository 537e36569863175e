package model

import (
	"encoding/json"
	"slices"
	"strings"
)

// breaks are the breakpoints, and the field in which one is written.
type breaks struct {
	list  []Breakpoint
	typed string
	id    int    // the query that checks adding, 0: none
	add   string // what it checks
	err   string // why typed can't be read
	errAt int    // its character, from 0; -1: not known
}

// Breakpoint is a filter; playing stops at the next frame that matches it.
type Breakpoint struct {
	Text string
	On   bool
}

const maxBreaks = 20

// readyBreaks are offered where there is none yet.
var readyBreaks = []string{"type:RST_STREAM", "window<1024", "error:*", "stall:begin", "flag:END_STREAM"}

func restoreBreaks(kept string) breaks {
	b := breaks{errAt: -1}
	if json.Unmarshal([]byte(kept), &b.list) != nil || len(b.list) > maxBreaks {
		b.list = nil
	}
	return b
}

func (b breaks) save() Effect {
	if len(b.list) == 0 {
		return SaveSetting{SettingBreaks, ""}
	}
	text, _ := json.Marshal(b.list)
	return SaveSetting{SettingBreaks, string(text)}
}

// on says whether one of them counts.
func (b breaks) on() bool {
	return slices.ContainsFunc(b.list, func(p Breakpoint) bool { return p.On })
}

func (m Model) clickBreak(c Click) (Model, []Effect) {
	b := &m.breaks
	switch c.What {
	case ActBreak:
		text := c.Arg
		if text == "" {
			text = b.typed
		}
		return m.addBreak(strings.TrimSpace(text))
	case ActBreakOn:
		if c.N < 0 || c.N >= len(b.list) {
			return m, nil
		}
		b.list = slices.Clone(b.list)
		b.list[c.N].On = !b.list[c.N].On
	case ActUnbreak:
		if c.N < 0 || c.N >= len(b.list) {
			return m, nil
		}
		gone := b.list[c.N].Text
		b.list = slices.Delete(slices.Clone(b.list), c.N, c.N+1)
		m.notice = notice{"The breakpoint " + Shown(gone) + " is removed.", "Undo", Click{What: ActBreak, Arg: gone}}
	}
	m.pause()
	return m, []Effect{b.save()}
}

// addBreak has the analyser read the text; what it can't read stays in the
// field, with the reason.
func (m Model) addBreak(text string) (Model, []Effect) {
	b := &m.breaks
	switch {
	case text == "":
		return m, []Effect{Focus{IDBreak}}
	case slices.ContainsFunc(b.list, func(p Breakpoint) bool { return p.Text == text }):
		b.err, b.errAt = "There is such a breakpoint.", -1
		return m, nil
	case len(b.list) >= maxBreaks:
		b.err, b.errAt = "There are "+number(maxBreaks)+" breakpoints; remove one first.", -1
		return m, nil
	}
	m.serial++
	b.id, b.add, b.err, b.errAt = m.serial, text, "", -1
	return m, []Effect{QueryFind{ID: b.id, From: -1, Filter: text, Conn: m.list.conn}}
}

func (m Model) breakChecked(a FoundArrived) (Model, []Effect) {
	b := &m.breaks
	b.id = 0
	if a.Err != "" {
		if b.typed == "" {
			b.typed = b.add
		}
		b.err, b.errAt = filterError(RowsArrived{Err: a.Err, At: a.At})
		return m, nil
	}
	m.pause()
	b.list = append(slices.Clone(b.list), Breakpoint{b.add, true})
	if strings.TrimSpace(b.typed) == b.add {
		b.typed = ""
	}
	switch {
	case a.Found.Frame >= 0:
		m.notice = notice{text: "Playing will stop at " + Shown(b.add) + "; the first such frame is " + number(a.Found.Frame+1) + "."}
	default:
		m.notice = notice{text: "Playing will stop at " + Shown(b.add) + "; no frame of this record is like that."}
	}
	return m, []Effect{b.save()}
}
