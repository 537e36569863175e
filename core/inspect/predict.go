package inspect

import (
	"fmt"
	"strconv"

	"framewise/core/hpack"
	"framewise/core/inspect/view"
)

// maxAhead is how many field blocks are looked at to see whether a field line
// comes again.
const maxAhead = 200

// Predict answers how each field of a frame's field block could have been
// encoded, what that costs, and what the encoder took. An error says that the
// frame has none that can be read.
func (a *Analyser) Predict(index int) (view.Prediction, error) {
	a.settle()
	tail := a.tail()
	if n := a.rows.len() + len(tail); index < 0 || index >= n {
		return view.Prediction{}, errorFrame(index, n)
	}
	p := a.pick(index, tail)
	x := p.c.blockOf(p.r)
	if x == nil || x.b.bits&blockDone == 0 || p.r.kind() != kindFrame {
		return view.Prediction{}, fmt.Errorf("frame %d has no whole field block", index)
	}
	v := view.Prediction{Frame: index, Dir: dirNames[x.dir], Octets: len(x.raw), Fields: []view.PredictField{}, Version: a.version}
	again := p.c.ahead(x.dir, p.r.block)
	t := p.c.dirs[x.dir].table.Branch(x.b.before)
	for i := range x.reps {
		r := &x.reps[i]
		if r.IsField() {
			f := predictField(t, r, again)
			v.Best += f.Choices[f.Best].Octets
			v.Fields = append(v.Fields, f)
		} else {
			v.Best += r.Len
		}
		if _, err := t.Explain(x.raw[r.Off:r.Off+r.Len], nil); err != nil {
			break
		}
	}
	return v, nil
}

// ahead counts the field lines of the blocks that follow.
func (c *connection) ahead(dir int, number uint32) map[hpack.Entry]int {
	out := map[hpack.Entry]int{}
	l := &c.dirs[dir].blocks
	for i := int(number); i < min(l.len(), int(number)+maxAhead); i++ {
		b := l.at(i)
		if b.bits&blockDone == 0 {
			continue
		}
		reps, _, _, _ := c.explain(dir, b, c.a.reps[:0])
		c.a.reps = reps
		for k := range reps {
			if reps[k].IsField() {
				out[hpack.Entry{Name: reps[k].Name, Value: reps[k].Value}]++
			}
		}
	}
	return out
}

// intLen is the number of octets of an integer with a prefix of n bits (RFC
// 7541, section 5.1).
func intLen(n uint, v int) int { return len(hpack.AppendInt(nil, 0, n, uint64(v))) }

// literalLen is the number of octets of a string literal.
func literalLen(s string, huffman bool) int {
	n := len(s)
	if huffman {
		n = hpack.HuffmanLen(s)
	}
	return intLen(7, n) + n
}

// indices are the lowest indices under which a table holds a field line, and its
// name; 0 for none. The static table is looked at first.
func indices(t *hpack.Table, e hpack.Entry) (static, dynamic, name int) {
	for i := 1; i <= hpack.StaticLen; i++ {
		n, v, _ := hpack.Static(i)
		if n != e.Name {
			continue
		}
		if name == 0 {
			name = i
		}
		if v == e.Value {
			static = i
		}
	}
	for i, x := range t.At(t.Mark()) {
		if x.Name != e.Name {
			continue
		}
		if name == 0 {
			name = i
		}
		if x.Value == e.Value && dynamic == 0 {
			dynamic = i
		}
	}
	return static, dynamic, name
}

