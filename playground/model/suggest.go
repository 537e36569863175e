package model

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"framewise/core/inspect/view"
)

// suggest is the completion of a filter that is being written.
type suggest struct {
	field  string // identifier of the text field; "": none
	text   string // of the field
	cursor int    // characters before the caret
	id     int    // the query that is awaited, 0: none
	stale  bool   // text has changed since it was asked
	from   int    // the characters that a candidate takes the place of
	to     int
	items  []view.Candidate
	on     int  // the candidate that is chosen, -1: none
	wants  bool // it is to be taken once the candidates are those of the text
	terms  []view.Candidate
	help   int // the query for terms that is awaited
}

func (s suggest) open() bool { return s.field != "" && len(s.items) > 0 }

func (s suggest) closed() suggest {
	return suggest{on: -1, terms: s.terms, help: s.help}
}

// QueryComplete asks the analyser what can stand at a place of a filter;
// CompletionArrived answers it.
type QueryComplete struct {
	ID     int
	Filter string
	Cursor int // characters before the place
}

// CompletionArrived answers QueryComplete.
type CompletionArrived struct {
	ID         int
	Completion view.Completion
	Err        string
}

// CaretAt says what a field with a filter holds, and how many UTF-16 code units
// of it are before the caret. It comes with each change of either.
type CaretAt struct {
	Field, Text string
	Caret       int
}

// FieldEntered says that the keyboard is in a field with a filter. Nothing is
// offered before somebody writes, or asks with the arrow down.
type FieldEntered struct{ Field, Text string }

// FieldLeft says that the keyboard left a field with a filter.
type FieldLeft struct{ Field string }

// SetField replaces the text of a field with a filter and puts the caret behind
// so many UTF-16 code units of it, at once: the next key is written behind it.
type SetField struct {
	ID    string
	Text  string
	Caret int
}

func (QueryComplete) effect()  {}
func (SetField) effect()       {}
func (CompletionArrived) msg() {}
func (CaretAt) msg()           {}
func (FieldEntered) msg()      {}
func (FieldLeft) msg()         {}

// ActTake takes a candidate: N is its number from 0.
const ActTake Action = "take"

// maxSuggest is how many candidates are shown.
const maxSuggest = 12

// caretAt asks for candidates, one question at a time: who types faster than
// answers come is asked about once, for the last text.
func (m Model) caretAt(c CaretAt) (Model, []Effect) {
	s := &m.suggest
	if s.field != c.Field {
		*s = s.closed()
		s.field = c.Field
	}
	units := utf16.Encode([]rune(c.Text))
	cursor := len(utf16.Decode(units[:max(0, min(c.Caret, len(units)))]))
	if s.id != 0 && s.text == c.Text && s.cursor == cursor {
		return m, nil
	}
	s.text, s.cursor, s.wants = c.Text, cursor, false
	if s.id != 0 {
		s.stale = true
		return m, nil
	}
	return m.askCompletion()
}

func (m Model) askCompletion() (Model, []Effect) {
	m.serial++
	m.suggest.id, m.suggest.stale = m.serial, false
	return m, []Effect{QueryComplete{m.serial, m.suggest.text, m.suggest.cursor}}
}

func (m Model) completed(a CompletionArrived) (Model, []Effect) {
	s := &m.suggest
	if a.ID == s.help && a.ID != 0 {
		s.help, s.terms = 0, a.Completion.Items
		return m, nil
	}
	if a.ID != s.id || a.ID == 0 {
		return m, nil
	}
	s.id = 0
	if s.stale {
		return m.askCompletion()
	}
	chosen, wants := s.choice(), s.wants
	s.items, s.on, s.wants = nil, -1, false
	if a.Err != "" {
		return m, nil
	}
	s.from, s.to = a.Completion.From, a.Completion.To
	s.items = a.Completion.Items[:min(len(a.Completion.Items), maxSuggest)]
	if chosen != "" && len(s.items) > 0 { // it was chosen among those of an earlier text
		s.on = max(0, slices.IndexFunc(s.items, func(c view.Candidate) bool { return c.Text == chosen }))
	}
	if wants {
		return m.take(s.on)
	}
	if runes := []rune(s.text); len(s.items) == 1 && s.from >= 0 && s.to <= len(runes) && s.from <= s.to && string(runes[s.from:s.to]) == s.items[0].Text {
		s.items = nil // it is written already
	}
	return m, nil
}

