package model

import (
	"slices"
	"strconv"

	"framewise/core/inspect/view"
)

// The game of the HPACK view: for each field line of a field block somebody says
// which representation the encoder took, in the state that its table was in. It
// is about the selected frame's block and follows when another one is selected.

// game is how far it has come. It is comparable: what was said is a string.
type game struct {
	on     bool
	frame  int    // the first frame of the block that said is about, from 1; 0: none
	said   string // an option for each field line so far, as an octet; gaveUp
	told   bool   // the last of them was answered, its reason is shown
	id     int    // the search for the next block that is awaited, 0: none
	none   bool   // it found none
	asked  int    // field lines so far, of all blocks
	right  int
	streak int // right ones in a row
	best   int // the longest such row
}

const gaveUp = 0xff

// What ActPredict does.
const (
	PredictStart  = "start"   // begins with the selected frame's block, or the next one
	PredictChoose = "choose"  // N: option, from 0
	PredictGiveUp = "give-up" // shows the answer
	PredictNext   = "next"    // the next field line or, behind the last one, the next block
	PredictFirst  = "first"   // the record's first block
	PredictAgain  = "again"   // the same block from its first field line
	PredictLeave  = "leave"
)

// FieldPredict is where the game's keys count: anywhere on the page but in text
// fields, while it is played.
const FieldPredict = "predict"

// Identifiers of the game's elements.
const (
	IDPredict     = "predict"
	IDPredictOpen = "predict-open"
	IDPredictNext = "predict-next"
)

// findBlocks is a filter for frames that begin a field block.
const findBlocks = "type:HEADERS|PUSH_PROMISE"

// blockFrame is the first frame of the selected frame's field block; -1 when it
// has none, or is not known yet.
func (m Model) blockFrame() int {
	if m.detailShown < 0 || m.detailShown != m.selected || m.detail.Block == nil || len(m.detail.Block.Frames) == 0 {
		return -1
	}
	return m.detail.Block.Frames[0]
}

// blockEnd is the last frame of the selected frame's field block.
func (m Model) blockEnd() int { return m.detail.Block.Frames[len(m.detail.Block.Frames)-1] }

// wantPrediction are the questions of the game: the choices, and the tables
// after the block's last frame where that is not the selected one.
func (m Model) wantPrediction() []want {
	frame := m.blockFrame()
	if frame < 0 {
		return nil
	}
	all := []want{{slot: slotPredict, q: Question{Op: "predict", Frame: frame}}}
	if end := m.blockEnd(); end != m.selected {
		all = append(all, want{slot: slotBlock, q: Question{Op: "detail", Frame: end}})
	}
	return all
}

// prediction is the answer about the block that is asked about, and how far the
// game has come in it.
func (m Model) prediction() (p *view.Prediction, g game, ok bool) {
	g = m.sheets.game
	frame := m.blockFrame()
	if frame < 0 {
		return nil, g, false
	}
	if g.frame != frame+1 {
		g.frame, g.said, g.told = frame+1, "", false
	}
	p, ok = answer[view.Prediction](m, slotPredict)
	r := &m.replies[slotPredict]
	if !ok || r.of.Frame != frame || r.asked.Frame != frame || r.err != "" || p.Frame != frame {
		return nil, g, false
	}
	return p, g, true
}

// forget keeps the score, but not what was said about a record that is gone.
func (g *game) forget() { g.frame, g.said, g.told, g.id, g.none = 0, "", false, 0, false }

// at is the field line that is asked or told.
func (g game) at() int {
	if g.told {
		return len(g.said) - 1
	}
	return len(g.said)
}

// predictClick is what the game's buttons and keys do.
func (m Model) predictClick(c Click) (Model, []Effect) {
	g := &m.sheets.game
	switch c.Arg {
	case PredictStart:
		return m.predictStart()
	case PredictLeave:
		*g = game{best: g.best}
		return m, []Effect{Focus{IDPredictOpen}}
	case PredictFirst:
		return m.nextBlock(-1)
	case PredictAgain:
		g.frame = 0
		return m, []Effect{Focus{IDPredict}}
	case PredictChoose:
		return m.predictSay(c.N)
	case PredictGiveUp:
		return m.predictSay(gaveUp)
	case PredictNext:
		p, now, ok := m.prediction()
		switch {
		case ok && now.told:
			now.told = false
			*g = now
			if now.at() == len(p.Fields) {
				return m, []Effect{Focus{IDPredictNext}, Reveal{IDPredict}}
			}
			return m, []Effect{Focus{IDPredict}, Reveal{IDPredict}}
		case !ok || now.at() >= len(p.Fields):
			return m.nextBlock(m.selected)
		}
	}
	return m, nil
}

