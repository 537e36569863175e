package model

import (
	"strconv"

	"framewise/core/inspect/view"
)

// FileState is how far a file is read.
type FileState string

// The states of a file. Until FileBegun the record is another one.
const (
	FileNone      FileState = ""
	FileAsked     FileState = "asked"     // nobody knows yet what it is
	FileRefused   FileState = "refused"   // it is no record
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
	text   string // why it was refused or is cut
	over   bool   // somebody holds a file above the page
	next   *files // asked for while another one is shown
	began  bool   // a record has begun, whose first summary is awaited
	marks  bool   // the file's own bookmarks are wanted
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

// PickFile has the browser ask for a file; FileGiven answers, if one is chosen.
type PickFile struct{}

// ReadFile reads a file as the record, in place of the one that is shown. After
// is the last session's Serial: nothing that it still sends is taken in.
type ReadFile struct{ ID, File, After int }

// CancelFile reads no further.
type CancelFile struct{ ID int }

// FileDragged says whether somebody holds a file above the page.
type FileDragged struct{ Over bool }

// FileGiven is a file that somebody chose or dropped: its number, name, size in
// octets, and how many there were.
type FileGiven struct {
	File int
	Name string
	Size int64
	Of   int
}

// RecordBegan says that the summaries from here on are of another record.
type RecordBegan struct{}

// FileRead tells how many octets of a file have been read, and in Text why it
// was refused or is cut.
type FileRead struct {
	ID    int
	State FileState
	Read  int64
	Text  string
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
		if m.embed {
			return m, nil
		}
		if msg.Of > 1 {
			m.notice = notice{text: "One record at a time: “" + Shown(msg.Name) + "” is opened, the other " + Plural(msg.Of-1, "file") + " not."}
		}
		return m.readFile(files{number: msg.File, name: msg.Name, size: msg.Size})
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
		return m, []Effect{PickFile{}}
	case ActReopen:
		if m.file.state == FileLeft || m.file.shown() && !m.file.goesOn() {
			m.notice = notice{}
			return m.readFile(files{number: m.file.number, name: m.file.name, size: m.file.size})
		}
	case ActCancelFile:
		if m.file.next != nil {
			return m, []Effect{CancelFile{m.file.next.id}}
		}
		return m, []Effect{CancelFile{m.file.id}}
	case ActForgetFile:
		if m.file.state == FileLeft || m.file.state == FileRefused {
			m.file = files{over: m.file.over, began: m.file.began, next: m.file.next}
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
	return m, []Effect{ReadFile{f.id, f.number, m.run.Serial}}
}

func (m Model) fileRead(r FileRead) (Model, []Effect) {
	if f := m.file.next; f != nil && r.ID == f.id {
		switch r.State {
		case FileBegun:
			return m.beginFile(*f)
		case FileRefused:
			m.file.next = nil
			if m.file.state != FileNone && m.file.state != FileRefused { // another one is, or was, the record
				m.notice = notice{text: Shown(r.Text)}
				return m, nil
			}
			m.file.state, m.file.name, m.file.text = FileRefused, f.name, r.Text
		}
		return m, nil
	}
	if r.ID != m.file.id || !m.file.goesOn() {
		return m, nil
	}
	m.file.state, m.file.read, m.file.text = r.State, r.Read, r.Text
	if !m.file.goesOn() {
		return m.fileMarks()
	}
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
	m.run.State, m.run.Message, m.run.Line, m.run.Col = RunDone, "", 0, 0
	m.run.Mode = ModeBrowser
	m.pause()
	m.fresh, m.held, m.follow, m.auto = true, nil, false, true
	effects = append(effects, m.openMarks(recordKey(f.name+"\n"+strconv.FormatInt(f.size, 10)))...)
	m.file.marks = len(m.book.list) == 0
	return m, effects
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
	if !m.file.shown() {
		return effects
	}
	if m.file.goesOn() {
		effects = append(effects, CancelFile{m.file.id})
	}
	m.file.state = FileLeft
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
	Program  bool // the record has a program that is not the editor's
	Asked    string
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
		v.Text, v.Bad = Shown(f.text), true
	case FileDone:
		v.Text = frames + ", " + Octets(f.size)
	case FileLeft:
		v.Text = "is no longer shown: another session took its place"
	}
	if f.shown() {
		v.Title = Shown(m.summary.Title)
		v.Program = m.summary.Program != "" && m.summary.Program != m.program.text
	}
	return v
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
