package capture

import (
	"net/netip"
	"slices"
)

// Bounds of reassembly.
const (
	maxFlows   = 1 << 16 // connections at a time; the oldest gives way
	maxHeld    = 4 << 20 // octets of a direction that wait for octets before them
	maxHeldAll = 64 << 20
	maxWaiting = 1 << 14 // segments of a direction that wait
	patience   = 64      // packets of a connection that an acknowledged gap may still be filled by
)

// pair is a connection by its two ends, the smaller one first.
type pair struct{ low, high netip.AddrPort }

// flow is one TCP connection.
type flow struct {
	ends   [2]netip.AddrPort // ends[0] sent the first packet that was seen
	halves [2]half           // what each end sent
	opener int               // the end that sent SYN; -1: the capture begins later
	began  int64
	s      stream
	over   bool
	key    pair
}

// half is what one end of a flow sends.
type half struct {
	known   bool
	next    uint32 // the sequence number that is due
	held    []heldSegment
	size    int // octets of held
	fin     bool
	finAt   uint32
	ended   bool
	acked   uint32 // what the other end has, as far as it said
	ackSeen bool
	waited  int // packets since acked was seen to be above next
}

// heldSegment is a segment that came too early, in order of seq.
type heldSegment struct {
	seq    uint32
	data   []byte
	length int
}

// after is how far a lies behind b in the ring of sequence numbers.
func after(a, b uint32) int32 { return int32(a - b) }

// flowOf finds the flow of a segment and which of its ends sent it.
func (r *Reader) flowOf(s *segment, at int64) (*flow, int) {
	key := pair{s.src, s.dst}
	if s.dst.Compare(s.src) < 0 {
		key = pair{s.dst, s.src}
	}
	f := r.flows[key]
	if f != nil && s.flags&flagSYN != 0 && f.anew(s) {
		r.finish(f, at)
		f = nil
	}
	if f == nil {
		f = &flow{ends: [2]netip.AddrPort{s.src, s.dst}, opener: -1, began: at, key: key}
		f.s = stream{r: r, f: f, client: -1}
		if len(r.flows) >= maxFlows {
			r.dropOldest(at)
		}
		r.flows[key] = f
		r.order = append(r.order, f)
		r.report.Connections++
	}
	if s.src == f.ends[0] {
		return f, 0
	}
	return f, 1
}

// anew says whether a SYN opens another connection between the same ends.
func (f *flow) anew(s *segment) bool {
	if s.flags&flagACK != 0 {
		return false
	}
	side := 0
	if s.src != f.ends[0] {
		side = 1
	}
	h := &f.halves[side]
	return f.over || h.known && s.seq+1 != h.next && len(h.held) == 0
}

// dropOldest makes room for another flow.
func (r *Reader) dropOldest(at int64) {
	for len(r.order) > 0 {
		f := r.order[0]
		r.order = r.order[1:]
		if r.flows[f.key] == f {
			r.finish(f, at)
			return
		}
	}
}

// finish lets go of a flow: what waits for octets that never came is told.
func (r *Reader) finish(f *flow, at int64) {
	if r.flows[f.key] == f {
		delete(r.flows, f.key)
	}
	f.flush(r, at)
	f.s.finish(at)
}

// flush tells what waits in both directions.
func (f *flow) flush(r *Reader, at int64) {
	for side := range f.halves {
		for h := &f.halves[side]; f.s.what != isOtherStream && h.lacks(); {
			f.skip(r, side, at)
		}
	}
}

// lacks says whether octets are known to have been sent that were not seen.
func (h *half) lacks() bool {
	return len(h.held) > 0 || h.known && !h.ended && (h.ackSeen && after(h.due(), h.next) > 0 || h.fin && after(h.finAt, h.next) > 0)
}

// due is how far the receiver has acknowledged octets; a FIN is none.
func (h *half) due() uint32 {
	if h.fin && h.acked == h.finAt+1 {
		return h.finAt
	}
	return h.acked
}

// segment takes in a segment.
func (r *Reader) segment(s *segment, at int64) {
	f, side := r.flowOf(s, at)
	f.s.packets++
	h, other := &f.halves[side], &f.halves[1-side]
	seq := s.seq
	if s.flags&flagSYN != 0 {
		seq++
		if !h.known {
			h.known, h.next = true, seq
		}
		if s.flags&flagACK == 0 {
			f.opener = side
		} else {
			f.opener = 1 - side
		}
	}
	if f.over {
		return
	}
	if !h.known && (s.length > 0 || s.flags&flagFIN != 0) {
		h.known, h.next = true, seq
	}
	if s.length > 0 {
		f.payload(r, side, at, seq, s)
	}
	if s.flags&flagFIN != 0 {
		h.fin, h.finAt = true, seq+uint32(s.length)
	}
	f.close(r, side, at)
	if s.flags&flagRST != 0 {
		f.flush(r, at)
		f.s.end(side, at, "RST")
		f.over = true
		return
	}
	if s.flags&flagACK != 0 && (!other.ackSeen || after(s.ack, other.acked) > 0) {
		other.acked, other.ackSeen = s.ack, true
	}
	for i := range f.halves {
		f.lookForLoss(r, i, at)
	}
}