// predictStart begins the game, in the HPACK view.
func (m Model) predictStart() (Model, []Effect) {
	if m.sheets.game.on && m.view == ViewHPACK {
		return m, []Effect{Focus{IDPredict}}
	}
	m, effects := m.show(ViewHPACK)
	m.pause()
	m.sheets.game = game{on: true, best: m.sheets.game.best}
	effects = append(effects, Focus{IDPredict})
	if m.blockFrame() >= 0 {
		return m, effects
	}
	from := m.selected
	if m.detailShown != m.selected {
		from-- // what the frame holds is not known yet: it may begin a block itself
	}
	m, more := m.nextBlock(max(from, -1))
	return m, append(effects, more...)
}

// predictSay answers the question: an option, or gaveUp.
func (m Model) predictSay(n int) (Model, []Effect) {
	p, g, ok := m.prediction()
	if !ok || g.told || g.at() >= len(p.Fields) {
		return m, nil
	}
	f := &p.Fields[g.at()]
	all := options(p.Frame, g.at(), f)
	if n != gaveUp && (n < 0 || n >= len(all)) {
		return m, nil
	}
	g.said += string([]byte{byte(n)})
	g.told = true
	g.asked++
	if n != gaveUp && all[n].taken(f) {
		g.right++
		g.streak++
		g.best = max(g.best, g.streak)
	} else {
		g.streak = 0
	}
	m.sheets.game = g
	return m, []Effect{Focus{IDPredictNext}, Reveal{IDPredictNext}}
}

// nextBlock looks for the next field block behind a frame.
func (m Model) nextBlock(from int) (Model, []Effect) {
	m.serial++
	m.sheets.game.id, m.sheets.game.none = m.serial, false
	return m, []Effect{QueryFind{ID: m.serial, From: from, Filter: findBlocks, Conn: m.viewConn()}, Focus{IDPredict}, Reveal{IDPredict}}
}

// blockFound goes to the block that nextBlock found.
func (m Model) blockFound(a FoundArrived) (Model, []Effect) {
	g := &m.sheets.game
	g.id = 0
	switch {
	case !g.on:
		return m, nil
	case a.Err != "":
		m.notice = notice{text: "The search for the next field block failed: " + Shown(a.Err)}
		return m, nil
	case a.Found.Frame >= 0:
		m.chosen()
		g.frame = 0
		return m.selectFrame(a.Found.Frame)
	case a.Found.Next >= 0:
		return m.nextBlock(a.Found.Next)
	}
	g.none = true
	return m, nil
}

// gameKey is what a key does while the game is played.
func (m Model) gameKey(k KeyPressed) (Model, []Effect, bool) {
	if !m.sheets.game.on || m.view != ViewHPACK || k.Ctrl || k.Alt || m.help || m.menu || m.panel || m.copying || k.typing() || k.Field == FieldOctets {
		return m, nil, false
	}
	do := Click{What: ActPredict}
	switch {
	case len(k.Key) == 1 && k.Key >= "1" && k.Key <= "9":
		do.Arg, do.N = PredictChoose, int(k.Key[0]-'1')
	case k.Key == "g":
		do.Arg = PredictGiveUp
	case k.Key == "Enter" && k.Field != FieldButton:
		do.Arg = PredictNext
	case k.Key == "Escape" && !m.octet.pinned() && m.tour.step == 0:
		do.Arg = PredictLeave
	default:
		return m, nil, false
	}
	m.notice = notice{}
	m, effects := m.predictClick(do)
	return m, effects, true
}

