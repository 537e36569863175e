package inspect

import (
	"slices"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// block is a field block: where it begins and the state of the dynamic table
// before it. Its representations are worked out again when they are asked for.
type block struct {
	before hpack.Mark
	row    uint32 // of the HEADERS or PUSH_PROMISE that it begins in
	last   uint32 // row of the frame that it ends in; 0 while it goes on
	frames uint32 // over how many it is spread
	bits   uint8
}

// bits of a block.
const (
	blockDone   = 1 << iota // END_HEADERS was seen
	blockBroken             // another frame came before its end
)

// openBlock is the field block of a direction that still goes on.
type openBlock struct {
	block uint32 // its number, from 1; 0: none
	id    uint32 // the stream it belongs to
	held  []byte // its fragments so far
}

// beginBlock starts the field block of a HEADERS or PUSH_PROMISE frame.
func (s *sending) beginBlock(fragment []byte) uint32 {
	d := s.d
	d.blocks.add(block{before: d.table.Mark(), row: s.row, frames: 1})
	n := uint32(d.blocks.len())
	if s.f.Flags.Has(frame.FlagEndHeaders) {
		s.endBlock(n, fragment)
		return n
	}
	d.open.block, d.open.id = n, s.f.StreamID
	d.open.held = append(d.open.held[:0], fragment...)
	return n
}

func (s *sending) continueBlock(fragment []byte) uint32 {
	o := &s.d.open
	n := o.block
	s.d.blocks.at(int(n-1)).frames++
	o.held = append(o.held, fragment...)
	if s.f.Flags.Has(frame.FlagEndHeaders) {
		b := o.held
		o.block = 0
		s.endBlock(n, b)
		if cap(o.held) > 1<<16 {
			o.held = nil
		}
	}
	return n
}

// abandon gives up the open field block: another frame came in between. What
// it would have done to the table is not known.
func (s *sending) abandon() {
	s.d.blocks.at(int(s.d.open.block - 1)).bits |= blockBroken
	s.d.open.block, s.d.open.held = 0, nil
}

// endBlock moves the dynamic table on and looks at the field section.
func (s *sending) endBlock(n uint32, octets []byte) {
	c, d := s.c, s.d
	reps, err := c.a.repeats.explain(d.table, c.index*2+s.dir, octets, &c.a.reps)
	b := d.blocks.at(int(n - 1))
	b.last = s.row
	b.bits |= blockDone
	if !d.guessed && slices.ContainsFunc(reps, func(r hpack.Rep) bool { return r.Unknown }) {
		d.guessed = true
		s.problem(ruleTableUnknown, 0, 0)
	}
	if err != nil {
		s.problem(ruleBlock, int64(n), 0)
		return
	}
	size := 0
	for i := range reps {
		if reps[i].IsField() {
			size += hpack.FieldSize(reps[i].Name, reps[i].Value)
		}
	}
	raise(&d.section, s.seq, int64(size))
	s.section(n, b.row, reps)
}

// section notes what a field section is for its stream, and checks it.
func (s *sending) section(n, first uint32, reps []hpack.Rep) {
	c := s.c
	r := c.a.rows.at(int(first))
	slot, typ, flags := r.slot, r.typ(), r.flags
	if first == s.row { // the row is not finished yet
		slot = s.slot
	}
	if typ == frame.PushPromise {
		p, _ := frame.ParsePushPromise(c.raw(r))
		if slot = c.slotOf(p.PromisedID); slot == 0 || s.dir == client {
			return
		}
		if st := c.stream(slot); st.request == 0 {
			st.request = n
			for i := range reps {
				st.bodyless = st.bodyless || reps[i].Name == ":method" && reps[i].Value == "HEAD"
			}
		}
		s.checkFields(reps, sectionPromise)
		s.checkMessage(reps, sectionPromise, flags)
		return
	}
	if slot == 0 || s.bits&bitIgnored != 0 {
		return
	}
	st := c.stream(slot)
	kind := sectionRequest
	switch {
	case st.headers[s.dir] > 0 || st.adopted && onlyRegular(reps):
		kind = sectionTrailers
		if !flags.Has(frame.FlagEndStream) {
			s.problem(ruleTrailers, 0, 0)
		}
	case s.dir == server:
		kind = sectionResponse
	}
	informational := s.checkFields(reps, kind)
	s.checkMessage(reps, kind, flags)
	if informational && !flags.Has(frame.FlagEndStream) {
		return
	}
	if st.headers[s.dir] < 255 {
		st.headers[s.dir]++
	}
	s.length(st, kind, flags, reps)
	if !flags.Has(frame.FlagEndStream) {
		s.slot = slot
		s.message()
	}
	switch kind {
	case sectionRequest:
		if st.request == 0 && initiator(st.id) == client {
			st.request = n
		}
	case sectionResponse:
		st.response = n
	}
}

// onlyRegular says whether a field section has no pseudo-header field: of a
// stream that is older than the record it is the trailer section.
func onlyRegular(reps []hpack.Rep) bool {
	return !slices.ContainsFunc(reps, func(r hpack.Rep) bool { return r.Unknown || r.Name != "" && r.Name[0] == ':' })
}

// octetsOf puts the fragments of a field block together. heads are where each
// frame's fragment lies, in order.
func (c *connection) octetsOf(dir int, b *block) (octets []byte, parts []part) {
	d := &c.dirs[dir]
	seq := c.a.rows.at(int(b.row)).seq
	for i := range b.frames {
		row := *d.rows.at(int(seq - 1 + i))
		r := c.a.rows.at(int(row))
		f := c.raw(r)
		frag := fragment(f)
		p := part{row: row, at: len(octets), off: frame.HeaderLen + fragmentOff(f), n: len(frag)}
		parts = append(parts, p)
		if b.frames == 1 {
			return frag, parts
		}
		octets = append(octets, frag...)
	}
	return octets, parts
}

// fragments are the octets of octetsOf; those of a block in one frame are a window
// on the record.
func (c *connection) fragments(dir int, b *block) []byte {
	if b.frames == 1 {
		return fragment(c.raw(c.a.rows.at(int(b.row))))
	}
	octets, _ := c.octetsOf(dir, b)
	return octets
}

// part is the fragment of a field block that one frame carries.
type part struct {
	row uint32
	at  int // octets of the block before it
	off int // octets of the frame before it, header included
	n   int
}

func fragment(f frame.Raw) []byte {
	switch f.Type {
	case frame.Headers:
		h, _ := frame.ParseHeaders(f)
		return h.Fragment
	case frame.PushPromise:
		p, _ := frame.ParsePushPromise(f)
		return p.Fragment
	case frame.Continuation:
		return f.Payload
	}
	return nil
}

// fragmentOff is how many octets of the payload stand before the fragment.
func fragmentOff(f frame.Raw) int {
	n := 0
	if f.Type != frame.Continuation && f.Flags.Has(frame.FlagPadded) {
		n = 1
	}
	switch {
	case f.Type == frame.PushPromise:
		n += 4
	case f.Type == frame.Headers && f.Flags.Has(frame.FlagPriority):
		n += 5
	}
	return n
}

// after is the state of the table after field block number n of a direction,
// from 1; 0 is the empty table at the beginning.
func (d *direction) after(n uint32) hpack.Mark {
	if int(n) < d.blocks.len() {
		return d.blocks.at(int(n)).before
	}
	return d.table.Mark()
}

// explain works out the representations of a field block once more. An error is
// what is wrong with the block; what stands before it is returned.
func (c *connection) explain(dir int, b *block, dst []hpack.Rep) ([]hpack.Rep, []part, []byte, error) {
	octets, parts := c.octetsOf(dir, b)
	t := c.dirs[dir].table
	if b.bits&blockDone == 0 {
		dst, err := t.Branch(b.before).Explain(octets, dst)
		return dst, parts, octets, err
	}
	dst, _, err := t.ExplainAt(b.before, octets, dst)
	return dst, parts, octets, err
}