// close notices the end of a direction, and of the flow.
func (f *flow) close(r *Reader, side int, at int64) {
	h := &f.halves[side]
	if h.fin && !h.ended && after(h.next, h.finAt) >= 0 {
		h.ended = true
		h.next = h.finAt + 1
		if f.halves[1-side].ended {
			f.s.end(1-side, at, "")
			f.over = true
		}
	}
}

// lookForLoss gives octets up that their receiver acknowledged and that the
// capture does not have, after some patience: captures of several queues
// change the order a little.
func (f *flow) lookForLoss(r *Reader, side int, at int64) {
	h := &f.halves[side]
	if !h.known || !h.ackSeen || h.ended {
		return
	}
	if after(h.due(), h.next) <= 0 {
		h.waited = 0
		return
	}
	if h.waited++; h.waited > patience {
		f.skip(r, side, at)
	}
}

// payload takes in a segment's octets.
func (f *flow) payload(r *Reader, side int, at int64, seq uint32, s *segment) {
	h := &f.halves[side]
	off := after(seq, h.next)
	switch {
	case off > 1<<30 || off < -(1<<30): // not of this connection
		r.report.Stray++
	case off <= 0:
		old := int(-off)
		if old >= s.length {
			r.report.Retransmitted++
			f.s.mark(side, at, "retransmission", retransmitted(s.length))
			return
		}
		if old > 0 {
			r.report.Overlapping++
			f.s.mark(side, at, "overlap", overlapping(old, s.length))
		}
		f.deliver(side, at, s.data[min(old, len(s.data)):], s.length-old, false)
		f.drain(r, side, at)
	default:
		f.hold(r, side, at, seq, s)
	}
}

// deliver hands over octets that are next, the last of which may be missing.
func (f *flow) deliver(side int, at int64, b []byte, length int, own bool) {
	h := &f.halves[side]
	h.next += uint32(length)
	h.waited = 0
	if len(b) > 0 {
		f.s.data(side, at, b, own)
	}
	if missing := length - len(b); missing > 0 {
		f.s.r.report.Lost += int64(missing)
		f.s.gap(side, at, missing)
	}
}

// hold keeps a segment that came too early.
func (f *flow) hold(r *Reader, side int, at int64, seq uint32, s *segment) {
	h := &f.halves[side]
	r.report.OutOfOrder++
	if f.s.what == isOtherStream {
		return // nobody wants its octets: the acknowledgement will skip them
	}
	i, same := slices.BinarySearchFunc(h.held, seq, func(e heldSegment, q uint32) int { return int(after(e.seq, q)) })
	if same && h.held[i].length >= s.length {
		r.report.Retransmitted++
		return
	}
	if same {
		h.size, r.held = h.size-len(h.held[i].data), r.held-len(h.held[i].data)
		h.held[i] = heldSegment{seq, slices.Clone(s.data), s.length}
	} else {
		h.held = slices.Insert(h.held, i, heldSegment{seq, slices.Clone(s.data), s.length})
	}
	h.size, r.held = h.size+len(s.data), r.held+len(s.data)
	for len(h.held) > 0 && (h.size > maxHeld || r.held > maxHeldAll || len(h.held) > maxWaiting) {
		f.skip(r, side, at)
	}
}

// drain hands over what was held and is next now.
func (f *flow) drain(r *Reader, side int, at int64) {
	h := &f.halves[side]
	for len(h.held) > 0 && after(h.held[0].seq, h.next) <= 0 {
		e := h.held[0]
		h.held = h.held[1:]
		h.size, r.held = h.size-len(e.data), r.held-len(e.data)
		old := int(h.next - e.seq)
		if old >= e.length {
			r.report.Retransmitted++
			continue
		}
		if old > 0 {
			r.report.Overlapping++
			f.s.mark(side, at, "overlap", overlapping(old, e.length))
		}
		f.deliver(side, at, e.data[min(old, len(e.data)):], e.length-old, true)
	}
	if len(h.held) == 0 {
		h.held = nil
	}
}

// skip gives up the octets before what is held or acknowledged.
func (f *flow) skip(r *Reader, side int, at int64) {
	h := &f.halves[side]
	to := h.due()
	switch {
	case len(h.held) > 0:
		to = h.held[0].seq
	case h.fin && (!h.ackSeen || after(to, h.finAt) != 0):
		to = h.finAt
	}
	if n := after(to, h.next); n > 0 {
		h.next = to
		r.report.Lost += int64(n)
		f.s.gap(side, at, int(n))
	} else if len(h.held) == 0 {
		h.acked = h.next // more was acknowledged than was sent
	}
	h.waited = 0
	f.drain(r, side, at)
	f.close(r, side, at)
}