// predictField lists the choices for a field line in the state of a table.
func predictField(t *hpack.Table, r *hpack.Rep, again map[hpack.Entry]int) view.PredictField {
	e := hpack.Entry{Name: r.Name, Value: r.Value}
	f := view.PredictField{Name: clean(r.Name), Value: clean(r.Value), Choices: []view.Choice{}, Taken: -1, Again: again[e]}
	static, dynamic, name := indices(t, e)
	for _, i := range []int{static, dynamic} {
		if i != 0 {
			f.Choices = append(f.Choices, choice(hpack.Indexed, i, false, e))
		}
	}
	for kind := hpack.LiteralIncremental; kind <= hpack.LiteralNeverIndexed; kind++ {
		for _, huffman := range []bool{true, false} {
			if name != 0 {
				f.Choices = append(f.Choices, choice(kind, name, huffman, e))
			}
			f.Choices = append(f.Choices, choice(kind, 0, huffman, e))
		}
	}
	taken := choice(r.Kind, int(r.Index), r.ValueAt.Huffman, e)
	taken.Octets = r.Len // also where name and value differ in coding, or a length is longer than it must be
	for i, c := range f.Choices {
		if c == taken {
			f.Taken = i
		}
		if c.Octets < f.Choices[f.Best].Octets {
			f.Best = i
		}
	}
	if f.Taken < 0 {
		f.Taken = len(f.Choices)
		f.Choices = append(f.Choices, taken)
	}
	if f.Choices[f.Taken].Octets == f.Choices[f.Best].Octets {
		f.Best = f.Taken
	}
	judge(&f, static, dynamic, uint32(e.Size()) > t.Mark().Max)
	return f
}

func choice(kind hpack.Kind, index int, huffman bool, e hpack.Entry) view.Choice {
	c := view.Choice{Kind: kind.String(), Ref: kind.Ref(), Index: index, Huffman: huffman}
	r := hpack.Rep{Kind: kind, Index: uint32(index)}
	c.IndexFrom = indexFrom(&r)
	if kind == hpack.Indexed {
		c.Octets = intLen(7, index)
		return c
	}
	c.Octets = intLen(prefixOf(kind), index) + literalLen(e.Value, huffman)
	if index == 0 {
		c.Octets += literalLen(e.Name, huffman)
	}
	return c
}

// prefixOf is the number of bits of a literal's index in its first octet.
func prefixOf(kind hpack.Kind) uint {
	if kind == hpack.LiteralIncremental {
		return 6
	}
	return 4
}

// secrets are fields whose values somebody could try to guess through the table
// (RFC 7541, section 7.1).
var secrets = map[string]bool{"authorization": true, "proxy-authorization": true, "cookie": true, "set-cookie": true}

// judge says whether what was taken is good, and why.
func judge(f *view.PredictField, static, dynamic int, tooLarge bool) {
	t, best := f.Choices[f.Taken], f.Choices[f.Best]
	more := t.Octets - best.Octets
	comes := "it does not come again in the field blocks that follow"
	if f.Again > 0 {
		comes = "it comes again " + strconv.Itoa(f.Again) + "×"
	}
	switch {
	case t.Kind == hpack.Indexed.String():
		f.Good, f.Text = more == 0, "The whole field line stands in the table: "+octetCount(t.Octets)+"."
	case t.Kind == hpack.LiteralNeverIndexed.String():
		f.Good = secrets[f.Name] || f.Again == 0
		f.Text = "It is kept out of every table, here and wherever it is passed on, which is right for secrets: " + octetCount(t.Octets) + " each time."
	case static != 0 || dynamic != 0:
		f.Text = "The whole field line stands in the table: an index would do with " + octetCount(best.Octets) + ", this takes " + octetCount(t.Octets) + "."
		f.Good = false
		return
	case t.Kind == hpack.LiteralIncremental.String() && tooLarge:
		f.Text = "It is larger than the whole table: inserting it empties the table and keeps nothing."
		f.Good = false
		return
	case t.Kind == hpack.LiteralIncremental.String():
		f.Good = true
		f.Text = "It takes " + octetCount(t.Octets) + " now, and one or two when it comes again: " + comes + "."
		if f.Again == 0 {
			f.Text += " Its room in the table is wasted unless it comes later."
		}
	default:
		f.Good = f.Again == 0
		f.Text = "It leaves the table alone, so each time costs " + octetCount(t.Octets) + ": " + comes + "."
	}
	if f.Good && more > 0 {
		f.Text += " " + octetCount(more) + " fewer would have done" + how(t, best) + "."
		f.Good = more < 2
	}
}

// how names what makes the shortest choice shorter.
func how(t, best view.Choice) string {
	switch {
	case t.Index == 0 && best.Index != 0:
		return " with the name from the table"
	case !t.Huffman && best.Huffman:
		return " with Huffman coding"
	case t.Huffman && !best.Huffman:
		return " without Huffman coding"
	}
	return ""
}
