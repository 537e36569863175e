package inspect

import (
	"strconv"

	"framewise/core/frame"
	"framewise/core/inspect/view"
)

// MaxDifferences is how many differences a comparison lists.
const MaxDifferences = 100

// Compare lays two records side by side: connections in the order in which they
// were opened, streams by their number among those of the same end, and on each
// the frames of each direction by type and cause.
func Compare(a, b *Analyser) view.Comparison { return Align(a, b).Comparison() }

// compareCounts counts what is in both records.
func compareCounts(a, b *Analyser) []view.CountComparison {
	out := []view.CountComparison{}
	add := func(name string, x, y int) { out = append(out, view.CountComparison{Name: name, A: x, B: y}) }
	add("connections", len(a.conns), len(b.conns))
	add("frames", a.rows.len(), b.rows.len())
	add("streams", a.lanes.len(), b.lanes.len())
	add("problems", a.problems.len()+a.transits.len(), b.problems.len()+b.transits.len())
	add("stalls", len(a.stallsOf().begins), len(b.stallsOf().begins))
	add("nanoseconds", int(a.end), int(b.end))
	for t := range a.counts {
		if a.counts[t]+b.counts[t] > 0 {
			add(frame.Type(t).String(), a.counts[t], b.counts[t])
		}
	}
	for dir, name := range dirNames {
		add("octets "+name, a.octets(dir), b.octets(dir))
	}
	return out
}

// octets is how many were sent in a direction.
func (a *Analyser) octets(dir int) (n int) {
	for _, c := range a.conns {
		n += int(c.dirs[dir].total)
	}
	return n
}

// compareConns compares what the ends of two connections announce; one of them
// may be nil.
func compareConns(x, y *connection) view.ConnComparison {
	v := view.ConnComparison{Settings: []view.SettingComparison{}}
	side := func(c *connection) view.ConnSide {
		if c == nil {
			return view.ConnSide{Fingerprint: view.Fingerprint{Settings: []view.SettingEntry{}, Priorities: []string{}, Pseudo: []string{}, Fields: []string{}}}
		}
		s := view.ConnSide{Conn: c.info.ID, Frames: c.dirs[client].rows.len() + c.dirs[server].rows.len(), Streams: c.streams.len(), Fingerprint: c.fingerprint()}
		for dir := range c.dirs {
			s.Windows[dir] = c.sendWindow(dir, 0, c.ends[dir].sent, c.ends[dir].recvd)
			s.Credit[dir] = sumAt(&c.dirs[1-dir].update, uint32(c.dirs[1-dir].rows.len()))
		}
		return s
	}
	v.A, v.B = side(x), side(y)
	if x == nil || y == nil {
		return v
	}
	for e := range x.ends {
		for id := frame.HeaderTableSize; int(id) < settingCount; id++ {
			p, q := x.setting(e, x.dirs[e].settings.len(), id), y.setting(e, y.dirs[e].settings.len(), id)
			if p != q {
				v.Settings = append(v.Settings, view.SettingComparison{End: endNames[e], Name: id.String(), A: p, B: q, Ref: settingOf(id).ref})
			}
		}
	}
	return v
}

// comparison lays the frames of two connections side by side.
type comparison struct {
	x, y    *connection
	nth     int
	out     []view.Difference
	pairs   []pairing
	tails   [2][]cutRow // frames of the records that are cut off
	encoded int         // field blocks with the same fields in other octets
}

// track is the frames of one direction on one stream: the nth that the end who
// opened, or the connection itself.
type track struct {
	who, nth uint32
	dir      int
}

// tracks sorts the frames of a connection, in the order in which tracks begin.
func (c *connection) tracks() (order []track, rows map[track][]uint32) {
	rows = map[track][]uint32{}
	if c == nil {
		return nil, rows
	}
	nth := make([]uint32, c.streams.len()+1) // by slot
	var opened [2]uint32
	for slot := 1; slot <= c.streams.len(); slot++ {
		e := initiator(c.stream(uint32(slot)).id)
		opened[e]++
		nth[slot] = opened[e]
	}
	for i := range c.a.rows.len() {
		r := c.a.rows.at(i)
		if int(r.conn) != c.index || r.kind() != kindFrame {
			continue
		}
		t := track{dir: r.dir()}
		switch {
		case r.slot != 0:
			t.who, t.nth = uint32(1+initiator(r.id)), nth[r.slot]
		case r.id != 0: // no stream came of it
			t.who, t.nth = 3, r.id
		}
		if rows[t] == nil {
			order = append(order, t)
		}
		rows[t] = append(rows[t], uint32(i))
	}
	return order, rows
}

func (z *comparison) frames() {
	z.others()
	order, xs := z.x.tracks()
	more, ys := z.y.tracks()
	for _, t := range more {
		if xs[t] == nil {
			order = append(order, t)
		}
	}
	for _, t := range order {
		z.track(xs[t], ys[t])
	}
}

// maxLost is how far a frame is looked for that stands elsewhere in one of two
// sequences.
const maxLost = 32

