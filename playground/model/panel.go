package model

import "strings"

// PanelView is bookmarks and breakpoints.
type PanelView struct {
	Open     bool
	Marks    []MarkRow
	NoMarks  string // what to do when there is none
	Kept     string // where they are kept
	Breaks   []BreakRow
	NoBreaks string
	Ready    []string // breakpoints to begin with
	Typed    string
	Before   string // of the text, up to the wrong character
	Problem  string // what is wrong with it
}

// MarkRow is a bookmark.
type MarkRow struct {
	Frame  int
	Number string // "frame 7"
	What   string // "PUSH_PROMISE 1 → 2 · GET /app.css", where it is known
	Note   string
	On     bool // the selected frame
}

// BreakRow is a breakpoint.
type BreakRow struct {
	Text string
	On   bool
}

// Panel is bookmarks and breakpoints.
func (m Model) Panel() PanelView {
	v := PanelView{Open: m.panel, Typed: m.breaks.typed}
	if !m.panel {
		return v
	}
	for _, b := range m.book.list {
		row := MarkRow{Frame: b.Frame, Number: "frame " + Count(int64(b.Frame+1)), Note: b.Note, On: b.Frame == m.selected}
		for _, p := range m.list.pages {
			for _, r := range p.rows {
				if r.Index == b.Frame {
					row.What = strings.TrimSpace(r.Type + " " + Shown(r.Text))
				}
			}
		}
		if b.Frame >= m.summary.Frames {
			row.What = "not in this record"
		}
		v.Marks = append(v.Marks, row)
	}
	v.NoMarks = "No bookmark yet. Choose a frame and press b, or the button in its row below."
	v.Kept = "Kept in this browser for this program; short ones travel with the address."
	if m.book.key == "" {
		v.Kept = "This record can't be had again, so its bookmarks go with it; short ones travel with the address."
	}
	for _, b := range m.breaks.list {
		v.Breaks = append(v.Breaks, BreakRow(b))
	}
	v.NoBreaks = "Playing stops at the next frame that matches. Write a filter, or take one of these:"
	for _, text := range readyBreaks {
		if !m.hasBreak(text) {
			v.Ready = append(v.Ready, text)
		}
	}
	if m.breaks.err != "" {
		v.Before, v.Problem = pointed(m.breaks.typed, m.breaks.err, m.breaks.errAt)
	}
	return v
}

func (m Model) hasBreak(text string) bool {
	for _, b := range m.breaks.list {
		if b.Text == text {
			return true
		}
	}
	return false
}

// pointed is what is wrong with a text, and the text up to there. at counts
// characters from 0; -1: the place is not known.
func pointed(text, problem string, at int) (before, message string) {
	runes := []rune(text)
	if at < 0 || at > len(runes) {
		return "", problem
	}
	return string(runes[:at]), "Character " + number(at+1) + ": " + problem
}
