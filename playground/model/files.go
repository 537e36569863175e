package model

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// FileState is how far a file is read.
type FileState string

// The states of a file. Until FileBegun the record is another one.
const (
	FileNone      FileState = ""
	FileAsked     FileState = "asked"     // nobody knows yet what it is
	FileRefused   FileState = "refused"   // it is no record
	FileKeys      FileState = "keys"      // it is a log of TLS keys
	FileBegun     FileState = "begun"     // the record is the file's from here on
	FileReading   FileState = "reading"   //
	FileCancelled FileState = "cancelled" // what was read by then is shown
	FileCut       FileState = "cut"       // it could not be read to its end
	FileDone      FileState = "done"      //
	FileLeft      FileState = "left"      // another record has taken its place
)

// files is the file that is the record, or was.
type files struct {
	state  FileState
	id     int // of the attempt to read it
	number int // by which the bridge knows it
	name   string
	size   int64
	read   int64
	text   string      // why it was refused or is cut
	keys   keyLog      // that its TLS is opened with
	source string      // what it is, if it became a record: "a pcapng capture"
	note   string      // what it held, beside the record
	locked int         // connections whose TLS keys lack
	over   bool        // somebody holds a file above the page
	given  []GivenFile // those that were given together
	next   *files      // asked for while another one is shown
	began  bool        // a record has begun, whose first summary is awaited
	marks  bool        // the file's own bookmarks are wanted
	link   link        // where it came from, if it was a link
}

// shown says whether the record is the file's.
func (f files) shown() bool {
	switch f.state {
	case FileBegun, FileReading, FileCancelled, FileCut, FileDone:
		return true
	}
	return false
}

func (f files) goesOn() bool { return f.state == FileBegun || f.state == FileReading }

// keyLog is a file of TLS keys, if given is true.
type keyLog struct {
	given  bool
	number int
	name   string
}

// opens says whether a log of TLS keys can be of use: a capture is the record, or
// was.
func (f files) opens() bool {
	return (f.shown() || f.state == FileLeft) && strings.HasSuffix(f.source, " capture")
}

// The kinds of files that PickFile asks for: endings, and a media type without
// which phones offer nothing.
const (
	kindsRecord = ".h2trace,.gz,.zst,.jsonl,.pcap,.pcapng,.cap,.json,.har,.txt,.log,.keys,application/octet-stream"
	kindsKeys   = ".log,.txt,.keys,.keylog,.sslkeylog,text/plain,application/octet-stream"
)

// PickFile has the browser ask for a file; FileGiven answers, if one is chosen.
// Kinds is what an input element accepts.
type PickFile struct{ Kinds string }

// ReadFile reads a file as the record, in place of the one that is shown: of Of
// files from the number File on the first that can be one; a log of TLS keys among
// them opens it. After is the last session's Serial: nothing that it still sends is
// taken in. Keys is the number of the file of TLS keys, or NoKeys.
type ReadFile struct{ ID, File, Of, After, Keys int }

// NoKeys stands for no file of TLS keys.
const NoKeys = -1

// CancelFile reads no further.
type CancelFile struct{ ID int }

// FileDragged says whether somebody holds a file above the page.
type FileDragged struct{ Over bool }

// FileGiven is the files that somebody chose or dropped together, and the number
// of the first; the others follow it.
type FileGiven struct {
	File  int
	Files []GivenFile
}

// GivenFile is a file of the browser's; Size is in octets.
type GivenFile struct {
	Name string
	Size int64
}

// RecordBegan says that the summaries from here on are of another record.
type RecordBegan struct{}

// FileRead tells how many octets of a file have been read, and in Text why it
// was refused or is cut. Source says what it is, when it had to become a record;
// at its end Note what it held beside, and Locked how many connections wait for
// TLS keys.
type FileRead struct {
	ID     int
	State  FileState
	Read   int64
	Text   string
	Source string
	Note   string
	Locked int
	Record int // which of the files that were given is read, from 0
	KeyLog int // which of them opens its TLS, from 1; 0: none
}

func (PickFile) effect()   {}
func (ReadFile) effect()   {}
func (CancelFile) effect() {}
func (FileDragged) msg()   {}
func (FileGiven) msg()     {}
func (FileRead) msg()      {}
func (RecordBegan) msg()   {}

// The actions of files.
const (
	ActOpen       Action = "open"        // asks for a file
	ActKeys       Action = "keys"        // asks for a log of TLS keys
	ActReopen     Action = "reopen"      // the file that was the record
	ActCancelFile Action = "cancel-file" //
	ActForgetFile Action = "forget-file" // closes the line that tells of it
	ActTakeFile   Action = "take-file"   // the record's program into the editor
)

// fileMsg takes the messages about files.
func (m Model) fileMsg(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case FileDragged:
		m.file.over = msg.Over && !m.embed
	case FileGiven:
		m.file.over = false
		if m.embed || len(msg.Files) == 0 {
			return m, nil
		}
		return m.readFile(files{number: msg.File, name: msg.Files[0].Name, size: msg.Files[0].Size, given: msg.Files})
	case FileRead:
		return m.fileRead(msg)
	case RecordBegan:
		m.file.began = true
	}
	return m, nil
}

