package inspect

import (
	"cmp"
	"slices"

	"framewise/core/hpack"
	"framewise/core/inspect/view"
)

// What is counted of field blocks is not kept for each of them: sums are carried
// on from block to block when somebody asks, and put aside every so often, so
// that a jump to any frame goes through a bounded number of blocks again.

// hpackCount is what the field blocks of a direction did, up to one of them.
type hpackCount struct {
	blocks   uint32
	broken   int
	kinds    [hpack.TableSizeUpdate + 1]kindCount
	static   int // field lines that were indexed as a whole, by table
	dynamic  int
	names    int // literals whose name was indexed
	inserted int
	evicted  int
	plain    int
	huffman  int // octets that Huffman coding saved
	fields   []fieldCount
}

type kindCount struct{ n, octets int }

// fieldCount counts the field lines of one name.
type fieldCount struct{ n, indexed, plain, encoded int }

// hpackCache carries the counts of a direction.
type hpackCache struct {
	numbers map[string]int // of names in fields; number 0 is for those beyond maxNames
	names   []string
	now     hpackCount
	aside   []hpackCount
}

const (
	// asideEvery is after how many blocks counts are put aside, at least: it is
	// the number of names when that is larger, so that what is put aside takes no
	// more room than the blocks do.
	asideEvery = 256
	// maxNames is how many names are counted apart.
	maxNames = 2000
	// maxCounted is how many blocks one question goes through. A record of a
	// million frames is counted in a few questions, each of which is answered soon.
	maxCounted = 20000
)

func (x *hpackCount) clone() hpackCount {
	out := *x
	out.fields = slices.Clone(x.fields)
	return out
}

// counted is what the first n blocks of a direction did, or fewer when that is
// more work than one question may be.
func (c *connection) counted(dir int, n uint32) *hpackCount {
	x := &c.dirs[dir].hpackCache
	if x.numbers == nil {
		x.numbers, x.names, x.now.fields = map[string]int{}, []string{""}, make([]fieldCount, 1)
		x.aside = append(x.aside, x.now.clone())
	}
	k, _ := slices.BinarySearchFunc(x.aside, n+1, func(a hpackCount, n uint32) int { return cmp.Compare(a.blocks, n) })
	if from := &x.aside[k-1]; x.now.blocks > n || x.now.blocks < from.blocks {
		x.now = from.clone()
	}
	for done := 0; x.now.blocks < n && done < maxCounted; done++ {
		c.countBlock(dir, x)
		last := x.aside[len(x.aside)-1].blocks
		if x.now.blocks >= last+uint32(max(asideEvery, len(x.names))) {
			x.aside = append(x.aside, x.now.clone())
		}
	}
	return &x.now
}

// countBlock adds the next block.
func (c *connection) countBlock(dir int, x *hpackCache) {
	b := c.dirs[dir].blocks.at(int(x.now.blocks))
	x.now.blocks++
	if b.bits&blockDone == 0 {
		x.now.broken++
		return
	}
	reps, _, _, err := c.explain(dir, b, c.a.reps[:0])
	c.a.reps = reps
	if err != nil {
		x.now.broken++
	}
	for i := range reps {
		x.add(&reps[i])
	}
}

func (x *hpackCache) add(r *hpack.Rep) {
	now := &x.now
	now.kinds[r.Kind].n++
	now.kinds[r.Kind].octets += r.Len
	now.evicted += r.Evicted
	if !r.IsField() {
		return
	}
	k, ok := x.numbers[r.Name]
	if !ok && len(x.names) <= maxNames {
		k = len(x.names)
		x.numbers[r.Name] = k
		x.names = append(x.names, r.Name)
	}
	for len(now.fields) <= k {
		now.fields = append(now.fields, fieldCount{})
	}
	f := &now.fields[k]
	plain := len(r.Name) + len(r.Value) + 4
	f.n++
	f.plain += plain
	f.encoded += r.Len
	now.plain += plain
	switch {
	case r.Kind == hpack.Indexed && r.Static():
		now.static++
		f.indexed++
	case r.Kind == hpack.Indexed:
		now.dynamic++
		f.indexed++
	case r.Index > 0:
		now.names++
	}
	if r.Inserted {
		now.inserted++
	}
	if r.NameAt.Huffman {
		now.huffman += len(r.Name) - r.NameAt.Len
	}
	if r.ValueAt.Huffman {
		now.huffman += len(r.Value) - r.ValueAt.Len
	}
}

