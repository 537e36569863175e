package model

import (
	"strconv"
	"strings"
)

// sheet is a drawing as SVG. It holds text, lines and boxes: no script, no style,
// nothing from elsewhere. Colours are var(--…), which whoever saves it resolves.
type sheet struct {
	b strings.Builder
	y int // where the next row begins
}

// The drawing's measures, in CSS pixels.
const (
	sheetWidth  = 980
	sheetMargin = 24
	letterWidth = 6.7 // of the monospaced text of 11 px
	sequenceRow = 36
	sheetRow    = 20
)

func newSheet(title string) *sheet {
	d := &sheet{y: 58}
	d.text(sheetMargin, 34, title, "var(--text)", "start", `font-size="15" font-weight="600" font-family="sans-serif"`)
	return d
}

// done is the drawing with its width and height, and a line about the rows that
// are left out.
func (d *sheet) done(more int) (svg string, width, height int) {
	if more > 0 {
		d.text(sheetMargin, d.y+18, "… "+Plural(more, "more row"), "var(--muted)", "start", "")
		d.y += 28
	}
	h := d.y + sheetMargin
	head := `<svg xmlns="http://www.w3.org/2000/svg" width="` + strconv.Itoa(sheetWidth) + `" height="` + strconv.Itoa(h) +
		`" viewBox="0 0 ` + strconv.Itoa(sheetWidth) + " " + strconv.Itoa(h) + `" font-family="monospace" font-size="11">` +
		`<rect width="100%" height="100%" fill="var(--panel)"/>`
	return head + d.b.String() + "</svg>", sheetWidth, h
}

func (d *sheet) text(x, y int, s, fill, anchor, more string) {
	if s == "" {
		return
	}
	if more != "" {
		more = " " + more
	}
	d.b.WriteString(`<text x="` + strconv.Itoa(x) + `" y="` + strconv.Itoa(y) + `" fill="` + fill + `" text-anchor="` + anchor + `"` + more + ` xml:space="preserve">` + xmlText(s) + `</text>`)
}

func (d *sheet) line(x1, y1, x2, y2 int, stroke, width string) {
	d.b.WriteString(`<line x1="` + strconv.Itoa(x1) + `" y1="` + strconv.Itoa(y1) + `" x2="` + strconv.Itoa(x2) + `" y2="` + strconv.Itoa(y2) +
		`" stroke="` + stroke + `" stroke-width="` + width + `"/>`)
}

func (d *sheet) box(x, y, w, h int, fill, stroke string) {
	d.b.WriteString(`<rect x="` + strconv.Itoa(x) + `" y="` + strconv.Itoa(y) + `" width="` + strconv.Itoa(w) + `" height="` + strconv.Itoa(h) +
		`" rx="4" fill="` + fill + `" stroke="` + stroke + `"/>`)
}

// The lifelines of the Sequence.
const (
	lifeLeft  = 110
	lifeRight = 840
)

// sequence draws rows as arrows between two lifelines.
func (d *sheet) sequence(client, server End, rows []Row) {
	d.text(lifeLeft, d.y, joined(client.Name, fitted(client.Text, 46)), "var(--text)", "middle", `font-weight="600"`)
	d.text(lifeRight, d.y, joined(server.Name, fitted(server.Text, 30)), "var(--text)", "middle", `font-weight="600"`)
	d.y += 10
	top := d.y
	for _, x := range []int{lifeLeft, lifeRight} {
		d.line(x, top, x, top+len(rows)*sequenceRow+8, "var(--edge)", "1")
	}
	for _, r := range rows {
		d.arrow(r)
		d.y += sequenceRow
	}
	d.y += 8
}

