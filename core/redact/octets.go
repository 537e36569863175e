package redact

import (
	"framewise/core/frame"
	"framewise/core/hpack"
	"framewise/core/trace"
)

// connection is the two ways of octets, and what one needs of the other.
type connection struct {
	r    *Redactor
	ways [2]way
	late bool // the record begins after the connection did
	ping pings
}

// phase is what the next octet of a way belongs to.
type phase uint8

const (
	atStart   phase = iota // the preface, or the server's first frame
	inHeader               // of a frame
	inPayload              // that is replaced as it comes
	inWhole                // a payload that is held until it is whole
	inText                 // HTTP/1.1 before an upgrade, or what is taken for it
	inGarbage              // no frames any more
)

// way is one direction of a connection.
type way struct {
	c     *connection
	dir   trace.Dir
	phase phase
	total int64

	cur  run          // octets of what is being read that are not decided
	head frame.Header // of the frame
	left int          // octets of its payload to come
	pad  int          // inPayload, DATA: octets of padding, -1: not known yet
	body byte         // inPayload: what takes the place
	text text         // inText

	frames   int // that began
	blocks   int // field blocks that ended
	maxFrame uint32
	settings bool // the way had a SETTINGS frame

	table *hpack.Table
	reps  []hpack.Rep
	open  run // fragments of the field block that goes on
	goes  bool
	id    uint32 // the stream of that block
}

func newConnection(r *Redactor) *connection {
	c := &connection{r: r}
	for i := range c.ways {
		w := &c.ways[i]
		w.c, w.dir, w.maxFrame = c, trace.Dir(i), frame.MinMaxFrameSize
		w.newTable()
	}
	return c
}

// segment is octets in a chunk that waits.
type segment struct {
	b  []byte
	of *pending
}

// run is octets in a row, over chunks.
type run struct {
	list []segment
	n    int
}

func (r *run) add(p *pending, b []byte) {
	if len(b) == 0 {
		return
	}
	p.open++
	r.list = append(r.list, segment{b, p})
	r.n += len(b)
}

// join is a copy of the octets.
func (r *run) join() []byte {
	out := make([]byte, 0, r.n)
	for _, s := range r.list {
		out = append(out, s.b...)
	}
	return out
}

// put writes b over the octets from at on.
func (r *run) put(at int, b []byte) {
	for _, s := range r.list {
		if at < len(s.b) {
			n := copy(s.b[at:], b)
			if b = b[n:]; len(b) == 0 {
				return
			}
			at = 0
			continue
		}
		at -= len(s.b)
	}
}

// done lets the chunks go.
func (r *run) done() {
	for _, s := range r.list {
		s.of.open--
	}
	r.list, r.n = r.list[:0], 0
}

// blank fills the octets from at on with zeros.
func (r *run) blank(at int) {
	if r.n > at {
		r.put(at, make([]byte, r.n-at))
	}
}

// move hands the octets from at to at+n over to another run; the others stay.
func (r *run) move(to *run, at, n int) {
	for _, s := range r.list {
		if at >= len(s.b) {
			at -= len(s.b)
			continue
		}
		k := min(len(s.b)-at, n)
		to.add(s.of, s.b[at:at+k])
		if n -= k; n == 0 {
			return
		}
		at = 0
	}
}

// take sorts the next octets, which lie in the chunk p.
func (w *way) take(p *pending, b []byte) {
	for len(b) > 0 {
		switch w.phase {
		case atStart:
			b = w.start(p, b)
		case inHeader:
			b = w.header(p, b)
		case inPayload:
			n := min(len(b), w.left)
			w.replace(b[:n])
			b = b[n:]
			w.less(n)
		case inWhole:
			n := min(len(b), w.left)
			w.cur.add(p, b[:n])
			b = b[n:]
			if w.left -= n; w.left == 0 {
				w.whole()
			}
		case inText:
			b = w.line(p, b)
		case inGarbage:
			w.c.r.count.gone(KindUnknown, "octets that are no frames", len(b))
			zero(b)
			b = nil
		}
	}
}

// less counts octets of a payload that were replaced.
func (w *way) less(n int) {
	if w.left -= n; w.left == 0 {
		w.phase = inHeader
	}
}

// start decides how the way begins, as core/inspect does: with the client's
// preface, with a frame, or with something else. It returns what stands behind.
func (w *way) start(p *pending, b []byte) []byte {
	n := min(len(b), len(frame.Preface)-w.cur.n)
	if w.dir == trace.ToClient {
		n = min(len(b), frame.HeaderLen-w.cur.n)
	}
	w.cur.add(p, b[:n])
	h := w.cur.join()
	if w.dir == trace.ToServer && string(h) == frame.Preface[:len(h)] {
		if len(h) == len(frame.Preface) {
			w.cur.done()
			w.phase = inHeader
		}
		return b[n:]
	}
	if len(h) < frame.HeaderLen {
		return b[n:]
	}
	w.phase = inHeader
	switch fh := frame.ParseHeader(h); {
	case !w.plausible(fh):
		w.phase = inText
		w.text = text{}
	case w.dir == trace.ToServer:
		w.c.isLate()
	}
	w.again()
	return b[n:]
}

