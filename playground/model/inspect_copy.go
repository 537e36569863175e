package model

import (
	"strconv"
	"strings"

	"framewise/core/inspect/view"
)

// The actions of the inspector.
const (
	ActCopyMenu  Action = "copy-menu"  // opens or closes what the frame can be copied as
	ActCopyFrame Action = "copy-frame" // Arg: CopyHex, CopyGo, CopyJS, CopyScript
	ActProblems  Action = "problems"   // opens or closes the list of problems
)

// Identifiers of elements that Focus names.
const (
	IDCopyMenu  = "copy-open"
	IDCopyFirst = "copy-hex"
	IDProblems  = "problems-open"
)

// CopyChoice is a form that the frame can be copied in, and the key that
// chooses it while the menu is open.
type CopyChoice struct{ ID, Text, Key string }

// CopyChoices are the forms that a frame can be copied in.
var CopyChoices = []CopyChoice{
	{CopyHex, "Hexadecimal", "h"},
	{CopyGo, "Go: []byte{…}", "g"},
	{CopyJS, "JavaScript: Uint8Array", "j"},
	{CopyScript, "Line of a frame script", "s"},
}

// maxCopied is how many octets are copied: clipboards are for people.
const maxCopied = 1 << 20

func (m Model) inspectClick(c Click) (Model, []Effect) {
	switch c.What {
	case ActCopyMenu:
		m.copying, m.copyOn = !m.copying && m.detailShown >= 0, CopyHex
		if m.copying {
			return m, []Effect{Focus{IDCopyFirst}}
		}
		return m, []Effect{Focus{IDCopyMenu}}
	case ActCopyFrame:
		m.copying = false
		m, effects := m.copyFrame(c.Arg)
		return m, append(effects, Focus{IDCopyMenu})
	case ActProblems:
		if m.summary.Faults == 0 {
			m.notice = notice{text: "Nothing is wrong with this record."}
			return m, nil
		}
		m.trouble = !m.trouble
		return m, []Effect{Focus{IDProblems}}
	}
	return m, nil
}

func (m Model) copyFrame(form string) (Model, []Effect) {
	d := &m.detail
	switch {
	case m.detailShown < 0:
		return m, nil
	case len(d.Octets) > maxCopied:
		m.notice = notice{text: "This frame has " + Octets(int64(len(d.Octets))) + ": too many to copy. Save the record instead."}
		return m, nil
	}
	what := "frame " + strconv.Itoa(m.detailShown+1) + " as "
	switch form {
	case CopyHex:
		return m, []Effect{Copy{hexText(d.Octets), what + "hexadecimal"}}
	case CopyGo:
		return m, []Effect{Copy{goLiteral(d.Octets), what + "a Go literal"}}
	case CopyJS:
		return m, []Effect{Copy{jsLiteral(d.Octets), what + "a JavaScript literal"}}
	case CopyScript:
		return m, []Effect{Copy{scriptLine(d.Row.Kind, d.Octets), what + "a line of a frame script"}}
	}
	return m, nil
}

// copyKey is what a key does while the menu is open.
func (m Model) copyKey(k KeyPressed) (Model, []Effect, bool) {
	if !m.copying || k.Ctrl || k.Alt {
		return m, nil, false
	}
	if k.Key == "Escape" {
		m, effects := m.inspectClick(Click{What: ActCopyMenu})
		return m, effects, true
	}
	at := -1
	for i, c := range CopyChoices {
		if k.Key == c.Key {
			m, effects := m.inspectClick(Click{What: ActCopyFrame, Arg: c.ID})
			return m, effects, true
		}
		if c.ID == m.copyOn {
			at = i
		}
	}
	switch k.Key {
	case "ArrowDown":
		at++
	case "ArrowUp":
		at--
	default:
		return m, nil, false
	}
	at = (at + len(CopyChoices)) % len(CopyChoices)
	m.copyOn = CopyChoices[at].ID
	return m, []Effect{Focus{"copy-" + m.copyOn}}, true
}

// BitsView is the representation that is kept lit, bit by bit.
type BitsView struct {
	Title string
	Parts []BitCell
	More  string
}

// BitCell is bits that mean one thing.
type BitCell struct {
	Kind  string // class: pattern, number, huffman, length, symbol, padding, octet
	Bits  string
	Value string
	Title string // all of it in words
	Start string // "name" or "value" where one begins
}

// chosenRep is the representation that somebody keeps lit, -1 for none.
func (m Model) chosenRep() int {
	if m.detailShown < 0 || m.detail.Block == nil || m.octet.pin == unlit {
		return -1
	}
	return m.resolve(m.octet.pin).rep
}

// wantBits asks for the bits of the representation that is kept lit.
func (m Model) wantBits() []want {
	rep := m.chosenRep()
	if rep < 0 || m.detailShown != m.selected || m.pane != PaneFrame && m.pane != PaneHPACK {
		return nil
	}
	return []want{{slot: slotBits, q: Question{Op: "bits", Frame: m.detailShown, N: rep}}}
}

// bits are the bits of the representation that is kept lit, nil while they are
// not known.
func (m Model) bits() *BitsView {
	b, ok := answer[view.Bits](m, slotBits)
	if !ok || m.pane != PaneFrame && m.pane != PaneHPACK || b.Frame != m.detailShown || b.Rep != m.chosenRep() {
		return nil
	}
	r := m.detail.Block.Reps[min(b.Rep, len(m.detail.Block.Reps)-1)]
	v := &BitsView{Title: joined(Shown(r.Name), Shown(r.Kind))}
	of := ""
	for _, p := range b.Parts {
		c := BitCell{Kind: p.Kind, Bits: p.Bits, Value: Shown(p.Value)}
		c.Title = strings.TrimSpace(bitNames[p.Kind]+" "+p.Of) + ": " + c.Value + ", " + p.Ref
		if p.Of != of && (p.Of == "name" || p.Of == "value") {
			c.Start = p.Of
		}
		of = p.Of
		v.Parts = append(v.Parts, c)
	}
	if b.More > 0 {
		v.More = "and " + Count(int64(b.More)) + " more"
	}
	return v
}

var bitNames = map[string]string{"pattern": "kind of representation", "number": "", "huffman": "H bit of the",
	"length": "length of the", "symbol": "code in the", "padding": "padding of the", "octet": "octet of the"}