func (d *sheet) arrow(r Row) {
	color := "var(--f-" + r.Color + ")"
	d.text(lifeLeft-12, d.y+16, r.Time, "var(--muted)", "end", "")
	x1, x2, head := lifeLeft, lifeRight, -9
	if r.Dir == "s2c" {
		x1, x2, head = lifeRight, lifeLeft, 9
	}
	y1, y2 := d.y+14, d.y+14+r.Slope
	if r.Lost {
		x2 = (x1 + x2) / 2
	}
	width := "1.5"
	if r.Heavy {
		width = "3"
	}
	d.line(x1, y1, x2, y2, color, width)
	if r.Lost {
		d.line(x2-5, y2-5, x2+5, y2+5, color, "1.5")
		d.line(x2-5, y2+5, x2+5, y2-5, color, "1.5")
	} else {
		d.b.WriteString(`<path d="M` + strconv.Itoa(x2) + " " + strconv.Itoa(y2) + "l" + strconv.Itoa(head) + ` -4v8z" fill="` + color + `"/>`)
	}
	what := fitted(r.Type+" "+r.Says, 92)
	w := int(float64(len([]rune(what)))*letterWidth) + 16
	mid := (lifeLeft + lifeRight) / 2
	d.box(mid-w/2, d.y+5, w, 20, "var(--panel)", color)
	d.text(mid, d.y+19, what, color, "middle", "")
	d.text(lifeRight+12, d.y+16, fitted(r.Stream, 16), "var(--muted)", "start", "")
	d.text(lifeRight+12, d.y+29, fitted(r.Error, 18), "var(--err)", "start", `font-size="10"`)
}

// cell is a piece of a table's row.
type cell struct {
	x, room int // room: letters
	text    string
	fill    string
	right   bool // it ends at x
}

func (d *sheet) row(cells ...cell) {
	for _, c := range cells {
		anchor := "start"
		if c.right {
			anchor = "end"
		}
		fill := c.fill
		if fill == "" {
			fill = "var(--text)"
		}
		d.text(c.x, d.y+14, fitted(c.text, c.room), fill, anchor, "")
	}
	d.y += sheetRow
	d.line(sheetMargin, d.y, sheetWidth-sheetMargin, d.y, "var(--line)", "1")
}

// frames draws rows as a table.
func (d *sheet) frames(rows []Row) {
	row := func(number, time, dir, kind, stream, length, flags, says, color string) {
		d.row(cell{78, 9, number, color, true}, cell{160, 12, time, color, true}, cell{172, 6, dir, color, false}, cell{222, 18, kind, color, false},
			cell{350, 9, stream, color, false}, cell{466, 9, length, color, true}, cell{480, 11, flags, color, false}, cell{562, 58, says, color, false})
	}
	row("frame", "time", "", "type", "stream", "octets", "flags", "what it says", "var(--muted)")
	for _, r := range rows {
		row(r.Number, r.Time, r.DirShort, "", r.ID, r.Length, r.FlagsShort, joined(r.Error, r.Text), "")
		d.y -= sheetRow
		d.row(cell{222, 18, r.Type, "var(--f-" + r.Color + ")", false})
	}
}

// pairs draws the rows of two records side by side.
func (d *sheet) pairs(a, b string, rows []PairRow) {
	d.row(cell{72, 20, a, "var(--muted)", false}, cell{390, 20, "differs in", "var(--muted)", false}, cell{650, 20, b, "var(--muted)", false})
	for _, r := range rows {
		side := func(x int, c PairCell) []cell {
			if c.Frame < 0 {
				return []cell{{x + 48, 3, "–", "var(--muted)", false}}
			}
			return []cell{{x + 30, 7, c.Number, "var(--muted)", true}, {x + 36, 2, c.Arrow, "var(--muted)", false},
				{x + 50, 16, c.Type, "var(--f-" + c.Color + ")", false}, {x + 56 + int(letterWidth*float64(len(c.Type))), 43 - len(c.Type), c.Says, "", false}}
		}
		cells := append(side(sheetMargin, r.A), side(602, r.B)...)
		fill := "var(--muted)"
		if r.What == "changed" || r.What == "missing" {
			fill = "var(--err)"
		}
		d.row(append(cells, cell{390, 34, strings.TrimSpace(r.Sign + " " + joined(r.Fork, r.Says)), fill, false})...)
	}
}

// fitted is a text in the room of n letters.
func fitted(s string, n int) string {
	r := []rune(s)
	if len(r) <= n || n < 1 {
		return s
	}
	return string(r[:n-1]) + "…"
}

// xmlEscapes also keeps var( apart from the colours' var(.
var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "(", "&#40;",
	"\ufffe", "\ufffd", "\uffff", "\ufffd")

// xmlText is a text within an element of XML, without the characters that XML
// can't hold (XML 1.0, section 2.2).
func xmlText(s string) string { return xmlEscapes.Replace(Shown(strings.ToValidUTF8(s, "\ufffd"))) }