func (m Model) fileClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActOpen:
		return m, []Effect{PickFile{kindsRecord}}
	case ActKeys:
		return m, []Effect{PickFile{kindsKeys}}
	case ActReopen:
		if m.linked().kind != "" && m.file.state == FileRefused {
			return m.readLink(m.file.link)
		}
		if m.file.state == FileLeft || m.file.shown() && !m.file.goesOn() {
			m.notice = notice{}
			if m.file.link.kind != "" {
				return m.readLink(m.file.link)
			}
			return m.readFile(files{number: m.file.number, name: m.file.name, size: m.file.size, keys: m.file.keys})
		}
	case ActCancelFile:
		if m.file.next != nil {
			return m, []Effect{CancelFile{m.file.next.id}}
		}
		return m, []Effect{CancelFile{m.file.id}}
	case ActForgetFile:
		if m.file.state == FileLeft || m.file.state == FileRefused {
			m.file = files{over: m.file.over, began: m.file.began, next: m.file.next}
			return m, []Effect{SetURL{m.Fragment()}}
		}
	case ActTakeFile:
		from := m.summary.Title
		if from == "" {
			from = m.file.name
		}
		return m.takeProgram(m.summary.Program, from)
	}
	return m, nil
}

// readFile asks for a file to be read. The record stays until it is known that
// the file holds one.
func (m Model) readFile(f files) (Model, []Effect) {
	m.serial++
	f.id, f.state = m.serial, FileAsked
	m.file.next = &f
	keys := NoKeys
	if f.keys.given {
		keys = f.keys.number
	}
	return m, []Effect{ReadFile{f.id, f.number, max(1, len(f.given)), m.run.Serial, keys}}
}

// chosenOf is the file that a list of files came down to, and how many others
// were for nothing.
func (f files) chosenOf(r FileRead) (files, int) {
	given := f.given
	f.given = nil
	if r.Record >= len(given) || r.KeyLog > len(given) {
		return f, 0
	}
	left := len(given) - 1
	if r.KeyLog > 0 && !f.keys.given {
		left--
		f.keys = keyLog{true, f.number + r.KeyLog - 1, given[r.KeyLog-1].Name}
	}
	f.number, f.name, f.size = f.number+r.Record, given[r.Record].Name, given[r.Record].Size
	return f, left
}

func (m Model) fileRead(r FileRead) (Model, []Effect) {
	if f := m.file.next; f != nil && r.ID == f.id {
		switch r.State {
		case FileBegun:
			f, left := f.chosenOf(r)
			if left > 0 {
				m.notice = notice{text: "One record at a time: “" + Shown(f.name) + "” is opened, the other " + Plural(left, "file") + " not."}
			}
			f.source = r.Source
			return m.beginFile(f)
		case FileKeys:
			if m.file.opens() { // the capture is read again with them
				return m.readFile(files{number: m.file.number, name: m.file.name, size: m.file.size, keys: keyLog{true, f.number, f.name}})
			}
			return m.refused(*f, r.Text)
		case FileRefused:
			return m.refused(*f, r.Text)
		}
		return m, nil
	}
	if r.ID != m.file.id || !m.file.goesOn() {
		return m, nil
	}
	m.file.state, m.file.read, m.file.text, m.file.note, m.file.locked = r.State, r.Read, r.Text, r.Note, r.Locked
	m.file.size = max(m.file.size, r.Read) // nobody knows how large a share is
	if m.file.goesOn() {
		return m, nil
	}
	m, effects := m.fileMarks()
	m, more := m.linkProgram()
	return m, append(effects, more...)
}

// refused says why the file that was asked for is not opened.
func (m Model) refused(f files, why string) (Model, []Effect) {
	m.file.next = nil
	if m.file.state != FileNone && m.file.state != FileRefused { // another one is, or was, the record
		m.notice = notice{text: Shown(why)}
		return m, nil
	}
	m.file.state, m.file.name, m.file.text, m.file.link = FileRefused, f.name, why, f.link
	return m, nil
}

// beginFile makes the file's record the one that is shown.
func (m Model) beginFile(f files) (Model, []Effect) {
	f.state, f.began, f.over = FileBegun, m.file.began, m.file.over
	m.file = f
	var effects []Effect
	if m.running() {
		effects = append(effects, Stop{})
	}
	m.run.State, m.run.Message, m.run.Line, m.run.Col, m.again = RunDone, "", 0, 0, again{}
	m.run.Mode = ModeBrowser
	m.pause()
	m.fresh, m.held, m.follow, m.auto = true, nil, false, true
	key := f.name + "\n" + strconv.FormatInt(f.size, 10) + f.link.text
	if f.keys.given { // what was encrypted has other frames
		key += "\n" + f.keys.name
	}
	effects = append(effects, m.openMarks(recordKey(key))...)
	m.file.marks = len(m.book.list) == 0
	return m, append(effects, SetURL{m.Fragment()})
}

