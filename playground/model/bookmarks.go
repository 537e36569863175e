package model

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// book is the bookmarks of the record that is shown, and those that are kept
// of others.
type book struct {
	key   string // names the record; "": it can't come again, so nothing is kept
	list  []Bookmark
	given []Bookmark // of the address, for the record that comes
	gone  Bookmark   // what was taken away last
	shelf []shelved  // newest last
}

// Bookmark is a frame with a note.
type Bookmark struct {
	Frame int    // from 0
	Note  string `json:",omitempty"`
}

// shelved are the bookmarks of a record.
type shelved struct {
	Key  string
	List []Bookmark
}

const (
	maxMarks   = 200 // of a record
	maxShelf   = 40  // records
	maxNote    = 500 // characters
	maxInLinks = 600 // characters of the address that bookmarks may take
)

func restoreMarks(kept string) book {
	var k book
	if json.Unmarshal([]byte(kept), &k.shelf) != nil {
		k.shelf = nil
	}
	for i := range k.shelf {
		k.shelf[i].List = soundMarks(k.shelf[i].List)
	}
	return k
}

// soundMarks are the bookmarks in order, one a frame.
func soundMarks(list []Bookmark) []Bookmark {
	var out []Bookmark
	for _, b := range list {
		if b.Frame >= 0 && len(out) < maxMarks && !slices.ContainsFunc(out, func(o Bookmark) bool { return o.Frame == b.Frame }) {
			b.Note = cut(b.Note, maxNote)
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b Bookmark) int { return cmp.Compare(a.Frame, b.Frame) })
	return out
}

// cut is the beginning of a text, at most n characters.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// recordKey names the record of a program: the same program gives the same
// record each time. It is FNV-1a of its text.
func recordKey(program string) string {
	h := uint64(14695981039346656037)
	for i := range len(program) {
		h = (h ^ uint64(program[i])) * 1099511628211
	}
	return strconv.FormatUint(h, 36)
}

// openMarks takes the bookmarks of another record up, and changes the address if
// it names other ones.
func (m *Model) openMarks(key string) []Effect {
	k, was := &m.book, m.book.list
	if key == "" || key != k.key {
		k.list = nil
	}
	k.key = key
	for _, s := range k.shelf {
		if key != "" && s.Key == key {
			k.list = s.List
		}
	}
	k.list, k.given = soundMarks(append(slices.Clone(k.list), k.given...)), nil
	if len(was) == 0 || slices.Equal(was, k.list) {
		return nil
	}
	return []Effect{SetURL{m.Fragment()}}
}

// saved keeps the bookmarks of this record, and puts them in the address.
func (m Model) saved() (Model, []Effect) {
	k := &m.book
	if k.key == "" {
		return m, []Effect{SetURL{m.Fragment()}}
	}
	k.shelf = slices.DeleteFunc(slices.Clone(k.shelf), func(s shelved) bool { return s.Key == k.key })
	if len(k.list) > 0 {
		k.shelf = append(k.shelf, shelved{k.key, k.list})
	}
	if over := len(k.shelf) - maxShelf; over > 0 {
		k.shelf = k.shelf[over:]
	}
	text := ""
	if len(k.shelf) > 0 {
		b, _ := json.Marshal(k.shelf)
		text = string(b)
	}
	return m, []Effect{SaveSetting{SettingMarks, text}, SetURL{m.Fragment()}}
}

// addressMarks puts the bookmarks in the address as "7:note", if they are short.
func (k book) addressMarks(v url.Values) {
	size := 0
	for _, b := range k.list {
		size += len(url.QueryEscape(b.Note)) + len("&mark=1234:")
	}
	if size > maxInLinks {
		return
	}
	for _, b := range k.list {
		text := strconv.Itoa(b.Frame + 1)
		if b.Note != "" {
			text += ":" + b.Note
		}
		v.Add("mark", text)
	}
}

// markValues reads them back. What can't be read is left out.
func markValues(values []string) []Bookmark {
	var out []Bookmark
	for _, text := range values {
		frame, note, _ := strings.Cut(text, ":")
		if n, err := strconv.Atoi(frame); err == nil && n > 0 {
			out = append(out, Bookmark{n - 1, note})
		}
	}
	return soundMarks(out)
}

func (k book) find(frame int) int {
	return slices.IndexFunc(k.list, func(b Bookmark) bool { return b.Frame == frame })
}

func (m Model) clickMark(c Click) (Model, []Effect) {
	switch c.What {
	case ActGoMark:
		return m.goMark(c.N)
	case ActUndoMark:
		return m.addMark(m.book.gone)
	}
	frame := c.N
	if frame < 0 {
		frame = m.selected
	}
	if frame < 0 || frame >= m.summary.Frames {
		return m, nil
	}
	if i := m.book.find(frame); i >= 0 {
		m.book.gone = m.book.list[i]
		m.book.list = slices.Delete(slices.Clone(m.book.list), i, i+1)
		m.notice = notice{"The bookmark of frame " + number(frame+1) + " is removed.", "Undo", Click{What: ActUndoMark}}
		return m.saved()
	}
	m, effects := m.addMark(Bookmark{Frame: frame})
	if m.book.find(frame) >= 0 {
		m.panel = true
		effects = append(effects, Focus{IDNote(frame)})
	}
	return m, effects
}

func (m Model) addMark(b Bookmark) (Model, []Effect) {
	if len(m.book.list) >= maxMarks {
		m.notice = notice{text: "There are " + number(maxMarks) + " bookmarks; remove one first."}
		return m, nil
	}
	m.book.list = soundMarks(append(slices.Clone(m.book.list), b))
	return m.saved()
}

func (m Model) markEdited(e MarkEdited) (Model, []Effect) {
	i := m.book.find(e.Frame)
	if i < 0 {
		return m, nil
	}
	m.book.list = slices.Clone(m.book.list)
	m.book.list[i].Note = cut(e.Note, maxNote)
	return m.saved()
}

// goMark goes to the next bookmark (by 1) or the one before (by -1).
func (m Model) goMark(by int) (Model, []Effect) {
	best := -1
	for _, b := range m.book.list {
		if by > 0 && b.Frame > m.selected && best < 0 || by < 0 && b.Frame < m.selected {
			best = b.Frame
		}
	}
	if best < 0 || best >= m.summary.Frames {
		m.notice = notice{text: "No bookmark further on. b sets one at the frame that is shown."}
		if by < 0 {
			m.notice.text = "No bookmark before this frame. b sets one at the frame that is shown."
		}
		return m, nil
	}
	m.pause()
	m.chosen()
	return m.selectFrame(best)
}