// Covered is why the inspector keeps a field block to itself: somebody is asked
// what is in it. "": it doesn't.
func (m Model) Covered() string {
	if !m.sheets.game.on || m.view != ViewHPACK || m.detailShown < 0 || m.detail.Block == nil {
		return ""
	}
	if p, g, ok := m.prediction(); ok && g.at() >= len(p.Fields) || m.replies[slotPredict].err != "" {
		return ""
	}
	return "The field block, its octets and the tables stay covered while you predict them. They come back with the block's last field line, or when you leave."
}

// cover takes what would give the answers away out of the inspector.
func (m Model) cover(v InspectorView) InspectorView {
	v.Covered = m.Covered()
	if v.Covered == "" {
		return v
	}
	v.Hex, v.Block, v.Bits, v.Tables = HexView{}, nil, nil, nil
	var kept []EffectRow
	for _, e := range v.Effects {
		if e.Kind != "table" {
			kept = append(kept, e)
		}
	}
	v.Effects = kept
	return v
}

// option is a representation that the encoder could have taken. Choices that
// differ in what nobody can foresee are one: in the coding of their strings, in
// which of several entries of the same name lends it.
type option struct {
	kind, ref string
	index     int // the lowest
	from      string
	choices   []int
}

// covers says whether a choice is this representation.
func (o *option) covers(c *view.Choice) bool {
	if o.kind != c.Kind {
		return false
	}
	if c.Kind == "Indexed" {
		return o.from == c.IndexFrom
	}
	return (o.index == 0) == (c.Index == 0)
}

// options are those of a field line, shuffled: alike each time, but so that
// their places tell nothing.
func options(frame, field int, f *view.PredictField) []option {
	var all []option
next:
	for i, c := range f.Choices {
		for k := range all {
			if all[k].covers(&c) {
				all[k].choices = append(all[k].choices, i)
				continue next
			}
		}
		all = append(all, option{c.Kind, c.Ref, c.Index, c.IndexFrom, []int{i}})
	}
	seed := uint32(frame)*2654435761 + uint32(field)*40503 + 12345
	for i := len(all) - 1; i > 0; i-- {
		seed = seed*1664525 + 1013904223
		k := int(seed>>8) % (i + 1)
		all[i], all[k] = all[k], all[i]
	}
	return all
}

// taken says whether it is what the encoder took.
func (o option) taken(f *view.PredictField) bool { return slices.Contains(o.choices, f.Taken) }

// title is the representation's name, as RFC 7541 has it.
func (o option) title() string {
	switch o.kind {
	case "Indexed":
		return "Indexed field line"
	case "Literal, incremental":
		return "Literal with incremental indexing"
	case "Literal, not indexed":
		return "Literal without indexing"
	case "Literal, never indexed":
		return "Literal never indexed"
	}
	return o.kind
}

// short is its name, with where the index points when there is one.
func (o option) short() string {
	switch {
	case o.kind == "Indexed":
		return o.title() + " (" + o.from + ")"
	case o.index > 0:
		return o.title() + ", name indexed"
	}
	return o.title()
}

// text says what it does.
func (o option) text() string {
	if o.kind == "Indexed" {
		return "Entry " + o.place() + " is the whole line."
	}
	text := "Name and value as text."
	if o.index > 0 {
		text = "Name from entry " + o.place() + ", value as text."
	}
	switch o.kind {
	case "Literal, incremental":
		return text + " Goes into the table."
	case "Literal, not indexed":
		return text + " The table stays as it is."
	case "Literal, never indexed":
		return text + " Kept out of every table, here and further on."
	}
	return text
}

func (o option) place() string { return strconv.Itoa(o.index) + " of the " + o.from + " table" }

// cost is what an option takes, with and without Huffman coding; least is the
// smaller of the two, or what was taken.
func (o option) cost(f *view.PredictField) (text string, least int) {
	coded, plain := -1, -1
	for _, i := range o.choices {
		c := f.Choices[i]
		if i == f.Taken {
			return plural(c.Octets, "octet", "octets"), c.Octets
		}
		if c.Huffman && coded < 0 {
			coded = c.Octets
		} else if !c.Huffman && plain < 0 {
			plain = c.Octets
		}
	}
	switch {
	case coded < 0:
		return plural(plain, "octet", "octets"), plain
	case plain < 0:
		return plural(coded, "octet", "octets"), coded
	}
	return plural(coded, "octet", "octets") + ", " + Count(int64(plain)) + " without Huffman", min(coded, plain)
}
