package model

import (
	"strings"

	"framewise/core/inspect/view"
)

// export is what somebody has asked for, while its rows are awaited.
type export struct {
	menu   bool
	format string // "": nothing is awaited
	view   View
	pairs  bool // of both records
	key    listKey
	rowsID int
}

// The formats of ExportView and the menu.
const (
	FormatSVG   = "svg"
	FormatPNG   = "png"
	FormatText  = "text"
	FormatPrint = "print"
)

// ActExport saves the view, or the record. Arg: a format or one of exportFiles, ""
// for the menu.
const ActExport Action = "export"

// SaveFile has the browser save a text.
type SaveFile struct{ Name, Type, Text string }

// SaveDrawing has the browser save a drawing (SVG, in whose attributes var(--…)
// stands for the colours of the page's theme), as it is or as a PNG.
type SaveDrawing struct {
	Name          string // without its ending
	Format        string // FormatSVG or FormatPNG
	SVG           string
	Width, Height int // CSS pixels
}

// PrintDrawings prints drawings, each on a page.
type PrintDrawings struct{ Pages Pages }

// Pages are drawings. It is a pointer, so that effects can be compared.
type Pages = *[]string

// SaveView has the page draw the view as it stands in the document: its charts
// and tables as an SVG with text, or prints it.
type SaveView struct {
	Name, Title string
	Format      string // FormatSVG, FormatPNG or FormatPrint
}

func (SaveFile) effect()      {}
func (SaveDrawing) effect()   {}
func (PrintDrawings) effect() {}
func (SaveView) effect()      {}

// Bounds of what is exported: rows of a text or an SVG, of a PNG (browsers draw
// no higher canvas), and of a printed page.
const (
	exportRows = 2000
	pictureMax = 400
	pageRowsOf = 30
)

// IDExport is the button that opens the menu, IDExportMenu its first entry.
const (
	IDExport     = "export-open"
	IDExportMenu = "export-first"
)

// ExportView is the menu.
type ExportView struct {
	Open    bool
	Rows    []ExportRow // what is seen
	Files   []ExportRow // the record, as a file
	Secrets bool        // the next file holds the record's secrets
}

// ExportRow is an entry of the menu.
type ExportRow struct{ Arg, Text, Note string }

// Export is the menu.
func (m Model) Export() ExportView {
	v := ExportView{Open: m.export.menu, Files: exportFiles, Secrets: m.making.next}
	name := viewTitle(m.exported())
	v.Rows = []ExportRow{
		{FormatSVG, name + " as SVG", "a drawing that scales"},
		{FormatPNG, name + " as PNG", "a picture, twice as sharp"},
		{FormatText, "Frames as text", "a line a frame"},
		{FormatPrint, "Print " + name, "Ctrl P"},
	}
	return v
}

// exported is the view that is exported: the program's is the list beside it.
func (m Model) exported() View {
	if m.view == ViewCode {
		return ViewSequence
	}
	return m.view
}

func viewTitle(v View) string {
	for _, t := range viewTabs {
		if t.ID == string(v) {
			return t.Text
		}
	}
	return string(v)
}

// startExport does what an entry of the menu says. What needs rows asks for them.
func (m Model) startExport(format string) (Model, []Effect) {
	switch format {
	case "":
		m.export.menu = !m.export.menu
		m.menu, m.making.next = false, false
		if m.export.menu {
			return m, []Effect{Focus{IDExportMenu}}
		}
		return m, []Effect{Focus{IDExport}}
	}
	if isFile(format) {
		return m.exportFile(format)
	}
	m.export = export{}
	effects := []Effect{Focus{IDExport}}
	if !m.known || m.summary.Frames == 0 {
		m.notice = notice{text: "There is nothing to export yet: no frame has come."}
		return m, effects
	}
	v := m.exported()
	pairs := v == ViewCompare && m.pair.tab == "" && m.other.ready
	if !v.Listed() && !pairs && format != FormatText {
		return m, append(effects, SaveView{Name: m.fileName(v), Title: m.exportTitle(v), Format: format})
	}
	m.export = export{format: format, view: v, pairs: pairs && format != FormatText}
	if m.export.pairs {
		return m, effects // see wantExport
	}
	m.serial++
	k := m.asked()
	m.export.rowsID, m.export.key = m.serial, k
	return m, append(effects, QueryRows{ID: m.serial, N: exportRows, Conn: k.conn, Filter: k.filter, Sort: k.sort, Desc: k.desc,
		Collapse: k.collapse, Open: k.open})
}

// wantExport asks for the rows of both records.
func (m Model) wantExport() []want {
	if m.export.format == "" || !m.export.pairs {
		return nil
	}
	q := Question{Op: "aligned", Frame: -1, N: exportRows}
	if m.pair.only {
		q.What = "differ"
	}
	return []want{{slot: slotExport, q: q}}
}

