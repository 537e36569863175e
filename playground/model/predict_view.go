package model

import (
	"slices"
	"strconv"

	"framewise/core/inspect/view"
)

// PredictView is the game: a field line, the representations that it could
// have, and when one was said, which it was and why.
type PredictView struct {
	On       bool
	State    string // "wait", "ask", "told", "done", "none": no block is here
	Busy     bool
	Text     string // what is the matter while State is "wait" or "none"
	Title    string // "HEADERS, frame 7, client → server"
	Progress string // "Field line 2 of 5"
	Percent  int    // of the block
	Name     string
	Value    string
	Options  []OptionRow
	Verdict  string
	Right    bool
	Why      string
	Ref      Link
	Score    string
	Hint     string
	Table    *TableView // before this field line
	Rows     []SaidRow  // of a block that is done
	Sum      string
	Next     string // what the button that goes on says
	First    bool   // the record can be begun anew
}

// OptionRow is a representation that can be chosen.
type OptionRow struct {
	N     int
	Key   string // "1"
	Title string
	Text  string
	Ref   Link
	Cost  string // once it was told
	Mark  string // "taken", "yours, and taken", "yours": once it was told
	Taken bool
	Mine  bool
	Best  string // "shortest"
}

// SaidRow is a field line of a block that is done.
type SaidRow struct {
	Name, Value string
	Said, Taken string
	Right       string // "right", "wrong", "gave up"
	Octets      string
}

// Predict is the game.
func (m Model) Predict() PredictView {
	g := m.sheets.game
	v := PredictView{On: g.on, Score: g.score()}
	if !g.on {
		return v
	}
	frame := m.blockFrame()
	problem := ""
	if r := &m.replies[slotPredict]; r.err != "" && r.asked.Frame == frame {
		problem = Shown(r.err)
	}
	p, g, ok := m.prediction()
	switch {
	case m.sheets.game.id != 0 || m.detailShown != m.selected:
		v.State, v.Text = "wait", "Looking for the next field block…"
		return v
	case frame < 0 || problem != "":
		v.State, v.Next = "none", "Next field block"
		v.Text = "Frame " + number(m.selected+1) + " carries no field block: HEADERS and PUSH_PROMISE do, with the CONTINUATION frames behind them."
		if problem != "" {
			v.Text = "This field block can't be predicted: " + problem + "."
		}
		m.noMore(&v)
		return v
	case !ok:
		v.State, v.Text = "wait", "Reading the field block…"
		return v
	}
	v.Title = m.detail.Row.Type + ", frame " + number(frame+1) + ", " + DirArrow(p.Dir)
	if m.detail.Row.Index != frame {
		v.Title = "the field block from frame " + number(frame+1) + " on, " + DirArrow(p.Dir)
	}
	if g.at() >= len(p.Fields) {
		m.blockDone(&v, p, g)
		m.noMore(&v)
		return v
	}
	m.question(&v, p, g)
	return v
}

// noMore says that there is no further block, where that is known.
func (m Model) noMore(v *PredictView) {
	if m.sheets.game.none {
		v.First, v.Next = true, ""
		v.Hint = "This was the record's last field block on the connection."
	}
}

// question is the field line that is asked, or told.
func (m Model) question(v *PredictView, p *view.Prediction, g game) {
	i := g.at()
	f := &p.Fields[i]
	v.State = "ask"
	v.Progress = "Field line " + strconv.Itoa(i+1) + " of " + strconv.Itoa(len(p.Fields))
	v.Percent = percent(int64(len(g.said)), int64(len(p.Fields)))
	v.Name, v.Value = Shown(f.Name), Shown(f.Value)
	v.Table = m.tableAt(p.Dir, i)
	all := options(p.Frame, i, f)
	for k, o := range all {
		v.Options = append(v.Options, OptionRow{N: k, Key: strconv.Itoa(k + 1), Title: o.title(), Text: o.text()})
	}
	if !g.told {
		if g.asked == 0 {
			v.Hint = "An encoder weighs two things: how few octets say this line now, and whether the line is worth its room in the table for later. Both ends keep the same table, so what is in it decides what an index can mean."
		}
		return
	}
	v.State, v.Next = "told", "Next field line"
	if i+1 == len(p.Fields) {
		v.Next = "Finish the block"
	}
	said := int(g.said[i])
	taken, shortest := f.Choices[f.Taken], f.Choices[f.Best].Octets
	for k, o := range all {
		row := &v.Options[k]
		cost, least := o.cost(f)
		row.Cost, row.Taken, row.Mine, row.Ref = cost, o.taken(f), k == said, RFCLink(o.ref)
		switch {
		case row.Taken && row.Mine:
			row.Mark = "yours, and the encoder's"
		case row.Taken:
			row.Mark = "the encoder's"
		case row.Mine:
			row.Mark = "yours"
		}
		if least == shortest {
			row.Best = "shortest"
		}
		if row.Taken && taken.Kind != "Indexed" && taken.Index != o.index {
			row.Cost += ", by entry " + strconv.Itoa(taken.Index)
		}
	}
	m.verdict(v, f, all, said)
}