// track compares two sequences of frames.
func (z *comparison) track(xs, ys []uint32) {
	for len(xs) > 0 || len(ys) > 0 {
		switch {
		case len(xs) == 0:
			z.add(-1, int(ys[0]), "missing", "only the second record has it")
			ys = ys[1:]
			continue
		case len(ys) == 0:
			z.add(int(xs[0]), -1, "missing", "only the first record has it")
			xs = xs[1:]
			continue
		case z.alike(xs[0], ys[0]):
			z.pair(int(xs[0]), int(ys[0]))
			xs, ys = xs[1:], ys[1:]
			continue
		}
		i, k := 1, 1
		for i < min(len(xs), maxLost) && !z.alike(xs[i], ys[0]) {
			i++
		}
		for k < min(len(ys), maxLost) && !z.alike(xs[0], ys[k]) {
			k++
		}
		foundX, foundY := i < min(len(xs), maxLost), k < min(len(ys), maxLost)
		switch {
		case foundX && (!foundY || i <= k):
			z.add(int(xs[0]), -1, "missing", "only the first record has it")
			xs = xs[1:]
		case foundY:
			z.add(-1, int(ys[0]), "missing", "only the second record has it")
			ys = ys[1:]
		default:
			z.pair(int(xs[0]), int(ys[0]))
			xs, ys = xs[1:], ys[1:]
		}
	}
}

// alike says whether two frames have the same type and, where both are known,
// the same cause. The line may differ: programs are changed.
func (z *comparison) alike(i, k uint32) bool {
	r, s := z.x.a.rows.at(int(i)), z.y.a.rows.at(int(k))
	if r.typ() != s.typ() {
		return false
	}
	p, q := z.x.dirs[r.dir()].causeOf(r.seq), z.y.dirs[s.dir()].causeOf(s.seq)
	return !p.known || !q.known || p.call == q.call && p.rule == q.rule
}

// pair notes two frames that stand at the same place, and compares them.
func (z *comparison) pair(i, k int) {
	found, encoded := len(z.out), z.encoded
	z.contents(i, k)
	switch {
	case len(z.out) > found: // add has noted them
	case z.encoded > encoded:
		z.pairs = append(z.pairs, pairing{int32(i), int32(k), pairEncoded})
	default:
		z.pairs = append(z.pairs, pairing{int32(i), int32(k), pairEqual})
	}
}

func (z *comparison) contents(i, k int) {
	p, q := z.x.a.pick(i, nil), z.y.a.pick(k, nil)
	f, g := z.x.raw(p.r), z.y.raw(q.r)
	switch {
	case f.Type != g.Type:
		z.add(i, k, "type", f.Type.String()+" and "+g.Type.String())
	case f.Flags == g.Flags && string(f.Payload) == string(g.Payload):
	case p.r.block != 0 && q.r.block != 0:
		z.blocks(i, k, p, q)
	case f.Flags != g.Flags:
		z.add(i, k, "flags", orNone(f.Flags.Text(f.Type))+" and "+orNone(g.Flags.Text(g.Type)))
	case f.Length != g.Length:
		z.add(i, k, "length", octetCount(int(f.Length))+" and "+octetCount(int(g.Length)))
	default:
		z.add(i, k, "content", short(p.text())+" and "+short(q.text()))
	}
}

func orNone(s string) string {
	if s == "" {
		return "no flags"
	}
	return s
}

// blocks compares the field lines of frames whose octets differ.
func (z *comparison) blocks(i, k int, p, q picked) {
	const end = 1 << 0 // END_STREAM; how a block is cut into frames is a matter of encoding
	if p.r.typ() == frame.Headers && (p.r.flags^q.r.flags)&end != 0 {
		z.add(i, k, "flags", orNone(p.r.flags.Text(p.r.typ()))+" and "+orNone(q.r.flags.Text(q.r.typ())))
		return
	}
	if p.r.typ() == frame.Continuation {
		z.encoded++
		return
	}
	x, y := fieldsOf(p), fieldsOf(q)
	for n := range max(len(x), len(y)) {
		switch {
		case n >= len(x):
			z.add(i, k, "fields", "only the second record has "+short(y[n][0])+": "+short(y[n][1]))
		case n >= len(y):
			z.add(i, k, "fields", "only the first record has "+short(x[n][0])+": "+short(x[n][1]))
		case x[n] != y[n]:
			z.add(i, k, "fields", "field "+strconv.Itoa(n+1)+" is "+short(x[n][0])+": "+short(x[n][1])+" and "+short(y[n][0])+": "+short(y[n][1]))
		default:
			continue
		}
		return
	}
	z.encoded++
}

// fieldsOf are the field lines of the block that a frame begins.
func fieldsOf(p picked) (out [][2]string) {
	reps, _, _, _ := p.c.explain(p.r.dir(), p.c.dirs[p.r.dir()].blocks.at(int(p.r.block-1)), nil)
	for i := range reps {
		if reps[i].IsField() {
			out = append(out, [2]string{reps[i].Name, reps[i].Value})
		}
	}
	return out
}

// add notes a difference: frame i of the first record and k of the second, -1
// where there is none.
func (z *comparison) add(i, k int, what, text string) {
	v := view.Difference{Conn: z.nth, A: i, B: k, What: what}
	p := picked{}
	if i >= 0 {
		p = z.x.a.pick(i, nil)
	} else {
		p = z.y.a.pick(k, nil)
	}
	v.Dir, v.Stream, v.At = dirNames[p.r.dir()], p.r.id, p.SentAt()
	v.Type = p.r.typ().String()
	v.Text = v.Type + " of the " + endNames[p.r.dir()] + " on "
	if v.Stream == 0 {
		v.Text += "the connection"
	} else {
		v.Text += "stream " + utoa(v.Stream)
	}
	v.Text += ": " + text + "."
	z.note(i, k, v)
}

func (z *comparison) note(i, k int, v view.Difference) {
	z.pairs = append(z.pairs, pairing{int32(i), int32(k), int32(len(z.out))})
	z.out = append(z.out, v)
}