// fileMarks takes up the bookmarks that the file holds, unless some of this
// browser's belong to it.
func (m Model) fileMarks() (Model, []Effect) {
	if !m.file.marks {
		return m, nil
	}
	m.file.marks = false
	var list []Bookmark
	for i := len(m.summary.Marks) - 1; i >= 0; i-- { // the last one of a frame counts
		if k := m.summary.Marks[i]; k.Kind == "bookmark" && k.Frame < m.summary.Frames {
			list = append(list, Bookmark{Frame: k.Frame, Note: k.Text})
		}
	}
	if len(list) == 0 {
		return m, nil
	}
	m.book.list = soundMarks(list)
	return m.saved()
}

// leaveFile notes that a session takes the place of the file's record, and how
// to go back.
func (m *Model) leaveFile() []Effect {
	var effects []Effect
	if f := m.file.next; f != nil {
		m.file.next = nil
		effects = append(effects, CancelFile{f.id})
	}
	if m.file.state == FileRefused && m.file.link.kind != "" {
		m.file.state = FileNone
		return append(effects, SetURL{m.Fragment()})
	}
	if !m.file.shown() {
		return effects
	}
	if m.file.goesOn() {
		effects = append(effects, CancelFile{m.file.id})
	}
	m.file.state = FileLeft
	if m.file.link.kind != "" {
		effects = append(effects, SetURL{m.Fragment()})
	}
	return effects
}

// FileView is the line that tells of the file.
type FileView struct {
	State    FileState
	Name     string
	Title    string // of the record
	Text     string // "1,234,567 octets, 100,000 frames", or what went wrong
	Bad      bool
	Progress int // thousandths, -1: nothing goes on
	Over     bool
	Program  bool   // the record has a program that is not the editor's
	Again    bool   // it can be run again, or what can be done in its place be told
	Note     string // what the file held beside the record
	Locked   string // what a log of TLS keys would open, or does; "": nothing
	Keys     bool   // there is something that a log of TLS keys would open
	Asked    string
	Retry    bool // a link that was refused can be tried again
	Remark   RemarkView
}

// File is the line that tells of the file.
func (m Model) File() FileView {
	f := m.file
	v := FileView{State: f.state, Name: Shown(f.name), Progress: -1, Over: f.over}
	if f.next != nil {
		v.Asked = "Looking into “" + Shown(f.next.name) + "”…"
	}
	frames := Count(int64(m.summary.Frames)) + " frames"
	switch f.state {
	case FileBegun, FileReading:
		v.Progress = int(min(1000, f.read*1000/max(f.size, 1)))
		v.Text = "reading: " + Octets(f.read) + " of " + Octets(f.size) + ", " + frames
	case FileCancelled:
		v.Text, v.Bad = "not read to its end: "+Octets(f.read)+" of "+Octets(f.size)+" are shown, "+frames, true
	case FileCut:
		v.Text, v.Bad = sentence(Shown(f.text))+" What comes before is shown: "+frames+".", true
	case FileRefused:
		v.Text, v.Bad, v.Retry = Shown(f.text), true, f.link.kind != "" && f.next == nil
	case FileDone:
		v.Text = frames + ", " + Octets(f.size)
	case FileLeft:
		v.Text = "is no longer shown: another session took its place"
	}
	if f.shown() {
		v.Again = !f.goesOn() && m.again.state != againAsked
		v.Title = Shown(m.summary.Title)
		v.Program = !m.embed && m.summary.Program != "" && m.summary.Program != m.program.text
		v.Note, v.Keys = Shown(f.note), f.locked > 0
		v.Locked = f.lockedText()
		v.Remark = m.remark()
	}
	return v
}

// lockedText says which connections of a capture nobody can read, and what would
// change that.
func (f files) lockedText() string {
	what := Plural(f.locked, "connection") + " of TLS"
	switch {
	case f.goesOn(), f.locked == 0 && !f.keys.given:
		return ""
	case f.locked == 0:
		return "Decrypted with “" + Shown(f.keys.name) + "”."
	case f.keys.given:
		return "“" + Shown(f.keys.name) + "” has no secrets of " + what + "."
	case f.locked == 1:
		return what + " is encrypted: a key log (SSLKEYLOGFILE) opens it."
	}
	return what + " are encrypted: a key log (SSLKEYLOGFILE) opens them."
}

// Octets is a number of octets in few digits: "12.3 MB".
func Octets(n int64) string {
	switch {
	case n < 10_000:
		return Count(n) + " octets"
	case n < 1_000_000:
		return strconv.FormatFloat(float64(n)/1e3, 'f', 1, 64) + " kB"
	case n < 1_000_000_000:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
	}
	return strconv.FormatFloat(float64(n)/1e9, 'f', 2, 64) + " GB"
}

// another says whether a summary is the first one of another record.
func (m *Model) another(s view.Summary) bool {
	again := m.known && (s.Version < m.summary.Version || s.Frames < m.summary.Frames || m.file.began)
	m.file.began = false
	return again
}
