package inspect

import (
	"strconv"

	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/inspect/view"
)

// explained is a field block worked out for one answer.
type explained struct {
	b     *block
	dir   int
	reps  []hpack.Rep
	parts []part
	raw   []byte
	err   error
}

// blockOf works out the field block that a row is part of, nil for none.
func (c *connection) blockOf(r *row) *explained {
	if r.block == 0 {
		return nil
	}
	x := &explained{b: c.dirs[r.dir()].blocks.at(int(r.block - 1)), dir: r.dir()}
	x.reps, x.parts, x.raw, x.err = c.explain(x.dir, x.b, nil)
	return x
}

// place is the frame in which octet off of the block lies, and where there.
func (x *explained) place(off int) (part, int) {
	for i := len(x.parts) - 1; i > 0; i-- {
		if p := x.parts[i]; off >= p.at && p.n > 0 {
			return p, p.off + off - p.at
		}
	}
	return x.parts[0], x.parts[0].off + off
}

// fieldBlock adds the spans of n octets of field block: one for the fragment,
// in it one for each representation, in these their parts.
func (c *connection) fieldBlock(s *spans, r *row, n int) {
	name := "Field Block Fragment"
	x := c.blockOf(r)
	if x != nil && x.b.frames == 1 && x.b.bits&blockDone != 0 {
		name = "Field Block"
	}
	if n == 0 {
		return
	}
	top := s.top(n, name, octetCount(n), "", "RFC 9113 4.3")
	if x == nil {
		s.list[top].Note = "it belongs to no field block that can be read"
		return
	}
	var here *part
	for i := range x.parts {
		if c.dirs[r.dir()].rows.len() > 0 && c.a.rows.at(int(x.parts[i].row)).seq == r.seq {
			here = &x.parts[i]
		}
	}
	if here == nil {
		return
	}
	s.list[top].Value, s.list[top].Note = x.sizes()
	end := here.at
	for i := range x.reps {
		s.rep(top, x, i, here)
		end = x.reps[i].Off + x.reps[i].Len
	}
	if x.err != nil {
		s.clip(top, here, max(end, here.at), len(x.raw), "Not Readable", "", "", "RFC 7541", -1)
	}
}

// sizes says how much a block holds and what compression saved.
func (x *explained) sizes() (value, note string) {
	fields := 0
	for i := range x.reps {
		if x.reps[i].IsField() {
			fields++
		}
	}
	word := " fields"
	if fields == 1 {
		word = " field"
	}
	plain := x.plain()
	value = strconv.Itoa(fields) + word + ", " + octetCount(len(x.raw))
	if plain > 0 {
		note = "from " + strconv.Itoa(plain) + " without compression, " + strconv.Itoa(saved(len(x.raw), plain)) + " % saved"
	}
	return value, note
}

// plain is the size of the field lines as HTTP/1.1 would write them.
func (x *explained) plain() (n int) {
	for i := range x.reps {
		if x.reps[i].IsField() {
			n += len(x.reps[i].Name) + len(x.reps[i].Value) + 4
		}
	}
	return n
}

// saved is the share that compression saved, in percent; it can be negative.
func saved(octets, plain int) int {
	if plain == 0 {
		return 0
	}
	return (plain - octets) * 100 / plain
}

// clip adds the part of octets from to to of the block that lies in this
// frame; -1 when none does.
func (s *spans) clip(parent int, here *part, from, to int, name, value, note, ref string, rep int) int {
	from, to = max(from, here.at), min(to, here.at+here.n)
	if from >= to {
		return -1
	}
	i := s.within(parent, here.off+from-here.at, to-from, name, value, note, ref)
	s.list[i].Rep = rep
	return i
}

// rep adds the spans of a representation.
func (s *spans) rep(top int, x *explained, i int, here *part) {
	r := &x.reps[i]
	name, value := clean(r.Name), clean(r.Value)
	if !r.IsField() {
		name, value = r.Kind.String(), utoa(r.Max)
	}
	k := s.clip(top, here, r.Off, r.Off+r.Len, name, value, repText(r), r.Kind.Ref(), i)
	if k < 0 {
		return
	}
	label, note := "Index", indexNote(r)
	if !r.IsField() {
		label, note = "Maximum Size", "octets"
	}
	s.clip(k, here, r.Off, r.Off+r.IndexLen, label, repNumber(r), note, "RFC 7541 5.1", i)
	s.literal(k, x, here, r.NameAt, "Name", name, i)
	s.literal(k, x, here, r.ValueAt, "Value", value, i)
}

// literal adds a string literal: its length and its octets.
func (s *spans) literal(parent int, x *explained, here *part, at hpack.Span, what, value string, rep int) {
	if !at.Present() {
		return
	}
	note := "plain"
	if at.Huffman {
		note = "Huffman code"
	}
	s.clip(parent, here, at.LenOff, at.LenOff+at.LenLen, what+" Length", octetCount(at.Len), note, "RFC 7541 5.2", rep)
	s.clip(parent, here, at.Off, at.Off+at.Len, what, value, note, "RFC 7541 5.2", rep)
}

func repNumber(r *hpack.Rep) string {
	if !r.IsField() {
		return utoa(r.Max)
	}
	return utoa(r.Index)
}

func indexNote(r *hpack.Rep) string {
	switch {
	case r.Static():
		return "static table"
	case r.Dynamic() && r.Unknown:
		return "dynamic table, an entry from before the record"
	case r.Dynamic():
		return "dynamic table"
	}
	return "the name follows as a literal"
}