// again takes the octets that were held once more, in another phase.
func (w *way) again() {
	held := w.cur
	w.cur = run{}
	for _, s := range held.list {
		w.take(s.of, s.b)
	}
	held.done()
}

// isLate says that the connection began before the record.
func (c *connection) isLate() {
	if c.late {
		return
	}
	c.late = true
	for i := range c.ways {
		if w := &c.ways[i]; w.blocks == 0 {
			w.table.StartLate()
		}
	}
}

// plausible says whether octets can be the header of a frame that anybody would
// send: a known type, or a length that its receiver has ever allowed.
func (w *way) plausible(h frame.Header) bool {
	peer := &w.c.ways[1-w.dir]
	limit := peer.maxFrame
	if w.c.late && !peer.settings {
		limit = frame.MaxMaxFrameSize
	}
	return h.Type.Known() || h.Length <= limit
}

// header reads the header of a frame, which stays.
func (w *way) header(p *pending, b []byte) []byte {
	n := min(len(b), frame.HeaderLen-w.cur.n)
	w.cur.add(p, b[:n])
	if w.cur.n < frame.HeaderLen {
		return b[n:]
	}
	w.head = frame.ParseHeader(w.cur.join())
	if !w.plausible(w.head) {
		w.garbage()
		return b[n:]
	}
	w.cur.done()
	w.left = int(w.head.Length)
	w.begin()
	return b[n:]
}

// garbage blanks all that follows. What stood in the place of a header gets one
// that nobody sends, so that a reader comes to the same end.
func (w *way) garbage() {
	w.c.r.count.gone(KindUnknown, "octets that are no frames", w.cur.n)
	w.cur.put(0, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0})
	w.cur.done()
	w.phase = inGarbage
	w.abandon()
}

// giveUp decides what is held: it is blanked. Only a part of a frame's header
// stays unless nothing follows (last): it is numbers, and keeps the way in step.
func (w *way) giveUp(last bool) {
	switch w.phase {
	case inHeader:
		if last {
			w.cur.blank(0)
			w.cur.done()
		} else if w.cur.n > 0 {
			w.partHeader()
		}
	case inWhole:
		w.c.r.count.gone(KindUnknown, "frames whose end is missing", w.cur.n)
		w.cur.blank(0)
		w.cur.done()
		w.lose()
		w.phase = inPayload
		w.body, w.pad = 0, 0
	case atStart, inText:
		if h := w.cur.join(); w.phase == atStart && w.dir == trace.ToServer && len(h) <= len(frame.Preface) && string(h) == frame.Preface[:len(h)] {
			w.cur.done() // the preface begins; it may be that it goes on
			w.cur.add(&pending{}, h)
			break
		}
		w.noFrames()
		w.phase, w.text.body = inText, true
	}
	w.abandon()
}

// noFrames replaces what is held and belongs to no frame. It does so by text,
// because zeros would look like frames.
func (w *way) noFrames() {
	w.c.r.count.gone(KindUnknown, "octets that are no frames", w.cur.n)
	w.overwrite(0, w.cur.n)
	w.cur.done()
}

// partHeader lets a part of a header go while its end is still to come: its
// octets are kept aside in a chunk of nobody's.
func (w *way) partHeader() {
	b := w.cur.join()
	w.cur.done()
	w.cur.add(&pending{}, b)
}

// lose says that the frame in hand is blanked without being looked at. If it is
// part of a field block, the table is not known from here on.
func (w *way) lose() {
	switch w.head.Type {
	case frame.Headers, frame.PushPromise, frame.Continuation:
		w.unknownTable()
	}
}

// newTable begins with an empty table. Whether a size is allowed is none of our
// business.
func (w *way) newTable() {
	w.table = hpack.NewTable()
	w.table.SetAllowedMax(maxTable)
}

// unknownTable is for a way whose table can't be followed any more: what stood in
// it is not known.
func (w *way) unknownTable() {
	w.newTable()
	w.table.StartLate()
}

// maxTable is the largest dynamic table that is followed, in octets.
const maxTable = 16 << 20

// abandon blanks the field block that goes on. What it would have done to the
// table is not known any more.
func (w *way) abandon() {
	if !w.goes {
		return
	}
	w.goes = false
	w.c.r.count.gone(KindUnknown, "a field block without its end", w.open.n)
	w.open.blank(0)
	w.open.done()
	w.unknownTable()
}
