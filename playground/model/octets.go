package model

import (
	"encoding/hex"
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// Octets are shown a page at a time, so that a frame of 16 MiB costs no more
// than a small one.
const (
	octetsALine = 16
	octetsAPage = 8 * octetsALine
)

// octets is what is lit in the inspector: by the pointer while it is there,
// else what was clicked.
type octets struct {
	page  int
	focus int // octet that the keyboard is on, -1: none
	point lit // under the pointer or the keyboard
	pin   lit // clicked
}

// lit names an octet, a span or a representation; -1 where it doesn't.
type lit struct{ octet, span, rep int }

var (
	unlit    = lit{-1, -1, -1}
	noOctets = octets{focus: -1, point: unlit, pin: unlit}
)

func (o octets) pinned() bool { return o.pin != unlit }

func (o octets) unpin() octets {
	o.pin, o.point = unlit, unlit
	return o
}

// lighted is what a lit thing stands for: its octets, the row of the field
// table, the row of the field block.
type lighted struct{ off, end, span, rep int }

// lighted finds what is lit now.
func (m Model) lighted() lighted {
	for _, l := range []lit{m.octet.point, m.octet.pin} {
		if l != unlit {
			return m.resolve(l)
		}
	}
	return lighted{-1, -1, -1, -1}
}

func (m Model) resolve(l lit) lighted {
	d := &m.detail
	out := lighted{-1, -1, -1, -1}
	span := l.span
	switch {
	case l.rep >= 0:
		for i, s := range d.Spans {
			if s.Rep == l.rep {
				span = i
				break
			}
		}
		if span < 0 {
			out.rep = l.rep
			return out
		}
	case l.octet >= 0:
		span = spanAt(d.Spans, l.octet)
	}
	if span < 0 || span >= len(d.Spans) {
		return out
	}
	s := d.Spans[span]
	if s.Rep >= 0 {
		out.rep = s.Rep
		if top := topOfRep(d.Spans, span); top >= 0 {
			s = d.Spans[top]
		}
	}
	out.off, out.end = s.Off, s.Off+s.Len
	out.span = fieldSpan(d.Spans, span)
	return out
}

// spanAt is the innermost span that holds the octet, -1 when none does.
func spanAt(spans []view.Span, octet int) int {
	best := -1
	for i, s := range spans {
		if s.Mask == 0 && octet >= s.Off && octet < s.Off+s.Len && (best < 0 || s.Len <= spans[best].Len) {
			best = i
		}
	}
	return best
}

// fieldSpan is the span itself, or the nearest one around it that is a row of
// the field table (those of representations are rows of the field block).
func fieldSpan(spans []view.Span, i int) int {
	for i >= 0 && i < len(spans) && spans[i].Rep >= 0 {
		i = spans[i].Parent
	}
	return i
}

// topOfRep is the outermost span of the same representation.
func topOfRep(spans []view.Span, i int) int {
	for {
		p := spans[i].Parent
		if p < 0 || p >= len(spans) || spans[p].Rep != spans[i].Rep {
			return i
		}
		i = p
	}
}

// HexView is the octets of the selected frame.
type HexView struct {
	Lines  []HexLine
	Pages  int
	Page   int    // from 0
	Range  string // "octets 0–255 of 16,393", "" when one page holds all
	Status string // what is lit: "octet 9: 0x82 · Field Block"
	Note   string // and what that means
	Lit    bool   // something is lit; else Status says how
}

// HexLine is up to sixteen octets.
type HexLine struct {
	Off   string // offset of the first, in hexadecimal
	Cells [octetsALine]HexCell
	N     int // cells that are used
}

// HexCell is an octet. Bits says how it is drawn; see the Cell constants.
type HexCell struct {
	Octet int
	Hex   [2]byte
	Color uint8 // 1 to 6
	Bits  uint8
	Name  string // of its span, for assistive technology
}

// How a cell is drawn.
const (
	CellLit   = 1 << iota // belongs to what is lit
	CellPoint             // is the octet itself that is lit
	CellStart             // a span begins with it
	CellJoin              // the next cell continues its span: fill the gap
	CellFocus             // the one octet that Tab reaches
	CellRep               // a representation begins with it
)

// Hex is the selected frame's octets.
func (m Model) Hex() HexView {
	d := &m.detail
	pages := (len(d.Octets) + octetsAPage - 1) / octetsAPage
	v := HexView{Pages: pages, Page: max(0, min(m.octet.page, pages-1))}
	from := v.Page * octetsAPage
	to := min(len(d.Octets), from+octetsAPage)
	colors := cellColors(d, from, to)
	light := m.lighted()
	point := m.octet.point.octet
	if point < 0 {
		point = m.octet.pin.octet
	}
	focus := m.octet.focus
	if focus < from || focus >= to {
		focus = from
	}
	for line := from; line < to; line += octetsALine {
		l := HexLine{Off: offsetText(line, len(d.Octets)), N: min(octetsALine, to-line)}
		for i := range l.N {
			o := line + i
			c := colors[o-from]
			hex.Encode(c.Hex[:], d.Octets[o:o+1])
			c.Octet = o
			c.set(CellLit, o >= light.off && o < light.end)
			c.set(CellPoint, o == point)
			c.set(CellFocus, o == focus)
			if i == l.N-1 {
				c.set(CellJoin, false)
			}
			l.Cells[i] = c
		}
		v.Lines = append(v.Lines, l)
	}
	if pages > 1 {
		v.Range = "octets " + Count(int64(from)) + "–" + Count(int64(to-1)) + " of " + Count(int64(len(d.Octets)))
	}
	v.Status, v.Note = m.hexStatus(light, point)
	v.Lit = v.Status != "" || v.Note != ""
	if !v.Lit {
		v.Status = "Point at an octet or a field: both light up."
	}
	return v
}

func (c *HexCell) set(bit uint8, on bool) {
	c.Bits &^= bit
	if on {
		c.Bits |= bit
	}
}

// cellColors gives the octets [from, to) the colour of their field: of the
// innermost span that is no representation.
func cellColors(d *view.Detail, from, to int) []HexCell {
	cells := make([]HexCell, max(0, to-from))
	owner := make([]int, len(cells))
	for i := range owner {
		owner[i] = -1
	}
	for i, s := range d.Spans {
		if s.Mask != 0 {
			continue // bits of octets that a whole field covers too
		}
		for o := max(s.Off, from); o < min(s.Off+s.Len, to); o++ {
			if s.Rep >= 0 {
				if o == s.Off && (s.Parent < 0 || d.Spans[s.Parent].Rep != s.Rep) {
					cells[o-from].set(CellRep, true)
				}
				continue
			}
			if own := owner[o-from]; own < 0 || s.Len <= d.Spans[own].Len {
				owner[o-from] = i
			}
		}
	}
	for i := range cells {
		if owner[i] < 0 {
			continue
		}
		s := d.Spans[owner[i]]
		cells[i].Color, cells[i].Name = uint8(s.Color), s.Name
		cells[i].set(CellStart, from+i == s.Off)
		next := i+1 < len(cells) && owner[i+1] == owner[i]
		cells[i].set(CellJoin, next && cells[i+1].Bits&CellRep == 0)
	}
	return cells
}

func offsetText(off, total int) string {
	width := 2
	for total > 1<<(4*width) {
		width++
	}
	s := strconv.FormatInt(int64(off), 16)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

func (m Model) hexStatus(light lighted, point int) (status, meaning string) {
	d := &m.detail
	var parts []string
	if point >= 0 && point < len(d.Octets) {
		b := d.Octets[point]
		text := "octet " + strconv.Itoa(point) + ": 0x" + hex.EncodeToString([]byte{b}) + " = " + strconv.Itoa(int(b))
		if b > 0x20 && b < 0x7f {
			text += " '" + string(rune(b)) + "'"
		}
		parts = append(parts, text)
	}
	if light.span >= 0 && light.span < len(d.Spans) {
		s := d.Spans[light.span]
		parts = append(parts, s.Name+" "+Shown(s.Value))
		meaning = Shown(s.Note)
	}
	if d.Block != nil && light.rep >= 0 && light.rep < len(d.Block.Reps) {
		r := d.Block.Reps[light.rep]
		meaning = joined(Shown(r.Name+": "+r.Value), Shown(r.Text))
	}
	return strings.Join(parts, " · "), meaning
}

func (m Model) pointed(msg Msg) Model {
	p := unlit
	switch msg := msg.(type) {
	case OctetPointed:
		p.octet = msg.Octet
	case SpanPointed:
		p.span = msg.Span
	case RepPointed:
		p.rep = msg.Rep
	}
	m.octet.point = p
	return m
}

// light keeps something lit, or lets it go when it already was.
func (m Model) light(c Click) (Model, []Effect) {
	p := unlit
	switch c.What {
	case ActOctet:
		p.octet, m.octet.focus = c.N, c.N
	case ActSpan:
		p.span = c.N
		if c.N >= 0 && c.N < len(m.detail.Spans) {
			m.octet.page = m.detail.Spans[c.N].Off / octetsAPage
		}
	case ActRep:
		p.rep = c.N
		if l := m.resolve(p); l.off >= 0 {
			m.octet.page = l.off / octetsAPage
		}
	case ActPage:
		pages := (len(m.detail.Octets) + octetsAPage - 1) / octetsAPage
		m.octet.page = max(0, min(m.octet.page+c.N, pages-1))
		m.octet.focus = -1
		return m, nil
	}
	if m.octet.pin == p {
		p = unlit
	}
	m.octet.pin, m.octet.point = p, unlit
	return m, nil
}

// octetKey moves the keyboard among the octets. It is false for a key that
// the octets have no use for.
func (m Model) octetKey(key string) (Model, []Effect, bool) {
	n := len(m.detail.Octets)
	if n == 0 {
		return m, nil, false
	}
	at := max(0, m.octet.focus)
	switch key {
	case "ArrowLeft":
		at--
	case "ArrowRight":
		at++
	case "ArrowUp":
		at -= octetsALine
	case "ArrowDown":
		at += octetsALine
	case "PageUp":
		at -= octetsAPage
	case "PageDown":
		at += octetsAPage
	case "Home":
		at = 0
	case "End":
		at = n - 1
	case "Enter", " ":
		m, effects := m.light(Click{What: ActOctet, N: at})
		return m, effects, true
	default:
		return m, nil, false
	}
	at = max(0, min(at, n-1))
	m.octet.focus, m.octet.page = at, at/octetsAPage
	m.octet.point = lit{at, -1, -1}
	return m, []Effect{Focus{IDOctets}}, true
}