// repText is a representation in words.
func repText(r *hpack.Rep) string {
	switch r.Kind {
	case hpack.TableSizeUpdate:
		return "Dynamic table size update to " + utoa(r.Max) + evictText(r)
	case hpack.Indexed:
		return "Indexed " + utoa(r.Index) + " (" + indexFrom(r) + ")"
	}
	s := r.Kind.String() + ", "
	if r.Index > 0 {
		s += "name " + utoa(r.Index) + " (" + indexFrom(r) + ")"
	} else {
		s += "new name" + huffText(r.NameAt)
	}
	return s + ", value" + huffText(r.ValueAt) + evictText(r)
}

func huffText(at hpack.Span) string {
	if at.Huffman {
		return " Huffman " + strconv.Itoa(at.Len) + " B"
	}
	return " plain " + strconv.Itoa(at.Len) + " B"
}

func evictText(r *hpack.Rep) string {
	switch {
	case r.Evicted == 1:
		return ", drives out 1 entry"
	case r.Evicted > 1:
		return ", drives out " + strconv.Itoa(r.Evicted) + " entries"
	case r.Kind == hpack.LiteralIncremental && !r.Inserted:
		return ", too large for the table"
	}
	return ""
}

func indexFrom(r *hpack.Rep) string {
	switch {
	case r.Static():
		return "static"
	case r.Dynamic():
		return "dynamic"
	}
	return ""
}

// blockView is a field block for showing.
func (c *connection) blockView(r *row) *view.Block {
	x := c.blockOf(r)
	if x == nil {
		return nil
	}
	plain := x.plain()
	v := &view.Block{Octets: len(x.raw), Plain: plain, Saved: saved(len(x.raw), plain),
		Complete: x.b.bits&blockDone != 0, Frames: []int{}, Reps: []view.Rep{}}
	for _, p := range x.parts {
		v.Frames = append(v.Frames, int(p.row))
	}
	for i := range x.reps {
		v.Reps = append(v.Reps, x.repView(&x.reps[i]))
	}
	switch {
	case x.b.bits&blockBroken != 0:
		v.Error = "another frame came before END_HEADERS: the field block is not whole"
	case !v.Complete:
		v.Error = "END_HEADERS has not come yet"
	case x.err != nil:
		_, _, v.Error = hpackError(x.err)
	}
	return v
}

func (x *explained) repView(r *hpack.Rep) view.Rep {
	p, off := x.place(r.Off)
	v := view.Rep{Frame: int(p.row), Off: off, Len: r.Len, Hex: hexOf(x.raw[r.Off : r.Off+r.Len]),
		Kind: r.Kind.String(), Ref: r.Kind.Ref(), Index: int(r.Index), IndexFrom: indexFrom(r),
		Name: clean(r.Name), Value: clean(r.Value), Text: repText(r), Inserted: r.Inserted, Evicted: r.Evicted, Unknown: r.Unknown}
	if r.NameAt.Huffman {
		v.NameHuff = r.NameAt.Len
	}
	if r.ValueAt.Huffman {
		v.ValueHuff = r.ValueAt.Len
	}
	if !r.IsField() {
		v.Size = int(r.Max)
	}
	return v
}

// blockError is what is wrong with field block number n of a direction.
func (c *connection) blockError(dir int, n uint32) (code frame.ErrCode, ref, text string) {
	_, _, _, err := c.explain(dir, c.dirs[dir].blocks.at(int(n-1)), nil)
	return hpackError(err)
}

func hpackError(err error) (code frame.ErrCode, ref, text string) {
	if e, ok := err.(*hpack.Error); ok {
		return e.Code, e.Section, e.Reason + ", at octet " + strconv.Itoa(e.Offset) + " of the field block"
	}
	return frame.CompressionError, "RFC 9113 4.3", "the field block can't be read"
}

// tables shows both dynamic tables after the frames up to row i: at the
// encoder, which is ahead of the decoder by what is under way.
func (c *connection) tables(i int, r *row) []view.Table {
	out := make([]view.Table, 2)
	for dir := range out {
		d := &c.dirs[dir]
		n := d.blocksBy(i)
		m := d.after(n)
		t := view.Table{Dir: dirNames[dir], Unknown: d.table.Partial(m), Size: int(m.Size), MaxSize: int(m.Max), Entries: []view.TableEntry{}}
		for index, e := range d.table.At(m) {
			t.Entries = append(t.Entries, d.entry(index, e, m.Hi-uint32(index-hpack.StaticLen)))
		}
		if r.dir() == dir && n > 0 && int(d.blocks.at(int(n-1)).last) == i && r.block == n {
			before := d.blocks.at(int(n - 1)).before
			t.Inserted = min(int(m.Hi-before.Hi), m.Len())
			for seq := before.Lo; seq < min(m.Lo, before.Hi); seq++ {
				t.Evicted = append(t.Evicted, d.entry(before.Index(seq), d.table.Logged(seq), seq))
			}
		}
		out[dir] = t
	}
	return out
}

// blocksBy is how many field blocks had come to their end by row i.
func (d *direction) blocksBy(i int) uint32 {
	n := uint32(d.blocks.search(func(b *block) bool { return int(b.row) <= i }))
	if n > 0 && !d.ended(n, i) { // only the newest can be unfinished
		n--
	}
	return n
}

// ended says whether field block number n had moved the table on by row i.
func (d *direction) ended(n uint32, i int) bool {
	b := d.blocks.at(int(n - 1))
	return b.bits&blockBroken != 0 || b.bits&blockDone != 0 && int(b.last) <= i
}

// entry is entry number seq of the direction's log for showing.
func (d *direction) entry(index int, e hpack.Entry, seq uint32) view.TableEntry {
	n := d.blocks.search(func(b *block) bool { return b.before.Hi <= seq })
	row := 0
	if n > 0 {
		row = int(d.blocks.at(n - 1).last)
	}
	return view.TableEntry{Index: index, Name: clean(e.Name), Value: clean(e.Value), Size: e.Size(), Frame: row}
}