// exportRowsCame makes the file of the rows.
func (m Model) exportRowsCame(a RowsArrived) (Model, []Effect) {
	e := m.export
	m.export = export{}
	if a.Err != "" {
		m.notice = notice{text: "The frames could not be had: " + Shown(a.Err)}
		return m, nil
	}
	rows := make([]Row, 0, len(a.Rows.Rows))
	for _, r := range a.Rows.Rows {
		row := m.fill(Row{Frame: -1}, r)
		row.Selected, row.Future = false, false
		rows = append(rows, row)
	}
	more := a.Rows.Total - len(rows)
	if e.format == FormatText {
		return m, []Effect{SaveFile{Name: m.fileName(e.view) + ".txt", Type: "text/plain;charset=utf-8", Text: m.transcript(rows, more)}}
	}
	client, server := m.ends()
	return m.drawn(e, len(rows), more, func(from, to, more int) (string, int, int) {
		d := newSheet(m.exportTitle(e.view))
		if e.view == ViewFrames {
			d.frames(rows[from:to])
		} else {
			d.sequence(client, server, rows[from:to])
		}
		return d.done(more)
	})
}

// pairsCame makes the file of both records' rows, once they are here.
func (m Model) pairsCame() (Model, []Effect) {
	e := m.export
	a, ok := answer[view.Aligned](m, slotExport)
	if why := m.replies[slotExport].err; e.pairs && why != "" {
		m.export = export{}
		m.notice = notice{text: "The frames could not be had: " + Shown(why)}
		return m, nil
	}
	if e.format == "" || !e.pairs || !ok {
		return m, nil
	}
	m.export = export{}
	rows := make([]PairRow, len(a.Rows))
	for i, r := range a.Rows {
		m.fillPair(&rows[i], r)
	}
	m.dropAnswers(slotExport)
	return m.drawn(e, len(rows), a.Total-len(rows), func(from, to, more int) (string, int, int) {
		d := newSheet(m.exportTitle(e.view))
		d.pairs("Now", m.otherTab(), rows[from:to])
		return d.done(more)
	})
}

// drawn makes drawings of n rows in the format: one, or one a page.
func (m Model) drawn(e export, n, more int, draw func(from, to, more int) (string, int, int)) (Model, []Effect) {
	if e.format == FormatPrint {
		pages := []string{}
		for from := 0; from == 0 || from < n; from += pageRowsOf {
			rest := 0
			if from+pageRowsOf >= n {
				rest = more
			}
			page, _, _ := draw(from, min(from+pageRowsOf, n), rest)
			pages = append(pages, page)
		}
		return m, []Effect{PrintDrawings{&pages}}
	}
	to := n
	if e.format == FormatPNG && n > pictureMax {
		to = pictureMax
		m.notice = notice{text: "The picture shows the first " + number(pictureMax) + " rows: browsers draw no higher one. The SVG shows " + number(n) + "."}
	}
	svg, w, h := draw(0, to, more+n-to)
	return m, []Effect{SaveDrawing{Name: m.fileName(e.view), Format: e.format, SVG: svg, Width: w, Height: h}}
}

// exportTitle stands above what is exported.
func (m Model) exportTitle(v View) string {
	title := m.summary.Title
	if title == "" {
		title = m.program.title(m.examples)
	}
	of := ""
	if m.record == 1 {
		of = m.otherText()
	}
	return joined(Shown(title), viewTitle(v), of, filterText(m.list.key.filter, v))
}

func filterText(filter string, v View) string {
	if filter == "" || !v.Listed() {
		return ""
	}
	return "filter " + Shown(filter)
}

// fileName is the title and the view as a file's name without its ending: small
// letters, digits and hyphens.
func (m Model) fileName(v View) string {
	title := m.summary.Title
	if title == "" {
		title = m.program.title(m.examples)
	}
	name := slug(title)
	if name == "" {
		name = "framewise"
	}
	return cut(name, 60) + "-" + slug(viewTitle(v))
}

func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	return b.String()
}

// transcript is the list as text, a line a frame.
func (m Model) transcript(rows []Row, more int) string {
	lines := [][]string{{"frame", "time", "direction", "type", "stream", "octets", "flags", "says"}}
	for _, r := range rows {
		says := r.Text
		if r.Error != "" {
			says = joined(r.Error, says)
		}
		lines = append(lines, []string{r.Number, r.Time, r.DirShort, r.Type, r.ID, r.Length, r.Flags, says})
	}
	width := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, cell := range l {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	b.WriteString(m.exportTitle(ViewFrames) + "\n\n")
	for _, l := range lines {
		line := ""
		for i, cell := range l {
			pad := strings.Repeat(" ", width[i]-len([]rune(cell)))
			if i == 0 || i == 1 || i == 5 {
				line += pad + cell + "  "
			} else {
				line += cell + pad + "  "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if more > 0 {
		b.WriteString("… " + Plural(more, "more row") + "\n")
	}
	return b.String()
}
