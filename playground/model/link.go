package model

import (
	"net/url"
	"strconv"
	"strings"
)

// A link can lead to a record: to one that this host keeps (#share=ID), or to one
// that stands in the link itself (#trace=TEXT, see docs/trace.md). It is opened
// like a file. Nothing in it runs: its program is somebody else's.

// link is where a record came from, if it was a link.
type link struct {
	kind string // linkShare or linkTrace, "": no link
	text string // the share's identifier, or the record
	note int    // the frame, from 0, that its note is about, -1: none
}

// The kinds of links, as the address names them.
const (
	linkShare = "share"
	linkTrace = "trace"
)

// OpenLink reads the record of a link in place of the one that is shown; FileRead
// tells how far it is. Kind is "share", Text the identifier, or Kind is "trace" and
// Text the record. After is as in ReadFile.
type OpenLink struct {
	ID         int
	Kind, Text string
	After      int
}

func (OpenLink) effect() {}

// linkOf is the link that an address is.
func linkOf(v url.Values) link {
	l := link{note: -1}
	for _, kind := range []string{linkShare, linkTrace} {
		if text, ok := v[kind]; ok && l.kind == "" {
			l.kind, l.text = kind, text[0]
		}
	}
	if n, err := strconv.Atoi(v.Get("note")); err == nil && n > 0 {
		l.note = n - 1
	}
	return l
}

// same says whether two links lead to the same record.
func (l link) same(o link) bool { return l.kind == o.kind && l.text == o.text }

// frame puts the frame of the note into the address.
func (l link) frame(v url.Values) {
	if l.note >= 0 {
		v.Set("note", strconv.Itoa(l.note+1))
	}
}

// at is the address with the link at its end: what cuts a long address cuts the
// record, which tells. A link's text needs no escapes if it is sound.
func (l link) at(v url.Values) string {
	out := v.Encode()
	if out != "" {
		out += "&"
	}
	text := l.text
	if strings.Trim(text, "0123456789.-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		text = url.QueryEscape(text)
	}
	return out + l.kind + "=" + text
}

// linked is the link whose record is shown, or is about to be.
func (m Model) linked() link {
	if f := m.file.next; f != nil && f.link.kind != "" {
		return f.link
	}
	if m.file.shown() || m.file.state == FileRefused && m.run.State == RunIdle {
		return m.file.link
	}
	return link{}
}

// readLink asks for a link's record to be read. What is shown stays until it is
// known that the link leads to one.
func (m Model) readLink(l link) (Model, []Effect) {
	m.serial++
	f := files{id: m.serial, state: FileAsked, link: l, name: "Shared record", number: -1}
	if l.kind == linkTrace {
		f.name, f.size = "Record in the link", int64(len(l.text))
	}
	var effects []Effect
	if old := m.file.next; old != nil {
		effects = append(effects, CancelFile{old.id})
	}
	m.file.next = &f
	return m, append(effects, OpenLink{f.id, l.kind, l.text, m.run.Serial})
}

// linkProgram shows the program of a link's record in the editor, where that holds
// nothing but an example. It is not kept there: whoever closes the page has lost
// nothing. It waits for Run, which asks.
func (m Model) linkProgram() (Model, []Effect) {
	text := m.summary.Program
	if m.file.link.kind == "" || text == "" || m.embed || m.program.text != m.program.source(m.examples) || text == m.program.text {
		return m, nil
	}
	was := m.program
	m, _ = m.takeProgram(text, m.linkName())
	m.program.undo, m.program.lost = was.undo, was.lost
	return m, []Effect{SetEditor{text}}
}

// linkName names the record of a link by what its sender called it.
func (m Model) linkName() string {
	if m.summary.Title != "" {
		return "“" + m.summary.Title + "”, a shared record"
	}
	return "a shared record"
}

// RemarkView is the note of whoever shared the record.
type RemarkView struct {
	Lines []string // none: there is no note
	Frame int      // from 0, -1: it is about no frame in particular
	Label string   // of the button that leads there: "Frame 12"
}

// remark is the note of the record. It is text: nothing in it is followed.
func (m Model) remark() RemarkView {
	v := RemarkView{Frame: -1}
	if strings.TrimSpace(m.summary.Note) == "" {
		return v
	}
	for line := range strings.SplitSeq(strings.TrimSpace(m.summary.Note), "\n") {
		v.Lines = append(v.Lines, Shown(strings.TrimSuffix(line, "\r")))
	}
	if n := m.file.link.note; n >= 0 && n < m.summary.Frames {
		v.Frame, v.Label = n, "Frame "+number(n+1)
	}
	return v
}