// fetchTerms asks for the terms of the language, for the help.
func (m Model) fetchTerms() (Model, []Effect) {
	if m.suggest.terms != nil || m.suggest.help != 0 {
		return m, nil
	}
	m.serial++
	m.suggest.help = m.serial
	return m, []Effect{QueryComplete{ID: m.serial}}
}

// suggestKey is what a key does while candidates are offered.
func (m Model) suggestKey(k KeyPressed) (Model, []Effect, bool) {
	s := &m.suggest
	if !s.open() {
		if k.Key == "ArrowDown" && s.field != "" && s.id == 0 {
			m, effects := m.askCompletion()
			return m, effects, true
		}
		if k.Key == "Enter" && s.field == IDBreak {
			m, effects := m.clickBreak(Click{What: ActBreak})
			return m, effects, true
		}
		return m, nil, false
	}
	n := len(s.items)
	switch k.Key {
	case "ArrowDown":
		s.on = (s.on + 1) % n
	case "ArrowUp":
		s.on = (max(s.on, 0) + n - 1) % n
	case "Enter":
		if s.on < 0 {
			enter := s.field == IDBreak
			*s = s.closedFor(s.field)
			if enter {
				m, effects := m.clickBreak(Click{What: ActBreak})
				return m, effects, true
			}
			return m, nil, true
		}
		m, effects := m.takeChosen()
		return m, effects, true
	case "Tab":
		if k.Shift || s.on < 0 {
			return m, nil, false
		}
		m, effects := m.takeChosen()
		return m, effects, true
	default:
		return m, nil, false
	}
	return m, []Effect{Reveal{IDOption(s.field, s.on)}}, true
}

// IDOption is the identifier of a candidate below a field.
func IDOption(field string, i int) string { return field + "-option-" + strconv.Itoa(i) }

// closedFor closes the candidates and stays with the field.
func (s suggest) closedFor(field string) suggest {
	out := s.closed()
	out.field, out.text, out.cursor = field, s.text, s.cursor
	return out
}

// choice is the candidate that is chosen, "": none.
func (s suggest) choice() string {
	if s.on < 0 || s.on >= len(s.items) {
		return ""
	}
	return s.items[s.on].Text
}

// takeChosen takes the chosen candidate, once it is known to be one of the text
// as it is now: who types fast is ahead of the answers.
func (m Model) takeChosen() (Model, []Effect) {
	if m.suggest.id != 0 {
		m.suggest.wants = true
		return m, nil
	}
	return m.take(m.suggest.on)
}

// take writes a candidate into the field.
func (m Model) take(i int) (Model, []Effect) {
	s := m.suggest
	runes := []rune(s.text)
	if i < 0 || i >= len(s.items) || s.from < 0 || s.to < s.from || s.to > len(runes) {
		return m, nil
	}
	put := s.items[i].Text
	whole := !strings.HasSuffix(put, ":") && !strings.HasSuffix(put, "=") && !strings.HasSuffix(put, "<") && !strings.HasSuffix(put, ">")
	after := string(runes[s.to:])
	if whole && !strings.HasPrefix(after, " ") && !strings.HasPrefix(after, "|") {
		put += " "
	}
	before := string(runes[:s.from]) + put
	text := before + after
	m.suggest = s.closedFor(s.field)
	var effects []Effect
	if s.field == IDBreak {
		m.breaks.typed, m.breaks.err = text, ""
	} else {
		m, effects = m.setFilter(text)
	}
	caret := len(utf16.Encode([]rune(before)))
	effects = append(effects, SetField{s.field, text, caret})
	m, more := m.caretAt(CaretAt{s.field, text, caret})
	return m, append(effects, more...)
}

// SuggestView is the list of candidates below a field.
type SuggestView struct {
	Open  bool
	Items []SuggestRow
	On    int    // -1: none
	Says  string // for assistive technology
}

// SuggestRow is a candidate and what it means.
type SuggestRow struct{ Text, What string }

// Suggest is the list below the field with the identifier.
func (m Model) Suggest(field string) SuggestView {
	v := SuggestView{On: -1}
	if m.suggest.field != field || !m.suggest.open() {
		return v
	}
	v.Open, v.On = true, m.suggest.on
	for _, c := range m.suggest.items {
		v.Items = append(v.Items, SuggestRow(c))
	}
	v.Says = Plural(len(v.Items), "completion")
	return v
}

// Terms are the terms of the filter language, for the help.
func (m Model) Terms() []SuggestRow {
	var out []SuggestRow
	for _, c := range m.suggest.terms {
		out = append(out, SuggestRow(c))
	}
	return slices.Clip(out)
}
