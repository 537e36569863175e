package model

import "strings"

// making is a file of the record on its way to whom it is for.
type making struct {
	id          int // of StartShare; 0: nothing goes on
	name        string
	secrets     bool // of the file
	state       ShareState
	done, total int64
	next        bool // the next file holds the record's secrets
	beside      bool // it is not saved, but shown beside the record
}

// The actions of files that are made of the record.
const (
	ActSecrets    Action = "secrets"     // the next file holds the record's secrets, or not
	ActStopExport Action = "stop-export" //
)

// exportFiles are the files that can be made of a record. Arg: as in ExportRow; a
// "-server" behind a format asks for the server's side.
var exportFiles = []ExportRow{
	{FormatRecord, "Record (.h2trace)", "opens here again"},
	{FormatPcapng, "Capture (.pcapng)", "for Wireshark"},
	{FormatHAR, "Exchanges (.har)", "HAR 1.2"},
	{FormatQlog, "Events (.qlog)", "a line an event"},
	{FormatTxt, "Transcript (.txt)", "every frame in full"},
	{FormatScript, "Client's frames (.script)", "a frame script"},
	{FormatScript + "-server", "Server's frames (.script)", "a frame script"},
	{exportBeside, "See it without its secrets", "beside this record"},
}

// exportBeside makes the record without its secrets the second record, to be
// looked at, and drawn, in every view.
const exportBeside = "beside"

func isFile(arg string) bool {
	for _, f := range exportFiles {
		if f.Arg == arg {
			return true
		}
	}
	return false
}

// exportFile makes a file of the record, without its secrets unless somebody has
// just asked for them. The next one is without again.
func (m Model) exportFile(arg string) (Model, []Effect) {
	m.export.menu = false
	beside := arg == exportBeside
	secrets := m.making.next && !beside
	effects := []Effect{Focus{IDExport}}
	if !m.known || m.summary.Frames == 0 {
		m.notice = notice{text: "There is nothing to export yet: no frame has come."}
		return m, effects
	}
	if m.making.id != 0 {
		effects = append(effects, CancelShare{m.making.id})
	}
	format, server := strings.CutSuffix(arg, "-server")
	if beside {
		format = FormatRecord
	}
	m.serial++
	e := StartShare{ID: m.serial, What: ShareMake, Record: m.record, Format: format, Redact: !secrets}
	m.notice = notice{}
	m.making = making{id: e.ID, name: "framewise-record", secrets: secrets, state: ShareLoading}
	title := m.summary.Title
	if own := m.exampleTitle(); own != "" && !secrets {
		title, e.Own, e.Title = own, true, own
	} else if !secrets {
		title = ""
	}
	own := m.sharing.typed && m.record == 0
	if own { // written for others, in the dialog that shares
		title, e.Own, e.Title, e.Note = m.sharing.title, true, m.sharing.title, strings.TrimSpace(m.sharing.note)
	}
	if title := slug(title); title != "" {
		m.making.name = cut(title, 60)
	}
	if server {
		e.Side = "server"
		m.making.name += "-server"
	}
	if secrets {
		m.making.name += "-with-secrets"
	}
	m.making.name += "." + format
	if beside {
		m.making.beside, m.making.name, e.Record = true, besideName, 0
	}
	switch {
	case own:
		e.Marks = m.shareMarks()
	case e.Record == 0:
		e.Marks = m.book.list
	}
	return m, append(effects, e)
}

// besideName is what exportBeside makes.
const besideName = "this record without its secrets"

// exampleTitle is the record's title if it is that of one of the page's examples,
// changed or not, which is nobody's secret; else "".
func (m Model) exampleTitle() string {
	for _, e := range m.examples {
		if t := m.summary.Title; t == e.Title || t == e.Title+", changed" {
			return t
		}
	}
	return ""
}

// shareTold takes in how far a file is.
func (m Model) shareTold(t ShareTold) (Model, []Effect) {
	if t.ID == 0 || t.ID != m.making.id {
		return m, nil
	}
	f := m.making
	switch t.State {
	case ShareDone:
		m.making = making{next: f.next}
		m.notice = notice{text: f.told(t)}
		if f.beside {
			return m, []Effect{ShareBeside{f.id, f.name}, DropShare{f.id}}
		}
		return m, []Effect{SaveShare{f.id, f.name}, DropShare{f.id}}
	case ShareFailed:
		m.making = making{next: f.next}
		m.notice = notice{text: "“" + f.name + "” was not made. " + Shown(t.Message)}
	case ShareCancelled:
		m.making = making{next: f.next}
		m.notice = notice{text: "“" + f.name + "” was not made: you cancelled it."}
	default:
		m.making.state, m.making.done, m.making.total = t.State, t.Done, t.Total
	}
	return m, nil
}

// told is what there is to say of a file that was made.
func (f making) told(t ShareTold) string {
	text := "“" + f.name + "”, " + Octets(t.Plain)
	switch gone := GoneText(t.Report); {
	case t.Report == nil:
		text += ", holds all of the record, its secrets too."
	case gone == "":
		text += ": there was nothing to take out."
	default:
		text += ". Taken out: " + gone + "."
	}
	if t.Broken != "" {
		text += " It ends where the record can't be read on: " + Shown(t.Broken) + "."
	}
	return text
}

// shareKinds names the kinds of a ShareItem, one and many, the first that
// matter most.
var shareKinds = []struct{ kind, one, many string }{
	{"field", "value of a field", "values of fields"}, {"query", "query", "queries"}, {"data", "content (DATA)", "contents (DATA)"},
	{"host", "name of a host", "names of hosts"}, {"string", "string of the program", "strings of the program"},
	{"console", "line of the console", "lines of the console"}, {"name", "name of a field", "names of fields"},
	{"debug", "debug data of GOAWAY", "debug data of GOAWAY"}, {"remark", "remark", "titles and remarks"}, {"text", "other text", "other texts"},
	{"ping", "PING’s octets", "PINGs’ octets"}, {"padding", "padding", "paddings"}, {"entry", "entry of an unknown kind", "entries of unknown kinds"},
	{"unknown", "run of octets that can’t be understood", "runs of octets that can’t be understood"},
}

// GoneText says in a few words what went, "" if nothing did.
func GoneText(r *ShareReport) string {
	if r == nil {
		return ""
	}
	var parts []string
	for _, k := range shareKinds {
		n := 0
		for _, i := range r.Gone {
			if i.Kind == k.kind {
				n += i.Count
			}
		}
		if n > 0 {
			parts = append(parts, plural(n, k.one, k.many))
		}
	}
	return strings.Join(parts, ", ")
}

// MakingView is a file on its way.
type MakingView struct {
	Text     string // "": nothing goes on
	Progress int    // thousandths
}

// Making is the file on its way.
func (m Model) Making() MakingView {
	f := m.making
	if f.id == 0 {
		return MakingView{}
	}
	part := int(f.done * 500 / max(f.total, 1))
	switch f.state {
	case ShareReading:
		return MakingView{"Reading the record for “" + f.name + "”", part}
	case ShareWriting:
		return MakingView{"Writing “" + f.name + "”", 500 + part}
	}
	return MakingView{"Making “" + f.name + "”", 0}
}