// verdict says who was right and why the encoder did what it did.
func (m Model) verdict(v *PredictView, f *view.PredictField, all []option, said int) {
	taken := f.Choices[f.Taken]
	v.Ref, v.Why = RFCLink(taken.Ref), f.Text
	name := ""
	for _, o := range all {
		if o.taken(f) {
			name = o.title()
		}
	}
	switch {
	case said >= len(all): // gaveUp
		v.Verdict = "The encoder took: " + name + "."
		return
	case all[said].taken(f):
		v.Right, v.Verdict = true, "Right: "+name+"."
		return
	}
	v.Verdict = "Not this time. The encoder took: " + name + "."
	switch _, yours := all[said].cost(f); {
	case yours < taken.Octets:
		v.Verdict += " Yours would have saved " + plural(taken.Octets-yours, "octet", "octets") + " here."
	case yours > taken.Octets:
		v.Verdict += " Yours would have cost " + plural(yours-taken.Octets, "octet", "octets") + " more here."
	default:
		v.Verdict += " Yours would have cost the same here; what differs is what the table holds afterwards."
	}
}

// blockDone is what became of a block.
func (m Model) blockDone(v *PredictView, p *view.Prediction, g game) {
	v.State, v.Next, v.Percent = "done", "Next field block", 100
	right := 0
	for i := range p.Fields {
		f := &p.Fields[i]
		row := SaidRow{Name: Shown(f.Name), Value: Shown(f.Value), Octets: Count(int64(f.Choices[f.Taken].Octets)), Right: "wrong", Said: "–"}
		all := options(p.Frame, i, f)
		for k, o := range all {
			if o.taken(f) {
				row.Taken = o.short()
			}
			if k == int(g.said[i]) {
				row.Said = o.short()
				if o.taken(f) {
					row.Right = "right"
					right++
				}
			}
		}
		if g.said[i] == gaveUp {
			row.Right = "gave up"
		}
		v.Rows = append(v.Rows, row)
	}
	v.Progress = "Block done: " + strconv.Itoa(right) + " of " + strconv.Itoa(len(p.Fields)) + " right"
	v.Sum = "The encoder said these " + plural(len(p.Fields), "field line", "field lines") + " in " + plural(p.Octets, "octet", "octets")
	if p.Best < p.Octets {
		v.Sum += "; the shortest choices would have taken " + Count(int64(p.Best)) + "."
	} else {
		v.Sum += ", as few as there can be."
	}
	if len(p.Fields) == 0 {
		v.Progress, v.Sum = "An empty field block", "It holds no field line, so there is nothing to predict."
	}
}

// score is the running score.
func (g game) score() string {
	if g.asked == 0 {
		return "no answer yet"
	}
	s := strconv.Itoa(g.right) + " of " + strconv.Itoa(g.asked) + " right"
	if g.streak > 1 {
		s += ", " + strconv.Itoa(g.streak) + " in a row"
	}
	if g.best > 1 && g.best > g.streak {
		s += ", longest row " + strconv.Itoa(g.best)
	}
	return s
}

// tableAt is the encoder's table before a field line of the block; nil: not
// known yet.
func (m Model) tableAt(dir string, field int) *TableView {
	d := &m.detail
	if last := m.blockEnd(); last != d.Row.Index { // the table moves on with the block's last frame
		end, ok := answer[view.Detail](m, slotBlock)
		if !ok || end.Row.Index != last || end.Block == nil {
			return nil
		}
		d = end
	}
	for i := range d.Tables {
		if d.Tables[i].Dir != dir {
			continue
		}
		t := replay(before(&d.Tables[i]), d.Block.Reps, field)
		v := tableView(&t, maxRows)
		v.Title = "Table before this line"
		v.Note = Count(int64(t.Size)) + " of " + Count(int64(t.MaxSize)) + " octets used"
		if v.Empty != "" {
			v.Empty = "Empty: an index can mean one of the static table's 61 entries, nothing else."
		}
		return &v
	}
	return nil
}

// before is a table as it was before the block that moved it on.
func before(t *view.Table) view.Table {
	out := view.Table{Dir: t.Dir, MaxSize: t.MaxSize, Unknown: t.Unknown, Entries: slices.Clone(t.Entries[t.Inserted:])}
	for _, e := range slices.Backward(t.Evicted) { // they are listed from the oldest on
		out.Entries = append(out.Entries, e)
	}
	return out
}

// replay applies the representations before a field line to a table. How many
// entries each of them evicts the analyser has said.
func replay(t view.Table, reps []view.Rep, field int) view.Table {
	entries := slices.Clone(t.Entries)
	t.Inserted, t.Evicted = 0, nil
	for _, r := range reps {
		update := r.Kind == "Table size update"
		if !update {
			if field == 0 {
				break
			}
			field--
		}
		if update {
			t.MaxSize = r.Size
		}
		keep := max(0, len(entries)-r.Evicted)
		t.Evicted = append(t.Evicted, entries[keep:]...)
		entries = entries[:keep:keep]
		t.Inserted = min(t.Inserted, keep)
		if r.Inserted {
			e := view.TableEntry{Name: r.Name, Value: r.Value, Size: len(r.Name) + len(r.Value) + 32, Frame: r.Frame}
			entries = append([]view.TableEntry{e}, entries...)
			t.Inserted++
		}
	}
	t.Size = 0
	for i := range entries {
		entries[i].Index = 62 + i
		t.Size += entries[i].Size
	}
	t.Entries = entries
	return t
}