// HPACKQuery asks what header compression did.
type HPACKQuery struct {
	Conn  uint32 // identifier of the connection; 0: that of the frame
	Frame int    // up to this instant; -1: the end of the record
	N     int    // how many names of fields, and points of the table's size, at most; 0: 100
}

// HPACK answers what the field blocks of both directions did up to an instant.
// An error says which connections or frames there are.
func (a *Analyser) HPACK(q HPACKQuery) (view.HPACK, error) {
	a.settle()
	c, m, err := a.connAt(q.Conn, q.Frame)
	if err != nil {
		return view.HPACK{}, err
	}
	n := q.N
	if n <= 0 {
		n = 100
	}
	out := view.HPACK{Conn: c.info.ID, Frame: q.Frame, Version: a.version}
	for dir := range c.dirs {
		out.Dirs = append(out.Dirs, c.hpackView(dir, m, min(n, MaxPoints)))
	}
	return out, nil
}

func (c *connection) hpackView(dir int, m moment, n int) view.HPACKStats {
	d := &c.dirs[dir]
	of := c.blocksAt(dir, m.sent[dir])
	x := c.counted(dir, of)
	v := view.HPACKStats{Dir: dirNames[dir], Blocks: int(x.blocks), Of: int(of), Arrived: int(c.blocksAt(dir, m.recvd[1-dir])), Broken: x.broken,
		Static: x.static, Dynamic: x.dynamic, Names: x.names, Inserted: x.inserted, Evicted: x.evicted, Plain: x.plain, Huffman: x.huffman,
		Kinds: []view.KindCount{}, Fields: []view.FieldStat{}}
	for k, count := range x.kinds {
		v.Encoded += count.octets
		v.Kinds = append(v.Kinds, view.KindCount{Kind: hpack.Kind(k).String(), Ref: hpack.Kind(k).Ref(), Count: count.n, Octets: count.octets})
	}
	v.Saved = saved(v.Encoded, v.Plain)
	mark := d.after(of)
	v.Size, v.MaxSize, v.Entries = int(mark.Size), int(mark.Max), mark.Len()
	v.Sizes = c.tableSizes(dir, of, n)
	for k, f := range x.fields {
		if f.n == 0 {
			continue
		}
		name := clean(d.hpackCache.names[k])
		if k == 0 {
			name = "(all others)"
		}
		v.Fields = append(v.Fields, view.FieldStat{Name: name, Count: f.n, Indexed: f.indexed, Plain: f.plain, Encoded: f.encoded, Saved: f.plain - f.encoded})
	}
	slices.SortStableFunc(v.Fields, func(a, b view.FieldStat) int {
		return cmp.Or(cmp.Compare(b.Saved, a.Saved), cmp.Compare(a.Name, b.Name))
	})
	v.FieldsTotal = len(v.Fields)
	v.Fields = v.Fields[:min(len(v.Fields), n)]
	return v
}

// tableSizes is the size of the dynamic table over the first blocks of a
// direction, in at most n points: of equal numbers of blocks the smallest and
// the largest.
func (c *connection) tableSizes(dir int, blocks uint32, n int) []view.SizePoint {
	d := &c.dirs[dir]
	out := []view.SizePoint{}
	each := max((2*int(blocks)+n-1)/n, 1)
	for i := 0; i < int(blocks); i += each {
		low, high := i, i
		for k := i; k < min(i+each, int(blocks)); k++ {
			if size := d.after(uint32(k + 1)).Size; size < d.after(uint32(low+1)).Size {
				low = k
			} else if size > d.after(uint32(high+1)).Size {
				high = k
			}
		}
		for _, k := range []int{min(low, high), max(low, high)} {
			b, m := d.blocks.at(k), d.after(uint32(k+1))
			row := b.last
			if b.bits&blockDone == 0 {
				row = b.row
			}
			if p := (view.SizePoint{Frame: int(row), At: c.at(dir, row), Size: int(m.Size), Max: int(m.Max)}); len(out) == 0 || out[len(out)-1] != p {
				out = append(out, p)
			}
		}
	}
	return out
}
